"""What goes into a bundle: links always, bodies and evidence only where scope and label allow."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.evidence import COLUMNS
from triage_app.domain.merkle import Shape, Tree
from triage_app.domain.operations import JOURNAL, Link
from triage_app.domain.records import KINDS, sealed_under
from triage_app.store import alerts, attachments, campaigns, journal, labels, personal, reading_proofs, readings
from triage_app.store.connection import Store
from triage_app.store.peers import Held
from triage_app.store.scopes import Scope, in_runs, rows_in_scope

_SENT: Final = tuple(name for name in COLUMNS if name not in ("evidence_id", "rest"))


BY_LABEL, BY_SCOPE, OTHERWISE = "label", "scope", "otherwise"
"""Why a body stays here: its label; the scope, so that a wider one brings it; or because it is not here, or is this
laptop's own word on whom it trusts."""


@dataclass
class Chosen:
    """What was chosen to be sent."""

    links: list[bytes] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    kept_back: Counter[str] = field(default_factory=Counter)
    "Bodies that stay here, by why."
    entities: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)
    "Under whose keys words are sealed in fields that this version does not know."
    blobs: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    "Where it is only weighed: pieces of files that would go along, and their bytes."
    evidence: list[bytes] = field(default_factory=list)
    rows: int = 0
    "Evidence rows that go; where it is only weighed, ``evidence`` is a sample of them."
    sampled: int = 0
    "Rows in that sample."
    evidence_withheld: int = 0
    "Rows in scope that their label keeps here."
    evidence_out_of_scope: int = 0
    imports: set[str] = field(default_factory=set)
    "Those that brought the evidence."
    strictest: str = tlp.CLEAR

    @property
    def withheld(self) -> int:
        """How many bodies stay here."""
        return self.kept_back.total()


def choose(
    store: Store,
    held: Held,
    maximum: str,
    scope: Scope,
    *,
    red: bool = False,
    sign: reading_proofs.Sign | None = None,
    weighing: bool = False,
) -> Chosen:
    """Choose what a recipient lacks and may have: at most ``maximum``, within ``scope``.

    ``red`` adds what is RED, for a named reader; it does not add what lies between. ``sign`` vouches for the readings
    of an import of ours whose rows are sent for the first time. ``weighing`` reads no file, makes no tree, and takes a
    sample of the evidence: enough to tell how large it would be.
    """
    chosen = Chosen()
    judge = _Judge(store, maximum, scope, red)
    _operations(store, held, judge, chosen, weighing=weighing)
    _evidence(store, held, judge, chosen, _Proofs(store, sign, weighing=weighing), weighing=weighing)
    return chosen


class _Judge:
    """Says whether a record may go; remembers each incident's label."""

    def __init__(self, store: Store, maximum: str, scope: Scope, red: bool) -> None:
        self.store = store
        self.maximum = maximum
        self.scope = scope
        self.red = red
        self._labels: dict[tuple[str, str, str], tuple[str, bool]] = {}
        self._named: frozenset[str] | None = None

    def label(self, kind: str, entity: str, written: str) -> str:
        return self._of(kind, entity, written)[0]

    def refuses(self, kind: str, entity: str, written: str) -> str:
        """Return why a record stays here, '' where it may go."""
        if kind == "trust":
            return OTHERWISE
        label, within = self._of(kind, entity, written)
        return BY_LABEL if not self.may(label) else "" if within else BY_SCOPE

    def may(self, label: str) -> bool:
        """Whether something so labelled may go; an unknown label counts as RED."""
        return self.red if tlp.rank(label) == tlp.rank(tlp.RED) else tlp.allows(self.maximum, label)

    def _of(self, kind: str, entity: str, written: str) -> tuple[str, bool]:
        key = (kind, entity, written)
        if key not in self._labels:
            self._labels[key] = (labels.effective(self.store, kind, entity, written), self._within(kind, entity))
        return self._labels[key]

    def _campaigns(self) -> frozenset[str]:
        """Return the ids of the campaigns that incidents of the scope name, by whichever of their names."""
        if self._named is None:
            self._named = campaigns.named_by(self.store, self.scope.incidents or ())
        return self._named

    def _within(self, kind: str, entity: str) -> bool:
        if self.scope.incidents is None:
            return True
        known = KINDS.get(kind)
        if known is not None and known.reference_data:
            return True
        if kind == "import":
            return True
        if kind == "campaign":
            return entity in self._campaigns()
        return bool(self.scope.incidents.intersection(labels.incidents_of(self.store, kind, entity)))


