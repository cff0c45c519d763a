"""Each deed: what must be there, and what is refused with which condition."""

from typing import Any

import pytest

from services.toewijzing.dossier.domain.zaak import NietDoorUError, NietNuError, NietZoError
from tests.toewijzing.dossier.opzet import (
    GOIRLE,
    akkoord,
    doe,
    een_zaak,
    geinformeerd,
    gekozen,
    gepland,
    gesproken,
    keuze,
    leefdomeinen,
    ondertekend,
    onderzocht,
    plan,
    voorgesteld,
    voorstel,
    weigering,
)

ANSWERS = [{"vraag": number, "antwoord": "x"} for number in range(1, 10)]
PERSPECTIEFPLAN: dict[str, Any] = {
    "ingevuld_door": "samen",
    "enkelvoudig": False,
    "gezin": {"partner": None, "gezinsleden": []},
    "antwoorden": ANSWERS,
    "resultaten": [{"resultaat": "x"}],
    "evaluatiemoment": "2027-05-01",
    "eigen_bijdrage": {"besproken": True, "van_toepassing": True},
    "samenvatting": "x",
    "inzet": "x",
}


def test_a_day_is_not_in_the_future_and_not_before_the_melding() -> None:
    for dag, code in (("2026-11-24", "dag_in_toekomst"), ("2026-11-19", "dag_voor_melding")):
        refused = weigering(een_zaak(), "informatie", soort="invulhulp", wijze="mail", dag=dag)
        assert refused == (NietZoError, {code})


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((1, 2, 3, 4, 5), "leefdomein_ontbreekt"),
        ((1, 2, 3, 4, 5, 6, 6), "leefdomein_dubbel"),
        ((1, 2, 3, 4, 5, 6, 7), "leefdomein_onbekend"),
    ],
)
def test_the_vraaganalyse_has_each_domain_once(numbers: tuple[int, ...], code: str) -> None:
    assert weigering(gesproken(), "vraaganalyse", leefdomeinen=leefdomeinen(*numbers)) == (NietZoError, {code})


@pytest.mark.parametrize(
    ("deviation", "code"),
    [
        ({"gezin": None}, "gezin_ontbreekt"),
        ({"antwoorden": ANSWERS[:8]}, "antwoord_ontbreekt"),
        ({"antwoorden": [*ANSWERS, ANSWERS[0]]}, "antwoord_dubbel"),
        ({"enkelvoudig": True}, "vraag_niet_gesteld"),
        ({"enkelvoudig": True, "antwoorden": ANSWERS[:4]}, "antwoord_ontbreekt"),
        ({"resultaten": []}, "resultaten_ontbreken"),
        ({"evaluatiemoment": None}, "evaluatiemoment"),
        ({"evaluatiemoment": "2026-11-23"}, "evaluatiemoment"),
        ({"eigen_bijdrage": {"besproken": False}}, "eigen_bijdrage"),
        ({"eigen_bijdrage": {"besproken": True, "van_toepassing": None}}, "eigen_bijdrage"),
        ({"ingevuld_door": "inwoner", "aangevuld": True}, "niet_zelf_ingevuld"),
    ],
)
def test_a_perspectiefplan_of_the_toegang_has_all_its_parts(deviation: dict[str, Any], code: str) -> None:
    assert weigering(gesproken(), "perspectiefplan", **(PERSPECTIEFPLAN | deviation)) == (NietZoError, {code})


def test_five_answers_are_enough_for_a_single_need() -> None:
    single = PERSPECTIEFPLAN | {"enkelvoudig": True, "antwoorden": ANSWERS[:5]}
    assert doe(gesproken(), "perspectiefplan", **single).fase == "onderzocht"


def test_what_the_resident_filled_in_is_completed_with_him_and_then_taken_as_it_is() -> None:
    own = {"ingevuld_door": "inwoner", "enkelvoudig": False, "antwoorden": [], "samenvatting": "x", "inzet": "x"}
    zaak = gesproken(zelf_ingevuld=True)
    assert weigering(zaak, "perspectiefplan", **own) == (NietZoError, {"niet_aangevuld"})
    assert doe(zaak, "perspectiefplan", **own, aangevuld=True).fase == "onderzocht"


