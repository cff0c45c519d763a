"""A deed on a case that came in over HTTP: once, in order, by who may, and with its trace."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.catalogus.api import profiel_van
from services.toewijzing.dossier.domain.handelingen import Handeling, verricht
from services.toewijzing.dossier.domain.zaak import Gegevens, Omgeving, Wie, Zaak, dag_van
from services.toewijzing.dossier.opslag import Bewaard, Verzoek, digest, eerder, lees, schrijf
from services.toewijzing.dossier.weigeren import als_probleem
from services.toewijzing.tables import DOSSIER
from shared.exchange import register
from shared.exchange.huis import Huis
from shared.exchange.spoor import Over
from shared.klok import NEDERLAND
from shared.namens import namens
from shared.problems import BotsingError, Fout, NietGevondenError, VerbodenError, VerzoekError
from shared.security.kluis import Kluis
from shared.security.partij import Beller, Partij

NIET_GEVONDEN = "Dit dossier is er niet"


@dataclass(frozen=True, slots=True)
class Gedaan:
    """A case after a request: ``herhaald`` when the request was done before, and ``wie`` is who asked."""

    bewaard: Bewaard
    wie: Wie
    herhaald: bool = False


@dataclass(frozen=True, slots=True)
class Kant:
    """On which side of a case the caller stands."""

    wie: Wie
    gemeente: str
    aanbieder: str | None
    client: str

    @property
    def over(self) -> Over:
        """Whom what is done is about."""
        return Over((self.gemeente,), (self.aanbieder,) if self.aanbieder else (), (self.client,))

    def mag_zien(self, bewaard: Bewaard) -> bool:
        """Whether the case is still his: between two looks another aanbieder may have been chosen."""
        return self.wie == "gemeente" or bewaard.zaak.aanbieder == self.aanbieder

    @property
    def partij(self) -> Partij:
        """As whom the caller acts."""
        return Partij.gemeente(self.gemeente) if self.wie == "gemeente" else Partij.aanbieder(self.aanbieder or "")

    @property
    def partijen(self) -> list[Partij]:
        """The parties of the case: a deed of one may change what the other sees."""
        return [Partij.gemeente(self.gemeente), *([Partij.aanbieder(self.aanbieder)] if self.aanbieder else [])]


async def kant_van(
    conn: AsyncConnection, beller: Beller, dossier_id: UUID, liefst: frozenset[Wie] = frozenset()
) -> Kant:
    """Who the caller is to a case; NietGevondenError when he is nobody to it. One who is both parties (an organisation
    with two mandates) acts as the one whose deed it is."""
    table = DOSSIER.dossier
    statement = select(table.c.gemeente, table.c.aanbieder, table.c.client).where(table.c.id == dossier_id)
    row = (await conn.execute(statement)).one_or_none()
    sides: list[Wie] = []
    if row is not None and row.gemeente in beller.codes("gemeente"):
        sides.append("gemeente")
    if row is not None and row.aanbieder is not None and row.aanbieder in beller.codes("agb"):
        sides.append("aanbieder")
    if row is None or not sides:
        raise NietGevondenError(NIET_GEVONDEN)
    return Kant(next((one for one in sides if one in liefst), sides[0]), row.gemeente, row.aanbieder, row.client)


def omgeving_van(huis: Huis, gemeente: str, wie: Wie) -> Omgeving:
    """Now, and the catalogue that holds today."""
    nu = huis.klok.now().astimezone(NEDERLAND)
    return Omgeving(wie, nu, profiel_van(huis, gemeente, nu.date()))


async def meld(huis: Huis, beller: Beller, gegevens: Mapping[str, Any], sleutel: str | None) -> Gedaan:
    """A melding: a new case."""
    gemeente = gegevens["gemeente"]
    if gemeente not in beller.codes("gemeente"):
        raise VerbodenError("Een melding legt de gemeente zelf vast")
    omgeving = omgeving_van(huis, gemeente, "gemeente")
    partij = str(Partij.gemeente(gemeente))
    hash_ = digest(huis.kluis, "melding", gemeente, gegevens) if sleutel else None
    verzoek = Verzoek(beller, partij, "melding", sleutel, hash_)
    async with huis.engine.begin() as conn:
        if (found := await herhaling(conn, huis, verzoek)) is not None:
            await noteer(conn, huis, beller, found, "herhaald")
            return Gedaan(found, "gemeente", herhaald=True)
        made = nieuw(huis.kluis, gegevens, omgeving)
        await schrijf(conn, huis.kluis, huis.klok.now(), None, made, verzoek)
        await noteer(conn, huis, beller, made, "melding")
        kept = await lees(conn, huis.kluis, UUID(made.zaak.id))
    return Gedaan(kept or made, "gemeente")


def nieuw(kluis: Kluis, gegevens: Gegevens, omgeving: Omgeving) -> Bewaard:
    """A case as it begins."""
    known = {name: gegevens[name] for name in ("inwoner", "hulpvraag")}
    empty = Zaak(str(uuid4()), gegevens["gemeente"], inhoud={**known, "begin": "0001-01-01"})
    with als_probleem():
        dag = dag_van(empty, gegevens, omgeving)
    zaak = replace(empty, inhoud={**known, "begin": dag.isoformat()})
    return Bewaard(zaak, 1, kluis.pseudoniem(gegevens["inwoner"]["bsn"]), None, dag)


async def doe(
    huis: Huis,
    beller: Beller,
    dossier_id: UUID,
    handeling: Handeling,
    gegevens: Gegevens,
    versie: int,
    sleutel: str | None,
) -> Gedaan:
    """A deed on a case, in one transaction for both its parties."""
    async with huis.engine.begin() as conn:
        kant = await kant_van(conn, beller, dossier_id, handeling.wie)
    verzoek = verzoek_van(huis, beller, kant, dossier_id, handeling, gegevens, sleutel)
    with namens(kant.partijen):
        async with huis.engine.begin() as conn:
            if (found := await herhaling(conn, huis, verzoek, dossier_id, kant)) is not None:
                await noteer(conn, huis, beller, found, "herhaald")
                return Gedaan(found, kant.wie, herhaald=True)
            before = await gehouden(conn, huis, dossier_id, kant, versie)
            with als_probleem():
                zaak = verricht(before.zaak, handeling, gegevens, omgeving_van(huis, kant.gemeente, kant.wie))
            after = replace(before, zaak=zaak, versie=before.versie + 1)
            # Who is chosen now may not be one of those for whom this speaks; the gemeente, whose case it is, may write.
            await schrijf(conn, huis.kluis, huis.klok.now(), before, after, verzoek)
            await noteer(conn, huis, beller, after, handeling.naam)
    return Gedaan(after, kant.wie)


def verzoek_van(
    huis: Huis,
    beller: Beller,
    kant: Kant,
    dossier_id: UUID,
    handeling: Handeling,
    gegevens: Gegevens,
    sleutel: str | None,
) -> Verzoek:
    """The request as its trace has it."""
    hash_ = digest(huis.kluis, handeling.naam, str(dossier_id), gegevens) if sleutel else None
    return Verzoek(beller, str(kant.partij), handeling.naam, sleutel, hash_)


async def gehouden(conn: AsyncConnection, huis: Huis, dossier_id: UUID, kant: Kant, versie: int) -> Bewaard:
    """The case, held, in the version that the caller saw."""
    before = await lees(conn, huis.kluis, dossier_id, lock=True)
    if before is None or not kant.mag_zien(before):
        raise NietGevondenError(NIET_GEVONDEN)
    if before.versie != versie:
        fout = Fout("If-Match", f"het dossier is nu versie {before.versie}", "versie")
        raise BotsingError("Dit dossier is intussen veranderd; lees het opnieuw", [fout])
    return before


async def herhaling(
    conn: AsyncConnection, huis: Huis, verzoek: Verzoek, dossier_id: UUID | None = None, kant: Kant | None = None
) -> Bewaard | None:
    """The case as it is now, when this very request was done before; BotsingError when its key was for another."""
    known = await eerder(conn, verzoek)
    if known is None:
        return None
    same = (known.handeling, known.hash) == (verzoek.handeling, verzoek.hash)
    if not same or (dossier_id is not None and known.dossier_id != dossier_id):
        fout = Fout("Idempotency-Key", "deze sleutel is al voor een ander verzoek gebruikt", "sleutel_gebruikt")
        raise BotsingError("De sleutel van dit verzoek is al gebruikt", [fout])
    found = await lees(conn, huis.kluis, known.dossier_id)
    if found is None or (kant is not None and not kant.mag_zien(found)):
        raise NietGevondenError(NIET_GEVONDEN)
    return found


async def noteer(conn: AsyncConnection, huis: Huis, beller: Beller, bewaard: Bewaard, handeling: str) -> None:
    """The row in the audit trail: which deed on whose case, never what it holds."""
    zaak = bewaard.zaak
    over = Over((zaak.gemeente,), (zaak.aanbieder,) if zaak.aanbieder else (), (bewaard.client,))
    await register.note(conn, huis.tables, beller, "gewijzigd", f"dossier: {handeling}", over=over)


def versie_uit(if_match: str | None) -> int:
    """The version in If-Match; VerzoekError when it is absent or none of ours."""
    text = (if_match or "").removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        fout = Fout("If-Match", 'ontbreekt, of is geen versie zoals "7"', "versie")
        raise VerzoekError("Geef in If-Match de versie van het dossier dat u zag", [fout])
    return int(text)
