"""Level 2 on WMO305 and WMO307: what each must be in itself, in a table per class."""

from services.startstop.domain import EERSTE_AANLEVERING, VERWIJDEREN, Aanlevering, StartProduct, StopProduct
from shared.iwmo.regels import Afwijking, Tabel, regel


@regel("CS058", berichten="WMO305 WMO307", klasse="StartProduct StopProduct", niveau=2, bron="CS058 IV008 OP033x2")
def cs058_delivered_or_taken_back(product: Aanlevering, _: object) -> Afwijking | None:
    """StatusAanlevering is neither 1 nor 3: what was delivered is not changed, but taken back and delivered anew."""
    if product.status in (EERSTE_AANLEVERING, VERWIJDEREN):
        return None
    return Afwijking(
        f"StatusAanlevering {product.status} kan hier niet",
        gevonden=product.status,
        verwacht=f"{EERSTE_AANLEVERING} (eerste aanlevering) of {VERWIJDEREN} (verwijderen)",
    )


@regel("TR018", berichten="WMO307", klasse="StopProduct", niveau=2, bron="TR018")
def tr018_ends_after_it_began(product: StopProduct, _: object) -> Afwijking | None:
    """Einddatum lies before Begindatum."""
    stop = product.stop
    if stop.einddatum >= stop.start.begindatum:
        return None
    return Afwijking(
        "De Einddatum ligt voor de Begindatum",
        gevonden=stop.einddatum.isoformat(),
        verwacht=f"vanaf {stop.start.begindatum.isoformat()}",
    )


STARTPRODUCT_REGELS: Tabel[StartProduct, object] = Tabel((cs058_delivered_or_taken_back,))
STOPPRODUCT_REGELS: Tabel[StopProduct, object] = Tabel((cs058_delivered_or_taken_back, tr018_ends_after_it_began))
