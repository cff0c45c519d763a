"""Where a webhook may go: which addresses (URLs) are taken, and to which machines a connection may be made.

A party chooses the address, so without bounds it could let the node knock on doors that only the node can reach: the
database, the metadata of a cloud, the network of the gemeente. Two bounds stand in the way: what an URL may look like,
judged when it is given and at each delivery, and to which IP addresses a connection is made, judged each time a name
was looked up, on the address that is then connected to.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from shared.settings import Settings

Adres = IPv4Address | IPv6Address
Netwerk = IPv4Network | IPv6Network
MAX_URL = 1000
"""Characters."""
HTTPS_PORT, HTTP_PORT = 443, 80
_LOOPBACK: tuple[Netwerk, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_VERBODEN: tuple[Netwerk, ...] = tuple(
    ip_network(one)
    for one in (
        # IANA's special-purpose registry of IPv4, and what clouds keep for themselves among the public addresses.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        # Of IPv6 what is no global unicast, and within that what holds an IPv4 address or is nobody's: Teredo and other
        # protocols, documentation, 6to4.
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""IPv4-mapped and NAT64 addresses (``::ffff:0:0/96``, ``64:ff9b::/96``), loopback and the unspecified address are in
``::/3``; ULA, link-local and multicast in ``8000::/1``."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
_GETAL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)


class AdresError(Exception):
    """An address that is not taken; the message (Dutch) says why, without the address."""


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What the operator lets webhooks reach. ``lokaal``: this machine too, over http as well, at any port."""

    poorten: frozenset[int]
    netwerken: Collection[Netwerk]
    lokaal: bool

    @classmethod
    def of(cls, settings: Settings) -> "Grenzen":
        return cls(frozenset(settings.webhook_poorten), settings.webhook_netwerken, settings.webhook_lokaal)

    def allow(self, adres: Adres) -> bool:
        """Whether a connection may be made to this machine."""
        if isinstance(adres, IPv6Address) and adres.scope_id is not None:
            return False
        if self.lokaal and _is_in(adres, _LOOPBACK):
            return True
        return _is_in(adres, self.netwerken) or not _is_in(adres, _VERBODEN)


@dataclass(frozen=True, slots=True)
class Doel:
    """An URL, taken apart: the name (or IP address) of the machine, its port, and the path with its query."""

    schema: str
    naam: str
    poort: int
    pad: str

    @property
    def adres(self) -> Adres | None:
        """The IP address, where the URL has one instead of a name."""
        return _as_address(self.naam)

    @property
    def host(self) -> str:
        """The header Host: without the port where that is the usual one."""
        name = f"[{self.naam}]" if ":" in self.naam else self.naam
        usual = HTTPS_PORT if self.schema == "https" else HTTP_PORT
        return name if self.poort == usual else f"{name}:{self.poort}"


def read_url(url: str, grenzen: Grenzen) -> Doel:
    """Takes an URL apart; raises AdresError where webhooks may not go there. A name is not looked up."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > MAX_URL:
        raise AdresError(f"moet uit hoogstens {MAX_URL} ASCII-tekens bestaan, zonder spaties")
    try:
        parts = urlsplit(url)
        naam, poort = parts.hostname or "", parts.port
    except ValueError:
        raise AdresError("is geen geldige URL") from None
    if parts.username is not None or parts.password is not None or "#" in url:
        raise AdresError("mag geen gebruikersnaam, wachtwoord of fragment bevatten")
    if parts.scheme not in ("https", "http"):
        raise AdresError("moet beginnen met https://")
    doel = Doel(
        schema=parts.scheme,
        naam=naam,
        poort=poort if poort is not None else HTTPS_PORT if parts.scheme == "https" else HTTP_PORT,
        pad=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    _check_host(doel, grenzen)
    return doel


def _check_host(doel: Doel, grenzen: Grenzen) -> None:
    adres = doel.adres
    if adres is None and not _is_name(doel.naam):
        raise AdresError("moet een domeinnaam of een IP-adres hebben")
    if adres is not None and not grenzen.allow(adres):
        raise AdresError("wijst naar een adres waar dit knooppunt geen verbinding mee maakt")
    own = grenzen.lokaal and (doel.naam == "localhost" or (adres is not None and _is_in(adres, _LOOPBACK)))
    if own:
        return
    if doel.schema != "https":
        raise AdresError("moet beginnen met https://")
    if doel.poort not in grenzen.poorten:
        raise AdresError(
            "moet een poort hebben die dit knooppunt toelaat: " + ", ".join(map(str, sorted(grenzen.poorten)))
        )


def _is_name(naam: str) -> bool:
    """A name, and no number that a resolver takes for an address (``127.1``, ``0x7f000001``)."""
    labels = naam.removesuffix(".").split(".")
    return len(naam) <= 253 and all(map(_LABEL.fullmatch, labels)) and not _GETAL.fullmatch(labels[-1])


def _as_address(naam: str) -> Adres | None:
    try:
        return ip_address(naam)
    except ValueError:
        return None


def _is_in(adres: Adres, netwerken: Collection[Netwerk]) -> bool:
    return any(adres.version == one.version and adres in one for one in netwerken)
