"""``knooppunt sleutels``: everything under the newest key while the services go on, and then the old one may go."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from knooppunt import migrate
from knooppunt.embedded.scratch import scratch_database
from shared.problems import NietBeschikbaarError
from shared.security import roteren
from tests.knooppunt.bewaard import EXCHANGE, GEMEENTE, Bewaard, a_kluis, keys

LANG_GELEDEN = datetime(2025, 3, 1, tzinfo=UTC)
SERVICES = ("toewijzing", "startstop")
BERICHTEN = 5
"""Besides; more than one batch in all."""


@pytest.fixture(scope="module")
async def bewaard() -> AsyncIterator[Bewaard]:
    with scratch_database() as settings:
        await migrate.migrate(settings, list(EXCHANGE))
        made = Bewaard(settings)
        for service in EXCHANGE:
            await made.message(service, GEMEENTE, LANG_GELEDEN, inhoud=None)
            await made.message(service, GEMEENTE, LANG_GELEDEN, body=bytes(range(256)) * 10_000)
        for _ in range(BERICHTEN):
            await made.message("startstop", GEMEENTE, LANG_GELEDEN)
        await made.dossier(LANG_GELEDEN)
        await made.evaluatie(date(2025, 3, 1))
        yield made


async def test_all_is_sealed_anew_and_then_the_old_key_may_go(
    bewaard: Bewaard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roteren, "LARGE", 1024)
    monkeypatch.setattr(roteren, "BATCH", 3)
    total = await bewaard.opens(a_kluis("a"))
    assert total == 2 * 3 + 2 * BERICHTEN + 1 + 2

    shown = await bewaard.run("sleutels", "toon", "startstop", sleutels=keys("b", "a"))
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.splitlines() == [
        "startstop: sleutel b (nieuwste): 0 rijen",
        f"startstop: sleutel a (ouder): {total - 4} rijen",
    ]

    with pytest.raises(NietBeschikbaarError):
        await bewaard.opens(a_kluis("b"))
    done = [await bewaard.run("sleutels", "roteer", one, sleutels=keys("b", "a")) for one in SERVICES]
    assert [one.exit_code for one in done] == [0, 0], [one.output for one in done]
    assert done[0].stdout.splitlines() == [
        "toewijzing: 4 rijen opnieuw versleuteld met sleutel b",
        "toewijzing: sleutel b (nieuwste): 4 rijen",
        "toewijzing: sleutel a (ouder): 0 rijen",
    ]
    assert done[1].stdout.startswith(f"startstop: {total - 4} rijen opnieuw")

    assert await bewaard.opens(a_kluis("b")) == total
    again = await bewaard.run("sleutels", "roteer", "startstop", sleutels=keys("b", "a"))
    assert again.stdout.startswith("startstop: 0 rijen opnieuw versleuteld")


async def test_a_key_that_is_missing_is_told_and_its_rows_are_left_alone(bewaard: Bewaard) -> None:
    before = await bewaard.rows("startstop", "select id, inhoud from startstop.bericht order by id")

    told = await bewaard.run("sleutels", "roteer", "startstop", sleutels=keys("z"))

    assert told.exit_code == 1
    assert told.stdout.startswith("startstop: 0 rijen opnieuw versleuteld met sleutel z")
    assert "(ONTBREEKT): " in told.stdout
    assert await bewaard.rows("startstop", "select id, inhoud from startstop.bericht order by id") == before


async def test_without_keys_nothing_is_done(bewaard: Bewaard) -> None:
    refused = await bewaard.run("sleutels", "toon", "startstop", sleutels="")

    assert (refused.exit_code, "KNOOPPUNT_SLEUTELS ontbreekt" in refused.stderr) == (2, True)
