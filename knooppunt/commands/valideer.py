"""``knooppunt valideer``: judge files offline, by the schema and the rules within a message.

Exit code 0: all valid; 1: some message is not; 2: some file could not be read, as a file or as XML, whatever became of
the others.
"""

import json as jsonlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from knooppunt.config import read_settings
from knooppunt.errors import KnooppuntStartError, reason
from services.declaratie import controle as declaratie
from services.startstop import controle as startstop
from services.toewijzing import controle as toewijzing
from shared.iwmo.lezer import Grenzen
from shared.iwmo.schemas import Schemas
from shared.iwmo.validatie import Controle, Gebrek, Rapport, validate

CONTROLES: dict[str, Controle] = {
    naam: dienst.check for dienst in (toewijzing, startstop, declaratie) for naam in dienst.SOORTEN
}
FEW = 20
"""Up to so many files are each told about, and judged in this process: starting others would take longer."""
LARGEST_CHUNK = 32


class Bestand(NamedTuple):
    """A file to judge, or a place that was asked for and cannot be read, with the reason."""

    path: Path
    onleesbaar: str | None = None


class Uitslag(NamedTuple):
    """What became of a file: a report, or the reason why there is none."""

    path: Path
    rapport: Rapport
    onleesbaar: bool = False

    @property
    def naam(self) -> str:
        """The file as it can be shown anywhere: a name on disk need not be text."""
        return str(self.path).encode(errors="replace").decode()

    def as_json(self) -> str:
        """One line for a program."""
        return jsonlib.dumps({"bestand": self.naam, **self.rapport.as_json()}, ensure_ascii=False)

    def as_text(self) -> str:
        """One line for a reader, and one more for each fault."""
        rapport = self.rapport
        if self.onleesbaar:
            return f"{self.naam}: onleesbaar: {rapport.fouten[0].reden}"
        kind = f" ({rapport.bericht} {rapport.release})" if rapport.bericht else ""
        if rapport.geldig:
            return f"{self.naam}: geldig{kind}{'' if rapport.regels else '; alleen aan het schema getoetst'}"
        number = len(rapport.fouten)
        lines = [f"{self.naam}: ongeldig{kind}, {number} {'fout' if number == 1 else 'fouten'}"]
        lines += [f"  {fout.locatie}: {fout.reden} [{fout.regel or fout.soort}]" for fout in rapport.fouten]
        return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(valideer)


def valideer(
    file: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Bestanden; van een map alle *.xml eronder.", show_default=False),
    ],
    json: Annotated[bool, typer.Option("--json", help="Een JSON-object per regel.")] = False,
) -> None:
    """Toets berichten aan het schema en de regels binnen het bericht, zonder knooppunt."""
    bestanden = list(_expand(file))
    read_settings()  # a wrong setting shows here as one line, not once in every process
    geldig = ongeldig = onleesbaar = 0
    with _judged(bestanden) as uitslagen, _printer(len(bestanden)) as (tell, advance):
        for uitslag in uitslagen:
            geldig += uitslag.rapport.geldig
            onleesbaar += uitslag.onleesbaar
            ongeldig += not (uitslag.rapport.geldig or uitslag.onleesbaar)
            if json:
                tell(uitslag.as_json())
            elif not uitslag.rapport.geldig or len(bestanden) <= FEW:
                tell(uitslag.as_text())
            advance()
    if not json:
        total = f"{len(bestanden)} bestand{'' if len(bestanden) == 1 else 'en'}"
        typer.echo(f"{total}: {geldig} geldig, {ongeldig} ongeldig, {onleesbaar} onleesbaar")
    raise typer.Exit(2 if onleesbaar else 1 if ongeldig else 0)


def _expand(paths: Iterable[Path]) -> Iterator[Bestand]:
    """The files, in the order asked for; below a folder by name. What cannot be entered stays in, with its reason."""
    for path in paths:
        if not path.is_dir():
            yield Bestand(path)
            continue
        errors: list[OSError] = []
        found = [
            Path(folder, name)
            for folder, _, names in os.walk(path, onerror=errors.append)
            for name in names
            if name.lower().endswith(".xml")
        ]
        yield from (Bestand(one) for one in sorted(found))
        yield from (Bestand(Path(str(error.filename)), reason(error)) for error in errors)
        if not found and not errors:
            yield Bestand(path, "geen XML-bestanden in deze map")


@contextmanager
def _judged(bestanden: Sequence[Bestand]) -> Iterator[Iterable[Uitslag]]:
    """The outcomes in the order of the files, as they come; many files are judged on all cores."""
    if len(bestanden) <= FEW:
        yield map(_judge, bestanden)
        return
    workers = os.cpu_count() or 1
    chunk = max(1, min(LARGEST_CHUNK, len(bestanden) // (4 * workers)))
    with ProcessPoolExecutor(workers, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            yield pool.map(_judge, bestanden, chunksize=chunk)
        except BrokenProcessPool as error:
            raise KnooppuntStartError("Een proces dat berichten toetste is gestopt; is er genoeg geheugen?") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@cache
def _tools() -> tuple[Schemas, Grenzen, int]:
    """What a process judges with, made once in each: the schemas, the limits, and the largest body in bytes."""
    settings = read_settings()
    grenzen = Grenzen(
        settings.max_diepte, settings.max_starttag_kb * 1024, settings.max_fouten, settings.max_verwijzingen
    )
    return Schemas(settings.xsd_dir), grenzen, settings.max_bericht_bytes


def _judge(bestand: Bestand) -> Uitslag:
    path, onleesbaar = bestand
    schemas, grenzen, largest = _tools()
    if onleesbaar is None:
        try:
            if path.stat().st_size <= largest:
                rapport = validate(path.read_bytes(), schemas, grenzen, CONTROLES)
                return Uitslag(path, rapport, onleesbaar=not rapport.leesbaar)
            onleesbaar = f"groter dan {largest // 1024**2} MB"
        except OSError as error:
            onleesbaar = reason(error)
    return Uitslag(path, Rapport(None, None, (Gebrek("xsd", None, "/", onleesbaar),)), onleesbaar=True)


@contextmanager
def _printer(total: int) -> Iterator[tuple[Callable[[str], None], Callable[[], None]]]:
    """How to tell a line, and that one more file is done. Many files get a progress bar, on a terminal alone."""
    if total <= FEW or not sys.stderr.isatty():
        yield typer.echo, lambda: None
        return
    columns = (TextColumn("toetsen"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task("", total=total)

        def tell(text: str) -> None:
            if sys.stdout.isatty():  # above the bar, on the same screen
                progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
            else:
                typer.echo(text)

        yield tell, lambda: progress.advance(task)
