"""A parameter that an operation does not have is refused by name, before anything is done."""

from pathlib import Path
from uuid import uuid4

import pytest

from shared.settings import SERVICES
from tests.shared.exchange.test_aanvaarden import token
from tests.shared.exchange.test_koppen import app_of, caller_of

WITHOUT_CALLER = ("/healthz", "/readyz", "/metrics")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_lookup_refuses_a_name_that_it_does_not_know(service: str, folder: Path) -> None:
    app, tried = app_of(service, folder), 0
    async with caller_of(app, **token(folder)) as caller:
        for path, item in app.openapi()["paths"].items():
            if "get" not in item or path.endswith(WITHOUT_CALLER) or "/codelijsten" in path:
                continue
            address = path.replace("{verzoek_id}", "1")
            while "{" in address:
                before, _, after = address.partition("{")
                address = before + str(uuid4()) + after.partition("}")[2]
            answer = await caller.get(f"{address}?stauts=open")
            assert answer.status_code == 400, (path, answer.text)
            assert "query/stauts" in {fout["locatie"] for fout in answer.json()["fouten"]}, path
            tried += 1

    assert tried > 8


async def test_the_names_that_there_are_are_told_and_a_value_never_is(folder: Path) -> None:
    async with caller_of(app_of("startstop", folder), **token(folder)) as caller:
        answer = await caller.get("/startstop/v1/postbus?limeit=5&cursor=1&999999990=Jansen")

    told = {fout["locatie"]: fout["reden"] for fout in answer.json()["fouten"]}
    assert told.keys() == {"query/limeit", "query/?"}
    assert "cursor, limiet" in told["query/limeit"]
    assert "Jansen" not in answer.text


async def test_names_that_it_knows_are_taken(folder: Path) -> None:
    async with caller_of(app_of("startstop", folder), **token(folder)) as caller:
        answer = await caller.get("/startstop/v1/postbus?limiet=0")

    assert [fout["locatie"] for fout in answer.json()["fouten"]] == ["query/limiet"]