def test_a_perspectiefplan_is_signed_before_the_plan_and_told_of_before_it_is_shared() -> None:
    zaak = doe(gesproken(), "perspectiefplan", **PERSPECTIEFPLAN)
    assert weigering(zaak, "plan-van-aanpak", gebieden=plan("2A")) == (NietNuError, {"niet_ondertekend"})
    signed = doe(zaak, "ondertekening", document="perspectiefplan", wijze="papier", over_delen_geinformeerd=False)
    planned = doe(signed, "plan-van-aanpak", gebieden=plan("2A"))
    chosen = keuze("2A")
    chosen["delen"] += [{"onderdeel": "perspectiefplan/vraag/1", "doel": "intake", "toestemming": True}]
    assert weigering(planned, "aanbieder", **chosen) == (NietZoError, {"niet_geinformeerd"})


def test_there_is_nothing_else_to_sign() -> None:
    for zaak, document in (
        (onderzocht(), "perspectiefplan"),
        (onderzocht(), "aanvraag"),
        (akkoord(("2A", 1)), "perspectiefplan"),
    ):
        assert weigering(zaak, "ondertekening", document=document, wijze="papier") == (NietZoError, {"document"})


@pytest.mark.parametrize(
    ("gebieden", "code"),
    [
        (plan("2A", "2A"), "gebied_dubbel"),
        (plan("9Z"), "gebied_onbekend"),
        (plan("1B"), "gebied_niet_in_gemeente"),
        ([plan("2B")[0] | {"verwachte_intensiteit": 4}], "intensiteit_bestaat_niet"),
    ],
)
def test_the_plan_is_of_areas_that_the_gemeente_has(gebieden: list[dict[str, Any]], code: str) -> None:
    assert weigering(onderzocht(), "plan-van-aanpak", gebieden=gebieden) == (NietZoError, {code})


def test_household_help_is_1b_where_that_holds() -> None:
    refused = weigering(onderzocht(GOIRLE), "plan-van-aanpak", gebieden=plan("HO"))
    assert refused == (NietZoError, {"ho_valt_onder_1b"})
    assert doe(onderzocht(GOIRLE), "plan-van-aanpak", gebieden=plan("1B")).fase == "plan"


def test_without_maatwerk_there_is_no_aanbieder_to_choose() -> None:
    zaak = doe(onderzocht(), "plan-van-aanpak", gebieden=plan("2A", maatwerk=False))
    assert weigering(zaak, "aanbieder", **keuze("2A")) == (NietNuError, {"geen_maatwerk"})
    assert doe(zaak, "sluiting", reden="geen_maatwerk").fase == "gesloten"


@pytest.mark.parametrize(
    ("codes", "deviation", "expected"),
    [
        (("2A",), {"soort": "normenkader"}, {"geen_ho"}),
        (("HO",), {}, {"ho_vraagt_normenkader"}),
        (("2A", "3A"), {"delen": keuze("2A")["delen"]}, {"opdracht_niet_gedeeld"}),
        (("2A",), {"delen": [{"onderdeel": "plan/2A", "doel": " ", "toestemming": True}]}, {"opdracht_niet_gedeeld"}),
        (("2A",), {"delen": [{"onderdeel": "plan/2A", "doel": "x", "toestemming": False}]}, {"opdracht_niet_gedeeld"}),
        (
            ("2A",),
            {
                "delen": keuze(
                    "2A",
                )["delen"]
                * 2
            },
            {"onderdeel_dubbel"},
        ),
        (("2A",), {"delen": keuze("2A", "3A")["delen"]}, {"onderdeel_onbekend"}),
    ],
)
def test_the_choice_of_an_aanbieder(codes: tuple[str, ...], deviation: dict[str, Any], expected: set[str]) -> None:
    assert weigering(gepland(*codes), "aanbieder", **keuze(*codes, **deviation)) == (NietZoError, expected)


@pytest.mark.parametrize(
    ("deviation", "code"),
    [
        ({"einddatum": "2026-12-13"}, "einddatum"),
        ({"einddatum": None}, "einddatum_ontbreekt"),
        ({"startdatum": "2026-11-19"}, "startdatum"),
    ],
)
def test_the_days_of_a_proposal(deviation: dict[str, Any], code: str) -> None:
    given = voorstel(("2A", 1), **deviation)
    assert weigering(gekozen("2A"), "ondersteuningsplan", "aanbieder", **given) == (NietZoError, {code})


