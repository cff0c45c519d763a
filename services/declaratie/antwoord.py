"""The answers to a declaration: WMO325, and WMO304 in 2.4.

An answer may have a hundred thousand lines: its clients are made one by one, while it is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.declaratie.beantwoord import by_referentie, judge_client, judge_whole, verwijzing_of
from services.declaratie.domain.deels import granted_in_part
from services.declaratie.herkomst import herkomst_of
from services.declaratie.messages import CLIENTEN, CREDIT, DEBET, DECLARATIE, ingediend_bedrag, signed
from services.declaratie.rules_antwoord import Beantwoord
from shared.exchange.antwoorden import AntwoordError
from shared.exchange.dienst import Heen
from shared.iwmo.inhoud import Inhoud, Reeks
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND, Melding, Plek
from shared.iwmo.retour import XSLT_VERSIE, RetourGegevens, codes_by_place, header_codes, retour_header
from shared.iwmo.schemas import Schema

Codes = Mapping[int, Sequence[str]]
"""The codes of a client's lines by their number, from 1; his own under ``ZELF``."""
ZELF = 0


def make_antwoord(heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
    """The WMO325 or WMO304 to a declaration.

    Raises AntwoordError when a WMO325 breaks a rule against the declaration, a fault of ours: at once, or while its
    clients are gone through.
    """
    judged = _Judged(heen, meldingen)
    return judged.as_304(gegevens, schema) if heen.soort.release == "2.4" else judged.as_325(gegevens, schema)


def _amount(cents: int, naam: str) -> Inhoud:
    """An amount as the messages have it: never negative, with D or C; zero is D (CS325)."""
    return {naam: abs(cents), "DebetCredit": CREDIT if cents < 0 else DEBET}


def _codes(codes: Iterable[str]) -> Inhoud:
    return {"RetourCode": list(codes)}


def _must_be_none(meldingen: Sequence[Melding]) -> None:
    """Raises AntwoordError for a rule that an answer of ours breaks against the declaration."""
    if meldingen:
        raise AntwoordError(f"WMO325: {', '.join(sorted({melding.regel.code for melding in meldingen}))}")


def _by_client(codes: Mapping[Plek, Sequence[str]], above: Plek) -> Mapping[int, Codes]:
    """The codes of the clients that come back, in the order of the message."""
    found: dict[int, dict[int, Sequence[str]]] = {}
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    for plek, own in codes.items():
        if plek[: len(above)] == above:
            _, client = plek[len(above)]
            line = plek[-1][1] if len(plek) > len(above) + 1 else ZELF
            told = tuple(own)
            found.setdefault(client, {})[line] = shared.setdefault(told, told)
    return {client: dict(sorted(found[client].items())) for client in sorted(found)}


class _Judged:
    """A declaration with its verdict, ready to be told in the form of either release."""

    def __init__(self, heen: Heen, meldingen: Sequence[Melding]) -> None:
        self.heen = heen
        codes = codes_by_place(meldingen)
        self.on_header = list(dict.fromkeys(header_codes(meldingen)))
        self.on_declaratie = codes.get(DECLARATIE, [])
        self.whole = bool(self.on_header or self.on_declaratie)
        # Below a declaration that is refused as a whole nothing comes back; of one without a fault neither.
        self.clienten = {} if self.whole else _by_client(codes, CLIENTEN[heen.soort.release == "3.2"])
        self.herkomst = herkomst_of(heen)
        # By the numbers of client and line.
        self.deels = {(plek[-3][1], plek[-1][1]): cents for plek, cents in granted_in_part(meldingen).items()}

    def _granted(self, ingediend: int) -> int:
        """Cents: what was asked less the refused lines, or nothing of a declaration refused as a whole."""
        return 0 if self.whole else ingediend - sum(self._refused(*one) for one in self.clienten.items())

    def _refused(self, client: int, codes: Codes) -> int:
        """Cents: of a client at fault all that he asks, of a line that is granted in part the rest."""
        bedragen = self.herkomst.bedragen(client)
        if ZELF in codes:
            return sum(bedragen)
        return sum(bedragen[line - 1] - _part(bedragen[line - 1], self.deels.get((client, line), 0)) for line in codes)

    def as_325(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """A message of the gemeente: header of its own, the answer below it (regels-tr, chapter 4)."""
        antwoord: Inhoud = {"Header": self._header_325(gegevens, schema)}
        verwijzing = verwijzing_of(self.heen.inhoud)
        if not self.on_header:
            declaratie = self.heen.inhoud["Declaratie"]
            ingediend = signed(declaratie["TotaalIngediendBedrag"], "TotaalBedrag")
            code = self.on_declaratie or [GOED if self.clienten else VOLLEDIG_TOEGEKEND]
            antwoord["DeclaratieAntwoord"] = {
                "DeclaratieNummer": declaratie["DeclaratieNummer"],
                "TotaalIngediendBedrag": declaratie["TotaalIngediendBedrag"],
                "TotaalToegekendBedrag": _amount(self._granted(ingediend), "TotaalBedrag"),
                "RetourCodes": _codes(code),
            }
            if self.clienten:
                antwoord["DeclaratieAntwoord"]["Clienten"] = {"Client": Reeks(self._clienten_325)}
        _must_be_none(judge_whole(antwoord, Beantwoord(verwijzing, set(), {})))
        return antwoord

    def _clienten_325(self) -> Iterator[Inhoud]:
        """Of their lines the refused ones alone."""
        verwijzing = verwijzing_of(self.heen.inhoud)
        for place, (number, codes) in enumerate(self.clienten.items(), start=1):
            bsn = self.herkomst.bsn(number)
            refused = _all_unjudged(self.herkomst.bedragen(number)) if ZELF in codes else codes
            regels = zip(self.herkomst.regels_323(number, refused), refused.values(), strict=True)
            client: Inhoud = {
                "Bsn": bsn,
                "Prestaties": {"Prestatie": [{**one, "RetourCodes": _codes(its)} for one, its in regels]},
                "RetourCodes": _codes(codes.get(ZELF, [GOED])),
            }
            sent = Beantwoord(verwijzing, {bsn}, by_referentie(self.herkomst.verzonden(number)))
            _must_be_none(judge_client(place, client, sent))
            yield client

    def _header_325(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        kop = self.heen.inhoud["Header"]
        basis, bericht = schema.versies
        header: Inhoud = {
            "BerichtCode": gegevens.soort.code,
            "BerichtVersie": kop["BerichtVersie"],
            "BerichtSubversie": kop["BerichtSubversie"],
            "Afzender": kop["Ontvanger"],
            "Ontvanger": kop["Afzender"],
            "BerichtIdentificatie": {
                "Identificatie": gegevens.identificatie,
                "Dagtekening": gegevens.dagtekening.isoformat(),
            },
            "XsdVersie": {"BasisschemaXsdVersie": basis, "BerichtXsdVersie": bericht},
            "DeclaratieIdentificatie": kop["BerichtIdentificatie"],
            "XsdVersieDeclaratie": kop["XsdVersie"],
            "RetourCodes": _codes(self.on_header or [GOED]),
        }
        if TECHNISCH_AFGEKEURD in self.on_header:
            header["XsltVersie"] = XSLT_VERSIE
        return header

    def as_304(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The retourbericht of 2.4: clients with a refused line come back with all their lines."""
        totaal = self.heen.inhoud["Header"]["DeclaratieFactuurBedragen"]["DeclaratieFactuurTotaalBedrag"]
        codes = self.on_header or [GOED if self.clienten else VOLLEDIG_TOEGEKEND]
        header = retour_header(self.heen.inhoud, schema, gegevens, codes)
        header["RetourBedragen"] = {
            "IngediendTotaalBedrag": totaal,
            "ToegekendTotaalBedrag": _amount(self._granted(signed(totaal, "TotaalBedrag")), "TotaalBedrag"),
        }
        clienten = {"Clienten": {"Client": Reeks(self._clienten_304)}} if self.clienten else {}
        return {"Header": header, **clienten}

    def _clienten_304(self) -> Iterator[Inhoud]:
        for number, client in self.herkomst.clienten(self.clienten.keys()):
            codes = self.clienten[number]
            regels = client["Prestaties"]["Prestatie"]
            of_regels = _all_unjudged(regels) if ZELF in codes else codes
            yield {
                **client,
                "Prestaties": {
                    "Prestatie": [
                        _line_304(one, of_regels.get(at, ()), self.deels.get((number, at), 0))
                        for at, one in enumerate(regels, start=1)
                    ]
                },
                "RetourCodes": _codes(codes.get(ZELF, [GOED])),
            }


def _all_unjudged(regels: Sequence[object]) -> Codes:
    """Below a client at fault no line was judged."""
    return dict.fromkeys(range(1, len(regels) + 1), (NIET_BEOORDEELD,))


def _part(ingediend: int, deel: int) -> int:
    """What is granted of a line that is not granted whole, with its sign."""
    return -deel if ingediend < 0 else deel


def _line_304(prestatie: Inhoud, codes: Sequence[str], deel: int) -> Inhoud:
    ingediend = signed(ingediend_bedrag(prestatie), "Bedrag")
    granted = _part(ingediend, deel) if codes else ingediend
    return {
        **prestatie,
        "ToegekendeBedragPrestatie": {"ToegekendBedrag": _amount(granted, "Bedrag")},
        "RetourCodes": _codes(codes or [GOED]),
    }
