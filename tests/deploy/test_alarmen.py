"""The alerting rules ask for figures that the services have."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.declaratie.app import create_app
from shared.exchange.huis import Huis
from shared.exchange.verzegeling import Verzegelaar
from shared.settings import Settings
from shared.telemetry import Meters
from tests.shared.exchange.verzoeken import KEY

RULES = Path(__file__).parents[2] / "deploy" / "alarmen.yml"


@pytest.fixture(scope="module")
def figures() -> set[str]:
    """The names that a service may show."""
    own: dict[str, Any] = {"sleutels": f"a:{KEY}", "pseudoniem_sleutel": KEY, "jwks_url": "file:///geen/jwks.json"}
    huis: Huis = create_app(Settings(database_url_declaratie="postgresql://niemand@/niets", **own)).state.huis
    Verzegelaar(huis)  # it has a figure of its own, once it works
    families = list(huis.meters.registry.collect())
    return {one.name for one in families} | {f"{one.name}_total" for one in families if one.type == "counter"}


def rules() -> list[Any]:
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return list(group["rules"])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_there_is_and_says_what_it_means(rule: Any, figures: set[str]) -> None:
    asked = set(re.findall(r"knooppunt_\w+", rule["expr"]))

    assert asked <= figures
    assert asked or rule["expr"].startswith("up{")
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"]


def test_that_no_webhook_arrives_shows_where_none_ever_did() -> None:
    """An alarm that compares a figure with 0 needs the figure: one with labels is there once it counted."""
    [asked] = [rule["expr"] for rule in rules() if rule["alert"] == "WebhooksKomenNietAan"]
    labels = {"service": "declaratie", "uitkomst": "bezorgd"}

    assert 'knooppunt_webhook_pogingen_total{uitkomst="bezorgd"}' in asked
    assert Meters("declaratie").registry.get_sample_value("knooppunt_webhook_pogingen_total", labels) == 0


def test_a_message_that_waits_too_long_is_an_alarm() -> None:
    assert "knooppunt_geparkeerd_alarm > 0" in [rule["expr"] for rule in rules()]
