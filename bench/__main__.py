"""``python -m bench``: runs every benchmark, shows it, and writes bench/RESULTS.md."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from rich.console import Console
from rich.progress import track

from bench.proeven import ROUNDS, Uitkomst, proeven

RESULTS = Path(__file__).with_name("RESULTS.md")
CPUINFO = Path("/proc/cpuinfo")
INTRO = """\
# Results of `make bench`

Trust the ratios, not the milliseconds: other machines and busier ones give other times. Medians of {rounds} runs in one
process, what is compared measured in turn; memory is the peak of a process of its own (VmHWM) less what it held before
the body was there (VmRSS), so the body and the result count. The messages are made by `bench/gegevens.py`.

{machine}

| measured | found | goal | met | figures |
|---|---|---|---|---|
"""


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


def as_markdown(uitkomsten: Sequence[Uitkomst]) -> str:
    """The whole page."""
    rows = [
        f"| {one.proef} | **{one.gevonden}** | {one.doel} | {'yes' if one.gehaald else 'no'} | {one.cijfers} |\n"
        for one in uitkomsten
    ]
    return INTRO.format(rounds=ROUNDS, machine=machine()) + "".join(rows)


def main() -> None:
    """Run, show and write."""
    console = Console()
    uitkomsten = []
    for one in track(proeven(), description="measuring", console=console, total=None, transient=True):
        uitkomsten.append(one)
        console.print(f"{one.proef}: {one.gevonden} (goal {one.doel}; {one.cijfers})", highlight=False, soft_wrap=True)
    RESULTS.write_text(as_markdown(uitkomsten), encoding="utf-8")
    console.print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
