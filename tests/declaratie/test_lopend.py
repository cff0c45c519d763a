"""Judging with running totals, held against judging from scratch: the same verdicts, and never over a limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten, EerderePrestatie, Gebruik
from services.declaratie.oordeel import judge_parts
from shared.iwmo.waarden import Omvang, Periode, Product
from tests.declaratie.bouw import a_credit, a_declaratie, a_prestatie, a_tarief, an_earlier, feiten, standing
from tests.shared.iwmo.berichten import NUMMER
from tests.toewijzing.bouw import a_toewijzing

MAXIMUM, BUDGET = 40, 100_000
IN_UREN, MET_BUDGET = NUMMER, NUMMER + 1
MAANDEN = [Periode(date(2025, 3, 1), date(2025, 3, 31)), Periode(date(2025, 4, 1), date(2025, 4, 30))]
TOEWIJZINGEN = [
    a_toewijzing(nummer=IN_UREN, omvang=Omvang(MAXIMUM, "04", "6")),
    a_toewijzing(nummer=MET_BUDGET, omvang=None, product=Product(), budget=BUDGET),
]
TARIEVEN = [a_tarief(), a_tarief(product_code="01A05"), a_tarief(product_code="01A83", eenheid="83", cents=None)]


def _hours(nummer: int, volume: int, periode: Periode) -> Prestatie:
    return a_prestatie(nummer=nummer, volume=volume, bedrag=3100 * volume, periode=periode)


def _minutes(volume: int, periode: Periode) -> Prestatie:
    amount = (2 * 3100 * volume + 60) // 120
    return a_prestatie(volume=volume, eenheid="01", tarief=52, bedrag=amount, periode=periode)


def _euros(volume: int, periode: Periode) -> Prestatie:
    return a_prestatie(
        nummer=MET_BUDGET, code="01A83", eenheid="83", volume=volume, tarief=None, bedrag=volume, periode=periode
    )


PERIODEN = st.sampled_from(MAANDEN)
DEBETS = st.one_of(
    st.builds(_hours, st.sampled_from([IN_UREN, MET_BUDGET]), st.integers(0, 30), PERIODEN),
    st.builds(_minutes, st.integers(0, 1800), PERIODEN),
    st.builds(_euros, st.integers(0, 80_000), PERIODEN),
)
CREDIT = st.integers(0, 30)
"""Takes back the line of this number among all those sent so far, granted or not, or none."""
BERICHTEN = st.lists(st.lists(st.one_of(DEBETS, CREDIT), min_size=1, max_size=6), min_size=1, max_size=6)


@dataclass
class Boek:
    """All that was sent, and what of it was granted."""

    sent: list[Prestatie] = field(default_factory=list)
    granted: list[Prestatie] = field(default_factory=list)

    def credited(self) -> set[str | None]:
        return {one.vorige_referentie for one in self.granted if one.credit}

    def standing(self) -> list[Prestatie]:
        taken_back = self.credited()
        return [one for one in self.granted if not one.credit and one.referentie not in taken_back]

    def facts(self) -> DeclaratieFeiten:
        eerder: dict[str, EerderePrestatie] = {}
        for one in self.sent:
            eerder |= an_earlier(one, toegekend=one in self.granted)
        known = feiten(
            toewijzingen=TOEWIJZINGEN,
            tarieven=TARIEVEN,
            periode=Periode(date(2025, 12, 1), date(2025, 12, 31)),
            eerder=eerder,
            gecrediteerd=[one for one in self.credited() if one],
            openstaand=standing(*self.standing()),
        )
        return replace(known, toegekend={nummer: tuple(self._sums(nummer).items()) for nummer in (IN_UREN, MET_BUDGET)})

    def _sums(self, nummer: int) -> dict[str, Gebruik]:
        found: dict[str, Gebruik] = {}
        for one in self.granted:
            if one.nummer == nummer:
                old, sign = found.get(one.eenheid, Gebruik()), -1 if one.credit else 1
                found[one.eenheid] = Gebruik(old.volume + sign * one.volume, old.bedrag + one.saldo)
        return found


def used_hours(lines: Iterable[Prestatie]) -> Fraction:
    """Exact, in hours."""
    return sum(
        (Fraction(one.volume, 60 if one.eenheid == "01" else 1) for one in lines if one.nummer == IN_UREN), Fraction()
    )


def used_cents(lines: Iterable[Prestatie]) -> int:
    return sum(one.bedrag for one in lines if one.nummer == MET_BUDGET)


def naive(lines: Sequence[Prestatie], book: Boek) -> dict[str, set[str]]:
    """The verdict on every line by looking, each time anew, at all lines that stand."""
    earlier = {one.referentie: one for one in book.granted if not one.credit}
    now = Boek(granted=list(book.granted))
    verdicts: dict[str, set[str]] = {}
    for line in [one for one in lines if one.credit] + [one for one in lines if not one.credit]:
        found = _credit(line, earlier, book) if line.credit else _debit(line, now)
        verdicts[line.referentie] = found
        if not found:
            now.granted.append(line)
    return verdicts


def _credit(line: Prestatie, earlier: dict[str, Prestatie], book: Boek) -> set[str]:
    found = {"TR323"} if line.vorige_referentie not in earlier else set()
    return found | ({"TR390"} if line.vorige_referentie in book.credited() else set())


def _debit(line: Prestatie, now: Boek) -> set[str]:
    stand = now.standing()
    checks = {
        "TR321": used_hours([line]) > MAXIMUM,
        "TR322": line.nummer == IN_UREN and used_hours([*stand, line]) > MAXIMUM,
        "TR369": line.nummer == MET_BUDGET and used_cents([*stand, line]) > BUDGET,
        "TR389": any(_claim(one) == _claim(line) for one in stand),
    }
    return {code for code, broken in checks.items() if broken}


def _claim(line: Prestatie) -> tuple[Any, ...]:
    return line.nummer, line.code, line.periode


def _message(parts: Sequence[Prestatie | int], book: Boek, number: int) -> list[Prestatie]:
    """A message that level 2 accepts: no claim twice, no line credited twice or in its own message."""
    lines: dict[Any, Prestatie] = {}
    for at, part in enumerate(parts, start=1):
        referentie = f"B{number}-{at}"
        if isinstance(part, Prestatie):
            made = replace(part, referentie=referentie, plek=a_prestatie(at).plek)
            lines.setdefault(_claim(made), made)
        elif book.sent:
            debit = book.sent[part % len(book.sent)]
            if not debit.credit:
                made = a_credit(debit, referentie=referentie, plek=a_prestatie(at).plek)
                lines.setdefault(debit.referentie, made)
    return list(lines.values())


@given(BERICHTEN)
def test_running_totals_judge_as_looking_at_everything_anew_would(berichten: list[list[Prestatie | int]]) -> None:
    book = Boek()
    for number, parts in enumerate(berichten):
        lines = _message(parts, book, number)
        if not lines:
            continue
        meldingen = judge_parts(a_declaratie(*lines), book.facts())

        found = {line.referentie: {one.regel.code for one in meldingen if one.plek == line.plek} for line in lines}
        assert found == naive(lines, book)
        assert [one.plek for one in meldingen] == sorted(one.plek for one in meldingen), "in the order of the message"

        book.sent += lines
        book.granted += [line for line in lines if not found[line.referentie]]
        stand = book.standing()
        assert used_hours(stand) <= MAXIMUM
        assert used_cents(stand) <= BUDGET
        assert len({_claim(one) for one in stand}) == len(stand)
        assert sum(one.saldo for one in book.granted) == sum(one.bedrag for one in stand)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(0, 60))
def test_a_message_in_parts_is_granted_as_the_same_lines_in_one(volumes: list[int], maximum: int) -> None:
    """Where the declarations are cut makes no difference for what fits."""
    toewijzing = a_toewijzing(omvang=Omvang(maximum, "04", "6"))
    lines = [
        replace(_hours(NUMMER, volume, MAANDEN[0]), referentie=f"R{n}", plek=a_prestatie(n).plek)
        for n, volume in enumerate(volumes, start=1)
    ]
    known = feiten(toewijzingen=[toewijzing], release="2.4")
    at_once = {one.plek for one in judge_parts(a_declaratie(*lines), known)}

    apart, used = set(), 0
    for line in lines:
        facts = feiten(toewijzingen=[toewijzing], release="2.4", toegekend={"04": Gebruik(used, 0)})
        found = {one.plek for one in judge_parts(a_declaratie(line), facts)}
        apart |= found
        used += 0 if found else line.volume

    assert apart == at_once
    assert used <= maximum
