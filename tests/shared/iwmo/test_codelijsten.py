"""The code lists: what they say, and that they say it of the types of our schemas."""

from datetime import date

import pytest

from shared.iwmo.catalogus import RELEASES, SOORTEN, Release
from shared.iwmo.codelijsten import Code, codelijst, codelijsten, label, of_type
from shared.iwmo.schemas import Node, Schemas

# Where the list is not exactly the enumeration of the schema: 2.4's lists are those of 2.0, its types of 2.1 and 3.2.
NOT_EQUAL = {
    ("2.4", "LDT_BeperkingCategorie"),
    ("2.4", "LDT_Geslacht"),
    ("2.4", "LDT_JuridischeStatus"),
    ("2.4", "LDT_NaamGebruik"),
}


def leaves(node: Node) -> list[Node]:
    return [node] if not node.kinderen else [leaf for kind in node.kinderen for leaf in leaves(kind)]


def enumerated(release: Release, schemas: Schemas) -> dict[str, tuple[str, ...]]:
    """The types of a release that are an enumeration, over all messages."""
    roots = [schemas.of(soort).root for soort in SOORTEN if soort.release == release]
    return {leaf.type_naam: leaf.codes for root in roots for leaf in leaves(root) if leaf.codes}


@pytest.mark.parametrize(
    ("release", "type_naam", "code", "omschrijving"),
    [
        ("3.2", "LDT_Eenheid", "04", "Uur"),
        ("2.4", "LDT_Eenheid", "14", "Etmaal"),
        ("3.2", "LDT_Gemeente", "0855", "Tilburg"),
        ("2.4", "LDT_DebetCredit", "C", "Credit"),
        ("3.2", "LDT_RetourCode", "0200", "Geen fout in deze berichtklasse"),
        ("3.2", "LDT_BerichtCode", "418", "WMO305 start"),
    ],
)
def test_a_code_has_a_label(release: str, type_naam: str, code: str, omschrijving: str) -> None:
    assert label(release, type_naam, code) == omschrijving


def test_what_no_list_knows_has_no_label() -> None:
    assert label("3.2", "LDT_Eenheid", "99") is None
    assert label("3.2", "LDT_Naam", "Berkel") is None
    assert of_type("1.0", "LDT_Eenheid") is None
    assert codelijst("2.4", "CBS") is None


def test_a_list_tells_what_it_is_and_whether_it_is_all() -> None:
    eenheid, producten = codelijst("3.2", "WJ756"), codelijst("2.4", "WMO021")

    assert eenheid is not None
    assert producten is not None
    assert (eenheid.naam, eenheid.typen, eenheid.gesloten, len(eenheid.codes)) == ("Eenheid", ("LDT_Eenheid",), True, 7)
    assert (producten.gesloten, len(producten.codes)) == (False, 338)


def test_all_lists_of_a_release_can_be_asked_for() -> None:
    assert [len(codelijsten(release)) for release in RELEASES] == [29, 28]
    assert len(codelijsten()) == 57


def test_a_code_holds_from_its_first_day_to_its_last() -> None:
    code = Code("1", "Een", van=date(2025, 1, 1), tot=date(2025, 12, 31))

    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]

    assert [code.geldt_op(day) for day in days] == [False, True, True, False]
    assert Code("2", "Twee").geldt_op(date.max)


@pytest.mark.parametrize("release", RELEASES)
def test_no_code_stands_twice_in_a_list_or_is_without_a_meaning(release: Release) -> None:
    for lijst in codelijsten(release):
        assert len(lijst.by_code) == len(lijst.codes) > 0
        assert all(code.code.strip() and code.omschrijving.strip() for code in lijst.codes)


@pytest.mark.parametrize("release", RELEASES)
def test_the_enumerations_of_the_schemas_are_the_closed_lists(release: Release, schemas: Schemas) -> None:
    for type_naam, codes in enumerated(release, schemas).items():
        lijst = of_type(release, type_naam)
        assert lijst is not None, type_naam
        assert lijst.gesloten
        if (release, type_naam) not in NOT_EQUAL:
            assert sorted(codes) == sorted(lijst.by_code), type_naam


@pytest.mark.parametrize(("release", "type_naam"), sorted(NOT_EQUAL))
def test_the_exceptions_are_exceptions(release: Release, type_naam: str, schemas: Schemas) -> None:
    lijst = of_type(release, type_naam)

    assert lijst is not None
    assert set(enumerated(release, schemas)[type_naam]) != set(lijst.by_code)
