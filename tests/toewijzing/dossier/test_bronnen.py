"""What both sources say of a deed beside its order, and the ways back from it."""

from dataclasses import replace

import pytest

from services.toewijzing.dossier.domain.doelbinding import gedeeld
from services.toewijzing.dossier.domain.toewijzen import regels_van
from services.toewijzing.dossier.domain.zaak import NietNuError, NietZoError, Zaak
from tests.toewijzing.dossier.opzet import (
    AANBIEDER,
    PROFIEL,
    doe,
    een_zaak,
    gekozen,
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
from tests.toewijzing.dossier.test_handelingen import PERSPECTIEFPLAN


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
