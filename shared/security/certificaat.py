"""Certificate-bound tokens (RFC 8705): a token that is of use only with the client certificate it was given for."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from starlette.datastructures import Address

MAX_CERTIFICATE = 16 * 1024
DIGEST_LENGTH = 43
"""Of SHA-256 in base64url without padding."""


def thumbprint_in(claims: dict[str, Any]) -> str | None:
    """The thumbprint (``cnf``, ``x5t#S256``) that a token is bound to; ValueError when it is bound in a way that we
    cannot check, and must not let in."""
    if "cnf" not in claims:
        return None
    bound = claims["cnf"]
    thumbprint = bound.get("x5t#S256") if isinstance(bound, dict) and len(bound) == 1 else None
    if not isinstance(thumbprint, str) or len(thumbprint) != DIGEST_LENGTH or not thumbprint.isascii():
        raise ValueError("bound to something else")
    return thumbprint


def is_bound_to(thumbprint: str, certificaat: str | None) -> bool:
    """Whether the client certificate, as the proxy passed it, is the one with this thumbprint."""
    found = thumbprint_of(certificaat)
    return found is not None and hmac.compare_digest(found.encode(), thumbprint.encode())


def thumbprint_of(certificaat: str | None) -> str | None:
    """The thumbprint of a certificate in a header; None without one, or one that cannot be read.

    Written as ``:base64 of the DER:`` (RFC 9440) or as percent-encoded PEM (nginx, ``$ssl_client_escaped_cert``).
    """
    if not certificaat or len(certificaat) > MAX_CERTIFICATE:
        return None
    try:
        if certificaat.startswith(":") and certificaat.endswith(":"):
            found = x509.load_der_x509_certificate(base64.b64decode(certificaat[1:-1], validate=True))
        else:
            found = x509.load_pem_x509_certificate(unquote(certificaat).encode("ascii"))
    except ValueError:
        return None
    digest = hashlib.sha256(found.public_bytes(serialization.Encoding.DER)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def comes_from(client: Address | None, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether the other end of the connection is in one of these networks: only of a proxy is a certificate
    believed."""
    return client is not None and _is_in(client.host, networks)


@lru_cache(maxsize=256)
def _is_in(host: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def the_only(values: Sequence[str]) -> str | None:
    """The value of a header that stands there once: of two, one may be the caller's own."""
    return values[0] if len(values) == 1 else None