def _operations(store: Store, held: Held, judge: _Judge, chosen: Chosen, *, weighing: bool) -> None:
    rows = store.rows(
        "SELECT l.n, l.hash, l.device, l.seq, l.prev, l.body_hash, l.v, b.state, b.bytes, o.kind, o.entity, o.field,"
        " o.tlp, o.batch, CAST(substr(o.hlc, 1, 15) AS INTEGER)"
        " FROM link AS l JOIN body AS b USING (n) LEFT JOIN operation AS o USING (n) WHERE l.chain = ? ORDER BY l.n",
        (JOURNAL,),
    )
    lacks = {device: frozenset(sequences) for device, sequences in held.lacks.items()}
    for n, link_hash, device, seq, prev, body_hash, v, state, data, kind, entity, name, label, batch, at in rows:
        new_link = seq > held.vector.get(device, 0)
        if not new_link and seq not in lacks.get(device, ()):
            continue
        chosen.links.append(Link(device, seq, prev, body_hash, JOURNAL, v).to_bytes())
        if why := OTHERWISE if state != "here" else _why_not(store, judge, n, kind, entity, label, batch, at):
            chosen.kept_back[why] += 1
            continue
        chosen.bodies.append((link_hash, bytes(data)))
        if batch:
            chosen.blobs[batch] = bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (batch,)))
            if kind is not None and KINDS.get(kind) is not None and KINDS[kind].personal:
                members = store.rows("SELECT entity FROM batch_member WHERE n = ?", (n,))
                chosen.entities.update(sealed_under(kind, member) for (member,) in members)
        elif kind is not None:
            if kind == "attachment" and name == "pieces":
                if weighing:
                    attachments.weigh(store, entity, chosen.sizes)
                else:
                    attachments.send(store, entity, chosen.blobs, chosen.entities)
            if KINDS.get(kind) is not None and KINDS[kind].personal:
                chosen.entities.add(sealed_under(kind, entity))
            elif (kind not in KINDS or name not in KINDS[kind].fields) and _is_sealed(bytes(data)):
                chosen.strange.add(sealed_under(kind, entity))
            chosen.strictest = tlp.strictest([chosen.strictest, judge.label(kind, entity, label)])


def _why_not(
    store: Store, judge: _Judge, n: int, kind: str | None, entity: str, label: str, batch: str, at: int | None
) -> str:
    """Return why a body that is here stays here, '' where it may go."""
    if kind is None:  # written by a newer version: its own label is all that can be asked
        if not judge.may(_label_within(store, n)):
            return BY_LABEL
        return "" if judge.scope.incidents is None else BY_SCOPE
    if not batch:
        why = judge.refuses(kind, entity, label)
    else:
        members = store.rows("SELECT entity FROM batch_member WHERE n = ?", (n,))
        found = {judge.refuses(kind, member, label) for (member,) in members}
        why = next((one for one in (OTHERWISE, BY_LABEL, BY_SCOPE) if one in found), "")
    return why or ("" if judge.scope.covers(at) or kind in _ALWAYS else BY_SCOPE)


def _is_sealed(data: bytes) -> bool:
    body = journal.readable(data)
    return body is not None and isinstance(body.value, dict) and set(body.value) == {"sealed"}


def _label_within(store: Store, n: int) -> str:
    """Return the label in a body that we cannot read, RED where there is none to be found."""
    try:
        raw = json.loads(bytes(store.value("SELECT bytes FROM body WHERE n = ?", (n,))))
    except (ValueError, RecursionError):
        return tlp.RED
    label = raw.get("tlp") if isinstance(raw, dict) else None
    return label if isinstance(label, str) else tlp.RED


_ALWAYS: Final = frozenset({"import", *(name for name, kind in KINDS.items() if kind.reference_data)})
"""Kinds that no window keeps back: names, and what proves the rows of evidence that go along."""


