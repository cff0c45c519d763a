"""WMO303D, WMO303F, WMO323 and WMO325 in domain terms; with the making of the answers the only file here that knows
element names."""

from collections.abc import Callable, Mapping
from typing import Any

from services.declaratie.domain import Bedrag, Client, Declaratie, DeclaratieAntwoord, Prestatie
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER, Kop
from shared.iwmo.persoon import read_persoon
from shared.iwmo.regels import GOED, VOLLEDIG_TOEGEKEND, Plek, xpath
from shared.iwmo.waarden import as_date, as_periode
from shared.problems import Fout, SchemaError

Pseudoniem = Callable[[str], str]
"""By which name a client is known here, from his Bsn."""

DECLARATIE: Plek = (("Declaratie", 0),)
ANTWOORD: Plek = (("DeclaratieAntwoord", 0),)
CREDIT = "C"
MAX_TOTAAL = 999_999_999_999
"""Cents: what TotaalBedrag can hold."""


def read_declaratie(kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem) -> Declaratie:
    """The declaration. In 2.4 its own data are in the header; in 3.2 it is a class of its own."""
    read = _read_323 if kop.soort.release == "3.2" else _read_303
    return _fits(read(kop, inhoud, pseudoniem))


def _read_303(kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem) -> Declaratie:
    header = inhoud["Header"]
    at = (*HEADER, ("DeclaratieFactuurBedragen", 0))
    return Declaratie(
        plek=HEADER,
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        nummer=kop.identificatie,
        periode=as_periode(header["DeclaratieFactuurPeriode"], HEADER),
        dagtekening=kop.dagtekening,
        totaal=_totaal(header["DeclaratieFactuurBedragen"], "DeclaratieFactuurTotaalBedrag", at),
        clienten=_clienten(inhoud, (), pseudoniem),
    )


def _read_323(kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem) -> Declaratie:
    declaratie = inhoud["Declaratie"]
    return Declaratie(
        plek=DECLARATIE,
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        nummer=declaratie["DeclaratieNummer"],
        periode=as_periode(declaratie["DeclaratiePeriode"], DECLARATIE),
        dagtekening=as_date(declaratie["DeclaratieDagtekening"], DECLARATIE),
        totaal=_totaal(declaratie, "TotaalIngediendBedrag", DECLARATIE),
        clienten=_clienten(declaratie, DECLARATIE, pseudoniem),
    )


def read_antwoord(inhoud: Inhoud, pseudoniem: Pseudoniem) -> DeclaratieAntwoord | None:
    """What a WMO325 answers; nothing below a header that rejects the message."""
    antwoord = inhoud.get("DeclaratieAntwoord")
    if antwoord is None:
        return None
    codes = antwoord["RetourCodes"]["RetourCode"]
    return DeclaratieAntwoord(
        plek=ANTWOORD,
        ingediend=_totaal(antwoord, "TotaalIngediendBedrag", ANTWOORD),
        toegekend=_totaal(antwoord, "TotaalToegekendBedrag", ANTWOORD),
        afgekeurd=not {GOED, VOLLEDIG_TOEGEKEND}.issuperset(codes),
        clienten=_clienten(antwoord, ANTWOORD, pseudoniem) if "Clienten" in antwoord else (),
    )


def _fits(declaratie: Declaratie) -> Declaratie:
    """A declaration whose granted lines could add up to more than an answer can hold is refused at the edge."""
    if sum(prestatie.bedrag for prestatie in declaratie.prestaties) > MAX_TOTAAL:
        fout = Fout(xpath(declaratie.plek), "de bedragen van de prestaties passen samen niet in een totaalbedrag")
        raise SchemaError("De bedragen in dit bericht zijn samen te groot", [fout])
    return declaratie


def _clienten(above: Mapping[str, Any], above_plek: Plek, pseudoniem: Pseudoniem) -> tuple[Client, ...]:
    clienten = []
    for number, client in enumerate(above["Clienten"]["Client"], start=1):
        plek = (*above_plek, ("Clienten", 0), ("Client", number))
        name = pseudoniem(client["Bsn"])
        prestaties = tuple(
            _prestatie(one, name, (*plek, ("Prestaties", 0), ("Prestatie", at)))
            for at, one in enumerate(client["Prestaties"]["Prestatie"], start=1)
        )
        clienten.append(Client(plek, read_persoon(client, plek), name, prestaties))
    return tuple(clienten)


def _prestatie(inhoud: Mapping[str, Any], client: str, plek: Plek) -> Prestatie:
    bedrag = ingediend_bedrag(inhoud)
    referentie = inhoud["ProductReferentie"]
    return Prestatie(
        plek=plek,
        client=client,
        referentie=referentie["ReferentieNummer"],
        vorige_referentie=referentie.get("VorigReferentieNummer"),
        nummer=inhoud["ToewijzingNummer"],
        categorie=inhoud["ProductCategorie"],
        code=inhoud["ProductCode"],
        periode=as_periode(inhoud["ProductPeriode"], plek),
        volume=inhoud["GeleverdVolume"],
        eenheid=inhoud["Eenheid"],
        tarief=inhoud.get("ProductTarief"),
        bedrag=bedrag["Bedrag"],
        credit=bedrag["DebetCredit"] == CREDIT,
    )


def ingediend_bedrag(prestatie: Mapping[str, Any]) -> Mapping[str, Any]:
    """The amount of a line: 3.2 has it directly, 2.4 among the amounts of the line."""
    bedrag: Mapping[str, Any] = (
        prestatie["IngediendBedrag"]
        if "IngediendBedrag" in prestatie
        else prestatie["IngediendeBedragPrestatie"]["DeclaratieFactuurBedrag"]
    )
    return bedrag


def _totaal(above: Mapping[str, Any], naam: str, above_plek: Plek) -> Bedrag:
    bedrag = above[naam]
    return Bedrag((*above_plek, (naam, 0)), bedrag["TotaalBedrag"], bedrag["DebetCredit"] == CREDIT)


def signed(inhoud: Mapping[str, Any], naam: str) -> int:
    """An amount of a message, under this name, in cents with its sign."""
    amount: int = inhoud[naam]
    return -amount if inhoud["DebetCredit"] == CREDIT else amount
