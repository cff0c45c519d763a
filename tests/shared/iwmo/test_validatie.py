"""A message judged without being processed."""

import json
from typing import Any

import pytest

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import Kop
from shared.iwmo.regels import Afwijking, Herstel, Melding, Regel
from shared.iwmo.schemas import Schemas
from shared.iwmo.validatie import Controle, Gebrek, Rapport, validate, validate_json
from tests.shared.iwmo.berichten import GRENZEN, a_305, a_declaratie_bericht, as_xml, soort

RULE = Regel("XX001", (), "0001", "Client", 2, "test")


def breaks(afwijking: Afwijking, times: int = 1) -> Controle:
    """Rules that every message breaks."""

    def check(_: Kop, __: Inhoud) -> list[Melding]:
        return [Melding(RULE, (("Client", 0),), afwijking)] * times

    return check


def judged(body: bytes, schemas: Schemas, controle: Controle | None = None, naam: str = "WMO305") -> Rapport:
    return validate(body, schemas, GRENZEN, {naam: controle} if controle else {})


@pytest.fixture
def xml(schemas: Schemas) -> bytes:
    return as_xml(a_305("3.2"), soort("WMO305", "3.2"), schemas)


@pytest.mark.parametrize("release", RELEASES)
def test_a_valid_message_without_rules_is_judged_by_its_schema_alone(release: Release, schemas: Schemas) -> None:
    rapport = judged(as_xml(a_305(release), soort("WMO305", release), schemas), schemas)

    assert rapport == Rapport("WMO305", release)
    assert (rapport.geldig, rapport.regels) == (True, False)


def test_a_valid_message_that_keeps_its_rules_is_valid(xml: bytes, schemas: Schemas) -> None:
    seen: list[tuple[Kop, Inhoud]] = []

    def check(kop: Kop, inhoud: Inhoud) -> list[Melding]:
        seen.append((kop, inhoud))
        return []

    rapport = judged(xml, schemas, check)

    assert (rapport.geldig, rapport.regels) == (True, True)
    assert [(kop.identificatie, inhoud) for kop, inhoud in seen] == [("B0001", a_305("3.2"))]


def test_a_broken_rule_is_told_with_its_place_and_what_was_compared(xml: bytes, schemas: Schemas) -> None:
    rapport = judged(xml, schemas, breaks(Afwijking("De een past niet bij de ander", "1", "2", "3")))

    reden = "De een past niet bij de ander (gevonden: 1; verwacht: 2; botst met: 3)"
    assert rapport.fouten == (Gebrek("regel", "XX001", "/Bericht/Client", reden),)
    assert (rapport.geldig, rapport.regels) == (False, True)


def test_a_broken_rule_is_told_with_what_it_clashed_with_and_what_would_mend_it(xml: bytes, schemas: Schemas) -> None:
    herstel = (Herstel("Naam/NaamGebruik", "1"), Herstel("Geslacht", None))
    afwijking = Afwijking("Dit klopt niet", "1", botst_met_plek=(("Client", 2),), herstel=herstel)

    [fout] = judged(xml, schemas, breaks(afwijking)).fouten

    told = "gevonden: 1; botst met: /Bericht/Client[2]; zet Naam/NaamGebruik op 1; laat Geslacht weg"
    assert fout.reden == f"Dit klopt niet ({told})"


def test_a_broken_rule_that_compares_nothing_is_told_plainly(xml: bytes, schemas: Schemas) -> None:
    rapport = judged(xml, schemas, breaks(Afwijking("Dit klopt niet")))

    assert [fout.reden for fout in rapport.fouten] == ["Dit klopt niet"]


def test_no_more_faults_are_told_than_the_limit(xml: bytes, schemas: Schemas) -> None:
    assert len(judged(xml, schemas, breaks(Afwijking("x"), times=250)).fouten) == 100


