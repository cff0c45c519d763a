"""What a line asks of its toewijzing, beside what that allows and what is used of it already."""

from dataclasses import dataclass

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.lopend import Lopend
from services.declaratie.domain.omvang import Grens, in_base, period_limit, total_limit
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.waarden import UUR, Omvang


@dataclass(slots=True)  # not frozen, for speed: made for every line
class Ruimte:
    """Volumes are in the base unit: minutes under a toewijzing in hours, else the unit of the toewijzing."""

    prestatie: Prestatie
    lopend: Lopend
    toewijzing: Toewijzing
    omvang: Omvang
    gevraagd: int

    @property
    def periode(self) -> Grens | None:
        """What its ProductPeriode allows."""
        categorie = self.toewijzing.product.categorie or self.prestatie.categorie
        return period_limit(self.omvang, categorie, self.toewijzing.periode, self.prestatie.periode)

    @property
    def totaal(self) -> Grens | None:
        """What the whole toewijzing allows."""
        return total_limit(self.omvang, self.toewijzing.periode)

    @property
    def gebruikt(self) -> int:
        """What was granted so far."""
        return self.lopend.volume(self.prestatie.nummer, self.omvang.eenheid)

    def in_base(self, grens: Grens) -> int:
        """A limit in the base unit."""
        return 60 * grens.maximum if self.omvang.eenheid == UUR else grens.maximum

    def shown(self, grens: Grens) -> str:
        """A limit for the reader, and how it comes about; in minutes where the line has those."""
        if self.omvang.eenheid == UUR and self.prestatie.eenheid != UUR:
            return f"{self.in_base(grens)} minuten ({grens.uitleg} uur)"
        return str(grens)

    def shown_base(self, amount: int) -> str:
        """A volume for the reader, in the unit of the toewijzing where that is whole."""
        if self.omvang.eenheid != UUR:
            return str(amount)
        if self.prestatie.eenheid == UUR and amount % 60 == 0:
            return str(amount // 60)
        return f"{amount} minuten"


def has_maximum(toewijzing: Toewijzing) -> bool:
    """Whether it allows no more than so much in all, so that what was granted before counts (TR322, TR369)."""
    omvang = toewijzing.omvang
    return toewijzing.budget is not None or (omvang is not None and total_limit(omvang, toewijzing.periode) is not None)


def ruimte_of(prestatie: Prestatie, lopend: Lopend) -> Ruimte | None:
    """None under a toewijzing without Omvang, or when the line has a unit that cannot be compared with it (TR341)."""
    laatste = lopend.laatste  # two rules ask for it, one line after the other
    if laatste[0] is not prestatie:
        laatste[0], laatste[1] = prestatie, _made_for(prestatie, lopend)
    known: Ruimte | None = laatste[1]
    return known


def _made_for(prestatie: Prestatie, lopend: Lopend) -> Ruimte | None:
    toewijzing = lopend.feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.omvang is None:
        return None
    omvang = toewijzing.omvang
    asked = in_base(prestatie.volume, prestatie.eenheid, omvang.eenheid)
    return None if asked is None else Ruimte(prestatie, lopend, toewijzing, omvang, asked)
