"""Requests and answers in the database: what is recorded, which term runs, what counts afterwards."""

import asyncio
from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.toewijzing.processing import ToewijzingDienst
from services.toewijzing.tables import ANTWOORD, EXCHANGE, PRODUCT, VERZOEK
from shared.exchange.dienst import Oordeel
from shared.iwmo.codec import Inhoud
from shared.werkdagen import plus_weken, plus_werkdagen
from tests.shared.exchange.verwerken import codes, process, until_blocked
from tests.shared.iwmo.berichten import AANBIEDER, ANDER_BSN, GEMEENTE, NUMMER, VANDAAG, a_301, a_toegewezen_product
from tests.statements import counted
from tests.toewijzing.verzoeken import (
    a_315,
    a_317,
    a_319,
    a_nieuw_product,
    a_te_wijzigen_product,
    an_aangevraagd_product,
)

IN_ONDERZOEK: dict[str, Any] = {"VerzoekAntwoord": "2", "RedenAfwijzingVerzoek": None}
OTHER = {"Categorie": "01", "Code": "01A05"}
DAGTEKENING = date(2025, 4, 4)
_names = count(1)


async def send(conn: AsyncConnection, naam: str, inhoud: Inhoud) -> Oordeel:
    """Judges a message and records it when it is accepted; its name is one that no other has."""
    inhoud["Header"]["BerichtIdentificatie"]["Identificatie"] = f"V{next(_names)}"
    _, oordeel, _ = await process(conn, ToewijzingDienst(), EXCHANGE, inhoud, naam, "3.2")
    return oordeel


async def ask(conn: AsyncConnection, *referenties: str, **header: str) -> Oordeel:
    """A WMO315, one product for each reference."""
    codes = (f"01A{number:02}" for number in count(4))
    products = [
        an_aangevraagd_product(ReferentieAanbieder=one, Product={"Categorie": "01", "Code": code})
        for one, code in zip(referenties, codes, strict=False)
    ]
    return await send(conn, "WMO315", a_315(*products, **header))


async def assign(conn: AsyncConnection, nummer: int = NUMMER, referentie: str | None = None, **product: Any) -> Oordeel:
    """A WMO301 of one product that is in force."""
    named = {"ReferentieAanbieder": referentie} if referentie else {}
    one = a_toegewezen_product(ToewijzingNummer=nummer, **named, **product)
    return await send(conn, "WMO301", a_301("3.2", one))


async def answer(conn: AsyncConnection, referentie: str = "VOT1", **deviations: Any) -> Oordeel:
    return await send(conn, "WMO319", a_319(ReferentieAanbieder=referentie, **deviations))


async def statuses(conn: AsyncConnection) -> dict[str, str]:
    rows = await conn.execute(select(VERZOEK.c.referentie, VERZOEK.c.status))
    return {row.referentie: row.status for row in rows}


async def terms(conn: AsyncConnection) -> dict[str, tuple[str, date, date | None]]:
    """By reference: the rule, the last day, and when it was done."""
    table = EXCHANGE.termijn
    rows = await conn.execute(select(table).where(table.c.wie == "gemeente"))
    return {row.sleutel: (row.regel, row.uiterlijk, row.afgerond) for row in rows}


WERKDAGEN_5 = plus_werkdagen(VANDAAG, 5)
WEKEN_8 = plus_weken(DAGTEKENING, 8)


async def test_a_315_is_a_request_for_each_product(conn: AsyncConnection) -> None:
    oordeel = await ask(conn, "VOT1", "VOT2")

    assert (oordeel.afgekeurd, oordeel.signalen) == (False, [])
    assert await statuses(conn) == {"VOT1": "open", "VOT2": "open"}
    assert await terms(conn) == dict.fromkeys(("VOT1", "VOT2"), ("OP274", WERKDAGEN_5, None))
    row = (await conn.execute(select(VERZOEK).where(VERZOEK.c.referentie == "VOT1"))).one()
    assert (row.soort, row.gemeente, row.aanbieder, row.dagtekening) == ("WMO315", GEMEENTE, AANBIEDER, DAGTEKENING)
    assert row.producten == [
        {
            "soort": "AangevraagdProduct",
            "beschikkingNummer": 20250214,
            "beschikkingIngangsdatum": "2025-02-14",
            "categorie": "01",
            "code": "01A04",
            "ingangsdatum": "2025-03-01",
            "einddatum": "2025-08-31",
            "omvang": {"volume": 3, "eenheid": "04", "frequentie": "2"},
        }
    ]


async def test_a_317_is_one_request_with_all_its_products(conn: AsyncConnection) -> None:
    await assign(conn)
    await assign(conn, 2, Product=OTHER)
    nieuw = a_nieuw_product(Product={"Categorie": "01", "Code": "01A06"})

    oordeel = await send(conn, "WMO317", a_317([2], [a_te_wijzigen_product()], [nieuw]))

    assert codes(oordeel) == []
    assert await terms(conn) == {"VOW1": ("OP346", WERKDAGEN_5, None)}
    row = (await conn.execute(select(VERZOEK))).one()
    assert (row.referentie, row.reden, row.status) == ("VOW1", "1", "open")
    assert [
        (one["soort"], one.get("toewijzingNummer"), one.get("toewijzingIngangsdatum")) for one in row.producten
    ] == [
        ("OngewijzigdProduct", 2, "2025-03-01"),
        ("TeWijzigenProduct", NUMMER, "2025-03-01"),
        ("NieuwProduct", None, None),
    ]


