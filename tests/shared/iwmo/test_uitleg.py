"""Why a message is not valid: the place, the reason in Dutch, and never the value."""

import re

import pytest
from lxml import etree

from shared.iwmo.lezer import Grenzen, read
from shared.iwmo.regels import xpath
from shared.iwmo.schemas import Schemas
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
        "een van de codes 1, 2, 3, 9",
    ),
    "a wrong number": (changed(">520303<", ">Kanarie<"), f"{PRODUCT}[3]/ToewijzingNummer", "een geheel getal"),
    "a number too large": (changed(">520303<", ">5203030000<"), f"{PRODUCT}[3]/ToewijzingNummer", "999999999"),
    "an empty value": (changed(NAAM_ELEMENT, "<iwmo:Achternaam/>"), ACHTERNAAM, "lengte 1 t/m 200"),
    "too long a value": (changed("Berkel", "Kanarie" * 40), ACHTERNAAM, "lengte 1 t/m 200"),
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
        "dit element wordt hier niet verwacht",
    ),
    "a double element": (
        changed(BSN_ELEMENT, BSN_ELEMENT * 2),
        "/Bericht/Client/Bsn[2]",
        "niet verwacht; verwacht: Geboortedatum",
    ),
    "elements in another order": (
        changed(DATUM + STATUS, STATUS + DATUM),
        f"{PRODUCT}[3]/StatusAanlevering",
        "Begindatum",
    ),
    "another namespace": (
        changed(DATUM, DATUM.replace("wmo305:", "iwmo:")),
        f"{PRODUCT}[3]/Begindatum",
        "dit element staat in een verkeerde naamruimte",
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
