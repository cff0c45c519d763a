"""Operations (beheer) sees no payload, unless it says why: the reason goes into the audit trail."""

import re
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

from fastapi import Header

from shared.namens import intern
from shared.problems import VerbodenError, VerzoekError
from shared.security.partij import Beller, Partij

SHORTEST, LONGEST = 10, 200
_BEHEER = Partij("beheer")
_PLAIN = re.compile(r"[\w .,:;()/#+-]*")
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){7}")
"""Eight digits or more: perhaps a BSN, and never needed to tell why."""

RedenKop = Annotated[
    str | None,
    Header(
        alias="Reden",
        description="alleen voor beheer, en dan verplicht: waarom de inhoud wordt ingezien, in 10 tot 200 tekens. Dit "
        "komt in het auditspoor; noem er geen persoon of BSN in",
    ),
]


def reden_van(beller: Beller, reden: str | None) -> str | None:
    """Why operations looks at a payload; None for a caller who is not operations, and sees his own alone.

    Raises VerbodenError without a reason, whatever message is asked for, and VerzoekError for one that tells nothing
    or holds what does not belong in an audit trail.
    """
    if not beller.is_(_BEHEER):
        return None
    if reden is None:
        if beller.partijen == {_BEHEER}:
            told = "Beheer ziet de inhoud van een bericht alleen met een reden (header Reden)"
            raise VerbodenError(told, by_token=False)
        return None
    text = " ".join(reden.split())
    if not SHORTEST <= len(text) <= LONGEST or not _PLAIN.fullmatch(text):
        raise VerzoekError(f"De reden moet {SHORTEST} tot {LONGEST} gewone tekens hebben")
    if _LONG_NUMBER.search(text):
        raise VerzoekError("In de reden staat een lang nummer; noem geen BSN")
    return text


def zicht(reden: str | None) -> AbstractContextManager[None]:
    """Around a look at a payload: with the reason that only operations has, at everyone's."""
    return nullcontext() if reden is None else intern()
