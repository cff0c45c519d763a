"""The rules on a credit and the debit that it takes back."""

from services.declaratie.domain.declaratie import Prestatie, credited_content
from services.declaratie.domain.feiten import DeclaratieFeiten
from shared.iwmo.regels import Afwijking, Tabel, regel


@regel("TR323", berichten="WMO303D WMO303F WMO323", retourcode="8017", klasse="Prestatie", bron="TR323 IV091")
def tr323_credit_equals_a_granted_debit(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A credit takes back no granted debit of this aanbieder with the same content."""
    debit = feiten.eerder.get(prestatie.vorige_referentie or "")
    if debit is None or not debit.toegekend or debit.credit:
        return Afwijking(
            "Er is geen toegekende prestatie om te crediteren",
            gevonden=prestatie.vorige_referentie,
            botst_met=debit.bericht_id if debit else None,
        )
    if debit.inhoud != credited_content(feiten.gemeente, prestatie):
        return Afwijking(
            "De credit wijkt af van de prestatie die zij terugneemt",
            gevonden=prestatie.vorige_referentie,
            botst_met=debit.bericht_id,
        )
    return None


@regel("TR390", berichten="WMO303D WMO303F WMO323", retourcode="9390", klasse="Prestatie", bron="TR390")
def tr390_credited_once(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The debit was already taken back by an earlier credit."""
    earlier = feiten.gecrediteerd.get(prestatie.vorige_referentie or "")
    if earlier is None:
        return None
    return Afwijking(
        "Deze prestatie is al eerder gecrediteerd", gevonden=prestatie.vorige_referentie, botst_met=earlier
    )


CREDIT_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel((tr323_credit_equals_a_granted_debit, tr390_credited_once))
