"""The conditions on what is chosen together: each accepts and refuses."""

import pytest

from services.toewijzing.catalogus.profiel import Profiel
from services.toewijzing.catalogus.voorwaarden import GekozenGebied, GekozenProduct, Inhoud, Vorm, toets

TILBURG, GOIRLE = "0855", "0785"


def refused(
    profiel: Profiel, *keuzes: GekozenGebied | GekozenProduct, gemeente: str = TILBURG
) -> list[tuple[str, str]]:
    inhoud = Inhoud(
        [one for one in keuzes if isinstance(one, GekozenGebied)],
        [one for one in keuzes if isinstance(one, GekozenProduct)],
    )
    return [(one.voorwaarde, one.plek) for one in toets(profiel, gemeente, inhoud)]


FINANCIEN, DAGBESTEDING = GekozenGebied("2A", 2), GekozenGebied("4B", 1)


def test_nothing_at_all_is_refused(profiel: Profiel) -> None:
    assert refused(profiel) == [("leeg", "/")]


@pytest.mark.parametrize("code", ["vervoer", "rolstoelvervoer"])
@pytest.mark.parametrize("gebied", ["4A", "4B", "4C"])
def test_transport_goes_with_dagbesteding(profiel: Profiel, code: str, gebied: str) -> None:
    rit = GekozenProduct(code, 8, werkelijk_vervoer=True)

    assert refused(profiel, GekozenGebied(gebied, 1), rit) == []
    assert refused(profiel, FINANCIEN, rit) == [("alleen_met_dagbesteding", "/producten/0")]
    assert refused(profiel, rit) == [("alleen_met_dagbesteding", "/producten/0")]


@pytest.mark.parametrize("code", ["vervoer", "rolstoelvervoer"])
def test_transport_is_granted_only_when_there_is_some(profiel: Profiel, code: str) -> None:
    assert refused(profiel, DAGBESTEDING, GekozenProduct(code, 8)) == [("werkelijk_vervoer", "/producten/0")]


def test_personal_care_goes_with_support(profiel: Profiel) -> None:
    zorg = GekozenProduct("persoonlijke_verzorging", 4)

    assert refused(profiel, FINANCIEN, zorg) == []
    assert refused(profiel, zorg) == [("alleen_met_begeleiding", "/producten/0")]


def test_a_short_stay_is_lodging_only(profiel: Profiel) -> None:
    assert refused(profiel, GekozenProduct("kortdurend_verblijf", 2)) == []
    assert refused(profiel, GekozenProduct("kortdurend_verblijf", 2, met_begeleiding=True)) == [
        ("verblijf_is_alleen_verblijf", "/producten/0")
    ]
    assert refused(profiel, FINANCIEN, GekozenProduct("kortdurend_verblijf", 2, met_begeleiding=True)) == []


def test_1b_holds_in_some_gemeenten(profiel: Profiel) -> None:
    schoon = GekozenGebied("1B", 1)

    assert refused(profiel, schoon, gemeente=GOIRLE) == []
    assert refused(profiel, schoon, gemeente=TILBURG) == [("gebied_niet_in_gemeente", "/gebieden/0")]


@pytest.mark.parametrize("gebied", ["1A", "1B", "2A", "2B", "3A", "3B", "4A", "4B", "4C", "5A", "5B", "6A", "6B"])
def test_an_intensity_that_the_area_does_not_have_is_refused(profiel: Profiel, gebied: str) -> None:
    most = len(profiel.gebied_bij_code[gebied].banden)

    for intensiteit in range(1, most + 1):
        assert refused(profiel, GekozenGebied(gebied, intensiteit), gemeente=GOIRLE) == []
    for intensiteit in (0, most + 1):
        assert refused(profiel, GekozenGebied(gebied, intensiteit), gemeente=GOIRLE) == [
            ("intensiteit_bestaat_niet", "/gebieden/0")
        ]


@pytest.mark.parametrize(("was", "wordt"), [("individueel", "groep"), ("groep", "individueel")])
def test_individual_and_group_are_exchanged_with_consent_only(profiel: Profiel, was: Vorm, wordt: Vorm) -> None:
    assert refused(profiel, GekozenGebied("4A", 1, wordt, was)) == [("vorm_zonder_akkoord", "/gebieden/0")]
    assert refused(profiel, GekozenGebied("4A", 1, wordt, was, client_akkoord=True)) == []
    assert refused(profiel, GekozenGebied("4A", 1, was, was)) == []


def test_dagbesteding_to_relieve_the_carer_is_4a(profiel: Profiel) -> None:
    assert refused(profiel, GekozenGebied("4A", 1, "groep", ontlast_mantelzorger=True)) == []
    assert refused(profiel, GekozenGebied("6B", 1, "individueel", ontlast_mantelzorger=True)) == []
    assert refused(profiel, GekozenGebied("4B", 1, "individueel", ontlast_mantelzorger=True)) == []
    assert refused(profiel, GekozenGebied("6B", 1, ontlast_mantelzorger=True)) == []
    assert refused(profiel, GekozenGebied("4C", 1, ontlast_mantelzorger=True)) == [
        ("ontlasten_valt_onder_4a", "/gebieden/0")
    ]
    for other in ("4B", "6B"):
        assert refused(profiel, GekozenGebied(other, 1, "groep", ontlast_mantelzorger=True)) == [
            ("ontlasten_valt_onder_4a", "/gebieden/0")
        ]


def test_each_thing_is_chosen_once_and_is_known(profiel: Profiel) -> None:
    assert refused(profiel, FINANCIEN, FINANCIEN) == [("gebied_dubbel", "/gebieden/1")]
    assert refused(profiel, GekozenGebied("9Z", 1)) == [("gebied_onbekend", "/gebieden/0")]
    verblijf = GekozenProduct("kortdurend_verblijf", 1)
    assert refused(profiel, verblijf, verblijf) == [("product_dubbel", "/producten/1")]
    assert refused(profiel, FINANCIEN, GekozenProduct("taxi", 1)) == [("product_onbekend", "/producten/0")]
    assert refused(profiel, GekozenProduct("kortdurend_verblijf", 0)) == [("omvang", "/producten/0")]
