"""The rules on a header."""

from datetime import date, timedelta

import pytest

from shared.iwmo.catalogus import RELEASES, SOORTEN, Release
from shared.iwmo.kop import HEADER, KOP_REGELS, Kop, KopFeiten, read_kop
from shared.iwmo.regels import Melding
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, VANDAAG, a_305, a_declaratie_bericht, soort


def a_kop(release: Release = "3.2", *, dagtekening: date = VANDAAG) -> Kop:
    return Kop(soort("WMO305", release), AANBIEDER, GEMEENTE, "B0001", dagtekening)


def judge(kop: Kop, eerder: str | None = None) -> list[Melding]:
    return KOP_REGELS.judge(kop, KopFeiten(VANDAAG, eerder), kop.soort.release, HEADER)


def codes(meldingen: list[Melding]) -> list[tuple[str, str]]:
    return [(melding.regel.code, melding.retourcode) for melding in meldingen]


@pytest.mark.parametrize("release", RELEASES)
def test_tr056_accepts_a_new_identificatie(release: Release) -> None:
    assert judge(a_kop(release)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr056_refuses_an_identificatie_used_before(release: Release) -> None:
    [melding] = judge(a_kop(release), eerder="11111111-1111-1111-1111-111111111111")

    assert codes([melding]) == [("TR056", "9056")]
    assert melding.as_json()["botstMet"] == "11111111-1111-1111-1111-111111111111"
    assert melding.locatie == "/Bericht/Header"


@pytest.mark.parametrize("dagtekening", [VANDAAG, VANDAAG - timedelta(days=1), date(1, 1, 1)])
def test_tr135_accepts_a_dagtekening_up_to_today(dagtekening: date) -> None:
    assert judge(a_kop(dagtekening=dagtekening)) == []


@pytest.mark.parametrize("dagtekening", [VANDAAG + timedelta(days=1), date(9999, 12, 31)])
def test_tr135_refuses_a_dagtekening_from_tomorrow_on(dagtekening: date) -> None:
    assert codes(judge(a_kop(dagtekening=dagtekening))) == [("TR135", "8848")]


def test_all_faults_of_a_header_are_told() -> None:
    found = judge(a_kop(dagtekening=VANDAAG + timedelta(days=1)), eerder="1")

    assert codes(found) == [("TR056", "9056"), ("TR135", "8848")]


def test_the_header_of_a_303_is_known_by_the_number_of_the_declaration() -> None:
    kop = read_kop(soort("WMO303D", "2.4"), a_declaratie_bericht("2.4", nummer="D1"))

    assert (kop.afzender, kop.ontvanger, kop.identificatie) == (AANBIEDER, GEMEENTE, "D1")
    assert kop.dagtekening == date(2025, 4, 4)


@pytest.mark.parametrize("release", RELEASES)
def test_a_header_is_known_by_its_identificatie(release: Release) -> None:
    kop = read_kop(soort("WMO305", release), a_305(release, identificatie="X9", dagtekening="2025-01-02"))

    assert (kop.identificatie, kop.dagtekening) == ("X9", date(2025, 1, 2))


def test_every_message_has_its_own_code_within_a_release() -> None:
    keys = [(soort.release, soort.code) for soort in SOORTEN]

    assert len(set(keys)) == len(keys)
