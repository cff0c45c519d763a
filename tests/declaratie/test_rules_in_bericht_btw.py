"""Level 2: the total of VAT of an invoice (2.4) beside its lines."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import SCHEMAS, check, mends, told
from tests.shared.iwmo.berichten import a_bedrag, a_declaratie_bericht, a_regel, soort
from tests.shared.iwmo.herstel import mended

BTW = "DeclaratieFactuurBedragen/BtwTotaalBedrag"
FACTUUR = soort("WMO303F", "2.4")


def a_taxed_line(cents: int, btw: int, number: int = 1) -> Inhoud:
    """A line of an invoice; below zero it takes something back."""
    line = a_regel("2.4", cents, referentie=f"R{number}", vorige=f"O{number}" if cents < 0 else None)
    amounts = {"BtwBedrag": a_bedrag(btw), **line["IngediendeBedragPrestatie"]}
    return line | {"BtwVrijstelling": "2", "IngediendeBedragPrestatie": amounts, "ToewijzingNummer": number}


def with_btw(inhoud: Inhoud, totaal: Any, code: str = "448") -> Inhoud:
    """An invoice, or with another code a declaration, that states this total of VAT."""
    inhoud["Header"]["BerichtCode"] = code
    if totaal is not None:
        bedrag = totaal if isinstance(totaal, dict) else a_bedrag(totaal, "TotaalBedrag")
        inhoud["Header"]["DeclaratieFactuurBedragen"]["BtwTotaalBedrag"] = bedrag
    return inhoud


@pytest.mark.parametrize(("lines", "totaal"), [([], None), ([], 0), ([6994], 6994), ([6994, -6994], 0), ([0], None)])
def test_rc8835_accepts_the_sum_of_the_lines_and_nothing_for_zero(lines: list[int], totaal: int | None) -> None:
    made = [a_taxed_line(40300 if btw >= 0 else -40300, btw, at) for at, btw in enumerate(lines, start=1)]

    assert check(with_btw(a_declaratie_bericht("2.4", made or [a_regel("2.4")]), totaal), "2.4", "WMO303F") == []


@pytest.mark.parametrize("totaal", [None, 0, 6993, -6994])
def test_rc8835_refuses_another_total_and_none(totaal: int | None) -> None:
    inhoud = with_btw(a_declaratie_bericht("2.4", [a_taxed_line(40300, 6994)]), totaal)

    [melding] = check(inhoud, "2.4", "WMO303F")

    assert told([melding]) == [("RC8835", "/Header")]
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (str(totaal or 0), "6994")


@pytest.mark.parametrize("totaal", [0, 6994])
def test_rc8835_refuses_a_total_of_vat_in_a_declaration_alone_where_it_is_not_zero(totaal: int) -> None:
    found = check(with_btw(a_declaratie_bericht("2.4"), totaal, code="416"), "2.4")

    assert told(found) == ([("RC8835", "/Header")] if totaal else [])


def test_a_total_of_vat_of_zero_is_debit() -> None:
    zero = {"TotaalBedrag": 0, "DebetCredit": "C"}

    [melding] = check(with_btw(a_declaratie_bericht("2.4"), zero), "2.4", "WMO303F")

    assert (told([melding]), mends(melding)) == ([("CS325", f"/Header/{BTW}")], {"DebetCredit": "D"})


@given(lines=st.lists(st.integers(-9999, 9999), min_size=1, max_size=4), totaal=st.integers(-9999, 9999))
def test_what_rc8835_says_of_a_total_makes_it_right(lines: list[int], totaal: int) -> None:
    made = [a_taxed_line(100_000 if btw >= 0 else -100_000, btw, at) for at, btw in enumerate(lines, start=1)]
    inhoud = with_btw(a_declaratie_bericht("2.4", made), totaal)

    found = check(inhoud, "2.4", "WMO303F")

    assert bool(found) == (sum(lines) != totaal)
    for melding in found:
        assert check(mended(inhoud, melding, FACTUUR, SCHEMAS), "2.4", "WMO303F") == []
