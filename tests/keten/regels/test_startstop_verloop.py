"""The rules on starts and stops against what came before, each from both sides, in both releases."""

from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, startproduct
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts
from tests.keten.regels.zorg import (
    TIJDELIJK,
    VERWIJDEREN,
    gestart,
    gestopt,
    in_list,
    refused,
    start,
    stop,
    toegewezen,
)
from tests.wachten import eventually

STOPPED, DAY_BEFORE, DAY_AFTER = "06-13", "06-12", "06-14"
AGAIN = "06-16"
"""The day of a new start."""


async def test_tr019_accepts_starts_and_stops_on_a_toewijzing(kring: Kring) -> None:
    await gestopt(kring)


async def test_tr019_refuses_a_number_that_nobody_assigned(kring: Kring) -> None:
    known = await toegewezen(kring)

    await refused(kring, a_305(kring, known, kring.nummer()), "TR019", "9019", at=2)


async def test_tr019_refuses_a_number_of_another_client(kring: Kring) -> None:
    nummer = kring.nummer()
    await accepts(kring, a_301(kring, nummer, Bsn=next(kring.tellers.bsns)))

    await refused(kring, start(kring, nummer), "TR019", "9019")


async def test_tr019_refuses_a_toewijzing_that_was_withdrawn(kring: Kring) -> None:
    nummer = await gestart(kring)
    ended = toegewezen_product(
        kring, nummer, Einddatum=dag(kring, "03-01"), Toewijzingsdatum=dag(kring, "02-17"), Toewijzingstijd="10:00:00",
        RedenWijziging="01" if kring.release == "2.4" else "13",
    )  # fmt: skip
    uitkomst = await kring.gemeente.send(a_301(kring, ended))

    async def known() -> bool:
        sql = "select 1 from startstop.toewijzing where gemeente = $1 and nummer = $2 and einddatum = ingangsdatum"
        return bool(await kring.stapel.query(sql, kring.gemeente.code, nummer))

    await eventually(known, "starts and stops know that it was withdrawn", every=0.05)

    refusal = await refused(kring, stop(kring, nummer), "TR019", "9019")

    assert refusal["meldingen"][0]["botstMet"] == uitkomst["id"]
    await accepts(kring, start(kring, nummer, **VERWIJDEREN))


async def test_tr019_accepts_no_number_for_taakgericht_care(kring: Kring) -> None:
    await in_list(kring, variant="taakgericht")

    await accepts(kring, start(kring, None))
    await accepts(kring, stop(kring, None))


async def test_tr019_refuses_no_number_for_other_care(kring: Kring) -> None:
    await in_list(kring)

    await refused(kring, start(kring, None), "TR019", "9019")


async def test_tr063_accepts_a_deletion_of_what_holds(kring: Kring) -> None:
    nummer = await gestopt(kring)

    await accepts(kring, stop(kring, nummer, **VERWIJDEREN))
    await accepts(kring, start(kring, nummer, **VERWIJDEREN))


async def test_tr063_refuses_a_deletion_under_another_key(kring: Kring) -> None:
    nummer = await gestopt(kring)

    await refused(kring, start(kring, nummer, Begindatum="03-04", **VERWIJDEREN), "TR063", "9063")
    await refused(kring, stop(kring, nummer, Einddatum=DAY_AFTER, **VERWIJDEREN), "TR063", "9063")


async def test_tr063_refuses_a_second_deletion(kring: Kring) -> None:
    nummer = await gestart(kring)
    await accepts(kring, start(kring, nummer, **VERWIJDEREN))

    await refused(kring, start(kring, nummer, **VERWIJDEREN), "TR063", "9063")


async def test_tr071_accepts_a_deletion_once_the_stop_is_gone(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)
    await accepts(kring, stop(kring, nummer, **TIJDELIJK, **VERWIJDEREN))

    await accepts(kring, start(kring, nummer, **VERWIJDEREN))


async def test_tr071_refuses_a_deletion_under_a_stop(kring: Kring) -> None:
    for reason in (TIJDELIJK, {}):
        nummer = await gestopt(kring, **reason)
        await refused(kring, start(kring, nummer, **VERWIJDEREN), "TR071", "9071")


async def test_tr074_accepts_a_key_that_was_taken_back(kring: Kring) -> None:
    nummer = await gestopt(kring)
    await accepts(kring, stop(kring, nummer, **VERWIJDEREN))

    await accepts(kring, stop(kring, nummer))


