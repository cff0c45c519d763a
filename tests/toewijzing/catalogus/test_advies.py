"""Intensity advice: each band, each edge and each gap of the table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.toewijzing.catalogus.advies import Advies, Inzet, InzetError, adviseer
from services.toewijzing.catalogus.bestanden import lees_profielen
from services.toewijzing.catalogus.profiel import Profiel
from tests.toewijzing.catalogus.tabel import BIJLAGE, CELLEN

STEP = Decimal("0.01")
CEL = {(gebied, intensiteit): (Decimal(van), Decimal(tot)) for gebied, intensiteit, van, _, tot in CELLEN}
BUREN = [(gebied, number) for gebied, number in CEL if (gebied, number + 1) in CEL]


def advice(profiel: Profiel, code: str, amount: Decimal) -> Advies:
    gebied = profiel.gebied_bij_code[code]
    return adviseer(profiel, gebied, Inzet(dagdelen=amount) if gebied.eenheid == "dagdeel" else Inzet(uren=amount))


def outcome(profiel: Profiel, code: str, amount: Decimal) -> tuple[str, list[int]]:
    found = advice(profiel, code, amount)
    return found.uitslag, [band.intensiteit for band in found.kandidaten]


@pytest.mark.parametrize(("gebied", "intensiteit", "gemiddeld"), [(cel[0], cel[1], cel[3]) for cel in CELLEN])
def test_the_mean_of_a_band_is_in_that_band(profiel: Profiel, gebied: str, intensiteit: int, gemiddeld: str) -> None:
    assert outcome(profiel, gebied, Decimal(gemiddeld)) == ("past", [intensiteit])


@pytest.mark.parametrize(("gebied", "intensiteit"), CEL)
def test_both_ends_of_a_band_belong_to_it(profiel: Profiel, gebied: str, intensiteit: int) -> None:
    van, tot = CEL[gebied, intensiteit]

    assert intensiteit in outcome(profiel, gebied, van)[1]
    assert intensiteit in outcome(profiel, gebied, tot)[1]
    assert outcome(profiel, gebied, van + STEP) == outcome(profiel, gebied, tot - STEP) == ("past", [intensiteit])


@pytest.mark.parametrize(("gebied", "intensiteit"), BUREN)
def test_between_two_bands_both_are_candidates(profiel: Profiel, gebied: str, intensiteit: int) -> None:
    tot, van = CEL[gebied, intensiteit][1], CEL[gebied, intensiteit + 1][0]
    both = [intensiteit, intensiteit + 1]

    if tot == van:
        found = advice(profiel, gebied, tot)
        assert (found.uitslag, [band.intensiteit for band in found.kandidaten]) == ("grens", both)
        assert "is de grens van" in found.reden
    else:
        assert outcome(profiel, gebied, tot + STEP) == outcome(profiel, gebied, van - STEP) == ("tussen", both)
        assert "ligt tussen" in advice(profiel, gebied, tot + STEP).reden
    assert advice(profiel, gebied, (tot + van) / 2).intensiteit is None


@pytest.mark.parametrize("gebied", BIJLAGE)
def test_below_the_lowest_and_above_the_highest_nothing_is_chosen(profiel: Profiel, gebied: str) -> None:
    last = len(BIJLAGE[gebied].split())
    least, most = CEL[gebied, 1][0] - STEP, CEL[gebied, last][1] + STEP

    assert outcome(profiel, gebied, least) == ("onder", [1])
    assert outcome(profiel, gebied, most) == ("boven", [last])
    assert advice(profiel, gebied, least).intensiteit is advice(profiel, gebied, most).intensiteit is None


@given(amount=st.decimals("0.01", "60", places=2), code=st.sampled_from(list(BIJLAGE)))
def test_one_candidate_is_told_only_where_the_table_leaves_no_choice(amount: Decimal, code: str) -> None:
    [profiel] = lees_profielen()
    found = advice(profiel, code, amount)
    within = [number for (area, number), (van, tot) in CEL.items() if area == code and van <= amount <= tot]

    assert (found.intensiteit is not None) == (len(within) == 1)
    assert not within or [band.intensiteit for band in found.kandidaten] == within
    assert 1 <= len(found.kandidaten) <= 2


@pytest.mark.parametrize("gebied", ["4A", "4B", "4C"])
def test_an_hour_of_individual_support_counts_as_two_dagdelen(profiel: Profiel, gebied: str) -> None:
    area = profiel.gebied_bij_code[gebied]

    assert adviseer(profiel, area, Inzet(uren=Decimal("1.5"), dagdelen=Decimal(1))).inzet == 4


@pytest.mark.parametrize(
    ("gebied", "inzet", "told"),
    [
        ("2A", Inzet(dagdelen=Decimal(2)), "2A gaat in uren"),
        ("2A", Inzet(), "groter dan nul"),
        ("4A", Inzet(), "groter dan nul"),
        ("2A", Inzet(uren=Decimal(-1)), "groter dan nul"),
    ],
)
def test_an_amount_that_makes_no_sense_is_refused(profiel: Profiel, gebied: str, inzet: Inzet, told: str) -> None:
    with pytest.raises(InzetError, match=told):
        adviseer(profiel, profiel.gebied_bij_code[gebied], inzet)


def test_the_reason_writes_numbers_as_the_table_does(profiel: Profiel) -> None:
    assert advice(profiel, "1A", Decimal("4.25")).reden == (
        "4,25 ligt tussen + (tot 4,2) en ++ (van 4,3): kies en motiveer"
    )
    assert advice(profiel, "2A", Decimal("1.80")).reden == "1,8 is de grens van + en ++: kies en motiveer"
    assert advice(profiel, "4A", Decimal(10)).reden == "10 dagdelen valt binnen ++ (7,3 tot 12,8)"
