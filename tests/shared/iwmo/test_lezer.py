"""What is refused before it is a message, and what is read in full."""

import pytest

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.lezer import Gelezen, Grenzen, read
from shared.iwmo.schemas import Schemas
from shared.problems import BerichtSoortError, KnooppuntError, OnleesbaarError, SchemaError
from tests.shared.iwmo.berichten import (
    GRENZEN,
    XSD_VERSIE,
    a_301,
    a_305,
    a_declaratie_bericht,
    as_xml,
    soort,
)

SCHEMAS = Schemas()
XML = as_xml(a_305("3.2"), soort("WMO305", "3.2"), SCHEMAS).decode()
HEAD, _, ROOT = XML.partition("\n")
BERICHT = ROOT[: ROOT.index(">")]  # the start tag of the root, still open
NAAM = "<iwmo:Achternaam>Berkel</iwmo:Achternaam>"


def read_text(text: str | bytes, grenzen: Grenzen = GRENZEN) -> Gelezen:
    return read(text if isinstance(text, bytes) else text.encode(), SCHEMAS, grenzen)


def refusal(text: str | bytes, error: type[KnooppuntError] = OnleesbaarError) -> str:
    with pytest.raises(error) as caught:
        read_text(text)
    return caught.value.detail


def achternaam(gelezen: Gelezen) -> str:
    found: str = gelezen.inhoud["Client"]["Naam"]["Geslachtsnaam"]["Achternaam"]
    return found


def with_naam(value: str) -> str:
    assert NAAM in XML
    return XML.replace(NAAM, f"<iwmo:Achternaam>{value}</iwmo:Achternaam>")


@pytest.mark.parametrize("release", RELEASES)
def test_a_message_is_read_with_its_kind(release: Release) -> None:
    gelezen = read_text(as_xml(a_305(release), soort("WMO305", release), SCHEMAS))

    assert gelezen.soort is soort("WMO305", release)
    assert len(gelezen.hash) == 32


@pytest.mark.parametrize(("naam", "code"), [("WMO303D", "416"), ("WMO303F", "448")])
def test_messages_that_share_a_schema_are_told_apart_by_their_code(naam: str, code: str) -> None:
    inhoud = a_declaratie_bericht("2.4")
    inhoud["Header"]["BerichtCode"] = code

    gelezen = read_text(as_xml(inhoud, soort(naam, "2.4"), SCHEMAS))

    assert gelezen.soort.naam == naam


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE Bericht>",
        '<!DOCTYPE Bericht SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE Bericht [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE Bericht [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        "<!DOCTYPE Bericht [<!ATTLIST Bericht a CDATA 'x'>]>",
    ],
)
def test_a_doctype_is_refused(doctype: str) -> None:
    assert refusal(f"{HEAD}\n{doctype}{ROOT}") == "Een DOCTYPE is niet toegestaan"


@pytest.mark.parametrize(
    "body",
    [
        XML.replace("UTF-8", "UTF-16").encode("utf-16"),
        ROOT.encode("utf-16"),
        ROOT.encode("utf-16-le"),
        ROOT.encode("utf-16-be"),
        ROOT.encode("utf-32"),
        ROOT.encode("utf-32-le"),
        XML.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        XML.replace("UTF-8", "windows-1252").encode(),
        XML.replace("UTF-8", "US-ASCII").encode(),
        XML.replace("UTF-8", "UTF-16").encode(),
        XML.replace("UTF-8", "bestaat-niet").encode(),
        XML.replace("UTF-8", "UTF-7").encode(),
    ],
    ids=range(12),
)
def test_another_encoding_than_utf8_is_refused(body: bytes) -> None:
    assert refusal(body) == "De codering moet UTF-8 zijn"


def test_latin1_that_calls_itself_utf8_is_refused() -> None:
    assert "geen goed gevormde XML" in refusal(with_naam("Ké").encode("latin-1"))


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("declaration", [HEAD, HEAD.replace("UTF-8", "utf-8"), '<?xml version="1.0"?>', ""])
def test_utf8_is_accepted_with_and_without_bom_and_declaration(start: bytes, declaration: str) -> None:
    assert achternaam(read_text(start + (declaration + ROOT).encode())) == "Berkel"


def nested(depth: int) -> str:
    return "<a>" * depth + "</a>" * depth


def test_elements_may_nest_up_to_the_limit_and_no_deeper() -> None:
    assert refusal(nested(64), BerichtSoortError)
    assert refusal(nested(65)) == "De elementen zijn dieper genest dan 64"
    assert refusal("<a>" * 100_000) == "De elementen zijn dieper genest dan 64"


