"""What a decision assigns, and what that changes in what was assigned before (IV066, IV099, OP033x1, OP380). Pure.

A tariff of the catalogue is per four weeks. Release 2.4 says so: Frequentie 3. Release 3.2 knows no four weeks: there
the total over the validity is assigned (Frequentie 6), counted in periods of four weeks that have begun.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.toewijzing.catalogus.profiel import Profiel
from services.toewijzing.dossier.domain.zaak import Gegevens
from shared.iwmo.catalogus import Release

PER_VIER_WEKEN, TOTAAL = "3", "6"
VERLENGING, VERKORTING, ANDERE_AANBIEDER, DOOR_AANBIEDER, VERWIJDERD, CORRECTIE = "04", "05", "09", "12", "13", "14"
"""RedenWijziging."""
STUKS, STUKS_INSPANNING, UUR = "82", "84", "04"
PERIODE_DAGEN = 28
DAG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Regel:
    """One product to assign. ``aantal``: so many units per four weeks; ``gebied``: the result area or product."""

    gebied: str
    categorie: str
    product_code: str
    eenheid: str
    aantal: int
    vorm: str | None = None


@dataclass(frozen=True, slots=True)
class Stuk:
    """From this day so many units per four weeks."""

    vanaf: date
    aantal: int


@dataclass(frozen=True, slots=True)
class Toegewezen:
    """What is assigned under one number. ``stukken``: how much from which day on, the first from ``begin``."""

    nummer: int | None
    regel: Regel
    begin: date
    eind: date | None
    aanbieder: str
    release: Release
    stukken: tuple[Stuk, ...]

    @property
    def volume(self) -> int:
        """As the release of the aanbieder writes it: per four weeks, or in all."""
        if self.release == "2.4":
            return self.stukken[-1].aantal
        return _total(self)

    @property
    def frequentie(self) -> str:
        """The same."""
        return PER_VIER_WEKEN if self.release == "2.4" else TOTAAL

    @property
    def eenheid(self) -> str:
        """2.4 does not tell pieces of effort from pieces of output."""
        return STUKS if self.release == "2.4" and self.regel.eenheid == STUKS_INSPANNING else self.regel.eenheid


@dataclass(frozen=True, slots=True)
class Opdracht:
    """One ToegewezenProduct of a WMO301: what is assigned now, and why that changed (RedenWijziging)."""

    wat: Toegewezen
    reden: str | None = None

    @property
    def blijft(self) -> bool:
        """Whether anything is left of it."""
        return self.reden != VERWIJDERD


def perioden(begin: date, eind: date) -> int:
    """How many periods of four weeks have begun between two days, both in."""
    return max(0, -(-((eind - begin).days + 1) // PERIODE_DAGEN))


def _total(wat: Toegewezen) -> int:
    if wat.eind is None:
        raise ValueError("a total needs a last day")
    ends = [*(stuk.vanaf - DAG for stuk in wat.stukken[1:]), wat.eind]
    return sum(
        stuk.aantal * perioden(stuk.vanaf, eind)
        for stuk, eind in zip(wat.stukken, ends, strict=True)
        if stuk.vanaf <= eind
    )


def regels_van(voorstel: Gegevens, profiel: Profiel) -> list[Regel]:
    """The products that an agreed proposal assigns: of an area one piece per four weeks, of a product its amount."""
    found = []
    for one in voorstel["gebieden"]:
        gebied = profiel.gebied_bij_code[one["code"]]
        code = gebied.product_code(one["intensiteit"])
        found.append(Regel(gebied.code, gebied.categorie, code, STUKS, 1, one.get("vorm")))
    for one in voorstel.get("producten", ()):
        product = profiel.voorziening_bij_code[one["code"]]
        found.append(Regel(product.code, product.categorie, product.product_code, product.iwmo_eenheid, one["omvang"]))
    if ho := voorstel.get("ho"):
        found.append(Regel("HO", ho["product_code"][:2], ho["product_code"], UUR, ho["omvang"]))
    return found


@dataclass(frozen=True, slots=True)
class Besluit:
    """What was decided: these products, from this day on, by this aanbieder."""

    regels: Sequence[Regel]
    begin: date
    eind: date | None
    aanbieder: str
    release: Release
    vandaag: date
    door_aanbieder: bool = False


def wijzig(huidig: Iterable[Toegewezen], besluit: Besluit) -> list[Opdracht]:
    """What a decision changes: what goes on under its own number, what ends, and what is new, without a number yet."""
    todo = {regel.product_code: regel for regel in besluit.regels}
    found: list[Opdracht] = []
    for wat in huidig:
        regel = todo.get(wat.regel.product_code)
        if regel is not None and _goes_on(wat, regel, besluit):
            del todo[regel.product_code]
            if (changed := _go_on(wat, regel, besluit)) is not None:
                found.append(changed)
        elif wat.eind is None or wat.eind >= besluit.begin:
            found.append(_end(wat, besluit))
    new = (
        Toegewezen(
            None,
            regel,
            besluit.begin,
            besluit.eind,
            besluit.aanbieder,
            besluit.release,
            (Stuk(besluit.begin, regel.aantal),),
        )
        for regel in todo.values()
    )
    return [*found, *(Opdracht(one) for one in new)]


def _goes_on(wat: Toegewezen, regel: Regel, besluit: Besluit) -> bool:
    """The number stays with another last day, and in 3.2 with another total; not with another amount per four weeks in
    2.4, nor with another first day, nor once it has passed."""
    if (wat.aanbieder, wat.release) != (besluit.aanbieder, besluit.release) or besluit.begin < wat.begin:
        return False
    joins = wat.eind is None or (wat.eind >= besluit.vandaag and wat.eind + DAG >= besluit.begin)
    return joins and (besluit.release != "2.4" or wat.stukken[-1].aantal == regel.aantal)


def _go_on(wat: Toegewezen, regel: Regel, besluit: Besluit) -> Opdracht | None:
    """The same number with what is decided now; None when that is what it has already."""
    stukken = wat.stukken
    if stukken[-1].aantal != regel.aantal:
        kept = tuple(stuk for stuk in stukken if stuk.vanaf < besluit.begin)
        stukken = (*kept, Stuk(besluit.begin, regel.aantal))
    changed = replace(wat, regel=regel, eind=besluit.eind, stukken=stukken)
    if (changed.eind, changed.stukken) == (wat.eind, wat.stukken):
        return None
    return Opdracht(changed, _reason(wat.eind, changed.eind, besluit))


def _reason(before: date | None, now: date | None, besluit: Besluit) -> str:
    if before == now:
        return DOOR_AANBIEDER if besluit.door_aanbieder else CORRECTIE
    return VERLENGING if (now or date.max) > (before or date.max) else VERKORTING


def _end(wat: Toegewezen, besluit: Besluit) -> Opdracht:
    """Ends the day before; what would not have had a day is deleted."""
    if besluit.begin <= wat.begin:
        return Opdracht(replace(wat, eind=wat.begin), VERWIJDERD)
    kept = tuple(stuk for stuk in wat.stukken if stuk.vanaf < besluit.begin)
    reason = VERKORTING if wat.aanbieder == besluit.aanbieder else ANDERE_AANBIEDER
    return Opdracht(replace(wat, eind=besluit.begin - DAG, stukken=kept), reason)
