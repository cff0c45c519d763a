"""Declarations and answers through their schema and the check within the message."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.declaratie import controle
from services.declaratie.processing import DeclaratieDienst
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.regels import Melding
from shared.iwmo.schemas import Schemas
from tests.shared.exchange.verwerken import KLUIS
from tests.shared.iwmo.berichten import (
    BSN,
    a_bedrag,
    a_declaratie_bericht,
    a_heen,
    a_regel,
    soort,
    through_schema,
)

OTHER: dict[str, Any] = {"ToewijzingNummer": 2}
"""What makes a second line claim something else."""
both_releases = pytest.mark.parametrize("release", RELEASES)
SCHEMAS = Schemas()
NAAM = {"2.4": "WMO303D", "3.2": "WMO323"}


def check(inhoud: Inhoud, release: Release, naam: str | None = None) -> list[Melding]:
    """The faults within a declaration that the schema accepts; the service and the check without keys agree."""
    kind = soort(naam or NAAM[release], release)
    heen = a_heen(through_schema(inhoud, kind, SCHEMAS).inhoud, kind)
    found = controle.check(heen.kop, heen.inhoud)
    dienst = DeclaratieDienst()
    assert dienst.in_message(dienst.read(heen, KLUIS), heen) == found
    assert all(melding.retourcode == "0001" for melding in found)
    return found


def check_lines(release: Release, *lines: Inhoud) -> list[tuple[str, str]]:
    """The faults in a declaration of one client with these lines."""
    return told(check(a_declaratie_bericht(release, list(lines)), release))


def told(meldingen: Sequence[Melding]) -> list[tuple[str, str]]:
    """Code and place, from the class on where the place is in a line."""
    return [(melding.regel.code, melding.locatie.removeprefix("/Bericht")) for melding in meldingen]


def line(release: Release, client: int = 1, number: int = 1) -> str:
    """The place of a line."""
    return f"{'/Declaratie' if release == '3.2' else ''}/Clienten/Client[{client}]/Prestaties/Prestatie[{number}]"


def whole(release: Release) -> str:
    """The place of the declaration itself."""
    return "/Declaratie" if release == "3.2" else "/Header"


def without(inhoud: Inhoud, *namen: str) -> Inhoud:
    """The class without these elements."""
    return {naam: value for naam, value in inhoud.items() if naam not in namen}


def in_euros(release: Release, volume: int, cents: int, **deviations: Any) -> Inhoud:
    """A line whose unit is the euro: volume in cents, no tariff."""
    return without(a_regel(release, cents, Eenheid="83", GeleverdVolume=volume, **deviations), "ProductTarief")


def a_periode(begin: str, eind: str) -> Inhoud:
    """A ProductPeriode, to pass as deviation."""
    return {"Begindatum": begin, "Einddatum": eind}


def with_whole(inhoud: Inhoud, release: Release, **deviations: Any) -> Inhoud:
    """Deviations of the declaration itself, by their names in 3.2."""
    if release == "3.2":
        return inhoud | {"Declaratie": inhoud["Declaratie"] | deviations}
    header = dict(inhoud["Header"])
    for naam, value in deviations.items():
        if naam == "DeclaratiePeriode":
            header["DeclaratieFactuurPeriode"] = value
        elif naam == "TotaalIngediendBedrag":
            header["DeclaratieFactuurBedragen"] = {"DeclaratieFactuurTotaalBedrag": value}
        else:
            assert naam == "DeclaratieDagtekening"
            header["DeclaratieFactuurIdentificatie"] = header["DeclaratieFactuurIdentificatie"] | {
                "FactuurDagtekening": value
            }
    return inhoud | {"Header": header}


def a_325(*lines: Inhoud, ingediend: int = 40300, toegekend: int | None = None, codes: Sequence[str] = ()) -> Inhoud:
    """A WMO325 that refuses these lines of one client; all is granted when there are none."""
    bedragen = [line["IngediendBedrag"] for line in lines]
    refused = sum(one["Bedrag"] if one["DebetCredit"] == "D" else -one["Bedrag"] for one in bedragen)
    antwoord: Inhoud = {
        "DeclaratieNummer": "D202503",
        "TotaalIngediendBedrag": a_bedrag(ingediend, "TotaalBedrag"),
        "TotaalToegekendBedrag": a_bedrag(ingediend - refused if toegekend is None else toegekend, "TotaalBedrag"),
        "RetourCodes": {"RetourCode": list(codes) or ["0200" if lines else "8001"]},
    }
    if lines:
        refused_lines = [{**one, "RetourCodes": {"RetourCode": ["9307"]}} for one in lines]
        client = {"Bsn": BSN, "Prestaties": {"Prestatie": refused_lines}, "RetourCodes": {"RetourCode": ["0200"]}}
        antwoord["Clienten"] = {"Client": [client]}
    header = a_declaratie_bericht("3.2")["Header"]
    return {
        "Header": {
            **header,
            "BerichtCode": soort("WMO325", "3.2").code,
            "Afzender": header["Ontvanger"],
            "Ontvanger": header["Afzender"],
            "DeclaratieIdentificatie": header["BerichtIdentificatie"],
            "XsdVersieDeclaratie": header["XsdVersie"],
            "RetourCodes": {"RetourCode": ["0200"]},
        },
        "DeclaratieAntwoord": antwoord,
    }


def check_325(inhoud: Inhoud) -> list[tuple[str, str]]:
    """The faults within an answer that the schema accepts."""
    kind = soort("WMO325", "3.2")
    gelezen = through_schema(inhoud, kind, SCHEMAS).inhoud
    return told(controle.check(read_kop(kind, gelezen), gelezen))


def clashes(meldingen: list[Melding]) -> list[tuple[str, str]]:
    """Place, and the place that it clashes with."""
    return [(one["locatie"], one["botstMetLocatie"]) for one in (melding.as_json() for melding in meldingen)]


def mends(melding: Melding) -> dict[str, str | None]:
    return {one.element: one.waarde for one in melding.afwijking.herstel}
