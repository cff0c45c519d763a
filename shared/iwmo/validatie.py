"""A message judged without being processed: against its schema, then by the rules within the message (level 2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from shared.iwmo.codec import Inhoud
from shared.iwmo.jsonlezer import from_json
from shared.iwmo.kop import Kop, read_kop
from shared.iwmo.lezer import BerichtOngeldigError, Gelezen, Grenzen
from shared.iwmo.regels import Melding, xpath
from shared.iwmo.schemas import Schemas
from shared.iwmo.streaming import read_bounded
from shared.payload import Payload
from shared.problems import BerichtSoortError, Fout, OnleesbaarError, SchemaError

Controle = Callable[[Kop, Inhoud], list[Melding]]
"""The rules within one kind of message; pure."""


@dataclass(frozen=True, slots=True)
class Gebrek:
    """One thing wrong with a message: what the schema refuses, or a rule that it breaks; never a value of persons."""

    soort: Literal["xsd", "regel"]
    regel: str | None
    locatie: str
    reden: str


@dataclass(frozen=True, slots=True)
class Rapport:
    """What is wrong with a message. ``bericht`` and ``release`` are None where it cannot be told what it is;
    ``regels`` tells whether its rules were tried: not when the schema refuses it, or nobody gave rules for it."""

    bericht: str | None
    release: str | None
    fouten: tuple[Gebrek, ...] = ()
    regels: bool = False
    leesbaar: bool = True
    """Whether it is well-formed at all, and nothing that is refused unread."""

    @property
    def geldig(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fouten

    def as_json(self) -> dict[str, Any]:
        """The report as the API and the command line show it."""
        fouten = [
            {"soort": fout.soort, "regel": fout.regel, "locatie": fout.locatie, "reden": fout.reden}
            for fout in self.fouten
        ]
        return {"bericht": self.bericht, "release": self.release, "geldig": self.geldig, "fouten": fouten}


def validate(body: bytes | Payload, schemas: Schemas, grenzen: Grenzen, controles: Mapping[str, Controle]) -> Rapport:
    """Judges a message in XML; ``controles`` are the rules by name of message. It never raises on what it is given."""
    try:
        gelezen = read_bounded(body if isinstance(body, Payload) else Payload.of(body), schemas, grenzen)
    except BerichtOngeldigError as error:
        return Rapport(error.bericht, error.release, _by_schema(error.fouten))
    except OnleesbaarError as error:
        return Rapport(None, None, _by_schema([Fout("/", error.detail)]), leesbaar=False)
    except BerichtSoortError as error:
        return Rapport(None, None, _by_schema(error.fouten or [Fout("/", error.detail)]))
    return _by_rules(gelezen, grenzen, controles.get(gelezen.soort.naam))


def validate_json(body: bytes, schemas: Schemas, grenzen: Grenzen, controles: Mapping[str, Controle]) -> Rapport:
    """Judges a message in JSON."""
    try:
        xml = from_json(body, schemas, grenzen.max_fouten)
    except BerichtOngeldigError as error:
        return Rapport(error.bericht, error.release, _by_schema(error.fouten))
    except OnleesbaarError as error:
        return Rapport(None, None, _by_schema([Fout("/", error.detail)]), leesbaar=False)
    except BerichtSoortError as error:
        return Rapport(None, None, _by_schema(error.fouten or [Fout("/", error.detail)]))
    return validate(xml, schemas, grenzen, controles)


def with_meldingen(rapport: Rapport, meldingen: Iterable[Melding], grenzen: Grenzen) -> Rapport:
    """The report with what rules against other facts found besides, as far as there is room for it."""
    room = grenzen.max_fouten - len(rapport.fouten)
    return replace(rapport, fouten=rapport.fouten + tuple(_broken(melding) for melding in islice(meldingen, room)))


def _by_rules(gelezen: Gelezen, grenzen: Grenzen, controle: Controle | None) -> Rapport:
    naam, release = gelezen.soort.naam, gelezen.soort.release
    try:
        kop = read_kop(gelezen.soort, gelezen.inhoud)
        meldingen = controle(kop, gelezen.inhoud) if controle else []
    except SchemaError as error:  # a date that is valid XML and on no calendar
        return Rapport(naam, release, _by_schema(error.fouten))
    fouten = tuple(_broken(melding) for melding in islice(meldingen, grenzen.max_fouten))
    return Rapport(naam, release, fouten, regels=controle is not None)


def _by_schema(fouten: Iterable[Fout]) -> tuple[Gebrek, ...]:
    return tuple(Gebrek("xsd", None, fout.locatie, fout.reden) for fout in fouten)


def _broken(melding: Melding) -> Gebrek:
    """The rule, the place, what was compared, and what would mend it where that is beyond doubt."""
    afwijking = melding.afwijking
    told = [
        f"{word} {value}"
        for word, value in (
            ("gevonden:", afwijking.gevonden),
            ("verwacht:", afwijking.verwacht),
            ("botst met:", afwijking.botst_met),
            ("botst met:", xpath(afwijking.botst_met_plek) if afwijking.botst_met_plek is not None else None),
        )
        if value is not None
    ]
    told += [
        f"laat {one.element} weg" if one.waarde is None else f"zet {one.element} op {one.waarde}"
        for one in afwijking.herstel
    ]
    shown = f" ({'; '.join(told)})" if told else ""
    return Gebrek("regel", melding.regel.code, melding.locatie, f"{afwijking.omschrijving}{shown}")
