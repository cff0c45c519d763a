"""A case as each party reads it: the gemeente all of it, the aanbieder what was shared with him and his own work."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.toewijzing.dossier.domain.doelbinding import gedeeld, onderdelen
from services.toewijzing.dossier.domain.handelingen import mogelijk
from services.toewijzing.dossier.domain.termijnen import lopend
from services.toewijzing.dossier.domain.zaak import Fase, Wie
from services.toewijzing.dossier.opslag import Bewaard
from shared.iwmo.catalogus import Release

Json = dict[str, Any]
_FOR_AANBIEDER = ("voorstellen", "overleg")
"""His own plans, and the conversations he had."""


class Model(BaseModel):
    """Camel case outside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class TermijnKort(Model):
    """De termijn die loopt; alle termijnen staan bij ``/termijnen``."""

    regel: str = Field(examples=["SEED-MELDING"])
    wie: Wie
    uiterlijk: date


class DossierKop(Model):
    """Hoe een dossier ervoor staat: niets van de inwoner."""

    id: UUID
    gemeente: str
    aanbieder: str | None
    fase: Fase
    ronde: int
    release: Release | None
    versie: int = Field(description="de ETag; geef haar mee als If-Match")
    gemeld: date
    vorig_dossier: UUID | None = Field(None, description="voor de gemeente: waarvan dit de vervolgvraag is")


class DossierModel(DossierKop):
    """Een dossier. Voor de gemeente is ``inhoud`` alles wat bekend is; voor de aanbieder zijn eigen werk, en
    ``gedeeld`` wat de cliënt voor een doel met hem wil delen."""

    mogelijk: list[str] = Field(description="de handelingen die u nu kunt doen")
    termijnen: list[TermijnKort]
    inhoud: Json
    gedeeld: list[Json]
    onderdelen: list[str] = Field(description="voor de gemeente: de onderdelen waarover doelbinding te kiezen is")
    toegewezen: list[Json] = Field(description="wat nu is toegewezen, met het ToewijzingNummer")


class Dossiers(Model):
    """Een bladzijde van dossiers, nieuwste eerst."""

    dossiers: list[DossierKop]
    volgende: str | None = None


class StapModel(Model):
    """Een handeling in een dossier."""

    versie: int
    handeling: str
    partij: str
    van: str | None
    naar: str
    ronde: int
    tijd: datetime


class Verloop(Model):
    """Alle handelingen in een dossier, oudste eerst."""

    stappen: list[StapModel]


def kop(row: Any, wie: Wie) -> DossierKop:
    """A row of the list, which is not opened, as this party reads it."""
    own = {name: getattr(row, name) for name in DossierKop.model_fields if name != "vorig_dossier"}
    return DossierKop(**own, vorig_dossier=row.vorig_id if wie == "gemeente" else None)


def toon(bewaard: Bewaard, wie: Wie) -> DossierModel:
    """A case as this party reads it."""
    zaak = bewaard.zaak
    whole = wie == "gemeente"
    # The aanbieder's view is built from what is his: nothing of the rest can slip in.
    inhoud = dict(zaak.inhoud) if whole else {name: zaak.inhoud[name] for name in _FOR_AANBIEDER if name in zaak.inhoud}
    if not whole and "keuze" in zaak.inhoud:
        keuze = zaak.inhoud["keuze"]
        inhoud["opdracht"] = {name: keuze[name] for name in ("soort", "dag", "gewenste_start")}
    if not whole and (aanleiding := zaak.inhoud.get("aanleiding", {})).get("aanbieder", "") == zaak.aanbieder:
        # Why there is a new round is between the gemeente and who gave the support until then.
        inhoud["aanleiding"] = aanleiding
    return DossierModel(
        id=UUID(zaak.id),
        gemeente=zaak.gemeente,
        aanbieder=zaak.aanbieder,
        fase=zaak.fase,
        ronde=zaak.ronde,
        release=zaak.release,
        versie=bewaard.versie,
        gemeld=bewaard.gemeld,
        vorig_dossier=bewaard.vorig_id if whole else None,
        mogelijk=mogelijk(zaak, wie),
        termijnen=[TermijnKort(regel=one.regel, wie=one.wie, uiterlijk=one.uiterlijk) for one in lopend(zaak)],
        inhoud=_camel(inhoud),
        gedeeld=_camel(gedeeld(zaak)),
        onderdelen=sorted(onderdelen(zaak)) if whole else [],
        toegewezen=[
            _camel({name: one[name] for name in ("nummer", "code", "begin", "eind")})
            | {"productCode": one["regel"]["product_code"]}
            for one in zaak.inhoud.get("toegewezen", ())
            if whole or one["aanbieder"] == zaak.aanbieder
        ],
    )


def _camel(value: Any) -> Any:
    """Names as the API writes them, wherever they stand."""
    if isinstance(value, dict):
        return {to_camel(str(name)): _camel(inner) for name, inner in value.items()}
    return [_camel(one) for one in value] if isinstance(value, list) else value
