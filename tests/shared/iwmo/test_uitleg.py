"""Why a message is not valid: the place, the reason in Dutch, and never the value."""

import re
from time import perf_counter

import pytest
from lxml import etree

from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.regels import xpath
from shared.iwmo.schemas import Schemas
from shared.iwmo.uitleg import explain
from shared.problems import Fout, SchemaError
from tests.shared.iwmo.berichten import a_301, a_305, a_startproduct, as_xml, soort

SCHEMAS = Schemas()
KIND = soort("WMO305", "3.2")
PRODUCTEN = [a_startproduct(ToewijzingNummer=520300 + n) for n in range(1, 4)]
XML = as_xml(a_305("3.2", *PRODUCTEN), KIND, SCHEMAS).decode()
PRODUCT = "/Bericht/Client/StartProducten/StartProduct"
ACHTERNAAM = "/Bericht/Client/Naam/Geslachtsnaam/Achternaam"


def indented(text: str) -> str:
    root = etree.fromstring(text.encode())
    etree.indent(root, "   ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True).decode()


def fouten_of(text: str, most: int = 100) -> list[Fout]:
    with pytest.raises(SchemaError) as caught:
        read(text.encode(), SCHEMAS, Grenzen(max_fouten=most))
    return list(caught.value.fouten)


def places(text: str) -> list[str]:
    return [fout.locatie for fout in fouten_of(text)]


def changed(old: str, new: str, count: int = 1) -> str:
    """The message with the last ``count`` occurrences of a piece replaced."""
    parts = XML.rsplit(old, count)
    assert len(parts) == count + 1
    return new.join(parts)


NAAM_ELEMENT = "<iwmo:Achternaam>Berkel</iwmo:Achternaam>"
BSN_ELEMENT = re.search(r"<wmo305:Bsn>\d+</wmo305:Bsn>", XML)[0]  # type: ignore[index]
STATUS = "<wmo305:StatusAanlevering>1</wmo305:StatusAanlevering>"
DATUM = "<wmo305:Begindatum>2025-03-03</wmo305:Begindatum>"
CASES = {
    "a wrong value": (
        changed("Datum>1947-11-05<", "Datum>Kanarie<"),
        "/Bericht/Client/Geboortedatum/Datum",
        "een datum",
    ),
    "a wrong value in the last of three": (
        changed(STATUS, STATUS.replace("1<", "7<")),
        f"{PRODUCT}[3]/StatusAanlevering",
        "een van de codes 1 (Eerste aanlevering), 2 (",
    ),
    "a wrong number": (changed(">520303<", ">Kanarie<"), f"{PRODUCT}[3]/ToewijzingNummer", "een geheel getal"),
    "a number too large": (changed(">520303<", ">5203030000<"), f"{PRODUCT}[3]/ToewijzingNummer", "999999999"),
    "an empty value": (changed(NAAM_ELEMENT, "<iwmo:Achternaam/>"), ACHTERNAAM, "1 t/m 200 tekens"),
    "too long a value": (changed("Berkel", "Kanarie" * 40), ACHTERNAAM, "1 t/m 200 tekens"),
    "a missing first element": (changed(BSN_ELEMENT, ""), "/Bericht/Client/Geboortedatum", "verwacht: Bsn"),
    "a missing element in the middle": (changed(DATUM, ""), f"{PRODUCT}[3]/StatusAanlevering", "Begindatum"),
    "a missing last element": (
        changed(STATUS, ""),
        f"{PRODUCT}[3]",
        "er ontbreekt een element; verwacht: StatusAanlevering",
    ),
    "an extra element": (
        changed(STATUS, STATUS + "<wmo305:Kleur>Kanarie</wmo305:Kleur>"),
        f"{PRODUCT}[3]/Kleur",
        "dit element wordt hier niet verwacht: StartProduct kent het niet",
    ),
    "a double element": (
        changed(BSN_ELEMENT, BSN_ELEMENT * 2),
        "/Bericht/Client/Bsn[2]",
        "niet verwacht: het staat er al; verwacht: Geboortedatum",
    ),
    "elements in another order": (
        changed(DATUM + STATUS, STATUS + DATUM),
        f"{PRODUCT}[3]/StatusAanlevering",
        "niet verwacht: de volgorde van de elementen ligt vast; verwacht: Begindatum",
    ),
    "another namespace": (
        changed(DATUM, DATUM.replace("wmo305:", "iwmo:")),
        f"{PRODUCT}[3]/Begindatum",
        "in een verkeerde naamruimte; verwacht: http://www.istandaarden.nl/iwmo/3_2/wmo305/schema",
    ),
    "no namespace": (changed(DATUM, DATUM.replace("wmo305:", "")), f"{PRODUCT}[3]/Begindatum", "verkeerde naamruimte"),
    "an attribute": (
        changed("<wmo305:Begindatum>", '<wmo305:Begindatum soort="Kanarie">'),
        f"{PRODUCT}[3]/Begindatum",
        "het attribuut soort is hier niet toegestaan",
    ),
    "an attribute on a class": (
        changed("<wmo305:StartProduct>", '<wmo305:StartProduct soort="Kanarie">'),
        f"{PRODUCT}[3]",
        "het attribuut soort is hier niet toegestaan",
    ),
    "an attribute on the root": (
        changed("<wmo305:Bericht ", '<wmo305:Bericht soort="Kanarie" '),
        "/Bericht",
        "het attribuut soort is hier niet toegestaan",
    ),
    "text between elements": (
        changed(DATUM, "Kanarie" + DATUM),
        f"{PRODUCT}[3]",
        "hier horen alleen elementen, geen tekst",
    ),
    "text before the elements": (
        changed("<wmo305:StartProducten>", "<wmo305:StartProducten>Kanarie"),
        "/Bericht/Client/StartProducten",
        "hier horen alleen elementen, geen tekst",
    ),
    "elements in a value": (
        changed("Berkel", "<iwmo:Naam>Kanarie</iwmo:Naam>"),
        ACHTERNAAM,
        "hier hoort een enkele waarde, geen elementen",
    ),
    "an empty class": (
        re.sub(r"<wmo305:StartProducten>.*</wmo305:StartProducten>", "<wmo305:StartProducten/>", XML),
        "/Bericht/Client/StartProducten",
        "er ontbreekt een element; verwacht: StartProduct",
    ),
    "no client": (re.sub(r"<wmo305:Client>.*</wmo305:Client>", "", XML), "/Bericht", "verwacht: Client"),
}


XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_NIL = f'xmlns:xsi="{XSI}" xsi:nil'
XSI_TYPE = f'xmlns:xsi="{XSI}" xsi:type'
BSN = "/Bericht/Client/Bsn"


def with_attribute(attribute: str) -> str:
    return changed("<wmo305:Bsn>", f"<wmo305:Bsn {attribute}>")


# Every kind of fault that libxml2 can find with our schemas: where it is told, and how.
KINDS = {
    "SCHEMAV_ELEMENT_CONTENT": (changed(DATUM, ""), f"{PRODUCT}[3]/StatusAanlevering", "niet verwacht"),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": (changed(DATUM, DATUM + "Kanarie"), f"{PRODUCT}[3]", "geen tekst"),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": (
        changed("<wmo305:Client>", '<wmo305:Client soort="Kanarie">'),
        "/Bericht/Client",
        "het attribuut soort is hier niet toegestaan",
    ),
    "SCHEMAV_CVC_TYPE_3_1_1": (with_attribute('xml:lang="Kanarie"'), BSN, "het attribuut lang is hier niet toegestaan"),
    "SCHEMAV_CVC_TYPE_3_1_2": (changed("Berkel", "<iwmo:Naam>Kanarie</iwmo:Naam>"), ACHTERNAAM, "een enkele waarde"),
    "SCHEMAV_CVC_ELT_3_1": (with_attribute(f'{XSI_NIL}="true"'), BSN, "dit element kent geen lege waarde"),
    "SCHEMAV_CVC_ELT_4_2": (with_attribute(f'{XSI_TYPE}="Kanarie"'), BSN, "noemt een type dat er niet is"),
    "SCHEMAV_CVC_ELT_4_3": (with_attribute(f'{XSI_TYPE}="iwmo:LDT_Naam"'), BSN, "noemt een ander type dan"),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": (with_attribute(f'{XSI_TYPE}="x:Kanarie"'), BSN, "een waarde die het niet kan"),
    "SCHEMAV_CVC_ENUMERATION_VALID": (
        changed("Geslacht>2<", "Geslacht>7<"),
        "/Bericht/Client/Geslacht",
        "deze code is hier niet toegestaan; verwacht: een van de codes 0 (Onbekend), 1 (Mannelijk), 2 (Vrouwelijk)",
    ),
    "SCHEMAV_CVC_PATTERN_VALID": (
        changed("Bsn>999990019<", "Bsn>99999001X<"),
        BSN,
        "niet de juiste vorm; verwacht: een burgerservicenummer, precies 9 cijfers; type LDT_BurgerServicenummer",
    ),
    "SCHEMAV_CVC_MINLENGTH_VALID": (changed("Bsn>999990019<", "Bsn><"), BSN, "de waarde is leeg; verwacht: een burger"),
    "SCHEMAV_CVC_MAXLENGTH_VALID": (changed("Bsn>9", "Bsn>99"), BSN, "de waarde is te lang; verwacht: een burger"),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": (
        changed(">520303<", ">-520303<"),
        f"{PRODUCT}[3]/ToewijzingNummer",
        "de waarde is te klein; verwacht: een geheel getal, 0 t/m 999999999",
    ),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": (
        changed(">520303<", ">5203030000<"),
        f"{PRODUCT}[3]/ToewijzingNummer",
        "de waarde is te groot; verwacht: een geheel getal, 0 t/m 999999999",
    ),
}


