"""Evidence as it travels by the hundred: the rows of one import that lie under one block of its Merkle trees.

A line is a JSON object and the rows, each a JSON array, with tabs between them: no JSON of ours has a tab in it. A row
is [its place in the block, its score, its other columns]. From its first column on it is, letter for letter, what the
hash of its reading was made of, so that it need not be written again to be proved.

The object says which import and which block this is, names every row of the block (those that do not travel too), gives
the hashes of all its readings where not all rows travel, and how the raw records were laid out over the columns.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, Final

from triage_app.domain.evidence import ABSENT, COLUMNS, KINDS, MAX_SCORE, MOST_MILLISECONDS, Layout, as_iso, id_prefix
from triage_app.domain.merkle import BLOCK, ID_BYTES, block_root, blocks_of

VALUES: Final = tuple(name for name in COLUMNS if name not in ("evidence_id", "score"))
"""The columns of a row in their order, after its place and its score."""

MOST_TEXT: Final = 65536
_KEY: Final = VALUES.index("key")
_REST: Final = VALUES.index("rest")
_SEEN_AT: Final = VALUES.index("seen_at")
_UNTIL_AT: Final = VALUES.index("until_at")
_SEVERITY: Final = VALUES.index("severity")
_KIND: Final = VALUES.index("kind")
_NUMBERS: Final = {_SEVERITY: (int,), _KIND: (int,), _SEEN_AT: (int, type(None)), _UNTIL_AT: (int, type(None))}
_texts = itemgetter(*(place for place in range(len(VALUES)) if place not in (*_NUMBERS, _REST)))
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_HEX32: Final = re.compile(r"[0-9a-f]{32}\Z")

_VALUES: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MANY_VALUES: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_BETWEEN: Final = "],["


@dataclass(frozen=True)
class Row:
    """One row of a block."""

    place: int
    "In the block."
    evidence_id: bytes
    "Of its own content."
    score: float | None
    values: Sequence[Any]
    "What ``VALUES`` names; of its key the letters."
    digest: bytes
    "The hash of its reading."


@dataclass(frozen=True)
class Block:
    """What one line says, proved as far as the line itself can prove it."""

    entity: str
    "Of the import."
    place: int
    "Among its blocks."
    ids: bytes
    layout: str
    rows: list[Row]
    "Those whose content has the id that is named at their place."
    readings: bytes
    "The hashes of all readings of the block, those of ``rows`` made from them; b'' where the line does not say all."
    refused: int
    "Rows that are not what the line calls them."


# ---- writing ----------------------------------------------------------------------------------------------------
def tails(rows: Sequence[tuple[float | None, Sequence[Any]]]) -> list[str]:
    """Return of some rows, given as (score, values), what comes after the place: it is hashed and sent as it is."""
    written = _VALUES.encode([values for _, values in rows])[2:-2].split(_BETWEEN) if rows else []
    if len(written) != len(rows):  # a text has in it what stands between two rows
        written = [_VALUES.encode(values)[1:-1] for _, values in rows]
    return [
        f"{'null' if score is None else repr(float(score) + 0.0)},{text}]"  # a store knows no zero below zero
        for (score, _), text in zip(rows, written, strict=True)
    ]


def digests(ids: Sequence[bytes], layout: str, some: Sequence[str]) -> list[bytes]:
    """Return the hashes of readings (``evidence.reading_digest``) by the ids of their rows and their ``tails``."""
    between = f'",{encode_basestring(layout)},'
    return [
        hashlib.sha256(f'reading1\n["{one.hex()}{between}{tail}'.encode("utf-8", "surrogatepass")).digest()
        for one, tail in zip(ids, some, strict=True)
    ]


def line(entity: str, place: int, ids: bytes, layout: str, readings: bytes, rows: Sequence[tuple[int, str]]) -> bytes:
    """Return the line of a block; ``rows`` are (place, tail). ``readings`` is b"" where all rows of it travel."""
    said = {"ids": ids.hex(), "import": entity, "layout": layout, "place": place, "readings": readings.hex()}
    head = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = "\t".join((head, *(f"[{where},{tail}" for where, tail in rows)))
    return text.encode("utf-8", "replace")


def tree_line(entity: str, leaves: int, rows: bytes, readings: bytes) -> bytes:
    """Return the line that says what proves an import's blocks; ``readings`` is b"" where nothing proves them."""
    said = {"import": entity, "leaves": leaves, "readings": readings.hex(), "rows": rows.hex()}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


# ---- reading ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SaidTree:
    """What a bundle says proves the blocks of an import: believed once it leads to what is signed."""

    entity: str
    leaves: int
    rows: bytes
    readings: bytes

    def has_rows(self, place: int, ids: bytes) -> bool:
        """Tell whether a block is the one that is meant."""
        at = place * ID_BYTES
        size = min(BLOCK, self.leaves - place * BLOCK) * ID_BYTES
        return len(ids) == size and self.rows[at : at + ID_BYTES] == block_root(ids)

    def has_readings(self, place: int, readings: bytes) -> bool:
        """Tell whether the readings of a block are those that are meant."""
        at = place * ID_BYTES
        return bool(readings) and self.readings[at : at + ID_BYTES] == block_root(readings)


