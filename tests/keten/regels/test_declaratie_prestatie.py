"""Lines of WMO303D, WMO303F and WMO323 beside their toewijzing, over HTTP: for each rule what just passes, and what
just does not."""

from typing import Any

import pytest

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.declaratie import APRIL, MAART, TARIEF, Dagen, a_declaratie, prestatie
from tests.keten.berichten.kop import dag
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.contracten import contract
from tests.keten.kring import Kring
from tests.keten.regels.declaraties import grants, refused_client, refused_line, toegewezen
from tests.wachten import eventually


async def refuses(kring: Kring, bad: Inhoud, *, periode: Dagen = MAART, op: str = "04-04", **expected: str) -> None:
    """The line is refused by these rules, and one beside it granted."""
    good = prestatie(kring, await toegewezen(kring))
    await refused_line(kring, a_declaratie(kring, good, bad, periode=periode, op=op), bad, **expected)


async def aspecifiek(kring: Kring, categorie: str = "02", budget: int = 1_000_000) -> int:
    """A toewijzing of a categorie without a code: in 3.2 its Budget is the limit, in cents."""
    product = {"Categorie": categorie}
    if kring.release == "2.4":
        return await toegewezen(kring, Product=product)
    return await toegewezen(kring, Product=product, Omvang=None, Budget=budget)


async def test_tr304_accepts_a_client_with_a_toewijzing(kring: Kring) -> None:
    other = next(kring.tellers.bsns)
    line = prestatie(kring, await toegewezen(kring, bsn=other))

    await grants(kring, anderen={other: [line]})


async def test_tr304_refuses_a_client_without_any(kring: Kring) -> None:
    other = next(kring.tellers.bsns)
    nummers = [await toegewezen(kring) for _ in range(3)]
    good, *bad = [prestatie(kring, nummer) for nummer in nummers]

    await refused_client(kring, a_declaratie(kring, good, anderen={other: bad}), other, "TR304", "8187")


async def test_tr307_accepts_a_period_from_the_ingangsdatum(kring: Kring) -> None:
    nummer = await toegewezen(kring, Ingangsdatum=dag(kring, "03-10"))

    await grants(kring, prestatie(kring, nummer, periode=("03-10", "03-31")))


async def test_tr307_refuses_a_day_earlier(kring: Kring) -> None:
    """In 3.2 it then does not begin where it must either (TR387)."""
    nummer = await toegewezen(kring, Ingangsdatum=dag(kring, "03-10"))

    also: dict[str, Any] = {} if kring.release == "2.4" else {"tr387": "9387"}
    await refuses(kring, prestatie(kring, nummer, periode=("03-09", "03-31")), tr307="9307", **also)


async def test_tr308_accepts_a_period_up_to_the_einddatum(kring: Kring) -> None:
    nummer = await toegewezen(kring, Einddatum=dag(kring, "03-30"))

    await grants(kring, prestatie(kring, nummer, periode=("03-01", "03-30")))


async def test_tr308_refuses_a_day_later(kring: Kring) -> None:
    """In 3.2 it then does not end where it must either (TR388)."""
    nummer = await toegewezen(kring, Einddatum=dag(kring, "03-30"))

    also: dict[str, Any] = {} if kring.release == "2.4" else {"tr388": "9388"}
    await refuses(kring, prestatie(kring, nummer), tr308="9308", **also)


async def test_tr319_accepts_an_earlier_month_and_the_month_itself(kring: Kring) -> None:
    nummer = await toegewezen(kring)

    await grants(kring, *(prestatie(kring, nummer, periode=one) for one in (MAART, APRIL)), periode=APRIL, op="05-04")


async def test_tr319_refuses_a_period_past_the_declaratieperiode(kring: Kring) -> None:
    bad = prestatie(kring, await toegewezen(kring), periode=APRIL)

    await refuses(kring, bad, op="05-04", tr319="9319")


async def test_tr319_refuses_a_period_astride_the_first_day_in_2_4(kring24: Kring) -> None:
    nummer = await toegewezen(kring24)

    await refuses(
        kring24, prestatie(kring24, nummer, periode=("03-31", "04-30")), periode=APRIL, op="05-04", tr319="9319"
    )


in_march = pytest.mark.parametrize(
    ("frequentie", "most"), [("2", 6 * 3), ("4", 3), ("1", 31 * 3)], ids=["six weeks", "a month", "31 days"]
)


@in_march
async def test_tr321_accepts_the_most(kring: Kring, frequentie: str, most: int) -> None:
    nummer = await toegewezen(kring, Omvang={"Volume": 3, "Eenheid": "04", "Frequentie": frequentie})

    await grants(kring, prestatie(kring, nummer, volume=most))


