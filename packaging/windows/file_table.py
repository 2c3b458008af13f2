"""Fill in what wixl leaves out of an MSI's File table: the version and language of every program and library.

Windows Installer keeps a file on the disk that has a version when the package says none, decides so before an upgrade
takes the older product away, and takes it away all the same: the upgraded program would lack every file with a version.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

_NAME: Final = "VS_VERSION_INFO\0".encode("utf-16-le")
_FIXED: Final = b"\xbd\x04\xef\xfe"
_TRANSLATION: Final = "Translation\0".encode("utf-16-le")
_HEAD_LINES: Final = 3


class Version(NamedTuple):
    """What a program or library says of itself in its version resource."""

    number: str
    """Four numbers with dots, as Windows compares them."""
    language: str
    """The language's number in decimal digits; '0', neutral, where the file names none."""


def version_of(data: bytes) -> Version | None:
    """Return the version of a program or library, None for a file without a version resource."""
    at = data.find(_NAME)
    while at >= 0:
        fixed = data.find(_FIXED, at + len(_NAME), at + len(_NAME) + 8)
        if fixed >= 0:
            high, low = struct.unpack_from("<II", data, fixed + 8)
            number = f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"
            (size,) = struct.unpack_from("<H", data, at - 6)  # of the whole resource, at its start
            return Version(number, _language(data, at - 6, at - 6 + size))
        at = data.find(_NAME, at + 2)
    return None


def _language(data: bytes, start: int, end: int) -> str:
    found = data.find(_TRANSLATION, start, end)
    if found < 0:
        return "0"
    value = found + len(_TRANSLATION)
    value += -(value - start) % 4
    (language,) = struct.unpack_from("<H", data, value)
    return str(language)


def with_versions(table: str, found: Mapping[str, Version]) -> str:
    """Return an exported File table with the versions filled in; ``found`` is by the file's key in the table."""
    lines = table.splitlines()
    columns = lines[0].split("\t")
    key, number, language = (columns.index(name) for name in ("File", "Version", "Language"))
    for place in range(_HEAD_LINES, len(lines)):
        cells = lines[place].split("\t")
        if cells[key] in found:
            cells[number], cells[language] = found[cells[key]]
            lines[place] = "\t".join(cells)
    return "".join(f"{line}\r\n" for line in lines)


def without_hashes(table: str, found: Mapping[str, Version]) -> str:
    """Return an exported MsiFileHash table without the files that have a version: it is for those that have none."""
    lines = table.splitlines()
    kept = [line for line in lines[_HEAD_LINES:] if line.split("\t")[0] not in found]
    return "".join(f"{line}\r\n" for line in [*lines[:_HEAD_LINES], *kept])
