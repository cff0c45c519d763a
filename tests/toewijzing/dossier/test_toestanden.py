"""Any deeds in any order: a case is always where its deeds allow, with the terms that belong there."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.toewijzing.dossier.domain.bewaren import as_data, from_data
from services.toewijzing.dossier.domain.doelbinding import gedeeld
from services.toewijzing.dossier.domain.handelingen import HANDELINGEN, TOEWIJZING, mogelijk, verricht
from services.toewijzing.dossier.domain.onderzoek import INFORMATIE
from services.toewijzing.dossier.domain.termijnen import lopend, wijziging
from services.toewijzing.dossier.domain.toewijzen import Besluit, regels_van, wijzig
from services.toewijzing.dossier.domain.voorstel import toets_voorstel
from services.toewijzing.dossier.domain.zaak import NietDoorUError, NietNuError, NietZoError, Wie, Zaak
from tests.toewijzing.dossier.opzet import (
    PROFIEL,
    een_zaak,
    geinformeerd,
    gekozen,
    keuze,
    leefdomeinen,
    omgeving,
    ondertekend,
    plan,
    voorstel,
    wijze_van,
)
from tests.toewijzing.dossier.test_handelingen import PERSPECTIEFPLAN

AREAS = ("2A", "3A", "4A")
WITH_AANBIEDER = {
    "opdracht", "voorstel", "overleg", "akkoord", "ondertekend", "beschikt", "verzending", "toegewezen",
}  # fmt: skip
AGREED = {"akkoord", "ondertekend", "beschikt", "verzending"}
GIVEN: dict[str, list[dict[str, Any]]] = {
    "informatie": [{"soort": one, "wijze": wijze_van(one)} for one in INFORMATIE],
    "keukentafelgesprek": [{"zelf_ingevuld": one, "verslag": "x"} for one in (True, False)],
    "vraaganalyse": [{"leefdomeinen": leefdomeinen(*range(1, 7))}, {"leefdomeinen": leefdomeinen(1)}],
    "perspectiefplan": [PERSPECTIEFPLAN, PERSPECTIEFPLAN | {"ingevuld_door": "inwoner", "aangevuld": True}],
    "ondertekening": [{"document": one, "wijze": "papier"} for one in ("perspectiefplan", "aanvraag")],
    "plan-van-aanpak": [{"gebieden": plan(*AREAS)}, {"gebieden": plan("2A", maatwerk=False)}],
    "aanbieder": [keuze(*AREAS), keuze(*AREAS, aanbieder="11111111", release="2.4"), keuze("2A")],
    "doelbinding": [{"delen": keuze(*AREAS)["delen"]}, {"delen": []}],
    "teruggave": [{"reden": "wachtlijst"}, {"reden": "ingetrokken"}],
    "ondersteuningsplan": [
        voorstel(("2A", 1), ("4A", 2)), voorstel(("3A", 5)), voorstel(("2A", 5)), voorstel(("6A", 1)),
    ],
    "normenkader": [{"intake_dag": "2026-11-23", "activiteiten": [], "startdatum": "2026-12-14"}],
    "overleg": [{"uitkomst": "x"}],
    "akkoord": [{"versie": number} for number in (1, 2, 3)],
    "beschikking": [
        {"besluit": "toegekend", "beschikking_nummer": 1},
        {"besluit": "afgewezen", "beschikking_nummer": 1, "motivering": "x"},
        {"besluit": "afgewezen", "beschikking_nummer": 1},
    ],
    "vervolg": [{"aanleiding": "wijziging", "toelichting": "x"}],
    "sluiting": [{"reden": "ingetrokken"}],
}  # fmt: skip
DEEDS = st.sampled_from(sorted(GIVEN)).flatmap(lambda naam: st.tuples(st.just(naam), st.sampled_from(GIVEN[naam])))
_FORWARD = set(GIVEN) - {"sluiting", "normenkader", "doelbinding", "informatie", "teruggave"}
RIGHT = [(naam, given) for naam in sorted(_FORWARD) for given in GIVEN[naam][: 2 if naam == "ondertekening" else 1]]
BEGINS = {
    "gemeld": een_zaak,
    "geinformeerd": lambda: geinformeerd(een_zaak()),
    "gekozen": lambda: gekozen(*AREAS),
    "ondertekend": lambda: ondertekend(("2A", 1), ("4A", 2)),
}


class Zaken(RuleBasedStateMachine):
    """One case; beside it what the deeds that were done say of its terms."""

    def __init__(self) -> None:
        super().__init__()
        self.zaak: Zaak = een_zaak()
        self.terms = {one.wat for one in lopend(self.zaak)}
        self.numbers = 0

    @initialize(begin=st.sampled_from(sorted(BEGINS)))
    def begin(self, begin: str) -> None:
        self.zaak = BEGINS[begin]()
        self.terms = {one.wat for one in lopend(self.zaak)}

    @rule(deed=DEEDS, wie=st.sampled_from(["gemeente", "aanbieder"]))
    def anything(self, deed: tuple[str, dict[str, Any]], wie: Wie) -> None:
        self._do(*deed, wie)

    @rule(data=st.data())
    def something_that_may_be(self, data: st.DataObject) -> None:
        for wie in ("aanbieder", "gemeente"):
            open_now = [one for one in RIGHT if one[0] in mogelijk(self.zaak, wie)]  # type: ignore[arg-type]
            if open_now:
                self._do(*data.draw(st.sampled_from(open_now)), wie)  # type: ignore[arg-type]
                return

    @precondition(lambda self: self.zaak.fase in HANDELINGEN["ondersteuningsplan"].van)
    @rule(given=st.sampled_from(GIVEN["ondersteuningsplan"]))
    def propose(self, given: dict[str, Any]) -> None:
        self._do("ondersteuningsplan", given, "aanbieder")

    def _do(self, naam: str, given: dict[str, Any], wie: Wie) -> None:
        before, deed = self.zaak, HANDELINGEN[naam]
        try:
            after = verricht(before, deed, given, omgeving(wie))
        except NietDoorUError:
            assert wie not in deed.wie
        except NietNuError as error:
            code = error.weigeringen[0].voorwaarde
            assert (code == "fase") == (before.fase not in deed.van)
        except NietZoError as error:
            self._is_told(error)
            assert wie in deed.wie
            assert before.fase in deed.van
        else:
            assert wie in deed.wie
            assert before.fase in deed.van
            self._take_over(after)

    @staticmethod
    def _is_told(error: NietZoError) -> None:
        assert all(one.plek.startswith("/") and one.reden for one in error.weigeringen)

    @precondition(lambda self: self.zaak.fase in TOEWIJZING.van)
    @rule()
    def send(self) -> None:
        """As it goes when every WMO301 is accepted."""
        zaak = self.zaak
        besluit = zaak.inhoud["besluit"]
        assert zaak.aanbieder
        assert zaak.release
        decided = Besluit(
            regels_van(zaak.voorstel, PROFIEL), date.fromisoformat(besluit["ingangsdatum"]),
            date.fromisoformat(besluit["einddatum"]), zaak.aanbieder, zaak.release, omgeving().vandaag,
        )  # fmt: skip
        known = {one["nummer"]: from_data(one) for one in zaak.inhoud.get("toegewezen", [])}
        for opdracht in wijzig(list(known.values()), decided):
            self.numbers += 1
            wat = replace(opdracht.wat, nummer=opdracht.wat.nummer or self.numbers)
            known.pop(wat.nummer, None)
            if opdracht.blijft:
                known[wat.nummer] = wat
        inhoud = {**zaak.inhoud, "toegewezen": [as_data(one) for one in known.values()]}
        self._take_over(replace(zaak, fase="toegewezen", inhoud=inhoud))

    def _take_over(self, after: Zaak) -> None:
        begun, ended = wijziging(self.zaak, after)
        self.terms = (self.terms - {one.wat for one in ended}) | {one.wat for one in begun}
        self.zaak = after

    @invariant()
    def the_terms_are_those_of_where_it_stands(self) -> None:
        assert self.terms == {one.wat for one in lopend(self.zaak)}
        assert len(self.terms) <= 1

    @invariant()
    def an_aanbieder_is_there_where_one_is_needed(self) -> None:
        zaak = self.zaak
        if zaak.fase in WITH_AANBIEDER:
            assert zaak.aanbieder
            assert zaak.release
        elif zaak.ronde == 1 and zaak.fase != "gesloten":
            assert zaak.aanbieder is None

    @invariant()
    def what_was_proposed_and_agreed_meets_every_condition(self) -> None:
        if self.zaak.fase in AGREED | {"voorstel"}:
            assert toets_voorstel(self.zaak, self.zaak.voorstel, omgeving()) == []
        assert (self.zaak.fase in AGREED) <= ("akkoord" in self.zaak.inhoud)

    @invariant()
    def nothing_is_shared_without_purpose_and_consent(self) -> None:
        chosen = {one["onderdeel"]: one for one in self.zaak.inhoud.get("keuze", {}).get("delen", [])}
        for one in gedeeld(self.zaak):
            assert chosen[one["onderdeel"]]["toestemming"]
            assert one["doel"].strip()

    @invariant()
    def a_closed_case_stays_closed(self) -> None:
        if self.zaak.fase == "gesloten":
            assert mogelijk(self.zaak, "gemeente") == mogelijk(self.zaak, "aanbieder") == []
            assert not self.zaak.inhoud.get("toegewezen")


Zaken.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestZaken = Zaken.TestCase
