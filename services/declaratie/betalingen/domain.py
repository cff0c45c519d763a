"""Payment proposals: who may decide what, and what a payment order calls things; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args
from uuid import UUID

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from shared.problems import BotsingError, VerbodenError, VerzoekError

Status = Literal["concept", "vrijgegeven", "ingetrokken"]
CONCEPT, VRIJGEGEVEN, INGETROKKEN = get_args(Status)

MAX_VOORUIT = timedelta(days=366)
"""How far ahead a bank may be told to pay."""
SEPA_LANDEN = frozenset((
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR",
    "GB", "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD",
    "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
))  # fmt: skip
"""Countries whose accounts a SEPA payment reaches (European Payments Council, EPC409-09)."""


@dataclass(frozen=True, slots=True)
class Rekening:
    """A bank account; ``bic`` is only needed of the one who pays."""

    naam: str
    iban: str
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Voorstel:
    """What a gemeente is to pay an aanbieder: cents, over declarations up to and including ``einddatum``.

    Accounts are those that were known when it was made, so that whoever releases it sees what the maker saw.
    """

    id: UUID
    gemeente: str
    aanbieder: str
    status: Status
    bedrag: int
    btw: int
    """The part of ``bedrag`` that lines of a WMO303F say is VAT."""
    regels: int
    einddatum: date
    gemaakt_door: str
    van: Rekening | None
    naar: Rekening | None

    @property
    def kenmerk(self) -> str:
        """How the payment is known from end to end: 32 characters, of this proposal alone."""
        return self.id.hex


def check_release(voorstel: Voorstel, door: str, vandaag: date, uitvoerdatum: date) -> None:
    """Whether this person may release it. VerbodenError: the maker himself; BotsingError: it was decided, or an
    account is missing; VerzoekError: a day on which no bank pays."""
    _check_open(voorstel)
    if voorstel.gemaakt_door == door:
        raise VerbodenError("Wie een betaalvoorstel maakt geeft het niet zelf vrij: dat doet een ander (vier ogen)")
    missing = [whose for whose, one in (("gemeente", voorstel.van), ("aanbieder", voorstel.naar)) if one is None]
    if missing:
        raise BotsingError(
            f"Toen dit voorstel werd gemaakt was er geen rekening van de {' en de '.join(missing)}: voer die in, trek "
            "het voorstel in en maak het opnieuw"
        )
    if not vandaag <= uitvoerdatum <= vandaag + MAX_VOORUIT:
        raise VerzoekError("De uitvoerdatum ligt tussen vandaag en een jaar vooruit")


def check_withdraw(voorstel: Voorstel) -> None:
    """Whether it can be withdrawn; BotsingError when it was decided."""
    _check_open(voorstel)


def check_export(voorstel: Voorstel) -> None:
    """Whether it can be exported; BotsingError before it was released."""
    if voorstel.status != VRIJGEGEVEN:
        raise BotsingError("Alleen een vrijgegeven betaalvoorstel wordt uitgevoerd")


def check_file(voorstellen: Sequence[Voorstel]) -> None:
    """Whether these can go to the bank together; BotsingError when one was not released, or they are not paid from one
    account."""
    for one in voorstellen:
        check_export(one)
    if len({one.van for one in voorstellen}) > 1:
        raise BotsingError("Deze betaalvoorstellen hebben niet dezelfde eigen rekening: maak een bestand per rekening")


def check_order(voorstel: Voorstel, bestand: UUID | None) -> None:
    """Whether it has an order of its own for the bank, in this file; BotsingError when no file of it was made, or it
    went out with others."""
    if bestand is None:
        raise BotsingError("Van dit voorstel is nog geen betaalbestand gemaakt: dat doet POST /betalingen/bestanden")
    if bestand != voorstel.id:
        raise BotsingError("Dit voorstel staat met andere in een betaalbestand en heeft geen opdracht voor zich alleen")


def _check_open(voorstel: Voorstel) -> None:
    if voorstel.status != CONCEPT:
        raise BotsingError(f"Dit betaalvoorstel is al {voorstel.status}; een correctie komt in een volgend voorstel")


def read_iban(text: str) -> str:
    """The IBAN without spaces, in capitals; raises ValueError (Dutch) when a SEPA payment cannot go there."""
    try:
        # Not by each country's own lists of banks: a bank may be newer than the library.
        iban: str = stdnum_iban.validate(text, check_country=False)
    except ValidationError:
        raise ValueError("is geen geldige IBAN") from None
    # stdnum takes the digits of every script for digits; a bank does not.
    if not iban.isascii():
        raise ValueError("is geen geldige IBAN")
    if iban[:2] not in SEPA_LANDEN:
        raise ValueError("is geen rekening binnen SEPA")
    return iban


def read_bic(text: str) -> str:
    """The BIC in capitals; raises ValueError (Dutch)."""
    try:
        bic: str = stdnum_bic.validate(text)
    except ValidationError:
        raise ValueError("is geen geldige BIC") from None
    if not bic.isascii():
        raise ValueError("is geen geldige BIC")
    return bic
