"""The messages of both releases: their code, schema, direction and answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Release = Literal["2.4", "3.2"]
RELEASES: tuple[Release, ...] = ("2.4", "3.2")
Richting = Literal["gemeente", "agb"]


@dataclass(frozen=True, slots=True)
class BerichtSoort:
    """One kind of message in one release.

    ``afzender`` is what the element Afzender of its header holds. A retourbericht keeps the header of the message
    that it answers (IV028), so there Afzender is the party that it is meant for.
    """

    naam: str
    release: Release
    code: str
    schema: str
    afzender: Richting
    retour: str | None = None
    is_retour: bool = False

    @property
    def namespace(self) -> str:
        """The namespace of the root element."""
        return f"http://www.istandaarden.nl/iwmo/{self.release.replace('.', '_')}/{self.schema}/schema"


def _pair(release: Release, naam: str, code: int, retour: str, afzender: Richting) -> Iterable[BerichtSoort]:
    """A message and its retourbericht, whose code is one higher."""
    yield BerichtSoort(naam, release, str(code), naam[:6].lower(), afzender, retour=retour)
    yield BerichtSoort(retour, release, str(code + 1), retour[:6].lower(), afzender, is_retour=True)


def _all() -> Iterable[BerichtSoort]:
    for release in RELEASES:
        yield from _pair(release, "WMO301", 414, "WMO302", "gemeente")
        yield from _pair(release, "WMO305", 418, "WMO306", "agb")
        yield from _pair(release, "WMO307", 420, "WMO308", "agb")
    yield from _pair("2.4", "WMO303D", 416, "WMO304D", "agb")
    yield from _pair("2.4", "WMO303F", 448, "WMO304F", "agb")
    yield from _pair("3.2", "WMO315", 444, "WMO316", "agb")
    yield from _pair("3.2", "WMO317", 480, "WMO318", "agb")
    yield from _pair("3.2", "WMO319", 482, "WMO320", "gemeente")
    yield BerichtSoort("WMO323", "3.2", "484", "wmo323", "agb", retour="WMO325")
    # The declaratie-antwoord is a message of the gemeente with a header of its own, not a retourbericht.
    yield BerichtSoort("WMO325", "3.2", "485", "wmo325", "gemeente")


SOORTEN: tuple[BerichtSoort, ...] = tuple(_all())
_BY_KEY: dict[tuple[str, str], BerichtSoort] = {(soort.release, soort.naam): soort for soort in SOORTEN}
_BY_NAMESPACE: dict[str, list[BerichtSoort]] = {}
for _soort in SOORTEN:
    _BY_NAMESPACE.setdefault(_soort.namespace, []).append(_soort)


def soort_named(naam: str, release: str) -> BerichtSoort | None:
    """The kind of this name (``WMO305``) in this release (``3.2``), if there is one."""
    return _BY_KEY.get((release, naam))


def soorten_in(namespace: str) -> list[BerichtSoort]:
    """The kinds that share a root namespace: more than one for 303 and 304 of release 2.4."""
    return _BY_NAMESPACE.get(namespace, [])
