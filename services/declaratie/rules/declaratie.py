"""The rules on a declaration as a whole, and on its clients."""

from datetime import date, timedelta
from typing import Protocol

from services.declaratie.domain.declaratie import Client, Declaratie
from services.declaratie.domain.feiten import DeclaratieFeiten
from shared.iwmo.regels import Afwijking, Tabel, regel
from shared.iwmo.waarden import Periode


class EerderNummer(Protocol):
    """Facts that know whether a number was used before."""

    @property
    def eerdere_declaratie(self) -> str | None:
        """The message that used it."""
        ...


@regel("TR333", berichten="WMO303D WMO303F WMO323", retourcode="9333", klasse="Declaratie", bron="TR333")
def tr333_declaration_number_is_new(declaratie: Declaratie, feiten: EerderNummer) -> Afwijking | None:
    """The aanbieder used this number before in a declaration that was processed."""
    if feiten.eerdere_declaratie is None:
        return None
    return Afwijking(
        "Dit nummer is al gebruikt voor een eerder verwerkte declaratie",
        gevonden=declaratie.nummer,
        botst_met=feiten.eerdere_declaratie,
    )


@regel("TR318", berichten="WMO303D WMO303F WMO323", retourcode="8214", klasse="Declaratie", bron="TR318 IV090")
def tr318_period_not_before_the_last(declaratie: Declaratie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The period begins before the last that this aanbieder declared at this gemeente: in 3.2 in an earlier month, in
    2.4, where a period may be anything, on an earlier day."""
    if feiten.laatste is None:
        return None
    first = _first(feiten.laatste.periode.begin, feiten)
    if declaratie.periode.begin >= first:
        return None
    return Afwijking(
        "De declaratieperiode ligt voor de laatst gedeclareerde periode",
        gevonden=str(declaratie.periode),
        verwacht=f"vanaf {first.isoformat()}",
        botst_met=feiten.laatste.bericht_id,
    )


@regel("OP284", berichten="WMO303D WMO303F WMO323", retourcode="", klasse="Declaratie", niveau=0, bron="OP284 TR318")
def op284_periods_join_up(declaratie: Declaratie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """Between the last declared period and this one whole months, or in 2.4 days, were passed over. That is allowed
    when nothing was delivered in them, which no message can tell; so it is only a sign."""
    if feiten.laatste is None or feiten.laatste.periode.eind is None:
        return None
    follows = _following(feiten.laatste.periode.eind, feiten)
    if declaratie.periode.begin <= follows:
        return None
    gap = Periode(follows, declaratie.periode.begin - timedelta(days=1))
    return Afwijking(
        "Tussen de laatst gedeclareerde periode en deze is niets gedeclareerd",
        gevonden=str(gap),
        verwacht=f"een periode vanaf {follows.isoformat()}, als daarin geleverd is",
        botst_met=feiten.laatste.bericht_id,
    )


def _first(begin: date, feiten: DeclaratieFeiten) -> date:
    """The first day on which a period may begin after one that began on this day."""
    return begin.replace(day=1) if feiten.release == "3.2" else begin


def _following(eind: date, feiten: DeclaratieFeiten) -> date:
    """The first day after a period, and in 3.2 after the month that it ended in."""
    if feiten.release == "3.2":
        eind = (eind.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return eind + timedelta(days=1)


@regel("TR304", berichten="WMO303D WMO303F WMO323", retourcode="8187", klasse="Client", bron="TR304", vreemd=True)
def tr304_client_has_a_toewijzing(client: Client, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The client has no accepted toewijzing of this gemeente at this aanbieder at all."""
    if client.client in feiten.clienten:
        return None
    return Afwijking("Deze client heeft bij deze aanbieder geen enkele toewijzing van deze gemeente")


DECLARATIE_REGELS: Tabel[Declaratie, DeclaratieFeiten] = Tabel(
    (tr333_declaration_number_is_new, tr318_period_not_before_the_last)
)
SIGNALEN: Tabel[Declaratie, DeclaratieFeiten] = Tabel((op284_periods_join_up,))
CLIENT_REGELS: Tabel[Client, DeclaratieFeiten] = Tabel((tr304_client_has_a_toewijzing,))
