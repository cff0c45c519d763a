"""Access tokens: JWT (ES256, RS256) checked against the issuer's JWKS."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

import jwt

from shared.klok import Klok
from shared.problems import NietBeschikbaarError, TokenError, VerbodenError
from shared.security.certificaat import is_bound_to, thumbprint_in
from shared.security.jws import read_header
from shared.security.machtiging import Machtigingen, read_organisatie
from shared.security.partij import Beller, Partij
from shared.security.sleutelbos import REFUSED, Sleutelbos
from shared.settings import Settings

MAX_TOKEN_BYTES = 8192
MAX_PARTIJEN = 200
"""In one token: each goes into the queries of its caller."""
MAX_SUBJECT = 255
"""Characters of a ``sub`` (OpenID Connect Core 1.0, 2): it stands in every row of the audit trail."""
OF_THE_NODE = "knooppunt:"
"""Begins the name of what the node does by itself."""
REMEMBERED = 1024
"""Tokens of which one process remembers that they are good."""


Gegeven = Callable[[frozenset[str], date], Awaitable[frozenset[Partij]]]
"""The parties that gave a mandate to one of these organisations (OIN), and for this day."""


async def _nothing_given(oins: frozenset[str], dag: date) -> frozenset[Partij]:
    """Of a node where parties give none."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class _Gezien:
    """A token that was found to be good: with which key, until when (seconds since 1970), who its caller is, the
    organisations (OIN) that he is, and the certificate that must come with it."""

    kid: str
    key: jwt.PyJWK
    until: float
    beller: Beller
    organisaties: frozenset[str]
    thumbprint: str | None


@dataclass
class Poortwachter:
    """Turns an Authorization header into a caller, or refuses without telling why.

    A party sends the same token again and again. One that was good stays good until it expires or its key is no longer
    the issuer's, and its signature is not computed again meanwhile. Kept by hash: a secret is not kept.
    """

    sleutelbos: Sleutelbos | None
    issuer: str
    audience: str
    leeway: int
    max_leeftijd: int | None = None
    """Seconds after ``iat`` that a token is taken, whatever it says itself; without, as long as it says."""
    gebonden: bool = False
    """Whether every token must be bound to a client certificate."""
    machtigingen: Machtigingen = field(default_factory=Machtigingen)
    gegeven: Gegeven = _nothing_given
    """Where else mandates are: those that parties gave themselves."""
    klok: Klok = field(default_factory=Klok)
    gezien: OrderedDict[bytes, _Gezien] = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say; raises MachtigingError when the file of mandates is not as it should be."""
        url = settings.jwks_url
        return cls(
            Sleutelbos(url, settings.token_algoritmen) if url else None,
            settings.token_issuer,
            settings.token_audience,
            settings.token_leeway_seconden,
            settings.token_max_leeftijd_seconden,
            settings.token_gebonden,
            Machtigingen.load(settings.machtigingen),
            klok=Klok(settings.klok_verschuiving),
        )

    async def beller(self, authorization: str | None, certificaat: str | None = None) -> Beller:
        """The caller; ``certificaat`` is his client certificate, as a trusted proxy passed it.

        Raises TokenError when the token is absent, forged, expired, bound to another certificate or names no party.
        """
        if self.sleutelbos is None:
            raise NietBeschikbaarError("Er is geen uitgever van tokens ingesteld (KNOOPPUNT_JWKS_URL)", 30)
        scheme, _, token = (authorization or "").partition(" ")
        sent = scheme.lower() == "bearer" and bool(token)
        if not sent or len(token) > MAX_TOKEN_BYTES:
            raise TokenError(REFUSED, sent=sent)
        try:
            name = hashlib.sha256(token.encode()).digest()
            known = await self._seen(self.sleutelbos, name) or await self._check(self.sleutelbos, name, token)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise TokenError(REFUSED) from None
        if known.thumbprint is not None and not is_bound_to(known.thumbprint, certificaat):
            raise TokenError(REFUSED)
        return await self._with_mandates(known)

    async def _with_mandates(self, known: _Gezien) -> Beller:
        """The caller, and for whom else he may act today; VerbodenError when that is for nobody."""
        if not known.organisaties:
            return known.beller
        today, own = self.klok.today(), known.beller.partijen
        found = self.machtigingen.partijen(known.organisaties, today) | await self.gegeven(known.organisaties, today)
        if not own | found:
            raise VerbodenError("Niemand heeft deze organisatie voor vandaag gemachtigd", by_token=False)
        return Beller(known.beller.subject, own | found, found - own)

    async def _seen(self, sleutelbos: Sleutelbos, name: bytes) -> _Gezien | None:
        """A token that was good before and still is; the issuer's keys are looked at as ever."""
        seen = self.gezien.get(name)
        if seen is None:
            return None
        if time.time() >= seen.until or await sleutelbos.key(seen.kid) is not seen.key:
            self.gezien.pop(name, None)
            return None
        self.gezien.move_to_end(name)
        return seen

    async def _check(self, sleutelbos: Sleutelbos, name: bytes, token: str) -> _Gezien:
        alg, kid = read_header(token, tuple(sleutelbos.algoritmen))
        key = await sleutelbos.key(kid)
        if key.algorithm_name != alg:
            raise TokenError(REFUSED)
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=self.audience,
            issuer=self.issuer,
            leeway=self.leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
        seen = _Gezien(kid, key, self._until(claims), *_beller(claims), thumbprint_in(claims))
        if self.gebonden and seen.thumbprint is None:
            raise TokenError(REFUSED)
        self.gezien[name] = seen
        if len(self.gezien) > REMEMBERED:
            self.gezien.popitem(last=False)
        return seen

    def _until(self, claims: dict[str, Any]) -> float:
        """The last moment of a token; ValueError when it is past, or when a moment in it is none."""
        moments = {name: _moment(claims[name]) for name in ("exp", "iat", "nbf") if name in claims}
        until = moments["exp"]
        if self.max_leeftijd is not None:
            if "iat" not in moments:
                raise ValueError("of unknown age")
            oldest = moments["iat"] + self.max_leeftijd
            if time.time() >= oldest + self.leeway:
                raise ValueError("too old")
            until = min(until, oldest)
        return until


def _moment(value: Any) -> float:
    """A NumericDate (RFC 7519); ValueError for anything else, such as a text or true."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no moment")
    return float(value)


def _may_be_written(subject: str) -> bool:
    """Whether a name may stand in the audit trail: it can be read there, and is not that of the node itself."""
    return subject.isprintable() and len(subject) <= MAX_SUBJECT and not subject.startswith(OF_THE_NODE)


def _beller(claims: dict[str, Any]) -> tuple[Beller, frozenset[str]]:
    """Who a token names: parties, and organisations that act for parties; ValueError when it names neither."""
    named = claims.get("partij")
    names: list[Any] = named if isinstance(named, list) else [named]
    if not 0 < len(names) <= MAX_PARTIJEN or not all(isinstance(name, str) for name in names):
        raise ValueError("no partij")
    oins = {name: oin for name in names if (oin := read_organisatie(name)) is not None}
    partijen = frozenset(Partij.parse(name) for name in names if name not in oins)
    # The organisation stands in the audit trail, whatever the issuer calls its client.
    subject = claims.get("sub")
    if isinstance(subject, str) and not _may_be_written(subject):
        raise ValueError("no name to write down")
    who = [*sorted(oins), *([subject] if isinstance(subject, str) else sorted(map(str, partijen)))]
    return Beller(",".join(who), partijen), frozenset(oins.values())
