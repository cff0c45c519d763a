"""The terms of a case: which run, and on which day they end, over holidays and year ends."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.toewijzing.dossier.domain.termijnen import Loopt, lopend, wijziging
from tests.toewijzing.dossier.opzet import akkoord, doe, een_zaak, gekozen, ondertekend, voorgesteld

DAY = "2026-11-23"


@pytest.mark.parametrize(
    ("regel", "vanaf", "uiterlijk"),
    [
        ("SEED-MELDING", "2026-11-20", "2026-12-18"),
        # On the second day of Christmas, a Saturday: the first working day after it is the Monday.
        ("SEED-MELDING", "2026-11-28", "2026-12-28"),
        # Four weeks end on Christmas itself, a Friday.
        ("SEED-MELDING", "2026-11-27", "2026-12-28"),
        # New Year's day is a Friday; then comes the weekend.
        ("SEED-BESCHIKKEN", "2026-12-18", "2027-01-04"),
        # Easter: Goede Vrijdag, the weekend and Tweede Paasdag.
        ("SEED-ONDERSTEUNINGSPLAN", "2027-03-12", "2027-03-30"),
        # Koningsdag 2027 is a Tuesday.
        ("SEED-NORMENKADER", "2027-04-13", "2027-04-28"),
        # A leap day between: weeks are weeks.
        ("SEED-MELDING", "2028-02-10", "2028-03-09"),
    ],
)
def test_weeks_that_end_on_a_free_day_end_on_the_next_working_day(regel: str, vanaf: str, uiterlijk: str) -> None:
    term = Loopt(regel, "a/1", "", "gemeente", date.fromisoformat(vanaf))
    assert term.uiterlijk == date.fromisoformat(uiterlijk)


def running(zaak: object) -> list[tuple[str, str, str, str]]:
    return [(one.regel, one.wie, one.sleutel, one.vanaf.isoformat()) for one in lopend(zaak)]  # type: ignore[arg-type]


def test_what_runs_where_a_case_stands() -> None:
    assert running(een_zaak()) == [("SEED-MELDING", "gemeente", "zaak-a/1", "2026-11-20")]
    assert running(gekozen("2A")) == [("SEED-ONDERSTEUNINGSPLAN", "aanbieder", "zaak-a/1/1", DAY)]
    assert running(gekozen("HO", soort="normenkader"))[0][0] == "SEED-NORMENKADER"
    assert running(voorgesteld(("2A", 1))) == []
    assert running(akkoord(("2A", 1))) == running(ondertekend(("2A", 1)))
    assert running(akkoord(("2A", 1))) == [("SEED-BESCHIKKEN", "gemeente", "zaak-a/1", DAY)]


def test_the_next_version_has_a_term_of_its_own() -> None:
    later = datetime(2026, 11, 25, 9, 0)  # noqa: DTZ001 - Dutch wall-clock time
    zaak = doe(voorgesteld(("2A", 1)), "overleg", nu=later, uitkomst="x")
    assert running(zaak) == [("SEED-ONDERSTEUNINGSPLAN", "aanbieder", "zaak-a/1/2", "2026-11-25")]


def test_a_choice_that_is_given_back_lets_the_first_term_run_again() -> None:
    before = gekozen("2A")
    after = doe(before, "teruggave", "aanbieder", reden="anders")
    begun, ended = wijziging(before, after)
    assert [(one.regel, one.vanaf) for one in begun] == [("SEED-MELDING", date(2026, 11, 20))]
    assert [(one.regel, one.aanbieder) for one in ended] == [("SEED-ONDERSTEUNINGSPLAN", "98765432")]


def test_a_new_round_has_terms_of_its_own_and_a_closed_case_none() -> None:
    given = replace(ondertekend(("2A", 1)), fase="toegewezen")
    begun, ended = wijziging(given, doe(given, "vervolg", "aanbieder", aanleiding="wijziging", toelichting="x"))
    assert ([one.sleutel for one in begun], ended) == (["zaak-a/2"], [])
    closed = doe(een_zaak(), "sluiting", reden="ingetrokken")
    assert (list(lopend(closed)), [one.regel for one in wijziging(een_zaak(), closed)[1]]) == ([], ["SEED-MELDING"])
