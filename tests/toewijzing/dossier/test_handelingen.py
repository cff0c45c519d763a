"""Each deed: what must be there, and what is refused with which condition."""

from dataclasses import replace
from typing import Any

import pytest

from services.toewijzing.dossier.domain.doelbinding import gedeeld
from services.toewijzing.dossier.domain.toewijzen import regels_van
from services.toewijzing.dossier.domain.zaak import NietDoorUError, NietNuError, NietZoError, Zaak
from tests.toewijzing.dossier.opzet import (
    AANBIEDER,
    GOIRLE,
    PROFIEL,
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


def perspectief(*, zaak: Zaak | None = None) -> Zaak:
    """A perspectiefplan that was signed."""
    made = doe(zaak or gesproken(), "perspectiefplan", **PERSPECTIEFPLAN)
    return doe(made, "ondertekening", document="perspectiefplan", wijze="papier", over_delen_geinformeerd=True)


@pytest.mark.parametrize(
    ("soort", "wijze", "expected"),
    [
        ("perspectiefplan_gedeeld", "telefoon", {"wijze"}),
        ("telefonische_informatie", "post", {"wijze"}),
        ("telefonische_informatie", "telefoon", None),
        ("clientondersteuning", "post", None),
    ],
)
def test_a_plan_is_not_given_by_telephone_nor_a_call_made_by_mail(
    soort: str, wijze: str, expected: set[str] | None
) -> None:
    if expected is None:
        assert soort in doe(een_zaak(), "informatie", soort=soort, wijze=wijze).inhoud["informatie"]
    else:
        assert weigering(een_zaak(), "informatie", soort=soort, wijze=wijze) == (NietZoError, expected)


def test_a_perspectiefplan_that_is_made_anew_is_signed_anew() -> None:
    again = doe(perspectief(), "perspectiefplan", **PERSPECTIEFPLAN)
    assert weigering(again, "plan-van-aanpak", gebieden=plan("2A")) == (NietNuError, {"niet_ondertekend"})


def test_consent_is_for_what_a_part_said_when_it_was_given() -> None:
    """In a next round the aanbieder of the one before reads nothing new until the choice is made anew."""
    zaak = doe(perspectief(), "plan-van-aanpak", gebieden=plan("2A"))
    chosen = keuze("2A")
    chosen["delen"] += [{"onderdeel": "perspectiefplan/vraag/1", "doel": "intake", "toestemming": True}]
    next_round = replace(doe(zaak, "aanbieder", **chosen), fase="vervolg")
    assert [one["onderdeel"] for one in gedeeld(next_round)] == ["plan/2A", "perspectiefplan/vraag/1"]

    planned = doe(next_round, "plan-van-aanpak", gebieden=plan("2A"))
    assert [one["onderdeel"] for one in gedeeld(planned)] == ["perspectiefplan/vraag/1"]
    assert gedeeld(doe(planned, "plan-van-aanpak", gebieden=plan("2A"))) == gedeeld(planned)
    anew = doe(next_round, "perspectiefplan", **PERSPECTIEFPLAN)
    assert [one["onderdeel"] for one in gedeeld(anew)] == ["plan/2A"]
    analysed = doe(next_round, "vraaganalyse", leefdomeinen=leefdomeinen(*range(1, 7)))
    assert gedeeld(analysed) == gedeeld(next_round)


def test_household_help_has_a_case_of_its_own() -> None:
    assert weigering(onderzocht(), "plan-van-aanpak", gebieden=plan("2A", "HO")) == (NietZoError, {"ho_apart"})
    beside = [*plan("HO"), *plan("2A", maatwerk=False)]
    assert doe(onderzocht(), "plan-van-aanpak", gebieden=beside).fase == "plan"


@pytest.mark.parametrize("fase", ["opdracht", "voorstel", "overleg"])
def test_the_gemeente_takes_an_order_back_and_chooses_another(fase: str) -> None:
    zaak = gekozen("2A") if fase == "opdracht" else voorgesteld(("2A", 1))
    if fase == "overleg":
        zaak = doe(zaak, "overleg", uitkomst="x")
    assert zaak.fase == fase
    assert weigering(zaak, "teruggave", "aanbieder", reden="ingetrokken") == (NietZoError, {"reden"})
    assert weigering(zaak, "teruggave", reden="wachtlijst") == (NietZoError, {"reden"})
    back = doe(zaak, "teruggave", reden="ingetrokken")
    assert (back.fase, back.aanbieder, gedeeld(back)) == ("plan", None, [])
    other = doe(back, "aanbieder", **keuze("2A", aanbieder="11111111"))
    assert (other.fase, other.aanbieder) == ("opdracht", "11111111")


def test_until_the_301_a_decision_can_be_mended_and_what_was_agreed_undone() -> None:
    decided = doe(ondertekend(("2A", 1)), "beschikking", besluit="toegekend", beschikking_nummer=1)
    other = doe(decided, "beschikking", besluit="toegekend", beschikking_nummer=2, ingangsdatum="2027-01-04")
    assert (other.fase, other.inhoud["besluit"]["beschikking_nummer"]) == ("beschikt", 2)
    assert [one["besluit"]["beschikking_nummer"] for one in other.inhoud["ongedaan"]] == [1]

    undone = doe(other, "overleg", uitkomst="de inwoner wil het lichter")
    assert undone.fase == "overleg"
    assert {"akkoord", "besluit"}.isdisjoint(undone.inhoud)
    assert "aanvraag" not in undone.inhoud["handtekeningen"]
    again = doe(undone, "ondersteuningsplan", "aanbieder", **voorstel(("2A", 1)))
    agreed = doe(again, "akkoord", versie=2)
    assert weigering(agreed, "beschikking", besluit="toegekend", beschikking_nummer=3) == (NietNuError, {"fase"})


def test_a_short_stay_needs_no_result_area_in_the_proposal() -> None:
    stay = [{"code": "kortdurend_verblijf", "omvang": 2}]
    proposed = doe(gekozen("6B"), "ondersteuningsplan", "aanbieder", **voorstel(producten=stay))
    assert [one.product_code for one in regels_van(proposed.voorstel, PROFIEL)] == ["04KDV"]
    assert weigering(gekozen("6B"), "ondersteuningsplan", "aanbieder", **voorstel()) == (NietZoError, {"leeg"})


@pytest.mark.parametrize(
    ("code", "intensiteit", "inzet", "expected"),
    [
        ("2A", 2, {"uren": 2.5}, None),
        ("2A", 3, {"uren": 2.5}, "intensiteit_past_niet"),
        ("2A", 1, {"uren": 1.8}, None),  # an edge of two bands leaves both
        ("2A", 2, {"uren": 1.8}, None),
        ("4A", 1, {"uren": 3}, None),  # six dagdelen
        ("4A", 1, {"uren": 3, "dagdelen": 4}, "intensiteit_past_niet"),
        ("2A", 1, {"dagdelen": 1}, "inzet"),
    ],
)
def test_an_amount_that_is_told_fits_the_intensity(
    code: str, intensiteit: int, inzet: dict[str, float], expected: str | None
) -> None:
    given = voorstel((code, intensiteit))
    given["gebieden"][0] |= inzet
    if expected is None:
        assert doe(gekozen(code), "ondersteuningsplan", "aanbieder", **given).fase == "voorstel"
    else:
        assert weigering(gekozen(code), "ondersteuningsplan", "aanbieder", **given) == (NietZoError, {expected})


def test_a_round_that_ends_without_result_leaves_nothing_of_another_with_who_goes_on() -> None:
    one = {"nummer": 1, "code": "2A", "begin": "2026-12-14", "eind": "2027-06-13", "release": "3.2"}
    assigned = [one | {"aanbieder": "11111111", "eind": "2026-12-31"}, one | {"aanbieder": AANBIEDER}]
    first = gekozen("2A")
    running = replace(first, fase="toegewezen", inhoud={**first.inhoud, "toegewezen": assigned})
    zaak = doe(running, "vervolg", aanleiding="wijziging", toelichting="x")
    again = doe(zaak, "plan-van-aanpak", gebieden=plan("2A"))
    other = doe(again, "aanbieder", **keuze("2A", aanbieder="22222222"))
    proposed = doe(other, "ondersteuningsplan", "aanbieder", **voorstel(("2A", 1)))
    agreed = doe(doe(proposed, "akkoord", versie=1), "ondertekening", document="aanvraag", wijze="papier")
    refused = doe(agreed, "beschikking", besluit="afgewezen", beschikking_nummer=1, motivering="x")

    for ended in (doe(proposed, "sluiting", reden="ingetrokken"), refused):
        assert (ended.fase, ended.aanbieder, gedeeld(ended)) == ("toegewezen", AANBIEDER, [])
        assert "voorstellen" not in ended.inhoud
        assert [one["aanbieder"] for one in ended.inhoud["teruggaven"]] == ["22222222"]
        shared = doe(ended, "doelbinding", delen=keuze("2A")["delen"])
        assert [one["onderdeel"] for one in gedeeld(shared)] == ["plan/2A"]
    given_back = doe(doe(other, "teruggave", reden="ingetrokken"), "sluiting", reden="ingetrokken")
    assert (given_back.aanbieder, given_back.inhoud["keuze"]["delen"]) == (AANBIEDER, [])
    # Who stays the same keeps his own.
    same = doe(doe(again, "aanbieder", **keuze("2A")), "sluiting", reden="ingetrokken")
    assert [one["onderdeel"] for one in gedeeld(same)] == ["plan/2A"]
