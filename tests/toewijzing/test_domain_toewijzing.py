"""Which version of a toewijzing counts, and when it is withdrawn."""

from datetime import date

import pytest

from services.toewijzing.domain.toewijzing import is_newer
from shared.iwmo.waarden import Periode
from tests.toewijzing.bouw import a_toewijzing


def test_a_version_is_newer_by_its_moment_of_decision() -> None:
    known = a_toewijzing()

    assert is_newer(known, None)
    assert is_newer(a_toewijzing(moment=known.moment.replace(second=1)), known)
    assert not is_newer(a_toewijzing(omvang=None), known)
    assert not is_newer(a_toewijzing(moment=known.moment.replace(hour=8)), known)


@pytest.mark.parametrize(
    ("periode", "reden", "vervallen"),
    [
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "13", True),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "01", True),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), "02", False),
        (Periode(date(2025, 3, 1), date(2025, 3, 1)), None, False),
        (Periode(date(2025, 3, 1), date(2025, 3, 2)), "13", False),
        (Periode(date(2025, 3, 1), None), "13", False),
    ],
    ids=str,
)
def test_a_toewijzing_is_withdrawn_by_its_days_and_reason_together(
    periode: Periode, reden: str | None, vervallen: bool
) -> None:
    assert a_toewijzing(periode=periode, reden_wijziging=reden).vervallen is vervallen
