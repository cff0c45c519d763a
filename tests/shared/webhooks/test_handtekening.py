"""Signatures, and the recipe by which a receiver verifies them, as the documentation gives it."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.webhooks.handtekening import Geheim, headers, sign

NU = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEPT = Path(__file__).parents[3] / "docs" / "webhooks.md"
BODY = b'{"id":"x"}'


@pytest.fixture(scope="module")
def is_echt() -> Callable[..., bool]:
    """The function in the documentation."""
    [code] = re.findall(r"^```python\n(.+?)^```", RECEPT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    found: Callable[..., bool] = names["is_echt"]
    return found


def test_the_recipe_takes_what_we_sign_and_nothing_else(is_echt: Callable[..., bool]) -> None:
    geheim, now = Geheim.make(), datetime.now(UTC)
    right = headers(geheim, "id-1", BODY, now)

    assert is_echt(right, BODY, geheim.nu)
    assert not is_echt(right, BODY + b" ", geheim.nu)
    assert not is_echt(right, BODY, Geheim.make().nu)
    assert not is_echt(right | {"webhook-id": "id-2"}, BODY, geheim.nu)
    assert not is_echt(right | {"webhook-timestamp": str(int(time.time()) + 1)}, BODY, geheim.nu)
    assert not is_echt(headers(geheim, "id-1", BODY, now - timedelta(minutes=6)), BODY, geheim.nu)


def test_a_secret_that_was_changed_signs_along_for_a_day(is_echt: Callable[..., bool]) -> None:
    now = datetime.now(UTC)
    old = Geheim.make()
    new = old.changed(now)

    both, alone = headers(new, "i", BODY, now), headers(new, "i", BODY, now + timedelta(hours=24))

    assert is_echt(both, BODY, old.nu)
    assert is_echt(both, BODY, new.nu)
    assert len(alone["webhook-signature"].split()) == 1
    assert Geheim.of_bytes(new.as_bytes()) == new
    assert Geheim.of_bytes(old.as_bytes()) == old
    assert new.changed(now).vorig == new.nu


def test_the_example_of_the_standard() -> None:
    """As the libraries of Standard Webhooks sign it."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    moment = datetime.fromtimestamp(1614265330, UTC)

    made = headers(Geheim(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", body, moment)

    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(secret, made["webhook-id"], made["webhook-timestamp"], body) == made["webhook-signature"]


def test_a_secret_is_not_shown_by_accident() -> None:
    geheim = Geheim.make()

    assert geheim.nu.startswith("whsec_")
    assert geheim.nu not in repr(geheim)
