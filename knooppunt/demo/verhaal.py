"""The story: which message is sent when, and what the node must make of it."""

from dataclasses import dataclass
from pathlib import Path

from shared.security.partij import Partij

GEMEENTE, AANBIEDER = Partij.gemeente("0855"), Partij.aanbieder("98765432")
BERICHTEN = Path(__file__).parent / "berichten"
PRODUCTEN = Path(__file__).parent / "producten.json"


@dataclass(frozen=True, slots=True)
class Stap:
    """One message of the story and its expected outcome; ``toegekend`` in cents, of a declaration."""

    release: str
    bestand: str
    titel: str
    retour: str
    codes: tuple[str, ...] = ()
    toegekend: int | None = None

    @property
    def path(self) -> Path:
        """Where the message is."""
        return BERICHTEN / self.release / self.bestand


VERHAAL = (
    Stap("2.4", "1-toewijzing.xml", "gemeente wijst twee producten toe", "WMO302"),
    Stap("2.4", "2-start.xml", "aanbieder start beide", "WMO306"),
    Stap("2.4", "3-declaratie.xml", "declaratie CAK-periode, een tarief te hoog", "WMO304D", ("0611",), 54_600),
    Stap("2.4", "4-stop.xml", "aanbieder stopt beide", "WMO308"),
    Stap("2.4", "5-verzamelfactuur.xml", "factuur aan het jaareinde, met correcties", "WMO304F", (), 95_050),
    Stap("3.2", "1-toewijzing.xml", "gemeente wijst drie producten toe", "WMO302"),
    Stap("3.2", "2-start.xml", "aanbieder start alle drie", "WMO306"),
    Stap("3.2", "3-declaratie.xml", "declaratie maart, een tarief te hoog", "WMO325", ("0611",), 97_450),
    Stap("3.2", "4-opnieuw.xml", "de afgewezen regel opnieuw, goed", "WMO325", (), 71_680),
    Stap("3.2", "5-stop.xml", "aanbieder stopt een product eerder", "WMO308"),
)
