"""WMO315, WMO317 and WMO319 in domain terms."""

from datetime import date

from services.toewijzing.domain.levering import Levering
from services.toewijzing.messages.verzoek import read_315, read_317, read_319
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.schemas import Schemas
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import AANBIEDER, BSN, GEMEENTE, NUMMER, soort, through_schema
from tests.toewijzing.verzoeken import (
    a_315,
    a_317,
    a_319,
    a_nieuw_product,
    a_te_wijzigen_product,
    an_aangevraagd_product,
)

KLUIS = Kluis((), b"p" * 32)
SCHEMAS = Schemas()


def valid(naam: str, inhoud: Inhoud) -> tuple[Kop, Inhoud]:
    """The header and content of a message that its schema allows."""
    kind = soort(naam, "3.2")
    read = through_schema(inhoud, kind, SCHEMAS).inhoud
    return read_kop(kind, read), read


def test_a_315_is_read() -> None:
    kop, inhoud = valid("WMO315", a_315(an_aangevraagd_product()))

    verzoek = read_315(kop, inhoud, KLUIS.pseudoniem)

    assert (verzoek.gemeente, verzoek.aanbieder, verzoek.client) == (GEMEENTE, AANBIEDER, KLUIS.pseudoniem(BSN))
    [product] = verzoek.producten
    assert (product.referentie_aanbieder, product.beschikking_nummer) == ("VOT1", 20250214)
    assert product.beschikking_ingangsdatum == date(2025, 2, 14)
    periode = Periode(date(2025, 3, 1), date(2025, 8, 31))
    assert product.levering == Levering(Product("01", "01A04"), periode, Omvang(3, "04", "2"))
    assert (product.verwijzer.soort, product.verwijzer.naam, product.verwijzer.zorgverlener_code) == ("02", False, True)
    assert product.plek == (("Client", 0), ("AangevraagdeProducten", 0), ("AangevraagdProduct", 1))


def test_what_a_315_may_leave_out_is_absent() -> None:
    sparse = an_aangevraagd_product(Budget=50_000, Verwijzer={"Type": "06"})
    for naam in ("BeschikkingNummer", "Product", "BeschikkingIngangsdatum", "ToewijzingEinddatum", "Omvang"):
        del sparse[naam]
    kop, inhoud = valid("WMO315", a_315(sparse))

    [product] = read_315(kop, inhoud, KLUIS.pseudoniem).producten

    assert (product.beschikking_nummer, product.beschikking_ingangsdatum) == (None, None)
    assert product.levering == Levering(Product(), Periode(date(2025, 3, 1)), None, 50_000)
    assert not product.verwijzer.zorgverlener_code


def test_a_317_is_read() -> None:
    kop, inhoud = valid("WMO317", a_317([1, 2], [a_te_wijzigen_product()], [a_nieuw_product()]))

    verzoek = read_317(kop, inhoud, KLUIS.pseudoniem)

    assert (verzoek.gemeente, verzoek.aanbieder, verzoek.client) == (GEMEENTE, AANBIEDER, KLUIS.pseudoniem(BSN))
    assert (verzoek.referentie_aanbieder, verzoek.reden) == ("VOW1", "1")
    assert [one.nummer for one in verzoek.ongewijzigd] == [1, 2]
    [changed], [new] = verzoek.te_wijzigen, verzoek.nieuw
    periode, omvang = Periode(date(2025, 5, 1), date(2025, 8, 31)), Omvang(3, "04", "2")
    assert (changed.nummer, changed.levering) == (NUMMER, Levering(Product(), periode, omvang))
    assert new.levering == Levering(Product("01", "01A04"), periode, omvang)
    assert changed.plek[-2:] == (("TeWijzigenProducten", 0), ("TeWijzigenProduct", 1))
    assert new.plek[-2:] == (("NieuweProducten", 0), ("NieuwProduct", 1))


def test_a_317_may_leave_out_each_collection() -> None:
    kop, inhoud = valid("WMO317", a_317())

    verzoek = read_317(kop, inhoud, KLUIS.pseudoniem)

    assert (verzoek.ongewijzigd, verzoek.te_wijzigen, verzoek.nieuw) == ((), (), ())


def test_a_319_is_read() -> None:
    kop, inhoud = valid("WMO319", a_319())

    antwoord = read_319(kop, inhoud)

    assert (antwoord.gemeente, antwoord.aanbieder) == (GEMEENTE, AANBIEDER)
    assert (antwoord.referentie_aanbieder, antwoord.verzoek_antwoord, antwoord.reden_afwijzing) == ("VOT1", "1", "7")


def test_a_319_without_a_reason_has_none() -> None:
    kop, inhoud = valid("WMO319", a_319(VerzoekAntwoord="2", RedenAfwijzingVerzoek=None))

    assert read_319(kop, inhoud).reden_afwijzing is None
