"""What a client has already, arranged so that what is asked for can be held against it one by one."""

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from datetime import date

from services.toewijzing.domain.levering import HULPMIDDELEN, clashes_with, counts_as
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import Periode, Product

_Reeks = tuple[list[date], list[tuple[date, Toewijzing]]]


class Bezetting:
    """Toewijzingen by what they would clash with; a look-up takes no longer than finding a place in a sorted list."""

    def __init__(self, toewijzingen: Iterable[Toewijzing]) -> None:
        self._reeksen: dict[Hashable, _Reeks] = {}
        for one in sorted(toewijzingen, key=lambda one: one.periode.begin):
            if one.product.categorie in HULPMIDDELEN:
                continue
            eind = one.periode.eind or date.max
            for group in counts_as(one.product):
                begins, longest = self._reeksen.setdefault(group, ([], []))
                begins.append(one.periode.begin)
                # Of all that begin no later, the one that lasts longest: it overlaps if any of them does.
                longest.append(max(longest[-1], (eind, one), key=lambda item: item[0]) if longest else (eind, one))

    def clash(self, product: Product, periode: Periode) -> Toewijzing | None:
        """A toewijzing that this product may not overlap with but does: the same test as within a message (TR302)."""
        if product.categorie in HULPMIDDELEN:
            return None
        for group in clashes_with(product):
            begins, longest = self._reeksen.get(group, ([], []))
            number = bisect_right(begins, periode.eind or date.max)
            if number and longest[number - 1][0] >= periode.begin:
                return longest[number - 1][1]
        return None