def kinds_in(text: str) -> set[str]:
    """What libxml2 has against a message, by its own names."""
    validator = SCHEMAS.of(KIND).validator
    validator.validate(etree.fromstring(text.encode()))
    return {entry.type_name for entry in validator.error_log}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_has_its_place_and_reason_in_dutch_and_no_value(kind: str) -> None:
    text, place, reason = KINDS[kind]

    fouten = fouten_of(text)

    assert kind in kinds_in(text)
    assert [fout.locatie for fout in fouten] == [place]
    assert reason in fouten[0].reden
    assert not re.search(r"Kanarie|Berkel|99999001|1947|5203|Element|[Vv]alue|is not", fouten[0].reden)


SAID = {
    "/Bericht/Header/BerichtCode": (
        "BerichtCode>418<",
        "BerichtCode>420<",
        "deze waarde is hier niet toegestaan; verwacht: 418 (WMO305 start); type LDT_BerichtCode, codelijst COD002",
    ),
    "/Bericht/Header/BerichtVersie": (
        "BerichtVersie>3<",
        "BerichtVersie>2<",
        "deze waarde is hier niet toegestaan; verwacht: 3; type LDT_BerichtVersie",
    ),
    "/Bericht/Header/Afzender": (
        "Afzender>98765432<",
        "Afzender>9876543<",
        "de waarde heeft niet de juiste vorm; verwacht: een AGB-code, precies 8 cijfers; type LDT_AgbCode",
    ),
    "/Bericht/Header/Ontvanger": (
        "Ontvanger>0855<",
        "Ontvanger>855<",
        "de waarde heeft niet de juiste vorm; verwacht: een gemeentecode, precies 4 cijfers; type LDT_Gemeente, "
        "codelijst CBS",
    ),
    "/Bericht/Header/XsdVersie/BerichtXsdVersie": (
        "BerichtXsdVersie>1.0.0<",
        "BerichtXsdVersie>1.0<",
        "de waarde heeft niet de juiste vorm; verwacht: een versienummer, drie getallen met punten ertussen (1.0.0), "
        "minstens 1 teken; type LDT_Versie",
    ),
    "/Bericht/Client/Geboortedatum/Datum": (
        ">1947-11-05<",
        ">1947-11-05Z<",
        "de waarde heeft niet de juiste vorm; verwacht: een datum (JJJJ-MM-DD), zonder tijdzone; type LDT_Datum",
    ),
    ACHTERNAAM: (
        ">Berkel<",
        ">Ber\nkel<",
        "de waarde heeft niet de juiste vorm; verwacht: tekst, niet alleen witruimte, op een regel, 1 t/m 200 tekens; "
        "type LDT_Naam",
    ),
    "/Bericht/Client/Naam/Voorletters": (
        ">JH<",
        ">J.H.<",
        "de waarde heeft niet de juiste vorm; verwacht: voorletters, alleen letters, 1 t/m 6 tekens; "
        "type LDT_Voorletters",
    ),
}


