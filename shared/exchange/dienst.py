"""What a service gives to the shared reception: how its messages are read, judged, recorded and answered."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.iwmo.bulk import Bulk, Delen
from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata, Kop
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens
from shared.iwmo.schemas import Schema
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis

VERWERKT = "verwerkt"
AFGEKEURD = "afgekeurd"
GEPARKEERD = "geparkeerd"
HANDMATIG = "handmatig"
"""Among what a parked message waits for: a decision of its addressee."""


@dataclass(frozen=True, slots=True)
class Heen:
    """A message that was read: its identity here, its header, its content, and when it came in. Of a large message
    ``inhoud`` is without what comes in bulk: that is in ``delen``."""

    id: UUID
    kop: Kop
    inhoud: Inhoud
    ontvangen: datetime
    vandaag: date
    delen: Delen | None = None

    @property
    def soort(self) -> BerichtSoort:
        """The kind of message."""
        return self.kop.soort


class Voorgelegd(Protocol):
    """What somebody is to decide before a message can have its verdict."""

    async def ask(self, conn: AsyncConnection, uiterlijk: date) -> None:
        """Writes down what is to be decided; the answer to the message is due on ``uiterlijk``."""
        ...


@dataclass(frozen=True, slots=True)
class Oordeel:
    """What the rules made of a message.

    ``afgekeurd``: rejected as a whole, so nothing of it is recorded or forwarded. ``sleutels``: the keys of the facts
    that the message is about. ``wacht``: a refusal rests on facts of another service, so it is not final yet.
    """

    afgekeurd: bool
    meldingen: Sequence[Melding] = ()
    sleutels: frozenset[str] = frozenset()
    wacht: bool = False
    uit_zichzelf: bool = False
    """Rejected on the message itself or its header: no other message can change that."""
    signalen: Sequence[Melding] = ()
    """What the parties should look at though no rule may refuse it; told in the API, never in a retourbericht."""
    hand: Voorgelegd | None = None
    """What the addressee is to decide first: the verdict waits, and nothing of it is recorded."""


Lezing = TypeVar("Lezing")
Feiten = TypeVar("Feiten")
Result = TypeVar("Result")


class Dienst(Protocol, Generic[Lezing, Feiten]):
    """One service's way with its messages. ``read``, ``in_message``, ``judge`` and ``retour`` are pure."""

    soorten: frozenset[str]
    bron: str | None
    """The service whose facts this one projects, if any."""

    def bulk(self, schema: Schema, kluis: Kluis) -> Bulk | None:
        """What comes in bulk in messages with this schema, if anything does; asked for large ones."""
        ...

    def read(self, heen: Heen, kluis: Kluis) -> Lezing:
        """The message in domain terms."""
        ...

    def in_message(self, lezing: Lezing, heen: Heen) -> list[Melding]:
        """Level 2: faults within the message; one is enough for 0001."""
        ...

    async def facts(self, conn: AsyncConnection, lezing: Lezing, heen: Heen) -> Feiten:
        """What the rules need, in as few queries as there are kinds of facts; takes the locks that order needs."""
        ...

    def judge(self, lezing: Lezing, feiten: Feiten, heen: Heen) -> Oordeel:
        """Levels 3 and 4, from the outer classes in."""
        ...

    def ingangsdata(self, lezing: Lezing, feiten: Feiten) -> Ingangsdata:
        """When the toewijzingen begin that the message is about (TR378); asked only when its gemeente is no more."""
        ...

    def clienten(self, lezing: Lezing, feiten: Feiten | None) -> Collection[str]:
        """Pseudonyms of those whom the message is about, as far as it, or the facts if they were read, tell."""
        ...

    async def record(
        self, conn: AsyncConnection, lezing: Lezing, feiten: Feiten, oordeel: Oordeel, heen: Heen, kluis: Kluis
    ) -> list[NewEvent]:
        """Writes what an accepted message changes, and tells which events say so."""
        ...

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The content of the answer."""
        ...


class Beside(Protocol):
    """Does work where it does not hold up others."""

    def __call__(self, work: Callable[[], Result], /) -> Coroutine[Any, Any, Result]: ...


@runtime_checkable
class SchrijftVooruit(Protocol):
    """A service that of a large message writes what was judged already while it judges the rest."""

    async def judge_writing(
        self,
        conn: AsyncConnection,
        lezing: Any,
        feiten: Any,
        heen: Heen,
        beside: Beside,
        judged: Callable[[Oordeel], None],
    ) -> tuple[Oordeel, Sequence[NewEvent] | None]:
        """``judge`` and ``record`` in one; ``judged`` may be told of the verdict before all is recorded. Without events
        it is not recorded, and what was written is to be undone; so it is when the verdict turns out to wait."""
        ...


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """What became of a message, as the API tells it."""

    id: UUID
    volgnummer: int
    bericht: str
    release: str
    afzender: str
    ontvanger: str
    identificatie: str
    status: str
    retour_id: UUID | None = None
    retour_bericht: str | None = None
    meldingen: list[dict[str, Any]] = field(default_factory=list)
    """Of an answer: those of the message that it answers."""
    signalen: list[dict[str, Any]] = field(default_factory=list)
    totalen: tuple[int, int] | None = None
    """How many meldingen and signalen there are, where not all are here."""
    antwoord_op: UUID | None = None
    wacht_op: list[str] = field(default_factory=list)
    herhaald: bool = False
    """A repeat: this is the outcome of the first time (P2)."""

    @classmethod
    def of(cls, heen: Heen, volgnummer: int, status: str, **known: Any) -> "Uitkomst":
        """That of a message that was just judged; ``known``: the other fields."""
        kop, soort = heen.kop, heen.soort
        who = (kop.afzender, kop.ontvanger, kop.identificatie)
        return cls(heen.id, volgnummer, soort.naam, soort.release, *who, status, **known)
