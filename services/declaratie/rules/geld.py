"""The rules on unit, tariff and amount of a debit, by toewijzing and contract."""

from collections.abc import Iterable, Set

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.geld import (
    BEDRAG_PAD,
    TARIEF_PAD,
    contract_tariffs,
    hour_tariffs,
    minutes_amount,
)
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel
from shared.iwmo.waarden import EURO, MINUUT, UUR


@regel("TR341", berichten="WMO303D WMO303F WMO323", retourcode="9341", klasse="Prestatie", bron="TR341", vreemd=True)
def tr341_unit_is_that_of_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The unit is not that of the toewijzing, nor minutes where that has hours. Under a toewijzing without Omvang: it
    is not the unit of the contract, as far as there is one."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None:
        return None
    if toewijzing.omvang is not None:
        unit = toewijzing.omvang.eenheid
        allowed = [UUR, MINUUT] if unit == UUR else [unit]
        where = "de toewijzing"
    else:
        allowed = sorted({contract.eenheid for contract in feiten.contracts(prestatie)})
        where = "het contract"
    if not allowed or prestatie.eenheid in allowed:
        return None
    return Afwijking(
        f"De Eenheid is niet die van {where}",
        gevonden=prestatie.eenheid,
        verwacht=" of ".join(allowed),
        botst_met_toewijzing=toewijzing.bericht_id if toewijzing.omvang is not None else None,
        herstel=_herstel_unit(prestatie, allowed),
    )


def _herstel_unit(prestatie: Prestatie, allowed: list[str]) -> tuple[Herstel, ...]:
    """The unit, if there is one; from or to euros tariff and volume would change as well."""
    if len(allowed) != 1 or EURO in (prestatie.eenheid, allowed[0]):
        return ()
    return (Herstel("Eenheid", allowed[0]),)


@regel(
    "TR346",
    berichten="WMO303D WMO303F WMO323",
    retourcode="9346",
    klasse="Prestatie",
    niveau=4,
    bron="TR346 IV081",
    vreemd=True,
)
def tr346_amount_is_volume_times_tariff(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The amount is not what volume and tariff make; minutes go by the contract's tariff per hour, if it has one."""
    if prestatie.eenheid == EURO:
        return None
    contracten = feiten.contracts(prestatie)
    if prestatie.eenheid == MINUUT:
        per_hour = hour_tariffs(prestatie, contracten)
        if per_hour:
            amounts = {minutes_amount(uurtarief, prestatie.volume) for uurtarief in per_hour}
            if prestatie.tarief is not None and any(contract.eenheid == MINUUT for contract in contracten):
                amounts.add(prestatie.volume * prestatie.tarief)
            return _amount(
                prestatie, amounts, feiten, "Het bedrag is niet het uurtarief van het contract maal de minuten / 60"
            )
        if not contracten:
            return None  # rounding per minute cannot be checked without the tariff per hour
    if prestatie.tarief is None:
        return Afwijking("ProductTarief ontbreekt bij een eenheid die geen euro is", eigen=True)
    amounts = {prestatie.volume * prestatie.tarief}
    told = "Het bedrag is niet het GeleverdVolume maal het tarief"
    return _amount(prestatie, amounts, feiten, told, eigen=prestatie.eenheid != MINUUT)


def _amount(
    prestatie: Prestatie, expected: Set[int], feiten: DeclaratieFeiten, told: str, *, eigen: bool = False
) -> Afwijking | None:
    if prestatie.bedrag in expected:
        return None
    tariffs = contract_tariffs(prestatie, feiten.contracts(prestatie))
    # With a wrong tariff (TR418) it is not just the amount that must change.
    sure = len(expected) == 1 and (not tariffs or prestatie.tarief in tariffs)
    return Afwijking(
        told,
        gevonden=str(prestatie.bedrag),
        verwacht=_either(expected),
        eigen=eigen,
        herstel=tuple(Herstel(BEDRAG_PAD[feiten.release], str(amount)) for amount in expected) if sure else (),
    )


@regel("TR418", berichten="WMO303D WMO303F WMO323", retourcode="0611", klasse="Prestatie", bron="TR418", vreemd=True)
def tr418_tariff_is_that_of_contract(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The tariff is that of no contract for this product at this aanbieder that holds on a day of the period; without
    one in this unit, of none in any. Without a tariff there is nothing to compare: another product is for TR381."""
    if prestatie.eenheid == EURO:
        return None
    contracten = feiten.contracts(prestatie)
    in_unit = contract_tariffs(prestatie, contracten)
    expected = in_unit or {contract.cents for contract in contracten if contract.cents is not None}
    if not expected or prestatie.tarief in expected:
        return None
    return Afwijking(
        "Het ProductTarief is niet het tarief van het contract",
        gevonden=str(prestatie.tarief),
        verwacht=_either(expected),
        herstel=_herstel_tariff(prestatie, in_unit, feiten),
    )


def _herstel_tariff(prestatie: Prestatie, expected: Set[int], feiten: DeclaratieFeiten) -> tuple[Herstel, ...]:
    """The tariff, and the amount that goes with it where that is not right yet."""
    per_hour = hour_tariffs(prestatie, feiten.contracts(prestatie))
    if len(expected) != 1 or len(per_hour) > 1:
        return ()
    [tariff] = expected
    amount = minutes_amount(min(per_hour), prestatie.volume) if per_hour else prestatie.volume * tariff
    changes = [Herstel(TARIEF_PAD, str(tariff))]
    if amount != prestatie.bedrag:
        changes.append(Herstel(BEDRAG_PAD[feiten.release], str(amount)))
    return tuple(changes)


def _either(values: Iterable[int]) -> str:
    return " of ".join(str(value) for value in sorted(values))


GELD_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel(
    (
        tr341_unit_is_that_of_toewijzing,
        tr346_amount_is_volume_times_tariff,
        tr418_tariff_is_that_of_contract,
    )
)
