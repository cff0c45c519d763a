"""Our rules beside the list of rules that there should be, and both beside the reference material."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from knooppunt.conformiteit.lijst import elementregels, technische_regels
from knooppunt.conformiteit.register import Ingeschreven, register
from shared.iwmo.catalogus import RELEASES, SOORTEN, Release, soort_named
from shared.iwmo.codelijsten import codelijst
from shared.iwmo.regels import GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND, Regel
from shared.iwmo.schemas import Node, Schemas
from tests.conformance.overtredingen import OVERTREDINGEN

REFERENCE = Path(__file__).parents[2].parent / "shared" / "iwmo" / "3.2"
beside_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the iWmo reference material is not beside the repository"
)
REGELS = register()
NIVEAUS = {"xslt": 2, "berichtoverstijgend": 3, "externe-bron": 4}
IN_24 = {"WMO303D", "WMO303F"}
"""What 2.4 has in place of WMO323. Its 304 is an answer that the node makes and no rule judges."""
MORE_IN_24 = {"TR002", "CS139"}
"""They also judge 303: it has a date of birth, which 323 does not."""
NOT_IN_24_LIST = {
    "8017", "8214", "9307", "9308", "9319", "9321", "9322", "9326", "9332", "9333", "9338", "9339", "9340",
    "9341", "9346", "9390", "9413", "9414", "9415", "S300", "S329",
}  # fmt: skip
"""The list of 2.4 (WJ001) was written before these rules and has no code for them; LDT_RetourCode of 2.4 is any text of
up to four characters, so the schema lets them pass. The node answers with the code of 3.2."""

each_code = pytest.mark.parametrize("code", technische_regels())


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_code(code: str) -> list[Ingeschreven]:
    return [one for one in REGELS if one.code == code]


# The list beside the reference


@beside_reference
def test_the_list_has_every_technical_rule_of_the_reference() -> None:
    expected = {}
    for row in rows("regels-tr.csv"):
        berichten, also_24 = set(row["berichten"].split()), row["nut24"] == "yes"
        if (also_24 and "WMO323" in berichten) or row["code"] in MORE_IN_24:
            berichten |= IN_24
        retourcode = "" if row["retourcode"] == "n.v.t." else row["retourcode"]
        expected[row["code"]] = (NIVEAUS[row["niveau"]], berichten, retourcode, RELEASES if also_24 else ("3.2",))

    assert len(expected) == 78
    assert {
        code: (one.niveau, set(one.berichten), one.retourcode, one.releases)
        for code, one in technische_regels().items()
    } == expected


@beside_reference
def test_the_list_has_every_condition_and_constraint_that_the_reference_says_no_schema_has() -> None:
    expected = {
        (row["regelcode"], row["bericht"], row["klasse"])
        for row in rows("regels-element.csv")
        if row["in_xsd"] == "nee" and row["regelcode"][:2] in ("CD", "CS")
    }

    assert set(elementregels()) == expected


# The rules beside the list


@each_code
def test_a_technical_rule_is_as_the_list_says(code: str) -> None:
    expected, found = technische_regels()[code], [one.regel for one in of_code(code)]

    assert {regel.niveau for regel in found} == {expected.niveau}
    assert {regel.retourcode for regel in found} == {expected.retourcode}
    assert {naam for regel in found for naam in regel.berichten} == expected.berichten
    assert {release for regel in found for release in regel.releases} == set(expected.releases)


def test_there_are_no_other_technical_rules() -> None:
    assert {one.code for one in REGELS if one.code.startswith("TR")} == set(technische_regels())


def test_every_condition_and_constraint_has_a_rule_in_each_of_its_classes() -> None:
    found = {
        (one.code, naam, klasse)
        for one in REGELS
        if "3.2" in one.regel.releases
        for naam in one.regel.berichten
        for klasse in one.regel.klasse.split()
    }

    assert set(elementregels()) - found == set()
    assert {one.code for one in REGELS if one.code[:2] in ("CD", "CS")} == {one.code for one in elementregels()}


def classes_of(node: Node) -> set[str]:
    return {kind.naam for kind in node.kinderen if kind.kinderen}.union(*map(classes_of, node.kinderen))


def judged_in(regel: Regel, release: Release) -> Iterable[str]:
    return (naam for naam in regel.berichten if soort_named(naam, release))


@pytest.mark.parametrize("one", REGELS, ids=lambda one: one.plaats)
def test_a_rule_names_messages_and_classes_that_there_are(one: Ingeschreven, schemas: Schemas) -> None:
    regel = one.regel
    assert set(regel.berichten) <= {soort.naam for soort in SOORTEN}
    has: dict[str, set[str]] = {}
    for release in regel.releases:
        berichten = list(judged_in(regel, release))
        assert berichten, f"no message of {release}"
        for naam in berichten:
            kind = soort_named(naam, release)
            assert kind is not None
            has.setdefault(naam, set()).update(classes_of(schemas.of(kind).root))
    klassen = set(regel.klasse.split())

    assert all(klassen & found or naam in IN_24 for naam, found in has.items())
    assert klassen <= set().union(*has.values())


# What breaks them


def test_every_rule_within_a_message_is_broken_in_every_message_that_it_judges() -> None:
    wanted = {
        (one.code, naam, release)
        for one in REGELS
        if one.regel.niveau == 2
        for release in one.regel.releases
        for naam in judged_in(one.regel, release)
    }

    assert {(one.code, one.bericht, one.release) for one in OVERTREDINGEN} == wanted


def test_every_condition_and_constraint_is_broken_in_each_of_its_classes() -> None:
    broken = {(one.code, one.bericht, one.klasse) for one in OVERTREDINGEN if one.release == "3.2"}

    assert set(elementregels()) - broken == set()


# The codes that go back


@pytest.mark.parametrize("release", RELEASES)
def test_every_retourcode_is_in_the_list_of_its_release(release: Release) -> None:
    lijst = codelijst(release, "WJ001")
    assert lijst is not None
    used = {one.regel.retourcode for one in REGELS if release in one.regel.releases} - {""}
    used |= {GOED, NIET_BEOORDEELD, TECHNISCH_AFGEKEURD, VOLLEDIG_TOEGEKEND}

    assert {code for code in used if code not in lijst.by_code} == (NOT_IN_24_LIST if release == "2.4" else set())
