"""What is to be delivered, whether it is assigned, asked for or to be changed; and products that get in each other's
way."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date

from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Omvang, Periode, Product

LAATSTE_DAG_OUDE_REGELS = date(2020, 12, 31)
HULPMIDDELEN = frozenset({"11", "12", "13", "14"})
"""Categories of aids and provisions: these may overlap, with each other and with anything else."""


@dataclass(frozen=True, slots=True)
class Levering:
    """A product over a period, limited by an omvang or a budget in cents."""

    product: Product
    periode: Periode
    omvang: Omvang | None = None
    budget: int | None = None

    @property
    def na_2020(self) -> bool:
        """Goes on after 2020, so that the present rules on omvang hold."""
        return self.periode.eind is None or self.periode.eind > LAATSTE_DAG_OUDE_REGELS


@dataclass(frozen=True, slots=True)
class Stapeling:
    """A product in a message, and the place of another one there that it may not overlap with but does, if any."""

    plek: Plek
    product: Product
    periode: Periode
    met: Plek | None = None


def find_stapeling(items: Iterable[tuple[Plek, Product, Periode]]) -> list[Stapeling]:
    """The products that overlap with one that begins no later, in the order of the message.

    Two products clash when their codes are equal; when one has no code and their categories are equal; or when one has
    no product at all. In order of beginning it is enough to remember, of all that a product could clash with, the one
    that lasts longest: a message with very many products takes no longer than sorting them does.
    """
    longest: dict[Hashable, tuple[date, Plek]] = {}
    found: dict[int, Stapeling] = {}
    in_order = sorted(enumerate(items), key=lambda item: item[1][2].begin)
    for number, (plek, product, periode) in in_order:
        eind = periode.eind or date.max
        if product.categorie in HULPMIDDELEN or eind < periode.begin:
            continue
        for group in clashes_with(product):
            if group in longest and longest[group][0] >= periode.begin:
                found[number] = Stapeling(plek, product, periode, longest[group][1])
                break
        for group in counts_as(product):
            if group not in longest or longest[group][0] < eind:
                longest[group] = (eind, plek)
    return [stapeling for _, stapeling in sorted(found.items())]


_ALLES, _GENERIEK = "alles", "generiek"


def clashes_with(product: Product) -> tuple[Hashable, ...]:
    """The groups that this product may not overlap with."""
    if product.categorie is None:
        return (_ALLES,)
    if product.code is None:
        return ("categorie", product.categorie), _GENERIEK
    return product, Product(product.categorie), _GENERIEK


def counts_as(product: Product) -> tuple[Hashable, ...]:
    """The groups that this product is one of."""
    if product.categorie is None:
        return _GENERIEK, _ALLES
    return product, ("categorie", product.categorie), _ALLES
