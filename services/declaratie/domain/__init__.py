"""Declarations, what they are held against, and how much they may claim."""

from services.declaratie.domain.declaratie import (
    Bedrag,
    Btw,
    Client,
    Declaratie,
    DeclaratieAntwoord,
    Prestatie,
    credited_content,
    total,
    vat,
)
from services.declaratie.domain.feiten import DeclaratieFeiten, EerderePrestatie
from services.declaratie.domain.geld import minute_tariff, minutes_amount

__all__ = [
    "Bedrag",
    "Btw",
    "Client",
    "Declaratie",
    "DeclaratieAntwoord",
    "DeclaratieFeiten",
    "EerderePrestatie",
    "Prestatie",
    "credited_content",
    "minute_tariff",
    "minutes_amount",
    "total",
    "vat",
]
