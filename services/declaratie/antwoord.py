"""The answers to a declaration: WMO325, and WMO304 in 2.4."""

from collections.abc import Sequence

from services.declaratie.messages import CREDIT, DECLARATIE, ingediend_bedrag, signed
from shared.exchange.dienst import Heen
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND, Melding
from shared.iwmo.retour import XSLT_VERSIE, RetourGegevens, codes_by_place, header_codes, retour_header
from shared.iwmo.schemas import Schema


def _amount(cents: int, naam: str) -> Inhoud:
    """An amount as the messages have it: never negative, with D or C; zero is D (CS325)."""
    return {naam: abs(cents), "DebetCredit": CREDIT if cents < 0 else "D"}


def _codes(codes: Sequence[str]) -> Inhoud:
    return {"RetourCode": list(codes)}


def make_antwoord(heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
    """The WMO325 or WMO304 to a declaration."""
    judged = _Judged(heen, meldingen)
    return judged.as_325(gegevens, schema) if heen.soort.release == "3.2" else judged.as_304(gegevens, schema)


class _Judged:
    """A declaration with its verdict, ready to be told in the form of either release."""

    def __init__(self, heen: Heen, meldingen: Sequence[Melding]) -> None:
        self.heen = heen
        self.codes = codes_by_place(meldingen)
        self.on_header = list(dict.fromkeys(header_codes(meldingen)))
        self.on_declaratie = self.codes.get(DECLARATIE, [])
        inhoud = heen.inhoud if heen.soort.release == "2.4" else heen.inhoud["Declaratie"]
        self.above = () if heen.soort.release == "2.4" else DECLARATIE
        self.clienten = inhoud["Clienten"]["Client"]
        self.refused = 0
        self.whole = bool(self.on_header or self.on_declaratie)
        for client, number in self._numbered():
            for prestatie, codes in self._prestaties(client, number):
                if codes:
                    self.refused += signed(ingediend_bedrag(prestatie), "Bedrag")

    def _numbered(self) -> list[tuple[Inhoud, int]]:
        return [(client, number) for number, client in enumerate(self.clienten, start=1)]

    def _client_codes(self, number: int) -> list[str]:
        return self.codes.get((*self.above, ("Clienten", 0), ("Client", number)), [])

    def _prestaties(self, client: Inhoud, number: int) -> list[tuple[Inhoud, list[str]]]:
        """Each line with the codes that refuse it; below a client at fault none was judged."""
        if self._client_codes(number):
            return [(one, [NIET_BEOORDEELD]) for one in client["Prestaties"]["Prestatie"]]
        plek = (*self.above, ("Clienten", 0), ("Client", number), ("Prestaties", 0))
        return [
            (one, self.codes.get((*plek, ("Prestatie", at)), []))
            for at, one in enumerate(client["Prestaties"]["Prestatie"], start=1)
        ]

    def as_325(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """A message of the gemeente: header of its own, the answer below it (regels-tr, chapter 4)."""
        antwoord: Inhoud = {"Header": self._header_325(gegevens, schema)}
        if self.on_header:
            return antwoord
        declaratie = self.heen.inhoud["Declaratie"]
        ingediend = signed(declaratie["TotaalIngediendBedrag"], "TotaalBedrag")
        granted = 0 if self.on_declaratie else ingediend - self.refused
        clienten = [] if self.on_declaratie else self._clienten_325()
        code = self.on_declaratie or [GOED if clienten else VOLLEDIG_TOEGEKEND]
        antwoord["DeclaratieAntwoord"] = {
            "DeclaratieNummer": declaratie["DeclaratieNummer"],
            "TotaalIngediendBedrag": declaratie["TotaalIngediendBedrag"],
            "TotaalToegekendBedrag": _amount(granted, "TotaalBedrag"),
            "RetourCodes": _codes(code),
        }
        if clienten:
            antwoord["DeclaratieAntwoord"]["Clienten"] = {"Client": clienten}
        return antwoord

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

    def _clienten_325(self) -> list[Inhoud]:
        """Only clients with refused lines, and of those only the refused lines."""
        clienten = []
        for client, number in self._numbered():
            refused = [
                {**prestatie, "RetourCodes": _codes(codes)}
                for prestatie, codes in self._prestaties(client, number)
                if codes
            ]
            if refused:
                codes = _codes(self._client_codes(number) or [GOED])
                clienten.append({"Bsn": client["Bsn"], "Prestaties": {"Prestatie": refused}, "RetourCodes": codes})
        return clienten

    def as_304(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The retourbericht of 2.4: clients with a refused line come back with all their lines."""
        totaal = self.heen.inhoud["Header"]["DeclaratieFactuurBedragen"]["DeclaratieFactuurTotaalBedrag"]
        ingediend = signed(totaal, "TotaalBedrag")
        clienten = [] if self.whole else self._clienten_304()
        codes = self.on_header or [GOED if clienten else VOLLEDIG_TOEGEKEND]
        header = retour_header(self.heen.inhoud, schema, gegevens, codes)
        granted = 0 if self.whole else ingediend - self.refused
        header["RetourBedragen"] = {
            "IngediendTotaalBedrag": totaal,
            "ToegekendTotaalBedrag": _amount(granted, "TotaalBedrag"),
        }
        return {"Header": header, **({"Clienten": {"Client": clienten}} if clienten else {})}

    def _clienten_304(self) -> list[Inhoud]:
        clienten = []
        for client, number in self._numbered():
            lines = self._prestaties(client, number)
            if not any(codes for _, codes in lines):
                continue
            prestaties = [self._line_304(prestatie, codes) for prestatie, codes in lines]
            clienten.append(
                {
                    **client,
                    "Prestaties": {"Prestatie": prestaties},
                    "RetourCodes": _codes(self._client_codes(number) or [GOED]),
                }
            )
        return clienten

    @staticmethod
    def _line_304(prestatie: Inhoud, codes: Sequence[str]) -> Inhoud:
        granted = 0 if codes else signed(ingediend_bedrag(prestatie), "Bedrag")
        return {
            **prestatie,
            "ToegekendeBedragPrestatie": {"ToegekendBedrag": _amount(granted, "Bedrag")},
            "RetourCodes": _codes(codes or [GOED]),
        }
