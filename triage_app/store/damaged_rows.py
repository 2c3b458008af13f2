"""The rows of a damaged store, read from whatever pages are left: a page that lost its way from the root counts too.

SQLite's file format (sqlite.org/fileformat2.html): pages of trees, cells on them, records in them, and what does not
fit on further pages. A row is told by the tree its page belongs to; where the way there is lost, by its own shape,
and then its content must prove what it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.store.damaged_pages import PAGE, USABLE, Pages

LEAF_TABLE, LEAF_INDEX, INNER_TABLE, INNER_INDEX = 0x0D, 0x0A, 0x05, 0x02
_KINDS: Final = {LEAF_TABLE, LEAF_INDEX, INNER_TABLE, INNER_INDEX}
_MOST_COLUMNS: Final = 100
_MOST_BYTES: Final = 64 * 1024 * 1024
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_HEX32 = re.compile(r"[0-9a-f]{32}\Z")
_HEX16 = re.compile(r"([0-9a-f]{16})?\Z")

Value = int | float | str | bytes | None


@dataclass(frozen=True)
class Row:
    """One record: its number in a table that has one, and its values as they are stored."""

    number: int | None
    values: tuple[Value, ...]


@dataclass
class Trees:
    """Which page belongs to which table or index, by name."""

    of_page: dict[int, str] = field(default_factory=dict)
    orphans: dict[int, int] = field(default_factory=dict)
    "Page → its kind, of pages of rows to which no way was found."


def trees(pages: Pages, look: Callable[[int, int], None]) -> Trees:
    """Find out what each page is. ``look`` is told how far it is, and may raise."""
    kinds: dict[int, int] = {}
    inner: dict[int, list[int]] = {}
    for number in pages.numbers():
        look(number, pages.count)
        page = pages.page(number)
        if page is None:
            continue
        start = 100 if number == 1 else 0
        if page[start] in _KINDS:
            kinds[number] = page[start]
            if page[start] in (INNER_TABLE, INNER_INDEX):
                inner[number] = _children(page, start)
    found = Trees()
    roots = {1: "sqlite_master"}
    for place in _below(1, inner):
        page = pages.page(place) if kinds.get(place) == LEAF_TABLE else None
        for row in _table_rows(pages, place, page) if page is not None else ():
            root = row.values[3] if len(row.values) == 5 else None
            if isinstance(root, int) and root > 0 and isinstance(row.values[1], str):  # a virtual table has none
                roots[root] = row.values[1]
    for root, name in roots.items():
        for place in _below(root, inner):
            found.of_page.setdefault(place, name)
    found.orphans = {
        number: kind for number, kind in kinds.items() if number not in found.of_page and kind != INNER_TABLE
    }
    return found


def _children(page: bytes, start: int) -> list[int]:
    count = struct.unpack_from(">H", page, start + 3)[0]
    found = [struct.unpack_from(">I", page, start + 8)[0]]
    for cell in range(min(count, PAGE // 4)):
        place = struct.unpack_from(">H", page, start + 12 + 2 * cell)[0]
        if place + 4 <= USABLE:
            found.append(struct.unpack_from(">I", page, place)[0])
    return found


def _below(root: int, inner: Mapping[int, Sequence[int]]) -> list[int]:
    """Return a page and all pages below it, each once."""
    seen, waiting = {root: None}, [root]
    while waiting:
        for child in inner.get(waiting.pop(), ()):
            if child not in seen:
                seen[child] = None
                waiting.append(child)
    return list(seen)


def rows(pages: Pages, found: Trees, name: str) -> Iterator[Row]:
    """Yield the rows of a table or an index that are left; of orphaned pages those that have its shape."""
    fits = SHAPES.get(name)
    for number in sorted([*(place for place, tree in found.of_page.items() if tree == name), *found.orphans]):
        is_orphan = number in found.orphans
        if is_orphan and fits is None:
            continue
        page = pages.page(number)
        if page is None:
            continue
        kind = page[100 if number == 1 else 0]
        each = _table_rows(pages, number, page) if kind == LEAF_TABLE else _index_rows(pages, number, page)
        for row in each if kind != INNER_TABLE else ():
            if not is_orphan or (fits is not None and fits(row)):
                yield row


def _table_rows(pages: Pages, number: int, page: bytes) -> Iterator[Row]:
    for place in _cells(page, 100 if number == 1 else 0, 8):
        try:
            size, place = _varint(page, place)
            rowid, place = _varint(page, place)
            rowid = rowid - (1 << 64) if rowid >> 63 else rowid
            payload = _payload(pages, page, place, size, USABLE - 35)
            if payload is not None:
                yield Row(rowid, _record(payload))
        except (IndexError, ValueError, struct.error):
            continue


def _index_rows(pages: Pages, number: int, page: bytes) -> Iterator[Row]:
    start = 100 if number == 1 else 0
    is_inner = page[start] == INNER_INDEX
    for place in _cells(page, start, 12 if is_inner else 8):
        try:
            size, place = _varint(page, place + 4 if is_inner else place)
            payload = _payload(pages, page, place, size, (USABLE - 12) * 64 // 255 - 23)
            if payload is not None:
                yield Row(None, _record(payload))
        except (IndexError, ValueError, struct.error):
            continue


def _cells(page: bytes, start: int, header: int) -> Iterator[int]:
    count = struct.unpack_from(">H", page, start + 3)[0]
    for cell in range(min(count, (USABLE - start - header) // 2)):
        place = struct.unpack_from(">H", page, start + header + 2 * cell)[0]
        if start + header <= place < USABLE:
            yield place


def _payload(pages: Pages, page: bytes, place: int, size: int, most: int) -> bytes | None:
    """Return a record's bytes, with what lies on further pages; None where one of those is lost."""
    if not 0 < size <= _MOST_BYTES:
        return None
    if size <= most:
        return page[place : place + size] if place + size <= USABLE else None
    least = (USABLE - 12) * 32 // 255 - 23
    here = least + (size - least) % (USABLE - 4)
    here = here if here <= most else least
    parts = [page[place : place + here]]
    left = size - here
    following = struct.unpack_from(">I", page, place + here)[0]
    while left > 0:
        more = pages.page(following) if 0 < following <= pages.count else None
        if more is None:
            return None
        following = struct.unpack_from(">I", more, 0)[0]
        parts.append(more[4 : 4 + min(left, USABLE - 4)])
        left -= USABLE - 4
    return b"".join(parts)


