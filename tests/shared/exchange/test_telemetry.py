"""Logging is an allow-list: what identifies a person has no way in."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from shared.telemetry import LOG_FIELDS, Meters, configure_logging, describe

BSN = "999990019"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was logged, one JSON object a line."""
    # A server that ran in this process set how much it tells.
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
    configure_logging("toets", "DEBUG")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def fail(text: str) -> None:
    raise ValueError(text)


def test_a_field_that_is_not_on_the_list_is_not_written(lines: Lines) -> None:
    structlog.get_logger().info("bericht_judged", bsn=BSN, naam="Berkel", body=b"x", bericht_id="1", status="verwerkt")

    [line] = lines()
    assert set(line) == {"event", "level", "timestamp", "bericht_id", "status"}


def test_what_cannot_be_written_stops_nobody(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", full)
        structlog.get_logger().info("bericht_judged", status="verwerkt")
        logging.getLogger("uvicorn.error").error("of a library")
        with suppress(OSError):  # what is left over
            full.close()

    assert lines() == []
    structlog.get_logger().info("bericht_judged", status="verwerkt")
    assert len(lines()) == 1


@pytest.mark.parametrize("naam", ["bsn", "naam", "client", "inhoud", "body", "detail", "exception", "stack", "locatie"])
def test_no_field_for_persons_or_content_is_on_the_list(naam: str) -> None:
    assert naam not in LOG_FIELDS


@pytest.mark.parametrize("how", ["exception", "exc_info true", "exc_info error", "exc_info tuple"])
def test_an_exception_is_told_by_its_class_and_place_and_not_by_its_text(how: str, lines: Lines) -> None:
    log = structlog.get_logger()
    try:
        fail(BSN)
    except ValueError as error:
        match how:
            case "exception":
                log.exception("it_failed")
            case "exc_info true":
                log.warning("it_failed", exc_info=True)
            case "exc_info error":
                log.warning("it_failed", exc_info=error)
            case _:
                log.warning("it_failed", exc_info=(type(error), error, error.__traceback__))

    [line] = lines()
    assert str(line["fout"]).startswith("ValueError")
    assert BSN not in str(line)


def test_the_cause_of_an_exception_is_not_quoted_either(lines: Lines) -> None:
    try:
        try:
            fail(BSN)
        except ValueError as error:
            raise RuntimeError(f"over {BSN}") from error
    except RuntimeError:
        structlog.get_logger().exception("it_failed")

    assert BSN not in str(lines())


def test_a_library_is_told_by_its_place_and_not_by_its_text(lines: Lines) -> None:
    try:
        fail(BSN)
    except ValueError:
        logging.getLogger("sqlalchemy.pool").exception("parameters: %s", BSN)
    logging.getLogger("uvicorn.error").warning("regel met %s", BSN)

    first, second = lines()
    assert (first["event"], first["fout"]) == ("library_log", "ValueError")
    assert "sqlalchemy.pool" in str(first["onderdeel"])
    assert "uvicorn.error" in str(second["onderdeel"])
    assert BSN not in f"{first}{second}"


def test_libraries_are_heard_from_warning_on(lines: Lines) -> None:
    logging.getLogger("httpx").info("GET %s", BSN)

    assert lines() == []


def test_an_exception_is_described_by_the_place_in_our_own_code() -> None:
    try:
        Meters("toets").berichten.labels("te weinig")
    except ValueError as error:
        told = describe(error)

    assert told == "ValueError"


def test_a_database_error_is_described_by_its_state() -> None:
    class DriverError(Exception):
        sqlstate = "23505"

    class WrappedError(Exception):
        orig = DriverError(BSN)

    assert describe(WrappedError(BSN)) == "WrappedError sqlstate=23505"


def test_figures_have_no_label_for_a_party_or_person() -> None:
    meters = Meters("toets")

    labels = {
        label
        for metric in (
            meters.berichten,
            meters.geweigerd,
            meters.duur,
            meters.geparkeerd,
            meters.termijnen_verlopen,
        )
        for label in metric._labelnames
    }

    assert labels <= {"service", "bericht", "release", "status", "reden", "regel"}
