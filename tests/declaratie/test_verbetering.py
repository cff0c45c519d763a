"""What a melding says would mend a line really does: all changes of a line together, judged again."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, Gebruik, claim_of
from services.declaratie.domain.lopend import Lopend
from services.declaratie.domain.periode import right_begin, right_end
from services.declaratie.oordeel import judge_line
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.declaratie.bouw import MAART, a_prestatie, a_tarief, feiten, standing
from tests.toewijzing.bouw import a_toewijzing

VELD: dict[str, tuple[str, Any]] = {
    "GeleverdVolume": ("volume", int),
    "ProductTarief": ("tarief", int),
    "IngediendBedrag/Bedrag": ("bedrag", int),
    "Eenheid": ("eenheid", str),
    "ProductCategorie": ("categorie", str),
    "ProductCode": ("code", str),
    "ProductPeriode/Begindatum": ("begin", date.fromisoformat),
    "ProductPeriode/Einddatum": ("eind", date.fromisoformat),
}
MEI = Periode(date(2025, 5, 1), date(2025, 5, 31))
JAAR = Periode(date(2025, 1, 1), date(2025, 12, 31))
VANAF_DE_DERDE = Periode(date(2025, 3, 3), MAART.eind)


def judged(line: Prestatie, known: DeclaratieFeiten) -> list[Melding]:
    return judge_line(line, Lopend(known))


def mended(line: Prestatie, meldingen: list[Melding]) -> Prestatie:
    """The line with every change that is told; one change in one place."""
    fields: dict[str, Any] = {}
    for one in (one for melding in meldingen for one in melding.afwijking.herstel):
        name, made = VELD[one.element]
        value = made(one.waarde)
        assert fields.setdefault(name, value) == value
    periode = Periode(fields.pop("begin", line.periode.begin), fields.pop("eind", line.periode.eind))
    return replace(line, periode=periode, **fields)


@st.composite
def a_case(draw: st.DrawFn) -> tuple[Prestatie, DeclaratieFeiten]:
    """A line of some month with this or that wrong, its toewijzing, its contracts and what was granted before."""
    eenheid = draw(st.sampled_from(["01", "04", "16", "82", "83"]))
    product = draw(st.sampled_from([Product("01", "01A04"), Product("02", "02A01"), Product("01"), Product()]))
    ingang = draw(st.dates(date(2025, 1, 1), date(2025, 4, 30)))
    omvang = draw(st.none() | st.builds(Omvang, st.integers(1, 60), st.just(eenheid), st.sampled_from("1246")))
    toewijzing = a_toewijzing(
        product=product,
        periode=Periode(ingang, ingang + timedelta(draw(st.integers(0, 120)))),
        omvang=omvang,
        budget=None if omvang else draw(st.integers(100, 100_000)),
    )
    tarieven = [
        a_tarief(product_code=code, categorie=code[:2], eenheid=unit, cents=None if unit == "83" else 3100)
        for code in ("01A04", "02A01")
        if (unit := draw(st.sampled_from(["01", "04", "16", "83", None]))) is not None
    ]
    line = _a_line(draw, eenheid, toewijzing.periode)
    earlier = replace(line, referentie="OUD")
    begin = right_begin(line.periode.begin, toewijzing)
    eind = right_end(line.periode.eind or date.max, toewijzing)
    categorie, code = product.categorie or line.categorie, product.code or line.code
    if begin <= eind and draw(st.booleans()):
        earlier = replace(earlier, categorie=categorie, code=code, periode=Periode(begin, eind))
    known = feiten(
        periode=MEI,
        toewijzingen=[toewijzing],
        tarieven=tarieven,
        toegekend={eenheid: Gebruik(draw(st.integers(0, 100)), draw(st.integers(0, 50_000)))},
        openstaand=standing(*draw(st.sampled_from([(), (), (earlier,)]))),
        claims=draw(st.sampled_from([{claim_of(line)}, {claim_of(line), claim_of(earlier)}])),
    )
    return line, known


def _a_line(draw: st.DrawFn, eenheid: str, toegewezen: Periode) -> Prestatie:
    first = date(2025, draw(st.integers(1, 5)), 1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    begin = draw(st.just(first) | st.just(min(max(first, toegewezen.begin), last)) | st.dates(first, last))
    eind = draw(st.just(last) | st.just(max(min(last, toegewezen.eind or last), begin)) | st.dates(begin, last))
    unit = draw(st.just(eenheid) | st.sampled_from(["01", "04", "16", "83"]))
    volume, tarief = draw(st.integers(1, 300)), draw(st.sampled_from([3100, 52, 4000]))
    amounts = [volume * tarief, (2 * 3100 * volume + 60) // 120, volume * tarief + 1]
    return a_prestatie(
        categorie=draw(st.sampled_from(["01", "02"])),
        code=draw(st.sampled_from(["01A04", "02A01"])),
        periode=Periode(begin, eind),
        eenheid=unit,
        volume=volume,
        tarief=None if unit == "83" else tarief,
        bedrag=volume if unit == "83" else draw(st.sampled_from(amounts)),
    )


@settings(max_examples=600)
@given(case=a_case())
def test_what_is_told_mends_every_fault_that_it_is_told_of_and_brings_no_other(
    case: tuple[Prestatie, DeclaratieFeiten],
) -> None:
    line, known = case
    found = judged(line, known)
    told = [melding for melding in found if melding.afwijking.herstel]

    right = mended(line, told)
    left = {melding.regel.code for melding in judged(right, known)}

    assert left <= {melding.regel.code for melding in found} - {melding.regel.code for melding in told}
    if claim_of(right) != claim_of(line):
        assert claim_of(right) not in known.claims


def changes(line: Prestatie, known: DeclaratieFeiten) -> dict[str, list[str]]:
    """By rule: the places that it says must change."""
    return {one.regel.code: [change.element for change in one.afwijking.herstel] for one in judged(line, known)}


def test_a_right_period_is_not_told_when_an_earlier_claim_or_a_line_of_the_message_has_it() -> None:
    whole = a_prestatie(referentie="OUD")
    partly = a_prestatie(periode=VANAF_DE_DERDE)

    assert changes(partly, feiten()) == {"TR387": ["ProductPeriode/Begindatum"]}
    assert changes(partly, feiten(openstaand=standing(whole))) == {"TR387": []}
    assert changes(partly, feiten(claims={claim_of(whole), claim_of(partly)})) == {"TR387": []}


@pytest.mark.parametrize(("cents", "told"), [(3100, ["ProductCode"]), (4000, [])])
def test_a_right_code_is_told_only_when_the_tariff_is_right_for_it_too(cents: int, told: list[str]) -> None:
    known = feiten(tarieven=[a_tarief(product_code="01A05"), a_tarief(cents=cents)])

    assert changes(a_prestatie(code="01A05"), known) == {"TR340": told}


def test_a_right_unit_is_not_told_when_the_volume_is_too_much_of_it() -> None:
    dagdelen = feiten(
        toewijzingen=[a_toewijzing(omvang=Omvang(10, "16", "4"), periode=JAAR)], tarieven=[a_tarief(eenheid="16")]
    )

    assert changes(a_prestatie(eenheid="14", volume=10, bedrag=31000), dagdelen) == {"TR341": ["Eenheid"]}
    assert changes(a_prestatie(eenheid="14", volume=11, bedrag=34100), dagdelen) == {"TR341": []}
