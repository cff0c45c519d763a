"""WMO303D, WMO303F, WMO323 and WMO325 in domain terms; with the making of the answers the only file here that knows
element names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.declaratie.domain import Bedrag, Btw, Client, Declaratie, DeclaratieAntwoord, Prestatie
from shared.iwmo.inhoud import Inhoud
from shared.iwmo.kop import HEADER, Kop
from shared.iwmo.persoon import read_persoon
from shared.iwmo.regels import GOED, VOLLEDIG_TOEGEKEND, Plek, xpath
from shared.iwmo.waarden import as_date, as_periode
from shared.problems import Fout, SchemaError

Pseudoniem = Callable[[str], str]
"""By which name a client is known here, from his Bsn."""

DECLARATIE: Plek = (("Declaratie", 0),)
ANTWOORD: Plek = (("DeclaratieAntwoord", 0),)
CLIENTEN: tuple[Plek, Plek] = (("Clienten", 0),), (*DECLARATIE, ("Clienten", 0))
"""Where the clients of a declaration are: in 2.4, and in 3.2."""
DEBET, CREDIT = "D", "C"
JA = "1"
"""LDT_JaNee."""
MAX_TOTAAL = 999_999_999_999
"""Cents: what TotaalBedrag can hold."""


def read_declaratie(
    kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem, clienten: Sequence[Client] | None = None
) -> Declaratie:
    """The declaration. In 2.4 its own data are in the header; in 3.2 it is a class of its own. ``clienten``: those that
    were read already (``bulk``), and so are not in ``inhoud``."""
    read = _read_323 if kop.soort.release == "3.2" else _read_303
    return _fits(read(kop, inhoud, pseudoniem, clienten))


def _read_303(kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem, clienten: Sequence[Client] | None) -> Declaratie:
    header = inhoud["Header"]
    bedragen, at = header["DeclaratieFactuurBedragen"], (*HEADER, ("DeclaratieFactuurBedragen", 0))
    return Declaratie(
        plek=HEADER,
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        nummer=kop.identificatie,
        periode=as_periode(header["DeclaratieFactuurPeriode"], HEADER),
        dagtekening=kop.dagtekening,
        totaal=_totaal(bedragen, "DeclaratieFactuurTotaalBedrag", at),
        clienten=tuple(clienten) if clienten is not None else _clienten(inhoud, (), pseudoniem),
        btw=_totaal(bedragen, "BtwTotaalBedrag", at) if "BtwTotaalBedrag" in bedragen else None,
    )


def _read_323(kop: Kop, inhoud: Inhoud, pseudoniem: Pseudoniem, clienten: Sequence[Client] | None) -> Declaratie:
    declaratie = inhoud["Declaratie"]
    return Declaratie(
        plek=DECLARATIE,
        gemeente=kop.ontvanger,
        aanbieder=kop.afzender,
        nummer=declaratie["DeclaratieNummer"],
        periode=as_periode(declaratie["DeclaratiePeriode"], DECLARATIE),
        dagtekening=as_date(declaratie["DeclaratieDagtekening"], DECLARATIE),
        totaal=_totaal(declaratie, "TotaalIngediendBedrag", DECLARATIE),
        clienten=tuple(clienten) if clienten is not None else _clienten(declaratie, DECLARATIE, pseudoniem),
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
        btw=btw_of(inhoud.get("BtwVrijstelling"), inhoud.get("IngediendeBedragPrestatie", {}).get("BtwBedrag")),
    )


def btw_of(vrijstelling: str | None, bedrag: Mapping[str, Any] | None) -> Btw | None:
    """What a line says of VAT, if anything."""
    if vrijstelling is None and bedrag is None:
        return None
    return Btw(
        vrijgesteld=None if vrijstelling is None else vrijstelling == JA,
        bedrag=None if bedrag is None else signed(bedrag, "Bedrag"),
    )


def prestatie_323(prestatie: Prestatie) -> Inhoud:
    """A line of a WMO323 as the message has it."""
    vorige = prestatie.vorige_referentie
    eind = prestatie.periode.eind or prestatie.periode.begin
    return {
        "ProductReferentie": {
            "ReferentieNummer": prestatie.referentie,
            **({} if vorige is None else {"VorigReferentieNummer": vorige}),
        },
        "ToewijzingNummer": prestatie.nummer,
        "ProductCategorie": prestatie.categorie,
        "ProductCode": prestatie.code,
        "ProductPeriode": {"Begindatum": prestatie.periode.begin.isoformat(), "Einddatum": eind.isoformat()},
        "GeleverdVolume": prestatie.volume,
        "Eenheid": prestatie.eenheid,
        **({} if prestatie.tarief is None else {"ProductTarief": prestatie.tarief}),
        "IngediendBedrag": {"Bedrag": prestatie.bedrag, "DebetCredit": CREDIT if prestatie.credit else DEBET},
    }


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
