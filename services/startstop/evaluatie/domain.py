"""The evaluatie of a support that has ended (Stappenplan, step 10): what it says, and when it may be given; pure."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.startstop.gebied import gebied_van
from services.startstop.stand import Stand, is_geevalueerd
from shared.feiten.toewijzing import Toewijzing
from shared.problems import BotsingError, Fout, VerzoekError

Uitkomst = Literal["behaald", "deels", "niet"]
Oordeel = Literal["tevreden", "deels", "ontevreden", "niet_gegeven"]


def check_gebieden(toewijzing: Toewijzing, gebieden: Sequence[str]) -> None:
    """Results are told of each area once. Where the product code names the area, that is the plan which was to be
    carried out: then of that one and no other. VerzoekError names the places."""
    eigen = gebied_van(toewijzing.product.categorie, toewijzing.product.code)
    is_gebied = eigen != toewijzing.product.categorie
    fouten: list[Fout] = []
    seen: set[str] = set()
    for number, gebied in enumerate(gebieden):
        plek = f"/resultaten/{number}/gebied"
        if gebied in seen:
            fouten.append(Fout(plek, f"{gebied} is al genoemd"))
        elif is_gebied and gebied != eigen:
            fouten.append(Fout(plek, f"{gebied} hoort niet bij deze toewijzing; die is voor {eigen}"))
        seen.add(gebied)
    if is_gebied and eigen not in seen:
        fouten.append(Fout("/resultaten", f"Resultaatgebied {eigen} van de toewijzing ontbreekt"))
    if fouten:
        raise VerzoekError("De resultaten passen niet bij de toewijzing", fouten)


def check_geeindigd(toewijzing: Toewijzing, stand: Stand, vandaag: date) -> date:
    """The end that is looked back on; BotsingError while there is none."""
    if toewijzing.vervallen:
        raise BotsingError("Deze toewijzing is ingetrokken: er is geen ondersteuning om te evalueren")
    if stand.begonnen is None:
        raise BotsingError("Deze ondersteuning is niet begonnen: er is geen startbericht")
    einde = stand.geeindigd(vandaag)
    if einde is None:
        raise BotsingError("Deze ondersteuning is nog niet geëindigd")
    return einde


def check_eerste(einde: date, gegeven: date | None) -> None:
    """BotsingError when this end has its evaluatie; a next end of the same support asks for a next one."""
    if is_geevalueerd(einde, gegeven):
        raise BotsingError("De evaluatie is al gegeven; verbeter die met PUT /evaluaties/{id}")


def check_verbetert(verbetert: int, versie: int) -> None:
    """BotsingError when somebody else has made a version since."""
    if verbetert != versie:
        raise BotsingError(f"De laatste versie is {versie}; lees die eerst")
