"""Undo and redo: appended, never erased, and honest about what somebody has built on since."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain import certificates
from triage_app.domain.records import CREATED, DELETED
from triage_app.errors import NotFound
from triage_app.language import say
from triage_app.services import histories, people
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import labels_of
from triage_app.services.rejects import remove_of_undone
from triage_app.services.session import Session
from triage_app.services.what_stood import Past
from triage_app.store import erasures, history, impact, journal, lookup, projections, unlocking
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change


@dataclass(frozen=True)
class Undone:
    """What an undo came to."""

    changes: Changes
    undone: list[dict[str, str]] = field(default_factory=list)
    "What was taken back: {kind, entity, field}."
    left: list[dict[str, str]] = field(default_factory=list)
    "What was left, because somebody has built on it: {kind, entity, field, why}."


def undo(session: Session, act: str = "") -> Undone:
    """Take back an act (the newest of this device that stands, when none is named).

    Where our operation is still the only head, its parents' value is set again; where somebody has
    built on it, the field is left and named. A creation is undone by deletion. Raises ``NotFound``
    when there is nothing to undo.
    """
    store = session.store
    with store.write():
        target = act or _newest(session, undoing=True)
        operations = history.act(store, target)
        if not operations:
            raise NotFound(say("There is no act {0}.", target), "“triage journal list” shows the acts.")
        done = reverse(session, target, operations, "Undone")
    if done.changes.touches("import"):
        remove_of_undone(store, session.profile.rejects)
    return done


def redo(session: Session) -> Undone:
    """Take back this device's newest undo."""
    store = session.store
    with store.write():
        target = _newest(session, undoing=False)
        return reverse(session, target, history.act(store, target), "Redone")


def can_undo(store: Store, device: str) -> str:
    """Return the act that ``undo`` would take back, '' for none."""
    for act in history.latest_acts(store, device):
        if not is_undo(store, act) and not history.is_undone(store, act):
            return act
    return ""


def is_to_be_offered(store: Store, act: str) -> bool:
    """Tell whether an act that was just done may be offered to be taken back: it is no undo, and nothing is gone."""
    return history.can_be_reversed(store, act) and not is_undo(store, act)


def next_to_undo(store: Store, device: str) -> tuple[str, str]:
    """Return the act that ``undo`` would take back, and what it did in words; ('', '') for none."""
    act = can_undo(store, device)
    if not act or not history.can_be_reversed(store, act):
        return "", ""
    return act, histories.in_words(store, {**history.summary(store, act), "id": act})


def can_redo(store: Store, device: str) -> str:
    """Return the undo that ``redo`` would take back, '' for none."""
    for act in history.latest_acts(store, device):
        if is_undo(store, act):
            if not history.is_undone(store, act):
                return act
        elif not history.undone_act(store, act):
            return ""
    return ""


def is_undo(store: Store, act: str) -> bool:
    """Whether an act takes something back; an undo of an undo puts it there again, so it does not."""
    return len(_chain(store, act)) % 2 == 0


def _chain(store: Store, act: str) -> list[str]:
    """Return an act, the one it takes back, and so on; each once, as circles come from elsewhere."""
    found = [act]
    while (earlier := history.undone_act(store, found[-1])) and earlier not in found:
        found.append(earlier)
    return found


def _adds_to(store: Store, other: str, act: str) -> bool:
    """Whether another act stands beside this one: it neither takes something back nor puts this one there again."""
    if is_undo(store, other):
        return False
    return _chain(store, other)[-1] != act


def _newest(session: Session, *, undoing: bool) -> str:
    act = (can_undo if undoing else can_redo)(session.store, session.device)
    if not act:
        raise NotFound(
            say("There is nothing to {0}.", "undo" if undoing else "redo"), "“triage journal list” shows what was done."
        )
    return act


