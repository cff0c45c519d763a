"""A right message of each kind, and how to change it so that it breaks a rule."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import a_325
from tests.shared.iwmo.berichten import NUMMER, a_301, a_305, a_307, a_declaratie_bericht, a_regel
from tests.toewijzing.verzoeken import (
    a_315,
    a_317,
    a_319,
    a_nieuw_product,
    a_te_wijzigen_product,
    an_aangevraagd_product,
)

Veranderingen = Mapping[str, Any]
"""By path: another value, None to leave it out; ``Element[+]`` adds to a list a copy of the first, so changed."""


@dataclass(frozen=True, slots=True)
class Overtreding:
    """A right message with changes that break one rule, in a class of it."""

    code: str
    bericht: str
    release: Release
    klasse: str
    veranderingen: Veranderingen

    @property
    def inhoud(self) -> Inhoud:
        """The message; the schema accepts it."""
        return changed(right_message(self.bericht, self.release), self.veranderingen)

    def __str__(self) -> str:
        return f"{self.code}-{self.bericht}-{self.release}-{self.klasse}"


def right_message(bericht: str, release: Release) -> Inhoud:
    """A message of this kind in which nothing is wrong, with every class that a rule names."""
    if bericht in ("WMO303D", "WMO303F", "WMO323"):
        inhoud = a_declaratie_bericht(release)
        if bericht == "WMO303F":
            inhoud["Header"]["BerichtCode"] = "448"
            for client in inhoud["Clienten"]["Client"]:
                for line in client["Prestaties"]["Prestatie"]:
                    line["BtwVrijstelling"] = "1"
        return inhoud
    makers: dict[str, Any] = {
        "WMO301": lambda: a_301(release, relaties=1),
        "WMO305": lambda: a_305(release),
        "WMO307": lambda: a_307(release),
        "WMO315": lambda: a_315(an_aangevraagd_product()),
        "WMO317": lambda: a_317([NUMMER + 1], [a_te_wijzigen_product()], [a_nieuw_product()]),
        "WMO319": a_319,
        "WMO325": lambda: a_325(a_regel("3.2")),
    }
    made: Inhoud = makers[bericht]()
    return made


def changed(inhoud: Inhoud, veranderingen: Veranderingen) -> Inhoud:
    """A copy with these changes; of a list the first is meant."""
    copy = deepcopy(inhoud)
    for path, value in veranderingen.items():
        *above, last = path.split("/")
        holder: Any = copy
        for naam in above:
            holder = holder.setdefault(naam, {})
            holder = holder[0] if isinstance(holder, list) else holder
        if adds := re.fullmatch(r"(\w+)\[\+\]", last):
            rows = holder[adds[1]]
            rows.append(changed(rows[0], value))
        elif value is None:
            holder.pop(last, None)
        else:
            holder[last] = deepcopy(value)
    return copy


CLIENT = {
    "WMO303D": "Clienten/Client",
    "WMO303F": "Clienten/Client",
    "WMO323": "Declaratie/Clienten/Client",
    "WMO325": "DeclaratieAntwoord/Clienten/Client",
}
PRODUCT = {
    ("WMO301", "3.2"): "Client/ToegewezenProducten/ToegewezenProduct",
    ("WMO301", "2.4"): "Client/Beschikking/ToegewezenProducten/ToegewezenProduct",
    ("WMO305", "3.2"): "Client/StartProducten/StartProduct",
    ("WMO305", "2.4"): "Client/StartProducten/StartProduct",
    ("WMO307", "3.2"): "Client/StopProducten/StopProduct",
    ("WMO307", "2.4"): "Client/StopProducten/StopProduct",
    ("WMO315", "3.2"): "Client/AangevraagdeProducten/AangevraagdProduct",
}
WIJZIG, NIEUW, ONGEWIJZIGD = (
    f"Client/Verzoek/{verzameling}/{klasse}"
    for verzameling, klasse in (
        ("TeWijzigenProducten", "TeWijzigenProduct"),
        ("NieuweProducten", "NieuwProduct"),
        ("OngewijzigdeProducten", "OngewijzigdProduct"),
    )
)
CONTACT, RELATIE = "Client/Contactgegevens/Contact", "Client/Relaties/Relatie"
IN_24 = ("WMO301", "WMO303D", "WMO303F", "WMO305", "WMO307")
IN_32 = ("WMO301", "WMO305", "WMO307", "WMO315", "WMO317", "WMO319", "WMO323", "WMO325")
KINDS: list[tuple[str, Release]] = [*((naam, "2.4") for naam in IN_24), *((naam, "3.2") for naam in IN_32)]
DECLARATIES: list[tuple[str, Release]] = [("WMO303D", "2.4"), ("WMO303F", "2.4"), ("WMO323", "3.2")]


def below(path: str, veranderingen: Veranderingen) -> Veranderingen:
    """Changes that are told from a class, told from the root."""
    return {f"{path}/{naam}": value for naam, value in veranderingen.items()}


def again(path: str, **veranderingen: Any) -> Veranderingen:
    """One class more, like the first but for these changes."""
    return {f"{path}[+]": veranderingen}
