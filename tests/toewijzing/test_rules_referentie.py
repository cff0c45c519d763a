"""The rule that holds ReferentieAanbieder in a WMO301 against the requests."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.toewijzing.domain.feiten import EerderVerzoek
from services.toewijzing.rules.toewijzing import TOEGEWEZENPRODUCT_REGELS
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Melding
from tests.shared.iwmo.berichten import NUMMER
from tests.toewijzing.bouw import PLEK, a_product, a_toewijzing, an_eerder_verzoek, feiten

ANDER_NUMMER = NUMMER + 1
VOW = an_eerder_verzoek(referentie="VOW1", soort="WMO317", bericht_id="bericht-317")
VOT = an_eerder_verzoek(referentie="VOT1", soort="WMO315", bericht_id="bericht-315")


def judge(
    referentie: str | None,
    *verzoeken: EerderVerzoek,
    bekend: Toewijzing | None = None,
    in_bericht: Mapping[int, str | None] | None = None,
    release: Release = "3.2",
) -> list[Melding]:
    """The toewijzing NUMMER with this reference, alone in its message unless told otherwise."""
    known = feiten(
        *([bekend] if bekend else []),
        in_bericht={NUMMER: referentie} | dict(in_bericht or {}),
        verzoeken={one.referentie: one for one in verzoeken},
    )
    product = replace(a_product(), referentie_aanbieder=referentie)
    return TOEGEWEZENPRODUCT_REGELS.judge(product, known, release, PLEK)


@pytest.mark.parametrize("verzoek", [VOW, VOT], ids=["VOW", "VOT"])
@pytest.mark.parametrize("antwoorden", [(), ("2",)], ids=str)
def test_tr379_accepts_the_reference_of_an_open_request(verzoek: EerderVerzoek, antwoorden: tuple[str, ...]) -> None:
    assert judge(verzoek.referentie, replace(verzoek, antwoorden=antwoorden)) == []


def test_tr379_accepts_no_reference() -> None:
    assert judge(None) == judge(None, VOW, in_bericht={ANDER_NUMMER: "VOW1"}) == []


def test_tr379_accepts_a_reference_in_a_release_that_has_none() -> None:
    assert judge("VOT9", release="2.4") == []


@pytest.mark.parametrize(
    "anders",
    [{}, {"gemeente": "0384"}, {"aanbieder": "12345678"}, {"client": "client-b"}],
    ids=str,
)
def test_tr379_refuses_the_reference_of_no_request_of_this_client(anders: dict[str, Any]) -> None:
    verzoeken = [replace(VOT, **anders)] if anders else []

    [melding] = judge("VOT1", *verzoeken)

    assert (melding.regel.code, melding.retourcode, melding.klasse) == ("TR379", "9379", "ToegewezenProduct")
    assert (melding.afwijking.gevonden, melding.afwijking.botst_met) == ("VOT1", None)
    assert melding.afwijking == judge("VOT1")[0].afwijking


@pytest.mark.parametrize("verzoek", [VOW, VOT], ids=["VOW", "VOT"])
@pytest.mark.parametrize(
    ("settled", "met"),
    [
        ({"antwoorden": ("1",), "antwoord_bericht_id": "bericht-319"}, "bericht-319"),
        ({"antwoorden": ("2", "1"), "antwoord_bericht_id": "bericht-319"}, "bericht-319"),
        ({"toewijzing_bericht_id": "bericht-301"}, "bericht-301"),
        (
            {"antwoorden": ("2",), "antwoord_bericht_id": "bericht-319", "toewijzing_bericht_id": "bericht-301"},
            "bericht-301",
        ),
    ],
    ids=str,
)
def test_tr379_refuses_the_reference_of_a_settled_request(
    verzoek: EerderVerzoek, settled: dict[str, Any], met: str
) -> None:
    [melding] = judge(verzoek.referentie, replace(verzoek, **settled))

    assert (melding.retourcode, melding.afwijking.botst_met) == ("9379", met)
    assert melding.afwijking.gevonden == verzoek.referentie


@pytest.mark.parametrize("newer", [timedelta(), timedelta(seconds=1)], ids=str)
@pytest.mark.parametrize("other", [{}, {ANDER_NUMMER: None}], ids=str)
def test_tr379_accepts_a_version_that_is_sent_again(newer: timedelta, other: dict[int, str | None]) -> None:
    known = a_toewijzing()
    granted = replace(VOW, toewijzing_bericht_id="bericht-301")

    assert judge("VOW1", granted, bekend=replace(known, moment=known.moment + newer), in_bericht=other) == []


def test_tr379_refuses_a_granted_reference_on_a_later_version() -> None:
    known = a_toewijzing()
    granted = replace(VOW, toewijzing_bericht_id="bericht-301")

    [melding] = judge("VOW1", granted, bekend=replace(known, moment=known.moment - timedelta(seconds=1)))

    assert melding.retourcode == "9379"


def test_tr379_refuses_a_reference_that_was_never_granted_on_a_known_version() -> None:
    refused = replace(VOW, antwoorden=("1",), antwoord_bericht_id="bericht-319")

    meldingen = [judge("VOW1", *one, bekend=a_toewijzing()) for one in ((), (refused,))]

    assert [[melding.retourcode for melding in one] for one in meldingen] == [["9379"], ["9379"]]


def test_tr379_accepts_a_request_for_change_that_is_granted_whole() -> None:
    assert judge("VOW1", VOW, in_bericht={ANDER_NUMMER: "VOW1"}) == []


@pytest.mark.parametrize("other", [None, "VOT1"])
def test_tr379_refuses_a_request_for_change_that_is_granted_in_part(other: str | None) -> None:
    [melding] = judge("VOW1", VOW, VOT, in_bericht={ANDER_NUMMER: other})

    assert melding.retourcode == "9379"
    assert str(ANDER_NUMMER) in melding.afwijking.omschrijving
    assert (melding.afwijking.gevonden, melding.afwijking.verwacht) == (other, "VOW1")
    assert melding.afwijking.botst_met == "bericht-317"


@pytest.mark.parametrize("other", [None, "VOT2", "VOT1", "VOW1"])
def test_tr379_accepts_a_request_for_toewijzing_beside_others(other: str | None) -> None:
    assert judge("VOT1", VOT, in_bericht={ANDER_NUMMER: other}) == []


def test_tr379_on_very_many_products_takes_little_time() -> None:
    numbers = range(1, 20_001)
    known = feiten(in_bericht=dict.fromkeys(numbers, "VOW1") | {0: None}, verzoeken={"VOW1": VOW})
    since = time.monotonic()

    for number in numbers:
        product = replace(a_product(nummer=number), referentie_aanbieder="VOW1")
        assert TOEGEWEZENPRODUCT_REGELS.judge(product, known, "3.2", PLEK)

    assert time.monotonic() - since < 5
