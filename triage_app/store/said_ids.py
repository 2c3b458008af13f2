"""The ids of the records that one file has said, held in memory to know a record that it says twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SHARDS: Final = 256
_KEPT: Final = 16
"""Bytes of an id that are kept: 128 bits of a SHA-256, in which no two records of a file meet by chance."""


class SaidIds:
    """A set of ids that never holds the interpreter for long, however many there are.

    One set of a million would: Python's search for garbage visits each of its members, growing it copies them,
    and letting it go frees them, each in one piece of 20 to 60 ms in which no window can move. Here the ids lie
    in many small dictionaries, which Python does not search because they hold nothing that could refer to others.
    """

    def __init__(self) -> None:
        self._shards: list[dict[int, None]] = [{} for _ in range(_SHARDS)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def first_times(self, ids: Sequence[bytes]) -> list[bool]:
        """Add ids (32 bytes each) and return, in their order, which of them had not been said before."""
        shards, from_bytes = self._shards, int.from_bytes
        firsts = []
        for evidence_id in ids:
            shard, number = shards[evidence_id[0]], from_bytes(evidence_id[:_KEPT], "little")
            is_first = number not in shard
            if is_first:
                shard[number] = None
            firsts.append(is_first)
        self._count += sum(firsts)
        return firsts

    def clear(self) -> None:
        """Let all go, a few at a time."""
        for shard in self._shards:
            shard.clear()
        self._count = 0
