"""Messages that each break one rule within the message (level 2) on purpose: for every rule one of each kind that it
judges, in each class that it names."""

from collections.abc import Iterator

from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from tests.conformance.veranderen import (
    CLIENT,
    CONTACT,
    DECLARATIES,
    KINDS,
    NIEUW,
    ONGEWIJZIGD,
    PRODUCT,
    RELATIE,
    WIJZIG,
    Overtreding,
    Veranderingen,
    again,
    below,
)
from tests.shared.iwmo.berichten import NUMMER


def _persons() -> Iterator[Overtreding]:
    unknown = {"Datum": "1947-11-05", "DatumGebruik": "1"}
    for bericht, release in KINDS:
        if bericht == "WMO319":
            continue
        client = CLIENT.get(bericht, "Client")
        yield Overtreding("CS002", bericht, release, "Client", {f"{client}/Bsn": "123456789"})
        if bericht in ("WMO317", "WMO323", "WMO325"):
            continue
        for code, geboren in (
            ("CS139", unknown),
            ("TR002", {"Datum": "1905-04-03"}),
            ("TR134", {"Datum": "2025-04-05"}),
        ):
            yield Overtreding(code, bericht, release, "Client", {f"{client}/Geboortedatum": geboren})


def _clients_of_301(release: Release) -> Iterator[Overtreding]:
    naam = {"NaamGebruik": "2"}
    client: list[tuple[str, str, Veranderingen]] = [
        ("CS050", "Client", below("Client/Naam", naam)),
        ("CS050", "Relatie", below(f"{RELATIE}/Naam", naam)),
        ("CS139", "Relatie", {f"{RELATIE}/Geboortedatum": {"Datum": "1947-11-05", "DatumGebruik": "2"}}),
        ("TR134", "Relatie", {f"{RELATIE}/Geboortedatum": {"Datum": "2025-04-05"}}),
        ("CS318", "Client", {"Client/Naam/NaamGebruik": "6"}),
        ("CD007", "Client", {"Client/Communicatie": {"Vorm": "1"}}),
        ("TR061", "Client", {f"{CONTACT}/Soort": "04"}),
        ("TR101", "Contact", again(CONTACT)),
        ("TR101", "Relatie", again(RELATIE)),
    ]
    for code, klasse, veranderingen in client:
        yield Overtreding(code, "WMO301", release, klasse, veranderingen)
    for path in (CONTACT, f"{RELATIE}/Contact"):
        for code, veranderingen in _CONTACT.items():
            yield Overtreding(code, "WMO301", release, "Contact", below(path, veranderingen))


_CONTACT: dict[str, Veranderingen] = {
    "CD025": {"Adres/Huis": None},
    "CD034": {"Adres": {"Huis": {"Huisnummer": 7}}},
    "CS089": {"Adres/Postcode": "0038EA"},
    "CD005": {"Adres/LandCode": None},
    "CD009": {"Periode": {"Begindatum": "2025-03-01"}},
    "CS003": {"Periode": {"Begindatum": "2025-03-01", "Einddatum": "2025-02-28"}},
    "TR006": {"Adres": None},
}
"""What breaks a contact, of the client or of a relation."""


def _leveringen() -> Iterator[Overtreding]:
    """What is assigned, asked for or to be changed; the name of its last day, and its rules that others do not have."""
    where = [
        ("WMO301", "ToegewezenProduct", PRODUCT["WMO301", "3.2"], "Einddatum", {"CD080", "CS338"}),
        ("WMO315", "AangevraagdProduct", PRODUCT["WMO315", "3.2"], "ToewijzingEinddatum", {"CD095", "CS343"}),
        ("WMO317", "NieuwProduct", NIEUW, "Einddatum", {"CD096", "CS338"}),
        ("WMO317", "TeWijzigenProduct", WIJZIG, "Einddatum", {"CS338"}),
    ]
    everywhere = {"CD075", "CD076", "CD077", "CD078", "CS003"}
    with_product = {"CD041", "CD079"}
    for bericht, klasse, path, eind, own in where:
        without_code = {"Product/Code": None}
        by_day = {"Omvang": {"Volume": 1, "Eenheid": "14", "Frequentie": "1"}}
        breaks: dict[str, Veranderingen] = {
            "CS003": {eind: "2025-02-28"},
            "CD075": {"Budget": 1000, "Omvang": None, eind: None},
            "CD076": {eind: None},
            "CD077": {"Budget": 1000},
            "CD078": {"Budget": 1000},
            "CD079": {"Product": None, "Omvang": None},
            "CD041": {"Omvang": None},
            **dict.fromkeys(("CD080", "CD095", "CD096"), without_code),
            **dict.fromkeys(("CS338", "CS343"), by_day),
        }
        for code in sorted(everywhere | own | (set() if klasse == "TeWijzigenProduct" else with_product)):
            yield Overtreding(code, bericht, "3.2", klasse, below(path, breaks[code]))
    for code, veranderingen in (("CS003", {"Einddatum": "2025-02-28"}), ("CD041", {"Omvang": None})):
        path = PRODUCT["WMO301", "2.4"]
        yield Overtreding(code, "WMO301", "2.4", "ToegewezenProduct", below(path, veranderingen))
    for code, reden in (("CS335", "13"), ("CS336", "01")):
        path = PRODUCT["WMO301", "3.2"]
        yield Overtreding(code, "WMO301", "3.2", "ToegewezenProduct", {f"{path}/RedenWijziging": reden})


