"""``POST /validaties``: a report on any message; one audit row and nothing else."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import func, select

from services.startstop.app import create_app
from services.startstop.controle import SOORTEN, check
from services.startstop.tables import EXCHANGE
from shared.exchange.api import beller_of
from shared.exchange.huis import Huis
from shared.exchange.validaties_api import make_validatie_router
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER, Kop
from shared.iwmo.regels import Afwijking, Melding, Tabel, regel
from shared.iwmo.schemas import Schemas
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.conftest import Engines
from tests.shared.exchange.verzoeken import KEY
from tests.shared.iwmo.berichten import a_305, a_307, a_declaratie_bericht, as_xml, soort

PATH = "/proef/validaties"
STRANGER = Beller("vreemde", frozenset({Partij.aanbieder("11111111")}))
"""A party that is neither sender nor addressee of the messages here."""
BAD_BSN = "999990018"


@regel("TR999", berichten="WMO305", retourcode="", klasse="Header", bron="proef")
def tr999_known_to_nobody(kop: Kop, beller: Beller) -> Afwijking | None:
    """Whatever it is."""
    return Afwijking("Dit is bij de beller niet bekend", gevonden=kop.identificatie, verwacht=beller.subject)


NASLAG: Tabel[Kop, Beller] = Tabel((tr999_known_to_nobody,))


async def _too_many(huis: Huis, beller: Beller, kop: Kop, _: Inhoud) -> list[Melding]:
    """More than a report has room for."""
    return NASLAG.judge(kop, beller, kop.soort.release, HEADER) * (huis.settings.max_fouten + 1)


@pytest.fixture(scope="module")
async def client(migrated: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The service startstop, with the route of its own rules. One for all: its first request takes long."""
    app = create_app(
        migrated.model_copy(update={"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "max_bericht_mb": 1})
    )
    controles = dict.fromkeys(SOORTEN, check)
    app.include_router(make_validatie_router(controles), prefix="/proef")
    app.include_router(make_validatie_router(controles, {"WMO305": _too_many}), prefix="/naslag")

    async def stranger(request: Request) -> Beller:
        request.state.beller = STRANGER
        return STRANGER

    app.dependency_overrides[beller_of] = stranger
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        yield client
    await app.state.huis.engine.dispose()


async def rapport_on(client: httpx.AsyncClient, body: bytes, path: str = PATH, **headers: str) -> dict[str, Any]:
    named = {"content-type": "application/xml"} | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.post(path, content=body, headers=named)
    assert answer.status_code == 200, answer.text
    rapport: dict[str, Any] = answer.json()
    return rapport


@pytest.fixture
def xml(schemas: Schemas) -> bytes:
    return as_xml(a_305("3.2"), soort("WMO305", "3.2"), schemas)


def unruly() -> Inhoud:
    """Valid by its schema, with a BSN that fails the elfproef."""
    inhoud = a_305("3.2")
    inhoud["Client"]["Bsn"] = BAD_BSN
    return inhoud


async def test_a_valid_message_of_another_party_is_valid(client: httpx.AsyncClient, xml: bytes) -> None:
    assert await rapport_on(client, xml) == {
        "bericht": "WMO305", "release": "3.2", "geldig": True, "regels": True, "fouten": [],
    }  # fmt: skip


async def test_a_compressed_message_is_judged_too(client: httpx.AsyncClient, xml: bytes) -> None:
    assert (await rapport_on(client, gzip.compress(xml), content_encoding="gzip"))["geldig"]


@pytest.mark.parametrize("form", ["xml", "json"])
async def test_a_broken_rule_is_told_in_both_forms(form: str, client: httpx.AsyncClient, schemas: Schemas) -> None:
    document = {"bericht": "WMO305", "release": "3.2", "inhoud": unruly()}
    body = {"xml": as_xml(unruly(), soort("WMO305", "3.2"), schemas), "json": json.dumps(document).encode()}[form]

    rapport = await rapport_on(client, body, content_type=f"application/{form}; charset=utf-8")

    assert (rapport["geldig"], rapport["regels"]) == (False, True)
    [fout] = rapport["fouten"]
    assert (fout["soort"], fout["regel"]) == ("regel", "CS002")
    assert BAD_BSN not in str(rapport)


async def test_a_fault_against_the_schema_is_a_report_and_no_refusal(client: httpx.AsyncClient, xml: bytes) -> None:
    rapport = await rapport_on(client, xml.replace(b"Geslacht>2<", b"Geslacht>9x<"))

    assert (rapport["bericht"], rapport["geldig"], rapport["regels"]) == ("WMO305", False, False)
    assert [(fout["soort"], fout["regel"]) for fout in rapport["fouten"]] == [("xsd", None)]


@pytest.mark.parametrize(
    ("body", "kind"), [(b" ", "xml"), (b"<a>", "xml"), (b"<Bericht/>", "xml"), (b"{", "json"), (b"[]", "json")]
)
async def test_what_is_no_message_is_a_report_too(body: bytes, kind: str, client: httpx.AsyncClient) -> None:
    rapport = await rapport_on(client, body, content_type=f"application/{kind}")

    assert (rapport["bericht"], rapport["release"], rapport["geldig"]) == (None, None, False)
    assert [(fout["soort"], fout["locatie"]) for fout in rapport["fouten"]] == [("xsd", "/")]


async def test_one_of_another_service_is_judged_by_its_schema(client: httpx.AsyncClient, schemas: Schemas) -> None:
    body = as_xml(a_declaratie_bericht("3.2"), soort("WMO323", "3.2"), schemas)

    rapport = await rapport_on(client, body)

    assert (rapport["bericht"], rapport["geldig"], rapport["regels"]) == ("WMO323", True, False)


async def test_what_is_right_in_itself_is_held_against_what_is_stored(client: httpx.AsyncClient, xml: bytes) -> None:
    rapport = await rapport_on(client, xml, "/naslag/validaties")

    assert (rapport["geldig"], rapport["regels"], len(rapport["fouten"])) == (False, True, Settings().max_fouten)
    fout = rapport["fouten"][0]
    assert (fout["soort"], fout["regel"], fout["locatie"]) == ("regel", "TR999", "/Bericht/Header")
    assert "verwacht: vreemde" in fout["reden"]


async def test_a_fault_within_or_another_message_spares_the_looking_up(
    client: httpx.AsyncClient, schemas: Schemas
) -> None:
    bad = as_xml(unruly(), soort("WMO305", "3.2"), schemas)
    other = as_xml(a_307("3.2"), soort("WMO307", "3.2"), schemas)

    within, clean = [await rapport_on(client, body, "/naslag/validaties") for body in (bad, other)]

    assert [fout["regel"] for fout in within["fouten"]] == ["CS002"]
    assert clean["geldig"]


async def test_another_media_type_and_too_much_are_problems(client: httpx.AsyncClient) -> None:
    csv = await client.post(PATH, content=b"a;b", headers={"Content-Type": "text/csv"})
    big = await client.post(PATH, content=b" " * (1024**2 + 1), headers={"Content-Type": "application/xml"})

    assert (csv.status_code, big.status_code) == (415, 413)
    assert csv.headers["Content-Type"] == big.headers["Content-Type"] == "application/problem+json"


async def test_nothing_is_kept_but_one_audit_row(client: httpx.AsyncClient, xml: bytes, engines: Engines) -> None:
    async def kept() -> list[int]:
        async with engines["startstop"].connect() as conn:
            tables = (EXCHANGE.bericht, EXCHANGE.postbus, EXCHANGE.audit)
            return [await conn.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    before = await kept()
    await rapport_on(client, xml)
    after = await kept()

    assert [new - old for old, new in zip(before, after, strict=True)] == [0, 0, 1]
    audit = EXCHANGE.audit
    columns = (audit.c.wie, audit.c.handeling, audit.c.uitkomst, audit.c.bericht, audit.c.bericht_id)
    async with engines["startstop"].connect() as conn:
        row = (await conn.execute(select(*columns).order_by(audit.c.id.desc()).limit(1))).one()
    assert tuple(row) == ("vreemde", "gevalideerd", "geldig", "WMO305", None)
