"""The rules that hold the products of a WMO301 against earlier toewijzingen, requests, declarations and contracts."""

from services.toewijzing.domain.feiten import EerderVerzoek, ToewijzingFeiten
from services.toewijzing.domain.toewijzing import ToegewezenProduct, is_newer
from shared.feiten.categorie import code_outside_categorie
from shared.iwmo.regels import Afwijking, Tabel, regel

VERWIJDERD = "13"
"""RedenWijziging of a toewijzing that is taken back."""


@regel("TR332", berichten="WMO301", retourcode="9332", klasse="ToegewezenProduct", bron="TR332")
def tr332_number_denotes_one_toewijzing(product: ToegewezenProduct, feiten: ToewijzingFeiten) -> Afwijking | None:
    """The number already denotes another toewijzing of this gemeente: other client, aanbieder, product or first day."""
    new = product.toewijzing
    known = feiten.bekend.get(new.nummer)
    if known is None:
        return None
    if known.client != new.client:
        return Afwijking(f"ToewijzingNummer {new.nummer} duidt al een andere client aan", botst_met=known.bericht_id)
    for what, before, now in (
        ("een andere aanbieder", known.aanbieder, new.aanbieder),
        ("een ander product", known.product, new.product),
        ("een andere Ingangsdatum", known.periode.begin, new.periode.begin),
    ):
        if before != now:
            return Afwijking(
                f"ToewijzingNummer {new.nummer} duidt al {what} aan",
                gevonden=str(now),
                verwacht=str(before),
                botst_met=known.bericht_id,
            )
    return None


@regel("TR379", berichten="WMO301", retourcode="9379", klasse="ToegewezenProduct", bron="TR379", releases=("3.2",))
def tr379_reference_is_of_an_open_request(product: ToegewezenProduct, feiten: ToewijzingFeiten) -> Afwijking | None:
    """ReferentieAanbieder is of no request of this aanbieder to this gemeente for this client that is still open; or it
    is of a WMO317, which is granted whole, and another product of the message has another reference or none.

    A version that is no newer than the known one may name the request that has been granted: it is sent again.
    """
    referentie = product.referentie_aanbieder
    if referentie is None:
        return None
    request = feiten.verzoeken.get(referentie)
    new = product.toewijzing
    if request is None or (request.gemeente, request.aanbieder, request.client) != (
        new.gemeente,
        new.aanbieder,
        new.client,
    ):
        # The same sentence, whatever differs: that there is such a request elsewhere is not for this gemeente to know.
        return Afwijking(
            "ReferentieAanbieder hoort niet bij een verzoek van deze aanbieder aan deze gemeente voor deze client",
            gevonden=referentie,
        )
    if not request.open:
        again = request.toegewezen and not is_newer(new, feiten.bekend.get(new.nummer))
        return None if again else _settled(request)
    return _granted_in_part(request, feiten) if request.soort == "WMO317" else None


def _settled(request: EerderVerzoek) -> Afwijking:
    if request.toegewezen:
        return Afwijking(
            "Het verzoek met deze ReferentieAanbieder is al toegewezen; een latere versie laat dit element leeg",
            gevonden=request.referentie,
            botst_met=request.toewijzing_bericht_id,
        )
    return Afwijking(
        "Het verzoek met deze ReferentieAanbieder is afgewezen",
        gevonden=request.referentie,
        botst_met=request.antwoord_bericht_id,
    )


def _granted_in_part(request: EerderVerzoek, feiten: ToewijzingFeiten) -> Afwijking | None:
    for referentie, nummer in feiten.dragers.items():
        if referentie != request.referentie:
            return Afwijking(
                "Een verzoek om wijziging wordt in zijn geheel toegewezen: "
                f"ToewijzingNummer {nummer} heeft niet dezelfde ReferentieAanbieder",
                gevonden=referentie,
                verwacht=request.referentie,
                botst_met=request.bericht_id,
            )
    return None


@regel("TR381", berichten="WMO301", retourcode="S329", klasse="ToegewezenProduct", niveau=4, bron="TR381")
def tr381_code_belongs_to_categorie(product: ToegewezenProduct, feiten: ToewijzingFeiten) -> Afwijking | None:
    """The product code does not stand under its category in the list that holds between gemeente and aanbieder.

    What a known number denotes was accepted before and cannot change (TR332): a list that came later must not keep the
    gemeente from ending or withdrawing it.
    """
    new = product.toewijzing
    if new.nummer in feiten.bekend:
        return None
    return code_outside_categorie(new.product, new.aanbieder, new.periode, feiten.contracten, feiten.release)


@regel(
    "TR385",
    berichten="WMO301",
    retourcode="9385",
    klasse="ToegewezenProduct",
    bron="TR385",
    releases=("3.2",),
    vreemd=True,
)
def tr385_nothing_declared_on_what_is_deleted(product: ToegewezenProduct, feiten: ToewijzingFeiten) -> Afwijking | None:
    """RedenWijziging is 13 (deleted), and a granted line on the number has no granted credit."""
    new = product.toewijzing
    lines = feiten.gedeclareerd.get(new.nummer, 0)
    if new.reden_wijziging != VERWIJDERD or lines <= 0:
        return None
    return Afwijking(
        f"Op ToewijzingNummer {new.nummer} zijn prestaties goedgekeurd die niet zijn gecrediteerd",
        gevonden=str(lines),
        verwacht="0",
    )


TOEGEWEZENPRODUCT_REGELS: Tabel[ToegewezenProduct, ToewijzingFeiten] = Tabel(
    (
        tr332_number_denotes_one_toewijzing,
        tr379_reference_is_of_an_open_request,
        tr381_code_belongs_to_categorie,
        tr385_nothing_declared_on_what_is_deleted,
    )
)
