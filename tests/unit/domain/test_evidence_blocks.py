"""A block of evidence says of its rows what each of them would have said alone, and one bad row spoils no other."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import evidence_blocks
from triage_app.domain.evidence import (
    ABSENT,
    COLUMNS,
    MAX_SCORE,
    MOST_MILLISECONDS,
    Layout,
    evidence_id,
    reading_digest,
    restore,
)
from triage_app.domain.evidence_blocks import VALUES, Reader
from triage_app.domain.merkle import BLOCK, ID_BYTES, block_root, root_of_blocks

LAYOUT = Layout("csv", "Ward “box”", {"title": ("Title",), "host": ("machine", "name")}, ("Title", "Other"), ("seen",))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["],[", '"],["', "\t", "\\ud800"]
)
rests = st.sampled_from(
    [{}, {"Title": "its own"}, {"machine": {"ip": [1, None, "x"]}}, {ABSENT: ["title"]}, {"odd": "\ud800"}]
)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    for name in ("title", "host", "detail", "tokens", "value"):
        made[name] = draw(texts)
    made |= {
        "key": f"{draw(st.integers(0, 2**128 - 1)):032x}", "rest": json.dumps(draw(rests)),
        "kind": draw(st.integers(0, 7)),
        "severity": draw(st.integers(0, 100)), "seen_at": draw(st.none() | st.integers(0, 10**12)),
        "until_at": draw(st.none() | st.integers(0, 10**12)),
        "score": draw(st.none() | st.floats(-1e9, 1e9) | st.integers(0, 10)),
    }  # fmt: skip
    made["evidence_id"] = evidence_id(LAYOUT.format, restore(LAYOUT, made, json.loads(made["rest"])))
    return made


def line_of(some: list[dict[str, Any]], gone: set[int] = frozenset(), **more: Any) -> bytes:  # type: ignore[assignment]
    ids = [bytes.fromhex(row["evidence_id"]) for row in some]
    tails = evidence_blocks.tails([(row["score"], [row[name] for name in VALUES]) for row in some])
    digests = evidence_blocks.digests(ids, LAYOUT.as_json(), tails)
    sent = [(place, tail) for place, tail in enumerate(tails) if place not in gone]
    readings = b"".join(digests) if gone else b""
    return evidence_blocks.line("e" * 32, 7, b"".join(ids), LAYOUT.as_json(), readings, sent)


@given(st.lists(rows(), min_size=1, max_size=9), st.sets(st.integers(0, 8)))
def test_what_goes_in_comes_out_named_and_hashed_as_each_row_alone(some: list[dict[str, Any]], gone: set[int]) -> None:
    gone = {place for place in gone if place < len(some)}
    if len(gone) == len(some):
        gone.pop()
    block = Reader().read(line_of(some, gone))
    assert (block.entity, block.place, block.refused, block.layout) == ("e" * 32, 7, 0, LAYOUT.as_json())
    assert [row.place for row in block.rows] == [place for place in range(len(some)) if place not in gone]
    for row in block.rows:
        said = some[row.place]
        assert row.evidence_id.hex() == said["evidence_id"]
        assert list(row.values) == [said[name] for name in VALUES]
        assert row.score == said["score"]
    made = [reading_digest(bytes.fromhex(row["evidence_id"]), LAYOUT.as_json(), row) for row in some]
    assert block.readings == b"".join(made)
    assert block.ids == b"".join(bytes.fromhex(row["evidence_id"]) for row in some)


def a_row(number: int = 0, **more: Any) -> dict[str, Any]:
    made = dict.fromkeys(COLUMNS, "") | {
        "key": "0" * 32, "rest": "{}", "kind": 0, "severity": 5, "seen_at": 1000, "until_at": None, "score": 1.5,
        "title": f"alert {number}", **more,
    }  # fmt: skip
    made["evidence_id"] = evidence_id(LAYOUT.format, restore(LAYOUT, made, json.loads(made["rest"])))
    return made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "another"), ("title", 5), ("severity", 101), ("severity", True), ("severity", None), ("seen_at", 1.5),
        ("seen_at", 2**60), ("until_at", "soon"), ("kind", 8), ("kind", -1), ("key", "Z" * 32), ("key", "00"),
        ("host", None), ("tokens", "x" * 70_000), ("rest", "[]"), ("rest", "not json"), ("rest", '{"seen": 1}'),
    ],
)  # fmt: skip
def test_a_row_that_is_not_what_it_says_is_refused_and_the_rest_is_taken(name: str, value: Any) -> None:
    some = [a_row(0), a_row(1), a_row(2)]
    some[1][name] = value
    block = Reader().read(line_of(some))
    assert ([row.place for row in block.rows], block.refused, block.readings) == ([0, 2], 1, b"")


@pytest.mark.parametrize(
    "raw", [b"[1,null", b"null", b"[]", b"[1]", b"[" * 100_000, b'[1,1e999,"x"]', b'"text"', b"7,8"]
)
def test_what_is_no_row_at_all_is_refused_and_the_rest_is_taken(raw: bytes) -> None:
    head, first, _, last = line_of([a_row(0), a_row(1), a_row(2)]).split(b"\t")
    block = Reader().read(b"\t".join((head, first, raw, last)))
    assert ([row.place for row in block.rows], block.refused) == ([0, 2], 1)


@pytest.mark.parametrize(
    ("canonical", "otherwise"),
    [
        (b",1.5,", b", 1.5,"), (b",1.5,", b",1.50,"), (b",1.5,", b",15e-1,"), (b'"alert 1"', b'"\\u0061lert 1"'),
        (b",5,", b",5 ,"), (b",1.5,", b",-0.0,"),
        (b",1.5,", b",3e0,"), (b",0,", b",-0,"), (b'""', b'"" '), (b'"alert 1"', b'"alert\\/1"'),
        (b",null", b",\nnull"),
    ],
)  # fmt: skip
def test_a_row_that_is_written_in_another_way_is_refused_as_it_could_never_be_proved_again(
    canonical: bytes, otherwise: bytes
) -> None:
    head, first, second, last = line_of([a_row(0), a_row(1), a_row(2)]).split(b"\t")
    assert canonical in second
    block = Reader().read(b"\t".join((head, first, second.replace(canonical, otherwise, 1), last)))
    assert ([row.place for row in block.rows], block.refused) == ([0, 2], 1)


@given(rows(), st.integers(0, 10_000), st.sampled_from([" ", "\n", "-", "0", "e0", "\\/", "\\u0041", "\\", '"']))
def test_whatever_is_put_into_a_row_it_is_taken_only_as_it_would_be_written_again(
    row: dict[str, Any], where: int, more: str
) -> None:
    head, text = line_of([row]).decode("utf-8").split("\t")
    where %= len(text)
    spoilt = text[:where] + more + text[where:]
    for taken in Reader().read(f"{head}\t{spoilt}".encode()).rows:
        assert spoilt.partition(",")[2] == evidence_blocks.tails([(taken.score, taken.values)])[0]


def test_a_row_with_a_sign_that_hides_what_follows_it_is_refused() -> None:
    block = Reader().read(line_of([a_row(0), a_row(1, title="loader\0 of nobody"), a_row(2)]))
    assert ([row.place for row in block.rows], block.refused) == ([0, 2], 1)


def test_rows_that_share_their_brackets_are_refused() -> None:
    head, first, second, last = line_of([a_row(0), a_row(1), a_row(2)]).split(b"\t")
    torn = second.index(b",")
    block = Reader().read(b"\t".join((head, first + b"," + second[:torn], second[torn + 1 :], last)))
    assert ([row.place for row in block.rows], block.refused) == ([2], 2)


def test_a_layout_that_is_written_in_another_way_is_refused() -> None:
    line = line_of([a_row(0)])
    said = json.loads(line.split(b"\t")[0])
    said["layout"] = json.dumps(json.loads(said["layout"]), indent=1)
    with pytest.raises(ValueError, match="layout"):
        Reader().read(b"\t".join((json.dumps(said).encode(), *line.split(b"\t")[1:])))


def test_a_lone_surrogate_that_could_not_be_stored_is_refused() -> None:
    line = line_of([a_row(0), a_row(1, category="C:\\users")])
    block = Reader().read(line.replace(b"C:\\\\users", b"\\ud800"))
    assert ([row.place for row in block.rows], block.refused) == ([0], 1)


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ""}, {"ids": "00"}, {"ids": "zz"}, {"ids": "00" * ID_BYTES * (BLOCK + 1)}, {"ids": 5}, {"import": ""},
        {"import": "x" * 65}, {"import": 7}, {"layout": "{}"}, {"layout": 7}, {"place": -1}, {"place": True},
        {"place": 2**60}, {"readings": "00"}, {"readings": None}, {"more": 1}, {"layout": "\ud800"},
        {"import": "\ud800"}, {"layout": LAYOUT.as_json().replace("box", "\ud800")},
    ],
    ids=str,
)  # fmt: skip
def test_a_head_that_makes_no_sense_is_refused_as_a_whole(change: dict[str, Any]) -> None:
    head, *rest = line_of([a_row(0)]).split(b"\t")
    spoilt = b"\t".join((json.dumps({**json.loads(head), **change}).encode(), *rest))
    with pytest.raises((ValueError, LookupError, TypeError)):
        Reader().read(spoilt)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_block_or_refused(untrusted: bytes) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, RecursionError)):
        Reader().read(untrusted)


def test_a_row_that_is_there_twice_is_refused_with_its_block() -> None:
    head, row = line_of([a_row(0), a_row(1)], gone={1}).split(b"\t")
    with pytest.raises(ValueError, match="once"):
        Reader().read(b"\t".join((head, row, row)))


def test_lines_are_the_same_bytes_as_in_the_first_release() -> None:
    line = evidence_blocks.line("e1", 7, b"\x01", "é", b"\x02", [(0, "null,1]"), (3, "1.5,2]")])
    assert line.decode() == ('{"ids":"01","import":"e1","layout":"é","place":7,"readings":"02"}\t[0,null,1]\t[3,1.5,2]')
    tree = evidence_blocks.tree_line("é", 5, b"\x01", b"")
    assert tree.decode() == '{"import":"é","leaves":5,"readings":"","rows":"01"}'


def test_the_hashed_text_is_that_of_the_first_release() -> None:
    row = a_row(0)
    tail = evidence_blocks.tails([(row["score"], [row[name] for name in VALUES])])
    digest = evidence_blocks.digests([bytes.fromhex(row["evidence_id"])], LAYOUT.as_json(), tail)
    assert digest == [reading_digest(bytes.fromhex(row["evidence_id"]), LAYOUT.as_json(), row)]
    assert hashlib.sha256(line_of([row])).digest()


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("severity", 0, True), ("severity", 100, True), ("severity", -1, False), ("kind", 7, True), ("kind", 0, True),
        ("seen_at", MOST_MILLISECONDS, True),
        ("seen_at", MOST_MILLISECONDS + 1, False),
        ("until_at", MOST_MILLISECONDS, True), ("until_at", -MOST_MILLISECONDS, True),
        ("until_at", MOST_MILLISECONDS + 1, False), ("until_at", -MOST_MILLISECONDS - 1, False),
        ("score", MAX_SCORE, True), ("score", -MAX_SCORE, True), ("score", 2 * MAX_SCORE, False),
        ("score", None, True), ("tokens", "x" * evidence_blocks.MOST_TEXT, True),
        ("tokens", "x" * (evidence_blocks.MOST_TEXT + 1), False), ("key", "0" * 31 + "\n", False),
        ("key", "0" * 32 + "\n", False),
    ],
)  # fmt: skip
def test_a_column_may_hold_as_much_as_its_limit_and_no_more(name: str, value: Any, taken: bool) -> None:
    some = [a_row(0), a_row(1, seen_at=None)]
    some[1][name] = value
    some[1]["evidence_id"] = evidence_id(LAYOUT.format, restore(LAYOUT, some[1], json.loads(some[1]["rest"])))
    block = Reader().read(line_of(some))
    assert ([row.place for row in block.rows], block.refused) == (([0, 1], 0) if taken else ([0], 1))


def test_a_score_is_a_number_or_nothing() -> None:
    head, row = line_of([a_row(0), a_row(1)], gone={1}).split(b"\t")
    for said in (b"true", b'"1"', b"[]"):
        block = Reader().read(b"\t".join((head, row.replace(b"[0,1.5,", b"[0," + said + b",", 1))))
        assert (block.rows, block.refused) == ([], 1)


def test_a_row_says_its_place_within_the_block() -> None:
    head, row = line_of([a_row(0), a_row(1)], gone={1}).split(b"\t")
    for place in (b"-1", b"2", b"true", b"0.0", b"1"):
        block = Reader().read(b"\t".join((head, row.replace(b"[0,", b"[" + place + b",", 1))))
        assert (block.rows, block.refused) == ([], 1)


@pytest.mark.parametrize(
    "change", [{"import": "x" * 64}, {"import": "x"}, {"place": 0}, {"place": 2**44 - 1}, {"readings": "00" * ID_BYTES}]
)
def test_a_head_may_say_as_much_as_its_limits(change: dict[str, Any]) -> None:
    head, *rest = line_of([a_row(0)]).split(b"\t")
    said = {**json.loads(head), **change}
    block = Reader().read(b"\t".join((json.dumps(said).encode(), *rest)))
    assert {"import": block.entity, "place": block.place}.items() >= {
        name: value for name, value in change.items() if name != "readings"
    }.items()  # fmt: skip
    assert len(block.rows) == 1


@pytest.mark.parametrize("place", [2**44, 0.0, None])
def test_a_block_past_the_last_is_none(place: Any) -> None:
    head, *rest = line_of([a_row(0)]).split(b"\t")
    with pytest.raises(ValueError, match="not a block"):
        Reader().read(b"\t".join((json.dumps({**json.loads(head), "place": place}).encode(), *rest)))


def test_a_block_has_at_least_one_row_and_no_more_than_ids() -> None:
    head, row = line_of([a_row(0)]).split(b"\t")
    for parts in ((head,), (head, row, row)):
        with pytest.raises(ValueError, match="a block has rows"):
            Reader().read(b"\t".join(parts))
    whole = [a_row(number) for number in range(BLOCK)]
    assert len(Reader().read(line_of(whole)).rows) == BLOCK


def test_readings_of_rows_that_do_not_travel_are_those_that_the_line_says() -> None:
    some = [a_row(0), a_row(1)]
    head, row = line_of(some, gone={1}).split(b"\t")
    said = {**json.loads(head), "readings": "ab" * 2 * ID_BYTES}
    block = Reader().read(b"\t".join((json.dumps(said).encode(), row)))
    assert block.readings == block.rows[0].digest + b"\xab" * ID_BYTES


def test_a_reader_remembers_layouts_and_does_not_mix_them_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_blocks, "_MOST_LAYOUTS", 1)
    reader = Reader()
    rows_ = [a_row(0, rest=json.dumps({name: "x"})) for name in ("Alpha", "Beta", "Gamma", "Delta")]
    for _ in range(2):
        for row in rows_:
            assert Reader().read(line_of([row])) == reader.read(line_of([row]))
    assert len(reader.read(line_of(rows_)).rows) == 4
    other = Layout("csv", "Another", {"title": ("Name",)}, ("Name",))
    made = {**a_row(0)}
    made["evidence_id"] = evidence_id(other.format, restore(other, made, {}))
    tail = evidence_blocks.tails([(made["score"], [made[name] for name in VALUES])])
    line = evidence_blocks.line("e" * 32, 0, bytes.fromhex(made["evidence_id"]), other.as_json(), b"", [(0, tail[0])])
    for _ in range(2):
        assert len(reader.read(line).rows) == len(reader.read(line_of([rows_[0]])).rows) == 1


def test_values_that_are_no_texts_name_their_record_too() -> None:
    row = a_row(0, rest=json.dumps({"nested": {"b": [1, None, "é"], "a": True}, "number": 5}), title="")
    assert len(Reader().read(line_of([row])).rows) == 1


# ---- what proves them ---------------------------------------------------------------------------------------------


def tree_of(leaves: int, **change: Any) -> bytes:
    size = -(-leaves // BLOCK) * ID_BYTES
    said = json.loads(evidence_blocks.tree_line("e" * 32, leaves, b"\x01" * size, b"\x02" * size))
    return json.dumps({**said, **change}).encode()


@pytest.mark.parametrize("leaves", [1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_a_tree_comes_back_as_it_was_written(leaves: int) -> None:
    size = -(-leaves // BLOCK) * ID_BYTES
    for readings in (b"", b"\x02" * size):
        line = evidence_blocks.tree_line("e" * 64, leaves, b"\x01" * size, readings)
        tree = evidence_blocks.read_tree(line)
        assert (tree.entity, tree.leaves, tree.rows, tree.readings) == ("e" * 64, leaves, b"\x01" * size, readings)
    assert evidence_blocks.read_tree(tree_of(leaves)).leaves == leaves


@pytest.mark.parametrize(
    "change",
    [
        {"import": ""}, {"import": "x" * 65}, {"import": 7}, {"leaves": 0, "rows": "", "readings": ""},
        {"leaves": -1}, {"leaves": 2**53},
        {"leaves": "5"}, {"leaves": True}, {"leaves": BLOCK + 1}, {"rows": "00"}, {"rows": ""}, {"rows": "zz"},
        {"rows": None}, {"readings": "00"}, {"readings": "00" * 2 * ID_BYTES}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_nearly_a_tree_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        evidence_blocks.read_tree(tree_of(BLOCK, **change))


@pytest.mark.parametrize("line", [b"[]", b"{}", b"\xff", b"", b"[" * 100_000, b"null"])
def test_what_is_no_tree_at_all_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        evidence_blocks.read_tree(line)


def test_a_tree_has_its_own_blocks_at_their_own_places() -> None:
    ids = [hashlib.sha256(str(number).encode()).digest() for number in range(BLOCK + 3)]
    blocks = [b"".join(ids[:BLOCK]), b"".join(ids[BLOCK:])]
    roots = b"".join(map(block_root, blocks))
    tree = evidence_blocks.SaidTree("e", len(ids), roots, roots)
    assert root_of_blocks(tree.rows) == root_of_blocks(roots)
    for place, other in ((0, 1), (1, 0)):
        assert tree.has_rows(place, blocks[place])
        assert tree.has_readings(place, blocks[place])
        assert not tree.has_rows(place, blocks[other])
        assert not tree.has_readings(place, blocks[other])
        assert not tree.has_rows(place, blocks[place][:-ID_BYTES])
        assert not tree.has_readings(place, b"")
    assert not tree.has_rows(2, b"")
    assert not evidence_blocks.SaidTree("e", len(ids) + 1, roots, roots).has_rows(1, blocks[1])
    assert not evidence_blocks.SaidTree("e", len(ids), roots, b"").has_readings(0, blocks[0])
