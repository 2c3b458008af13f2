"""Whatever is written, sent, lost, repeated, cut and reordered: three laptops come to show the same, and lose no word.

The model beside the stores knows who could see what when they wrote; it knows nothing of clocks, of
tables, or of how the program finds its heads.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.stores import Laptop, contents_of, copies, forged
from triage_app.domain.operations import Body, Link
from triage_app.domain.records import CREATED, DELETED, new_id
from triage_app.domain.tlp import GREEN, RED
from triage_app.services.changes import milliseconds
from triage_app.services.recording import set_fields
from triage_app.store import journal, lookup, projections, state
from triage_app.store.journal import BatchChange, Change

Key = tuple[str, str, str]
"(kind, entity, field)."

ENTITIES = tuple(f"{number:032x}" for number in range(2))
FIELDS = ("name", "mood")
DEEP = os.environ.get("HYPOTHESIS_PROFILE", "ci") != "ci"

laptops_ = st.integers(0, 2)
values = st.integers(0, 2)


@dataclass(frozen=True)
class Op:
    """An operation as the model knows it."""

    name: str
    device: str
    seq: int
    replaces: dict[Key, frozenset[str]]
    "For each field it sets, the heads that its author could see."
    value: Any
    saw: frozenset[str] = frozenset()
    "Of a deletion: what its author saw standing in the record's other fields."


@dataclass
class Knows:
    """What has reached a laptop."""

    links: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)


@dataclass
class Sent:
    """A bundle on a stick."""

    path: Path
    sender: int
    to: tuple[int, ...]


class Merging(RuleBasedStateMachine):
    """Three laptops and the sticks between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="triage-merge-")
        self.laptops = copies(Path(self.folder.name), 3)
        self.ops: dict[str, Op] = {}
        self.sent: list[Sent] = []
        self.knows = [Knows() for _ in self.laptops]
        for number, laptop in enumerate(self.laptops):
            laptop.clock.move(hours=(0, -1, 24 * 365)[number])
            rows = laptop.store.rows(
                "SELECT hash, device, seq, bytes FROM link JOIN body USING (n) WHERE chain = 'journal'"
            )
            for name, device, seq, data in rows:
                body = Body.from_bytes(bytes(data))
                key = (body.kind, body.entity, body.field)
                self.ops[name] = Op(name, device, seq, {key: frozenset(body.parents)}, body.value)
                for part in (self.knows[number].links, self.knows[number].bodies, self.knows[number].signed):
                    part.add(name)

    def looked_at(self, laptop: Laptop) -> str:
        """Return the state, after everything has been checked."""
        return laptop.verified()

    # ---- the model -------------------------------------------------------------------------------------------
    def applied(self, number: int) -> set[str]:
        """What counts at a laptop: chains without gaps, as far as each device has signed its own."""
        known = self.knows[number]
        own = self.laptops[number].device
        found: set[str] = set()
        chains: dict[str, list[Op]] = {}
        for name in known.links:
            chains.setdefault(self.ops[name].device, []).append(self.ops[name])
        for device, chain in chains.items():
            chain.sort(key=lambda op: op.seq)
            whole = [op for place, op in enumerate(chain, start=1) if op.seq == place]
            signed = [op.seq for op in whole if op.name in known.signed or device == own]
            found |= {op.name for op in whole if op.seq <= max(signed, default=0)}
        return found

    def heads(self, number: int) -> dict[Key, set[str]]:
        """What stands at a laptop: nothing that is seen there replaces it."""
        seen = [self.ops[name] for name in self.applied(number) & self.knows[number].bodies]
        standing: dict[Key, set[str]] = {}
        for op in seen:
            for key in op.replaces:
                standing.setdefault(key, set()).add(op.name)
        for op in seen:
            for key, replaced in op.replaces.items():
                standing[key] -= replaced
        return {key: names for key, names in standing.items() if names}

    def check(self, number: int) -> None:
        """Hold the store against the model."""
        store = self.laptops[number].store
        standing: dict[Key, set[str]] = {}
        for kind, entity, name, head in store.rows("SELECT kind, entity, field, hash FROM head JOIN link USING (n)"):
            standing.setdefault((kind, entity, name), set()).add(head)
        expected = self.heads(number)
        assert standing == expected
        conflicts = {(row["entity_kind"], row["entity"], row["field"]) for row in lookup.conflicts(store)}
        two_values = {key for key, names in expected.items() if len({self.says(key, name) for name in names}) > 1}
        assert conflicts == two_values | self.changed_after_deletion(expected)
        links = {row[0] for row in store.rows("SELECT hash FROM link WHERE chain = 'journal'")}
        pending = {row[0] for row in store.rows("SELECT hash FROM pending")}
        assert links == self.applied(number)
        assert links | pending == self.knows[number].links
        assert not links & pending
        here = {row[0] for row in store.rows("SELECT hash FROM link JOIN body USING (n) WHERE state = 'here'")}
        assert here & links == self.knows[number].bodies & links

    def says(self, key: Key, name: str) -> str:
        """Return by what two values of a field differ: of a deletion, whether it deletes."""
        value = self.ops[name].value
        return repr(value is True if key[2] == DELETED else value)

    def changed_after_deletion(self, standing: dict[Key, set[str]]) -> set[Key]:
        """Return the deletions beside which something stands that nobody knew of who deleted."""
        found = set()
        for (kind, entity, name), heads in standing.items():
            if name == DELETED and all(self.ops[head].value is True for head in heads):
                seen = {one for head in heads for one in self.ops[head].saw}
                others = {
                    head for (_, other, field_), ones in standing.items()
                    if other == entity and field_ not in (DELETED, CREATED) for head in ones
                }  # fmt: skip
                if others - seen:
                    found.add((kind, entity, name))
        return found

    # ---- what people do ----------------------------------------------------------------------------------------
    def write(self, number: int, *changes: Change | BatchChange) -> None:
        """Let a laptop write, and the model note what its author could see."""
        laptop = self.laptops[number]
        for change in changes:
            names = change.entities if isinstance(change, BatchChange) else (change.entity,)
            before = self.heads(number)
            keys = [(change.kind, entity, change.field) for entity in names]
            with laptop.store.write():
                act = journal.append(
                    laptop.store, laptop.session.author, milliseconds(laptop.clock()), journal.new_act(), [change]
                )
                projections.project_all(laptop.store, act.touched)
            hash_, device, seq = laptop.store.row("SELECT hash, device, seq FROM link WHERE n = ?", act.operations)
            seen = {key: frozenset(before.get(key, set())) for key in keys}
            saw: set[str] = set()
            if change.field == DELETED:
                saw = {one for (_, entity, name), ones in before.items() if entity in names and name != DELETED
                       for one in ones}  # fmt: skip
            self.ops[hash_] = Op(hash_, device, seq, seen, change.value, frozenset(saw))
            self.knows[number].links.add(hash_)
            self.knows[number].bodies.add(hash_)
        self.check(number)

    @rule(
        number=laptops_, entity=st.sampled_from(ENTITIES), name=st.sampled_from(FIELDS), value=values, red=st.booleans()
    )
    def sets_a_field(self, number: int, entity: str, name: str, value: int, red: bool) -> None:
        self.write(number, Change("campaign", entity, name, value, RED if red else GREEN))

    @rule(number=laptops_, entity=st.sampled_from(ENTITIES), gone=st.booleans())
    def deletes_or_brings_back(self, number: int, entity: str, gone: bool) -> None:
        self.write(number, Change("campaign", entity, DELETED, gone, GREEN))

    @rule(number=laptops_, name=st.sampled_from(FIELDS), value=values)
    def sets_many_at_once(self, number: int, name: str, value: int) -> None:
        self.write(number, BatchChange("campaign", ENTITIES, name, value, GREEN))

    @rule(number=laptops_)
    def notes(self, number: int) -> None:
        note = new_id()
        with self.laptops[number].store.write():
            sealed = set_fields(self.laptops[number].session, "note", note, {"text": "a word"}, GREEN)
        self.write(number, Change("note", note, CREATED, {}, GREEN), *sealed)

    @rule(number=laptops_, value=values)
    def settles_a_conflict(self, number: int, value: int) -> None:
        found = lookup.conflicts(self.laptops[number].store)
        if found:
            row = found[0]
            before = {(one["entity_kind"], one["entity"], one["field"]) for one in found}
            settled = (row["entity_kind"], row["entity"], row["field"])
            self.write(number, Change(*settled, value, GREEN))
            left = lookup.conflicts(self.laptops[number].store)
            after = {(one["entity_kind"], one["entity"], one["field"]) for one in left}
            assert settled not in after
            asked = {(*settled[:2], DELETED)}  # of a record that was taken back a new word is put to a person
            assert after - asked == before - {settled} - asked

    @rule(number=laptops_, hours=st.sampled_from([-24 * 400, -3, 1, 24 * 365]))
    def sets_the_clock(self, number: int, hours: int) -> None:
        self.laptops[number].clock.move(hours=hours)

    @rule(number=laptops_, to=st.sets(laptops_, min_size=1), full=st.booleans(), red=st.booleans())
    def writes_a_bundle(self, number: int, to: set[int], full: bool, red: bool) -> None:
        others = tuple(sorted(to - {number}))
        if others:
            path = self.laptops[number].export(
                *(self.laptops[other] for other in others), full=full, reader="Asha" if red else ""
            )
            self.sent.append(Sent(path, number, others))

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 999), to=laptops_, first=st.integers(0, 12), many=st.none() | st.integers(1, 4))
    def merges_some_bundle(self, which: int, to: int, first: int, many: int | None) -> None:
        """Any bundle ever written for this laptop, at any time, again and again; or some lines of it."""
        sent = self.sent[which % len(self.sent)]
        if to not in sent.to:
            to = sent.to[0]
        laptop = self.laptops[to]
        contents = contents_of(sent.path, laptop)
        path = sent.path
        if many is not None:
            start = max(len(contents.links) - first, 0)
            some = contents.links[start : start + many]
            names = {Link.from_bytes(line).hash for line in some}
            bodies = [(name, data) for name, data in contents.bodies if name in names]
            contents = dataclasses.replace(contents, links=some, bodies=bodies, blobs=contents.blobs)
            path = forged(self.laptops[sent.sender], laptop, self.to_one(contents, laptop))
        known = self.knows[to]
        known.links |= {Link.from_bytes(line).hash for line in contents.links}
        known.bodies |= {name for name, _ in contents.bodies}
        known.signed |= {item[3] for item in contents.manifest_fields["checkpoints"]}
        laptop.merge(path)
        self.check(to)
        before = self.looked_at(laptop)
        again = laptop.merge(path)
        assert (again.applied, again.conflicts, self.looked_at(laptop)) == (0, [], before)

    @staticmethod
    def to_one(contents: Any, laptop: Laptop) -> Any:
        """Address a bundle to one laptop."""
        return dataclasses.replace(contents, manifest_fields={**contents.manifest_fields, "to": [laptop.device]})

    # ---- at the end ---------------------------------------------------------------------------------------------
    def teardown(self) -> None:
        try:
            self.everybody_meets()
        finally:
            for laptop in self.laptops:
                laptop.close()
            self.folder.cleanup()

    def everybody_meets(self) -> None:
        """Two rounds of ordinary exports bring everyone everything, whatever went astray before."""
        for _ in range(2):
            for sender in self.laptops:
                others = [laptop for laptop in self.laptops if laptop is not sender]
                path = sender.export(*others, reader="Asha")
                for laptop in others:
                    laptop.merge(path)
        everything = {op.name for op in self.ops.values() if next(iter(op.replaces))[0] != "trust"}
        for number, laptop in enumerate(self.laptops):
            assert lookup.pending(laptop.store) == []
            self.knows[number].links |= {op.name for op in self.ops.values()}
            self.knows[number].signed |= {op.name for op in self.ops.values()}
            self.knows[number].bodies |= everything
            self.check(number)
        assert len({laptop.verified() for laptop in self.laptops}) == 1


class MergingCore(Merging):
    """The same without a look at every table after each step, which is most of the time: for very many sequences."""

    def looked_at(self, laptop: Laptop) -> str:
        """Return the state alone; everything is checked once, when all have met."""
        return state.state(laptop.store)


def _settings(sequences: int) -> settings:
    return settings(
        max_examples=sequences,
        stateful_step_count=50 if DEEP else 25,
        deadline=None,
        database=None,
        derandomize=not DEEP,
        phases=tuple(Phase) if DEEP else (Phase.generate,),  # shrinking a failure takes minutes: ask for it by profile
    )


Merging.TestCase.settings = _settings(int(os.environ.get("TRIAGE_SEQUENCES", "400")) if DEEP else 20)
MergingCore.TestCase.settings = _settings(int(os.environ.get("TRIAGE_CORE_SEQUENCES", "400")) if DEEP else 40)
TestMerging = Merging.TestCase
TestMergingCore = MergingCore.TestCase
