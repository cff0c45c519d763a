"""The rules on a line: its number, its toewijzing, its product."""

from dataclasses import replace

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel

VERWIJDERD = "13"
"""RedenWijziging."""


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
    """The number belongs to no accepted toewijzing of this gemeente to this aanbieder for this client. In 2.4, which
    has no TR384, a debit on one that was withdrawn counts as such too (OP276)."""
    toewijzing = feiten.toewijzing(prestatie)
    withdrawn = toewijzing is not None and feiten.release == "2.4" and not prestatie.credit and toewijzing.vervallen
    if toewijzing is not None and not withdrawn:
        return None
    return Afwijking(
        f"Er is geen toewijzing {prestatie.nummer} voor deze client bij deze aanbieder", gevonden=str(prestatie.nummer)
    )


@regel(
    "TR384",
    berichten="WMO323",
    retourcode="9384",
    klasse="Prestatie",
    bron="TR384",
    releases=("3.2",),
    vreemd=True,
)
def tr384_toewijzing_is_not_withdrawn(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """A debit on a toewijzing whose current version was withdrawn (RedenWijziging 13)."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.reden_wijziging != VERWIJDERD:
        return None
    return Afwijking(
        "De toewijzing is verwijderd (RedenWijziging 13)",
        gevonden=str(prestatie.nummer),
        botst_met_toewijzing=toewijzing.bericht_id,
    )


@regel("TR339", berichten="WMO303D WMO303F WMO323", retourcode="9339", klasse="Prestatie", bron="TR339", vreemd=True)
def tr339_categorie_is_that_of_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The toewijzing names a categorie, and a debit has another."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.product.categorie in (None, prestatie.categorie):
        return None
    return Afwijking(
        "De ProductCategorie is niet die van de toewijzing",
        gevonden=prestatie.categorie,
        verwacht=toewijzing.product.categorie,
        botst_met_toewijzing=toewijzing.bericht_id,
        herstel=()
        if _of_another(prestatie, toewijzing)
        else (Herstel("ProductCategorie", toewijzing.product.categorie),),
    )


@regel("TR340", berichten="WMO303D WMO303F WMO323", retourcode="9340", klasse="Prestatie", bron="TR340", vreemd=True)
def tr340_code_is_that_of_toewijzing(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The toewijzing names a product code, and a debit has another."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None or toewijzing.product.code in (None, prestatie.code):
        return None
    return Afwijking(
        "De ProductCode is niet die van de toewijzing",
        gevonden=prestatie.code,
        verwacht=toewijzing.product.code,
        botst_met_toewijzing=toewijzing.bericht_id,
        herstel=() if _of_another(prestatie, toewijzing) else (Herstel("ProductCode", toewijzing.product.code),),
    )


def _of_another(prestatie: Prestatie, toewijzing: Toewijzing) -> bool:
    """Whether so much differs that the number is as likely to be wrong as the product."""
    product = toewijzing.product
    return product.categorie not in (None, prestatie.categorie) and product.code not in (None, prestatie.code)


@regel(
    "TR381",
    berichten="WMO303D WMO303F WMO323",
    retourcode="S329",
    klasse="Prestatie",
    niveau=4,
    bron="TR381",
    vreemd=True,
)
def tr381_code_falls_under_categorie(prestatie: Prestatie, feiten: DeclaratieFeiten) -> Afwijking | None:
    """The product code does not stand under this categorie in the list between gemeente and aanbieder."""
    found = feiten.outside_categorie(prestatie)
    if found is None or not found.herstel or _agrees(prestatie, found.herstel[0].waarde, feiten):
        return found
    return replace(found, herstel=())


def _agrees(prestatie: Prestatie, categorie: str | None, feiten: DeclaratieFeiten) -> bool:
    """Whether a line with this categorie would be right by its toewijzing (TR339, TR340)."""
    toewijzing = feiten.toewijzing(prestatie)
    if toewijzing is None:
        return False
    return toewijzing.product.categorie in (None, categorie) and toewijzing.product.code in (None, prestatie.code)


PRESTATIE_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel((tr314_reference_is_new, tr338_toewijzing_exists))
"""On every line, debit or credit."""

DEBET_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel(
    (
        tr384_toewijzing_is_not_withdrawn,
        tr339_categorie_is_that_of_toewijzing,
        tr340_code_is_that_of_toewijzing,
        tr381_code_falls_under_categorie,
    )
)
