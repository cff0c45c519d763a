"""What a line must cost by its contract, in whole cents."""

from collections.abc import Iterable, Mapping, Set

from services.declaratie.domain.declaratie import Prestatie
from shared.feiten.product import Tarief
from shared.iwmo.catalogus import Release
from shared.iwmo.waarden import MINUUT, UUR

VOLUME_PAD = "GeleverdVolume"
TARIEF_PAD = "ProductTarief"
BEDRAG_PAD: Mapping[Release, str] = {
    "2.4": "IngediendeBedragPrestatie/DeclaratieFactuurBedrag/Bedrag",
    "3.2": "IngediendBedrag/Bedrag",
}
"""Where volume, tariff and amount stand below a Prestatie."""
BTW_PADEN = ("BtwVrijstelling", "IngediendeBedragPrestatie/BtwBedrag")
"""Where a line of 2.4 speaks of VAT."""


def minutes_amount(uurtarief: int, minuten: int) -> int:
    """What minutes cost at a tariff per hour, in cents, rounded once, half up (IV081)."""
    return (2 * uurtarief * minuten + 60) // 120


def minute_tariff(uurtarief: int) -> int:
    """The tariff per minute that a line shows, in cents, half up; it takes no part in the amount (TR418)."""
    return (2 * uurtarief + 60) // 120


def _per_minute(eenheid: str, contract: Tarief) -> bool:
    """Whether the unit is minutes and the contract goes by the hour."""
    return eenheid == MINUUT and contract.eenheid == UUR


def contract_tariffs(prestatie: Prestatie, contracten: Iterable[Tarief]) -> Set[int]:
    """Every tariff that a line may show, by the contracts in its unit; empty where there is none to go by."""
    return {
        minute_tariff(contract.cents) if _per_minute(prestatie.eenheid, contract) else contract.cents
        for contract in contracten
        if contract.cents is not None
        and (contract.eenheid == prestatie.eenheid or _per_minute(prestatie.eenheid, contract))
    }


def hour_tariffs(prestatie: Prestatie, contracten: Iterable[Tarief]) -> Set[int]:
    """The contract tariffs per hour by which a line in minutes is paid."""
    return {
        contract.cents
        for contract in contracten
        if contract.cents is not None and _per_minute(prestatie.eenheid, contract)
    }