@pytest.mark.parametrize("place", SAID)
def test_what_was_expected_is_said_in_words(place: str) -> None:
    old, new, said = SAID[place]

    assert fouten_of(changed(old, new)) == [Fout(place, said)]


def test_of_a_long_list_twelve_codes_are_shown_and_the_rest_is_counted() -> None:
    kind = soort("WMO301", "3.2")
    inhoud = a_301("3.2")
    inhoud["Client"]["Contactgegevens"]["Contact"][0]["Adres"]["LandCode"] = "QQ"

    [fout] = fouten_of(as_xml(inhoud, kind, SCHEMAS).decode())

    assert "een van de codes AD (ANDORRA), AE (" in fout.reden
    assert fout.reden.endswith(" en nog 237; type LDT_LandCode, codelijst COD032")
    assert fout.reden.count("(") == 12


def test_names_that_may_be_a_value_are_not_told() -> None:
    text = with_attribute('a999990019="x"').replace("<wmo305:Geslacht>2</wmo305:Geslacht>", "<b123456782/>")

    fouten = fouten_of(text)

    assert [fout.locatie for fout in fouten] == [BSN, "/Bericht/Client/*[3]"]
    assert fouten[0].reden == "het attribuut is hier niet toegestaan"
    assert not re.search("9999|1234", str(fouten))


