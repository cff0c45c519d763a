"""Requests of an aanbieder, for a toewijzing (WMO315) or a change (WMO317), and the answer of the gemeente (WMO319)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.toewijzing.domain.levering import Levering
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.persoon import Persoon
from shared.iwmo.regels import Plek
from shared.iwmo.waarden import Periode, Product


@dataclass(frozen=True, slots=True)
class Verwijzer:
    """The kind of referrer (Type), and whether his name and his AGB code are given."""

    plek: Plek
    soort: str
    naam: bool
    zorgverlener_code: bool


@dataclass(frozen=True, slots=True)
class AangevraagdProduct:
    """One product that a toewijzing is asked for."""

    plek: Plek
    referentie_aanbieder: str
    beschikking_nummer: int | None
    beschikking_ingangsdatum: date | None
    levering: Levering
    verwijzer: Verwijzer


@dataclass(frozen=True, slots=True)
class VerzoekOmToewijzing:
    """A WMO315; ``client`` is a pseudonym."""

    gemeente: str
    aanbieder: str
    persoon: Persoon
    client: str
    producten: tuple[AangevraagdProduct, ...]


@dataclass(frozen=True, slots=True)
class OngewijzigdProduct:
    """A toewijzing that is to stay as it is."""

    plek: Plek
    nummer: int


@dataclass(frozen=True, slots=True)
class TeWijzigenProduct:
    """A toewijzing that is to change. Its product is that of the toewijzing; the message does not repeat it."""

    plek: Plek
    nummer: int
    levering: Levering


@dataclass(frozen=True, slots=True)
class NieuwProduct:
    """A product to add."""

    plek: Plek
    levering: Levering


@dataclass(frozen=True, slots=True)
class VerzoekOmWijziging:
    """A WMO317; ``plek`` is that of the class Verzoek, ``client`` a pseudonym."""

    plek: Plek
    gemeente: str
    aanbieder: str
    persoon: Persoon
    client: str
    referentie_aanbieder: str
    reden: str
    ongewijzigd: tuple[OngewijzigdProduct, ...]
    te_wijzigen: tuple[TeWijzigenProduct, ...]
    nieuw: tuple[NieuwProduct, ...]


@dataclass(frozen=True, slots=True)
class Antwoord:
    """A WMO319: a request is refused, or under investigation."""

    plek: Plek
    gemeente: str
    aanbieder: str
    referentie_aanbieder: str
    verzoek_antwoord: str
    reden_afwijzing: str | None


def gewenste_situatie(
    verzoek: VerzoekOmWijziging, actueel: Mapping[int, Toewijzing]
) -> Iterator[tuple[Plek, Product, Periode]]:
    """What the client would have if the request were granted, each with its place in the message.

    A toewijzing that is to change keeps its product and its first day, and gets the last day asked for: also when
    another number goes on with it. A number that is not among ``actueel`` is left out (TR350, TR351 tell of it).
    """
    for stays in verzoek.ongewijzigd:
        if known := actueel.get(stays.nummer):
            yield stays.plek, known.product, known.periode
    for changes in verzoek.te_wijzigen:
        if known := actueel.get(changes.nummer):
            yield changes.plek, known.product, Periode(known.periode.begin, changes.levering.periode.eind)
    for new in verzoek.nieuw:
        yield new.plek, new.levering.product, new.levering.periode
