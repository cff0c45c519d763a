"""Contracts of products as the tables of this service have them."""

from typing import Any

from shared.feiten.product import Tarief
from shared.iwmo.waarden import Periode


def tarief_from_row(row: Any) -> Tarief:
    """One contract from a row of the table ``product``."""
    return Tarief(
        product_code=row.product_code,
        categorie=row.categorie,
        eenheid=row.eenheid,
        variant=row.variant,
        aanbieder=row.aanbieder,
        cents=row.tarief,
        periode=Periode(row.geldig_van, row.geldig_tot),
    )