def test_faults_far_apart_are_all_found() -> None:
    """In the blocks between them nothing is offered tag by tag: the count of elements must go on there."""
    wrong = {1, 2, 700, 1300, 1301, 2000}
    producten = [
        a_startproduct(ToewijzingNummer=n, StatusAanlevering="7" if n in wrong else "1") for n in range(1, 2001)
    ]
    text = as_xml(a_305("3.2", *producten), KIND, SCHEMAS).decode()

    assert places(text) == [f"{PRODUCT}[{n}]/StatusAanlevering" for n in sorted(wrong)]
    assert places(indented(text)) == places(text)


def test_a_place_counts_all_of_a_name_whatever_their_namespace() -> None:
    text = changed(DATUM, DATUM + DATUM.replace("wmo305:", "iwmo:"))

    assert places(text) == [f"{PRODUCT}[3]/Begindatum[2]"]


@pytest.mark.parametrize("where", ["Bsn>", "Client>"])
@pytest.mark.parametrize("mark", [">", "&lt;", "<![CDATA[<]]>"])
def test_a_text_of_marks_alone_costs_no_more_than_any_text(where: str, mark: str) -> None:
    """libxml2 takes ever longer for each reference in one text: a million would take it minutes."""
    text = changed(f"<wmo305:{where}", f"<wmo305:{where}" + mark * 1_000_000)
    root = etree.fromstring(text.encode())

    started = perf_counter()
    fouten = explain(root, SCHEMAS.of(KIND), 100, seen=1)

    assert len(fouten) == 1
    assert perf_counter() - started < 3


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_at_its_place(case: str) -> None:
    text, place, reason = CASES[case]

    fouten = fouten_of(text)

    assert place in [fout.locatie for fout in fouten]
    assert reason in next(fout.reden for fout in fouten if fout.locatie == place)


@pytest.mark.parametrize("case", CASES)
def test_one_fault_is_told_once(case: str) -> None:
    assert len({fout.locatie for fout in fouten_of(CASES[case][0])}) == 1


