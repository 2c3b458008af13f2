"""The headers of a mail: where they end, what they say decoded, whom they name and when.

A header block is read as far as anybody could: a line that is no header keeps its place as one without
a name, and at most 1,000 headers of 64 kB are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from triage_app.formats.mail_coding import clean, decoded, decoded_words, one_line
from triage_app.formats.secrets import MASK, is_secret, mask_text
from triage_app.formats.times import EARLIEST, LATEST

MOST_HEADERS: Final = 1_000
MOST_BYTES: Final = 64 * 1024
"""Bytes of one header that are looked at."""

MOST_TOGETHER: Final = 1_000_000
"""Bytes of all the headers of one mail that are looked at; after that, ``SHORT`` of each."""

SHORT: Final = 500
LOOK_AHEAD: Final = 5
"""Lines after a line that is no header among which a header must come, if the headers are to go on."""

_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_SIGN = re.compile(r'\\.|[\\"(),;:<>]|[^\\"(),;:<>]+', re.DOTALL)
_COMMENT_SIGN = re.compile(r'\\.|[()"]', re.DOTALL)
_DATE = re.compile(
    r"(?:[A-Za-z]{2,9}[.,]*\s*)?(\d{1,2})[ -]+([A-Za-z]{3,9})\.?[ -]+(\d{2,4})\s+"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d{1,9})?\s*([+-]\d{4}|[A-Za-z]{1,5})?\Z",
    re.ASCII,
)
_UNIX_DATE = re.compile(
    r"[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})\s+(\d{4})\s+([+-]\d{4}|[A-Za-z]{1,5})\Z",
    re.ASCII,
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\s*(?:Z|[+-]\d\d:?\d\d)\Z", re.ASCII)
_ROUND_COLON = re.compile(r" ?: ?")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
"""The zones that RFC 5322 names, in minutes; any other word says nothing sure."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Header:
    """One header: its name ("" for a line that is none), its text as it was written, unfolded, and decoded."""

    name: str
    raw: str
    value: str

    def as_json(self) -> list[str]:
        """Return [name, value], and the raw text if more than white space tells it from the value."""
        same = one_line(self.raw) == self.value
        return [self.name, self.value] if same else [self.name, self.value, clean(self.raw.strip())]


class Headers(list[Header]):
    """The headers of one mail or part, in their order."""

    def raw(self, name: str) -> str:
        """Return the first header of a name as it was written, "" for none."""
        return next((header.raw for header in self if header.name.lower() == name), "")

    def value(self, name: str) -> str:
        """Return the first header of a name decoded, "" for none."""
        return next((header.value for header in self if header.name.lower() == name), "")

    def named(self, *names: str) -> Iterable[tuple[int, Header]]:
        """Yield (place, header) of every header that has one of the names."""
        return ((place, header) for place, header in enumerate(self) if header.name.lower() in names)


def read_block(data: bytes, start: int, end: int, notes: list[str]) -> tuple[Headers, int]:
    """Return the headers that begin at ``start`` and where the body begins. What is odd goes to ``notes``."""
    found: list[tuple[str, bytearray]] = []
    place, together, shortened = start, 0, False
    while place < end:
        after = data.find(b"\n", place, end) + 1 or end
        most = MOST_BYTES if together < MOST_TOGETHER else SHORT
        line = data[place : min(after, place + most)]
        shortened = shortened or after - place > most
        if not line.strip(b"\r\n"):
            place = after
            break
        name = _NAME.match(line)
        if line[:1] in b" \t" and found:
            room = most - len(found[-1][1])
            found[-1][1].extend(line[: max(room, 0)])
            shortened = shortened or len(line) > room
        elif len(found) >= MOST_HEADERS:
            notes.append(f"more than {MOST_HEADERS} headers; the rest was not looked at")
            place = _after_empty_line(data, place, end)
            break
        elif name:
            found.append((name[1].decode("ascii"), bytearray(line[name.end() :])))
        elif _header_follows(data, after, end):
            found.append(("", bytearray(line)))
            notes.append("a line among the headers is none")
        else:
            notes.append("no empty line between headers and body")
            break
        together += len(line)
        place = after
    if shortened:
        notes.append(f"a header is longer than {MOST_BYTES // 1024} kB, or all are together; it was cut")
    return Headers(_header(name, bytes(line)) for name, line in found), place


