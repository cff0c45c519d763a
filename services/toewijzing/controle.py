"""What this service can say of a message on its own (level 2): no database, no keys, nothing remembered."""

from collections.abc import Callable, Iterable

from services.toewijzing.domain.client import Client
from services.toewijzing.domain.levering import Stapeling, find_stapeling
from services.toewijzing.domain.toewijzing import ToegewezenProduct, Toewijzingsbericht
from services.toewijzing.domain.verzoek import AangevraagdProduct, Antwoord, VerzoekOmToewijzing, VerzoekOmWijziging
from services.toewijzing.messages.toewijzing import read_301
from services.toewijzing.messages.verzoek import read_315, read_317, read_319
from services.toewijzing.rules_in_bericht import client as client_regels
from services.toewijzing.rules_in_bericht import levering as levering_regels
from services.toewijzing.rules_in_bericht import stapeling as stapeling_regels
from services.toewijzing.rules_in_bericht import verzoek as verzoek_regels
from shared.iwmo.codec import Inhoud
from shared.iwmo.in_bericht import judge_days, judge_uniqueness, repeated
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import PERSOON_REGELS
from shared.iwmo.regels import Melding, Tabel

SOORTEN = frozenset({"WMO301", "WMO315", "WMO317", "WMO319"})


def check(kop: Kop, inhoud: Inhoud) -> list[Melding]:
    """Every rule that a message of SOORTEN breaks within itself; raises SchemaError on a date that no calendar has."""
    return _CHECKS[kop.soort.naam](kop, inhoud)


def judge_301(bericht: Toewijzingsbericht, kop: Kop) -> list[Melding]:
    """The client, then each toegewezen product."""
    meldingen = _judge_client(bericht.client, kop)
    release = kop.soort.release
    days = [(one.plek, "Toewijzingsdatum", one.toewijzingsdatum) for one in bericht.producten]
    meldingen += judge_days(days, kop)
    keys = [(one.plek, "ToegewezenProduct", one.toewijzing.nummer) for one in bericht.producten]
    meldingen += judge_uniqueness(keys, release)
    for product in bericht.producten:
        meldingen += _judge_toegewezen(product, kop)
    staying = [one for one in bericht.producten if not one.toewijzing.vervallen]
    items = ((one.plek, one.toewijzing.product, one.toewijzing.periode) for one in staying)
    return meldingen + _judge_stapeling(find_stapeling(items), stapeling_regels.TOEGEWEZEN_STAPELING, kop)


def judge_315(verzoek: VerzoekOmToewijzing, kop: Kop) -> list[Melding]:
    """The client, then each aangevraagd product."""
    release = kop.soort.release
    meldingen = PERSOON_REGELS.judge(verzoek.persoon, kop, release, verzoek.persoon.plek)
    keys = [(one.plek, "AangevraagdProduct", one.referentie_aanbieder) for one in verzoek.producten]
    meldingen += judge_uniqueness(keys, release)
    for sleutels in repeated(keys):
        meldingen += verzoek_regels.REFERENTIE_REGELS.judge(sleutels, None, release, sleutels.plek)
    for product in verzoek.producten:
        meldingen += _judge_aangevraagd(product, kop)
    items = ((one.plek, one.levering.product, one.levering.periode) for one in verzoek.producten)
    return meldingen + _judge_stapeling(find_stapeling(items), stapeling_regels.AANGEVRAAGD_STAPELING, kop)


def judge_317(verzoek: VerzoekOmWijziging, kop: Kop) -> list[Melding]:
    """The client, then the request, then each product in it."""
    release = kop.soort.release
    meldingen = PERSOON_REGELS.judge(verzoek.persoon, kop, release, verzoek.persoon.plek)
    meldingen += verzoek_regels.VERZOEK_REGELS.judge(verzoek, None, release, verzoek.plek)
    meldingen += judge_uniqueness(
        [
            *((one.plek, "OngewijzigdProduct", one.nummer) for one in verzoek.ongewijzigd),
            *((one.plek, "TeWijzigenProduct", one.nummer) for one in verzoek.te_wijzigen),
            *((one.plek, "NieuwProduct", (one.levering.product, one.levering.periode.begin)) for one in verzoek.nieuw),
        ],
        release,
    )
    for changed in verzoek.te_wijzigen:
        meldingen += levering_regels.PERIODE_REGELS.judge(changed.levering.periode, None, release, changed.plek)
        meldingen += levering_regels.TE_WIJZIGEN_REGELS.judge(changed.levering, None, release, changed.plek)
    for new in verzoek.nieuw:
        meldingen += levering_regels.PERIODE_REGELS.judge(new.levering.periode, None, release, new.plek)
        meldingen += levering_regels.NIEUW_REGELS.judge(new.levering, None, release, new.plek)
        meldingen += verzoek_regels.NIEUWPRODUCT_REGELS.judge(new, kop, release, new.plek)
    items = ((one.plek, one.levering.product, one.levering.periode) for one in verzoek.nieuw)
    return meldingen + _judge_stapeling(find_stapeling(items), stapeling_regels.NIEUW_STAPELING, kop)


