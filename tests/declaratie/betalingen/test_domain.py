"""Who may decide what about a payment proposal, and which accounts a payment reaches."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from stdnum import iban as stdnum_iban

from services.declaratie.betalingen.domain import (
    SEPA_LANDEN,
    Rekening,
    Status,
    Voorstel,
    check_export,
    check_release,
    check_withdraw,
    read_bic,
    read_iban,
)
from shared.problems import BotsingError, KnooppuntError, VerbodenError, VerzoekError

VANDAAG = date(2026, 11, 23)


def a_voorstel(**deviations: Any) -> Voorstel:
    right = Voorstel(
        id=UUID("00000000-0000-4000-8000-00000000000a"),
        gemeente="0855",
        aanbieder="98765432",
        status="concept",
        bedrag=40300,
        btw=0,
        regels=1,
        einddatum=date(2026, 3, 31),
        gemaakt_door="maker",
        van=Rekening("Gemeente", "NL91ABNA0417164300", "ABNANL2A"),
        naar=Rekening("Zorg", "DE89370400440532013000"),
    )
    return replace(right, **deviations)


def test_another_than_the_maker_releases() -> None:
    check_release(a_voorstel(), "ander", VANDAAG, VANDAAG)


@pytest.mark.parametrize(
    ("deviation", "door", "days", "error"),
    [
        ({}, "maker", 0, VerbodenError),
        ({"status": "vrijgegeven"}, "ander", 0, BotsingError),
        ({"status": "ingetrokken"}, "ander", 0, BotsingError),
        ({"van": None}, "ander", 0, BotsingError),
        ({"naar": None}, "ander", 0, BotsingError),
        ({}, "ander", -1, VerzoekError),
        ({}, "ander", 367, VerzoekError),
    ],
)
def test_what_may_not_be_released(deviation: dict[str, Any], door: str, days: int, error: type[KnooppuntError]) -> None:
    with pytest.raises(error):
        check_release(a_voorstel(**deviation), door, VANDAAG, VANDAAG + timedelta(days=days))


def test_the_missing_account_is_named() -> None:
    with pytest.raises(BotsingError, match="geen rekening van de gemeente en de aanbieder"):
        check_release(a_voorstel(van=None, naar=None), "ander", VANDAAG, VANDAAG)


@pytest.mark.parametrize("status", ["concept", "vrijgegeven", "ingetrokken"])
def test_a_concept_is_withdrawn_and_a_released_one_exported(status: Status) -> None:
    for check, right in ((check_withdraw, "concept"), (check_export, "vrijgegeven")):
        if status == right:
            check(a_voorstel(status=status))
        else:
            with pytest.raises(BotsingError):
                check(a_voorstel(status=status))


def test_an_iban_is_read_as_people_write_it() -> None:
    assert read_iban("nl91 abna 0417 1643 00") == "NL91ABNA0417164300"


@pytest.mark.parametrize(
    "text",
    ["", "NL91ABNA0417164301", "NL91ABNA041716430", "XX00", "NL٩1ABNA0417164300", "BR1800360305000010009795493C1P"],
)
def test_an_iban_to_which_no_payment_can_go_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is geen"):
        read_iban(text)


def test_every_country_of_sepa_has_ibans() -> None:
    assert all(stdnum_iban._ibandb.info(f"{land}00")[0][1] for land in SEPA_LANDEN)


@pytest.mark.parametrize("text", ["", "ABNANL2", "ABNANL2AX", "12345678", "ABNANL2٣", "ABNANL2A\n1"])
def test_a_bic_in_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is geen geldige BIC$"):
        read_bic(text)


def test_a_bic_is_read_in_capitals() -> None:
    assert read_bic("abnanl2a") == "ABNANL2A"


def test_the_reference_of_a_payment_fits_a_bank_and_is_always_the_same() -> None:
    assert a_voorstel().kenmerk == a_voorstel(bedrag=1).kenmerk == "0000000000004000800000000000000a"
