"""The rules that only requests and their answer have."""

from datetime import date
from typing import Any

import pytest

from services.toewijzing.domain.verzoek import OngewijzigdProduct, TeWijzigenProduct, VerzoekOmWijziging
from services.toewijzing.rules_in_bericht.verzoek import (
    AANGEVRAAGDPRODUCT_REGELS,
    ANTWOORD_REGELS,
    NIEUWPRODUCT_REGELS,
    REFERENTIE_REGELS,
    VERWIJZER_REGELS,
    VERZOEK_REGELS,
)
from shared.iwmo.in_bericht import Sleutels
from shared.iwmo.kop import Kop
from shared.iwmo.waarden import Periode
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, soort
from tests.toewijzing.bouw import (
    PLEK,
    a_levering,
    a_nieuw_product,
    a_verwijzer,
    a_verzoek,
    an_aangevraagd_product,
    an_antwoord,
    regels,
)

DAGTEKENING = date(2025, 4, 4)
ONGEWIJZIGD = (OngewijzigdProduct(PLEK, 1),)
TE_WIJZIGEN = (TeWijzigenProduct(PLEK, 2, a_levering()),)
NIEUW = (a_nieuw_product(),)


def judge_product(**deviations: Any) -> list[str]:
    return regels(AANGEVRAAGDPRODUCT_REGELS.judge(an_aangevraagd_product(**deviations), None, "3.2", PLEK))


def judge_verwijzer(**deviations: Any) -> list[str]:
    return regels(VERWIJZER_REGELS.judge(a_verwijzer(**deviations), None, "3.2", PLEK))


def judge_verzoek(verzoek: VerzoekOmWijziging) -> list[str]:
    return regels(VERZOEK_REGELS.judge(verzoek, None, "3.2", verzoek.plek))


def judge_antwoord(**deviations: Any) -> list[str]:
    return regels(ANTWOORD_REGELS.judge(an_antwoord(**deviations), None, "3.2", PLEK))


@pytest.mark.parametrize("deviation", [{}, {"beschikking_nummer": None, "beschikking_ingangsdatum": None}], ids=str)
def test_cd043_accepts_a_beschikking_with_its_day_or_none(deviation: dict[str, Any]) -> None:
    assert judge_product(**deviation) == []


@pytest.mark.parametrize("deviation", [{"beschikking_nummer": None}, {"beschikking_ingangsdatum": None}], ids=str)
def test_cd043_refuses_half_a_beschikking(deviation: dict[str, Any]) -> None:
    assert judge_product(**deviation) == ["CD043"]


@pytest.mark.parametrize("soort", ["02", "03", "04", "05"])
@pytest.mark.parametrize("given", [{"naam": True, "zorgverlener_code": False}, {}], ids=str)
def test_cd066_accepts_a_name_or_a_code(soort: str, given: dict[str, Any]) -> None:
    assert judge_verwijzer(soort=soort, **given) == []


@pytest.mark.parametrize("soort", ["02", "03", "04", "05"])
def test_cd066_refuses_a_name_and_a_code(soort: str) -> None:
    assert judge_verwijzer(soort=soort, naam=True) == ["CD066"]


@pytest.mark.parametrize("soort", ["01", "06", "08"])
@pytest.mark.parametrize("naam", [True, False])
def test_cd067_accepts_others_with_or_without_a_name(soort: str, naam: bool) -> None:
    assert judge_verwijzer(soort=soort, naam=naam, zorgverlener_code=False) == []


@pytest.mark.parametrize("soort", ["02", "03", "04", "05"])
def test_cd067_refuses_neither_name_nor_code(soort: str) -> None:
    assert judge_verwijzer(soort=soort, naam=False, zorgverlener_code=False) == ["CD067"]


@pytest.mark.parametrize("soort", ["02", "03", "04", "05"])
def test_cd068_accepts_a_code_of_those_who_have_one(soort: str) -> None:
    assert judge_verwijzer(soort=soort) == []


