"""A case that was left between its decision and its WMO301 goes on by itself: once, whoever else is at it."""

import asyncio
import copy
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.toewijzing.app import create_app
from services.toewijzing.dossier.berichten import gelezen
from services.toewijzing.dossier.hervatten import Hervatting
from services.toewijzing.dossier.opslag import Bewaard, Verzoek, lees, schrijf
from services.toewijzing.tables import DOSSIER, EXCHANGE, KAFKA, TOEWIJZING, VERSIE
from shared.exchange.api import beller_of
from shared.exchange.verwerking import accept
from shared.faalpunten import Faalpunt, open_faalpunten, set_faalpunt
from shared.security.partij import Beller, Partij
from shared.settings import Settings
from tests.conftest import Engines
from tests.shared.exchange.verzoeken import KEY
from tests.toewijzing.dossier.opzet import NU, TILBURG, doe, ondertekend

PARTIJ = Partij.gemeente(TILBURG)
AT_ONCE = timedelta(0)
LEFT = (
    DOSSIER.nummer, DOSSIER.stap, DOSSIER.dossier, EXCHANGE.termijn, EXCHANGE.postbus, TOEWIJZING, VERSIE, KAFKA.outbox,
    EXCHANGE.bericht,
)  # fmt: skip
"""What these tests write outside a transaction of their own; others look at all of it."""
_numbers = count(73_000_001)


