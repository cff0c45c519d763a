"""The rules on product, period, omvang and budget: assigned (301), asked for (315, 317) or to be changed (317)."""

from services.toewijzing.domain.levering import Levering
from services.toewijzing.domain.toewijzing import ToegewezenProduct
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel
from shared.iwmo.waarden import Periode

VANAF_3: tuple[Release, ...] = ("3.2",)
"""2.4 has no Budget, and told other things by Frequentie and RedenWijziging."""
PER_WEEK = "2"
VERVALLEN, VERWIJDERD = "01", "13"
PER_WEEK_MAAND_OF_TOTAAL = frozenset({"2", "4", "6"})
ETMAAL_DAGDEEL_EURO_STUKS = frozenset({"14", "16", "83", "84"})


@regel(
    "CS003",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CS003",
)
def cs003_ends_no_earlier_than_it_begins(periode: Periode, _: object) -> Afwijking | None:
    """The last day lies before the first."""
    if periode.eind is None or periode.eind >= periode.begin:
        return None
    return Afwijking(
        "De einddatum ligt voor de ingangsdatum",
        gevonden=periode.eind.isoformat(),
        verwacht=f"vanaf {periode.begin.isoformat()}",
    )


@regel(
    "CD075",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CD075",
    releases=VANAF_3,
)
def cd075_budget_has_an_end(levering: Levering, _: object) -> Afwijking | None:
    """There is a Budget, and no last day."""
    if levering.budget is None or levering.periode.eind is not None:
        return None
    return Afwijking("De einddatum ontbreekt bij een Budget")


@regel(
    "CD076",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CD076",
    releases=VANAF_3,
)
def cd076_weekly_volume_has_an_end(levering: Levering, _: object) -> Afwijking | None:
    """The volume is per week, and there is no last day."""
    if levering.omvang is None or levering.omvang.frequentie != PER_WEEK or levering.periode.eind is not None:
        return None
    return Afwijking("De einddatum ontbreekt bij Frequentie 2 (per week)")


@regel(
    "CD077",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CD077",
    releases=VANAF_3,
)
def cd077_no_omvang_with_budget(levering: Levering, _: object) -> Afwijking | None:
    """There is an Omvang, though there is a Budget."""
    return Afwijking("Omvang moet leeg zijn: er is een Budget") if _both(levering) else None


@regel(
    "CD078",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CD078",
    releases=VANAF_3,
)
def cd078_no_budget_with_omvang(levering: Levering, _: object) -> Afwijking | None:
    """There is a Budget, though there is an Omvang."""
    return Afwijking("Budget moet leeg zijn: er is een Omvang") if _both(levering) else None


def _both(levering: Levering) -> bool:
    return levering.omvang is not None and levering.budget is not None


@regel(
    "CD079",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct",
    niveau=2,
    bron="CD079",
    releases=VANAF_3,
)
def cd079_product_without_budget(levering: Levering, _: object) -> Afwijking | None:
    """There is neither a Product nor a Budget."""
    if levering.budget is not None or levering.product.categorie is not None:
        return None
    return Afwijking("Product ontbreekt, en er is geen Budget")


@regel(
    "CD041",
    berichten="WMO301 WMO315 WMO317",
    klasse="ToegewezenProduct AangevraagdProduct NieuwProduct",
    niveau=2,
    bron="CD041",
)
def cd041_omvang_with_code(levering: Levering, _: object) -> Afwijking | None:
    """The product has a code, and there is no Omvang."""
    if levering.product.code is None or levering.omvang is not None:
        return None
    return Afwijking("Omvang ontbreekt bij een product met Code", gevonden=str(levering.product))


@regel("CD080", berichten="WMO301", klasse="ToegewezenProduct", niveau=2, bron="CD080", releases=VANAF_3)
def cd080_no_omvang_without_code(levering: Levering, _: object) -> Afwijking | None:
    """There is an Omvang after 2020 for a toegewezen product without a code."""
    return _omvang_without_code(levering)


