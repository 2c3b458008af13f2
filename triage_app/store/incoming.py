"""What came in a bundle: links chained, bodies filled in, evidence proved. One transaction of the caller's."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import evidence
from triage_app.domain.evidence import COLUMNS, Layout
from triage_app.domain.merkle import proves
from triage_app.domain.operations import JOURNAL, Link, body_hash
from triage_app.store import alerts, journal, personal, projections
from triage_app.store.connection import Store

Verify = Callable[[str, str, int, str, bytes], bool]
"(chain, device, seq, hash, signature) → whether that device signed this checkpoint."

_MAX_TEXT: Final = 65536


@dataclass
class Received:
    """What merging came to."""

    applied: int = 0
    "Operations that are new here and count."
    already: int = 0
    filled: int = 0
    "Bodies that had been withheld and have now come."
    withheld: int = 0
    "New links whose bodies were not sent."
    pending: int = 0
    "Operations kept aside: a gap, a device not trusted here, no signature, a fork."
    refused: int = 0
    "Lines that were not what they claimed to be; nothing of them was kept."
    evidence_new: int = 0
    evidence_refused: int = 0
    touched: set[tuple[str, str]] = field(default_factory=set)
    pending_reasons: dict[str, int] = field(default_factory=dict)

    def add(self, other: Received) -> None:
        """Count another parcel's outcome in; what is pending is the store's, not a sum."""
        for name in ("applied", "already", "filled", "withheld", "refused", "evidence_new", "evidence_refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.pending, self.pending_reasons = other.pending, other.pending_reasons
        self.touched |= other.touched


@dataclass(frozen=True)
class Parcel:
    """A verified bundle's content, still untrusted in meaning."""

    bundle: str
    links: Sequence[bytes]
    bodies: Mapping[str, bytes]
    checkpoints: Sequence[tuple[str, str, int, str, bytes]]
    "(chain, device, seq, hash, signature)."
    blobs: Mapping[str, bytes]
    evidence: Sequence[bytes]
    keys: Mapping[str, str]


def receive(store: Store, parcel: Parcel, trusted: Iterable[str], verify: Verify, own: str) -> Received:
    """Take a parcel in; operations of devices that are not trusted are kept pending.

    An operation under our own name that we do not have means that this disk was cloned or restored:
    it is kept aside as a fork.
    """
    outcome = Received()
    accepted = set(trusted)
    for sha256, blob in parcel.blobs.items():
        store.execute("INSERT OR IGNORE INTO blob(sha256, bytes) VALUES (?, ?)", (sha256, blob))
    for chain, device, seq, link_hash, signature in parcel.checkpoints:
        table = "checkpoint" if verify(chain, device, seq, link_hash, signature) else "pending_checkpoint"
        store.execute(
            f"INSERT OR IGNORE INTO {table}(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
            (chain, device, seq, link_hash, signature),
        )
    for untrusted_line in parcel.links:
        try:
            link = Link.from_bytes(untrusted_line)
        except ValueError:
            outcome.refused += 1
            continue
        if link.chain != JOURNAL:
            outcome.refused += 1
            continue
        _take_link(store, link, parcel.bodies.get(link.hash), accepted, parcel.bundle, own, outcome)
    settle(store, accepted, verify, outcome)
    personal.take_keys(store, dict(parcel.keys))
    _take_evidence(store, parcel.evidence, outcome)
    project(store, outcome)
    return outcome


def settle(store: Store, trusted: Iterable[str], verify: Verify, outcome: Received) -> None:
    """Chain every pending operation that can be chained now: gaps heal, trusted devices are released."""
    accepted = set(trusted)
    for chain, device, seq, link_hash, signature in store.rows(
        "SELECT chain, device, seq, hash, sig FROM pending_checkpoint"
    ):
        if verify(chain, device, seq, link_hash, bytes(signature)):
            store.execute(
                "INSERT OR IGNORE INTO checkpoint(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
                (chain, device, seq, link_hash, signature),
            )
            store.execute(
                "DELETE FROM pending_checkpoint WHERE chain = ? AND device = ? AND seq = ? AND hash = ?",
                (chain, device, seq, link_hash),
            )
    for (device,) in store.rows("SELECT DISTINCT device FROM pending"):
        if device in accepted:
            _chain(store, device, outcome)
    outcome.pending_reasons = dict(store.rows("SELECT reason, count(*) FROM pending GROUP BY reason"))
    outcome.pending = sum(outcome.pending_reasons.values())


