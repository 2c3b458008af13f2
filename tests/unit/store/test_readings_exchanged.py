"""Laptops that read one record differently come to show the same, and only what an import's own device signed."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, contents_of, copies, forged
from tests.unit.store.evidence import Finished, Row, load, row, take_back
from triage_app.services import triage
from triage_app.services.recording import record
from triage_app.store import projections, search
from triage_app.store.journal import Change

DEEP = os.environ.get("HYPOTHESIS_PROFILE", "ci") != "ci"


def as_read(name: str, way: int) -> Row:
    """Return the record called ``name`` as one of several mappings reads it."""
    seen_at = 1_000_000 * (1 + len(name) + ord(name[0]))  # no two at once: which of two is newer is each store's own
    found = list(row(name, seen_at, severity=50))
    found[1], found[3], found[6], found[16] = f"{way:02d}" * 16, 10 * way, f"read {way}", f"R{way}"
    return found


def imported(laptop: Laptop, read: dict[str, int]) -> Finished:
    """Import records, each as the mapping of that number reads it."""
    return load(laptop.session, [as_read(name, way) for name, way in read.items()], name=laptop.device)


def shown(laptop: Laptop) -> list[tuple[Any, ...]]:
    """Return what is shown, without the numbers that each store gives."""
    found: list[tuple[Any, ...]] = laptop.store.rows(
        "SELECT lower(hex(a.key)), a.rows, a.first_seen, a.last_seen, a.severity, a.state, r.title, r.organisation,"
        " lower(hex(r.evidence_id)) FROM alert AS a JOIN evidence_row AS r ON r.key = a.key AND r.id IN"
        " (SELECT row FROM import_repeat JOIN import ON import.id = import WHERE undone = 0 UNION"
        "  SELECT e.id FROM evidence_row AS e JOIN import_range AS g ON e.id BETWEEN g.first AND g.last"
        "  JOIN import ON import.id = g.import WHERE undone = 0) ORDER BY 1, 9"
    )
    return found


def sound(laptop: Laptop) -> None:
    """Check that all holds together, and that a rebuild makes the same of it."""
    laptop.verified()
    before = shown(laptop)
    with laptop.store.write():
        projections.rebuild(laptop.store)
    assert shown(laptop) == before
    search.index_all(laptop.store, lambda *_: None)
    laptop.verified()


def meet(one: Laptop, other: Laptop) -> None:
    """Let two laptops send each other what they have."""
    other.merge(one.export(other))
    one.merge(other.export(one))


def severities(laptop: Laptop) -> list[int]:
    return [found[0] for found in laptop.store.rows("SELECT severity FROM evidence_row ORDER BY evidence_id")]


def test_a_reading_put_right_reaches_a_laptop_that_had_the_row(trio: list[Laptop]) -> None:
    a, b, _ = trio
    imported(a, {"one": 1, "two": 1})
    meet(a, b)
    second = imported(a, {"one": 9})
    meet(a, b)
    assert shown(a) == shown(b)
    assert sorted(severities(b)) == [10, 90]
    take_back(a.session, second.entity)
    meet(a, b)
    assert severities(b) == severities(a) == [10, 10]
    for laptop in (a, b):
        sound(laptop)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_laptops_that_read_a_file_differently_agree_through_a_third(
    trio: list[Laptop], order: tuple[int, int]
) -> None:
    a, b, c = trio
    first = (a, b)[order[0]]
    imported(first, {"one": 1})
    second = (a, b)[order[1]]
    second.clock.move(hours=1)
    imported(second, {"one": 2})
    meet(c, a)
    meet(c, b)
    meet(c, a)
    assert severities(a) == severities(b) == severities(c) == [20]
    assert shown(a) == shown(b) == shown(c)
    for laptop in trio:
        sound(laptop)


def changed_columns(path: Path, sender: Laptop, receiver: Laptop, severity: int) -> Path:
    """Sign a bundle anew in which the readings were changed."""
    contents = contents_of(path, receiver)
    lines = []
    for line in contents.evidence:
        data = json.loads(line)
        data["columns"].update(severity=severity)
        lines.append(json.dumps(data).encode())
    return forged(sender, receiver, dataclasses.replace(contents, evidence=lines))


def test_a_reading_that_its_device_did_not_sign_changes_nothing_and_is_counted(trio: list[Laptop]) -> None:
    a, b, c = trio
    imported(a, {"one": 1})
    meet(a, b)
    meet(a, c)
    imported(a, {"one": 2})
    b.merge(a.export(b))
    done = c.merge(changed_columns(b.export(c), b, c, 100))
    assert done.refused > 0
    assert severities(c) == [10]
    sound(c)
    # The true one, from anybody, is taken even so.
    c.merge(b.export(c, full=True))
    assert severities(c) == [20]
    sound(c)


def test_a_first_reading_that_was_not_signed_gives_way_to_the_signed_one(trio: list[Laptop]) -> None:
    a, b, c = trio
    imported(a, {"one": 1})
    b.merge(a.export(b))
    c.merge(changed_columns(b.export(c), b, c, 100))
    assert severities(c) == [100]
    sound(c)
    b.merge(c.export(b))
    c.merge(b.export(c))
    assert severities(c) == [10]
    sound(c)
    assert b.exported(c).evidence == 0 or not b.merge(c.export(b)).refused
    b.merge(c.export(b))
    assert b.exported(c).evidence == 0


def test_readings_that_come_before_the_entry_of_their_import_count_once_it_is_here(trio: list[Laptop]) -> None:
    a, b, _ = trio
    imported(a, {"one": 1})
    meet(a, b)
    imported(a, {"one": 2})
    contents = contents_of(a.export(b), b)
    b.merge(forged(a, b, dataclasses.replace(contents, links=[], bodies=[])))
    assert severities(b) == [10]
    sound(b)
    b.merge(forged(a, b, dataclasses.replace(contents, evidence=[])))
    assert severities(b) == [20]
    sound(b)


def test_another_reading_of_our_row_does_not_lower_the_label_it_came_with(trio: list[Laptop]) -> None:
    a, b, c = trio
    red = as_read("one", 1)
    red[18] = "TLP:RED"
    load(a.session, [red], name=a.device)
    a.clock.move(minutes=1)
    b.clock.move(hours=1)
    load(b.session, [as_read("one", 2)], name=b.device)
    a.merge(b.export(a))
    assert severities(a) == [20]
    assert a.exported(c).evidence == 0
    sound(a)


def test_a_decision_holds_the_rows_wherever_it_arrives(trio: list[Laptop]) -> None:
    a, b, _ = trio
    imported(a, {"one": 1})
    meet(a, b)
    triage.dismiss(b.session, ["01" * 16], "benign")
    imported(a, {"one": 2})
    meet(a, b)
    assert shown(a) == shown(b)
    assert [found[0] for found in shown(a)] == ["01" * 16]
    for laptop in (a, b):
        sound(laptop)


_steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("import"),
            st.integers(0, 2),
            st.dictionaries(st.sampled_from(["one", "two"]), st.integers(1, 3), min_size=1),
        ),
        st.tuples(st.just("import"), st.integers(0, 2), st.just({"one": 1})),
        st.tuples(st.sampled_from(["take back", "put back"]), st.integers(0, 5), st.none()),
        st.tuples(st.just("decide"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("send"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("tick"), st.integers(0, 2), st.none()),
    ),
    min_size=5,
    max_size=12,
)


@settings(max_examples=500 if DEEP else 20)
@given(_steps)
def test_laptops_show_the_same_whatever_was_read_taken_back_decided_and_sent(steps: list[tuple[str, int, Any]]) -> None:
    with tempfile.TemporaryDirectory(prefix="triage-readings-") as folder:
        laptops = copies(Path(folder), 3)
        made: list[tuple[Laptop, str]] = []
        for what, number, value in steps:
            laptop = laptops[number % 3]
            if what == "import":
                made.append((laptop, imported(laptop, value).entity))
            elif what == "tick":
                laptop.clock.move(minutes=7)
            elif what == "decide":
                decision = Change("alert", f"{value:02d}" * 16, "triage", {"state": "in hand"}, "TLP:AMBER")
                record(laptop.session, "Decided", [decision])
            elif what == "send" and value != number:
                laptops[value].merge(laptop.export(laptops[value]))
            elif what in ("take back", "put back") and made:
                owner, entity = made[number % len(made)]
                take_back(owner.session, entity, undone=what == "take back")
            search.index_all(laptop.store, lambda *_: None)
        a, b, c = laptops
        for one, other in ((a, b), (b, c), (a, b)):  # what C has reaches A through B alone
            meet(one, other)
        assert shown(a) == shown(b) == shown(c)
        for laptop in laptops:
            sound(laptop)
        assert a.verified() == b.verified() == c.verified()
        for laptop in laptops:
            laptop.close()
