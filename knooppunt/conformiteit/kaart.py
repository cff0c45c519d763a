"""The conformity card: what docs/conformiteit.md says, from the rules, their tests and what became of those."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from knooppunt.conformiteit.lijst import elementregels, technische_regels
from knooppunt.conformiteit.proeven import GESLAAGD, KETEN, Proef, Uitslag
from knooppunt.conformiteit.register import GEDEELD, Ingeschreven
from shared.iwmo.catalogus import RELEASES
from shared.settings import SERVICES

DIENSTEN: tuple[str, ...] = (GEDEELD, *SERVICES)
NIVEAUS = {
    2: "binnen het bericht (afkeur met 0001)",
    3: "berichtoverstijgend",
    4: "externe bron",
}
ONTBREEKT = "**ontbreekt**"
INTRO = """# Conformiteitskaart

Dit bestand is gemaakt; wijzig het niet met de hand. `make regels` zoekt de regels in de code en de tests op naam
(`test_<code>_accepts_...` en `test_<code>_refuses_...`), draait die tests, en schrijft dit bestand met hun uitslag. Het
faalt, met een lijst, als bij een regel een van beide ontbreekt, niet gedraaid is of niet slaagt. `make test` draait
dezelfde tests en wijst een kaart af die niet bij de code en de namen van de tests past, of waarop iets anders dan
`geslaagd` staat: wat hier staat is dus waar van elke versie van de code waarvan `make test` slaagt. `make regels` gaat
bovendien na dat de functie van elke regel werkelijk afgaat in een test die weigert: een naam alleen bewijst niets.

De lijst van regels waartegen geteld wordt staat in `knooppunt/conformiteit/technische_regels.csv` en
`elementregels.csv`. Waar het vergelijkingsmateriaal naast de code staat, houdt `tests/conformance/test_regels.py` die
lijsten en de regels zelf daartegen: niveau, berichten, retourcode en releases. Dat elke regel binnen het bericht ook
werkelijk in elk bericht en elke klasse geldt, toont `tests/conformance/test_overtredingen.py`.

