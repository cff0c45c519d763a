"""A database of its own with messages, cases and evaluaties in it, as services write them; and its operator."""

import base64
import hashlib
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from click.testing import Result
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from typer.testing import CliRunner

from knooppunt.cli import app
from services.startstop import tables as startstop
from services.startstop.evaluatie import opslag as evaluaties
from services.toewijzing import tables as toewijzing
from services.toewijzing.dossier import opslag as dossiers
from shared.db import make_engine
from shared.exchange.dienst import VERWERKT
from shared.exchange.spoor import note
from shared.exchange.tables import ExchangeTables
from shared.namens import intern
from shared.security.kluis import Kluis
from shared.security.partij import Beller, Partij
from shared.settings import Service, Settings

GEMEENTE, ANDERE, AANBIEDER = "0855", "0772", "98765432"
EXCHANGE: dict[Service, ExchangeTables] = {"toewijzing": toewijzing.EXCHANGE, "startstop": startstop.EXCHANGE}
PSEUDONIEM = base64.b64encode(b"p" * 32).decode()
AFZENDER = Beller("proef", frozenset({Partij.aanbieder(AANBIEDER)}))
_numbers = count(1)


def keys(*letters: str) -> str:
    """The setting, newest first."""
    return ",".join(f"{letter}:{base64.b64encode(letter.encode() * 32).decode()}" for letter in letters)


def a_kluis(*letters: str) -> Kluis:
    return Kluis.from_settings(keys(*letters), PSEUDONIEM)


@dataclass(frozen=True)
class Gewisseld:
    """A message and its answer, by id."""

    heen: UUID
    retour: UUID


