"""Settling many conflicts in one act: all from one side, or by a rule. What it would do is shown first, always.

Rules are data (``resources/policies/conflicts.json``, or a trust's own file in its place). None is ever applied by
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.canonical import canonical
from triage_app.domain.records import DELETED, KINDS
from triage_app.errors import BadInput, NotFound
from triage_app.formats.identity import PublicIdentity
from triage_app.language import say
from triage_app.services import conflicts, policy_files
from triage_app.services.changes import Changes
from triage_app.services.histories import readable
from triage_app.services.policy_files import Loaded
from triage_app.services.recording import label_of, record
from triage_app.services.session import Session
from triage_app.store import journal, labels, lookup, peers, standings
from triage_app.store.connection import Store
from triage_app.store.journal import Change, Head

NAME: Final = "conflicts.json"
OURS, THEIRS = "ours", "theirs"
TAKES: Final = ("earliest", "latest", "newest", "strictest", "highest", "own-organisation", "combine")


@dataclass(frozen=True)
class Rule:
    """One rule: of which fields, which value."""

    id: str
    name: str
    kind: str
    fields: tuple[str, ...]
    take: str
    why: str


@dataclass(frozen=True)
class Line:
    """One conflict as it would be settled."""

    kind: str
    entity: str
    field: str
    ref: str
    value: Any
    "The value that would stand, as a person may read it."
    others: tuple[Any, ...]
    "Those that would not."
    head: str = ""
    "The operation whose value it is; '' for a new value that keeps both."


@dataclass(frozen=True)
class Plan:
    """What settling would do."""

    words: str
    "What the act will be called."
    lines: list[Line] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)
    "Conflicts in question that it would leave: {ref, kind, entity, field, why}."
    because: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the plan as the command line prints it."""
        return {
            "words": self.words, "left": self.left,
            "settles": [
                {"ref": one.ref, "kind": one.kind, "entity": one.entity, "field": one.field, "value": one.value,
                 "others": list(one.others)}
                for one in self.lines
            ],
        }  # fmt: skip


# -- one side ----------------------------------------------------------------------------------------------