def reverse(session: Session, target: str, operations: list[dict[str, Any]], verb: str) -> Undone:
    """Take operations of an act back, in one act; call it inside ``store.write()``. See ``undo`` for what is left."""
    store = session.store
    if any((op["kind"], op["field"]) == ("attachment", "destroyed") and op["after"] is not None for op in operations):
        raise NotFound("What was destroyed cannot be brought back.", "Its record and custody stay as they are.")
    if any(op["field"] == erasures.FIELD and op["after"] is True for op in operations):
        raise NotFound(
            "What was erased cannot be brought back.", "Its keys are gone. To take back another act, name that one."
        )
    if any(op["kind"] == certificates.KIND for op in operations):
        raise NotFound(
            "What an authority has signed cannot be taken back.",
            "A certificate ends by revoking the device; a revoked device restores a backup and is certified anew.",
        )
    if any(op["kind"] == unlocking.KIND for op in operations):
        raise NotFound(
            "Who can unlock is not taken back by undo.",
            "Change it under File, Who can unlock (“triage slots” on the command line).",
        )
    undone: list[dict[str, str]] = []
    left: list[dict[str, str]] = []
    changes: list[Change | BatchChange] = []
    grouped: dict[tuple[str, str, str, str, str], list[tuple[str, list[str]]]] = defaultdict(list)
    created = {(op["kind"], op["entity"]) for op in operations if op["field"] == CREATED}
    past = Past(store)
    names = {op["hash"] for op in operations}
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for op in reversed(operations):
        kind, name, link_hash = op["kind"], op["field"], op["hash"]
        entities = past.entities_of(link_hash) if op["batch"] else [op["entity"]]
        if created:
            new = [entity for entity in entities if (kind, entity) in created]
            entities = [entity for entity in entities if (kind, entity) not in created]
            for entity in new if name == CREATED else ():
                where = {"kind": kind, "entity": entity, "field": name}
                why = _built_on(session, kind, entity, target)
                if why:
                    left.append({**where, "why": why})
                else:
                    label = labels_of(session, kind, [entity])(entity)
                    changes.append(Change(kind, entity, DELETED, True, label, undoes=link_hash))
                    undone.append(where)
        if seen := done[(kind, name)]:
            entities = [entity for entity in entities if entity not in seen]
        seen.update(entities)
        heads_of = journal.heads_of_many(store, kind, entities, name)
        label_by = labels_of(session, kind, entities)
        for was, heads, label, some in past.alike(link_hash, entities, heads_of, label_by):
            where_all = [{"kind": kind, "entity": entity, "field": name} for entity in some]
            if not was.stands and not names.issuperset(heads):
                left += [{**where, "why": "it was changed since"} for where in where_all]
            elif was.values is None:
                left += [{**where, "why": "what stood there before is not here"} for where in where_all]
            elif op["batch"] and len(was.values) == 1:
                grouped[(kind, name, was.key, label, link_hash)] += [(entity, heads_of[entity]) for entity in some]
                undone += where_all
            else:
                changes += [
                    Change(kind, entity, name, value, label, undoes=link_hash, parents=heads)
                    for entity in some for value in was.values
                ]  # fmt: skip
                undone += where_all
    for (kind, name, key, label, undoes), answered in grouped.items():
        parents = dict(answered)
        value = journal.from_key(key)
        changes.append(BatchChange(kind, tuple(parents), name, value, label, undoes=undoes, parents=parents))
    for change in changes:
        if isinstance(change, Change) and change.kind == "same_as" and change.value is True:
            people.refuse_to_join_erased(store, change.entity.split(":"))
    if not changes:
        raise NotFound(
            "Nothing of that act could be taken back: it was built on since.", "Change the fields themselves instead."
        )
    written = journal.append(store, session.author, milliseconds(session.now()), journal.new_act(), changes)
    projections.project_all(store, written.touched)
    first = operations[0]
    named = {
        "fields": ",".join(sorted({f"{op['kind']}.{op['field']}" for op in operations})),
        "is_undo": False,
        "id": target,
        "kind": first["kind"],
        "entity": first["entity"],
    }
    label = f"{verb}: {histories.in_words(store, named)}"
    return Undone(Changes(written.id, label, first["entity"], "", written.touched), undone, left)


_PUT_THERE: Final = {"victim": ("incident",), "note": ("moved_to",), "call": ("moved_to",),
                      "tip": ("triage",), "action": ("victim",)}  # fmt: skip
"""Which field says where a record belongs, where that is not fixed at its creation."""


def _came_otherwise(store: Store, kind: str, entity: str, act: str) -> bool:
    """Tell whether another act than this one put a record where it is: this one's goes back with it."""
    standing = journal.standing(store, impact.kind_of(store, entity) if kind == "impact" else kind, entity)
    field = next((name for name in _PUT_THERE.get(kind, ()) if standing.get(name)), CREATED)
    heads = standing.get(field, ())
    return not heads or any(_adds_to(store, head.body.act, act) for head in heads)


def _built_on(session: Session, kind: str, entity: str, act: str) -> str:
    """Return why a creation cannot be taken back, '' when nobody has worked on it since."""
    store = session.store
    for name, heads in journal.standing(store, kind, entity).items():
        for head in heads:
            if _adds_to(store, head.body.act, act) and name != DELETED and head.body.value is not None:
                return say("its {0} was set since", name.lstrip("_").replace("_", " "))
    children = {
        "incident": (
            ("victim", "incident"),
            ("note", "about"),
            ("affected", "incident"),
            ("tip", "incident"),
            ("attachment", "incident"),
            ("impact", "incident"),
            ("call", "about"),
            ("task", "incident"),
            ("event", "incident"),
        ),
        "victim": (("action", "victim"), ("note", "about"), ("letter", "victim"), ("call", "about")),
        "attachment": (("custody", "attachment"),),
    }.get(kind, ())
    for child, column in children:
        for found in lookup.listing(store, child, f"{lookup.ALIAS[child]}.{column} = ?", (entity,)):
            if _came_otherwise(store, child, found["id"], act):
                return say("{0} belongs to it", found.get("ref") or found.get("name") or "a note")
    if kind == "incident" and history.stands_on_clocks(store, entity):
        return "one of its clocks was decided on"
    if kind == "incident" and any(_adds_to(store, other, act) for other in history.linking_acts(store, entity)):
        return "it was linked with something else since"
    return ""