def _evidence(store: Store, held: Held, judge: _Judge, chosen: Chosen, proofs: _Proofs, *, weighing: bool) -> None:
    allowed = _allowed_rows(store, judge, chosen)
    memberships = _memberships(store, allowed)
    complete = _complete(store, held, allowed, memberships)
    wanted = [row for row in allowed if not all(one.entity in complete for one in memberships[row])]
    chosen.rows = len(wanted)
    if weighing:
        wanted = in_runs(wanted)
        chosen.sampled = len(wanted)
        for taken in wanted:
            for one in memberships[taken]:
                proofs.known[one.number][one.leaf] = allowed[taken][0]
    layouts: dict[int, str] = dict(store.rows("SELECT id, json FROM layout"))
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        for number, row in readings.of_rows(store, part).items():
            evidence_id, label = allowed[number]
            chosen.strictest = tlp.strictest([chosen.strictest, label])
            chosen.imports.update(one.entity for one in memberships[number])
            chosen.evidence += _lines(number, evidence_id, row, memberships[number], proofs, layouts)


def _allowed_rows(store: Store, judge: _Judge, chosen: Chosen) -> dict[int, tuple[bytes, str]]:
    """Return row → (evidence id, label) of the rows in scope that may go; the others are counted."""
    allowed: dict[int, tuple[bytes, str]] = {}
    known: dict[tuple[bytes, str], str] = {}
    rows = rows_in_scope(store, judge.scope)
    if judge.scope != Scope():
        chosen.evidence_out_of_scope = sum(last - first + 1 for first, last in alerts.visible_spans(store)) - len(rows)
    torn = set(readings.everywhere(store))
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        for number, evidence_id, key, source_label in store.rows(
            f"SELECT id, evidence_id, key, tlp FROM evidence_row WHERE id IN ({','.join('?' * len(part))}) ORDER BY id",
            part,
        ):
            matters = {(bytes(key), source_label)}
            if number in torn:  # a label that any reading of it has holds for all that is sent of it
                kept = readings.of_rows(store, [number])[number].readings.values()
                matters |= {(reading.key, reading.columns["tlp"]) for reading in kept}
            for matter in matters:
                if matter not in known:
                    known[matter] = labels.of_evidence(store, *matter)
            label = tlp.strictest([known[matter] for matter in matters])
            if judge.may(label):
                allowed[number] = (bytes(evidence_id), label)
            else:
                chosen.evidence_withheld += 1
    return allowed


def _complete(
    store: Store,
    held: Held,
    allowed: dict[int, tuple[bytes, str]],
    memberships: dict[int, list[_Membership]],
) -> set[str]:
    """Return the imports of which a peer says that it has every row we have, or every row that it may have."""
    may_have: dict[str, list[bytes]] = defaultdict(list)
    for row, (evidence_id, _) in allowed.items():
        for one in memberships[row]:
            may_have[one.entity].append(evidence_id)
    ours = rows_of_imports(store)
    return {
        entity
        for entity, said in held.imports.items()
        if said == WHOLE or (entity in ours and said in (ours[entity], _rows_digest(may_have[entity])))
    }


@dataclass(frozen=True)
class _Membership:
    """That an import brought a row."""

    number: int
    entity: str
    leaf: int
    reading: int
    here: bool
    "Whether the import was made here."


def _memberships(store: Store, rows: Iterable[int]) -> dict[int, list[_Membership]]:
    """Return, for each row, the standing imports that brought it."""
    found: dict[int, list[_Membership]] = defaultdict(list)
    ordered = sorted(rows)
    for number, entity, state, first, last, leaf in store.rows(
        "SELECT i.id, i.entity, i.state, g.first, g.last, g.leaf FROM import_range AS g JOIN import AS i"
        " ON i.id = g.import WHERE i.undone = 0 AND i.state <> 'loading'"
    ):
        for row in alerts.within([(first, last)], ordered):
            place = leaf + row - first if leaf >= 0 else -1
            found[row].append(_Membership(number, entity, place, 0, state == "done"))
    for number, entity, state, row, leaf, n in store.rows(
        "SELECT i.id, i.entity, i.state, p.row, p.leaf, p.reading FROM import_repeat AS p JOIN import AS i"
        " ON i.id = p.import WHERE i.undone = 0 AND i.state <> 'loading'"
    ):
        found[row].append(_Membership(number, entity, leaf, n, state == "done"))
    return found


