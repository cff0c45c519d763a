"""The waiting list over HTTP: as JSON in pages, as CSV, in figures, and in the trail."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from services.startstop.tables import EXCHANGE
from shared.namens import intern
from tests.startstop.loket import Loket

VANDAAG = date(2025, 4, 1)


async def waiting(loket: Loket) -> None:
    """One waits for its start, one stands still, one ended; one goes on."""
    loket.on(VANDAAG)
    for nummer, code in ((1, "022A3"), (2, "022A3"), (3, "01A04"), (4, "01A04")):
        await loket.assign(nummer, code=code)
        if nummer > 1:
            await loket.start(nummer, code=code)
    await loket.stop(2, date(2025, 3, 10), reden="20")
    await loket.stop(3, date(2025, 3, 12), code="01A04")


async def test_the_list_tells_who_waits_for_what_and_how_long(loket: Loket) -> None:
    await waiting(loket)

    found = await loket.get("/wachtlijst", "gemeente")

    assert found == await loket.get("/wachtlijst")
    shown = ("soort", "toewijzingNummer", "gebied", "sinds", "dagen", "uiterlijk", "teLaat")
    assert [tuple(one[name] for name in shown) for one in found["wachtlijst"]] == [
        ("niet_gestart", 1, "2A", "2025-03-01", 31, "2025-03-24", True),
        ("pauze", 2, "2A", "2025-03-10", 22, "2025-04-07", False),
        ("zonder_evaluatie", 3, "01", "2025-03-12", 20, "2025-03-26", True),
    ]
    assert "client" not in str(found)


async def test_in_pages(loket: Loket) -> None:
    await waiting(loket)
    seen, cursor = [], None
    while True:
        page = await loket.get("/wachtlijst", limiet=1, **({"cursor": cursor} if cursor else {}))
        seen += [one["toewijzingNummer"] for one in page["wachtlijst"]]
        cursor = page["volgende"]
        if cursor is None:
            break

    assert seen == [1, 2, 3]


async def test_as_csv(loket: Loket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.startstop.wachtlijst_api.CSV_PAGE", 2)
    await waiting(loket)

    answer = await loket.ask("GET", "/wachtlijst", "gemeente", headers={"Accept": "text/csv"})

    assert answer.headers["content-type"].startswith("text/csv")
    head, *lines = answer.text.splitlines()
    assert head == "soort;gemeente;aanbieder;toewijzingNummer;categorie;code;gebied;sinds;dagen;uiterlijk;teLaat"
    assert [line.split(";")[3] for line in lines] == ["1", "2", "3"]
    assert lines[0].endswith(";1;02;022A3;2A;2025-03-01;31;2025-03-24;ja")


async def test_in_figures(loket: Loket) -> None:
    await waiting(loket)

    whole = (await loket.get("/wachtlijst/cijfers", "gemeente"))["cijfers"]
    split = (await loket.get("/wachtlijst/cijfers", "gemeente", groep=["gebied", "aanbieder"], soort="pauze"))[
        "cijfers"
    ]
    table = await loket.ask("GET", "/wachtlijst/cijfers", headers={"Accept": "text/csv"})

    assert [(one["soort"], one["aantal"], one["teLaat"], one["mediaan"], one["langste"]) for one in whole] == [
        ("niet_gestart", 1, 1, 31.0, 31),
        ("pauze", 1, 0, 22.0, 22),
        ("zonder_evaluatie", 1, 1, 20.0, 20),
    ]
    assert [(one["gebied"], one["aanbieder"], one["gemeente"]) for one in split] == [("2A", loket.aanbieder, None)]
    assert table.text.splitlines()[1] == "niet_gestart;;;;1;1;31.0;31"


async def test_it_moves_as_days_pass_and_things_happen(loket: Loket) -> None:
    await waiting(loket)
    loket.on(date(2025, 4, 8))
    await loket.start(1, date(2025, 4, 7))
    await loket.start(2, date(2025, 4, 8))

    found = (await loket.get("/wachtlijst"))["wachtlijst"]

    assert [(one["soort"], one["dagen"]) for one in found] == [("zonder_evaluatie", 27)]


async def test_a_pause_is_too_long_after_28_days(loket: Loket) -> None:
    await waiting(loket)
    late = []

    for dag in (date(2025, 4, 7), date(2025, 4, 8)):
        loket.on(dag)
        late.append(len((await loket.get("/wachtlijst", soort="pauze", teLaat="true"))["wachtlijst"]))

    assert late == [0, 1]


@pytest.mark.parametrize("wie", ["gemeente:0999", "agb:01234567", "beheer"])
@pytest.mark.parametrize("path", ["/wachtlijst", "/wachtlijst/cijfers"])
async def test_nobody_sees_that_of_another(loket: Loket, wie: str, path: str) -> None:
    await waiting(loket)

    found = await loket.get(path, wie, gemeente=loket.gemeente)

    assert next(iter(found.values())) == []


@pytest.mark.parametrize(
    ("path", "vraag"),
    [
        ("/wachtlijst", {"cursor": "x-1"}),
        ("/wachtlijst", {"cursor": "99999999999-1"}),
        ("/wachtlijst", {"cursor": "12"}),
        ("/wachtlijst", {"soort": "anders"}),
        ("/wachtlijst", {"gebied": "AA"}),
        ("/wachtlijst", {"bsn": "1"}),
        ("/wachtlijst/cijfers", {"groep": "client"}),
    ],
)
async def test_what_cannot_be_asked_is_refused(loket: Loket, path: str, vraag: dict[str, Any]) -> None:
    assert (await loket.ask("GET", path, params=vraag)).status_code == 400


async def test_a_look_is_in_the_trail(loket: Loket) -> None:
    await waiting(loket)
    await loket.get("/wachtlijst", "gemeente")
    await loket.get("/wachtlijst/cijfers", "gemeente")

    audit = EXCHANGE.audit
    with intern():
        async with loket.huis.engine.connect() as conn:
            which = audit.c.partij == f"gemeente:{loket.gemeente}"
            rows = (await conn.execute(select(audit).where(which).order_by(audit.c.id))).all()
    assert [(row.handeling, row.uitkomst) for row in rows] == [
        ("opgevraagd", "3 van de wachtlijst"),
        ("opgevraagd", "wachtcijfers in 3 groepen"),
    ]
