"""Values as fields of CSV."""

import threading
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest
from asyncpg.exceptions import DivisionByZeroError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.exchange.csv_uit import ROWS, as_csv, cell, csv_file, csv_response


@pytest.mark.parametrize(
    "text", ["=1+1", "+31", "-5", "@SUM(A1)", "\tx", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1"]
)
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


async def test_pages_are_written_beside_the_loop() -> None:
    def rows() -> Iterator[list[int]]:
        yield [threading.get_ident()]

    async def pages() -> AsyncIterator[Iterator[list[int]]]:
        yield rows()

    answer = csv_response("proef", ["draad"], pages())
    _, thread = b"".join([bytes(one) async for one in answer.body_iterator]).split()  # type: ignore[arg-type]

    assert int(thread) != threading.get_ident()


async def test_a_file_has_every_row_of_its_statement_once(engine: AsyncEngine) -> None:
    many = 2 * ROWS + 1
    answer = await csv_file(engine, "proef", ("een_getal",), select(func.generate_series(1, many).label("een_getal")))

    head, *rows = b"".join([bytes(one) async for one in answer.body_iterator]).decode().splitlines()  # type: ignore[arg-type]

    assert (head, rows) == ("eenGetal", [str(one) for one in range(1, many + 1)])
    assert answer.headers["content-disposition"] == 'attachment; filename="proef.csv"'


async def test_a_statement_that_fails_is_no_half_file(engine: AsyncEngine) -> None:
    numbers = func.generate_series(-ROWS - 1, 1).column_valued("n")

    with pytest.raises(DivisionByZeroError):
        await csv_file(engine, "proef", ("n",), select((1 / numbers).label("n")))
