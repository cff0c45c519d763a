"""The rules that hold a request (WMO315, WMO317) against toewijzingen, earlier requests and contracts."""

from services.toewijzing.domain.feiten import VerzoekFeiten
from services.toewijzing.domain.levering import find_stapeling
from services.toewijzing.domain.verzoek import (
    AangevraagdProduct,
    NieuwProduct,
    VerzoekOmToewijzing,
    VerzoekOmWijziging,
    gewenste_situatie,
)
from shared.feiten.categorie import code_outside_categorie
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking, Tabel, regel

RELEASES: tuple[Release, ...] = ("3.2",)


@regel("TR304", berichten="WMO317", retourcode="8187", klasse="Client", bron="TR304", releases=RELEASES)
def tr304_client_has_had_a_toewijzing(_: VerzoekOmWijziging, feiten: VerzoekFeiten) -> Afwijking | None:
    """This gemeente never sent this aanbieder a toewijzing for this client; one that was withdrawn counts."""
    if feiten.toewijzingen:
        return None
    return Afwijking("Deze gemeente heeft deze aanbieder geen toewijzing voor deze client gestuurd")


@regel(
    "TR374",
    berichten="WMO315 WMO317",
    retourcode="9374",
    klasse="Client Verzoek",
    bron="TR374",
    releases=RELEASES,
)
def tr374_no_other_request_is_open(
    _: VerzoekOmToewijzing | VerzoekOmWijziging, feiten: VerzoekFeiten
) -> Afwijking | None:
    """An earlier request of this aanbieder to this gemeente for this client is neither refused nor granted yet; of a
    WMO315, each product. Under investigation it is open."""
    if not feiten.openstaand:
        return None
    earlier = feiten.openstaand[0]
    return Afwijking(
        "Voor deze client staat nog een verzoek open",
        gevonden=earlier.referentie,
        botst_met=earlier.bericht_id,
    )


@regel(
    "TR347",
    berichten="WMO315 WMO317",
    retourcode="9347",
    klasse="AangevraagdProduct Verzoek",
    bron="TR347",
    releases=RELEASES,
)
def tr347_reference_is_new(verzoek: AangevraagdProduct | VerzoekOmWijziging, feiten: VerzoekFeiten) -> Afwijking | None:
    """This aanbieder has used the ReferentieAanbieder in an earlier request, to whichever gemeente."""
    earlier = feiten.eerder.get(verzoek.referentie_aanbieder)
    if earlier is None:
        return None
    return Afwijking(
        "ReferentieAanbieder is al gebruikt in een eerder verzoek",
        gevonden=earlier.referentie,
        botst_met=earlier.bericht_id,
    )


@regel("TR349", berichten="WMO317", retourcode="9349", klasse="Verzoek", bron="TR349", releases=RELEASES)
def tr349_names_every_current_toewijzing(verzoek: VerzoekOmWijziging, feiten: VerzoekFeiten) -> Afwijking | None:
    """A current toewijzing of this client at this aanbieder is neither to stay nor to change."""
    named = {one.nummer for one in verzoek.ongewijzigd} | {one.nummer for one in verzoek.te_wijzigen}
    missing = {nummer: one for nummer, one in feiten.actueel.items() if nummer not in named}
    if not missing:
        return None
    brought = {one.bericht_id for one in missing.values()}
    return Afwijking(
        "Niet alle actuele toewijzingen staan als OngewijzigdProduct of TeWijzigenProduct in het verzoek",
        verwacht=", ".join(str(nummer) for nummer in sorted(missing)),
        botst_met=brought.pop() if len(brought) == 1 else None,
    )


@regel("TR361", berichten="WMO317", retourcode="9361", klasse="Verzoek", bron="TR361", releases=RELEASES)
def tr361_desired_products_do_not_overlap(verzoek: VerzoekOmWijziging, feiten: VerzoekFeiten) -> Afwijking | None:
    """In the situation asked for, a product overlaps with an equal one, or one that may be equal; aids apart.

    The first pair is told. (Two new products never get here: TR410 stops them within the message.)
    """
    desired = list(gewenste_situatie(verzoek, feiten.actueel))
    clash = next(iter(find_stapeling(desired)), None)
    if clash is None:
        return None
    other = next(f"{product}, {periode}" for plek, product, periode in desired if plek == clash.met)
    return Afwijking(
        f"In de gewenste situatie overlapt een product in tijd met {other}",
        gevonden=f"{clash.product}, {clash.periode}",
        botst_met_plek=clash.plek,
    )


@regel(
    "TR381",
    berichten="WMO315 WMO317",
    retourcode="S329",
    klasse="AangevraagdProduct NieuwProduct",
    niveau=4,
    bron="TR381",
    releases=RELEASES,
)
def tr381_code_belongs_to_categorie(
    product: AangevraagdProduct | NieuwProduct, feiten: VerzoekFeiten
) -> Afwijking | None:
    """The product code does not stand under its category in the list that holds between gemeente and aanbieder."""
    wanted = product.levering
    return code_outside_categorie(wanted.product, feiten.aanbieder, wanted.periode, feiten.contracten, feiten.release)


CLIENT_315_REGELS: Tabel[VerzoekOmToewijzing, VerzoekFeiten] = Tabel((tr374_no_other_request_is_open,))
CLIENT_317_REGELS: Tabel[VerzoekOmWijziging, VerzoekFeiten] = Tabel((tr304_client_has_had_a_toewijzing,))
AANGEVRAAGDPRODUCT_REGELS: Tabel[AangevraagdProduct, VerzoekFeiten] = Tabel(
    (tr347_reference_is_new, tr381_code_belongs_to_categorie)
)
VERZOEK_REGELS: Tabel[VerzoekOmWijziging, VerzoekFeiten] = Tabel(
    (
        tr347_reference_is_new,
        tr349_names_every_current_toewijzing,
        tr361_desired_products_do_not_overlap,
        tr374_no_other_request_is_open,
    )
)
NIEUWPRODUCT_REGELS: Tabel[NieuwProduct, VerzoekFeiten] = Tabel((tr381_code_belongs_to_categorie,))
