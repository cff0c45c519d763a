"""What stands after the question mark of an address: a name that the operation does not know is refused, not passed
over. Who asks for ``?stauts=open`` would else get all there is, and take it for what is open."""

from functools import cache
from typing import Any

from starlette.requests import Request

from shared.exchange.fouten import place_of
from shared.problems import Fout, VerzoekError

MOST = 100
"""Names that are told of as faults."""


def must_know_names(request: Request, base: str) -> None:
    """VerzoekError that names each parameter which the OpenAPI document does not have of the operation."""
    if not request.scope["query_string"]:
        return
    known = _names(request.app).get((f"{base}{request.scope['route'].path}", request.method.lower()))
    if known is None:
        return
    strange = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    if strange:
        told = f"deze parameter is er niet; wel: {', '.join(known)}" if known else "hier is geen parameter"
        fouten = [Fout(place_of({"loc": ("query", name)}), told) for name in strange[:MOST]]
        raise VerzoekError("Het verzoek klopt niet", fouten)


@cache
def _names(app: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    """The parameters of each operation, by path and method."""
    return {
        (path, method): tuple(sorted(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"))
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
    }
