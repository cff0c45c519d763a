"""The WMO301s of a decision: made once, kept with the case, and the same bytes however often they are sent."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing import controle
from services.toewijzing.catalogus.voorwaarden import Weigering
from services.toewijzing.dossier.domain.bewaren import as_data, from_data, opdracht_data, opdracht_from
from services.toewijzing.dossier.domain.toewijzen import Besluit, Opdracht, Toegewezen, regels_van, wijzig
from services.toewijzing.dossier.domain.zaak import Gegevens, NietZoError, Omgeving, Zaak
from services.toewijzing.dossier.nummers import geef_nummers
from services.toewijzing.dossier.opslag import Bewaard
from services.toewijzing.messages.toewijzing_schrijven import Beschikking, Brief, as_product, product_of, write_301
from services.toewijzing.tables import TOEWIJZING
from shared.exchange.huis import Huis
from shared.exchange.verwerking import read_message
from shared.feiten.toewijzing import Toewijzing
from shared.feiten.toewijzing_tabel import from_row
from shared.iwmo.catalogus import BerichtSoort, Release, soort_named
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import Gelezen
from shared.payload import Payload

_ONLY: dict[Release, tuple[frozenset[str], frozenset[str]]] = {
    "2.4": (frozenset("123456"), frozenset(("01", "04", "14", "16", "82", "83"))),
    "3.2": (frozenset("1246"), frozenset(("01", "04", "14", "16", "82", "83", "84"))),
}
"""Frequenties and eenheden of a release."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


async def maak_berichten(
    conn: AsyncConnection, huis: Huis, bewaard: Bewaard, omgeving: Omgeving, eerste: int | None
) -> dict[str, Any]:
    """What is to be sent: to each aanbieder one message with what is new, changed or ended there and all else that is
    current (OP087). Raises NietZoError for what the rules within a message would refuse."""
    zaak = bewaard.zaak
    opdrachten = wijzig(map(from_data, zaak.inhoud.get("toegewezen", ())), _besluit(zaak, omgeving))
    new = sum(1 for one in opdrachten if one.wat.nummer is None)
    numbers = iter(await geef_nummers(conn, zaak.gemeente, UUID(zaak.id), new, eerste))
    numbered = [
        one if one.wat.nummer else replace(one, wat=replace(one.wat, nummer=next(numbers))) for one in opdrachten
    ]
    moment = _moment(zaak, omgeving.nu)
    berichten: list[dict[str, Any]] = []
    for aanbieder, release in _adressen(numbered, zaak):
        own = [one for one in numbered if (one.wat.aanbieder, one.wat.release) == (aanbieder, release)]
        inhoud = await _write(conn, huis, bewaard, aanbieder, release, own, moment, len(berichten))
        _check(huis, _soort(release), inhoud)
        sent = {"aanbieder": aanbieder, "release": release, "inhoud": inhoud}
        berichten.append({**sent, "opdrachten": [opdracht_data(one) for one in own]})
    return {"moment": moment.isoformat(), "berichten": berichten}


def _besluit(zaak: Zaak, omgeving: Omgeving) -> Besluit:
    besluit, aanbieder, release = zaak.inhoud["besluit"], zaak.aanbieder, zaak.release
    if aanbieder is None or release is None:
        raise RuntimeError("a decision has an aanbieder")
    eind = besluit["einddatum"]
    return Besluit(
        regels=regels_van(zaak.voorstel, omgeving.profiel),
        begin=date.fromisoformat(besluit["ingangsdatum"]),
        eind=date.fromisoformat(eind) if eind else None,
        aanbieder=aanbieder,
        release=release,
        vandaag=omgeving.vandaag,
        door_aanbieder=zaak.inhoud.get("aanleiding", {}).get("door") == "aanbieder",
    )


def _moment(zaak: Zaak, nu: datetime) -> datetime:
    """The moment of decision, later than that of every earlier version (OP080)."""
    now = nu.replace(microsecond=0, tzinfo=None)
    last = zaak.inhoud.get("laatste_moment")
    return max(now, datetime.fromisoformat(last) + timedelta(seconds=1)) if last else now


def _adressen(opdrachten: Iterable[Opdracht], zaak: Zaak) -> list[tuple[str, Release]]:
    """Who gets a message; whose support ends before whose begins."""
    found = {(one.wat.aanbieder, one.wat.release) for one in opdrachten}
    return sorted(found, key=lambda one: (one[0] == zaak.aanbieder, one))