def _header(name: str, line: bytes) -> Header:
    raw = _FOLD.sub("", decoded(line, "", cut=len(line) > MOST_BYTES - 300).rstrip("\r\n"))
    if name and is_secret(name):
        return Header(name, MASK, MASK)
    return Header(name, raw if name else mask_text(raw), one_line(decoded_words(raw if name else mask_text(raw))))


def header(name: str, value: str) -> Header:
    """Return a header that was never written as one, as Outlook keeps them."""
    return Header(name, clean(value), one_line(clean(value)))


def _header_follows(data: bytes, place: int, end: int) -> bool:
    for _ in range(LOOK_AHEAD):
        after = data.find(b"\n", place, end) + 1 or end
        line = data[place : min(after, place + 300)]
        if not line.strip(b"\r\n"):
            return False
        if _NAME.match(line):
            return True
        place = after
    return False


def _after_empty_line(data: bytes, place: int, end: int) -> int:
    ends = [(data.find(mark, place, end), len(mark)) for mark in (b"\n\n", b"\n\r\n")]
    return min((at + length for at, length in ends if at >= 0), default=end)


def first_address(raw: str) -> tuple[str, str]:
    """Return (display name decoded, address) of the first mailbox of a header; ("text", "") if it names none."""
    words: list[str] = []
    comment: list[str] = []
    inside: list[str] | None = None
    quoted, depth, address = False, 0, ""
    for match in _SIGN.finditer(raw[:MOST_BYTES]):
        sign = match[0]
        if depth:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            comment.append(sign if depth else "")
        elif sign == '"' and inside is None:
            quoted = not quoted
        elif quoted:
            words.append(sign[1:] if len(sign) == 2 and sign[0] == "\\" else sign)
        elif sign == "(":
            depth = 1
        elif sign == "<":
            inside = []
        elif sign == ">" and inside is not None:
            address = "".join("".join(inside).split())
            inside = None
            break
        elif inside is not None:
            inside.append(sign)
        elif sign == ":":
            words.clear()  # the name of a group
        elif sign in ",;":
            if "@" in "".join(words):
                break
        else:
            words.append(sign)
    text = one_line(decoded_words("".join(words)))
    if inside is not None and not address:
        address = "".join("".join(inside).split())
    if not address:
        bare = next((word for word in text.split() if "@" in word), "")
        return (one_line(decoded_words("".join(comment))) if bare and bare == text else text, clean(bare))
    return text, clean(one_line(decoded_words(address.rpartition(":")[2] if address.startswith("@") else address)))


def without_comments(text: str) -> str:
    """Return a structured header without what stands in brackets, however deep."""
    parts: list[str] = []
    depth, place, quoted = 0, 0, False
    for match in _COMMENT_SIGN.finditer(text):
        sign = match[0]
        if sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            if not depth:
                parts.append(text[place : match.start()])
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            if not depth:
                place = match.end()
    if not depth:
        parts.append(text[place:])
    return " ".join(parts)


def moment(text: str) -> int | None:
    """Return a mail's date as milliseconds since 1970 UTC; None if it cannot be read, or names no zone."""
    text = _ROUND_COLON.sub(":", one_line(without_comments(text[:1_000]))[:100])
    try:
        found = _read_date(text)
        value = (found - _EPOCH) // timedelta(milliseconds=1) if found else -1
    except (ValueError, OverflowError):
        return None
    return value if EARLIEST <= value < LATEST else None


def _read_date(text: str) -> datetime | None:
    if _ISO_DATE.match(text):
        return datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", ""))
    match = _DATE.match(text)
    if match:
        day, word, year, hour, minute, second, zone = match.groups()
    else:
        match = _UNIX_DATE.match(text)
        if not match:
            return None
        word, day, hour, minute, second, year, zone = match.groups()
    minutes = _offset(zone or "")
    month = word[:3].lower()
    if minutes is None or month not in _MONTHS:
        return None
    number = int(year)
    if len(year) < 4:  # RFC 5322, 4.3
        number += 2000 if len(year) == 2 and number < 50 else 1900
    seconds = min(int(second or 0), 59)  # a leap second
    zone_of = timezone(timedelta(minutes=minutes))
    return datetime(number, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), seconds, tzinfo=zone_of)


def _offset(zone: str) -> int | None:
    if zone[:1] in {"+", "-"}:
        minutes = int(zone[1:3]) * 60 + int(zone[3:])
        return -minutes if zone[0] == "-" else minutes
    return _ZONES.get(zone.lower())
