"""By which day care is to be reported started and stopped (regels-op); pure. Passing a term is told, never refused.

Only care on a toewijzing has terms: taakgericht care goes without ToewijzingNummer and without this duty.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.startstop.domain import TIJDELIJK, Aanlevering, Gemeld, Start, StartProduct, Stop
from shared.exchange.termijnen import Termijn
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Product
from shared.werkdagen import plus_werkdagen

START_GEMELD, STOP_GEMELD, STOP_AAN_HET_EIND, START_VERWACHT = "OP271", "OP272", "OP288", "OP295"
WERKDAGEN = {START_GEMELD: 5, STOP_GEMELD: 5, STOP_AAN_HET_EIND: 5, START_VERWACHT: 5}
"""How many working days each gives. OP271 and OP272 say so; OP288 and OP295 ask for a report that is one of those."""

PER_VIER_WEKEN = "3"
"""Frequentie."""


def sleutel_of(product: Aanlevering) -> tuple[str, str] | None:
    """The rule and the key of the term that a report of this start or stop has; None without ToewijzingNummer."""
    if product.start.nummer is None:
        return None
    if isinstance(product, StartProduct):
        return START_GEMELD, _start_sleutel(product.start)
    return STOP_GEMELD, _stop_sleutel(product.stop)


def levering_sleutel(nummer: int, product: Product) -> str:
    """What OP288 is about."""
    return f"{nummer}/{product}"


def _start_sleutel(start: Start) -> str:
    return f"{start.nummer}/{start.product}/{start.begindatum.isoformat()}"


def _stop_sleutel(stop: Stop) -> str:
    return f"{_start_sleutel(stop.start)}/{stop.reden}/{stop.einddatum.isoformat()}"


def term_of_start(toewijzing: Toewijzing, start: Start, dag: date, bericht_id: UUID) -> Termijn:
    """OP271: a start is reported within the term after Begindatum; after the toewijzing came in when that was later.
    ``dag`` and ``bericht_id``: when it was reported, and in which message."""
    vanaf = max(start.begindatum, toewijzing.ontvangen or start.begindatum)
    return _term(START_GEMELD, _start_sleutel(start), toewijzing, vanaf, bericht_id, dag)


def term_of_stop(
    toewijzing: Toewijzing, stop: Stop, others: Iterable[Stop], dag: date, bericht_id: UUID
) -> Termijn | None:
    """OP272: a stop is reported within the term after Einddatum. ``others``: the stops that hold on the same start.

    None for a definitive stop after a temporary one: its term begins when the end became known, which no message says.
    """
    if stop.reden != TIJDELIJK and any(other.reden == TIJDELIJK for other in others):
        return None
    return _term(STOP_GEMELD, _stop_sleutel(stop), toewijzing, stop.einddatum, bericht_id, dag)


def terms_at_the_end(toewijzing: Toewijzing, gemeld: Sequence[Gemeld]) -> list[Termijn]:
    """OP288: of each product that was started, a definitive stop is reported within the term after the Einddatum of the
    toewijzing. ``gemeld`` is what holds, in order of delivery.

    Not of what is assigned per four weeks: that is the way of the Stappenplan in 2.4, which asks no WMO307 where the
    support stops on the planned day (step 9); 3.2 has no such Frequentie.
    """
    eind = toewijzing.periode.eind
    per_four_weeks = toewijzing.omvang is not None and toewijzing.omvang.frequentie == PER_VIER_WEKEN
    if eind is None or toewijzing.vervallen or per_four_weeks:
        return []
    leveringen: dict[Product, list[Gemeld]] = {}
    for one in gemeld:
        leveringen.setdefault(_product_of(one.wat), []).append(one)
    latest = {product: _latest_start(levering) for product, levering in leveringen.items()}
    return [
        _term(
            STOP_AAN_HET_EIND,
            levering_sleutel(toewijzing.nummer, product),
            toewijzing,
            eind,
            start.bericht_id,
            _stopped_on(leveringen[product]),
        )
        for product, start in latest.items()
        if start is not None
    ]


def _latest_start(levering: Sequence[Gemeld]) -> Gemeld | None:
    return next((one for one in reversed(levering) if isinstance(one.wat, Start)), None)


def _product_of(wat: Start | Stop) -> Product:
    return wat.product if isinstance(wat, Start) else wat.start.product


def _stopped_on(levering: Sequence[Gemeld]) -> date | None:
    """The day on which the last open start of one product got its definitive stop; None while one is open.

    A temporary stop ends a start once there is a later one: the care goes on under that.
    """
    stops = [(one.wat, one.dag) for one in levering if isinstance(one.wat, Stop)]
    if not stops:
        return None
    starts = [one.wat for one in levering if isinstance(one.wat, Start)]
    definitive = {stop.start: dag for stop, dag in stops if stop.reden != TIJDELIJK}
    paused = {stop.start for stop, _ in stops}
    is_open = any(start not in definitive and (start not in paused or start == starts[-1]) for start in starts)
    return None if is_open else max(definitive.values())


def term_for_first_start(toewijzing: Toewijzing, gemeld: Iterable[Gemeld], *, taakgericht: bool) -> Termijn | None:
    """OP295: care that is assigned by volume is reported started within the term after Ingangsdatum; after the
    toewijzing came in when that was later. None for a toewijzing that asks for no start."""
    if toewijzing.vervallen or toewijzing.omvang is None or taakgericht:
        return None
    ingang = toewijzing.periode.begin
    started = min((one.dag for one in gemeld if isinstance(one.wat, Start)), default=None)
    bericht_id = UUID(toewijzing.bericht_id) if toewijzing.bericht_id else None
    vanaf = max(ingang, toewijzing.ontvangen or ingang)
    return _term(START_VERWACHT, str(toewijzing.nummer), toewijzing, vanaf, bericht_id, started)


def _term(
    regel: str, sleutel: str, toewijzing: Toewijzing, vanaf: date, bericht_id: UUID | None, afgerond: date | None
) -> Termijn:
    return Termijn(
        regel=regel,
        sleutel=sleutel,
        gemeente=toewijzing.gemeente,
        aanbieder=toewijzing.aanbieder,
        wie="aanbieder",
        vanaf=vanaf,
        uiterlijk=plus_werkdagen(vanaf, WERKDAGEN[regel]),
        bericht_id=bericht_id,
        afgerond=afgerond,
    )
