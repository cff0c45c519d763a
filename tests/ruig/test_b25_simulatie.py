"""B25: outbox, relay, barrier, consumer and projections under thousands of schedules of faults, on a virtual clock.

What must hold is in `simulatie.promises`: projections equal the owner's state within thirty quiet seconds, no key goes
back in version, nothing is marked as sent that no broker acknowledged, keys are published in order, and no message is
refused on facts older than itself. `python -m tests.ruig.simulatie.runs SEED` tells a schedule again, line by line.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.ruig.maat import Maat
from tests.ruig.simulatie import runs

REPEATED = (3, 9, 33)
"""With many faults each."""


def test_every_schedule_comes_to_rest_with_nothing_lost(maat: Maat) -> None:
    seeds = range(maat.seed, maat.seed + maat.kies(100, 20_000))
    began = time.monotonic()

    played = runs.play_widely(seeds) if maat.vol else runs.play_all(seeds)

    broken = [one.broken for one in played if one.broken]
    maat.noteer(
        "B25",
        schedules=len(played),
        seconden=round(time.monotonic() - began),
        onrust_hoogstens=round(max(one.quiet for one in played), 1),
        gebroken=len(broken),
    )
    assert not broken, "\n".join(broken[:5])


def test_the_same_seed_is_the_same_trace() -> None:
    """Also in another process, where sets have another order: else a seed would not tell a failure again."""
    command = [sys.executable, "-m", "tests.ruig.simulatie.runs", *map(str, REPEATED)]
    root = Path(__file__).parents[2]
    elsewhere = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=root, env={**os.environ, "PYTHONHASHSEED": "7"}
    )

    here = [one.digest for one in runs.play_all(REPEATED)]

    assert elsewhere.stdout.split() == here
    assert len(set(here)) == len(here)
