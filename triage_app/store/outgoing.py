"""What goes into a bundle: links always, bodies and evidence only where scope and label allow."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.operations import JOURNAL, Link
from triage_app.domain.records import KINDS, sealed_under
from triage_app.store import (
    attachments,
    campaigns,
    journal,
    labels,
    outgoing_evidence,
    personal,
    reading_proofs,
    sharing,
)
from triage_app.store.connection import Store
from triage_app.store.peers import Held
from triage_app.store.scopes import Scope

BY_LABEL, BY_SCOPE, OTHERWISE = "label", "scope", "otherwise"
"""Why a body stays here: its label; the scope, so that a wider one brings it; or because it is not here, or is this
laptop's own word on whom it trusts."""


class Chosen:
    """What a recipient lacks and may have. What is counted of a kind is counted once all of it has been gone through:
    links, then bodies, then evidence, each once, as they are written."""

    def __init__(
        self, store: Store, held: Held, judge: Judge, sign: reading_proofs.Sign | None, *, weighing: bool
    ) -> None:
        self._store = store
        self._held = held
        self._judge = judge
        self._weighing = weighing
        self.links = self.bodies = 0
        self.kept_back: Counter[str] = Counter()
        "Bodies that are here and stay here, by why."
        self.entities: set[str] = set()
        self.strange: set[str] = set()
        "Under whose keys words are sealed in fields that this version does not know."
        self.blobs: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        "Where it is only weighed: pieces of files that would go along, and their bytes."
        self._strictest = tlp.CLEAR
        self.evidence = outgoing_evidence.Chosen(store, held, judge, sign)

    @property
    def withheld(self) -> int:
        """How many bodies stay here."""
        return self.links - self.bodies

    @property
    def strictest(self) -> str:
        """The strictest label of what goes."""
        return tlp.strictest([self._strictest, self.evidence.strictest])

    def link_lines(self) -> Iterator[bytes]:
        """Yield the links, those of each device in their order."""
        for device, which, parameters in self._lacked():
            for seq, prev, body_hash, v in self._store.connection.execute(
                f"SELECT seq, prev, body_hash, v FROM link WHERE chain = ? AND {which} ORDER BY seq", parameters
            ):
                self.links += 1
                yield Link(device, seq, prev, body_hash, JOURNAL, v).to_bytes()

    def body_lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield (hash of the link, body)."""
        for _, which, parameters in self._lacked():
            for n, link_hash, data, kind, entity, name, label, batch, at in self._store.connection.execute(
                "SELECT l.n, l.hash, b.bytes, o.kind, o.entity, o.field, o.tlp, o.batch,"
                " CAST(substr(o.hlc, 1, 15) AS INTEGER)"
                " FROM link AS l JOIN body AS b USING (n) LEFT JOIN operation AS o USING (n)"
                f" WHERE l.chain = ? AND {which} AND b.state = 'here' ORDER BY l.seq",
                parameters,
            ):
                if why := _why_not(self._store, self._judge, n, kind, entity, label, batch, at):
                    self.kept_back[why] += 1
                    continue
                self.bodies += 1
                self._goes_along(n, kind, entity, name, label, batch, bytes(data))
                yield link_hash, bytes(data)

    def _lacked(self) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        """Yield (device, condition, parameters) of the links that the recipient lacks, or whose bodies it does."""
        for (device,) in self._store.rows("SELECT device FROM tail WHERE chain = ? ORDER BY device", (JOURNAL,)):
            upto, lacks = self._held.vector.get(device, 0), self._held.lacks.get(device, ())
            if lacks:
                which = "device = ? AND (seq > ? OR seq IN (SELECT value FROM json_each(?)))"
                yield device, which, (JOURNAL, device, upto, json.dumps(list(lacks)))
            else:
                yield device, "device = ? AND seq > ?", (JOURNAL, device, upto)

    def _goes_along(
        self, n: int, kind: str | None, entity: str, name: str, label: str, batch: str, data: bytes
    ) -> None:
        known = KINDS.get(kind or "")
        if batch:
            self.blobs[batch] = bytes(self._store.value("SELECT bytes FROM blob WHERE sha256 = ?", (batch,)))
            if kind is not None and known is not None and known.personal:
                self.entities.update(sealed_under(kind, member) for member in _members(self._store, batch))
        elif kind is not None:
            if kind == "attachment" and name == "pieces":
                if self._weighing:
                    attachments.weigh(self._store, entity, self.sizes)
                else:
                    attachments.send(self._store, entity, self.blobs, self.entities)
            if known is not None and known.personal:
                self.entities.add(sealed_under(kind, entity))
            elif (known is None or name not in known.fields) and _is_sealed(data):
                self.strange.add(sealed_under(kind, entity))
            self._strictest = tlp.strictest([self._strictest, self._judge.label(kind, entity, label)])


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
    of an import of ours whose rows are sent for the first time. ``weighing`` reads no file; of the evidence ask
    ``weigh`` then, which writes nothing.
    """
    return Chosen(store, held, Judge(store, maximum, scope, red), sign, weighing=weighing)


class Judge:
    """Says whether a record may go; remembers each incident's label."""

    def __init__(self, store: Store, maximum: str, scope: Scope, red: bool) -> None:
        self.store = store
        self.maximum = maximum
        self.scope = scope
        self.red = red
        self._labels: dict[tuple[str, str, str], tuple[str, bool]] = {}
        self._named: frozenset[str] | None = None
        self.known: labels.Known = {}
        "Labels of incidents."

    def label(self, kind: str, entity: str, written: str) -> str:
        """Return the label that holds for a record."""
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
            label = labels.effective(self.store, kind, entity, written, self.known)
            self._labels[key] = (label, self._within(kind, entity))
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


def incidents_kept(store: Store, maximum: str, scope: Scope, *, red: bool = False) -> list[dict[str, str]]:
    """Return {ref, label} of the incidents within ``scope`` that their label keeps here, those that are open first."""
    judge = Judge(store, maximum, scope, red)
    kept = {incident: label for incident, label in labels.of_incidents(store).items() if not judge.may(label)}
    open_first = "CASE i.status WHEN 'closed' THEN 1 ELSE 0 END, i.ref"
    return [
        {"ref": ref, "label": kept[incident]}
        for incident, ref in store.rows(
            f"SELECT i.id, i.ref FROM incident AS i WHERE i.deleted = 0 ORDER BY {open_first}"
        )
        if incident in kept and (scope.incidents is None or incident in scope.incidents)
    ]


def _why_not(
    store: Store, judge: Judge, n: int, kind: str | None, entity: str, label: str, batch: str, at: int | None
) -> str:
    """Return why a body that is here stays here, '' where it may go."""
    members = _members(store, batch) if batch else [entity]
    if kind is None or not members:  # of a newer version, or a list without sense: its own label is all we can ask
        if not judge.may(_label_within(store, n)):
            return BY_LABEL
        return "" if judge.scope.incidents is None else BY_SCOPE
    found = {judge.refuses(kind, member, label) for member in members}
    why = next((one for one in (OTHERWISE, BY_LABEL, BY_SCOPE) if one in found), "")
    return why or ("" if judge.scope.covers(at) or kind in _ALWAYS else BY_SCOPE)


def _members(store: Store, batch: str) -> list[str]:
    """Return what a batch sets, none where its list makes no sense (then it counts nowhere)."""
    try:
        return [member for member, _ in journal.batch_members(store, batch)]
    except ValueError:
        return []


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
    closed = sharing.closed(store)
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
