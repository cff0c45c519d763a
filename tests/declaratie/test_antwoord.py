"""The WMO304 and WMO325: what is granted and what is refused add up, and every code stands in its place."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaratie import controle
from services.declaratie.antwoord import make_antwoord
from services.declaratie.bulk import bulk_of
from services.declaratie.messages import read_declaratie
from shared import payload
from shared.exchange.dienst import Heen
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import HEADER, read_kop
from shared.iwmo.regels import Afwijking, Melding, Plek, Regel
from shared.iwmo.retour import RetourGegevens
from shared.iwmo.schemas import Schemas
from shared.iwmo.streaming import read_payload
from shared.payload import Payload
from shared.security.kluis import Kluis
from tests.shared.iwmo.berichten import (
    AANBIEDER,
    BSN,
    GEMEENTE,
    GRENZEN,
    a_bedrag,
    a_declaratie_bericht,
    a_heen,
    a_regel,
    amount_of,
    as_xml,
    soort,
    through_schema,
)

SCHEMAS = Schemas()
KLUIS = Kluis((), b"p" * 32)
NAAM = {"2.4": "WMO303D", "3.2": "WMO323"}
LINE = st.tuples(st.integers(-99_999_999, 99_999_999), st.sampled_from([(), ("9307",), ("9307", "0611"), ("8021",)]))
CLIENTS = st.lists(st.tuples(st.lists(LINE, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=3)


def a_melding(plek: Plek, retourcode: str, niveau: int = 3) -> Melding:
    return Melding(Regel("TR000", (), retourcode, "x", niveau, "test"), plek, Afwijking("fout"))


def a_declaration(release: Release, *clienten: list[Inhoud]) -> Heen:
    """A message that came in through its schema."""
    kind = soort(NAAM[release], release)
    return a_heen(through_schema(a_declaratie_bericht(release, *clienten), kind, SCHEMAS).inhoud, kind)


def client_plek(release: Release, number: int) -> Plek:
    above: Plek = (("Declaratie", 0),) if release == "3.2" else ()
    return (*above, ("Clienten", 0), ("Client", number))


def line_plek(release: Release, client: int, number: int) -> Plek:
    return (*client_plek(release, client), ("Prestaties", 0), ("Prestatie", number))


def answer(heen: Heen, *meldingen: Melding) -> Inhoud:
    """The answer, after it was written, validated and read again."""
    kind = soort(str(heen.soort.retour), heen.soort.release)
    gegevens = RetourGegevens(kind, "D00000000001", date(2025, 4, 11))
    inhoud = make_antwoord(heen, list(meldingen), gegevens, SCHEMAS.of(kind))
    gelezen = through_schema(inhoud, kind, SCHEMAS)
    assert gelezen.soort is kind
    assert gelezen.inhoud == inhoud
    if kind.naam in controle.SOORTEN:
        assert controle.check(read_kop(kind, gelezen.inhoud), gelezen.inhoud) == []
    return gelezen.inhoud


def signed(bedrag: Inhoud, naam: str = "TotaalBedrag") -> int:
    cents: int = bedrag[naam]
    assert cents or bedrag["DebetCredit"] == "D", "zero is a debit (CS325)"
    return -cents if bedrag["DebetCredit"] == "C" else cents


def totals(antwoord: Inhoud) -> tuple[int, int]:
    """What was asked and what was granted, as the answer tells it."""
    if "DeclaratieAntwoord" in antwoord:
        told = antwoord["DeclaratieAntwoord"]
        return signed(told["TotaalIngediendBedrag"]), signed(told["TotaalToegekendBedrag"])
    told = antwoord["Header"]["RetourBedragen"]
    return signed(told["IngediendTotaalBedrag"]), signed(told["ToegekendTotaalBedrag"])


def clients_of(antwoord: Inhoud) -> list[Inhoud]:
    holder = antwoord.get("DeclaratieAntwoord", antwoord)
    found: list[Inhoud] = holder.get("Clienten", {}).get("Client", [])
    return found


def lines_of(antwoord: Inhoud) -> list[Inhoud]:
    return [line for client in clients_of(antwoord) for line in client["Prestaties"]["Prestatie"]]


def codes_of(klasse: Inhoud) -> list[str]:
    found: list[str] = klasse["RetourCodes"]["RetourCode"]
    return found


def granted_on(line: Inhoud) -> int:
    """What a line that came back was granted: nothing in a 325, as told in a 304."""
    if "ToegekendeBedragPrestatie" not in line:
        return 0
    return signed(line["ToegekendeBedragPrestatie"]["ToegekendBedrag"], "Bedrag")


def build(release: Release, clients: Any) -> tuple[Heen, list[Melding], int]:
    """A declaration, its meldingen, and what they refuse."""
    number, lines, meldingen, refused = 0, [], [], 0
    for at, (client, at_fault) in enumerate(clients, start=1):
        own = []
        for place, (cents, codes) in enumerate(client, start=1):
            number += 1
            # Each line on a toewijzing of its own: no two may claim the same (TR416).
            vorige = f"O{number}" if cents < 0 else None
            own.append(a_regel(release, cents, referentie=f"R{number}", vorige=vorige, ToewijzingNummer=number))
            if at_fault or codes:
                refused += cents
            if not at_fault:
                meldingen += [a_melding(line_plek(release, at, place), code) for code in codes]
        lines.append(own)
        if at_fault:
            meldingen.append(a_melding(client_plek(release, at), "8187"))
    return a_declaration(release, *lines), meldingen, refused


@given(clients=CLIENTS, release=st.sampled_from(RELEASES))
def test_granted_and_refused_are_what_was_asked(clients: Any, release: Release) -> None:
    heen, meldingen, refused = build(release, clients)

    antwoord = answer(heen, *meldingen)

    asked, granted = totals(antwoord)
    assert asked == sum(cents for client, _ in clients for cents, _ in client)
    assert granted + refused == asked
    assert sum(amount_of(line) - granted_on(line) for line in lines_of(antwoord)) == refused


@given(clients=CLIENTS, release=st.sampled_from(RELEASES))
def test_every_refused_line_comes_back_with_its_codes(clients: Any, release: Release) -> None:
    heen, meldingen, _ = build(release, clients)

    antwoord = answer(heen, *meldingen)

    wanted, number = {}, 0
    for client, at_fault in clients:
        for _, codes in client:
            number += 1
            if at_fault or codes:
                wanted[f"R{number}"] = ["0233"] if at_fault else list(codes)
    found = {line["ProductReferentie"]["ReferentieNummer"]: codes_of(line) for line in lines_of(antwoord)}
    assert {ref: codes for ref, codes in found.items() if codes != ["0200"]} == wanted


@given(clients=CLIENTS, release=st.sampled_from(RELEASES))
def test_a_message_of_right_totals_breaks_no_rule_in_itself(clients: Any, release: Release) -> None:
    heen, _, _ = build(release, clients)

    assert controle.check(heen.kop, heen.inhoud) == []


@pytest.mark.parametrize("release", RELEASES)
def test_all_granted_is_told_by_8001_and_no_lines(release: Release) -> None:
    antwoord = answer(a_declaration(release))

    assert totals(antwoord) == (40300, 40300)
    assert clients_of(antwoord) == []
    if release == "3.2":
        assert codes_of(antwoord["Header"]) == ["0200"]
        assert codes_of(antwoord["DeclaratieAntwoord"]) == ["8001"]
    else:
        assert codes_of(antwoord["Header"]) == ["8001"]


def test_325_has_a_header_of_its_own() -> None:
    heen = a_declaration("3.2")

    header = answer(heen)["Header"]

    assert (header["Afzender"], header["Ontvanger"]) == (GEMEENTE, AANBIEDER)
    assert header["BerichtIdentificatie"] == {"Identificatie": "D00000000001", "Dagtekening": "2025-04-11"}
    assert header["DeclaratieIdentificatie"] == heen.inhoud["Header"]["BerichtIdentificatie"]
    assert header["XsdVersieDeclaratie"] == heen.inhoud["Header"]["XsdVersie"]


def test_304_keeps_the_header_of_its_303() -> None:
    heen = a_declaration("2.4")

    header = answer(heen)["Header"]

    assert (header["Afzender"], header["Ontvanger"]) == (AANBIEDER, GEMEENTE)
    assert header["IdentificatieRetour"] == "D00000000001"
    for naam in ("DeclaratieFactuurIdentificatie", "DeclaratieFactuurPeriode", "XsdVersie"):
        assert header[naam] == heen.inhoud["Header"][naam]


@pytest.mark.parametrize("release", RELEASES)
def test_a_fault_within_the_message_gives_a_header_alone_with_0001(release: Release) -> None:
    heen = a_declaration(release)

    antwoord = answer(heen, a_melding(line_plek(release, 1, 1), "0001", niveau=2))

    assert list(antwoord) == ["Header"]
    assert codes_of(antwoord["Header"]) == ["0001"]
    assert antwoord["Header"]["XsltVersie"] == "1.0.0"


@pytest.mark.parametrize("release", RELEASES)
def test_a_fault_in_the_header_gives_a_header_alone_with_its_code(release: Release) -> None:
    antwoord = answer(a_declaration(release), a_melding(HEADER, "9056"))

    assert list(antwoord) == ["Header"]
    assert codes_of(antwoord["Header"]) == ["9056"]


def test_a_fault_in_the_declaration_grants_nothing_and_returns_no_lines() -> None:
    antwoord = answer(a_declaration("3.2"), a_melding((("Declaratie", 0),), "9333"))

    assert codes_of(antwoord["Header"]) == ["0200"]
    assert codes_of(antwoord["DeclaratieAntwoord"]) == ["9333"]
    assert antwoord["DeclaratieAntwoord"]["TotaalToegekendBedrag"] == a_bedrag(0, "TotaalBedrag")
    assert clients_of(antwoord) == []


def test_a_fault_in_a_303_as_a_whole_stands_on_its_header_and_grants_nothing() -> None:
    heen = a_declaration("2.4")

    antwoord = answer(heen, a_melding(read_declaratie(heen.kop, heen.inhoud, KLUIS.pseudoniem).plek, "9333"))

    assert codes_of(antwoord["Header"]) == ["9333"]
    assert totals(antwoord) == (40300, 0)


@pytest.mark.parametrize("release", RELEASES)
def test_a_refused_client_comes_back_with_all_his_lines_unjudged(release: Release) -> None:
    lines = [a_regel(release), a_regel(release, 100, referentie="R2")]
    heen = a_declaration(release, lines, [a_regel(release, 7, referentie="R3")])

    antwoord = answer(heen, a_melding(client_plek(release, 1), "8187"))

    [client] = clients_of(antwoord)
    assert (client["Bsn"], codes_of(client)) == (BSN, ["8187"])
    assert [codes_of(line) for line in lines_of(antwoord)] == [["0233"], ["0233"]]
    assert totals(antwoord) == (40407, 7)
    if release == "3.2":
        assert codes_of(antwoord["DeclaratieAntwoord"]) == codes_of(antwoord["Header"]) == ["0200"]


def test_325_returns_the_refused_lines_alone() -> None:
    heen = a_declaration("3.2", [a_regel("3.2"), a_regel("3.2", 100, referentie="R2")])

    antwoord = answer(heen, a_melding(line_plek("3.2", 1, 2), "9307"))

    [client] = clients_of(antwoord)
    [line] = lines_of(antwoord)
    assert codes_of(client) == ["0200"]
    assert (line["ProductReferentie"]["ReferentieNummer"], codes_of(line)) == ("R2", ["9307"])
    assert {naam: value for naam, value in line.items() if naam != "RetourCodes"} == a_regel(
        "3.2", 100, referentie="R2"
    )


def test_304_returns_all_lines_of_a_client_with_a_refused_one() -> None:
    heen = a_declaration(
        "2.4", [a_regel("2.4"), a_regel("2.4", 100, referentie="R2")], [a_regel("2.4", referentie="R3")]
    )

    antwoord = answer(heen, a_melding(line_plek("2.4", 1, 2), "9307"))

    [client] = clients_of(antwoord)
    assert codes_of(client) == ["0200"]
    assert [(codes_of(line), granted_on(line)) for line in lines_of(antwoord)] == [(["0200"], 40300), (["9307"], 0)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_refused_credit_raises_what_is_granted(release: Release) -> None:
    heen = a_declaration(release, [a_regel(release), a_regel(release, -300, referentie="C1", vorige="O1")])

    antwoord = answer(heen, a_melding(line_plek(release, 1, 2), "8017"))

    assert totals(antwoord) == (40000, 40300)


@pytest.mark.parametrize("release", RELEASES)
def test_a_declaration_is_read_alike_in_both_releases(release: Release) -> None:
    heen = a_declaration(release, [a_regel(release), a_regel(release, -300, referentie="C1", vorige="O1")])
    lezing = read_declaratie(heen.kop, heen.inhoud, KLUIS.pseudoniem)

    debit, credit = lezing.prestaties
    assert (lezing.gemeente, lezing.aanbieder, lezing.nummer, lezing.ingediend) == (
        GEMEENTE,
        AANBIEDER,
        "D202503",
        40000,
    )
    assert (debit.bedrag, debit.credit, debit.saldo, debit.vorige_referentie) == (40300, False, 40300, None)
    assert (credit.bedrag, credit.credit, credit.saldo, credit.vorige_referentie) == (300, True, -300, "O1")
    assert debit.client == KLUIS.pseudoniem(BSN)
    assert debit.plek == line_plek(release, 1, 1)
    assert lezing.dagtekening == date(2025, 4, 4)


@given(release=st.sampled_from(RELEASES), clients=CLIENTS, whole=st.booleans())
def test_a_large_message_is_answered_as_a_small_one(release: Release, clients: Any, whole: bool) -> None:
    """Its clients are not in its content: those that come back are read once more."""
    heen, meldingen, _ = build(release, clients)
    if whole:
        meldingen = [a_melding(HEADER, "9056")]

    assert answer(in_pieces(heen), *meldingen) == answer(heen, *meldingen)


def in_pieces(heen: Heen) -> Heen:
    """The same message, as it is read when it is large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "LARGE_BYTES", 0)
        patch.setattr(payload, "HELD_BYTES", 0)
        body = Payload.of(as_xml(heen.inhoud, heen.soort, SCHEMAS))
        gelezen = read_payload(body, SCHEMAS, GRENZEN, lambda schema: bulk_of(schema, str))
    assert gelezen.delen is not None
    return replace(heen, inhoud=gelezen.inhoud, delen=gelezen.delen)
