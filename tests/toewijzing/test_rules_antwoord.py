"""The rules that hold an answer (WMO319) against the request."""

from typing import Any

import pytest

from services.toewijzing.domain.feiten import EerderVerzoek
from services.toewijzing.rules.antwoord import ANTWOORD_REGELS
from shared.iwmo.regels import Melding
from tests.toewijzing.bouw import an_antwoord, an_eerder_verzoek, antwoord_feiten


def judge(verzoek: EerderVerzoek | None, verzoek_antwoord: str = "1") -> list[Melding]:
    antwoord = an_antwoord(verzoek_antwoord=verzoek_antwoord)
    return ANTWOORD_REGELS.judge(antwoord, antwoord_feiten(verzoek), "3.2", antwoord.plek)


def answered(*antwoorden: str, **deviations: Any) -> EerderVerzoek:
    last = "bericht-319" if antwoorden else None
    return an_eerder_verzoek(antwoorden=antwoorden, antwoord_bericht_id=last, **deviations)


def codes(meldingen: list[Melding]) -> list[tuple[str, str, str]]:
    return [(one.regel.code, one.retourcode, one.klasse) for one in meldingen]


@pytest.mark.parametrize("antwoord", ["1", "2"])
@pytest.mark.parametrize("soort", ["WMO315", "WMO317"])
def test_tr355_accepts_an_answer_to_a_request(soort: str, antwoord: str) -> None:
    assert judge(an_eerder_verzoek(soort=soort), antwoord) == []


@pytest.mark.parametrize("antwoord", ["1", "2"])
def test_tr355_refuses_an_answer_to_no_request(antwoord: str) -> None:
    [melding] = judge(None, antwoord)

    assert codes([melding]) == [("TR355", "9355", "Antwoord")]
    assert melding.afwijking.gevonden == "VOT1"


@pytest.mark.parametrize("antwoord", ["1", "2"])
def test_tr359_accepts_an_answer_to_what_is_not_granted(antwoord: str) -> None:
    assert judge(answered(toewijzing_bericht_id=None), antwoord) == []


@pytest.mark.parametrize("antwoord", ["1", "2"])
def test_tr359_refuses_an_answer_to_what_is_granted(antwoord: str) -> None:
    [melding] = judge(answered(toewijzing_bericht_id="bericht-301"), antwoord)

    assert codes([melding]) == [("TR359", "9359", "Antwoord")]
    assert melding.afwijking.botst_met == "bericht-301"


def test_tr360_accepts_under_investigation_first_and_a_refusal_after_it() -> None:
    assert judge(answered(), "2") == judge(answered("2"), "1") == []


def test_tr360_refuses_under_investigation_twice() -> None:
    [melding] = judge(answered("2"), "2")

    assert codes([melding]) == [("TR360", "9360", "Antwoord")]
    assert melding.afwijking.botst_met == "bericht-319"


def test_tr360_refuses_under_investigation_after_a_refusal() -> None:
    assert codes(judge(answered("1"), "2")) == [("TR360", "9360", "Antwoord"), ("TR365", "9365", "Antwoord")]


def test_tr365_accepts_a_refusal_first_or_after_investigation() -> None:
    assert judge(answered(), "1") == judge(answered("2"), "1") == []


@pytest.mark.parametrize("earlier", [("1",), ("2", "1")], ids=str)
def test_tr365_refuses_a_second_refusal(earlier: tuple[str, ...]) -> None:
    [melding] = judge(answered(*earlier), "1")

    assert codes([melding]) == [("TR365", "9365", "Antwoord")]
    assert melding.afwijking.botst_met == "bericht-319"
