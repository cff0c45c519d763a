"""A large declaration is read as a small one is: the same declaration, and the same refusals, whatever is sent."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.declaratie.beantwoord import regel_of, regel_of_inhoud
from services.declaratie.bulk import bulk_of
from services.declaratie.domain import Declaratie
from services.declaratie.messages import prestatie_323, read_declaratie
from shared import payload
from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud
from shared.iwmo.kop import read_kop
from shared.iwmo.lezer import Gelezen, read
from shared.iwmo.schemas import Schemas
from shared.iwmo.streaming import read_payload
from shared.payload import Payload, Writer
from shared.problems import BerichtSoortError, OnleesbaarError, SchemaError
from tests.shared.iwmo.berichten import GRENZEN, a_declaratie_bericht, a_regel, as_xml, soort

SCHEMAS = Schemas()
NAAM: dict[Release, str] = {"2.4": "WMO303D", "3.2": "WMO323"}
TEXT = st.text("aZ09-&<> é\n\t", min_size=1, max_size=12).filter(lambda text: text.strip() == text)
DAYS = st.sampled_from(["2025-03-01", "2024-02-29", " 2025-03-31\n", "2021-01-01"] * 8 + ["10000-01-01"])
SPOILT = st.sampled_from(
    [
        b"", b"<", b">", b"x", b"<!-- x -->", b"<?p?>", b"&amp;", b"&#50;", b"<x/>", b"<![CDATA[1]]>", b"</", b"\x00",
        b" ", b"<!DOCTYPE x>", b"\xff", b"99999-01-01", b"-1", b"D", b"C", "é".encode(),
    ]
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, release: Release) -> Inhoud:
    """One with everything that may be absent now there, now not."""
    line = a_regel(
        release,
        draw(st.integers(-99_999_999, 99_999_999)),
        referentie=draw(TEXT),
        vorige=draw(st.none() | TEXT),
        ToewijzingNummer=draw(st.integers(0, 999_999_999)),
        ProductPeriode={"Begindatum": draw(DAYS), "Einddatum": draw(DAYS)},
        Eenheid=draw(st.sampled_from(["01", "04", "83"])),
    )
    if draw(st.booleans()):
        del line["ProductTarief"]
    if release == "2.4":
        bedrag = {"Bedrag": draw(st.integers(0, 99)), "DebetCredit": draw(st.sampled_from("DC"))}
        if draw(st.booleans()):
            line["BtwVrijstelling"] = draw(st.sampled_from("12"))
        for naam in draw(st.sets(st.sampled_from(["BerekendBedrag", "BtwBedrag"]))):
            line["IngediendeBedragPrestatie"][naam] = bedrag
    return line


@st.composite
def bodies(draw: st.DrawFn, release: Release) -> bytes:
    clienten = draw(st.lists(st.lists(lines(release), min_size=1, max_size=3), min_size=1, max_size=3))
    return as_xml(a_declaratie_bericht(release, *clienten, totaal=0), soort(NAAM[release], release), SCHEMAS)


def in_domain_terms(gelezen: Gelezen) -> Declaratie:
    clienten = gelezen.delen.items if gelezen.delen is not None else None
    return read_declaratie(read_kop(gelezen.soort, gelezen.inhoud), gelezen.inhoud, _own_name, clienten)


def _own_name(bsn: str) -> str:
    return f"client-{bsn}"


def by_name(body: bytes) -> Declaratie:
    return in_domain_terms(read(body, SCHEMAS, GRENZEN))


def by_position(body: Payload) -> Declaratie:
    return in_domain_terms(read_payload(body, SCHEMAS, GRENZEN, lambda schema: bulk_of(schema, _own_name)))


def outcome(work: Callable[[Any], Declaratie], body: Any) -> Any:
    """The declaration, or how it is refused."""
    try:
        return work(body)
    except (OnleesbaarError, BerichtSoortError, SchemaError) as error:
        return type(error), error.detail, error.fouten
    except ValueError as error:  # a number that the schema takes and Python does not
        return type(error)


def in_pieces(body: bytes, size: int) -> Payload:
    writer = Writer()
    for start in range(0, len(body), size):
        writer.write(body[start : start + size])
    return writer.done()


def both_ways(body: bytes, size: int, held: int) -> None:
    """Compares; ``held`` bytes at most are read by way of a tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "LARGE_BYTES", 0)
        patch.setattr(payload, "HELD_BYTES", held)
        patch.setattr(payload, "CHUNK", size)  # pieces as small as that
        assert outcome(by_position, in_pieces(body, size)) == outcome(by_name, body)


each_way = pytest.mark.parametrize("held", [0, 10**6], ids=["stream", "tree"])
each_release = pytest.mark.parametrize("release", RELEASES)


