"""Clocks over a real store: one truth of who is aware, corrections in view, nothing closed with a duty open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, table
from tests.unit.services.clock_support import T0, clock, decide_all, facts, now, opened
from triage_app.domain.clock_grid import Proposal
from triage_app.domain.clocks import HOUR_MS, State
from triage_app.errors import BadInput
from triage_app.services import (
    affected,
    attachments,
    clock_acts,
    clock_words,
    clocks,
    duties,
    impact,
    incidents,
    open_work,
    triage,
)
from triage_app.services.undo import undo
from triage_app.store import lookup


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (found,) = copies(tmp_path)
    yield found
    found.close()


def test_a_clock_is_provisional_until_somebody_records_who_is_aware(laptop: Laptop) -> None:
    incident = opened(laptop)
    laptop.clock.move(hours=1)
    found = clock(laptop, incident)
    assert found.provisional
    assert clock_words.left(found.first) == "71 h left, provisional"
    clock_acts.record_aware(laptop.session, incident, "2026-11-22T11:00Z")
    found = clock(laptop, incident)
    assert (found.first.state, found.start_at) == (State.RUNNING, T0 - HOUR_MS)
    assert clock(laptop, incident, "dspt").start_at == T0 - HOUR_MS


def test_the_aware_time_of_the_incident_is_the_one_truth(laptop: Laptop) -> None:
    incident = opened(laptop)
    incidents.set_times(laptop.session, incident, {"aware": "2026-11-22T09:00Z"})
    assert clock(laptop, incident).start_at == T0 - 3 * HOUR_MS
    incidents.set_times(laptop.session, incident, {"aware": ""})
    assert clock(laptop, incident).provisional


def test_the_first_look_is_the_first_decision_on_one_of_its_alerts(laptop: Laptop) -> None:
    table(laptop, [(f"r{n}", f"alert {n}") for n in range(120)])
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]
    triage.take_in_hand(laptop.session, keys)  # many: one batch operation
    looked = now(laptop)
    laptop.clock.move(hours=5)
    incident = triage.promote(laptop.session, keys[:2]).id
    start = clock(laptop, incident).start_at
    assert start is not None
    assert abs(start - looked) < 1000
    one = opened(laptop, "later")
    triage.snooze(laptop.session, keys[5:6], laptop.clock() + timedelta(days=1))
    triage.link(laptop.session, keys[5:6], one)
    assert clock(laptop, one).start_at == start


def test_a_correction_keeps_the_old_start_in_view(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    with pytest.raises(BadInput, match="no start to correct"):
        clock_acts.set_start(session, incident, "uk-gdpr-33", "2026-11-22T10:00Z", "typed wrongly")
    clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")
    with pytest.raises(BadInput, match="needs a reason"):
        clock_acts.set_start(session, incident, "uk-gdpr-33", "2026-11-22T10:00Z", " ")
    clock_acts.set_start(session, incident, "uk-gdpr-33", "2026-11-22T10:00Z", "the night manager knew at ten")
    history = clocks.start_history(laptop.store, clock(laptop, incident))
    assert [row["at"] for row in history] == [T0 - HOUR_MS, T0 - 2 * HOUR_MS]
    assert history[1]["because"] == "the night manager knew at ten"
    assert history[1]["who"] == "Asha Rahman"


def test_nis_has_an_awareness_of_its_own_and_a_start_that_can_be_corrected(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")
    assert clock(laptop, incident, "nis-11").first.state is State.NOT_STARTED
    clock_acts.record_aware(session, incident, "2026-11-22T11:30Z", policy="nis-11")
    clock_acts.set_start(session, incident, "nis-11", "2026-11-22T11:15Z", "bed manager's log")
    found = clock(laptop, incident, "nis-11")
    assert found.start_at == T0 - 45 * 60_000
    assert len(clocks.start_history(laptop.store, found)) == 2
    assert "Department of Health" in found.told(found.first)


def test_merging_and_splitting_move_no_clock(laptop: Laptop) -> None:
    one, two = opened(laptop), opened(laptop, "The same")
    clock_acts.record_aware(laptop.session, one, "2026-11-22T11:00Z")
    before = facts(laptop, one), facts(laptop, two)
    incidents.merge(laptop.session, one, two)
    assert (facts(laptop, one), facts(laptop, two)) == before
    incidents.unmerge(laptop.session, one, two)
    assert (facts(laptop, one), facts(laptop, two)) == before


def test_a_suppliers_knowledge_starts_the_suppliers_clock_alone(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    clock_acts.add_role(session, incident, "ZZ9", "processor", name="Rota Cloud Ltd")
    found = clock(laptop, incident, "uk-gdpr-33-2", "ZZ9")
    assert (found.first.state, found.organisation_name) == (State.NOT_STARTED, "Rota Cloud Ltd")
    clock_acts.record_aware(session, incident, "2026-11-22T08:00Z", organisation="ZZ9")
    assert clock(laptop, incident, "uk-gdpr-33-2", "ZZ9").first.state is State.RUNNING
    assert clock(laptop, incident).provisional
    clock_acts.add_role(session, incident, "RYY", "controller")
    clock_acts.record_aware(session, incident, "2026-11-22T09:00Z", policy="uk-gdpr-33", organisation="RYY")
    assert clock(laptop, incident, organisation="RYY").start_at == T0 - 3 * HOUR_MS
    assert clock(laptop, incident).provisional


@pytest.mark.parametrize(
    ("organisation", "role", "said"),
    [("..", "processor", "no organisation code"), ("ZZ9", "king", "is no role"), ("RXX", "controller", "already")],
)
def test_a_role_that_cannot_be_is_refused(laptop: Laptop, organisation: str, role: str, said: str) -> None:
    incident = opened(laptop)
    with pytest.raises(BadInput, match=said):
        clock_acts.add_role(laptop.session, incident, organisation, role)


def test_notified_stops_a_clock_and_late_needs_reasons(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    with pytest.raises(BadInput, match="has not started: nobody has said since when"):
        clock_acts.record_outcome(session, incident, ["uk-gdpr-33"], "notified")
    clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")
    with pytest.raises(BadInput, match=r"That is before UK GDPR Art\. 33 began"):
        clock_acts.record_outcome(session, incident, ["uk-gdpr-33"], "notified", at="2026-11-22T10:00Z")
    with pytest.raises(BadInput, match="That is not late"):
        clock_acts.record_outcome(session, incident, ["uk-gdpr-33"], "late", because="x")
    clock_acts.record_outcome(session, incident, ["uk-gdpr-33"], "notified", reference="IC-1234")
    found = clock(laptop, incident)
    assert (found.first.state, found.outcomes[0]["reference"]) == (State.MET, "IC-1234")
    laptop.clock.move(hours=90)
    with pytest.raises(BadInput, match="needs its reasons"):
        clock_acts.record_outcome(session, incident, ["dspt"], "notified")
    clock_acts.record_outcome(session, incident, ["dspt"], "notified", because="tool was down")
    found = clock(laptop, incident, "dspt")
    assert (found.first.state, found.first.outcome) == (State.MET_LATE, "late")


def test_not_notifiable_is_decided_by_a_name_with_a_reason(laptop: Laptop) -> None:
    incident = opened(laptop)
    for more in ({}, {"by": "Dr Rao"}, {"because": "no data"}):
        with pytest.raises(BadInput, match="needs the name of who decided"):
            clock_acts.record_outcome(laptop.session, incident, ["uk-gdpr-33"], "not-notifiable", **more)
    decide_all(laptop, incident)
    found = clock(laptop, incident)
    assert (found.first.state, found.outcomes[0]["by"]) == (State.NOT_NOTIFIABLE, "Dr Rao")


@pytest.mark.parametrize(
    ("at", "said"),
    [("2026-11-23 12:00", "has not come yet"), ("1999-12-31 12:00", "before the year 2000"), ("soon", "no time I can"),
     ("2026-10-25 01:30", "happened twice"), ("2026-03-29 01:30", "happened twice or not at all")],
)  # fmt: skip
@pytest.mark.parametrize("policy", ["", "nis-11"])
def test_an_impossible_start_is_refused(laptop: Laptop, at: str, said: str, policy: str) -> None:
    incident = opened(laptop)
    with pytest.raises(BadInput, match=said):
        clock_acts.record_aware(laptop.session, incident, at, policy=policy)


def test_a_start_a_few_minutes_ahead_of_this_laptop_is_believed(laptop: Laptop) -> None:
    incident = opened(laptop)
    clock_acts.record_aware(laptop.session, incident, "2026-11-22T12:04Z")
    assert clock(laptop, incident).first.state is State.RUNNING


def test_a_start_after_its_own_outcome_is_refused_wherever_it_is_set(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    clock_acts.record_aware(session, incident, "2026-11-22T09:00Z")
    clock_acts.record_outcome(session, incident, ["uk-gdpr-33"], "notified", at="2026-11-22T10:00Z")
    with pytest.raises(BadInput, match="which is before that"):
        clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")
    with pytest.raises(BadInput, match="which is before that"):
        incidents.set_times(session, incident, {"aware": "2026-11-22T11:00Z"})
    clock_acts.take_back_outcome(session, incident, "uk-gdpr-33")
    clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")


def test_only_local_targets_pause_and_with_a_reason(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    incidents.classify(session, incident, severity=80)
    with pytest.raises(BadInput, match="does not pause: it is the law"):
        clock_acts.pause(session, incident, "uk-gdpr-33", "waiting")
    with pytest.raises(BadInput, match="needs a reason"):
        clock_acts.pause(session, incident, "sla", "")
    with pytest.raises(BadInput, match="is not paused"):
        clock_acts.resume(session, incident, "sla")
    clock_acts.pause(session, incident, "sla", "waiting for the supplier")
    with pytest.raises(BadInput, match="stands still already"):
        clock_acts.pause(session, incident, "sla", "again")
    assert clock(laptop, incident, "sla").first.state is State.PAUSED
    laptop.clock.move(hours=3)
    clock_acts.resume(session, incident, "sla")
    respond = clock(laptop, incident, "sla").steps[0]
    assert respond.due_at is not None
    assert respond.start_at is not None
    assert abs(respond.due_at - respond.start_at - 7 * HOUR_MS) < 1000


def test_the_grid_proposes_and_asks_why_where_it_does_not(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    with pytest.raises(BadInput, match="makes no proposal"):
        clock_acts.set_grid(session, incident, 1, 5)
    with pytest.raises(BadInput, match="between 1 and 5"):
        clock_acts.set_grid(session, incident, 0, 6)
    done = clock_acts.set_grid(session, incident, 4, 4)
    assert done.label == "Propose to report to the ICO and DHSC"
    proposal = clock(laptop, incident, "dspt").proposal
    assert proposal is not None
    assert proposal.score == 16
    clock_acts.set_grid(session, incident, 1, 1, vulnerable=True, because="log shows it was never opened")
    assert clock(laptop, incident, "dspt").proposal == Proposal(2, 2, 4, ())


def test_a_bill_is_switched_on_in_the_journal_and_the_law_cannot_be_switched_off(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    with pytest.raises(BadInput, match="is switched off"):
        clock_acts.record_aware(session, incident, "2026-11-22T11:00Z", policy="csr-bill")
    clock_acts.switch(session, "csr-bill", True)
    clock_acts.record_aware(session, incident, "2026-11-22T11:00Z", policy="csr-bill")
    assert [state.step for state in clock(laptop, incident, "csr-bill").steps if state.open] == ["first", "full"]
    clock_acts.switch(session, "csr-bill", False)
    assert clock(laptop, incident, "csr-bill").first.why == "off"
    undo(session)
    assert clock(laptop, incident, "csr-bill").first.open
    with pytest.raises(BadInput, match="it is the law"):
        clock_acts.switch(session, "uk-gdpr-33", False)


def test_what_is_opened_again_is_as_if_it_had_not_been_closed_and_needs_a_reason(laptop: Laptop) -> None:
    incident = opened(laptop)
    decide_all(laptop, incident)
    before = lookup.one(laptop.store, "incident", incident)
    laptop.clock.move(hours=2)
    incidents.close(laptop.session, incident, "Over")
    assert clock(laptop, incident, "sla").steps[1].state is State.MET
    with pytest.raises(BadInput, match="needs a reason"):
        incidents.set_field(laptop.session, incident, "status", "open")
    incidents.reopen(laptop.session, incident, "It is back")
    after = lookup.one(laptop.store, "incident", incident)
    assert before is not None
    assert after is not None
    assert {**after, "changed_at": 0, "facts": {}} == {**before, "changed_at": 0, "facts": {}}
    assert clock(laptop, incident, "sla").steps[1].open  # nothing has been contained
    with pytest.raises(BadInput, match="is open"):
        incidents.reopen(laptop.session, incident, "Again")
    undo(laptop.session)
    assert clock(laptop, incident, "sla").steps[1].state is State.MET


def test_what_is_remembered_of_closed_incidents_is_bounded_and_holds_none_of_their_words(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = [opened(laptop, f"Zebra {number}") for number in range(4)]
    for incident in closed:
        decide_all(laptop, incident)
        incidents.close(laptop.session, incident, "Over")
    assert duties.all_open(laptop.store, now(laptop)) == []
    assert set(duties._asleep[laptop.store].incidents) == set(closed)
    assert "Zebra" not in repr(duties._asleep[laptop.store])
    incidents.reopen(laptop.session, closed[0], "It is back")
    undo(laptop.session)
    incidents.reopen(laptop.session, closed[1], "It is back")
    duties.all_open(laptop.store, now(laptop))
    assert set(duties._asleep[laptop.store].incidents) == {closed[0], closed[2], closed[3]}
    monkeypatch.setattr(duties, "MOST_ASLEEP", 2)
    clock_acts.switch(laptop.session, "csr-bill", True)  # all is looked at anew
    open_now = duties.all_open(laptop.store, now(laptop))
    assert {one.clock.subject for one in open_now} == {closed[1]}
    assert len(duties._asleep[laptop.store].incidents) == 2
    assert duties.all_open(laptop.store, now(laptop)) == open_now


def test_a_duty_that_reaches_a_closed_incident_from_another_laptop_is_listed(tmp_path: Path) -> None:
    one, other = copies(tmp_path / "two", 2)
    try:
        incident = opened(one)
        other.merge(one.export(other))
        decide_all(one, incident)
        incidents.close(one.session, incident, "Nothing came of it")
        assert duties.all_open(one.store, now(one)) == []
        clock_acts.record_aware(other.session, incident, "2026-11-22T11:00Z")
        one.merge(other.export(one))
        listed = {step.clock.policy.code for step in duties.all_open(one.store, now(one))}
        assert "dspt" in listed
        assert "sla" not in listed
    finally:
        one.close()
        other.close()


def test_an_incident_is_not_made_an_exercise_over_open_duties_without_a_reason(laptop: Laptop) -> None:
    incident = opened(laptop)
    for determination in ("exercise", "false-positive", "discarded"):
        with pytest.raises(BadInput, match="ends every clock of this incident"):
            incidents.classify(laptop.session, incident, determination=determination)
        with pytest.raises(BadInput, match="ends every clock of this incident"):
            incidents.set_field(laptop.session, incident, "determination", determination)
    incidents.classify(laptop.session, incident, determination="confirmed")
    incidents.classify(laptop.session, incident, determination="exercise", because="It was the planned drill")
    assert duties.open_duties(laptop.store, incident, now(laptop)) == []
    incidents.classify(laptop.session, incident, determination="discarded")  # nothing is open any more


def test_what_goes_on_after_closing_is_named(laptop: Laptop, tmp_path: Path) -> None:
    incident = opened(laptop)
    impact.add(laptop.session, incident, "outage", {"system": "PACS"})
    impact.add(laptop.session, incident, "divert", {"what": "Stroke"})
    affected.paste(laptop.session, incident, "pc-1\npc-2\npc-3")
    names = affected.named(laptop.store, incident, ["pc-3"])
    affected.set_many(laptop.session, names, {"state": "verified clean"})
    affected.set_many(laptop.session, names, {"state": "back in service"})
    (tmp_path / "note.txt").write_text("x")
    file = attachments.attach(laptop.session, incident, tmp_path / "note.txt").changes.id
    attachments.hand_over(laptop.session, file, attachments.Handing("DC Amin"))
    said = open_work.unfinished(laptop.store, incident)
    ref = attachments.one(laptop.store, file).row["ref"]
    assert said == [
        "PACS is still down.", "The divert of Stroke still runs.",
        f"{ref} was handed to DC Amin, who has not confirmed it.",
        "2 affected things are not back in service: 2 suspected, not cleared; 0 out of service.",
    ]  # fmt: skip


def test_closing_with_an_open_clock_is_refused_and_names_it(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    with pytest.raises(
        BadInput, match=r"A clock is open: UK GDPR Art\. 33 \(provisional, uk-gdpr-33/notify\)"
    ) as refused:
        incidents.close(session, incident, "done")
    assert refused.value.code == "open-clocks"
    with pytest.raises(BadInput, match="A clock is open"):
        incidents.set_field(session, incident, "status", "closed")
    with pytest.raises(BadInput, match="is not open on this incident"):
        incidents.close(session, incident, "done", staying_open=["nis-11/notify"])
    incidents.close(session, incident, "done", staying_open=["uk-gdpr-33/notify"])
    assert [one.state.policy for one in duties.all_open(laptop.store, now(laptop))] == ["uk-gdpr-33"]
    assert clock(laptop, incident).left_open == {"uk-gdpr-33/notify"}
    other = opened(laptop, "Another")
    decide_all(laptop, other)
    incidents.close(session, other, "nothing")
    assert {one.clock.subject for one in duties.all_open(laptop.store, now(laptop))} == {incident}
