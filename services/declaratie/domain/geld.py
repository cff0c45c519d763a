"""What a line must cost by its contract, in whole cents."""

from collections.abc import Iterable, Mapping

from services.declaratie.domain.declaratie import Prestatie
from shared.feiten.product import Tarief
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Herstel
from shared.iwmo.waarden import EURO, MINUUT, UUR

VOLUME_PAD = "GeleverdVolume"
TARIEF_PAD = "ProductTarief"
BEDRAG_PAD: Mapping[Release, str] = {
    "2.4": "IngediendeBedragPrestatie/DeclaratieFactuurBedrag/Bedrag",
    "3.2": "IngediendBedrag/Bedrag",
}
"""Where volume, tariff and amount stand below a Prestatie."""


def minutes_amount(uurtarief: int, minuten: int) -> int:
    """What minutes cost at a tariff per hour, in cents, rounded once, half up (IV081)."""
    return (2 * uurtarief * minuten + 60) // 120


def minute_tariff(uurtarief: int) -> int:
    """The tariff per minute that a line shows, in cents, half up; it takes no part in the amount (TR418)."""
    return (2 * uurtarief + 60) // 120


def _per_minute(eenheid: str, contract: Tarief) -> bool:
    """Whether the unit is minutes and the contract goes by the hour."""
    return eenheid == MINUUT and contract.eenheid == UUR


def contract_tariffs(prestatie: Prestatie, contracten: Iterable[Tarief]) -> frozenset[int]:
    """Every tariff that a line may show, by the contracts in its unit; empty where there is none to go by."""
    return frozenset(
        minute_tariff(contract.cents) if _per_minute(prestatie.eenheid, contract) else contract.cents
        for contract in contracten
        if contract.cents is not None
        and (contract.eenheid == prestatie.eenheid or _per_minute(prestatie.eenheid, contract))
    )


def hour_tariffs(prestatie: Prestatie, contracten: Iterable[Tarief]) -> frozenset[int]:
    """The contract tariffs per hour by which a line in minutes is paid."""
    return frozenset(
        contract.cents
        for contract in contracten
        if contract.cents is not None and _per_minute(prestatie.eenheid, contract)
    )


def herstel_volume(
    prestatie: Prestatie, volume: int, contracten: Iterable[Tarief], release: Release
) -> tuple[Herstel, ...]:
    """The changes that give a line another volume, with the amount that goes with it, if just one does."""
    amount = _amount_of(prestatie, volume, contracten)
    if volume <= 0 or amount is None:
        return ()
    return Herstel(VOLUME_PAD, str(volume)), Herstel(BEDRAG_PAD[release], str(amount))


def _amount_of(prestatie: Prestatie, volume: int, contracten: Iterable[Tarief]) -> int | None:
    if prestatie.eenheid == EURO:
        return volume
    per_hour = hour_tariffs(prestatie, contracten)
    if per_hour:
        return minutes_amount(min(per_hour), volume) if len(per_hour) == 1 else None
    allowed = contract_tariffs(prestatie, contracten)
    if prestatie.tarief is None or (allowed and prestatie.tarief not in allowed):
        return None
    return volume * prestatie.tarief
