"""Merging and splitting incidents: nothing is lost, no clock moves, and one undo takes each back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.stores import NOON, Laptop, copies, table
from triage_app.errors import BadInput, NotFound
from triage_app.services import (
    affected,
    calls,
    clocks,
    events,
    figures,
    impact,
    incidents,
    reporting_windows,
    splitting,
    tasks,
    tips,
    triage,
    victims,
)
from triage_app.services.changes import milliseconds
from triage_app.services.presenting import incident_whole
from triage_app.services.splitting import Parts
from triage_app.services.undo import redo, undo
from triage_app.store import impact as store_impact
from triage_app.store import labels, lookup, same
from triage_app.store.state import projection_differences


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (one,) = copies(tmp_path)
    yield one
    one.close()


def full(laptop: Laptop, alerts: int = 3) -> str:
    """Return an incident with alerts, victims with support, things, log lines and a report."""
    session = laptop.session
    table(laptop, [(f"R{place}", f"Beacon {place}") for place in range(alerts)])
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]
    triage.take_in_hand(session, keys)
    laptop.clock.move(hours=3)
    incident = triage.promote(session, keys, "Everything at once").id
    for code in ("RXX", "RYY"):
        victim = victims.add_victim(session, incident, organisation=code, contact="Dr Amin").id
        victims.add_action(session, victim, "VS01", status="successful", outcome="Spoke")
    affected.paste(session, incident, "pc-1\npc-2\npc-3")
    things = affected.named(laptop.store, incident, ["pc-1", "pc-2"])
    affected.set_many(
        session, things, {"owner": "Sam Okafor", "ward": "7", "state": "isolated"}, "Nobody could be asked"
    )
    incidents.note(session, incident, "Imaging is down")
    tips.link(session, [tips.receive(session, "Screens locked", reporter="Jo Pryce").id], incident)
    incidents.set_times(session, incident, {"aware": "2026-11-22 12:00"})
    tasks.start_playbook(session, incident, "lost-device")
    ours = tasks.add_task(session, incident, "Fetch the spare laptops", owner="Sam Okafor", due="+2h").id
    tasks.settle(session, [ours], "done", by="Jo Pryce")
    tasks.settle(session, [tasks.listing(laptop.store, incident)[0]["id"]], "done")
    events.add_event(session, incident, "The porter saw the screens go red", "2026-11-22 04:10", source="Porter")
    impact.add(session, incident, "outage", {"system": "PACS", "from": "2026-11-22 04:15", "comment": "Dr Amin says"})
    impact.add(session, incident, "harm", {"level": "low", "reported_by": "Dr Amin", "at": "2026-11-22 05:00"})
    calls.log(session, "no answer", callee="Alex Reed", role="SIRO", about_kind="incident", about=incident)
    return incident


def running(laptop: Laptop, incident: str) -> dict[str, Any]:
    """Return the tasks, events, statements of impact and calls of an incident, without their own ids and moments."""
    out = ("id", "incident", "created_at", "changed_at", "status_at", "facts", "about", "of", "at",
           "done_at", "done_by")  # fmt: skip
    return {
        name: [{key: value for key, value in row.items() if key not in out and "incident" not in key} for row in rows]
        for name, rows in (
            ("tasks", tasks.listing(laptop.store, incident)),
            ("events", events.listing(laptop.store, incident)),
            ("impact", store_impact.rows(laptop.store, incident)),
            ("calls", calls.listing(laptop.store, incident)),
        )
    }


def seen(laptop: Laptop, incident: str) -> dict[str, Any]:
    """Return what is to be seen of an incident, without when it was last changed."""
    found = incident_whole(laptop.store, incident)
    if found is None:
        return {}
    things = [{**row, "changed_at": 0, "id": "", "incident": ""} for row in affected.listing(laptop.store, incident)]
    for row in found["tips"]:
        row["changed_at"] = 0
    return {**found, "changed_at": 0, "things": things, "running": running(laptop, incident)}


LOOKED = milliseconds(NOON + timedelta(hours=9))


def faces(laptop: Laptop, incident: str) -> dict[str, Any]:
    """Return when every step of every clock of an incident began and falls due, as of one and the same moment."""
    return {
        f"{clock.policy.code}/{step.step}": (step.state, step.start_at, step.due_at, step.started_by)
        for clock in clocks.of_incident(laptop.store, incident, LOOKED)
        for step in clock.steps
    }


def everything(laptop: Laptop) -> dict[str, Any]:
    """Return what is to be seen of the whole store."""
    rows = laptop.store.rows("SELECT id FROM incident WHERE deleted = 0 ORDER BY id")
    return {incident: seen(laptop, incident) for (incident,) in rows}


def test_everything_chosen_goes_to_the_new_incident_and_the_rest_stays(laptop: Laptop) -> None:
    incident = full(laptop)
    held = splitting.parts_of(laptop.store, incident)
    going = Parts(held.alerts[:1], held.victims[:1], held.affected[:1], held.notes[:1], held.tips)
    before = seen(laptop, incident)
    done = splitting.split(laptop.session, incident, going, "The other matter")
    old, new = seen(laptop, incident), seen(laptop, done.id)
    assert (len(old["alerts"]), len(new["alerts"])) == (2, 1)
    assert [row["id"] for row in new["victims"]] == list(going.victims)
    assert new["victims"][0]["actions"] == next(
        row["actions"] for row in before["victims"] if row["id"] == going.victims[0]
    ) or [row["incident_ref"] for row in new["victims"][0]["actions"]] == [done.ref]
    assert [row["name"] for row in new["things"]] == ["pc-1"]
    assert (new["things"][0]["owner"], new["things"][0]["because"]) == ("Sam Okafor", "Nobody could be asked")
    assert sorted(row["name"] for row in old["things"]) == ["pc-2", "pc-3"]
    assert [row["text"] for row in old["tips"]] == []
    assert [row["text"] for row in new["tips"]] == ["Screens locked"]
    said = [row["text"] for row in old["notes"]]
    assert any(
        words.startswith("Split 1 alert, 1 victim, 1 affected thing, 1 log line, 1 report off to") for words in said
    )
    assert any(row["text"].startswith(f"Split from {old['ref']}") for row in new["notes"])
    assert "Imaging is down" in [row["text"] for row in new["notes"]]
    assert projection_differences(laptop.store) == []
    laptop.verified(done.id)


def test_tasks_events_impact_and_calls_go_word_for_word(laptop: Laptop) -> None:
    incident = full(laptop)
    before = running(laptop, incident)
    assert all(before.values())
    settled = [(tasks.settled_at(row), tasks.settled_by(row)) for row in tasks.listing(laptop.store, incident)]
    laptop.clock.move(hours=4)
    held = splitting.parts_of(laptop.store, incident)
    going = Parts(tasks=held.tasks, events=held.events, impact=held.impact, calls=held.calls)
    new = splitting.split(laptop.session, incident, going, "The other matter").id
    assert running(laptop, new) == before
    assert not any(running(laptop, incident).values())
    assert tasks.counts(tasks.listing(laptop.store, new), 0).done == 2
    assert [(tasks.settled_at(row), tasks.settled_by(row)) for row in tasks.listing(laptop.store, new)] == settled
    assert labels.effective(laptop.store, "harm", next(iter(_ids(laptop, new, "harm")))) == "TLP:AMBER+STRICT"
    laptop.verified(incident)
    laptop.verified(new)


def _ids(laptop: Laptop, incident: str, kind: str) -> list[str]:
    return [
        row[0] for row in laptop.store.rows("SELECT id FROM impact WHERE incident = ? AND kind = ?", (incident, kind))
    ]


def test_one_undo_takes_a_split_back_whole_and_redo_does_it_again(laptop: Laptop) -> None:
    incident = full(laptop)
    before = everything(laptop)
    done = splitting.split(laptop.session, incident, splitting.parts_of(laptop.store, incident), "All of it")
    after = everything(laptop)
    assert undo(laptop.session).left == []
    assert everything(laptop) == before
    redo(laptop.session)
    assert everything(laptop) == after
    assert lookup.one(laptop.store, "incident", done.id) is not None
    assert projection_differences(laptop.store) == []


def test_neither_merging_nor_splitting_moves_a_clock(laptop: Laptop) -> None:
    incident = full(laptop)
    other = incidents.open_incident(laptop.session, "Another").id
    clocks_before = [faces(laptop, name) for name in (incident, other)]
    incidents.merge(laptop.session, incident, other)
    assert [faces(laptop, name) for name in (incident, other)] == clocks_before
    held = splitting.parts_of(laptop.store, incident)
    new = splitting.split(laptop.session, incident, Parts(alerts=held.alerts), "All alerts").id
    assert faces(laptop, incident) == clocks_before[0]
    started = {name: face[1] for name, face in faces(laptop, new).items() if face[3] == "aware"}
    assert started
    assert started == {name: face[1] for name, face in faces(laptop, incident).items() if face[3] == "aware"}
    for one in (incident, new):
        incidents.set_times(laptop.session, one, {"aware": ""})
    ours, theirs = faces(laptop, new), faces(laptop, incident)
    provisional = {name for name, face in ours.items() if face[3] == "first look"}
    assert len(provisional) > 1  # the new one's duties run from the first look at the old one, and never later
    assert {name: ours[name] for name in provisional} == {name: theirs[name] for name in provisional}
    first_look = min(ours[name][1] for name in provisional)
    assert first_look < milliseconds(NOON + timedelta(hours=1))  # the alerts were taken in hand before it was opened


def test_an_incident_split_off_later_without_alerts_gets_no_more_time_than_the_old_one_has(laptop: Laptop) -> None:
    incident = full(laptop)
    laptop.clock.move(hours=5)
    held = splitting.parts_of(laptop.store, incident)
    new = splitting.split(laptop.session, incident, Parts(victims=held.victims), "The other").id
    incidents.set_times(laptop.session, incident, {"aware": ""})
    assert faces(laptop, new)["sla/contain"] == faces(laptop, incident)["sla/contain"]


def test_merged_incidents_are_named_on_each_and_counted_once(laptop: Laptop) -> None:
    one, two, three = (incidents.open_incident(laptop.session, title, reported="2026-11-20 10:00").id
                       for title in ("One", "Two", "Three"))  # fmt: skip
    incidents.merge(laptop.session, one, two)
    incidents.merge(laptop.session, two, three)
    window = reporting_windows.read(laptop.store, laptop.clock(), "month-2026-11")
    assert [(row["title"], row["direct"]) for row in same.linked_with(laptop.store, one)] == [
        ("Two", True), ("Three", False),
    ]  # fmt: skip
    assert figures.compute(laptop.store, window).incidents.count == 1
    with pytest.raises(BadInput):
        incidents.merge(laptop.session, two, one)
    with pytest.raises(BadInput):
        incidents.unmerge(laptop.session, one, three)
    undo(laptop.session)
    assert figures.compute(laptop.store, window).incidents.count == 2
    incidents.unmerge(laptop.session, two, one)
    assert same.linked_with(laptop.store, one) == []


@pytest.mark.parametrize("name", ["alerts", "victims", "affected", "notes", "tips", "tasks", "calls"])
def test_what_is_not_of_the_incident_cannot_go(laptop: Laptop, name: str) -> None:
    incident = full(laptop)
    with pytest.raises(NotFound, match="not of this incident"):
        splitting.split(laptop.session, incident, Parts(**{name: ("ab" * 16,)}), "Other")
    for parts, title in ((Parts(), "Other"), (splitting.parts_of(laptop.store, incident), "  ")):
        with pytest.raises(BadInput):
            splitting.split(laptop.session, incident, parts, title)


def test_a_split_incident_is_as_secret_as_the_old_one(laptop: Laptop) -> None:
    incident = full(laptop)
    incidents.classify(laptop.session, incident, label="RED")
    held = splitting.parts_of(laptop.store, incident)
    new = splitting.split(laptop.session, incident, Parts(victims=held.victims), "Other").id
    assert lookup.one(laptop.store, "incident", new)["tlp"] == "TLP:RED"  # type: ignore[index]


def test_a_split_with_more_than_a_hundred_of_each_is_one_act(laptop: Laptop) -> None:
    incident = full(laptop, alerts=130)
    affected.paste(laptop.session, incident, "\n".join(f"host-{place}" for place in range(140)))
    before = everything(laptop)
    splitting.split(laptop.session, incident, splitting.parts_of(laptop.store, incident), "All")
    assert undo(laptop.session).left == []
    assert everything(laptop) == before
    assert projection_differences(laptop.store) == []


def test_another_laptop_that_merges_the_split_sees_the_same(tmp_path: Path) -> None:
    one, other = copies(tmp_path, 2)
    try:
        incident = full(one)
        other.merge(one.export(other))
        held = splitting.parts_of(one.store, incident)
        incidents.note(other.session, incident, "Written meanwhile")
        new = splitting.split(one.session, incident, held, "All").id
        other.merge(one.export(other))
        one.merge(other.export(one))
        assert seen(one, incident) == seen(other, incident)
        assert seen(one, new) == seen(other, new)
        assert "Written meanwhile" in [row["text"] for row in seen(one, incident)["notes"]]
        assert one.verified() == other.verified()
        assert lookup.conflicts(one.store) == []
    finally:
        one.close()
        other.close()


numbers = st.integers(0, 99)
_steps = st.lists(st.tuples(st.sampled_from(["merge", "split", "unmerge"]), numbers, numbers), min_size=1, max_size=6)


@given(steps=_steps)
@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_merging_and_splitting_undone_leads_back_to_what_was(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (laptop,) = copies(Path(folder))
        try:
            full(laptop)
            incidents.open_incident(laptop.session, "Another")
            states = [everything(laptop)]
            for what, one, other in steps:
                if _step(laptop, what, one, other):
                    states.append(everything(laptop))
            for expected in states[-2::-1]:
                assert undo(laptop.session).left == []
                assert everything(laptop) == expected
            assert projection_differences(laptop.store) == []
        finally:
            laptop.close()


def _step(laptop: Laptop, what: str, one: int, other: int) -> bool:
    """Do one of the steps; tell whether it could be done."""
    every = [row[0] for row in laptop.store.rows("SELECT id FROM incident WHERE deleted = 0 ORDER BY created_at, id")]
    first, second = every[one % len(every)], every[other % len(every)]
    try:
        if what == "merge":
            incidents.merge(laptop.session, first, second)
        elif what == "unmerge":
            incidents.unmerge(laptop.session, first, second)
        else:
            held = splitting.parts_of(laptop.store, first)
            some = {name: tuple(found[other % 3 :: 2]) for name, found in vars(held).items()}
            splitting.split(laptop.session, first, Parts(**some), f"Split {one}")
    except BadInput:
        return False
    return True
