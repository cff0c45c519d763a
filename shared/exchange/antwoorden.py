"""Making the answer to a message, and checking it against its own schema before it is kept."""

from shared.exchange.dienst import Heen, Oordeel
from shared.exchange.huis import Huis
from shared.iwmo.catalogus import soort_named
from shared.iwmo.codec import encode_to
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import check
from shared.iwmo.retour import RetourGegevens
from shared.iwmo.streaming import read_head
from shared.payload import Payload, Writer
from shared.problems import KnooppuntError


class AntwoordError(RuntimeError):
    """The answer that was made is not valid against its own schema; nothing was recorded."""


def make_answer(huis: Huis, heen: Heen, oordeel: Oordeel, volgnummer: int) -> tuple[Kop, Payload]:
    """The header and the bytes of the answer; AntwoordError when it is not valid. Pure, and for a large one long."""
    soort = soort_named(heen.soort.retour or "", heen.soort.release)
    if soort is None:
        raise RuntimeError("every kind that is taken in has an answer")
    schema = huis.schemas.of(soort)
    gegevens = RetourGegevens(soort, f"{huis.service[0].upper()}{volgnummer:011d}", huis.klok.today())
    writer = Writer()
    try:
        inhoud = huis.dienst.retour(heen, oordeel.meldingen, gegevens, schema)
        encode_to(writer.write, inhoud, schema)
        body = writer.done()
        if body.large:
            read_head(body, huis.schemas, huis.grenzen)
            body.pack()
        else:
            check(body.whole(), schema)
        return read_kop(soort, inhoud), body
    except KnooppuntError as error:
        # A fault of ours, not of the sender: without a valid answer there is no verdict.
        raise AntwoordError(f"{soort.naam}: {error.code}") from error
