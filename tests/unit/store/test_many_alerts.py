"""A gesture over hundreds of alerts is projected all at once, and comes to what it comes to one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from tests.unit.store.evidence import key_of, load, row
from triage_app.domain import corrections
from triage_app.domain.tlp import AMBER, RED
from triage_app.services import incidents, triage, undo
from triage_app.services.changes import milliseconds
from triage_app.store import journal, projections
from triage_app.store.alerts import LINKED
from triage_app.store.journal import BatchChange, Change

MANY = 600
KEYS = [key_of(f"alert {number}") for number in range(MANY)]
TABLES = ("alert", "alert_decision", "alert_correction", "conflict", "head", "batch_member", "superseded")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    (one,) = copies(tmp_path_factory.mktemp("many"), 1)
    load(one.session, [row(f"alert {number}") for number in range(MANY)])
    yield one
    one.close()


class _Done(Exception):
    pass


def act(laptop: Laptop, *changes: Change | BatchChange) -> None:
    written = journal.append(
        laptop.store, laptop.session.author, milliseconds(laptop.clock()), journal.new_act(), changes
    )
    projections.project_all(laptop.store, written.touched)


def content(laptop: Laptop) -> dict[str, list[Any]]:
    return {table: sorted(laptop.store.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


places = st.integers(0, MANY - 1)


@settings(max_examples=15)
@given(
    corrected=st.sets(places, max_size=3), torn=st.sets(places, max_size=3), noted=st.sets(places, max_size=3),
    first=st.integers(0, 90), junk=st.booleans(),
)  # fmt: skip
def test_many_at_once_come_to_what_they_come_to_one_by_one(
    laptop: Laptop, corrected: set[int], torn: set[int], noted: set[int], first: int, junk: bool
) -> None:
    store = laptop.store
    try:
        with store.write():
            act(
                laptop,
                *(Change("alert", KEYS[one], corrections.journalled("severity"), "90", AMBER) for one in corrected),
            )
            act(laptop, *(Change("alert", KEYS[one], "mood", 1, AMBER) for one in noted))
            for value in ("in hand", "new"):  # neither knew of the other: a conflict
                act(
                    laptop, *(Change("alert", KEYS[one], "triage", {"state": value}, AMBER, parents=()) for one in torn)
                )
            names = (*KEYS[first:], *(("no key of any alert", "ZZ" * 16) if junk else ()))
            act(laptop, BatchChange("alert", names, "triage", {"state": "dismissed"}, AMBER))
            at_once = content(laptop)
            assert len(at_once["alert_decision"]) >= MANY - first
            for name in names:
                projections.project(store, "alert", name)
            assert content(laptop) == at_once
            projections.rebuild(store)
            rebuilt = content(laptop)
            assert {table: rebuilt[table] for table in TABLES[1:]} == {table: at_once[table] for table in TABLES[1:]}
            raise _Done
    except _Done:
        pass


def test_many_are_taken_back_and_put_there_again(tmp_path: Path) -> None:
    (laptop,) = copies(tmp_path, 1)
    load(laptop.session, [row(f"alert {number}") for number in range(MANY)])
    triage.snooze(laptop.session, KEYS[:200], laptop.clock().replace(year=2030))
    triage.take_in_hand(laptop.session, KEYS[:3])
    states = laptop.store.rows("SELECT key, state FROM alert ORDER BY key")
    triage.dismiss(laptop.session, KEYS, "benign", "all of it is the drill's")
    assert laptop.store.rows("SELECT DISTINCT state FROM alert") == [(4,)]
    done = undo.undo(laptop.session)
    assert (len(done.undone), done.left) == (MANY, [])
    assert laptop.store.rows("SELECT key, state FROM alert ORDER BY key") == states
    triage.take_in_hand(laptop.session, KEYS[5:6])
    undo.undo(laptop.session)
    undo.redo(laptop.session)
    laptop.verified()
    laptop.close()


def test_what_is_linked_stays_linked_and_goes_under_its_own_label_when_many_are_decided_on(tmp_path: Path) -> None:
    (laptop,) = copies(tmp_path, 1)
    load(laptop.session, [row(f"alert {number}") for number in range(MANY)])
    shared = incidents.open_incident(laptop.session, "Loader on the wards").id
    incidents.classify(laptop.session, shared, label="AMBER")
    triage.link(laptop.session, KEYS[:3], shared)
    triage.dismiss(laptop.session, KEYS, "benign", "all of it is the drill's")
    states = dict(laptop.store.rows("SELECT lower(hex(key)), state FROM alert"))
    assert {key for key, state in states.items() if state == LINKED} == set(KEYS[:3])
    secret = incidents.open_incident(laptop.session, "What the police asked about").id
    incidents.classify(laptop.session, secret, label="RED")
    triage.link(laptop.session, KEYS[400:402], secret)
    undo.undo(laptop.session, laptop.store.value("SELECT act FROM operation WHERE field = 'triage' LIMIT 1"))
    under = dict(
        laptop.store.rows(
            "SELECT b.entity, o.tlp FROM operation AS o JOIN batch_member AS b USING (n) WHERE o.undoes <> ''"
        )
    )
    under |= dict(laptop.store.rows("SELECT entity, tlp FROM operation WHERE undoes <> '' AND entity <> ''"))
    assert {key for key, label in under.items() if label == RED} == set(KEYS[400:402])
    assert len(under) == MANY
    laptop.verified()
    laptop.close()
