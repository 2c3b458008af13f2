"""The ZIP archive inside a bundle, written so that equal content gives equal bytes.

No dates, no flags, no extra fields, no folders, no comment: an entry's headers follow from its
name, method, sizes and checksum alone, so the reader compares them byte for byte.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from triage_app.formats.bundle.limits import RATIO

STORED: Final = 0
DEFLATED: Final = 8
LEVEL: Final = 6

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
    deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflater.compress(content) + deflater.flush()
    method = DEFLATED
    if len(data) >= len(content) or len(data) * RATIO < len(content):
        method, data = STORED, content
    return Packed(Entry(name.encode("ascii"), method, zlib.crc32(content), len(data), len(content)), data)


def archive(members: Sequence[Packed]) -> bytes:
    """Return the archive of the members, in their order."""
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for member in members:
        header = member.entry.local_header()
        pieces += (header, member.data)
        directory.append(member.entry.central_header(offset))
        offset += len(header) + len(member.data)
    size = sum(map(len, directory))
    end = END.pack(b"PK\5\6", 0, 0, len(members), len(members), size, offset, 0)
    return b"".join((*pieces, *directory, end))
