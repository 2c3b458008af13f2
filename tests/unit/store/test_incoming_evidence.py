"""Evidence is stored once, and shown as unattested until a signed entry proves it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, contents_of, forged, table
from triage_app.services import import_history, incidents, taking_back, triage
from triage_app.store import held_rows

Line = dict[str, Any]


def keys(laptop: Laptop) -> list[str]:
    return [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]


def leaves(laptop: Laptop) -> list[int]:
    return [row[0] for row in laptop.store.rows("SELECT leaf FROM import_repeat ORDER BY row")]


def incident_of(laptop: Laptop, some: list[str], label: str = "AMBER+STRICT") -> str:
    incident = triage.promote(laptop.session, some).id
    incidents.classify(laptop.session, incident, label=label)
    return incident


def changed(path: Path, sender: Laptop, receiver: Laptop, change: Callable[[Line], Any]) -> Path:
    """Sign a bundle anew in which every evidence line was changed."""
    contents = contents_of(path, receiver)
    lines = []
    for line in contents.evidence:
        data = json.loads(line)
        data = change(data) or data
        lines.append(data if isinstance(data, bytes) else json.dumps(data).encode())
    return forged(sender, receiver, dataclasses.replace(contents, evidence=lines))


def test_proofs_hold_across_a_relay_that_has_only_some_of_the_rows(trio: list[Laptop]) -> None:
    a, b, c = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(70)])
    incident = incident_of(a, keys(a)[30:34])
    b.merge(a.export(b, incidents=[incident]))
    assert leaves(b) == [30, 31, 32, 33]
    incidents.classify(a.session, incident, label="AMBER")
    b.merge(a.export(b, incidents=[incident]))
    c.merge(b.export(c))
    assert leaves(c) == [30, 31, 32, 33]
    assert c.verified(incident) == a.verified(incident) == b.verified(incident)
    c.verified()
    b.verified()


def test_an_import_that_came_by_bundle_counts_the_rows_that_came(trio: list[Laptop]) -> None:
    a, b, _ = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(9)])
    b.merge(a.export(b, incidents=[incident_of(a, keys(a)[:4])]))
    (came,) = import_history.listing(b.store)
    assert (came.origin, came.records, came.new) == ("bundle", 4, 0)
    assert import_history.summary(b.store, came.id).records == 4


def test_two_laptops_with_as_many_but_other_rows_still_send_each_other_theirs(trio: list[Laptop]) -> None:
    a, b, c = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(6)])
    one, two = incident_of(a, keys(a)[:3], "AMBER"), incident_of(a, keys(a)[3:], "AMBER")
    b.merge(a.export(b, incidents=[one]))
    c.merge(a.export(c, incidents=[two]))
    b.merge(c.export(b))
    c.merge(b.export(c))
    assert [len(keys(laptop)) for laptop in (b, c)] == [6, 6]
    b.merge(c.export(b))
    assert b.exported(c).evidence == 0
    for incident in (one, two):
        assert a.verified(incident) == b.verified(incident) == c.verified(incident)


def test_the_order_in_which_rows_arrived_is_no_part_of_the_state(trio: list[Laptop]) -> None:
    a, b, _ = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(6)])
    last, both = incident_of(a, keys(a)[5:]), incident_of(a, keys(a))
    b.merge(a.export(b, incidents=[last]))
    b.merge(a.export(b))
    rows = [
        [bytes(row[0]) for row in laptop.store.rows("SELECT key FROM evidence_row ORDER BY id")] for laptop in (a, b)
    ]
    assert rows[0] != rows[1]
    assert a.verified(both) == b.verified(both)
    a.merge(b.export(a))
    assert a.verified() == b.verified()


@pytest.mark.parametrize(
    "claim",
    [
        {"leaf": 1}, {"leaf": -1}, {"leaf": 10**9}, {"proof": []}, {"proof": ["00"]}, {"proof": ["zz"]},
        {"import": "f" * 32}, {"leaf": 2**52, "import": "not there", "proof": []},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_no_signed_entry_proves_is_kept_as_unattested(trio: list[Laptop], claim: Line) -> None:
    a, b, c = trio
    table(a, [("r1", "one")])
    path = changed(a.export(b), a, b, lambda line: line["imports"][0].update(claim))
    done = b.merge(path)
    assert (done.evidence_new, done.refused) == (1, 0)
    assert leaves(b) == [-1]
    assert len(keys(b)) == 1
    b.verified()
    # Nor does passing it on make it any better, or fail.
    c.merge(b.export(c))
    assert leaves(c) == [-1]
    c.verified()


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.update(id="0" * 64),
        lambda line: line["columns"].update(title="Nothing to see"),
        lambda line: line.update(rest='{"alert":{"severity":4}}'),
        lambda line: line.update(rest="[]"),
        lambda line: line.update(rest="not json"),
        lambda line: line.update(rest=[]),
        lambda line: line.update(rest="[" * 100_000),
        lambda line: line.update(columns=[]),
        lambda line: line.update(columns=sorted(line["columns"])),
        lambda line: line["columns"].update(severity=101),
        lambda line: line["columns"].update(seen_at=1.5),
        lambda line: line["columns"].update(seen_at=2**60),
        lambda line: line["columns"].update(host=None),
        lambda line: line["columns"].update(host="\ud800"),
        lambda line: line["columns"].update(tokens="x" * 70_000),
        lambda line: line["columns"].update(key="zz"),
        lambda line: line["columns"].update(key="00"),
        lambda line: line.update(imports=[]),
        lambda line: line.update(imports={"import": 1}),
        lambda line: line["imports"][0].update(leaf=10**30),
        lambda line: line["imports"][0].update(leaf=True),
        lambda line: line["imports"][0].update(proof=["00"] * 65),
        lambda line: line["imports"][0].update(proof=["0" * 10_000]),
        lambda line: line["imports"][0].update({"import": ""}),
        lambda line: line["imports"][0].update({"import": "x" * 65}),
        lambda line: line.update(layout="{}"),
        lambda line: line.update(layout='{"format":"f","source":"s","verbatim":{"title":[]}}'),
        lambda line: line.update(layout='{"format":"f","source":"s","verbatim":{"title":["event_type","x"]}}'),
        lambda line: line.update(layout=7),
        lambda line: line.pop("columns") and None,
        lambda line: b"\xff\xfe",
        lambda line: b"[" * 100_000,
        lambda line: b'"text"',
    ],
)
def test_a_line_that_is_not_what_it_says_is_refused_and_the_rest_is_taken(
    trio: list[Laptop], change: Callable[[Line], Any]
) -> None:
    a, b, _ = trio
    table(a, [("r1", "one"), ("r2", "two")])
    contents = contents_of(a.export(b), b)
    first = json.loads(contents.evidence[0])
    spoilt = change(first) or first
    raw = spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt).encode()
    lines = [raw, contents.evidence[1]]
    done = b.merge(forged(a, b, dataclasses.replace(contents, evidence=lines)))
    assert (done.evidence_new, done.refused, len(keys(b))) == (1, 1, 1)
    b.verified()


def test_rows_that_come_before_the_entry_that_proves_them_are_attested_by_it(trio: list[Laptop]) -> None:
    a, b, c = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(40)])
    contents = contents_of(a.export(b), b)
    b.merge(forged(a, b, dataclasses.replace(contents, links=[], bodies=[])))
    assert leaves(b) == [-1] * 40
    assert b.store.value("SELECT name FROM import") == ""
    b.merge(forged(a, b, dataclasses.replace(contents, evidence=[])))
    assert leaves(b) == list(range(40))
    assert b.store.value("SELECT name FROM import") == "alerts.json"
    b.verified()
    c.merge(b.export(c))
    assert leaves(c) == list(range(40))
    c.verified()


def test_a_false_claim_about_an_import_of_ours_spoils_no_proof_of_ours(trio: list[Laptop]) -> None:
    a, b, c = trio
    table(a, [(f"r{number}", f"alert {number}") for number in range(20)])
    table(b, [("other", "another row")])
    b.merge(a.export(b))
    ours = a.store.value("SELECT entity FROM import")
    garbage = {"import": ours, "leaf": 3, "proof": ["00" * 32, "11" * 32]}
    a.merge(changed(b.export(a, full=True), b, a, lambda line: line["imports"].append(garbage)))
    a.verified()
    c.merge(a.export(c))
    proved = c.store.value(
        "SELECT count(*) FROM import_repeat JOIN import ON import.id = import WHERE entity = ? AND leaf >= 0", (ours,)
    )
    assert proved == 20
    c.verified()


def test_a_row_sent_with_another_reading_of_it_stays_as_it_was_read_here(trio: list[Laptop]) -> None:
    a, b, _ = trio
    table(a, [("r1", "one")])
    b.merge(a.export(b))
    before = b.verified()

    def worse(line: Line) -> None:
        line["columns"].update(severity=0, key="0" * 32, tlp="TLP:CLEAR")

    assert b.merge(changed(a.export(b, full=True), a, b, worse)).evidence_new == 0
    assert b.verified() == before
    assert b.store.rows("SELECT severity <> 0, tlp FROM evidence_row") == [(1, "")]


def test_an_import_taken_back_and_brought_again_travels(trio: list[Laptop]) -> None:
    a, b, _ = trio
    first = table(a, [("r1", "one"), ("r2", "two")])
    b.merge(a.export(b))
    taking_back.take_back(a.session, [first.id])
    b.merge(a.export(b))
    assert keys(a) == keys(b) == []
    again = table(a, [("r1", "one"), ("r3", "three")], "again.json")
    assert again.new == 2
    done = b.merge(a.export(b))
    assert done.evidence_new == 1
    assert sorted(keys(a)) == sorted(keys(b))
    assert len(keys(b)) == 2
    a.merge(b.export(a))
    assert a.verified() == b.verified()


def test_what_a_peer_is_told_it_lacks_depends_on_the_rows_not_on_their_number(trio: list[Laptop]) -> None:
    a, b, c = trio
    table(a, [("r1", "one"), ("r2", "two")])
    b.merge(a.export(b))
    c.merge(a.export(c, incidents=[incident_of(a, keys(a)[:1], "AMBER")]))
    said = [list(held_rows.of_imports(laptop.store).values()) for laptop in (a, b, c)]
    assert said[0] == said[1] == [held_rows.WHOLE] != said[2]
    for laptop in (b, c):
        a.merge(laptop.export(a))
    # B has all there is; C lacks one, and is sent it once.
    assert a.exported(b).evidence == 0
    assert a.exported(c).evidence == 2
    c.merge(a.made[-1])
    a.merge(c.export(a))
    assert a.exported(c).evidence == 0


def test_what_a_peer_may_not_have_is_not_the_reason_to_send_it_the_rest_again(trio: list[Laptop]) -> None:
    a, _, c = trio
    table(a, [("r1", "one"), ("r2", "two"), ("r3", "three")])
    incident_of(a, keys(a)[:1], "RED")
    first = a.exported(c)
    assert (first.evidence, first.evidence_withheld) == (2, 1)
    c.merge(a.made[-1])
    a.merge(c.export(a))
    again = a.exported(c)
    assert (again.evidence, again.evidence_withheld) == (0, 1)


@pytest.mark.parametrize("also", [[], [{"import": "f" * 32, "leaf": -1, "proof": []}]])
def test_nobody_adds_a_row_to_an_import_that_was_made_here(trio: list[Laptop], also: list[Line]) -> None:
    a, b, _ = trio
    table(a, [("r1", "one")])
    table(b, [("planted", "planted")])
    ours = a.store.value("SELECT entity FROM import")
    claim = {"import": ours, "leaf": -1, "proof": []}
    done = a.merge(changed(b.export(a), b, a, lambda line: line.update(imports=[claim, *also])))
    assert (done.evidence_new, done.refused) == ((1, 0) if also else (0, 1))
    planted = a.store.rows(
        "SELECT p.row FROM import_repeat AS p JOIN import AS i ON i.id = p.import WHERE i.entity = ?", (ours,)
    )
    assert planted == []
    assert a.store.value("SELECT count(*) FROM evidence_row") == 1 + bool(also)
    a.verified()
