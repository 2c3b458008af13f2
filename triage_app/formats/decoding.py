"""From untrusted bytes to text in blocks of whole lines, in bounded memory.

The file may be a pipe, may be larger than memory, may end half-way, may not be text at all. UTF-8 is
the rule; a line that is not valid UTF-8 is read as Windows-1252, byte for byte, which loses nothing;
UTF-16 is read when its byte order mark says so.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from triage_app.errors import BadFile
from triage_app.language import say

PREFIX: Final = 256 * 1024
"""Bytes that detection may look at."""

BLOCK: Final = 1024 * 1024
"""Bytes read at a time."""

MAX_RECORD: Final = 16 * 1024 * 1024
"""The longest line, and the longest record, in characters (DESIGN.md, Processes)."""

_OTHER: Final = "Import the file the alerts came in."
_MAGIC: Final = (
    (b"BZh", "a bzip2 archive", "Unpack it and import the file inside."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it and import the file inside."),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip archive", "Unpack it and import the file inside."),
    (b"Rar!", "a RAR archive", "Unpack it and import the file inside."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it and import the file inside."),
    (b"%PDF", "a PDF document", "Ask the sender for the table behind it, as CSV or JSON."),
    (b"MZ", "a Windows program", "Do not open it. " + _OTHER),
    (b"\x7fELF", "a Linux program", "Do not open it. " + _OTHER),
    (b"SQLite format 3", "an SQLite database", "Export its table as CSV and import that."),
    (b"\x89PNG", "a picture", _OTHER),
    (b"\xff\xd8\xff", "a picture", _OTHER),
    (b"GIF8", "a picture", _OTHER),
    (b"\xd4\xc3\xb2\xa1", "a packet capture", "Run Suricata over it and import the eve.json it writes."),
    (b"\xa1\xb2\xc3\xd4", "a packet capture", "Run Suricata over it and import the eve.json it writes."),
    (b"\x0a\x0d\x0d\x0a", "a packet capture", "Run Suricata over it and import the eve.json it writes."),
    (b"ElfFile", "a Windows event log", "Export its events as CSV and import that."),
    (b"age-encryption.org/", "a sealed bundle", "Merge it under Exchange, not under Import."),
)
CONTAINERS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
"""What a ZIP archive (or workbook), a gzip file and an OLE document (such as an Outlook message) begin with."""

_CONTROLS: Final = frozenset(range(32)) - {0, 9, 10, 11, 12, 13, 26, 27}


class Stream(Protocol):
    """What bytes are read from: a file or a pipe."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to ``size`` bytes, b"" at the end."""


def refuse_binary(prefix: bytes, name: str) -> None:
    """Raise ``BadFile`` unless the first bytes of a file can be text."""
    if not prefix.removeprefix(codecs.BOM_UTF8).strip(b"\x00\t\r\n\x0c\x1a "):
        if 0 in prefix:
            raise BadFile(say("{0} holds nothing but NUL bytes.", name), "It was not copied properly: copy it again.")
        raise BadFile(say("{0} is empty.", name), "Ask the sender for the file again, or copy it again.")
    for magic, kind, advice in _MAGIC:
        if prefix.startswith(magic):
            raise BadFile(say("{0} is {1}, not alerts.", name, kind), advice)
    if prefix.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    sample = prefix[:65536]
    nuls = sample.count(0)
    if nuls * 4 > len(sample) and (not any(sample[0::2][:2000]) or not any(sample[1::2][:2000]) or _alternates(sample)):
        raise BadFile(say("{0} is in UTF-16 without saying so.", name), "Save it again as UTF-8 and import that.")
    controls = sum(sample.count(code) for code in _CONTROLS)
    if controls * 20 > len(sample) or nuls * 3 > len(sample):
        raise BadFile(
            say("{0} is a binary file, not text.", name),
            "Import the file the alerts came in, or export it as JSON or CSV.",
        )


