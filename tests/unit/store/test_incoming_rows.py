"""Evidence that comes a row a line, and the imports that it came of: what is taken, and what is not what it says."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.stores import Laptop
from tests.unit.store.evidence import load, row
from triage_app.domain.evidence import COLUMNS, KINDS, MAX_SCORE, MOST_MILLISECONDS
from triage_app.domain.merkle import Tree
from triage_app.domain.records import DELETED
from triage_app.services.recording import record
from triage_app.store import incoming_rows, journal, projections
from triage_app.store.incoming_rows import Row, Taking
from triage_app.store.journal import Change

# ---- imports that came ----------------------------------------------------------------------------------------------


def test_an_import_that_came_is_described_as_its_entry_says(laptop: Laptop) -> None:
    entity = "e" * 32
    with laptop.store.write():
        number = incoming_rows.import_number(laptop.store, entity)
        assert incoming_rows.import_number(laptop.store, entity) == number
    columns = "SELECT name, format, size, organisation, records, rejected, undone, state, origin FROM import"
    assert laptop.store.row(f"{columns} WHERE id = ?", (number,)) == ("", "", 0, "", 0, 0, 0, "received", "bundle")
    said = {"name": "ward.csv", "format": "csv", "size": 5, "organisation": "RYY", "records": 6, "rejected": 7}
    record(laptop.session, "x", [Change("import", entity, "record", said, "TLP:GREEN")])
    assert laptop.store.row(f"{columns} WHERE id = ?", (number,)) == (
        "ward.csv", "csv", 5, "RYY", 6, 7, 0, "received", "bundle"
    )  # fmt: skip
    head = journal.standing(laptop.store, "import", entity)["record"][0]
    at = int(head.body.hlc[:15])
    assert laptop.store.row("SELECT started_at, finished_at FROM import WHERE id = ?", (number,)) == (at, at)
    record(laptop.session, "x", [Change("import", entity, DELETED, True, "TLP:GREEN")])
    assert laptop.store.value("SELECT undone FROM import WHERE id = ?", (number,)) == 1
    record(laptop.session, "x", [Change("import", entity, DELETED, False, "TLP:GREEN")])
    assert laptop.store.value("SELECT undone FROM import WHERE id = ?", (number,)) == 0


@pytest.mark.parametrize("said", [None, "a word", {}, [1]])
def test_an_import_of_which_nothing_sensible_is_said_stays_as_it_is(laptop: Laptop, said: Any) -> None:
    entity = "e" * 32
    with laptop.store.write():
        incoming_rows.import_number(laptop.store, entity)
    record(laptop.session, "x", [Change("import", entity, "record", {"name": "first", "size": "5"}, "TLP:GREEN")])
    record(laptop.session, "x", [Change("import", entity, "record", said, "TLP:GREEN")])
    row_ = laptop.store.row("SELECT name, size, records FROM import WHERE entity = ?", (entity,))
    assert row_ == ("first", 0, 0)


def test_an_import_made_here_is_not_described_by_others(laptop: Laptop) -> None:
    done = load(laptop.session, [row("one")])
    record(laptop.session, "x", [Change("import", done.entity, "record", {"name": "another"}, "TLP:GREEN")])
    assert laptop.store.value("SELECT name FROM import WHERE entity = ?", (done.entity,)) == "ward.csv"
    assert projections._number({"size": True}, "size") == 0


def test_roots_are_those_that_make_sense(laptop: Laptop) -> None:
    entity = "e" * 32
    for value in ({"root": "a", "leaves": 5}, {"root": 5, "leaves": 5}, {"root": "a", "leaves": True}, "a", {}):
        record(laptop.session, "x", [Change("import", entity, "root", value, "TLP:GREEN", parents=())])
    assert incoming_rows.roots_of(laptop.store, entity) == [("a", 5)]
    assert incoming_rows.roots_of(laptop.store, "f" * 32) == []


# ---- lines of evidence ----------------------------------------------------------------------------------------------


def line(*, place: int = 0, column: dict[str, Any] | None = None, claim: dict[str, Any] | None = None,
         **more: Any) -> bytes:  # fmt: skip
    """Return a line of evidence that is in order, but for what is asked for."""
    made = row("alert", **{})
    columns = {name: made[COLUMNS.index(name)] for name in COLUMNS if name not in ("evidence_id", "rest")}
    data = {
        "id": made[COLUMNS.index("evidence_id")], "columns": {**columns, **(column or {})},
        "rest": made[COLUMNS.index("rest")], "layout": json.dumps({"format": "csv", "source": "Ward box"}),
        "imports": [{"import": "e" * 32, "leaf": place, "proof": ["00"], "reading": ["11"], **(claim or {})}], **more,
    }  # fmt: skip
    return json.dumps(data).encode()


def test_a_line_is_read_as_it_was_written() -> None:
    found = Row.read(line())
    assert (found.key.hex(), found.rest) == (row("alert")[COLUMNS.index("key")], row("alert")[COLUMNS.index("rest")])
    assert found.imports == [("e" * 32, 0, ["00"], ["11"])]
    assert found.everything == {**found.columns, "rest": found.rest}
    data = json.loads(line())
    del data["imports"][0]["reading"]
    assert Row.read(json.dumps(data).encode()).imports == [("e" * 32, 0, ["00"], [])]


def test_columns_that_the_first_release_did_not_send_are_those_of_an_alert() -> None:
    data = json.loads(line())
    for name in ("kind", "value", "until_at", "score"):
        del data["columns"][name]
    found = Row.read(json.dumps(data).encode()).columns
    assert (found["kind"], found["value"], found["until_at"], found["score"]) == (KINDS.index("alert"), "", None, None)
    del data["columns"]["title"]
    with pytest.raises(ValueError, match="not an evidence line"):
        Row.read(json.dumps(data).encode())


@pytest.mark.parametrize(
    ("column", "claim"),
    [
        ({"seen_at": MOST_MILLISECONDS}, {}), ({"seen_at": None}, {}), ({"until_at": -MOST_MILLISECONDS}, {}),
        ({"severity": 0}, {}), ({"severity": 100}, {}), ({"kind": 0}, {}), ({"kind": len(KINDS) - 1}, {}),
        ({"score": MAX_SCORE}, {}), ({"score": -MAX_SCORE}, {}), ({"score": 1}, {}), ({"score": 0.5}, {}),
        ({"title": "x" * 65536}, {}), ({}, {"import": "x"}), ({}, {"import": "x" * 64}), ({}, {"leaf": -1}),
        ({}, {"leaf": 2**53 - 1}), ({}, {"proof": ["0" * 1024] * 64}), ({}, {"reading": []}),
    ],
)  # fmt: skip
def test_a_line_may_say_as_much_as_its_limits(column: dict[str, Any], claim: dict[str, Any]) -> None:
    found = Row.read(line(column=column, claim=claim))
    assert column.items() <= found.columns.items()


@pytest.mark.parametrize(
    ("column", "claim"),
    [
        ({"seen_at": MOST_MILLISECONDS + 1}, {}), ({"seen_at": "1"}, {}), ({"seen_at": True}, {}),
        ({"until_at": -MOST_MILLISECONDS - 1}, {}), ({"severity": -1}, {}), ({"severity": 101}, {}),
        ({"severity": True}, {}), ({"severity": None}, {}), ({"kind": -1}, {}), ({"kind": len(KINDS)}, {}),
        ({"kind": "alert"}, {}), ({"score": 2 * MAX_SCORE}, {}), ({"score": "1"}, {}), ({"score": True}, {}),
        ({"title": "x" * 65537}, {}), ({"title": None}, {}), ({"key": "00" * 15}, {}), ({"key": "00" * 17}, {}),
        ({"key": "zz" * 16}, {}), ({"more": ""}, {}), ({"title": "\ud800"}, {}), ({}, {"import": ""}),
        ({}, {"import": "x" * 65}), ({}, {"import": 5}), ({}, {"leaf": -2}), ({}, {"leaf": 2**53}),
        ({}, {"leaf": True}), ({}, {"proof": ["0" * 1025]}), ({}, {"proof": ["00"] * 65}), ({}, {"proof": "00"}),
        ({}, {"proof": [5]}), ({}, {"reading": [5]}), ({}, {"reading": None}),
    ],
)  # fmt: skip
def test_a_line_that_says_more_or_something_else_is_refused(column: dict[str, Any], claim: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Row.read(line(column=column, claim=claim))


@pytest.mark.parametrize(
    "more", [{"id": "0" * 64}, {"rest": "{}"}, {"rest": 5}, {"columns": []}, {"imports": []}, {"layout": "[]"}]
)
def test_a_line_that_is_not_what_it_names_itself_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Row.read(line(**more))


def test_a_way_to_a_signed_root_is_gone_once_and_proves_each_row_at_its_own_leaf() -> None:
    ids = [hashlib.sha256(str(number).encode()).digest() for number in range(40)]
    tree, shorter = Tree(ids), Tree(ids[:20])
    proved = incoming_rows._Proved([(tree.root, 40), (shorter.root, 20)])
    for _ in range(2):
        for leaf in (0, 1, 15, 16, 39):
            assert proved.holds(tree.proof(leaf), leaf, ids[leaf])
            assert not proved.holds(tree.proof(leaf), leaf, ids[leaf - 1])
            assert not proved.holds(tree.proof(leaf), leaf + 16, ids[leaf])
        assert proved.holds(shorter.proof(19), 19, ids[19])
        assert not proved.holds(shorter.proof(16), 20, ids[20])
    assert not incoming_rows._Proved([]).holds(tree.proof(0), 0, ids[0])


def test_rows_are_numbered_after_those_that_are_here(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Taking(laptop.store).first == 1
    load(laptop.session, [row(name) for name in "abcde"])
    taking = Taking(laptop.store)
    assert (taking.first, taking.next, taking.held(), taking.new, taking.refused) == (6, 6, 5, 0, 0)
    ids = [bytes(one) for (one,) in laptop.store.rows("SELECT evidence_id FROM evidence_row ORDER BY id")]
    for chunk in (500, 2):
        monkeypatch.setattr(incoming_rows, "_CHUNK", chunk)
        assert taking.numbers_of([*ids, bytes(32)]) == dict(zip(ids, range(1, 6), strict=True))
    with laptop.store.write():
        first = taking.layout("{}")
        assert taking.layout("{}") == first != taking.layout('{"a":1}')
        taking.take([Row.read(line()), Row.read(line(place=1))])
        assert (taking.new, taking.next, taking.touched) == (1, 7, {"e" * 32})
        assert list(taking.came) == [6, 6]
        taking.hidden_keys.add(b"x")
        taking.start_again(6, 2, 3, {"f"})
    assert (taking.next, taking.new, taking.refused, taking.touched) == (6, 2, 3, {"f"})
    assert (list(taking.came), taking.hidden_keys, taking._layouts) == ([], set(), {})
