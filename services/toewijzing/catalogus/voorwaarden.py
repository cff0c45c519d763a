"""The conditions on a combination of result areas and products (Stappenplan, step 4 and the table of intensities).
Pure; each refusal names its place in the plan and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from services.toewijzing.catalogus.profiel import BEGELEIDING, Profiel

Vorm = Literal["individueel", "groep"]


@dataclass(frozen=True, slots=True)
class GekozenGebied:
    """A result area with its intensity. ``eerdere_vorm`` is how it was given before, when that is being changed."""

    code: str
    intensiteit: int
    vorm: Vorm | None = None
    eerdere_vorm: Vorm | None = None
    client_akkoord: bool = False
    ontlast_mantelzorger: bool = False


@dataclass(frozen=True, slots=True)
class GekozenProduct:
    """A product beside the areas. ``werkelijk_vervoer``: there really is transport to the dagbesteding."""

    code: str
    omvang: int
    werkelijk_vervoer: bool = False
    met_begeleiding: bool = False


@dataclass(frozen=True, slots=True)
class Inhoud:
    """What is asked for or assigned together."""

    gebieden: Sequence[GekozenGebied]
    producten: Sequence[GekozenProduct] = ()


@dataclass(frozen=True, slots=True)
class Weigering:
    """A condition that is not met: which, where, and why (Dutch)."""

    voorwaarde: str
    plek: str
    reden: str


def toets(profiel: Profiel, gemeente: str, inhoud: Inhoud) -> list[Weigering]:
    """Every condition that the combination breaks; empty when it may be assigned."""
    found = list(_areas(profiel, gemeente, inhoud))
    found += _products(profiel, inhoud)
    if not inhoud.gebieden and not inhoud.producten:
        found.append(Weigering("leeg", "/", "Kies een resultaatgebied of een product"))
    return found


def _areas(profiel: Profiel, gemeente: str, inhoud: Inhoud) -> Iterator[Weigering]:
    seen: set[str] = set()
    for number, gekozen in enumerate(inhoud.gebieden):
        plek = f"/gebieden/{number}"
        gebied = profiel.gebied_bij_code.get(gekozen.code)
        if gebied is None:
            yield Weigering("gebied_onbekend", plek, f"Resultaatgebied {gekozen.code} staat niet in de catalogus")
            continue
        if gekozen.code in seen:
            yield Weigering("gebied_dubbel", plek, f"Resultaatgebied {gekozen.code} is al gekozen")
        seen.add(gekozen.code)
        if not gebied.geldt_in(gemeente):
            yield Weigering("gebied_niet_in_gemeente", plek, f"{gekozen.code} geldt niet in gemeente {gemeente}")
        if gebied.band(gekozen.intensiteit) is None:
            most = gebied.banden[-1].teken
            yield Weigering("intensiteit_bestaat_niet", plek, f"{gekozen.code} gaat van + tot en met {most}")
        yield from _form(plek, gebied.eenheid == "dagdeel", gekozen)


def _form(plek: str, dagdelen: bool, gekozen: GekozenGebied) -> Iterator[Weigering]:
    changed = gekozen.eerdere_vorm is not None and gekozen.vorm != gekozen.eerdere_vorm
    if changed and not gekozen.client_akkoord:
        yield Weigering(
            "vorm_zonder_akkoord", plek, "Individueel en groep wisselen kan alleen met akkoord van de cliënt"
        )
    dagbesteding = gekozen.vorm == "groep" or (dagdelen and gekozen.vorm is None)
    if gekozen.ontlast_mantelzorger and dagbesteding and gekozen.code != "4A":
        where = "bij dit gebied niet" if dagdelen else "alleen individueel"
        yield Weigering(
            "ontlasten_valt_onder_4a", plek, f"Dagbesteding om de mantelzorger te ontlasten valt onder 4A; {where}"
        )


def _products(profiel: Profiel, inhoud: Inhoud) -> Iterator[Weigering]:
    areas = {gekozen.code for gekozen in inhoud.gebieden if gekozen.code in profiel.gebied_bij_code}
    seen: set[str] = set()
    for number, gekozen in enumerate(inhoud.producten):
        plek = f"/producten/{number}"
        product = profiel.voorziening_bij_code.get(gekozen.code)
        if product is None:
            yield Weigering("product_onbekend", plek, f"Product {gekozen.code} staat niet in de catalogus")
            continue
        if gekozen.code in seen:
            yield Weigering("product_dubbel", plek, f"Product {gekozen.code} is al gekozen")
        seen.add(gekozen.code)
        if gekozen.omvang < 1:
            yield Weigering("omvang", plek, f"Geef het aantal ({product.eenheid}) per vier weken")
        if product.samen_met == (BEGELEIDING,):
            if not areas:
                yield Weigering(
                    "alleen_met_begeleiding", plek, f"{product.naam} kan alleen samen met een resultaatgebied"
                )
        elif product.samen_met is not None and not areas & set(product.samen_met):
            allowed = ", ".join(product.samen_met)
            yield Weigering("alleen_met_dagbesteding", plek, f"{product.naam} kan alleen samen met {allowed}")
        if product.categorie == "08" and not gekozen.werkelijk_vervoer:
            yield Weigering("werkelijk_vervoer", plek, f"{product.naam} kan alleen als er werkelijk vervoer is")
        if product.categorie == "04" and gekozen.met_begeleiding and not areas:
            yield Weigering(
                "verblijf_is_alleen_verblijf",
                plek,
                f"{product.naam} is alleen het verblijf: kies voor begeleiding een resultaatgebied",
            )
