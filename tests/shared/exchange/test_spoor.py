"""A row of the audit trail names whom a deed is about: one in columns of their own, more in a list."""

from types import SimpleNamespace
from uuid import uuid4

from shared.exchange.spoor import MOST_CLIENTEN, VERZOEK, Over, audit_row
from shared.security.partij import Beller, Partij

GEMEENTE = Beller("mij", frozenset({Partij.gemeente("0855")}))
AANBIEDER = Beller("hij", frozenset({Partij.aanbieder("98765432")}))


def row(beller: Beller, over: Over) -> tuple[object, ...]:
    values = audit_row(beller, "gelezen", "inhoud", None, None, over)
    return tuple(values[name] for name in ("gemeente", "aanbieder", "client", "betreft"))


def test_who_asks_about_nobody_is_the_subject_himself() -> None:
    assert row(GEMEENTE, Over()) == ("0855", None, None, None)
    assert row(AANBIEDER, Over()) == (None, "98765432", None, None)


def test_what_is_about_one_of_each_has_no_list() -> None:
    assert row(AANBIEDER, Over({"0855"}, {"98765432"}, ("abc",))) == ("0855", "98765432", "abc", None)


def test_a_list_names_gemeenten_and_clients() -> None:
    over = Over.rijen(SimpleNamespace(gemeente=code, client=f"c{code}") for code in ("0855", "0344", "0344"))

    expected = ["client:c0344", "client:c0855", "gemeente:0344", "gemeente:0855"]
    assert row(AANBIEDER, over) == (None, "98765432", None, expected)


def test_a_message_about_very_many_names_none() -> None:
    many = [str(number) for number in range(MOST_CLIENTEN + 1)]

    assert row(AANBIEDER, Over({"0855"}, (), many)) == ("0855", "98765432", None, None)
    assert row(AANBIEDER, Over({"0855"}, (), many[1:]))[3] == sorted(f"client:{one}" for one in many[1:])


def test_who_speaks_for_several_leaves_them_all() -> None:
    both = Beller("wij", frozenset({Partij.gemeente("0855"), Partij.gemeente("0344")}))

    assert row(both, Over({"0855"})) == ("0855", None, None, ["gemeente:0344", "gemeente:0855"])


def test_the_parties_of_messages_are_told_apart_by_their_codes() -> None:
    heen = SimpleNamespace(afzender="98765432", ontvanger="0855")

    assert row(GEMEENTE, Over.berichten([heen, heen])) == ("0855", "98765432", None, None)


def test_a_row_has_the_request_that_it_was_written_for() -> None:
    verzoek = uuid4()
    token = VERZOEK.set(verzoek)
    try:
        assert audit_row(GEMEENTE, "gelezen", "inhoud", None, None)["verzoek"] == verzoek
    finally:
        VERZOEK.reset(token)
    assert audit_row(GEMEENTE, "gelezen", "inhoud", None, None)["verzoek"] is None