def inside(content: str) -> str:
    """The message with something before its first element."""
    return f"{HEAD}\n{BERICHT}>{content}{ROOT[len(BERICHT) + 1 :]}"


def test_elements_in_a_message_may_nest_up_to_the_limit_and_no_deeper() -> None:
    with pytest.raises(SchemaError):
        read_text(inside(nested(63)))
    for depth in (64, 255, 256, 5000):
        assert refusal(inside(nested(depth))) == "De elementen zijn dieper genest dan 64"
    assert refusal(inside("<a>" * 100_000)) == "De elementen zijn dieper genest dan 64"


def with_long_tag(size: int) -> str:
    """A valid message of which the first start tag is this long."""
    filler = ' xmlns:x="urn:'
    return f'{HEAD}\n{BERICHT}{filler}{"x" * (size - len(BERICHT) - len(filler) - 2)}"{ROOT[len(BERICHT) :]}'


def test_a_start_tag_up_to_the_limit_is_accepted() -> None:
    assert achternaam(read_text(with_long_tag(64 * 1024 - 8))) == "Berkel"


@pytest.mark.parametrize("size", [80 * 1024, 128 * 1024, 200 * 1024, 1024 * 1024])
def test_a_start_tag_over_the_limit_is_refused(size: int) -> None:
    assert refusal(with_long_tag(size)) == "Een tag is langer dan 64 kB"


@pytest.mark.parametrize("filler", ["x" * 3000, ">" * 3000, " " * 3000, "x" * 2000 + "&gt;" * 300])
def test_a_long_tag_anywhere_is_refused(filler: str) -> None:
    attributes = "".join(f' a{n}="{filler}"' for n in range(30))

    assert refusal(inside("<a/>" * 10_000 + f"<a{attributes}/>")) == "Een tag is langer dan 64 kB"


def test_a_long_tag_cannot_hide_behind_marks_that_no_tag_may_hold() -> None:
    attributes = "".join(f' a{n}="{"<" if n % 1000 == 999 else "x"}"' for n in range(20_000))

    assert "geen goed gevormde XML" in refusal(inside("<a/>" * 10_000 + f"<a{attributes}/>"))


def test_many_attributes_in_one_tag_are_refused() -> None:
    attributes = "".join(f' a{n}=""' for n in range(100_000))

    assert refusal(f"{HEAD}\n{BERICHT}{attributes}{ROOT[len(BERICHT) :]}") == "Een tag is langer dan 64 kB"


def test_much_text_is_no_long_tag() -> None:
    with pytest.raises(SchemaError):
        read_text(with_naam("x" * 300_000))


@pytest.mark.parametrize(
    "value",
    [
        "Ber<!-- opmerking -->kel",
        "<!-- vooraf -->Berkel",
        "Berkel<!-- achteraf -->",
        "Ber<?doe iets?>kel",
        "<![CDATA[Berkel]]>",
        "Ber<![CDATA[k]]>el",
        "&#66;erkel",
        "Ber<!--a--><!--b-->k<?p?>el",
    ],
)
def test_a_value_is_read_in_full(value: str) -> None:
    assert achternaam(read_text(with_naam(value))) == "Berkel"


def test_the_marks_of_cdata_and_references_are_text() -> None:
    assert achternaam(read_text(with_naam("<![CDATA[<b>&amp;]]> &amp; &lt;i&gt;"))) == "<b>&amp; & <i>"


@pytest.mark.parametrize("value", ["&lol;", "&x", "a & b", "<b", "]]>", "\x01", "&#0;", "&#xD800;"])
def test_what_xml_cannot_hold_is_refused(value: str) -> None:
    assert "geen goed gevormde XML" in refusal(with_naam(value))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{}",
        b"Bericht",
        XML[:-3].encode(),
        XML[: len(XML) // 2].encode(),
        (XML + "<a/>").encode(),
        (XML + "tekst").encode(),
        (" " + XML).encode(),
        XML.replace("</iwmo:Achternaam>", "</iwmo:Voornaam>").encode(),
        XML.replace("xmlns:iwmo", "xmlns:iets").encode(),
    ],
    ids=range(11),
)
def test_what_is_not_well_formed_is_refused_with_a_line(body: bytes) -> None:
    told = refusal(body)

    assert told.startswith("Het bericht is geen goed gevormde XML (regel ")
    assert "Berkel" not in told


