"""Tasks and entered events over real stores: two laptops, conflicts, hostile bundles, undo."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, body, write_raw
from triage_app.domain import playbooks as rules
from triage_app.domain.playbooks import BadPlaybook
from triage_app.services import events, incidents, playbooks, tasks, undo
from triage_app.store import lookup, projections


def test_two_laptops_that_start_one_playbook_and_tick_one_step_meet_without_a_conflict(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    b.merge(a.export(b))
    for laptop, minutes in ((a, 0), (b, 20)):
        laptop.clock.move(minutes=minutes)
        tasks.start_playbook(laptop.session, incident, "ransomware")
        tasks.settle(laptop.session, [tasks.find_task(laptop.store, incident, "out-of-band")], "done")
    tasks.settle(a.session, [tasks.find_task(a.store, incident, "paper")], "done")
    events.add_event(a.session, incident, "Logged in by VPN", "2026-11-20", lane="attacker", source="Jo Pryce")
    b.merge(a.export(b))
    a.merge(b.export(a))
    assert a.verified() == b.verified()
    for laptop in laptops:
        assert lookup.conflicts(laptop.store) == []
        rows = {row["step"]: row for row in tasks.listing(laptop.store, incident)}
        assert len(rows) == len(playbooks.shipped()["ransomware"].steps)
        assert (rows["out-of-band"]["status"], rows["paper"]["status"]) == ("done", "done")
        assert [row["source"] for row in events.listing(laptop.store, incident)] == ["Jo Pryce"]


def test_taking_a_start_back_leaves_what_another_laptop_has_started_too(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    b.merge(a.export(b))
    tasks.start_playbook(a.session, incident, "ddos")
    undo.undo(a.session)
    tasks.start_playbook(b.session, incident, "ddos")
    b.merge(a.export(b))
    a.merge(b.export(a))
    for laptop in laptops:
        assert len(tasks.listing(laptop.store, incident)) == len(playbooks.shipped()["ddos"].steps)
        laptop.verified()


def test_two_statuses_of_one_task_are_a_conflict_that_shows_both(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    task = tasks.add_task(a.session, incident, "Ring the vendor", owner="Jo Pryce").id
    b.merge(a.export(b))
    tasks.settle(a.session, [task], "done")
    tasks.settle(b.session, [task], "not needed", because="They rang us")
    a.merge(b.export(a))
    (found,) = lookup.conflicts(a.store)
    assert (found["entity_kind"], found["field"]) == ("task", "status")
    assert b"Pryce" not in b"".join(bytes(row[0]) for row in a.store.rows("SELECT bytes FROM body WHERE bytes NOTNULL"))


@pytest.mark.parametrize("value", [None, 7, "x", [1], {"due": "soon", "place": True, "touches": {"a": 1}, "title": 4}])
def test_whatever_a_bundle_says_of_a_task_or_an_event_is_shown_as_far_as_it_can_be(
    laptops: list[Laptop], value: object
) -> None:
    a = laptops[0]
    incident = incidents.open_incident(a.session, "Ransomware").id
    entity = f"{incident}:{'a' * 32}"
    for kind, name in (("task", "_created"), ("task", "status"), ("task", "due"), ("event", "when"), ("event", "lane")):
        write_raw(a, body(a, kind, entity, name, value))
    with a.store.write():
        projections.rebuild(a.store)
    for row in tasks.listing(a.store, incident):
        tasks.as_data(row, 0)
    for row in events.listing(a.store, incident):
        events.as_data(row)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["code", "name", "version", "date", "source", "rsit", "phases", "steps"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_anything_is_a_playbook_or_refused_with_words(untrusted: object) -> None:
    with contextlib.suppress(BadPlaybook):
        assert rules.read(untrusted).steps


def test_every_playbook_that_ships_can_be_worked_at_night() -> None:
    shipped = playbooks.shipped()
    assert len(shipped) == 6
    for one in shipped.values():
        assert any(step.clinical or "clinic" in step.text for step in one.steps), one.code
        assert any("CSOC" in " ".join(step.touches) for step in one.steps) or one.code == "lost-device"
        assert all(len(step.text) <= 160 for step in one.steps), one.code


def test_of_classes_that_ransomware_has_its_own_playbook_comes_first(laptops: list[Laptop]) -> None:
    laptop = laptops[0]
    for code in (
        "malicious-code/infected-system",
        "information-content-security/unauthorised-information-modification",
    ):
        incident = incidents.open_incident(laptop.session, "Screens locked").id
        incidents.classify(laptop.session, incident, rsit=[code])
        first, fits = playbooks.proposed(laptop.store, incident)[0]
        assert (first.code, fits) == ("ransomware", True)
