"""Support as it stands: proposed due times, who was tried how often, and what waits over all incidents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stores import NOON, Laptop, copies, write_raw
from tests.stores import body as made
from triage_app.errors import BadInput, NotFound
from triage_app.services import clocks, duties, incidents, keeping, lists, support, victims
from triage_app.services.changes import milliseconds
from triage_app.services.undo import redo, undo

HOUR = 3_600_000


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 2)
    yield laptops
    for laptop in laptops:
        laptop.close()


def victim(laptop: Laptop, **more: Any) -> tuple[str, str]:
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    return incident, victims.add_victim(laptop.session, incident, **(more or {"organisation": "RXX"})).id


def one(laptop: Laptop, action: str) -> dict[str, Any]:
    (found,) = support.listing(laptop.store, "a.id = ?", (action,), milliseconds(laptop.clock()))
    return found


def test_a_target_proposes_until_somebody_sets_another_time_and_says_why(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS01").id
    found = one(a, action)
    assert found["due_at"] is None
    assert found["proposed"] == "4 h from victim recorded"
    assert found["due"] == a.rows("victim")[0]["created_at"] + 4 * HOUR
    incidents.classify(a.session, incident, category=2, because="Pathology is down")
    assert one(a, action)["proposed"] == "1 h from victim recorded"
    victims.set_action(a.session, action, due="2h", because="Dr Amin is in theatre until four")
    found = one(a, action)
    assert (found["proposed"], found["facts"]["due_because"]) == ("", "Dr Amin is in theatre until four")
    assert found["due"] == found["due_at"]
    assert b"theatre" not in b"".join(bytes(row[0]) for row in a.store.rows("SELECT bytes FROM body"))
    undo(a.session)
    assert one(a, action)["proposed"] == "1 h from victim recorded"
    a.verified()


def test_what_is_due_from_aware_waits_for_the_decision(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS13").id
    assert one(a, action)["due"] is None
    incidents.set_times(a.session, incident, {"aware": "2026-11-22 09:00"})
    assert one(a, action)["due"] == milliseconds(NOON) - 3 * HOUR + 72 * HOUR


def test_an_action_may_go_with_a_clock_of_its_incident_and_with_no_other(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a)
    other, _ = victim(a)
    incidents.set_times(a.session, incident, {"aware": "2026-11-22 09:00"})
    now = milliseconds(a.clock())
    started = [clock for clock in clocks.of_incident(a.store, incident, now) if clock.next is not None]
    clock = next(one for one in started if one.next is not None and one.next.due_at is not None)
    action = victims.add_action(a.session, entity, "VS15", clock=clock.id).id
    assert clock.next is not None
    assert one(a, action)["due"] == clock.next.due_at
    assert clock.policy.name in one(a, action)["proposed"]
    with pytest.raises(BadInput, match="no clock of this incident"):
        victims.add_action(a.session, entity, "VS15", clock=clock.id.replace(incident, other))
    with pytest.raises(BadInput, match="no clock"):
        victims.set_action(a.session, action, clock="gdpr")


def test_attempts_add_up_and_each_is_undone_alone(pair: list[Laptop]) -> None:
    a, b = pair
    _, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS24").id
    b.merge(a.export(b))
    support.attempt(a.session, action, "no-answer")
    support.attempt(a.session, action, "left message", at="-10m", words="With her mother")
    support.attempt(b.session, action, "spoke")
    b.merge(a.export(b))
    a.merge(b.export(a))
    assert (one(a, action)["attempts"], one(a, action)["status"]) == (3, "ongoing")
    assert a.rows("attempt") == b.rows("attempt")
    assert a.verified() == b.verified()
    assert sorted(row["how"] for row in support.attempts(a.store, action)) == ["left-message", "no-answer", "spoke"]
    undo(a.session)
    assert one(a, action)["attempts"] == 2
    redo(a.session)
    assert one(a, action)["attempts"] == 3
    keeping.rebuild(a.session)
    assert one(a, action)["attempts"] == 3
    assert a.rows("attempt")[0]["created_by_name"] in ("Asha Rahman", "Ben Okafor")


def test_undoing_the_first_attempt_makes_the_action_pending_again(pair: list[Laptop]) -> None:
    a = pair[0]
    _, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS24").id
    support.attempt(a.session, action, "emailed")
    undo(a.session)
    assert (one(a, action)["attempts"], one(a, action)["status"]) == (0, "pending")


@pytest.mark.parametrize(("how", "at", "words"), [("pigeon", "", "no way of trying"), ("spoke", "4h", "not come yet")])
def test_an_attempt_that_cannot_be_is_refused(pair: list[Laptop], how: str, at: str, words: str) -> None:
    a = pair[0]
    _, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS24").id
    before = a.verified()
    with pytest.raises(BadInput, match=words):
        support.attempt(a.session, action, how, at=at)
    assert a.verified() == before


def test_an_action_that_was_taken_back_takes_no_attempt(pair: list[Laptop]) -> None:
    a = pair[0]
    _, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS24").id
    undo(a.session)
    with pytest.raises(NotFound):
        support.attempt(a.session, action, "spoke")


def test_what_is_overdue_comes_before_what_is_due_next_over_all_incidents(pair: list[Laptop]) -> None:
    a = pair[0]
    _, one_victim = victim(a)
    _, other = victim(a, person="Jo Pryce")
    late = victims.add_action(a.session, one_victim, "VS02", due="-30m").id
    soon = victims.add_action(a.session, other, "VS05").id
    later = victims.add_action(a.session, other, "VS09").id
    victims.add_action(a.session, other, "VS06")
    victims.add_action(a.session, one_victim, "VS12", due="-3h", status="successful")
    now = milliseconds(a.clock())
    assert [row["id"] for row in support.waiting(a.store, now)] == [late]
    assert [row["id"] for row in support.waiting(a.store, now, timedelta(hours=48))] == [late, soon]
    assert [row["id"] for row in support.waiting(a.store, now, timedelta(days=30))] == [late, soon, later]
    listed = lists.listing(a.session, "actions", overdue=True)
    assert [(row["code"], row["overdue"]) for row in listed] == [("VS02", True)]


def test_what_belongs_to_an_incident_that_was_taken_back_waits_no_more(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a)
    victims.add_action(a.session, entity, "VS02", due="-30m")
    assert len(support.waiting(a.store, milliseconds(a.clock()))) == 1
    write_raw(a, made(a, "incident", incident, "_deleted", True, tlp="AMBER+STRICT"))
    keeping.rebuild(a.session)
    assert support.waiting(a.store, milliseconds(a.clock())) == []


def test_nothing_new_is_begun_on_a_closed_incident_but_what_comes_after_it(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a)
    open_one = victims.add_action(a.session, entity, "VS05").id
    now = milliseconds(a.clock())
    waiting = [duties.duty_code(one) for one in duties.open_duties(a.store, incident, now)]
    incidents.close(a.session, incident, "Contained", staying_open=waiting, leaving=["all"], left_by="Dr Rao")
    with pytest.raises(BadInput, match="is closed: nothing new is begun") as refusal:
        victims.add_action(a.session, entity, "VS05")
    assert refusal.value.code == "closed"
    victims.set_action(a.session, open_one, status="successful")
    victims.add_action(a.session, entity, "VS05", status="successful", outcome="Was done before")
    follow_up = victims.add_action(a.session, entity, "VS25").id
    assert one(a, follow_up)["proposed"] == "20 working days from incident closed"


def test_an_organisation_that_was_removed_is_no_victim_and_gets_no_new_action(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, entity = victim(a, organisation="RYY")
    write_raw(a, made(a, "organisation", "ods:RYY", "_deleted", True))
    keeping.rebuild(a.session)
    with pytest.raises(BadInput, match="RYY was removed"):
        victims.add_victim(a.session, incident, organisation="ryy")
    with pytest.raises(BadInput, match="RYY was removed"):
        victims.add_action(a.session, entity, "VS05")


def test_a_trusts_own_targets_hold_and_a_faulty_file_stands_aside_with_a_sentence(pair: list[Laptop]) -> None:
    a = pair[0]
    _, entity = victim(a)
    action = victims.add_action(a.session, entity, "VS01").id
    folder = a.session.profile.home / "policies"
    folder.mkdir(parents=True, exist_ok=True)
    own = {
        "name": "Ours", "version": "1", "date": "2026-11-01", "source": "The trust",
        "targets": [{"code": "VS01", "hours": 6, "from": "action added"}],
    }  # fmt: skip
    (folder / "support.json").write_text(json.dumps(own), encoding="utf-8")
    assert one(a, action)["proposed"] == "6 h from action added"
    assert support.loaded(a.store).own
    (folder / "support.json").write_text(json.dumps({**own, "targets": []}), encoding="utf-8")
    assert one(a, action)["proposed"] == "4 h from victim recorded"
    assert "was not taken" in support.loaded(a.store).problem


@pytest.mark.parametrize("text", ["", "soon", "-4h", "14:05", "0m", "2026-11-22"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no length of time"):
        support.read_span(text)


@pytest.mark.parametrize("value", [7, "words", None, {"action": 3, "how": ["x"], "at": "noon"}, {"at": 2**62}])
def test_whatever_an_attempt_that_came_by_bundle_holds_breaks_nothing(pair: list[Laptop], value: Any) -> None:
    a = pair[0]
    write_raw(a, made(a, "attempt", "f" * 32, "_created", value, tlp="AMBER"))
    keeping.rebuild(a.session)
    support.attempts(a.store, "3")
    a.rows("attempt")
