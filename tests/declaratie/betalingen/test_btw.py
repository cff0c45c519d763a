"""The VAT that invoices of 2.4 tell of, added up beside the amounts that it is in."""

import csv
import io

from services.declaratie.domain.verzamelfactuur import FACTUUR
from shared.exchange.huis import Huis
from shared.iwmo.codec import Inhoud
from tests.declaratie.betalingen.boek import Declarant, Mens
from tests.shared.iwmo.berichten import amount_of

FIGURES = "/declaratie/v1/cijfers"


def taxed(line: Inhoud, btw: int) -> Inhoud:
    sign = "C" if amount_of(line) < 0 else "D"
    line["BtwVrijstelling"] = "2"
    line["IngediendeBedragPrestatie"]["BtwBedrag"] = {"Bedrag": btw, "DebetCredit": sign}
    return line


async def invoice(declarant: Declarant, *lines: Inhoud) -> None:
    inhoud = declarant.inhoud(*lines)
    inhoud["Header"]["BerichtCode"] = "448"
    found = [one["IngediendeBedragPrestatie"].get("BtwBedrag", {"Bedrag": 0, "DebetCredit": "D"}) for one in lines]
    btw = sum(one["Bedrag"] * (-1 if one["DebetCredit"] == "C" else 1) for one in found)
    total = {"TotaalBedrag": abs(btw), "DebetCredit": "C" if btw < 0 else "D"}
    inhoud["Header"]["DeclaratieFactuurBedragen"]["BtwTotaalBedrag"] = total
    uitkomst = await declarant.send(inhoud, *lines, naam=FACTUUR)
    assert uitkomst.status == "verwerkt", uitkomst


async def test_the_vat_of_invoices_is_in_figures_lines_and_proposals(maker: Mens, huis: Huis, gemeente: str) -> None:
    """A credit takes its VAT back, and of a refused line it is claimed and not granted."""
    declarant = Declarant(huis, gemeente, "2.4")
    wrong, right = taxed(declarant.regel(121_00), 21_00), taxed(declarant.regel(242_00), 42_00)
    exempt = declarant.regel(50_00) | {"BtwVrijstelling": "1"}
    await invoice(declarant, wrong, right, exempt)
    await invoice(
        declarant, taxed(declarant.credit(wrong), 21_00), taxed(declarant.refused(right), 5_00),
        taxed(declarant.regel(1_21), 21),
    )  # fmt: skip

    [voorstel] = (await maker.make())["betalingen"]
    figures = await maker.client.get(FIGURES, headers={"X-Partij": maker.partij, "X-Wie": maker.wie})
    regels = (await maker.get(f"/{voorstel['id']}/regels"))["regels"]
    answer = await maker.ask("GET", f"/{voorstel['id']}/regels", headers={"Accept": "text/csv"})

    totaal = figures.json()["totaal"]
    assert (totaal["ingediendBtw"], totaal["toegekendBtw"]) == (42_00 + 5_00 + 21, 42_00 + 21)
    assert (voorstel["bedrag"], voorstel["btw"]) == (242_00 + 50_00 + 1_21, 42_00 + 21)
    assert [line["btw"] for line in regels] == [21_00, 42_00, None, -21_00, 21]
    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))
    assert [row["btw"] for row in rows] == ["2100", "4200", "", "-2100", "21"]
