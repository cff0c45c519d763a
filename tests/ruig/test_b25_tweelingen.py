"""The tables in memory of the simulation are no others than those of PostgreSQL, as far as the code can tell.

The same deeds, drawn from a seed, are done twice: by the functions that hold the SQL on a real server, and by their
twins on the database in memory, in transactions that are committed or not. Every answer is compared.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from shared.kafka import inbox_store, outbox, positions, relay_store, watermark
from shared.kafka.deel import Deel
from shared.kafka.envelope import Barrier, EnvelopeError, Event, Watermark
from shared.kafka.look import Look
from shared.kafka.outbox import NewEvent
from shared.kafka.positions import Place
from shared.kafka.publisher import Ack
from shared.kafka.received import Received
from shared.kafka.topics import BARRIERE, DECLARATIE, PRODUCT, TOEWIJZING
from tests.ruig.maat import Maat
from tests.ruig.simulatie import seams
from tests.ruig.simulatie.database import Database, Engine
from tests.ruig.simulatie.faults import Faults
from tests.ruig.simulatie.loop import PROCESS, Process
from tests.shared.kafka.conftest import idle, postgres
from tests.shared.kafka.parties import Party

__all__ = ["idle", "postgres"]

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEYS = ["0855:1", "0855:2", "0344:1", "zonder"]
TOPICS = [TOEWIJZING, PRODUCT]
NOISE = ("event_id", "aangemaakt", "tijd", "sinds")
"""What each side draws for itself."""


class Deeds:
    """What may be done, with values from the dice: a name, and what it is called with."""

    def __init__(self, dice: Random, party: Party) -> None:
        self.dice, self.party = dice, party

    def draw(self) -> tuple[str, Any, tuple[Any, ...]]:
        """The name, the module of the original, the arguments after connection and tables."""
        name = self.dice.choice([one for one in vars(Deeds) if one.startswith("do_")])
        module, *arguments = getattr(self, name)()
        return name.removeprefix("do_"), module, tuple(arguments)

    def _key(self) -> str:
        return self.dice.choice(KEYS)

    def _number(self) -> int:
        return self.dice.randrange(1, 6)

    def _place(self) -> tuple[str, int]:
        return self.dice.choice(TOPICS), self.dice.randrange(2)

    def _event(self) -> Event:
        epoch = self.dice.choice((1, 1, 2))
        return Event(TOEWIJZING, self._key(), "x", self._number(), {}, epoch, UUID(int=1), 1, "toewijzing", NOW)

    def do_add(self) -> Any:
        event = [NewEvent(TOEWIJZING, self._key(), "x", self._number(), {"é": NOW.date(), "n": None})]
        return outbox, event * self.dice.randrange(3)

    def do_ask_barrier(self) -> Any:
        return outbox, "startstop", "toewijzing"

    def do_is_asking(self) -> Any:
        return (outbox,)

    def do_look(self) -> Any:
        return (relay_store,)

    def do_unsent(self) -> Any:
        return relay_store, self._number()

    def do_unsent_extent(self) -> Any:
        return (relay_store,)

    def do_mark_sent(self) -> Any:
        return relay_store, self.dice.sample(range(1, 12), self.dice.randrange(4))

    def do_read_stand(self) -> Any:
        return (relay_store,)

    def do_keep_stand(self) -> Any:
        return relay_store, [Ack(self._place(), self._number(), UUID(int=self._number()), 0) for _ in range(2)]

    def do_next_generation(self) -> Any:
        return relay_store, self.dice.randrange(1, 4)

    def do_keep_word(self) -> Any:
        return relay_store, Deel(self.dice.randrange(2), 2), Look(NOW, 1, self._number(), {"startstop": self._number()})

    def do_read_words(self) -> Any:
        return (relay_store,)

    def do_followed(self) -> Any:
        return (relay_store,)

    def do_keep_barriers(self) -> Any:
        bron = self.dice.choice(("startstop", "toewijzing"))
        return inbox_store, "startstop", [Barrier("declaratie", bron, self._number(), UUID(int=1)) for _ in range(2)]

    def do_keep_watermarks(self) -> Any:
        made = []
        for _ in range(self.dice.randrange(3)):
            place = self._place()
            partities = self.dice.choice((1, 2, 2))
            echo = {"startstop": self._number()} if self.dice.random() < 0.8 else {}
            mark = Watermark(place[0], "toewijzing", UUID(int=1), NOW, 1, self._number(), partities, -1, echo)
            made.append((mark, place))
        return inbox_store, "startstop", made

    def do_heal(self) -> Any:
        return inbox_store, TOEWIJZING, [self._event()]

    def do_set_aside(self) -> Any:
        event: Event | EnvelopeError = self._event() if self.dice.random() < 0.7 else EnvelopeError("x")
        topic = self.dice.choice((TOEWIJZING, DECLARATIE))
        return inbox_store, "startstop", [(Received((topic, 0), 3, self._key(), b"{\x00\xff}", event), "Reden")]

    def do_count_unapplied(self) -> Any:
        return (inbox_store,)

    def do_read_places(self) -> Any:
        return positions, [self._place(), (BARRIERE, 0)]

    def do_claim_places(self) -> Any:
        return positions, [self._place(), (BARRIERE, 0)]

    def do_keep_places(self) -> Any:
        return positions, {self._place(): Place(self._number(), self._number())}

    def do_lowest_echo(self) -> Any:
        return watermark, "toewijzing", self.dice.choice((TOPICS, TOPICS[:1]))

    def do_unapplied(self) -> Any:
        return watermark, self.dice.choice((TOEWIJZING, DECLARATIE)), [self._key(), "0855:3"]


def comparable(answer: Any) -> Any:
    """An answer without what each side draws for itself, and without the kind of its rows."""
    if isinstance(answer, Look):
        return answer.epoch, answer.generatie, dict(answer.echo)
    if isinstance(answer, list) and answer and isinstance(answer[0], tuple) and isinstance(answer[0][0], Deel):
        return sorted(((deel.nummer, deel.van), comparable(look)) for deel, look in answer)
    if isinstance(answer, list | tuple) and answer and hasattr(answer[0], "keys"):
        rows = [{key: row[key] for key in row.keys() if key not in (*NOISE, "verzonden")} for row in answer]  # noqa: SIM118
        return [row | {"data": json.loads(row["data"])} for row in rows]
    return sorted(answer) if isinstance(answer, list) else answer


@asynccontextmanager
async def both(party: Party, engine: Engine, *, keep: bool) -> AsyncIterator[tuple[Any, Any]]:
    """A transaction on each side, both kept or both undone."""
    async with party.engine.connect() as real, engine.connect() as twin:
        begun = await real.begin()
        async with _ended(twin, keep=keep):
            yield real, twin
        await (begun.commit() if keep else begun.rollback())


@asynccontextmanager
async def _ended(twin: Any, *, keep: bool) -> AsyncIterator[None]:
    if keep:
        async with twin.begin():
            yield
    else:
        yield
        twin.rollback()


async def test_the_twins_answer_as_the_originals(idle: Party, maat: Maat) -> None:
    dice = maat.loting("B25 tweelingen")
    PROCESS.set(Process("tweeling"))
    faults = Faults(Random(1))
    faults.on = False
    engine = Engine(Database(faults, lambda *_: None))
    deeds, done = Deeds(dice, idle), 0
    for _ in range(maat.kies(120, 2_000)):
        keep = dice.random() < 0.8
        async with both(idle, engine, keep=keep) as (real, twin):
            for _ in range(dice.randrange(1, 6)):
                name, module, arguments = deeds.draw()
                theirs = comparable(await getattr(module, name)(real, idle.tables, *arguments))
                ours = comparable(await seams.twin(name)(twin, idle.tables, *arguments))
                done += 1
                assert ours == theirs, f"deed {done}: {name}{arguments}"
    async with idle.engine.connect() as conn:
        await conn.execute(text("select 1"))
        sent = select(idle.tables.outbox.c.id).where(idle.tables.outbox.c.verzonden.is_not(None))
        theirs = set((await conn.execute(sent)).scalars())
    rows = engine.database.tables.get("outbox", {}).values()
    assert {row["id"] for row in rows if row["verzonden"] is not None} == theirs
    maat.noteer("B25 tweelingen", vergeleken=done)