def from_side(store: Store, side: str, *, incident: str = "", merge: str = "") -> Plan:
    """Return what taking every value of one side would do: ``ours`` (this laptop's), ``theirs``, or a device's.

    ``incident`` and ``merge`` (the id of a merged bundle) narrow which conflicts. Raises ``NotFound`` for none.
    """
    own = peers.own_device(store)

    def of_side(head: Head) -> bool:
        device = journal.device_of(store, head.n)
        return (device == own) == (side == OURS) if side in (OURS, THEIRS) else device == side

    def choose(row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
        found = [head for head in heads if of_side(head)]
        if not found:
            return None, "none of its values is from there"
        if len({canonical(head.body.value) for head in found}) > 1:
            return None, "it holds two values from there"
        return found[0], ""

    rows = _chosen(store, incident, merge)
    whose = {OURS: "our values", THEIRS: "their values"}.get(side) or say("the values of {0}", device_name(store, side))
    plan = _planned(store, rows, choose, say("Took {0}", whose))
    if not plan.lines:
        raise NotFound("There is nothing to take from that side.", "“triage conflicts list” shows what stands open.")
    return plan


def device_name(store: Store, device: str) -> str:
    """Return what a device calls itself."""
    data = peers.identities(store).get(device)
    return device[:8] if data is None else PublicIdentity.from_bytes(data).name


def take_side(session: Session, side: str, *, incident: str = "", merge: str = "") -> Changes:
    """Take every value of one side, in one act. Raises as ``from_side``."""
    with session.store.write():
        return _settle(session, from_side(session.store, side, incident=incident, merge=merge))


def _chosen(store: Store, incident: str, merge: str) -> list[dict[str, Any]]:
    rows = [row for row in lookup.conflicts(store) if row["entity_kind"] != "trust"]
    if merge:
        brought = peers.conflicts_of(store, merge)
        rows = [row for row in rows if f"{row['entity_kind']}/{row['entity']}/{row['field']}" in brought]
    if incident:
        rows = [row for row in rows if incident in labels.incidents_of(store, row["entity_kind"], row["entity"])]
    return rows


# -- rules -------------------------------------------------------------------------------------------------


def rules(store: Store) -> Loaded[tuple[Rule, ...]]:
    """Return the rules that hold for an open store."""
    return policy_files.load(store.path.parent, NAME, read_rules)


def read_rules(data: Any) -> tuple[Rule, ...]:
    """Return the rules of a policy file. Raises ``ValueError`` for a faulty one."""
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
        raise ValueError("it lists no rules")
    found: list[Rule] = []
    for item in data["rules"]:
        if not isinstance(item, dict):
            raise ValueError("a rule is an object")
        texts = {name: item.get(name) for name in ("id", "name", "kind", "take", "why")}
        if not all(isinstance(text, str) and text.strip() for text in texts.values()):
            raise ValueError("a rule has id, name, kind, take and why")
        fields = item.get("fields")
        if not isinstance(fields, list) or not fields or not all(isinstance(name, str) for name in fields):
            raise ValueError(f"the rule {texts['id']} names no fields")
        if texts["take"] not in TAKES:
            raise ValueError(f"the rule {texts['id']} takes “{texts['take']}”, which is none of {', '.join(TAKES)}")
        known = KINDS.get(str(texts["kind"]))
        strange = [name for name in fields if known is None or name not in known.fields]
        if strange:
            raise ValueError(f"a {texts['kind']} has no field {strange[0]}")
        if any(one.id == texts["id"] for one in found):
            raise ValueError(f"two rules are called {texts['id']}")
        found.append(Rule(**{name: str(text) for name, text in texts.items()}, fields=tuple(fields)))
    return tuple(found)


def suggestions(store: Store, incident: str = "") -> list[tuple[Rule, Plan]]:
    """Return the rules that would settle something now, each with what it would do."""
    rows = _chosen(store, incident, "")
    found = []
    for rule in rules(store).policy:
        plan = _by_rule(store, rule, rows)
        if plan.lines:
            found.append((rule, plan))
    return found


def by_rule(store: Store, rule_id: str, incident: str = "", merge: str = "") -> Plan:
    """Return what a rule would do. Raises ``NotFound`` for a rule there is none of, or nothing for it to settle."""
    rule = next((one for one in rules(store).policy if one.id == rule_id), None)
    if rule is None:
        names = ", ".join(one.id for one in rules(store).policy)
        raise NotFound(say("There is no rule “{0}”.", rule_id), say("There are: {0}.", names))
    plan = _by_rule(store, rule, _chosen(store, incident, merge))
    if not plan.lines:
        raise NotFound("That rule would settle nothing.", "“triage conflicts suggest” shows those that would.")
    return plan


def apply_rule(session: Session, rule_id: str, incident: str = "", merge: str = "") -> Changes:
    """Settle what a rule is about, in one act that carries the rule's name. Raises as ``by_rule``."""
    with session.store.write():
        return _settle(session, by_rule(session.store, rule_id, incident, merge))


def _by_rule(store: Store, rule: Rule, rows: Sequence[dict[str, Any]]) -> Plan:
    wanted = [row for row in rows if row["entity_kind"] == rule.kind and row["field"] in rule.fields]

    def choose(row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
        return _TAKEN[rule.take](store, row, heads)

    plan = _planned(store, wanted, choose, f"Settled by the rule “{rule.name}”", combines=rule.take == "combine")
    return Plan(plan.words, plan.lines, plan.left, f"Rule: {rule.name}")


Choose = Callable[[Store, dict[str, Any], Sequence[Head]], tuple[Head | None, str]]


def _of_times(earliest: bool) -> Choose:
    def choose(store: Store, row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
        at = [head.body.value.get("at") if isinstance(head.body.value, dict) else None for head in heads]
        if not all(type(one) is int for one in at):
            return None, "one side took the time away"
        pairs = sorted(zip(at, (head.hash for head in heads), heads, strict=True), key=lambda one: one[:2])
        return pairs[0 if earliest else -1][2], ""

    return choose


def _newest(store: Store, row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
    return max(heads, key=lambda head: (head.body.hlc, head.hash)), ""


def _strictest(store: Store, row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
    return max(heads, key=lambda head: (tlp.rank(str(head.body.value)), head.hash)), ""


def _highest(store: Store, row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
    if not all(type(head.body.value) is int for head in heads):
        return None, "one side took it away"
    return max(heads, key=lambda head: (head.body.value, head.hash)), ""


def _own_organisation(store: Store, row: dict[str, Any], heads: Sequence[Head]) -> tuple[Head | None, str]:
    victim = lookup.one(store, "victim", row["entity"])
    code = "" if victim is None else str(victim["organisation"]).partition(":")[2]
    if not code:
        return None, "no organisation is recorded for this victim"
    whose = standings.organisations(store)
    found = [head for head in heads if whose.get(journal.device_of(store, head.n)) == code]
    if len({canonical(head.body.value) for head in found}) != 1:
        return None, say("{0} itself said {1}", code, "two things" if found else "nothing")
    return found[0], ""


_TAKEN: Final[dict[str, Choose]] = {
    "earliest": _of_times(True),
    "latest": _of_times(False),
    "newest": _newest,
    "strictest": _strictest,
    "highest": _highest,
    "own-organisation": _own_organisation,
    "combine": lambda store, row, heads: (None, ""),
}


# -- both --------------------------------------------------------------------------------------------------


def _planned(
    store: Store,
    rows: Sequence[dict[str, Any]],
    choose: Callable[[dict[str, Any], Sequence[Head]], tuple[Head | None, str]],
    words: str,
    *,
    combines: bool = False,
) -> Plan:
    lines: list[Line] = []
    left: list[dict[str, str]] = []
    for row in rows:
        kind, entity, name = row["entity_kind"], row["entity"], row["field"]
        standing = journal.standing(store, kind, entity)
        where = {"ref": lookup.reference_of(store, kind, entity), "kind": kind, "entity": entity, "field": name}
        if name == DELETED:
            left.append({**where, "why": "whether a record is taken back is decided one by one"})
            continue
        heads = standing.get(name, [])
        shown = {head.hash: readable(store, kind, entity, name, head.body.value) for head in heads}
        if combines:
            try:
                value = conflicts.combined_value(store, kind, entity, name)
            except BadInput as error:
                left.append({**where, "why": error.what})
                continue
            value = "both" if name in KINDS[kind].personal else value  # never in the clear without being asked for
            lines.append(Line(kind, entity, name, where["ref"], value, tuple(shown.values())))
            continue
        head, why = choose(row, heads)
        if head is None:
            left.append({**where, "why": why})
            continue
        same = canonical(head.body.value)
        others = tuple(shown[one.hash] for one in heads if canonical(one.body.value) != same)
        lines.append(Line(kind, entity, name, where["ref"], shown[head.hash], others, head.hash))
    return Plan(words, lines, left)


def _settle(session: Session, plan: Plan) -> Changes:
    store = session.store
    changes: list[Change] = []
    for one in plan.lines:
        if not one.head:
            changes += conflicts.combining_changes(session, one.kind, one.entity, one.field, plan.because)
            continue
        heads = journal.standing(store, one.kind, one.entity)[one.field]
        value = next(head.body.value for head in heads if head.hash == one.head)
        label = label_of(session, one.kind, one.entity)
        changes.append(Change(one.kind, one.entity, one.field, value, label, plan.because))
    many = "1 field" if len(plan.lines) == 1 else f"{len(plan.lines)} fields"
    first = plan.lines[0]
    return record(session, f"{plan.words}: {many}", changes, entity=first.entity, ref=first.ref)
