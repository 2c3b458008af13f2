"""One signed root proves any row of an import, at its place and nowhere else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import golden
from triage_app.domain.merkle import (
    BLOCK,
    GROUP,
    ID_BYTES,
    Growing,
    Shape,
    Tree,
    block_root,
    blocks_of,
    proof_in_block,
    proves,
    root_of_blocks,
    way_of_block,
)

counts = st.integers(1, 200)


def ids(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


@pytest.mark.parametrize("vector", golden("merkle"), ids=lambda vector: str(vector["count"]))
def test_roots_and_proofs_are_those_of_the_first_release(vector: dict[str, Any]) -> None:
    tree = Tree(ids(vector["count"]))
    assert tree.root == vector["root"]
    if vector["count"]:
        proof = tree.proof(vector["count"] - 1)
        assert hashlib.sha256(json.dumps(proof).encode()).hexdigest() == vector["last_proof_sha256"]


@given(counts, st.data())
def test_every_row_is_proved_at_its_own_place_only(count: int, data: st.DataObject) -> None:
    rows = ids(count)
    tree = Tree(rows)
    place = data.draw(st.integers(0, count - 1))
    proof = tree.proof(place)
    assert proves(proof, place, rows[place], tree.root, count)
    other = data.draw(st.integers(-2, count + 3 * GROUP))
    assert proves(proof, other, rows[place], tree.root, count) == (other == place)


@given(counts, st.data())
def test_a_changed_proof_id_root_or_count_proves_nothing(count: int, data: st.DataObject) -> None:
    rows = ids(count)
    tree = Tree(rows)
    place = data.draw(st.integers(0, count - 1))
    proof = tree.proof(place)
    assert not proves(proof, place, hashlib.sha256(b"other").digest(), tree.root, count)
    assert not proves(proof, place, rows[place], "0" * 64, count)
    assert not proves(proof[:-1], place, rows[place], tree.root, count)
    assert not proves([*proof, ""], place, rows[place], tree.root, count)
    assert not proves([*proof, "00" * 32], place, rows[place], tree.root, count)
    step = data.draw(st.integers(0, len(proof) - 1))
    spoilt = [*proof]
    spoilt[step] = "ff" * 32 if proof[step] != "ff" * 32 else ""
    assert not proves(spoilt, place, rows[place], tree.root, count)


@given(counts)
def test_no_two_lists_have_one_root(count: int) -> None:
    rows = ids(count)
    root = Tree(rows).root
    assert Tree(rows[:-1]).root != root
    assert Tree([*rows, rows[-1]]).root != root
    if count > 1:
        assert Tree([rows[1], rows[0], *rows[2:]]).root != root


@given(st.lists(st.text("0123456789abcdefzZ \ud800", max_size=70), max_size=6), st.integers(), st.binary(max_size=40))
def test_any_claim_at_all_is_answered_with_no(proof: list[str], index: int, evidence_id: bytes) -> None:
    assert not proves(proof, index, evidence_id, Tree(ids(40)).root, 40)


def test_the_longest_group_of_a_false_tree_is_no_proof() -> None:
    rows = ids(GROUP + 1)
    tree = Tree(rows)
    padded = [b"".join(rows).hex(), *tree.proof(0)[1:]]
    assert not proves(padded, 0, rows[0], tree.root, len(rows))


@given(st.lists(counts | st.just(0), max_size=8))
def test_a_root_that_grows_by_pieces_is_the_trees(pieces: list[int]) -> None:
    all_ids = ids(sum(pieces))
    growing, at = Growing(), 0
    for piece in pieces:
        growing.extend(b"".join(all_ids[at : at + piece]))
        at += piece
        assert growing.root() == Tree(all_ids[:at]).root
    assert growing.root() == Tree(all_ids).root


@given(st.integers(1, 5 * BLOCK + 17), st.data())
def test_blocks_make_the_same_root_and_the_same_proofs(count: int, data: st.DataObject) -> None:
    rows = ids(count)
    tree = Tree(rows)
    blocks = [b"".join(rows[start : start + BLOCK]) for start in range(0, count, BLOCK)]
    roots = b"".join(map(block_root, blocks))
    assert len(blocks) == blocks_of(count)
    assert root_of_blocks(roots) == tree.root
    for index in (0, count - 1, data.draw(st.integers(0, count - 1))):
        way = way_of_block(roots, index // BLOCK)
        assert proof_in_block(blocks[index // BLOCK], index, count, way) == tree.proof(index)


@given(st.integers(1, 5 * BLOCK), st.data())
def test_a_shape_has_proofs_of_the_size_of_real_ones_that_share_as_much(count: int, data: st.DataObject) -> None:
    tree, shape = Tree(ids(count)), Shape("rows", count)
    seen: dict[tuple[int, int], tuple[str, str]] = {}
    for index in (0, count - 1, *data.draw(st.lists(st.integers(0, count - 1), max_size=8))):
        real, like = tree.proof(index), shape.proof(index)
        assert [len(part) for part in like] == [len(part) for part in real]
        for level, pair in enumerate(zip(real, like, strict=True)):
            for other, known in seen.items():
                if other[0] == level:
                    assert (known[0] == pair[0]) == (known[1] == pair[1]) or not pair[0]
            seen[(level, index)] = pair


def test_a_tree_of_nothing_has_one_root_however_it_is_made() -> None:
    assert Tree([]).root == Growing().root() == root_of_blocks(b"") == block_root(b"").hex()
    assert blocks_of(0) == 0
    assert way_of_block(b"", 0) == []


def test_a_shape_of_nothing_has_a_proof_too() -> None:
    assert [len(part) for part in Shape("rows", 0).proof(0)] == [64]


def test_a_shape_names_the_ids_that_are_known_and_invents_the_others() -> None:
    rows = ids(2 * GROUP)
    like = Shape("rows", len(rows), {0: rows[0], GROUP + 1: rows[GROUP + 1]})
    first, second = like.proof(0)[0], like.proof(GROUP)[0]
    assert first.startswith(rows[0].hex())
    assert second[2 * ID_BYTES : 4 * ID_BYTES] == rows[GROUP + 1].hex()
    assert rows[1].hex() not in first + second
    assert len({first[at : at + 64] for at in range(0, len(first), 64)}) == GROUP
    assert Shape("rows", 40).proof(0) != Shape("readings", 40).proof(0)
