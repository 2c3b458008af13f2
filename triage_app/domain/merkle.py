"""A Merkle tree over evidence ids: one signed root proves any row of an import.

Leaves and nodes are hashed under different prefixes, so that neither can pass for the other, and an
odd node rises as it is (the shape of RFC 9162, section 2.1). A leaf is a group of sixteen ids: that
makes the tree of a million rows cost a sixteenth of the hashing, for half a kilobyte more of proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

GROUP: Final = 16
ID_BYTES: Final = 32


def _leaf(group: bytes) -> bytes:
    return hashlib.sha256(b"\0" + group).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _above(level: list[bytes]) -> list[bytes]:
    above = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return [*above, level[-1]] if len(level) % 2 else above


BLOCK: Final = 256
"""Ids of sixteen groups: a part of the tree that travels as a whole."""


def block_root(ids: bytes) -> bytes:
    """Return the hash over a block of ids, one after the other: the node above them in any tree that they are of."""
    size = GROUP * ID_BYTES
    level = [_leaf(ids[start : start + size]) for start in range(0, len(ids), size)] or [_leaf(b"")]
    while len(level) > 1:
        level = _above(level)
    return level[0]


def root_of_blocks(roots: bytes) -> str:
    """Return the hex root of the tree over the blocks whose hashes these are, one after the other."""
    level = [roots[start : start + ID_BYTES] for start in range(0, len(roots), ID_BYTES)] or [_leaf(b"")]
    while len(level) > 1:
        level = _above(level)
    return level[0].hex()


def blocks_of(count: int) -> int:
    """Return how many blocks a tree over so many ids has."""
    return -(-count // BLOCK)


def way_of_block(roots: bytes, place: int) -> list[str]:
    """Return the hashes beside the way up from a block, from those of all blocks ('' for none)."""
    path = []
    level = [roots[start : start + ID_BYTES] for start in range(0, len(roots), ID_BYTES)]
    while len(level) > 1:
        beside = place ^ 1
        path.append(level[beside].hex() if beside < len(level) else "")
        place, level = place // 2, _above(level)
    return path


def proof_in_block(ids: bytes, index: int, count: int, way: Sequence[str]) -> list[str]:
    """Return what ``Tree.proof`` does of the id at ``index``, from its block's ids and the way up from there."""
    place = index % BLOCK // GROUP
    size = GROUP * ID_BYTES
    path = [ids[place * size : (place + 1) * size].hex()]
    level = [_leaf(ids[start : start + size]) for start in range(0, len(ids), size)]
    for _ in range((BLOCK // GROUP).bit_length() - 1):
        if len(level) == 1 and count <= BLOCK:
            break
        beside = place ^ 1
        path.append(level[beside].hex() if beside < len(level) else "")
        place, level = place // 2, _above(level)
    return [*path, *way]


class Growing:
    """The root of a tree over ids that come in pieces, held as one hash a level: a handful, however many come."""

    def __init__(self) -> None:
        self._rest = b""
        self._whole: list[tuple[int, bytes]] = []  # (height, hash) of whole subtrees from the left, each lower

    def extend(self, ids: bytes) -> None:
        """Add ids, 32 bytes each and one after the other."""
        ids = self._rest + ids
        whole = len(ids) - len(ids) % (GROUP * ID_BYTES)
        for start in range(0, whole, GROUP * ID_BYTES):
            self._add(_leaf(ids[start : start + GROUP * ID_BYTES]))
        self._rest = ids[whole:]

    def root(self) -> str:
        """Return the hex root of the tree over all ids so far."""
        hashes = [hash_ for _, hash_ in self._whole]
        if self._rest or not hashes:
            hashes.append(_leaf(self._rest))
        root = hashes.pop()
        while hashes:
            root = _node(hashes.pop(), root)
        return root.hex()

    def _add(self, node: bytes) -> None:
        height = 0
        while self._whole and self._whole[-1][0] == height:
            node = _node(self._whole.pop()[1], node)
            height += 1
        self._whole.append((height, node))


class Tree:
    """The tree over some ids (32 bytes each) in their order."""

    def __init__(self, ids: Sequence[bytes]) -> None:
        self._groups = [b"".join(ids[start : start + GROUP]) for start in range(0, len(ids), GROUP)] or [b""]
        self._levels = [[_leaf(group) for group in self._groups]]
        while len(self._levels[-1]) > 1:
            self._levels.append(_above(self._levels[-1]))

    @property
    def root(self) -> str:
        """The hex root: signed in the journal, it vouches for every id and its place."""
        return self._levels[-1][0].hex()

    def proof(self, index: int) -> list[str]:
        """Return what proves the id at ``index``: its group, then the hashes beside the way up ('' for none)."""
        place = index // GROUP
        path = [self._groups[place].hex()]
        for level in self._levels[:-1]:
            beside = place ^ 1
            path.append(level[beside].hex() if beside < len(level) else "")
            place //= 2
        return path


class Shape:
    """A tree of which only the number of its ids is known.

    Its proofs are as long as real ones and share as much with one another, and prove nothing: they tell how large a
    bundle will be without a look at every row of an import. ``known`` are the ids of some places, which stand beside
    the proofs as well and so take no room twice.
    """

    def __init__(self, name: str, count: int, known: Mapping[int, bytes] | None = None) -> None:
        self._known = known or {}
        self._name = name
        self._count = count
        self._widths = [max(-(-count // GROUP), 1)]
        while self._widths[-1] > 1:
            self._widths.append(-(-self._widths[-1] // 2))

    def proof(self, index: int) -> list[str]:
        """Return what has the size of a proof of the id at ``index``."""
        place = index // GROUP
        ids = min(GROUP, max(self._count - place * GROUP, 1))
        path = ["".join(self._id(place * GROUP + at) for at in range(ids))]
        for level, width in enumerate(self._widths[:-1]):
            beside = place ^ 1
            path.append(self._hash(level, beside) if beside < width else "")
            place //= 2
        return path

    def _id(self, place: int) -> str:
        known = self._known.get(place)
        return self._hash(-1, place) if known is None else known.hex()

    def _hash(self, level: int, place: int) -> str:
        return hashlib.sha256(f"{self._name}:{level}:{place}".encode()).hexdigest()


def proves(untrusted_proof: Sequence[str], index: int, evidence_id: bytes, root_hex: str, count: int) -> bool:
    """Whether a proof leads from this id at this index to the root of a tree over ``count`` ids.

    The count decides where a node rises alone; without it one id could be shown at two places.
    """
    try:
        group, *path = [bytes.fromhex(part) for part in untrusted_proof]
    except ValueError:
        return False
    start = index % GROUP * ID_BYTES
    if not 0 <= index < count or group[start : start + ID_BYTES] != evidence_id:
        return False
    place, width = index // GROUP, -(-count // GROUP)
    if len(group) != ID_BYTES * min(GROUP, count - place * GROUP):
        return False
    node = _leaf(group)
    for beside in path:
        if width == 1 or bool(beside) != ((place ^ 1) < width) or len(beside) not in (0, ID_BYTES):
            return False
        if beside:
            node = _node(beside, node) if place % 2 else _node(node, beside)
        place, width = place // 2, -(-width // 2)
    return width == 1 and node.hex() == root_hex
