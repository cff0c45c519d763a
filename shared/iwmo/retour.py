"""Retourberichten: the header back, and where something is wrong, the classes with their codes (IV028, IV032)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, Melding, Plek
from shared.iwmo.schemas import Node, Schema

XSLT_VERSIE = "1.0.0"


@dataclass(frozen=True, slots=True)
class RetourGegevens:
    """What a retour adds to the header: its own kind, a number of its own and the day it was made."""

    soort: BerichtSoort
    identificatie: str
    dagtekening: date


def retour_header(heen: Inhoud, schema: Schema, gegevens: RetourGegevens, codes: Iterable[str]) -> Inhoud:
    """The header of a message as its retourbericht has it: unchanged, Afzender and Ontvanger not swapped."""
    nodes = schema.root.by_naam["Header"].by_naam
    header = {naam: value for naam, value in heen["Header"].items() if naam in nodes}  # a 304 has no 303 amounts
    header["BerichtCode"] = gegevens.soort.code
    header["IdentificatieRetour"] = gegevens.identificatie
    header["DagtekeningRetour"] = gegevens.dagtekening.isoformat()
    basis, bericht = schema.versies
    header["XsdVersieRetour"] = {"BasisschemaXsdVersie": basis, "BerichtXsdVersie": bericht}
    found = list(dict.fromkeys(codes))
    if TECHNISCH_AFGEKEURD in found:
        header["XsltVersie"] = XSLT_VERSIE
    if found:
        header["RetourCodes"] = {"RetourCode": found}
    return header


def header_codes(meldingen: Iterable[Melding]) -> list[str]:
    """The codes that reject a message on its header alone: 0001, or those of the rules on the header."""
    return [melding.retourcode for melding in meldingen if melding.regel.niveau == 2 or melding.plek == HEADER]


def make_retour(heen: Inhoud, schema: Schema, gegevens: RetourGegevens, meldingen: Iterable[Melding]) -> Inhoud:
    """The 302, 306 or 308 to a message: header alone when all is well or the header is at fault, else all classes."""
    meldingen = list(meldingen)
    on_header = header_codes(meldingen)
    if on_header or not meldingen:
        return {"Header": retour_header(heen, schema, gegevens, on_header)}
    codes = codes_by_place(meldingen)
    retour: Inhoud = {"Header": retour_header(heen, schema, gegevens, [GOED])}
    for node in schema.root.kinderen:
        if node.naam in heen and node.naam != "Header":
            retour[node.naam] = _with_codes(heen[node.naam], node, ((node.naam, 0),), codes, judged=True)
    return retour


def codes_by_place(meldingen: Iterable[Melding]) -> dict[Plek, list[str]]:
    """The retourcodes of each place, each once."""
    codes: dict[Plek, list[str]] = {}
    for melding in meldingen:
        found = codes.setdefault(melding.plek, [])
        if melding.retourcode not in found:
            found.append(melding.retourcode)
    return codes


def _with_codes(value: Any, node: Node, plek: Plek, codes: Mapping[Plek, list[str]], *, judged: bool) -> Any:
    """A class as it came in, each class in it with its own codes, 0200, or 0233 below a class at fault."""
    if not node.kinderen:
        return value
    own = codes.get(plek)
    below = judged and own is None
    out: Inhoud = {}
    for kind in node.kinderen:
        if kind.naam == "RetourCodes":
            out["RetourCodes"] = {"RetourCode": own or [GOED if judged else NIET_BEOORDEELD]}
        elif kind.naam in value:
            inner = value[kind.naam]
            out[kind.naam] = (
                [
                    _with_codes(one, kind, (*plek, (kind.naam, number)), codes, judged=below)
                    for number, one in enumerate(inner, start=1)
                ]
                if kind.herhaalbaar
                else _with_codes(inner, kind, (*plek, (kind.naam, 0)), codes, judged=below)
            )
    return out
