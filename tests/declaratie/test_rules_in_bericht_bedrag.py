"""Level 2: unit, tariff and amount of a line."""

import pytest

from shared.iwmo.catalogus import Release
from tests.declaratie.in_bericht import (
    OTHER,
    both_releases,
    check,
    check_lines,
    in_euros,
    line,
    mends,
    told,
    without,
)
from tests.shared.iwmo.berichten import a_declaratie_bericht, a_regel


@both_releases
def test_cd087_accepts_a_tariff_and_euros_without_one(release: Release) -> None:
    assert check_lines(release, in_euros(release, 40300, 40300), a_regel(release, referentie="R2", **OTHER)) == []


@both_releases
@pytest.mark.parametrize("eenheid", ["01", "04", "14", "16", "82"])
def test_cd087_refuses_another_unit_without_a_tariff(eenheid: str, release: Release) -> None:
    bare = without(a_regel(release, Eenheid=eenheid), "ProductTarief")

    assert check_lines(release, bare) == [("CD087", line(release))]


@both_releases
@pytest.mark.parametrize("tarief", [0, 1])
def test_cd087_refuses_euros_with_a_tariff(tarief: int, release: Release) -> None:
    both = in_euros(release, 40300, 40300) | {"ProductTarief": tarief}

    [melding] = check(a_declaratie_bericht(release, [both]), release)

    assert told([melding]) == [("CD087", line(release))]
    assert mends(melding) == {"ProductTarief": None}


@both_releases
def test_cd087_refuses_euros_with_a_tariff_and_hours_of_volume_without_guessing_which_is_wrong(
    release: Release,
) -> None:
    [unit, _] = check(a_declaratie_bericht(release, [a_regel(release, Eenheid="83")]), release)

    assert (unit.regel.code, mends(unit)) == ("CD087", {})


@both_releases
def test_cs339_accepts_an_amount_equal_to_the_volume_in_euros_alone(release: Release) -> None:
    assert check_lines(release, in_euros(release, 40300, -40300, vorige="O1")) == []
    assert check_lines(release, a_regel(release, 40300, GeleverdVolume=13)) == []


@both_releases
def test_cs339_refuses_an_amount_other_than_the_volume_in_euros(release: Release) -> None:
    assert check_lines(release, in_euros(release, 403, 40300)) == [("CS339", line(release))]
