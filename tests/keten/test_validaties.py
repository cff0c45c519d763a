"""``POST /validaties`` and the code lists, over HTTP."""

import json

import pytest

from shared.settings import SERVICES
from tests.keten.berichten.startstop import a_305
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring

XML = {"Content-Type": "application/xml"}


async def test_a_valid_message_is_reported_valid_and_not_kept(kring: Kring) -> None:
    bericht = a_301(kring)

    answer = await kring.aanbieder.request("POST", "/toewijzing/v1/validaties", content=bericht.xml, headers=XML)

    assert answer.status_code == 200
    assert answer.json() == {
        "bericht": "WMO301",
        "release": kring.release,
        "geldig": True,
        "regels": True,
        "fouten": [],
    }
    assert (await kring.gemeente.get("/toewijzing/v1/berichten"))["berichten"] == []


async def test_a_rule_within_the_message_is_reported_with_its_place(kring: Kring) -> None:
    bericht = a_305(kring, kring.nummer(), Bsn="999999999")

    answer = await kring.aanbieder.request("POST", "/startstop/v1/validaties", content=bericht.xml, headers=XML)

    [fout] = answer.json()["fouten"]
    assert (fout["soort"], fout["regel"]) == ("regel", "CS002")
    assert fout["locatie"].startswith("/Bericht/Client")
    assert "999999999" not in answer.text


@pytest.mark.parametrize("service", SERVICES)
async def test_no_example_in_the_documentation_breaks_a_rule(service: str, kring32: Kring) -> None:
    document = await kring32.aanbieder.get(f"/{service}/v1/openapi.json")
    paths = [document["paths"][f"/{service}/v1/{name}"]["post"] for name in ("berichten", "validaties")]
    shown = [
        (name, media, one["value"])
        for path in paths
        for media, content in path["requestBody"]["content"].items()
        for name, one in content["examples"].items()
    ]

    assert {media for _, media, _ in shown} == {"application/json", "application/xml"}
    for name, media, value in shown:
        body = value if isinstance(value, str) else json.dumps(value)
        sent = {"content": body, "headers": {"Content-Type": media}}
        answer = await kring32.aanbieder.request("POST", f"/{service}/v1/validaties", **sent)
        report = answer.json()
        faults = [one for one in report["fouten"] if one["regel"] != "TR337"]  # no declaration is there to be answered
        assert (answer.status_code, faults, report["regels"]) == (200, [], True), name


async def test_a_code_list_gives_its_labels(kring: Kring) -> None:
    lijst = await kring.aanbieder.get("/startstop/v1/codelijsten/COD046", release="3.2")
    unknown = await kring.aanbieder.request("GET", "/startstop/v1/codelijsten/COD999")

    assert {"0", "1", "2"} <= {code["code"] for code in lijst["codes"]}
    assert unknown.status_code == 404
