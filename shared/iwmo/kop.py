"""The header that all messages share: reading it, and the rules on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.regels import Afwijking, Plek, Tabel, regel
from shared.iwmo.waarden import as_date

HEADER: Plek = (("Header", 0),)


@dataclass(frozen=True, slots=True)
class Kop:
    """What the node must know of any message: who, to whom, and by which name it is known (P2)."""

    soort: BerichtSoort
    afzender: str
    ontvanger: str
    identificatie: str
    dagtekening: date


@dataclass(frozen=True, slots=True)
class KopFeiten:
    """What the rules on a header compare it with; ``eerder`` is the id of an earlier message of that name."""

    vandaag: date
    eerder: str | None = None


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


@regel(
    "TR056",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO317 WMO319 WMO323 WMO325",
    retourcode="9056",
    klasse="Header",
    bron="TR056",
)
def tr056_identificatie_is_new(kop: Kop, feiten: KopFeiten) -> Afwijking | None:
    """The sender used this Identificatie before in another message of this kind (a repeat never comes here: P2)."""
    if feiten.eerder is None:
        return None
    return Afwijking(
        "Deze Identificatie is door de afzender al gebruikt voor een ander bericht van deze soort",
        gevonden=kop.identificatie,
        botst_met=feiten.eerder,
    )


@regel(
    "TR135",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO317 WMO319 WMO323 WMO325",
    retourcode="8848",
    klasse="Header",
    bron="TR135",
)
def tr135_dagtekening_not_in_future(kop: Kop, feiten: KopFeiten) -> Afwijking | None:
    """Dagtekening lies after the day of reception."""
    if kop.dagtekening <= feiten.vandaag:
        return None
    return Afwijking(
        "De Dagtekening ligt na de dag van ontvangst",
        gevonden=kop.dagtekening.isoformat(),
        verwacht=f"uiterlijk {feiten.vandaag.isoformat()}",
    )


KOP_REGELS: Tabel[Kop, KopFeiten] = Tabel((tr056_identificatie_is_new, tr135_dagtekening_not_in_future))