@regel("CD095", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CD095", releases=VANAF_3)
def cd095_no_omvang_without_code(levering: Levering, _: object) -> Afwijking | None:
    """There is an Omvang after 2020 for an aangevraagd product without a code."""
    return _omvang_without_code(levering)


@regel("CD096", berichten="WMO317", klasse="NieuwProduct", niveau=2, bron="CD096", releases=VANAF_3)
def cd096_no_omvang_without_code(levering: Levering, _: object) -> Afwijking | None:
    """There is an Omvang after 2020 for a new product without a code."""
    return _omvang_without_code(levering)


def _omvang_without_code(levering: Levering) -> Afwijking | None:
    if levering.omvang is None or levering.product.code is not None or not levering.na_2020:
        return None
    return Afwijking("Omvang moet leeg zijn bij een product zonder Code", gevonden=str(levering.product))


@regel(
    "CS338",
    berichten="WMO301 WMO317",
    klasse="ToegewezenProduct NieuwProduct TeWijzigenProduct",
    niveau=2,
    bron="CS338",
    releases=VANAF_3,
)
def cs338_frequentie_fits_eenheid(levering: Levering, _: object) -> Afwijking | None:
    """Etmalen, dagdelen, euros or pieces after 2020 by another frequency than week, month or total."""
    return _frequentie_of_eenheid(levering)


@regel("CS343", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CS343", releases=VANAF_3)
def cs343_frequentie_fits_eenheid(levering: Levering, _: object) -> Afwijking | None:
    """Etmalen, dagdelen, euros or pieces are asked for after 2020 by another frequency than week, month or total."""
    return _frequentie_of_eenheid(levering)


def _frequentie_of_eenheid(levering: Levering) -> Afwijking | None:
    omvang = levering.omvang
    if omvang is None or omvang.eenheid not in ETMAAL_DAGDEEL_EURO_STUKS or not levering.na_2020:
        return None
    if omvang.frequentie in PER_WEEK_MAAND_OF_TOTAAL:
        return None
    return Afwijking(
        f"Frequentie past niet bij Eenheid {omvang.eenheid}",
        gevonden=omvang.frequentie,
        verwacht=", ".join(sorted(PER_WEEK_MAAND_OF_TOTAAL)),
    )


@regel("CS335", berichten="WMO301", klasse="ToegewezenProduct", niveau=2, bron="CS335", releases=VANAF_3)
def cs335_deleted_ends_the_day_it_begins(product: ToegewezenProduct, _: object) -> Afwijking | None:
    """RedenWijziging is 13 (deleted), and the last day is not the first."""
    periode = product.toewijzing.periode
    if product.toewijzing.reden_wijziging != VERWIJDERD or periode.eind == periode.begin:
        return None
    return Afwijking(
        "RedenWijziging 13 (verwijderd) mag alleen als Einddatum gelijk is aan Ingangsdatum",
        gevonden=periode.eind.isoformat() if periode.eind else None,
        verwacht=periode.begin.isoformat(),
        herstel=(Herstel("Einddatum", periode.begin.isoformat()),),
    )


@regel("CS336", berichten="WMO301", klasse="ToegewezenProduct", niveau=2, bron="CS336", releases=VANAF_3)
def cs336_no_lapsed_reason(product: ToegewezenProduct, _: object) -> Afwijking | None:
    """RedenWijziging is 01, which has lapsed."""
    if product.toewijzing.reden_wijziging != VERVALLEN:
        return None
    return Afwijking("RedenWijziging 01 (administratieve correctie) is vervallen", gevonden=VERVALLEN)


PERIODE_REGELS: Tabel[Periode, object] = Tabel((cs003_ends_no_earlier_than_it_begins,))
_OVERAL = (
    cd075_budget_has_an_end,
    cd076_weekly_volume_has_an_end,
    cd077_no_omvang_with_budget,
    cd078_no_budget_with_omvang,
)
_MET_PRODUCT = (*_OVERAL, cd079_product_without_budget, cd041_omvang_with_code)
TOEGEWEZEN_REGELS: Tabel[Levering, object] = Tabel(
    (*_MET_PRODUCT, cd080_no_omvang_without_code, cs338_frequentie_fits_eenheid)
)
AANGEVRAAGD_REGELS: Tabel[Levering, object] = Tabel(
    (*_MET_PRODUCT, cd095_no_omvang_without_code, cs343_frequentie_fits_eenheid)
)
NIEUW_REGELS: Tabel[Levering, object] = Tabel(
    (*_MET_PRODUCT, cd096_no_omvang_without_code, cs338_frequentie_fits_eenheid)
)
TE_WIJZIGEN_REGELS: Tabel[Levering, object] = Tabel((*_OVERAL, cs338_frequentie_fits_eenheid))
TOEGEWEZENPRODUCT_REGELS: Tabel[ToegewezenProduct, object] = Tabel(
    (cs335_deleted_ends_the_day_it_begins, cs336_no_lapsed_reason)
)