@in_march
async def test_tr321_refuses_one_more(kring: Kring, frequentie: str, most: int) -> None:
    nummer = await toegewezen(kring, Omvang={"Volume": 3, "Eenheid": "04", "Frequentie": frequentie})

    await refuses(kring, prestatie(kring, nummer, volume=most + 1), tr321="9321")


async def test_tr321_accepts_the_minutes_of_all_hours(kring: Kring) -> None:
    minutes = prestatie(kring, await toegewezen(kring), volume=18 * 60, tarief=52, Eenheid="01")

    await grants(kring, minutes)


async def test_tr321_refuses_a_minute_more(kring: Kring) -> None:
    minutes = prestatie(kring, await toegewezen(kring), volume=18 * 60 + 1, tarief=52, Eenheid="01")

    await refuses(kring, minutes, tr321="9321")


async def _ten_in_all(kring: Kring) -> int:
    """Six of ten in March."""
    nummer = await toegewezen(kring, Omvang={"Volume": 10, "Eenheid": "04", "Frequentie": "6"})
    await grants(kring, prestatie(kring, nummer, volume=6))
    return nummer


async def test_tr322_accepts_what_is_left(kring: Kring) -> None:
    nummer = await _ten_in_all(kring)

    await grants(kring, prestatie(kring, nummer, volume=4, periode=APRIL), periode=APRIL, op="05-04")


async def test_tr322_refuses_one_more(kring: Kring) -> None:
    bad = prestatie(kring, await _ten_in_all(kring), volume=5, periode=APRIL)

    await refuses(kring, bad, periode=APRIL, op="05-04", tr322="9322")


async def test_tr338_accepts_a_toewijzing_of_the_client(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring)))


async def test_tr338_refuses_that_of_another_client(kring: Kring) -> None:
    of_another = await toegewezen(kring, bsn=next(kring.tellers.bsns))

    await refuses(kring, prestatie(kring, of_another), tr338="9338")


async def test_tr339_accepts_the_categorie_of_the_toewijzing(kring: Kring) -> None:
    nummer = await aspecifiek(kring)

    await grants(kring, prestatie(kring, nummer, ProductCategorie="02", ProductCode="02A03"))


async def test_tr339_refuses_another_categorie(kring: Kring) -> None:
    await refuses(kring, prestatie(kring, await aspecifiek(kring)), tr339="9339")


async def test_tr340_accepts_the_code_of_the_toewijzing(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring), ProductCode="01A04"))


async def test_tr340_refuses_another_code_of_the_categorie(kring: Kring) -> None:
    await refuses(kring, prestatie(kring, await toegewezen(kring), ProductCode="01A03"), tr340="9340")


async def test_tr341_accepts_minutes_of_hours(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring), volume=100, tarief=52, Eenheid="01"))


async def test_tr341_refuses_hours_of_minutes(kring: Kring) -> None:
    nummer = await toegewezen(kring, Omvang={"Volume": 180, "Eenheid": "01", "Frequentie": "2"})

    await refuses(kring, prestatie(kring, nummer), tr341="9341")


async def test_tr341_accepts_the_unit_of_the_contract_and_refuses_another(kring32: Kring) -> None:
    """The toewijzing has no Omvang, so no unit."""
    await contract(kring32)
    await contract(kring32, "02A03", "02")
    product: Inhoud = {"ProductCategorie": "02", "ProductCode": "02A03"}

    await grants(kring32, prestatie(kring32, await aspecifiek(kring32), **product))
    await refuses(kring32, prestatie(kring32, await aspecifiek(kring32), **product, Eenheid="16"), tr341="9341")


async def test_tr346_accepts_volume_times_tariff(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring), volume=13, tarief=3100, bedrag=40300))


@pytest.mark.parametrize("bedrag", [40299, 40301])
async def test_tr346_refuses_a_cent_off(kring: Kring, bedrag: int) -> None:
    await refuses(kring, prestatie(kring, await toegewezen(kring), bedrag=bedrag), tr346="9346")


async def test_tr346_accepts_and_refuses_minutes_by_the_tariff_per_hour(kring: Kring) -> None:
    """100 minutes at 31.00 an hour: 51.67, and not 100 times the 0.52 that is shown."""
    await contract(kring)
    nummers = [await toegewezen(kring) for _ in range(2)]
    right, wrong = [
        prestatie(kring, nummer, volume=100, tarief=52, bedrag=bedrag, Eenheid="01")
        for nummer, bedrag in zip(nummers, (5167, 5200), strict=True)
    ]

    await grants(kring, right)
    await refuses(kring, wrong, tr346="9346")


