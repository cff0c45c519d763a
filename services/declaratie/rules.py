"""The rules on WMO303D, WMO303F and WMO323 against other facts, one function each, in a table per class."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from services.declaratie.domain import (
    Client,
    Declaratie,
    EerderePrestatie,
    Prestatie,
    credited_content,
    minute_tariff,
    minutes_amount,
)
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Afwijking, Tabel, regel
from shared.iwmo.waarden import EURO, MINUUT, UUR


@dataclass(frozen=True, slots=True)
class DeclaratieFeiten:
    """What the rules compare with."""

    gemeente: str
    aanbieder: str
    eerdere_declaratie: str | None
    clienten: Set[str]
    toewijzingen: Mapping[int, Toewijzing]
    contracten: Contracten
    eerder: Mapping[str, EerderePrestatie]
    """Lines of earlier declarations, by ReferentieNummer: those of this message and those that it takes back."""
    gecrediteerd: Set[str]
    """The numbers that an earlier credit took back."""
    dubbel: Set[str]
    """The numbers that this message uses more than once."""


def _toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Toewijzing | None:
    """The toewijzing of a line, when it really is one for this client at this aanbieder."""
    found = feiten.toewijzingen.get(prestatie.nummer)
    if found is None or (found.aanbieder, found.client) != (feiten.aanbieder, prestatie.client):
        return None
    return found


@regel("TR333", berichten="WMO303D WMO303F WMO323", retourcode="9333", klasse="Declaratie", bron="TR333")
def tr333_declaration_number_is_new(declaratie: Declaratie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The aanbieder used this number before in a declaration that was processed."""
    if feiten.eerdere_declaratie is None:
        return None
    return Afwijking(
        "Dit nummer is al gebruikt voor een eerder verwerkte declaratie",
        gevonden=declaratie.nummer,
        botst_met=feiten.eerdere_declaratie,
    )


