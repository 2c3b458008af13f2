"""Imports in the store: both ways of loading agree, memberships survive undo, and torsos leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.laptop import Laptop, copied
from tests.unit.store.evidence import LAYOUT, Row, folded, load, row, take_back
from triage_app.domain.merkle import Tree
from triage_app.services import keeping
from triage_app.services.session import Session
from triage_app.store import alerts, imports
from triage_app.store.connection import Store
from triage_app.store.driver import DriverError
from triage_app.store.imports import Loading, Source

INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('evidence_row', 'alert') ORDER BY name"


def tables(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that an import writes."""
    found = {
        name: store.rows(f"SELECT * FROM {name} ORDER BY 1, 2")
        for name in ("evidence_row", "import_range", "import_repeat", "unindexed", "layout")
    }
    found["import"] = store.rows("SELECT id, state, records, new, repeats, rejected, root, leaves, undone FROM import")
    found["alert"] = folded(store)
    found["indexes"] = store.rows(INDEXES)
    return found


def files() -> list[list[Row]]:
    first = [row(f"alert {number % 70}", 1000 * number) for number in range(100)]
    second = [*first[40:60], *(row(f"alert {number % 90}", 7 * number) for number in range(50)), *first[:3], first[0]]
    return [first, second, first]


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_bulk_load_and_a_small_one_give_identical_tables(
    empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory, chunk: int
) -> None:
    results = []
    for expected in (0, 10**9):
        with copied(empty_laptop, tmp_path_factory.mktemp("ways")).session() as session:
            done = [load(session, rows, expected=expected, chunk=chunk) for rows in files()]
            results.append((done, tables(session.store)))
            assert keeping.verify(session)["ok"]
    assert results[0] == results[1]


def test_rows_and_leaves_are_named_so_that_each_can_be_proved(session: Session) -> None:
    store = session.store
    for rows in files():
        done = load(session, rows)
        members: dict[int, int] = {}
        for first, last, leaf in store.rows(
            "SELECT first, last, leaf FROM import_range WHERE import = ?", (done.number,)
        ):
            members |= {leaf + offset: number for offset, number in enumerate(range(first, last + 1))}
        for number, leaf in store.rows("SELECT row, leaf FROM import_repeat WHERE import = ?", (done.number,)):
            assert leaf not in members
            members[leaf] = number
        assert sorted(members) == list(range(done.leaves))
        held = dict(store.rows("SELECT id, evidence_id FROM evidence_row"))
        leaves = [bytes(held[members[leaf]]) for leaf in range(done.leaves)]
        assert len(set(leaves)) == done.leaves
        assert Tree(leaves).root == done.root
        assert {leaf.hex() for leaf in leaves} == {found[0] for found in rows}


def test_what_a_file_says_twice_is_stored_once_and_counted_as_a_repeat(session: Session) -> None:
    done = load(session, [row("a"), row("a"), row("b")])
    assert (done.records, done.new, done.repeats, done.leaves) == (3, 2, 1, 2)
    assert session.store.value("SELECT count(*) FROM evidence_row") == 2


def test_memberships_decide_what_is_seen_through_undo_and_redo(session: Session) -> None:
    one = load(session, [row("a", 1000), row("b", 1000)])
    two = load(session, [row("b", 1000), row("c", 1000)])
    store = session.store

    def seen() -> int:
        return int(store.value("SELECT count(*) FROM alert"))

    assert seen() == 3
    take_back(session, one.entity)
    assert seen() == 2
    take_back(session, two.entity)
    assert seen() == 0
    take_back(session, one.entity, undone=False)
    assert seen() == 2
    take_back(session, two.entity, undone=False)
    assert seen() == 3
    assert store.value("SELECT count(*) FROM evidence_row") == 3
    assert keeping.verify(session)["ok"]


def test_a_file_imported_again_after_undo_counts_its_rows_as_new(session: Session) -> None:
    rows = [row("a", 1000), row("a", 2000), row("b", 1000)]
    one = load(session, rows)
    take_back(session, one.entity)
    again = load(session, rows)
    assert (again.records, again.new, again.repeats) == (3, 2, 1)
    assert session.store.value("SELECT count(*) FROM evidence_row") == 3
    assert keeping.verify(session)["ok"]


