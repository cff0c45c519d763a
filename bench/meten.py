"""How things are measured: in turn, so that a busy machine is as unkind to one as to the other."""

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter

STATUS = Path("/proc/self/status")
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


def resident(what: str) -> int:
    """Bytes of memory of this process, from the kernel: ``VmRSS`` is now, ``VmHWM`` the most ever."""
    for line in STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0]) * 1024
    raise LookupError(what)
