"""What libxml2 has against an element, in Dutch and without its value."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from shared.iwmo.catalogus import Release
from shared.iwmo.schemas import Node, tag_namespace
from shared.iwmo.verwachting import expected, fixed_values

_SUBJECT = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '(?:\{[^}]*\})?([^']+)')?: ")
_EXPECTED = re.compile(r"(\{[^}]*\})?([\w.-]+)")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z_-]{0,59}")
_VALUE = {
    "SCHEMAV_CVC_ENUMERATION_VALID": "deze code is hier niet toegestaan",
    "SCHEMAV_CVC_PATTERN_VALID": "de waarde heeft niet de juiste vorm",
    "SCHEMAV_CVC_LENGTH_VALID": "de waarde heeft niet de juiste lengte",
    "SCHEMAV_CVC_MINLENGTH_VALID": "de waarde is te kort",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "de waarde is te lang",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "de waarde is te klein",
    "SCHEMAV_CVC_MINEXCLUSIVE_VALID": "de waarde is te klein",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "de waarde is te groot",
    "SCHEMAV_CVC_MAXEXCLUSIVE_VALID": "de waarde is te groot",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "de waarde heeft te veel cijfers",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "de waarde heeft te veel cijfers achter de komma",
    "SCHEMAV_CVC_FACET_VALID": "de waarde heeft niet de juiste vorm",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "de waarde is niet van de juiste soort",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": "de waarde is niet van de juiste soort",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": "de waarde is niet van de juiste soort",
}
_NO_ATTRIBUTE = "is hier niet toegestaan"
_ATTRIBUTE = {
    "SCHEMAV_CVC_ELT_4_1": "noemt geen type",
    "SCHEMAV_CVC_ELT_4_2": "noemt een type dat er niet is",
    "SCHEMAV_CVC_ELT_4_3": "noemt een ander type dan dit element heeft",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "heeft een waarde die het niet kan hebben",
}
_ELEMENT = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "dit element hoort leeg te zijn",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "hier hoort een enkele waarde, geen elementen",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "hier horen alleen elementen, geen tekst",
    "SCHEMAV_CVC_TYPE_3_1_2": "hier hoort een enkele waarde, geen elementen",
    "SCHEMAV_CVC_ELT_1": "dit element hoort niet bij dit schema (naam of naamruimte)",
    "SCHEMAV_CVC_ELT_3_1": "het attribuut nil is hier niet toegestaan: dit element kent geen lege waarde",
    "SCHEMAV_CVC_ELT_3_2_1": "hier hoort niets te staan: het attribuut nil zegt dat er geen waarde is",
}
_OTHER = "dit element voldoet niet aan het schema"


@dataclass(frozen=True, slots=True)
class Schending:
    """A rule of XML Schema that is broken: which, by which element or attribute, and what libxml2 says of it."""

    soort: str
    element: str
    attribuut: str | None
    melding: str

    @classmethod
    def of(cls, entry: etree._LogEntry) -> "Schending":
        """From libxml2's log. ``melding`` may hold a value: it is only read for names out of the schema."""
        subject = _SUBJECT.match(entry.message)
        if subject is None:
            return cls(entry.type_name, "", None, "")
        return cls(entry.type_name, subject[1], subject[2], entry.message[subject.end() :])

    @property
    def of_value(self) -> bool:
        """Whether it is the value of the element that is wrong."""
        return self.attribuut is None and self.soort in _VALUE


def is_plain(naam: str) -> bool:
    """Whether a name that the schema does not know may be told: one like a number may say who somebody is."""
    return _PLAIN.fullmatch(naam) is not None


def reasons(
    schendingen: Sequence[Schending], element: etree._Element, node: Node | None, above: Node | None, release: Release
) -> Iterator[str]:
    """Each reason why an element is not valid; all that is wrong with its value is one."""
    for one in schendingen:
        if one.attribuut is not None:
            yield _attribute(one)
        elif one.soort == "SCHEMAV_ELEMENT_CONTENT":
            yield _content(one.melding, element, above)
        elif not one.of_value:
            yield _ELEMENT.get(one.soort, _OTHER)
    # A value that holds elements was told to be one, and has no text of its own to judge.
    wrong = [one.soort for one in schendingen if one.of_value]
    if wrong and not len(element):
        yield _value(wrong[0], element, node, release)


def _attribute(one: Schending) -> str:
    naam = one.attribuut if one.attribuut and is_plain(one.attribuut) else ""
    return " ".join(f"het attribuut {naam} {_ATTRIBUTE.get(one.soort, _NO_ATTRIBUTE)}".split())


def _content(melding: str, element: etree._Element, above: Node | None) -> str:
    """``This element is not expected. Expected is ( {ns}Bsn ).`` and its relatives."""
    told, _, listed = melding.partition("Expected is")
    names = _EXPECTED.findall(listed.partition("(")[2].partition(")")[0])
    wanted = f"; verwacht: {' of '.join(dict.fromkeys(naam for _, naam in names))}" if names else ""
    if "Missing child" in told:
        return f"er ontbreekt een element{wanted}"
    own = etree.QName(element).localname
    for namespace, naam in names:
        if naam == own:
            return f"dit element staat in een verkeerde naamruimte; verwacht: {tag_namespace(namespace) or 'geen'}"
    return f"dit element wordt hier niet verwacht{_why_not_here(element, own, above)}{wanted}"


def _why_not_here(element: etree._Element, own: str, above: Node | None) -> str:
    if above is None:
        return ""
    node = above.by_naam.get(own)
    if node is None:
        return f": {above.naam} kent het niet"
    if not node.herhaalbaar and next(element.itersiblings(f"{{*}}{own}", preceding=True), None) is not None:
        return ": het staat er al"
    return ": de volgorde van de elementen ligt vast"


def _value(soort: str, element: etree._Element, node: Node | None, release: Release) -> str:
    """What was expected of a value; the value itself may identify a person and stays out."""
    if node is None or node.kinderen:
        return "de waarde past niet bij dit element"
    if not (element.text or "").strip():
        told = "de waarde is leeg"
    elif node.codes:
        told = _VALUE["SCHEMAV_CVC_ENUMERATION_VALID"]
    elif fixed_values(node):
        told = "deze waarde is hier niet toegestaan"
    else:
        told = _VALUE[soort]
    return f"{told}; verwacht: {expected(node, release)}"