def test_a_message_that_is_cut_off_anywhere_is_refused() -> None:
    """Half a message must never pass for a whole one, also where what is left of it could be valid."""
    body = XML.rstrip().encode()

    for end in range(len(body)):
        with pytest.raises(OnleesbaarError):
            read_text(body[:end])


@pytest.mark.parametrize("start", ["<a/>", "<!-- x -->"])
def test_what_is_not_well_formed_far_into_a_message_is_told_with_its_place(start: str) -> None:
    assert "(regel 7, kolom " in refusal(inside("\n" * 5 + start * 5000 + "<b></c>"))


def test_other_xml_is_an_unknown_message() -> None:
    for body in ("<Bericht/>", '<Bericht xmlns="urn:x"/>', XML.replace("3_2", "2_9"), XML.replace("Bericht", "Berigt")):
        assert refusal(body, BerichtSoortError) == "Het wortelelement is geen Bericht van iWmo 2.4 of 3.2"


def test_schema_hints_in_the_message_are_ignored() -> None:
    """xsi:schemaLocation may name what it likes: our own schema decides."""
    hint = (
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://www.istandaarden.nl/iwmo/3_2/wmo305/schema file:///bestaat-niet.xsd"'
    )

    assert achternaam(read_text(f"{HEAD}\n{BERICHT}{hint}{ROOT[len(BERICHT) :]}")) == "Berkel"


def test_a_namespace_that_is_no_absolute_uri_is_refused() -> None:
    """It has no canonical form, so no hash; found by B11."""
    body = f'{HEAD}\n{BERICHT} xmlns:q="u"{ROOT[len(BERICHT) :]}'

    assert refusal(body, OnleesbaarError) == "Een namespace in het bericht is geen absolute URI"


def test_the_hash_is_that_of_the_canonical_form() -> None:
    plain = read_text(XML).hash

    assert read_text(b"\xef\xbb\xbf" + XML.encode()).hash == plain
    assert read_text(with_naam("&#66;erkel")).hash == plain
    assert read_text(with_naam("Ber<!-- x -->kel")).hash == plain
    assert read_text(with_naam("Berkels")).hash != plain


def test_a_number_a_date_and_a_time_are_read_without_white_space_and_a_text_with() -> None:
    text = as_xml(a_301("3.2"), soort("WMO301", "3.2"), SCHEMAS).decode()
    text = (
        text.replace(">3<", "> \n3 <", 10).replace(">2025-03-01<", "> 2025-03-01\t<").replace("09:30:00", " 09:30:00 ")
    )

    client = read_text(text.replace(">Berkel<", "> Berkel <")).inhoud["Client"]

    product = client["ToegewezenProducten"]["ToegewezenProduct"][0]
    assert (product["Omvang"]["Volume"], product["Ingangsdatum"]) == (3, "2025-03-01")
    assert product["Toewijzingstijd"] == "09:30:00"
    assert client["Naam"]["Geslachtsnaam"]["Achternaam"] == " Berkel "


def test_an_official_set_takes_the_place_of_our_own(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """KNOOPPUNT_XSD_DIR: a release that stands there is read from there, the other from our own set."""
    (tmp_path / "3.2").mkdir()

    given = Schemas(tmp_path)

    assert given.of(soort("WMO305", "3.2")).path == tmp_path / "3.2" / "wmo305.xsd"
    assert given.of(soort("WMO305", "2.4")).path == SCHEMAS.of(soort("WMO305", "2.4")).path


@pytest.mark.parametrize("release", RELEASES)
def test_a_schema_tells_its_own_versions(release: Release) -> None:
    assert SCHEMAS.of(soort("WMO305", release)).versies == tuple(XSD_VERSIE.values())


@pytest.mark.parametrize("mark", ["&lt;", "<!---->", "<?p?>", "<![CDATA[x]]>"])
def test_a_value_in_too_many_pieces_is_refused(mark: str) -> None:
    """Validation takes the square of their number: a million would hold a core for minutes."""
    assert refusal(inside(f"<a>{mark * 10_001}</a>")) == "Een waarde bevat meer dan 10000 verwijzingen of opmerkingen"


def test_references_spread_over_values_are_no_reason_to_refuse() -> None:
    reason = refusal(inside("<a>&lt;&gt;</a>" * 10_000), SchemaError)

    assert "verwijzingen" not in reason


def test_a_body_of_next_to_nothing_but_tags_is_refused() -> None:
    assert refusal(inside("<a/>" * 300_000)) == "Het bericht heeft te veel elementen voor zijn omvang"
