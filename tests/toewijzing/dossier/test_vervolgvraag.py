"""A question that follows from an evaluatie: one new melding, linked to the case of the toewijzing."""

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.dossier.opslag import Bewaard, Verzoek, lees, open_row, schrijf
from services.toewijzing.dossier.vervolgvraag import vervolgvragen
from services.toewijzing.tables import DOSSIER, EXCHANGE
from shared.feiten.evaluatie import INGEDIEND, EvaluatieIngediend
from shared.kafka import topics
from shared.kafka.envelope import Event
from shared.klok import Klok
from shared.security.kluis import Kluis
from shared.security.partij import Beller
from tests.toewijzing.dossier.opzet import TILBURG, een_zaak

NU = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
KEY = base64.b64encode(b"k" * 32).decode()
KLUIS = Kluis.from_settings(f"a:{KEY}", KEY)
NUMMER = 800_000_123
RIGHT = EvaluatieIngediend(
    uuid4(), TILBURG, NUMMER, "98765432", 1, date(2027, 1, 28), date(2027, 1, 20), vervolg=True, reden="verlenging"
)


@pytest.fixture
async def oud(conn: AsyncConnection) -> UUID:
    """A case that assigned something."""
    dossier_id = uuid4()
    zaak = replace(een_zaak(), id=str(dossier_id))
    old = Bewaard(zaak, 1, "client-a", None, date(2026, 11, 20))
    await schrijf(conn, KLUIS, NU, None, old, Verzoek(Beller("x", frozenset()), "gemeente:0855", "melding"))
    await conn.execute(insert(DOSSIER.nummer).values(gemeente=TILBURG, nummer=NUMMER, dossier_id=dossier_id))
    return dossier_id


async def bring(conn: AsyncConnection, *evaluaties: EvaluatieIngediend) -> list[Any]:
    """Lets evaluaties come in; the cases that follow from them."""
    events = [
        Event(topics.EVALUATIE, one.sleutel, INGEDIEND, one.versie, one.as_data(), 1, uuid4(), 1, "startstop", NU)
        for one in evaluaties
    ]
    await vervolgvragen(KLUIS, Klok())(conn, events)
    statement = select(DOSSIER.dossier).where(DOSSIER.dossier.c.vorig_id.is_not(None))
    return list((await conn.execute(statement)).all())


async def test_a_question_makes_one_melding_linked_to_the_old_case(conn: AsyncConnection, oud: UUID) -> None:
    await bring(conn, RIGHT)
    [row] = await bring(conn, RIGHT, replace(RIGHT, versie=2, reden="anders"), replace(RIGHT, versie=3, vervolg=False))

    made = open_row(KLUIS, row)
    before = await lees(conn, KLUIS, oud)
    assert before is not None
    assert (row.vorig_id, row.gemeente, row.client, row.fase, row.gemeld) == (
        oud, TILBURG, "client-a", "melding", date(2027, 1, 28),
    )  # fmt: skip
    assert made.zaak.inhoud["inwoner"] == before.zaak.inhoud["inwoner"]
    assert "verlenging" in made.zaak.inhoud["hulpvraag"]
    term = (await conn.execute(select(EXCHANGE.termijn).where(EXCHANGE.termijn.c.sleutel == f"{row.id}/1"))).one()
    assert (term.regel, term.uiterlijk) == ("SEED-MELDING", date(2027, 2, 25))


async def test_what_other_support_of_the_case_asks_joins_the_melding_until_toegang_begins_on_it(
    conn: AsyncConnection, oud: UUID
) -> None:
    await conn.execute(insert(DOSSIER.nummer).values(gemeente=TILBURG, nummer=NUMMER + 1, dossier_id=oud))
    other = replace(RIGHT, evaluatie_id=uuid4(), nummer=NUMMER + 1, reden="andere_ondersteuning")
    later = replace(RIGHT, versie=2, einddatum=date(2027, 1, 27))
    [row] = await bring(conn, RIGHT, other, other, later)
    made = open_row(KLUIS, row)
    assert [one["toewijzing"] for one in made.zaak.inhoud["evaluaties"]] == [NUMMER, NUMMER + 1, NUMMER]
    assert made.zaak.inhoud["hulpvraag"].endswith("(verlenging, andere_ondersteuning)")
    assert (row.versie, made.zaak.fase) == (3, "melding")
    terms = select(EXCHANGE.termijn).where(EXCHANGE.termijn.c.sleutel == f"{row.id}/1")
    assert len((await conn.execute(terms)).all()) == 1

    begun = replace(made, zaak=replace(made.zaak, fase="gesprek"), versie=made.versie + 1)
    await schrijf(
        conn, KLUIS, NU, made, begun, Verzoek(Beller("x", frozenset()), "gemeente:0855", "keukentafelgesprek")
    )
    assert len(await bring(conn, replace(RIGHT, versie=3, einddatum=date(2027, 1, 28)))) == 2


async def test_without_question_or_without_case_nothing_is_made(conn: AsyncConnection, oud: UUID) -> None:
    assert await bring(conn, replace(RIGHT, vervolg=False), replace(RIGHT, nummer=1)) == []
