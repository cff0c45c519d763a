"""TR381 on a product, wherever it stands: does its code belong to its category?"""

from shared.feiten.product import Contracten
from shared.iwmo.regels import Afwijking, Herstel
from shared.iwmo.waarden import Periode, Product


def code_outside_categorie(
    product: Product,
    aanbieder: str,
    periode: Periode,
    contracten: Contracten,
    release: str,
    element: str = "Product/Categorie",
) -> Afwijking | None:
    """How a product breaks TR381: its code stands under other categories, or in no list at all.

    None when it has no code, or when no list is known to go by. ``element`` is the path of the category below the
    class, for the change that would mend it: told when the code belongs to one category.
    """
    allowed = contracten.categorieen(product, aanbieder, periode, release)
    if allowed is None or product.categorie in allowed:
        return None
    if not allowed:
        return Afwijking("De productcode staat niet in de geldende productcodelijst", gevonden=str(product))
    herstel = (Herstel(element, next(iter(allowed))),) if len(allowed) == 1 else ()
    return Afwijking(
        "De productcode valt in de geldende productcodelijst niet onder deze categorie",
        gevonden=str(product),
        verwacht=", ".join(f"{categorie}/{product.code}" for categorie in sorted(allowed)),
        herstel=herstel,
    )
