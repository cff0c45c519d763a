"""The HTTP face: every operation of the three documents, with good and bad requests, without a database behind it."""

import re
from collections.abc import AsyncIterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from knooppunt.issuer import JWKS_FILE, Issuer
from shared.exchange.proefpagina import page_csp, scripts
from shared.koppen import API_CSP, KOPPEN, request_id
from shared.problems import PROBLEM_JSON
from shared.security.partij import Partij
from shared.settings import SERVICES, Settings
from tests.shared.exchange.verzoeken import KEY

PARTIJEN = [Partij.parse("gemeente:0855"), Partij.parse("agb:98765432")]
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)
PAGE = "https://portaal.voorbeeld.nl"
FRAMED = {name.lower() for name in KOPPEN} | {"api-version", "x-request-id", "content-type"}


@cache
def app_of(service: str, folder: Path, **given: Any) -> FastAPI:
    """A service as it is built, whose database is away."""
    Issuer.load_or_create(folder)
    settings = Settings(
        database_url="postgresql://niemand@127.0.0.1:1/geen",
        sleutels=f"a:{KEY}",
        pseudoniem_sleutel=KEY,
        jwks_url=(folder / JWKS_FILE).as_uri(),
        **given,
    )
    app: FastAPI = import_module(f"services.{service}.app").create_app(settings)
    return app


