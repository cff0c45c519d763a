"""A question that follows from an evaluatie (step 10) comes back to Toegang: a new melding, linked to the old case."""

from collections.abc import Sequence
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.domain.zaak import Zaak
from services.toewijzing.dossier.nummers import dossier_van
from services.toewijzing.dossier.opslag import Bewaard, Verzoek, eerder, lees, schrijf
from shared.feiten.evaluatie import INGEDIEND, EvaluatieIngediend
from shared.kafka.applier import Handler
from shared.kafka.envelope import Event
from shared.klok import Klok
from shared.security.kluis import Kluis
from shared.security.partij import Beller

log = structlog.get_logger()
_REDEN = "Vervolgvraag na de evaluatie van de ondersteuning"


def vervolgvragen(kluis: Kluis, klok: Klok) -> Handler:
    """What to do with evaluaties as they come in."""

    async def apply(conn: AsyncConnection, events: Sequence[Event]) -> None:
        for event in events:
            if event.soort == INGEDIEND:
                await _take_in(conn, kluis, klok, EvaluatieIngediend.from_data(event.data))

    return apply


async def _take_in(conn: AsyncConnection, kluis: Kluis, klok: Klok, evaluatie: EvaluatieIngediend) -> None:
    """Once for each evaluatie of an end; what was assigned without a case here has nothing to link to."""
    if not evaluatie.vervolg:
        return
    # The deed of a caller has a key of his own; this one is of the node, so they never meet.
    key = f"evaluatie:{evaluatie.evaluatie_id}:{evaluatie.einddatum.isoformat()}"
    beller = Beller("knooppunt:toewijzing", frozenset())
    verzoek = Verzoek(beller, f"knooppunt:{evaluatie.gemeente}", "melding", key)
    if await eerder(conn, verzoek) is not None:
        return
    found = await dossier_van(conn, evaluatie.gemeente, evaluatie.nummer)
    old = None if found is None else await lees(conn, kluis, found)
    if old is None or found is None:
        return
    inhoud = {
        "inwoner": old.zaak.inhoud["inwoner"],
        "hulpvraag": f"{_REDEN} ({evaluatie.reden or 'geen reden opgegeven'})",
        "begin": evaluatie.ingediend.isoformat(),
        "evaluatie": {"toewijzing": evaluatie.nummer, "einddatum": evaluatie.einddatum.isoformat()},
    }
    zaak = Zaak(str(uuid4()), evaluatie.gemeente, inhoud=inhoud)
    new = Bewaard(zaak, 1, old.client, found, evaluatie.ingediend)
    await schrijf(conn, kluis, klok.now(), None, new, verzoek)
    log.info("vervolgvraag_gemeld", dossier_id=zaak.id)
