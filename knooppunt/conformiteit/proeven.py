"""The tests of rules, told by their names: ``test_<code>_accepts_…`` and ``test_<code>_refuses_…``."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from knooppunt.conformiteit import meeluisteren
from knooppunt.conformiteit.register import Ingeschreven

_TEST = re.compile(r"^(?:async )?def (test_([a-z]{2}\d{3,4}(?:x\d)?)_(accepts|refuses)_\w+)\(", re.MULTILINE)
GESLAAGD, GEFAALD, OVERGESLAGEN, NIET_GEDRAAID = "geslaagd", "gefaald", "overgeslagen", "niet gedraaid"
_OURS = Path(__file__).parents[2]
"""Where pytest finds the plugin and the rules, whatever it runs."""
KETEN = "keten"
"""The tests that speak to the services over HTTP."""


@dataclass(frozen=True, slots=True, order=True)
class Proef:
    """A test of a rule; all cases of it together. ``pad`` is from the root of the project."""

    code: str
    weigert: bool
    pad: str
    functie: str

    @property
    def id(self) -> str:
        """As pytest names it."""
        return f"{self.pad}::{self.functie}"

    @property
    def thuis(self) -> str:
        """Whose rule it tests: a service, ``shared``, or ``keten`` for any over HTTP."""
        return self.pad.split("/")[1]

    def of(self, regel: Ingeschreven) -> bool:
        """Whether it is a test of this rule, without HTTP."""
        return self.code == regel.code and self.thuis == regel.thuis


def find_proeven(root: Path) -> list[Proef]:
    """Every test of a rule below ``tests``, whatever folder it is in."""
    found = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        pad = path.relative_to(root).as_posix()
        for functie, code, verb in _TEST.findall(path.read_text(encoding="utf-8")):
            found.append(Proef(_code(code), verb == "refuses", pad, functie))
    return sorted(found)


def _code(text: str) -> str:
    """``op033x1`` -> ``OP033x1``."""
    return text[:2].upper() + text[2:]


@dataclass(frozen=True, slots=True)
class Uitslag:
    """What became of tests: ``uitkomsten`` by id, and ``afgegaan``: in which of them a rule went off, by its place."""

    uitkomsten: Mapping[str, str]
    afgegaan: Mapping[str, Set[str]] = field(default_factory=dict)


def run(proeven: Iterable[Proef], root: Path) -> Uitslag:
    """Runs these tests; one passed only when some case of it ran, and none failed."""
    proeven = list(proeven)
    files = sorted({proef.pad for proef in proeven})
    with TemporaryDirectory() as folder:
        report = Path(folder) / "uitslag.xml"
        subprocess.run(  # noqa: S603 - our own tests, by our own interpreter
            [sys.executable, "-m", "pytest", "--no-header", "-p", meeluisteren.__name__, "-o", "junit_family=xunit1",
             f"--junitxml={report}", "--continue-on-collection-errors", "-k", "accepts or refuses", *files],
            cwd=root, env={**os.environ, "PYTHONPATH": str(_OURS)}, check=False,
        )  # fmt: skip
        return read_report(report if report.exists() else None, proeven)


def read_report(report: Path | None, proeven: Iterable[Proef]) -> Uitslag:
    """What a JUnit report, if there is one, says of these tests."""
    cases: dict[str, list[str]] = {}
    afgegaan: dict[str, set[str]] = {}
    for case in etree.parse(report).iter("testcase") if report else ():
        test = f"{case.get('file')}::{case.get('name', '').partition('[')[0]}"
        cases.setdefault(test, []).append(_outcome(case))
        for told in case.iterfind(f"properties/property[@name='{meeluisteren.EIGENSCHAP}']"):
            afgegaan.setdefault(told.get("value", ""), set()).add(test)
    return Uitslag({proef.id: _together(cases.get(proef.id, [])) for proef in proeven}, afgegaan)


def _outcome(case: etree._Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return GEFAALD
    return GESLAAGD if case.find("skipped") is None else OVERGESLAGEN


def _together(cases: Iterable[str]) -> str:
    outcomes = set(cases)
    return next((one for one in (GEFAALD, GESLAAGD, OVERGESLAGEN) if one in outcomes), NIET_GEDRAAID)


def all_passed(regels: Iterable[Ingeschreven], proeven: Iterable[Proef]) -> Uitslag:
    """What a card that is in order says of these tests, which nobody ran."""
    proeven = list(proeven)
    afgegaan = {one.plaats: {proef.id for proef in proeven if proef.of(one) and proef.weigert} for one in regels}
    return Uitslag({proef.id: GESLAAGD for proef in proeven}, afgegaan)