async def test_a_refusal_ends_the_request_and_its_term(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1")

    oordeel = await answer(conn)

    assert codes(oordeel) == []
    assert await statuses(conn) == {"VOT1": "afgewezen"}
    assert await terms(conn) == {"VOT1": ("OP274", WERKDAGEN_5, VANDAAG)}
    row = (await conn.execute(select(VERZOEK))).one()
    assert (row.reden_afwijzing, row.besloten) == ("7", VANDAAG)


async def test_an_investigation_makes_the_term_longer_and_a_refusal_may_follow(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1")

    first = await answer(conn, **IN_ONDERZOEK)
    between = (await statuses(conn), await terms(conn))
    second = await answer(conn)
    third = await answer(conn)

    assert (codes(first), codes(second), codes(third)) == ([], [], ["9365"])
    assert between == ({"VOT1": "in_onderzoek"}, {"VOT1": ("OP274", WEKEN_8, None)})
    assert await statuses(conn) == {"VOT1": "afgewezen"}
    assert await terms(conn) == {"VOT1": ("OP274", WEKEN_8, VANDAAG)}
    answers = (await conn.execute(select(ANTWOORD.c.verzoek_antwoord).order_by(ANTWOORD.c.id))).scalars().all()
    assert answers == ["2", "1"]


async def test_a_toewijzing_grants_the_request_it_names_once(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1", "VOT2")

    granted = await assign(conn, referentie="VOT1")
    again = await assign(conn, referentie="VOT1")
    other = await assign(conn, 2, "VOT1", Product=OTHER)
    late = await answer(conn)

    assert (codes(granted), codes(again), codes(other), codes(late)) == ([], [], ["9379"], ["9359"])
    assert await statuses(conn) == {"VOT1": "toegewezen", "VOT2": "open"}
    assert await terms(conn) == {"VOT1": ("OP274", WERKDAGEN_5, VANDAAG), "VOT2": ("OP274", WERKDAGEN_5, None)}


async def test_a_317_is_granted_as_a_whole(conn: AsyncConnection) -> None:
    await assign(conn)
    await send(conn, "WMO317", a_317([NUMMER], (), [a_nieuw_product(Product=OTHER)]))
    later = {"Toewijzingstijd": "10:00:00", "ReferentieAanbieder": "VOW1"}
    stays = a_toegewezen_product(**later)
    new = a_toegewezen_product(ToewijzingNummer=2, Product=OTHER, **later)

    part = await send(conn, "WMO301", a_301("3.2", stays, {**new, "ReferentieAanbieder": "ANDERS"}))
    whole = await send(conn, "WMO301", a_301("3.2", stays, new))

    assert codes(part) == ["9379", "9379"]
    assert codes(whole) == []
    assert await statuses(conn) == {"VOW1": "toegewezen"}


async def test_a_granted_317_may_be_sent_again(conn: AsyncConnection) -> None:
    """What did not change has the moment of its decision, and the reference of the request all the same."""
    await assign(conn)
    await send(conn, "WMO317", a_317([NUMMER], (), [a_nieuw_product(Product=OTHER)]))
    stays = a_toegewezen_product(ReferentieAanbieder="VOW1")
    new = a_toegewezen_product(ToewijzingNummer=2, Product=OTHER, ReferentieAanbieder="VOW1")
    later = {**stays, "Toewijzingstijd": "10:00:00"}

    outcomes = [await send(conn, "WMO301", a_301("3.2", one, new)) for one in (stays, stays, later)]

    assert [codes(one) for one in outcomes] == [[], [], ["9379"]]


async def test_a_rejected_request_counts_as_never_sent(conn: AsyncConnection) -> None:
    refused = await send(conn, "WMO317", a_317([NUMMER], (), [a_nieuw_product()], referentie="VOT1"))

    accepted = await ask(conn, "VOT1")

    assert (codes(refused), codes(accepted)) == (["8187"], [])


async def test_a_request_waits_for_the_decision_on_the_one_before(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1", "VOT2")

    first = await ask(conn, "VOT3")
    await answer(conn, "VOT1")
    second = await ask(conn, "VOT3")
    await answer(conn, "VOT2")
    third = await ask(conn, "VOT3")

    assert [codes(one) for one in (first, second, third)] == [["9374"], ["9374"], []]


async def test_another_client_and_another_gemeente_may_be_asked_meanwhile(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1")
    other_client = a_315(an_aangevraagd_product(ReferentieAanbieder="VOT2"))
    other_client["Client"]["Bsn"] = ANDER_BSN
    other_gemeente = a_315(an_aangevraagd_product(ReferentieAanbieder="VOT3"))
    other_gemeente["Header"]["Ontvanger"] = "0344"
    same_reference = a_315(an_aangevraagd_product(ReferentieAanbieder="VOT1"))
    same_reference["Header"]["Ontvanger"] = "0363"

    outcomes = [await send(conn, "WMO315", one) for one in (other_client, other_gemeente, same_reference)]

    assert [codes(one) for one in outcomes] == [[], [], ["9347"]]


async def test_an_answer_is_to_a_request_of_that_aanbieder_at_that_gemeente(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1")
    other = a_319()
    other["Header"]["Afzender"] = "0344"

    assert codes(await send(conn, "WMO319", other)) == ["9355"]
    assert await statuses(conn) == {"VOT1": "open"}


async def test_the_client_is_judged_before_what_is_below(conn: AsyncConnection) -> None:
    await ask(conn, "VOT1")

    oordeel = await ask(conn, "VOT1")

    assert codes(oordeel) == ["9374"]


async def test_a_fault_in_the_verzoek_leaves_its_products_unjudged(conn: AsyncConnection) -> None:
    await assign(conn)
    await assign(conn, 2, Product=OTHER)

    lacking = await send(conn, "WMO317", a_317([999], (), [a_nieuw_product(Product={"Categorie": "02"}, Omvang=None)]))
    products = await send(
        conn,
        "WMO317",
        a_317([NUMMER, 2, 998, 999], (), [a_nieuw_product(GewensteIngangsdatum="2025-09-01", Einddatum="2025-12-31")]),
    )

    assert codes(lacking) == ["9349"]
    assert codes(products) == ["9350", "9350"]


async def test_the_own_contracts_say_which_category_a_code_has(conn: AsyncConnection) -> None:
    row = {
        "gemeente": GEMEENTE, "product_code": "01A04", "categorie": "02", "eenheid": "04", "variant": "x",
        "geldig_van": date(2020, 1, 1),
    }  # fmt: skip
    await conn.execute(PRODUCT.insert().values(row))

    assert codes(await assign(conn)) == ["S329"]
    assert codes(await ask(conn, "VOT1")) == ["S329"]


async def test_signals_tell_and_refuse_nothing(conn: AsyncConnection) -> None:
    await assign(conn)

    lacking = await assign(conn, 2, Product=OTHER)
    overlap = await ask(conn, "VOT1")

    assert [(one.regel.code, one.afwijking.gevonden) for one in lacking.signalen] == [("OP087", str(NUMMER))]
    assert [one.regel.code for one in overlap.signalen] == ["OP307"]
    assert (codes(lacking), codes(overlap)) == ([], [])


async def test_the_number_of_statements_does_not_grow_with_the_products(conn: AsyncConnection) -> None:
    async def cost(naam: str, inhoud: Inhoud) -> int:
        with counted(conn) as sent:
            assert codes(await send(conn, naam, inhoud)) == []
        return len(sent)

    def products(start: int, number: int) -> list[Inhoud]:
        return [
            a_toegewezen_product(ToewijzingNummer=start + one, Product={"Categorie": "11", "Code": f"11A{one:02}"})
            for one in range(number)
        ]

    def asked(start: int, number: int) -> list[Inhoud]:
        return [
            an_aangevraagd_product(ReferentieAanbieder=f"R{start + one}", Product={"Categorie": "12", "Code": "12A01"})
            for one in range(number)
        ]

    await cost("WMO301", a_301("3.2", *products(900, 1)))  # begins the transaction too
    few, many = [await cost("WMO301", a_301("3.2", *products(*one))) for one in ((1000, 1), (2000, 40))]
    one = await cost("WMO315", a_315(*asked(0, 1)))
    await answer(conn, "R0")
    lots = await cost("WMO315", a_315(*asked(100, 40)))

    assert (few, one) == (many, lots)


@pytest.mark.parametrize("naam", ["WMO301", "WMO315", "WMO317", "WMO319"])
async def test_messages_about_requests_of_an_aanbieder_follow_each_other(naam: str, engine: AsyncEngine) -> None:
    """The second waits, and is judged on what the first left (P5)."""
    inhoud = {
        "WMO301": a_301("3.2", a_toegewezen_product(ReferentieAanbieder="VOT1")),
        "WMO315": a_315(an_aangevraagd_product()),
        "WMO317": a_317([1], (), [a_nieuw_product()]),
        "WMO319": a_319(),
    }

    async def undone(naam: str, inhoud: Inhoud, meanwhile: Any = None) -> Oordeel:
        async with engine.connect() as conn, conn.begin() as transaction:
            oordeel = await send(conn, naam, inhoud)
            if meanwhile is not None:
                meanwhile = asyncio.create_task(meanwhile)
                await until_blocked(engine)
            await transaction.rollback()
        return await meanwhile if meanwhile is not None else oordeel

    second = undone(naam, inhoud[naam])
    oordeel = await undone("WMO315", a_315(an_aangevraagd_product()), second)

    assert (
        codes(oordeel)
        == {
            "WMO301": ["9379"],
            "WMO315": [],
            "WMO317": ["8187"],
            "WMO319": ["9355"],
        }[naam]
    )
