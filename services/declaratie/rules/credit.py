"""The rules on a credit and the debit that it takes back."""

from services.declaratie.domain.declaratie import Prestatie, credited_content
from services.declaratie.domain.deels import DEELBAAR
from services.declaratie.domain.feiten import DeclaratieFeiten
from shared.iwmo.regels import Afwijking, Tabel, regel

CLIENT = "Client"
CREDITED = (
    "gemeente", CLIENT, "ToewijzingNummer", "ProductCategorie", "ProductCode", "ProductPeriode/Begindatum",
    "ProductPeriode/Einddatum", "GeleverdVolume", "Eenheid", "ProductTarief", "Bedrag",
)  # fmt: skip
"""What ``credited_content`` holds, as the messages call it; who the client is, is not told."""


@regel("TR323", berichten="WMO303D WMO303F WMO323", retourcode="8017", klasse="Prestatie", bron="TR323 IV091")
def tr323_credit_equals_a_granted_debit(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A credit takes back no granted debit of this aanbieder with the same content; or one that was granted in part, in
    a message whose answer cannot tell how much it takes back."""
    debit = feiten.eerder.get(prestatie.vorige_referentie or "")
    if debit is None or not debit.toegekend or debit.credit:
        return Afwijking(
            "Er is geen toegekende prestatie om te crediteren",
            gevonden=prestatie.vorige_referentie,
            botst_met=debit.bericht_id if debit else None,
        )
    if debit.gekort and not feiten.deelbaar:
        return Afwijking(
            f"De prestatie is deels toegekend; alleen een {DEELBAAR} kan haar terugnemen",
            gevonden=prestatie.vorige_referentie,
            botst_met=debit.bericht_id,
        )
    content = credited_content(feiten.gemeente, prestatie)
    if debit.inhoud == content:
        return None
    differing = [
        (naam, now, then) for naam, now, then in zip(CREDITED, content, debit.inhoud, strict=True) if now != then
    ]
    return Afwijking(
        f"De credit wijkt af van de prestatie die zij terugneemt, in {', '.join(naam for naam, _, _ in differing)}",
        gevonden=", ".join(str(now) for naam, now, _ in differing if naam != CLIENT) or None,
        verwacht=", ".join(str(then) for naam, _, then in differing if naam != CLIENT) or None,
        botst_met=debit.bericht_id,
    )


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
