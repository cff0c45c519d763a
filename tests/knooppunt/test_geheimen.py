"""The secrets of the embedded stack."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knooppunt.embedded.geheimen import Geheimen
from knooppunt.errors import KnooppuntStartError


def test_secrets_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    first, second = Geheimen.load_or_create(tmp_path), Geheimen.load_or_create(tmp_path)

    assert first == second
    assert (tmp_path / "geheimen.json").stat().st_mode & 0o777 == 0o600
    assert len({first.postgres, *first.rollen.values(), first.sleutels_setting, first.pseudoniem_sleutel}) == 6


def test_everyone_who_makes_them_at_once_gets_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Geheimen.load_or_create(tmp_path), range(16)))

    assert all(geheimen == made[0] for geheimen in made)
    assert [path.name for path in tmp_path.iterdir()] == ["geheimen.json"]


def test_secrets_do_not_show_when_printed(tmp_path: Path) -> None:
    geheimen = Geheimen.load_or_create(tmp_path)

    shown = repr(geheimen)

    assert geheimen.postgres not in shown
    assert geheimen.pseudoniem_sleutel not in shown
    assert geheimen.rollen["startstop"] not in shown


@pytest.mark.parametrize("damage", [lambda text: text[:-20], lambda text: text.replace("=", ""), lambda _: ""])
def test_a_damaged_file_is_told_without_its_content(tmp_path: Path, damage: object) -> None:
    geheimen = Geheimen.load_or_create(tmp_path)
    path = tmp_path / "geheimen.json"
    assert callable(damage)
    path.write_text(damage(path.read_text()))

    with pytest.raises(KnooppuntStartError, match="beschadigd") as caught:
        Geheimen.load_or_create(tmp_path)

    assert geheimen.postgres not in str(caught.value)
    assert caught.value.__suppress_context__
