"""WMO325 at ``POST /declaratie/v1/validaties``: for each rule what just passes, and what just does not.

The answer is the node's own, to a declaration of two lines of which one was refused; each test changes it.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht
from tests.keten.berichten.declaratie import a_declaratie, prestatie
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring
from tests.keten.regels.declaraties import toegewezen

XML = {"Content-Type": "application/xml"}
CLIENT = "/Bericht/DeclaratieAntwoord/Clienten/Client[1]"
LINE = f"{CLIENT}/Prestaties/Prestatie[1]"


@dataclass
class Antwoord:
    """The answer to a declaration, and the same answer under a name that was never used."""

    kring: Kring
    eigen: Inhoud
    ander: Inhoud

    @property
    def header(self) -> Inhoud:
        found: Inhoud = self.ander["Header"]
        return found

    @property
    def whole(self) -> Inhoud:
        found: Inhoud = self.ander["DeclaratieAntwoord"]
        return found

    @property
    def client(self) -> Inhoud:
        found: Inhoud = self.whole["Clienten"]["Client"][0]
        return found

    @property
    def line(self) -> Inhoud:
        found: Inhoud = self.client["Prestaties"]["Prestatie"][0]
        return found

    async def judged(self, inhoud: Inhoud | None = None, door: Deelnemer | None = None) -> list[tuple[str, str]]:
        """The rules that it breaks, with their places."""
        bericht = Bericht("WMO325", "3.2", "declaratie", inhoud or self.ander)
        path = "/declaratie/v1/validaties"
        answer = await (door or self.kring.gemeente).request("POST", path, content=bericht.xml, headers=XML)
        assert answer.status_code == 200, answer.text
        rapport: dict[str, Any] = answer.json()
        assert (rapport["bericht"], rapport["regels"]) == ("WMO325", True)
        assert rapport["geldig"] == (not rapport["fouten"])
        assert self.kring.bsn not in answer.text
        return [(fout["regel"], fout["locatie"]) for fout in rapport["fouten"]]


async def answer_to(kring: Kring, bericht: Bericht, status: str = "verwerkt") -> Antwoord:
    eigen = await kring.aanbieder.retour(bericht, await kring.aanbieder.send(bericht, status))
    ander = deepcopy(eigen)
    ander["Header"]["BerichtIdentificatie"]["Identificatie"] = kring.identificatie()
    return Antwoord(kring, eigen, ander)


@pytest.fixture
async def antwoord(kring32: Kring) -> Antwoord:
    good, bad = [
        prestatie(kring32, await toegewezen(kring32), volume=13, bedrag=bedrag) for bedrag in (13 * 3100, 13 * 3100 + 1)
    ]
    return await answer_to(kring32, a_declaratie(kring32, good, bad))


def another_line(antwoord: Antwoord, **changed: Any) -> None:
    """The refused line once more, with the total to match."""
    antwoord.client["Prestaties"]["Prestatie"].append({**antwoord.line, **changed})
    # One line was granted, of a cent less than the refused one.
    antwoord.whole["TotaalToegekendBedrag"] = {"TotaalBedrag": 1, "DebetCredit": "C"}


async def test_tr056_accepts_the_answer_itself_again(antwoord: Antwoord) -> None:
    for partij in (antwoord.kring.gemeente, antwoord.kring.aanbieder):
        assert await antwoord.judged(antwoord.eigen, door=partij) == []


async def test_tr056_refuses_another_answer_of_that_name(antwoord: Antwoord) -> None:
    antwoord.eigen["DeclaratieAntwoord"]["RetourCodes"]["RetourCode"] = ["0200", "0200"]

    assert await antwoord.judged(antwoord.eigen) == [("TR056", "/Bericht/Header")]


async def test_tr135_accepts_today(antwoord: Antwoord) -> None:
    today = datetime.now(ZoneInfo("Europe/Amsterdam")).date()
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = today.isoformat()

    assert await antwoord.judged() == []


async def test_tr135_refuses_tomorrow(antwoord: Antwoord) -> None:
    tomorrow = datetime.now(ZoneInfo("Europe/Amsterdam")).date() + timedelta(days=1)
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = tomorrow.isoformat()

    assert await antwoord.judged() == [("TR135", "/Bericht/Header")]


async def test_tr101_accepts_two_lines_that_differ(antwoord: Antwoord) -> None:
    """Within the message, that is: the second is not in the declaration (TR366)."""
    another_line(antwoord, ProductReferentie={"ReferentieNummer": "ANDERS"})

    assert [regel for regel, _ in await antwoord.judged()] == ["TR366"]


async def test_tr101_refuses_a_line_twice(antwoord: Antwoord) -> None:
    another_line(antwoord)

    assert await antwoord.judged() == [("TR101", f"{CLIENT}/Prestaties/Prestatie[2]")]


async def test_tr137_accepts_a_period_up_to_the_dagtekening(antwoord: Antwoord) -> None:
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = "2025-03-31"

    assert await antwoord.judged() == []


async def test_tr137_refuses_a_period_past_the_dagtekening(antwoord: Antwoord) -> None:
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = "2025-03-30"

    assert await antwoord.judged() == [("TR137", LINE)]


async def test_tr134_accepts_a_period_that_begins_on_the_dagtekening(antwoord: Antwoord) -> None:
    """It ends later, which is for TR137."""
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = "2025-03-01"

    assert await antwoord.judged() == [("TR137", LINE)]


async def test_tr134_refuses_a_period_that_begins_later(antwoord: Antwoord) -> None:
    antwoord.header["BerichtIdentificatie"]["Dagtekening"] = "2025-02-28"

    assert sorted(await antwoord.judged()) == [("TR134", LINE), ("TR137", LINE)]


async def test_tr342_accepts_submitted_less_refused(antwoord: Antwoord) -> None:
    assert antwoord.whole["TotaalToegekendBedrag"] == {"TotaalBedrag": 13 * 3100, "DebetCredit": "D"}
    assert await antwoord.judged() == []


@pytest.mark.parametrize("more", [-1, 1])
async def test_tr342_refuses_a_cent_off(more: int, antwoord: Antwoord) -> None:
    antwoord.whole["TotaalToegekendBedrag"]["TotaalBedrag"] += more

    assert await antwoord.judged() == [("TR342", "/Bericht/DeclaratieAntwoord")]


async def test_tr304_accepts_a_client_of_the_declaration(antwoord: Antwoord) -> None:
    assert antwoord.client["Bsn"] == antwoord.kring.bsn
    assert await antwoord.judged() == []


async def test_tr304_refuses_another_client(antwoord: Antwoord) -> None:
    antwoord.client["Bsn"] = next(antwoord.kring.tellers.bsns)

    assert await antwoord.judged() == [("TR304", CLIENT)]


async def test_tr337_accepts_the_name_and_day_of_the_declaration_for_both_parties(antwoord: Antwoord) -> None:
    for partij in (antwoord.kring.gemeente, antwoord.kring.aanbieder):
        assert await antwoord.judged(door=partij) == []


@pytest.mark.parametrize("changed", [{"Identificatie": "ANDERS"}, {"Dagtekening": "2025-04-03"}])
async def test_tr337_refuses_another_name_or_day(changed: dict[str, str], antwoord: Antwoord) -> None:
    antwoord.header["DeclaratieIdentificatie"].update(changed)

    assert await antwoord.judged() == [("TR337", "/Bericht/Header")]


async def test_tr337_refuses_it_for_who_is_no_party_to_the_declaration(
    antwoord: Antwoord, make_stranger: Callable[[Kring], Deelnemer]
) -> None:
    """Not even that it is there is told."""
    assert await antwoord.judged(door=make_stranger(antwoord.kring)) == [("TR337", "/Bericht/Header")]


async def test_tr366_accepts_a_line_of_the_declaration(antwoord: Antwoord) -> None:
    assert await antwoord.judged() == []


async def test_tr366_refuses_a_line_that_is_not_in_it(antwoord: Antwoord) -> None:
    antwoord.line["ProductReferentie"]["ReferentieNummer"] += "X"

    assert await antwoord.judged() == [("TR366", LINE)]


async def test_tr367_accepts_a_line_as_it_was(antwoord: Antwoord) -> None:
    assert await antwoord.judged() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"ToewijzingNummer": 1}, {"ProductCategorie": "02"}, {"ProductCode": "01A05"}, {"GeleverdVolume": 14},
        {"Eenheid": "01"}, {"ProductTarief": 3101},
        {"ProductPeriode": {"Begindatum": "2025-03-02", "Einddatum": "2025-03-31"}},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
async def test_tr367_refuses_a_line_that_was_changed(changed: Inhoud, antwoord: Antwoord) -> None:
    antwoord.line.update(changed)

    assert await antwoord.judged() == [("TR367", LINE)]


async def test_tr371_accepts_the_xsd_version_of_the_declaration(kring32: Kring) -> None:
    bericht = a_declaratie(kring32, prestatie(kring32, await toegewezen(kring32)))
    versie = {"BasisschemaXsdVersie": "1.0.3", "BerichtXsdVersie": "1.0.4"}
    antwoord = await answer_to(kring32, bericht.with_header(XsdVersie=versie))

    assert antwoord.header["XsdVersieDeclaratie"] == versie
    assert await antwoord.judged() == []


async def test_tr371_refuses_another_xsd_version(antwoord: Antwoord) -> None:
    antwoord.header["XsdVersieDeclaratie"]["BerichtXsdVersie"] = "1.0.5"

    assert await antwoord.judged() == [("TR371", "/Bericht/Header")]


async def test_tr376_accepts_the_number_of_the_declaration(antwoord: Antwoord) -> None:
    assert await antwoord.judged() == []


async def test_tr376_refuses_another_number(antwoord: Antwoord) -> None:
    antwoord.whole["DeclaratieNummer"] = "ANDERS"

    assert await antwoord.judged() == [("TR376", "/Bericht/DeclaratieAntwoord")]


async def test_answers_to_what_was_refused_as_a_whole_are_right(kring32: Kring) -> None:
    """Of such a declaration nothing is recorded but the message itself, which the gemeente never got."""
    nummer = await toegewezen(kring32)
    within = a_declaratie(kring32, prestatie(kring32, nummer), totaal=1)
    await kring32.aanbieder.send(a_declaratie(kring32, prestatie(kring32, nummer), nummer="D1"))
    again = a_declaratie(kring32, prestatie(kring32, nummer), nummer="D1")

    for bericht in (within, again):
        antwoord = await answer_to(kring32, bericht, "afgekeurd")
        assert await antwoord.judged(antwoord.eigen, door=kring32.aanbieder) == []
        assert await antwoord.judged(door=kring32.aanbieder) == []
        assert await antwoord.judged(door=kring32.gemeente) == [("TR337", "/Bericht/Header")]


async def test_nothing_is_kept_but_one_audit_row(antwoord: Antwoord) -> None:
    async def kept() -> list[int]:
        tables = ("bericht", "postbus", "audit")
        found = [await antwoord.kring.stapel.query(f"select count(*) from declaratie.{one}") for one in tables]
        return [rows[0][0] for rows in found]

    before = await kept()
    await antwoord.judged()

    assert [new - old for old, new in zip(before, await kept(), strict=True)] == [0, 0, 1]


async def test_an_answer_to_what_is_past_its_retention_is_not_judged_by_half(antwoord: Antwoord) -> None:
    sql = "update declaratie.bericht set inhoud = null where bericht = 'WMO323' and afzender = $1"
    await antwoord.kring.stapel.query(sql, antwoord.kring.aanbieder.code)

    bericht = Bericht("WMO325", "3.2", "declaratie", antwoord.ander)
    answer = await antwoord.kring.gemeente.request(
        "POST", "/declaratie/v1/validaties", content=bericht.xml, headers=XML
    )

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:knooppunt:niet-gevonden")


async def test_a_day_on_no_calendar_is_just_another_day(antwoord: Antwoord) -> None:
    antwoord.header["DeclaratieIdentificatie"]["Dagtekening"] = "12025-04-04"

    assert await antwoord.judged() == [("TR337", "/Bericht/Header")]
