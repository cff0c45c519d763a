"""Who is calling."""

import pytest

from shared.security.partij import Beller, Partij


@pytest.mark.parametrize("text", ["gemeente:0855", "agb:98765432", "beheer", "gemeente:0000"])
def test_a_partij_is_read_and_written_alike(text: str) -> None:
    assert str(Partij.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gemeente",
        "gemeente:",
        "gemeente:855",
        "gemeente:08555",
        "gemeente:0855\n",
        " gemeente:0855",
        "Gemeente:0855",
        "gemeente:٠٨٥٥",
        "agb:1234567",
        "agb:123456789",
        "agb:0855",
        "gemeente:98765432",
        "beheer:1",
        "Beheer",
        "gemeente:0855,agb:98765432",
        "aanbieder:98765432",
    ],
)
def test_another_partij_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="partij moet zijn"):
        Partij.parse(text)


def test_a_beller_speaks_for_his_own_parties_only() -> None:
    beller = Beller("x", frozenset({Partij.gemeente("0855"), Partij.aanbieder("98765432")}))

    assert beller.is_(Partij.gemeente("0855"))
    assert not beller.is_(Partij.gemeente("0856"))
    assert not beller.is_(Partij("beheer"))
    assert beller.names == ["agb:98765432", "gemeente:0855"]
    assert (beller.codes("gemeente"), beller.codes("agb"), beller.codes("beheer")) == (["0855"], ["98765432"], [])
