"""Small messages: a WMO305 of 4 kB, each with toewijzingen of its own."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from bench.declaraties import INGANG, a_toewijzing, bsns
from bench.gegevens import header, kind
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.codec import encode
from shared.iwmo.schemas import Schemas
from shared.security.kluis import Kluis

PRODUCTEN = 7
"""Started by one message: makes 4 kB."""
DAGTEKENING = date(2023, 3, 1)


def starts(aanbieder: str, eerste: int, aantal: int, schemas: Schemas) -> Iterator[bytes]:
    """So many messages of one aanbieder; message n is about the toewijzingen from ``eerste`` + 7 n on."""
    for number, bsn in enumerate(_bsns(eerste, aantal)):
        at = eerste + number * PRODUCTEN
        products = [
            {
                "ToewijzingNummer": nummer,
                "Product": {"Categorie": "01", "Code": "01A04"},
                "ToewijzingIngangsdatum": INGANG.isoformat(),
                "Begindatum": INGANG.isoformat(),
                "StatusAanlevering": "1",
            }
            for nummer in range(at, at + PRODUCTEN)
        ]
        client = {
            "Bsn": bsn,
            "Geboortedatum": {"Datum": "1947-11-05"},
            "Geslacht": "2",
            "Naam": {"Geslachtsnaam": {"Achternaam": "Berkel", "Voorvoegsel": "van"}, "Voorletters": "JH"},
            "StartProducten": {"StartProduct": products},
        }
        kop = header("WMO305", "3.2", aanbieder, f"S{at}", DAGTEKENING)
        yield encode({"Header": kop, "Client": client}, schemas.of(kind("WMO305", "3.2")))


def toewijzingen(aanbieder: str, eerste: int, aantal: int, kluis: Kluis) -> Iterator[Toewijzing]:
    """What these messages are about."""
    for number, bsn in enumerate(_bsns(eerste, aantal)):
        client = kluis.pseudoniem(bsn)
        for nummer in range(eerste + number * PRODUCTEN, eerste + (number + 1) * PRODUCTEN):
            yield a_toewijzing(aanbieder, nummer, client)


def _bsns(eerste: int, aantal: int) -> Iterator[str]:
    return islice(bsns(50_000_000 + eerste // PRODUCTEN), aantal)
