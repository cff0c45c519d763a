"""The catalogue as data: it has what the Stappenplan prints, and a file that is not right is refused by name."""

import copy
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.toewijzing.catalogus.bestanden import FOLDER, lees_profielen
from services.toewijzing.catalogus.profiel import Profiel, ProfielError, kies, maak_profiel
from tests.toewijzing.catalogus.tabel import BIJLAGE, CELLEN

SEEDS = Path(__file__).parents[3].parent / "shared" / "seeds"
DAG = date(2026, 6, 1)
OURS = json.loads((FOLDER / "hart-van-brabant-1.json").read_text("utf-8"))


def test_it_has_six_leefdomeinen_and_thirteen_areas_of_fifty_two_bands(profiel: Profiel) -> None:
    assert [domein.nummer for domein in profiel.leefdomeinen] == [1, 2, 3, 4, 5, 6]
    assert [gebied.code for gebied in profiel.gebieden] == list(BIJLAGE)
    assert sum(len(gebied.banden) for gebied in profiel.gebieden) == len(CELLEN) == 52


@pytest.mark.parametrize(("gebied", "intensiteit", "van", "gemiddeld", "tot"), CELLEN)
def test_each_band_is_that_of_the_table(
    profiel: Profiel, gebied: str, intensiteit: int, van: str, gemiddeld: str, tot: str
) -> None:
    band = profiel.gebied_bij_code[gebied].band(intensiteit)

    assert band
    assert [str(band.van), str(band.gemiddeld), str(band.tot)] == [van, gemiddeld, tot]
    assert band.teken == "+" * intensiteit


def test_the_table_is_that_of_the_seed() -> None:
    seeds = list(SEEDS.glob("*.txt"))
    if not seeds:
        pytest.skip("../shared/seeds is not here")
    text = "\n".join(path.read_text("utf-8") for path in seeds)
    printed = re.findall(r"[0-9]+(?:,[0-9])?-\([0-9]+(?:,[0-9])?\)-[0-9]+(?:,[0-9])?", text)

    assert sorted(printed) == sorted(cel for row in BIJLAGE.values() for cel in row.split())


def test_1b_is_there_in_four_gemeenten_only(profiel: Profiel) -> None:
    schoon = profiel.gebied_bij_code["1B"]

    assert [code for code in ("0785", "0797", "0798", "0824", "0855") if schoon.geldt_in(code)] == [
        "0785", "0797", "0798", "0824",
    ]  # fmt: skip
    assert all(gebied.geldt_in("0855") for gebied in profiel.gebieden if gebied.code != "1B")


def test_a_code_of_each_intensity_is_its_own_and_fits_a_message(profiel: Profiel) -> None:
    codes = [g.product_code(band.intensiteit) for g in profiel.gebieden for band in g.banden]
    codes += [one.product_code for one in profiel.voorzieningen]

    assert len(set(codes)) == len(codes) == 56
    assert {len(code) for code in codes} == {5}
    assert profiel.gebied_bij_code["4C"].product_code(5) == "074C5"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"resultaatgebieden/0/banden/0": ["4.2", "2.8", "0.4"]}, "1A +: de grenzen lopen niet op"),
        ({"resultaatgebieden/0/banden/1": ["4.1", "5.9", "7.8"]}, "1A ++: de grenzen lopen niet op"),
        ({"resultaatgebieden/0/banden": []}, "1A: er is geen intensiteit"),
        ({"resultaatgebieden/0/leefdomein": 9}, "leefdomein 9 is er niet"),
        ({"resultaatgebieden/0/eenheid": "etmaal"}, "de eenheid is uur of dagdeel"),
        ({"resultaatgebieden/0/code": "1B"}, "een code komt twee keer voor"),
        ({"producten/2/samenMet": ["9Z"]}, "vervoer: samenMet noemt een gebied dat er niet is"),
        ({"urenPerDagdelen/gebieden": ["9Z"]}, "urenPerDagdelen noemt een gebied"),
        ({"urenPerDagdelen/uren": "0"}, "groter dan nul"),
        ({"geldigVan": "ooit"}, "profiel onleesbaar"),
        ({"naam": None, "leefdomeinen": None}, "profiel onleesbaar"),
    ],
)
def test_a_profile_that_is_not_right_is_refused_with_the_place(change: dict[str, Any], told: str) -> None:
    document = copy.deepcopy(OURS)
    for path, value in change.items():
        *steps, last = path.split("/")
        part = document
        for step in steps:
            part = part[int(step) if step.isdigit() else step]
        part[int(last) if last.isdigit() else last] = value

    with pytest.raises(ProfielError, match=re.escape(told)):
        maak_profiel(document)


def test_a_profile_of_the_operator_comes_beside_ours_and_names_its_file_when_wrong(tmp_path: Path) -> None:
    theirs = OURS | {"regio": "elders", "gemeenten": ["0363"], "standaard": False}
    (tmp_path / "elders.json").write_text(json.dumps(theirs), "utf-8")
    assert [one.regio for one in lees_profielen(tmp_path)] == ["elders", "hart-van-brabant"]

    other = tmp_path / "anders"
    other.mkdir()
    (other / "kapot.json").write_text("{", "utf-8")
    with pytest.raises(ProfielError, match=r"kapot\.json"):
        lees_profielen(other)


def test_a_gemeente_has_the_catalogue_of_its_region_and_the_newest_that_holds() -> None:
    old = OURS | {"geldigTot": "2026-06-30"}
    new = OURS | {"versie": 2, "geldigVan": "2026-07-01"}
    theirs = OURS | {"regio": "elders", "gemeenten": ["0363"], "standaard": False}
    found = [maak_profiel(one) for one in (old, new, theirs)]

    def chosen(gemeente: str | None, dag: date) -> tuple[str, int] | None:
        one = kies(found, gemeente, dag)
        return one and (one.regio, one.versie)

    assert chosen("0855", DAG) == chosen("1999", DAG) == chosen(None, DAG) == ("hart-van-brabant", 1)
    assert chosen("0855", date(2026, 7, 1)) == ("hart-van-brabant", 2)
    assert chosen("0363", DAG) == ("elders", 1)
    assert chosen("0855", date(2014, 12, 31)) is None
