"""Which gemeenten there are and were since 2015: the CBS codes, with their first and last day (TR378).

Of the gemeenten of today the code list ``CBS`` says that they are there; ``codelijsten/gemeenten.csv`` adds those that
ended, and when the new ones began. A file of the operator adds to both, or says otherwise, so that nobody has to wait
for a release of ours when gemeenten merge (besluit 0010).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.iwmo.codelijsten import FOLDER, Code, codelijst

COLUMNS = ("code", "omschrijving", "begindatum", "einddatum")
_CODE = re.compile(r"[0-9]{4}")
_OWN = FOLDER / "gemeenten.csv"


class GemeentenError(Exception):
    """The operator's file is not as it should be; the message (Dutch) names the file and the line."""


@dataclass(frozen=True, slots=True)
class Gemeenten:
    """The gemeenten by code."""

    by_code: Mapping[str, Code]

    @classmethod
    def load(cls, extra: Path | None = None) -> "Gemeenten":
        """What we know, and then what the operator's file says; raises GemeentenError where that is not right."""
        today = codelijst("3.2", "CBS")
        known = {one.code: one for one in (today.codes if today else ())}
        for path in (_OWN, *([extra] if extra else [])):
            known |= {one.code: one for one in _read(path)}
        return cls(known)

    def get(self, code: str) -> Code | None:
        """The gemeente with this code, of today, of the past or of the future; None when there never was one."""
        return self.by_code.get(code)

    def is_er_op(self, code: str, dag: date) -> bool:
        """Whether the code stands in the division of that day."""
        found = self.by_code.get(code)
        return found is not None and found.geldt_op(dag)

    def is_er_op_een_van(self, code: str, dagen: Iterable[date]) -> bool:
        """Whether it does so on any of these days."""
        return any(self.is_er_op(code, dag) for dag in dagen)


def _read(path: Path) -> Iterator[Code]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise GemeentenError(f"{path}: de eerste regel moet zijn: {','.join(COLUMNS)}")
            for row in reader:
                yield _code(row, f"{path}, regel {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GemeentenError(f"{path} is niet te lezen ({type(error).__name__})") from error


def _code(row: Mapping[str | None, str | None], place: str) -> Code:
    code, omschrijving, begin, eind = (row[name] for name in COLUMNS)
    if None in row or None in row.values() or not code or not _CODE.fullmatch(code) or not omschrijving:
        raise GemeentenError(
            f"{place}: verwacht een code van vier cijfers, een naam en twee datums, die leeg mogen zijn"
        )
    try:
        van, tot = (date.fromisoformat(text) if text else None for text in (begin, eind))
    except ValueError:
        raise GemeentenError(f"{place}: een datum is JJJJ-MM-DD") from None
    if van and tot and tot < van:
        raise GemeentenError(f"{place}: de einddatum ligt voor de begindatum")
    return Code(code, omschrijving, van, tot)
