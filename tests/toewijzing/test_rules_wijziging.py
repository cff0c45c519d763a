"""The rules on what a WMO317 leaves as it is, and what it changes."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.toewijzing.domain.verzoek import OngewijzigdProduct, TeWijzigenProduct
from services.toewijzing.rules.wijziging import ONGEWIJZIGD_REGELS, TE_WIJZIGEN_REGELS
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.shared.iwmo.berichten import NUMMER, VANDAAG
from tests.toewijzing.bouw import VERZOEK, a_levering, a_toewijzing, verzoek_feiten

STAYS = OngewijzigdProduct((*VERZOEK, ("OngewijzigdeProducten", 0), ("OngewijzigdProduct", 1)), NUMMER)
DAGTEKENING = date(2025, 4, 4)
INGANG = date(2025, 3, 1)
EIND = date(2025, 8, 31)
DE_DAG_ERNA = DAGTEKENING + timedelta(days=1)
GISTEREN = VANDAAG - timedelta(days=1)
PER_WEEK, TOTAAL = Omvang(3, "04", "2"), Omvang(90, "04", "6")

VERWIJDERD = a_toewijzing(periode=Periode(EIND, EIND), reden_wijziging="13", bericht_id="bericht-301")
AFGELOPEN = a_toewijzing(periode=Periode(INGANG, GISTEREN), bericht_id="bericht-301")
ACTUEEL = [
    a_toewijzing(),
    a_toewijzing(periode=Periode(INGANG, VANDAAG)),
    a_toewijzing(periode=Periode(INGANG)),
    a_toewijzing(periode=Periode(date(2025, 12, 1), date(2025, 12, 31))),
    a_toewijzing(periode=Periode(EIND, EIND), reden_wijziging="02"),
]
NIET_ACTUEEL = [a_toewijzing(nummer=NUMMER + 1), VERWIJDERD, AFGELOPEN]
IDS = ["unknown", "deleted", "over"]


def judge(known: Toewijzing | None = None, *, begin: date = DE_DAG_ERNA, **deviations: Any) -> list[Melding]:
    """A change of NUMMER from a day on; all else as it is assigned."""
    known = known or a_toewijzing()
    wanted = {"omvang": known.omvang, "budget": known.budget, "periode": Periode(begin, EIND)} | deviations
    levering = a_levering(product=Product(), **wanted)
    product = TeWijzigenProduct((*VERZOEK, ("TeWijzigenProducten", 0), ("TeWijzigenProduct", 1)), NUMMER, levering)
    feiten = verzoek_feiten(known, dagtekening=DAGTEKENING)
    return TE_WIJZIGEN_REGELS.judge(product, feiten, "3.2", product.plek)


def codes(meldingen: list[Melding]) -> list[tuple[str, str]]:
    assert all(one.klasse == "TeWijzigenProduct" for one in meldingen)
    return [(one.regel.code, one.retourcode) for one in meldingen]


@pytest.mark.parametrize("known", ACTUEEL, ids=lambda one: str(one.periode))
def test_tr350_accepts_a_current_toewijzing(known: Toewijzing) -> None:
    assert ONGEWIJZIGD_REGELS.judge(STAYS, verzoek_feiten(known), "3.2", STAYS.plek) == []


@pytest.mark.parametrize("known", NIET_ACTUEEL, ids=IDS)
def test_tr350_refuses_what_is_no_current_toewijzing(known: Toewijzing) -> None:
    [melding] = ONGEWIJZIGD_REGELS.judge(STAYS, verzoek_feiten(known), "3.2", STAYS.plek)

    assert (melding.regel.code, melding.retourcode, melding.klasse) == ("TR350", "9350", "OngewijzigdProduct")
    assert (melding.afwijking.gevonden, melding.afwijking.botst_met) == (str(NUMMER), known.bericht_id)


@pytest.mark.parametrize("known", ACTUEEL, ids=lambda one: str(one.periode))
def test_tr351_accepts_a_current_toewijzing(known: Toewijzing) -> None:
    assert judge(known) == []


@pytest.mark.parametrize("known", NIET_ACTUEEL, ids=IDS)
def test_tr351_refuses_what_is_no_current_toewijzing_and_nothing_more_is_told(known: Toewijzing) -> None:
    [melding] = judge(known, begin=INGANG + timedelta(days=1), omvang=None, budget=1)

    assert codes([melding]) == [("TR351", "9351")]
    assert (melding.afwijking.gevonden, melding.afwijking.botst_met) == (str(NUMMER), known.bericht_id)


@pytest.mark.parametrize("begin", [INGANG, DE_DAG_ERNA, EIND])
def test_tr357_accepts_a_later_day_or_the_first(begin: date) -> None:
    assert judge(begin=begin) == []


@pytest.mark.parametrize("begin", [DAGTEKENING, INGANG + timedelta(days=1), INGANG - timedelta(days=1)])
def test_tr357_refuses_another_day_that_is_not_later(begin: date) -> None:
    [melding] = judge(begin=begin)

    assert codes([melding]) == [("TR357", "9357")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (
        begin.isoformat(),
        "na 2025-04-04, of 2025-03-01",
    )


def aspecifiek(**deviations: Any) -> Toewijzing:
    return a_toewijzing(**{"product": Product("01"), "omvang": None, "budget": 100_000} | deviations)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (aspecifiek(), {"begin": INGANG, "budget": 200_000}),
        (aspecifiek(), {"periode": Periode(DE_DAG_ERNA, date(2025, 12, 31))}),
        (a_toewijzing(omvang=TOTAAL), {"begin": INGANG, "omvang": Omvang(120, "04", "6")}),
        (a_toewijzing(omvang=TOTAAL), {"periode": Periode(DE_DAG_ERNA, date(2025, 12, 31))}),
        (a_toewijzing(omvang=PER_WEEK), {"omvang": Omvang(5, "04", "2")}),
        (a_toewijzing(omvang=Omvang(3, "04", "4")), {"omvang": TOTAAL}),
        (a_toewijzing(omvang=None), {"omvang": TOTAAL}),
    ],
    ids=str,
)
def test_tr373_accepts_another_total_from_the_first_day(known: Toewijzing, wanted: dict[str, Any]) -> None:
    assert judge(known, **wanted) == []


@pytest.mark.parametrize("begin", [DE_DAG_ERNA, date(2025, 6, 1)])
@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (aspecifiek(), {"budget": 100_001}),
        (aspecifiek(), {"budget": None}),
        (aspecifiek(budget=None), {"budget": 0}),
        (a_toewijzing(omvang=TOTAAL), {"omvang": Omvang(91, "04", "6")}),
        (a_toewijzing(omvang=TOTAAL), {"omvang": Omvang(90, "01", "6")}),
        (a_toewijzing(omvang=TOTAAL), {"omvang": Omvang(90, "04", "4")}),
    ],
    ids=str,
)
def test_tr373_refuses_another_total_from_another_day(known: Toewijzing, wanted: dict[str, Any], begin: date) -> None:
    [melding] = judge(known, begin=begin, **wanted)

    assert codes([melding]) == [("TR373", "9373")]
    assert melding.as_json()["herstel"] == [
        {"locatie": f"{melding.locatie}/GewensteIngangsdatum", "waarde": "2025-03-01"}
    ]


def test_tr373_refuses_without_a_change_that_would_begin_after_its_end() -> None:
    later = aspecifiek(periode=Periode(date(2025, 6, 1), date(2025, 12, 31)))

    [melding] = judge(later, periode=Periode(DE_DAG_ERNA, date(2025, 5, 31)), budget=1)

    assert (melding.regel.code, melding.afwijking.herstel) == ("TR373", ())


def generiek(**deviations: Any) -> Toewijzing:
    return aspecifiek(product=Product(), **deviations)


def test_tr373_refuses_beside_tr357_where_both_hold() -> None:
    assert codes(judge(aspecifiek(), begin=DAGTEKENING, budget=1)) == [("TR357", "9357"), ("TR373", "9373")]


T2020, T2021 = date(2020, 12, 31), date(2021, 1, 1)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (generiek(), {}),
        (generiek(), {"begin": INGANG, "budget": 200_000}),
        (
            generiek(periode=Periode(date(2020, 1, 1))),
            {"omvang": PER_WEEK, "periode": Periode(date(2020, 1, 1), T2020)},
        ),
    ],
    ids=str,
)
def test_tr375_accepts_no_omvang_without_product(known: Toewijzing, wanted: dict[str, Any]) -> None:
    assert judge(known, **wanted) == []


@pytest.mark.parametrize("eind", [T2021, EIND, None])
def test_tr375_refuses_omvang_without_product(eind: date | None) -> None:
    van_2020 = generiek(periode=Periode(date(2020, 1, 1)))

    found = judge(van_2020, omvang=PER_WEEK, periode=Periode(date(2020, 1, 1), eind))

    assert codes(found) == [("TR375", "9375"), ("TR412", "9412")]
    assert found[0].as_json()["herstel"] == [{"locatie": f"{found[0].locatie}/Omvang", "waarde": None}]


@pytest.mark.parametrize(
    ("known", "wanted"),
    [(a_toewijzing(), {}), (a_toewijzing(), {"omvang": Omvang(5, "04", "2")}), (aspecifiek(), {}), (generiek(), {})],
    ids=str,
)
def test_tr411_accepts_omvang_with_code_or_none_without(known: Toewijzing, wanted: dict[str, Any]) -> None:
    assert judge(known, **wanted) == []


@pytest.mark.parametrize("known", [a_toewijzing(), a_toewijzing(omvang=TOTAAL)], ids=["per week", "total"])
def test_tr411_refuses_no_omvang_with_code(known: Toewijzing) -> None:
    assert codes(judge(known, omvang=None)) == [("TR411", "9411")]


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (aspecifiek(), {}),
        (a_toewijzing(), {}),
        (
            aspecifiek(periode=Periode(date(2020, 1, 1))),
            {"omvang": PER_WEEK, "periode": Periode(date(2020, 1, 1), T2020)},
        ),
    ],
    ids=str,
)
def test_tr412_accepts_no_omvang_without_code(known: Toewijzing, wanted: dict[str, Any]) -> None:
    assert judge(known, **wanted) == []


@pytest.mark.parametrize("eind", [T2021, EIND, None])
def test_tr412_refuses_omvang_without_code(eind: date | None) -> None:
    van_2020 = aspecifiek(periode=Periode(date(2020, 1, 1)))

    found = judge(van_2020, omvang=PER_WEEK, periode=Periode(date(2020, 1, 1), eind))

    assert codes(found) == [("TR412", "9412")]
