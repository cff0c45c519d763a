"""A question that follows from an evaluatie (step 10) comes back to Toegang: a new melding, linked to the old case.

One resident has one: what the evaluaties of other support under the same case ask joins it while it is still a melding.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.domain.zaak import Gegevens, Zaak
from services.toewijzing.dossier.nummers import dossier_van
from services.toewijzing.dossier.opslag import Bewaard, Verzoek, eerder, lees, schrijf
from services.toewijzing.tables import DOSSIER
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
    # Held: of two evaluaties that come in at once the second finds the melding that the first made.
    old = None if found is None else await lees(conn, kluis, found, lock=True)
    if old is None or found is None:
        return
    before = await _waits(conn, kluis, found)
    after = _joined(before, evaluatie) if before else _new(old, found, evaluatie)
    await schrijf(conn, kluis, klok.now(), before, after, verzoek)
    log.info("vervolgvraag_gemeld", dossier_id=after.zaak.id)


async def _waits(conn: AsyncConnection, kluis: Kluis, old: UUID) -> Bewaard | None:
    """The melding that followed from this case, as long as nobody has begun on it."""
    c = DOSSIER.dossier.c
    found = await conn.scalar(select(c.id).where(c.vorig_id == old).order_by(c.volgnummer.desc()).limit(1))
    before = None if found is None else await lees(conn, kluis, found, lock=True)
    return before if before and before.zaak.fase == "melding" else None


def _new(old: Bewaard, old_id: UUID, evaluatie: EvaluatieIngediend) -> Bewaard:
    inhoud = {
        "inwoner": old.zaak.inhoud["inwoner"],
        "begin": evaluatie.ingediend.isoformat(),
        **_question([_as_data(evaluatie)]),
    }
    zaak = Zaak(str(uuid4()), evaluatie.gemeente, inhoud=inhoud)
    return Bewaard(zaak, 1, old.client, old_id, evaluatie.ingediend)


def _joined(before: Bewaard, evaluatie: EvaluatieIngediend) -> Bewaard:
    evaluaties = [*before.zaak.inhoud.get("evaluaties", []), _as_data(evaluatie)]
    inhoud = {**before.zaak.inhoud, **_question(evaluaties)}
    return replace(before, zaak=replace(before.zaak, inhoud=inhoud), versie=before.versie + 1)


def _question(evaluaties: Sequence[Gegevens]) -> dict[str, Any]:
    reasons = dict.fromkeys(one["reden"] or "geen reden opgegeven" for one in evaluaties)
    return {"hulpvraag": f"{_REDEN} ({', '.join(reasons)})", "evaluaties": list(evaluaties)}


def _as_data(evaluatie: EvaluatieIngediend) -> dict[str, Any]:
    return {
        "toewijzing": evaluatie.nummer, "einddatum": evaluatie.einddatum.isoformat(), "reden": evaluatie.reden
    }  # fmt: skip
