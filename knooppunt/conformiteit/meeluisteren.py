"""A pytest plugin: its report tells of each test which rules went off in it.

A test that is named after a rule proves nothing when the rule never refused anything in it.
"""

from typing import Any

from knooppunt.conformiteit.register import register
from shared.iwmo.regels import Melding, Tabel

EIGENSCHAP = "regel"
_afgegaan: set[int] = set()


def pytest_configure() -> None:
    """Has every table tell which of its rules were broken."""
    judge = Tabel.judge

    def heard(*args: Any) -> list[Melding]:
        found = judge(*args)
        _afgegaan.update(id(melding.regel) for melding in found)
        return found

    Tabel.judge = heard  # type: ignore[assignment, method-assign]


def pytest_runtest_teardown(item: Any) -> None:
    """Into the report, by place: a rule is one object, the same for as long as we run."""
    item.user_properties += [(EIGENSCHAP, one.plaats) for one in register() if id(one.regel) in _afgegaan]
    _afgegaan.clear()  # here, not before the next: one that is skipped has no beginning
