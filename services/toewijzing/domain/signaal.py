"""What the signals on a WMO301 compare it with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.feiten.toewijzing import Toewijzing


@dataclass(frozen=True, slots=True)
class ClientFeiten:
    """The toewijzingen that the client of the message has of this gemeente at this aanbieder, and the day on which it
    matters whether they are current."""

    dag: date
    toewijzingen: Sequence[Toewijzing]