def project(store: Store, outcome: Received) -> None:
    """Bring the projections in line with what was received."""
    projections.project_all(store, outcome.touched)


def _take_link(
    store: Store, link: Link, body: bytes | None, trusted: set[str], bundle: str, own: str, outcome: Received
) -> None:
    if body is not None and body_hash(body) != link.body_hash:
        outcome.refused += 1
        body = None
    held = store.row(
        "SELECT n, hash, body.state FROM link JOIN body USING (n) WHERE chain = ? AND device = ? AND seq = ?",
        (link.chain, link.device, link.seq),
    )
    if held is not None and held[1] == link.hash:
        if held[2] == "withheld" and body is not None:
            _fill(store, held[0], link.hash, body, outcome)
        else:
            outcome.already += 1
        return
    forked = held is not None or link.device == own
    reason = "fork" if forked else "gap" if link.device in trusted else "unknown-device"
    store.execute(
        "INSERT INTO pending(hash, device, seq, link, body, reason, bundle) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(hash) DO UPDATE SET body = ifnull(body, excluded.body)",
        (link.hash, link.device, link.seq, link.to_bytes(), body, reason, bundle),
    )


def _chain(store: Store, device: str, outcome: Received) -> None:
    """Move a device's pending links onto its chain as far as its own signature vouches for them."""
    seq, prev = journal.tail(store, JOURNAL, device)
    waiting: dict[int, list[tuple[Link, bytes | None]]] = defaultdict(list)
    for data, body in store.rows("SELECT link, body FROM pending WHERE device = ? AND reason <> 'fork'", (device,)):
        link = Link.from_bytes(bytes(data))
        waiting[link.seq].append((link, None if body is None else bytes(body)))
    run: list[tuple[Link, bytes | None]] = []
    at, last = seq, prev
    while True:
        following = [item for item in waiting.get(at + 1, []) if item[0].prev == last]
        if len(following) != 1:
            break
        run.append(following[0])
        at, last = at + 1, following[0][0].hash
    signed = {
        found[0]: found[1]
        for found in store.rows(
            "SELECT seq, hash FROM checkpoint WHERE chain = ? AND device = ? AND seq > ?", (JOURNAL, device, seq)
        )
    }
    covered = max((link.seq for link, _ in run if signed.get(link.seq) == link.hash), default=seq)
    for link, body in run:
        if link.seq > covered:
            store.execute("UPDATE pending SET reason = 'unsigned' WHERE hash = ?", (link.hash,))
            continue
        n = journal.insert_link(store, link, link.hash)
        store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'withheld', NULL)", (n,))
        store.execute("DELETE FROM pending WHERE hash = ?", (link.hash,))
        if body is None or not _fill(store, n, link.hash, body, outcome, counting=False):
            outcome.withheld += 1
        seq, prev = link.seq, link.hash
    journal.set_tail(store, JOURNAL, device, seq, prev)
    store.execute("UPDATE pending SET reason = 'gap' WHERE device = ? AND reason = 'unknown-device'", (device,))


def _fill(store: Store, n: int, link_hash: str, data: bytes, outcome: Received, *, counting: bool = True) -> bool:
    """Give a withheld operation its body; return whether it is here now."""
    body = journal.readable(data)
    if body is not None and body.batch and not store.value("SELECT 1 FROM blob WHERE sha256 = ?", (body.batch,)):
        return False
    store.execute("UPDATE body SET state = 'here', bytes = ? WHERE n = ?", (data, n))
    if body is not None:
        outcome.touched |= journal.apply(store, n, link_hash, body)
    outcome.applied += 1
    outcome.filled += int(counting)
    return True