WHOLE: Final = "whole"
"Said of an import of which every row is here."
UNREAD: Final = "unread"
"Said of one of which every row is here, but not every reading: they are to be sent again."


def rows_of_imports(store: Store) -> dict[str, str]:
    """Return which rows of each standing import are here: what a peer is told in place of a list.

    All that its journal entry signed, or a hash over those that are: two laptops with as many rows
    need not have the same.
    """
    found = {}
    for number, entity, state in store.rows(
        "SELECT id, entity, state FROM import WHERE undone = 0 AND state <> 'loading'"
    ):
        proved = store.value("SELECT count(*) FROM import_repeat WHERE import = ? AND leaf >= 0", (number,))
        if state == "done" or proved in _signed_counts(store, entity):
            found[entity] = UNREAD if state == "received" and _unread(store, number, entity) else WHOLE
            continue
        held = store.rows(
            "SELECT r.evidence_id FROM import_repeat AS p JOIN evidence_row AS r ON r.id = p.row WHERE p.import = ?",
            (number,),
        )
        found[entity] = _rows_digest([bytes(row[0]) for row in held])
    return found


def _unread(store: Store, number: int, entity: str) -> bool:
    """Tell whether readings of an import that its device has signed did not come as it signed them."""
    sql = "SELECT 1 FROM import_repeat WHERE import = ? AND leaf >= 0 AND reading < 0 LIMIT 1"
    return bool(store.value(sql, (number,)) and reading_proofs.signed(store, entity))


def _signed_counts(store: Store, entity: str) -> list[Any]:
    values = labels.import_values(store, entity, "root")
    return [value.get("leaves") for value in values if isinstance(value, dict)]


def _rows_digest(evidence_ids: list[bytes]) -> str:
    return hashlib.sha256(b"".join(sorted(evidence_ids))).hexdigest()[:32]


class _Proofs:
    """The ways from rows and from their readings to what is signed; the trees of our imports are made once.

    Where it is only weighed they are of the right size and prove nothing.
    """

    def __init__(self, store: Store, sign: reading_proofs.Sign | None, *, weighing: bool) -> None:
        self._store = store
        self._sign = sign
        self._weighing = weighing
        self.known: dict[int, dict[int, bytes]] = defaultdict(dict)
        self._trees: dict[int, tuple[Tree | Shape, Tree | Shape | None]] = {}

    def of(self, row: int, one: _Membership) -> tuple[int, list[str], list[str]]:
        """Return a row's place in an import, its way to the root there, and that of its reading ([] for none)."""
        if not one.here:
            sql = "SELECT leaf, path FROM proof WHERE row = ? AND import = ?"
            leaf, path = self._store.row(sql, (row, one.number)) or (-1, "[]")
            return leaf, json.loads(path), reading_proofs.path(self._store, one.number, leaf)
        if one.leaf < 0:
            return one.leaf, [], []
        if one.number not in self._trees and self._weighing:
            count = reading_proofs.count(self._store, one.number)
            self._trees[one.number] = (
                Shape(f"{one.entity} rows", count, self.known[one.number]), Shape(f"{one.entity} readings", count)
            )  # fmt: skip
        if one.number not in self._trees:
            signed = reading_proofs.signing(self._store, one.number, one.entity, self._sign)
            self._trees[one.number] = (Tree(leaves(self._store, one.number)), signed)
        tree, read = self._trees[one.number]
        return one.leaf, tree.proof(one.leaf), [] if read is None else read.proof(one.leaf)


def _lines(
    number: int,
    evidence_id: bytes,
    row: readings.Row,
    brought: list[_Membership],
    proofs: _Proofs,
    layouts: dict[int, str],
) -> list[bytes]:
    """Return a line for each reading that was made of a row, with the imports that read it so."""
    by_reading: dict[int, list[_Membership]] = defaultdict(list)
    for one in brought:
        by_reading[one.reading if one.reading >= 0 else ~one.reading].append(one)
    made = []
    for n, imports in sorted(by_reading.items()):
        reading = row.readings.get(n) or readings.Reading(row.key, row.shown)
        columns = {"key": reading.key.hex()} | {name: reading.columns[name] for name in _SENT if name != "key"}
        claimed = []
        for one in imports:
            leaf, proof, read = proofs.of(number, one)
            claimed.append({"import": one.entity, "leaf": leaf, "proof": proof} | ({"reading": read} if read else {}))
        line = {
            "id": evidence_id.hex(),
            "layout": layouts[reading.columns["layout"]],
            "columns": columns,
            "rest": reading.columns["rest"],
            "imports": claimed,
        }
        text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        made.append(text.encode("utf-8", "replace"))
    return made


