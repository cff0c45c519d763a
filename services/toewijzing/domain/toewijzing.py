"""Toewijzingen as a WMO301 brings them."""

from dataclasses import dataclass
from datetime import date

from services.toewijzing.domain.client import Client
from services.toewijzing.domain.levering import Levering
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Plek


@dataclass(frozen=True, slots=True)
class ToegewezenProduct:
    """One toegewezen product of a message, with its place there."""

    plek: Plek
    toewijzing: Toewijzing
    toewijzingsdatum: date
    """As the message says it: a decision at 24:00:00 of this day has the next midnight as its moment."""
    referentie_aanbieder: str | None

    @property
    def levering(self) -> Levering:
        """What is assigned."""
        new = self.toewijzing
        return Levering(new.product, new.periode, new.omvang, new.budget)


@dataclass(frozen=True, slots=True)
class Toewijzingsbericht:
    """A WMO301: one client of one gemeente, and what one aanbieder is to deliver."""

    gemeente: str
    aanbieder: str
    client: Client
    producten: tuple[ToegewezenProduct, ...]


def is_newer(new: Toewijzing, known: Toewijzing | None) -> bool:
    """Whether a version is to replace the known one: what counts is the moment of decision, not of arrival (OP080).

    The same moment again is the same decision sent again, and changes nothing.
    """
    return known is None or new.moment > known.moment
