"""The rules on a WMO325 against the WMO323 that it answers, one function each, in a table per class.

No message answers a WMO325, so what these find reaches nobody through one: three of them have no retourcode at all
(regels-tr, chapter 4).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from shared.iwmo.regels import Afwijking, Herstel, Plek, Tabel, regel

XsdVersie = tuple[str, str]
"""Of the base schema, and of the message."""
XSD_VERSIE = ("BasisschemaXsdVersie", "BerichtXsdVersie")
Referentie = tuple[str, str | None]
"""ReferentieNummer and VorigReferentieNummer: how an answer names a line."""
OVERGENOMEN = (
    "ToewijzingNummer",
    "ProductCategorie",
    "ProductCode",
    "ProductPeriode/Begindatum",
    "ProductPeriode/Einddatum",
    "GeleverdVolume",
    "Eenheid",
    "ProductTarief",
    "IngediendBedrag/Bedrag",
    "IngediendBedrag/DebetCredit",
)
"""What an answer copies of a line besides its numbers, by path below Prestatie (TR367)."""
Waarden = tuple[str | int | None, ...]
"""The values of ``OVERGENOMEN``, in that order."""


@dataclass(frozen=True, slots=True)
class Verwijzing:
    """What an answer says that it answers; days as the messages write them. ``nummer`` is None where a header that
    rejects the message stands alone."""

    identificatie: str
    dagtekening: str
    xsd_versie: XsdVersie
    nummer: str | None


@dataclass(frozen=True, slots=True)
class AntwoordClient:
    """A client that an answer names, by the name under which ``Beantwoord`` knows him."""

    plek: Plek
    client: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AntwoordRegel:
    """A line that an answer refuses."""

    plek: Plek
    referentie: Referentie
    waarden: Waarden


@dataclass(frozen=True, slots=True)
class Beantwoord:
    """The WMO323 that is answered, as far as the answer must agree with it."""

    verwijzing: Verwijzing
    clienten: Set[str] = field(repr=False)
    regels: Mapping[Referentie, Sequence[Waarden]]
    """The lines by what names them; the same name twice is for TR314 on the declaration."""


@regel("TR337", berichten="WMO325", retourcode="", klasse="Header", bron="TR337", releases=("3.2",))
def tr337_answers_a_declaration_that_was_sent(verwijzing: Verwijzing, feiten: Beantwoord | None) -> Afwijking | None:
    """DeclaratieIdentificatie is not that of a WMO323 that the addressee sent to this gemeente."""
    if feiten is None:
        return Afwijking(
            "Er is geen declaratie van deze aanbieder aan deze gemeente met deze identificatie",
            gevonden=verwijzing.identificatie,
        )
    sent = feiten.verwijzing
    if (verwijzing.identificatie, verwijzing.dagtekening) == (sent.identificatie, sent.dagtekening):
        return None
    return Afwijking(
        "De declaratie met deze identificatie heeft een andere dagtekening",
        gevonden=verwijzing.dagtekening,
        verwacht=sent.dagtekening,
        herstel=(Herstel("DeclaratieIdentificatie/Dagtekening", sent.dagtekening),),
    )


@regel("TR371", berichten="WMO325", retourcode="", klasse="Header", bron="TR371", releases=("3.2",))
def tr371_xsd_version_of_the_declaration(verwijzing: Verwijzing, feiten: Beantwoord | None) -> Afwijking | None:
    """XsdVersieDeclaratie is not the XsdVersie of the WMO323 that is answered."""
    if feiten is None or verwijzing.xsd_versie == feiten.verwijzing.xsd_versie:
        return None  # which declaration it is, is for TR337
    sent = feiten.verwijzing.xsd_versie
    return Afwijking(
        "XsdVersieDeclaratie is niet de XsdVersie van de declaratie",
        gevonden=" en ".join(verwijzing.xsd_versie),
        verwacht=" en ".join(sent),
        herstel=tuple(
            Herstel(f"XsdVersieDeclaratie/{naam}", right)
            for naam, told, right in zip(XSD_VERSIE, verwijzing.xsd_versie, sent, strict=True)
            if told != right
        ),
    )


@regel("TR376", berichten="WMO325", retourcode="", klasse="DeclaratieAntwoord", bron="TR376", releases=("3.2",))
def tr376_number_of_the_declaration(verwijzing: Verwijzing, feiten: Beantwoord) -> Afwijking | None:
    """DeclaratieNummer is not that of the WMO323 that is answered."""
    sent = feiten.verwijzing.nummer
    if verwijzing.nummer in (None, sent):
        return None
    return Afwijking(
        "Het DeclaratieNummer is niet dat van de declaratie",
        gevonden=verwijzing.nummer,
        verwacht=sent,
        herstel=(Herstel("DeclaratieNummer", sent),),
    )


@regel("TR304", berichten="WMO325", retourcode="8187", klasse="Client", bron="TR304", releases=("3.2",))
def tr304_client_is_in_the_declaration(client: AntwoordClient, feiten: Beantwoord) -> Afwijking | None:
    """The client does not stand in the WMO323 that is answered."""
    if client.client in feiten.clienten:
        return None
    return Afwijking("Deze client staat niet in de declaratie")


@regel("TR366", berichten="WMO325", retourcode="9366", klasse="Prestatie", bron="TR366", releases=("3.2",))
def tr366_line_is_in_the_declaration(line: AntwoordRegel, feiten: Beantwoord) -> Afwijking | None:
    """The ProductReferentie does not stand in the WMO323 that is answered."""
    if line.referentie in feiten.regels:
        return None
    return Afwijking(
        "Deze ProductReferentie staat niet in de declaratie",
        gevonden=", ".join(part for part in line.referentie if part is not None),
    )


@regel("TR367", berichten="WMO325", retourcode="9367", klasse="Prestatie", bron="TR367", releases=("3.2",))
def tr367_line_is_copied_unchanged(line: AntwoordRegel, feiten: Beantwoord) -> Afwijking | None:
    """A copied value is not that of the line with the same ProductReferentie in the WMO323 that is answered."""
    sent = feiten.regels.get(line.referentie, ())
    if not sent or line.waarden in sent:
        return None  # that there is no such line is for TR366
    differing = [
        (naam, told, right)
        for naam, told, right in zip(OVERGENOMEN, line.waarden, sent[0], strict=True)
        if told != right
    ]
    return Afwijking(
        "De prestatie is niet ongewijzigd overgenomen uit de declaratie",
        gevonden=", ".join(f"{naam} {_shown(told)}" for naam, told, _ in differing),
        verwacht=", ".join(f"{naam} {_shown(right)}" for naam, _, right in differing),
        herstel=tuple(Herstel(naam, None if right is None else str(right)) for naam, _, right in differing)
        if len(sent) == 1
        else (),
    )


def _shown(value: str | int | None) -> str:
    return "leeg" if value is None else str(value)


HEADER_REGELS: Tabel[Verwijzing, Beantwoord | None] = Tabel(
    (tr337_answers_a_declaration_that_was_sent, tr371_xsd_version_of_the_declaration)
)
ANTWOORD_REGELS: Tabel[Verwijzing, Beantwoord] = Tabel((tr376_number_of_the_declaration,))
CLIENT_REGELS: Tabel[AntwoordClient, Beantwoord] = Tabel((tr304_client_is_in_the_declaration,))
PRESTATIE_REGELS: Tabel[AntwoordRegel, Beantwoord] = Tabel(
    (tr366_line_is_in_the_declaration, tr367_line_is_copied_unchanged)
)
