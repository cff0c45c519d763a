"""Keys that are unique within a message, and days that do not lie after it."""

from datetime import date

import pytest

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.in_bericht import Sleutels, judge_days, judge_uniqueness, repeated, years_before
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Plek
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, soort

DAGTEKENING = date(2025, 4, 4)


def plek(number: int, klasse: str = "Prestatie", *, client: int = 1) -> Plek:
    return (("Clienten", 0), ("Client", client), ("Prestaties", 0), (klasse, number))


def kop(release: Release = "3.2") -> Kop:
    return Kop(soort("WMO305", release), AANBIEDER, GEMEENTE, "B0001", DAGTEKENING)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [(plek(1), "Prestatie", ("R1", None)), (plek(2), "Prestatie", ("R2", None))],
        [(plek(1), "Prestatie", ("R1", None)), (plek(2), "Prestatie", ("R1", "R0"))],
        [(plek(1), "Prestatie", "R1"), (plek(1, client=2), "Prestatie", "R1")],
        [(plek(1), "Prestatie", "1"), (plek(1, "Contact"), "Contact", "1")],
    ],
    ids=["nothing", "other keys", "a part absent", "other parents", "other classes"],
)
@pytest.mark.parametrize("release", RELEASES)
def test_tr101_accepts_keys_that_differ(items: list[tuple[Plek, str, object]], release: Release) -> None:
    assert judge_uniqueness(items, release) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr101_refuses_a_key_that_an_earlier_one_has(release: Release) -> None:
    items = [(plek(number), "Prestatie", ("R1", None)) for number in (1, 2, 3)]

    found = judge_uniqueness(items, release)

    assert [(one.regel.code, one.retourcode, one.plek) for one in found] == [
        ("TR101", "0001", plek(2)),
        ("TR101", "0001", plek(3)),
    ]
    assert found[1].as_json()["gevonden"] == "R1, -"
    assert found[1].as_json()["botstMetLocatie"] == "/Bericht/Clienten/Client[1]/Prestaties/Prestatie[1]"


@pytest.mark.parametrize("klasse", ["Client", "Relatie", "Contact"])
def test_tr101_refuses_a_person_who_is_there_twice_without_telling_who(klasse: str) -> None:
    [melding] = judge_uniqueness([(plek(1, klasse), klasse, BSN), (plek(2, klasse), klasse, BSN)], "3.2")

    assert "gevonden" not in melding.as_json()
    assert BSN not in str(melding.as_json())


def test_the_first_with_a_key_is_what_later_ones_clash_with() -> None:
    items = [(plek(1), "Prestatie", "R1"), (plek(2), "Prestatie", "R2"), (plek(3), "Prestatie", "R1")]

    assert list(repeated(items)) == [Sleutels(plek(3), "Prestatie", "R1", plek(1))]


@pytest.mark.parametrize("release", RELEASES)
def test_tr134_accepts_a_day_up_to_the_dagtekening(release: Release) -> None:
    assert (
        judge_days([(plek(1), "Begindatum", DAGTEKENING), (plek(2), "Begindatum", date(1, 1, 1))], kop(release)) == []
    )


@pytest.mark.parametrize("release", RELEASES)
def test_tr134_refuses_a_day_after_the_dagtekening(release: Release) -> None:
    [melding] = judge_days([(plek(1), "Begindatum", date(2025, 4, 5))], kop(release))

    assert (melding.regel.code, melding.retourcode, melding.plek) == ("TR134", "0001", plek(1))
    assert melding.afwijking.omschrijving.startswith("Begindatum ")
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == ("2025-04-05", "uiterlijk 2025-04-04")


@pytest.mark.parametrize(
    ("day", "years", "before"),
    [
        (date(2025, 4, 4), 5, date(2020, 4, 4)),
        (date(2024, 2, 29), 4, date(2020, 2, 29)),
        (date(2024, 2, 29), 5, date(2019, 2, 28)),
        (date(5, 6, 7), 4, date(1, 6, 7)),
        (date(5, 6, 7), 5, date.min),
    ],
    ids=str,
)
def test_years_are_counted_back_to_the_same_day(day: date, years: int, before: date) -> None:
    assert years_before(day, years) == before
