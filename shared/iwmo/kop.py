"""The header that all messages share: reading it, and the rules on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codelijsten import Code
from shared.iwmo.gemeenten import Gemeenten
from shared.iwmo.regels import Afwijking, Plek, Tabel, regel
from shared.iwmo.waarden import as_date

HEADER: Plek = (("Header", 0),)
_TOLD = 5
"""So many Ingangsdata are shown."""
_ALL = "WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO317 WMO319 WMO323 WMO325"


@dataclass(frozen=True, slots=True)
class Kop:
    """What the node must know of any message: who, to whom, and by which name it is known (P2)."""

    soort: BerichtSoort
    afzender: str
    ontvanger: str
    identificatie: str
    dagtekening: date

    @property
    def gemeente(self) -> str:
        """The code of the gemeente: of a 301, 319 and 325 the Afzender, of all others the Ontvanger."""
        return self.afzender if self.soort.afzender == "gemeente" else self.ontvanger

    @property
    def aanbieder(self) -> str:
        """The code of the aanbieder."""
        return self.ontvanger if self.soort.afzender == "gemeente" else self.afzender


@dataclass(frozen=True, slots=True)
class Ingangsdata:
    """The days on which the toewijzingen begin that a message is about, as far as known.

    ``sleutels`` names those of which the service that owns them may still have to tell: while there are any, the days
    may not be all.
    """

    dagen: frozenset[date] = frozenset()
    sleutels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KopFeiten:
    """What the rules on a header compare it with; ``eerder`` is the id of an earlier message of that name.

    ``ingangsdata`` are looked up only for a gemeente that is not there today; None: not looked up.
    """

    vandaag: date
    gemeenten: Gemeenten
    eerder: str | None = None
    ingangsdata: Ingangsdata | None = None


def read_kop(soort: BerichtSoort, inhoud: Mapping[str, Any]) -> Kop:
    """The header; a 303 or 304 has no BerichtIdentificatie but the number and date of the declaration or invoice."""
    header = inhoud["Header"]
    if "BerichtIdentificatie" in header:
        identificatie = header["BerichtIdentificatie"]
        naam, moment = identificatie["Identificatie"], identificatie["Dagtekening"]
    else:
        identificatie = header["DeclaratieFactuurIdentificatie"]
        naam, moment = identificatie["DeclarantFactuurNummer"], identificatie["FactuurDagtekening"]
    return Kop(soort, header["Afzender"], header["Ontvanger"], naam, as_date(moment, HEADER))


@regel("TR056", berichten=_ALL, retourcode="9056", klasse="Header", bron="TR056")
def tr056_identificatie_is_new(kop: Kop, feiten: KopFeiten) -> Afwijking | None:
    """The sender used this Identificatie before in another message of this kind (a repeat never comes here: P2)."""
    if feiten.eerder is None:
        return None
    return Afwijking(
        "Deze Identificatie is door de afzender al gebruikt voor een ander bericht van deze soort",
        gevonden=kop.identificatie,
        botst_met=feiten.eerder,
    )


@regel("TR135", berichten=_ALL, retourcode="8848", klasse="Header", niveau=4, bron="TR135")
def tr135_dagtekening_not_in_future(kop: Kop, feiten: KopFeiten) -> Afwijking | None:
    """Dagtekening lies after the day of reception."""
    if kop.dagtekening <= feiten.vandaag:
        return None
    return Afwijking(
        "De Dagtekening ligt na de dag van ontvangst",
        gevonden=kop.dagtekening.isoformat(),
        verwacht=f"uiterlijk {feiten.vandaag.isoformat()}",
    )


@regel("TR378", berichten=_ALL, retourcode="S300", klasse="Header", niveau=4, bron="TR378", vreemd=True)
def tr378_gemeente_is_there(kop: Kop, feiten: KopFeiten) -> Afwijking | None:
    """The gemeente is in the CBS division neither of today nor of a day on which a toewijzing concerned begins.

    A code that no gemeente ever had needs no toewijzing to be refused.
    """
    code = kop.gemeente
    if feiten.gemeenten.is_er_op(code, feiten.vandaag):
        return None
    gemeente, ingangsdata = feiten.gemeenten.get(code), feiten.ingangsdata
    if gemeente is None:
        return Afwijking("Er is geen gemeente met deze code in de indeling van het CBS", gevonden=code, eigen=True)
    if ingangsdata is None or feiten.gemeenten.is_er_op_een_van(code, ingangsdata.dagen):
        return None
    return Afwijking(
        f"Deze gemeente is er niet vandaag, en was er niet op de Ingangsdatum van de toewijzing ({_from_to(gemeente)})",
        gevonden=code,
        verwacht=_days(ingangsdata),
        eigen=not ingangsdata.sleutels,
    )


def _from_to(gemeente: Code) -> str:
    ends = (("vanaf", gemeente.van), ("tot en met", gemeente.tot))
    return " ".join(f"{word} {day.isoformat()}" for word, day in ends if day)


def _days(ingangsdata: Ingangsdata) -> str | None:
    """Which gemeente it should be: one that is there today, or was there on a day on which a toewijzing begins."""
    days = ", ".join(day.isoformat() for day in sorted(ingangsdata.dagen)[:_TOLD])
    return f"een gemeente van vandaag of van {days}" if days else None


KOP_REGELS: Tabel[Kop, KopFeiten] = Tabel(
    (tr056_identificatie_is_new, tr135_dagtekening_not_in_future, tr378_gemeente_is_there)
)
OUDE_GEMEENTE_REGELS: Tabel[Kop, KopFeiten] = Tabel((tr378_gemeente_is_there,))
"""Once the Ingangsdata are looked up, for a gemeente that is not there today."""
