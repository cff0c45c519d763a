"""What can be asked of the audit trail, as queries: who may see which rows, the filters, and where a page begins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import ARRAY, ColumnElement, Row, Select, Text, cast, func, or_, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.api import MAX_DIGITS, MAX_PAGE
from shared.exchange.tables import ExchangeTables
from shared.klok import NEDERLAND
from shared.problems import VerzoekError
from shared.security.partij import Beller

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Bsn = Annotated[str, Field(pattern="^[0-9]{9}$")]
BerichtenOver = Callable[[str, Sequence[str]], Select[tuple[UUID]]]
"""Messages about a client (his pseudonym) at these gemeenten, of a service whose messages may have more clients than a
row of the trail names."""


class Periode(BaseModel):
    """From which day up to and including which; either may be open."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    van: date | None = Field(None, description="vanaf deze dag")
    tot: date | None = Field(None, description="tot en met deze dag")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.van and self.tot and self.tot < self.van:
            raise PydanticCustomError("eigen", "tot ligt voor van")
        return self


class SpoorVraag(Periode):
    """Which rows."""

    handeling: str | None = Field(None, pattern="^[a-z]{1,30}$", examples=["gelezen"])
    bericht_id: UUID | None = Field(None, description="id van een bericht")
    aanbieder: str | None = Field(None, pattern="^[0-9]{8}$", description="AGB-code: over of door deze aanbieder")
    cursor: str | None = Field(None, max_length=64, description="volgende van de vorige bladzijde")
    limiet: int = Field(100, ge=1, le=MAX_PAGE, description="hoeveel per bladzijde; bij CSV zonder betekenis")


class ClientVraag(SpoorVraag):
    """Hetzelfde, van een cliënt: zijn BSN staat alleen in de inhoud van het verzoek, en komt nergens terug."""

    bsn: Bsn = Field(repr=False, description="van de cliënt; staat in geen antwoord en in geen adres")


@dataclass(frozen=True, slots=True)
class Plaats:
    """The last row of a page: the next one begins after it."""

    tijd: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.tijd - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """Raises VerzoekError for what is no cursor of ours."""
        parts = cursor.split("-")
        if len(parts) != 2 or not all(one.isascii() and one.isdigit() and len(one) <= MAX_DIGITS for one in parts):
            raise VerzoekError("De cursor is niet van dit knooppunt")
        try:
            return cls(_EPOCH + timedelta(microseconds=int(parts[0])), int(parts[1]))
        except OverflowError:
            raise VerzoekError("De cursor is niet van dit knooppunt") from None


@dataclass(frozen=True, slots=True)
class Zoeker:
    """Looks into the trail for a caller: a gemeente sees what was done with its clients and messages, and everyone
    what was done for himself."""

    tables: ExchangeTables
    beller: Beller

    async def page(
        self,
        conn: AsyncConnection,
        vraag: SpoorVraag,
        begin: Plaats | None,
        limiet: int,
        over: Sequence[ColumnElement[bool]] = (),
    ) -> tuple[Sequence[Row[Any]], Plaats | None]:
        """Rows, newest first, and where the next page begins. ``over``: of a client alone, as ``about`` tells."""
        c, wanted, visible = self.tables.audit.c, [*self._filters(vraag, begin)], [*self._visible()]
        # Each part has an index that gives it in order; an OR over all of them has none. A client's rows are few among
        # those that the caller may see: looked for the other way round, all of those are gone through.
        parts, wanted = (over, [*wanted, or_(*visible)]) if over else (visible, wanted)
        found = union(*(self._newest(part, wanted, limiet + 1) for part in parts)).subquery()
        shown = select(self.tables.audit).join(found, found.c.id == c.id).order_by(c.tijd.desc(), c.id.desc())
        rows = (await conn.execute(shown.limit(limiet + 1))).all()
        last = rows[limiet - 1] if len(rows) > limiet else None
        return rows[:limiet], Plaats(last.tijd, last.id) if last is not None else None

    def about(self, client: str, berichten_over: BerichtenOver | None) -> Sequence[ColumnElement[bool]]:
        """What was done with a client: rows that name him, alone or with others, and rows about messages and answers
        about him."""
        c, bericht = self.tables.audit.c, self.tables.bericht.c
        named = (c.client == client, c.betreft.contains([f"client:{client}"]))
        parts = [select(c.bericht_id).where(one, c.bericht_id.is_not(None)) for one in named]
        if berichten_over is not None:
            parts.append(berichten_over(client, self.beller.codes("gemeente")))
        messages = union(*parts).cte("berichten_over")
        answers = select(bericht.id).where(bericht.heen_id.in_(select(messages)))
        return *named, c.bericht_id.in_(union(select(messages), answers))

    async def counts(self, conn: AsyncConnection, periode: Periode, *, everyone: bool) -> Sequence[Row[Any]]:
        """How many rows there are, per day and deed."""
        c = self.tables.audit.c
        day = func.date(func.timezone(NEDERLAND.key, c.tijd)).label("dag")
        counted = select(day, c.handeling, func.count().label("aantal")).where(*self._period(periode))
        if not everyone:
            counted = counted.where(or_(*self._visible()))
        return (await conn.execute(counted.group_by(day, c.handeling).order_by(day, c.handeling))).all()

    def _visible(self) -> Iterator[ColumnElement[bool]]:
        c, names = self.tables.audit.c, self.beller.names
        yield from (c.partij == name for name in [*names, *([",".join(names)] if len(names) > 1 else [])])
        yield from (c.gemeente == code for code in self.beller.codes("gemeente"))
        yield c.betreft.overlap(cast(names, ARRAY(Text)))

    def _newest(self, part: ColumnElement[bool], wanted: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
        c = self.tables.audit.c
        newest = select(c.id).where(part, *wanted).order_by(c.tijd.desc(), c.id.desc()).limit(most).subquery()
        return select(newest.c.id)

    def _filters(self, vraag: SpoorVraag, begin: Plaats | None) -> Iterator[ColumnElement[bool]]:
        c = self.tables.audit.c
        yield from self._period(vraag)
        for column, value in ((c.handeling, vraag.handeling), (c.bericht_id, vraag.bericht_id)):
            if value is not None:
                yield column == value
        if vraag.aanbieder is not None:
            yield or_(c.aanbieder == vraag.aanbieder, c.partij == f"agb:{vraag.aanbieder}")
        if begin is not None:
            yield tuple_(c.tijd, c.id) < tuple_(begin.tijd, begin.id)

    def _period(self, periode: Periode) -> Iterator[ColumnElement[bool]]:
        tijd = self.tables.audit.c.tijd
        # The first day there is began, in the Netherlands, before the first moment that a timestamp can tell.
        if periode.van is not None and periode.van > date.min:
            yield tijd >= datetime.combine(periode.van, time(), NEDERLAND)
        if periode.tot is not None and periode.tot < date.max:
            yield tijd < datetime.combine(periode.tot + timedelta(days=1), time(), NEDERLAND)