@pytest.mark.parametrize("soort", ["01", "06", "08"])
def test_cd068_refuses_a_code_of_others(soort: str) -> None:
    assert judge_verwijzer(soort=soort) == ["CD068"]


def test_tr383_accepts_a_reference_of_its_own() -> None:
    assert REFERENTIE_REGELS.judge(Sleutels(PLEK, "AangevraagdProduct", "VOT1"), None, "3.2", PLEK) == []


def test_tr383_refuses_a_reference_used_twice() -> None:
    second = Sleutels((*PLEK[:-1], ("ToegewezenProduct", 2)), "AangevraagdProduct", "VOT1", PLEK)

    [melding] = REFERENTIE_REGELS.judge(second, None, "3.2", second.plek)

    assert (melding.regel.code, melding.afwijking.gevonden) == ("TR383", "VOT1")
    assert melding.as_json()["botstMetLocatie"] == "/Bericht/Client/ToegewezenProducten/ToegewezenProduct[1]"


@pytest.mark.parametrize(
    "verzoek",
    [
        a_verzoek(ongewijzigd=ONGEWIJZIGD, nieuw=NIEUW),
        a_verzoek(te_wijzigen=TE_WIJZIGEN),
        a_verzoek(ongewijzigd=ONGEWIJZIGD, te_wijzigen=TE_WIJZIGEN, nieuw=NIEUW),
    ],
)
def test_tr352_accepts_a_request_that_names_a_toewijzing(verzoek: VerzoekOmWijziging) -> None:
    assert judge_verzoek(verzoek) == []


def test_tr352_refuses_a_request_for_something_new_alone() -> None:
    assert judge_verzoek(a_verzoek(nieuw=NIEUW)) == ["TR352"]


def test_tr353_accepts_a_request_that_changes_or_adds() -> None:
    assert judge_verzoek(a_verzoek(te_wijzigen=TE_WIJZIGEN)) == []
    assert judge_verzoek(a_verzoek(ongewijzigd=ONGEWIJZIGD, nieuw=NIEUW)) == []


def test_tr353_refuses_a_request_that_leaves_all_as_it_is() -> None:
    assert judge_verzoek(a_verzoek(ongewijzigd=ONGEWIJZIGD)) == ["TR353"]
    assert judge_verzoek(a_verzoek()) == ["TR352", "TR353"]


def judge_nieuw(begin: date) -> list[str]:
    kop = Kop(soort("WMO317", "3.2"), AANBIEDER, GEMEENTE, "B0001", DAGTEKENING)
    product = a_nieuw_product(periode=Periode(begin, None))
    return regels(NIEUWPRODUCT_REGELS.judge(product, kop, "3.2", product.plek))


def test_tr380_accepts_a_new_product_from_the_day_after_the_dagtekening() -> None:
    assert judge_nieuw(date(2025, 4, 5)) == []


@pytest.mark.parametrize("begin", [DAGTEKENING, date(2025, 4, 3)], ids=str)
def test_tr380_refuses_a_new_product_from_the_dagtekening_or_before(begin: date) -> None:
    assert judge_nieuw(begin) == ["TR380"]


@pytest.mark.parametrize("given", [("1", "7"), ("2", None)], ids=str)
def test_cd085_accepts_a_refusal_with_a_reason(given: tuple[str, str | None]) -> None:
    assert judge_antwoord(verzoek_antwoord=given[0], reden_afwijzing=given[1]) == []


def test_cd085_refuses_a_refusal_without_reason() -> None:
    assert judge_antwoord(reden_afwijzing=None) == ["CD085"]


def test_cd086_accepts_an_investigation_without_reason() -> None:
    assert judge_antwoord(verzoek_antwoord="2", reden_afwijzing=None) == []


def test_cd086_refuses_an_investigation_with_a_reason() -> None:
    assert judge_antwoord(verzoek_antwoord="2") == ["CD086"]