@dataclass
class Bewaard:
    """The database."""

    settings: Settings
    kluis: Kluis = field(default_factory=lambda: a_kluis("a"))

    async def run(self, *words: str, sleutels: str = keys("a"), **more: str) -> Result:
        """``knooppunt ...`` with the environment of the operator."""
        env = {f"KNOOPPUNT_DATABASE_URL_{one.upper()}": self.settings.dsn(one) for one in EXCHANGE}
        env |= {"KNOOPPUNT_SLEUTELS": sleutels, "KNOOPPUNT_PSEUDONIEM_SLEUTEL": PSEUDONIEM, **more}
        return await to_thread(CliRunner().invoke, app, list(words), env=env)

    @asynccontextmanager
    async def begin(self, service: Service) -> AsyncIterator[AsyncConnection]:
        """A transaction of the service's own work."""
        engine = make_engine(self.settings.dsn(service), 1, dienst=service)
        try:
            with intern():
                async with engine.begin() as conn:
                    yield conn
        finally:
            await engine.dispose()

    async def empty(self) -> None:
        """As the owner of everything."""
        engine = make_engine(str(self.settings.database_url_beheer), 1)
        async with engine.begin() as conn:
            for service in EXCHANGE:
                await conn.execute(text(f"truncate {service}.bericht cascade"))
                await conn.execute(text(f"truncate {service}.outbox, {service}.audit"))
            await conn.execute(text("truncate toewijzing.dossier cascade"))
            await conn.execute(text("truncate startstop.evaluatie cascade"))
        await engine.dispose()

    async def rows(self, service: Service, sql: str, **values: Any) -> list[Any]:
        async with self.begin(service) as conn:
            return list((await conn.execute(text(sql), values)).all())

    async def message(
        self, service: Service, gemeente: str, verwerkt: datetime, *, body: bytes = b"<x>canarie</x>",
        opgehaald: datetime | None = None, retour_opgehaald: datetime | None = None, **deviations: Any,
    ) -> Gewisseld:  # fmt: skip
        """One that was judged, with its answer; both in the mailbox, fetched or not."""
        made, table = Gewisseld(uuid4(), uuid4()), EXCHANGE[service].bericht
        parties = (f"agb:{AANBIEDER}", f"gemeente:{gemeente}")
        for one, (van, naar), fetched in (
            (made.heen, parties, opgehaald),
            (made.retour, reversed(parties), retour_opgehaald),
        ):
            is_heen = one == made.heen
            row = {
                "id": one, "bericht": "WMO305" if is_heen else "WMO306", "release": "3.2", "berichtcode": "418",
                "afzender": AANBIEDER, "ontvanger": gemeente, "partij_van": van, "partij_naar": naar,
                "identificatie": f"B{next(_numbers)}", "dagtekening": verwerkt.date(), "status": VERWERKT,
                "inhoud": self.kluis.seal(body, str(one)), "grootte": len(body), "ontvangen": verwerkt,
                "verwerkt": verwerkt, "heen_id": None if is_heen else made.heen, "eerste": is_heen,
                "hash": hashlib.sha256(body).digest() if is_heen else None, **(deviations if is_heen else {}),
            }  # fmt: skip
            post = {"bericht_id": one, "partij": naar, "geplaatst": verwerkt, "ontvangen": fetched}
            async with self.begin(service) as conn:
                await conn.execute(insert(table).values(row))
                await conn.execute(insert(EXCHANGE[service].postbus).values(post))
                if is_heen:
                    await note(conn, EXCHANGE[service], AFZENDER, "verzonden", VERWERKT, bericht_id=one)
        return made

    async def dossier(self, gewijzigd: datetime, **deviations: Any) -> UUID:
        """A case with one step."""
        made = uuid4()
        sealed = self.kluis.seal(b'{"naam": "canarie"}', dossiers.zegel_context(made, 1))
        row = {
            "id": made, "gemeente": GEMEENTE, "client": "c", "fase": "gesloten", "ronde": 1, "versie": 1,
            "inhoud": sealed, "gemeld": gewijzigd.date(), "gewijzigd": gewijzigd, **deviations,
        }  # fmt: skip
        step = {
            "dossier_id": made, "versie": 1, "gemeente": GEMEENTE, "partij": f"gemeente:{GEMEENTE}",
            "handeling": "melding", "naar": "gesloten", "ronde": 1, "tijd": gewijzigd,
        }  # fmt: skip
        async with self.begin("toewijzing") as conn:
            await conn.execute(insert(toewijzing.DOSSIER.dossier).values(row))
            await conn.execute(insert(toewijzing.DOSSIER.stap).values(step))
        return made

    async def gives_number(self, dossier_id: UUID, einddatum: date | None) -> None:
        """The case assigned support, until this day."""
        key = {"gemeente": GEMEENTE, "nummer": next(_numbers)}
        values = {
            **key, "aanbieder": AANBIEDER, "client": "c", "ingangsdatum": date(2005, 1, 1), "einddatum": einddatum,
            "moment": datetime(2005, 1, 1), "versie": 1, "release": "3.2",  # noqa: DTZ001 - a column without zone
        }  # fmt: skip
        async with self.begin("toewijzing") as conn:
            await conn.execute(insert(toewijzing.TOEWIJZING).values(values))
            await conn.execute(insert(toewijzing.DOSSIER.nummer).values(**key, dossier_id=dossier_id))

    async def evaluatie(self, einddatum: date, versies: int = 2) -> UUID:
        """One in so many versions."""
        made, moment = uuid4(), datetime.fromisoformat(f"{einddatum}T12:00:00+00:00") + timedelta(days=3)
        said = {
            "gemeente": GEMEENTE, "aanbieder": AANBIEDER, "einddatum": einddatum, "vervolg": False, "ingediend": moment,
        }  # fmt: skip
        kop = {"id": made, "toewijzing_nummer": next(_numbers), "versie": versies, "gegeven": moment.date(), **said}
        async with self.begin("startstop") as conn:
            await conn.execute(insert(startstop.EVALUATIE.evaluatie).values(kop))
            for versie in range(1, versies + 1):
                sealed = self.kluis.seal(b'{"ervaring": "canarie"}', evaluaties.zegel_context(made, versie))
                row = {"evaluatie_id": made, "versie": versie, "inhoud": sealed, **said}
                await conn.execute(insert(startstop.EVALUATIE.versie).values(row))
        return made

    async def opens(self, kluis: Kluis) -> int:
        """Opens all that is sealed, each as the service does; how much there was."""
        done = 0
        for service, tables in EXCHANGE.items():
            table = tables.bericht
            async with self.begin(service) as conn:
                for row in await conn.execute(select(table).where(table.c.inhoud.is_not(None))):
                    kluis.open_payload(row.inhoud, str(row.id), row.grootte)
                    done += 1
        async with self.begin("toewijzing") as conn:
            for row in await conn.execute(select(toewijzing.DOSSIER.dossier)):
                dossiers.open_row(kluis, row)
                done += 1
        async with self.begin("startstop") as conn:
            versie = startstop.EVALUATIE.versie
            for row in await conn.execute(select(versie.c.evaluatie_id.label("id"), versie.c.versie, versie.c.inhoud)):
                evaluaties.unsealed(kluis, row)
                done += 1
        return done
