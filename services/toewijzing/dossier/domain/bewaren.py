"""What is assigned, as a case keeps it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.toewijzing.dossier.domain.toewijzen import Opdracht, Regel, Stuk, Toegewezen


def as_data(wat: Toegewezen) -> dict[str, Any]:
    """As plain values."""
    return {
        "nummer": wat.nummer,
        "code": wat.regel.gebied,
        "vorm": wat.regel.vorm,
        "regel": asdict(wat.regel),
        "begin": wat.begin.isoformat(),
        "eind": wat.eind.isoformat() if wat.eind else None,
        "aanbieder": wat.aanbieder,
        "release": wat.release,
        "stukken": [{"vanaf": one.vanaf.isoformat(), "aantal": one.aantal} for one in wat.stukken],
    }


def from_data(data: Mapping[str, Any]) -> Toegewezen:
    """The same, back."""
    return Toegewezen(
        nummer=data["nummer"],
        regel=Regel(**data["regel"]),
        begin=date.fromisoformat(data["begin"]),
        eind=date.fromisoformat(data["eind"]) if data["eind"] else None,
        aanbieder=data["aanbieder"],
        release=data["release"],
        stukken=tuple(Stuk(date.fromisoformat(one["vanaf"]), one["aantal"]) for one in data["stukken"]),
    )


def opdracht_data(opdracht: Opdracht) -> dict[str, Any]:
    """A ToegewezenProduct as plain values."""
    return {"wat": as_data(opdracht.wat), "reden": opdracht.reden}


def opdracht_from(data: Mapping[str, Any]) -> Opdracht:
    """The same, back."""
    return Opdracht(from_data(data["wat"]), data["reden"])
