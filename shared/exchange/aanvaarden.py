"""In which form an answer is given: what the caller asks for (Accept, RFC 9110, 12.5.1) among what there is."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from starlette.requests import Request

from shared.problems import NietAanvaardbaarError

JSON, XML, CSV = "application/json", "application/xml", "text/csv"
_ANYTHING = "*/*"
_ALSO = {"text/xml": XML}
"""Other names of the same."""
_NONE = "Geen van de vormen die u vraagt (Accept) is er; wel: {}"


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """Which of these media types the caller wants most, None when he wants none. Of two that he wants as much it is the
    one that he names more precisely, and then the first that is offered."""
    if not accept or accept == _ANYTHING:
        return offered[0]
    ranges = list(_ranges(accept))
    best, wanted = (0.0, 0), None
    for one in offered:
        # The most precise range that a type is in tells how much it is wanted, also when another wants it more.
        exact, quality = max(
            ((exact, quality) for exact, quality, name in ranges if _is_in(one, name)), default=(0, 0.0)
        )
        if quality > 0 and (quality, exact) > best:
            best, wanted = (quality, exact), one
    return wanted


def wants(request: Request, form: str) -> bool:
    """Whether an answer that is JSON or this is to be this."""
    return choose(request.headers.get("accept"), (JSON, form)) == form


def must_take(request: Request, *forms: str) -> None:
    """NietAanvaardbaarError for a caller who takes none of these; for who may have any of them, nothing is said about
    which."""
    if choose(request.headers.get("accept"), forms) is None:
        raise NietAanvaardbaarError(_NONE.format(", ".join(forms)))


def must_take_answer(request: Request, base: str) -> None:
    """The same for an operation, of which the OpenAPI document says what it answers with."""
    accept = request.headers.get("accept")
    if not accept or accept == _ANYTHING:
        return
    forms = _forms(request.app).get((f"{base}{request.scope['route'].path}", request.method.lower()))
    if forms:
        must_take(request, *forms)


@cache
def _forms(app: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    """The media types of what each operation answers with when all is well, by path and method; JSON first."""
    found = {}
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            good = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
            forms = {form for answer in good for form in answer.get("content", {})}
            found[path, method] = tuple(sorted(forms, key=lambda form: (form != JSON, form)))
    return found


def _ranges(accept: str) -> Iterator[tuple[int, float, str]]:
    """Each media range: how precise it is, how much it is wanted, and its name."""
    for part in accept.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        if "/" in name:
            yield 2 - name.count("*"), _quality(parameters), _ALSO.get(name, name)


def _quality(parameters: Sequence[str]) -> float:
    """That of ``q``; what is no number wants it as if there were none."""
    for one in parameters:
        if one.startswith("q="):
            try:
                return min(max(float(one[2:]), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0


def _is_in(form: str, name: str) -> bool:
    return name in (form, _ANYTHING) or (name.endswith("/*") and form.startswith(name[:-1]))
