"""The terms of gemeenten: the settings, and the operator's file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.retentie.termijnen import BewaarError, Bewaartermijnen, Grenzen, Termijnen
from shared.settings import BEWAAR_GRENZEN, Settings

KOP = "gemeente,inhoud_dagen,postbus_dagen,sleutel_jaren,dossier_jaren"
GEWOON = Termijnen(90, 365, 7, 15)


def load(folder: Path, *lines: str, kop: str = KOP) -> Bewaartermijnen:
    path = folder / "termijnen.csv"
    path.write_text("\n".join((kop, *lines)) + "\n")
    return Bewaartermijnen.load(Settings(bewaartermijnen=path))


def test_without_a_file_all_have_the_terms_of_the_settings() -> None:
    terms = Bewaartermijnen.load(Settings(bewaar_inhoud_dagen=30))

    [groep] = terms.groepen()

    assert (groep.termijnen, groep.gemeenten, groep.behalve) == (Termijnen(30, 365, 7, 15), (), True)


def test_gemeenten_with_the_same_terms_go_together_and_all_others_apart(tmp_path: Path) -> None:
    usual, first, second = load(tmp_path, "0855,5,,,", "0772,5,,,", "0363,,100,8,20").groepen()

    assert (usual.termijnen, usual.gemeenten, usual.behalve) == (GEWOON, ("0363", "0772", "0855"), True)
    found = {groep.gemeenten: groep.termijnen for groep in (first, second)}
    assert found == {("0772", "0855"): Termijnen(5, 365, 7, 15), ("0363",): Termijnen(90, 100, 8, 20)}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("0855,0,,,", "inhoud_dagen is een getal van 1 tot 3650"),
        ("0855,,366,,", "postbus_dagen is een getal van 1 tot 365"),
        ("0855,,,6,", "sleutel_jaren is een getal van 7 tot 100"),
        ("0855,,,,14", "dossier_jaren is een getal van 15 tot 100"),
        ("0855,1.5,,,", "inhoud_dagen is een getal"),
        ("0001,5,,,", "verwacht een gemeentecode"),
        ("0855,5,,", "verwacht een gemeentecode"),
        ("0855,5,,,,7", "verwacht een gemeentecode"),
    ],
)
def test_a_line_that_is_not_right_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(BewaarError) as caught:
        load(tmp_path, "0772,5,,,", line)

    assert "termijnen.csv, regel 3: " in str(caught.value)
    assert told in str(caught.value)


def test_a_gemeente_stands_in_it_once_and_the_first_line_names_the_columns(tmp_path: Path) -> None:
    with pytest.raises(BewaarError, match="eenmaal"):
        load(tmp_path, "0855,5,,,", "0855,6,,,")
    with pytest.raises(BewaarError, match="de eerste regel moet zijn"):
        load(tmp_path, kop="gemeente,dagen")


@pytest.mark.parametrize("name", BEWAAR_GRENZEN)
def test_a_setting_has_the_limits_of_the_file(name: str) -> None:
    least, most = BEWAAR_GRENZEN[name]
    for value in (least, most):
        assert getattr(Settings(**{f"bewaar_{name}": value}), f"bewaar_{name}") == value
    for value in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            Settings(**{f"bewaar_{name}": value})


def test_terms_are_counted_back_from_now() -> None:
    nu = datetime(2026, 11, 22, tzinfo=UTC)

    grenzen = Grenzen.of(GEWOON, nu)

    assert (nu - grenzen.inhoud, nu - grenzen.postbus) == (timedelta(days=90), timedelta(days=365))
    assert (grenzen.sleutel.year, grenzen.dossier.year) == (2019, 2011)
