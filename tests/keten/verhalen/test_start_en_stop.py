"""Whole stories of starting, stopping, pausing and correcting, as an aanbieder tells them."""

from typing import Any

from tests.keten.berichten.bericht import codes
from tests.keten.berichten.kop import dag
from tests.keten.berichten.startstop import a_305, a_307, startproduct, stopproduct
from tests.keten.berichten.toewijzing import a_301
from tests.keten.kring import Kring


async def toegewezen(kring: Kring) -> int:
    """A toewijzing of three hours a week, March to August."""
    nummer = kring.nummer()
    await kring.gemeente.send(a_301(kring, nummer))
    return nummer


async def periods(kring: Kring) -> list[tuple[str, str | None, str]]:
    """The care periods as the gemeente sees them, oldest first: first day, last day, status."""
    found = (await kring.gemeente.get("/startstop/v1/zorgperioden"))["zorgperioden"]
    shown = [(one["begindatum"], one["einddatum"], one["status"]) for one in found]
    return sorted(shown)


def refused(uitkomst: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and code of every melding."""
    return [(one["regel"], one["retourcode"]) for one in uitkomst["meldingen"]]


async def test_a_wrong_first_day_is_taken_back_and_delivered_anew_in_one_message(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    await kring.aanbieder.send(a_305(kring, nummer))

    right = startproduct(kring, nummer, Begindatum=dag(kring, "03-05"))
    wrong = startproduct(kring, nummer, StatusAanlevering="3")
    await kring.aanbieder.send(a_305(kring, right, wrong))

    assert await periods(kring) == [(dag(kring, "03-05"), None, "actief")]


async def test_a_wrong_reason_of_a_stop_is_corrected_in_one_message(kring: Kring) -> None:
    """As in the example of IV008: the stop that was sent had the wrong reason."""
    nummer = await toegewezen(kring)
    await kring.aanbieder.send(a_305(kring, nummer))
    await kring.aanbieder.send(a_307(kring, stopproduct(kring, nummer, RedenBeeindiging="31")))

    wrong = stopproduct(kring, nummer, RedenBeeindiging="31", StatusAanlevering="3")
    await kring.aanbieder.send(a_307(kring, wrong, stopproduct(kring, nummer, RedenBeeindiging="19")))

    assert await periods(kring) == [(dag(kring, "03-03"), dag(kring, "06-13"), "gestopt")]


async def test_what_is_outside_the_key_takes_two_messages(kring: Kring) -> None:
    """ToewijzingIngangsdatum is no part of the key: together in one message the keys would be equal (TR101)."""
    nummer = await toegewezen(kring)
    wrong = startproduct(kring, nummer, ToewijzingIngangsdatum=dag(kring, "03-02"))
    await kring.aanbieder.send(a_305(kring, wrong))
    back = startproduct(kring, nummer, ToewijzingIngangsdatum=dag(kring, "03-02"), StatusAanlevering="3")

    together = await kring.aanbieder.send(a_305(kring, back, nummer), "afgekeurd")
    await kring.aanbieder.send(a_305(kring, back))
    await kring.aanbieder.send(a_305(kring, nummer))

    assert ("TR101", "0001") in refused(together)
    assert await periods(kring) == [(dag(kring, "03-03"), None, "actief")]


async def test_a_start_with_a_stop_on_it_is_taken_back_from_the_end(kring: Kring) -> None:
    nummer = await toegewezen(kring)
    await kring.aanbieder.send(a_305(kring, nummer))
    await kring.aanbieder.send(a_307(kring, nummer))
    start_back = startproduct(kring, nummer, StatusAanlevering="3")

    too_early = a_305(kring, start_back)
    uitkomst = await kring.aanbieder.send(too_early, "afgekeurd")
    retour = await kring.aanbieder.retour(too_early, uitkomst)
    await kring.aanbieder.send(a_307(kring, stopproduct(kring, nummer, StatusAanlevering="3")))
    await kring.aanbieder.send(a_305(kring, start_back))

    assert refused(uitkomst) == [("TR071", "9071")]
    [product] = retour["Client"]["StartProducten"]["StartProduct"]
    assert (codes(retour["Header"]), codes(retour["Client"]), codes(product)) == (["0200"], ["0200"], ["9071"])
    assert await periods(kring) == []


async def test_care_pauses_goes_on_and_ends(kring: Kring) -> None:
    """Start, temporary stop, a new start on another day, and a final stop on that one."""
    nummer = await toegewezen(kring)
    pause = stopproduct(kring, nummer, RedenBeeindiging="20", Einddatum=dag(kring, "04-10"))
    again = startproduct(kring, nummer, Begindatum=dag(kring, "05-06"))
    end = stopproduct(kring, nummer, Begindatum=dag(kring, "05-06"), Einddatum=dag(kring, "06-20"))

    for bericht in (a_305(kring, nummer), a_307(kring, pause), a_305(kring, again), a_307(kring, end)):
        await kring.aanbieder.send(bericht)

    assert await periods(kring) == [
        (dag(kring, "03-03"), dag(kring, "04-10"), "tijdelijk gestopt"),
        (dag(kring, "05-06"), dag(kring, "06-20"), "gestopt"),
    ]


async def test_a_pause_that_turns_out_to_be_the_end(kring: Kring) -> None:
    """After a temporary stop one final stop may follow, not before it; then nothing more on that start."""
    nummer = await toegewezen(kring)
    await kring.aanbieder.send(a_305(kring, nummer))
    await kring.aanbieder.send(
        a_307(kring, stopproduct(kring, nummer, RedenBeeindiging="20", Einddatum=dag(kring, "04-10")))
    )

    too_early = stopproduct(kring, nummer, RedenBeeindiging="19", Einddatum=dag(kring, "04-09"))
    again = stopproduct(kring, nummer, RedenBeeindiging="20", Einddatum=dag(kring, "04-20"))
    final = stopproduct(kring, nummer, RedenBeeindiging="19", Einddatum=dag(kring, "04-10"))
    more = stopproduct(kring, nummer, RedenBeeindiging="02", Einddatum=dag(kring, "05-01"))
    outcomes = [
        refused(await kring.aanbieder.send(a_307(kring, one), status))
        for one, status in ((too_early, "afgekeurd"), (again, "afgekeurd"), (final, "verwerkt"), (more, "afgekeurd"))
    ]

    assert outcomes == [[("TR414", "9414")], [("TR413", "9413")], [], [("TR415", "9415")]]


async def test_a_refused_stop_counts_as_never_sent(kring: Kring) -> None:
    """One wrong product rejects the message; the good one beside it comes back with 0200 and may be sent again."""
    nummer, other = await toegewezen(kring), await toegewezen(kring)
    await kring.aanbieder.send(a_305(kring, nummer))
    bericht = a_307(kring, nummer, other)

    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    retour = await kring.aanbieder.retour(bericht, uitkomst)
    await kring.aanbieder.send(a_307(kring, nummer))

    assert refused(uitkomst) == [("TR382", "9069")]
    assert [codes(one) for one in retour["Client"]["StopProducten"]["StopProduct"]] == [["0200"], ["9069"]]
