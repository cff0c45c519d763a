"""``python -m bench [SECTION ...]``: runs the benchmarks, shows them, and writes bench/RESULTS.md."""

import argparse
import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from lxml import etree
from rich.console import Console
from rich.progress import track

from bench import proeven
from bench.declaratie import FULL, declaratie
from bench.gebeurtenissen import gebeurtenissen
from bench.uitkomst import Uitkomst
from bench.zoeken import MAX_MS, PRESTATIES, zoeken

RESULTS = Path(__file__).with_name("RESULTS.md")
CPUINFO = Path("/proc/cpuinfo")
INTRO = """\
# Results of `make bench`

Trust the ratios, not the milliseconds: other machines and busier ones give other times. What is compared is measured
in turn. `python -m bench SECTION` runs one section and leaves the figures of the others as they are.
"""
HEADS = {
    "berichten": f"""\
Medians of {proeven.ROUNDS} runs in one process; memory is the peak of a process of its own (VmHWM) less what it held
before the body was there (VmRSS), so the body and the result count. The messages are made by `bench/gegevens.py`.""",
    "declaratie": """\
The embedded stack, one process per service, asked at the service's own port, everything on. Milliseconds are medians
with the least and the most of 5 to 15 messages, each new, from the first byte sent to the last byte of the answer. The
toewijzingen are loaded straight into the projection with COPY. The limit pipeline is `bench/limiet.py`, the bare
endpoints `bench/kaal.py`, all on the same database; memory is the peak (VmHWM) of a fresh process above its VmRSS.""",
    "gebeurtenissen": """\
The real outbox, relay, consumer and PostgreSQL with the embedded broker; both services and those who write to them in
one process. An event is a small toewijzing, of about 400 bytes.""",
    "zoeken": f"""\
The embedded stack with its own settings (128 MB of shared buffers), {PRESTATIES:,} judged lines made in the database by
`bench/veel_prestaties.py`, three fifths of them of one gemeente, and what stands beside them by `bench/veel_overig.py`.
Found is the slowest of five, which may take {MAX_MS} ms, asked one after the other at the service's own port; the first
of each is not counted, but of what can be done once.""",
}
TABLE = "| measured | found | goal | met | figures |\n|---|---|---|---|---|\n"


def machine() -> str:
    """What it ran on, and when."""
    names = [line.partition(":")[2].strip() for line in _lines(CPUINFO) if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} x {processor}{load}; Python {platform.python_version()}, "
        f"lxml {'.'.join(map(str, etree.LXML_VERSION[:3]))}, libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}."
    )


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def as_section(naam: str, uitkomsten: Sequence[Uitkomst]) -> str:
    """One section of the page."""
    rows = [
        f"| {one.proef} | **{one.gevonden}** | {one.doel} | {'yes' if one.gehaald else 'no'} | {one.cijfers} |\n"
        for one in uitkomsten
    ]
    return f"## {naam}\n\n{HEADS[naam]}\n\n{machine()}\n\n{TABLE}{''.join(rows)}"


def as_page(made: dict[str, str], earlier: str) -> str:
    """The whole page: sections that did not run stay as they were."""
    kept = {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in earlier.split("\n## ")[1:]}
    return "\n".join([INTRO, *(text for naam in HEADS if (text := made.get(naam) or kept.get(naam)))])


def _one_by_one(work: AsyncIterator[Uitkomst]) -> Iterator[Uitkomst]:
    """What an asynchronous section finds, on one loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

        async def following() -> Uitkomst | None:
            return await anext(work, None)

        while (found := runner.run(following())) is not None:
            yield found


def main() -> None:
    """Run, show and write."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("sections", nargs="*", choices=[*HEADS, []], help="all when none is named")
    parser.add_argument("--regels", type=int, nargs="+", default=FULL, choices=FULL, help="fewer sizes: not written")
    parser.add_argument("--prestaties", type=int, default=PRESTATIES, help="to search in; another number: not written")
    asked = parser.parse_args()
    sections: dict[str, Callable[[], Iterator[Uitkomst]]] = {
        "berichten": proeven.proeven,
        "declaratie": lambda: _one_by_one(declaratie(tuple(asked.regels))),
        "gebeurtenissen": lambda: _one_by_one(gebeurtenissen()),
        "zoeken": lambda: _one_by_one(zoeken(asked.prestaties)),
    }
    console = Console()
    made: dict[str, str] = {}
    for naam in asked.sections or sections:
        uitkomsten = []
        for one in track(sections[naam](), description=naam, console=console, total=None, transient=True):
            uitkomsten.append(one)
            console.print(
                f"{one.proef}: {one.gevonden} (goal {one.doel}; {one.cijfers})", highlight=False, soft_wrap=True
            )
        made[naam] = as_section(naam, uitkomsten)
    if tuple(asked.regels) != FULL or asked.prestaties != PRESTATIES:
        console.print("not all sizes: nothing written")
        return
    RESULTS.write_text(as_page(made, RESULTS.read_text() if RESULTS.exists() else ""), encoding="utf-8")
    console.print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
