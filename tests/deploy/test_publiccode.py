"""publiccode.yml, by which catalogues of public software find the project, agrees with pyproject.toml."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_publiccode_agrees_with_the_project() -> None:
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert public["name"] == project["name"]
    assert public["softwareVersion"] == project["version"]
    assert public["legal"]["license"] == project["license"] == "EUPL-1.2"


def test_descriptions_have_the_lengths_that_the_standard_asks() -> None:
    described = yaml.safe_load((ROOT / "publiccode.yml").read_text())["description"]

    assert set(described) == {"nl", "en"}
    assert all(len(text["shortDescription"]) <= 150 for text in described.values())
    assert all(150 <= len(text["longDescription"]) <= 10_000 for text in described.values())
