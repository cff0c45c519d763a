"""Declarations of any size and the toewijzingen that they are about, made from one message that the codec wrote.

Rounds follow each other month by month, as declarations do: each has its own numbers and its own month, so that no
round claims what an earlier one did and every rule has something to compare with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bench.gegevens import GEMEENTE, LINES_PER_CLIENT, header, kind
from services.declaratie.perioden import Declaratieperiode, periods_of_year
from shared.feiten.product import Tarief
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.schemas import Schemas
from shared.iwmo.waarden import Omvang, Periode, Product
from shared.security.kluis import Kluis

EERSTE_JAAR = 2023
INGANG = date(EERSTE_JAAR, 1, 1)
"""Of every toewijzing: the month of the first round."""
EINDE = date(EERSTE_JAAR + 4, 12, 31)
"""Of every toewijzing: so it has a maximum (TR322), with room for sixty rounds."""
TARIEF, VOLUME = 3100, 13
TARIEVEN = (Tarief("01A04", "01", "04", "inspanningsgericht", None, TARIEF, Periode(INGANG)),)
NAMEN: dict[Release, str] = {"3.2": "WMO323", "2.4": "WMO303D"}
ELFPROEF = range(9, 1, -1)


def bsns(first: int) -> Iterator[str]:
    """Numbers that pass the elfproef, from one whose first eight digits these are."""
    while True:
        last = sum(weight * int(digit) for weight, digit in zip(ELFPROEF, f"{first:08}", strict=True)) % 11
        if last < 10:
            yield f"{first:08}{last}"
        first += 1


@dataclass(frozen=True)
class Reeks:
    """The declarations of one aanbieder, all of so many lines, ten to a client, each line under a toewijzing of its own
    (``eerste`` and on)."""

    release: Release
    aanbieder: str
    regels: int
    eerste: int
    dubbel_elke: int = 0
    """Of so many lines two share a ReferentieNummer, which TR314 refuses without waiting for other facts."""

    def clients(self) -> list[str]:
        """The Bsn of each client."""
        numbers = bsns(10_000_000 + self.eerste)
        return [next(numbers) for _ in range(0, self.regels, LINES_PER_CLIENT)]

    def toewijzingen(self, kluis: Kluis) -> Iterator[Toewijzing]:
        """One per line: three hours a week, for five years."""
        names = [kluis.pseudoniem(bsn) for bsn in self.clients()]
        for number in range(self.regels):
            yield a_toewijzing(self.aanbieder, self.eerste + number, names[number // LINES_PER_CLIENT])

    def bericht(self, ronde: int, schemas: Schemas) -> bytes:
        """The declaration of a round: round 0 is over January 2023."""
        periode = _month(ronde)
        inhoud = (_323 if self.release == "3.2" else _303)(self, f"{self.eerste}R{ronde}", periode)
        soort = kind(NAMEN[self.release], self.release)
        text = encode(inhoud, schemas.of(soort)).decode()
        head, start, rest = text.partition(f"<{soort.schema}:Client>")
        person, line_start, rest = rest.partition(f"<{soort.schema}:Prestatie>")
        line, line_end, rest = rest.partition(f"</{soort.schema}:Prestatie>")
        client_end, end, tail = rest.partition(f"</{soort.schema}:Client>")
        whole_line = f"{line_start}{line}{line_end}"
        parts = [head]
        for place, bsn in enumerate(self.clients()):
            numbers = range(place * LINES_PER_CLIENT, min((place + 1) * LINES_PER_CLIENT, self.regels))
            parts += [start, person.format(bsn=bsn)]
            parts += [
                whole_line.format(referentie=self._referentie(number, ronde), nummer=self.eerste + number)
                for number in numbers
            ]
            parts += [client_end, end]
        return "".join([*parts, tail]).encode()

    def _referentie(self, number: int, ronde: int) -> str:
        """Its own, or that of a line of the client before."""
        doubled = self.dubbel_elke and number >= LINES_PER_CLIENT and number % self.dubbel_elke == 0
        return f"{ronde:03}{self.eerste + number - (5 if doubled else 0):09}"


def a_toewijzing(aanbieder: str, nummer: int, client: str) -> Toewijzing:
    """Housekeeping, for five years."""
    return Toewijzing(
        gemeente=GEMEENTE,
        nummer=nummer,
        aanbieder=aanbieder,
        client=client,
        product=Product("01", "01A04"),
        periode=Periode(INGANG, EINDE),
        moment=datetime(2022, 12, 1, 9, 30),  # noqa: DTZ001 - Dutch wall-clock time, as the message has it
        omvang=Omvang(3, "04", "2"),
    )


def _month(ronde: int) -> Declaratieperiode:
    return periods_of_year("3.2", EERSTE_JAAR + ronde // 12)[ronde % 12]


def _line(reeks: Reeks, periode: Inhoud) -> Inhoud:
    bedrag = {"Bedrag": VOLUME * TARIEF, "DebetCredit": "D"}
    return {
        "ProductReferentie": {"ReferentieNummer": "{referentie}"},
        "ToewijzingNummer": "{nummer}",
        "ProductCategorie": "01",
        "ProductCode": "01A04",
        "ProductPeriode": periode,
        "GeleverdVolume": VOLUME,
        "Eenheid": "04",
        "ProductTarief": TARIEF,
        **(
            {"IngediendBedrag": bedrag}
            if reeks.release == "3.2"
            else {"IngediendeBedragPrestatie": {"DeclaratieFactuurBedrag": bedrag}}
        ),
    }


def _323(reeks: Reeks, naam: str, periode: Declaratieperiode) -> Inhoud:
    days = {"Begindatum": periode.begin.isoformat(), "Einddatum": periode.eind.isoformat()}
    declaratie = {
        "DeclaratieNummer": naam,
        "DeclaratiePeriode": days,
        "DeclaratieDagtekening": periode.eind.isoformat(),
        "TotaalIngediendBedrag": {"TotaalBedrag": VOLUME * TARIEF * reeks.regels, "DebetCredit": "D"},
        "Clienten": {"Client": [{"Bsn": "{bsn}", "Prestaties": {"Prestatie": [_line(reeks, days)]}}]},
    }
    return {"Header": header("WMO323", "3.2", reeks.aanbieder, naam, periode.eind), "Declaratie": declaratie}


def _303(reeks: Reeks, naam: str, periode: Declaratieperiode) -> Inhoud:
    days = {"Begindatum": periode.begin.isoformat(), "Einddatum": periode.eind.isoformat()}
    totaal = {"TotaalBedrag": VOLUME * TARIEF * reeks.regels, "DebetCredit": "D"}
    kop = header("WMO303D", "2.4", reeks.aanbieder, naam, periode.eind)
    xsd = kop.pop("XsdVersie")
    kop |= {
        "DeclaratieFactuurPeriode": days,
        "DeclaratieFactuurBedragen": {"DeclaratieFactuurTotaalBedrag": totaal},
        "XsdVersie": xsd,
    }
    client = {
        "Bsn": "{bsn}",
        "Geboortedatum": {"Datum": "1947-11-05"},
        "Geslacht": "2",
        "Naam": {"Geslachtsnaam": {"Achternaam": "Berkel", "Voorvoegsel": "van"}, "Voorletters": "JH"},
        "Prestaties": {"Prestatie": [_line(reeks, days)]},
    }
    return {"Header": kop, "Clienten": {"Client": [client]}}
