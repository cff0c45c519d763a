"""A person as messages name one, and the rules on his BSN and date of birth; neither is ever told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from stdnum.exceptions import ValidationError
from stdnum.nl import bsn as stdnum_bsn

from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Plek, Tabel, regel
from shared.iwmo.waarden import as_date

DAG_ONBEKEND, DAG_EN_MAAND_ONBEKEND, GEHEEL_ONBEKEND = "1", "2", "3"
ONBEKENDE_DATUM = date(1900, 1, 1)
OUDSTE = 120
"""Years."""


@dataclass(frozen=True, slots=True)
class Geboortedatum:
    """A date of birth; ``gebruik`` (DatumGebruik) tells which part of it is unknown."""

    datum: date
    gebruik: str | None = None

    @property
    def unknown(self) -> bool:
        """Nothing of it is known (IV009)."""
        return self.gebruik == GEHEEL_ONBEKEND and self.datum == ONBEKENDE_DATUM


@dataclass(frozen=True, slots=True)
class Persoon:
    """A client. Not every message has a date of birth."""

    plek: Plek
    bsn: str = field(repr=False)
    geboortedatum: Geboortedatum | None = field(default=None, repr=False)


class Geborene(Protocol):
    """Whoever has a date of birth: a client, or a relation of one."""

    @property
    def geboortedatum(self) -> Geboortedatum | None: ...


def read_geboortedatum(inhoud: Mapping[str, Any] | None, plek: Plek) -> Geboortedatum | None:
    """A CDT_Geboortedatum, or its absence; ``plek`` is that of the person."""
    if inhoud is None:
        return None
    return Geboortedatum(as_date(inhoud["Datum"], (*plek, ("Geboortedatum", 0))), inhoud.get("DatumGebruik"))


def read_persoon(client: Mapping[str, Any], plek: Plek) -> Persoon:
    """The class Client of any message."""
    return Persoon(plek, client["Bsn"], read_geboortedatum(client.get("Geboortedatum"), plek))


def bsn_is_valid(bsn: str) -> bool:
    """The elfproef of CS002."""
    try:
        stdnum_bsn.validate(bsn)
    except ValidationError:
        return False
    return True


@regel(
    "CS002",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO317 WMO323 WMO325",
    klasse="Client",
    niveau=2,
    bron="CS002",
)
def cs002_bsn_passes_elfproef(persoon: Persoon, _: object) -> Afwijking | None:
    """The BSN fails the elfproef."""
    return None if bsn_is_valid(persoon.bsn) else Afwijking("Het Bsn voldoet niet aan de elfproef")


@regel(
    "TR002",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315",
    klasse="Client",
    niveau=2,
    bron="TR002",
)
def tr002_at_most_120_years_old(persoon: Persoon, kop: Kop) -> Afwijking | None:
    """The client was born more than 120 years before the Dagtekening; a date that is wholly unknown may be."""
    geboren = persoon.geboortedatum
    if geboren is None or geboren.unknown:
        return None
    born, signed = geboren.datum, kop.dagtekening
    if (born.year + OUDSTE, born.month, born.day) >= (signed.year, signed.month, signed.day):
        return None
    return Afwijking(f"De Geboortedatum ligt meer dan {OUDSTE} jaar voor de Dagtekening van het bericht")


@regel(
    "CS139",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315",
    klasse="Client Relatie",
    niveau=2,
    bron="CS139 IV009",
)
def cs139_unknown_parts_are_filled_with_01(persoon: Geborene, _: object) -> Afwijking | None:
    """DatumGebruik says that the day (1), the month too (2) or all (3) is unknown, and the date says otherwise."""
    geboren = persoon.geboortedatum
    if geboren is None or geboren.gebruik is None:
        return None
    datum = geboren.datum
    right, expected = {
        DAG_ONBEKEND: (datum.day == 1, "dag 01"),
        DAG_EN_MAAND_ONBEKEND: ((datum.month, datum.day) == (1, 1), "dag 01 en maand 01"),
        GEHEEL_ONBEKEND: (datum == ONBEKENDE_DATUM, ONBEKENDE_DATUM.isoformat()),
    }[geboren.gebruik]
    if right:
        return None
    return Afwijking(f"De Geboortedatum past niet bij DatumGebruik {geboren.gebruik}", verwacht=expected)


@regel(
    "TR134",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO323 WMO325",
    klasse="Client Relatie",
    niveau=2,
    bron="TR134",
)
def tr134_born_before_dagtekening(persoon: Geborene, kop: Kop) -> Afwijking | None:
    """The date of birth lies after the Dagtekening of the message."""
    geboren = persoon.geboortedatum
    if geboren is None or geboren.datum <= kop.dagtekening:
        return None
    return Afwijking(
        "De Geboortedatum ligt na de Dagtekening van het bericht",
        verwacht=f"uiterlijk {kop.dagtekening.isoformat()}",
    )


GEBOORTEDATUM_REGELS: Tabel[Geborene, Kop] = Tabel(
    (cs139_unknown_parts_are_filled_with_01, tr134_born_before_dagtekening)
)
PERSOON_REGELS: Tabel[Persoon, Kop] = Tabel(
    (
        cs002_bsn_passes_elfproef,
        tr002_at_most_120_years_old,
        cs139_unknown_parts_are_filled_with_01,
        tr134_born_before_dagtekening,
    )
)
