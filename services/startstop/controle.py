"""What a start or stop must be in itself (level 2), judged without keys, database or other facts."""

from collections.abc import Hashable

from services.startstop.domain import Aanlevering, StartProduct, Zorgbericht
from services.startstop.messages import read_zorgbericht
from services.startstop.rules_in_bericht import STARTPRODUCT_REGELS, STOPPRODUCT_REGELS
from shared.iwmo.codec import Inhoud
from shared.iwmo.in_bericht import judge_days, judge_uniqueness
from shared.iwmo.kop import Kop
from shared.iwmo.persoon import PERSOON_REGELS
from shared.iwmo.regels import Melding

SOORTEN = frozenset({"WMO305", "WMO307"})


def check(kop: Kop, inhoud: Inhoud) -> list[Melding]:
    """Every fault within a valid message. A date that no calendar here has raises SchemaError."""
    return judge_zorgbericht(read_zorgbericht(kop, inhoud, _own_name), kop)


def _own_name(bsn: str) -> str:
    """Clients need no other name here: nothing of them leaves the process."""
    return bsn


def judge_zorgbericht(bericht: Zorgbericht, kop: Kop) -> list[Melding]:
    """Every fault within a WMO305 or WMO307."""
    release = kop.soort.release
    meldingen = PERSOON_REGELS.judge(bericht.persoon, kop, release, bericht.persoon.plek)
    for product in bericht.producten:
        if isinstance(product, StartProduct):
            meldingen += STARTPRODUCT_REGELS.judge(product, None, release, product.plek)
        else:
            meldingen += STOPPRODUCT_REGELS.judge(product, None, release, product.plek)
    begins = ((product.plek, "De Begindatum", product.start.begindatum) for product in bericht.producten)
    meldingen += judge_days(begins, kop)
    return meldingen + judge_uniqueness(
        ((product.plek, product.plek[-1][0], _key(product)) for product in bericht.producten), release
    )


def _key(product: Aanlevering) -> Hashable:
    """The logical key; StatusAanlevering and ToewijzingIngangsdatum are no part of it."""
    start = product.start
    key = (start.nummer, start.product.categorie, start.product.code, start.begindatum)
    return key if isinstance(product, StartProduct) else (*key, product.stop.reden, product.stop.einddatum)
