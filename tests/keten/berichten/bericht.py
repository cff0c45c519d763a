"""A message of either release, from plain values to what goes over the line and back."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from shared.iwmo import lezer
from shared.iwmo.catalogus import BerichtSoort, Release, soort_named
from shared.iwmo.codec import Inhoud, encode
from shared.iwmo.schemas import Schemas

SCHEMAS = Schemas()
OFFICIAL = Path(__file__).parents[4] / "shared" / "iwmo" / "3.2" / "xsd"


@dataclass(frozen=True)
class Bericht:
    """A message to send; ``dienst`` is the service that it is for."""

    naam: str
    release: Release
    dienst: str
    inhoud: Inhoud

    @property
    def soort(self) -> BerichtSoort:
        found = soort_named(self.naam, self.release)
        assert found is not None, f"{self.naam} {self.release}"
        return found

    @cached_property
    def xml(self) -> bytes:
        return encode(self.inhoud, SCHEMAS.of(self.soort))

    @property
    def json(self) -> dict[str, Any]:
        return {"bericht": self.naam, "release": self.release, "inhoud": self.inhoud}

    @property
    def identificatie(self) -> str:
        header = self.inhoud["Header"]
        if "BerichtIdentificatie" in header:
            return str(header["BerichtIdentificatie"]["Identificatie"])
        return str(header["DeclaratieFactuurIdentificatie"]["DeclarantFactuurNummer"])

    def __getitem__(self, klasse: str) -> Any:
        return self.inhoud[klasse]

    def with_header(self, **changed: Any) -> "Bericht":
        return replace(self, inhoud={**self.inhoud, "Header": {**self.inhoud["Header"], **changed}})


def read_valid(body: bytes, naam: str, release: Release) -> Inhoud:
    """The content of a message from the node, held against our schema and, of 3.2, the official one if it is there."""
    gelezen = lezer.read(body, SCHEMAS, lezer.Grenzen())
    assert (gelezen.soort.naam, gelezen.soort.release) == (naam, release)
    if release == "3.2" and OFFICIAL.is_dir():
        etree.XMLSchema(file=str(OFFICIAL / f"{gelezen.soort.schema}.xsd")).assertValid(etree.fromstring(body))
    return gelezen.inhoud


def codes(klasse: Inhoud) -> list[str]:
    """The retourcodes of a class."""
    found: list[str] = klasse["RetourCodes"]["RetourCode"]
    return found
