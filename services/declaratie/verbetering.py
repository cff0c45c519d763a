"""The changes that rules propose for a line: told only where all of them together really mend it; pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, claim_of
from services.declaratie.domain.geld import BEDRAG_PAD, BTW_PADEN, TARIEF_PAD, VOLUME_PAD
from shared.iwmo.regels import Melding

_BEGIN, _EIND = "ProductPeriode/Begindatum", "ProductPeriode/Einddatum"
_VELD: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    VOLUME_PAD: ("volume", int),
    TARIEF_PAD: ("tarief", int),
    **dict.fromkeys(BEDRAG_PAD.values(), ("bedrag", int)),
    "Eenheid": ("eenheid", str),
    "ProductCategorie": ("categorie", str),
    "ProductCode": ("code", str),
}
"""What each path below a line is in domain terms."""


def told(
    meldingen: list[Melding],
    prestatie: Prestatie,
    feiten: DeclaratieFeiten,
    judge: Callable[[Prestatie], list[Melding]],
) -> list[Melding]:
    """The faults of a line, without their changes when those leave a fault that they were to mend, or bring a new one:
    a right unit may have another tariff, a right period may be claimed already.

    Of two changes in one place the later rule knows best: the right amount for a volume that is too much is wrong.
    """
    changes = [one for melding in meldingen for one in melding.afwijking.herstel]
    if not changes:
        return meldingen
    values = {one.element: one.waarde for one in changes}
    others = {melding.regel.code for melding in meldingen if not melding.afwijking.herstel}
    mended = _changed(prestatie, values)
    sure = not _beside_another(mended, prestatie, feiten) and all(one.regel.code in others for one in judge(mended))
    return [
        melding
        if sure and all(values[one.element] == one.waarde for one in melding.afwijking.herstel)
        else replace(melding, afwijking=replace(melding.afwijking, herstel=()))
        for melding in meldingen
    ]


def _beside_another(mended: Prestatie, prestatie: Prestatie, feiten: DeclaratieFeiten) -> bool:
    """Whether a line would come to claim what another debit of this message does (TR416)."""
    claim = claim_of(mended)
    return claim != claim_of(prestatie) and claim in feiten.claims


def _changed(prestatie: Prestatie, values: Mapping[str, str | None]) -> Prestatie:
    fields: dict[str, Any] = {}
    periode = prestatie.periode
    for element, waarde in values.items():
        if element in BTW_PADEN:
            fields["btw"] = None
            continue
        if waarde is None:
            raise ValueError(f"a line cannot go without {element}")
        if element == _BEGIN:
            periode = replace(periode, begin=date.fromisoformat(waarde))
        elif element == _EIND:
            periode = replace(periode, eind=date.fromisoformat(waarde))
        else:
            name, made = _VELD[element]
            fields[name] = made(waarde)
    return replace(prestatie, periode=periode, **fields)
