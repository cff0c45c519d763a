"""What the rules on WMO301, WMO315, WMO317 and WMO319 compare a message with: read before, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing

AFGEWEZEN, IN_ONDERZOEK = "1", "2"
"""VerzoekAntwoord (WJ760)."""

Verzoeksoort = Literal["WMO315", "WMO317"]


@dataclass(frozen=True, slots=True)
class EerderVerzoek:
    """An accepted request as it stands: one AangevraagdProduct of a WMO315, or the whole Verzoek of a WMO317.

    ``antwoorden``: VerzoekAntwoord of each accepted WMO319 on it, oldest first. The ids are of the messages that asked,
    answered last, and assigned first.
    """

    referentie: str
    soort: Verzoeksoort
    gemeente: str
    aanbieder: str
    client: str
    bericht_id: str
    antwoorden: tuple[str, ...] = ()
    antwoord_bericht_id: str | None = None
    toewijzing_bericht_id: str | None = None
    ingangsdata: frozenset[date] = frozenset()
    """The first days: of what a WMO315 asks for, of the toewijzingen that a WMO317 is about (TR378)."""

    @property
    def toegewezen(self) -> bool:
        """An accepted WMO301 has a product with this reference."""
        return self.toewijzing_bericht_id is not None

    @property
    def open(self) -> bool:
        """Neither refused nor assigned; under investigation it stays open (TR374)."""
        return AFGEWEZEN not in self.antwoorden and not self.toegewezen


@dataclass(frozen=True, slots=True)
class ToewijzingFeiten:
    """For a WMO301: what is known under its numbers and references, and the versions that a change would get."""

    bekend: Mapping[int, Toewijzing]
    versies: Mapping[str, int]
    in_bericht: Mapping[int, str | None]
    """ReferentieAanbieder of every product of the message, by number (TR379: a WMO317 is granted whole)."""
    verzoeken: Mapping[str, EerderVerzoek]
    """Requests of this aanbieder, by reference, among those the message names."""
    gedeclareerd: Mapping[int, int]
    """Granted debit lines without a granted credit, per number; projected from the declarations."""
    contracten: Contracten
    release: str
    dragers: Mapping[str | None, int] = field(init=False)
    """Each ReferentieAanbieder of the message, with a number that has it: so no product need look at all others."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dragers", {referentie: nummer for nummer, referentie in self.in_bericht.items()})


@dataclass(frozen=True, slots=True)
class VerzoekFeiten:
    """For a WMO315 or WMO317."""

    gemeente: str
    aanbieder: str
    client: str
    dagtekening: date
    """Of the message (Header)."""
    vandaag: date
    toewijzingen: Mapping[int, Toewijzing]
    """All toewijzingen of this gemeente to this aanbieder for this client, by number, withdrawn ones too."""
    eerder: Mapping[str, EerderVerzoek]
    """Accepted requests of this aanbieder, of any gemeente, under the references of the message."""
    openstaand: Sequence[EerderVerzoek]
    """Requests of this aanbieder for this client at this gemeente that are open."""
    contracten: Contracten
    release: str

    @property
    def actueel(self) -> Mapping[int, Toewijzing]:
        """Those in force or still to begin (TR349)."""
        return {nummer: one for nummer, one in self.toewijzingen.items() if one.actueel(self.vandaag)}

    def actuele(self, nummer: int) -> Toewijzing | None:
        """The one with this number, when it is in force or still to begin."""
        known = self.toewijzingen.get(nummer)
        return known if known is not None and known.actueel(self.vandaag) else None


@dataclass(frozen=True, slots=True)
class AntwoordFeiten:
    """For a WMO319: the request that it answers, of this aanbieder to this gemeente; None when there is none."""

    verzoek: EerderVerzoek | None
