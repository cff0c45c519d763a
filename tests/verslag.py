"""What the rough tests tell of themselves, at the end of a run: also when other processes ran them (pytest-xdist)."""

from typing import Any

import pytest

from tests.ruig.maat import MAAT

_NAAM = "ruig"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs a part of the tests hands over what it has to tell."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_NAAM] = list(MAAT.regels)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what it told."""
    MAAT.regels.extend(getattr(node, "workeroutput", {}).get(_NAAM, ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What ran at which size, for the table in docs/betrouwbaarheid.md."""
    if MAAT.regels:
        terminalreporter.section(_NAAM)
        for line in MAAT.regels:
            terminalreporter.write_line(line)
