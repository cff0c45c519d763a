"""The rules on products of one message that overlap in time; ``find_stapeling`` tells which clash."""

from services.toewijzing.domain.levering import Stapeling
from shared.iwmo.regels import Afwijking, Tabel, regel


@regel("TR302", berichten="WMO301", klasse="ToegewezenProduct", niveau=2, bron="TR302")
def tr302_assigned_products_do_not_overlap(product: Stapeling, _: object) -> Afwijking | None:
    """A toegewezen product overlaps with an equal one, or one that may be equal; withdrawn ones and aids apart."""
    return _overlap(product)


@regel("TR386", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="TR386", releases=("3.2",))
def tr386_requested_products_do_not_overlap(product: Stapeling, _: object) -> Afwijking | None:
    """An aangevraagd product overlaps with an equal one, or one that may be equal; aids apart."""
    return _overlap(product)


@regel("TR410", berichten="WMO317", klasse="NieuwProduct", niveau=2, bron="TR410", releases=("3.2",))
def tr410_new_products_do_not_overlap(product: Stapeling, _: object) -> Afwijking | None:
    """A new product overlaps with an equal new one, or one that may be equal; aids apart."""
    return _overlap(product)


def _overlap(product: Stapeling) -> Afwijking | None:
    if product.met is None:
        return None
    return Afwijking(
        "Dit product overlapt in tijd met een ander product in het bericht",
        gevonden=f"{product.product}, {product.periode}",
        botst_met_plek=product.met,
    )


TOEGEWEZEN_STAPELING: Tabel[Stapeling, object] = Tabel((tr302_assigned_products_do_not_overlap,))
AANGEVRAAGD_STAPELING: Tabel[Stapeling, object] = Tabel((tr386_requested_products_do_not_overlap,))
NIEUW_STAPELING: Tabel[Stapeling, object] = Tabel((tr410_new_products_do_not_overlap,))
