"""Our code lists against the reference: the same codes, labels and days, list by list."""

import csv
from datetime import date
from pathlib import Path

import pytest

from shared.iwmo.catalogus import RELEASES
from shared.iwmo.codelijsten import codelijst, codelijsten

REFERENCE = Path(__file__).parents[2].parent / "shared" / "iwmo"
if not REFERENCE.is_dir():
    pytest.skip("the iWmo reference material is not beside the repository", allow_module_level=True)

# The catalogue of 2.4 names these two with their codes, but has no list of them: the labels are those of 3.2.
NAMED_ONLY = {("2.4", "COD043"), ("2.4", "WJ003")}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def index(release: str) -> dict[str, dict[str, str]]:
    return {row["codelijst"]: row for row in rows(REFERENCE / release / "codelijsten" / "index.csv")}


LISTS = [(release, code) for release in RELEASES for code in index(release)]


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def test_there_are_as_many_lists_as_the_reference_has() -> None:
    assert {(lijst.release, lijst.code) for lijst in codelijsten()} == {*LISTS, *NAMED_ONLY}


@pytest.mark.parametrize(("release", "code"), LISTS)
def test_a_list_says_what_the_reference_says(release: str, code: str) -> None:
    lijst, row = codelijst(release, code), index(release)[code]
    reference = rows(REFERENCE / release / "codelijsten" / f"{code}.csv")

    assert lijst is not None
    assert (lijst.naam, lijst.gesloten, len(lijst.codes)) == (row["naam"], row["gesloten"] == "ja", int(row["aantal"]))
    assert [(one.code, one.omschrijving, one.van, one.tot) for one in lijst.codes] == [
        (one["code"], one["omschrijving"], day(one["begindatum"]), day(one["einddatum"])) for one in reference
    ]


@pytest.mark.parametrize("code", sorted(code for _, code in NAMED_ONLY))
def test_a_list_that_24_only_names_has_the_codes_of_its_catalogue(code: str) -> None:
    named = {row["codelijst"]: row for row in rows(REFERENCE / "2.4" / "typen.csv")}[code]
    ours, later = codelijst("2.4", code), codelijst("3.2", code)

    assert ours is not None
    assert later is not None
    assert sorted(ours.by_code) == sorted(named["enumeratie"].split("|"))
    assert ours.codes == later.codes


def test_the_types_of_a_list_are_those_of_the_reference() -> None:
    of_24 = {(row["codelijst"], row["type"]) for row in rows(REFERENCE / "2.4" / "typen.csv")}
    of_32 = {(code, row["element"]) for code, row in index("3.2").items()}

    for lijst in codelijsten():
        known = of_24 if lijst.release == "2.4" else of_32
        assert all((lijst.code, type_naam) in known for type_naam in lijst.typen)


def test_every_type_with_a_list_is_in_one() -> None:
    lists = {(lijst.release, type_naam) for lijst in codelijsten() for type_naam in lijst.typen}
    of_24 = {
        ("2.4", row["type"]) for row in rows(REFERENCE / "2.4" / "typen.csv") if ("2.4", row["codelijst"]) in LISTS
    }
    of_32 = {("3.2", row["element"]) for row in index("3.2").values() if row["element"].startswith("LDT_")}

    assert of_24 | of_32 <= lists
