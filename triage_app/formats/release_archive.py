"""The archive of a folder edition, a ZIP or a tar.xz: what lies in its program folder, strictly.

An archive is looked through whole before anything of it is written; the same checks go along when it is unpacked.
Names are relative and plain, sizes are counted as they come, nothing comes twice. A ZIP holds no link. A tar holds
those that PyInstaller makes, from one library's name to the library in the same folder; any other link refuses it.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from triage_app.errors import BadFile
from triage_app.language import say

MAX_ARCHIVE: Final = 512 * 1024**2
MAX_BYTES: Final = 1024**3
"""What all files may come to when unpacked; ours are an eighth of it."""
MAX_FILES: Final = 5_000
MAX_NAME: Final = 200
_XZ_MEMORY: Final = 128 * 1024**2
_AROUND: Final = 16 * 1024**2
"""What the heads and the filling of a tar may come to beside its files."""
_PIECE: Final = 1 << 20

_PART: Final = re.compile(r"[A-Za-z0-9_+@~(){}\[\],;=!#$%&' .-]{1,120}", re.ASCII)
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, tarfile.TarError, EOFError, ValueError, KeyError, IndexError,
    NotImplementedError, OverflowError, UnicodeError, RuntimeError,
)  # fmt: skip
_DO: Final = "Fetch the release again. If it is refused again, tell whoever publishes it."


@dataclass
class Entry:
    """One file or link of the program folder."""

    name: str
    "Relative to the program folder, with slashes; safe to be put below any folder."
    size: int = 0
    runs: bool = False
    "Whether it is a program or a library that the system is asked to run."
    link: str = ""
    "What it leads to, as it is written in the link; '' for a file."
    read: Callable[[int], bytes] = field(default=lambda _: b"", repr=False)
    "Gives its bytes, piece by piece, until the next entry is asked for."


def entries(untrusted: Path, top: str) -> Iterator[Entry]:
    """Yield what lies below ``top`` in an archive, in its order; the kind is known by the name's end.

    Raises ``BadFile`` for whatever an archive of ours never holds; only at the end it is known to be sound. A link is
    yielded where it stands: lay it down when all files are there, so that nothing is written through it.
    """
    rules = _Rules(untrusted.name, top)
    with untrusted.open("rb") as file:
        if file.seek(0, 2) > MAX_ARCHIVE:
            raise rules.refusal(say("It is larger than {0} MB.", MAX_ARCHIVE // 1024**2))
        file.seek(0)
        kind = _of_zip if untrusted.name.endswith(".zip") else _of_tar
        try:
            yield from kind(file, rules)
        except _BROKEN:
            raise rules.refusal(say("It is damaged.")) from None
    rules.finish()


class _Rules:
    """What holds over a whole archive."""

    def __init__(self, name: str, top: str) -> None:
        self._name = name
        self._top = top
        self._seen: dict[str, str] = {}
        "Lower-case names of what was there → file, link or folder."
        self._links: dict[str, str] = {}
        self._count = self._bytes = 0

    def refusal(self, why: str) -> BadFile:
        return BadFile(say("{0} cannot be used, and nothing of it was kept. {1}", self._name, why), _DO)

    def within(self, name: str, kind: str) -> str:
        """Return a name relative to the program folder, '' for one outside it, once it is known to be harmless."""
        self._count += 1
        if self._count > 2 * MAX_FILES:
            raise self.refusal(say("It holds more than {0} files.", MAX_FILES))
        plain = name.removesuffix("/") if kind == "folder" else name
        parts = plain.split("/")
        if len(name) > MAX_NAME or not all(map(_is_plain, parts)):
            raise self.refusal(say("A name in it leads elsewhere, or is none that we give."))
        folded = plain.casefold()
        if kind != "folder" or folded not in self._seen:
            if folded in self._seen:
                raise self.refusal(say("A name in it comes twice."))
            self._seen[folded] = kind
        for number in range(1, len(parts)):
            above = "/".join(parts[:number]).casefold()
            if self._seen.setdefault(above, "folder") != "folder":
                raise self.refusal(say("A name in it is both a file and a folder."))
        return plain.removeprefix(self._top) if plain.startswith(self._top) and kind != "folder" else ""

    def spend(self, size: int) -> None:
        self._bytes += size
        if size < 0 or self._bytes > MAX_BYTES:
            raise self.refusal(say("It unpacks to more than {0} MB.", MAX_BYTES // 1024**2))

    def link(self, name: str, target: str) -> None:
        reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if not target or target.startswith("/") or reached.startswith("..") or "\\" in target:
            raise self.refusal(say("A link in it leads elsewhere."))
        self._links[name] = reached

    def reading(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Return ``read``, which then says in a sentence that the archive is damaged."""

        def piece(size: int) -> bytes:
            try:
                return read(size)
            except _BROKEN:
                raise self.refusal(say("It is damaged.")) from None

        return piece

    def finish(self) -> None:
        """Raise ``BadFile`` for a link that leads to no file of the same folder: what is then there is unknown."""
        for reached in self._links.values():
            if self._seen.get((self._top + reached).casefold()) != "file":
                raise self.refusal(say("A link in it leads elsewhere."))


