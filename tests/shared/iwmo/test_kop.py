"""The rules on a header."""

from datetime import date, timedelta

import pytest

from shared.iwmo.catalogus import RELEASES, SOORTEN, BerichtSoort, Release
from shared.iwmo.gemeenten import Gemeenten
from shared.iwmo.kop import HEADER, KOP_REGELS, OUDE_GEMEENTE_REGELS, Ingangsdata, Kop, KopFeiten, read_kop
from shared.iwmo.regels import Melding
from tests.shared.iwmo.berichten import AANBIEDER, GEMEENTE, VANDAAG, a_305, a_declaratie_bericht, soort

GEMEENTEN = Gemeenten.load()
WEESP, WEESP_LAST = "0457", date(2022, 3, 23)
NIEMAND = "9999"


def a_kop(release: Release = "3.2", *, dagtekening: date = VANDAAG, gemeente: str = GEMEENTE) -> Kop:
    return Kop(soort("WMO305", release), AANBIEDER, gemeente, "B0001", dagtekening)


def judge(kop: Kop, eerder: str | None = None) -> list[Melding]:
    return KOP_REGELS.judge(kop, KopFeiten(VANDAAG, GEMEENTEN, eerder), kop.soort.release, HEADER)


def judge_old(gemeente: str, *dagen: date, sleutels: tuple[str, ...] = (), release: Release = "3.2") -> list[Melding]:
    """With the Ingangsdata of the toewijzingen concerned, and the keys of those that may still come."""
    feiten = KopFeiten(VANDAAG, GEMEENTEN, ingangsdata=Ingangsdata(frozenset(dagen), frozenset(sleutels)))
    return OUDE_GEMEENTE_REGELS.judge(a_kop(gemeente=gemeente), feiten, release, HEADER)


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


@pytest.mark.parametrize("release", RELEASES)
def test_tr378_accepts_a_gemeente_of_today(release: Release) -> None:
    assert judge(a_kop(release)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr378_accepts_a_gemeente_of_the_day_on_which_a_toewijzing_began(release: Release) -> None:
    after = WEESP_LAST + timedelta(days=1)

    assert judge(a_kop(release, gemeente=WEESP)) == []
    assert judge_old(WEESP, WEESP_LAST, release=release) == []
    assert judge_old(WEESP, after, WEESP_LAST, release=release) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr378_refuses_a_gemeente_that_was_gone_when_the_toewijzing_began(release: Release) -> None:
    [melding] = judge_old(WEESP, WEESP_LAST + timedelta(days=1), release=release)

    assert codes([melding]) == [("TR378", "S300")]
    assert melding.as_json()["gevonden"] == WEESP
    assert "tot en met 2022-03-23" in melding.afwijking.omschrijving
    assert melding.afwijking.verwacht == "een gemeente van vandaag of van 2022-03-24"


@pytest.mark.parametrize("release", RELEASES)
def test_tr378_refuses_a_code_that_nobody_ever_had_without_waiting(release: Release) -> None:
    [melding] = judge(a_kop(release, gemeente=NIEMAND))

    assert codes([melding]) == [("TR378", "S300")]
    assert not melding.vreemd


def test_tr378_refuses_only_for_now_while_a_toewijzing_may_still_come() -> None:
    [may_come], [known] = judge_old(WEESP, sleutels=("0457:1",)), judge_old(WEESP)

    assert (may_come.vreemd, known.vreemd) == (True, False)
    assert known.afwijking.verwacht is None


@pytest.mark.parametrize("soort_", SOORTEN, ids=lambda one: f"{one.naam}-{one.release}")
def test_every_header_names_a_gemeente_and_an_aanbieder(soort_: BerichtSoort) -> None:
    van_gemeente = soort_.naam in ("WMO301", "WMO302", "WMO319", "WMO320", "WMO325")
    ends = (GEMEENTE, AANBIEDER) if van_gemeente else (AANBIEDER, GEMEENTE)

    kop = Kop(soort_, *ends, "B0001", VANDAAG)

    assert (kop.gemeente, kop.aanbieder) == (GEMEENTE, AANBIEDER)


def test_all_faults_of_a_header_are_told() -> None:
    found = judge(a_kop(dagtekening=VANDAAG + timedelta(days=1), gemeente=NIEMAND), eerder="1")

    assert codes(found) == [("TR056", "9056"), ("TR135", "8848"), ("TR378", "S300")]


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