def caller_of(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://knooppunt", headers=headers)


@pytest.fixture
async def caller(folder: Path, service: str) -> AsyncIterator[httpx.AsyncClient]:
    async with caller_of(app_of(service, folder)) as client:
        yield client


@pytest.fixture
def token(folder: Path) -> dict[str, str]:
    made = Issuer.load_or_create(folder).token(PARTIJEN, "knooppunt", "knooppunt", 600)
    return {"Authorization": f"Bearer {made}"}


def operations(folder: Path, service: str) -> list[tuple[str, str]]:
    """Method and address of each operation, with an id where one is asked."""
    paths = app_of(service, folder).openapi()["paths"]
    return [
        (method.upper(), re.sub(r"\{[^}]*\}", str(uuid4()), path)) for path, item in paths.items() for method in item
    ]


def check_face(answer: httpx.Response) -> None:
    """What every answer has, and what none has."""
    missing = FRAMED - answer.headers.keys() - ({"content-type"} if answer.status_code == 204 else set())
    assert not missing, (answer.request.url, missing)
    assert all(answer.headers[name] == value for name, value in KOPPEN.items() if name != "Content-Security-Policy")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert not {"server", "x-powered-by", "access-control-allow-origin"} & answer.headers.keys()
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM_JSON, answer.request.url
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["type"].startswith("urn:knooppunt:")
        assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
        assert answer.status_code < 500 or answer.headers["retry-after"].isdigit()


@EVERY_SERVICE
async def test_every_operation_has_one_face_whatever_it_answers(
    caller: httpx.AsyncClient, token: dict[str, str], service: str, folder: Path
) -> None:
    found = operations(folder, service)
    assert len(found) > 10
    for method, path in found:
        without = await caller.request(method, path)
        odd = await caller.request(method, f"{path}?limiet=nul", headers=token, content=b"{", timeout=30)
        wrong = await caller.request("TRACE", path, headers=token)
        for answer in (without, odd, wrong):
            check_face(answer)
            assert answer.headers["content-security-policy"] == API_CSP
        assert (without.status_code, "error" in without.headers["www-authenticate"]) == (401, False), path
        # The framework's own 422 is never seen, and a database that is away is 503.
        assert odd.status_code in (200, 400, 403, 404, 415, 503), (method, path, odd.text)
        assert wrong.status_code == 405
        assert method in wrong.headers["allow"].split(", ")


@EVERY_SERVICE
async def test_allow_names_the_methods_of_all_routes_of_an_address(caller: httpx.AsyncClient, service: str) -> None:
    answer = await caller.delete(f"/{service}/v1/berichten")
    files = await caller.delete(f"/{service}/v1/docs/bestanden/swagger-ui.css")

    assert answer.headers["allow"] == "GET, POST"
    assert (files.status_code, files.headers["allow"]) == (405, "GET, HEAD")
    check_face(files)


@EVERY_SERVICE
@pytest.mark.parametrize("path", ["/", "/elders", "/{}/v2/berichten", "/{}/v1/docs/bestanden/../../../x", "/{}/v1/%00"])
async def test_what_is_not_here_is_a_problem(caller: httpx.AsyncClient, service: str, path: str) -> None:
    answer = await caller.get(path.format(service))

    assert answer.status_code == 404
    check_face(answer)


@EVERY_SERVICE
@pytest.mark.parametrize(
    ("limiet", "reden"), [("99999", "is te groot: hoogstens 500"), ("0", "is te klein: minstens 1")]
)
async def test_a_parameter_that_is_not_right_is_400_and_named(
    caller: httpx.AsyncClient, token: dict[str, str], service: str, limiet: str, reden: str
) -> None:
    answer = await caller.get(f"/{service}/v1/berichten?limiet={limiet}", headers=token)

    check_face(answer)
    assert answer.status_code == 400
    assert answer.json()["fouten"] == [{"locatie": "query/limiet", "reden": reden}]


@pytest.mark.parametrize("service", ["startstop"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/v1/openapi.json", "/v1/docs"])
async def test_what_is_not_in_the_document_has_the_headers_too(
    caller: httpx.AsyncClient, service: str, path: str
) -> None:
    answer = await caller.get(f"/{service}{path}")

    assert answer.headers.keys() >= FRAMED - {"content-security-policy"}
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("service", ["startstop"])
@pytest.mark.parametrize(("scheme", "told"), [("http", "https"), ("http", "http, https"), ("https", "")])
async def test_over_tls_a_browser_is_told_to_stay_there(
    caller: httpx.AsyncClient, service: str, scheme: str, told: str
) -> None:
    headers = {"X-Forwarded-Proto": told} if told else {}
    answer = await caller.get(f"{scheme}://knooppunt/startstop/healthz", headers=headers)
    plain = await caller.get("/startstop/healthz", headers={"X-Forwarded-Proto": "https, http"})

    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "strict-transport-security" not in plain.headers


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("given", "trace", "kept"),
    [
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", None, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("3F2504E04F8941D39A0C0305E82C3301", None, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        (None, f"00-{TRACE}-00f067aa0ba902b7-01", str(UUID(TRACE))),
        ("Jan de Vries", f"00-{TRACE}-00f067aa0ba902b7-01", str(UUID(TRACE))),
        ("999990019", None, None),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301\n", None, None),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c330١", None, None),
        (None, f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (None, f"00-{TRACE}-00f067aa0ba902b7", None),
        (None, None, None),
    ],
)
def test_an_id_of_the_caller_is_taken_when_it_can_hold_no_text(
    given: str | None, trace: str | None, kept: str | None
) -> None:
    made = request_id(given, trace)

    assert str(UUID(made)) == made
    assert made == kept if kept else made not in (given, str(UUID(TRACE)))


@pytest.mark.parametrize("service", ["declaratie"])
async def test_the_id_of_a_request_comes_back(caller: httpx.AsyncClient, service: str) -> None:
    own = str(uuid4())
    answer = await caller.get("/declaratie/v1/berichten", headers={"X-Request-Id": own})

    assert (answer.headers["x-request-id"], answer.json()["instance"]) == (own, f"urn:uuid:{own}")


@EVERY_SERVICE
async def test_the_page_to_try_the_api_runs_its_own_scripts_and_no_other(
    caller: httpx.AsyncClient, service: str
) -> None:
    answer = await caller.get(f"/{service}/v1/docs")
    csp = answer.headers["content-security-policy"]

    assert csp == page_csp(answer.content)
    assert len(scripts(answer.content)) == csp.count("'sha256-") == 1
    assert "'unsafe-inline'" not in csp.split("script-src")[1].split(";")[0]
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        part = await caller.get(address)
        assert (part.status_code, address.startswith(f"/{service}/v1/docs/bestanden/")) == (200, True)


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.mark.parametrize("service", ["startstop"])
async def test_no_page_may_call_unless_it_is_named(caller: httpx.AsyncClient, service: str, folder: Path) -> None:
    closed = await caller.options("/startstop/v1/berichten", headers={"Origin": PAGE, **PREFLIGHT})
    check_face(closed)
    assert closed.status_code == 405

    async with caller_of(app_of(service, folder, cors_herkomsten=(PAGE,))) as caller:
        allowed = await caller.options("/startstop/v1/berichten", headers={"Origin": PAGE, **PREFLIGHT})
        called = await caller.get("/startstop/v1/berichten", headers={"Origin": PAGE})
        other = await caller.options("/startstop/v1/berichten", headers={"Origin": f"{PAGE}.kwaad.nl", **PREFLIGHT})
        stranger = await caller.get("/startstop/v1/berichten", headers={"Origin": "https://kwaad.nl"})

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, PAGE)
    assert called.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in called.headers
    assert "X-Request-Id" in called.headers["access-control-expose-headers"]
    assert (other.status_code, other.headers["content-type"]) == (403, PROBLEM_JSON)
    assert "www-authenticate" not in other.headers  # no token would open it
    assert not {"access-control-allow-origin"} & (other.headers.keys() | stranger.headers.keys())


@pytest.mark.parametrize(
    "value", ["*", "https://*.voorbeeld.nl", "http://portaal.nl", f"{PAGE}/", f"{PAGE},null", "https://a@b.nl"]
)
def test_an_origin_is_named_in_full(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOOPPUNT_CORS_HERKOMSTEN", value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("value", "origins"), [("", ()), (f"{PAGE}, http://localhost:5173", (PAGE, "http://localhost:5173"))]
)
def test_origins_are_a_list(value: str, origins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOOPPUNT_CORS_HERKOMSTEN", value)

    assert Settings().cors_herkomsten == origins
