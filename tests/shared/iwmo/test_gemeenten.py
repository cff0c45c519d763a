"""Which gemeenten there are on a day, and what an operator may say of them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.iwmo.codelijsten import codelijst
from shared.iwmo.gemeenten import Gemeenten, GemeentenError
from shared.settings import Settings

GEMEENTEN = Gemeenten.load()
HEADER = "code,omschrijving,begindatum,einddatum\n"
# As CBS published them on 1 January; in 2022 Weesp went on 24 March.
AANTALLEN = {2015: 393, 2016: 390, 2017: 388, 2018: 380, 2019: 355, 2020: 355, 2021: 352, 2022: 345, 2023: 342,
             2024: 342, 2025: 342, 2026: 342}  # fmt: skip


@pytest.mark.parametrize("jaar", AANTALLEN)
def test_on_the_first_day_of_a_year_there_are_as_many_as_cbs_counted(jaar: int) -> None:
    there = [code for code in GEMEENTEN.by_code if GEMEENTEN.is_er_op(code, date(jaar, 1, 1))]

    assert len(there) == AANTALLEN[jaar]


def test_those_of_today_are_the_code_list() -> None:
    lijst = codelijst("3.2", "CBS")
    today = {code for code in GEMEENTEN.by_code if GEMEENTEN.is_er_op(code, date(2026, 11, 21))}

    assert lijst is not None
    assert today == lijst.by_code.keys()
    assert all(GEMEENTEN.by_code[code].omschrijving == one.omschrijving for code, one in lijst.by_code.items())


@pytest.mark.parametrize(
    ("code", "last"), [("0457", date(2022, 3, 23)), ("0530", date(2022, 12, 31)), ("0241", date(2015, 12, 31))]
)
def test_a_gemeente_that_ended_was_there_up_to_its_last_day(code: str, last: date) -> None:
    assert GEMEENTEN.is_er_op(code, last)
    assert not GEMEENTEN.is_er_op(code, last + timedelta(days=1))
    assert GEMEENTEN.is_er_op_een_van(code, [last + timedelta(days=1), last])
    assert not GEMEENTEN.is_er_op_een_van(code, [])


def test_a_new_gemeente_is_there_from_its_first_day() -> None:
    first = date(2023, 1, 1)

    assert [GEMEENTEN.is_er_op("1992", day) for day in (first - timedelta(days=1), first)] == [False, True]


def test_a_code_of_nobody_is_never_there() -> None:
    assert GEMEENTEN.get("9999") is None
    assert not GEMEENTEN.is_er_op("9999", date(2026, 1, 1))


def test_the_operator_adds_gemeenten_and_ends_others(tmp_path: Path) -> None:
    path = tmp_path / "gemeenten.csv"
    path.write_text(f"\ufeff{HEADER}1999,Samenstad,2027-01-01,\n0855,Tilburg,,2026-12-31\n", encoding="utf-8")

    gemeenten = Gemeenten.load(path)

    assert [gemeenten.is_er_op("1999", date(year, 1, 1)) for year in (2026, 2027)] == [False, True]
    assert [gemeenten.is_er_op("0855", date(year, 1, 1)) for year in (2026, 2027)] == [True, False]
    assert gemeenten.is_er_op("0363", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "de eerste regel"),
        ("code;omschrijving;begindatum;einddatum\n", "de eerste regel"),
        (f"{HEADER}855,Tilburg,,\n", "regel 2: verwacht een code"),
        (f"{HEADER}0363,Amsterdam,,\n0855,,,\n", "regel 3: verwacht een code"),
        (f"{HEADER}0855,Tilburg,\n", "regel 2: verwacht een code"),
        (f"{HEADER}0855,Tilburg,,,x\n", "regel 2: verwacht een code"),
        (f"{HEADER}0855,Tilburg,1-1-2027,\n", "regel 2: een datum"),
        (f"{HEADER}0855,Tilburg,2027-01-01,2026-01-01\n", "regel 2: de einddatum"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "gemeenten.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(GemeentenError, match=told) as caught:
        Gemeenten.load(path)

    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gemeenten.csv"
    path.write_bytes(HEADER.encode() + b"0855,\xff,,\n")

    with pytest.raises(GemeentenError, match="niet te lezen"):
        Gemeenten.load(path)


def test_the_setting_is_a_file_that_is_there_or_empty(tmp_path: Path) -> None:
    path = tmp_path / "gemeenten.csv"
    path.write_text(HEADER)

    assert Settings(gemeenten=path).gemeenten == path
    assert Settings.model_validate({"gemeenten": ""}).gemeenten is None
    with pytest.raises(ValidationError, match="gemeenten"):
        Settings(gemeenten=tmp_path / "geen.csv")
