"""What a party gives from the plan van aanpak to the toewijzing, and for a next round."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.toewijzing.catalogus.advies import Factor
from services.toewijzing.catalogus.modellen import Getal, Weging
from services.toewijzing.dossier.domain.soorten import (
    Aanleiding,
    Aard,
    Besluit,
    GekozenDoor,
    Opdrachtsoort,
    Sluitreden,
)
from services.toewijzing.dossier.invoer_onderzoek import Code, Invoer, Kort, MetDag, Nummer, Tekst
from shared.iwmo.catalogus import Release


class PlanGebied(Invoer):
    """Een resultaatgebied in het plan van aanpak."""

    code: Code = Field(examples=["2A"], description="resultaatgebied, of HO waar 1B niet geldt")
    resultaat: Tekst
    aard: list[Aard] = Field(min_length=1, max_length=3)
    maatwerk: bool
    verwachte_intensiteit: int | None = Field(None, ge=1, le=9)


class PlanInvoer(MetDag):
    """Het integrale plan van aanpak."""

    ontwikkeling: Tekst | None = Field(
        None, description="welke stap in de zelfredzaamheid wil en kan de inwoner maken?"
    )
    motivering: Tekst = Field(description="waarom dit nodig is, en wat netwerk en voorliggende voorzieningen doen")
    gebieden: list[PlanGebied] = Field(min_length=1, max_length=50)


class Deel(Invoer):
    """De keuze bij een onderdeel van de plannen: waarvoor het is, en of de cliënt ermee instemde."""

    onderdeel: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_/]{1,80}$")]
    doel: Annotated[str, StringConstraints(max_length=500)] = Field(description="leeg: geen doelbinding, niet gedeeld")
    toestemming: bool


class AanbiederInvoer(MetDag):
    """De keuze van een aanbieder, en de opdracht aan hem."""

    aanbieder: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    release: Release = Field(description="de release waarin de aanbieder berichten ontvangt")
    soort: Opdrachtsoort
    gekozen_door: GekozenDoor
    gewenste_start: date
    delen: list[Deel] = Field(min_length=1, max_length=200)


class DoelbindingInvoer(Invoer):
    """Een andere keuze van wat de aanbieder mag lezen."""

    delen: list[Deel] = Field(min_length=1, max_length=200)


class TeruggaveInvoer(MetDag):
    """De aanbieder kan niet leveren, of de gemeente neemt de opdracht terug."""

    reden: Literal["wachtlijst", "geen_passend_aanbod", "anders", "ingetrokken"] = Field(
        description="ingetrokken is van de gemeente, die een andere keuze maakt; de andere zijn van de aanbieder"
    )


Inzetgetal = Annotated[Getal, Field(ge=0, le=1000, decimal_places=2)] | None


class VoorstelGebied(Invoer):
    """Wat de aanbieder voor een resultaatgebied doet: welk werk, hoe vaak, hoeveel."""

    code: Code
    intensiteit: int = Field(ge=1, le=9)
    vorm: Literal["individueel", "groep"] | None = None
    werkzaamheden: Tekst
    frequentie: Kort = Field(examples=["wekelijks een huisbezoek"])
    uren: Inzetgetal = Field(None, description="verwachte inzet per vier weken; dan past de intensiteit daarbij")
    dagdelen: Inzetgetal = Field(None, description="hetzelfde, bij 4A, 4B en 4C; daar telt een uur voor twee dagdelen")
    factoren: dict[Factor, Weging] = Field(
        default_factory=dict, description="wat ondersteunt of belemmert; telt niet mee in de band"
    )
    ontlast_mantelzorger: bool = False
    client_akkoord: bool = Field(False, description="de cliënt gaat akkoord met wisselen van individueel en groep")


class VoorstelProduct(Invoer):
    """Een product naast de resultaatgebieden; ``omvang`` per vier weken."""

    code: Code
    omvang: int = Field(ge=0, le=9_999)
    werkelijk_vervoer: bool = False
    met_begeleiding: bool = False


class OndersteuningsplanInvoer(MetDag):
    """Het ondersteuningsplan van de aanbieder."""

    gebieden: list[VoorstelGebied] = Field(
        default_factory=list, max_length=50, description="leeg waar alleen een product nodig is (kortdurend verblijf)"
    )
    producten: list[VoorstelProduct] = Field(default_factory=list, max_length=20)
    startdatum: date
    einddatum: date | None = None
    motivering: Tekst
    afspraken: Tekst | None = Field(None, description="contact, coördinatie, informatie-uitwisseling en evaluatie")


class Activiteit(Invoer):
    """Een activiteit uit het normenkader: zoveel minuten, zoveel keer per vier weken."""

    activiteit: Kort
    minuten: int = Field(ge=1, le=1_440)
    keer_per_vier_weken: int = Field(ge=1, le=200)


class NormenkaderInvoer(MetDag):
    """Het normenkader van huishoudelijke ondersteuning, na de intake."""

    intake_dag: date
    activiteiten: list[Activiteit] = Field(min_length=1, max_length=100)
    startdatum: date
    einddatum: date | None = None
    intensiteit: int | None = Field(
        None, ge=1, le=9, description="bij 1B, waar de uren tussen of op twee banden vallen"
    )
    product_code: Annotated[str, StringConstraints(pattern=r"^01[0-9A-Z]{3}$")] | None = Field(
        None, description="bij HO in een gemeente zonder 1B: de code in het contract"
    )


class AkkoordInvoer(MetDag):
    """De gemeente gaat akkoord met een versie van het voorstel."""

    versie: int = Field(ge=1, le=1_000)
    motivering: Tekst | None = None


class OverlegInvoer(MetDag):
    """Het gesprek met de aanbieder over een voorstel waarmee de gemeente niet akkoord gaat."""

    uitkomst: Tekst


class BeschikkingInvoer(MetDag):
    """Het besluit aan de cliënt; data die niet gegeven zijn, zijn die van het voorstel."""

    besluit: Besluit
    beschikking_nummer: Nummer
    ingangsdatum: date | None = None
    einddatum: date | None = None
    motivering: Tekst | None = None


class ToewijzingInvoer(Invoer):
    """Het versturen van de WMO301. Zonder ``eersteNummer`` geeft het knooppunt de toewijzingen hun nummers."""

    eerste_nummer: Annotated[int, Field(ge=1, le=999_999_000)] | None = None


class VervolgInvoer(MetDag):
    """Het vervolgdeel: waarom er een nieuwe ronde komt."""

    aanleiding: Aanleiding
    toelichting: Tekst


class SluitingInvoer(MetDag):
    """Het einde van een dossier, of van een ronde ervan."""

    reden: Sluitreden


class ZoekInvoer(Invoer):
    """De dossiers van een inwoner: het BSN staat in de inhoud van het verzoek, nooit in een adres."""

    bsn: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
