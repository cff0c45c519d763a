"""Declarations and invoices, and the answers to them: amounts are whole cents, exact."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from shared.iwmo.persoon import Persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode


@dataclass(frozen=True, slots=True)
class Btw:
    """What a line of 2.4 says of VAT; in cents. ``tarief`` and ``bedrag`` of a line include it."""

    vrijgesteld: bool | None = None
    bedrag: int | None = None


@dataclass(slots=True, unsafe_hash=True)
class Prestatie:
    """One line: what was delivered under a toewijzing in a period. ``bedrag`` and ``tarief`` in cents, from 0.

    Treat it as frozen: it is not declared so because that makes it six times as dear to make, and a message may have a
    hundred thousand.
    """

    plek: Plek
    client: str
    referentie: str
    vorige_referentie: str | None
    nummer: int
    categorie: str
    code: str
    periode: Periode
    volume: int
    eenheid: str
    tarief: int | None
    bedrag: int
    credit: bool
    btw: Btw | None = None

    @property
    def saldo(self) -> int:
        """Cents with their sign: a credit takes back."""
        return -self.bedrag if self.credit else self.bedrag


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the declaration with his lines. ``persoon`` is not kept."""

    plek: Plek
    persoon: Persoon
    client: str
    prestaties: tuple[Prestatie, ...]


@dataclass(frozen=True, slots=True)
class Bedrag:
    """A total as a message states it: where, in cents from 0, and whether it is marked as credit."""

    plek: Plek
    cents: int
    credit: bool

    @property
    def saldo(self) -> int:
        """Cents with their sign."""
        return -self.cents if self.credit else self.cents


@dataclass(frozen=True)
class Declaratie:
    """A WMO303D, WMO303F or WMO323. ``plek`` is where a fault of the declaration as a whole is reported."""

    plek: Plek
    gemeente: str
    aanbieder: str
    nummer: str
    periode: Periode
    dagtekening: date
    totaal: Bedrag
    clienten: tuple[Client, ...]
    btw: Bedrag | None = None
    """Of a 303: the total of VAT as it states it. ``totaal`` includes it."""

    @property
    def ingediend(self) -> int:
        """The total that the aanbieder states, in cents with their sign."""
        return self.totaal.saldo

    @property
    def prestaties(self) -> Iterable[Prestatie]:
        """All lines, in the order of the message."""
        return (prestatie for client in self.clienten for prestatie in client.prestaties)

    @cached_property
    def references(self) -> Counter[str]:
        """How often each ReferentieNummer stands in the message."""
        return Counter(prestatie.referentie for prestatie in self.prestaties)

    @cached_property
    def credited(self) -> Counter[str]:
        """How often each earlier line is taken back."""
        return Counter(prestatie.vorige_referentie for prestatie in self.prestaties if prestatie.vorige_referentie)


@dataclass(frozen=True, slots=True)
class DeclaratieAntwoord:
    """What a WMO325 says of a declaration; ``afgekeurd`` as a whole, or else ``clienten`` with their refused lines."""

    plek: Plek
    ingediend: Bedrag
    toegekend: Bedrag
    afgekeurd: bool
    clienten: tuple[Client, ...]

    @property
    def prestaties(self) -> Iterable[Prestatie]:
        """The refused lines, in the order of the message."""
        return (prestatie for client in self.clienten for prestatie in client.prestaties)


def credited_content(gemeente: str, prestatie: Prestatie) -> tuple[object, ...]:
    """What a credit has in common with the line that it takes back (IV091)."""
    return (
        gemeente,
        prestatie.client,
        prestatie.nummer,
        prestatie.categorie,
        prestatie.code,
        prestatie.periode.begin,
        prestatie.periode.eind,
        prestatie.volume,
        prestatie.eenheid,
        prestatie.tarief,
        prestatie.bedrag,
    )


def vat(prestaties: Iterable[Prestatie]) -> int:
    """Cents of VAT over all lines, with their signs."""
    return sum(prestatie.btw.bedrag or 0 for prestatie in prestaties if prestatie.btw is not None)


def total(prestaties: Iterable[Prestatie]) -> int:
    """Cents over all lines; credit counts negative (TotaalIngediendBedrag)."""
    return sum(prestatie.saldo for prestatie in prestaties)