async def test_tr369_accepts_the_whole_budget(kring32: Kring) -> None:
    nummer = await aspecifiek(kring32, "01", 13 * TARIEF)

    await grants(kring32, prestatie(kring32, nummer))


async def test_tr369_refuses_a_cent_more(kring32: Kring) -> None:
    nummer = await aspecifiek(kring32, "01", 13 * TARIEF - 1)

    await refuses(kring32, prestatie(kring32, nummer), tr369="9369")


async def test_tr369_refuses_what_goes_over_with_what_was_granted(kring32: Kring) -> None:
    nummer = await aspecifiek(kring32, "01", 13 * TARIEF)
    await grants(kring32, prestatie(kring32, nummer))

    bad = prestatie(kring32, nummer, volume=1, tarief=1, periode=APRIL)
    await refuses(kring32, bad, periode=APRIL, op="05-04", tr369="9369")


async def test_tr381_accepts_a_code_under_its_categorie(kring: Kring) -> None:
    await contract(kring, "02A03", "02")

    await grants(kring, prestatie(kring, await aspecifiek(kring), ProductCategorie="02", ProductCode="02A03"))


async def test_tr381_refuses_a_code_of_another_categorie(kring: Kring) -> None:
    await contract(kring, "01A04", "01")

    await refuses(kring, prestatie(kring, await aspecifiek(kring), ProductCategorie="02"), tr381="S329")


async def _one_day(kring: Kring, reden: str) -> int:
    """A toewijzing that was brought back to its first day, as declarations know it."""
    nummer = await toegewezen(kring)
    product = toegewezen_product(
        kring, nummer, Toewijzingstijd="09:31:00", Einddatum=dag(kring, "03-01"), RedenWijziging=reden
    )
    await kring.gemeente.send(a_301(kring, product))

    async def known() -> bool:
        sql = "select 1 from declaratie.toewijzing where gemeente = $1 and nummer = $2 and reden_wijziging = $3"
        return bool(await kring.stapel.query(sql, kring.gemeente.code, nummer, reden))

    await eventually(known, "the declarations know the new version", every=0.05)
    return nummer


async def test_tr384_accepts_a_toewijzing_of_one_day(kring32: Kring) -> None:
    nummer = await _one_day(kring32, "03")

    await grants(kring32, prestatie(kring32, nummer, volume=3, periode=("03-01", "03-01")))


async def test_tr384_refuses_a_toewijzing_that_was_withdrawn(kring32: Kring) -> None:
    nummer = await _one_day(kring32, "13")

    await refuses(kring32, prestatie(kring32, nummer, volume=3, periode=("03-01", "03-01")), tr384="9384")


async def test_tr387_accepts_the_first_of_the_month_or_of_the_toewijzing(kring32: Kring) -> None:
    whole, later = await toegewezen(kring32), await toegewezen(kring32, Ingangsdatum="2025-03-10")

    await grants(kring32, prestatie(kring32, whole), prestatie(kring32, later, periode=("03-10", "03-31")))


async def test_tr387_refuses_the_day_on_which_care_began(kring32: Kring) -> None:
    nummer = await toegewezen(kring32)

    await refuses(kring32, prestatie(kring32, nummer, periode=("03-02", "03-31")), tr387="9387")


async def test_tr388_accepts_the_last_of_the_month_or_of_the_toewijzing(kring32: Kring) -> None:
    whole, sooner = await toegewezen(kring32), await toegewezen(kring32, Einddatum="2025-03-20")

    await grants(kring32, prestatie(kring32, whole), prestatie(kring32, sooner, periode=("03-01", "03-20"), volume=9))


async def test_tr388_refuses_the_day_on_which_care_ended(kring32: Kring) -> None:
    nummer = await toegewezen(kring32)

    await refuses(kring32, prestatie(kring32, nummer, periode=("03-01", "03-30")), tr388="9388")


async def test_tr418_accepts_the_tariff_of_the_contract(kring: Kring) -> None:
    await contract(kring)
    nummers = [await toegewezen(kring) for _ in range(2)]

    await grants(
        kring,
        prestatie(kring, nummers[0]),
        prestatie(kring, nummers[1], volume=60, tarief=52, bedrag=TARIEF, Eenheid="01"),
    )


async def test_tr418_refuses_a_cent_more(kring: Kring) -> None:
    await contract(kring)

    await refuses(kring, prestatie(kring, await toegewezen(kring), tarief=TARIEF + 1), tr418="0611")
