"""Many schedules, and one again: `python -m tests.ruig.simulatie.runs SEED` tells a schedule line by line."""

import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.ruig.simulatie.world import World

AT_ONCE = 200
A_POOL = 4_000


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a schedule: digest of its trace, seconds of unrest after the faults, what did not hold (if any)."""

    seed: int
    digest: str
    quiet: float
    broken: str | None


def play(seed: int) -> Played:
    """One schedule."""
    world = World(seed)
    try:
        digest = world.play()
    except AssertionError as error:
        return Played(seed, "", 0.0, f"seed {seed}, faults {sorted(world.faults.kinds)}: {error}")
    return Played(seed, digest, world.quiet_after, None)


def play_all(seeds: Sequence[int]) -> list[Played]:
    """One after the other."""
    return [play(seed) for seed in seeds]


def play_widely(seeds: Sequence[int]) -> list[Played]:
    """Over all processors. Each process plays a few thousand and makes room: with a pool of its own, for one that
    replaces its processes itself (`max_tasks_per_child`) may wait for ever for a process that is gone."""
    played: list[Played] = []
    for start in range(0, len(seeds), A_POOL):
        of_pool = seeds[start : start + A_POOL]
        parts = [of_pool[first : first + AT_ONCE] for first in range(0, len(of_pool), AT_ONCE)]
        with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
            played += [one for part in pool.map(play_all, parts) for one in part]
    return played


def main(seeds: Sequence[int]) -> None:
    """Tell one schedule, or the digests of several."""
    if len(seeds) > 1:
        sys.stdout.write("\n".join(one.digest for one in play_all(seeds)))
        return
    world = World(seeds[0])
    try:
        world.play()
    finally:
        sys.stdout.write("\n".join([f"faults {sorted(world.faults.kinds)}", *world.trace, ""]))


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]])
