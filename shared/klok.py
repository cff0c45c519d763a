"""The clock: the only place that asks what time it is, so that tests can set it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NEDERLAND = ZoneInfo("Europe/Amsterdam")


@dataclass(slots=True)
class Klok:
    """Now, shifted by a number of seconds (setting ``klok_verschuiving``; zero in production)."""

    verschuiving: float = 0.0

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.verschuiving)

    def today(self) -> date:
        """The calendar day in the Netherlands: what TR135 calls the system date."""
        return self.now().astimezone(NEDERLAND).date()

    @staticmethod
    def day_of(moment: datetime) -> date:
        """The calendar day in the Netherlands of a moment: a message is judged by the day it came in."""
        return moment.astimezone(NEDERLAND).date()
