"""What clocks hang on: advisories, undo and rebuild, other laptops, a trust's own file, and the report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies, table
from tests.unit.services.clock_support import T0, clock, decide_all, facts, now, opened
from triage_app.domain.clocks import HOUR_MS, State
from triage_app.domain.tlp import GREEN
from triage_app.errors import NotFound, TriageError
from triage_app.paths import resources
from triage_app.services import (
    clock_acts,
    clock_policies,
    clock_report,
    clock_words,
    clocks,
    duties,
    import_alerts,
    incidents,
    keeping,
    taking_back,
)
from triage_app.services.recording import record
from triage_app.services.undo import undo
from triage_app.store import journal
from triage_app.store.journal import Change


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (found,) = copies(tmp_path)
    yield found
    found.close()


def test_importing_starts_nothing(laptop: Laptop) -> None:
    table(laptop, [("r1", "alert")])
    assert duties.all_open(laptop.store, now(laptop)) == []


@pytest.mark.parametrize("word", ["discarded", "False positive", "exercise"])
def test_a_discarded_incident_has_no_clock(laptop: Laptop, word: str) -> None:
    incident = opened(laptop)
    incidents.set_field(laptop.session, incident, "determination", word, "Not ours")
    assert duties.all_open(laptop.store, now(laptop)) == []
    incidents.close(laptop.session, incident, "nothing")


def test_an_exercise_store_has_no_clock(laptop: Laptop) -> None:
    opened(laptop)
    with laptop.store.write():
        laptop.store.set_meta("exercise", True)
    assert duties.all_open(laptop.store, now(laptop)) == []


def advisories(laptop: Laptop, issued: int, severity: str = "High", due: int | None = None) -> list[clocks.OpenStep]:
    """Import one NHS cyber alert and return what it leaves open."""
    alert = {"threatId": "CC-4404", "title": "Patch it", "publishedDate": issued, "severity": severity, "summary": "s",
             "basePath": "https://digital.nhs.uk/cyber-alerts/2026/cc-4404"}  # fmt: skip
    if due is not None:
        alert["cyberAcknowledgements"] = [{"linkAddress": "x", "responseDatetime": due}]
    path = laptop.folder / "alert.json"
    path.write_text(json.dumps(alert), encoding="utf-8")
    import_alerts.import_file(laptop.session, path)
    return duties.all_open(laptop.store, now(laptop))


def test_an_alert_of_high_severity_asks_for_its_acknowledgement_from_its_issue(laptop: Laptop) -> None:
    found = advisories(laptop, T0 - 24 * HOUR_MS)
    assert [(one.state.step, one.state.due_at) for one in found] == [
        ("acknowledge", T0 + 24 * HOUR_MS), ("remediate", T0 + 13 * 24 * HOUR_MS)
    ]  # fmt: skip
    key = found[0].clock.subject
    clock_acts.record_outcome(laptop.session, key, ["nhs-alert-ack"], "done", kind="advisory")
    clock_acts.pause(laptop.session, key, "nhs-alert-ack", "no patch yet", kind="advisory")
    (whole,) = clocks.of_advisory(laptop.store, key, now(laptop))
    assert [state.state for state in whole.steps] == [State.MET, State.RUNNING, State.PAUSED]
    laptop.verified()


def test_the_date_that_an_alert_names_goes_before_the_hours(laptop: Laptop) -> None:
    found = advisories(laptop, T0 - 24 * HOUR_MS, due=T0 + HOUR_MS)
    assert found[0].state.due_at == T0 + HOUR_MS


@pytest.mark.parametrize(("issued", "severity"), [(T0 - 49 * HOUR_MS, "High"), (T0 - HOUR_MS, "Medium")])
def test_an_alert_that_was_history_or_is_not_severe_starts_no_clock(laptop: Laptop, issued: int, severity: str) -> None:
    assert advisories(laptop, issued, severity) == []


def test_an_alert_taken_back_with_its_import_has_no_clock(laptop: Laptop) -> None:
    assert advisories(laptop, T0 - HOUR_MS)
    taking_back.take_back(laptop.session, [str(laptop.store.value("SELECT entity FROM import"))])
    assert duties.all_open(laptop.store, now(laptop)) == []


def test_every_act_can_be_undone_and_a_rebuild_gives_the_same(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    incidents.classify(session, incident, severity=80)
    acts: list[Callable[[], object]] = [
        lambda: clock_acts.record_aware(session, incident, "2026-11-22T11:00Z"),
        lambda: clock_acts.record_aware(session, incident, "2026-11-22T11:00Z", policy="nis-11"),
        lambda: clock_acts.set_start(session, incident, "nis-11", "2026-11-22T11:10Z", "wrong"),
        lambda: clock_acts.set_grid(session, incident, 4, 4),
        lambda: clock_acts.add_role(session, incident, "ZZ9", "processor"),
        lambda: clock_acts.pause(session, incident, "sla", "waiting"),
        lambda: clock_acts.resume(session, incident, "sla"),
        lambda: clock_acts.switch(session, "csr-bill", True),
        lambda: clock_acts.record_outcome(session, incident, ["nis-11"], "notified"),
        lambda: clock_acts.take_back_outcome(session, incident, "nis-11"),
    ]
    seen = [facts(laptop, incident)]
    for act in acts:
        act()
        seen.append(facts(laptop, incident))
        laptop.verified()
    assert all(one != other for one, other in pairwise(seen) if other is not seen[4])
    for before in reversed(seen[:-1]):
        undo(session)
        assert facts(laptop, incident) == before
    keeping.rebuild(session)
    assert facts(laptop, incident) == seen[0]
    laptop.verified()


def test_an_incident_whose_clock_was_decided_on_is_not_undone_from_under_it(laptop: Laptop) -> None:
    made = incidents.open_incident(laptop.session, "x")
    decide_all(laptop, made.id)
    with pytest.raises(NotFound, match="built on since"):
        undo(laptop.session, made.act)


def test_two_laptops_meet_in_one_clock_and_it_goes_with_its_incident(tmp_path: Path) -> None:
    one, two = copies(tmp_path, 2)
    incident = opened(one)
    clock_acts.record_aware(one.session, incident, "2026-11-22T11:00Z", policy="nis-11")
    two.merge(one.export(two))
    clock_acts.record_outcome(two.session, incident, ["nis-11"], "notified", reference="DSPT-77")
    clock_acts.switch(two.session, "csr-bill", True)
    clock_acts.set_start(one.session, incident, "nis-11", "2026-11-22T11:30Z", "log")
    one.merge(two.export(one))
    two.merge(one.export(two))
    assert one.verified(incident) == two.verified(incident)
    assert facts(one, incident) == facts(two, incident)
    found = clock(one, incident, "nis-11")
    assert (found.first.state, found.outcomes[0]["reference"]) == (State.MET, "DSPT-77")
    one.close()
    two.close()


def test_another_trusts_incident_has_that_trusts_clocks(tmp_path: Path) -> None:
    one, same, other = copies(tmp_path, 3)
    same.close()
    incident = opened(one)
    before = one.verified(incident)
    clock_acts.record_aware(one.session, incident, "2026-11-22T11:00Z", policy="nis-11")
    assert one.verified(incident) != before
    incidents.classify(one.session, incident, label="green")
    other.merge(one.export(other))
    found = clocks.of_incident(other.store, incident, now(other))
    assert {clock.organisation for clock in found} == {"ods:RXX"}
    assert clock(other, incident).nation == "England"
    assert clock(other, incident, "nis-11").start_at == T0 - HOUR_MS  # the label of the incident is the clock's
    one.close()
    other.close()


def test_names_that_no_clock_has_come_by_bundle_and_make_no_row(laptop: Laptop) -> None:
    incident = opened(laptop)
    names = ["", "x", f"nis-11/incident/{incident}", f"nis-11/incident/{incident}/ods:RXX/operator/../x", "a/b/c/d/e"]
    with laptop.store.write():
        record(
            laptop.session, "odd",
            [Change(kind, name or "y", field, value, GREEN)
             for name in names
             for kind, field, value in (("clock", "start", {"at": "noon"}), ("clock_step", "outcome", 7),
                                        ("pause", "_created", [1]), ("clock_switch", "on", "yes"))],
        )  # fmt: skip
    assert laptop.store.rows("SELECT * FROM clock") == []
    clocks.of_incident(laptop.store, incident, now(laptop))
    duties.all_open(laptop.store, now(laptop))
    laptop.verified()


def test_values_that_are_none_start_and_stop_nothing(laptop: Laptop) -> None:
    incident = opened(laptop)
    name = f"nis-11/incident/{incident}/ods:RXX/operator"
    with laptop.store.write():
        record(
            laptop.session, "odd",
            [Change("clock", name, "start", {"at": 10**18}, GREEN), Change("clock", name, "grid", [1, 2], GREEN),
             Change("clock_step", f"{name}/notify", "outcome", {"outcome": "notified", "at": True}, GREEN),
             Change("incident", incident, "aware", {"at": "x"}, GREEN),
             Change("incident", incident, "left_open", 3, GREEN),
             Change("pause", "p" * 32, "_created", {"clock": name}, GREEN)],
        )  # fmt: skip
    assert clock(laptop, incident, "nis-11").first.state is State.NOT_STARTED
    assert clock(laptop, incident).provisional
    laptop.verified()


def test_a_report_says_what_was_met_late_missed_and_never_decided(laptop: Laptop) -> None:
    session = laptop.session
    met, late, missed, undecided = (opened(laptop, name) for name in ("a", "b", "c", "d"))
    for incident in (met, late, missed):
        clock_acts.record_aware(session, incident, "2026-11-22T11:00Z")
        incidents.set_field(session, incident, "determination", "confirmed")
    clock_acts.record_outcome(session, met, ["uk-gdpr-33"], "notified")
    laptop.clock.move(hours=80)
    clock_acts.record_outcome(session, late, ["uk-gdpr-33"], "late", because="systems down")
    rows = clock_report.met_and_missed(laptop.store, T0, T0 + 100 * HOUR_MS, now(laptop))
    found = {row.subject: row for row in rows if row.policy == "uk-gdpr-33"}
    assert [found[one].result for one in (met, late, missed, undecided)] == ["met", "late", "missed", "undecided"]
    assert found[late].detail["because"] == "systems down"
    assert found[late].late_minutes == 9 * 60
    assert clock_report.totals(rows)["missed"] >= 1
    assert [
        row for row in clock_report.met_and_missed(laptop.store, T0, T0 + HOUR_MS, now(laptop)) if row.kind != "local"
    ] == []


def test_what_was_contained_before_the_first_look_counts_apart_from_what_met_its_target(laptop: Laptop) -> None:
    before, met, same_day = (opened(laptop, name) for name in ("a", "b", "c"))
    laptop.clock.move(hours=2)
    incidents.set_times(laptop.session, before, {"contained": "2026-11-22T09:00Z"})
    incidents.set_times(laptop.session, met, {"contained": "2026-11-22T12:30Z"})
    incidents.set_times(laptop.session, same_day, {"contained": "2026-11-22"})
    for incident in (before, met, same_day):
        incidents.classify(laptop.session, incident, severity=95)
    rows = clock_report.met_and_missed(laptop.store, T0, T0 + 100 * HOUR_MS, now(laptop))
    found = {row.subject: row for row in rows if (row.policy, row.step) == ("sla", "contain")}
    assert [found[one].result for one in (before, met, same_day)] == ["done before the clock started", "met", "met"]
    assert found[before].late_minutes is None
    totals = clock_report.totals(list(found.values()))
    assert (totals["met"], totals["done before the clock started"]) == (2, 1)
    contain = clock(laptop, before, "sla").steps[1]
    assert clock_words.left(contain) == "done before the clock started"


def own_file(laptop: Laptop, text: str) -> None:
    folder = laptop.store.path.parent / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "clocks.json").write_text(text, encoding="utf-8")


def test_a_trusts_own_file_wins_without_a_release(laptop: Laptop) -> None:
    incident = opened(laptop)
    text = (resources() / "policies" / "clocks.json").read_text("utf-8")
    own_file(laptop, text.replace('"critical": 1,', '"critical": 2,'))
    incidents.classify(laptop.session, incident, severity=95)
    assert clock_policies.load(laptop.store.path.parent).own
    respond = clock(laptop, incident, "sla").steps[0]
    assert respond.due_at is not None
    assert respond.start_at is not None
    assert respond.due_at - respond.start_at == 2 * HOUR_MS


@pytest.mark.parametrize("text", ["{", '{"a":1,"a":2}', "[" * 5000, "{}", "\ufeff[]", "x" * 2_000_000, '{"name": NaN}'])
def test_a_faulty_file_is_refused_whole_and_what_ships_stands_in_and_says_so(laptop: Laptop, text: str) -> None:
    own_file(laptop, text)
    loaded = clock_policies.load(laptop.store.path.parent)
    assert loaded.policies is clock_policies.shipped()
    assert "those that ship hold" in loaded.said
    assert clocks.of_incident(laptop.store, opened(laptop), now(laptop))


def test_a_folder_in_the_place_of_the_file_is_refused(laptop: Laptop) -> None:
    (laptop.store.path.parent / "policies" / "clocks.json").mkdir(parents=True)
    assert clock_policies.load(laptop.store.path.parent).said
    shutil.rmtree(laptop.store.path.parent / "policies")
    assert not clock_policies.load(laptop.store.path.parent).said


def test_what_is_not_there_is_refused_with_a_sentence(laptop: Laptop) -> None:
    incident = opened(laptop)
    session = laptop.session
    acts: tuple[Callable[[], object], ...] = (
        lambda: clock_acts.record_aware(session, incident, policy="gdpr"),
        lambda: clock_acts.record_outcome(session, incident, ["nis-11"], "perhaps"),
        lambda: clock_acts.record_outcome(session, incident, ["nis-11"], "notified", step="third"),
        lambda: clock_acts.record_outcome(session, incident, ["csr-bill"], "not-notifiable", by="x", because="y"),
        lambda: clock_acts.record_aware(session, incident, policy="sla"),
        lambda: clock_acts.record_aware(session, incident, organisation="ZZ9"),
        lambda: clock_acts.record_aware(session, "f" * 32, policy="nis-11"),
        lambda: clock_acts.set_grid(session, incident, 3, 3, policy="nis-11"),
        lambda: clock_acts.take_back_outcome(session, incident, "nis-11"),
        lambda: clock_acts.switch(session, "none", True),
    )
    for act in acts:
        with pytest.raises(TriageError) as refused:
            act()
        assert refused.value.what.endswith((".", "”.", "!"))
        assert refused.value.do
    assert journal.heads(laptop.store, "clock_step", incident, "outcome") == []


def _changed(text: str, change: Callable[[dict[str, Any]], None], code: str = "uk-gdpr-33") -> str:
    data = json.loads(text)
    if code:
        change(next(policy for policy in data["policies"] if policy["code"] == code))
    else:
        change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda policy: policy.update(on=False), "UK GDPR Art. 33 is off in it."),
        (lambda policy: policy.update(kind="local", pauses=True), "is local in it and can pause."),
        (lambda policy: policy["in_force"].update(to="2019-01-01"), "ends in it at a date of its own."),
        (lambda policy: policy["steps"][0].update(hours=None), "gives in it more time for"),
        (lambda policy: policy["steps"][0].update(hours=720), "gives in it more time for"),
        (lambda policy: policy.update(roles=["processor"]), "does not bind in it"),
        (lambda policy: policy.update(nations=["Wales"]), "does not hold in it for England"),
        (lambda policy: policy.update(provisional="never"), "is not provisional in it as it ships."),
    ],
)
def test_an_own_file_that_asks_less_than_the_law_says_so(
    laptop: Laptop, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    text = (resources() / "policies" / "clocks.json").read_text("utf-8")
    own_file(laptop, _changed(text, change))
    loaded = clock_policies.load(laptop.store.path.parent)
    assert loaded.own, loaded.said
    assert said in loaded.said
    own_file(laptop, text)
    assert clock_policies.load(laptop.store.path.parent).said == ""


def test_an_own_file_without_a_statutory_duty_says_so(laptop: Laptop) -> None:
    text = (resources() / "policies" / "clocks.json").read_text("utf-8")

    def without(data: dict[str, Any]) -> None:
        data["policies"] = [policy for policy in data["policies"] if policy["code"] != "uk-gdpr-33"]

    own_file(laptop, _changed(text, without, ""))
    assert "UK GDPR Art. 33 is not in it." in clock_policies.load(laptop.store.path.parent).said
