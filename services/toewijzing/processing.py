"""The service toewijzing, as the shared reception knows it: which kind of message is treated by whom."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.behandeling.antwoorden import Antwoorden
from services.toewijzing.behandeling.toewijzen import Toewijzen
from services.toewijzing.behandeling.verzoeken import VragenOmToewijzing, VragenOmWijziging
from services.toewijzing.domain.toewijzing import Toewijzingsbericht
from services.toewijzing.domain.verzoek import Antwoord, VerzoekOmToewijzing, VerzoekOmWijziging
from shared.exchange.dienst import Heen, Oordeel
from shared.iwmo.bulk import Bulk
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.iwmo.schemas import Schema
from shared.kafka.outbox import NewEvent
from shared.security.kluis import Kluis

Lezing = TypeVar("Lezing")
Feiten = TypeVar("Feiten")


class Behandeling(Protocol[Lezing, Feiten]):
    """How one kind of message is read, judged and recorded: the same as of a Dienst."""

    def read(self, heen: Heen, kluis: Kluis) -> Lezing:
        """The message in domain terms."""
        ...

    def in_message(self, lezing: Lezing, heen: Heen) -> list[Melding]:
        """Level 2."""
        ...

    async def facts(self, conn: AsyncConnection, lezing: Lezing, heen: Heen) -> Feiten:
        """What the rules need; takes the locks that order needs."""
        ...

    def judge(self, lezing: Lezing, feiten: Feiten, heen: Heen) -> Oordeel:
        """Levels 3 and 4."""
        ...

    def ingangsdata(self, lezing: Lezing, feiten: Feiten) -> Iterable[date]:
        """When the toewijzingen begin that the message is about."""
        ...

    def clienten(self, lezing: Lezing, feiten: Feiten | None) -> Collection[str]:
        """The pseudonym of the client, as far as the message or the facts tell."""
        ...

    async def record(
        self, conn: AsyncConnection, lezing: Lezing, feiten: Feiten, oordeel: Oordeel, heen: Heen
    ) -> list[NewEvent]:
        """Writes what an accepted message changes."""
        ...


BEHANDELING: Mapping[str, Behandeling[Any, Any]] = {
    "WMO301": Toewijzen(),
    "WMO315": VragenOmToewijzing(),
    "WMO317": VragenOmWijziging(),
    "WMO319": Antwoorden(),
}
_BY_LEZING: Mapping[type, Behandeling[Any, Any]] = {
    Toewijzingsbericht: BEHANDELING["WMO301"],
    VerzoekOmToewijzing: BEHANDELING["WMO315"],
    VerzoekOmWijziging: BEHANDELING["WMO317"],
    Antwoord: BEHANDELING["WMO319"],
}


class ToewijzingDienst:
    """Assigned care, and requests for it."""

    soorten = frozenset(BEHANDELING)
    bron: str | None = "declaratie"
    """A toewijzing on which care was claimed is not withdrawn (TR385)."""

    def bulk(self, schema: Schema, kluis: Kluis) -> Bulk | None:
        """Nothing: these messages are about one client."""
        return None

    def read(self, heen: Heen, kluis: Kluis) -> Any:
        """The message in domain terms."""
        return BEHANDELING[heen.soort.naam].read(heen, kluis)

    def in_message(self, lezing: Any, heen: Heen) -> list[Melding]:
        """Level 2."""
        return BEHANDELING[heen.soort.naam].in_message(lezing, heen)

    async def facts(self, conn: AsyncConnection, lezing: Any, heen: Heen) -> Any:
        """What the rules need, under the locks that keep it true."""
        return await BEHANDELING[heen.soort.naam].facts(conn, lezing, heen)

    def judge(self, lezing: Any, feiten: Any, heen: Heen) -> Oordeel:
        """Levels 3 and 4, from the outer classes in."""
        return BEHANDELING[heen.soort.naam].judge(lezing, feiten, heen)

    def ingangsdata(self, lezing: Any, feiten: Any) -> Ingangsdata:
        """When the toewijzingen begin that the message is about: this service owns them, so it knows all."""
        return Ingangsdata(frozenset(_BY_LEZING[type(lezing)].ingangsdata(lezing, feiten)))

    def clienten(self, lezing: Any, feiten: Any) -> Collection[str]:
        """The client, by his pseudonym."""
        return _BY_LEZING[type(lezing)].clienten(lezing, feiten)

    async def record(
        self, conn: AsyncConnection, lezing: Any, feiten: Any, oordeel: Oordeel, heen: Heen, kluis: Kluis
    ) -> list[NewEvent]:
        """Writes what an accepted message changes, and tells which events say so."""
        return await BEHANDELING[heen.soort.naam].record(conn, lezing, feiten, oordeel, heen)

    def retour(self, heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The WMO302, WMO316, WMO318 or WMO320."""
        return make_retour(heen.inhoud, schema, gegevens, meldingen)
