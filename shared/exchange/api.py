"""What every route asks of a request: for which service it is, who calls, and which page of a list."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBearer

from shared.exchange.aanvaarden import must_take_answer
from shared.exchange.huis import Huis
from shared.exchange.leesplaats import take_place
from shared.exchange.tempo import Tempo
from shared.exchange.vraagdelen import must_know_names
from shared.namens import spreek_namens
from shared.problems import VerzoekError
from shared.security.certificaat import comes_from, the_only
from shared.security.partij import Beller

MAX_PAGE = 500
MAX_DIGITS = 18
"""Of a number in a cursor, header or query: what fits a bigint."""
MAX_NUMMER = 2**63 - 1


async def huis_of(request: Request) -> Huis:
    """The running service; to who reads, with connections that no message can hold. It waits for nothing, but what is
    not ``async`` would go by way of another thread."""
    state = request.app.state
    huis: Huis = state.huis_lezend if request.method == "GET" else state.huis
    return huis


class _Bearer(HTTPBearer):
    """The caller, from the token alone. OpenAPI describes it; what a token must be is the Poortwachter's to say."""

    async def __call__(self, request: Request) -> Beller:  # type: ignore[override]
        known: Beller | None = getattr(request.state, "beller", None)
        if known is not None:
            return known  # asked before its body was read (shared.exchange.drempel)
        huis = await huis_of(request)
        header = huis.settings.client_certificaat_header
        passed = header and comes_from(request.client, huis.settings.client_certificaat_van)
        certificaat = the_only(request.headers.getlist(header)) if header and passed else None
        # Of two tokens one could be checked here and the other elsewhere on the way.
        beller = await huis.poortwachter.beller(the_only(request.headers.getlist("authorization")), certificaat)
        request.state.beller = beller
        tempo: Tempo = request.app.state.tempo
        tempo.take(beller.partijen)
        return beller


beller_of = _Bearer(scheme_name="HTTPBearer", bearerFormat="JWT", description="Token met de claim partij")


async def spreker_of(request: Request, beller: Annotated[Beller, Depends(beller_of)]) -> Beller:
    """The caller; from here on the request speaks for him in the database. Who would not take what this answers with,
    or asks for what there is not, is told so before anything is done, and of reading no more is done at once than he
    has places for."""
    spreek_namens(beller.partijen)
    base = base_of(request.app.state.huis)
    must_take_answer(request, base)
    must_know_names(request, base)
    await take_place(request, beller)
    return beller


HuisDep = Annotated[Huis, Depends(huis_of)]
BellerDep = Annotated[Beller, Depends(spreker_of)]
Cursor = Annotated[str | None, Query(description="volgende van de vorige bladzijde")]
Limiet = Annotated[int, Query(ge=1, le=MAX_PAGE)]
ToewijzingNummer = Annotated[int | None, Query(alias="toewijzingNummer", ge=0, le=MAX_NUMMER)]


def base_of(huis: Huis) -> str:
    """Where the addresses of a service begin."""
    return f"/{huis.service}/v1"


def cursor_number(text: str | None) -> int | None:
    """The number in a cursor of ours; VerzoekError for anything else."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise VerzoekError("De cursor is niet van dit knooppunt")
    return int(text)
