"""What a pair of declarations needs: toewijzingen, a contract, and a look at the whole answer."""

from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import Bericht, codes
from tests.keten.berichten.declaratie import a_declaratie, cents, referentie
from tests.keten.berichten.toewijzing import a_301, toegewezen_product
from tests.keten.kring import Kring


async def toegewezen(kring: Kring, *, bsn: str | None = None, **product: Any) -> int:
    """A toewijzing of the client, or of another; an element that is None is left out."""
    nummer = kring.nummer()
    inhoud = {naam: value for naam, value in toegewezen_product(kring, nummer, **product).items() if value is not None}
    await kring.gemeente.send(a_301(kring, inhoud, **({"Bsn": bsn} if bsn else {})))
    return nummer


async def grants(kring: Kring, *lines: Inhoud, **bericht: Any) -> Inhoud:
    """Sends a declaration of these lines, all of which are granted; its answer."""
    return await granted(kring, a_declaratie(kring, *lines, **bericht))


async def granted(kring: Kring, bericht: Bericht) -> Inhoud:
    """Sends a declaration, all of which is granted; its answer."""
    uitkomst = await kring.aanbieder.send(bericht)
    assert uitkomst["meldingen"] == []
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)
    assert clients_of(antwoord) == []
    assert codes(_whole(antwoord)) == ["8001"]
    assert totals(antwoord) == (asked(bericht), asked(bericht))
    return antwoord


async def refused_within(kring: Kring, bericht: Bericht, *regels: str) -> None:
    """Sends a declaration that is wrong in itself by these rules: a header alone, with 0001."""
    found, antwoord = await _refused(kring, bericht)
    assert {code for _, code in found} == {"0001"}
    assert {regel for regel, _ in found} == set(regels)
    _header_alone(bericht, antwoord, "0001")


async def refused_on_header(kring: Kring, bericht: Bericht, regel: str, code: str) -> None:
    """Sends a declaration that is refused on its header."""
    found, antwoord = await _refused(kring, bericht)
    assert found == [(regel, code)]
    _header_alone(bericht, antwoord, code)


async def refused_as_a_whole(kring: Kring, bericht: Bericht, regel: str, code: str) -> None:
    """Sends a declaration that is refused on its class Declaratie; a 303 has that in its header."""
    found, antwoord = await _refused(kring, bericht)
    assert found == [(regel, code)]
    if bericht.release == "2.4":
        _header_alone(bericht, antwoord, code)
        return
    assert (codes(antwoord["Header"]), codes(antwoord["DeclaratieAntwoord"])) == (["0200"], [code])
    assert clients_of(antwoord) == []
    assert totals(antwoord) == (asked(bericht), 0)


async def refused_line(kring: Kring, bericht: Bericht, bad: Inhoud, **expected: str) -> None:
    """Sends a declaration of which one line is refused, by these rules with their codes; all others are granted."""
    uitkomst = await kring.aanbieder.send(bericht)
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)
    assert told(uitkomst) == [(regel.upper(), code) for regel, code in expected.items()]
    assert {melding["klasse"] for melding in uitkomst["meldingen"]} == {"Prestatie"}
    await _clashing_messages_are_there(kring, uitkomst)
    assert codes(_whole(antwoord)) == codes(antwoord["Header"]) == ["0200"]
    [client] = clients_of(antwoord)
    lines = {referentie(line): codes(line) for line in client["Prestaties"]["Prestatie"]}
    assert codes(client) == ["0200"]
    assert lines.pop(referentie(bad)) == list(expected.values())
    # 2.4 returns every line of a client with a refused one, 3.2 the refused lines alone.
    assert set(map(tuple, lines.values())) <= {("0200",)} if bericht.release == "2.4" else not lines
    assert totals(antwoord) == (asked(bericht), asked(bericht) - cents(bad))


async def _clashing_messages_are_there(kring: Kring, uitkomst: dict[str, Any]) -> None:
    """What a melding says the line clashes with is where it says, be that at another service."""
    for melding in uitkomst["meldingen"]:
        if melding["botstMet"]:
            assert (await kring.aanbieder.get(melding["botstMetHref"]))["id"] == melding["botstMet"]


async def refused_client(kring: Kring, bericht: Bericht, bsn: str, regel: str, code: str) -> None:
    """Sends a declaration of which one client is refused, and his lines with him; all others are granted."""
    uitkomst = await kring.aanbieder.send(bericht)
    antwoord = await kring.aanbieder.retour(bericht, uitkomst)
    assert told(uitkomst) == [(regel, code)]
    [client] = clients_of(antwoord)
    lines = client["Prestaties"]["Prestatie"]
    assert (client["Bsn"], codes(client)) == (bsn, [code])
    assert {tuple(codes(line)) for line in lines} == {("0233",)}
    assert totals(antwoord) == (asked(bericht), asked(bericht) - sum(map(cents, lines)))


async def _refused(kring: Kring, bericht: Bericht) -> tuple[list[tuple[str, str]], Inhoud]:
    uitkomst = await kring.aanbieder.send(bericht, "afgekeurd")
    return told(uitkomst), await kring.aanbieder.retour(bericht, uitkomst)


def _header_alone(bericht: Bericht, antwoord: Inhoud, code: str) -> None:
    assert list(antwoord) == ["Header"]
    assert codes(antwoord["Header"]) == [code]
    if bericht.release == "2.4":
        assert totals(antwoord) == (asked(bericht), 0)


def told(uitkomst: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and retourcode of each melding."""
    return [(melding["regel"], melding["retourcode"]) for melding in uitkomst["meldingen"]]


def _whole(antwoord: Inhoud) -> Inhoud:
    """The class that tells of the declaration as a whole: in 2.4 that is the header."""
    found: Inhoud = antwoord.get("DeclaratieAntwoord") or antwoord["Header"]
    return found


def clients_of(antwoord: Inhoud) -> list[Inhoud]:
    """The clients that came back."""
    found: list[Inhoud] = antwoord.get("DeclaratieAntwoord", antwoord).get("Clienten", {}).get("Client", [])
    return found


def totals(antwoord: Inhoud) -> tuple[int, int]:
    """Asked and granted, as a 304 or 325 tells it, in cents with their sign."""
    if "DeclaratieAntwoord" in antwoord:
        whole, namen = antwoord["DeclaratieAntwoord"], ("TotaalIngediendBedrag", "TotaalToegekendBedrag")
    else:
        whole, namen = antwoord["Header"]["RetourBedragen"], ("IngediendTotaalBedrag", "ToegekendTotaalBedrag")
    one, other = (_signed(whole[naam]) for naam in namen)
    return one, other


def asked(bericht: Bericht) -> int:
    """The total that a declaration states, in cents with its sign."""
    if bericht.release == "3.2":
        return _signed(bericht["Declaratie"]["TotaalIngediendBedrag"])
    return _signed(bericht["Header"]["DeclaratieFactuurBedragen"]["DeclaratieFactuurTotaalBedrag"])


def _signed(bedrag: Inhoud) -> int:
    return int(bedrag["TotaalBedrag"]) * (-1 if bedrag["DebetCredit"] == "C" else 1)
