"""Every rule within a message holds in every message and class that it is for, and what it says would mend it does."""

import pytest

from knooppunt.commands.valideer import CONTROLES
from shared.iwmo.catalogus import Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.regels import Melding
from shared.iwmo.schemas import Schemas
from tests.conformance.overtredingen import OVERTREDINGEN
from tests.conformance.veranderen import KINDS, Overtreding, right_message
from tests.shared.iwmo.berichten import soort, through_schema
from tests.shared.iwmo.herstel import mended, unknown_elements

MENDED = {"CD087", "CS325", "CS335", "CS339", "CS340", "RC8835", "TR342", "TR358"}
"""The rules within a message that one change puts right beyond doubt."""
CLASH = {"TR101", "TR302", "TR315", "TR316", "TR383", "TR386", "TR410", "TR416"}
"""Those that find two classes of one message in each other's way."""


def judge(inhoud: Inhoud, bericht: str, release: Release, schemas: Schemas) -> list[Melding]:
    """The faults within a message that the schema accepts."""
    kind = soort(bericht, release)
    gelezen = through_schema(inhoud, kind, schemas).inhoud
    return CONTROLES[bericht](read_kop(kind, gelezen), gelezen)


def of_rule(one: Overtreding, inhoud: Inhoud, schemas: Schemas) -> list[Melding]:
    found = judge(inhoud, one.bericht, one.release, schemas)
    return [melding for melding in found if (melding.regel.code, melding.klasse) == (one.code, one.klasse)]


@pytest.mark.parametrize(("bericht", "release"), KINDS)
def test_a_right_message_breaks_no_rule(bericht: str, release: Release, schemas: Schemas) -> None:
    assert judge(right_message(bericht, release), bericht, release, schemas) == []


@pytest.mark.parametrize("one", OVERTREDINGEN, ids=str)
def test_a_broken_rule_is_told_in_its_class(one: Overtreding, schemas: Schemas) -> None:
    meldingen = of_rule(one, one.inhoud, schemas)

    assert meldingen
    for melding in meldingen:
        assert one.bericht in melding.regel.berichten
        assert one.release in melding.regel.releases
        assert (melding.afwijking.botst_met_plek is not None) == (one.code in CLASH)


@pytest.mark.parametrize("one", [one for one in OVERTREDINGEN if one.code in MENDED], ids=str)
def test_what_would_mend_a_message_is_in_the_schema_and_mends_it(one: Overtreding, schemas: Schemas) -> None:
    kind = soort(one.bericht, one.release)
    [melding] = of_rule(one, one.inhoud, schemas)

    assert unknown_elements(melding, kind, schemas) == []
    assert of_rule(one, mended(one.inhoud, melding, kind, schemas), schemas) == (
        [] if melding.afwijking.herstel else [melding]
    )


def test_only_what_is_beyond_doubt_is_said_to_mend() -> None:
    schemas = Schemas()
    told = {
        (one.code, bool(melding.afwijking.herstel))
        for one in OVERTREDINGEN
        for melding in of_rule(one, one.inhoud, schemas)
    }

    assert {code for code, mends in told if mends} == MENDED
    assert ("CD087", False) in told  # a tariff that is missing, nobody can guess
