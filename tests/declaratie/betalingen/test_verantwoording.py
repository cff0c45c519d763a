"""What leaves the node: payment orders and files to the cent, and how they agree with the answers."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import sepaxml
import xmlschema
from lxml import etree
from sqlalchemy import update

from services.declaratie.betalingen.domain import Rekening
from services.declaratie.betalingen.sepa import NAMESPACE, SCHEMA, payment_order
from services.declaratie.tables import EXCHANGE
from shared.exchange.huis import Huis
from tests.declaratie.betalingen.boek import Declarant, Mens, saldo
from tests.declaratie.betalingen.test_domain import a_voorstel

NS = {"p": NAMESPACE}
ORDER = "/p:Document/p:CstmrCdtTrfInitn"
Json = dict[str, Any]


@pytest.fixture
async def released(maker: Mens, ander: Mens, declarant: Declarant) -> Json:
    """A proposal over two declarations, with a credit, of each release."""
    await maker.enter(declarant.aanbieder)
    debit, other = declarant.regel(1234_56, volume=3), declarant.regel(1)
    await declarant.declare(debit, other)
    await declarant.declare(declarant.credit(debit), declarant.regel(1000_00), declarant.refused(other))
    [voorstel] = (await maker.make())["betalingen"]
    answer = await ander.decide(voorstel, "vrijgave")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def values(xml: bytes) -> dict[str, str]:
    """The text of every element, by its name below the order."""
    root = etree.fromstring(xml)
    found = root.xpath(f"{ORDER}//*[text() and not(*)]", namespaces=NS)
    assert isinstance(found, list)
    return {_path(one): str(one.text) for one in found if isinstance(one, etree._Element)}


def _path(element: etree._Element) -> str:
    _, _, *below = (etree.QName(one).localname for one in (*reversed(list(element.iterancestors())), element))
    return "/".join(below)


async def test_the_payment_order_pays_the_proposal_to_the_cent(
    maker: Mens, released: Json, declarant: Declarant
) -> None:
    await maker.place(released)
    answer = await maker.ask("GET", f"/{released['id']}/export", params={"vorm": "sepa"})
    kenmerk = released["id"].replace("-", "")

    assert answer.headers["content-type"] == "application/xml"
    assert f"betaling-{declarant.gemeente}-{declarant.aanbieder}" in answer.headers["content-disposition"]
    found = values(answer.content)
    assert found.pop("GrpHdr/CreDtTm")[:4] == released["beslist"][:4]
    assert found == {
        "GrpHdr/MsgId": f"WMO{kenmerk}",
        "GrpHdr/NbOfTxs": "1",
        "GrpHdr/CtrlSum": "1000.01",
        "GrpHdr/InitgPty/Nm": "Gemeente Dun + Co",
        "PmtInf/PmtInfId": kenmerk,
        "PmtInf/PmtMtd": "TRF",
        "PmtInf/BtchBookg": "true",
        "PmtInf/NbOfTxs": "1",
        "PmtInf/CtrlSum": "1000.01",
        "PmtInf/PmtTpInf/SvcLvl/Cd": "SEPA",
        "PmtInf/ReqdExctnDt/Dt": released["uitvoerdatum"],
        "PmtInf/Dbtr/Nm": "Gemeente Dun + Co",
        "PmtInf/DbtrAcct/Id/IBAN": "NL91ABNA0417164300",
        "PmtInf/DbtrAgt/FinInstnId/BICFI": "ABNANL2A",
        "PmtInf/ChrgBr": "SLEV",
        "PmtInf/CdtTrfTxInf/PmtId/EndToEndId": kenmerk,
        "PmtInf/CdtTrfTxInf/Amt/InstdAmt": "1000.01",
        "PmtInf/CdtTrfTxInf/Cdtr/Nm": "Zorg een B.V.",
        "PmtInf/CdtTrfTxInf/CdtrAcct/Id/IBAN": "DE89370400440532013000",
        "PmtInf/CdtTrfTxInf/RmtInf/Ustrd": f"Wmo {declarant.gemeente} declaraties t/m 31-03-2025 {kenmerk}",
    }


async def test_the_payment_order_is_the_same_every_time(maker: Mens, released: Json) -> None:
    await maker.place(released)

    answers = [await maker.ask("GET", f"/{released['id']}/export?vorm=sepa") for _ in range(3)]

    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1


@pytest.mark.parametrize("cents", [1, 9, 10, 99, 100, 101, 40300, 999_999_999_99])
def test_an_order_of_any_amount_is_valid_by_the_schema_of_the_standard(cents: int) -> None:
    voorstel = a_voorstel(bedrag=cents, naar=Rekening("Ærø & Þór \"'", "NL91ABNA0417164300", "ABNANL2A"))

    xml = payment_order(voorstel, date(2026, 11, 24), datetime(2026, 11, 23, 23, 30, tzinfo=UTC))

    schema = xmlschema.XMLSchema(f"{sepaxml.__path__[0]}/schemas/{SCHEMA}.xsd")
    assert schema.is_valid(xml.decode())
    found = values(xml)
    assert {Decimal(found[name]) for name in ("GrpHdr/CtrlSum", "PmtInf/CdtTrfTxInf/Amt/InstdAmt")} == {
        Decimal(cents) / 100
    }
    assert found["GrpHdr/CreDtTm"] == "2026-11-24T00:30:00"
    assert found["PmtInf/CdtTrfTxInf/Cdtr/Nm"] == "AEro + Thor ''"


async def test_only_what_is_released_is_exported(maker: Mens, declarant32: Declarant) -> None:
    await declarant32.declare(declarant32.regel(100))
    [concept] = (await maker.make())["betalingen"]

    for vorm in ("sepa", "csv", "excel"):
        assert (await maker.ask("GET", f"/{concept['id']}/export", params={"vorm": vorm})).status_code == 409
    assert (await maker.ask("GET", f"/{concept['id']}/export", params={"vorm": "pdf"})).status_code == 400
    assert (await maker.ask("GET", f"/{concept['id']}/export")).status_code == 400


async def test_csv_and_excel_have_every_line(maker: Mens, released: Json) -> None:
    regels = (await maker.get(f"/{released['id']}/regels"))["regels"]
    csv = (await maker.ask("GET", f"/{released['id']}/export?vorm=csv")).content
    excel = await maker.ask("GET", f"/{released['id']}/export?vorm=excel")
    book = openpyxl.load_workbook(io.BytesIO(excel.content), read_only=True)
    summary = dict(row[:2] for row in book["Voorstel"].iter_rows(values_only=True))
    head, *rows = book["Regels"].iter_rows(values_only=True)

    assert csv == (await maker.ask("GET", f"/{released['id']}/regels", headers={"Accept": "text/csv"})).content
    assert (summary["bedrag"], summary["bedragEuro"]) == (1000_01, 1000.01)
    assert [dict(zip(head, row, strict=True))["bedrag"] for row in rows] == [one["bedrag"] for one in regels]
    assert sum(Decimal(str(row[-1])) for row in rows) == Decimal("1000.01")
    for row, regel in zip(rows, regels, strict=True):
        shown = {name: value for name, value in zip(head, row, strict=True) if name in regel}
        dates = {name: str(shown[name].date()) for name in ("begindatum", "einddatum")}  # type: ignore[union-attr]
        assert shown | dates == {name: value for name, value in regel.items() if name != "berichtId"}


async def test_a_number_that_looks_like_a_formula_stays_text(maker: Mens, ander: Mens, declarant32: Declarant) -> None:
    await maker.enter(declarant32.aanbieder)
    strange = ("=1+1", "+1", "-1", "@SUM(A1)", "#N/A")
    lines = [declarant32.regel(100) for _ in strange]
    for line, text in zip(lines, strange, strict=True):
        line["ProductReferentie"]["ReferentieNummer"] = text
    await declarant32.declare(*lines)
    [voorstel] = (await maker.make())["betalingen"]
    await ander.decide(voorstel, "vrijgave")

    csv = (await maker.ask("GET", f"/{voorstel['id']}/export?vorm=csv")).text.splitlines()[1:]
    excel = await maker.ask("GET", f"/{voorstel['id']}/export?vorm=excel")
    cells = [row[1] for row in openpyxl.load_workbook(io.BytesIO(excel.content))["Regels"].iter_rows(min_row=2)]

    assert [row.split(";")[1] for row in csv] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "#N/A"]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in strange]


async def test_a_proposal_agrees_with_the_answers_that_were_sent(
    maker: Mens, released: Json, declarant: Declarant
) -> None:
    found = (await maker.get(f"/{released['id']}/aansluiting"))["declaraties"]

    assert [(one["toegekendInRetour"], one["inDitVoorstel"], one["verschil"]) for one in found] == [
        (3 * 1234_56 + 1, 3 * 1234_56 + 1, 0),
        (1000_00 - 3 * 1234_56, 1000_00 - 3 * 1234_56, 0),
    ]
    assert sum(one["inDitVoorstel"] for one in found) == released["bedrag"]
    assert all(one["toegekend"] == one["toegekendInRetour"] for one in found)
    assert {one["retour"] for one in found} == ({"WMO304D"} if declarant.release == "2.4" else {"WMO325"})
    first = await maker.get(f"/{released['id']}/aansluiting", limiet=1)
    second = await maker.get(f"/{released['id']}/aansluiting", limiet=1, cursor=first["volgende"])
    assert [*first["declaraties"], *second["declaraties"]] == found
    assert second["volgende"] is None


async def test_an_answer_that_is_no_longer_kept_is_told_by_the_declaration(
    maker: Mens, huis: Huis, declarant32: Declarant
) -> None:
    line = declarant32.regel(700)
    uitkomst = await declarant32.declare(line)
    [voorstel] = (await maker.make())["betalingen"]
    bericht = EXCHANGE.bericht
    async with huis.engine.begin() as conn:
        await conn.execute(update(bericht).where(bericht.c.id == uitkomst.retour_id).values(inhoud=None))

    [one] = (await maker.get(f"/{voorstel['id']}/aansluiting"))["declaraties"]

    assert (one["toegekendInRetour"], one["toegekend"], one["verschil"]) == (None, saldo(line), 0)
    assert one["retourId"] == str(uitkomst.retour_id)
