"""The call log over real stores: one line a call, counted by whom it was to, put right, never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop
from triage_app.domain.calls import OUTCOMES, Attempts, read_outcome, same_callee
from triage_app.errors import BadInput, NotFound
from triage_app.services import calls, histories, incidents, people, undo, victims
from triage_app.services.finding import find
from triage_app.store import lookup, personal

LAPTOPS = 3


def test_three_attempts_are_counted_and_the_last_is_named(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Ransomware").id
    for outcome, number in (
        ("no answer", "0300 555 0101"),
        ("left message", "03005550101"),
        ("spoke", "+44 300 555 0101"),
    ):
        laptop.clock.move(minutes=5)
        done = calls.log(laptop.session, outcome, callee="Siân Pryce", number=number, role="SIRO",
                         about_kind="incident", about=incident)  # fmt: skip
    assert done.ref.endswith("-K0003")
    assert done.label == f"Logged call {done.ref}: spoke"
    found = calls.listing(laptop.store, incident)
    assert [row["outcome"] for row in found] == ["spoke", "left message", "rang, no answer"]
    (tried,) = calls.counted(found).values()
    assert tried == Attempts(3, found[0]["at"], "spoke")
    assert calls.attempts_in_words(tried, "14:05") == "3 attempts, last 14:05"
    assert find(laptop.store, "call", done.ref.lower()) == done.id
    laptop.verified()


def test_who_was_called_is_sealed_and_goes_as_far_as_what_it_is_about(laptops: list[Laptop]) -> None:
    a, b, c = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    who = {"callee": "Siân Pryce", "number": "0300 555 0101", "note": "Sister Jones"}
    calls.log(a.session, "spoke", **who, about_kind="incident", about=incident)
    calls.log(a.session, "spoke", callee="Somebody else")
    assert "Pryce" not in repr(a.store.rows("SELECT * FROM call"))
    incidents.classify(a.session, incident, label="TLP:GREEN")
    b.merge(a.export(b))
    c.merge(a.export(c))
    assert {row["callee"] for row in calls.listing(b.store)} == {"Siân Pryce", "Somebody else"}
    assert len(calls.listing(c.store)) == 1
    assert a.verified(incident) == b.verified(incident)


def test_a_call_is_put_right_taken_back_and_told_in_the_history(laptop: Laptop) -> None:
    done = calls.log(laptop.session, "spoke", callee="Jo")
    with pytest.raises(BadInput, match="says that already"):
        calls.correct(laptop.session, done.id, {"outcome": "spoke"})
    with pytest.raises(BadInput, match="no field"):
        calls.correct(laptop.session, done.id, {"colour": "red"})
    with pytest.raises(BadInput, match="would not say who"):
        calls.correct(laptop.session, done.id, {"callee": ""})
    calls.correct(laptop.session, done.id, {"outcome": "wrong number"}, "it was the pharmacy")
    told = histories.of(laptop.store, done.ref, "outcome")
    assert [(one["after"], one["because"]) for one in told] == [
        ("spoke", ""), ("wrong number", "it was the pharmacy"),
    ]  # fmt: skip
    undo.undo(laptop.session)
    assert calls.listing(laptop.store)[0]["outcome"] == "spoke"
    undo.undo(laptop.session)
    assert calls.listing(laptop.store) == []
    with pytest.raises(NotFound):
        calls.correct(laptop.session, done.id, {"outcome": "spoke"})
    laptop.verified()


@pytest.mark.parametrize(
    ("outcome", "values", "says"),
    [
        ("maybe", {"callee": "Jo"}, "no outcome"),
        ("spoke", {}, "who was called"),
        ("spoke", {"callee": "J\x07"}, "control character"),
        ("spoke", {"callee": "x" * 256}, "longer than 255"),
        ("spoke", {"callee": "Jo", "happened": "2035-01-01 00:00"}, "not come yet"),
        ("spoke", {"callee": "Jo", "happened": "0000-01-01 00:00"}, "no time"),
        ("spoke", {"callee": "Jo", "happened": "1066-01-01 00:00"}, "too long ago"),
        ("spoke", {"callee": "Jo", "about_kind": "alert", "about": "x"}, "about an incident"),
    ],
)
def test_what_is_no_call_is_refused_with_a_sentence(
    laptop: Laptop, outcome: str, values: dict[str, str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        calls.log(laptop.session, outcome, **values)
    assert calls.listing(laptop.store) == []


def test_erasing_a_victim_takes_what_calls_about_them_said(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Ransomware").id
    victim = victims.add_victim(laptop.session, incident, person="Jo Pryce").id
    calls.log(laptop.session, "spoke", callee="Jo Pryce", about_kind="victim", about=victim)
    (row,) = calls.listing(laptop.store, incident)
    assert row["of"].endswith("-V0001")
    found = lookup.one(laptop.store, "victim", victim)
    assert found is not None
    people.erase(laptop.session, found["person"])
    assert calls.listing(laptop.store, incident)[0]["callee"] == personal.ERASED


def test_an_incident_with_calls_is_not_taken_back_under_them(laptop: Laptop) -> None:
    opened = incidents.open_incident(laptop.session, "Ransomware")
    calls.log(laptop.session, "spoke", callee="Jo", about_kind="incident", about=opened.id)
    with pytest.raises(NotFound, match="built on since"):
        undo.undo(laptop.session, opened.act)


@given(st.text(max_size=20), st.text(max_size=20))
def test_whoever_was_called_has_one_name_for_the_count(name: str, number: str) -> None:
    assert same_callee(name, number) == same_callee(f" {name} ", f" {number} ")


def test_every_outcome_is_read_in_the_ways_it_is_typed() -> None:
    assert [read_outcome(outcome.upper()) for outcome in OUTCOMES] == list(OUTCOMES)
    assert read_outcome("no-answer") == "rang, no answer"
    assert read_outcome("emailed") == "e-mailed"
    assert read_outcome("") is None
