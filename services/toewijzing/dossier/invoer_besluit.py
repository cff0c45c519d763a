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
    """A result area in the plan van aanpak."""

    code: Code = Field(examples=["2A"], description="resultaatgebied, of HO waar 1B niet geldt")
    resultaat: Tekst
    aard: list[Aard] = Field(min_length=1, max_length=3)
    maatwerk: bool
    verwachte_intensiteit: int | None = Field(None, ge=1, le=9)


class PlanInvoer(MetDag):
    """The integrale plan van aanpak."""

    ontwikkeling: Tekst | None = Field(
        None, description="welke stap in de zelfredzaamheid wil en kan de inwoner maken?"
    )
    motivering: Tekst = Field(description="waarom dit nodig is, en wat netwerk en voorliggende voorzieningen doen")
    gebieden: list[PlanGebied] = Field(min_length=1, max_length=50)


class Deel(Invoer):
    """The choice on one part of the plans: what it is for, and whether the client agreed."""

    onderdeel: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_/]{1,80}$")]
    doel: Annotated[str, StringConstraints(max_length=500)] = Field(description="leeg: geen doelbinding, niet gedeeld")
    toestemming: bool


class AanbiederInvoer(MetDag):
    """The choice of an aanbieder and the order to him."""

    aanbieder: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    release: Release = Field(description="de release waarin de aanbieder berichten ontvangt")
    soort: Opdrachtsoort
    gekozen_door: GekozenDoor
    gewenste_start: date
    delen: list[Deel] = Field(min_length=1, max_length=200)


class DoelbindingInvoer(Invoer):
    """Another choice of what the aanbieder may read."""

    delen: list[Deel] = Field(min_length=1, max_length=200)


class TeruggaveInvoer(MetDag):
    """The aanbieder cannot deliver, or the gemeente takes the order back."""

    reden: Literal["wachtlijst", "geen_passend_aanbod", "anders", "ingetrokken"] = Field(
        description="ingetrokken is van de gemeente, die een andere keuze maakt; de andere zijn van de aanbieder"
    )


Inzetgetal = Annotated[Getal, Field(ge=0, le=1000, decimal_places=2)] | None


class VoorstelGebied(Invoer):
    """What the aanbieder does for a result area: kind of work, how often, how much."""

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
    """A product beside the areas; ``omvang`` per four weeks."""

    code: Code
    omvang: int = Field(ge=0, le=9_999)
    werkelijk_vervoer: bool = False
    met_begeleiding: bool = False


class OndersteuningsplanInvoer(MetDag):
    """The ondersteuningsplan of the aanbieder."""

    gebieden: list[VoorstelGebied] = Field(
        default_factory=list, max_length=50, description="leeg waar alleen een product nodig is (kortdurend verblijf)"
    )
    producten: list[VoorstelProduct] = Field(default_factory=list, max_length=20)
    startdatum: date
    einddatum: date | None = None
    motivering: Tekst
    afspraken: Tekst | None = Field(None, description="contact, coördinatie, informatie-uitwisseling en evaluatie")


class Activiteit(Invoer):
    """One activity of the normenkader: so many minutes, so many times per four weeks."""

    activiteit: Kort
    minuten: int = Field(ge=1, le=1_440)
    keer_per_vier_weken: int = Field(ge=1, le=200)


class NormenkaderInvoer(MetDag):
    """The normenkader of huishoudelijke ondersteuning, after the intake."""

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
    """The gemeente agrees with a version of the proposal."""

    versie: int = Field(ge=1, le=1_000)
    motivering: Tekst | None = None


class OverlegInvoer(MetDag):
    """The conversation with the aanbieder about a proposal that is not agreed with."""

    uitkomst: Tekst


class BeschikkingInvoer(MetDag):
    """The decision towards the client; dates that are not given are those of the proposal."""

    besluit: Besluit
    beschikking_nummer: Nummer
    ingangsdatum: date | None = None
    einddatum: date | None = None
    motivering: Tekst | None = None


class ToewijzingInvoer(Invoer):
    """Sending the WMO301. Without ``eersteNummer`` the node gives the numbers of the toewijzingen."""

    eerste_nummer: Annotated[int, Field(ge=1, le=999_999_000)] | None = None


class VervolgInvoer(MetDag):
    """The vervolgdeel: why there is to be a new round."""

    aanleiding: Aanleiding
    toelichting: Tekst


class SluitingInvoer(MetDag):
    """The end of a case, or of a round of it."""

    reden: Sluitreden


class ZoekInvoer(Invoer):
    """The cases of a resident: the BSN goes in a body, never in an address."""

    bsn: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
