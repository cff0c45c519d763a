"""A WMO325 against the WMO323 that it answers: what it may say of it, and what not."""

from typing import Any

import pytest

from services.declaratie.beantwoord import judge_against
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Herstel, Melding
from tests.declaratie.antwoorden import CLIENT, LINE, a_323, a_325, found
from tests.declaratie.in_bericht import a_periode
from tests.shared.iwmo.berichten import ANDER_BSN, BSN, a_bedrag, a_regel

DERDE_BSN = "111222333"
FIRST, SECOND = a_regel("3.2", referentie="R1"), a_regel("3.2", -300, referentie="R2", vorige="O1")


def one(antwoord: Inhoud, declaratie: Inhoud | None) -> Melding:
    """The only fault."""
    [melding] = judge_against(antwoord, declaratie)
    return melding


def test_an_answer_agrees_with_its_declaration() -> None:
    assert found(a_325(), a_323([FIRST])) == []
    assert found(a_325(SECOND), a_323([FIRST, SECOND])) == []
    assert found(a_325(FIRST, SECOND), a_323([SECOND, FIRST])) == []


def test_tr337_accepts_the_name_of_the_declaration() -> None:
    assert found(a_325(), a_323([FIRST])) == []


def test_tr337_refuses_a_name_that_is_not_known() -> None:
    melding = one(a_325(), None)

    assert (melding.regel.code, melding.locatie, melding.klasse) == ("TR337", "/Bericht/Header", "Header")
    assert (melding.afwijking.gevonden, melding.afwijking.herstel) == ("B0001", ())


def test_tr337_refuses_another_dagtekening() -> None:
    antwoord = a_325()
    antwoord["Header"]["DeclaratieIdentificatie"] = {"Identificatie": "B0001", "Dagtekening": "2025-04-03"}

    melding = one(antwoord, a_323([FIRST]))

    assert melding.regel.code == "TR337"
    assert melding.afwijking.herstel == (Herstel("DeclaratieIdentificatie/Dagtekening", "2025-04-04"),)


def test_tr371_accepts_the_xsd_version_of_the_declaration() -> None:
    declaratie, antwoord = a_323([FIRST]), a_325()
    other = {"BasisschemaXsdVersie": "1.0.1", "BerichtXsdVersie": "1.0.2"}
    declaratie["Header"]["XsdVersie"] = antwoord["Header"]["XsdVersieDeclaratie"] = other

    assert found(antwoord, declaratie) == []


@pytest.mark.parametrize("naam", ["BasisschemaXsdVersie", "BerichtXsdVersie"])
def test_tr371_refuses_another_xsd_version(naam: str) -> None:
    antwoord = a_325()
    right = antwoord["Header"]["XsdVersieDeclaratie"][naam]
    antwoord["Header"]["XsdVersieDeclaratie"] = {**antwoord["Header"]["XsdVersieDeclaratie"], naam: "9.9.9"}

    melding = one(antwoord, a_323([FIRST]))

    assert (melding.regel.code, melding.locatie) == ("TR371", "/Bericht/Header")
    assert melding.afwijking.herstel == (Herstel(f"XsdVersieDeclaratie/{naam}", right),)


def test_tr376_accepts_the_number_of_the_declaration_and_a_header_alone() -> None:
    alone = a_325()
    del alone["DeclaratieAntwoord"]

    assert found(a_325(), a_323([FIRST])) == []
    assert found(alone, a_323([FIRST])) == []


def test_tr376_refuses_another_number() -> None:
    antwoord = a_325(FIRST)
    antwoord["DeclaratieAntwoord"]["DeclaratieNummer"] = "D202504"

    melding = one(antwoord, a_323([FIRST]))

    assert (melding.regel.code, melding.locatie) == ("TR376", "/Bericht/DeclaratieAntwoord")
    assert melding.afwijking.herstel == (Herstel("DeclaratieNummer", "D202503"),)


def test_tr304_accepts_a_client_of_the_declaration() -> None:
    assert found(a_325(FIRST), a_323([FIRST], [SECOND])) == []


