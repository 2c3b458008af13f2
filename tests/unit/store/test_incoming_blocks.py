"""Evidence that comes by the block is a run of its import where it is proved, and comes row by row where it is not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, contents_of, forged
from tests.unit.store.evidence import Row, load, row, take_back
from triage_app.domain.merkle import BLOCK
from triage_app.formats.bundle import BundleContents
from triage_app.services.exchange import Merged
from triage_app.store import imports

ROWS = BLOCK + 100
"Two blocks, both of them large enough to go as such."


@pytest.fixture
def bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every bundle be one of very many rows."""
    monkeypatch.setattr(imports, "MANY_ROWS", 1)


def some(count: int = ROWS, first: int = 0) -> list[Row]:
    return [row(f"alert {number}", 1_000_000 + number) for number in range(first, first + count)]


def sent(a: Laptop, b: Laptop, change: Callable[[BundleContents], dict[str, Any]]) -> Path:
    """Export from one to the other and sign what was changed anew."""
    contents = contents_of(a.export(b), b)
    return forged(a, b, dataclasses.replace(contents, **change(contents)))


def of_block(line: bytes, place: int, **head: Any) -> bytes:
    """Change a row of a block's line, or what stands before its rows."""
    said, *rows = line.split(b"\t")
    if not head:
        rows[place] = rows[place].replace(b"alert", b"Alert", 1)
    return b"\t".join((json.dumps({**json.loads(said), **head}).encode(), *rows))


def runs(laptop: Laptop) -> list[tuple[int, int]]:
    """Return (rows, leaf of the first) of each run, in the order of its rows."""
    return [(last - first + 1, leaf) for first, last, leaf in
            laptop.store.rows("SELECT first, last, leaf FROM import_range ORDER BY first")]  # fmt: skip


def repeats(laptop: Laptop) -> list[tuple[int, int]]:
    return list(laptop.store.rows("SELECT leaf, reading FROM import_repeat ORDER BY leaf"))


def titles(laptop: Laptop) -> set[str]:
    return {json.loads(found[0])["name"] for found in laptop.store.rows("SELECT rest FROM evidence_row")}


def indexes(laptop: Laptop) -> list[tuple[str]]:
    return list(laptop.store.rows("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1"))


def came(done: Merged) -> tuple[int, int]:
    return done.evidence_new, done.refused


def sound(*laptops: Laptop) -> None:
    """Let all meet, and check that all holds together and is the same everywhere."""
    for _ in range(2):
        for one in laptops:
            for other in laptops:
                if one is not other:
                    other.merge(one.export(other))
    assert len({laptop.verified() for laptop in laptops}) == 1


