"""The evidence of a bundle: each line proved by its own content, its import's signature, and that of its reading."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import evidence
from triage_app.domain.evidence import ALERT, COLUMNS, KINDS, MAX_SCORE, Layout
from triage_app.domain.merkle import GROUP, ID_BYTES, proves
from triage_app.store import alerts, labels, projected_rows, projections, reading_proofs, readings
from triage_app.store.connection import Store

_MAX_TEXT: Final = 65536
_SENT_COLUMNS: Final = frozenset(COLUMNS) - {"evidence_id", "rest"}
_FIRST_UNSENT: Final[dict[str, Any]] = {"kind": ALERT, "value": "", "until_at": None, "score": None}
"""Columns that the first release did not send: all its evidence was alerts."""


def take(store: Store, lines: Sequence[bytes]) -> tuple[int, int]:
    """Take evidence lines in; return how many rows are new here, and how many lines or readings were refused."""
    new = refused = 0
    first_new = 1 + (store.value("SELECT max(id) FROM evidence_row") or 0)
    hidden_keys: set[bytes] = set()
    came: set[int] = set()
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for untrusted_line in lines:
        try:
            row = _Row.read(untrusted_line)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            refused += 1
            continue
        held = store.row("SELECT id, key FROM evidence_row WHERE evidence_id = ?", (row.evidence_id,))
        if held is None:
            number = _insert_row(store, row)
            new += 1
        else:
            number = held[0]
            if not _is_visible(store, number):
                hidden_keys.add(bytes(held[1]))
        came.add(number)
        for entity, leaf, proof, reading in row.imports:
            claims[entity].append(_Claim(number, row, leaf, proof, reading, held is None))
    last_new = store.value("SELECT max(id) FROM evidence_row") or 0
    if last_new >= first_new:  # noted first: what follows may give rows other readings, and change the index of others
        store.execute("INSERT INTO unindexed(first, last) VALUES (?, ?)", (first_new, last_new))
    for entity, claimed in claims.items():
        refused += _take_claims(store, entity, claimed)
        projections.project_import(store, entity)
    several = readings.differ(store)  # then alerts of new rows may have been folded already, as a row joined them
    if several:
        hidden_keys |= readings.choose(store, came)
    if last_new >= first_new:
        visible = alerts.within(alerts.visible_spans(store), range(first_new, last_new + 1))
        if len(visible) == last_new - first_new + 1 and not several:
            alerts.fold(store, first_new, last_new)
        else:
            hidden_keys.update(
                bytes(found[0])
                for found in store.rows(
                    "SELECT DISTINCT key FROM evidence_row WHERE id BETWEEN ? AND ?", (first_new, last_new)
                )
            )
    if hidden_keys:
        alerts.refold(store, hidden_keys)
    return new, refused


@dataclass(frozen=True)
class _Claim:
    """That an import brought a row, and how it read it."""

    number: int
    row: _Row
    leaf: int
    "Place among the import's leaves."
    path: list[str]
    "Way to the root of its rows."
    read: list[str]
    "Way to the root of its readings, [] for none."
    first: bool
    "Whether the row is here by this line."


def _take_claims(store: Store, entity: str, claimed: Sequence[_Claim]) -> int:
    """Note that rows belong to an import; those that its signed root does not prove (yet) as unattested.

    Return how many readings were refused: their row was read otherwise, and its device did not sign them.
    """
    number = _import(store, entity)
    ours = store.value("SELECT state FROM import WHERE id = ?", (number,)) == "done"
    roots = _roots(store, entity)
    read_roots = [] if ours else reading_proofs.signed(store, entity)
    known = bool(reading_proofs.author(store, entity))
    refused = 0
    for claim in claimed:
        row, leaf, path = claim.number, claim.leaf, claim.path
        proved = any(proves(path, leaf, claim.row.evidence_id, root, count) for root, count in roots)
        digest = claim.row.digest() if claim.read and not ours else b""
        read = any(proves(claim.read, leaf, digest, root, count) for root, count in read_roots)
        n = _reading(store, claim, keep=read or bool(claim.read and not ours and not known))
        if n is None:
            refused += int(not ours)
            n = 0
        store.execute(
            "INSERT INTO import_repeat(import, row, leaf, reading) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS"
            " (SELECT 1 FROM import_range WHERE import = ?1 AND ?2 BETWEEN first AND last)"
            " ON CONFLICT(import, row) DO UPDATE SET"
            " leaf = CASE WHEN import_repeat.leaf < 0 THEN excluded.leaf ELSE import_repeat.leaf END,"
            " reading = CASE WHEN import_repeat.reading < 0 AND excluded.reading >= 0 THEN excluded.reading"
            " ELSE import_repeat.reading END",
            (number, row, leaf if proved else -1, n if read else ~n),
        )
        if path and not ours and (proved or not roots):
            word = "REPLACE" if proved else "IGNORE"
            store.execute(
                f"INSERT OR {word} INTO proof(row, import, leaf, path) VALUES (?, ?, ?, ?)",
                (row, number, leaf, json.dumps(path)),
            )
        if read or (claim.read and not ours and not known):
            reading_proofs.keep_path(store, number, leaf, claim.read, proved=read)
    return refused


def _reading(store: Store, claim: _Claim, *, keep: bool) -> int | None:
    """Return the number of the reading that a line has of its row, kept if it is to be; None for one not kept."""
    if claim.first:
        return 0
    row = readings.of_rows(store, [claim.number])[claim.number]
    said = claim.row.reading(store)
    for n, reading in (row.readings or {0: readings.Reading(row.key, row.shown)}).items():
        if reading == said:
            return n
    return readings.add(store, [(claim.number, said)])[claim.number] if keep else None


def attest(store: Store, entity: str) -> None:
    """Look again at rows that came before the entry that proves them."""
    roots = _roots(store, entity)
    for number, row, leaf, path, evidence_id in store.rows(
        "SELECT p.import, p.row, p.leaf, p.path, r.evidence_id FROM proof AS p JOIN evidence_row AS r ON r.id = p.row"
        " JOIN import_repeat AS m ON m.import = p.import AND m.row = p.row JOIN import AS i ON i.id = p.import"
        " WHERE i.entity = ? AND m.leaf < 0",
        (entity,),
    ):
        if any(proves(json.loads(path), leaf, bytes(evidence_id), root, count) for root, count in roots):
            store.execute("UPDATE import_repeat SET leaf = ? WHERE import = ? AND row = ?", (leaf, number, row))
    reading_proofs.attest(store, entity)
    number = store.value("SELECT id FROM import WHERE entity = ?", (entity,))
    if number is not None:
        alerts.refold(store, readings.choose(store, readings.of_import(store, number)))


def _is_visible(store: Store, number: int) -> bool:
    return bool(
        store.value(
            "SELECT 1 FROM import_range AS g JOIN import AS i ON i.id = g.import"
            " WHERE ?1 BETWEEN g.first AND g.last AND i.undone = 0 AND i.state <> 'loading'"
            " UNION SELECT 1 FROM import_repeat AS p JOIN import AS i ON i.id = p.import"
            " WHERE p.row = ?1 AND i.undone = 0 AND i.state <> 'loading'",
            (number,),
        )
    )


def _roots(store: Store, entity: str) -> list[tuple[str, int]]:
    """Return (Merkle root, leaves) as the journal gives them for an import; none when its entry is not here."""
    values = labels.import_values(store, entity, "root")
    return [
        (value["root"], value["leaves"])
        for value in values
        if isinstance(value, dict) and isinstance(value.get("root"), str) and type(value.get("leaves")) is int
    ]


def _import(store: Store, entity: str) -> int:
    found = store.value("SELECT id FROM import WHERE entity = ?", (entity,))
    if found is not None:
        return int(found)
    cursor = store.execute(
        "INSERT INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
        " VALUES (?, 'received', 'bundle', '', '', 0, '', '', 0)",
        (entity,),
    )
    return int(cursor.lastrowid)


@dataclass(frozen=True)
class _Row:
    evidence_id: bytes
    key: bytes
    columns: dict[str, Any]
    rest: str
    layout: str
    imports: list[tuple[str, int, list[str], list[str]]]
    "(import, place, way to the root of its rows, way to the root of its readings)."

    @classmethod
    def read(cls, untrusted_line: bytes) -> _Row:
        """Read one evidence line and prove its id from its own content; raise ``ValueError`` otherwise."""
        data = json.loads(untrusted_line)
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # a lone surrogate could not be stored
        layout = Layout.from_json(data["layout"])
        columns = data["columns"]
        rest = data["rest"]
        if not isinstance(columns, dict) or not isinstance(rest, str):
            raise ValueError("not an evidence line")
        columns = _FIRST_UNSENT | columns
        if set(columns) != _SENT_COLUMNS:
            raise ValueError("not an evidence line")
        for name, value in columns.items():
            if name in ("seen_at", "until_at"):
                if value is not None and (type(value) is not int or abs(value) > projected_rows.MOST_MILLISECONDS):
                    raise ValueError("not a time")
            elif name == "severity":
                if type(value) is not int or not 0 <= value <= 100:
                    raise ValueError("not a severity")
            elif name == "kind":
                if type(value) is not int or not 0 <= value < len(KINDS):
                    raise ValueError("not a kind of evidence")
            elif name == "score":
                if value is not None and (type(value) not in (int, float) or not abs(value) <= MAX_SCORE):
                    raise ValueError("not a score")
            elif not isinstance(value, str) or len(value) > _MAX_TEXT:
                raise ValueError("not a column")
        record = evidence.restore(layout, columns, json.loads(rest))
        named = evidence.evidence_id(layout.format, record)
        if named != data["id"]:
            raise ValueError("the content does not have that id")
        key = bytes.fromhex(columns["key"])
        if len(key) != 16:
            raise ValueError("not an alert key")
        imports = []
        for item in data["imports"]:
            entity, leaf, proof = item["import"], item["leaf"], item["proof"]
            if not isinstance(entity, str) or not 0 < len(entity) <= 64:
                raise ValueError("not an import")
            read = item.get("reading", [])
            if type(leaf) is not int or not -1 <= leaf < 2**53:
                raise ValueError("not a proof")
            for path in (proof, read):
                if not isinstance(path, list) or len(path) > 64:
                    raise ValueError("not a proof")
                if not all(isinstance(part, str) and len(part) <= 2 * GROUP * ID_BYTES for part in path):
                    raise ValueError("not a proof")
            imports.append((entity, leaf, proof, read))
        if not imports:
            raise ValueError("no import brought it")
        return cls(bytes.fromhex(named), key, columns, rest, layout.as_json(), imports)

    def digest(self) -> bytes:
        """Return the hash of what the line says was read."""
        return evidence.reading_digest(self.evidence_id, self.layout, {**self.columns, "rest": self.rest})

    def reading(self, store: Store) -> readings.Reading:
        """Return what the line says was read."""
        columns = {**self.columns, "rest": self.rest, "layout": _layout(store, self.layout)}
        return readings.Reading(self.key, {name: columns[name] for name in readings.READ})


def _insert_row(store: Store, row: _Row) -> int:
    layout = _layout(store, row.layout)
    names = [name for name in COLUMNS if name not in ("evidence_id", "key", "rest")]
    cursor = store.execute(
        f"INSERT INTO evidence_row(evidence_id, key, layout, rest, {', '.join(names)})"
        f" VALUES (?, ?, ?, ?, {', '.join('?' * len(names))})",
        (row.evidence_id, row.key, layout, row.rest, *(row.columns[name] for name in names)),
    )
    return int(cursor.lastrowid)


def _layout(store: Store, text: str) -> int:
    store.execute("INSERT OR IGNORE INTO layout(json) VALUES (?)", (text,))
    return int(store.value("SELECT id FROM layout WHERE json = ?", (text,)))
