"""Clocks as laws: they only move forward, pauses only lengthen, and an hour is an hour in every weekend."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app import paths
from triage_app.domain.clock_grid import propose
from triage_app.domain.clock_policies import BANDS, read
from triage_app.domain.clocks import (
    HOUR_MS,
    OUTCOMES,
    PRESSURE,
    ClockState,
    Facts,
    Outcome,
    Pause,
    Policy,
    State,
    next_due,
    sleeps,
    states,
    suspects,
)

POLICIES = read(json.loads((paths.resources() / "policies" / "clocks.json").read_text("utf-8")))
LONDON = ZoneInfo("Europe/London")
T0 = 1_795_000_000_000
DAY = 24 * HOUR_MS


def policy(code: str) -> Policy:
    found = POLICIES.policy(code)
    assert found is not None
    return found


def only(code: str, facts: Facts, now: int) -> ClockState:
    return states(policy(code), facts, now)[0]


moments = st.integers(T0 - 40 * DAY, T0 + 40 * DAY)
maybe = st.none() | moments
pauses = st.lists(st.builds(Pause, moments, maybe), max_size=4).map(tuple)


@st.composite
def outcomes(draw: st.DrawFn, of: Policy) -> tuple[Outcome, ...]:
    steps = [step.code for step in of.steps]
    made = st.builds(Outcome, st.sampled_from(steps), st.sampled_from(OUTCOMES), moments)
    return tuple(draw(st.lists(made, max_size=3)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Policy, Facts]:
    of = draw(st.sampled_from(POLICIES.policies))
    facts = Facts(
        own=draw(st.booleans()), first_look=draw(maybe), aware=draw(maybe), own_start=draw(maybe), issued=draw(maybe),
        due_said=draw(maybe), band=draw(st.sampled_from(BANDS)),
        nation=draw(st.sampled_from(["", "England", "Scotland", "Wales", "Northern Ireland"])),
        suspected=draw(st.booleans()), switched=draw(st.none() | st.booleans()), silent=draw(st.booleans()),
        times=draw(st.dictionaries(st.sampled_from(["contained", "recovered", "closed"]), moments, max_size=2)),
        ends=draw(st.dictionaries(st.sampled_from(["contained", "recovered", "closed"]), moments, max_size=1)),
        outcomes=draw(outcomes(of)), pauses=draw(pauses),
    )  # fmt: skip
    return of, facts


@given(cases(), moments, st.integers(0, 60 * DAY))
def test_time_left_never_grows_and_pressure_only_rises(case: tuple[Policy, Facts], now: int, later: int) -> None:
    for before, after in zip(states(*case, now), states(*case, now + later), strict=True):
        if before.left_ms is not None and after.left_ms is not None:
            assert after.left_ms <= before.left_ms
        assert PRESSURE.index(after.pressure) >= PRESSURE.index(before.pressure)
        if before.state in (
            State.MET, State.MET_LATE, State.DONE_BEFORE, State.NOT_NOTIFIABLE, State.NOT_DUE_HERE, State.MISSED,
        ):  # fmt: skip
            assert after.state is before.state


@given(cases(), moments)
def test_a_clock_that_sleeps_has_no_open_step(case: tuple[Policy, Facts], now: int) -> None:
    assert not (sleeps(*case) and any(step.open for step in states(*case, now)))


@given(cases(), moments)
def test_nothing_is_due_before_it_began(case: tuple[Policy, Facts], now: int) -> None:
    for step in states(*case, now):
        if step.due_at is not None and case[1].due_said is None:
            assert step.start_at is not None
            assert step.due_at >= step.start_at


@given(cases(), st.builds(Pause, moments, maybe), moments)
def test_a_further_pause_only_lengthens(case: tuple[Policy, Facts], more: Pause, now: int) -> None:
    of, facts = case
    longer = replace(facts, pauses=(*facts.pauses, more))
    for before, after in zip(states(of, facts, now), states(of, longer, now), strict=True):
        if before.left_ms is not None and after.left_ms is not None and before.open:
            assert after.left_ms >= before.left_ms
        if before.due_at is not None:
            assert after.due_at is None or after.due_at >= before.due_at
        step = of.step(before.step)
        assert step is not None
        if not of.may_pause(step):
            assert (after.state, after.due_at, after.left_ms) == (before.state, before.due_at, before.left_ms)


@given(st.data(), cases(), moments)
def test_the_order_in_which_facts_came_changes_nothing(
    data: st.DataObject, case: tuple[Policy, Facts], now: int
) -> None:
    of, facts = case
    other = replace(
        facts,
        outcomes=tuple(data.draw(st.permutations(facts.outcomes))),
        pauses=tuple(data.draw(st.permutations(facts.pauses))),
        times=dict(data.draw(st.permutations(list(facts.times.items())))),
    )
    assert states(of, other, now) == states(of, facts, now)


@given(st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-01-01")), st.integers(0, 1))
def test_seventy_two_hours_are_seventy_two_hours_in_every_weekend(local: datetime, fold: int) -> None:
    aware = round(local.replace(tzinfo=LONDON, fold=fold).timestamp() * 1000)
    assert only("uk-gdpr-33", Facts(aware=aware), aware).due_at == aware + 72 * HOUR_MS


@pytest.mark.parametrize("day", ["2026-03-27", "2026-10-23"])
def test_a_clock_over_the_clock_change_is_due_an_hour_off_on_the_wall(day: str) -> None:
    friday = datetime.fromisoformat(f"{day}T18:00")
    aware = friday.replace(tzinfo=LONDON)
    due = only("uk-gdpr-33", Facts(aware=round(aware.timestamp() * 1000)), T0).due_at
    assert due is not None
    wall = datetime.fromtimestamp(due / 1000, LONDON)
    assert wall.replace(tzinfo=None) - friday != timedelta(hours=72)
    assert due / 1000 - aware.timestamp() == 72 * 3600


def test_a_clock_is_provisional_from_the_first_look_until_somebody_is_aware() -> None:
    looked = Facts(first_look=T0)
    assert only("uk-gdpr-33", Facts(), T0).state is State.NOT_STARTED
    found = only("uk-gdpr-33", looked, T0 + HOUR_MS)
    assert (found.state, found.left_ms, found.started_by) == (State.PROVISIONAL, 71 * HOUR_MS, "first look")
    found = only("uk-gdpr-33", replace(looked, aware=T0 - 5 * HOUR_MS), T0)
    assert (found.state, found.left_ms, found.started_by) == (State.RUNNING, 67 * HOUR_MS, "aware")


def test_a_provisional_clock_that_ran_out_still_says_so() -> None:
    found = only("uk-gdpr-33", Facts(first_look=T0), T0 + 73 * HOUR_MS)
    assert (found.state, found.pressure, found.open) == (State.PROVISIONAL, State.MISSED, True)


@pytest.mark.parametrize(
    ("used", "state"),
    [(53.9, State.RUNNING), (54, State.AMBER), (68.3, State.AMBER), (68.4, State.RED), (72, State.RED),
     (72.001, State.MISSED)],
)  # fmt: skip
def test_a_clock_turns_amber_under_a_quarter_and_red_under_a_twentieth(used: float, state: State) -> None:
    assert only("uk-gdpr-33", Facts(aware=T0), T0 + round(used * HOUR_MS)).state is state


def test_a_suppliers_knowledge_starts_the_suppliers_duty_and_the_trusts_own_nothing_of_it() -> None:
    supplier = Facts(own=False, first_look=T0, aware=T0)
    assert only("uk-gdpr-33", supplier, T0 + HOUR_MS).state is State.NOT_STARTED
    assert only("uk-gdpr-33-2", replace(supplier, own_start=T0), T0 + 99 * DAY).state is State.RUNNING
    assert only("uk-gdpr-33", Facts(own_start=T0), T0 + HOUR_MS).state is State.NOT_STARTED


def test_nis_waits_for_an_awareness_of_its_own() -> None:
    assert only("nis-11", Facts(first_look=T0, aware=T0), T0).state is State.NOT_STARTED
    assert only("nis-11", Facts(first_look=T0, aware=T0, suspected=True), T0).state is State.PROVISIONAL
    assert only("nis-11", Facts(aware=T0, own_start=T0 + HOUR_MS), T0 + 2 * HOUR_MS).start_at == T0 + HOUR_MS


def test_a_bill_runs_once_it_is_switched_on_and_in_force() -> None:
    facts = Facts(own_start=T0)
    assert [step.why for step in states(policy("csr-bill"), facts, T0)] == ["off", "off"]
    first, full = states(policy("csr-bill"), replace(facts, switched=True), T0 + HOUR_MS)
    assert (first.left_ms, full.left_ms) == (23 * HOUR_MS, 71 * HOUR_MS)
    dated = replace(policy("csr-bill"), in_force_from=T0 + 1)
    assert states(dated, replace(facts, switched=True), T0)[0].why == "not in force"


def test_a_duty_that_may_not_be_switched_stays() -> None:
    assert only("uk-gdpr-33", Facts(aware=T0, switched=False), T0).state is State.RUNNING


def test_duties_come_from_the_nation_and_one_that_is_not_known_has_them_all() -> None:
    assert only("dspt", Facts(aware=T0, nation="Scotland"), T0).why == "nation"
    assert only("dspt", Facts(aware=T0), T0).state is State.RUNNING
    nis = policy("nis-11")
    assert "Scottish Health" in nis.told(nis.steps[0], "Scotland")
    assert "not known here" in nis.told(nis.steps[0], "")


def test_an_alert_is_acknowledged_then_updated_three_days_after_and_remediated_in_fourteen() -> None:
    facts = Facts(issued=T0)
    ack, update, remedy = states(policy("nhs-alert-ack"), facts, T0)
    assert (ack.due_at, update.state, remedy.due_at) == (T0 + 2 * DAY, State.NOT_STARTED, T0 + 14 * DAY)
    facts = replace(facts, outcomes=(Outcome("acknowledge", "done", T0 + DAY),))
    ack, update, _ = states(policy("nhs-alert-ack"), facts, T0 + DAY)
    assert (ack.state, update.due_at) == (State.MET, T0 + 4 * DAY)
    said = only("nhs-alert-ack", Facts(issued=T0, due_said=T0 + DAY), T0)
    assert said.due_at == T0 + DAY


def test_only_the_local_step_of_a_national_policy_stands_still() -> None:
    facts = Facts(issued=T0, pauses=(Pause(T0 + DAY, T0 + 2 * DAY),))
    ack, _, remedy = states(policy("nhs-alert-ack"), facts, T0 + DAY)
    assert (ack.due_at, remedy.due_at) == (T0 + 2 * DAY, T0 + 15 * DAY)
    assert (ack.state, remedy.state) == (State.RUNNING, State.PAUSED)


def test_pauses_of_two_laptops_over_the_same_hours_count_once() -> None:
    pauses_ = (Pause(T0, T0 + 2 * HOUR_MS), Pause(T0 + HOUR_MS, T0 + 3 * HOUR_MS))
    contain = states(policy("sla"), Facts(first_look=T0, band="high", pauses=pauses_), T0)[1]
    assert contain.due_at == T0 + 15 * HOUR_MS
    contain = states(policy("sla"), Facts(first_look=T0, band="high", pauses=pauses_), T0 + 5 * HOUR_MS)[1]
    assert (contain.left_ms, contain.paused_ms) == (10 * HOUR_MS, 3 * HOUR_MS)


def test_local_targets_end_by_the_times_of_the_incident() -> None:
    facts = Facts(first_look=T0, band="critical", times={"contained": T0 + 3 * HOUR_MS})
    respond, contain = states(policy("sla"), facts, T0 + DAY)
    assert (respond.state, contain.state, contain.stops) == (State.MET_LATE, State.MET, "contained")


def test_a_local_step_done_before_its_clock_started_neither_meets_nor_misses() -> None:
    facts = Facts(first_look=T0, band="critical", times={"contained": T0 - HOUR_MS, "recovered": T0 + 90 * HOUR_MS})
    respond, contain = states(policy("sla"), facts, T0 + DAY)
    assert (respond.state, contain.state, contain.stops) == (State.DONE_BEFORE, State.DONE_BEFORE, "contained")
    assert (contain.open, contain.used, contain.left_ms) == (False, None, None)
    done = Outcome("contain", "done", T0 - DAY)
    contain = states(policy("sla"), Facts(first_look=T0, band="critical", outcomes=(done,)), T0 + DAY)[1]
    assert contain.state is State.DONE_BEFORE


def test_a_time_that_may_lie_after_the_start_is_not_before_it() -> None:
    known = {"times": {"contained": T0 - 10 * HOUR_MS}, "ends": {"contained": T0 + HOUR_MS}}
    day = Facts(first_look=T0, band="critical", times=known["times"], ends=known["ends"])
    assert states(policy("sla"), day, T0 + DAY)[1].state is State.MET
    minute = Outcome("contain", "done", T0 - 20_000)  # the minute in which the clock started
    assert states(policy("sla"), Facts(first_look=T0, band="critical", outcomes=(minute,)), T0)[1].state is State.MET


def test_a_duty_of_the_law_is_met_by_what_was_done_before_a_start_that_was_corrected_since() -> None:
    done = Outcome("notify", "notified", T0 - HOUR_MS)
    assert only("uk-gdpr-33", Facts(aware=T0, outcomes=(done,)), T0 + DAY).state is State.MET


def test_what_was_done_is_met_or_met_late_by_its_time_and_a_corrected_start_counts_anew() -> None:
    done = Outcome("notify", "notified", T0 + 73 * HOUR_MS)
    assert only("uk-gdpr-33", Facts(aware=T0, outcomes=(done,)), T0 + 99 * DAY).state is State.MET_LATE
    assert only("uk-gdpr-33", Facts(aware=T0 + HOUR_MS, outcomes=(done,)), T0 + 99 * DAY).state is State.MET


def test_decided_not_notifiable_ends_a_clock_that_never_started() -> None:
    decided = Outcome("notify", "not-notifiable", T0, by="Dr Rao", because="no personal data")
    found = only("uk-gdpr-33", Facts(first_look=T0, outcomes=(decided,)), T0 + 99 * DAY)
    assert (found.state, found.open) == (State.NOT_NOTIFIABLE, False)


def test_an_exercise_has_no_clock() -> None:
    assert {step.state for step in states(policy("uk-gdpr-33"), Facts(aware=T0, silent=True), T0)} == {
        State.NOT_DUE_HERE
    }


def test_next_due_is_the_nearest_that_is_open() -> None:
    found = next_due(states(policy("csr-bill"), Facts(own_start=T0, switched=True), T0 + 25 * HOUR_MS))
    assert found is not None
    assert (found.step, found.state) == ("first", State.MISSED)


def test_a_classification_suggests_a_duty() -> None:
    rule = policy("nis-11").suspected_by
    assert suspects(rule, ["availability/ddos"], None)
    assert suspects(rule, [], 2)
    assert not suspects(rule, ["fraud/phishing"], 5)


@given(st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_a_grid_proposes_and_never_says_that_nothing_is_to_be_reported(one: int, two: int, vulnerable: bool) -> None:
    grid = policy("dspt").grid
    assert grid is not None
    found = propose(grid, one, two, vulnerable=vulnerable)
    likelihood, severity = (max(one, 2), max(two, 2)) if vulnerable else (one, two)
    assert found.score == likelihood * severity
    assert ("the ICO" in found.to) == (likelihood >= 3 and severity >= 2)
    assert ("DHSC" in found.to) == (likelihood >= 4 and severity >= 4)
    assert found.words.startswith("Propose to report to " if found.to else "No proposal: record why")
    assert "not report" not in found.words


def test_a_place_off_the_grid_is_refused() -> None:
    grid = policy("dspt").grid
    assert grid is not None
    with pytest.raises(ValueError, match="on the grid"):
        propose(grid, 6, 1)