async def test_tr074_refuses_a_key_that_holds(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    first = await accepts(kring, start(kring, nummer))
    await accepts(kring, stop(kring, nummer))

    refusal = await refused(kring, start(kring, nummer), "TR074", "9074")

    assert refusal["meldingen"][0]["botstMet"] == first["id"]


async def test_tr326_accepts_a_new_start_after_either_stop(kring: Kring) -> None:
    for reason in (TIJDELIJK, {}):
        nummer = await gestopt(kring, **reason)
        await accepts(kring, start(kring, nummer, Begindatum=AGAIN))


async def test_tr326_refuses_a_new_start_while_one_is_open(kring: Kring) -> None:
    nummer = await gestart(kring)

    await refused(kring, start(kring, nummer, Begindatum=AGAIN), "TR326", "9326")


async def test_tr326_refuses_the_second_start_in_one_message(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    bericht = a_305(kring, nummer, startproduct(kring, nummer, Begindatum=dag(kring, AGAIN)))

    refusal = await refused(kring, bericht, "TR326", "9326", at=2)

    assert refusal["meldingen"][0]["botstMetLocatie"].endswith("StartProduct[1]")


async def test_tr381_accepts_a_code_under_the_categorie_of_the_list(kring: Kring) -> None:
    """That of the gemeente, which goes before the national one."""
    await in_list(kring, categorie="02")
    named = {"Product": {"Categorie": "02", "Code": "01A04"}}
    nummer = await toegewezen(kring, **named)

    await accepts(kring, start(kring, nummer, **named))
    await accepts(kring, stop(kring, nummer, **named))


async def test_tr381_refuses_it_under_another(kring: Kring) -> None:
    nummer, other = await gestart(kring), await toegewezen(kring)
    await in_list(kring, categorie="02")

    begun = await refused(kring, start(kring, other), "TR381", "S329")
    ended = await refused(kring, stop(kring, nummer), "TR381", "S329")

    [herstel] = begun["meldingen"][0]["herstel"]
    assert (herstel["locatie"].rpartition("]")[2], herstel["waarde"]) == ("/Product/Categorie", "02")
    assert ended["meldingen"][0]["herstel"] is None, "under the other it would be on no start"


async def test_tr382_accepts_a_stop_on_a_start_that_was_stopped_temporarily(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)

    await accepts(kring, stop(kring, nummer))


async def test_tr382_refuses_a_stop_on_another_begindatum_and_tells_the_right_one(kring: Kring) -> None:
    nummer = await gestart(kring)

    refusal = await refused(kring, stop(kring, nummer, Begindatum="03-04"), "TR382", "9069")

    assert [one["waarde"] for one in refusal["meldingen"][0]["herstel"]] == [dag(kring, "03-03")]


async def test_tr382_refuses_a_stop_on_a_start_that_was_taken_back(kring: Kring) -> None:
    nummer = await gestart(kring)
    await accepts(kring, start(kring, nummer, **VERWIJDEREN))

    await refused(kring, stop(kring, nummer), "TR382", "9069")


async def test_tr413_accepts_a_temporary_stop_on_the_start_after(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)
    await accepts(kring, start(kring, nummer, Begindatum=AGAIN))

    await accepts(kring, stop(kring, nummer, Begindatum=AGAIN, Einddatum="06-30", **TIJDELIJK))


async def test_tr413_refuses_a_second_temporary_stop_on_one_start(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)

    await refused(kring, stop(kring, nummer, Einddatum=DAY_AFTER, **TIJDELIJK), "TR413", "9413")


async def test_tr414_accepts_an_end_on_the_day_of_the_temporary_stop(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)

    await accepts(kring, stop(kring, nummer, Einddatum=STOPPED))


async def test_tr414_refuses_an_end_on_the_day_before(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)

    await refused(kring, stop(kring, nummer, Einddatum=DAY_BEFORE), "TR414", "9414")


async def test_tr415_accepts_a_stop_once_the_definitive_one_is_taken_back(kring: Kring) -> None:
    nummer = await gestopt(kring)
    await accepts(kring, stop(kring, nummer, **VERWIJDEREN))

    await accepts(kring, stop(kring, nummer, Einddatum=DAY_BEFORE, RedenBeeindiging="31"))


async def test_tr415_refuses_any_stop_after_a_definitive_one(kring: Kring) -> None:
    nummer = await gestopt(kring)

    for reason in ("20", "31"):
        await refused(kring, stop(kring, nummer, Einddatum=DAY_AFTER, RedenBeeindiging=reason), "TR415", "9415")


async def test_op155_tells_of_a_stop_on_an_older_start_and_refuses_nothing(kring: Kring) -> None:
    nummer = await gestopt(kring, **TIJDELIJK)
    latest = await accepts(kring, start(kring, nummer, Begindatum=AGAIN))

    older = await accepts(kring, stop(kring, nummer))
    newest = await accepts(kring, stop(kring, nummer, Begindatum=AGAIN, Einddatum="06-30"))

    [signaal] = older["signalen"]
    assert (signaal["regel"], signaal["botstMet"], signaal["verwacht"]) == ("OP155", latest["id"], dag(kring, AGAIN))
    assert newest["signalen"] == []
