"""The rules on the ProductPeriode of a debit."""

from datetime import date

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.periode import right_begin, right_end
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel


@regel("TR307", berichten="WMO303D WMO303F WMO323", retourcode="9307", klasse="Prestatie", bron="TR307", vreemd=True)
def tr307_period_not_before_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit begins before its toewijzing does."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None or prestatie.periode.begin >= toewijzing.periode.begin:
        return None
    return Afwijking(
        "De ProductPeriode begint voor de Ingangsdatum van de toewijzing",
        gevonden=prestatie.periode.begin.isoformat(),
        verwacht=f"vanaf {toewijzing.periode.begin.isoformat()}",
        botst_met_toewijzing=toewijzing.bericht_id,
    )


@regel("TR308", berichten="WMO303D WMO303F WMO323", retourcode="9308", klasse="Prestatie", bron="TR308", vreemd=True)
def tr308_period_not_after_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit ends after its toewijzing does."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.periode.eind is None or _last(prestatie) <= toewijzing.periode.eind:
        return None
    return Afwijking(
        "De ProductPeriode eindigt na de Einddatum van de toewijzing",
        gevonden=_last(prestatie).isoformat(),
        verwacht=f"tot en met {toewijzing.periode.eind.isoformat()}",
        botst_met_toewijzing=toewijzing.bericht_id,
    )


@regel("TR319", berichten="WMO303D WMO303F WMO323", retourcode="9319", klasse="Prestatie", bron="TR319 IV090")
def tr319_period_fits_declaration(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit ends after the declaratieperiode, or is not within one calendar month; in 2.4, where months have no
    part in it: or begins before the declaratieperiode and ends in it. Any earlier period is right."""
    begin, eind, declared = prestatie.periode.begin, _last(prestatie), feiten.periode
    if eind > (declared.eind or date.max):
        return Afwijking(
            "De ProductPeriode eindigt na de declaratieperiode",
            gevonden=eind.isoformat(),
            verwacht=f"tot en met {declared.eind}",
        )
    if feiten.release == "3.2":
        if (begin.year, begin.month) == (eind.year, eind.month):
            return None
        return Afwijking("De ProductPeriode past niet in een kalendermaand", gevonden=str(prestatie.periode))
    if begin < declared.begin <= eind:
        return Afwijking(
            "De ProductPeriode ligt deels voor en deels in de declaratieperiode",
            gevonden=str(prestatie.periode),
            verwacht=f"geheel voor, of vanaf {declared.begin.isoformat()}",
        )
    return None


@regel(
    "TR387",
    berichten="WMO323",
    retourcode="9387",
    klasse="Prestatie",
    bron="TR387 IV089",
    releases=("3.2",),
    vreemd=True,
)
def tr387_begins_with_month_or_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit does not begin on the first day of its month or, if later, of the toewijzing. When care really started
    plays no part."""
    toewijzing = feiten.toewijzing(prestatie)
    begin = prestatie.periode.begin
    if toewijzing is None:
        return None
    expected = right_begin(begin, toewijzing)
    if begin == expected:
        return None
    fits = expected <= _last(prestatie)
    return Afwijking(
        "De ProductPeriode begint niet op de eerste dag van de maand of van de toewijzing",
        gevonden=begin.isoformat(),
        verwacht=expected.isoformat(),
        botst_met_toewijzing=toewijzing.bericht_id,
        herstel=(Herstel("ProductPeriode/Begindatum", expected.isoformat()),) if fits else (),
    )


@regel(
    "TR388",
    berichten="WMO323",
    retourcode="9388",
    klasse="Prestatie",
    bron="TR388 IV089",
    releases=("3.2",),
    vreemd=True,
)
def tr388_ends_with_month_or_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit does not end on the last day of its month or, if earlier, of the toewijzing. When care really stopped
    plays no part."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None:
        return None
    eind = _last(prestatie)
    expected = right_end(eind, toewijzing)
    if eind == expected:
        return None
    fits = prestatie.periode.begin <= expected
    return Afwijking(
        "De ProductPeriode eindigt niet op de laatste dag van de maand of van de toewijzing",
        gevonden=eind.isoformat(),
        verwacht=expected.isoformat(),
        botst_met_toewijzing=toewijzing.bericht_id,
        herstel=(Herstel("ProductPeriode/Einddatum", expected.isoformat()),) if fits else (),
    )


def _last(prestatie: Prestatie) -> date:
    return prestatie.periode.eind or date.max


PERIODE_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel(
    (
        tr307_period_not_before_toewijzing,
        tr308_period_not_after_toewijzing,
        tr319_period_fits_declaration,
        tr387_begins_with_month_or_toewijzing,
        tr388_ends_with_month_or_toewijzing,
    )
)