async def _write(
    conn: AsyncConnection,
    huis: Huis,
    bewaard: Bewaard,
    aanbieder: str,
    release: Release,
    opdrachten: Sequence[Opdracht],
    moment: datetime,
    number: int,
) -> Inhoud:
    zaak, soort = bewaard.zaak, _soort(release)
    besluit = zaak.inhoud["besluit"]
    brief = Brief(
        soort=soort,
        xsd_versies=huis.schemas.of(soort).versies,
        gemeente=zaak.gemeente,
        aanbieder=aanbieder,
        identificatie=f"D{_base36(bewaard.volgnummer, 6)}{_base36(bewaard.versie, 4)}{number}",
        moment=moment,
        beschikking=Beschikking(
            besluit["beschikking_nummer"],
            date.fromisoformat(besluit["dag"]),
            date.fromisoformat(besluit["ingangsdatum"]),
            date.fromisoformat(besluit["einddatum"]) if besluit["einddatum"] else None,
        ),
    )
    others = await _andere(conn, bewaard, aanbieder, release, {one.wat.nummer for one in opdrachten}, moment.date())
    producten = [*(product_of(one, moment) for one in opdrachten), *map(_again, others)]
    return write_301(brief, zaak.inhoud["inwoner"], producten)


async def _andere(
    conn: AsyncConnection, bewaard: Bewaard, aanbieder: str, release: Release, eigen: set[int | None], vandaag: date
) -> list[Toewijzing]:
    """The other current toewijzingen of the client there, as far as the release can say them."""
    table = TOEWIJZING
    statement = select(table).where(
        table.c.gemeente == bewaard.zaak.gemeente, table.c.aanbieder == aanbieder, table.c.client == bewaard.client
    )
    frequenties, eenheden = _ONLY[release]
    found = [from_row(row) for row in await conn.execute(statement.order_by(table.c.nummer))]
    return [
        one
        for one in found
        if one.nummer not in eigen
        and one.actueel(vandaag)
        and (one.omvang is None or (one.omvang.frequentie in frequenties and one.omvang.eenheid in eenheden))
        and (one.budget is None or release != "2.4")
    ]


def _again(one: Toewijzing) -> Inhoud:
    """A version that was sent before, unchanged: with its own moment, and without RedenWijziging (IV099)."""
    omvang = one.omvang
    return as_product(
        nummer=one.nummer,
        categorie=one.product.categorie,
        code=one.product.code,
        moment=one.moment,
        begin=one.periode.begin,
        eind=one.periode.eind,
        omvang={"Volume": omvang.volume, "Eenheid": omvang.eenheid, "Frequentie": omvang.frequentie}
        if omvang
        else None,
        budget=one.budget,
    )


def gelezen(huis: Huis, bericht: Gegevens) -> tuple[Gelezen, Kop, Payload]:
    """A message that was made, as it goes the way of every message that comes in."""
    soort = _soort(bericht["release"])
    return _read(huis, soort, bericht["inhoud"])


def _read(huis: Huis, soort: BerichtSoort, inhoud: Inhoud) -> tuple[Gelezen, Kop, Payload]:
    body = Payload.of(encode(inhoud, huis.schemas.of(soort)))
    read = read_message(huis, body)
    return read, read_kop(soort, read.inhoud), body


def _check(huis: Huis, soort: BerichtSoort, inhoud: Inhoud) -> None:
    """Nothing is kept to be sent that the edge or the rules within a message would refuse."""
    read, kop, _ = _read(huis, soort, inhoud)
    if meldingen := controle.check(kop, read.inhoud):
        told = [one.as_json() for one in meldingen]
        raise NietZoError([Weigering(one["regel"], one["locatie"], one["omschrijving"]) for one in told])


def pas_toe(toegewezen: Sequence[Gegevens], bericht: Gegevens) -> list[dict[str, Any]]:
    """What is assigned once a message was accepted."""
    known: dict[int | None, Toegewezen] = {one.nummer: one for one in map(from_data, toegewezen)}
    for opdracht in map(opdracht_from, bericht["opdrachten"]):
        if opdracht.blijft:
            known[opdracht.wat.nummer] = opdracht.wat
        else:
            known.pop(opdracht.wat.nummer, None)
    return [as_data(one) for one in known.values()]


def _soort(release: Release) -> BerichtSoort:
    soort = soort_named("WMO301", release)
    if soort is None:
        raise RuntimeError("both releases have a WMO301")
    return soort


def _base36(number: int, width: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits.rjust(width, "0")
