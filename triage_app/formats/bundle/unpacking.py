"""The strict reader of the archive inside a bundle.

It follows the directory, believes nothing it has not checked, and never turns a name into a path.
The standard library's zipfile is not used: in Python 3.11.7 it reads overlapping entries, keeps the
last of two equal names and ignores what stands in front of the archive (trust.md, section 5.5).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage_app.formats.bundle.limits import ENTRIES, ENTRY_BYTES, MIB, RATIO, TOTAL_BYTES
from triage_app.formats.bundle.packing import CENTRAL, DEFLATED, END, LOCAL, STORED, Entry
from triage_app.formats.bundle.refusals import damaged, hostile

NAME: Final = re.compile(rb"[a-z][a-z0-9_-]{0,30}(?:/[a-z0-9][a-z0-9_-]{0,79})?(?:\.[a-z0-9]{1,8})?\Z")
"The shape of any name of any format, this one's and later ones': no path that a file system knows."

_FLAG_ENCRYPTED = 0x0041
_FLAG_DESCRIPTOR = 0x0008
_FEED = 64 * 1024
_COMMENT = "The archive in the bundle carries a comment."


@dataclass(frozen=True)
class Place:
    """An entry and where its packed content lies."""

    entry: Entry
    start: int

    @property
    def name(self) -> str:
        """The entry's name, in the shape of ``NAME``."""
        return self.entry.name.decode("ascii")


def directory(untrusted_archive: bytes) -> dict[str, Place]:
    """Return the entries of an archive by name, in the order they lie in; content is not looked at.

    Raises ``BadBundle`` in the order of trust.md, section 2.
    """
    count, table, start = _end(untrusted_archive)
    if count > ENTRIES:
        raise hostile("The archive in the bundle has more than 20,000 entries.")
    entries = list(_central(untrusted_archive, count, table, start))
    if not entries or min(offset for _, offset in entries) != 0:
        raise hostile("Something stands in front of the archive in the bundle.")
    if len({entry.name for entry, _ in entries}) != len(entries):
        raise hostile("The archive in the bundle has two entries of one name.")
    if not all(NAME.match(entry.name) for entry, _ in entries):
        raise hostile("The archive in the bundle has an entry with a name that no bundle uses.")
    _check_sizes([entry for entry, _ in entries])
    return _places(untrusted_archive, entries, table)


def _end(data: bytes) -> tuple[int, int, int]:
    """Return how many entries the directory says it has, where it starts, and where it ends."""
    if data[:4] != b"PK\3\4":
        raise hostile("What is sealed in the bundle does not begin as an archive.")
    at = len(data) - END.size
    if at < LOCAL.size or data[at : at + 4] != b"PK\5\6":
        earlier = data.rfind(b"PK\5\6", max(0, at - 0xFFFF))
        if earlier > 0:
            rest = data[earlier + END.size :]
            if data[earlier + END.size - 2 : earlier + END.size] == len(rest).to_bytes(2, "little"):
                raise hostile(_COMMENT)
            raise hostile("Something follows the end of the archive in the bundle.")
        raise damaged("The archive in the bundle has no end.")
    _, disk, first_disk, here, count, size, start, comment = END.unpack_from(data, at)
    if comment:
        raise hostile(_COMMENT)
    if disk or first_disk or here != count:
        raise hostile("The archive in the bundle claims to be split over several disks.")
    if start + size != at:
        raise hostile("The directory of the archive in the bundle is not where it says it is.")
    return count, start, at


def _central(data: bytes, count: int, table: int, end: int) -> Iterator[tuple[Entry, int]]:
    at = table
    for _ in range(count):
        if at + CENTRAL.size > end or data[at : at + 4] != b"PK\1\2":
            raise damaged("The directory of the archive in the bundle is damaged.")
        fields = CENTRAL.unpack_from(data, at)
        _, made_by, _, flags, method, _, _, crc, packed, size, name_size, extra = fields[:12]
        comment, disk, _, attributes, offset = fields[12:]
        name = data[at + CENTRAL.size : at + CENTRAL.size + name_size]
        entry = Entry(name, method, crc, packed, size)
        if name.endswith(b"/") or attributes & 0x10:
            raise hostile("The archive in the bundle has a folder in it.")
        if made_by >> 8 or attributes:
            raise hostile("The archive in the bundle has an entry with file attributes, as a link has.")
        if comment or disk:
            raise hostile("The archive in the bundle has an entry with a comment or on another disk.")
        _check_kind(flags, method, extra)
        if data[at : at + CENTRAL.size + name_size] != entry.central_header(offset):
            raise hostile("The directory of the archive in the bundle has fields that no bundle uses.")
        yield entry, offset
        at += CENTRAL.size + name_size
    if at != end:
        raise hostile("The directory of the archive in the bundle is longer than its entries.")