# ---- proved ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 10**6])
def test_a_proved_import_is_one_run_and_comes_but_once(
    trio: list[Laptop], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(imports, "MANY_ROWS", many)
    a, b, _ = trio
    load(a.session, some())
    path = a.export(b)
    assert len(contents_of(path, b).blocks) == 2
    assert came(b.merge(path)) == (ROWS, 0)
    assert (runs(b), repeats(b)) == ([(ROWS, 0)], [])
    assert titles(b) == titles(a)
    assert [bytes(one) for (one,) in b.store.rows("SELECT evidence_id FROM evidence_row ORDER BY id")] == [
        bytes(one) for (one,) in a.store.rows("SELECT evidence_id FROM evidence_row ORDER BY id")
    ]
    assert b.store.value("SELECT count(*) FROM alert") == ROWS
    assert came(b.merge(path)) == (0, 0)
    b.merge(a.export(b, full=True))
    assert (runs(b), repeats(b)) == ([(ROWS, 0)], [])
    a.merge(b.export(a))
    sound(a, b)
    assert indexes(b) == indexes(a)


@pytest.mark.parametrize("many", [1, 10**6])
def test_rows_that_two_imports_share_are_stored_once_and_belong_to_both(
    trio: list[Laptop], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(imports, "MANY_ROWS", many)
    a, b, c = trio
    load(a.session, some())
    load(a.session, some(ROWS, 50), name="again")
    assert came(b.merge(a.export(b))) == (ROWS + 50, 0)
    assert [one for one in runs(b) if one[0] >= 50]
    assert b.store.value("SELECT count(*) FROM evidence_row") == ROWS + 50
    c.merge(b.export(c))
    a.merge(c.export(a))
    sound(a, b, c)


def test_rows_that_were_here_alone_join_what_comes_and_the_rest_makes_runs_around_them(trio: list[Laptop]) -> None:
    a, b, _ = trio
    rows = some()
    load(b.session, [rows[10], rows[11], rows[300]], name="of b")
    load(a.session, rows)
    assert came(b.merge(a.export(b))) == (ROWS - 3, 0)
    assert runs(b)[1:] == [(10, 0), (288, 12), (ROWS - 301, 301)]
    assert repeats(b) == [(10, 0), (11, 0), (300, 0)]
    a.merge(b.export(a))
    sound(a, b)


def test_what_comes_over_several_bundles_makes_runs_of_their_own(trio: list[Laptop]) -> None:
    a, b, _ = trio
    load(a.session, some())
    path = a.export(b)
    blocks = contents_of(path, b).blocks
    for place, rows in ((1, 100), (0, BLOCK)):
        part = forged(a, b, dataclasses.replace(contents_of(path, b), blocks=[blocks[place]]))
        assert came(b.merge(part)) == (rows, 0)
    assert runs(b) == [(100, BLOCK), (BLOCK, 0)]
    assert came(b.merge(path)) == (0, 0)
    sound(a, b)


def test_an_import_of_ours_that_comes_back_proves_nothing_and_changes_nothing(trio: list[Laptop]) -> None:
    a, b, _ = trio
    load(a.session, some())
    b.merge(a.export(b))
    a.merge(b.export(a))
    before = a.verified()
    assert came(a.merge(b.export(a, full=True))) == (0, 0)
    assert (runs(a), repeats(a), a.verified()) == ([(ROWS, 0)], [], before)


def test_rows_that_come_again_show_what_an_import_that_was_taken_back_had_hidden(trio: list[Laptop]) -> None:
    a, b, _ = trio
    hidden = load(b.session, some())
    take_back(b.session, hidden.entity)
    assert b.store.value("SELECT count(*) FROM alert") == 0
    load(a.session, some(), name="another")
    assert came(b.merge(a.export(b))) == (0, 0)
    assert b.store.value("SELECT count(*) FROM alert") == ROWS
    b.verified()


# ---- not proved -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 10**6])
def test_a_row_that_is_not_what_it_says_spoils_no_other(
    trio: list[Laptop], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(imports, "MANY_ROWS", many)
    a, b, _ = trio
    load(a.session, some())
    path = sent(a, b, lambda one: {"blocks": [of_block(of_block(one.blocks[0], 7), 9), of_block(one.blocks[1], 3)]})
    assert came(b.merge(path)) == (ROWS - 3, 3)
    assert b.store.value("SELECT count(*) FROM evidence_row") == ROWS - 3
    assert not titles(b) & {f"alert {number}" for number in (7, 9, BLOCK + 3)}
    assert came(b.merge(path))[0] == 0
    b.merge(a.export(b, full=True))
    assert titles(b) == titles(a)
    sound(a, b)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tree: {**tree, "rows": "00" * (len(tree["rows"]) // 2)},
        lambda tree: {**tree, "readings": "00" * (len(tree["readings"]) // 2)},
        lambda tree: {**tree, "readings": ""},
        lambda tree: {**tree, "import": "f" * 32},
        None,
    ],
)
def test_blocks_that_nothing_signed_proves_come_row_by_row_and_are_unattested(
    trio: list[Laptop], spoil: Callable[[dict[str, Any]], dict[str, Any]] | None
) -> None:
    a, b, _ = trio
    load(a.session, some())
    path = sent(
        a,
        b,
        lambda one: {"trees": [json.dumps(spoil(json.loads(tree))).encode() for tree in one.trees] if spoil else []},
    )
    done = b.merge(path)
    assert done.evidence_new == ROWS
    assert runs(b) == []
    assert b.store.value("SELECT count(*) FROM import_repeat") == ROWS
    b.merge(a.export(b, full=True))
    assert {leaf for leaf, _ in repeats(b)} == set(range(ROWS))
    b.verified()


def test_a_line_that_is_no_block_and_one_that_is_no_tree_are_refused_and_counted(trio: list[Laptop]) -> None:
    a, b, _ = trio
    load(a.session, some())
    path = sent(
        a, b,
        lambda one: {"blocks": [b"{}", *one.blocks, b"no block"], "trees": [b"{}", *one.trees, b"no tree", b"[]"]},
    )  # fmt: skip
    assert came(b.merge(path)) == (ROWS, 5)
    assert runs(b) == [(ROWS, 0)]
    assert came(b.merge(path))[0] == 0
    sound(a, b)


@pytest.mark.parametrize("name", ["import", "layout"])
def test_a_block_that_names_what_could_not_be_stored_is_refused_and_the_rest_is_taken(
    trio: list[Laptop], name: str
) -> None:
    a, b, _ = trio
    load(a.session, some())
    layout = json.dumps({"format": "csv", "source": "\ud800", "verbatim": {}}, ensure_ascii=False)
    head = {"import": "\ud800", "layout": layout}[name]
    path = sent(a, b, lambda one: {"blocks": [of_block(one.blocks[0], 0, **{name: head}), one.blocks[1]]})
    assert came(b.merge(path)) == (100, 1)
    sound(a, b)


def test_blocks_that_come_before_the_entry_of_their_import_are_proved_by_it(trio: list[Laptop]) -> None:
    a, b, _ = trio
    load(a.session, some())
    path = sent(a, b, lambda one: {"links": [], "bodies": []})
    assert came(b.merge(path)) == (ROWS, 0)
    assert {leaf for leaf, _ in repeats(b)} == {-1}
    b.merge(a.export(b, full=True))
    assert {leaf for leaf, _ in repeats(b)} == set(range(ROWS))
    sound(a, b)


def test_a_row_that_comes_twice_in_a_large_bundle_is_stored_once(trio: list[Laptop], bulk: None) -> None:
    a, b, _ = trio
    load(a.session, some())
    path = sent(
        a, b, lambda one: {"blocks": [*one.blocks, one.blocks[0], b"no block"], "trees": [*one.trees, b"no tree"]}
    )
    assert came(b.merge(path)) == (ROWS, 2)
    assert b.store.value("SELECT count(*) FROM evidence_row") == ROWS
    assert runs(b) == [(ROWS, 0)]
    assert indexes(b) == indexes(a)
    sound(a, b)


def test_a_row_that_was_read_otherwise_here_is_read_as_its_own_device_signed(trio: list[Laptop]) -> None:
    a, b, _ = trio
    mine, theirs = some(), some()
    for place in (5, 200):
        mine[place] = [*mine[place][:6], "read otherwise", *mine[place][7:]]
    load(a.session, theirs)
    load(b.session, mine, name="of b")
    b.merge(a.export(b))
    a.merge(b.export(a))
    assert b.store.value("SELECT count(*) FROM import_repeat WHERE reading > 0") == 2
    sound(a, b)


def test_an_import_of_two_layouts_goes_whole(trio: list[Laptop]) -> None:
    a, b, _ = trio
    rows = some()
    for one in rows[::2]:
        one[1] = "ab" * 16
    load(a.session, rows)
    assert came(b.merge(a.export(b))) == (ROWS, 0)
    sound(a, b)
