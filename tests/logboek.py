"""When a test on a stack fails: the logs of the stack, which would vanish with its folder, are kept and shown."""

import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

BEWAARD = Path(__file__).parents[1] / "build" / "logs"
REGELS = 15


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Copies the logs of the stack that a failed test used to ``build/logs``, and shows how each ends."""
    report = yield
    data = next((Path(one.data) for one in _stacks(item)), None)
    if report.failed and data is not None and (data / "log").is_dir():
        folder = BEWAARD / re.sub(r"\W+", "-", f"{item.nodeid}-{call.when}").strip("-")
        report.sections.append((f"logs of the stack, kept in {folder}", _keep(data, folder)))
    return report


def _stacks(item: pytest.Item) -> list[Any]:
    arguments: dict[str, Any] = getattr(item, "funcargs", {})
    return [arguments[name] for name in ("stapel", "gewonde_stapel", "los") if hasattr(arguments.get(name), "data")]


def _keep(data: Path, folder: Path) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ends = []
    for path in [*sorted((data / "log").iterdir()), data.parent / "up.log", data / "processen.json"]:
        if path.is_file():
            shutil.copy(path, folder)
            lines = path.read_text(errors="replace").splitlines()
            ends.append("\n".join([f"--- {path.name}: {len(lines)} lines", *lines[-REGELS:]]))
    return "\n".join(ends)
