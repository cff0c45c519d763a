"""For which gemeente a caller acts."""

from typing import Annotated

from fastapi import Query

from shared.problems import VerbodenError, VerzoekError
from shared.security.partij import Beller

GemeenteVraag = Annotated[
    str | None, Query(pattern=r"^[0-9]{4}$", description="nodig als u voor meer gemeenten spreekt")
]


def own_gemeente(beller: Beller, asked: str | None, refusal: str = "Betalingen zijn aan de gemeente zelf") -> str:
    """The gemeente that a caller acts for; VerbodenError (``refusal``) when it is not his, VerzoekError when he must
    say which."""
    own = beller.codes("gemeente")
    if not own or (asked is not None and asked not in own):
        raise VerbodenError(refusal)
    if asked is None and len(own) > 1:
        raise VerzoekError("Noem de gemeente: u spreekt voor meer dan een")
    return asked or own[0]