def test_rules_are_not_tried_on_what_the_schema_refuses(xml: bytes, schemas: Schemas) -> None:
    rapport = judged(xml.replace(b"<wmo305:Geslacht>2<", b"<wmo305:Geslacht>X<"), schemas, breaks(Afwijking("x")))

    assert (rapport.bericht, rapport.release, rapport.geldig, rapport.regels) == ("WMO305", "3.2", False, False)
    assert [(fout.soort, fout.regel, fout.locatie) for fout in rapport.fouten] == [
        ("xsd", None, "/Bericht/Client/Geslacht")
    ]


@pytest.mark.parametrize(("code", "bericht"), [("416", "WMO303D"), ("448", "WMO303F"), ("999", None), ("", None)])
def test_an_invalid_message_of_a_shared_schema_is_named_by_its_code(
    code: str, bericht: str | None, schemas: Schemas
) -> None:
    inhoud = a_declaratie_bericht("2.4")
    inhoud["Header"]["BerichtCode"] = code
    inhoud["Header"]["Afzender"] = "niemand"

    rapport = judged(as_xml(inhoud, soort("WMO303D", "2.4"), schemas), schemas)

    assert (rapport.bericht, rapport.release, rapport.geldig) == (bericht, "2.4", False)


@pytest.mark.parametrize(
    ("body", "reden"),
    [
        (b"", "geen goed gevormde XML"),
        (b"<Bericht>", "geen goed gevormde XML"),
        (b"<Bericht/>", "geen Bericht van iWmo"),
        (b"<!DOCTYPE x><Bericht/>", "DOCTYPE"),
        ("<Bericht/>".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_message_has_one_fault_at_the_root(body: bytes, reden: str, schemas: Schemas) -> None:
    rapport = judged(body, schemas)

    assert (rapport.bericht, rapport.release, rapport.geldig) == (None, None, False)
    [fout] = rapport.fouten
    assert (fout.soort, fout.regel, fout.locatie) == ("xsd", None, "/")
    assert reden in fout.reden


def test_a_date_on_no_calendar_is_a_fault_and_no_failure(schemas: Schemas) -> None:
    inhoud = a_305("3.2", dagtekening="12025-04-04")

    rapport = judged(as_xml(inhoud, soort("WMO305", "3.2"), schemas), schemas, breaks(Afwijking("x")))

    assert (rapport.bericht, rapport.geldig) == ("WMO305", False)
    assert [fout.soort for fout in rapport.fouten] == ["xsd"]


def as_document(inhoud: object, **deviations: Any) -> bytes:
    return json.dumps({"bericht": "WMO305", "release": "3.2", "inhoud": inhoud} | deviations).encode()


def test_json_is_judged_as_its_xml(schemas: Schemas) -> None:
    wrong = a_305("3.2")
    wrong["Client"]["Geslacht"] = "X"

    for inhoud in (a_305("3.2"), wrong):
        as_json = validate_json(as_document(inhoud), schemas, GRENZEN, {})
        assert as_json == judged(as_xml(inhoud, soort("WMO305", "3.2"), schemas), schemas)


def test_json_that_fits_no_schema_is_told_of_the_message_it_says_it_is(schemas: Schemas) -> None:
    rapport = validate_json(as_document({"Kop": {}}), schemas, GRENZEN, {})

    assert (rapport.bericht, rapport.release) == ("WMO305", "3.2")
    assert [(fout.locatie, fout.reden) for fout in rapport.fouten] == [
        ("/Bericht/Kop", "dit element bestaat hier niet")
    ]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b"{", ["/"]),
        (b"[]", ["/"]),
        (b'{"a": NaN}', ["/"]),
        (b"[" * 100_000, ["/"]),
        (as_document({}, bericht="WMO999"), ["/bericht", "/release"]),
    ],
    ids=range(5),
)
def test_json_that_is_no_message_is_told(body: bytes, places: list[str], schemas: Schemas) -> None:
    rapport = validate_json(body, schemas, GRENZEN, {})

    assert (rapport.bericht, rapport.release, rapport.geldig) == (None, None, False)
    assert [fout.locatie for fout in rapport.fouten] == places
