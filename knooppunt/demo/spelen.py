"""Plays the story, or the messages of a folder, and shows what became of each."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from knooppunt.demo.bedragen import euro
from knooppunt.demo.beller import DIENST, Beller
from knooppunt.demo.verhaal import GEMEENTE, PRODUCTEN, VERHAAL, Stap
from shared.exchange.register import parties
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.schemas import Schemas
from shared.problems import KnooppuntError

PRIORITY = ("WMO301", "WMO315", "WMO317", "WMO319", "WMO305", "WMO303D", "WMO323", "WMO307", "WMO303F")


@dataclass
class Uitslag:
    """What became of one message."""

    status: str
    retour: str = "-"
    codes: list[str] = field(default_factory=list)
    """All codes in the answer; ``geweigerd`` are those of the rules that the message broke."""
    geweigerd: tuple[str, ...] = ()
    ingediend: int | None = None
    toegekend: int | None = None
    uitleg: list[str] = field(default_factory=list)


def play_story(beller: Beller, console: Console) -> bool:
    """The whole story in both releases; true when every step did what it should."""
    beller.producten(GEMEENTE, PRODUCTEN.read_bytes())
    good = True
    for release in ("2.4", "3.2"):
        table = _table(f"iWmo {release}")
        explained: list[str] = []
        sent: list[Kop] = []
        for stap in (stap for stap in VERHAAL if stap.release == release):
            body = stap.path.read_bytes()
            kop = _kop(body)
            uitslag = _send(beller, kop, body)
            as_told = _as_expected(stap, uitslag)
            good &= as_told
            sent.append(kop)
            _add(table, kop, stap.titel, uitslag, as_told=as_told)
            explained += uitslag.uitleg
        console.print(table)
        for line in explained:
            console.print(f"  {line}", markup=False, highlight=False)
        good &= _show_mailboxes(beller, sent, console)
    return good


def play_folder(beller: Beller, folder: Path, console: Console) -> bool:
    """Every message of a folder, toewijzingen first; true when each got an answer."""
    found = [_read_file(path) for path in sorted(folder.glob("*.xml"))]
    messages = sorted((one for one in found if isinstance(one[1], Kop)), key=lambda one: _order(one[1]))
    table = _table(str(folder))
    explained, answered = [], bool(found)
    for path, kop, body in messages:
        uitslag = _send(beller, kop, body)
        answered &= uitslag.status in ("verwerkt", "afgekeurd", "overgeslagen", "geweigerd")
        _add(table, kop, path.name, uitslag)
        explained += [f"{path.name}: {line}" for line in uitslag.uitleg]
    for path, error, _ in (one for one in found if not isinstance(one[1], Kop)):
        table.add_row(path.name, "-", "-", "[red]ongeldig[/red]", "-", "-", "", "")
        explained += [f"{path.name}: {line}" for line in _faults(error)]
    console.print(table)
    for line in explained:
        console.print(f"  {line}", markup=False, highlight=False)
    return answered


def _read_file(path: Path) -> tuple[Path, Any, bytes]:
    body = path.read_bytes()
    try:
        return path, _kop(body), body
    except KnooppuntError as error:
        return path, error, body


def _kop(body: bytes) -> Kop:
    gelezen = read(body, _SCHEMAS, Grenzen())
    return read_kop(gelezen.soort, gelezen.inhoud)


_SCHEMAS = Schemas()


def _order(kop: Kop) -> tuple[int, str]:
    naam = kop.soort.naam
    return PRIORITY.index(naam) if naam in PRIORITY else len(PRIORITY), kop.dagtekening.isoformat()


def _send(beller: Beller, kop: Kop, body: bytes) -> Uitslag:
    sender, _ = parties(kop)
    dienst = DIENST.get(kop.soort.naam)
    if kop.soort.retour is None:
        return Uitslag("overgeslagen", uitleg=[f"{kop.soort.naam} is een antwoord; die maakt het knooppunt zelf"])
    answer = beller.stuur(sender, dienst or "toewijzing", body)
    document = answer.json()
    if answer.is_error:
        status = "geweigerd" if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR else "mislukt"
        return Uitslag(status, uitleg=_problem(document))
    uitslag = Uitslag(
        status=document["status"],
        retour=document["retour"]["bericht"] if document["retour"] else "-",
        geweigerd=tuple(dict.fromkeys(melding["retourcode"] for melding in document["meldingen"])),
        uitleg=[_explain(melding) for melding in document["meldingen"]],
    )
    if document["retour"]:
        uitslag.codes = beller.retourcodes(sender, document["retour"]["href"])
    if dienst == "declaratie":
        totals = beller.declaratie(sender, document["id"])
        uitslag.ingediend = totals["ingediend"] if totals else None
        uitslag.toegekend = totals["toegekend"] if totals else 0
    return uitslag


def _problem(document: dict[str, Any]) -> list[str]:
    lines = [f"{document['title']}: {document['detail']}"]
    return lines + [f"{fout['locatie']}: {fout['reden']}" for fout in document.get("fouten", [])[:5]]


def _faults(error: KnooppuntError) -> list[str]:
    return [error.detail, *(f"{fout.locatie}: {fout.reden}" for fout in error.fouten[:5])]


def _explain(melding: dict[str, Any]) -> str:
    compared = ""
    if melding.get("verwacht"):
        compared = f" (gevonden {melding.get('gevonden')}, verwacht {melding['verwacht']})"
    place = f"{melding['regel']} -> {melding['retourcode']} op {melding['locatie']}"
    return f"{place}: {melding['omschrijving']}{compared}"


def _as_expected(stap: Stap, uitslag: Uitslag) -> bool:
    return (uitslag.status, uitslag.retour, uitslag.geweigerd, uitslag.toegekend) == (
        "verwerkt",
        stap.retour,
        stap.codes,
        stap.toegekend,
    )


def _show_mailboxes(beller: Beller, sent: list[Kop], console: Console) -> bool:
    """What each party finds: the messages sent to him, and the answers to his own. True when that is all there is."""
    good = True
    for partij in dict.fromkeys(one for kop in sent for one in parties(kop)):
        expected = [kop.soort.naam for kop in sent if parties(kop)[1] == partij]
        expected += [str(kop.soort.retour) for kop in sent if parties(kop)[0] == partij]
        found = beller.leeg_postbus(partij)
        good &= sorted(found) == sorted(expected)
        console.print(f"  postbus van {partij}: {', '.join(sorted(found)) or 'leeg'}", highlight=False)
    console.print()
    return good


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("stap", "bericht", "van -> naar", "oordeel", "retour", "codes"):
        table.add_column(name, overflow="fold")
    table.add_column("ingediend", justify="right")
    table.add_column("toegekend", justify="right")
    return table


def _add(table: Table, kop: Kop, titel: str, uitslag: Uitslag, *, as_told: bool = True) -> None:
    van, naar = parties(kop)
    oordeel = uitslag.status if as_told else f"[red]{uitslag.status} (onverwacht)[/red]"
    codes = " ".join(uitslag.codes) or ("geen" if uitslag.retour != "-" else "-")
    euros = (euro(uitslag.ingediend), euro(uitslag.toegekend))
    table.add_row(titel, kop.soort.naam, f"{van} -> {naar}", oordeel, uitslag.retour, codes, *euros)
