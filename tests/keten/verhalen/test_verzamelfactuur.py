"""Closing a year of release 2.4: WMO303Ds with credits, then the WMO303F that must equal what they were granted."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.declaratie import TARIEF, Dagen, a_declaratie, cents, prestatie, referentie
from tests.keten.berichten.toewijzing import a_301
from tests.keten.contracten import contract
from tests.keten.deelnemer import Deelnemer
from tests.keten.kring import Kring

JAAR = 2020
WHOLE: Dagen = (f"{JAAR}-01-01", f"{JAAR}-12-31")
MEI, JUNI, JULI = [
    (f"{JAAR}-{number:02}-01", f"{JAAR}-{number:02}-{last}") for number, last in ((5, 31), (6, 30), (7, 31))
]
OP = f"{JAAR + 1}-01-05"
PAD = "/declaratie/v1/verzamelfacturen"


async def declare(kring: Kring, dagen: Dagen, *lines: Inhoud) -> dict[str, Any]:
    return await kring.aanbieder.send(a_declaratie(kring, *lines, periode=dagen, op=OP))


async def a_year(kring: Kring) -> tuple[int, int]:
    """Two toewijzingen and three declarations: a line refused, one taken back and claimed lower."""
    first, second = kring.nummer(), kring.nummer()
    for nummer in (first, second):
        await kring.gemeente.send(a_301(kring, nummer))
    await contract(kring)
    taken_back = prestatie(kring, second, periode=MEI)
    await declare(kring, MEI, prestatie(kring, first, periode=MEI), taken_back)
    too_dear = prestatie(kring, second, periode=JUNI, tarief=TARIEF + 100)
    told = await declare(kring, JUNI, prestatie(kring, first, periode=JUNI, volume=12), too_dear)
    assert [one["retourcode"] for one in told["meldingen"]] == ["0611"]
    credit = prestatie(kring, second, periode=MEI, vorige=referentie(taken_back))
    await declare(kring, JULI, credit, prestatie(kring, second, periode=MEI, volume=9))
    return first, second


async def expected(kring: Kring, **asked: Any) -> dict[str, Any]:
    return dict(await kring.aanbieder.get(f"{PAD}/verwacht", jaar=JAAR, gemeente=kring.gemeente.code, **asked))


def as_lines(kring: Kring, verwacht: dict[str, Any], *, meer: int = 0) -> list[Inhoud]:
    """The invoice that the node says to expect; the first line so many cents more."""
    lines = []
    for at, regel in enumerate(verwacht["regels"]):
        dagen = (regel["begindatum"], regel["einddatum"])
        bedrag = regel["bedrag"] + (0 if at else meer)
        nummer, volume = regel["toewijzingNummer"], regel["volume"]
        lines.append(prestatie(kring, nummer, volume=volume, bedrag=bedrag, periode=dagen))
    return lines


async def close(kring: Kring, lines: list[Inhoud]) -> tuple[dict[str, Any], Inhoud]:
    """Sends the verzamelfactuur; its outcome, and its WMO304F."""
    bericht = a_declaratie(kring, *lines, factuur=True, periode=WHOLE, op=OP)
    uitkomst = await kring.aanbieder.send(bericht)
    return uitkomst, await kring.aanbieder.retour(bericht, uitkomst)


async def consumed(kring: Kring, nummer: int) -> int:
    found = await kring.gemeente.get(f"/declaratie/v1/verbruik/{nummer}")
    return int(found["toegekend"]["bedrag"])


async def test_a_year_is_closed_by_an_equal_invoice(kring24: Kring) -> None:
    """It is granted whole (8001), and adds nothing to what was claimed, consumed or is to be paid."""
    first, second = await a_year(kring24)
    granted = (13 + 12 + 9) * TARIEF
    verwacht = await expected(kring24)
    assert verwacht["totaal"] == granted == await consumed(kring24, first) + await consumed(kring24, second)

    uitkomst, retour = await close(kring24, as_lines(kring24, verwacht))

    assert retour["Header"]["RetourCodes"]["RetourCode"] == ["8001"]
    assert retour["Header"]["RetourBedragen"]["ToegekendTotaalBedrag"]["TotaalBedrag"] == granted
    assert (uitkomst["meldingen"], uitkomst["signalen"]) == ([], [])
    assert await consumed(kring24, first) + await consumed(kring24, second) == granted
    assert len((await kring24.gemeente.get("/declaratie/v1/declaraties"))["declaraties"]) == 3
    [factuur] = (await kring24.gemeente.get(PAD))["verzamelfacturen"]
    assert (factuur["berichtId"], factuur["verschil"], factuur["toegekend"]) == (uitkomst["id"], 0, granted)
    assert await expected(kring24) == verwacht


async def test_a_difference_refuses_its_line_and_is_told(kring24: Kring) -> None:
    await a_year(kring24)
    lines = as_lines(kring24, await expected(kring24), meer=100)
    left_out = lines.pop()

    uitkomst, retour = await close(kring24, lines)

    [melding], [signaal] = uitkomst["meldingen"], uitkomst["signalen"]
    assert (melding["regel"], melding["retourcode"]) == ("RC8033", "8033")
    assert (int(melding["gevonden"]), int(melding["verwacht"])) == (cents(lines[0]), cents(lines[0]) - 100)
    assert signaal["regel"] == "VF001"
    [client] = retour["Clienten"]["Client"]
    told = [line["RetourCodes"]["RetourCode"] for line in client["Prestaties"]["Prestatie"]]
    assert told == [["8033"], *([["0200"]] * (len(lines) - 1))]
    factuur = await kring24.aanbieder.get(f"{PAD}/{uitkomst['id']}")
    assert [(one["referentie"], one["verschil"]) for one in factuur["inhoud"]] == [
        (referentie(lines[0]), 100),
        (None, -cents(left_out)),
    ]
    assert factuur["verschil"] == 100 - cents(left_out)
    answer = await kring24.gemeente.request("GET", f"{PAD}/{uitkomst['id']}", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))
    assert [(one["referentie"], int(one["verschil"])) for one in rows] == [
        (one["referentie"] or "", one["verschil"]) for one in factuur["inhoud"]
    ]
    whole = await kring24.gemeente.get(f"{PAD}/{uitkomst['id']}", alles=True, limiet=2)
    assert (len(whole["inhoud"]), whole["volgende"] is None) == (2, False)


async def test_after_a_refusal_a_right_one_closes_the_year(kring24: Kring) -> None:
    await a_year(kring24)
    verwacht = await expected(kring24)
    wrong, _ = await close(kring24, as_lines(kring24, verwacht, meer=1))

    right, retour = await close(kring24, as_lines(kring24, verwacht))

    assert retour["Header"]["RetourCodes"]["RetourCode"] == ["8001"]
    for asked, found in (
        ({"jaar": JAAR}, [right, wrong]),
        ({"jaar": JAAR - 1}, []),
        ({"afwijkend": True}, [wrong]),
        ({"afwijkend": False, "aanbieder": kring24.aanbieder.code}, [right]),
        ({"aanbieder": "00000001"}, []),
    ):
        listed = (await kring24.gemeente.get(PAD, **asked))["verzamelfacturen"]
        assert [one["berichtId"] for one in listed] == [one["id"] for one in found]


async def test_one_line_per_toewijzing_will_do(kring24: Kring) -> None:
    first, second = await a_year(kring24)
    lines = [prestatie(kring24, nummer, volume=volume, periode=WHOLE) for nummer, volume in ((first, 25), (second, 9))]

    _, retour = await close(kring24, lines)

    assert retour["Header"]["RetourCodes"]["RetourCode"] == ["8001"]


async def test_what_is_expected_comes_in_pages_and_as_csv(kring24: Kring) -> None:
    await a_year(kring24)
    verwacht = await expected(kring24)
    seen, cursor = [], None
    while True:
        page = await expected(kring24, limiet=1, **({"cursor": cursor} if cursor else {}))
        seen += page["regels"]
        cursor = page["volgende"]
        if cursor is None:
            break

    answer = await kring24.aanbieder.request(
        "GET", f"{PAD}/verwacht", params={"jaar": JAAR}, headers={"Accept": "text/csv"}
    )

    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))
    assert seen == verwacht["regels"]
    assert [int(row["bedrag"]) for row in rows] == [one["bedrag"] for one in verwacht["regels"]]
    assert (await expected(kring24, kalender="cak"))["begindatum"] == "2019-12-30"


async def test_strangers_see_nothing_of_it(kring24: Kring, make_stranger: Callable[[Kring], Deelnemer]) -> None:
    await a_year(kring24)
    uitkomst, _ = await close(kring24, as_lines(kring24, await expected(kring24)))
    stranger = make_stranger(kring24)

    assert (await stranger.get(PAD))["verzamelfacturen"] == []
    assert (await stranger.get(f"{PAD}/verwacht", jaar=JAAR))["regels"] == []
    assert (await stranger.request("GET", f"{PAD}/{uitkomst['id']}")).status_code == 404


@pytest.mark.parametrize(
    "asked", [{}, {"jaar": 1999}, {"jaar": JAAR, "kalender": "maan"}, {"jaar": JAAR, "cursor": "x"}]
)
async def test_a_question_that_is_none_is_refused(kring24: Kring, asked: dict[str, Any]) -> None:
    answer = await kring24.gemeente.request("GET", f"{PAD}/verwacht", params=asked)

    assert answer.status_code in (400, 422)


async def test_a_gemeente_names_the_aanbieder(kring24: Kring) -> None:
    await a_year(kring24)
    own = await expected(kring24)

    seen = await kring24.gemeente.get(f"{PAD}/verwacht", jaar=JAAR, aanbieder=kring24.aanbieder.code)
    unnamed = await kring24.gemeente.request("GET", f"{PAD}/verwacht", params={"jaar": JAAR})

    assert seen == own
    assert unnamed.status_code == 400


@pytest.mark.parametrize(
    ("factuur", "vrijstelling", "btw", "code"),
    [(True, None, 0, "8851"), (True, "1", 700, "8836"), (True, "2", 0, "8837"), (False, "1", 0, "8850")],
)
async def test_vat_belongs_in_an_invoice(
    kring24: Kring, factuur: bool, vrijstelling: str | None, btw: int, code: str
) -> None:
    nummer = kring24.nummer()
    await kring24.gemeente.send(a_301(kring24, nummer))
    await contract(kring24)
    bericht = a_declaratie(kring24, prestatie(kring24, nummer, periode=MEI), factuur=factuur, periode=MEI, op=OP)
    [sent] = bericht["Clienten"]["Client"][0]["Prestaties"]["Prestatie"]
    sent.pop("BtwVrijstelling", None)
    sent |= {"BtwVrijstelling": vrijstelling} if vrijstelling else {}
    if btw:
        sent["IngediendeBedragPrestatie"]["BtwBedrag"] = {"Bedrag": btw, "DebetCredit": "D"}
        total = {"TotaalBedrag": btw, "DebetCredit": "D"}
        bericht["Header"]["DeclaratieFactuurBedragen"]["BtwTotaalBedrag"] = total

    uitkomst = await kring24.aanbieder.send(bericht)
    retour = await kring24.aanbieder.retour(bericht, uitkomst)

    assert [one["retourcode"] for one in uitkomst["meldingen"]] == [code]
    [told] = retour["Clienten"]["Client"][0]["Prestaties"]["Prestatie"]
    assert told["RetourCodes"]["RetourCode"] == [code]
    assert told.get("BtwVrijstelling") == vrijstelling
    assert told["IngediendeBedragPrestatie"] == sent["IngediendeBedragPrestatie"]
