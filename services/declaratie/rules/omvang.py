"""The rules on how much a debit claims, beside what was granted before it.

None of them proposes a change: how much was delivered is for the aanbieder to say, and the most that fits is no advice.
"""

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.lopend import Lopend, budget_cents
from services.declaratie.domain.ruimte import ruimte_of
from shared.iwmo.regels import Afwijking, Tabel, regel


@regel(
    "TR321", berichten="WMO303D WMO303F WMO323", retourcode="9321", klasse="Prestatie", bron="TR321 IV077", vreemd=True
)
def tr321_volume_fits_period(prestatie: Prestatie, lopend: Lopend) -> Afwijking | None:
    """A debit claims more than the Omvang of its toewijzing allows in its ProductPeriode. Not judged: a unit that is
    wrong by itself (TR341), and the frequenties of 2.4 for which there is no rule."""
    ruimte = ruimte_of(prestatie, lopend)
    grens = ruimte.periode if ruimte else None
    if ruimte is None or grens is None or ruimte.gevraagd <= ruimte.in_base(grens):
        return None
    return Afwijking(
        "Het GeleverdVolume is meer dan de toewijzing in deze ProductPeriode toelaat",
        gevonden=str(prestatie.volume),
        verwacht=f"ten hoogste {ruimte.shown(grens)}",
        botst_met_toewijzing=ruimte.toewijzing.bericht_id,
    )


@regel(
    "TR322", berichten="WMO303D WMO303F WMO323", retourcode="9322", klasse="Prestatie", bron="TR322 IV077", vreemd=True
)
def tr322_volume_fits_toewijzing(prestatie: Prestatie, lopend: Lopend) -> Afwijking | None:
    """With what was granted before, credits taken off, a debit goes over all that its toewijzing allows."""
    ruimte = ruimte_of(prestatie, lopend)
    grens = ruimte.totaal if ruimte else None
    if ruimte is None or grens is None:
        return None
    used = ruimte.gebruikt
    if used + ruimte.gevraagd <= ruimte.in_base(grens):
        return None
    return Afwijking(
        "Het GeleverdVolume is samen met wat al toegekend is meer dan de hele toewijzing toelaat",
        gevonden=ruimte.shown_base(used + ruimte.gevraagd),
        verwacht=f"ten hoogste {ruimte.shown(grens)}, waarvan al toegekend {ruimte.shown_base(used)}",
        botst_met_toewijzing=ruimte.toewijzing.bericht_id,
    )


@regel(
    "TR369",
    berichten="WMO323",
    retourcode="9369",
    klasse="Prestatie",
    bron="TR369",
    releases=("3.2",),
    vreemd=True,
)
def tr369_amount_fits_budget(prestatie: Prestatie, lopend: Lopend) -> Afwijking | None:
    """With what was granted before, credits taken off, a debit goes over the Budget of its toewijzing. What counts is
    the volume where that is cents (Eenheid 83), else the amount."""
    toewijzing = lopend.feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.budget is None:
        return None
    used, asked = lopend.cents(prestatie.nummer), budget_cents(prestatie)
    if used + asked <= toewijzing.budget:
        return None
    return Afwijking(
        "Het bedrag is samen met wat al toegekend is meer dan het Budget van de toewijzing",
        gevonden=str(used + asked),
        verwacht=f"ten hoogste {toewijzing.budget}, waarvan al toegekend {used}",
        botst_met_toewijzing=toewijzing.bericht_id,
    )


@regel("TR389", berichten="WMO323", retourcode="9389", klasse="Prestatie", bron="TR389 OP366", releases=("3.2",))
def tr389_claimed_once(prestatie: Prestatie, lopend: Lopend) -> Afwijking | None:
    """An earlier granted debit of the same toewijzing, product and ProductPeriode stands: no credit took it back, not
    in this message either."""
    earlier = lopend.standing(prestatie)
    if earlier is None:
        return None
    return Afwijking(
        "Over dit product en deze ProductPeriode is al een prestatie toegekend; crediteer die eerst",
        gevonden=str(prestatie.periode),
        botst_met=earlier.bericht_id,
    )


OMVANG_REGELS: Tabel[Prestatie, Lopend] = Tabel(
    (tr321_volume_fits_period, tr322_volume_fits_toewijzing, tr369_amount_fits_budget, tr389_claimed_once)
)
