"""What each deed takes, as JSON."""

from services.toewijzing.dossier.invoer_besluit import (
    AanbiederInvoer,
    AkkoordInvoer,
    BeschikkingInvoer,
    DoelbindingInvoer,
    NormenkaderInvoer,
    OndersteuningsplanInvoer,
    OverlegInvoer,
    PlanInvoer,
    SluitingInvoer,
    TeruggaveInvoer,
    VervolgInvoer,
)
from services.toewijzing.dossier.invoer_onderzoek import (
    GesprekInvoer,
    InformatieInvoer,
    Invoer,
    OndertekeningInvoer,
    PerspectiefplanInvoer,
    VraaganalyseInvoer,
)

INVOER: dict[str, type[Invoer]] = {
    "informatie": InformatieInvoer,
    "keukentafelgesprek": GesprekInvoer,
    "vraaganalyse": VraaganalyseInvoer,
    "perspectiefplan": PerspectiefplanInvoer,
    "ondertekening": OndertekeningInvoer,
    "plan-van-aanpak": PlanInvoer,
    "aanbieder": AanbiederInvoer,
    "doelbinding": DoelbindingInvoer,
    "teruggave": TeruggaveInvoer,
    "ondersteuningsplan": OndersteuningsplanInvoer,
    "normenkader": NormenkaderInvoer,
    "overleg": OverlegInvoer,
    "akkoord": AkkoordInvoer,
    "beschikking": BeschikkingInvoer,
    "vervolg": VervolgInvoer,
    "sluiting": SluitingInvoer,
}
"""By the name of the deed."""
