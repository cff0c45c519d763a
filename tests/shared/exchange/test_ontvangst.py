"""The edge: what becomes a message of the caller, and what is refused with which error."""

import json
from typing import Any

import pytest
from starlette.requests import Request

from shared.exchange.huis import Huis
from shared.exchange.ontvangst import Ingekomen, read_bericht, receive
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.retour import RetourGegevens, make_retour
from shared.problems import (
    BerichtSoortError,
    KnooppuntError,
    MediaTypeError,
    OnleesbaarError,
    SchemaError,
    VerbodenError,
    as_problem,
)
from shared.security.partij import Beller, Partij
from tests.shared.exchange.verzoeken import AANBIEDER_BELLER, a_huis, a_request
from tests.shared.iwmo.berichten import BSN, GEMEENTE, a_301, a_305, a_heen, a_startproduct, as_xml, soort


@pytest.fixture(scope="module")
def huis() -> Huis:
    return a_huis()


def xml(inhoud: Inhoud, naam: str, release: Release, huis: Huis) -> Request:
    return a_request(as_xml(inhoud, soort(naam, release), huis.schemas), content_type="application/xml")


def as_json(document: Any) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return a_request(body, content_type="application/json")


def a_document(inhoud: Any = None, **deviations: Any) -> dict[str, Any]:
    return {"bericht": "WMO305", "release": "3.2", "inhoud": inhoud or a_305("3.2")} | deviations


async def enter(huis: Huis, request: Request, beller: Beller = AANBIEDER_BELLER) -> Ingekomen:
    """The whole way in, as a POST goes it."""
    return await receive(huis, request, beller, await read_bericht(huis, request))


async def refusal(
    huis: Huis, request: Request, error: type[KnooppuntError], beller: Beller = AANBIEDER_BELLER
) -> KnooppuntError:
    with pytest.raises(error) as caught:
        await enter(huis, request, beller)
    json.dumps(as_problem(caught.value).body, ensure_ascii=False).encode()  # it can be sent
    return caught.value


@pytest.mark.parametrize("release", RELEASES)
async def test_json_becomes_the_same_message_as_xml(release: Release, huis: Huis) -> None:
    inhoud = a_305(release)

    by_xml = await enter(huis, xml(inhoud, "WMO305", release, huis))
    by_json = await enter(huis, as_json(a_document(inhoud, release=release)))

    assert by_json.gelezen.hash == by_xml.gelezen.hash
    assert by_json.gelezen.inhoud == by_xml.gelezen.inhoud == inhoud
    assert by_json.body.whole() == by_xml.body.whole()


@pytest.mark.parametrize(
    "media", ["application/xml", "text/xml", "Application/XML; charset=utf-8", "text/xml;charset=UTF-8"]
)
async def test_xml_is_taken_under_its_names(media: str, huis: Huis) -> None:
    body = as_xml(a_305("3.2"), soort("WMO305", "3.2"), huis.schemas)

    assert (await enter(huis, a_request(body, content_type=media))).body.whole() == body


@pytest.mark.parametrize("media", ["", "text/plain", "application/soap+xml", "multipart/form-data", "xml"])
async def test_another_media_type_is_refused(media: str, huis: Huis) -> None:
    error = await refusal(huis, a_request(b"<a/>", content_type=media), MediaTypeError)

    assert error.status == 415
    assert "application/xml" in error.headers["Accept"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b'{"bericht": NaN}',
        b'{"inhoud": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"inhoud": ' + b"9" * 5000 + b"}",
        b"{'a': 1}",
    ],
    ids=range(13),
)
async def test_what_is_no_json_object_is_refused(body: bytes, huis: Huis) -> None:
    await refusal(huis, as_json(body), OnleesbaarError)


@pytest.mark.parametrize(
    "deviation",
    [
        {"bericht": "WMO999"},
        {"bericht": None},
        {"bericht": ["WMO305"]},
        {"release": "3.1"},
        {"release": 3.2, "bericht": "WMO303D"},
        {"release": "2.4", "bericht": "WMO323"},
        {"bericht": "\ud800"},
        {"bericht": {}},
    ],
    ids=ascii,
)
async def test_json_of_an_unknown_message_is_refused(deviation: dict[str, Any], huis: Huis) -> None:
    error = await refusal(huis, as_json(a_document(**deviation)), BerichtSoortError)

    assert [fout.locatie for fout in error.fouten] == ["/bericht", "/release"]


