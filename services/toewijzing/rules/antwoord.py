"""The rules that hold an answer (WMO319) against the request, and against what became of it.

An answer is 2 (under investigation), 1 (refused), or 2 and then 1; and none once it is granted.
"""

from services.toewijzing.domain.feiten import IN_ONDERZOEK, AntwoordFeiten
from services.toewijzing.domain.verzoek import Antwoord
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking, Tabel, regel

RELEASES: tuple[Release, ...] = ("3.2",)


@regel("TR355", berichten="WMO319", retourcode="9355", klasse="Antwoord", bron="TR355", releases=RELEASES)
def tr355_answers_a_request(antwoord: Antwoord, feiten: AntwoordFeiten) -> Afwijking | None:
    """This aanbieder sent this gemeente no request with this ReferentieAanbieder."""
    if feiten.verzoek is not None:
        return None
    return Afwijking(
        "ReferentieAanbieder hoort niet bij een verzoek van deze aanbieder aan deze gemeente",
        gevonden=antwoord.referentie_aanbieder,
    )


@regel("TR359", berichten="WMO319", retourcode="9359", klasse="Antwoord", bron="TR359", releases=RELEASES)
def tr359_request_is_not_granted(_: Antwoord, feiten: AntwoordFeiten) -> Afwijking | None:
    """A toegewezen product with this ReferentieAanbieder has been sent already."""
    verzoek = feiten.verzoek
    if verzoek is None or not verzoek.toegewezen:
        return None
    return Afwijking(
        "Het verzoek met deze ReferentieAanbieder is al toegewezen",
        gevonden=verzoek.referentie,
        botst_met=verzoek.toewijzing_bericht_id,
    )


@regel("TR360", berichten="WMO319", retourcode="9360", klasse="Antwoord", bron="TR360", releases=RELEASES)
def tr360_under_investigation_comes_first(antwoord: Antwoord, feiten: AntwoordFeiten) -> Afwijking | None:
    """The request is said to be under investigation, after an earlier answer of whichever kind."""
    verzoek = feiten.verzoek
    if verzoek is None or antwoord.verzoek_antwoord != IN_ONDERZOEK or not verzoek.antwoorden:
        return None
    return Afwijking(
        "VerzoekAntwoord 2 (aanvraag in onderzoek) kan alleen het eerste antwoord op een verzoek zijn",
        gevonden=antwoord.verzoek_antwoord,
        botst_met=verzoek.antwoord_bericht_id,
    )


@regel("TR365", berichten="WMO319", retourcode="9365", klasse="Antwoord", bron="TR365", releases=RELEASES)
def tr365_no_answer_after_the_final_one(antwoord: Antwoord, feiten: AntwoordFeiten) -> Afwijking | None:
    """An earlier answer says other than that the request is under investigation."""
    verzoek = feiten.verzoek
    if verzoek is None or set(verzoek.antwoorden) <= {IN_ONDERZOEK}:
        return None
    return Afwijking(
        "Het verzoek met deze ReferentieAanbieder is al definitief beantwoord",
        gevonden=antwoord.verzoek_antwoord,
        botst_met=verzoek.antwoord_bericht_id,
    )


ANTWOORD_REGELS: Tabel[Antwoord, AntwoordFeiten] = Tabel(
    (
        tr355_answers_a_request,
        tr359_request_is_not_granted,
        tr360_under_investigation_comes_first,
        tr365_no_answer_after_the_final_one,
    )
)
