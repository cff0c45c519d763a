"""The administration of one client, and messages that change it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.startstop.domain import Administratie, Herkomst, StartProduct, Zorgbericht
from services.startstop.messages import read_zorgbericht
from services.startstop.processing import StartstopDienst
from shared.exchange.dienst import Oordeel
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.kop import Ingangsdata, read_kop
from shared.iwmo.persoon import Persoon
from shared.iwmo.waarden import Product
from tests.shared.iwmo import berichten
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, NUMMER, a_305, a_307, a_heen, soort
from tests.startstop.bouw import (
    BEGIN,
    INSPANNING,
    PRODUCT,
    a_start,
    a_startproduct,
    a_stop,
    a_stopproduct,
    feiten,
)

LATER = a_start(begindatum=date(2025, 5, 1))


def turned_round(bsn: str) -> str:
    """A name for a client."""
    return bsn[::-1]


def a_bericht(*producten: Any) -> Zorgbericht:
    return Zorgbericht(GEMEENTE, AANBIEDER, Persoon((("Client", 0),), BSN), "client-a", producten)


def judge(known: Any, *producten: Any) -> tuple[Oordeel, Administratie]:
    """The verdict on a whole message, and the administration as it was used."""
    naam = "WMO305" if isinstance(producten[0], StartProduct) else "WMO307"
    heen = a_heen(a_305("3.2") if naam == "WMO305" else a_307("3.2"), soort(naam, "3.2"))
    return StartstopDienst().judge(a_bericht(*producten), known, heen), known.administratie


def told(oordeel: Oordeel) -> list[tuple[str, str]]:
    return [(melding.retourcode, melding.locatie.rpartition("/")[2]) for melding in oordeel.meldingen]


def test_an_administration_is_a_copy() -> None:
    starts = {a_start(): Herkomst()}

    Administratie.of(starts, {}).apply(a_startproduct(status="3"))

    assert starts == {a_start(): Herkomst()}


def test_a_start_is_open_until_any_stop_on_it() -> None:
    administratie = feiten([a_start()]).administratie
    assert administratie.open_start(NUMMER, PRODUCT) == a_start()

    administratie.apply(a_stopproduct(a_stop(reden="20")))
    assert administratie.open_start(NUMMER, PRODUCT) is None

    administratie.apply(a_startproduct(LATER))
    assert administratie.open_start(NUMMER, PRODUCT) == LATER


def test_taking_back_a_stop_opens_its_start_again() -> None:
    administratie = feiten([a_start()], [a_stop()]).administratie

    administratie.apply(a_stopproduct(status="3"))

    assert administratie.open_start(NUMMER, PRODUCT) == a_start()
    assert administratie.stops_on(a_start()) == []


@pytest.mark.parametrize("producten", [("3", "1"), ("1", "3")], ids=["in order", "turned round"])
def test_a_deletion_goes_before_a_delivery_whatever_their_order(producten: tuple[str, str]) -> None:
    """Another Begindatum: the old start is taken back and the new one delivered, in one message."""
    items = [
        a_startproduct(a_start() if status == "3" else LATER, status, nummer)
        for nummer, status in enumerate(producten, start=1)
    ]

    oordeel, administratie = judge(feiten([a_start()]), *items)

    assert (oordeel.afgekeurd, list(administratie.starts)) == (False, [LATER])


def test_a_stop_is_corrected_in_one_message() -> None:
    corrected = a_stop(einddatum=date(2025, 3, 15))

    oordeel, administratie = judge(
        feiten([a_start()], [a_stop()]), a_stopproduct(corrected), a_stopproduct(status="3", nummer=2)
    )

    assert (oordeel.afgekeurd, list(administratie.stops)) == (False, [corrected])


def test_the_same_start_twice_in_one_message_is_refused_the_second_time() -> None:
    oordeel, _ = judge(feiten(), a_startproduct(), a_startproduct(nummer=2))

    assert oordeel.afgekeurd
    assert ("9074", "StartProduct[2]") in told(oordeel)
    assert all(place == "StartProduct[2]" for _, place in told(oordeel))


def test_a_second_deletion_in_one_message_is_refused() -> None:
    oordeel, _ = judge(feiten([a_start()]), a_startproduct(status="3"), a_startproduct(status="3", nummer=2))

    assert told(oordeel) == [("9063", "StartProduct[2]")]


def test_one_fault_rejects_the_message_and_is_told_at_its_product() -> None:
    oordeel, _ = judge(
        feiten([a_start(nummer=1)]),
        a_startproduct(),
        a_startproduct(a_start(nummer=1, begindatum=date(2025, 9, 1)), nummer=2),
    )

    assert oordeel.afgekeurd
    assert ("9326", "StartProduct[2]") in told(oordeel)
    assert all(place == "StartProduct[2]" for _, place in told(oordeel))


def test_temporary_then_definitive_then_start_again() -> None:
    known = feiten([a_start()])

    for product in (a_stopproduct(a_stop(reden="20")), a_stopproduct(a_stop(einddatum=date(2025, 4, 10)))):
        assert not judge(known, product)[0].afgekeurd
    assert not judge(known, a_startproduct(LATER))[0].afgekeurd

    assert known.administratie.open_start(NUMMER, PRODUCT) == LATER


def test_a_refusal_on_own_facts_does_not_wait() -> None:
    oordeel, _ = judge(feiten(), a_startproduct(status="3"))

    assert oordeel.afgekeurd
    assert not oordeel.wacht


def test_a_refusal_on_facts_of_toewijzing_waits_for_that_number() -> None:
    oordeel, _ = judge(feiten(toewijzingen=[]), a_startproduct())

    assert oordeel.wacht
    assert oordeel.sleutels == {f"{GEMEENTE}:{NUMMER}"}


@pytest.mark.parametrize("release", RELEASES)
def test_a_305_is_read_alike_in_both_releases(release: Release) -> None:
    sparse = berichten.a_startproduct(Begindatum="2025-05-01")
    for naam in ("ToewijzingNummer", "Product", "ToewijzingIngangsdatum"):
        del sparse[naam]

    inhoud = a_305(release, berichten.a_startproduct(), sparse)
    bericht = read_zorgbericht(read_kop(soort("WMO305", release), inhoud), inhoud, turned_round)

    first, second = bericht.producten
    assert (bericht.gemeente, bericht.aanbieder, bericht.client) == (GEMEENTE, AANBIEDER, BSN[::-1])
    assert first.start == a_start(begindatum=BEGIN)
    assert second.start == a_start(None, Product(), date(2025, 5, 1))
    assert first.toewijzing_ingangsdatum == date(2025, 3, 1)
    assert second.toewijzing_ingangsdatum is None


@pytest.mark.parametrize("release", RELEASES)
def test_a_307_is_read_alike_in_both_releases(release: Release) -> None:
    inhoud = a_307(release)
    bericht = read_zorgbericht(read_kop(soort("WMO307", release), inhoud), inhoud, turned_round)

    [product] = bericht.producten
    assert product.stop == a_stop()  # type: ignore[union-attr]
    assert product.status == "1"


def test_a_refusal_by_the_list_of_products_waits_for_that_product_too() -> None:
    """Others do not: what waits for a key holds up whatever comes later with the same."""
    tarieven = [replace(INSPANNING, categorie="02")]

    by_list, _ = judge(feiten(tarieven=tarieven), a_startproduct())
    by_number, _ = judge(feiten(toewijzingen=[]), a_startproduct())

    assert (by_list.wacht, by_list.sleutels) == (True, {f"{GEMEENTE}:{NUMMER}", f"{GEMEENTE}:01A04"})
    assert (by_number.wacht, by_number.sleutels) == (True, {f"{GEMEENTE}:{NUMMER}"})


def test_a_message_that_is_accepted_is_told_what_to_look_at() -> None:
    accepted, _ = judge(feiten([a_start(), LATER]), a_stopproduct())
    refused, _ = judge(feiten([a_start(), LATER]), a_stopproduct(), a_stopproduct(a_stop(a_start(nummer=7)), nummer=2))

    assert [one.regel.code for one in accepted.signalen] == ["OP155"]
    assert (refused.afgekeurd, list(refused.signalen)) == (True, [])


def test_the_days_of_a_toewijzing_come_from_the_message_and_from_what_is_known() -> None:
    start = replace(a_startproduct(), toewijzing_ingangsdatum=date(2025, 2, 1))
    unknown = a_startproduct(a_start(nummer=7), nummer=2)

    found = StartstopDienst().ingangsdata(a_bericht(start, unknown), feiten())

    assert found == Ingangsdata(frozenset({date(2025, 2, 1), date(2025, 3, 1)}), frozenset({f"{GEMEENTE}:7"}))
