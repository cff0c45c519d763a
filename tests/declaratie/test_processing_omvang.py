"""Declarations in the database: what earlier ones leave for the next, and the order of their periods."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.declaratie.processing import DeclaratieDienst
from services.declaratie.tables import EXCHANGE, PRODUCT
from shared.exchange.dienst import Heen, Oordeel
from shared.feiten import product_tabel
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Ingangsdata
from shared.iwmo.waarden import Omvang, Periode
from tests.declaratie.bouw import a_tarief
from tests.declaratie.verwerken import TWEEDE, hours, know, refused_line, send
from tests.shared.exchange.verwerken import KLUIS, claim, codes, process
from tests.shared.feiten.test_projectie import product_event
from tests.shared.iwmo.berichten import GEMEENTE, NUMMER, a_declaratie_bericht, a_heen, a_regel, soort

pytestmark = pytest.mark.usefixtures("bekend")


async def test_what_was_granted_before_counts_in_either_unit_and_release(conn: AsyncConnection) -> None:
    await know(conn, NUMMER, omvang=Omvang(20, "04", "6"))
    minutes = a_regel("2.4", 31000, referentie="R2", GeleverdVolume=600, Eenheid="01", ProductTarief=52)
    await send(conn, a_regel("2.4", 9300, GeleverdVolume=3), minutes, nummer="D1", release="2.4")

    _, over, _ = await send(conn, a_regel("2.4", 24800, referentie="R3", GeleverdVolume=8), nummer="D2", release="2.4")
    _, fits, _ = await send(conn, a_regel("2.4", 21700, referentie="R4", GeleverdVolume=7), nummer="D3", release="2.4")

    assert (codes(over), codes(fits)) == (["9322"], [])
    assert over.wacht


async def test_a_budget_is_used_up_and_filled_again_by_a_credit(conn: AsyncConnection) -> None:
    await know(conn, NUMMER, omvang=None, budget=31_000)
    first = await send(conn, hours(10, "R1"), nummer="D1")
    await know(conn, TWEEDE, omvang=None, budget=31_000)
    over = await send(conn, hours(11, "R2", ToewijzingNummer=TWEEDE), nummer="D2")
    again = await send(conn, hours(10, "C1", vorige="R1"), hours(10, "R3"), nummer="D3")

    assert [codes(oordeel) for _, oordeel, _ in (first, over, again)] == [[], ["9369"], []]


async def test_a_claim_stands_until_it_is_credited(conn: AsyncConnection) -> None:
    heen, _, _ = await send(conn, hours(1, "R1"), nummer="D1")

    _, second, _ = await send(conn, hours(2, "R2"), nummer="D2")
    _, corrected, _ = await send(conn, hours(1, "C1", vorige="R1"), hours(2, "R3"), nummer="D3")
    _, third, _ = await send(conn, hours(3, "R4"), nummer="D4")

    assert [codes(one) for one in (second, corrected, third)] == [["9389"], [], ["9389"]]
    assert second.meldingen[0].afwijking.botst_met == str(heen.id)


async def test_what_would_mend_a_line_is_held_against_earlier_claims_and_the_right_contract(
    conn: AsyncConnection,
) -> None:
    await product_tabel.apply(
        conn, PRODUCT, [product_event("01A05", 1, a_tarief(product_code="01A05", periode=Periode(date(2025, 1, 1))))]
    )
    await product_tabel.apply(conn, PRODUCT, [product_event("01A04", 2, a_tarief(cents=4000))])
    await send(conn, a_regel("3.2", 40000, GeleverdVolume=10, ProductTarief=4000), nummer="D1")
    partly = {"Begindatum": "2025-03-03", "Einddatum": "2025-03-31"}

    _, code, _ = await send(conn, hours(1, "R2", ProductCode="01A05", ToewijzingNummer=TWEEDE), nummer="D2")
    _, periode, _ = await send(
        conn,
        a_regel("3.2", 4000, referentie="R3", GeleverdVolume=1, ProductTarief=4000, ProductPeriode=partly),
        nummer="D3",
    )

    assert [codes(one) for one in (code, periode)] == [["9340"], ["9387"]]
    assert [one.meldingen[0].afwijking.herstel for one in (code, periode)] == [(), ()]


async def test_a_credit_of_an_earlier_message_makes_room_again(conn: AsyncConnection) -> None:
    await know(conn, NUMMER, omvang=Omvang(10, "04", "6"), budget=31_000)
    await send(conn, hours(10, "R1"), nummer="D1")

    _, credit, _ = await send(conn, hours(10, "C1", vorige="R1"), nummer="D2")
    _, again, _ = await send(conn, hours(10, "R2"), nummer="D3")

    assert (codes(credit), codes(again)) == ([], [])


async def test_a_refused_claim_does_not_stand(conn: AsyncConnection) -> None:
    await send(conn, refused_line("3.2"), nummer="D1")

    _, oordeel, _ = await send(conn, a_regel("3.2", referentie="R2"), nummer="D2")

    assert codes(oordeel) == []


def of_period(nummer: str, begin: str, eind: str, *lines: Inhoud) -> Inhoud:
    inhoud = a_declaratie_bericht("3.2", list(lines), nummer=nummer, identificatie=nummer, dagtekening="2025-12-31")
    inhoud["Declaratie"]["DeclaratiePeriode"] = {"Begindatum": begin, "Einddatum": eind}
    inhoud["Declaratie"]["DeclaratieDagtekening"] = "2025-12-31"
    return inhoud


async def test_periods_go_forward_and_a_gap_is_only_told(conn: AsyncConnection) -> None:
    async def declare(nummer: str, begin: str, eind: str) -> tuple[Heen, Oordeel]:
        line = hours(0, nummer, ToewijzingNummer=NUMMER if nummer == "D1" else TWEEDE)
        line["ProductPeriode"] = {"Begindatum": "2025-03-01", "Einddatum": "2025-03-31"}
        inhoud = of_period(nummer, begin, eind, line)
        heen, oordeel, _ = await process(conn, DeclaratieDienst(), EXCHANGE, inhoud, "WMO323", "3.2")
        return heen, oordeel

    may, first = await declare("D1", "2025-05-01", "2025-05-31")
    _, before = await declare("D2", "2025-04-01", "2025-04-30")
    _, later = await declare("D3", "2025-07-01", "2025-07-31")

    assert (first.signalen, codes(before), before.afgekeurd) == ([], ["8214"], True)
    assert before.meldingen[0].afwijking.botst_met == str(may.id)
    assert codes(later) == []
    [signal] = later.signalen
    assert (signal.regel.code, signal.afwijking.gevonden) == ("OP284", "2025-06-01 t/m 2025-06-30")


async def test_one_that_came_in_earlier_is_not_late_by_one_that_was_judged_first(conn: AsyncConnection) -> None:
    """A declaration that waited for facts while the next went through."""
    dienst = DeclaratieDienst()
    waited = a_heen(of_period("D1", "2025-04-01", "2025-04-30", hours(1, "R1")), soort("WMO323", "3.2"))
    await claim(conn, EXCHANGE, waited.kop, b"waited", waited.id)
    next_one = of_period("D2", "2025-05-01", "2025-05-31", hours(1, "R2", ToewijzingNummer=TWEEDE))
    await process(conn, dienst, EXCHANGE, next_one, "WMO323", "3.2")

    lezing = dienst.read(waited, KLUIS)
    oordeel = dienst.judge(lezing, await dienst.facts(conn, lezing, waited), waited)

    assert (oordeel.afgekeurd, codes(oordeel)) == (False, [])


async def test_the_first_days_of_toewijzingen_are_told_and_which_are_not_known(conn: AsyncConnection) -> None:
    dienst = DeclaratieDienst()
    inhoud = a_declaratie_bericht("3.2", [a_regel("3.2"), a_regel("3.2", referentie="R2", ToewijzingNummer=1)])
    heen = a_heen(inhoud, soort("WMO323", "3.2"))
    await claim(conn, EXCHANGE, heen.kop, b"x", heen.id)
    lezing = dienst.read(heen, KLUIS)

    found = dienst.ingangsdata(lezing, await dienst.facts(conn, lezing, heen))

    assert found == Ingangsdata(frozenset({date(2025, 3, 1)}), frozenset({f"{GEMEENTE}:1"}))