@regel(
    "TR304", berichten="WMO303D WMO303F WMO323 WMO325", retourcode="8187", klasse="Client", bron="TR304", vreemd=True
)
def tr304_client_has_a_toewijzing(client: Client, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The client has no accepted toewijzing of this gemeente at this aanbieder at all."""
    if client.client in feiten.clienten:
        return None
    return Afwijking("Deze client heeft bij deze aanbieder geen enkele toewijzing van deze gemeente")


@regel("TR314", berichten="WMO303D WMO303F WMO323", retourcode="8021", klasse="Prestatie", bron="TR314")
def tr314_reference_is_new(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The ReferentieNummer was used before, in this message or an earlier processed one."""
    earlier = feiten.eerder.get(prestatie.referentie)
    if earlier is None and prestatie.referentie not in feiten.dubbel:
        return None
    return Afwijking(
        "Dit ReferentieNummer is al gebruikt",
        gevonden=prestatie.referentie,
        botst_met=earlier.bericht_id if earlier else None,
    )


@regel("TR338", berichten="WMO303D WMO303F WMO323", retourcode="9338", klasse="Prestatie", bron="TR338", vreemd=True)
def tr338_toewijzing_exists(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The number belongs to no accepted toewijzing of this gemeente to this aanbieder for this client."""
    if _toewijzing(prestatie, feiten) is not None:
        return None
    return Afwijking(
        f"Er is geen toewijzing {prestatie.nummer} voor deze client bij deze aanbieder", gevonden=str(prestatie.nummer)
    )


@regel("TR307", berichten="WMO303D WMO303F WMO323", retourcode="9307", klasse="Prestatie", bron="TR307", vreemd=True)
def tr307_period_not_before_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit begins before its toewijzing does."""
    toewijzing = _toewijzing(prestatie, feiten)
    if prestatie.credit or toewijzing is None or prestatie.periode.begin >= toewijzing.periode.begin:
        return None
    return Afwijking(
        "De ProductPeriode begint voor de Ingangsdatum van de toewijzing",
        gevonden=prestatie.periode.begin.isoformat(),
        verwacht=f"vanaf {toewijzing.periode.begin.isoformat()}",
    )


@regel("TR308", berichten="WMO303D WMO303F WMO323", retourcode="9308", klasse="Prestatie", bron="TR308", vreemd=True)
def tr308_period_not_after_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit ends after its toewijzing does."""
    toewijzing = _toewijzing(prestatie, feiten)
    if prestatie.credit or toewijzing is None or toewijzing.periode.eind is None or prestatie.periode.eind is None:
        return None
    if prestatie.periode.eind <= toewijzing.periode.eind:
        return None
    return Afwijking(
        "De ProductPeriode eindigt na de Einddatum van de toewijzing",
        gevonden=prestatie.periode.eind.isoformat(),
        verwacht=f"tot en met {toewijzing.periode.eind.isoformat()}",
    )


@regel("TR339", berichten="WMO303D WMO303F WMO323", retourcode="9339", klasse="Prestatie", bron="TR339", vreemd=True)
def tr339_categorie_is_that_of_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The toewijzing names a categorie, and a debit has another."""
    toewijzing = _toewijzing(prestatie, feiten)
    if prestatie.credit or toewijzing is None or toewijzing.product.categorie in (None, prestatie.categorie):
        return None
    return Afwijking(
        "De ProductCategorie is niet die van de toewijzing",
        gevonden=prestatie.categorie,
        verwacht=toewijzing.product.categorie,
    )


@regel("TR340", berichten="WMO303D WMO303F WMO323", retourcode="9340", klasse="Prestatie", bron="TR340", vreemd=True)
def tr340_code_is_that_of_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The toewijzing names a product code, and a debit has another."""
    toewijzing = _toewijzing(prestatie, feiten)
    if prestatie.credit or toewijzing is None or toewijzing.product.code in (None, prestatie.code):
        return None
    return Afwijking(
        "De ProductCode is niet die van de toewijzing", gevonden=prestatie.code, verwacht=toewijzing.product.code
    )


@regel("TR346", berichten="WMO303D WMO303F WMO323", retourcode="9346", klasse="Prestatie", bron="TR346", vreemd=True)
def tr346_amount_is_volume_times_tariff(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The amount is not what volume and tariff make; minutes go by the contract's tariff per hour, if it has one."""
    if prestatie.credit or prestatie.eenheid == EURO:
        return None
    if prestatie.eenheid == MINUUT:
        contract = feiten.contracten.tarief(prestatie.code, feiten.aanbieder, prestatie.periode.begin)
        if contract is not None and contract.eenheid == UUR and contract.cents is not None:
            return _amount(prestatie, minutes_amount(contract.cents, prestatie.volume), eigen=False)
        if contract is None:
            return None  # rounding per minute cannot be checked without the tariff per hour
    if prestatie.tarief is None:
        return Afwijking("ProductTarief ontbreekt bij een eenheid die geen euro is", eigen=True)
    return _amount(prestatie, prestatie.volume * prestatie.tarief, eigen=prestatie.eenheid != MINUUT)


def _amount(prestatie: Prestatie, expected: int, *, eigen: bool) -> Afwijking | None:
    if prestatie.bedrag == expected:
        return None
    return Afwijking(
        "Het bedrag is niet het GeleverdVolume maal het tarief",
        gevonden=str(prestatie.bedrag),
        verwacht=str(expected),
        eigen=eigen,
    )


@regel("TR418", berichten="WMO303D WMO303F WMO323", retourcode="0611", klasse="Prestatie", bron="TR418", vreemd=True)
def tr418_tariff_is_that_of_contract(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The tariff is not the contract's, of this product at this aanbieder on the first day of the period."""
    if prestatie.credit or prestatie.eenheid == EURO:
        return None
    contract = feiten.contracten.tarief(prestatie.code, feiten.aanbieder, prestatie.periode.begin)
    if contract is None or contract.cents is None:
        return None  # whether the product is contracted at all is for TR381
    per_minute = contract.eenheid == UUR and prestatie.eenheid == MINUUT
    if contract.eenheid != prestatie.eenheid and not per_minute:
        return None  # another unit is for TR341
    expected = minute_tariff(contract.cents) if per_minute else contract.cents
    if prestatie.tarief == expected:
        return None
    return Afwijking(
        "Het ProductTarief is niet het tarief van het contract",
        gevonden=str(prestatie.tarief),
        verwacht=str(expected),
    )


@regel("TR323", berichten="WMO303D WMO303F WMO323", retourcode="8017", klasse="Prestatie", bron="TR323")
def tr323_credit_equals_a_granted_debit(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A credit takes back no granted debit with the same content."""
    if not prestatie.credit:
        return None
    debit = feiten.eerder.get(prestatie.vorige_referentie or "")
    if debit is None or not debit.toegekend or debit.credit:
        return Afwijking("Er is geen toegekende prestatie om te crediteren", gevonden=prestatie.vorige_referentie)
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
    if not prestatie.credit or prestatie.vorige_referentie not in feiten.gecrediteerd:
        return None
    return Afwijking("Deze prestatie is al eerder gecrediteerd", gevonden=prestatie.vorige_referentie)


DECLARATIE_REGELS: Tabel[Declaratie, DeclaratieFeiten] = Tabel((tr333_declaration_number_is_new,))
CLIENT_REGELS: Tabel[Client, DeclaratieFeiten] = Tabel((tr304_client_has_a_toewijzing,))
PRESTATIE_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel(
    (
        tr314_reference_is_new,
        tr338_toewijzing_exists,
        tr307_period_not_before_toewijzing,
        tr308_period_not_after_toewijzing,
        tr339_categorie_is_that_of_toewijzing,
        tr340_code_is_that_of_toewijzing,
        tr346_amount_is_volume_times_tariff,
        tr418_tariff_is_that_of_contract,
        tr323_credit_equals_a_granted_debit,
        tr390_credited_once,
    )
)
