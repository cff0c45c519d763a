"""What a line of 2.4 says of VAT."""

from dataclasses import replace

import pytest

from services.declaratie.domain import Btw
from shared.iwmo.regels import Melding
from tests.declaratie.bouw import a_credit, a_prestatie, an_earlier, breach, feiten, herstel

VRIJ = Btw(vrijgesteld=True)
FACTUUR = replace(feiten(), factuur=True)


def in_24(code: str, btw: Btw | None, *, factuur: bool) -> Melding | None:
    return breach(code, a_prestatie(btw=btw), FACTUUR if factuur else None, "2.4")


def test_rc8850_accepts_vat_in_an_invoice_and_none_in_a_declaration() -> None:
    assert in_24("RC8850", Btw(vrijgesteld=False, bedrag=7000), factuur=True) is None
    assert in_24("RC8850", None, factuur=False) is None


@pytest.mark.parametrize(
    ("btw", "leave_out"),
    [
        (VRIJ, {"BtwVrijstelling": None}),
        (Btw(bedrag=0), {"IngediendeBedragPrestatie/BtwBedrag": None}),
        (Btw(False, 7), {"BtwVrijstelling": None, "IngediendeBedragPrestatie/BtwBedrag": None}),
    ],
    ids=["vrijstelling", "bedrag", "both"],
)
def test_rc8850_refuses_vat_in_a_declaration(btw: Btw, leave_out: dict[str, None]) -> None:
    melding = in_24("RC8850", btw, factuur=False)

    assert melding is not None
    assert melding.retourcode == "8850"
    assert herstel(melding) == leave_out


@pytest.mark.parametrize("vrijgesteld", [True, False])
def test_rc8851_accepts_an_invoice_that_tells_either_and_a_declaration(vrijgesteld: bool) -> None:
    assert in_24("RC8851", Btw(vrijgesteld), factuur=True) is None
    assert in_24("RC8851", None, factuur=False) is None


@pytest.mark.parametrize("btw", [None, Btw(bedrag=7)])
def test_rc8851_refuses_an_invoice_that_does_not_tell(btw: Btw | None) -> None:
    melding = in_24("RC8851", btw, factuur=True)

    assert melding is not None
    assert melding.retourcode == "8851"
    assert herstel(melding) == {}


def test_rc8851_refuses_a_credit_that_does_not_tell_either() -> None:
    known = replace(feiten(eerder=an_earlier()), factuur=True)

    assert breach("RC8851", a_credit(), known, "2.4") is not None
    assert breach("RC8851", a_credit(btw=VRIJ), known, "2.4") is None


@pytest.mark.parametrize("btw", [None, VRIJ, Btw(True, 0), Btw(False, 7), Btw(bedrag=7)])
def test_rc8836_accepts_no_vat_of_what_is_exempt(btw: Btw | None) -> None:
    assert in_24("RC8836", btw, factuur=True) is None


@pytest.mark.parametrize("cents", [7, -7])
def test_rc8836_refuses_vat_of_what_is_exempt(cents: int) -> None:
    melding = in_24("RC8836", Btw(True, cents), factuur=True)

    assert melding is not None
    assert (melding.retourcode, melding.afwijking.gevonden) == ("8836", str(cents))
    # Of a declaration the one melding is that it tells of VAT at all.
    assert in_24("RC8836", Btw(True, cents), factuur=False) is None


@pytest.mark.parametrize("btw", [None, VRIJ, Btw(False, 7), Btw(False, 0)])
def test_rc8837_accepts_vat_of_what_is_taxed(btw: Btw | None) -> None:
    assert in_24("RC8837", btw, factuur=True) is None


def test_rc8837_refuses_what_is_taxed_without_vat() -> None:
    melding = in_24("RC8837", Btw(False), factuur=True)

    assert melding is not None
    assert (melding.retourcode, herstel(melding)) == ("8837", {})
    assert in_24("RC8837", Btw(False), factuur=False) is None


def test_what_a_line_says_of_vat_matters_in_2_4_alone() -> None:
    assert breach("RC8850", a_prestatie(btw=VRIJ), None, "3.2") is None
    assert breach("RC8851", a_prestatie(), FACTUUR, "3.2") is None
