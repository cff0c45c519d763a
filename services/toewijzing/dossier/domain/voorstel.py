"""What the aanbieder proposes: an ondersteuningsplan, or the normenkader of household help (step 4). Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.toewijzing.catalogus.advies import Inzet, InzetError, adviseer
from services.toewijzing.catalogus.voorwaarden import GekozenGebied, GekozenProduct, Inhoud, Weigering, toets
from services.toewijzing.dossier.domain.plan import HO, SCHOON_HUIS
from services.toewijzing.dossier.domain.zaak import Gegevens, Omgeving, Zaak, dag_van, weiger, weiger_alle


def stel_voor(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The ondersteuningsplan, in its next version; every condition of the catalogue must hold."""
    _must_be(zaak, "ondersteuningsplan")
    weiger_alle([*toets_voorstel(zaak, gegevens, omgeving), *_period(zaak, gegevens)])
    return _propose(zaak, {**gegevens, "soort": "ondersteuningsplan"}, omgeving)


def toets_voorstel(zaak: Zaak, voorstel: Gegevens, omgeving: Omgeving) -> list[Weigering]:
    """The conditions that a proposal breaks: those of the catalogue, and the order that was given."""
    outside = [
        Weigering("gebied_niet_in_opdracht", f"/gebieden/{number}", f"{one['code']} staat niet in het plan van aanpak")
        for number, one in enumerate(voorstel["gebieden"])
        if one["code"] not in zaak.maatwerk
    ]
    if voorstel.get("ho"):
        return outside
    told = toets(omgeving.profiel, zaak.gemeente, _as_content(zaak, voorstel))
    return [*outside, *told, *_outside_band(voorstel, omgeving)]


def _outside_band(voorstel: Gegevens, omgeving: Omgeving) -> Iterator[Weigering]:
    """Where hours or dagdelen are given: the intensity is one that the table leaves for them."""
    for number, one in enumerate(voorstel["gebieden"]):
        uren, dagdelen = (Decimal(str(one.get(name) or 0)) for name in ("uren", "dagdelen"))
        gebied = omgeving.profiel.gebied_bij_code.get(one["code"])
        if gebied is None or not (uren or dagdelen):
            continue
        try:
            advies = adviseer(omgeving.profiel, gebied, Inzet(uren, dagdelen))
        except InzetError as error:
            yield Weigering("inzet", f"/gebieden/{number}", str(error))
            continue
        if one["intensiteit"] not in [band.intensiteit for band in advies.kandidaten]:
            signs = " of ".join(band.teken for band in advies.kandidaten)
            reason = f"Bij deze inzet past {gebied.code} {signs}: {advies.reden}"
            yield Weigering("intensiteit_past_niet", f"/gebieden/{number}/intensiteit", reason)


def _as_content(zaak: Zaak, voorstel: Gegevens) -> Inhoud:
    """As the conditions read it. How an area was given before comes from the case, never from who proposes."""
    before = {one["code"]: one.get("vorm") for one in zaak.inhoud.get("toegewezen", ())}
    gebieden = [
        GekozenGebied(
            code=one["code"],
            intensiteit=one["intensiteit"],
            vorm=one.get("vorm"),
            eerdere_vorm=before.get(one["code"]),
            client_akkoord=one.get("client_akkoord", False),
            ontlast_mantelzorger=one.get("ontlast_mantelzorger", False),
        )
        for one in voorstel["gebieden"]
    ]
    producten = [
        GekozenProduct(
            one["code"], one["omvang"], one.get("werkelijk_vervoer", False), one.get("met_begeleiding", False)
        )
        for one in voorstel["producten"]
    ]
    return Inhoud(gebieden, producten)


def maak_normenkader(zaak: Zaak, gegevens: Gegevens, omgeving: Omgeving) -> Zaak:
    """The normenkader after the intake: activities give hours per four weeks: a band of 1B, or hours of HO."""
    _must_be(zaak, "normenkader")
    dag_van(zaak, gegevens, omgeving, "intake_dag")
    weiger_alle(list(_period(zaak, gegevens)))
    minutes = sum(one["minuten"] * one["keer_per_vier_weken"] for one in gegevens["activiteiten"])
    hours = Decimal(minutes) / 60
    known = {**gegevens, "soort": "normenkader", "minuten": minutes, "producten": []}
    if HO in zaak.maatwerk:
        if gegevens.get("product_code") is None:
            weiger(
                "product_code", "/productCode", "Geef de productcode van huishoudelijke ondersteuning in het contract"
            )
        ho = {"product_code": gegevens["product_code"], "omvang": math.ceil(hours)}
        return _propose(zaak, {**known, "gebieden": [], "ho": ho}, omgeving)
    if gegevens.get("product_code") is not None:
        weiger("product_code", "/productCode", "Deze gemeente heeft resultaatgebied 1B: dat bepaalt de productcode")
    area = {"code": SCHOON_HUIS, "intensiteit": _band(gegevens, hours, omgeving)}
    made = {**known, "gebieden": [area]}
    weiger_alle(toets_voorstel(zaak, made, omgeving))
    return _propose(zaak, made, omgeving)


def _band(gegevens: Gegevens, hours: Decimal, omgeving: Omgeving) -> int:
    gebied = omgeving.profiel.gebied_bij_code[SCHOON_HUIS]
    try:
        advies = adviseer(omgeving.profiel, gebied, Inzet(uren=hours))
    except InzetError as error:
        weiger("inzet", "/activiteiten", str(error))
        raise
    candidates = [band.intensiteit for band in advies.kandidaten]
    chosen: int | None = gegevens.get("intensiteit") or advies.intensiteit
    if chosen is None:
        weiger("intensiteit_kiezen", "/intensiteit", f"{advies.reden}; kies de intensiteit")
    if chosen not in candidates:
        weiger("intensiteit_past_niet", "/intensiteit", f"Bij deze uren past intensiteit {candidates}: {advies.reden}")
    return int(chosen or 0)


def _must_be(zaak: Zaak, soort: str) -> None:
    asked = zaak.inhoud["keuze"]["soort"]
    if asked != soort:
        weiger("opdracht", "/", f"De opdracht vraagt een {asked}")


def _period(zaak: Zaak, gegevens: Gegevens) -> Iterator[Weigering]:
    begin, eind = gegevens["startdatum"], gegevens.get("einddatum")
    if eind is not None and eind < begin:
        yield Weigering("einddatum", "/einddatum", "De einddatum ligt voor de startdatum")
    if eind is None and zaak.release == "3.2":
        reason = "In release 3.2 wordt een totaal over de geldigheidsduur toegewezen: geef een einddatum"
        yield Weigering("einddatum_ontbreekt", "/einddatum", reason)
    if date.fromisoformat(begin) < zaak.begin:
        yield Weigering("startdatum", "/startdatum", "De startdatum ligt voor de melding")


def _propose(zaak: Zaak, voorstel: Mapping[str, Any], omgeving: Omgeving) -> Zaak:
    versions = zaak.inhoud.get("voorstellen", [])
    made = {**voorstel, "versie": len(versions) + 1, "dag": dag_van(zaak, voorstel, omgeving).isoformat()}
    return replace(zaak, fase="voorstel", inhoud={**zaak.inhoud, "voorstellen": [*versions, made]})