def _alternates(sample: bytes) -> bool:
    """Tell whether NULs sit on every other byte, as Western text in UTF-16 has them."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    return min(even, odd) * 10 < max(even, odd)


class TextSource:
    """The text of one file. ``encoding`` is what it was found to be, ``bytes_read`` how far it has come."""

    def __init__(self, stream: Stream, name: str, *, json: bool = False) -> None:
        """Read the first ``PREFIX`` bytes. ``json`` marks what is not UTF-8 instead of reading it otherwise."""
        self._stream = stream
        self._name = name
        self.json = json
        self.prefix = self._read(PREFIX)
        self.bytes_read = 0
        self.complete = len(self.prefix) < PREFIX
        "Whether ``prefix`` is the whole file."
        self.is_binary = self.prefix.startswith(CONTAINERS)
        "Whether it is a file of bytes that a format of ours may open; no other binary file gets this far."
        if self.is_binary:
            self.encoding = ""
            return
        refuse_binary(self.prefix, name)
        if self.prefix.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.encoding = "utf-16"
        elif self.prefix.startswith(codecs.BOM_UTF8):
            self.encoding = "utf-8-sig"
        else:
            self.encoding = "utf-8" if _is_utf8(self.prefix, self.complete) else "windows-1252"

    def byte_chunks(self) -> Iterator[bytes]:
        """Yield the file as bytes, the prefix first, in pieces of at most ``BLOCK`` bytes."""
        self.bytes_read = len(self.prefix)
        chunk = self.prefix
        while chunk:
            yield chunk
            chunk = self._read(BLOCK)
            self.bytes_read += len(chunk)

    def whole(self, limit: int) -> bytes:
        """Return the whole file; raise ``BadFile`` if it is longer than ``limit`` bytes."""
        data = bytearray()
        for chunk in self.byte_chunks():
            data += chunk
            if len(data) > limit:
                raise BadFile(
                    say(
                        "{0} is larger than {1} MB, more than a file of its kind may be.", self._name, limit // 1000000
                    ),
                    "Ask the sender for it in smaller parts.",
                )
        return bytes(data)

    def reopened(self, limit: int) -> BinaryIO:
        """Return the file from its beginning, able to seek; a pipe of up to ``limit`` bytes is held whole."""
        stream = self._stream
        if isinstance(stream, io.IOBase) and stream.seekable():
            try:
                stream.seek(0)
            except (OSError, ValueError):
                raise vanished(self._name) from None
            return stream  # type: ignore[return-value]
        return io.BytesIO(self.whole(limit))

    def peek(self) -> str:
        """Return the text of the prefix, up to its last whole line if the file goes on; "" for a binary file."""
        if self.is_binary:
            return ""
        if self.encoding == "utf-16":
            try:
                text = codecs.getincrementaldecoder("utf-16")("strict").decode(self.prefix, self.complete)
            except UnicodeDecodeError:
                raise self._not_utf16() from None
        else:
            text = self._decode(self.prefix.removeprefix(codecs.BOM_UTF8), self.complete)
        if not self.complete and "\n" in text:
            text = text[: text.rindex("\n") + 1]
        return text

    def blocks(self) -> Iterator[str]:
        """Yield the text, each block but the last ending with a line feed, or being longer than ``MAX_RECORD``."""
        if self.encoding == "utf-16":
            yield from self._utf16_blocks()
            return
        pending = bytearray()
        for chunk in self._chunks():
            cut = chunk.rfind(b"\n") + 1
            if cut:
                pending += chunk[:cut]
                yield self._decode(bytes(pending), True)
                pending = bytearray(chunk[cut:])
            else:
                pending += chunk
                if len(pending) > MAX_RECORD:
                    yield self._decode(bytes(pending), False)
                    pending.clear()
        if pending:
            yield self._decode(bytes(pending), True)

    def _chunks(self) -> Iterator[bytes]:
        chunk = self.prefix.removeprefix(codecs.BOM_UTF8) if self.encoding == "utf-8-sig" else self.prefix
        self.bytes_read = len(self.prefix)
        while chunk:
            yield chunk
            chunk = self._read(BLOCK)
            self.bytes_read += len(chunk)

    def _utf16_blocks(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-16")("strict")
        pending = ""
        try:
            for chunk in self._chunks():
                pending += decoder.decode(chunk)
                cut = pending.rfind("\n") + 1
                if cut or len(pending) > MAX_RECORD:
                    cut = cut or len(pending)
                    yield pending[:cut]
                    pending = pending[cut:]
            pending += decoder.decode(b"", True)
        except UnicodeDecodeError:
            raise self._not_utf16() from None
        if pending:
            yield pending

    def _not_utf16(self) -> BadFile:
        return BadFile(say("{0} says it is UTF-16 but is not.", self._name), "Save it again as UTF-8 and import that.")

    def _decode(self, data: bytes, whole: bool) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            if self.json:
                return data.decode("utf-8", "surrogateescape")
        return "".join(map(_line, data.splitlines(keepends=True) if whole else [data]))

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError:
            raise vanished(self._name) from None


def how(encoding: str, delimiter: str) -> str:
    """Return in words how a table is written."""
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    code = {
        "utf-8": "UTF-8",
        "utf-8-sig": "UTF-8 with a mark at the start",
        "utf-16": "UTF-16",
        "windows-1252": "not valid UTF-8, so read as Windows-1252: check the accents",
    }
    return f"{names[delimiter]} between cells, {code[encoding]}"


def vanished(name: str) -> BadFile:
    """Return the error for a file that stopped giving bytes before its end."""
    return BadFile(
        say("{0} stopped being readable half-way; nothing of it was kept.", name),
        "Check that the stick or network drive is still there, copy the file to this computer, and import the copy.",
    )


def _is_utf8(data: bytes, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(data, whole)
    except UnicodeDecodeError:
        return False
    return True


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes have no character there; browsers read them as controls, so nothing is lost
        return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in line)
