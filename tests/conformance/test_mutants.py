"""Our reader beside the official schema, on thousands of damaged messages: they must accept and refuse the same.

The other judge parses the whole text first and then lets the official schema look at the tree; for 2.4, and where the
reference is absent, that schema is our own, and what is compared is only our way of reading. What our reader refuses by
policy, before any schema (DOCTYPE, another encoding, nesting), is counted apart. MUTANTEN sets how many are tried.
"""

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.schemas import OWN_SETS, Schemas
from shared.problems import BerichtSoortError, Fout, OnleesbaarError, SchemaError
from tests.conformance.mutanten import SOORTEN, Mutant, mutants

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "iwmo"
OWN = sorted((ROOT / "knooppunt" / "demo" / "berichten").rglob("*.xml"))
EXAMPLES = [path for release in ("2.4", "3.2") for path in sorted((REFERENCE / release / "voorbeelden").rglob("*.xml"))]
CASES = OWN + EXAMPLES
TOTAL = int(os.environ.get("MUTANTEN", "5700"))
EACH = -(-TOTAL // len(CASES))
POLICY = ("DOCTYPE", "codering", "dieper genest", "Een tag is langer")
VALID, INVALID, POLICY_REFUSED = "geldig", "ongeldig", "beleid"
SCHEMAS, GRENZEN = Schemas(), Grenzen()


def name_of(path: Path) -> str:
    return f"{'3.2' if '3_2' in path.read_text() else '2.4'}-{path.stem}{'-eigen' if path in OWN else ''}"


class Verdict(NamedTuple):
    """What our reader makes of a mutant."""

    told: str
    fouten: tuple[Fout, ...] = ()


def ours(body: bytes) -> Verdict:
    try:
        read(body, SCHEMAS, GRENZEN)
    except OnleesbaarError as error:
        return Verdict(POLICY_REFUSED if any(word in error.detail for word in POLICY) else INVALID)
    except (BerichtSoortError, SchemaError) as error:
        return Verdict(INVALID, error.fouten)
    return Verdict(VALID)


@cache
def official_schema(example: Path) -> etree.XMLSchema:
    """The schema of the example: the official one where there is one."""
    namespace = etree.QName(etree.parse(example).getroot()).namespace or ""
    *_, release, message, _ = namespace.split("/")
    official = REFERENCE / release.replace("_", ".") / "xsd"
    folder = official if official.is_dir() else OWN_SETS / release.replace("_", ".")
    return etree.XMLSchema(etree.parse(folder / f"{message}.xsd"))


def parse(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities="internal", no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None


def theirs(body: bytes, schema: etree.XMLSchema) -> str:
    root = parse(body)
    return VALID if root is not None and schema.validate(root) else INVALID


def places(root: etree._Element, locatie: str) -> int:
    """How many elements stand at a place that our report names, or just above it."""

    def found(path: str) -> int:
        steps = re.sub(r"/([\w.-]+)", r"/*[local-name()='\1']", path)
        return len(root.xpath(steps))

    return found(locatie) or found(locatie.rpartition("/")[0])


def explained(mutant: Mutant, fouten: tuple[Fout, ...]) -> str:
    """What is wrong with an explanation; empty when it is right."""
    root = parse(mutant.body)
    if root is None:
        return "not well-formed, yet judged by the schema"
    if not fouten:
        return "no fault told"
    if missing := [fout.locatie for fout in fouten if not places(root, fout.locatie)]:
        return f"a place that is not there: {missing}"
    told = " ".join(f"{fout.locatie} {fout.reden}" for fout in fouten)
    if "Kanarie" in told:
        return "the value is told"
    value = mutant.waarde.strip()
    return "the value is told" if len(value) > 5 and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", told) else ""


def judge_all(example: Path, number: int = EACH) -> tuple[Counter[tuple[str, str]], list[object]]:
    """How many of each kind got which verdict, and everything that is not as it should be."""
    schema = official_schema(example)
    counts: Counter[tuple[str, str]] = Counter()
    wrong: list[object] = []
    for mutant in mutants(name_of(example), example.read_text(encoding="utf-8"), number):
        verdict = ours(mutant.body)
        counts[mutant.soort, verdict.told] += 1
        if verdict.told == POLICY_REFUSED:
            continue
        if verdict.told != (expected := theirs(mutant.body, schema)):
            wrong.append((mutant.soort, verdict.told, expected, mutant.body))
        elif verdict.fouten and (reason := explained(mutant, verdict.fouten)):
            wrong.append((mutant.soort, reason, verdict.fouten, mutant.body))
    return counts, wrong


TRIED: Counter[tuple[str, str]] = Counter()


@pytest.mark.parametrize("example", CASES, ids=name_of)
def test_a_mutant_is_judged_as_the_schema_does_and_explained(example: Path) -> None:
    counts, wrong = judge_all(example)

    TRIED.update(counts)
    assert wrong == []


def test_every_kind_was_tried_and_both_verdicts_occurred() -> None:
    counts = TRIED or judge_all(CASES[0], 40 * len(SOORTEN))[0]

    told = {soort: {verdict for kind, verdict in counts if kind == soort} for soort in SOORTEN}

    assert all(told.values())
    assert all(VALID in told[soort] for soort in ("codering", "cdata", "verwijzing", "opmerking in waarde", "xsi"))
    harmless = {"opmerking in waarde", "instructie in waarde"}
    assert all(told[soort] == {VALID} for soort in harmless)
    assert all(INVALID in told[soort] for soort in set(SOORTEN) - harmless - {"doctype"})
    assert {soort for soort in SOORTEN if POLICY_REFUSED in told[soort]} >= {"codering", "diep"}
    assert told["doctype"] == {POLICY_REFUSED}