def _check_kind(flags: int, method: int, extra: int) -> None:
    if flags & _FLAG_ENCRYPTED:
        raise hostile("The archive in the bundle has an encrypted entry.")
    if flags & _FLAG_DESCRIPTOR:
        raise hostile("The archive in the bundle has an entry whose size is given after it.")
    if flags:
        raise hostile("The archive in the bundle has an entry with flags that no bundle uses.")
    if method not in (STORED, DEFLATED):
        raise hostile("The archive in the bundle is packed by a method that no bundle uses.")
    if extra:
        raise hostile("The archive in the bundle has an entry with extra fields.")


def _check_sizes(entries: list[Entry]) -> None:
    for entry in entries:
        if entry.size > ENTRY_BYTES:
            raise hostile("The archive in the bundle has an entry larger than 256 MB.")
        if entry.size > entry.packed_size * RATIO:
            raise hostile("The archive in the bundle has an entry that unpacks to more than 400 times its size.")
        if entry.method == STORED and entry.size != entry.packed_size:
            raise hostile("The archive in the bundle has an unpacked entry with two sizes.")
    if sum(entry.size for entry in entries) > TOTAL_BYTES:
        raise hostile("The archive in the bundle unpacks to more than 2 GB.")


def _places(data: bytes, entries: list[tuple[Entry, int]], table: int) -> dict[str, Place]:
    """Return where the contents lie, having seen that the entries fill the archive without gap or overlap."""
    places: dict[str, Place] = {}
    at = 0
    for entry, offset in sorted(entries, key=lambda pair: pair[1]):
        if offset < at:
            raise hostile("The archive in the bundle has entries that overlap.")
        if offset > at:
            raise hostile("The archive in the bundle has bytes that belong to no entry.")
        start = offset + LOCAL.size + len(entry.name)
        at = start + entry.packed_size
        if at > table:
            raise hostile("The archive in the bundle has an entry that runs into the directory.")
        header = data[offset:start]
        if header != entry.local_header():
            _explain_local(header)
        place = Place(entry, start)
        places[place.name] = place
    if at != table:
        raise hostile("The archive in the bundle has bytes that belong to no entry.")
    return places


def _explain_local(header: bytes) -> None:
    if header[:4] != b"PK\3\4":
        raise damaged("An entry of the archive in the bundle does not begin as one.")
    _, _, flags, method, _, _, _, _, _, _, extra = LOCAL.unpack_from(header)
    _check_kind(flags, method, extra)
    raise hostile("An entry of the archive in the bundle contradicts the directory.")


def unpacked(untrusted_archive: bytes, place: Place) -> Iterator[bytes]:
    """Yield the content of an entry in blocks; raise ``BadBundle`` where it is not what was declared."""
    entry = place.entry
    view = memoryview(untrusted_archive)[place.start : place.start + entry.packed_size]
    total = crc = 0
    for block in _blocks(view, entry):
        total += len(block)
        if total > entry.size:
            raise hostile("The archive in the bundle has an entry with more content than it declares.")
        crc = zlib.crc32(block, crc)
        yield block
    if total != entry.size:
        raise hostile("The archive in the bundle has an entry with less content than it declares.")
    if crc != entry.crc:
        raise damaged("The archive in the bundle has an entry whose checksum is wrong.")


def _blocks(view: memoryview, entry: Entry) -> Iterator[bytes]:
    if entry.method == STORED:
        for at in range(0, len(view), MIB):
            yield bytes(view[at : at + MIB])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    fed = 0
    try:
        while fed < len(view) and not inflater.eof:
            waiting = bytes(view[fed : fed + _FEED])  # a small feed: zlib copies what it has not yet consumed
            fed += len(waiting)
            while waiting and not inflater.eof:
                block = inflater.decompress(waiting, MIB)
                waiting = inflater.unconsumed_tail
                if block:
                    yield block
        if block := inflater.flush():
            yield block
    except zlib.error as error:
        raise damaged("The archive in the bundle has an entry that cannot be unpacked.") from error
    if not inflater.eof or inflater.unused_data or fed < len(view):
        raise damaged("The archive in the bundle has an entry that does not end where it should.")