def test_a_proposal_of_2_4_may_go_on_without_end() -> None:
    zaak = gekozen("2A", release="2.4")
    assert doe(zaak, "ondersteuningsplan", "aanbieder", **voorstel(("2A", 1), einddatum=None)).fase == "voorstel"


def normenkader(minutes: int, **deviation: Any) -> dict[str, Any]:
    right = {
        "intake_dag": "2026-11-23",
        "activiteiten": [{"activiteit": "x", "minuten": minutes, "keer_per_vier_weken": 1}],
        "startdatum": "2026-12-14",
        "einddatum": "2027-06-13",
    }
    return right | deviation


def test_the_hours_of_a_normenkader_give_the_band_and_a_person_chooses_where_the_table_does_not() -> None:
    zaak = gekozen("1B", gemeente=GOIRLE, soort="normenkader")
    fits = doe(zaak, "normenkader", "aanbieder", **normenkader(360))
    assert fits.voorstel["gebieden"] == [{"code": "1B", "intensiteit": 2}]
    # Between + (to 4.5) and ++ (from 5).
    between = normenkader(285)
    assert weigering(zaak, "normenkader", "aanbieder", **between) == (NietZoError, {"intensiteit_kiezen"})
    chosen = doe(zaak, "normenkader", "aanbieder", **between, intensiteit=2)
    assert chosen.voorstel["gebieden"][0]["intensiteit"] == 2
    refused = weigering(zaak, "normenkader", "aanbieder", **between, intensiteit=3)
    assert refused == (NietZoError, {"intensiteit_past_niet"})
    foreign = weigering(zaak, "normenkader", "aanbieder", **normenkader(360, product_code="01A04"))
    assert foreign == (NietZoError, {"product_code"})


def test_household_help_elsewhere_needs_its_product_code_and_whole_hours() -> None:
    zaak = gekozen("HO", soort="normenkader")
    assert weigering(zaak, "normenkader", "aanbieder", **normenkader(60)) == (NietZoError, {"product_code"})
    done = doe(zaak, "normenkader", "aanbieder", **normenkader(61, product_code="01A04"))
    assert done.voorstel["ho"] == {"product_code": "01A04", "omvang": 2}
    assert weigering(zaak, "ondersteuningsplan", "aanbieder", **voorstel(("2A", 1))) == (NietZoError, {"opdracht"})


def test_agreement_is_on_the_newest_version() -> None:
    zaak = doe(voorgesteld(("2A", 1)), "overleg", uitkomst="lichter")
    assert zaak.fase == "overleg"
    again = doe(zaak, "ondersteuningsplan", "aanbieder", **voorstel(("2A", 1)))
    assert weigering(again, "akkoord", versie=1) == (NietNuError, {"voorstel_verouderd"})
    assert doe(again, "akkoord", versie=2).fase == "akkoord"


def test_a_decision() -> None:
    zaak = ondertekend(("2A", 1))
    decided = doe(zaak, "beschikking", besluit="toegekend", beschikking_nummer=1)
    assert (decided.fase, decided.inhoud["besluit"]["ingangsdatum"]) == ("beschikt", "2026-12-14")
    early = {"besluit": "toegekend", "beschikking_nummer": 1, "einddatum": "2026-12-01"}
    assert weigering(zaak, "beschikking", **early) == (NietZoError, {"einddatum"})
    no = {"besluit": "afgewezen", "beschikking_nummer": 1}
    assert weigering(zaak, "beschikking", **no) == (NietZoError, {"motivering_ontbreekt"})
    assert doe(zaak, "beschikking", **no, motivering="x").fase == "gesloten"


def test_who_may_not_and_when_not() -> None:
    assert weigering(een_zaak(), "informatie", "aanbieder")[0] is NietDoorUError
    assert weigering(een_zaak(), "akkoord", versie=1) == (NietNuError, {"fase"})
    assert weigering(geinformeerd(een_zaak()), "vervolg") == (NietNuError, {"fase"})


def test_what_an_aanbieder_gives_back_takes_all_that_was_his_along() -> None:
    zaak = doe(voorgesteld(("2A", 1)), "overleg", uitkomst="x")
    back = doe(zaak, "teruggave", "aanbieder", reden="wachtlijst")
    assert (back.fase, back.aanbieder) == ("plan", None)
    again = doe(back, "aanbieder", **keuze("2A", aanbieder="11111111"))
    assert "voorstellen" not in again.inhoud
    assert "overleg" not in again.inhoud
