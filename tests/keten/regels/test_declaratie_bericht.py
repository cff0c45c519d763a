"""Level 2 and the header of WMO303D, WMO303F and WMO323 over HTTP: for each rule what just passes, and what just does
not."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.declaratie import APRIL, a_declaratie, prestatie, referentie
from tests.keten.kring import Kring
from tests.keten.regels.declaraties import (
    granted,
    grants,
    refused_on_header,
    refused_within,
    toegewezen,
)

VIJF_JAAR = {"Ingangsdatum": "2021-03-01", "Einddatum": "2021-08-31"}
OUD = ("2021-03-01", "2021-03-31")
NU = ("2026-03-01", "2026-03-31")


async def test_tr101_accepts_numbers_that_differ(kring: Kring) -> None:
    first, second = [prestatie(kring, await toegewezen(kring)) for _ in range(2)]

    await grants(kring, first, second)


async def test_tr101_refuses_a_number_twice_for_one_client(kring: Kring) -> None:
    first = prestatie(kring, await toegewezen(kring))
    second = prestatie(kring, await toegewezen(kring), nieuw=referentie(first))

    await refused_within(kring, a_declaratie(kring, first, second), "TR101")


async def test_tr134_accepts_the_day_of_the_message(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring)), op="04-04")


async def test_tr134_refuses_a_later_day(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32))

    await refused_within(kring32, a_declaratie(kring32, line, DeclaratieDagtekening="2025-04-05"), "TR134")


async def test_tr134_refuses_a_period_that_begins_later(kring24: Kring) -> None:
    """In 2.4 the day of the declaration is that of the message, and such a period ends later too (TR137)."""
    line = prestatie(kring24, await toegewezen(kring24), periode=("04-05", "04-30"))

    await refused_within(kring24, a_declaratie(kring24, line), "TR134", "TR137")


async def test_tr137_accepts_a_declaration_on_the_last_day(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring)), op="03-31")


async def test_tr137_refuses_a_declaration_a_day_before(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring))

    await refused_within(kring, a_declaratie(kring, line, op="03-30"), "TR137")


async def test_tr315_accepts_credits_of_different_lines(kring: Kring) -> None:
    lines = [prestatie(kring, await toegewezen(kring)) for _ in range(2)]
    await grants(kring, *lines)

    await grants(kring, *(prestatie(kring, line["ToewijzingNummer"], vorige=referentie(line)) for line in lines))


async def test_tr315_refuses_two_credits_of_one_line(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring))
    await grants(kring, line)
    credits_ = [prestatie(kring, line["ToewijzingNummer"], vorige=referentie(line)) for _ in range(2)]

    await refused_within(kring, a_declaratie(kring, *credits_), "TR315")


async def test_tr316_accepts_a_credit_with_what_takes_its_place(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    line = prestatie(kring, nummer)
    await grants(kring, line)

    await grants(kring, prestatie(kring, nummer, vorige=referentie(line)), prestatie(kring, nummer, volume=12))


async def test_tr316_refuses_a_credit_beside_its_debit(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    line = prestatie(kring, nummer)

    await refused_within(kring, a_declaratie(kring, line, prestatie(kring, nummer, vorige=referentie(line))), "TR316")


async def test_tr335_accepts_five_years_to_the_day(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring, **VIJF_JAAR), periode=OUD)

    await grants(kring, line, periode=NU, op="2026-03-31")


async def test_tr335_refuses_a_day_more(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring, **VIJF_JAAR), periode=OUD)

    await refused_within(kring, a_declaratie(kring, line, periode=NU, op="2026-04-01"), "TR335")


async def test_tr358_accepts_the_sum_of_debits_and_credits(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    line = prestatie(kring, nummer)
    await grants(kring, line)

    bericht = a_declaratie(
        kring,
        prestatie(kring, nummer, vorige=referentie(line)),
        prestatie(kring, nummer, volume=12),
        totaal=-line["ProductTarief"],
    )
    await granted(kring, bericht)


async def test_tr358_refuses_a_cent_more(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring), volume=13, tarief=3100)

    await refused_within(kring, a_declaratie(kring, line, totaal=40301), "TR358")


async def test_tr416_accepts_one_product_of_two_toewijzingen(kring32: Kring) -> None:
    lines = [prestatie(kring32, await toegewezen(kring32)) for _ in range(2)]

    await grants(kring32, *lines)


async def test_tr416_refuses_one_product_twice_in_a_period(kring32: Kring) -> None:
    nummer = await toegewezen(kring32)
    lines = [prestatie(kring32, nummer, volume=volume) for volume in (1, 2)]

    await refused_within(kring32, a_declaratie(kring32, *lines), "TR416")


async def test_tr416_accepts_opplussen_in_2_4(kring24: Kring) -> None:
    nummer = await toegewezen(kring24)

    await grants(kring24, *(prestatie(kring24, nummer, volume=volume) for volume in (1, 2)))


async def test_cs002_accepts_a_bsn_that_passes_the_elfproef(kring: Kring) -> None:
    await grants(kring, prestatie(kring, await toegewezen(kring)))


async def test_cs002_refuses_a_bsn_that_does_not(kring: Kring) -> None:
    line = prestatie(kring, await toegewezen(kring))
    bsn = kring.bsn[:-1] + str((int(kring.bsn[-1]) + 1) % 10)

    await refused_within(kring, a_declaratie(kring, anderen={bsn: [line]}), "CS002")


async def test_cs337_accepts_a_period_up_to_the_end_of_a_month(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32, Ingangsdatum="2025-03-15"), periode=("03-15", "03-31"))

    await grants(kring32, line)


async def test_cs337_refuses_a_period_into_the_next_month(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32, Ingangsdatum="2025-03-15"), periode=("03-15", "04-01"))

    await refused_within(kring32, a_declaratie(kring32, line, periode=APRIL, op="05-04"), "CS337")


async def test_cs340_accepts_a_whole_month(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32), periode=APRIL)

    await grants(kring32, line, periode=APRIL, op="05-04")


async def test_cs340_refuses_a_day_less(kring32: Kring) -> None:
    line = prestatie(kring32, await toegewezen(kring32))

    await refused_within(kring32, a_declaratie(kring32, line, periode=("03-02", "03-31")), "CS340")


async def test_tr056_accepts_the_same_message_again(kring: Kring) -> None:
    bericht = a_declaratie(kring, prestatie(kring, await toegewezen(kring)))
    first = await kring.aanbieder.send(bericht)

    again = await kring.aanbieder.post(bericht)

    assert (again.status_code, again.json()["id"], again.json()["meldingen"]) == (200, first["id"], [])


async def test_tr056_refuses_a_name_that_another_message_has(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    await grants(kring, prestatie(kring, nummer), identificatie="EEN")

    await refused_on_header(kring, a_declaratie(kring, prestatie(kring, nummer), identificatie="EEN"), "TR056", "9056")


def _last_month() -> tuple[str, str]:
    last = _today().replace(day=1) - timedelta(days=1)
    return last.replace(day=1).isoformat(), last.isoformat()


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Amsterdam")).date()


async def _of_last_month(kring: Kring) -> Inhoud:
    begin, eind = _last_month()
    return prestatie(kring, await toegewezen(kring, Ingangsdatum=begin, Einddatum=eind), periode=(begin, eind))


async def test_tr135_accepts_a_message_of_today(kring: Kring) -> None:
    line = await _of_last_month(kring)

    await grants(kring, line, periode=_last_month(), op=_today().isoformat())


async def test_tr135_refuses_a_message_of_tomorrow(kring: Kring) -> None:
    line = await _of_last_month(kring)
    tomorrow = _today() + timedelta(days=1)

    bericht = a_declaratie(kring, line, periode=_last_month(), op=tomorrow.isoformat())
    await refused_on_header(kring, bericht, "TR135", "8848")
