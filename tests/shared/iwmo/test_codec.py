"""XML <-> plain values."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.iwmo.catalogus import RELEASES, Release
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.schemas import Schemas
from shared.problems import SchemaError
from tests.shared.iwmo.berichten import (
    a_301,
    a_305,
    a_declaratie_bericht,
    a_header,
    a_regel,
    a_startproduct,
    soort,
    through_schema,
)

SCHEMAS = Schemas()
# All that XML 1.0 can hold; the marks that must be escaped come often.
CHARACTERS = st.one_of(
    st.sampled_from("&<>\"'\r\n\t ]é€"),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)
# What a pattern like .*[^\s].* allows: no line ends, and something that is not white space.
LINE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff")


def free(most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=1, max_size=most)


def line(most: int) -> st.SearchStrategy[str]:
    def around(before: str, core: str, after: str) -> str:
        return (before + core + after)[:most] if len(before) < most else core

    return st.builds(around, st.text(LINE, max_size=2), st.sampled_from("aZ&<>\"'é"), st.text(LINE, max_size=most))


DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat)
PRODUCT = st.fixed_dictionaries({"Categorie": st.sampled_from(["01", "07", "15"])}, optional={"Code": line(5)})
STARTPRODUCT = st.fixed_dictionaries(
    {"Begindatum": DATES, "StatusAanlevering": st.sampled_from("123")},
    optional={
        "ToewijzingNummer": st.integers(0, 999_999_999),
        "Product": PRODUCT,
        "ToewijzingIngangsdatum": DATES,
    },
)
NAAM = st.fixed_dictionaries(
    {
        "Geslachtsnaam": st.fixed_dictionaries({"Achternaam": line(200)}, optional={"Voorvoegsel": line(10)}),
    },
    optional={"Voornamen": line(200), "Voorletters": st.text(string.ascii_letters, min_size=1, max_size=6)},
)
BSN = st.text(string.digits, min_size=9, max_size=9)
CLIENT = st.fixed_dictionaries(
    {
        "Bsn": BSN,
        "Geboortedatum": st.fixed_dictionaries({"Datum": DATES}, optional={"DatumGebruik": st.sampled_from("123")}),
        "Geslacht": st.sampled_from("012"),
        "Naam": NAAM,
        "StartProducten": st.fixed_dictionaries({"StartProduct": st.lists(STARTPRODUCT, min_size=1, max_size=3)}),
    }
)
PERIODE = st.fixed_dictionaries({"Begindatum": DATES, "Einddatum": DATES})
CENTS = st.integers(0, 99_999_999)
BEDRAG = st.fixed_dictionaries({"Bedrag": CENTS, "DebetCredit": st.sampled_from("DC")})
PRESTATIE = st.fixed_dictionaries(
    {
        "ProductReferentie": st.fixed_dictionaries(
            {"ReferentieNummer": free(20)}, optional={"VorigReferentieNummer": free(20)}
        ),
        "ToewijzingNummer": st.integers(0, 999_999_999),
        "ProductCategorie": st.sampled_from(["01", "02"]),
        "ProductCode": line(5),
        "ProductPeriode": PERIODE,
        "GeleverdVolume": st.integers(0, 99_999_999),
        "Eenheid": st.sampled_from(["01", "04", "82", "83"]),
        "IngediendBedrag": BEDRAG,
    },
    optional={"ProductTarief": CENTS},
)
DECLARATIE = st.fixed_dictionaries(
    {
        "DeclaratieNummer": st.text(string.ascii_letters + string.digits, min_size=1, max_size=12),
        "DeclaratiePeriode": PERIODE,
        "DeclaratieDagtekening": DATES,
        "TotaalIngediendBedrag": st.fixed_dictionaries(
            {"TotaalBedrag": st.integers(0, 999_999_999_999), "DebetCredit": st.sampled_from("DC")}
        ),
        "Clienten": st.fixed_dictionaries(
            {
                "Client": st.lists(
                    st.fixed_dictionaries(
                        {
                            "Bsn": BSN,
                            "Prestaties": st.fixed_dictionaries(
                                {"Prestatie": st.lists(PRESTATIE, min_size=1, max_size=3)}
                            ),
                        }
                    ),
                    min_size=1,
                    max_size=2,
                )
            }
        ),
    }
)


@given(client=CLIENT, release=st.sampled_from(RELEASES))
def test_a_305_survives_the_round_trip(client: Inhoud, release: Release) -> None:
    inhoud = {"Header": a_header("WMO305", release), "Client": client}

    assert through_schema(inhoud, soort("WMO305", release), SCHEMAS).inhoud == inhoud


@given(declaratie=DECLARATIE)
def test_a_323_survives_the_round_trip(declaratie: Inhoud) -> None:
    inhoud = {"Header": a_header("WMO323", "3.2"), "Declaratie": declaratie}

    assert through_schema(inhoud, soort("WMO323", "3.2"), SCHEMAS).inhoud == inhoud


@pytest.mark.parametrize(
    ("naam", "release", "inhoud"),
    [
        ("WMO301", "2.4", a_301("2.4", relaties=2, contacten=2)),
        ("WMO301", "3.2", a_301("3.2", relaties=2, contacten=2)),
        ("WMO303D", "2.4", a_declaratie_bericht("2.4", [a_regel("2.4")], [a_regel("2.4", -1, referentie="R2")])),
        ("WMO323", "3.2", a_declaratie_bericht("3.2", [a_regel("3.2")], [a_regel("3.2", -1, referentie="R2")])),
    ],
)
def test_every_kind_of_message_survives_the_round_trip(naam: str, release: Release, inhoud: Inhoud) -> None:
    assert through_schema(inhoud, soort(naam, release), SCHEMAS).inhoud == inhoud


def test_an_encoded_message_is_the_same_for_another_reader() -> None:
    inhoud = a_305("3.2")
    inhoud["Client"]["Naam"]["Geslachtsnaam"]["Achternaam"] = '<Ké & "zoon">\U0001f600'

    root = etree.fromstring(encode(inhoud, SCHEMAS.of(soort("WMO305", "3.2"))))

    assert root.findtext(".//{*}Achternaam") == '<Ké & "zoon">\U0001f600'


def fouten_of(inhoud: object) -> list[tuple[str, str]]:
    with pytest.raises(SchemaError) as caught:
        encode(inhoud, SCHEMAS.of(soort("WMO305", "3.2")))  # type: ignore[arg-type]
    return [(fout.locatie, fout.reden) for fout in caught.value.fouten]


def test_json_names_an_unknown_field_at_its_place() -> None:
    inhoud = a_305("3.2", a_startproduct(), a_startproduct(Opmerking="x"))

    assert fouten_of(inhoud) == [
        ("/Bericht/Client/StartProducten/StartProduct[2]/Opmerking", "dit element bestaat hier niet")
    ]


def test_json_wants_a_list_where_elements_repeat_and_only_there() -> None:
    inhoud = a_305("3.2")
    inhoud["Client"]["StartProducten"]["StartProduct"] = a_startproduct()
    inhoud["Client"]["Bsn"] = ["999990019"]

    assert fouten_of(inhoud) == [
        ("/Bericht/Client/Bsn", "hier hoort geen lijst"),
        ("/Bericht/Client/StartProducten/StartProduct", "hier hoort een lijst"),
    ]


@pytest.mark.parametrize("value", [True, False, 1.5, {"a": 1}])
def test_json_wants_a_text_or_number_in_a_leaf(value: object) -> None:
    inhoud = a_305("3.2")
    inhoud["Client"]["Bsn"] = value

    assert fouten_of(inhoud) == [("/Bericht/Client/Bsn", "hier hoort een waarde (tekst of getal)")]


@pytest.mark.parametrize("value", ["x", 1, True, [], None])
def test_json_wants_an_object_for_the_message(value: object) -> None:
    assert fouten_of(value) == [("/Bericht", "hier hoort een object met de elementen van deze klasse")]


@pytest.mark.parametrize("value", ["x", 1, True])
def test_json_wants_an_object_for_a_class(value: object) -> None:
    inhoud = a_305("3.2") | {"Client": value}

    assert fouten_of(inhoud) == [("/Bericht/Client", "hier hoort een object met de elementen van deze klasse")]


def test_json_tells_all_faults_at_once() -> None:
    inhoud = a_305("3.2") | {"Onbekend": 1}
    inhoud["Client"]["Bsn"] = True

    assert {place for place, _ in fouten_of(inhoud)} == {"/Bericht/Onbekend", "/Bericht/Client/Bsn"}


def test_json_null_is_an_absent_element() -> None:
    inhoud = a_305("3.2", a_startproduct(ToewijzingIngangsdatum=None))

    gelezen = through_schema(inhoud, soort("WMO305", "3.2"), SCHEMAS)

    assert "ToewijzingIngangsdatum" not in gelezen.inhoud["Client"]["StartProducten"]["StartProduct"][0]


def test_json_with_half_a_character_is_refused_as_a_fault_of_the_sender() -> None:
    """JSON can name half of a surrogate pair; no XML can hold it."""
    inhoud = a_305("3.2")
    inhoud["Client"]["Naam"]["Geslachtsnaam"]["Achternaam"] = "\ud800"

    fouten = fouten_of(inhoud)

    assert [place for place, _ in fouten] == ["/Bericht/Client/Naam/Geslachtsnaam/Achternaam"]


def test_json_with_an_unknown_field_of_half_a_character_gives_a_place_that_can_be_shown() -> None:
    fouten = fouten_of(a_305("3.2") | {"\ud800": 1})

    assert all(place.encode() for place, _ in fouten)


def test_a_fault_shows_no_value() -> None:
    inhoud = a_305("3.2")
    inhoud["Client"]["Bsn"] = ["999990019"]
    inhoud["Client"]["Naam"] = "Kanarie"

    told = str(fouten_of(inhoud))

    assert "999990019" not in told
    assert "Kanarie" not in told


@pytest.mark.parametrize(
    "value",
    [">" * 20_000, "<" * 20_000, "]]>" * 5_000, "<]]>\r&" * 1_000],
    ids=["greater than", "less than", "end of CDATA", "all of it"],
)
def test_what_was_read_can_be_written_and_read_again_however_full_of_marks(value: str) -> None:
    """An answer repeats what came in: it may not fall over the limits that it came in under."""
    inhoud = a_301("3.2")
    inhoud["Client"]["Commentaar"] = value + "x"

    assert through_schema(inhoud, soort("WMO301", "3.2"), SCHEMAS).inhoud == inhoud
