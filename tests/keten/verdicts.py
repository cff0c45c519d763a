"""Waiting until messages have their verdict."""

from typing import Any

import httpx

from tests.keten.deelnemer import Deelnemer
from tests.wachten import eventually


async def verdicts(sender: Deelnemer, answers: list[httpx.Response]) -> list[dict[str, Any]]:
    """The outcomes, once none of the messages is parked any more."""
    found: dict[str, dict[str, Any]] = {}
    ids = [(answer.headers["Location"].split("/")[1], answer.json()["id"]) for answer in answers]

    async def all_judged() -> bool:
        for dienst, bericht_id in ids:
            if bericht_id not in found:
                outcome = await sender.outcome(dienst, bericht_id)
                if outcome["status"] == "geparkeerd":
                    return False
                found[bericht_id] = outcome
        return True

    await eventually(all_judged, "every message has its verdict", seconds=60, every=0.05)
    return [found[bericht_id] for _, bericht_id in ids]
