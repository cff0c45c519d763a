"""Terms as a calendar (iCalendar, RFC 5545), for whoever wants to see them beside his own appointments.

A calendar leaves the node's care: it holds no personal data, nor a reference that an aanbieder made up himself.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from icalendar import Alarm, Calendar, Event

from shared.exchange.termijnen import OMSCHRIJVINGEN

MEDIA_TYPE = "text/calendar; charset=utf-8"
HERHAAL = "PT6H"
"""How often a calendar program should ask again."""
VAN_AANBIEDER = frozenset({"OP274", "OP346"})
"""Rules whose terms are known by a ReferentieAanbieder: free text."""
RUIMTE = UUID("6f6a6f2e-1f5c-5a7e-9c57-2f0a6d8f3b11")
"""The space of the ids of terms: the same term has the same id, whenever and by whichever process it is told."""
_ALARM = timedelta(hours=-15)
"""Nine in the morning of the day before."""


def id_van(regel: str, gemeente: str, aanbieder: str, sleutel: str) -> UUID:
    """The id by which others know a term."""
    return uuid5(RUIMTE, "\n".join((regel, gemeente, aanbieder, sleutel)))


def waarover(regel: str, sleutel: str) -> str | None:
    """What a term is about, as far as others may know."""
    return None if regel in VAN_AANBIEDER else sleutel


def as_agenda(rows: Iterable[Any], today: date, now: datetime) -> bytes:
    """A calendar of terms that are not done: an entry on the last day of each."""
    agenda = Calendar()
    agenda.add("prodid", "-//wmo-knooppunt//termijnen//NL")
    agenda.add("version", "2.0")
    agenda.add("x-wr-calname", "Termijnen wmo-knooppunt")
    agenda.add("x-published-ttl", HERHAAL)
    for row in rows:
        agenda.add_component(_entry(row, today, now))
    written: bytes = agenda.to_ical()
    return written


def _entry(row: Any, today: date, now: datetime) -> Event:
    entry = Event()
    what = OMSCHRIJVINGEN.get(row.regel, f"Termijn van {row.regel}")
    entry.add("uid", f"{id_van(row.regel, row.gemeente, row.aanbieder, row.sleutel)}@wmo-knooppunt")
    entry.add("dtstamp", now)
    entry.add("dtstart", row.uiterlijk)
    entry.add("summary", f"Verlopen: {what}" if row.uiterlijk < today else what)
    about = waarover(row.regel, row.sleutel)
    lines = (
        f"Regel {row.regel}, aan zet: {row.wie}",
        f"Gemeente {row.gemeente}" + (f", aanbieder {row.aanbieder}" if row.aanbieder else ""),
        *((f"Kenmerk {about}",) if about else ()),
    )
    entry.add("description", "\n".join(lines))
    entry.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", what)
    alarm.add("trigger", _ALARM)
    entry.add_component(alarm)
    return entry