def test_tr304_refuses_a_client_who_is_not_in_the_declaration() -> None:
    """His lines are not judged."""
    antwoord = a_325(a_regel("3.2", referentie="R9"))
    antwoord["DeclaratieAntwoord"]["Clienten"]["Client"][0]["Bsn"] = DERDE_BSN

    melding = one(antwoord, a_323([FIRST], [SECOND]))

    assert (melding.regel.code, melding.locatie.removeprefix("/Bericht")) == ("TR304", CLIENT)
    assert melding.retourcode == "8187"
    assert not any(bsn in str(melding) for bsn in (BSN, ANDER_BSN, DERDE_BSN))


def test_tr366_accepts_a_reference_of_the_declaration() -> None:
    assert found(a_325(SECOND), a_323([FIRST, SECOND])) == []


@pytest.mark.parametrize(("referentie", "vorige"), [("R3", "O1"), ("R2", "O2"), ("R2", None)])
def test_tr366_refuses_a_reference_that_is_not_in_the_declaration(referentie: str, vorige: str | None) -> None:
    line = a_regel("3.2", -300, referentie=referentie, vorige=vorige)

    assert found(a_325(line), a_323([FIRST, SECOND])) == [("TR366", LINE)]


def test_tr367_accepts_a_line_that_was_copied() -> None:
    assert found(a_325(FIRST), a_323([FIRST])) == []
    without = {naam: value for naam, value in FIRST.items() if naam != "ProductTarief"}
    assert found(a_325(without), a_323([without])) == []


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"ToewijzingNummer": 7}, "ToewijzingNummer", str(FIRST["ToewijzingNummer"])),
    ({"ProductCategorie": "02"}, "ProductCategorie", "01"),
    ({"ProductCode": "01A05"}, "ProductCode", "01A04"),
    ({"ProductPeriode": a_periode("2025-03-02", "2025-03-31")}, "ProductPeriode/Begindatum", "2025-03-01"),
    ({"ProductPeriode": a_periode("2025-03-01", "2025-03-30")}, "ProductPeriode/Einddatum", "2025-03-31"),
    ({"GeleverdVolume": 14}, "GeleverdVolume", "13"),
    ({"Eenheid": "01"}, "Eenheid", "04"),
    ({"ProductTarief": 3101}, "ProductTarief", "3100"),
    ({"IngediendBedrag": a_bedrag(40301)}, "IngediendBedrag/Bedrag", "40300"),
    ({"IngediendBedrag": a_bedrag(-40300)}, "IngediendBedrag/DebetCredit", "D"),
]


@pytest.mark.parametrize(("change", "element", "right"), CHANGES, ids=[element for _, element, _ in CHANGES])
def test_tr367_refuses_a_changed_value(change: dict[str, Any], element: str, right: str) -> None:
    melding = one(a_325(FIRST | change), a_323([FIRST]))

    assert (melding.regel.code, melding.locatie.removeprefix("/Bericht")) == ("TR367", LINE)
    assert melding.afwijking.herstel == (Herstel(element, right),)
    assert melding.afwijking.verwacht == f"{element} {right}"


def test_tr367_refuses_a_tariff_more_or_less() -> None:
    without = {naam: value for naam, value in FIRST.items() if naam != "ProductTarief"}

    more, less = one(a_325(FIRST), a_323([without])), one(a_325(without), a_323([FIRST]))

    assert more.afwijking.herstel == (Herstel("ProductTarief", None),)
    assert less.afwijking.herstel == (Herstel("ProductTarief", "3100"),)


def test_tr367_accepts_either_line_of_one_name_and_refuses_a_third() -> None:
    """Two clients may have used a number (TR314 tells the aanbieder); which of both is meant cannot be told."""
    other = FIRST | {"GeleverdVolume": 1}

    assert found(a_325(FIRST), a_323([other], [FIRST])) == []
    assert one(a_325(FIRST | {"GeleverdVolume": 2}), a_323([other], [FIRST])).afwijking.herstel == ()


def test_a_fault_spares_the_classes_below_it() -> None:
    antwoord = a_325(a_regel("3.2", referentie="R9"))
    antwoord["DeclaratieAntwoord"]["DeclaratieNummer"] = "D9"
    assert found(antwoord, a_323([FIRST])) == [("TR376", "/DeclaratieAntwoord")]

    antwoord["Header"]["XsdVersieDeclaratie"] = {"BasisschemaXsdVersie": "9.9.9", "BerichtXsdVersie": "9.9.9"}
    assert found(antwoord, a_323([FIRST])) == [("TR371", "/Header")]
