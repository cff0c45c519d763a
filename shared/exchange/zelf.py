"""What only a party itself may do, and nobody who acts for it by a mandate: for which party a caller does it."""

from shared.problems import Fout, VerbodenError, VerzoekError
from shared.security.partij import Beller, Partij


def own_parties(beller: Beller) -> frozenset[Partij]:
    """Those for whom the caller acts in his own right."""
    return frozenset(one for one in beller.partijen - beller.gemachtigd if one.soort != "beheer")


def as_party(beller: Beller, asked: str | None, refused: str) -> Partij:
    """The party that is asked for, or the only one; VerbodenError, saying why (``refused``), when it is not the
    caller's own, and VerzoekError when it is not said which of several."""
    own = own_parties(beller)
    if not own:
        raise VerbodenError(refused)
    if asked is None and len(own) > 1:
        raise VerzoekError("Het verzoek klopt niet", [Fout("body/partij", "ontbreekt: u bent meer dan een partij")])
    partij = Partij.parse(asked) if asked else next(iter(own))
    if partij not in own:
        raise VerbodenError(refused)
    return partij
