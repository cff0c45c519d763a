"""Step 6 over HTTP: from a beschikking to a WMO301 that was judged."""

from uuid import UUID

from services.toewijzing.dossier.doen import Gedaan, gehouden, herhaling, kant_van, noteer, omgeving_van, verzoek_van
from services.toewijzing.dossier.domain.handelingen import TOEWIJZING
from services.toewijzing.dossier.domain.zaak import Gegevens
from services.toewijzing.dossier.verzenden import Verzonden, bereid_voor, verzend
from services.toewijzing.dossier.weigeren import als_probleem
from shared.exchange.dienst import AFGEKEURD, VERWERKT
from shared.exchange.huis import Huis
from shared.namens import namens
from shared.problems import BotsingError, Fout
from shared.security.partij import Beller


async def wijs_toe(
    huis: Huis, beller: Beller, dossier_id: UUID, gegevens: Gegevens, versie: int, sleutel: str | None
) -> Gedaan:
    """Makes and sends what was decided. BotsingError, with what the rules say, when the WMO301 was rejected: the case
    is then back where it was."""
    async with huis.engine.begin() as conn:
        kant = await kant_van(conn, beller, dossier_id, TOEWIJZING.wie)
    verzoek = verzoek_van(huis, beller, kant, dossier_id, TOEWIJZING, gegevens, sleutel)
    with namens(kant.partijen):
        async with huis.engine.begin() as conn:
            ready = await herhaling(conn, huis, verzoek, dossier_id, kant)
            repeated = ready is not None
            if ready is None:
                before = await gehouden(conn, huis, dossier_id, kant, versie)
                with als_probleem():
                    omgeving = omgeving_van(huis, kant.gemeente, kant.wie)
                    ready = await bereid_voor(conn, huis, before, omgeving, verzoek, gegevens)
            await noteer(conn, huis, beller, ready, "herhaald" if repeated else TOEWIJZING.naam)
    if ready.zaak.fase != "verzending":
        return Gedaan(ready, kant.wie, herhaald=repeated)
    sent = await verzend(huis, ready, verzoek)
    _tell(sent)
    return Gedaan(sent.bewaard, kant.wie, herhaald=repeated)


def _tell(sent: Verzonden) -> None:
    refused = [one for one in sent.uitkomsten if one.status == AFGEKEURD]
    if not refused:
        return
    fouten = [
        Fout(melding["locatie"], melding["omschrijving"], melding["regel"])
        for one in refused
        for melding in one.meldingen
    ]
    told = "er is niets toegewezen"
    if any(one.status == VERWERKT for one in sent.uitkomsten):
        told = "wat eerder eindigt bij de andere aanbieder is al verwerkt, het nieuwe is niet toegewezen"
    raise BotsingError(f"Het WMO301 is afgekeurd; {told}", fouten)
