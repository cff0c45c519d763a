"""The rules that hold what a WMO317 leaves as it is, and what it changes, against the toewijzingen."""

from services.toewijzing.domain.feiten import VerzoekFeiten
from services.toewijzing.domain.verzoek import OngewijzigdProduct, TeWijzigenProduct
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel
from shared.iwmo.waarden import Omvang

RELEASES: tuple[Release, ...] = ("3.2",)
TOTAAL = "6"
"""Frequentie: the volume is of the whole period."""


@regel("TR350", berichten="WMO317", retourcode="9350", klasse="OngewijzigdProduct", bron="TR350", releases=RELEASES)
def tr350_unchanged_is_a_current_toewijzing(product: OngewijzigdProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """The number is of no current toewijzing of this client at this aanbieder."""
    return _not_current(product.nummer, feiten)


@regel("TR351", berichten="WMO317", retourcode="9351", klasse="TeWijzigenProduct", bron="TR351", releases=RELEASES)
def tr351_changed_is_a_current_toewijzing(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """The number is of no current toewijzing of this client at this aanbieder."""
    return _not_current(product.nummer, feiten)


def _not_current(nummer: int, feiten: VerzoekFeiten) -> Afwijking | None:
    known = feiten.toewijzingen.get(nummer)
    if known is None:
        return Afwijking("Deze client heeft bij deze aanbieder geen toewijzing met dit nummer", gevonden=str(nummer))
    if known.actueel(feiten.vandaag):
        return None
    why = "is verwijderd" if known.vervallen else f"gold {known.periode}"
    return Afwijking(
        f"De toewijzing met dit nummer is niet actueel: zij {why}", gevonden=str(nummer), botst_met=known.bericht_id
    )


@regel("TR357", berichten="WMO317", retourcode="9357", klasse="TeWijzigenProduct", bron="TR357", releases=RELEASES)
def tr357_changes_later_or_from_the_first_day(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """GewensteIngangsdatum does not lie after the Dagtekening of the message, and is not the first day of the
    toewijzing either."""
    known = feiten.actuele(product.nummer)
    begin = product.levering.periode.begin
    if known is None or begin > feiten.dagtekening or begin == known.periode.begin:
        return None
    return Afwijking(
        "GewensteIngangsdatum ligt niet na de Dagtekening en is niet de Ingangsdatum van de toewijzing",
        gevonden=begin.isoformat(),
        verwacht=f"na {feiten.dagtekening.isoformat()}, of {known.periode.begin.isoformat()}",
        botst_met=known.bericht_id,
    )


@regel("TR373", berichten="WMO317", retourcode="9373", klasse="TeWijzigenProduct", bron="TR373", releases=RELEASES)
def tr373_a_total_changes_from_the_first_day(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """The Budget, or an Omvang for the whole period (Frequentie 6), is to change from another day than the first.

    An Omvang that is left out is no other one: TR411 tells when it has to be there. A Budget that is left out is.
    """
    known = feiten.actuele(product.nummer)
    if known is None or product.levering.periode.begin == known.periode.begin or not _total_changes(product, known):
        return None
    begin, eind = known.periode.begin.isoformat(), product.levering.periode.eind
    return Afwijking(
        "Een ander Budget, of een andere Omvang bij Frequentie 6, gaat in op de Ingangsdatum van de toewijzing",
        gevonden=product.levering.periode.begin.isoformat(),
        verwacht=begin,
        botst_met=known.bericht_id,
        # An Einddatum before that day would be wrong in its turn (CS003).
        herstel=(Herstel("GewensteIngangsdatum", begin),) if eind is None or eind >= known.periode.begin else (),
    )


def _total_changes(product: TeWijzigenProduct, known: Toewijzing) -> bool:
    wanted = product.levering
    if wanted.budget != known.budget:
        return True
    is_total = known.omvang is not None and known.omvang.frequentie == TOTAAL
    return is_total and wanted.omvang not in (None, known.omvang)


@regel("TR375", berichten="WMO317", retourcode="9375", klasse="TeWijzigenProduct", bron="TR375", releases=RELEASES)
def tr375_no_omvang_without_product(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """There is an Omvang after 2020, and the toewijzing has no product."""
    known = feiten.actuele(product.nummer)
    if known is None or known.product.categorie is not None:
        return None
    return _no_omvang(product, known, "Omvang moet leeg zijn: de toewijzing heeft geen Product")


@regel("TR411", berichten="WMO317", retourcode="9411", klasse="TeWijzigenProduct", bron="TR411", releases=RELEASES)
def tr411_omvang_with_code(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """There is no Omvang, and the product of the toewijzing has a code."""
    known = feiten.actuele(product.nummer)
    if known is None or known.product.code is None or product.levering.omvang is not None:
        return None
    return Afwijking(
        f"Omvang ontbreekt: de toewijzing heeft een product met Code ({known.product})", botst_met=known.bericht_id
    )


@regel("TR412", berichten="WMO317", retourcode="9412", klasse="TeWijzigenProduct", bron="TR412", releases=RELEASES)
def tr412_no_omvang_without_code(product: TeWijzigenProduct, feiten: VerzoekFeiten) -> Afwijking | None:
    """There is an Omvang after 2020, and the product of the toewijzing, if it has one, has no code."""
    known = feiten.actuele(product.nummer)
    if known is None or known.product.code is not None:
        return None
    return _no_omvang(product, known, f"Omvang moet leeg zijn: de toewijzing heeft geen Code ({known.product})")


def _no_omvang(product: TeWijzigenProduct, known: Toewijzing, why: str) -> Afwijking | None:
    wanted = product.levering
    if wanted.omvang is None or not wanted.na_2020:
        return None
    return Afwijking(
        why, gevonden=_shown(wanted.omvang), botst_met=known.bericht_id, herstel=(Herstel("Omvang", None),)
    )


def _shown(omvang: Omvang) -> str:
    return f"Volume {omvang.volume}, Eenheid {omvang.eenheid}, Frequentie {omvang.frequentie}"


ONGEWIJZIGD_REGELS: Tabel[OngewijzigdProduct, VerzoekFeiten] = Tabel((tr350_unchanged_is_a_current_toewijzing,))
TE_WIJZIGEN_REGELS: Tabel[TeWijzigenProduct, VerzoekFeiten] = Tabel(
    (
        tr351_changed_is_a_current_toewijzing,
        tr357_changes_later_or_from_the_first_day,
        tr373_a_total_changes_from_the_first_day,
        tr375_no_omvang_without_product,
        tr411_omvang_with_code,
        tr412_no_omvang_without_code,
    )
)