def _is_plain(part: str) -> bool:
    fits = _PART.fullmatch(part) is not None and part.strip(" ") == part and part.rstrip(".") == part
    return fits and not _DEVICE.fullmatch(part)


def _of_zip(file: IO[bytes], rules: _Rules) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        listed = archive.infolist()
        for info in listed:  # what the directory of the archive says, before anything is unpacked
            rules.spend(info.file_size)
            mode = info.external_attr >> 16
            if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))):
                raise rules.refusal(say("It holds a link."))
            if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise rules.refusal(say("It is packed in a way that ours are not."))
        for info in listed:
            is_folder = info.orig_filename.endswith("/")
            name = rules.within(info.orig_filename, "folder" if is_folder else "file")
            if name:
                with archive.open(info) as inner:
                    yield Entry(name, info.file_size, read=rules.reading(inner.read))
            elif not is_folder:
                raise rules.refusal(say("It holds more than the folder of the program."))


def _of_tar(file: IO[bytes], rules: _Rules) -> Iterator[Entry]:
    unpacked = _Unpacked(file, rules)
    with tarfile.open(fileobj=unpacked, mode="r|", bufsize=_PIECE) as archive:  # type: ignore[call-overload]
        for info in archive:
            if info.type == tarfile.DIRTYPE:
                rules.within(info.name, "folder")
            elif info.type == tarfile.SYMTYPE:
                name = rules.within(info.name, "link")
                if name:
                    rules.link(name, info.linkname)
                    yield Entry(name, link=info.linkname)
            elif info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and info.sparse is None:
                rules.spend(info.size)
                name = rules.within(info.name, "file")
                inner = archive.extractfile(info)
                if name and inner is not None:
                    yield Entry(name, info.size, bool(info.mode & 0o111), read=rules.reading(inner.read))
            else:
                raise rules.refusal(say("It holds a link, or something that is no file."))
    while unpacked.read(_PIECE):
        pass  # to its very end, where its own sum is


class _Unpacked:
    """The tar in a tar.xz, never more of it than an archive may come to."""

    def __init__(self, file: IO[bytes], rules: _Rules) -> None:
        self._file = file
        self._rules = rules
        self._lzma = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        self._left = MAX_BYTES + _AROUND

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at the end. Raises what ``lzma`` raises, and ``EOFError``."""
        while not self._lzma.eof:
            packed = self._file.read(_PIECE) if self._lzma.needs_input else b""
            if not packed and self._lzma.needs_input:
                raise EOFError
            data = self._lzma.decompress(packed, size)
            if data:
                self._left -= len(data)
                if self._left < 0:
                    raise self._rules.refusal(say("It unpacks to more than {0} MB.", MAX_BYTES // 1024**2))
                return data
        return b""
