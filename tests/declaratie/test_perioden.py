"""The periods over which is declared, against calendars that were counted out another way."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import groupby, pairwise

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie import perioden_api
from services.declaratie.app import create_app
from services.declaratie.perioden import next_period, period_of, periods_of_year, previous_period
from shared.exchange.api import beller_of
from shared.iwmo.catalogus import RELEASES, Release
from shared.security.partij import Beller
from shared.settings import Settings
from tests.shared.exchange.verzoeken import AANBIEDER_BELLER, KEY

DAY = timedelta(days=1)
YEARS = range(2015, 2101)
# Far enough from the ends of the calendar for what stands next to a period.
days = st.dates(date(2, 1, 1), date(9998, 12, 31))
releases = st.sampled_from(RELEASES)


def first_of_cak_year(year: int) -> date:
    """ISO 8601: week 1 has the year's first Thursday. Found by walking, without isocalendar."""
    day = date(year, 1, 1)
    while day.weekday() != 3:
        day += DAY
    return day - 3 * DAY


def cak_bounds(year: int) -> list[tuple[date, date]]:
    """Thirteen periods of 28 days from the first Monday; the last goes on to the next year's first."""
    firsts = [first_of_cak_year(year) + 28 * number * DAY for number in range(13)]
    return list(pairwise([*firsts, first_of_cak_year(year + 1)]))


@pytest.mark.parametrize("year", YEARS)
def test_the_cak_year_is_that_of_another_count(year: int) -> None:
    found = [(one.begin, one.eind + DAY) for one in periods_of_year("2.4", year)]

    assert found == cak_bounds(year)


@pytest.mark.parametrize("year", YEARS)
def test_the_months_are_the_runs_of_days_with_one_month(year: int) -> None:
    all_days = [date(year, 1, 1) + number * DAY for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    months = [list(run) for _, run in groupby(all_days, key=lambda day: day.month)]

    assert [(one.begin, one.eind) for one in periods_of_year("3.2", year)] == [(run[0], run[-1]) for run in months]


@pytest.mark.parametrize("release", RELEASES)
def test_the_years_are_tiled_without_gap_or_overlap(release: Release) -> None:
    found = [one for year in YEARS for one in periods_of_year(release, year)]

    assert all(earlier.eind + DAY == later.begin for earlier, later in pairwise(found))
    assert all(one.begin <= one.eind for one in found)


@given(releases, days)
def test_a_day_is_in_its_period_and_in_no_other(release: Release, day: date) -> None:
    found = period_of(release, day)

    assert day in found
    assert day not in next_period(found)
    assert day not in previous_period(found)
    assert found in periods_of_year(release, found.jaar)


@given(releases, days)
def test_next_and_previous_undo_each_other(release: Release, day: date) -> None:
    found = period_of(release, day)

    assert next_period(previous_period(found)) == previous_period(next_period(found)) == found
    assert next_period(found).begin == found.eind + DAY


@given(releases, days)
def test_the_weeks_are_those_of_its_days(release: Release, day: date) -> None:
    found = period_of(release, day)
    touched = [found.begin + number * DAY for number in range((found.eind - found.begin).days + 1)]

    assert list(found.weken) == list(dict.fromkeys(one.strftime("%G-W%V") for one in touched)) or day.year < 1000


@pytest.mark.parametrize("year", YEARS)
def test_only_the_last_period_of_a_long_year_has_a_fifth_week(year: int) -> None:
    lengths = [len(one.weken) for one in periods_of_year("2.4", year)]
    long = date(year, 12, 31).weekday() == 3 or date(year, 1, 1).weekday() == 3

    assert lengths == [4] * 12 + [5 if long else 4]


@pytest.mark.parametrize(
    ("day", "jaar", "nummer", "begin", "eind"),
    [
        (date(2026, 1, 1), 2026, 1, date(2025, 12, 29), date(2026, 1, 25)),
        (date(2020, 12, 31), 2020, 13, date(2020, 11, 30), date(2021, 1, 3)),
        (date(2027, 1, 3), 2026, 13, date(2026, 11, 30), date(2027, 1, 3)),
        (date(2027, 1, 4), 2027, 1, date(2027, 1, 4), date(2027, 1, 31)),
    ],
)
def test_around_new_year_the_iso_year_counts(day: date, jaar: int, nummer: int, begin: date, eind: date) -> None:
    found = period_of("2.4", day)

    assert (found.jaar, found.nummer, found.begin, found.eind) == (jaar, nummer, begin, eind)


def test_a_month_names_the_weeks_that_it_breaks() -> None:
    assert period_of("3.2", date(2021, 1, 15)).weken == ("2020-W53", "2021-W01", "2021-W02", "2021-W03", "2021-W04")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_have_a_period(release: Release, day: date) -> None:
    assert day in period_of(release, day)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The service; no period needs its database."""
    dsn, jwks = "postgresql://niemand@127.0.0.1:1/geen", "file:///geen/jwks.json"
    app = create_app(Settings(database_url=dsn, jwks_url=jwks, sleutels=f"a:{KEY}", pseudoniem_sleutel=KEY))
    app.include_router(perioden_api.router, prefix="/proef")
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async def aanbieder(request: Request) -> Beller:
        request.state.beller = AANBIEDER_BELLER
        return AANBIEDER_BELLER

    app.dependency_overrides[beller_of] = aanbieder
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as client:
        yield client
    app.dependency_overrides.clear()


async def test_the_periods_of_a_year_and_release(client: httpx.AsyncClient) -> None:
    answer = await client.get("/proef/perioden", params={"jaar": 2026, "release": "2.4"})

    assert answer.headers["Cache-Control"] == perioden_api.CACHE
    perioden = answer.json()["perioden"]
    assert len(perioden) == 13
    assert perioden[0] == {
        "release": "2.4",
        "jaar": 2026,
        "nummer": 1,
        "begin": "2025-12-29",
        "eind": "2026-01-25",
        "weken": ["2026-W01", "2026-W02", "2026-W03", "2026-W04"],
    }
    assert perioden[-1]["weken"][-1] == "2026-W53"


async def test_without_release_both_and_without_year_this_one(client: httpx.AsyncClient, app: FastAPI) -> None:
    answer = await client.get("/proef/perioden")

    perioden = answer.json()["perioden"]
    assert [one["release"] for one in perioden] == ["2.4"] * 13 + ["3.2"] * 12
    assert {one["jaar"] for one in perioden} == {app.state.huis.klok.today().year}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("query", ["jaar=2014", "jaar=2101", "jaar=x", "jaar=2026&release=2.1"])
async def test_a_year_or_release_that_there_is_not_is_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/proef/perioden?{query}")

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:knooppunt:verzoek-ongeldig")


async def test_without_token_there_is_no_calendar(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://knooppunt") as nobody:
        assert (await nobody.get("/proef/perioden")).status_code == 401
