"""Signals: what the parties should look at, though no rule refuses it (regels-op)."""

from services.toewijzing.domain.bezetting import Bezetting
from services.toewijzing.domain.signaal import ClientFeiten
from services.toewijzing.domain.toewijzing import Toewijzingsbericht
from services.toewijzing.domain.verzoek import AangevraagdProduct
from shared.iwmo.regels import Afwijking, Tabel, regel

MOST_SHOWN = 20
"""Numbers in one signal: it is read by people."""


@regel("OP087", berichten="WMO301", retourcode="", klasse="Client", niveau=0, bron="OP087")
def op087_holds_every_current_toewijzing(bericht: Toewijzingsbericht, feiten: ClientFeiten) -> Afwijking | None:
    """The client has a toewijzing at this aanbieder, current on the day of the message, that the message lacks.

    What was decided after that day could not be in it.
    """
    named = {product.toewijzing.nummer for product in bericht.producten}
    missing = [
        one
        for one in feiten.toewijzingen
        if one.nummer not in named and one.actueel(feiten.dag) and one.moment.date() <= feiten.dag
    ]
    if not missing:
        return None
    numbers = ", ".join(str(one.nummer) for one in missing[:MOST_SHOWN])
    return Afwijking(
        "Het bericht bevat niet alle actuele toewijzingen van de client bij deze aanbieder: deze ontbreken",
        gevonden=f"{numbers} en {len(missing) - MOST_SHOWN} meer" if len(missing) > MOST_SHOWN else numbers,
        botst_met=missing[0].bericht_id,
    )


@regel(
    "OP307", berichten="WMO315", retourcode="", klasse="AangevraagdProduct", niveau=0, bron="OP307", releases=("3.2",)
)
def op307_asks_for_what_is_not_assigned_yet(product: AangevraagdProduct, actueel: Bezetting) -> Afwijking | None:
    """A current toewijzing of the client at this aanbieder overlaps in time, for a product that is or may be equal."""
    asked = product.levering
    known = actueel.clash(asked.product, asked.periode)
    if known is None:
        return None
    return Afwijking(
        f"Voor dit product is in deze periode al een actuele toewijzing: ToewijzingNummer {known.nummer}",
        gevonden=f"{asked.product}, {asked.periode}",
        botst_met=known.bericht_id,
    )


CLIENT_301_SIGNALEN: Tabel[Toewijzingsbericht, ClientFeiten] = Tabel((op087_holds_every_current_toewijzing,))
AANGEVRAAGD_SIGNALEN: Tabel[AangevraagdProduct, Bezetting] = Tabel((op307_asks_for_what_is_not_assigned_yet,))
