"""The totals of a WMO304 and WMO325 against their lines, summed from the XML by other means than the node's own."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.declaratie import antwoord as antwoord_module
from services.declaratie import herkomst
from services.declaratie.antwoord import make_antwoord
from services.declaratie.beantwoord import verwijzing_of
from services.declaratie.domain.deels import by_debit, by_decision
from services.declaratie.messages import read_declaratie
from shared.exchange.antwoorden import AntwoordError
from shared.exchange.dienst import Heen
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.kop import HEADER
from shared.iwmo.regels import Melding
from shared.iwmo.retour import RetourGegevens
from tests.declaratie.test_antwoord import CLIENTS, SCHEMAS, a_declaration, a_melding, build, in_pieces, line_plek
from tests.shared.iwmo.berichten import a_regel, as_xml, soort

CENTS = st.integers(-99_999, 99_999)
WHOLE = st.sampled_from([None, None, None, "0001", "9056", "9333"])
"""Mostly nothing wrong with the declaration as a whole."""


def xml_of(heen: Heen, *meldingen: Melding) -> Any:
    """The answer as it goes out."""
    kind = soort(str(heen.soort.retour), heen.soort.release)
    gegevens = RetourGegevens(kind, "D00000000001", date(2025, 4, 11))
    return etree.fromstring(as_xml(make_antwoord(heen, meldingen, gegevens, SCHEMAS.of(kind)), kind, SCHEMAS))


def all_named(above: Any, naam: str) -> list[Any]:
    found: list[Any] = above.xpath(f".//*[local-name() = '{naam}']")
    return found


def cents(above: Any, naam: str) -> int:
    """The only amount of this name below an element, with its sign."""
    [bedrag] = all_named(above, naam)
    amount = next(one for one in bedrag.iter() if etree.QName(one).localname in ("Bedrag", "TotaalBedrag"))
    sign = amount.getnext()
    assert etree.QName(sign).localname == "DebetCredit"
    assert int(amount.text) or sign.text == "D"
    return int(amount.text) * {"D": 1, "C": -1}[sign.text]


def codes(above: Any) -> list[str]:
    """The codes of the class itself, not of those below it."""
    return [one.text for one in above.xpath("./*[local-name() = 'RetourCodes']/*")]


def whole_melding(release: Release, code: str) -> Melding:
    if code == "0001":
        return a_melding(line_plek(release, 1, 1), code, niveau=2)
    return a_melding((("Declaratie", 0),) if code == "9333" and release == "3.2" else HEADER, code)


@given(clients=CLIENTS, whole=WHOLE)
def test_a_325_grants_what_it_does_not_refuse(clients: Any, whole: str | None) -> None:
    heen, meldingen, _ = build("3.2", clients)
    sent = etree.fromstring(as_xml(heen.inhoud, heen.soort, SCHEMAS))
    if whole:
        meldingen = [whole_melding("3.2", whole)]

    told = xml_of(heen, *meldingen)

    lines = all_named(told, "Prestatie")
    [header] = all_named(told, "Header")
    if whole in ("0001", "9056"):
        assert (codes(header), all_named(told, "DeclaratieAntwoord")) == ([whole], [])
        return
    [antwoord] = all_named(told, "DeclaratieAntwoord")
    asked, granted = cents(antwoord, "TotaalIngediendBedrag"), cents(antwoord, "TotaalToegekendBedrag")
    refused = sum(cents(line, "IngediendBedrag") for line in lines)
    assert codes(header) == ["0200"]
    assert asked == sum(cents(line, "IngediendBedrag") for line in all_named(sent, "Prestatie"))
    assert granted == (0 if whole else asked - refused)
    assert codes(antwoord) == [whole or ("0200" if meldingen else "8001")]
    assert bool(lines) == bool(meldingen and not whole)
    for client in all_named(told, "Client"):
        below = {code for line in all_named(client, "Prestatie") for code in codes(line)}
        assert (codes(client), below) == (["8187"], {"0233"}) or (codes(client) == ["0200"] and "0233" not in below)


@given(clients=CLIENTS, whole=WHOLE)
def test_a_304_grants_what_it_tells_per_line_and_the_clients_it_leaves_out(clients: Any, whole: str | None) -> None:
    heen, meldingen, _ = build("2.4", clients)
    sent = etree.fromstring(as_xml(heen.inhoud, heen.soort, SCHEMAS))
    if whole:
        meldingen = [whole_melding("2.4", whole)]

    told = xml_of(heen, *meldingen)

    [header] = all_named(told, "Header")
    returned = {line.text for line in all_named(told, "ReferentieNummer")}
    left_out = [
        one for one in all_named(sent, "Prestatie") if all_named(one, "ReferentieNummer")[0].text not in returned
    ]
    asked, granted = cents(header, "IngediendTotaalBedrag"), cents(header, "ToegekendTotaalBedrag")
    per_line = [(codes(one), cents(one, "ToegekendBedrag"), one) for one in all_named(told, "Prestatie")]
    assert codes(header) == [whole or ("0200" if meldingen else "8001")]
    assert asked == sum(cents(one, "DeclaratieFactuurBedrag") for one in all_named(sent, "Prestatie"))
    if whole:
        assert (granted, per_line) == (0, [])
        return
    assert granted == sum(cents for _, cents, _ in per_line) + sum(
        cents(one, "DeclaratieFactuurBedrag") for one in left_out
    )
    for found, amount, line in per_line:
        assert amount == (cents(line, "DeclaratieFactuurBedrag") if found == ["0200"] else 0)


@given(clients=st.lists(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=4), min_size=1, max_size=3))
def test_a_304_tells_to_the_cent_what_it_grants_in_part(clients: Any) -> None:
    """Of debits and credits, and of a message that was read in pieces as well; the rest of a line is refused."""
    heen, _, _ = build("2.4", [([(asked, ()) for asked, _ in lines], False) for lines in clients])
    lezing = read_declaratie(heen.kop, heen.inhoud, str)
    meldingen, granted = [], {}
    for line, (asked, cut) in zip(lezing.prestaties, (one for lines in clients for one in lines), strict=True):
        in_part = 0 < abs(cut) < line.bedrag
        granted[line.referentie] = asked - (abs(cut) if asked > 0 else -abs(cut)) * in_part
        if in_part and line.credit:
            meldingen.append(by_debit(line, abs(cut), ["0611"]))
        elif in_part:
            meldingen.append(by_decision(line, line.bedrag - abs(cut), "0611", None))

    told = xml_of(heen, *meldingen)

    [header] = all_named(told, "Header")
    assert cents(header, "ToegekendTotaalBedrag") == sum(granted.values())
    assert codes(header) == ["0200" if meldingen else "8001"]
    back = {all_named(line, "ReferentieNummer")[0].text: line for line in all_named(told, "Prestatie")}
    assert {number: cents(line, "ToegekendBedrag") for number, line in back.items()} == {
        number: granted[number] for number in back
    }
    cut_short = {line.referentie for line in lezing.prestaties if granted[line.referentie] != line.saldo}
    assert {number for number, line in back.items() if codes(line) == ["0611"]} == cut_short
    assert etree.tostring(xml_of(in_pieces(heen), *meldingen)) == etree.tostring(told)


@pytest.mark.parametrize("release", RELEASES)
def test_a_fault_in_the_declaration_stops_what_is_told_below_it(release: Release) -> None:
    """Were both told, the lines would come back under a total of nothing."""
    heen = a_declaration(release)

    told = xml_of(heen, whole_melding(release, "9333"), a_melding(line_plek(release, 1, 1), "9307"))

    assert all_named(told, "Client") == []


@pytest.mark.parametrize(
    ("value", "told"),
    [({"GeleverdVolume": 1}, "TR367"), ({"ProductReferentie": {"ReferentieNummer": "X"}}, "TR366")],
)
def test_an_answer_that_disagrees_with_its_declaration_is_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, value: Any, told: str
) -> None:
    """It is only seen as the clients are written, before anything is stored."""
    right = herkomst._InInhoud.regels_323
    monkeypatch.setattr(
        herkomst._InInhoud, "regels_323", lambda *which: (one | value for one in right(*which)), raising=True
    )

    with pytest.raises(AntwoordError, match=f"WMO325: {told}"):
        xml_of(a_declaration("3.2", [a_regel("3.2")]), a_melding(line_plek("3.2", 1, 1), "9307"))


def test_an_answer_with_another_name_for_its_declaration_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    other = verwijzing_of(a_declaration("3.2").inhoud)
    monkeypatch.setattr(antwoord_module, "verwijzing_of", lambda _: replace(other, nummer="X"))

    with pytest.raises(AntwoordError, match="WMO325: TR376"):
        xml_of(a_declaration("3.2"))
