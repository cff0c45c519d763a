"""WMO325s by hand, and what is found in them against the WMO323 that they answer."""

from services.declaratie.beantwoord import judge_against
from shared.iwmo.codec import Inhoud
from tests.declaratie.in_bericht import SCHEMAS, a_325, told
from tests.shared.iwmo.berichten import a_declaratie_bericht, soort, through_schema

__all__ = ["CLIENT", "LINE", "a_323", "a_325", "found"]
CLIENT = "/DeclaratieAntwoord/Clienten/Client[1]"
LINE = f"{CLIENT}/Prestaties/Prestatie[1]"


def a_323(*clienten: list[Inhoud]) -> Inhoud:
    """A declaration; each argument holds the lines of one client."""
    return a_declaratie_bericht("3.2", *clienten)


def found(antwoord: Inhoud, declaratie: Inhoud | None) -> list[tuple[str, str]]:
    """The faults in an answer that the schema accepts, against the declaration."""
    kind = soort("WMO325", "3.2")
    return told(judge_against(through_schema(antwoord, kind, SCHEMAS).inhoud, declaratie))
