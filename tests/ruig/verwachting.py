"""What the state should be after the messages of a ledger, by the messages and their answers alone."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from shared.iwmo.codec import Inhoud
from tests.keten.berichten.bericht import codes
from tests.keten.berichten.declaratie import cents, referentie
from tests.ruig.grootboek import Post

GOED = "0200"
Sleutel = tuple[str, int]


def _good(posten: Iterable[Post], *namen: str) -> list[Post]:
    return [post for post in posten if post.bericht.naam in namen and post.verwerkt]


def toewijzingen(posten: Iterable[Post]) -> dict[Sleutel, tuple[str, str | None, int | None]]:
    """First and last day and volume of each toewijzing: of all versions accepted the one that was decided last."""
    newest: dict[Sleutel, tuple[tuple[str, str], tuple[str, str | None, int | None]]] = {}
    for post in _good(posten, "WMO301"):
        client = post.bericht["Client"]
        products = client.get("Beschikking", client)["ToegewezenProducten"]["ToegewezenProduct"]
        for product in products:
            key = (post.kring.gemeente.code, int(product["ToewijzingNummer"]))
            moment = (product["Toewijzingsdatum"], product["Toewijzingstijd"])
            volume = product["Omvang"]["Volume"] if "Omvang" in product else None
            state = (product["Ingangsdatum"], product.get("Einddatum"), volume)
            if key not in newest or newest[key][0] <= moment:
                newest[key] = (moment, state)
    return {key: state for key, (_, state) in newest.items()}


def zorgperioden(posten: Iterable[Post]) -> dict[Sleutel, tuple[str, str | None]]:
    """Begin and end of care under each toewijzing; the tests start and stop once on each."""
    found: dict[Sleutel, tuple[str, str | None]] = {}
    for post in _good(posten, "WMO305"):
        for start in post.bericht["Client"]["StartProducten"]["StartProduct"]:
            found[post.kring.gemeente.code, int(start["ToewijzingNummer"])] = (start["Begindatum"], None)
    for post in _good(posten, "WMO307"):
        for stop in post.bericht["Client"]["StopProducten"]["StopProduct"]:
            key = (post.kring.gemeente.code, int(stop["ToewijzingNummer"]))
            found[key] = (stop["Begindatum"], stop["Einddatum"])
    return found


def toegekend(posten: Iterable[Post]) -> dict[Sleutel, int]:
    """Granted cents on each toewijzing: of the lines that no answer refuses."""
    found: defaultdict[Sleutel, int] = defaultdict(int)
    for post in _good(posten, "WMO303D", "WMO303F", "WMO323"):
        refused = refused_lines(post.retour or {})
        for line in _lines(post):
            if referentie(line) not in refused:
                found[post.kring.gemeente.code, int(line["ToewijzingNummer"])] += cents(line)
    return dict(found)


def check_totals(post: Post) -> None:
    """The granted total in an answer is the sum of the lines that it does not refuse."""
    answer = post.retour or {}
    told = answer.get("DeclaratieAntwoord", {}).get("TotaalToegekendBedrag")
    told = told or answer["Header"].get("RetourBedragen", {}).get("ToegekendTotaalBedrag")
    if told is None:
        return
    refused = refused_lines(answer)
    granted = sum(cents(line) for line in _lines(post) if referentie(line) not in refused)
    amount = int(told["TotaalBedrag"]) * (-1 if told["DebetCredit"] == "C" else 1)
    assert amount == granted, f"{post.naam}: the answer grants {amount}, its lines {granted}"


def _lines(post: Post) -> list[Inhoud]:
    whole: dict[str, Any] = post.bericht.inhoud
    clients = whole.get("Declaratie", whole)["Clienten"]["Client"]
    return [line for client in clients for line in client["Prestaties"]["Prestatie"]]


def refused_lines(answer: Inhoud) -> set[str]:
    """The ReferentieNummers that an answer refuses."""
    clients = answer.get("DeclaratieAntwoord", answer).get("Clienten", {}).get("Client", [])
    lines = (line for client in clients for line in client["Prestaties"]["Prestatie"])
    return {referentie(line) for line in lines if set(codes(line)) != {GOED}}
