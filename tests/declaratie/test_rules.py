"""Level 3 and 4: the rules on the declaration, on its clients, and on number, toewijzing and product of a line."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from services.declaratie.domain.declaratie import Declaratie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.oordeel import judge_parts, judge_whole, signals
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.regels import Melding
from shared.iwmo.waarden import Periode, Product
from tests.declaratie.bouw import (
    BERICHT_ID,
    MAART,
    a_credit,
    a_declaratie,
    a_prestatie,
    a_tarief,
    an_earlier,
    an_odd_credit,
    breach,
    codes,
    feiten,
    herstel,
    judge,
)
from tests.shared.iwmo.berichten import AANBIEDER
from tests.toewijzing.bouw import a_toewijzing


def days(begin: str, eind: str) -> Periode:
    return Periode(date.fromisoformat(begin), date.fromisoformat(eind))


def whole(declaratie: Declaratie, known: DeclaratieFeiten) -> list[Melding]:
    return judge_whole(declaratie, known)


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_accepts_a_new_number(release: Release) -> None:
    assert whole(a_declaratie(), feiten(release=release)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr333_refuses_a_number_of_an_earlier_declaration(release: Release) -> None:
    [melding] = whole(a_declaratie(), feiten(release=release, eerdere_declaratie="x"))

    assert (melding.retourcode, melding.afwijking.botst_met) == ("9333", "x")
    assert not melding.vreemd


@pytest.mark.parametrize(
    ("release", "last"),
    [
        ("3.2", None),
        ("3.2", days("2025-03-01", "2025-03-31")),
        ("3.2", days("2025-02-01", "2025-02-28")),
        ("3.2", days("2024-01-01", "2024-01-31")),
        # of a 2.4, in the same month
        ("3.2", days("2025-03-17", "2025-04-13")),
        ("2.4", days("2025-03-01", "2025-03-31")),
        ("2.4", days("2025-02-03", "2025-03-02")),
    ],
    ids=str,
)
def test_tr318_accepts_the_same_period_and_any_later(release: Release, last: Periode | None) -> None:
    assert whole(a_declaratie(), feiten(release=release, laatste=last)) == []


@pytest.mark.parametrize(
    ("release", "last", "first"),
    [
        ("3.2", days("2025-04-01", "2025-04-30"), "2025-04-01"),
        ("3.2", days("2026-01-01", "2026-01-31"), "2026-01-01"),
        ("2.4", days("2025-03-02", "2025-03-29"), "2025-03-02"),
    ],
    ids=str,
)
def test_tr318_refuses_a_period_before_the_last(release: Release, last: Periode, first: str) -> None:
    [melding] = whole(a_declaratie(), feiten(release=release, laatste=last))

    assert codes([melding]) == [("TR318", "8214")]
    assert (melding.afwijking.verwacht, melding.afwijking.botst_met) == (f"vanaf {first}", BERICHT_ID)
    assert not melding.vreemd


@pytest.mark.parametrize(
    ("release", "last"),
    [
        ("3.2", None),
        ("3.2", days("2025-02-01", "2025-02-28")),
        ("3.2", days("2025-03-01", "2025-03-31")),
        ("3.2", days("2025-01-27", "2025-02-23")),
        ("2.4", days("2025-02-01", "2025-02-28")),
    ],
    ids=str,
)
def test_op284_accepts_periods_that_join_up(release: Release, last: Periode | None) -> None:
    assert signals(a_declaratie(), feiten(release=release, laatste=last)) == []


@pytest.mark.parametrize(
    ("release", "last", "gap"),
    [
        ("3.2", days("2024-12-01", "2024-12-31"), "2025-01-01 t/m 2025-02-28"),
        ("2.4", days("2025-01-27", "2025-02-23"), "2025-02-24 t/m 2025-02-28"),
    ],
    ids=str,
)
def test_op284_refuses_nothing_and_tells_of_a_gap(release: Release, last: Periode, gap: str) -> None:
    known = feiten(release=release, laatste=last)

    [signal] = signals(a_declaratie(), known)

    assert (signal.regel.niveau, signal.retourcode) == (0, "")
    assert (signal.afwijking.gevonden, signal.afwijking.botst_met) == (gap, BERICHT_ID)
    assert whole(a_declaratie(), known) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_accepts_a_client_with_a_toewijzing(release: Release) -> None:
    assert judge_parts(a_declaratie(), feiten(release=release)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_tr304_refuses_a_client_without_any_toewijzing(release: Release) -> None:
    declaratie = a_declaratie(a_prestatie(nummer=1), a_credit())

    [melding] = judge_parts(declaratie, feiten(release=release, clienten=["client-b"]))

    assert (codes([melding]), melding.plek) == ([("TR304", "8187")], declaratie.clienten[0].plek)
    assert melding.vreemd
    assert "client-" not in str(melding.as_json())


def test_a_right_line_breaks_no_rule() -> None:
    assert judge(a_prestatie()) == []


def test_tr314_accepts_a_new_number() -> None:
    assert judge(a_prestatie(), feiten(eerder=an_earlier(a_prestatie(referentie="ander")))) == []


@pytest.mark.parametrize("toegekend", [True, False], ids=["granted", "refused"])
def test_tr314_refuses_a_number_of_an_earlier_line(toegekend: bool) -> None:
    [melding] = judge(a_prestatie(), feiten(eerder=an_earlier(toegekend=toegekend)))

    assert (codes([melding]), melding.afwijking.botst_met) == ([("TR314", "8021")], BERICHT_ID)


def test_tr314_refuses_a_number_used_twice_in_the_message() -> None:
    assert codes(judge(a_prestatie(), feiten(dubbel=["R1"]))) == [("TR314", "8021")]


def test_tr314_refuses_a_credit_with_a_number_used_before() -> None:
    known = an_earlier() | an_earlier(a_prestatie(referentie="C1"))

    assert codes(judge(a_credit(), feiten(eerder=known))) == [("TR314", "8021")]


def test_tr338_accepts_a_toewijzing_of_this_client_at_this_aanbieder() -> None:
    assert judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing()])) == []


@pytest.mark.parametrize("deviation", [{"nummer": 1}, {"aanbieder": "12345678"}, {"client": "client-b"}], ids=str)
def test_tr338_refuses_any_other_toewijzing(deviation: dict[str, Any]) -> None:
    [melding] = judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing(**deviation)]))

    assert codes([melding]) == [("TR338", "9338")]
    assert melding.vreemd
    assert "client-" not in str(melding.as_json())


def test_tr338_refuses_a_credit_too() -> None:
    assert codes(judge(a_credit(), feiten(toewijzingen=[], eerder=an_earlier()))) == [("TR338", "9338")]


@pytest.mark.parametrize("reden", [None, "01", "12"])
def test_tr384_accepts_a_toewijzing_changed_for_another_reason(reden: str | None) -> None:
    assert judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing(reden_wijziging=reden)])) == []


def test_tr384_refuses_a_debit_on_a_withdrawn_toewijzing() -> None:
    known = feiten(toewijzingen=[a_toewijzing(reden_wijziging="13", bericht_id=BERICHT_ID)])

    [melding] = judge(a_prestatie(), known, releases=["3.2"])

    assert (codes([melding]), melding.afwijking.botst_met_toewijzing) == ([("TR384", "9384")], BERICHT_ID)
    assert melding.vreemd
    assert judge(a_prestatie(), known, releases=["2.4"]) == []


@pytest.mark.parametrize("product", [Product("01", "01A04"), Product("01"), Product()], ids=str)
def test_tr339_accepts_the_categorie_of_the_toewijzing(product: Product) -> None:
    assert judge(a_prestatie(), feiten(toewijzingen=[a_toewijzing(product=product)])) == []


def test_tr339_accepts_any_categorie_of_a_credit_and_of_a_generic_toewijzing() -> None:
    generic = feiten(toewijzingen=[a_toewijzing(product=Product())], tarieven=[a_tarief(categorie="15")])

    assert judge(*an_odd_credit()) == []
    assert judge(a_prestatie(categorie="15"), generic) == []


def test_tr339_refuses_another_categorie() -> None:
    either = feiten(tarieven=[a_tarief(), a_tarief(categorie="02", aanbieder=AANBIEDER)])
    [melding] = judge(a_prestatie(categorie="02"), either)

    assert codes([melding]) == [("TR339", "9339")]
    assert herstel(melding) == {"ProductCategorie": "01"}


def test_tr340_accepts_any_code_under_a_toewijzing_without_one() -> None:
    aspecific = feiten(toewijzingen=[a_toewijzing(product=Product("01"))], tarieven=[a_tarief(product_code="01A99")])

    assert judge(a_prestatie(code="01A99"), aspecific) == []


def test_tr340_refuses_another_code() -> None:
    [melding] = judge(a_prestatie(code="01A05"), feiten(tarieven=[a_tarief(), a_tarief(product_code="01A05")]))

    assert codes([melding]) == [("TR340", "9340")]
    assert herstel(melding) == {"ProductCode": "01A04"}


def test_tr381_accepts_a_code_under_its_categorie() -> None:
    assert judge(a_prestatie(), feiten(tarieven=[a_tarief(), a_tarief(categorie="02")])) == []


def test_tr381_accepts_any_code_where_no_list_is_known() -> None:
    line = a_prestatie(code="99Z99")
    known = feiten(tarieven=[], bekend=False, toewijzingen=[a_toewijzing(product=Product("01"))])

    assert judge(line, known) == []


def test_tr381_refuses_a_code_under_another_categorie() -> None:
    known = feiten(tarieven=[a_tarief(categorie="02")], toewijzingen=[a_toewijzing(product=Product())])

    [melding] = judge(a_prestatie(), known)

    assert (codes([melding]), melding.regel.niveau) == ([("TR381", "S329")], 4)
    assert herstel(melding) == {"ProductCategorie": "02"}
    assert melding.vreemd


def test_tr381_refuses_a_code_in_no_list() -> None:
    known = feiten(tarieven=[a_tarief(product_code="01A05")], toewijzingen=[a_toewijzing(product=Product("01"))])

    [melding] = judge(a_prestatie(code="99Z99"), known)

    assert codes([melding]) == [("TR381", "S329")]
    assert herstel(melding) == {}


@pytest.mark.parametrize("product", [Product("01"), Product("01", "01A04"), Product(code="01A05")], ids=str)
def test_a_categorie_that_the_toewijzing_does_not_have_mends_nothing(product: Product) -> None:
    known = feiten(tarieven=[a_tarief(categorie="02")], toewijzingen=[a_toewijzing(product=product)])

    assert herstel(breach("TR381", a_prestatie(), known)) == {}


def test_the_lines_of_a_declaration_come_in_the_order_of_the_message() -> None:
    lines = [a_prestatie(plaats=n, referentie=f"R{n}") for n in range(1, 4)]

    found = [line.plek for line in a_declaratie(*lines).prestaties]

    assert all(before < after for before, after in pairwise(found))


def test_what_clashes_with_a_toewijzing_names_the_message_that_brought_it() -> None:
    brought = a_toewijzing(
        bericht_id=BERICHT_ID, periode=Periode(date(2025, 3, 10), date(2025, 3, 20)), budget=1, reden_wijziging="13"
    )
    line = replace(a_prestatie(categorie="02", code="01A05", eenheid="14", periode=MAART))

    found = judge(line, feiten(toewijzingen=[brought]), releases=["3.2"])

    clashing = {"TR307", "TR308", "TR339", "TR340", "TR341", "TR369", "TR384", "TR387", "TR388"}
    assert clashing <= {one.regel.code for one in found}
    told = [one.as_json() for one in found if one.regel.code in clashing]
    assert {(one["botstMet"], one["botstMetDienst"]) for one in told} == {(BERICHT_ID, "toewijzing")}
