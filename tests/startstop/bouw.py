"""Starts and stops, right by default; a test states only its deviation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from services.startstop.domain import Administratie, Herkomst, Start, StartProduct, Stop, StopProduct
from services.startstop.rules import STARTPRODUCT_REGELS, STOPPRODUCT_REGELS, ZorgFeiten
from shared.feiten.product import Contracten, Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import RELEASES
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode, Product
from tests.shared.iwmo.berichten import AANBIEDER, NUMMER
from tests.toewijzing.bouw import a_toewijzing

PRODUCT = Product("01", "01A04")
BEGIN = date(2025, 3, 3)
EIND = date(2025, 3, 31)
EERDER = "3f0c9a1e-5b7d-4c2a-9d35-1f7be5a20c11"
"""The message that brought whatever is known."""
TAAKGERICHT = Tarief("01A04", "01", "04", "taakgericht", None, 3100, Periode(date(2025, 1, 1)))
INSPANNING = replace(TAAKGERICHT, variant="inspanningsgericht")


def a_start(nummer: int | None = NUMMER, product: Product = PRODUCT, begindatum: date = BEGIN) -> Start:
    return Start(nummer, product, begindatum)


def a_stop(start: Start | None = None, reden: str = "31", einddatum: date = EIND) -> Stop:
    return Stop(start or a_start(), reden, einddatum)


def a_startproduct(start: Start | None = None, status: str = "1", nummer: int = 1) -> StartProduct:
    """A start as a message delivers it; ``nummer`` is its place in the message."""
    plek = (("Client", 0), ("StartProducten", 0), ("StartProduct", nummer))
    return StartProduct(plek, start or a_start(), None, status)


def a_stopproduct(stop: Stop | None = None, status: str = "1", nummer: int = 1) -> StopProduct:
    plek = (("Client", 0), ("StopProducten", 0), ("StopProduct", nummer))
    return StopProduct(plek, stop or a_stop(), None, status)


def feiten(
    starts: Iterable[Start] = (),
    stops: Iterable[Stop] = (),
    *,
    toewijzingen: Sequence[Toewijzing] | None = None,
    tarieven: Sequence[Tarief] = (INSPANNING,),
    bekend: bool = True,
) -> ZorgFeiten:
    """One toewijzing and its contract, and no starts or stops yet; with ``starts`` and ``stops`` as earlier messages
    brought them."""
    known = [a_toewijzing()] if toewijzingen is None else toewijzingen
    return ZorgFeiten(
        release="3.2",
        aanbieder=AANBIEDER,
        client="client-a",
        administratie=Administratie.of(dict.fromkeys(starts, Herkomst(EERDER)), dict.fromkeys(stops, Herkomst(EERDER))),
        toewijzingen={one.nummer: one for one in known},
        contracten=Contracten(bekend, {"01A04": list(tarieven)} if bekend else {}),
    )


def judge(product: StartProduct | StopProduct, known: ZorgFeiten) -> list[Melding]:
    """The meldingen of one product, the same in both releases."""
    tabel: Any = STARTPRODUCT_REGELS if isinstance(product, StartProduct) else STOPPRODUCT_REGELS
    found = [tabel.judge(product, replace(known, release=release), release, product.plek) for release in RELEASES]
    assert found[0] == found[1]
    return found[0]  # type: ignore[no-any-return]


def codes(meldingen: Iterable[Melding]) -> list[tuple[str, str]]:
    return [(melding.regel.code, melding.retourcode) for melding in meldingen]
