"""The technical rules that hold a WMO301 against earlier messages, one function each, in a table per class."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.toewijzing.domain.toewijzing import ToegewezenProduct
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Afwijking, Tabel, regel


@dataclass(frozen=True, slots=True)
class ToewijzingFeiten:
    """The toewijzingen known under the numbers of the message, and the versions that a change of each would get."""

    bekend: Mapping[int, Toewijzing]
    versies: Mapping[str, int]


@regel("TR332", berichten="WMO301", retourcode="9332", klasse="ToegewezenProduct", bron="TR332")
def tr332_number_denotes_one_toewijzing(product: ToegewezenProduct, feiten: ToewijzingFeiten) -> Afwijking | None:
    """The number already denotes another toewijzing of this gemeente: other client, aanbieder, product or first day."""
    new = product.toewijzing
    known = feiten.bekend.get(new.nummer)
    if known is None:
        return None
    for what, before, now in (
        ("een andere client", known.client, new.client),
        ("een andere aanbieder", known.aanbieder, new.aanbieder),
        ("een ander product", known.product, new.product),
        ("een andere Ingangsdatum", known.periode.begin, new.periode.begin),
    ):
        if before != now:
            shown = what not in ("een andere client",)
            return Afwijking(
                f"ToewijzingNummer {new.nummer} duidt al {what} aan",
                gevonden=str(now) if shown else None,
                verwacht=str(before) if shown else None,
            )
    return None


TOEGEWEZENPRODUCT_REGELS: Tabel[ToegewezenProduct, ToewijzingFeiten] = Tabel((tr332_number_denotes_one_toewijzing,))
