"""A block of evidence says of its rows what each of them would have said alone, and one bad row spoils no other."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import evidence_blocks
from triage_app.domain.evidence import ABSENT, COLUMNS, Layout, evidence_id, reading_digest, restore
from triage_app.domain.evidence_blocks import VALUES, Reader
from triage_app.domain.merkle import BLOCK, ID_BYTES

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


def test_the_hashed_text_is_that_of_the_first_release() -> None:
    row = a_row(0)
    tail = evidence_blocks.tails([(row["score"], [row[name] for name in VALUES])])
    digest = evidence_blocks.digests([bytes.fromhex(row["evidence_id"])], LAYOUT.as_json(), tail)
    assert digest == [reading_digest(bytes.fromhex(row["evidence_id"]), LAYOUT.as_json(), row)]
    assert hashlib.sha256(line_of([row])).digest()
