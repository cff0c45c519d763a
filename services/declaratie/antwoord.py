"""The answers to a declaration: WMO325, and WMO304 in 2.4."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.declaratie.beantwoord import judge_against
from services.declaratie.messages import CLIENTEN, CREDIT, DECLARATIE, client_323, ingediend_bedrag, signed
from shared.exchange.dienst import Heen
from shared.exchange.verwerking import AntwoordError
from shared.iwmo.codec import Inhoud
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND, Melding, Plek
from shared.iwmo.retour import XSLT_VERSIE, RetourGegevens, codes_by_place, header_codes, retour_header
from shared.iwmo.schemas import Schema


def _amount(cents: int, naam: str) -> Inhoud:
    """An amount as the messages have it: never negative, with D or C; zero is D (CS325)."""
    return {naam: abs(cents), "DebetCredit": CREDIT if cents < 0 else "D"}


def _codes(codes: Sequence[str]) -> Inhoud:
    return {"RetourCode": list(codes)}


@dataclass(frozen=True, slots=True)
class _Client:
    """A client at fault, or with lines at fault: his own codes, and each line with the codes that refuse it."""

    inhoud: Inhoud
    codes: Sequence[str]
    regels: Sequence[tuple[Inhoud, Sequence[str]]]


def make_antwoord(heen: Heen, meldingen: Sequence[Melding], gegevens: RetourGegevens, schema: Schema) -> Inhoud:
    """The WMO325 or WMO304 to a declaration.

    Raises AntwoordError when a WMO325 breaks a rule against the declaration: a fault of ours.
    """
    judged = _Judged(heen, meldingen)
    if heen.soort.release == "2.4":
        return judged.as_304(gegevens, schema)
    antwoord = judged.as_325(gegevens, schema)
    must_agree(antwoord, judged.declaratie)
    return antwoord


def must_agree(antwoord: Inhoud, declaratie: Inhoud) -> None:
    """Raises AntwoordError when a WMO325 of ours breaks a rule against the WMO323 that it answers."""
    broken = sorted({melding.regel.code for melding in judge_against(antwoord, declaratie)})
    if broken:
        raise AntwoordError(f"WMO325: {', '.join(broken)}")


class _Judged:
    """A declaration with its verdict, ready to be told in the form of either release."""

    def __init__(self, heen: Heen, meldingen: Sequence[Melding]) -> None:
        self.heen = heen
        self.codes = codes_by_place(meldingen)
        self.on_header = list(dict.fromkeys(header_codes(meldingen)))
        self.on_declaratie = self.codes.get(DECLARATIE, [])
        self.whole = bool(self.on_header or self.on_declaratie)
        # Below a declaration that is refused as a whole nothing comes back; of one without a fault neither.
        self.clienten = list(self._at_fault()) if meldingen and not self.whole else []

    def _at_fault(self) -> Iterator[_Client]:
        """The clients that come back, in the order of the message."""
        above = CLIENTEN[self.heen.soort.release == "3.2"]
        numbers = sorted({plek[len(above)][1] for plek in self.codes if plek[: len(above)] == above})
        known = self._inhoud(numbers)
        for number in numbers:
            client, plek = known[number], (*above, ("Client", number))
            own = self.codes.get(plek, [])
            regels = self._regels(client, plek, judged=not own)
            if own or any(codes for _, codes in regels):
                yield _Client(client, own or [GOED], regels)

    def _inhoud(self, numbers: Sequence[int]) -> Mapping[int, Inhoud]:
        """The content of these clients. Of a large WMO323 it is in what was made of them; an answer of 2.4 has more of
        a client than that, so then they are read again."""
        delen = self.heen.delen
        if delen is not None and self.heen.soort.release == "3.2":
            return {number: client_323(delen.items[number - 1]) for number in numbers}
        if delen is not None:
            return delen.again(frozenset(numbers))
        whole = self.heen.inhoud if self.heen.soort.release == "2.4" else self.heen.inhoud["Declaratie"]
        return {number: whole["Clienten"]["Client"][number - 1] for number in numbers}

    @property
    def declaratie(self) -> Inhoud:
        """The WMO323, or of a large one what its answer can be about."""
        if self.heen.delen is None:
            return self.heen.inhoud
        clienten = {"Client": [client.inhoud for client in self.clienten]}
        return {**self.heen.inhoud, "Declaratie": {**self.heen.inhoud["Declaratie"], "Clienten": clienten}}

    def _regels(self, client: Inhoud, plek: Plek, *, judged: bool) -> list[tuple[Inhoud, Sequence[str]]]:
        """Each line with the codes that refuse it; below a client at fault none was judged."""
        prestaties: list[Inhoud] = client["Prestaties"]["Prestatie"]
        if not judged:
            return [(one, (NIET_BEOORDEELD,)) for one in prestaties]
        above = (*plek, ("Prestaties", 0))
        return [(one, self.codes.get((*above, ("Prestatie", at)), ())) for at, one in enumerate(prestaties, start=1)]

    def _granted(self, ingediend: int) -> int:
        """Cents: what was asked less the refused lines, or nothing of a declaration refused as a whole."""
        if self.whole:
            return 0
        return ingediend - sum(
            signed(ingediend_bedrag(one), "Bedrag") for client in self.clienten for one, codes in client.regels if codes
        )

    def as_325(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """A message of the gemeente: header of its own, the answer below it (regels-tr, chapter 4)."""
        antwoord: Inhoud = {"Header": self._header_325(gegevens, schema)}
        if self.on_header:
            return antwoord
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
            antwoord["DeclaratieAntwoord"]["Clienten"] = {"Client": [_client_325(one) for one in self.clienten]}
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

    def as_304(self, gegevens: RetourGegevens, schema: Schema) -> Inhoud:
        """The retourbericht of 2.4: clients with a refused line come back with all their lines."""
        totaal = self.heen.inhoud["Header"]["DeclaratieFactuurBedragen"]["DeclaratieFactuurTotaalBedrag"]
        codes = self.on_header or [GOED if self.clienten else VOLLEDIG_TOEGEKEND]
        header = retour_header(self.heen.inhoud, schema, gegevens, codes)
        header["RetourBedragen"] = {
            "IngediendTotaalBedrag": totaal,
            "ToegekendTotaalBedrag": _amount(self._granted(signed(totaal, "TotaalBedrag")), "TotaalBedrag"),
        }
        clienten = {"Clienten": {"Client": [_client_304(one) for one in self.clienten]}} if self.clienten else {}
        return {"Header": header, **clienten}


def _client_325(client: _Client) -> Inhoud:
    """Of his lines the refused ones alone."""
    refused = [{**one, "RetourCodes": _codes(codes)} for one, codes in client.regels if codes]
    return {
        "Bsn": client.inhoud["Bsn"],
        "Prestaties": {"Prestatie": refused},
        "RetourCodes": _codes(client.codes),
    }


def _client_304(client: _Client) -> Inhoud:
    prestaties = [_line_304(one, codes) for one, codes in client.regels]
    return {**client.inhoud, "Prestaties": {"Prestatie": prestaties}, "RetourCodes": _codes(client.codes)}


def _line_304(prestatie: Inhoud, codes: Sequence[str]) -> Inhoud:
    granted = 0 if codes else signed(ingediend_bedrag(prestatie), "Bedrag")
    return {
        **prestatie,
        "ToegekendeBedragPrestatie": {"ToegekendBedrag": _amount(granted, "Bedrag")},
        "RetourCodes": _codes(codes or [GOED]),
    }