@each_way
@each_release
@given(data=st.data())
def test_a_message_is_read_the_same_by_position(release: Release, held: int, data: st.DataObject) -> None:
    both_ways(data.draw(bodies(release)), data.draw(st.integers(64, 4000)), held)


@each_way
@each_release
@settings(max_examples=50)
@given(data=st.data())
def test_a_spoilt_message_is_refused_the_same(release: Release, held: int, data: st.DataObject) -> None:
    body = data.draw(bodies(release))
    # To make a message takes longer than to read it in both ways.
    for _ in range(6):
        start = data.draw(st.integers(0, len(body)))
        length = data.draw(st.sampled_from([0, 0, 1, 1, 2, 10, 50]))
        both_ways(body[:start] + data.draw(SPOILT) + body[start + length :], data.draw(st.integers(64, 4000)), held)


@each_way
@each_release
def test_half_a_message_is_never_a_whole_one(release: Release, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    monkeypatch.setattr(payload, "HELD_BYTES", held)
    monkeypatch.setattr(payload, "CHUNK", 100)
    whole = as_xml(a_declaratie_bericht(release), soort(NAAM[release], release), SCHEMAS).rstrip()

    # By way of a tree each takes two threads.
    for end in range(0, len(whole), 5 if held else 1):
        with pytest.raises(OnleesbaarError):
            by_position(in_pieces(whole[:end], 100))


@each_way
@each_release
def test_what_comes_in_bulk_is_not_in_the_content_and_can_be_read_again(
    release: Release, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    monkeypatch.setattr(payload, "HELD_BYTES", held)
    clienten = [[a_regel(release, referentie=f"R{one}{two}") for two in range(2)] for one in range(3)]
    body = as_xml(a_declaratie_bericht(release, *clienten), soort(NAAM[release], release), SCHEMAS)
    whole = read(body, SCHEMAS, GRENZEN).inhoud

    gelezen = read_payload(in_pieces(body, 500), SCHEMAS, GRENZEN, lambda schema: bulk_of(schema, _own_name))

    above, all_of_it = (one["Declaratie"] if release == "3.2" else one for one in (gelezen.inhoud, whole))
    assert gelezen.delen is not None
    assert above["Clienten"] == {}
    clienten_of = all_of_it["Clienten"]["Client"]
    assert list(gelezen.delen.again({1, 3})) == [(number, clienten_of[number - 1]) for number in (1, 3)]
    assert list(gelezen.delen.again(set())) == []
    all_of_it["Clienten"] = {}
    assert gelezen.inhoud == whole


@given(data=st.data())
def test_a_line_can_be_written_as_it_was_read(data: st.DataObject) -> None:
    body = data.draw(bodies("3.2"))
    try:
        declaratie = by_name(body)
    except SchemaError:  # a day on no calendar
        return

    clienten = read(body, SCHEMAS, GRENZEN).inhoud["Declaratie"]["Clienten"]["Client"]
    lines = [line for client in clienten for line in client["Prestaties"]["Prestatie"]]
    assert [prestatie_323(line) for line in declaratie.prestaties] == lines
    assert [regel_of(line) for line in declaratie.prestaties] == [regel_of_inhoud(line) for line in lines]


def test_a_message_of_another_kind_or_order_is_read_by_name() -> None:
    assert bulk_of(SCHEMAS.of(soort("WMO325", "3.2")), _own_name) is None
    assert bulk_of(SCHEMAS.of(soort("WMO305", "3.2")), _own_name) is None
    assert bulk_of(SCHEMAS.of(soort("WMO323", "3.2")), _own_name) is not None


@each_release
def test_what_is_worked_out_ahead_counts_for_a_valid_message_alone(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payload, "LARGE_BYTES", 0)
    whole = as_xml(a_declaratie_bericht(release), soort(NAAM[release], release), SCHEMAS)
    # Easy to read, and not valid.
    wrong = whole.replace(b"GeleverdVolume>", b"GeleverdVolume>-", 1)
    seen: list[Declaratie] = []

    def ahead(gelezen: Gelezen) -> Declaratie:
        seen.append(in_domain_terms(gelezen))
        return seen[-1]

    def fails(_: Gelezen) -> None:
        raise ZeroDivisionError

    def read_ahead(body: bytes, work: Callable[[Gelezen], Any]) -> Gelezen:
        return read_payload(Payload.of(body), SCHEMAS, GRENZEN, lambda schema: bulk_of(schema, _own_name), work)

    assert read_ahead(whole, ahead).vooruit == by_name(whole)
    with pytest.raises(SchemaError):
        read_ahead(wrong, ahead)
    assert [one.clienten[0].prestaties[0].volume for one in seen] == [13, -13]
    assert read_ahead(whole, fails).vooruit is None
