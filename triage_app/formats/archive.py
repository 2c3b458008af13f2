"""ZIP archives and gzip files: each file inside is read as if it had come by itself, and all belong to one import.

Names inside are shown and never become paths. A gzip file or a workbook inside a ZIP archive is opened; a file that
nobody can read, is locked, a link or any other archive is one rejected record with the reason. Sizes are counted as
they come, and an archive whose directory already says too much is not begun; damage and bombs refuse the whole archive,
for rows already sent could not be taken back.
"""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Final, cast

from triage_app.domain.evidence import Layout
from triage_app.domain.indicators import visible
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats import workbook
from triage_app.formats.decoding import CONTAINERS, TextSource, refuse_binary
from triage_app.formats.head import Head
from triage_app.formats.inner_output import InnerOutput, Outer
from triage_app.formats.records import Output, shown
from triage_app.formats.registry import Context
from triage_app.language import say

FORMAT: Final = "archive"
TITLE: Final = "ZIP archive or gzip file"
LAYOUT: Final = Layout(FORMAT, "Archive", {})

MAX_MEMBERS: Final = 2_000
MAX_EXPANDED: Final = 8 * 1024**3
EXPANSION: Final = 200
"""Bytes that a byte of the archive may become, over the whole; text seldom goes beyond twenty."""

FREE: Final = 64 * 1024 * 1024
"""Bytes that even a small archive may expand to."""

MAX_HELD: Final = 64 * 1024 * 1024
"""Bytes of an archive that comes through a pipe."""

_BEGINNING: Final = 65_536
_GZIP: Final = b"\x1f\x8b"
_JUNK: Final = (".DS_Store", "Thumbs.db", "desktop.ini")
_JUNK_FOLDER: Final = "__MACOSX"
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, OSError, ValueError, KeyError, IndexError,
    NotImplementedError, OverflowError, UnicodeError,
)  # fmt: skip
_LOCKED: Final = 0x1
_PATCHED_OR_SEALED: Final = 0x20 | 0x40 | 0x2000
"""Flags of what no common program packs: patches, strong encryption, hidden headers (APPNOTE 4.4.4)."""

_BOMB: Final = (
    "It is made to do harm, or was packed in a way that no report is. Ask the sender for the files themselves."
)
_DAMAGE: Final = "It was cut off or changed on its way: copy it again from where it came from."


def recognise(head: Head) -> str | None:
    """Return why a file is an archive, or None."""
    if head.prefix.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "A ZIP archive; each file in it is looked at by itself."
    if head.prefix.startswith(b"\x1f\x8b"):
        return "A gzip file; what is in it is looked at by itself."
    return None


def layout(head: Head) -> Layout:
    """Return the layout of the archive itself, which holds no record; the files inside have their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send what the files in an archive hold to ``output``. Raises ``BadFile``."""
    outer: Outer = output  # type: ignore[assignment]
    file = source.reopened(MAX_HELD)
    budget = _Budget(context.name, _size(file))
    try:
        if context.head.prefix.startswith(_GZIP):
            name = _without_ending(context.name)
            with gzip.GzipFile(fileobj=file, mode="rb") as inner:
                _member(_Bounded(inner, budget), name, outer, context, alone=True)
        else:
            _zip(file, source, outer, context, budget)
    except _BROKEN:
        raise BadFile(say("{0} is a damaged archive; nothing of it was kept.", context.name), _DAMAGE) from None
    source.bytes_read = budget.packed


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, name: str, packed: int) -> None:
        self.name = name
        self.packed = packed
        "Bytes of the archive itself."
        self._left = min(MAX_EXPANDED, EXPANSION * packed + FREE)

    def spend(self, size: int) -> None:
        """Count bytes that came out; raise ``BadFile`` when they are too many."""
        self.foresee(size)
        self._left -= size

    def allows(self, size: int) -> bool:
        """Tell whether so many bytes more may come out."""
        return size <= self._left

    def foresee(self, size: int) -> None:
        """Raise ``BadFile`` if so many bytes that are still to come out are too many."""
        if not self.allows(size):
            raise BadFile(
                say("{0} unpacks to far more than an archive of its size may; nothing was kept.", self.name), _BOMB
            )


class _Bounded:
    """A file inside an archive, read within its budget."""

    def __init__(self, inner: IO[bytes] | gzip.GzipFile, budget: _Budget) -> None:
        self._inner = inner
        self.budget = budget

    def read(self, size: int = 65_536, /) -> bytes:
        """Return up to ``size`` bytes."""
        try:
            data = self._inner.read(size)
        except _BROKEN:
            raise BadFile(say("{0} is a damaged archive; nothing of it was kept.", self.budget.name), _DAMAGE) from None
        self.budget.spend(len(data))
        return data


def _size(file: BinaryIO) -> int:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size


def _zip(file: BinaryIO, source: TextSource, outer: Outer, context: Context, budget: _Budget) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_MEMBERS:
            raise BadFile(
                say(
                    "{0} holds {1:,} files, more than {2:,}; nothing was kept.", context.name, len(entries), MAX_MEMBERS
                ),
                "Unpack it and import the folder.",
            )
        if sum(entry.compress_size for entry in entries) > budget.packed:
            raise BadFile(say("{0} has files that lie over each other; nothing was kept.", context.name), _BOMB)
        wanted = list(_wanted(entries, outer))
        _foresee(archive, [entry for entry, _ in wanted if not _refusal(entry)], budget)
        for entry, name in wanted:
            reason = _refusal(entry)
            if reason:
                outer.reject(0, f"{name}: {reason}", "")
                continue
            source.bytes_read = min(entry.header_offset + 1, budget.packed)
            with archive.open(entry) as inner:
                _member(_Bounded(inner, budget), name, outer, context, alone=len(wanted) == 1, zipped=True)
        if not wanted:
            outer.ignore("archive without a file")