def read_tree(untrusted_line: bytes) -> SaidTree:
    """Read what ``tree_line`` wrote; raise ``ValueError`` for anything else."""
    said = _object(untrusted_line.decode("utf-8"))
    if set(said) != {"import", "leaves", "readings", "rows"}:
        raise ValueError("not a tree")
    entity, leaves = said["import"], said["leaves"]
    if not isinstance(entity, str) or not 0 < len(entity) <= 64 or type(leaves) is not int or not 0 < leaves < 2**53:
        raise ValueError("not a tree")
    rows, readings = bytes.fromhex(said["rows"]), bytes.fromhex(said["readings"])
    size = blocks_of(leaves) * ID_BYTES
    if len(rows) != size or len(readings) not in (0, size):
        raise ValueError("not a tree")
    return SaidTree(entity, leaves, rows, readings)


class Reader:
    """Reads lines; remembers how the layouts that it meets name their records."""

    def __init__(self) -> None:
        self._names: dict[str, _Names] = {}

    def read(self, untrusted_line: bytes) -> Block:
        """Read a line and prove its rows' ids from their own content; raise ``ValueError`` for what is no block."""
        text = untrusted_line.decode("utf-8")
        head, *parts = text.split("\t")
        said = _object(head)
        if set(said) != {"ids", "import", "layout", "place", "readings"}:
            raise ValueError("not a block")
        entity, place, layout = said["import"], said["place"], said["layout"]
        if not isinstance(entity, str) or not 0 < len(entity) <= 64 or not isinstance(layout, str):
            raise ValueError("not a block")
        if type(place) is not int or not 0 <= place < 2**44:
            raise ValueError("not a block")
        ids, readings = bytes.fromhex(said["ids"]), bytes.fromhex(said["readings"])
        if not 0 < len(ids) <= BLOCK * ID_BYTES or len(ids) % ID_BYTES or len(readings) not in (0, len(ids)):
            raise ValueError("not a block")
        if not 0 < len(parts) <= len(ids) // ID_BYTES:
            raise ValueError("a block has rows")
        careful = _SURROGATE.search(untrusted_line) is not None
        plain = b"\\u" not in untrusted_line and b"\\/" not in untrusted_line
        if careful:
            entity.encode("utf-8")
            layout.encode("utf-8")
        rows, refused = self._rows(ids, layout, parts, careful=careful, plain=plain)
        if len({row.place for row in rows}) != len(rows):
            raise ValueError("a block has each row once")
        return Block(entity, place, ids, layout, rows, _readings(ids, readings, rows), refused)

    def _rows(
        self, ids: bytes, layout: str, parts: Sequence[str], *, careful: bool, plain: bool
    ) -> tuple[list[Row], int]:
        if layout not in self._names:
            if len(self._names) > _MOST_LAYOUTS:
                self._names.clear()
            known = Layout.from_json(layout)
            if known.as_json() != layout:
                raise ValueError("a layout is written in one way")
            self._names[layout] = _Names(known)
        name = self._names[layout].of
        between = f'",{encode_basestring(layout)},'
        sha256 = hashlib.sha256
        rows: list[Row] = []
        refused = 0
        for part, found in _parsed(parts):
            try:
                place, score, *values = found
                if type(place) is not int or not 0 <= place < len(ids) // ID_BYTES:
                    raise ValueError("not a place in the block")
                texts = _check(score, values)
                if careful:
                    _VALUES.encode(values).encode("utf-8")
                named = name(values)
                if named != ids[place * ID_BYTES : (place + 1) * ID_BYTES]:
                    raise ValueError("the content does not have that id")
                tail = part.partition(",")[2]
                if not plain and "\0" in "".join((*_texts(values), values[_REST])):
                    raise ValueError("no reader of ours leaves such a sign")  # it would hide what follows it
                if not _is_canonical(tail, score, values, texts if plain else -1):
                    raise ValueError("what is hashed is this text, and what is kept would be written otherwise")
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                refused += 1
                continue
            digest = sha256(f'reading1\n["{named.hex()}{between}{tail}'.encode("utf-8", "surrogatepass")).digest()
            rows.append(Row(place, named, score, values, digest))
        return rows, refused


_MOST_LAYOUTS: Final = 1000


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not a block")
    return found


