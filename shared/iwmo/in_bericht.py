"""What the rules within a message (level 2) have in common: keys that are unique, and days that do not lie ahead."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from shared.iwmo.catalogus import Release
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Melding, Plek, Tabel, regel

PERSOONLIJK = frozenset({"Client", "Relatie", "Contact"})
"""Classes whose key may tell who somebody is; it is compared, never told."""


@dataclass(frozen=True, slots=True)
class Sleutels:
    """The key of one class in a message, and the first class of its kind and parent that has the same one, if any.

    A part of a key that the message leaves out is None, and compares as such.
    """

    plek: Plek
    klasse: str
    sleutel: Hashable
    eerste_plek: Plek | None = None


@dataclass(frozen=True, slots=True)
class Dag:
    """A date in a message, by the name of its element; none of a person, since it is told."""

    plek: Plek
    naam: str
    datum: date


@regel(
    "TR101",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO315 WMO317 WMO323 WMO325",
    klasse="Client Relatie Contact ToegewezenProduct StartProduct StopProduct AangevraagdProduct Verzoek"
    " OngewijzigdProduct TeWijzigenProduct NieuwProduct Declaratie DeclaratieAntwoord Prestatie",
    niveau=2,
    bron="TR101",
)
def tr101_key_is_unique(sleutels: Sleutels, _: object) -> Afwijking | None:
    """Two classes of one kind below the same parent have the same key."""
    if sleutels.eerste_plek is None:
        return None
    return Afwijking(
        f"Deze {sleutels.klasse} heeft dezelfde sleutel als een eerdere",
        gevonden=None if sleutels.klasse in PERSOONLIJK else shown(sleutels.sleutel),
        botst_met_plek=sleutels.eerste_plek,
    )


@regel(
    "TR134",
    berichten="WMO301 WMO303D WMO303F WMO305 WMO307 WMO323 WMO325",
    klasse="ToegewezenProduct StartProduct StopProduct Declaratie Prestatie",
    niveau=2,
    bron="TR134",
)
def tr134_day_not_after_dagtekening(dag: Dag, kop: Kop) -> Afwijking | None:
    """A day that must have come lies after the Dagtekening of the message."""
    if dag.datum <= kop.dagtekening:
        return None
    return Afwijking(
        f"{dag.naam} ligt na de Dagtekening van het bericht",
        gevonden=dag.datum.isoformat(),
        verwacht=f"uiterlijk {kop.dagtekening.isoformat()}",
    )


SLEUTEL_REGELS: Tabel[Sleutels, object] = Tabel((tr101_key_is_unique,))
DAG_REGELS: Tabel[Dag, Kop] = Tabel((tr134_day_not_after_dagtekening,))


def repeated(items: Iterable[tuple[Plek, str, Hashable]]) -> Iterator[Sleutels]:
    """Each class whose key an earlier one of its kind, below the same parent, has too; one pass.

    An item is the place of a class, its name and its key without those of its parents.
    """
    seen: dict[tuple[Plek, str, Hashable], Plek] = {}
    for plek, klasse, sleutel in items:
        first = seen.setdefault((plek[:-1], klasse, sleutel), plek)
        if first is not plek:
            yield Sleutels(plek, klasse, sleutel, first)


def judge_uniqueness(items: Iterable[tuple[Plek, str, Hashable]], release: Release) -> list[Melding]:
    """TR101 over all classes of a message; see ``repeated`` for what an item is."""
    items = list(items)
    if len({sleutel for _, _, sleutel in items}) == len(items):
        return []  # no two alike, whatever their class and parent: a message may have a hundred thousand
    return [
        melding
        for sleutels in repeated(items)
        for melding in SLEUTEL_REGELS.judge(sleutels, None, release, sleutels.plek)
    ]


def judge_days(items: Iterable[tuple[Plek, str, date]], kop: Kop) -> list[Melding]:
    """TR134 over the days of a message: the place of a class, the name of the element, and the day.

    The latest is tried first: when that does not lie ahead none does, and a message may have a hundred thousand.
    """
    release = kop.soort.release
    items = list(items)
    latest = max(items, key=itemgetter(2), default=None)
    if latest is None or not DAG_REGELS.judge(Dag(*latest), kop, release, latest[0]):
        return []
    return [
        melding
        for plek, naam, datum in items
        for melding in DAG_REGELS.judge(Dag(plek, naam, datum), kop, release, plek)
    ]


def shown(sleutel: Hashable) -> str:
    """A key as a report shows it; ``-`` for a part that the message leaves out."""
    parts = sleutel if isinstance(sleutel, tuple) else (sleutel,)
    return ", ".join("-" if part is None else str(part) for part in parts)


def years_before(day: date, years: int) -> date:
    """The same day that many years earlier; 28 February where the year has no 29th, the first day there is at least."""
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