@pytest.fixture
def faalpunten(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def app(migrated: Settings, engines: Engines, faalpunten: Path) -> AsyncIterator[FastAPI]:
    own = {
        "klok_verschuiving": (NU.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds(),
        "sleutels": f"a:{KEY}",
        "pseudoniem_sleutel": KEY,
        "jwks_url": "file:///geen/jwks.json",
        "faalpunten": faalpunten,
    }
    app = create_app(Settings(database_url_toewijzing=migrated.dsn("toewijzing"), **own))  # type: ignore[arg-type]

    async def caller(request: Request) -> Beller:
        request.state.beller = Beller("proef", frozenset({PARTIJ}))
        return Beller("proef", frozenset({PARTIJ}))

    app.dependency_overrides[beller_of] = caller
    yield app
    open_faalpunten(Settings(), "toewijzing")
    async with app.state.huis.engine.begin() as conn:
        for table in LEFT:
            await conn.execute(delete(table))
    await app.state.huis.engine.dispose()


@pytest.fixture
def engine(app: FastAPI) -> AsyncEngine:
    engine: AsyncEngine = app.state.huis.engine
    return engine


async def a_decision(app: FastAPI, aanbieder: str) -> UUID:
    """A case that was decided on, of which nothing was sent."""
    dossier_id, kluis = uuid4(), app.state.huis.kluis
    zaak = doe(ondertekend(("2A", 1)), "beschikking", besluit="toegekend", beschikking_nummer=1)
    client = kluis.pseudoniem(zaak.inhoud["inwoner"]["bsn"])
    kept = Bewaard(replace(zaak, id=str(dossier_id), aanbieder=aanbieder), 1, client, None, NU.date())
    async with app.state.huis.engine.begin() as conn:
        await schrijf(conn, kluis, app.state.huis.klok.now(), None, kept, Verzoek(Beller("x", frozenset()), "x", "x"))
    return dossier_id


async def ask(app: FastAPI, dossier_id: UUID, versie: int = 1) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://knooppunt"
    ) as client:
        path = f"/toewijzing/v1/dossiers/{dossier_id}/toewijzing"
        return await client.post(path, json={}, headers={"If-Match": f'"{versie}"'})


async def left(app: FastAPI, faalpunten: Path, naam: Faalpunt) -> tuple[UUID, str]:
    """A case whose process stopped there; and its aanbieder."""
    aanbieder = str(next(_numbers))
    dossier_id = await a_decision(app, aanbieder)
    set_faalpunt(faalpunten, "toewijzing", naam, "fout")
    assert (await ask(app, dossier_id)).status_code >= 500
    return dossier_id, aanbieder


async def case(app: FastAPI, dossier_id: UUID) -> Bewaard:
    async with app.state.huis.engine.connect() as conn:
        found = await lees(conn, app.state.huis.kluis, dossier_id)
    assert found is not None
    return found


async def sent_to(engine: AsyncEngine, aanbieder: str) -> tuple[int, int]:
    """How many WMO301s there are for him, and how many lie in his mailbox."""
    b, p = EXCHANGE.bericht.c, EXCHANGE.postbus
    own = (b.partij_naar == f"agb:{aanbieder}", b.bericht == "WMO301")
    async with engine.connect() as conn:
        made = await conn.scalar(select(func.count()).select_from(EXCHANGE.bericht).where(*own))
        lies = select(func.count()).select_from(p.join(EXCHANGE.bericht, p.c.bericht_id == b.id))
        return int(made or 0), int(await conn.scalar(lies.where(*own, p.c.partij == f"agb:{aanbieder}")) or 0)


@pytest.mark.parametrize("naam", ["na_lezen", "na_vastleggen"])
async def test_what_was_left_goes_on_once_however_many_processes_take_it_up(
    app: FastAPI, engine: AsyncEngine, faalpunten: Path, naam: Faalpunt
) -> None:
    dossier_id, aanbieder = await left(app, faalpunten, naam)
    assert (await case(app, dossier_id)).zaak.fase == "verzending"
    assert await sent_to(engine, aanbieder) == ((0, 0) if naam == "na_lezen" else (1, 1))

    [ronde] = [one for one in app.state.wachtkamer.rondes if isinstance(one, Hervatting)]
    await ronde(app.state.huis)
    assert (await case(app, dossier_id)).zaak.fase == "verzending", "a request may still be at it"
    rondes = [Hervatting(AT_ONCE) for _ in range(3)]
    await asyncio.gather(*(one(app.state.huis) for one in rondes))
    await Hervatting(AT_ONCE)(app.state.huis)
    assert [one.pauses for one in rondes] == [{}, {}, {}], "none of them failed"

    done = await case(app, dossier_id)
    assert (done.zaak.fase, done.versie) == ("toegewezen", 3)
    assert await sent_to(engine, aanbieder) == (1, 1)
    assert [one["regel"]["product_code"] for one in done.zaak.inhoud["toegewezen"]] == ["022A1"]
    step = DOSSIER.stap.c
    deeds = select(step.handeling, step.partij).where(step.dossier_id == dossier_id).order_by(step.id)
    async with engine.connect() as conn:
        assert [tuple(row) for row in await conn.execute(deeds)][1:] == [
            ("toewijzing", str(PARTIJ)), ("verzonden", f"knooppunt:{TILBURG}"),
        ]  # fmt: skip
    again = await ask(app, dossier_id, versie=3)
    assert (again.status_code, again.json()["fouten"][0]["code"]) == (409, "fase")


async def test_one_that_fails_keeps_no_other_from_its_301(app: FastAPI, engine: AsyncEngine, faalpunten: Path) -> None:
    first, _ = await left(app, faalpunten, "na_lezen")
    second, _ = await left(app, faalpunten, "na_lezen")
    ronde = Hervatting(AT_ONCE)
    set_faalpunt(faalpunten, "toewijzing", "na_lezen", "fout")

    await ronde(app.state.huis)
    assert [(await case(app, one)).zaak.fase for one in (first, second)] == ["verzending", "toegewezen"]
    await ronde(app.state.huis)
    assert (await case(app, first)).zaak.fase == "verzending", "it has a pause first"
    assert set(ronde.pauses) == {first}

    await Hervatting(AT_ONCE)(app.state.huis)
    assert (await case(app, first)).zaak.fase == "toegewezen"


async def test_what_waits_for_its_verdict_is_left_alone_until_that_is_there(
    app: FastAPI, engine: AsyncEngine, faalpunten: Path
) -> None:
    dossier_id, aanbieder = await left(app, faalpunten, "na_vastleggen")

    async def stands(status: str) -> None:
        """As a WMO301 that was parked."""
        his = EXCHANGE.bericht.c.partij_naar == f"agb:{aanbieder}"
        async with engine.begin() as conn:
            await conn.execute(update(EXCHANGE.bericht).where(his).values(status=status))

    async def noted() -> int:
        """Each time that it is offered again is noted."""
        async with engine.connect() as conn:
            return int(await conn.scalar(select(func.count()).select_from(EXCHANGE.audit)) or 0)

    await stands("geparkeerd")
    before = await noted()
    await Hervatting(AT_ONCE)(app.state.huis)
    assert ((await case(app, dossier_id)).zaak.fase, await noted()) == ("verzending", before)

    await stands("verwerkt")
    await Hervatting(AT_ONCE)(app.state.huis)
    assert (await case(app, dossier_id)).zaak.fase == "toegewezen"


async def test_a_refusal_that_nobody_waited_for_is_kept_with_its_reasons(
    app: FastAPI, engine: AsyncEngine, faalpunten: Path
) -> None:
    """Meanwhile the gemeente used the name of the message for another: TR056."""
    dossier_id, _ = await left(app, faalpunten, "na_lezen")
    [bericht] = (await case(app, dossier_id)).zaak.inhoud["zending"]["berichten"]
    other = copy.deepcopy(bericht)
    other["inhoud"]["Client"]["ToegewezenProducten"]["ToegewezenProduct"][0]["ToewijzingNummer"] = 700_000_001
    await accept(app.state.huis, *gelezen(app.state.huis, other), Beller("proef", frozenset({PARTIJ})))

    await Hervatting(AT_ONCE)(app.state.huis)

    refused = (await case(app, dossier_id)).zaak
    assert (refused.fase, refused.inhoud.get("toegewezen", [])) == ("beschikt", [])
    [sent] = refused.inhoud["verzonden"]
    assert (sent["status"], [one["regel"] for one in sent["meldingen"]]) == ("afgekeurd", ["TR056"])
