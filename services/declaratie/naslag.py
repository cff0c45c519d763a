"""A WMO325 that somebody wants judged, against what is stored here: its name, and the WMO323 that it answers."""

from typing import Any

from sqlalchemy import Text, cast, select

from services.declaratie.beantwoord import judge_against, read_verwijzing
from services.declaratie.rules_antwoord import Verwijzing
from shared.exchange.api import MAX_NUMMER
from shared.exchange.berichten_api import mine
from shared.exchange.huis import Huis
from shared.exchange.verwerking import off_loop
from shared.iwmo.inhoud import Inhoud
from shared.iwmo.kop import HEADER, KOP_REGELS, Kop, KopFeiten
from shared.iwmo.regels import Melding
from shared.iwmo.streaming import read_bounded
from shared.problems import NietGevondenError
from shared.security.partij import Beller

DECLARATIE = "484"
"""The BerichtCode of a WMO323."""


async def judge_antwoord(huis: Huis, beller: Beller, kop: Kop, inhoud: Inhoud) -> list[Melding]:
    """What is wrong with a WMO325 that is right in itself, as far as the caller may know what it is compared with.

    Raises NietGevondenError when the content of the answered WMO323 is past its retention.
    """
    feiten = KopFeiten(huis.klok.today(), huis.gemeenten, await _earlier(huis, beller, kop, inhoud))
    on_header = KOP_REGELS.judge(kop, feiten, kop.soort.release, HEADER)
    if on_header:
        return on_header
    row = await _answered(huis, beller, kop, read_verwijzing(inhoud))
    if row is None:
        return judge_against(inhoud, None)
    return await off_loop(huis, row.grootte, lambda: judge_against(inhoud, _content(huis, row)))


async def _answered(huis: Huis, beller: Beller, kop: Kop, verwijzing: Verwijzing) -> Any:
    """The message that the answer names; another day than its Dagtekening is for TR337."""
    table = huis.tables.bericht
    statement = (
        select(table.c.id, table.c.inhoud, table.c.grootte)
        .where(
            mine(huis, beller),
            table.c.berichtcode == DECLARATIE,
            table.c.heen_id.is_(None),
            table.c.afzender == kop.ontvanger,
            table.c.ontvanger == kop.afzender,
            table.c.identificatie == verwijzing.identificatie,
        )
        # One name may have been used for more messages (TR056): the day tells them apart, or the first was it. As
        # text: a valid xs:date may be on no calendar.
        .order_by((cast(table.c.dagtekening, Text) == verwijzing.dagtekening).desc(), table.c.eerste.desc())
        .limit(1)
    )
    async with huis.engine.connect() as conn:
        return (await conn.execute(statement)).one_or_none()


async def _earlier(huis: Huis, beller: Beller, kop: Kop, inhoud: Inhoud) -> str | None:
    """The id of another answer with the same name; this answer itself is none.

    The node makes every answer that it stores, and names it after the number of the message that it answers.
    """
    number = kop.identificatie[1:]
    if not (number.isascii() and number.isdigit()) or int(number) > MAX_NUMMER:
        return None
    table = huis.tables.bericht
    heen = table.alias("heen")
    statement = (
        select(table.c.id, table.c.inhoud, table.c.grootte)
        .join(heen, heen.c.id == table.c.heen_id)
        .where(
            mine(huis, beller),
            heen.c.volgnummer == int(number),
            table.c.berichtcode == kop.soort.code,
            table.c.afzender == kop.afzender,
            table.c.identificatie == kop.identificatie,
        )
    )
    async with huis.engine.connect() as conn:
        row = (await conn.execute(statement)).one_or_none()
    if row is None or await off_loop(huis, row.grootte, lambda: _content(huis, row) == inhoud):
        return None
    return str(row.id)


def _content(huis: Huis, row: Any) -> Inhoud:
    if row.inhoud is None:
        raise NietGevondenError("De inhoud van het bericht waarmee dit antwoord te vergelijken is, is er niet meer")
    body = huis.kluis.open_payload(row.inhoud, str(row.id), row.grootte)
    return read_bounded(body, huis.schemas, huis.grenzen).inhoud