Een uitslag geldt voor een test met al zijn gevallen. *Over HTTP* (accepteert / weigert) zijn de tests die een bericht
naar een draaiend knooppunt sturen, in `tests/keten`.
"""


@dataclass(frozen=True)
class Kaart:
    """The rules with their tests, and what became of those."""

    regels: Sequence[Ingeschreven]
    proeven: Sequence[Proef]
    uitslag: Uitslag

    def of(self, regel: Ingeschreven, *, weigert: bool) -> list[Proef]:
        """The tests of a rule in its own place, of one direction."""
        return [proef for proef in self.proeven if proef.of(regel) and proef.weigert == weigert]

    def over_http(self, code: str, *, weigert: bool) -> list[Proef]:
        """The tests of a rule over HTTP, of one direction."""
        return [p for p in self.proeven if p.thuis == KETEN and (p.code, p.weigert) == (code, weigert)]

    def passed(self, proeven: Iterable[Proef]) -> bool:
        """Whether there are any, and all of them passed."""
        outcomes = {self.uitslag.uitkomsten[proef.id] for proef in proeven}
        return outcomes == {GESLAAGD}

    def went_off(self, regel: Ingeschreven) -> bool:
        """Whether the rule refused something in one of its own tests that refuse."""
        seen = self.uitslag.afgegaan.get(regel.plaats, frozenset())
        return any(proef.id in seen for proef in self.of(regel, weigert=True))

    def proven(self, code: str) -> bool:
        """Whether the rule is in the code and passed both ways, in every place that has it."""
        found = [regel for regel in self.regels if regel.code == code]
        return bool(found) and all(
            self.went_off(one) and all(self.passed(self.of(one, weigert=way)) for way in (False, True)) for one in found
        )

    def proven_over_http(self, code: str) -> bool:
        """Whether messages to a running node showed it, both ways."""
        return all(self.passed(self.over_http(code, weigert=way)) for way in (False, True))

    def gebreken(self) -> list[str]:
        """What keeps the card from being in order: one Dutch sentence for each."""
        known = {regel.code for regel in self.regels}
        wanted = [*technische_regels(), *dict.fromkeys(one.code for one in elementregels())]
        found = [f"{code}: geen regel in de code" for code in wanted if code not in known]
        for regel in self.regels:
            if not self.of(regel, weigert=False):
                found.append(f"{regel.code}: geen test die accepteert ({regel.plaats})")
            if not self.of(regel, weigert=True):
                found.append(f"{regel.code}: geen test die weigert ({regel.plaats})")
            elif not self.went_off(regel):
                found.append(f"{regel.code}: in geen test die weigert gaat de regel af ({regel.plaats})")
        found += [
            f"{code}: geen paar berichten over HTTP" for code in technische_regels() if not self.proven_over_http(code)
        ]
        for proef in self.proeven:
            if proef.code in known and self.uitslag.uitkomsten[proef.id] != GESLAAGD:
                found.append(f"{proef.code}: {proef.id} is {self.uitslag.uitkomsten[proef.id]}")
        return found

    def as_markdown(self) -> str:
        """The document."""
        rules = [*self._technisch(), *self._element(), *self._eigen(), *self._signalen()]
        return "\n".join([INTRO, *self._telling(), *rules, *self._tests()]).rstrip("\n") + "\n"

    def _telling(self) -> Iterator[str]:
        yield "## Telling\n"
        technisch = list(technische_regels())
        elementen = list(dict.fromkeys(one.code for one in elementregels()))
        for naam, codes, test in (
            ("technische regels", technisch, self.proven),
            ("technische regels, over HTTP", technisch, self.proven_over_http),
            ("elementregels (CD en CS die het schema niet uitdrukt)", elementen, self.proven),
        ):
            yield _count(naam, codes, test)
        yield ""

    def _technisch(self) -> Iterator[str]:
        known = technische_regels()
        yield "## Technische regels\n"
        for dienst in DIENSTEN:
            for niveau, what in NIVEAUS.items():
                rows = [r for r in self._in(dienst) if r.code in known and r.regel.niveau == niveau]
                if rows:
                    yield f"### {dienst}, niveau {niveau}: {what}\n"
                    yield from self._table(rows)

    def _element(self) -> Iterator[str]:
        codes = {one.code for one in elementregels()}
        yield "## Elementregels\n"
        for dienst in DIENSTEN:
            rows = [regel for regel in self._in(dienst) if regel.code in codes]
            if rows:
                yield f"### {dienst}\n"
                yield from self._table(rows)

    def _eigen(self) -> Iterator[str]:
        listed = {*technische_regels(), *(one.code for one in elementregels())}
        rows = [r for dienst in DIENSTEN for r in self._in(dienst) if r.code not in listed and r.regel.niveau]
        if rows:
            yield "## Naar een retourcode\n"
            yield "Van release 2.4 zijn de retourcodes bekend en de regels niet; deze heten naar hun retourcode (RC).\n"
            yield from self._table(rows)

    def _signalen(self) -> Iterator[str]:
        rows = [regel for dienst in DIENSTEN for regel in self._in(dienst) if regel.regel.niveau == 0]
        if rows:
            yield "## Signalen\n"
            yield "Een signaal keurt niets af; het staat bij het bericht voor wie het leest.\n"
            yield from self._table(rows)

    def _in(self, dienst: str) -> list[Ingeschreven]:
        return [regel for regel in self.regels if regel.thuis == dienst]

    def _table(self, rows: Iterable[Ingeschreven]) -> Iterator[str]:
        heads = ("regel", "wat zij afkeurt", "berichten", "klasse", "releases", "retourcode", "functie")
        yield f"| {' | '.join((*heads, 'accepteert', 'weigert', 'over HTTP'))} |"
        yield "|---|---|---|---|---|---|---|---|---|---|"
        for one in rows:
            regel = one.regel
            cells = [
                f"[{regel.code}](#{regel.code.lower()})",
                one.zin,
                ", ".join(regel.berichten),
                ", ".join(regel.klasse.split()),
                ", ".join(release for release in RELEASES if release in regel.releases),
                regel.retourcode or "geen",
                f"`{one.plaats}`",
                self._outcome(self.of(one, weigert=False)) or ONTBREEKT,
                self._outcome(self.of(one, weigert=True)) or ONTBREEKT,
                self._pair_over_http(regel.code),
            ]
            yield f"| {' | '.join(cells)} |"
        yield ""

    def _pair_over_http(self, code: str) -> str:
        both = [self._outcome(self.over_http(code, weigert=way)) or "0" for way in (False, True)]
        return "-" if both == ["0", "0"] else " / ".join(both)

    def _outcome(self, proeven: Sequence[Proef]) -> str:
        """``2 geslaagd``, and what else became of some."""
        outcomes = sorted(self.uitslag.uitkomsten[proef.id] for proef in proeven)
        return ", ".join(f"{len(list(same))} {outcome}" for outcome, same in groupby(outcomes))

    def _tests(self) -> Iterator[str]:
        yield "## Tests per regel\n"
        for code, regels in groupby(self.regels, key=lambda regel: regel.code):
            yield f"### {code}\n"
            own = [proef for regel in regels for way in (False, True) for proef in self.of(regel, weigert=way)]
            keten = [proef for way in (False, True) for proef in self.over_http(code, weigert=way)]
            for proef in dict.fromkeys((*own, *keten)):
                word = "weigert" if proef.weigert else "accepteert"
                yield f"- {word}, {self.uitslag.uitkomsten[proef.id]}: `{proef.id}`"
            yield ""


def _count(naam: str, codes: Sequence[str], test: Callable[[str], bool]) -> str:
    """How many of them are proven, and which are not."""
    missing = [code for code in codes if not test(code)]
    told = f"; niet: {', '.join(missing)}" if missing else ""
    return f"- {naam}: {len(codes) - len(missing)} van {len(codes)}{told}"
