"""What is told of a request that is not right: where and why, in Dutch, and never in the caller's own words."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from shared.exchange.fouten import explain_fault, place_of

BSN = "123456782"


class Vraag(BaseModel):
    """One of each kind of field."""

    model_config = ConfigDict(extra="forbid")

    keuze: Literal["bijna", "niet"] = "niet"
    lijst: list[int] = Field([1], min_length=1, max_length=2)
    tekst: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    code: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "AB"
    vlag: bool = True
    dag: date | None = None
    getal: Annotated[Decimal, Field(decimal_places=1)] = Decimal(1)
    naar: dict[Literal["motivatie"], Literal["goed"]] = {}


def told(**given: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        Vraag.model_validate(given)
    return [(place_of(fault), explain_fault(fault)) for fault in refused.value.errors()]


@pytest.mark.parametrize(
    ("given", "place", "reason"),
    [
        ({"keuze": BSN}, "keuze", "is geen van de toegestane waarden: bijna, niet"),
        ({"lijst": []}, "lijst", "heeft er te weinig: minstens 1"),
        ({"lijst": [1, 2, 3]}, "lijst", "heeft er te veel: hoogstens 2"),
        ({"lijst": BSN}, "lijst", "moet een lijst zijn"),
        ({"tekst": "a"}, "tekst", "is te kort: minstens 2 tekens"),
        ({"tekst": BSN}, "tekst", "is te lang: hoogstens 3 tekens"),
        ({"code": BSN}, "code", "heeft niet de juiste vorm: ^[A-Z]{2}$"),
        ({"vlag": BSN}, "vlag", "is niet true of false"),
        ({"dag": []}, "dag", "is geen datum (JJJJ-MM-DD)"),
        ({"getal": "veel"}, "getal", "is geen getal"),
        ({"getal": "1.25"}, "getal", "heeft te veel cijfers achter de komma: hoogstens 1"),
        ({"naar": {"motivatie": BSN}}, "naar/motivatie", "is geen van de toegestane waarden: goed"),
        ({"naar": {BSN: "goed"}}, "naar/?/[key]", "is geen van de toegestane waarden: motivatie"),
        ({BSN: 1}, "?", "bestaat hier niet"),
        ({"anders": 1}, "anders", "bestaat hier niet"),
    ],
)
def test_a_fault_has_its_place_and_what_is_allowed(given: dict[str, Any], place: str, reason: str) -> None:
    assert told(**given) == [(place, reason)]


@pytest.mark.parametrize("kind", list_all_errors(), ids=lambda kind: kind["type"])
def test_any_fault_is_told_whatever_comes_with_it(kind: dict[str, Any]) -> None:
    known = kind["example_context"] or {}
    fault = {"type": kind["type"], "msg": kind["example_message_python"], "ctx": dict.fromkeys(known, "7")}

    complete, bare = explain_fault(fault), [explain_fault({**fault, "ctx": ctx}) for ctx in ({}, None)]

    assert complete.startswith(bare[0])
    assert bare[0] == bare[1]
    assert not set("{}:") & set(bare[0])
    assert not set("{}") & set(complete)