def _parsed(parts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield each row's text with what it says, None where that is nothing."""
    try:
        found = json.loads(f"[{','.join(parts)}]")
        if len(found) == len(parts):
            yield from zip(parts, found, strict=True)
            return
    except (ValueError, RecursionError):
        pass
    for part in parts:  # one that cannot be read spoils no other
        try:
            yield part, json.loads(part)
        except (ValueError, RecursionError):
            yield part, None


def _readings(ids: bytes, said: bytes, rows: Sequence[Row]) -> bytes:
    if not said and len(rows) * ID_BYTES != len(ids):
        return b""
    made = bytearray(said or len(ids))
    for row in rows:
        made[row.place * ID_BYTES : (row.place + 1) * ID_BYTES] = row.digest
    return bytes(made)


_BETWEEN_VALUES: Final = len(VALUES) + 2 * (len(VALUES) - len(_NUMBERS)) + 1
"""Signs of a row's tail beside what its values say: a comma before each, two quotes around a text, a bracket."""
_KNOWN_TYPES: set[tuple[type, ...]] = set()


def _check(score: Any, values: list[Any]) -> int:
    """Return how many signs the texts of a row have; raise ``ValueError`` unless these are the columns of one."""
    types = (type(score), *map(type, values))
    if types not in _KNOWN_TYPES:
        _check_types(types)
    lengths = list(map(len, _texts(values)))
    if max(lengths) > MOST_TEXT:
        raise ValueError("not a column")
    seen_at, until_at, severity = values[_SEEN_AT], values[_UNTIL_AT], values[_SEVERITY]
    if seen_at is not None and abs(seen_at) > MOST_MILLISECONDS:
        raise ValueError("not a time")
    if until_at is not None and abs(until_at) > MOST_MILLISECONDS:
        raise ValueError("not a time")
    if not 0 <= severity <= 100 or not 0 <= values[_KIND] < len(KINDS):
        raise ValueError("not a severity or a kind of evidence")
    if score is not None and not abs(score) <= MAX_SCORE:
        raise ValueError("not a score")
    if not _HEX32.match(values[_KEY]):
        raise ValueError("not an alert key")
    return sum(lengths) + len(values[_REST])


def _is_canonical(tail: str, score: float | None, values: list[Any], texts: int) -> bool:
    """Tell whether ``tails`` would write a row as it is written: what cannot be written again cannot be proved again.

    ``texts`` is how many signs its texts have, where no escape in the line has more than two, and -1 otherwise. Then
    every sign between the texts and every escape that need not be makes a row longer than it has to be, and its length
    tells as much as writing it would, in a fraction of the time.
    """
    said = "null" if score is None else repr(float(score) + 0.0)
    if texts < 0:
        return tail == tails([(score, values)])[0]
    escapes = tail.count("\\") - tail.count("\\\\")
    seen_at, until_at = values[_SEEN_AT], values[_UNTIL_AT]
    numbers = f"{values[_KIND]}{values[_SEVERITY]}{seen_at}{until_at}"  # "None" is as long as "null"
    return tail.startswith(said) and len(tail) == len(said) + texts + len(numbers) + escapes + _BETWEEN_VALUES


def _check_types(types: tuple[type, ...]) -> None:
    if len(types) != len(VALUES) + 1 or types[0] not in (int, float, type(None)):
        raise ValueError("not the columns of a row")
    for place, one in enumerate(types[1:]):
        if one not in _NUMBERS.get(place, (str,)):
            raise ValueError("not a column")
    _KNOWN_TYPES.add(types)  # a handful: each number, or none


class _Names:
    """How the rows of one layout name the raw records that they come from, as ``evidence.restore`` and
    ``evidence.evidence_id`` do."""

    def __init__(self, layout: Layout) -> None:
        self._format = layout.format
        self._verbatim = [(VALUES.index(column), column, path) for column, path in layout.verbatim.items()]
        self._moment = layout.moment
        self._headers = layout.headers
        self._orders: dict[tuple[str, ...], tuple[list[str], bytes]] = {}

    def of(self, values: Sequence[Any]) -> bytes:
        record = json.loads(values[_REST])
        absent = record.pop(ABSENT, ())
        for place, column, path in self._verbatim:
            value = values[place]
            if value and column not in absent:
                _put(record, path, value)
        if self._moment and values[_SEEN_AT] is not None:
            _put(record, self._moment, as_iso(values[_SEEN_AT]))
        for header in self._headers:
            record.setdefault(header, "")
        order = tuple(record)
        if order not in self._orders:
            if len(self._orders) > _MOST_LAYOUTS:
                self._orders.clear()
            keys = sorted(order)
            self._orders[order] = (keys, id_prefix(self._format, keys))
        keys, prefix = self._orders[order]
        said = [record[key] for key in keys]
        try:
            text = f"[{','.join(map(encode_basestring, said))}]"
        except TypeError:  # not all of them are texts
            text = _MANY_VALUES.encode(said)
        return hashlib.sha256(prefix + text.encode("utf-8", "surrogatepass")).digest()


def _put(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    node = record
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node.setdefault(path[-1], value)