def _record(payload: bytes) -> tuple[Value, ...]:
    end, place = _varint(payload, 0)
    kinds = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    if place != end or not kinds or len(kinds) > _MOST_COLUMNS:
        raise ValueError("not a record")
    values = []
    for kind in kinds:
        value, place = _value(payload, place, kind)
        values.append(value)
    if place != len(payload):
        raise ValueError("not a record")
    return tuple(values)


_INT_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _value(payload: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    if kind in (10, 11):
        raise ValueError("not a record")
    size = _INT_BYTES.get(kind, 8 if kind == 7 else (kind - 12) // 2)
    data = payload[place : place + size]
    if len(data) != size:
        raise ValueError("not a record")
    if kind in _INT_BYTES:
        return int.from_bytes(data, "big", signed=True), place + size
    if kind == 7:
        return float(struct.unpack(">d", data)[0]), place + size
    return (data.decode("utf-8") if kind % 2 else data), place + size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(8):
        byte = data[place + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    return value << 8 | data[place + 8], place + 9


# -- what rows look like ------------------------------------------------------------------------------------


def _matches(value: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and bool(pattern.match(value))


def _is_link(row: Row) -> bool:
    values = row.values
    return (
        row.number is not None and len(values) == 8 and _matches(values[1], _HEX64) and _matches(values[3], _HEX32)
        and isinstance(values[4], int) and _matches(values[6], _HEX64)
    )  # fmt: skip


def _is_evidence(row: Row) -> bool:
    values = row.values
    return (
        row.number is not None and 20 <= len(values) <= 40 and isinstance(values[1], bytes) and len(values[1]) == 32
        and isinstance(values[2], bytes) and len(values[2]) == 16 and isinstance(values[3], int)
    )  # fmt: skip


SHAPES: Final[dict[str, Callable[[Row], bool]]] = {
    "link": _is_link,
    "body": lambda row: (
        row.number is not None and len(row.values) == 3 and row.values[1] in ("here", "withheld", "redacted")
    ),
    "blob": lambda row: (
        row.number is not None and len(row.values) == 2 and _matches(row.values[0], _HEX64)
        and isinstance(row.values[1], bytes)
    ),
    "layout": lambda row: (
        row.number is not None and len(row.values) == 2 and row.values[0] is None
        and isinstance(row.values[1], str) and row.values[1].startswith("{")
    ),
    "evidence_row": _is_evidence,
    "personal_key": lambda row: (
        row.number is None and len(row.values) == 3 and _matches(row.values[1], _HEX16)
        and (isinstance(row.values[2], bytes) or row.values[2] is None) and isinstance(row.values[0], str)
    ),
    "identity": lambda row: (
        row.number is None and len(row.values) == 4 and _matches(row.values[0], _HEX32)
        and isinstance(row.values[1], bytes)
    ),
    "checkpoint": lambda row: (
        row.number is None and len(row.values) == 5 and _matches(row.values[1], _HEX32)
        and _matches(row.values[3], _HEX64) and isinstance(row.values[4], bytes)
    ),
    "sqlite_autoindex_link_1": lambda row: (
        row.number is None and len(row.values) == 2 and _matches(row.values[0], _HEX64)
        and isinstance(row.values[1], int)
    ),
    "sqlite_autoindex_link_2": lambda row: (
        row.number is None and len(row.values) == 4 and row.values[0] in ("journal", "access")
        and _matches(row.values[1], _HEX32) and isinstance(row.values[3], int)
    ),
}  # fmt: skip
"""By these, rows of a page to which no way leads are told apart; each kind proves itself by its content besides."""
