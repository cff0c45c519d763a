"""The waiting list and its terms, as messages go through the whole chain."""

from datetime import date
from typing import Any

from shared.klok import Klok
from shared.werkdagen import plus_weken, werkdag_vanaf
from tests.keten.berichten.toewijzing import lopend_product
from tests.keten.kring import Kring
from tests.keten.regels.paar import accepts
from tests.keten.regels.zorg import TIJDELIJK, start, stop, toegewezen
from tests.wachten import eventually

GEBIED = {"Product": {"Categorie": "02", "Code": "022A3"}}


async def lijst(kring: Kring, **vraag: Any) -> list[Any]:
    """As the gemeente and the aanbieder see it alike."""
    found: list[Any] = (await kring.gemeente.get("/startstop/v1/wachtlijst", **vraag))["wachtlijst"]
    assert (await kring.aanbieder.get("/startstop/v1/wachtlijst", **vraag))["wachtlijst"] == found
    return found


async def test_from_waiting_to_standing_still_to_going_on(kring: Kring) -> None:
    lopend = lopend_product(kring, 0, **GEBIED)
    nummer = await toegewezen(kring, Einddatum=lopend["Einddatum"], **GEBIED)
    today = Klok().today()

    async def waits() -> bool:
        return bool((await kring.gemeente.get("/startstop/v1/wachtlijst"))["wachtlijst"])

    await eventually(waits, "a start is waited for", every=0.05)
    [one] = await lijst(kring, soort="niet_gestart", gebied="2A")
    assert (one["toewijzingNummer"], one["sinds"], one["teLaat"]) == (nummer, today.isoformat(), False)
    assert one["uiterlijk"] == werkdag_vanaf(plus_weken(today, 3)).isoformat()
    [term] = (await kring.gemeente.get("/startstop/v1/termijnen", regel="SEED-START"))["termijnen"]
    assert (term["uiterlijk"], term["status"], term["wie"]) == (one["uiterlijk"], "open", "aanbieder")

    await accepts(kring, start(kring, nummer, **GEBIED))
    assert await lijst(kring) == []

    await accepts(kring, stop(kring, nummer, **TIJDELIJK, **GEBIED))
    [still] = await lijst(kring, teLaat="true")
    assert (still["soort"], still["toewijzingNummer"]) == ("pauze", nummer)
    since = (today - date.fromisoformat(still["sinds"])).days
    [cijfer] = (await kring.gemeente.get("/startstop/v1/wachtlijst/cijfers", groep="gebied"))["cijfers"]
    assert cijfer | {"gemeente": None, "aanbieder": None} == cijfer
    assert (cijfer["soort"], cijfer["gebied"], cijfer["aantal"], cijfer["langste"]) == ("pauze", "2A", 1, since)

    await accepts(kring, start(kring, nummer, Begindatum="06-20", **GEBIED))
    assert await lijst(kring) == []
