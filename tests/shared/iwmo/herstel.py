"""What a melding says would mend a message: is it a place that the schema has, and does it mend?"""

from copy import deepcopy

from shared.iwmo.catalogus import BerichtSoort
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import Herstel, Melding, Plek
from shared.iwmo.schemas import Node, Schemas


def node_at(soort: BerichtSoort, plek: Plek, schemas: Schemas) -> Node:
    """The class at a place, as the schema describes it; KeyError when it describes none."""
    node = schemas.of(soort).root
    for naam, _ in plek:
        node = node.by_naam[naam]
    return node


def unknown_elements(melding: Melding, soort: BerichtSoort, schemas: Schemas) -> list[str]:
    """The elements of a herstel that the schema does not have below the class at fault, or whose value it refuses: a
    class has no value, and only what may be absent can be left out."""
    klasse = node_at(soort, melding.plek, schemas)
    return [one.element for one in melding.afwijking.herstel if not _fits(one, klasse)]


def _fits(herstel: Herstel, klasse: Node) -> bool:
    node = klasse
    for naam in herstel.element.split("/"):
        if naam not in node.by_naam:
            return False
        node = node.by_naam[naam]
    return not node.verplicht if herstel.waarde is None else not node.kinderen


def mended(inhoud: Inhoud, melding: Melding, soort: BerichtSoort, schemas: Schemas) -> Inhoud:
    """A copy of the message with all that the melding says of it carried out."""
    copy = deepcopy(inhoud)
    holder, node = copy, schemas.of(soort).root
    for naam, number in melding.plek:
        node = node.by_naam[naam]
        holder = holder[naam][number - 1] if number else holder[naam]
    for one in melding.afwijking.herstel:
        _carry_out(one, holder, node)
    return copy


def _carry_out(herstel: Herstel, klasse: Inhoud, node: Node) -> None:
    *above, last = herstel.element.split("/")
    for naam in above:
        klasse, node = klasse.setdefault(naam, {}), node.by_naam[naam]
    if herstel.waarde is None:
        klasse.pop(last, None)
    else:
        number = node.by_naam[last].waarde == "getal"
        klasse[last] = int(herstel.waarde) if number else herstel.waarde