def leaves(store: Store, number: int) -> list[bytes]:
    """Return the evidence ids of an import made here in the order of its Merkle tree."""
    found = leaf_places(store, number)
    return [found[leaf] for leaf in sorted(found)]


def leaf_places(store: Store, number: int) -> dict[int, bytes]:
    """Return the evidence ids of an import made here by their place in its Merkle tree."""
    found: dict[int, bytes] = {}
    for first, last, leaf in store.rows("SELECT first, last, leaf FROM import_range WHERE import = ?", (number,)):
        for row, evidence_id in store.rows(
            "SELECT id, evidence_id FROM evidence_row WHERE id BETWEEN ? AND ?", (first, last)
        ):
            found[leaf + row - first] = bytes(evidence_id)
    for leaf, evidence_id in store.rows(
        "SELECT p.leaf, r.evidence_id FROM import_repeat AS p JOIN evidence_row AS r ON r.id = p.row"
        " WHERE p.import = ? AND p.leaf >= 0",
        (number,),
    ):
        found[leaf] = bytes(evidence_id)
    return found


def lacking(store: Store) -> dict[str, list[int]]:
    """Return the sequences whose bodies were withheld from us, by device: what any peer may fill."""
    found: dict[str, list[int]] = defaultdict(list)
    for device, seq in store.rows(
        "SELECT device, seq FROM link JOIN body USING (n) WHERE state = 'withheld' AND chain = ? ORDER BY 1, 2",
        (JOURNAL,),
    ):
        found[device].append(seq)
    return dict(found)


def personal_keys(store: Store, entities: set[str], *, within_organisation: bool) -> tuple[dict[str, list[str]], int]:
    """Return the keys of the personal records that go along, and how many people's stay here.

    What is recorded on a person is opened to another organisation only once somebody has decided to
    share it, and never against the person's wish: an incident's label alone does not name anybody.
    Until then the sealed words travel, and read "not shared" where they arrive.
    """
    wanted = personal.with_all_that_is_theirs(store, entities)
    if within_organisation:
        return personal.keys_of(store, sorted(wanted)), 0
    closed = personal.not_to_be_shared(store)
    kept = {person for person, theirs in closed.items() if theirs & wanted}
    barred = set().union(*closed.values()) if closed else set()
    return personal.keys_of(store, sorted(wanted - barred)), len(kept)


def keep_checkpoint(store: Store, chain: str, device: str, seq: int, link_hash: str, signature: bytes) -> None:
    """Keep a device's signature over its chain up to ``seq``."""
    store.execute(
        "INSERT OR IGNORE INTO checkpoint(chain, device, seq, hash, sig) VALUES (?, ?, ?, ?, ?)",
        (chain, device, seq, link_hash, signature),
    )


def checkpoints(store: Store) -> list[list[Any]]:
    """Return the newest checkpoint over the links held of each chain: what lets anyone prove what we relay.

    One that lies beyond a gap proves nothing of what we hold, so it is not the one to send.
    """
    return [
        [chain, device, seq, link_hash, bytes(signature).hex()]
        for chain, device, seq, link_hash, signature in store.rows(
            "SELECT c.chain, c.device, max(c.seq), c.hash, c.sig FROM checkpoint AS c JOIN link AS l ON l.hash = c.hash"
            " GROUP BY c.chain, c.device ORDER BY 1, 2"
        )
    ]


def all_checkpoints(store: Store) -> list[tuple[str, str, int, str, bytes]]:
    """Return every signature held: (chain, device, seq, hash, signature)."""
    return store.rows("SELECT chain, device, seq, hash, sig FROM checkpoint ORDER BY 1, 2, 3, 4")


def incidents_touched(store: Store, touched: Iterable[tuple[str, str]]) -> set[str]:
    """Return the incidents to which touched records belong."""
    return {incident for kind, entity in touched for incident in labels.incidents_of(store, kind, entity)}