@pytest.mark.parametrize("count", [300, 40_000])
def test_more_rows_than_a_statement_takes_come_again_after_undo(session: Session, count: int) -> None:
    rows = [row("one alert", number) for number in range(count)]
    one = load(session, rows)
    take_back(session, one.entity)
    assert session.store.value("SELECT count(*) FROM alert") == 0
    again = load(session, rows)
    assert (again.new, again.repeats) == (1, count - 1)


def begun(store: Store, rows: list[Row], expected: int = 0) -> Loading:
    with store.write():
        loading = Loading(store, "e" * 32, Source("torn.csv", "csv", 1, "", ""), 1, expected)
        loading.add(rows, loading.layout(LAYOUT))
    return loading


@pytest.mark.parametrize("expected", [0, 10**9])
def test_an_unfinished_import_counts_nowhere_and_leaves_nothing(session: Session, expected: int) -> None:
    store = session.store
    load(session, [row("a", 1000)])
    before = tables(store)
    loading = begun(store, [row("a", 5000, title="torso"), row("b", 1000)], expected)
    assert folded(store) == before["alert"]
    assert imports.unfinished(store) == ["e" * 32]
    assert imports.named(store, "e" * 32) is None
    assert len(imports.listing(store)) == 1
    with store.write():
        loading.remove()
    after = tables(store)
    assert {name: after[name] for name in after if name != "layout"} == {
        name: before[name] for name in before if name != "layout"
    }
    assert keeping.verify(session)["ok"]


def test_rows_that_came_by_bundle_outlive_an_unfinished_import(session: Session) -> None:
    store = session.store
    done = load(session, [row("a", 1000), row("b", 1000)])
    with store.write():  # a merged bundle names its rows one by one and leaves no runs
        for number, leaf in ((1, 0), (2, 1)):
            store.execute("INSERT INTO import_repeat(import, row, leaf) VALUES (?, ?, ?)", (done.number, number, leaf))
        store.execute("DELETE FROM import_range")
    begun(store, [row("c", 1000)])
    with store.write():
        assert imports.remove_loading(store) == 1
    assert store.value("SELECT count(*) FROM evidence_row") == 2
    assert keeping.verify(session)["ok"]


def test_a_mapping_saved_again_replaces_the_earlier_one(store: Store) -> None:
    with store.write():
        imports.save_mapping(store, "f1", "One", {"name": "One"}, 1)
        imports.save_mapping(store, "f1", "Two", {"name": "Two"}, 2)
    assert imports.mapping_for(store, "f1") == {"name": "Two"}
    assert imports.mapping_for(store, "f2") is None
    assert [found["name"] for found in imports.mappings(store)] == ["Two"]


def test_the_same_evidence_cannot_stand_twice(session: Session) -> None:
    load(session, [row("a")])
    with pytest.raises(DriverError, match="UNIQUE"), session.store.write():
        session.store.execute(
            "INSERT INTO evidence_row SELECT id + 1, evidence_id, key, layout, seen_at, severity, severity_raw,"
            " severity_rule, title, reference, category, host, user, src, dst, url, hash, detail, organisation, rsit,"
            " tlp, rest, tokens, kind, value, until_at, score FROM evidence_row"
        )
    assert len(alerts.visible_spans(session.store)) == 1


@pytest.mark.parametrize("bulk", [False, True])
def test_a_file_longer_than_memory_may_hold_is_known_by_the_index_alike(
    session: Session, monkeypatch: pytest.MonkeyPatch, bulk: bool
) -> None:
    load(session, [row("before")])
    names = ["a", "b", "a", "before", "c", "b", "d", "before", "a"]
    rows = [row(name) for name in names]
    usual = load(session, rows, expected=100_000 if bulk else 0, chunk=2)
    take_back(session, usual.entity)
    monkeypatch.setattr(imports, "MOST_OWN", 2)
    fresh = [row(name, text="other") if name != "before" else row(name) for name in names]
    done = load(session, fresh, expected=100_000 if bulk else 0, chunk=2)
    assert (done.leaves, done.records, done.new) == (usual.leaves, usual.records, usual.new)
    assert state_problems(session.store) == []


def state_problems(store: Store) -> list[str]:
    """Return what a verification finds wrong with the evidence and its imports."""
    from triage_app.store import state

    return state.problems(store)
