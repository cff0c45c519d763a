"""What a value should have been, in Dutch: its kind, form, length, range, or the codes that are allowed."""

import re

from shared.iwmo.catalogus import Release
from shared.iwmo.codelijsten import label, of_type
from shared.iwmo.schemas import Node

MAX_CODES = 12
_FIXED = re.compile(r"[A-Za-z0-9]+(\|[A-Za-z0-9]+)*")
_DIGITS = re.compile(r"\[0-9\]\{(\d+)\}")
_SOORTEN = {
    "LDT_AgbCode": "een AGB-code",
    "LDT_BurgerServicenummer": "een burgerservicenummer",
    "LDT_Emailadres": "een e-mailadres",
    "LDT_Gemeente": "een gemeentecode",
    "LDT_Huisletter": "een huisletter",
    "LDT_Postcode": "een postcode",
    "LDT_ProductCode": "een productcode",
    "LDT_Telefoonnummer": "een telefoonnummer",
    "LDT_Versie": "een versienummer",
    "LDT_Voorletters": "voorletters",
}
_VORMEN = {
    r".*[^\s].*": "niet alleen witruimte, op een regel",
    r"([.\s]*\S+[.\s]*)+": "niet alleen witruimte",
    r"([a-zA-ZÀ-ỳ])+": "alleen letters",
    r"([a-zA-Z0-9])+": "alleen letters en cijfers",
    r"[0-9]*": "alleen cijfers",
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)": "drie getallen met punten ertussen (1.0.0)",
    r"[^:Z]*": "zonder tijdzone",
    r"[^Z+-]+": "zonder tijdzone",
}
_WAARDEN = {"datum": "een datum (JJJJ-MM-DD)", "tijd": "een tijd (UU:MM:SS)", "getal": "een geheel getal"}


def expected(node: Node, release: Release) -> str:
    """What the schema asks of a leaf, with the name of its type: all one needs to correct it."""
    source = [f"type {node.type_naam}"] if node.type_naam else []
    lijst = of_type(release, node.type_naam)
    if lijst is not None:
        source.append(f"codelijst {lijst.code}")
    fixed = fixed_values(node)
    if node.codes:
        wanted = _codes(node, release)
    elif fixed:
        wanted = " of ".join(_labelled(node, release, value) for value in fixed)
    else:
        wanted = ", ".join([_kind(node), *_form(node), *_size(node)])
    return f"{wanted}; {', '.join(source)}" if source else wanted


def fixed_values(node: Node) -> list[str]:
    """The values of a pattern that is nothing but values: ``416|448`` for a BerichtCode."""
    for pattern in node.patronen:
        if _FIXED.fullmatch(pattern):
            return pattern.split("|")
    return []


def _codes(node: Node, release: Release) -> str:
    shown = ", ".join(_labelled(node, release, code) for code in node.codes[:MAX_CODES])
    more = len(node.codes) - MAX_CODES
    return f"een van de codes {shown}" + (f" en nog {more}" if more > 0 else "")


def _labelled(node: Node, release: Release, code: str) -> str:
    omschrijving = label(release, node.type_naam, code)
    return f"{code} ({omschrijving})" if omschrijving else code


def _kind(node: Node) -> str:
    return _WAARDEN.get(node.waarde) or _SOORTEN.get(node.type_naam, "tekst")


def _form(node: Node) -> list[str]:
    return [_in_words(pattern) for pattern in node.patronen]


def _in_words(pattern: str) -> str:
    digits = _DIGITS.fullmatch(pattern)
    return f"precies {digits[1]} cijfers" if digits else _VORMEN.get(pattern, f"patroon {pattern}")


def _size(node: Node) -> list[str]:
    if any(_DIGITS.fullmatch(pattern) for pattern in node.patronen):
        return []
    sizes = [_bounds(node.bereik, ""), _bounds(node.lengte, " tekens")]
    return [size for size in sizes if size]


def _bounds(bounds: tuple[int | None, int | None], unit: str) -> str:
    low, high = bounds
    if low is None and high is None:
        return ""
    if (low if high is None else high) == 1:
        unit = unit.replace("tekens", "teken")
    if low is None:
        return f"hoogstens {high}{unit}"
    if low == high:
        return f"precies {low}{unit}"
    return f"minstens {low}{unit}" if high is None else f"{low} t/m {high}{unit}"
