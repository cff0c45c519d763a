"""What a contract manager asks of the node: lines, figures and CSV, over declarations that went through it."""

from typing import Any

from tests.keten.berichten.declaratie import TARIEF, a_declaratie, prestatie, referentie
from tests.keten.contracten import contract
from tests.keten.kring import Kring
from tests.keten.test_refused_line import TE_HOOG, toegewezen

BASE = "/declaratie/v1"


async def declared(kring: Kring) -> tuple[list[Any], list[dict[str, Any]]]:
    """Two declarations: a line each, and one that is refused in the second. The lines, and the outcomes."""
    first, second, third = await toegewezen(kring, 3)
    await contract(kring)
    lines = [
        prestatie(kring, first, volume=3),
        prestatie(kring, second, volume=5),
        prestatie(kring, third, volume=7, tarief=TE_HOOG),
    ]
    outcomes = [await kring.aanbieder.send(a_declaratie(kring, *some)) for some in (lines[:1], lines[1:])]
    return lines, outcomes


async def test_lines_over_declarations_are_found_by_both_parties(kring: Kring) -> None:
    lines, outcomes = await declared(kring)

    for party in (kring.gemeente, kring.aanbieder):
        everything = (await party.get(f"{BASE}/prestaties"))["prestaties"]
        refused = (await party.get(f"{BASE}/prestaties", retourcode="0611"))["prestaties"]
        partly = (await party.get(f"{BASE}/declaraties", status="deels"))["declaraties"]

        assert [one["referentie"] for one in everything] == [referentie(one) for one in (*lines[1:], lines[0])]
        assert [(one["referentie"], one["retourcodes"]) for one in refused] == [(referentie(lines[2]), ["0611"])]
        assert [one["berichtId"] for one in partly] == [outcomes[1]["id"]]


async def test_figures_add_up_to_what_was_submitted_and_granted(kring: Kring) -> None:
    await declared(kring)

    told = await kring.gemeente.get(f"{BASE}/cijfers", groep=["aanbieder", "retourcode"])

    assert told["totaal"] == {
        "regels": 3, "ingediend": 8 * TARIEF + 7 * TE_HOOG, "regelsToegekend": 2, "toegekend": 8 * TARIEF,
        "regelsDeels": 0, "regelsAfgekeurd": 1, "afgekeurd": 7 * TE_HOOG, "ingediendBtw": 0, "toegekendBtw": 0,
    }  # fmt: skip
    assert [(one["aanbieder"], one["retourcode"], one["ingediend"]) for one in told["cijfers"]] == [
        (kring.aanbieder.code, None, 8 * TARIEF),
        (kring.aanbieder.code, "0611", 7 * TE_HOOG),
    ]


async def test_lists_and_figures_come_as_csv(kring32: Kring) -> None:
    kring = kring32
    lines, _ = await declared(kring)

    for path in ("declaraties", "prestaties", "cijfers?groep=maand"):
        answer = await kring.gemeente.request("GET", f"{BASE}/{path}", headers={"Accept": "text/csv"})

        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f'filename="{path.partition("?")[0]}.csv"' in answer.headers["Content-Disposition"]
        head, *rows = answer.text.splitlines()
        assert len(rows) == {"declaraties": 2, "prestaties": 3}.get(path, 1)
        assert all(len(row.split(";")) == len(head.split(";")) for row in rows)
        assert path != "prestaties" or [row.split(";")[0] for row in rows] == [
            referentie(one) for one in (*lines[1:], lines[0])
        ]


async def test_the_addresses_are_described(kring32: Kring) -> None:
    document = await kring32.gemeente.get(f"{BASE}/openapi.json")

    paths = document["paths"]
    for path in ("declaraties", "prestaties", "cijfers"):
        asked = paths[f"{BASE}/{path}"]["get"]
        assert {"text/csv", "application/json"} <= set(asked["responses"]["200"]["content"])
        assert {"gemeente", "aanbieder", "van", "tot"} <= {one["name"] for one in asked["parameters"]}
    assert {f"{BASE}/perioden", f"{BASE}/verbruik/zoek", f"{BASE}/verbruik/{{toewijzingNummer}}"} <= set(paths)
