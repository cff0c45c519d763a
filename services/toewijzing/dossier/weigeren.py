"""A deed that is refused, as a problem document: which condition, where, and why."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.toewijzing.dossier.domain.zaak import NietDoorUError, NietNuError, ZaakError
from shared.problems import BotsingError, Fout, KnooppuntError, VerbodenError, VerzoekError


@contextmanager
def als_probleem() -> Iterator[None]:
    """409 when the case does not stand there, 403 for what is the other party's, 400 for what was given."""
    try:
        yield
    except ZaakError as error:
        raise _problem(error) from None


def _problem(error: ZaakError) -> KnooppuntError:
    fouten = [Fout(one.plek, one.reden, one.voorwaarde) for one in error.weigeringen]
    if isinstance(error, NietNuError):
        return BotsingError("Deze handeling kan nu niet op dit dossier", fouten)
    if isinstance(error, NietDoorUError):
        return VerbodenError("Deze handeling is niet van u", fouten)
    return VerzoekError("Wat is opgegeven voldoet niet", fouten)