def _foresee(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], budget: _Budget) -> None:
    """Raise ``BadFile`` if the directory says that the files that will be read give too much.

    A file never gives more than its entry says, so nothing has to be read to know. One that can be told from its
    beginning to be none of ours is a reject, and never read to its end.
    """
    if budget.allows(sum(entry.file_size for entry in entries)):
        return
    size = 0
    for entry in entries:
        with archive.open(entry) as inner:
            beginning = inner.read(_BEGINNING)
        size += len(beginning) if _is_unreadable(beginning) else entry.file_size
    budget.foresee(size)


def _is_unreadable(beginning: bytes) -> bool:
    if beginning.startswith(CONTAINERS):
        return False
    try:
        refuse_binary(beginning, "")
    except BadFile:
        return True
    return False


def _wanted(entries: list[zipfile.ZipInfo], outer: Outer) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Yield the files of an archive with the name that each is shown under; what systems leave there is counted."""
    seen: dict[str, int] = {}
    for entry in entries:
        name = shown(visible(entry.filename).replace("\n", " "), 300) or "file without a name"
        if entry.filename.endswith("/") and not entry.file_size:
            continue
        *folders, last = name.split("/")
        if last in _JUNK or _JUNK_FOLDER in folders:
            outer.ignore("file of the system that packed it")
            continue
        seen[name] = seen.get(name, 0) + 1
        yield entry, name if seen[name] == 1 else f"{name} ({seen[name]})"


def _refusal(entry: zipfile.ZipInfo) -> str:
    """Return why a file inside is not read, "" if it is."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link and no file: it is not followed"
    if entry.flag_bits & _LOCKED:
        return "locked with a password: unpack it with the password and import it by itself"
    unusual = entry.flag_bits & _PATCHED_OR_SEALED
    if unusual or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that is not read here: unpack it and import it by itself"
    return ""


def _member(stream: _Bounded, name: str, outer: Outer, context: Context, *, alone: bool, zipped: bool = False) -> None:
    """Read one file inside; what cannot be read is one rejected record, unless it is all there is.

    A gzip file inside a ZIP archive (``zipped``) is opened, as one level more within the same budget.
    """
    if context.inner is None:
        return
    inner = InnerOutput(outer, name)
    try:
        inside = TextSource(stream, name)
        if zipped and inside.prefix.startswith(_GZIP):
            _gzip_inside(stream, inside, name, inner, context, alone=alone)
        elif workbook.is_workbook(inside.prefix):
            context.inner(_measured(inside, name, stream.budget), name, inner, alone)
        elif inside.prefix.startswith(CONTAINERS[:3]):
            raise BadFile(say("{0} is an archive inside an archive.", name), "Unpack it and import it by itself.")
        else:
            context.inner(inside, name, inner, alone)
        while inner.rows and stream.read():  # only at its end does a file prove that it is what was packed
            pass
    except NeedsMapping as error:
        if alone:
            raise
        outer.reject(0, f"{name}: {error.what} Unpack it and import it by itself.", "")
    except BadFile as error:
        if alone or inner.rows or error.do in (_BOMB, _DAMAGE):
            raise
        outer.reject(0, f"{name}: {error.what} {error.do}", "")


def _gzip_inside(
    stream: _Bounded, packed: TextSource, name: str, inner: InnerOutput, context: Context, *, alone: bool
) -> None:
    """Read what a gzip file inside a ZIP archive holds: no archive again, and within the budget of the whole."""
    if context.inner is None:
        return
    beginning = cast(BinaryIO, _Again(packed.prefix, stream))
    with gzip.GzipFile(fileobj=beginning, mode="rb") as opened:
        unpacked = _Bounded(opened, stream.budget)
        inside = TextSource(unpacked, name)
        if inside.prefix.startswith(CONTAINERS[:3]):
            raise BadFile(say("{0} is an archive inside two others.", name), "Unpack it and import it by itself.")
        context.inner(inside, name, inner, alone)
        while inner.rows and unpacked.read():
            pass


def _measured(source: TextSource, name: str, budget: _Budget) -> TextSource:
    """Return a workbook inside an archive, what its parts say they unpack to spent already: none gives more."""
    data = source.whole(workbook.MAX_FILE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            size = sum(entry.file_size for entry in parts.infolist())
    except _BROKEN:
        size = 0  # the workbook says so itself
    budget.spend(size)
    return TextSource(io.BytesIO(data), name)


class _Again:
    """A stream of which the beginning was read already."""

    def __init__(self, beginning: bytes, stream: _Bounded) -> None:
        self._beginning = beginning
        self._stream = stream

    def read(self, size: int = 65_536, /) -> bytes:
        """Return up to ``size`` bytes."""
        if not self._beginning:
            return self._stream.read(size)
        piece, self._beginning = self._beginning[:size], self._beginning[size:]
        return piece


def _without_ending(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".GZ") or name
