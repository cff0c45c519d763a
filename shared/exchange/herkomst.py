"""Which pages in a browser may call the API (CORS): none, unless the operator names their origins."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from shared.problems import PROBLEM_JSON, VerbodenError, as_problem

METHODS = ("GET", "POST", "PUT", "DELETE")
TAKEN = (
    "Authorization", "Content-Type", "Content-Encoding", "Prefer", "X-Request-Id", "traceparent", "If-Match",
    "Idempotency-Key", "Reden",
)  # fmt: skip
SHOWN = ("API-Version", "ETag", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate", "X-Request-Id")
"""Headers of an answer that a page may read."""


class Herkomst(CORSMiddleware):
    """CORS for the origins that are named, without credentials: a token travels in a header, never in a cookie."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app, allow_origins=origins, allow_methods=METHODS, allow_headers=TAKEN, expose_headers=SHOWN, max_age=600
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """To another origin, method or header: a problem, as for any request that is not allowed."""
        answer: Response = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        problem = as_problem(VerbodenError("Deze herkomst, methode of kop is hier niet toegestaan", by_token=False))
        return JSONResponse(problem.body, problem.status, {"Vary": "Origin"}, media_type=PROBLEM_JSON)
