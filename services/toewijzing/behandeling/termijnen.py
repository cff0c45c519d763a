"""By which day the gemeente is to answer a request (OP274, OP346)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.toewijzing.domain.feiten import Verzoeksoort
from shared.exchange.termijnen import Sleutel, Termijn
from shared.werkdagen import plus_weken, plus_werkdagen

WERKDAGEN = 5
"""From the day on which the request came in, to grant it, refuse it or take it under investigation."""
WEKEN_ONDERZOEK = 8
"""From the Dagtekening of a request that is under investigation."""
REGEL: dict[Verzoeksoort, str] = {"WMO315": "OP274", "WMO317": "OP346"}


def to_answer(
    soort: Verzoeksoort, referentie: str, gemeente: str, aanbieder: str, bericht_id: UUID, ontvangen: date
) -> Termijn:
    """The term of a request that came in."""
    return Termijn(
        regel=REGEL[soort],
        sleutel=referentie,
        gemeente=gemeente,
        aanbieder=aanbieder,
        wie="gemeente",
        vanaf=ontvangen,
        uiterlijk=plus_werkdagen(ontvangen, WERKDAGEN),
        bericht_id=bericht_id,
    )


def to_investigate(termijn: Termijn, dagtekening: date) -> Termijn:
    """The same term, longer: the request is under investigation."""
    return replace(termijn, uiterlijk=plus_weken(dagtekening, WEKEN_ONDERZOEK))


def answered(gemeente: str, aanbieder: str, verzoeken: Iterable[tuple[Verzoeksoort, str]]) -> list[Sleutel]:
    """The terms of requests, each given by its kind and reference."""
    return [(REGEL[soort], gemeente, aanbieder, referentie) for soort, referentie in verzoeken]
