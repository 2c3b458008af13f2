"""The ZIP archive inside a bundle, written so that equal content gives equal bytes.

No dates, no flags, no extra fields, no folders, no comment: an entry's headers follow from its
name, method, sizes and checksum alone, so the reader compares them byte for byte.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.formats.bundle.limits import RATIO

STORED: Final = 0
DEFLATED: Final = 8
LEVEL: Final = 6
LARGE: Final = 256 * 1024
LARGE_LEVEL: Final = 3
"Of larger content: a tenth more of bytes, in a third of the time."

LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
END: Final = struct.Struct("<4sHHHHIIH")

VERSION: Final = 20
"ZIP 2.0: DEFLATE, nothing else."
DATE: Final = (0 << 9) | (1 << 5) | 1
"1 January 1980, the earliest there is: the time of writing stands in the manifest alone."


@dataclass(frozen=True)
class Entry:
    """One entry as its headers describe it."""

    name: bytes
    method: int
    crc: int
    packed_size: int
    size: int

    def local_header(self) -> bytes:
        """Return the bytes in front of the entry's content."""
        return (
            LOCAL.pack(b"PK\3\4", VERSION, 0, self.method, 0, DATE, self.crc, self.packed_size, self.size,
                       len(self.name), 0)
            + self.name
        )  # fmt: skip

    def central_header(self, offset: int) -> bytes:
        """Return the bytes that stand for the entry in the directory."""
        return (
            CENTRAL.pack(b"PK\1\2", VERSION, VERSION, 0, self.method, 0, DATE, self.crc, self.packed_size, self.size,
                         len(self.name), 0, 0, 0, 0, 0, offset)
            + self.name
        )  # fmt: skip

    @property
    def cost(self) -> int:
        """Bytes that the entry takes up in an archive, headers and all."""
        return LOCAL.size + CENTRAL.size + 2 * len(self.name) + self.packed_size


@dataclass(frozen=True)
class Packed:
    """An entry with its packed content."""

    entry: Entry
    data: bytes


def pack(name: str, content: bytes) -> Packed:
    """Return an entry, deflated where that helps; what would look like a bomb is stored as it is."""
    level = LEVEL if len(content) < LARGE else LARGE_LEVEL
    deflater = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflater.compress(content) + deflater.flush()
    method = DEFLATED
    if len(data) >= len(content) or len(data) * RATIO < len(content):
        method, data = STORED, content
    return Packed(Entry(name.encode("ascii"), method, zlib.crc32(content), len(data), len(content)), data)


def archive(members: Sequence[Packed]) -> bytes:
    """Return the archive of the members, in their order."""
    return b"".join(archived([member.entry for member in members], [member.data for member in members]))


def archived(entries: Sequence[Entry], contents: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the archive of some entries, in their order, piece by piece."""
    directory: list[bytes] = []
    offset = 0
    for entry, data in zip(entries, contents, strict=True):
        header = entry.local_header()
        yield header
        yield data
        directory.append(entry.central_header(offset))
        offset += len(header) + len(data)
    yield from directory
    size = sum(map(len, directory))
    yield END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), size, offset, 0)
