"""``knooppunt opruimen`` (B28): the clock moved past each term; what went is gone, and what must stay is there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from sqlalchemy import insert, text

from knooppunt import migrate
from knooppunt.embedded.scratch import scratch_database
from services.startstop.app import create_app
from services.startstop.bewaren import SOORTEN
from services.startstop.tables import AANLEVERING
from shared.db import make_engine
from shared.exchange import verzegeling
from shared.exchange.dienst import GEPARKEERD
from shared.exchange.huis import Huis
from shared.exchange.spoorcontrole import check
from shared.iwmo.canoniek import canonical_hash
from shared.payload import LARGE_BYTES, Payload
from shared.retentie.ronde import Opruimronde
from shared.retentie.termijnen import Bewaartermijnen
from shared.security.audit import seal_key
from shared.settings import Settings
from tests.knooppunt.bewaard import AANBIEDER, ANDERE, EXCHANGE, GEMEENTE, PSEUDONIEM, Bewaard, keys

DAG = timedelta(days=1)
JAAR = timedelta(days=366)
KEY = seal_key(b"p" * 32, "startstop")


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Bewaard]:
    with scratch_database() as settings:
        await migrate.migrate(settings, list(EXCHANGE))
        yield Bewaard(settings)


@pytest.fixture
async def bewaard(server: Bewaard) -> Bewaard:
    await server.empty()
    return server


def nu() -> datetime:
    return datetime.now(UTC)


async def clear(bewaard: Bewaard, service: str, *words: str, later: timedelta = timedelta(), **env: str) -> list[str]:
    """The lines it prints, by a clock that is so much ahead."""
    shift = {"KNOOPPUNT_KLOK_VERSCHUIVING": str(later.total_seconds())}
    done: Result = await bewaard.run("opruimen", service, *words, **shift, **env)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


async def with_content(bewaard: Bewaard, service: Any = "startstop") -> set[UUID]:
    return {row.id for row in await bewaard.rows(service, f"select id from {service}.bericht where inhoud is not null")}


async def test_content_goes_when_both_were_fetched_long_enough_ago(bewaard: Bewaard) -> None:
    long_ago, lately = nu() - 91 * DAG, nu() - 89 * DAG
    gone = await bewaard.message("startstop", GEMEENTE, long_ago, opgehaald=long_ago, retour_opgehaald=long_ago)
    kept = [
        await bewaard.message("startstop", GEMEENTE, long_ago, opgehaald=long_ago, retour_opgehaald=lately),
        await bewaard.message("startstop", GEMEENTE, long_ago, opgehaald=lately, retour_opgehaald=long_ago),
        await bewaard.message("startstop", GEMEENTE, long_ago, opgehaald=None, retour_opgehaald=long_ago),
        await bewaard.message("startstop", GEMEENTE, long_ago, opgehaald=long_ago, retour_opgehaald=None),
        await bewaard.message("startstop", GEMEENTE, lately, opgehaald=lately, retour_opgehaald=lately),
        await bewaard.message(
            "startstop", GEMEENTE, long_ago, opgehaald=long_ago, retour_opgehaald=long_ago, status=GEPARKEERD
        ),
    ]
    expected = {one for pair in kept for one in (pair.heen, pair.retour)}

    tried = await clear(bewaard, "startstop", "--proef")
    assert tried[0] == "startstop: berichten: inhoud: 1 te verwijderen"
    assert await with_content(bewaard) == expected | {gone.heen, gone.retour}, "a trial takes nothing away"

    done = await clear(bewaard, "startstop")
    assert done[0] == "startstop: berichten: inhoud: 1 verwijderd"
    assert await with_content(bewaard) == expected
    [left] = await bewaard.rows(
        "startstop", "select identificatie, hash, status from startstop.bericht where id = :id", id=gone.heen
    )
    assert (left.status, left.hash is not None) == ("verwerkt", True)
    noted = await bewaard.rows(
        "startstop", "select wie, uitkomst, gemeente from startstop.audit where handeling = 'opgeruimd'"
    )
    assert [tuple(row) for row in noted] == [("knooppunt:startstop", "1 berichten: inhoud", GEMEENTE)]


async def test_what_nobody_fetches_goes_after_a_year_out_of_the_mailbox_too(bewaard: Bewaard) -> None:
    made = await bewaard.message("startstop", GEMEENTE, nu())

    assert (await clear(bewaard, "startstop", later=364 * DAG))[0].endswith(": 0 verwijderd")
    assert (await clear(bewaard, "startstop", later=366 * DAG))[0].endswith(": 1 verwijderd")

    assert await with_content(bewaard) == set()
    assert await bewaard.rows("startstop", "select 1 from startstop.postbus where bericht_id = :id", id=made.heen) == []


async def test_a_gemeente_has_terms_of_her_own(bewaard: Bewaard, tmp_path: Path) -> None:
    file = tmp_path / "termijnen.csv"
    file.write_text(f"gemeente,inhoud_dagen,postbus_dagen,sleutel_jaren,dossier_jaren\n{ANDERE},5,,,\n")
    moment = nu() - 6 * DAG
    fetched = {"opgehaald": moment, "retour_opgehaald": moment}
    usual = await bewaard.message("startstop", GEMEENTE, moment, **fetched)
    await bewaard.message("startstop", ANDERE, moment, **fetched)

    done = await clear(bewaard, "startstop", KNOOPPUNT_BEWAARTERMIJNEN=str(file))

    assert done[0] == "startstop: berichten: inhoud: 1 verwijderd"
    assert await with_content(bewaard) == {usual.heen, usual.retour}


async def test_a_large_message_is_known_afterwards_by_its_canonical_form(bewaard: Bewaard) -> None:
    body = b"<x  y='1'>" + b"w" * LARGE_BYTES + b"</x>"
    moment = nu() - 91 * DAG
    made = await bewaard.message("startstop", GEMEENTE, moment, body=body, opgehaald=moment, retour_opgehaald=moment)

    await clear(bewaard, "startstop")

    [row] = await bewaard.rows("startstop", "select hash, inhoud from startstop.bericht where id = :id", id=made.heen)
    assert (row.hash, row.inhoud) == (canonical_hash(Payload.of(body)), None)


async def test_keys_go_after_seven_years_but_for_those_from_which_state_came(bewaard: Bewaard) -> None:
    moment = nu()
    fetched = {"opgehaald": moment, "retour_opgehaald": moment}
    await bewaard.message("startstop", GEMEENTE, moment, **fetched)
    counts = await bewaard.message("startstop", GEMEENTE, moment, **fetched)
    start = {
        "soort": "start", "gemeente": GEMEENTE, "aanbieder": AANBIEDER, "client": "c", "begindatum": moment.date(),
        "bericht_id": counts.heen,
    }  # fmt: skip
    async with bewaard.begin("startstop") as conn:
        await conn.execute(insert(AANLEVERING).values(start))

    assert (await clear(bewaard, "startstop", later=6.9 * JAAR))[:2] == [
        "startstop: berichten: inhoud: 2 verwijderd",
        "startstop: berichten: sleutels: 0 verwijderd",
    ]
    assert (await clear(bewaard, "startstop", later=7.1 * JAAR))[1] == "startstop: berichten: sleutels: 1 verwijderd"

    left = {row.id for row in await bewaard.rows("startstop", "select id from startstop.bericht")}
    assert left == {counts.heen, counts.retour}


async def test_dossiers_go_fifteen_years_after_the_last_support(bewaard: Bewaard) -> None:
    long_ago = nu() - 16 * JAAR
    over = await bewaard.dossier(long_ago)
    ended = await bewaard.dossier(long_ago)
    await bewaard.gives_number(ended, long_ago.date())
    runs, recent = await bewaard.dossier(long_ago), await bewaard.dossier(nu() - 14 * JAAR)
    await bewaard.gives_number(runs, (nu() - 14 * JAAR).date())
    before = await bewaard.dossier(long_ago)
    after = await bewaard.dossier(nu(), vorig_id=before)

    assert (await clear(bewaard, "toewijzing"))[2] == "toewijzing: dossiers: 2 verwijderd"

    left = {row.id for row in await bewaard.rows("toewijzing", "select id from toewijzing.dossier")}
    steps = await bewaard.rows("toewijzing", "select dossier_id from toewijzing.dossier_stap")
    assert left == {runs, recent, before, after}
    assert {row.dossier_id for row in steps} == left
    assert {over, ended}.isdisjoint(left)


async def test_an_evaluatie_goes_with_all_versions_and_leaves_a_tombstone(bewaard: Bewaard) -> None:
    long_ago = nu() - 16 * JAAR
    await bewaard.evaluatie(long_ago.date())
    kept = await bewaard.evaluatie((nu() - 14 * JAAR).date())

    assert (await clear(bewaard, "startstop"))[2] == "startstop: evaluaties: 1 verwijderd"

    left = await bewaard.rows("startstop", "select evaluatie_id from startstop.evaluatie_versie")
    assert {row.evaluatie_id for row in left} == {kept}
    told = await bewaard.rows("startstop", "select topic, soort, data::text from startstop.outbox")
    assert [tuple(row) for row in told] == [("wmo.evaluatie", "vervallen", "{}")]


async def test_a_service_clears_by_itself_once_a_day(bewaard: Bewaard) -> None:
    """Its clock is past the term of the mailbox."""
    settings = Settings(
        database_url_startstop=bewaard.settings.dsn("startstop"),
        sleutels=keys("a"),
        pseudoniem_sleutel=PSEUDONIEM,
        jwks_url="file:///geen/jwks.json",
        klok_verschuiving=(366 * DAG).total_seconds(),
    )
    huis: Huis = create_app(settings).state.huis
    ronde = Opruimronde(Bewaartermijnen.load(settings), SOORTEN)
    await bewaard.message("startstop", GEMEENTE, nu())

    await ronde.look(huis)
    assert await with_content(bewaard) == set()
    told = huis.meters.registry.get_sample_value(
        "knooppunt_opgeruimd_total", {"service": "startstop", "soort": "berichten: inhoud"}
    )
    assert told == 1

    later = await bewaard.message("startstop", GEMEENTE, nu())
    await ronde.look(huis)
    assert await with_content(bewaard) == {later.heen, later.retour}, "not before the next day"
    await huis.engine.dispose()


async def test_b28_nothing_is_left_in_the_files_and_the_audit_trail_is_whole(bewaard: Bewaard) -> None:
    made = [await bewaard.message("startstop", GEMEENTE, nu()) for _ in range(5)]
    sealed = await bewaard.rows("startstop", "select substr(inhoud, 1, 40) as begin from startstop.bericht")
    begins = [bytes(row.begin) for row in sealed]
    assert len(begins) == 10
    engine = make_engine(str(bewaard.settings.database_url_beheer), 1)
    path = await in_files(engine, "checkpoint")
    assert all(found(path, begin) for begin in begins)

    assert (await clear(bewaard, "startstop", later=366 * DAG))[0].endswith(": 5 verwijderd")

    path = await in_files(engine, "vacuum full startstop.bericht", "checkpoint")
    await engine.dispose()
    assert not any(found(path, begin) for begin in begins)
    keys = await bewaard.rows("startstop", "select id from startstop.bericht where hash is not null")
    assert {row.id for row in keys} == {one.heen for one in made}
    async with bewaard.begin("startstop") as conn:
        assert await verzegeling.seal(conn, EXCHANGE["startstop"], KEY) is not None
        assert (await check(conn, EXCHANGE["startstop"], KEY)).los == 0


async def in_files(engine: Any, *commands: str) -> Path:
    """The folder of the tables' files, once these have run."""
    async with engine.connect() as conn:
        await conn.execution_options(isolation_level="AUTOCOMMIT")
        for command in commands:
            await conn.execute(text(command))
        return Path(str(await conn.scalar(text("show data_directory")))) / "base"


def found(path: Path, needle: bytes) -> bool:
    return any(needle in file.read_bytes() for file in path.rglob("*") if file.is_file())