@pytest.mark.parametrize("inhoud", ["x", 1, [], True, {"Header": 1}, {"Header": []}, {"Onbekend": 1}, {}], ids=str)
async def test_json_without_the_shape_of_the_message_is_refused(inhoud: Any, huis: Huis) -> None:
    error = await refusal(huis, as_json({"bericht": "WMO305", "release": "3.2", "inhoud": inhoud}), SchemaError)

    assert error.fouten


async def test_json_is_judged_by_the_schema_like_xml(huis: Huis) -> None:
    inhoud = a_305("3.2", a_startproduct(Begindatum="gisteren"))

    error = await refusal(huis, as_json(a_document(inhoud)), SchemaError)

    assert [fout.locatie.rpartition("/")[2] for fout in error.fouten] == ["Begindatum"]


@pytest.mark.parametrize("value", ["\x00", "\x0b", "\ufffe", "\ud800", "\udc00x"], ids=ascii)
async def test_json_with_a_character_that_xml_cannot_hold_is_refused(value: str, huis: Huis) -> None:
    inhoud = a_305("3.2")
    inhoud["Client"]["Naam"]["Geslachtsnaam"]["Achternaam"] = value

    error = await refusal(huis, as_json(a_document(inhoud)), KnooppuntError)

    assert error.status == 400


@pytest.mark.parametrize("naam", ["\ud800", "x" * 100_000, "a/b", ""], ids=["half", "long", "slash", "empty"])
async def test_json_with_an_odd_field_gives_a_problem_that_can_be_sent(naam: str, huis: Huis) -> None:
    error = await refusal(huis, as_json(a_document(a_305("3.2") | {naam: 1})), SchemaError)

    assert len(error.fouten[0].locatie) < 200


async def test_very_many_faults_in_json_are_not_all_told(huis: Huis) -> None:
    inhoud = a_305("3.2", *[a_startproduct(Begindatum=True) for _ in range(1000)])

    error = await refusal(huis, as_json(a_document(inhoud)), SchemaError)

    assert len(error.fouten) <= huis.settings.max_fouten


async def test_no_refusal_shows_a_value(huis: Huis) -> None:
    inhoud = a_305("3.2", a_startproduct(Begindatum="gisteren"))
    inhoud["Client"]["Bsn"] = f"{BSN}0"
    inhoud["Client"]["Geslacht"] = "Kanarie"

    error = await refusal(huis, xml(inhoud, "WMO305", "3.2", huis), SchemaError)

    told = str(as_problem(error).body)
    assert len(error.fouten) == 3
    assert BSN not in told
    assert "Kanarie" not in told


@pytest.mark.parametrize("release", RELEASES)
async def test_a_message_of_another_service_is_refused_with_what_is_known(release: Release, huis: Huis) -> None:
    gemeente = Beller("gemeente", frozenset({Partij.gemeente(GEMEENTE)}))

    error = await refusal(huis, xml(a_301(release), "WMO301", release, huis), BerichtSoortError, gemeente)

    assert "WMO305, WMO307" in error.detail


async def test_an_answer_is_not_taken_in(huis: Huis) -> None:
    kind = soort("WMO306", "3.2")
    heen = a_heen(a_305("3.2"), soort("WMO305", "3.2"))
    retour = make_retour(heen.inhoud, huis.schemas.of(kind), RetourGegevens(kind, "R1", heen.vandaag), [])

    error = await refusal(huis, xml(retour, "WMO306", "3.2", huis), BerichtSoortError)

    assert "antwoord" in error.detail


@pytest.mark.parametrize(
    "partijen", [set(), {Partij.gemeente(GEMEENTE)}, {Partij.aanbieder("11111111")}, {Partij("beheer")}], ids=str
)
async def test_a_message_of_another_sender_is_refused(partijen: set[Partij], huis: Huis) -> None:
    beller = Beller("ander", frozenset(partijen))

    error = await refusal(huis, xml(a_305("3.2"), "WMO305", "3.2", huis), VerbodenError, beller)

    assert error.status == 403


@pytest.mark.parametrize("dag", ["10000-01-01", "-0001-01-01"])
async def test_a_dagtekening_that_no_calendar_has_is_refused(dag: str, huis: Huis) -> None:
    error = await refusal(huis, xml(a_305("3.2", dagtekening=dag), "WMO305", "3.2", huis), SchemaError)

    assert error.fouten[0].locatie.startswith("/Bericht/Header")
