"""Failpoints: they do nothing unless they are on, and they can only be on in the embedded stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.faalpunten import FaalpuntError, faalpunt, halfway, open_faalpunten, set_faalpunt
from shared.settings import Settings

EMBEDDED = {"jwks_url": "file:///sleutels.json", "kafka_bootstrap": "127.0.0.1:9092"}


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    open_faalpunten(Settings(), "startstop")


def test_off_nothing_happens_and_nothing_is_wrapped(tmp_path: Path) -> None:
    mark = set_faalpunt(tmp_path, "startstop", "na_lezen", "fout")
    records = [1, 2]

    faalpunt("na_lezen")

    assert mark.exists()
    assert halfway(records) is records


@pytest.mark.parametrize(
    "elsewhere",
    [{"jwks_url": "https://uitgever/jwks"}, {"kafka_bootstrap": "127.0.0.1:9092,kafka:9092"}, {"jwks_url": None}],
)
def test_outside_the_embedded_stack_they_are_refused(tmp_path: Path, elsewhere: dict[str, str]) -> None:
    with pytest.raises(FaalpuntError):
        open_faalpunten(Settings.model_validate({"faalpunten": tmp_path, **EMBEDDED, **elsewhere}), "startstop")


def test_it_happens_once_at_its_passage_in_its_service(tmp_path: Path) -> None:
    open_faalpunten(Settings.model_validate({"faalpunten": tmp_path, **EMBEDDED}), "startstop")
    other = set_faalpunt(tmp_path, "declaratie", "na_lezen", "fout")
    mark = set_faalpunt(tmp_path, "startstop", "na_lezen", "fout", passage=2)

    faalpunt("na_lezen")
    with pytest.raises(OSError, match="faalpunt"):
        faalpunt("na_lezen")
    faalpunt("na_lezen")

    assert other.exists()
    assert not mark.exists()


def test_a_copy_is_interrupted_half_way(tmp_path: Path) -> None:
    open_faalpunten(Settings.model_validate({"faalpunten": tmp_path, **EMBEDDED}), "declaratie")
    assert list(halfway(range(300))) == list(range(300))
    set_faalpunt(tmp_path, "declaratie", "tijdens_copy", "fout")
    passed = []

    with pytest.raises(OSError, match="faalpunt"):
        passed.extend(halfway(range(300)))

    assert len(passed) < 300
