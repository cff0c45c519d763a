"""The services started as compose starts them: the commands and the environment of docker-compose.yml, without Docker.

Only host names differ: `postgres` becomes a socket, `kafka` a loopback port, and each service its own port.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from knooppunt.embedded import broker
from knooppunt.embedded.ports import free_port
from knooppunt.embedded.scratch import scratch_database
from knooppunt.issuer import JWKS_FILE, Issuer
from shared.security.partij import Partij
from shared.settings import SERVICES
from tests.wachten import eventually_true

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "knooppunt" / "demo" / "berichten" / "3.2"
KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
FILLED_IN = {
    "BEHEER_DB_WACHTWOORD": "beheer-geheim",
    "TOEWIJZING_DB_WACHTWOORD": "toewijzing-geheim",
    "STARTSTOP_DB_WACHTWOORD": "startstop-geheim",
    "DECLARATIE_DB_WACHTWOORD": "declaratie-geheim",
    "KNOOPPUNT_SLEUTELS": f"k1:{KEY}",
    "KNOOPPUNT_PSEUDONIEM_SLEUTEL": KEY,
    "KNOOPPUNT_TOKEN_ISSUER": "proef",
    "KNOOPPUNT_TOKEN_AUDIENCE": "knooppunt",
}


@dataclass(frozen=True)
class Production:
    """Where the services of this test listen, and who issues their tokens."""

    ports: dict[str, int]
    issuer: Issuer

    def post(self, service: str, partij: str, body: bytes) -> httpx.Response:
        token = self.issuer.token([Partij.parse(partij)], "proef", "knooppunt", 600)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml", "Prefer": "wait=30"}
        url = f"http://127.0.0.1:{self.ports[service]}/{service}/v1/berichten"
        return httpx.post(url, content=body, headers=headers, timeout=45, trust_env=False)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("productie")
    issuer = Issuer.load_or_create(folder)
    with ExitStack() as stack:
        socket, admin = stack.enter_context(_database())
        kafka = broker.Own(broker.find_binary(), free_port())
        stack.enter_context(_process(broker.program(kafka, folder / "broker.log").argv, {}))
        variables = FILLED_IN | {"KNOOPPUNT_JWKS_URL": (folder / JWKS_FILE).as_uri()}
        containers = _containers(variables, socket, kafka.address)
        migration = containers["migratie"]
        environment = migration["environment"] | {"KNOOPPUNT_DATABASE_URL_BEHEER": admin}
        subprocess.run(_command(migration["command"]), env=_clean(environment), check=True)
        ports = {service: free_port() for service in SERVICES}
        for service, port in ports.items():
            arguments = [str(port) if word == "8000" else word for word in containers[service]["command"]]
            arguments = ["127.0.0.1" if word == "0.0.0.0" else word for word in arguments]
            stack.enter_context(_process(_command(arguments), containers[service]["environment"]))
        for service, port in ports.items():
            eventually_true(lambda s=service, p=port: _ready(s, p), seconds=60)
        yield Production(ports, issuer)


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """A server with the database that the image of PostgreSQL makes; its socket folder and the administrator's DSN."""
    with scratch_database() as settings:
        assert settings.database_url_beheer is not None
        parts = urlsplit(settings.database_url_beheer)
        yield parse_qs(parts.query)["host"][0], settings.database_url_beheer


@contextmanager
def _process(argv: tuple[str, ...] | list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(argv, env=_clean(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(40)


def _clean(environment: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KNOOPPUNT_")}
    return inherited | environment


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "knooppunt", *arguments]


def _ready(service: str, port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{service}/readyz", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _containers(variables: dict[str, str], socket: str, kafka: str) -> dict[str, dict[str, object]]:
    """Command and environment of our containers, filled in as compose would, on the hosts of this test."""
    found = {}
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name in ("migratie", *SERVICES):
        container = compose["services"][name]
        environment = {key: _fill(value, variables) for key, value in container["environment"].items()}
        environment = {
            key: value.replace("@postgres:5432/wmo_knooppunt", f"@/wmo_knooppunt?host={socket}").replace(
                "kafka:9092", kafka
            )
            for key, value in environment.items()
        }
        found[name] = {"command": container["command"], "environment": environment}
    return found


def _fill(value: str, variables: dict[str, str]) -> str:
    for name, filled in variables.items():
        start = value.find("${" + name)
        if start >= 0:
            end = value.index("}", start)
            value = value[:start] + filled + value[end + 1 :]
    assert "${" not in value, value
    return value


def test_the_chain_runs_on_the_environment_of_the_compose_file(production: Production) -> None:
    given = production.post("toewijzing", "gemeente:0855", (MESSAGES / "1-toewijzing.xml").read_bytes())
    started = production.post("startstop", "agb:98765432", (MESSAGES / "2-start.xml").read_bytes())
    claimed = production.post("declaratie", "agb:98765432", (MESSAGES / "3-declaratie.xml").read_bytes())

    assert [answer.status_code for answer in (given, started, claimed)] == [201, 201, 201], claimed.text
    assert [answer.json()["retour"]["bericht"] for answer in (given, started, claimed)] == [
        "WMO302",
        "WMO306",
        "WMO325",
    ]


def test_each_service_is_given_only_its_own_account() -> None:
    variables = FILLED_IN | {"KNOOPPUNT_JWKS_URL": "https://voorbeeld.nl/jwks"}
    containers = _containers(variables, "/tmp", "127.0.0.1:9092")

    for service in SERVICES:
        urls = [name for name in containers[service]["environment"] if name.startswith("KNOOPPUNT_DATABASE_URL")]  # type: ignore[attr-defined]
        assert urls == [f"KNOOPPUNT_DATABASE_URL_{service.upper()}"]
