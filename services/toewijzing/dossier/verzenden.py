"""Sending what a case assigns: the same way as any WMO301, and never twice.

Three steps, each whole by itself: the messages are made and kept with the case (``verzending``); each is accepted or
refused like one that came in, under a key that makes a repeat harmless (P2); the case takes over what became of them.
What is broken off in between goes on where it was when the same is asked again, or by itself (``hervatten``).
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.berichten import gelezen, maak_berichten, pas_toe
from services.toewijzing.dossier.domain.handelingen import TOEWIJZING, mag
from services.toewijzing.dossier.domain.zaak import Gegevens, Omgeving
from services.toewijzing.dossier.opslag import Bewaard, Verzoek, lees, schrijf
from services.toewijzing.tables import EXCHANGE
from shared.exchange.dienst import AFGEKEURD, GEPARKEERD, VERWERKT, Uitkomst
from shared.exchange.huis import Huis
from shared.exchange.verwerking import accept
from shared.namens import namens
from shared.security.partij import Partij


@dataclass(frozen=True, slots=True)
class Verzonden:
    """What became of the messages of a case, in the order in which they went."""

    bewaard: Bewaard
    uitkomsten: list[Uitkomst]


async def bereid_voor(
    conn: AsyncConnection, huis: Huis, bewaard: Bewaard, omgeving: Omgeving, verzoek: Verzoek, gegevens: Gegevens
) -> Bewaard:
    """Makes the messages of a decision, unless they were made and wait for their outcome. The case is held."""
    mag(bewaard.zaak, TOEWIJZING, omgeving.wie)
    if bewaard.zaak.fase == "verzending":
        return bewaard
    zending = await maak_berichten(conn, huis, bewaard, omgeving, gegevens.get("eerste_nummer"))
    inhoud = {**bewaard.zaak.inhoud, "zending": zending, "laatste_moment": zending["moment"]}
    ready = replace(bewaard, zaak=replace(bewaard.zaak, fase="verzending", inhoud=inhoud), versie=bewaard.versie + 1)
    await schrijf(conn, huis.kluis, huis.klok.now(), bewaard, ready, verzoek)
    return ready


async def verzend(huis: Huis, bewaard: Bewaard, verzoek: Verzoek) -> Verzonden:
    """Lets each message be judged, and writes what became of them. One that is refused holds back those after it."""
    gemeente = Partij.gemeente(bewaard.zaak.gemeente)
    outcomes: list[Uitkomst] = []
    for bericht in bewaard.zaak.inhoud["zending"]["berichten"]:
        read, kop, body = gelezen(huis, bericht)
        with namens([gemeente, Partij.aanbieder(bericht["aanbieder"])]):
            outcomes.append(await accept(huis, read, kop, body, verzoek.beller))
        if outcomes[-1].status != VERWERKT:
            break
    with namens([gemeente, Partij.aanbieder(bewaard.zaak.aanbieder or "")]):
        async with huis.engine.begin() as conn:
            return Verzonden(await _conclude(conn, huis, UUID(bewaard.zaak.id), outcomes, verzoek), outcomes)


async def wacht_nog(conn: AsyncConnection, huis: Huis, bewaard: Bewaard) -> bool:
    """Whether one of the messages came in and has no verdict yet: it comes by itself."""
    c = EXCHANGE.bericht.c
    names = [gelezen(huis, bericht)[1].identificatie for bericht in bewaard.zaak.inhoud["zending"]["berichten"]]
    own = (c.partij_van == str(Partij.gemeente(bewaard.zaak.gemeente)), c.identificatie.in_(names))
    return await conn.scalar(select(c.id).where(*own, c.status == GEPARKEERD).limit(1)) is not None


async def _conclude(
    conn: AsyncConnection, huis: Huis, dossier_id: UUID, outcomes: list[Uitkomst], verzoek: Verzoek
) -> Bewaard:
    before = await lees(conn, huis.kluis, dossier_id, lock=True)
    if before is None or before.zaak.fase != "verzending":
        # Another request for the same has written it down.
        if before is None:
            raise RuntimeError("a case does not go away")
        return before
    inhoud: dict[str, Any] = dict(before.zaak.inhoud)
    zending = inhoud.pop("zending")
    for bericht, outcome in zip(zending["berichten"], outcomes, strict=False):
        if outcome.status == VERWERKT:
            inhoud["toegewezen"] = pas_toe(inhoud.get("toegewezen", []), bericht)
    done = len(outcomes) == len(zending["berichten"]) and all(one.status == VERWERKT for one in outcomes)
    if not done and not any(one.status == AFGEKEURD for one in outcomes):
        return before  # its verdict is still to come
    sent = [_as_data(one) for one in outcomes]
    inhoud["verzonden"] = [*inhoud.get("verzonden", []), *sent]
    after = replace(
        before,
        zaak=replace(before.zaak, fase="toegewezen" if done else "beschikt", inhoud=inhoud),
        versie=before.versie + 1,
    )
    await schrijf(
        conn,
        huis.kluis,
        huis.klok.now(),
        before,
        after,
        replace(verzoek, handeling="verzonden", sleutel=None, hash=None),
    )
    return after


def _as_data(outcome: Uitkomst) -> dict[str, Any]:
    """What became of one message, as the case keeps it: of a refused one also why, for who was not there to hear."""
    why = {"meldingen": outcome.meldingen} if outcome.status == AFGEKEURD else {}
    return {"id": str(outcome.id), "status": outcome.status, "identificatie": outcome.identificatie, **why}
