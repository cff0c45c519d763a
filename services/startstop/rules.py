"""The technical rules on WMO305 and WMO307, one function each, in a table per class."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.startstop.domain import VERWIJDEREN, Aanlevering, Administratie, StartProduct, Stop, StopProduct
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Afwijking, Tabel, regel


@dataclass(frozen=True, slots=True)
class ZorgFeiten:
    """What the rules compare with. ``administratie`` changes as the products of a message are judged in order."""

    aanbieder: str
    client: str
    administratie: Administratie
    toewijzingen: Mapping[int, Toewijzing]
    contracten: Contracten


@regel(
    "TR019", berichten="WMO305 WMO307", retourcode="9019", klasse="StartProduct StopProduct", bron="TR019", vreemd=True
)
def tr019_toewijzing_exists(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """The number belongs to no accepted toewijzing of this gemeente to this aanbieder for this client.

    A taakgericht product goes without number.
    """
    if product.status == VERWIJDEREN:
        return None
    start = product.start
    if start.nummer is None:
        if feiten.contracten.taakgericht(start.product.code, feiten.aanbieder, start.begindatum):
            return None
        return Afwijking("ToewijzingNummer ontbreekt, en dit product is niet taakgericht")
    toewijzing = feiten.toewijzingen.get(start.nummer)
    if toewijzing is None:
        return Afwijking(f"Er is geen toewijzing {start.nummer} van deze gemeente", gevonden=str(start.nummer))
    return _not_of_client(toewijzing, feiten)


def _not_of_client(toewijzing: Toewijzing, feiten: ZorgFeiten) -> Afwijking | None:
    shown = str(toewijzing.nummer)
    if (toewijzing.aanbieder, toewijzing.client) != (feiten.aanbieder, feiten.client):
        return Afwijking(f"Toewijzing {shown} is er niet voor deze client bij deze aanbieder", gevonden=shown)
    return Afwijking(f"Toewijzing {shown} is vervallen", gevonden=shown) if toewijzing.vervallen else None


@regel("TR063", berichten="WMO305 WMO307", retourcode="9063", klasse="StartProduct StopProduct", bron="TR063")
def tr063_deletion_has_a_target(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """What is taken back was never delivered under this key, or was taken back already."""
    if product.status != VERWIJDEREN or _known(product, feiten):
        return None
    return Afwijking("Er is geen eerdere aanlevering met deze sleutel om te verwijderen")


@regel("TR071", berichten="WMO305", retourcode="9071", klasse="StartProduct", bron="TR071")
def tr071_deleted_start_has_no_stop(product: StartProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A start is taken back on which a stop holds; a temporary stop counts too."""
    if product.status != VERWIJDEREN:
        return None
    stops = feiten.administratie.stops_on(product.start)
    if not stops:
        return None
    return Afwijking("Op deze start staat nog een stop; verwijder die eerst", gevonden=str(stops[0].einddatum))


@regel("TR074", berichten="WMO305 WMO307", retourcode="9074", klasse="StartProduct StopProduct", bron="TR074")
def tr074_key_is_new(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """The same key was delivered before and still holds."""
    if product.status == VERWIJDEREN or not _known(product, feiten):
        return None
    return Afwijking("Deze sleutel is al aangeleverd en niet verwijderd", gevonden=str(product.start.begindatum))


@regel("TR326", berichten="WMO305", retourcode="9326", klasse="StartProduct", bron="TR326")
def tr326_no_start_while_one_is_open(product: StartProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """Another start of this toewijzing and product has no stop on it yet."""
    if product.status == VERWIJDEREN:
        return None
    other = feiten.administratie.open_start(product.start.nummer, product.start.product)
    if other is None:
        return None
    return Afwijking(
        "Voor deze toewijzing loopt al een start zonder stop",
        gevonden=str(product.start.begindatum),
        verwacht=f"eerst een stop op de start van {other.begindatum}",
    )


@regel("TR382", berichten="WMO307", retourcode="9069", klasse="StopProduct", bron="TR382")
def tr382_stop_has_a_start(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """There is no start with this toewijzing, product and Begindatum to stop."""
    if product.status == VERWIJDEREN or product.start in feiten.administratie.starts:
        return None
    others = sorted(start.begindatum for start in feiten.administratie.starts if start.nummer == product.start.nummer)
    return Afwijking(
        "Er is geen start met deze toewijzing, dit product en deze Begindatum",
        gevonden=str(product.start.begindatum),
        verwacht=", ".join(map(date.isoformat, others)) or None,
    )


def _known(product: Aanlevering, feiten: ZorgFeiten) -> bool:
    if isinstance(product, StartProduct):
        return product.start in feiten.administratie.starts
    known: set[Stop] = feiten.administratie.stops
    return product.stop in known


STARTPRODUCT_REGELS: Tabel[StartProduct, ZorgFeiten] = Tabel(
    (
        tr019_toewijzing_exists,
        tr063_deletion_has_a_target,
        tr071_deleted_start_has_no_stop,
        tr074_key_is_new,
        tr326_no_start_while_one_is_open,
    )
)
STOPPRODUCT_REGELS: Tabel[StopProduct, ZorgFeiten] = Tabel(
    (tr019_toewijzing_exists, tr063_deletion_has_a_target, tr074_key_is_new, tr382_stop_has_a_start)
)
