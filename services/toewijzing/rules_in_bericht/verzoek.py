"""The rules on requests (WMO315, WMO317) and their answer (WMO319), messages that only 3.2 has."""

from services.toewijzing.domain.verzoek import (
    AangevraagdProduct,
    Antwoord,
    NieuwProduct,
    Verwijzer,
    VerzoekOmWijziging,
)
from shared.iwmo.catalogus import Release
from shared.iwmo.in_bericht import Sleutels, shown
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Tabel, regel

RELEASES: tuple[Release, ...] = ("3.2",)
MET_AGB_CODE = frozenset({"02", "03", "04", "05"})
"""Referrers that may have an AGB code: huisarts, jeugdarts, gecertificeerde instelling, medisch specialist."""
AFGEWEZEN, IN_ONDERZOEK = "1", "2"


@regel("CD043", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CD043", releases=RELEASES)
def cd043_beschikking_has_number_and_day(product: AangevraagdProduct, _: object) -> Afwijking | None:
    """Of BeschikkingNummer and BeschikkingIngangsdatum one is given without the other."""
    if (product.beschikking_nummer is None) == (product.beschikking_ingangsdatum is None):
        return None
    if product.beschikking_nummer is None:
        return Afwijking("BeschikkingIngangsdatum moet leeg zijn: er is geen BeschikkingNummer")
    return Afwijking("BeschikkingIngangsdatum ontbreekt bij het BeschikkingNummer")


@regel("CD066", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CD066", releases=RELEASES)
def cd066_no_name_beside_code(verwijzer: Verwijzer, _: object) -> Afwijking | None:
    """A referrer that may have an AGB code has one, and a name as well."""
    if verwijzer.soort not in MET_AGB_CODE or not verwijzer.zorgverlener_code or not verwijzer.naam:
        return None
    return Afwijking("Naam van de verwijzer moet leeg zijn: ZorgverlenerCode is gevuld")


@regel("CD067", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CD067", releases=RELEASES)
def cd067_name_without_code(verwijzer: Verwijzer, _: object) -> Afwijking | None:
    """A referrer that may have an AGB code has neither one nor a name."""
    if verwijzer.soort not in MET_AGB_CODE or verwijzer.zorgverlener_code or verwijzer.naam:
        return None
    return Afwijking(f"Naam en ZorgverlenerCode ontbreken bij verwijzer van Type {verwijzer.soort}")


@regel("CD068", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="CD068", releases=RELEASES)
def cd068_code_of_those_who_have_one(verwijzer: Verwijzer, _: object) -> Afwijking | None:
    """A referrer that has no AGB code is given one."""
    if verwijzer.soort in MET_AGB_CODE or not verwijzer.zorgverlener_code:
        return None
    return Afwijking(f"ZorgverlenerCode moet leeg zijn bij verwijzer van Type {verwijzer.soort}")


@regel("TR383", berichten="WMO315", klasse="AangevraagdProduct", niveau=2, bron="TR383", releases=RELEASES)
def tr383_reference_is_unique(sleutels: Sleutels, _: object) -> Afwijking | None:
    """Another aangevraagd product of the message has the same ReferentieAanbieder."""
    if sleutels.eerste_plek is None:
        return None
    return Afwijking(
        "ReferentieAanbieder staat al bij een ander aangevraagd product",
        gevonden=shown(sleutels.sleutel),
        botst_met_plek=sleutels.eerste_plek,
    )


@regel("TR352", berichten="WMO317", klasse="Verzoek", niveau=2, bron="TR352", releases=RELEASES)
def tr352_rests_on_a_toewijzing(verzoek: VerzoekOmWijziging, _: object) -> Afwijking | None:
    """There is neither an unchanged product nor one to change."""
    if verzoek.ongewijzigd or verzoek.te_wijzigen:
        return None
    return Afwijking("Het verzoek bevat geen OngewijzigdProduct en geen TeWijzigenProduct")


@regel("TR353", berichten="WMO317", klasse="Verzoek", niveau=2, bron="TR353", releases=RELEASES)
def tr353_asks_for_something(verzoek: VerzoekOmWijziging, _: object) -> Afwijking | None:
    """There is neither a product to change nor a new one."""
    if verzoek.te_wijzigen or verzoek.nieuw:
        return None
    return Afwijking("Het verzoek bevat geen TeWijzigenProduct en geen NieuwProduct")


@regel("TR380", berichten="WMO317", klasse="NieuwProduct", niveau=2, bron="TR380", releases=RELEASES)
def tr380_new_product_begins_later(product: NieuwProduct, kop: Kop) -> Afwijking | None:
    """A new product is to begin on the Dagtekening of the message or before."""
    begin = product.levering.periode.begin
    if begin > kop.dagtekening:
        return None
    return Afwijking(
        "GewensteIngangsdatum ligt niet na de Dagtekening van het bericht",
        gevonden=begin.isoformat(),
        verwacht=f"na {kop.dagtekening.isoformat()}",
    )


@regel("CD085", berichten="WMO319", klasse="Antwoord", niveau=2, bron="CD085", releases=RELEASES)
def cd085_reason_of_a_refusal(antwoord: Antwoord, _: object) -> Afwijking | None:
    """A request is refused without a reason."""
    if antwoord.verzoek_antwoord != AFGEWEZEN or antwoord.reden_afwijzing is not None:
        return None
    return Afwijking("RedenAfwijzingVerzoek ontbreekt bij VerzoekAntwoord 1 (verzoek afgewezen)")


@regel("CD086", berichten="WMO319", klasse="Antwoord", niveau=2, bron="CD086", releases=RELEASES)
def cd086_no_reason_while_under_investigation(antwoord: Antwoord, _: object) -> Afwijking | None:
    """A request is under investigation, and there is a reason for refusing it."""
    if antwoord.verzoek_antwoord != IN_ONDERZOEK or antwoord.reden_afwijzing is None:
        return None
    return Afwijking(
        "RedenAfwijzingVerzoek moet leeg zijn bij VerzoekAntwoord 2 (aanvraag in onderzoek)",
        gevonden=antwoord.reden_afwijzing,
    )


AANGEVRAAGDPRODUCT_REGELS: Tabel[AangevraagdProduct, object] = Tabel((cd043_beschikking_has_number_and_day,))
VERWIJZER_REGELS: Tabel[Verwijzer, object] = Tabel(
    (cd066_no_name_beside_code, cd067_name_without_code, cd068_code_of_those_who_have_one)
)
REFERENTIE_REGELS: Tabel[Sleutels, object] = Tabel((tr383_reference_is_unique,))
VERZOEK_REGELS: Tabel[VerzoekOmWijziging, object] = Tabel((tr352_rests_on_a_toewijzing, tr353_asks_for_something))
NIEUWPRODUCT_REGELS: Tabel[NieuwProduct, Kop] = Tabel((tr380_new_product_begins_later,))
ANTWOORD_REGELS: Tabel[Antwoord, object] = Tabel((cd085_reason_of_a_refusal, cd086_no_reason_while_under_investigation))
