"""The rules on a client's BSN and date of birth."""

from datetime import date
from typing import Any

import pytest

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import (
    GEBOORTEDATUM_REGELS,
    PERSOON_REGELS,
    Geboortedatum,
    Persoon,
    bsn_is_valid,
    read_persoon,
)
from shared.problems import SchemaError
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, a_client, soort

PLEK = (("Client", 0),)
DAGTEKENING = date(2025, 4, 4)


def judge(
    bsn: str = BSN,
    geboren: date = date(1947, 11, 5),
    gebruik: str | None = None,
    *,
    dagtekening: date = DAGTEKENING,
    release: Release = "3.2",
) -> list[dict[str, Any]]:
    kop = Kop(soort("WMO305", release), AANBIEDER, GEMEENTE, "B0001", dagtekening)
    persoon = Persoon(PLEK, bsn, Geboortedatum(geboren, gebruik))
    return [melding.as_json() for melding in PERSOON_REGELS.judge(persoon, kop, release, PLEK)]


def codes(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(melding["regel"], melding["retourcode"]) for melding in found]


@pytest.mark.parametrize("bsn", [BSN, "123456782", "111222333"])
def test_cs002_accepts_a_bsn_that_passes_the_elfproef(bsn: str) -> None:
    assert judge(bsn) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("bsn", ["999990018", "123456789", "000000000", "111111111"])
def test_cs002_refuses_a_bsn_that_fails_the_elfproef_without_telling_it(bsn: str, release: Release) -> None:
    found = judge(bsn, release=release)

    assert codes(found) == [("CS002", "0001")]
    assert bsn not in str(found)


@pytest.mark.parametrize("changed", range(9))
def test_cs002_refuses_every_bsn_with_one_digit_changed(changed: int) -> None:
    digit = str((int(BSN[changed]) + 1) % 10)

    assert not bsn_is_valid(BSN[:changed] + digit + BSN[changed + 1 :])


@pytest.mark.parametrize(
    ("geboren", "gebruik", "dagtekening"),
    [
        (date(1905, 4, 4), None, DAGTEKENING),
        (date(2025, 4, 4), None, DAGTEKENING),
        (date(1900, 1, 1), "3", DAGTEKENING),
        (date(1900, 3, 1), None, date(2020, 2, 29)),
        (date(1, 1, 1), None, date(100, 1, 1)),
    ],
    ids=str,
)
def test_tr002_accepts_up_to_120_years_and_an_unknown_date(
    geboren: date, gebruik: str | None, dagtekening: date
) -> None:
    assert judge(geboren=geboren, gebruik=gebruik, dagtekening=dagtekening) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("geboren", "gebruik", "dagtekening"),
    [
        (date(1905, 4, 3), None, DAGTEKENING),
        (date(1900, 1, 1), None, DAGTEKENING),
        (date(1900, 1, 1), "2", DAGTEKENING),
        (date(1900, 2, 28), None, date(2020, 2, 29)),
    ],
    ids=str,
)
def test_tr002_refuses_a_client_of_over_120_years_without_telling_his_age(
    geboren: date, gebruik: str | None, dagtekening: date, release: Release
) -> None:
    found = judge(geboren=geboren, gebruik=gebruik, dagtekening=dagtekening, release=release)

    assert codes(found) == [("TR002", "0001")]
    assert geboren.isoformat() not in str(found)


@pytest.mark.parametrize(
    ("geboren", "gebruik"),
    [
        (date(1949, 9, 17), None),
        (date(1949, 9, 1), "1"),
        (date(1953, 1, 1), "2"),
        (date(1953, 1, 1), "1"),
        (date(1900, 1, 1), "3"),
    ],
    ids=str,
)
def test_cs139_accepts_a_date_that_fits_what_is_unknown(geboren: date, gebruik: str | None) -> None:
    assert judge(geboren=geboren, gebruik=gebruik) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("geboren", "gebruik"),
    [
        (date(1949, 9, 17), "1"),
        (date(1949, 9, 1), "2"),
        (date(1949, 1, 2), "2"),
        (date(1949, 1, 1), "3"),
        (date(1949, 9, 17), "3"),
    ],
    ids=str,
)
def test_cs139_refuses_a_date_that_is_known_after_all(geboren: date, gebruik: str, release: Release) -> None:
    found = judge(geboren=geboren, gebruik=gebruik, release=release)

    assert codes(found) == [("CS139", "0001")]
    assert geboren.isoformat() not in str(found)


def test_tr134_accepts_a_birth_on_the_dagtekening() -> None:
    assert judge(geboren=DAGTEKENING) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr134_refuses_a_birth_after_the_dagtekening_without_telling_it(release: Release) -> None:
    found = judge(geboren=date(2025, 4, 5), release=release)

    assert codes(found) == [("TR134", "0001")]
    assert "2025-04-05" not in str(found)


def test_a_message_without_date_of_birth_has_only_the_bsn_judged() -> None:
    kop = Kop(soort("WMO317", "3.2"), AANBIEDER, GEMEENTE, "B0001", DAGTEKENING)
    persoon = read_persoon({"Bsn": "999990018"}, PLEK)

    assert persoon == Persoon(PLEK, "999990018", None)
    assert [one.regel.code for one in PERSOON_REGELS.judge(persoon, kop, "3.2", PLEK)] == ["CS002"]
    assert GEBOORTEDATUM_REGELS.judge(persoon, kop, "3.2", PLEK) == []


def test_a_client_is_read_with_what_is_unknown_of_his_birth() -> None:
    client = a_client(Geboortedatum={"Datum": "1953-01-01", "DatumGebruik": "2"})

    assert read_persoon(client, PLEK).geboortedatum == Geboortedatum(date(1953, 1, 1), "2")


def test_a_birth_that_no_calendar_has_is_a_fault_of_the_message() -> None:
    with pytest.raises(SchemaError) as caught:
        read_persoon(a_client(Geboortedatum={"Datum": "-0001-01-01"}), PLEK)

    assert [fout.locatie for fout in caught.value.fouten] == ["/Bericht/Client/Geboortedatum"]
