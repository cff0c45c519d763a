"""Values as fields of CSV."""

from datetime import date
from typing import Any

import pytest

from shared.exchange.csv_uit import as_csv, cell


@pytest.mark.parametrize("text", ["=1+1", "+31", "-5", "@SUM(A1)", "\tx", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_only_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("01A04", "01A04"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (-40300, -40300),
        (0, 0),
        (True, "ja"),
        (False, "nee"),
        (date(2025, 3, 1), "2025-03-01"),
        (["9321", "0611"], "9321 0611"),
        (["=1"], "'=1"),
        ([], ""),
    ],
)
def test_every_value_has_its_form(value: Any, shown: str | int) -> None:
    assert cell(value) == shown


def test_fields_are_parted_by_semicolons_and_quoted_where_they_must() -> None:
    assert as_csv([["a;b", 'c"d', -1], ["é", None, False]]) == '"a;b";"c""d";-1\r\né;;nee\r\n'.encode()
