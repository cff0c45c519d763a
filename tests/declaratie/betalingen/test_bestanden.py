"""Payment files: several released proposals as one order, to the cent, and each of them once."""

import asyncio
import csv
import io
from typing import Any

import openpyxl
import pytest
from lxml import etree
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from services.declaratie.betalingen.sepa import NAMESPACE, _schema
from services.declaratie.tables import BETALING
from shared.exchange.huis import Huis
from tests.declaratie.betalingen.boek import EIGEN, Declarant, Mens

NS = {"p": NAMESPACE}
Json = dict[str, Any]
BEDRAGEN = (1234_56, 7, 99_999_01)


async def release(maker: Mens, ander: Mens, declarant: Declarant, cents: int, **vrijgave: str) -> Json:
    """A proposal to this aanbieder, released."""
    await declarant.declare(declarant.regel(cents))
    [voorstel] = (await maker.make(aanbieder=declarant.aanbieder))["betalingen"]
    answer = await ander.decide(voorstel, "vrijgave", **vrijgave)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def released(maker: Mens, ander: Mens, huis: Huis, gemeente: str) -> list[Json]:
    """Proposals to three aanbieders, of which one is to be paid on another day."""
    days: list[dict[str, str]] = [{}, {"uitvoerdatum": str(huis.klok.today())}, {}]
    found = []
    for cents, day in zip(BEDRAGEN, days, strict=True):
        declarant = Declarant(huis, gemeente)
        await maker.enter(declarant.aanbieder)
        found.append(await release(maker, ander, declarant, cents, **day))
    return found


async def export(mens: Mens, bestand: Json, vorm: str) -> bytes:
    answer = await mens.ask("GET", f"/bestanden/{bestand['id']}/export", params={"vorm": vorm})
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


async def test_one_order_pays_each_proposal_once_and_to_the_cent(ander: Mens, released: list[Json]) -> None:
    answer = await ander.place(*released)
    bestand = answer.json()
    xml = await export(ander, bestand, "sepa")

    root = etree.fromstring(xml)
    paid = {
        str(one.xpath("string(.//p:EndToEndId)", namespaces=NS)): str(one.xpath("string(.//p:InstdAmt)", namespaces=NS))
        for one in root.iter(f"{{{NAMESPACE}}}CdtTrfTxInf")
    }
    total = f"{sum(BEDRAGEN) // 100}.{sum(BEDRAGEN) % 100:02}"
    assert answer.status_code == 201
    assert (bestand["bedrag"], bestand["betalingen"]) == (sum(BEDRAGEN), [one["id"] for one in released])
    assert paid == {one["id"].replace("-", ""): f"{one['bedrag'] // 100}.{one['bedrag'] % 100:02}" for one in released}
    assert root.xpath("string(.//p:GrpHdr/p:CtrlSum)", namespaces=NS) == total
    assert root.xpath("string(.//p:GrpHdr/p:NbOfTxs)", namespaces=NS) == "3"
    # One part for each day.
    assert len(set(root.xpath(".//p:PmtInf/p:PmtInfId/text()", namespaces=NS))) == 2
    assert _schema().validate(root)
    assert await export(ander, bestand, "sepa") == xml


