"""The orders of a list, and what an act came to for it, however the store is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.store.evidence import key_of, load, row
from triage_app.domain.evidence import Layout
from triage_app.services import incidents, triage
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import alert_changes, alerts
from triage_app.store.alerts import AlertFilter

HIGH = 70


def names(session: Session, numbers: object, known: str) -> str:
    """Alerts by the letters they are called."""
    by_number = {number: key for key, number in alerts.numbers_of(session.store, map(key_of, known)).items()}
    letters = {key_of(letter): letter for letter in known}
    return "".join(letters[by_number[number]] for number in numbers)  # type: ignore[attr-defined]


@pytest.fixture
def five(session: Session) -> Session:
    """Five alerts: a and b the worst, then c, d, e; b was seen last."""
    load(session, [row("a", 5, 90), row("b", 9, 90), row("c", 7, 50), row("d", 8, 20), row("e", 1, 10)])
    return session


def test_states_come_in_one_order_and_a_snooze_that_has_run_out_is_among_them(five: Session) -> None:
    triage.take_in_hand(five, [key_of("c")])
    soon = five.now() + timedelta(minutes=1)
    triage.snooze(five, [key_of("d")], soon)
    triage.dismiss(five, [key_of("e")], "benign")
    later = milliseconds(soon) + 1
    assert names(five, alerts.ids(five.store, AlertFilter()), "abcde") == "bac"
    assert names(five, alerts.ids(five.store, AlertFilter(now=later)), "abcde") == "bacd"
    resting = AlertFilter(states=(alerts.SNOOZED,), now=later)
    assert list(alerts.ids(five.store, resting)) == [], "it no longer rests"
    everything = AlertFilter(states=tuple(range(5)), now=later)
    assert names(five, alerts.ids(five.store, everything), "abcde") == "bacde"
    assert names(five, alerts.ids(five.store, AlertFilter(now=later), limit=2), "abcde") == "ba"


def test_the_states_of_the_queue_are_merged_as_the_index_has_them_and_not_sorted(five: Session) -> None:
    asked: list[str] = []
    five.store.connection.set_trace_callback(asked.append)
    alerts.ids(five.store, AlertFilter(now=1))
    five.store.connection.set_trace_callback(None)
    (sql,) = [one for one in asked if "FROM alert " in one]
    plan = " ".join(step[3] for step in five.store.rows(f"EXPLAIN QUERY PLAN {sql}"))
    assert "MERGE" in plan
    assert "TEMP B-TREE" not in plan


def test_the_order_by_source_is_that_of_its_name(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for letter, source, column in (("a", "Wazuh", "host"), ("b", "Defender", "user"), ("c", "Suricata", "detail")):
        monkeypatch.setattr("tests.unit.store.evidence.LAYOUT", Layout("csv", source, {column: ("said",)}))
        load(session, [row(letter)])
    assert names(session, alerts.ids(session.store, AlertFilter(), "source", False), "abc") == "bca"
    assert names(session, alerts.ids(session.store, AlertFilter(), "source", True), "abc") == "acb"


def test_what_stands_in_the_evidence_is_read_in_the_order_in_which_it_lies(five: Session) -> None:
    asked: list[str] = []
    five.store.connection.set_trace_callback(asked.append)
    alerts.ids(five.store, AlertFilter(), "title")
    five.store.connection.set_trace_callback(None)
    (sql,) = [one for one in asked if "FROM alert " in one]
    inner = five.store.rows(f"EXPLAIN QUERY PLAN {sql}")
    assert sum("TEMP B-TREE FOR ORDER BY" in step[3] for step in inner) == 2, "by where it lies, then by what it says"


def test_what_is_to_decide_is_counted_with_the_snoozed_whose_time_has_come(five: Session) -> None:
    soon = five.now() + timedelta(minutes=1)
    triage.snooze(five, [key_of("a"), key_of("e")], soon)
    triage.dismiss(five, [key_of("d")], "benign")
    before, after = milliseconds(five.now()), milliseconds(soon) + 1
    assert alert_changes.undecided(five.store, before, HIGH) == (2, 1)
    assert alert_changes.undecided(five.store, after, HIGH) == (4, 2)
    for now in (before, after):
        many = alerts.count(five.store, AlertFilter(now=now))
        high = alerts.count(five.store, AlertFilter(now=now, min_severity=HIGH))
        assert alert_changes.undecided(five.store, now, HIGH) == (many, high)
    assert alert_changes.came_back(five.store, before, after)
    assert not alert_changes.came_back(five.store, after, after + 1)


def test_an_act_is_followed_to_the_alerts_whose_state_it_may_have_changed(five: Session) -> None:
    store = five.store
    dismissed = triage.dismiss(five, [key_of("d")], "benign")
    assert alert_changes.touched_keys(store, dismissed.touched, 64) == [key_of("d")]
    promoted = triage.promote(five, [key_of("a"), key_of("b")])
    both = sorted([key_of("a"), key_of("b")])
    assert alert_changes.touched_keys(store, promoted.touched, 64) == both
    assert alert_changes.touched_keys(store, promoted.touched, 1) is None, "more than are followed one by one"
    noted = incidents.add_note(five, "incident", promoted.id, "Rang the ward")
    assert alert_changes.touched_keys(store, noted.touched, 64) in ([], both)
    assert alert_changes.touched_keys(store, {("import", "x")}, 64) is None
    for kind in ("alert", "link", "incident"):
        assert alert_changes.touched_keys(store, {(kind, "")}, 64) is None, "so many of them that none is named"
    numbers = list(alerts.numbers_of(store, map(key_of, "abcde")).values())
    assert alert_changes.keys_of(store, [*numbers, 9999]) == [key_of(letter) for letter in "abcde"]
    assert names(five, sorted(alert_changes.in_states(store, AlertFilter(), numbers)), "abcde") in ("ce", "ec")
