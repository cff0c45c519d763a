"""Mandates: a token says who somebody is, the node's register for whom he may act."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from knooppunt.issuer import JWKS_FILE, Issuer
from shared.klok import Klok
from shared.problems import TokenError, VerbodenError
from shared.security.machtiging import COLUMNS, Machtigingen, MachtigingError
from shared.security.partij import Partij
from shared.security.tokens import Poortwachter
from shared.settings import Settings
from tests.shared.security.vervalst import Signer

OIN, OTHER = "00000001234567890000", "00000009876543210000"
WHO = f"organisatie:{OIN}"
GEMEENTE, BUUR, AANBIEDER = Partij.gemeente("0855"), Partij.gemeente("0867"), Partij.aanbieder("98765432")
TODAY = Klok().today()
DAY = timedelta(days=1)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(Issuer.load_or_create(tmp_path))


def a_file(folder: Path, *lines: str) -> Path:
    path = folder / "machtigingen.csv"
    path.write_text("\n".join((",".join(COLUMNS), *lines)) + "\n", encoding="utf-8")
    return path


def a_wachter(folder: Path, *lines: str, shift: float = 0) -> Poortwachter:
    jwks = (folder / JWKS_FILE).as_uri()
    return Poortwachter.of(Settings(jwks_url=jwks, machtigingen=a_file(folder, *lines), klok_verschuiving=shift))


async def test_an_organisation_acts_for_those_who_gave_it_a_mandate(signer: Signer, tmp_path: Path) -> None:
    wachter = a_wachter(
        tmp_path,
        f"{WHO},gemeente:0855,{TODAY},",
        f"{WHO},agb:98765432,2020-01-01,{TODAY + DAY}",
        f"organisatie:{OTHER},gemeente:0867,2020-01-01,",
    )

    beller = await wachter.beller(f"Bearer {signer.sign(partij=WHO)}")

    assert beller.partijen == {GEMEENTE, AANBIEDER}
    assert beller.subject == f"{WHO},mij"  # the audit trail knows who it was


async def test_a_mandate_comes_beside_the_parties_of_the_token(signer: Signer, tmp_path: Path) -> None:
    wachter = a_wachter(tmp_path, f"{WHO},gemeente:0855,{TODAY},")

    assert (await wachter.beller(f"Bearer {signer.sign(partij=['gemeente:0867', WHO])}")).partijen == {GEMEENTE, BUUR}
    assert (await wachter.beller(f"Bearer {signer.sign(partij='gemeente:0867')}")).partijen == {BUUR}


@pytest.mark.parametrize(
    "line",
    [
        f"{WHO},gemeente:0855,{TODAY + 2 * DAY},",
        f"{WHO},gemeente:0855,2020-01-01,{TODAY - DAY}",
        f"organisatie:{OTHER},gemeente:0855,2020-01-01,",
    ],
    ids=["later", "past", "another's"],
)
async def test_without_a_mandate_for_today_nothing_is_allowed(line: str, signer: Signer, tmp_path: Path) -> None:
    with pytest.raises(VerbodenError) as caught:
        await a_wachter(tmp_path, line).beller(f"Bearer {signer.sign(partij=WHO)}")
    assert not caught.value.headers  # with a mandate the same token would do


async def test_a_mandate_ends_while_the_token_goes_on(signer: Signer, tmp_path: Path) -> None:
    wachter = a_wachter(tmp_path, f"{WHO},gemeente:0855,{TODAY - DAY},{TODAY + DAY}")
    token = f"Bearer {signer.sign(partij=WHO)}"
    assert (await wachter.beller(token)).partijen == {GEMEENTE}

    later = replace(wachter, klok=Klok(3 * 86_400))
    assert later.gezien is wachter.gezien  # it is remembered, and good
    with pytest.raises(VerbodenError):
        await later.beller(token)


@pytest.mark.parametrize("who", ["organisatie:", "organisatie:123", f"organisatie:{OIN}0", f"Organisatie:{OIN}"])
async def test_an_organisation_in_another_shape_is_nobody(who: str, signer: Signer, tmp_path: Path) -> None:
    with pytest.raises(TokenError):
        await a_wachter(tmp_path, f"{WHO},gemeente:0855,{TODAY},").beller(f"Bearer {signer.sign(partij=who)}")


@pytest.mark.parametrize(
    "line",
    [
        f"{OIN},gemeente:0855,2020-01-01,",
        "organisatie:123,gemeente:0855,2020-01-01,",
        f"{WHO},gemeente:855,2020-01-01,",
        f"{WHO},beheer,2020-01-01,",
        f"{WHO},{WHO},2020-01-01,",
        f"{WHO},gemeente:0855,,",
        f"{WHO},gemeente:0855,morgen,",
        f"{WHO},gemeente:0855,2020-01-02,2020-01-01",
        f"{WHO},gemeente:0855,2020-01-01",
        f"{WHO},gemeente:0855,2020-01-01,,x",
    ],
)
def test_a_file_with_a_mistake_stops_the_start_and_names_its_line(line: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{WHO},gemeente:0855,2020-01-01,", line)

    with pytest.raises(MachtigingError, match="regel 3"):
        Machtigingen.load(path)


def test_other_columns_or_bytes_stop_the_start(tmp_path: Path) -> None:
    path = tmp_path / "machtigingen.csv"
    for content in (b"", b"organisatie,partij\n", b"\xff\xfe", ",".join(COLUMNS).encode() + b"\n\xff"):
        path.write_bytes(content)
        with pytest.raises(MachtigingError):
            Machtigingen.load(path)


def test_both_days_of_a_mandate_count(tmp_path: Path) -> None:
    register = Machtigingen.load(a_file(tmp_path, f"{WHO},gemeente:0855,2026-01-02,2026-01-04"))

    days = [date(2026, 1, day) for day in range(1, 6)]

    assert [bool(register.partijen([OIN], day)) for day in days] == [False, True, True, True, False]