async def test_the_same_selection_again_is_the_same_file_and_another_is_refused(
    maker: Mens, ander: Mens, released: list[Json]
) -> None:
    first = await ander.place(*released[:2])

    again = await maker.place(*reversed(released[:2]))
    others = [await ander.place(*some) for some in (released, released[:1], released[1:])]
    alone = await ander.ask("GET", f"/{released[0]['id']}/export", params={"vorm": "sepa"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert [one.status_code for one in (*others, alone)] == [409] * 4


async def test_a_look_at_an_order_makes_none(ander: Mens, released: list[Json]) -> None:
    """It is a GET: what it asks for was made before, or is refused."""
    one, other, third = released
    order = {"path": f"/{one['id']}/export", "params": {"vorm": "sepa"}}

    before = await ander.ask("GET", **order)
    unmade = (await ander.get("/bestanden"))["bestanden"]
    alone = (await ander.place(one)).json()
    after = await ander.ask("GET", **order)

    assert (before.status_code, before.json()["type"], unmade) == (409, "urn:knooppunt:botst", [])
    assert (after.status_code, after.content) == (200, await export(ander, alone, "sepa"))
    assert [(await ander.place(*some)).status_code for some in ((one, other), (one,), (other, third))] == [
        409,
        200,
        201,
    ]


async def test_the_files_of_a_gemeente_are_listed_newest_first(
    maker: Mens, ander: Mens, codes: Any, released: list[Json]
) -> None:
    first, second = (await ander.place(*reversed(released[:2]))).json(), (await ander.place(released[2])).json()

    page = await maker.get("/bestanden", limiet=1)
    rest = await maker.get("/bestanden", limiet=1, cursor=page["volgende"])

    assert [*page["bestanden"], *rest["bestanden"]] == [second, first]
    assert (first["bedrag"], first["regels"], first["betalingen"]) == (
        sum(BEDRAGEN[:2]),
        2,
        [one["id"] for one in released[:2]],
    )
    assert rest["volgende"] is None
    assert [one["bestand"] for one in (await maker.get())["betalingen"]] == [second["id"], first["id"], first["id"]]
    stranger = Mens(maker.client, f"gemeente:{next(codes)}", "x")
    aanbieder = Mens(maker.client, f"agb:{released[0]['aanbieder']}", "x")
    assert (await stranger.get("/bestanden"))["bestanden"] == []
    assert (await aanbieder.ask("GET", "/bestanden")).status_code == 403
    assert {one["bestand"] for one in (await aanbieder.get())["betalingen"]} == {None}


async def test_of_files_made_at_once_one_gets_a_proposal(ander: Mens, released: list[Json]) -> None:
    answers = await asyncio.gather(*(ander.place(released[0], one) for one in released[1:]))

    assert sorted(one.status_code for one in answers) == [201, 409]


async def test_csv_and_excel_have_the_lines_of_all(ander: Mens, released: list[Json]) -> None:
    bestand = (await ander.place(*released)).json()

    rows = list(csv.DictReader(io.StringIO((await export(ander, bestand, "csv")).decode()), delimiter=";"))
    book = openpyxl.load_workbook(io.BytesIO(await export(ander, bestand, "excel")))
    heads, *lines = book["Regels"].values

    wanted = [(one["aanbieder"], one["id"].replace("-", ""), one["bedrag"]) for one in released]
    assert [(row["aanbieder"], row["betaling"].lstrip("'"), int(row["bedrag"])) for row in rows] == wanted
    assert [(row[0], row[1], row[heads.index("bedrag")]) for row in lines] == wanted
    assert [row[5] for row in list(book["Voorstellen"].values)[1:]] == [one["bedrag"] for one in released]


async def test_only_released_proposals_of_the_own_gemeente_and_account_go_out(
    maker: Mens, ander: Mens, huis: Huis, gemeente: str, codes: Any, released: list[Json]
) -> None:
    declarant = Declarant(huis, gemeente)
    await maker.enter(declarant.aanbieder)
    await declarant.declare(declarant.regel())
    [concept] = (await maker.make())["betalingen"]
    stranger = Mens(maker.client, f"gemeente:{next(codes)}", "x")
    aanbieder = Mens(maker.client, f"agb:{released[0]['aanbieder']}", "x")
    bestand = (await ander.place(released[0], released[1])).json()

    assert (await ander.place(released[2], concept)).status_code == 409
    assert (await stranger.place(released[2])).status_code == 404
    assert (await aanbieder.place(released[0])).status_code == 403
    assert (await stranger.ask("GET", f"/bestanden/{bestand['id']}")).status_code == 404
    assert (await aanbieder.ask("GET", f"/bestanden/{bestand['id']}")).status_code == 404

    other = EIGEN | {"iban": "NL44 RABO 0123 4567 89", "bic": "RABONL2U"}
    assert (await maker.ask("PUT", "/rekeningen/eigen", json=other)).status_code == 200
    assert (await ander.decide(concept, "intrekking")).status_code == 200
    later = await release(maker, ander, declarant, 100)
    assert later["van"]["iban"] != released[2]["van"]["iban"]
    assert (await ander.place(released[2], later)).status_code == 409


async def test_a_file_never_changes(huis: Huis, ander: Mens, released: list[Json]) -> None:
    await ander.place(*released)
    placed, made = BETALING.geplaatst, BETALING.bestand

    for statement in (delete(placed), update(placed).values(bestand_id=None), delete(made)):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with huis.engine.begin() as conn:
                await conn.execute(statement)
