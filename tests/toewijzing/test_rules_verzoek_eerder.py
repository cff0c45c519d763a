"""The rules that hold a request (WMO315, WMO317) against what was known before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.toewijzing.domain.feiten import VerzoekFeiten
from services.toewijzing.domain.verzoek import OngewijzigdProduct, TeWijzigenProduct, VerzoekOmToewijzing
from services.toewijzing.rules.verzoek import (
    AANGEVRAAGDPRODUCT_REGELS,
    CLIENT_315_REGELS,
    CLIENT_317_REGELS,
    NIEUWPRODUCT_REGELS,
    VERZOEK_REGELS,
)
from shared.feiten.product import Contracten, Tarief
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode, Product
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, VANDAAG
from tests.toewijzing.bouw import (
    CLIENT,
    PERSOON,
    PLEK,
    VERZOEK,
    a_levering,
    a_nieuw_product,
    a_toewijzing,
    a_verzoek,
    an_aangevraagd_product,
    an_eerder_verzoek,
    verzoek_feiten,
)

GISTEREN = VANDAAG - timedelta(days=1)
ANDER = a_toewijzing(nummer=2, product=Product("02", "02A03"), bericht_id="bericht-2")
VOT = VerzoekOmToewijzing(GEMEENTE, AANBIEDER, PERSOON, "client-a", (an_aangevraagd_product(),))
VERWIJDERD: dict[str, Any] = {"periode": Periode(date(2025, 5, 1), date(2025, 5, 1)), "reden_wijziging": "13"}


def stays(*nummers: int) -> tuple[OngewijzigdProduct, ...]:
    plek = (*VERZOEK, ("OngewijzigdeProducten", 0))
    return tuple(
        OngewijzigdProduct((*plek, ("OngewijzigdProduct", number)), nummer)
        for number, nummer in enumerate(nummers, start=1)
    )


def changes(nummer: int, number: int = 1, **deviations: Any) -> TeWijzigenProduct:
    plek = (*VERZOEK, ("TeWijzigenProducten", 0), ("TeWijzigenProduct", number))
    return TeWijzigenProduct(plek, nummer, a_levering(product=Product(), **deviations))


def judge_verzoek(feiten: VerzoekFeiten, **deviations: Any) -> list[Melding]:
    return VERZOEK_REGELS.judge(a_verzoek(**deviations), feiten, "3.2", VERZOEK)


def codes(meldingen: list[Melding]) -> list[tuple[str, str, str]]:
    return [(one.regel.code, one.retourcode, one.klasse) for one in meldingen]


@pytest.mark.parametrize(
    "deviation",
    [{}, VERWIJDERD, {"periode": Periode(date(2024, 1, 1), GISTEREN)}],
    ids=str,
)
def test_tr304_accepts_a_client_who_ever_had_a_toewijzing(deviation: dict[str, Any]) -> None:
    assert CLIENT_317_REGELS.judge(a_verzoek(), verzoek_feiten(a_toewijzing(**deviation)), "3.2", CLIENT) == []


def test_tr304_refuses_a_client_who_never_had_one() -> None:
    assert codes(CLIENT_317_REGELS.judge(a_verzoek(), verzoek_feiten(), "3.2", CLIENT)) == [("TR304", "8187", "Client")]


def test_tr374_accepts_a_request_when_no_other_is_open() -> None:
    assert CLIENT_315_REGELS.judge(VOT, verzoek_feiten(), "3.2", CLIENT) == []
    assert judge_verzoek(verzoek_feiten()) == []


def test_tr374_refuses_a_request_while_another_is_open() -> None:
    feiten = verzoek_feiten(openstaand=(an_eerder_verzoek(referentie="VOT0"), an_eerder_verzoek(referentie="VOT9")))

    [in_315] = CLIENT_315_REGELS.judge(VOT, feiten, "3.2", CLIENT)
    [in_317] = judge_verzoek(feiten)

    assert codes([in_315, in_317]) == [("TR374", "9374", "Client"), ("TR374", "9374", "Verzoek")]
    assert (in_315.afwijking.gevonden, in_315.afwijking.botst_met) == ("VOT0", "bericht-a")


def test_a_request_is_open_until_it_is_refused_or_granted() -> None:
    """As TR374 and TR379 understand it."""
    assert an_eerder_verzoek().open
    assert an_eerder_verzoek(antwoorden=("2",)).open
    assert not an_eerder_verzoek(antwoorden=("1",)).open
    assert not an_eerder_verzoek(antwoorden=("2", "1")).open
    assert not an_eerder_verzoek(toewijzing_bericht_id="bericht-301").open


def test_tr347_accepts_a_new_reference() -> None:
    feiten = verzoek_feiten(eerder={"VOT0": an_eerder_verzoek(referentie="VOT0")})

    assert AANGEVRAAGDPRODUCT_REGELS.judge(an_aangevraagd_product(), feiten, "3.2", PLEK) == []
    assert judge_verzoek(feiten) == []


@pytest.mark.parametrize("settled", [{}, {"antwoorden": ("1",)}, {"gemeente": "0384", "client": "client-b"}], ids=str)
def test_tr347_refuses_a_reference_that_was_used(settled: dict[str, Any]) -> None:
    eerder = {naam: an_eerder_verzoek(referentie=naam, **settled) for naam in ("VOT1", "VOW1")}
    feiten = verzoek_feiten(eerder=eerder)
    plek = (*CLIENT, ("AangevraagdeProducten", 0), ("AangevraagdProduct", 1))

    found = AANGEVRAAGDPRODUCT_REGELS.judge(an_aangevraagd_product(), feiten, "3.2", plek) + judge_verzoek(feiten)

    assert codes(found) == [("TR347", "9347", "AangevraagdProduct"), ("TR347", "9347", "Verzoek")]
    assert [one.afwijking.gevonden for one in found] == ["VOT1", "VOW1"]
    assert {one.afwijking.botst_met for one in found} == {"bericht-a"}


@pytest.mark.parametrize(
    "deviation", [VERWIJDERD, {"periode": Periode(date(2024, 1, 1), GISTEREN)}], ids=["verwijderd", "afgelopen"]
)
def test_tr349_accepts_leaving_out_what_is_not_current(deviation: dict[str, Any]) -> None:
    assert judge_verzoek(verzoek_feiten(replace(ANDER, **deviation))) == []


def test_tr349_accepts_all_that_is_current_to_stay_or_to_change() -> None:
    feiten = verzoek_feiten(a_toewijzing(nummer=1), ANDER)

    assert judge_verzoek(feiten, ongewijzigd=stays(1, 2)) == []
    assert judge_verzoek(feiten, ongewijzigd=stays(2), te_wijzigen=(changes(1),)) == []


@pytest.mark.parametrize(
    "periode",
    [
        Periode(date(2024, 1, 1), VANDAAG),
        Periode(date(2024, 1, 1)),
        Periode(date(2025, 12, 1), date(2025, 12, 1)),
    ],
    ids=str,
)
def test_tr349_refuses_leaving_out_what_is_current(periode: Periode) -> None:
    feiten = verzoek_feiten(a_toewijzing(nummer=1), replace(ANDER, periode=periode))

    [melding] = judge_verzoek(feiten, ongewijzigd=stays(1))

    assert codes([melding]) == [("TR349", "9349", "Verzoek")]
    assert (melding.afwijking.verwacht, melding.afwijking.botst_met) == ("2", "bericht-2")


def test_tr349_refuses_and_tells_all_that_are_missing() -> None:
    feiten = verzoek_feiten(ANDER, a_toewijzing(nummer=1, bericht_id="bericht-1"))

    [melding] = judge_verzoek(feiten)

    assert (melding.afwijking.verwacht, melding.afwijking.botst_met) == ("1, 2", None)


def contracten(code: str = "01A04") -> Contracten:
    heel_2025 = Periode(date(2025, 1, 1), date(2025, 12, 31))
    return Contracten(True, {code: [Tarief(code, "01", "04", "inspanningsgericht", None, 3100, heel_2025)]})


def judge_381(product: Product, known: Contracten) -> Iterator[Melding]:
    feiten = verzoek_feiten(contracten=known)
    levering = a_levering(product=product)
    gevraagd, nieuw = an_aangevraagd_product(levering=levering), a_nieuw_product(product=product)
    plek = (*CLIENT, ("AangevraagdeProducten", 0), ("AangevraagdProduct", 1))
    yield from AANGEVRAAGDPRODUCT_REGELS.judge(gevraagd, feiten, "3.2", plek)
    yield from NIEUWPRODUCT_REGELS.judge(nieuw, feiten, "3.2", nieuw.plek)


@pytest.mark.parametrize("product", [Product("01", "01A04"), Product("02"), Product()], ids=str)
def test_tr381_accepts_a_code_under_its_categorie_in_a_request(product: Product) -> None:
    assert list(judge_381(product, contracten())) == []


@pytest.mark.parametrize(
    ("product", "known", "verwacht"),
    [(Product("02", "01A04"), contracten(), "01/01A04"), (Product("01", "01A04"), contracten("01A05"), None)],
    ids=["other categorie", "not on the list"],
)
def test_tr381_refuses_a_code_outside_its_categorie_in_a_request(
    product: Product, known: Contracten, verwacht: str | None
) -> None:
    found = list(judge_381(product, known))

    assert codes(found) == [("TR381", "S329", "AangevraagdProduct"), ("TR381", "S329", "NieuwProduct")]
    assert {one.afwijking.verwacht for one in found} == {verwacht}