def _producten() -> Iterator[Overtreding]:
    """Keys, days and overlaps of products; the state of a start or stop."""
    later = {"WMO301": "Toewijzingsdatum", "WMO305": "Begindatum", "WMO307": "Begindatum"}
    for (bericht, release), path in PRODUCT.items():
        klasse = path.rpartition("/")[2]
        yield Overtreding("TR101", bericht, release, klasse, again(path))
        if bericht in later:
            yield Overtreding("TR134", bericht, release, klasse, {f"{path}/{later[bericht]}": "2025-04-05"})
        if bericht in ("WMO305", "WMO307"):
            yield Overtreding("CS058", bericht, release, klasse, {f"{path}/StatusAanlevering": "2"})
        if bericht == "WMO307":
            yield Overtreding("TR018", bericht, release, klasse, {f"{path}/Einddatum": "2025-03-02"})
        if bericht == "WMO301":
            yield Overtreding("TR302", bericht, release, klasse, again(path, ToewijzingNummer=NUMMER + 1))


def _verzoeken() -> Iterator[Overtreding]:
    asked = PRODUCT["WMO315", "3.2"]
    of_315: list[tuple[str, Veranderingen]] = [
        ("TR383", again(asked)),
        ("TR386", again(asked, ReferentieAanbieder="VOT2")),
        ("CD043", {f"{asked}/BeschikkingIngangsdatum": None}),
        ("CD066", {f"{asked}/Verwijzer/Naam": "Huisartsenpraktijk"}),
        ("CD067", {f"{asked}/Verwijzer": {"Type": "02"}}),
        ("CD068", {f"{asked}/Verwijzer/Type": "06"}),
    ]
    of_317: list[tuple[str, str, Veranderingen]] = [
        ("TR101", "OngewijzigdProduct", again(ONGEWIJZIGD)),
        ("TR101", "TeWijzigenProduct", again(WIJZIG)),
        ("TR101", "NieuwProduct", again(NIEUW)),
        ("TR410", "NieuwProduct", again(NIEUW, GewensteIngangsdatum="2025-05-02")),
        ("TR380", "NieuwProduct", {f"{NIEUW}/GewensteIngangsdatum": "2025-04-04"}),
        (
            "TR352",
            "Verzoek",
            {"Client/Verzoek/OngewijzigdeProducten": None, "Client/Verzoek/TeWijzigenProducten": None},
        ),
        ("TR353", "Verzoek", {"Client/Verzoek/NieuweProducten": None, "Client/Verzoek/TeWijzigenProducten": None}),
    ]
    for code, veranderingen in of_315:
        yield Overtreding(code, "WMO315", "3.2", "AangevraagdProduct", veranderingen)
    for code, klasse, veranderingen in of_317:
        yield Overtreding(code, "WMO317", "3.2", klasse, veranderingen)
    yield Overtreding("CD085", "WMO319", "3.2", "Antwoord", {"Antwoord/RedenAfwijzingVerzoek": None})
    yield Overtreding("CD086", "WMO319", "3.2", "Antwoord", {"Antwoord/VerzoekAntwoord": "2"})


def _periode(begin: str, eind: str) -> Inhoud:
    return {"Begindatum": begin, "Einddatum": eind}


def _declaraties() -> Iterator[Overtreding]:
    for bericht, release in DECLARATIES:
        header = "Header/DeclaratieFactuurBedragen/DeclaratieFactuurTotaalBedrag"
        totaal = header if release == "2.4" else "Declaratie/TotaalIngediendBedrag"
        at = "Header/DeclaratieFactuurPeriode" if release == "2.4" else "Declaratie/DeclaratiePeriode"
        whole: list[tuple[str, Veranderingen]] = [
            ("TR358", {f"{totaal}/TotaalBedrag": 1}),
            ("TR358", {f"{totaal}/DebetCredit": "C"}),
            ("CS325", {totaal: {"TotaalBedrag": 0, "DebetCredit": "C"}}),
            ("TR137", {at: _periode("2025-04-01", "2025-04-30")}),
            ("TR134", {at: _periode("2025-05-01", "2025-05-31")}),
        ]
        if release == "3.2":
            whole.append(("CS100", {at: _periode("2020-12-01", "2020-12-31")}))
            whole.append(("CS340", {at: _periode("2025-03-02", "2025-03-30")}))
        else:
            btw = "Header/DeclaratieFactuurBedragen/BtwTotaalBedrag"
            whole.append(("RC8835", {btw: {"TotaalBedrag": 7, "DebetCredit": "C"}}))
        for code, veranderingen in whole:
            yield Overtreding(code, bericht, release, "Header" if release == "2.4" else "Declaratie", veranderingen)
        yield Overtreding("TR101", bericht, release, "Client", again(CLIENT[bericht]))
        yield from _regels(bericht, release)


