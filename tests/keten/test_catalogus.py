"""The regional catalogue over HTTP: what there is, which intensity fits, and what it costs."""

from typing import Any

from shared.security.partij import Partij
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

CATALOGUS = "/toewijzing/v1/catalogus"
REGIO = "hart-van-brabant"


async def enter(deelnemer: Deelnemer, *tarieven: dict[str, Any]) -> int:
    body = [{"regio": REGIO, "geldigVan": "2026-01-01"} | one for one in tarieven]
    return (await deelnemer.request("POST", f"{CATALOGUS}/tarieven", json=body)).status_code


async def advise(kring: Kring, *gebieden: dict[str, Any]) -> Any:
    body = {"gemeente": kring.gemeente.code, "datum": "2026-06-01", "gebieden": list(gebieden)}
    return await kring.aanbieder.request("POST", f"{CATALOGUS}/advies", json=body)


async def test_the_catalogue_has_every_area_with_its_bands(kring32: Kring) -> None:
    found = await kring32.aanbieder.get(CATALOGUS)
    areas = {gebied["code"]: gebied for domein in found["leefdomeinen"] for gebied in domein["resultaatgebieden"]}

    assert (found["regio"], len(found["leefdomeinen"]), len(areas), len(found["producten"])) == (REGIO, 6, 13, 4)
    assert areas["1B"]["gemeenten"] == ["0785", "0797", "0798", "0824"]
    assert areas["4C"]["intensiteiten"][4] == {
        "intensiteit": 5, "teken": "+++++", "van": 25.3, "gemiddeld": 29.1, "tot": 38.8,
        "tarief": None, "productCode": "074C5", "eenheid": "82",
    }  # fmt: skip


async def test_a_gemeente_does_not_see_an_area_that_it_has_not(kring32: Kring) -> None:
    def areas(found: Any) -> list[str]:
        return [gebied["code"] for domein in found["leefdomeinen"] for gebied in domein["resultaatgebieden"]]

    goirle, tilburg = [await kring32.aanbieder.get(CATALOGUS, gemeente=code) for code in ("0785", "0855")]

    assert set(areas(goirle)) - set(areas(tilburg)) == {"1B"}


async def test_the_advice_adds_up_what_the_gemeente_entered(kring32: Kring) -> None:
    assert await enter(kring32.gemeente, *(
        {"gemeente": kring32.gemeente.code, "code": code, "intensiteit": number, "tarief": cents}
        for code, number, cents in (("2A", 2, 18_050), ("4A", 1, 40_000), ("3A", 3, 25_001))
    )) == 201  # fmt: skip

    answer = await advise(
        kring32,
        {"gebied": "2A", "uren": 2.5},
        {"gebied": "4A", "dagdelen": 2, "uren": 1, "factoren": {"motivatie": "belemmerend"}},
        {"gebied": "3A", "uren": 3.9, "intensiteit": 3},
    )
    found = answer.json()

    assert answer.status_code == 200, answer.text
    assert [(one["uitslag"], one["intensiteit"], one["inzet"]) for one in found["regels"]] == [
        ("past", 2, 2.5), ("past", 1, 4.0), ("grens", 3, 3.9),
    ]  # fmt: skip
    assert found["totaal"] == 83_051
    assert found["toelichting"] == [
        "2A ++: € 180,50 per vier weken",
        "4A +: € 400,00 per vier weken",
        "3A +++: € 250,01 per vier weken",
    ]
    assert found["regels"][1]["factoren"] == {"motivatie": "belemmerend"}


async def test_where_the_table_leaves_a_choice_both_are_told_and_there_is_no_total(kring32: Kring) -> None:
    found = (await advise(kring32, {"gebied": "2A", "uren": 1.8}, {"gebied": "1A", "uren": 4.25})).json()

    assert [[band["teken"] for band in one["kandidaten"]] for one in found["regels"]] == [["+", "++"], ["+", "++"]]
    assert [one["uitslag"] for one in found["regels"]] == ["grens", "tussen"]
    assert found["totaal"] is None
    assert found["toelichting"][0].startswith("2A: nog te kiezen")


async def test_what_makes_no_sense_is_refused_with_its_place(kring32: Kring) -> None:
    answer = await advise(
        kring32,
        {"gebied": "1B", "uren": 3},
        {"gebied": "2A", "dagdelen": 3},
        {"gebied": "2A", "uren": 3},
        {"gebied": "9Z", "uren": 3},
        {"gebied": "2B", "uren": 3, "intensiteit": 4},
    )

    assert answer.status_code == 400
    # 1B is there in four gemeenten; the parties of a test may be one of them.
    places = [fout["locatie"] for fout in answer.json()["fouten"]]
    assert places[-4:] == ["/gebieden/1", "/gebieden/2", "/gebieden/3", "/gebieden/4"]


async def test_prices_are_entered_by_whose_they_are_and_do_not_overlap(kring32: Kring) -> None:
    own = {"gemeente": kring32.gemeente.code, "code": "6A", "intensiteit": 1, "tarief": 9_000}
    region = {"code": "6A", "intensiteit": 1, "tarief": 8_000, "geldigVan": "2020-01-01", "geldigTot": "2020-12-31"}
    beheer = Deelnemer(Partij("beheer"), kring32.stapel, kring32.gemeente.http)

    assert await enter(kring32.aanbieder, own) == 403
    assert await enter(kring32.gemeente, region) == 403
    assert await enter(kring32.gemeente, own | {"intensiteit": 5}) == 400
    assert await enter(beheer, region) == 201
    assert [await enter(kring32.gemeente, own), await enter(kring32.gemeente, own)] == [201, 409]

    listed = (await kring32.gemeente.get(f"{CATALOGUS}/tarieven", gemeente=kring32.gemeente.code))["tarieven"]
    assert [(one["gemeente"], one["tarief"]) for one in listed if one["code"] == "6A"] == [
        (None, 8_000), (kring32.gemeente.code, 9_000),
    ]  # fmt: skip


async def test_prices_come_as_csv_too(kring32: Kring) -> None:
    header, row = "regio;gemeente;code;intensiteit;tarief;geldigVan", f"{REGIO};{kring32.gemeente.code};vervoer;;1250;"
    for body, status in ((f"{header}\n{row}2026-01-01\n", 201), (f"{header}\n{row}ooit\n", 400)):
        answer = await kring32.gemeente.request(
            "POST", f"{CATALOGUS}/tarieven", content=body.encode(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == status, answer.text

    found = await kring32.gemeente.get(CATALOGUS, datum="2026-06-01")
    assert next(one["tarief"] for one in found["producten"] if one["code"] == "vervoer") == 1_250
