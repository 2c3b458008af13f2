"""How large a bundle would be, from a sample of what goes in: nothing is packed whole, signed or sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.canonical import canonical
from triage_app.formats.bundle import limits, packing, sealing
from triage_app.formats.bundle.writing import entry_bytes, room_of

_ENTRY: Final = 300
"Bytes that an entry costs beside its content: two headers, and its line in the manifest."


@dataclass(frozen=True)
class Sample:
    """Some of the lines of one kind, standing for all of them."""

    lines: Sequence[bytes]
    share: float = 1.0
    "How many lines there are for each in the sample."


@dataclass(frozen=True)
class Weight:
    """What a bundle would come to."""

    bytes: int
    parts: int


def weigh(
    manifest_fields: dict[str, Any],
    kinds: Sequence[Sample],
    blobs: Sequence[int],
    *,
    recipients: int,
    max_part_bytes: int,
) -> Weight:
    """Return the size of a bundle and the number of its parts; ``blobs`` are the sizes of its pieces, packed."""
    fixed = canonical(manifest_fields)
    room = room_of(max_part_bytes, recipients, len(fixed) + 400)
    most = max(entry_bytes(room), 1)
    entries: list[int] = []
    for kind in kinds:
        content = round(sum(len(line) + 1 for line in kind.lines) * kind.share)
        if not content:
            continue
        packed = sum(_packed(kind.lines, most)) * kind.share
        lines = len(kind.lines) * kind.share
        count = max(-(-content // most), -(-round(lines) // (limits.WRITE_LINES // 10)))
        entries += [round(packed / count) + _ENTRY] * count
    entries += [size + _ENTRY for size in blobs]
    parts = [0]
    for size in entries:
        if parts[-1] and parts[-1] + size > room:
            parts.append(0)
        parts[-1] += size
    beside = packing.pack("manifest.json", fixed).entry.packed_size + 2 * _ENTRY
    seal = sealing.sealed_size_bound(0, 0) // 8 + 101 * recipients
    whole = [size + beside for size in parts]
    return Weight(sum(size + seal + sealing.TAG * (size // sealing.CHUNK + 1) for size in whole), len(parts))


def _packed(lines: Sequence[bytes], most: int) -> Iterator[int]:
    """Yield the packed sizes of entries of about ``most`` bytes: small ones shrink less."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        if waiting and size + len(line) > most:
            yield packing.pack("sample", b"\n".join((*waiting, b""))).entry.packed_size
            waiting, size = [], 0
        waiting.append(line)
        size += len(line) + 1
    if waiting:
        yield packing.pack("sample", b"\n".join((*waiting, b""))).entry.packed_size
