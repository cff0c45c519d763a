"""The embedded issuer over HTTP: a token for who knows his secret, and only in the embedded stack."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from knooppunt.cli import app
from knooppunt.clienten import CLIENTS_FILE, Clienten
from knooppunt.embedded.gateway import Gateway
from knooppunt.embedded.uitgifte import JWKS_PATH, MAX_FORM_BYTES, METADATA_PATH, TOKEN_PATH, TOKEN_SECONDS, Uitgifte
from knooppunt.issuer import JWKS_FILE, Issuer
from services.declaratie.app import create_app as declaratie
from services.startstop.app import create_app as startstop
from services.toewijzing.app import create_app as toewijzing
from shared.koppen import KOPPEN
from shared.security.partij import Partij
from shared.security.sleutelbos import Sleutelbos
from shared.security.tokens import Poortwachter
from shared.settings import SERVICES, Settings
from tests.shared.exchange.verzoeken import KEY

GEMEENTE, AANBIEDER = Partij.gemeente("0855"), Partij.aanbieder("98765432")
GRANT = {"grant_type": "client_credentials"}
runner = CliRunner()


@pytest.fixture
def clienten(tmp_path: Path) -> Clienten:
    return Clienten(tmp_path)


@pytest.fixture
def secret(clienten: Clienten) -> str:
    return clienten.add("backoffice", [GEMEENTE, AANBIEDER])


@pytest.fixture
async def http(tmp_path: Path, clienten: Clienten) -> AsyncIterator[httpx.AsyncClient]:
    uitgifte = Uitgifte(Issuer.load_or_create(tmp_path), clienten, "knooppunt", "knooppunt")
    transport = httpx.ASGITransport(Gateway({}, 1024, uitgifte))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
        yield client


async def test_client_credentials_give_a_token_that_a_service_takes(
    http: httpx.AsyncClient, secret: str, tmp_path: Path
) -> None:
    answer = await http.post(TOKEN_PATH, data=GRANT, auth=("backoffice", secret))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    found = answer.json()
    assert (found["token_type"], found["expires_in"]) == ("Bearer", TOKEN_SECONDS)
    wachter = Poortwachter(Sleutelbos((tmp_path / JWKS_FILE).as_uri()), "knooppunt", "knooppunt", 0)
    beller = await wachter.beller(f"Bearer {found['access_token']}")
    assert (beller.subject, beller.partijen) == ("backoffice", frozenset({GEMEENTE, AANBIEDER}))


async def test_the_secret_may_come_in_the_form(http: httpx.AsyncClient, secret: str) -> None:
    form = GRANT | {"client_id": "backoffice", "client_secret": secret}

    assert (await http.post(TOKEN_PATH, data=form)).status_code == 200


async def test_the_published_keys_are_those_of_the_folder(http: httpx.AsyncClient, tmp_path: Path) -> None:
    published = (await http.get(JWKS_PATH)).json()
    told = (await http.get(METADATA_PATH)).json()

    assert published == {"keys": [Issuer.load_or_create(tmp_path).jwk()]}
    assert "d" not in published["keys"][0]
    assert (told["issuer"], told["jwks_uri"]) == ("knooppunt", f"http://127.0.0.1:8100{JWKS_PATH}")
    assert told["token_endpoint"] == f"http://127.0.0.1:8100{TOKEN_PATH}"


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({}, 400, "invalid_request"),
    "no client": ({"data": GRANT}, 401, "invalid_client"),
    "wrong secret": ({"data": GRANT, "auth": ("backoffice", "x")}, 401, "invalid_client"),
    "no secret": ({"data": GRANT, "auth": ("backoffice", "")}, 401, "invalid_client"),
    "unknown client": ({"data": GRANT, "auth": ("ander", "x")}, 401, "invalid_client"),
    "client a path": ({"data": GRANT, "auth": ("../uitgever.pem", "x")}, 401, "invalid_client"),
    "odd header": ({"data": GRANT, "headers": {"Authorization": "Basic *"}}, 401, "invalid_client"),
    "another scheme": ({"data": GRANT, "headers": {"Authorization": "Bearer eA=="}}, 401, "invalid_client"),
    "json": ({"json": GRANT}, 400, "invalid_request"),
    "too large": ({"data": GRANT | {"x": "x" * MAX_FORM_BYTES}}, 400, "invalid_request"),
    "twice": (
        {
            "content": b"grant_type=client_credentials&grant_type=x",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        400,
        "invalid_request",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_who_does_not_know_the_secret_gets_no_token(name: str, http: httpx.AsyncClient, secret: str) -> None:
    request, status, error = REFUSED[name]

    answer = await http.post(TOKEN_PATH, **request)

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("form", "error"), [({"grant_type": "password"}, "unsupported_grant_type"), ({"x": "y"}, "invalid_request")]
)
async def test_there_is_one_grant(form: dict[str, str], error: str, http: httpx.AsyncClient, secret: str) -> None:
    answer = await http.post(TOKEN_PATH, data=form, auth=("backoffice", secret))

    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(("method", "path"), [("GET", TOKEN_PATH), ("POST", JWKS_PATH), ("DELETE", METADATA_PATH)])
async def test_other_methods_are_refused(method: str, path: str, http: httpx.AsyncClient) -> None:
    assert (await http.request(method, path)).status_code == 405


async def test_a_new_secret_ends_the_old_one_and_who_is_removed_gets_nothing(
    http: httpx.AsyncClient, clienten: Clienten, secret: str
) -> None:
    new = clienten.add("backoffice", [GEMEENTE])

    asked = [await http.post(TOKEN_PATH, data=GRANT, auth=("backoffice", one)) for one in (secret, new)]
    clienten.remove("backoffice")
    gone = await http.post(TOKEN_PATH, data=GRANT, auth=("backoffice", new))

    assert [one.status_code for one in (*asked, gone)] == [401, 200, 401]


async def test_clients_made_at_once_are_all_kept(clienten: Clienten) -> None:
    names = [f"client{n}" for n in range(12)]

    secrets = await asyncio.gather(*(asyncio.to_thread(clienten.add, name, [GEMEENTE]) for name in names))

    assert [clienten.partijen(name, one) for name, one in zip(names, secrets, strict=True)] == [[GEMEENTE]] * 12


async def test_a_damaged_file_of_clients_is_503(http: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / CLIENTS_FILE).write_text("{")

    answer = await http.post(TOKEN_PATH, data=GRANT, auth=("backoffice", "x"))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_the_command_prints_the_secret_once_and_keeps_it_nowhere(tmp_path: Path) -> None:
    made = runner.invoke(app, ["client", "zorg", "--partij", "agb:98765432", "--data", str(tmp_path)])

    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert Clienten(tmp_path).partijen("zorg", secret) == [AANBIEDER]
    assert secret not in (tmp_path / CLIENTS_FILE).read_text()
    assert (tmp_path / CLIENTS_FILE).stat().st_mode & 0o777 == 0o600
    assert runner.invoke(app, ["client", "zorg", "--weg", "--data", str(tmp_path)]).exit_code == 0
    assert Clienten(tmp_path).partijen("zorg", secret) is None


@pytest.mark.parametrize(
    "arguments", [["zorg"], ["Zorg", "--partij", "beheer"], ["weg", "--weg"], ["a", "--partij", "x"]]
)
def test_the_command_says_in_one_line_what_is_wrong(arguments: list[str], tmp_path: Path) -> None:
    result = runner.invoke(app, ["client", *arguments, "--data", str(tmp_path)])

    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("path", [TOKEN_PATH, JWKS_PATH, METADATA_PATH])
async def test_outside_the_embedded_stack_there_is_no_issuer(path: str, http: httpx.AsyncClient) -> None:
    """A service has no such address, nor has a gateway that was not given an issuer."""
    urls = {f"database_url_{service}": "postgresql://niemand@127.0.0.1:1/geen" for service in SERVICES}
    settings = Settings.model_validate({**urls, "sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY})
    apps = [make(settings) for make in (toewijzing, startstop, declaratie)]

    for one, prefixes in [(Gateway({}), [""]), *((one, ["", *(f"/{name}/v1" for name in SERVICES)]) for one in apps)]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(one), base_url="http://x") as client:  # type: ignore[arg-type]
            for prefix in prefixes:
                for method in ("GET", "POST"):
                    assert (await client.request(method, prefix + path)).status_code == 404, (prefix, path)
    assert (await http.get(JWKS_PATH)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", JWKS_PATH), ("GET", METADATA_PATH), ("GET", TOKEN_PATH), ("POST", TOKEN_PATH)]
)
async def test_every_answer_has_the_headers_of_all_others(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, path)

    assert answer.headers.items() >= {name.lower(): value for name, value in KOPPEN.items()}.items()
    assert UUID(answer.headers["x-request-id"])
