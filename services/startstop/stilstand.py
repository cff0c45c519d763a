"""The terms that the seeds give for the support under a toewijzing; pure.

The terms of the Stappenplan and the perspectiefplan stand beside those of the business rules (``termijnen``): to begin
within three weeks of the wished day, to end or resume what stands still for more than 28 days, to evaluate after every
end. Passing one is told, never refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from services.startstop.domain import TIJDELIJK, Gemeld, Start, Stop
from services.startstop.stand import Stand, einddatum_of, is_geevalueerd, stand_of
from shared.exchange.termijnen import Sleutel, Termijn
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Product
from shared.werkdagen import plus_weken, plus_werkdagen, werkdag_vanaf

START, PAUZE, EVALUATIE = "SEED-START", "SEED-PAUZE", "SEED-EVALUATIE"
START_WEKEN = 3
"""Perspectiefplan, phase 4: the aanbieder begins within three weeks after the wished day of the toewijzing."""
PAUZE_DAGEN = 28
"""Stappenplan, step 9. Days of the calendar: what is told is how long the care stood still."""
EVALUATIE_WERKDAGEN = 10
"""Step 10 gives no number: the two weeks that the Stappenplan gives an aanbieder for his other papers."""


@dataclass(frozen=True, slots=True)
class Proces:
    """What becomes of the terms of one toewijzing: those that run, or ran; and the keys of those that are no more."""

    opened: list[Termijn] = field(default_factory=list)
    gone: set[Sleutel] = field(default_factory=set)


def start_termijn(verwacht: Termijn, held: Iterable[Gemeld]) -> Termijn:
    """The support begins within three weeks. ``verwacht``: the term for reporting that (OP295), of a toewijzing that
    asks for a start. It is met on the day on which the care began, whenever that was told."""
    begonnen = min((one.wat.begindatum for one in held if isinstance(one.wat, Start)), default=None)
    return Termijn(
        regel=START,
        sleutel=verwacht.sleutel,
        gemeente=verwacht.gemeente,
        aanbieder=verwacht.aanbieder,
        wie="aanbieder",
        vanaf=verwacht.vanaf,
        uiterlijk=werkdag_vanaf(plus_weken(verwacht.vanaf, START_WEKEN)),
        bericht_id=verwacht.bericht_id,
        afgerond=None if begonnen is None else max(begonnen, verwacht.vanaf),
    )


def termijnen(toewijzing: Toewijzing, held: Sequence[Gemeld], geevalueerd: date | None, vandaag: date) -> Proces:
    """The terms of standing still and of the evaluatie, as they follow from all that is known. ``geevalueerd``: the day
    on which the evaluatie came last."""
    stand = Stand() if toewijzing.vervallen else stand_of(toewijzing.periode.eind, held, vandaag)
    proces = Proces()
    for regel, found in (
        (PAUZE, _pauze_termijn(toewijzing, held, stand)),
        (EVALUATIE, _evaluatie_termijn(toewijzing, held, stand, geevalueerd)),
    ):
        if found is None:
            proces.gone.add((regel, toewijzing.gemeente, toewijzing.aanbieder, str(toewijzing.nummer)))
        else:
            proces.opened.append(found)
    return proces


def na_bericht(
    toewijzing: Toewijzing, held: Sequence[Gemeld], bericht_id: UUID, vandaag: date, *, teruggenomen: bool
) -> Proces:
    """The same right after a message, where it costs nothing to the many that cannot change these terms: first starts.

    Whether there is an evaluatie is not known here. Once the planned day has passed there may be one, and then the term
    is left as it is, unless all that holds came in with this message. ``teruggenomen``: something was taken back.
    """
    eind = toewijzing.periode.eind
    passed = eind is not None and eind < vandaag
    if not (teruggenomen or passed or any(isinstance(one.wat, Stop) for one in held)):
        return Proces()
    proces = termijnen(toewijzing, held, None, vandaag)
    if passed and any(one.bericht_id != bericht_id for one in held):
        proces.opened[:] = [one for one in proces.opened if one.regel != EVALUATIE]
    return proces


def _pauze_termijn(toewijzing: Toewijzing, held: Sequence[Gemeld], stand: Stand) -> Termijn | None:
    """What stands still is resumed (305) or ended (307) within 28 days. Of the latest pause; None without."""
    pauzes = [one for one in held if isinstance(one.wat, Stop) and one.wat.reden == TIJDELIJK]
    if not pauzes or stand.begonnen is None:
        return None
    latest = max(pauzes, key=einddatum_of)
    vanaf = stand.pauze or einddatum_of(latest)
    over = None if stand.pauze else _resumed(held, latest, vanaf) or stand.einde
    if over is None and stand.pauze is None:
        return None  # another product of the toewijzing goes on
    return _termijn(
        PAUZE,
        toewijzing,
        vanaf,
        vanaf + timedelta(days=min(PAUZE_DAGEN, (date.max - vanaf).days)),
        latest.bericht_id,
        None if over is None else max(over, vanaf),
    )


def _resumed(held: Iterable[Gemeld], pauze: Gemeld, vanaf: date) -> date | None:
    """The first day of the care that followed on a pause of the same product."""
    product: Product = pauze.start.product
    later = (one.wat for one in held if isinstance(one.wat, Start) and one.wat.product == product)
    return min((start.begindatum for start in later if start.begindatum >= vanaf), default=None)


def _evaluatie_termijn(
    toewijzing: Toewijzing, held: Sequence[Gemeld], stand: Stand, geevalueerd: date | None
) -> Termijn | None:
    """After every end an evaluatie, also without a question to follow (step 10). One that came before the end, because
    the support went on since, does not count."""
    if stand.einde is None:
        return None
    uiterlijk = plus_werkdagen(stand.einde, EVALUATIE_WERKDAGEN)
    done = geevalueerd if is_geevalueerd(stand.einde, geevalueerd) else None
    return _termijn(EVALUATIE, toewijzing, stand.einde, uiterlijk, held[-1].bericht_id, done)


def _termijn(
    regel: str, toewijzing: Toewijzing, vanaf: date, uiterlijk: date, bericht_id: UUID | None, afgerond: date | None
) -> Termijn:
    return Termijn(
        regel=regel,
        sleutel=str(toewijzing.nummer),
        gemeente=toewijzing.gemeente,
        aanbieder=toewijzing.aanbieder,
        wie="aanbieder",
        vanaf=vanaf,
        uiterlijk=uiterlijk,
        bericht_id=bericht_id,
        afgerond=afgerond,
    )
