"""The file that carries reference data: a signed table of what is in it, then each set's bytes as they came.

    triage-reference-pack 1\\n
    <bytes of the table>\\n
    <the table: JSON>
    <64 bytes: Ed25519 over everything before them>
    <the content of the first set><of the second> …

Nothing is compressed and no name from it is ever a path, so there is nothing to unfold and nowhere to escape to. The
table names each set's length and SHA-256, so the signature covers the content too. Nothing of the table is parsed
before its signature holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage_app.domain.reference import CODE, Described, day
from triage_app.errors import BadFile, TriageError
from triage_app.formats import strict_json
from triage_app.language import say

SUFFIX: Final = ".pack"
BEGINS: Final = b"triage-reference-pack "
"Of this version or another."

MAGIC: Final = BEGINS + b"1\n"
SIGNATURE_BYTES: Final = 64
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_TABLE: Final = 256 * 1024
MOST_DEPTH: Final = 4
MOST_SETS: Final = 64
MOST_TEXT: Final = 1_000

_LENGTH = re.compile(rb"[1-9][0-9]{0,6}\n")
_SHA = re.compile(r"[0-9a-f]{64}")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_AGAIN: Final = "Nothing of it was taken. Ask whoever handed it to you for another copy."


@dataclass(frozen=True)
class Part:
    """One set in a pack, and where its content lies."""

    said: Described
    start: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Pack:
    """What a pack holds. Its signature was verified."""

    name: str
    made: date
    parts: tuple[Part, ...]
    key: str
    "Which of the trusted keys signed it, in hexadecimal."
    fingerprint: str
    "SHA-256 of all that the signature covers: names this pack and no other."


def read(file: IO[bytes], keys: Sequence[str]) -> Pack:
    """Return what a pack holds, its content unread; raise ``BadFile``, or ``TriageError`` (untrusted).

    ``keys`` are the trusted ones (Ed25519, hexadecimal).
    """
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise _bad(say("it is larger than {0} MiB", MOST_BYTES // (1024 * 1024)))
    file.seek(0)
    first = file.read(len(MAGIC))
    if first != MAGIC:
        if first.startswith(BEGINS):
            raise BadFile(
                "This pack was made for a newer version of the program.",
                "Update the program, or ask for an older pack.",
            )
        raise BadFile("This is no pack of reference data.", "Choose a file whose name ends in .pack.")
    length = file.readline(9)
    if not _LENGTH.fullmatch(length) or int(length) > MOST_TABLE:
        raise _bad(say("the length of its table is not what it should be"))
    untrusted_table = file.read(int(length))
    untrusted_signature = file.read(SIGNATURE_BYTES)
    if len(untrusted_table) != int(length) or len(untrusted_signature) != SIGNATURE_BYTES:
        raise _bad(say("it is cut short"))
    signed = MAGIC + length + untrusted_table
    key = _signer(signed, untrusted_signature, keys)
    pack = _parsed(untrusted_table, key, hashlib.sha256(signed).hexdigest(), file.tell())
    ends = pack.parts[-1].start + pack.parts[-1].size
    if ends != size:
        raise _bad(say("it is cut short") if ends > size else say("something follows its end"))
    return pack


def content(file: IO[bytes], part: Part) -> bytes:
    """Return the bytes of one set; raise ``BadFile`` where they are not those that were signed."""
    file.seek(part.start)
    data = file.read(part.size)
    if len(data) != part.size or hashlib.sha256(data).hexdigest() != part.sha256:
        raise _bad(say("the content of “{0}” is not what was signed", part.said.code))
    return data


def write(name: str, made: date, sets: Sequence[tuple[Described, bytes]], sign: Callable[[bytes], bytes]) -> bytes:
    """Return a pack; ``sign`` returns the Ed25519 signature of bytes. The same input makes the same bytes."""
    table = {
        "version": 1,
        "name": name,
        "made": made.isoformat(),
        "sets": [
            {
                "set": said.code, "source": said.source, "licence": said.licence, "as_of": said.as_of.isoformat(),
                "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            }
            for said, data in sets
        ],
    }  # fmt: skip
    told = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    signed = MAGIC + b"%d\n" % len(told) + told
    return b"".join([signed, sign(signed), *(data for _, data in sets)])


def _signer(signed: bytes, untrusted_signature: bytes, keys: Sequence[str]) -> str:
    if not keys:
        raise TriageError(
            "This version of the program trusts no release key yet, so it can take no pack of reference data.",
            "Nothing need be wrong with the file: it can be taken by a version that ships with a release key.",
            "untrusted",
        )
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(untrusted_signature, signed)
        except InvalidSignature:
            continue
        return key
    raise TriageError(
        "This pack is not signed by a release key that this program trusts, or it was changed since.",
        "Nothing of it was taken. Do not use it, and ask whoever handed it to you where it comes from.",
        "untrusted",
    )


def _bad(why: str) -> BadFile:
    return BadFile(say("This pack of reference data cannot be read: {0}.", why), _AGAIN)


def _parsed(untrusted_table: bytes, key: str, fingerprint: str, start: int) -> Pack:
    try:
        told = strict_json.loads(untrusted_table.decode("utf-8"), max_depth=MOST_DEPTH)
    except ValueError as error:
        why = str(error) if isinstance(error, strict_json.BadRecord) else say("its table is not text in UTF-8")
        raise _bad(why) from None
    if not isinstance(told, dict) or told.get("version") != 1:
        raise _bad(say("its table is not what it should be"))
    sets = told.get("sets")
    if not isinstance(sets, list) or not 0 < len(sets) <= MOST_SETS:
        raise _bad(say("it holds no set, or more than {0}", MOST_SETS))
    made = _day(told, "made")
    parts: list[Part] = []
    for one in sets:
        if not isinstance(one, dict):
            raise _bad(say("its table is not what it should be"))
        part = _part(one, start)
        if any(part.said.code == other.said.code for other in parts):
            raise _bad(say("“{0}” is in it twice", part.said.code))
        if part.said.as_of > made:  # it would keep every later one out
            raise _bad(say("“{0}” is dated after the pack itself", part.said.code))
        start += part.size
        parts.append(part)
    return Pack(_text(told, "name"), made, tuple(parts), key, fingerprint)


def _part(one: dict[str, Any], start: int) -> Part:
    code, size, sha256 = one.get("set"), one.get("size"), one.get("sha256")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise _bad(say("a set in it has no name"))
    if type(size) is not int or not 0 < size <= MOST_BYTES:
        raise _bad(say("the size of “{0}” is not what it should be", code))
    if not isinstance(sha256, str) or not _SHA.fullmatch(sha256):
        raise _bad(say("the sum of “{0}” is not what it should be", code))
    return Part(Described(code, _text(one, "source"), _text(one, "licence"), _day(one, "as_of")), start, size, sha256)


def _text(told: dict[str, Any], name: str) -> str:
    text = told.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT or _HIDDEN.search(text):
        raise _bad(say("its “{0}” is missing, too long, or holds characters that cannot be seen", name))
    return text.strip()


def _day(told: dict[str, Any], name: str) -> date:
    try:
        return day(told.get(name))
    except ValueError:
        raise _bad(say("its “{0}” is no day, such as 2026-11-28", name)) from None
