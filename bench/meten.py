"""How things are measured: in turn, so that a busy machine is as unkind to one as to the other."""

import gc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

PROC = Path("/proc")
STATUS = PROC / "self" / "status"
MB = 1024 * 1024


def alternate(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each, over rounds in which each has its turn."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for name, work in works.items():
        work()  # warm: the first time opens schemas and fills caches
        took[name].clear()
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            start = perf_counter()
            result = work()
            took[name].append(perf_counter() - start)
            del result
    return {name: median(times) for name, times in took.items()}


def spread(times: Sequence[float]) -> str:
    """Milliseconds: the median, and between which they lay."""
    return f"{median(times) * 1000:,.0f} ms ({min(times) * 1000:,.0f}-{max(times) * 1000:,.0f})"


def percentile(times: Sequence[float], part: float) -> float:
    """The value that this part of them (0.99) does not exceed."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def forget_peak(pid: int) -> None:
    """Lets the kernel count the most memory of a process (``VmHWM``) from now on."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def resident(what: str, pid: int | None = None) -> int:
    """Bytes of memory of a process, else of this one, from the kernel: ``VmRSS`` is now, ``VmHWM`` the most ever."""
    status = PROC / str(pid) / "status" if pid else STATUS
    for line in status.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0]) * 1024
    raise LookupError(what)
