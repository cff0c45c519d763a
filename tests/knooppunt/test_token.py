"""``knooppunt token``: what it signs, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.testing import CliRunner

from knooppunt.cli import app

runner = CliRunner()


def token(data: Path, *arguments: str) -> str:
    result = runner.invoke(app, ["token", "--data", str(data), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def claims(data: Path, signed: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(json.loads((data / "jwks.json").read_text()))
    key = keys[jwt.get_unverified_header(signed)["kid"]]
    return jwt.decode(signed, key, algorithms=["ES256"], audience="knooppunt", issuer="knooppunt")


def test_a_token_names_its_party_and_is_checked_with_the_published_key(tmp_path: Path) -> None:
    found = claims(tmp_path, token(tmp_path, "--partij", "gemeente:0855"))

    assert (found["sub"], found["partij"]) == ("gemeente:0855", "gemeente:0855")
    assert found["exp"] - found["iat"] == 8 * 3600
    assert found["jti"]


def test_several_parties_become_a_list(tmp_path: Path) -> None:
    signed = token(tmp_path, "--partij", "agb:98765432", "--partij", "beheer", "--geldig", "60")

    found = claims(tmp_path, signed)

    assert found["partij"] == ["agb:98765432", "beheer"]
    assert found["exp"] - found["iat"] == 60


def test_a_token_may_name_who_speaks_for_the_party(tmp_path: Path) -> None:
    found = claims(tmp_path, token(tmp_path, "--partij", "gemeente:0855", "--wie", "j.jansen"))

    assert (found["sub"], found["partij"]) == ("j.jansen", "gemeente:0855")


def test_a_token_may_name_an_organisation(tmp_path: Path) -> None:
    oin = "organisatie:00000001234567890000"

    assert claims(tmp_path, token(tmp_path, "--partij", oin, "--wie", "dienst"))["partij"] == oin


def test_the_key_is_made_once_and_is_the_owners_only(tmp_path: Path) -> None:
    first, second = token(tmp_path, "--partij", "beheer"), token(tmp_path, "--partij", "beheer")

    assert jwt.get_unverified_header(first)["kid"] == jwt.get_unverified_header(second)["kid"]
    assert (tmp_path / "uitgever.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "partij",
    [
        *("", "gemeente", "gemeente:855", "gemeente:٠٨٥٥", "agb:9876543", "agb:98765432\n", "Beheer", "bsn:1"),
        "organisatie:1",
    ],
)
def test_a_party_in_another_shape_is_refused(tmp_path: Path, partij: str) -> None:
    result = runner.invoke(app, ["token", "--data", str(tmp_path), "--partij", partij])

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "knooppunt: partij moet zijn: gemeente:NNNN, agb:NNNNNNNN of beheer, of organisatie: met een OIN van 20 cijfers"
    ]


def test_a_damaged_key_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "uitgever.pem").write_text("dit is geen sleutel")

    result = runner.invoke(app, ["token", "--data", str(tmp_path), "--partij", "beheer"])

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "beschadigd" in result.stderr
