"""Paying for many lines: making proposals, looking at them, deciding on them."""

from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import httpx

from bench.gegevens import GEMEENTE
from bench.veel_prestaties import GROOT
from shared.security.partij import Partij
from tests.keten.stapel import TOKEN_SECONDS, Stapel

ROUNDS = 5
PAD = "/declaratie/v1/betalingen"
REKENING = {"naam": "Bench", "iban": "NL91ABNA0417164300", "bic": "ABNANL2A"}
MAKER, ANDER = "maker", "ander"


async def betalen(client: httpx.AsyncClient, stapel: Stapel) -> AsyncIterator[tuple[str, list[float]]]:
    """What each deed and look takes, in seconds; what can be done once, once. Of the large aanbieder 1.9 million lines
    are granted, of others a million."""
    kas = _Kas(client, stapel)
    for whose in ("eigen", GROOT):
        await kas.ask("PUT", f"/rekeningen/{whose}", REKENING)
    took, made = await kas.ask("POST", "", {"aanbieder": GROOT})
    [voorstel] = made["betalingen"]
    yield f"paying: a proposal of {voorstel['regels']:,} lines", [took]
    own = f"/{voorstel['id']}"
    page = (await kas.ask("GET", f"{own}/regels"))[1]
    for wat, path in (
        ("what there is", ""),
        ("the lines of that proposal", f"{own}/regels"),
        ("its next page of lines", f"{own}/regels?cursor={page['volgende']}"),
        ("how it agrees with the answers", f"{own}/aansluiting"),
    ):
        yield f"paying: {wat}", [(await kas.ask("GET", path))[0] for _ in range(ROUNDS)]
    yield "paying: releasing it", [(await kas.ask("POST", f"{own}/vrijgave", {}, ANDER))[0]]
    await kas.ask("POST", "/bestanden", {"betalingen": [voorstel["id"]]})
    yield (
        "paying: its order for the bank",
        [(await kas.ask("GET", f"{own}/export?vorm=sepa"))[0] for _ in range(ROUNDS)],
    )
    took, made = await kas.ask("POST", "", {})
    yield f"paying: {len(made['betalingen'])} proposals of all the rest", [took]
    yield "paying: when nothing is left to pay", [(await kas.ask("POST", "", {}))[0] for _ in range(ROUNDS)]


class _Kas:
    """Two people of the gemeente."""

    def __init__(self, client: httpx.AsyncClient, stapel: Stapel) -> None:
        gemeente = [Partij.gemeente(GEMEENTE)]
        self.client = client
        self.tokens = {
            wie: stapel.issuer.token(gemeente, "knooppunt", "knooppunt", TOKEN_SECONDS, wie) for wie in (MAKER, ANDER)
        }

    async def ask(self, method: str, path: str, body: Any = None, wie: str = MAKER) -> tuple[float, Any]:
        """The seconds until the last byte of the answer, which must be a good one, and what it says."""
        headers = {"Authorization": f"Bearer {self.tokens[wie]}"}
        start = perf_counter()
        answer = await self.client.request(method, f"{PAD}{path}", json=body, headers=headers)
        took = perf_counter() - start
        answer.raise_for_status()
        return took, answer.json() if "json" in answer.headers["Content-Type"] else None