def _regels(bericht: str, release: Release) -> Iterator[Overtreding]:
    path = f"{CLIENT[bericht]}/Prestaties/Prestatie"
    bedrag = "IngediendeBedragPrestatie/DeclaratieFactuurBedrag" if release == "2.4" else "IngediendBedrag"
    credit = {f"{path}/{bedrag}/DebetCredit": "C"}
    earlier = "ProductReferentie/VorigReferentieNummer"
    other = {"ProductReferentie/ReferentieNummer": "R2", "ToewijzingNummer": NUMMER + 1}
    zero = {f"{path}/{bedrag}": {"Bedrag": 0, "DebetCredit": "C"}, f"{path}/{earlier}": "O1"}
    found: list[tuple[str, Veranderingen]] = [
        ("CD060", {f"{path}/{earlier}": "O1"}),
        ("CD060", credit),
        ("CS325", zero),
        ("CS325", {**zero, f"{path}/{earlier}": None}),
        ("TR101", again(path, ToewijzingNummer=NUMMER + 1)),
        ("TR134", {f"{path}/ProductPeriode": _periode("2025-04-05", "2025-04-06")}),
        ("TR137", {f"{path}/ProductPeriode": _periode("2025-04-04", "2025-04-05")}),
        ("TR315", {**credit, f"{path}/{earlier}": "O1", **again(path, **other)}),
        ("TR316", {**credit, f"{path}/{earlier}": "R2", **again(path, **other)}),
        ("TR335", {f"{path}/ProductPeriode": _periode("2020-04-01", "2020-04-03")}),
        ("CD087", {f"{path}/ProductTarief": None}),
        ("CD087", {f"{path}/Eenheid": "83", f"{path}/GeleverdVolume": 40300}),
        ("CS339", {f"{path}/Eenheid": "83", f"{path}/ProductTarief": None}),
    ]
    if release == "3.2":
        found.append(("CS100", {f"{path}/ProductPeriode": _periode("2020-12-01", "2020-12-31")}))
        found.append(("CS337", {f"{path}/ProductPeriode": _periode("2025-02-28", "2025-03-01")}))
        found.append(("TR416", again(path, **{"ProductReferentie/ReferentieNummer": "R2"})))
    for code, veranderingen in found:
        yield Overtreding(code, bericht, release, "Prestatie", veranderingen)


def _antwoorden() -> Iterator[Overtreding]:
    path = f"{CLIENT['WMO325']}/Prestaties/Prestatie"
    granted, zero = "DeclaratieAntwoord/TotaalToegekendBedrag", {"TotaalBedrag": 0, "DebetCredit": "C"}
    refused_whole = {"DeclaratieAntwoord/RetourCodes": {"RetourCode": ["9333"]}}
    found: list[tuple[str, str, Veranderingen]] = [
        ("CS325", "DeclaratieAntwoord", {granted: zero}),
        ("CS325", "DeclaratieAntwoord", {"DeclaratieAntwoord/TotaalIngediendBedrag": zero}),
        ("CS325", "Prestatie", {f"{path}/IngediendBedrag": {"Bedrag": 0, "DebetCredit": "C"}}),
        ("CD060", "Prestatie", {f"{path}/ProductReferentie/VorigReferentieNummer": "O1"}),
        ("TR101", "Client", again(CLIENT["WMO325"])),
        ("TR101", "Prestatie", again(path)),
        ("TR134", "Prestatie", {f"{path}/ProductPeriode": _periode("2025-04-05", "2025-04-06")}),
        ("TR137", "Prestatie", {f"{path}/ProductPeriode": _periode("2025-04-04", "2025-04-05")}),
        ("TR342", "DeclaratieAntwoord", {f"{granted}/TotaalBedrag": 7}),
        ("TR342", "DeclaratieAntwoord", {granted: {"TotaalBedrag": 7, "DebetCredit": "C"}, **refused_whole}),
        ("TR342", "DeclaratieAntwoord", refused_whole),
    ]
    for code, klasse, veranderingen in found:
        yield Overtreding(code, "WMO325", "3.2", klasse, veranderingen)


OVERTREDINGEN: list[Overtreding] = [
    *_persons(),
    *_clients_of_301("2.4"),
    *_clients_of_301("3.2"),
    *_leveringen(),
    *_producten(),
    *_verzoeken(),
    *_declaraties(),
    *_antwoorden(),
]