def judge_319(antwoord: Antwoord, kop: Kop) -> list[Melding]:
    """The one class that a WMO319 has."""
    return verzoek_regels.ANTWOORD_REGELS.judge(antwoord, None, kop.soort.release, antwoord.plek)


def _judge_client(client: Client, kop: Kop) -> list[Melding]:
    release, plek = kop.soort.release, client.persoon.plek
    meldingen = PERSOON_REGELS.judge(client.persoon, kop, release, plek)
    meldingen += client_regels.CLIENT_REGELS.judge(client, None, release, plek)
    meldingen += client_regels.NAAM_CLIENT_REGELS.judge(client.naam, None, release, client.naam.plek)
    if client.communicatie is not None:
        spoken = client.communicatie
        meldingen += client_regels.COMMUNICATIE_REGELS.judge(spoken, None, release, spoken.plek)
    meldingen += judge_uniqueness(
        [
            *((one.plek, "Relatie", one.nummer) for one in client.relaties),
            *((one.plek, "Contact", one.soort) for one in client.contacten),
        ],
        release,
    )
    for relatie in client.relaties:
        meldingen += client_regels.RELATIE_REGELS.judge(relatie, kop, release, relatie.plek)
        meldingen += client_regels.NAAM_RELATIE_REGELS.judge(relatie.naam, None, release, relatie.naam.plek)
    for contact in (*(one.contact for one in client.relaties), *client.contacten):
        meldingen += client_regels.CONTACT_REGELS.judge(contact, None, release, contact.plek)
    return meldingen


def _judge_toegewezen(product: ToegewezenProduct, kop: Kop) -> list[Melding]:
    release, plek, levering = kop.soort.release, product.plek, product.levering
    return [
        *levering_regels.PERIODE_REGELS.judge(levering.periode, None, release, plek),
        *levering_regels.TOEGEWEZEN_REGELS.judge(levering, None, release, plek),
        *levering_regels.TOEGEWEZENPRODUCT_REGELS.judge(product, None, release, plek),
    ]


def _judge_aangevraagd(product: AangevraagdProduct, kop: Kop) -> list[Melding]:
    release, plek, levering = kop.soort.release, product.plek, product.levering
    return [
        *levering_regels.PERIODE_REGELS.judge(levering.periode, None, release, plek),
        *levering_regels.AANGEVRAAGD_REGELS.judge(levering, None, release, plek),
        *verzoek_regels.AANGEVRAAGDPRODUCT_REGELS.judge(product, None, release, plek),
        *verzoek_regels.VERWIJZER_REGELS.judge(product.verwijzer, None, release, product.verwijzer.plek),
    ]


def _judge_stapeling(found: Iterable[Stapeling], tabel: Tabel[Stapeling, object], kop: Kop) -> list[Melding]:
    return [
        melding for stapeling in found for melding in tabel.judge(stapeling, None, kop.soort.release, stapeling.plek)
    ]


def _unchanged(bsn: str) -> str:
    """In place of a pseudonym, where nothing leaves the process and there is no key."""
    return bsn


_CHECKS: dict[str, Callable[[Kop, Inhoud], list[Melding]]] = {
    "WMO301": lambda kop, inhoud: judge_301(read_301(kop, inhoud, _unchanged), kop),
    "WMO315": lambda kop, inhoud: judge_315(read_315(kop, inhoud, _unchanged), kop),
    "WMO317": lambda kop, inhoud: judge_317(read_317(kop, inhoud, _unchanged), kop),
    "WMO319": lambda kop, inhoud: judge_319(read_319(kop, inhoud), kop),
}