def _take_evidence(store: Store, lines: Sequence[bytes], outcome: Received) -> None:
    first_new = 1 + (store.value("SELECT max(id) FROM alert_row") or 0)
    hidden_keys: set[bytes] = set()
    memberships: dict[str, list[tuple[int, int]]] = defaultdict(list)
    proofs: list[tuple[int, str, str]] = []
    for untrusted_line in lines:
        try:
            row = _Row.read(untrusted_line)
        except (ValueError, KeyError, TypeError, RecursionError):
            outcome.evidence_refused += 1
            continue
        number = store.value("SELECT id FROM alert_row WHERE evidence_id = ?", (row.evidence_id,))
        if number is None:
            number = _insert_row(store, row)
            outcome.evidence_new += 1
        elif not _is_visible(store, number):
            hidden_keys.add(row.key)
        for entity, leaf, proof in row.imports:
            root = _root(store, entity)
            proved = root is not None and proves(proof, leaf, row.evidence_id, root)
            memberships[entity].append((number, leaf if proved or root is None else -1))
            if proof:
                proofs.append((number, entity, json.dumps(proof)))
    for entity, brought in memberships.items():
        number = _import(store, entity)
        store.executemany(
            "INSERT OR IGNORE INTO import_repeat(import, row, leaf) SELECT ?, ?, ? WHERE NOT EXISTS"
            " (SELECT 1 FROM import_range WHERE import = ? AND ? BETWEEN first AND last)",
            [(number, row_number, leaf, number, row_number) for row_number, leaf in brought],
        )
        store.executemany(
            "INSERT OR IGNORE INTO proof(row, import, path) VALUES (?, ?, ?)",
            [(row_number, number, path) for row_number, of, path in proofs if of == entity],
        )
        projections.project_import(store, entity)
    last_new = store.value("SELECT max(id) FROM alert_row") or 0
    if last_new >= first_new:
        store.execute("INSERT INTO unindexed(first, last) VALUES (?, ?)", (first_new, last_new))
        visible = alerts.within(alerts.visible_spans(store), range(first_new, last_new + 1))
        if len(visible) == last_new - first_new + 1:
            alerts.fold(store, first_new, last_new)
        else:
            hidden_keys.update(
                bytes(found[0])
                for found in store.rows(
                    "SELECT DISTINCT key FROM alert_row WHERE id BETWEEN ? AND ?", (first_new, last_new)
                )
            )
    if hidden_keys:
        alerts.refold(store, hidden_keys)


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


def _root(store: Store, entity: str) -> str | None:
    """Return the Merkle root that a journal entry gives for an import, None when it is not here."""
    heads = journal.standing(store, "import", entity).get("root", [])
    value = heads[0].body.value if heads else None
    return str(value.get("root")) if isinstance(value, dict) else None


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
    imports: list[tuple[str, int, list[str]]]

    @classmethod
    def read(cls, untrusted_line: bytes) -> _Row:
        """Read one evidence line and prove its id from its own content; raise ``ValueError`` otherwise."""
        data = json.loads(untrusted_line)
        layout = Layout.from_json(data["layout"])
        columns = data["columns"]
        rest = data["rest"]
        if set(columns) != {name for name in COLUMNS if name not in ("evidence_id", "rest")} or not isinstance(
            rest, str
        ):
            raise ValueError("not an evidence line")
        for name, value in columns.items():
            if name == "seen_at":
                if value is not None and (type(value) is not int or abs(value) > 2**53):
                    raise ValueError("not a time")
            elif name == "severity":
                if type(value) is not int or not 0 <= value <= 100:
                    raise ValueError("not a severity")
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
            if not isinstance(entity, str) or type(leaf) is not int or not isinstance(proof, list) or len(proof) > 64:
                raise ValueError("not a proof")
            imports.append((entity[:64], leaf, [str(part) for part in proof]))
        return cls(bytes.fromhex(named), key, columns, rest, layout.as_json(), imports)


def _insert_row(store: Store, row: _Row) -> int:
    store.execute("INSERT OR IGNORE INTO layout(json) VALUES (?)", (row.layout,))
    layout = store.value("SELECT id FROM layout WHERE json = ?", (row.layout,))
    names = [name for name in COLUMNS if name not in ("evidence_id", "key", "rest")]
    cursor = store.execute(
        f"INSERT INTO alert_row(evidence_id, key, layout, rest, {', '.join(names)})"
        f" VALUES (?, ?, ?, ?, {', '.join('?' * len(names))})",
        (row.evidence_id, row.key, layout, row.rest, *(row.columns[name] for name in names)),
    )
    return int(cursor.lastrowid)