@pytest.mark.parametrize("case", CASES)
def test_no_reason_holds_a_value(case: str) -> None:
    told = str(fouten_of(CASES[case][0]))

    assert not re.search(r"Kanarie|Berkel|999990019|1947|5203", told)


@pytest.mark.parametrize("case", [case for case in CASES if "text" not in case])
def test_a_message_on_one_line_is_explained_like_an_indented_one(case: str) -> None:
    text = CASES[case][0]

    assert fouten_of(indented(text)) == fouten_of(text)


def test_all_faults_are_told_in_the_order_of_the_message() -> None:
    text = (
        changed(STATUS, STATUS.replace("1<", "7<"), count=3)
        .replace(">1947-11-05<", ">x<")
        .replace("305:Bsn>9", "305:Bsn>x")
    )

    assert places(text) == [
        "/Bericht/Client/Bsn",
        "/Bericht/Client/Geboortedatum/Datum",
        *(f"{PRODUCT}[{n}]/StatusAanlevering" for n in (1, 2, 3)),
    ]


@pytest.mark.parametrize("most", [1, 5, 100])
def test_never_more_faults_than_the_limit(most: int) -> None:
    producten = [a_startproduct(ToewijzingNummer=n, StatusAanlevering="7") for n in range(1, 151)]
    text = as_xml(a_305("3.2", *producten), KIND, SCHEMAS).decode()

    fouten = fouten_of(text, most)

    assert [fout.locatie for fout in fouten] == [f"{PRODUCT}[{n}]/StatusAanlevering" for n in range(1, most + 1)]


def test_a_fault_late_in_a_large_message_is_found() -> None:
    producten = [a_startproduct(ToewijzingNummer=n) for n in range(1, 2001)]
    text = as_xml(a_305("3.2", *producten), KIND, SCHEMAS).decode()
    head, _, tail = text.rpartition(STATUS)

    assert places(f"{head}<wmo305:StatusAanlevering>x</wmo305:StatusAanlevering>{tail}") == [
        f"{PRODUCT}[2000]/StatusAanlevering"
    ]


def test_a_message_with_a_default_namespace_is_explained_alike() -> None:
    """The prefixes are the sender's choice; a child may also leave the default namespace."""
    text = XML.replace("xmlns:wmo305=", "xmlns=").replace("wmo305:", "")

    assert places(text.replace(">2025-03-03<", ">x<", 1)) == [f"{PRODUCT}[1]/Begindatum"]
    assert places(text.replace("<Begindatum>", '<Begindatum xmlns="">', 1)) == [f"{PRODUCT}[1]/Begindatum"]


def test_marks_in_a_value_do_not_disturb_the_explanation() -> None:
    text = changed("Berkel", "&lt;a&gt; &amp; <![CDATA[</x>]]>").replace(">1947-11-05<", ">x<")

    assert places(text) == ["/Bericht/Client/Geboortedatum/Datum"]


@pytest.mark.parametrize("release", ["2.4", "3.2"])
def test_a_place_in_a_301_numbers_what_may_repeat(release: str) -> None:
    kind = soort("WMO301", release)  # type: ignore[arg-type]
    inhoud = a_301(release, relaties=2, contacten=2)  # type: ignore[arg-type]
    inhoud["Client"]["Relaties"]["Relatie"][1]["Soort"] = "x"
    inhoud["Client"]["Contactgegevens"]["Contact"][0]["Soort"] = "x"
    text = as_xml(inhoud, kind, SCHEMAS).decode()

    assert places(text) == [
        "/Bericht/Client/Relaties/Relatie[2]/Soort",
        "/Bericht/Client/Contactgegevens/Contact[1]/Soort",
    ]


def test_a_place_is_written_like_that_of_a_rule() -> None:
    """What may repeat has its number, also when there is one: a caller compares places of both kinds."""
    text = as_xml(a_305("3.2", a_startproduct(StatusAanlevering="7")), KIND, SCHEMAS).decode()
    plek = (("Client", 0), ("StartProducten", 0), ("StartProduct", 1), ("StatusAanlevering", 0))

    assert places(text) == [xpath(plek)]
