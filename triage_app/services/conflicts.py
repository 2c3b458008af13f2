"""Conflicts: two values stand in one field, or a record was taken back and changed elsewhere; a person decides."""

from __future__ import annotations

import json
from typing import Any

from triage_app.domain import combining
from triage_app.domain.records import DELETED, KINDS
from triage_app.errors import BadInput, NotFound
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.services.changes import Changes
from triage_app.services.histories import readable
from triage_app.services.incidents import read_field
from triage_app.services.recording import label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.services.typed import MOST_TITLE
from triage_app.store import deletions, history, journal, labels, lookup, peers, personal, standings
from triage_app.store.connection import Store
from triage_app.store.journal import Change, Head

KEEP, BRING_BACK = "keep", "bring back"


def described(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """Return a conflict with its values, who set them, when, on which device, and what each had seen.

    ``after_deletion`` says that a record was taken back here and changed elsewhere: then the first value is that it is
    taken back, and the others are what was done to it that nobody knew of.
    """
    kind, entity, field = row["entity_kind"], row["entity"], row["field"]
    standing = journal.standing(store, kind, entity)
    deleted = is_after_deletion(row, standing)
    heads = standing.get(field, [])
    if deleted:
        heads = [standing[DELETED][0], *deletions.unseen(kind, standing)]
    values = [_value(store, kind, entity, head) for head in heads]
    if deleted:
        values += [_child(store, *child) for child in deletions.children(store, kind, entity, standing)]
    return {
        "id": f"{entity}/{field}", "entity": entity, "kind": kind, "field": field,
        "ref": lookup.reference_of(store, kind, entity), "values": values, "after_deletion": deleted,
        "combine": "" if deleted else combining.way(kind, field), "beside": _beside(store, kind, entity, field),
    }  # fmt: skip


def is_after_deletion(row: dict[str, Any], standing: dict[str, list[Head]]) -> bool:
    """Tell whether a conflict is that a record was taken back and changed elsewhere."""
    return row["field"] == DELETED and all(head.body.value is True for head in standing.get(DELETED, ()))


def _value(store: Store, kind: str, entity: str, head: Head) -> dict[str, Any]:
    op = head.hash
    if journal.device_of(store, head.n) in labels.our_devices(store):  # in whose mouth others put it is their word
        head = history.said_first(store, entity, head)
    body = head.body
    return {
        "op": op, "field": body.field, "value": readable(store, kind, entity, body.field, body.value),
        "who": lookup.responder_name(store, body.author), "at": iso(int(body.hlc[:15])),
        "because": body.because, "seen": _seen(store, kind, entity, head),
        **_device(store, journal.device_of(store, head.n)),
    }  # fmt: skip


def _device(store: Store, device: str) -> dict[str, Any]:
    """Return a device, whose it is, and which authority vouches for it."""
    data = peers.identities(store).get(device)
    public = None if data is None else identities.PublicIdentity.from_bytes(data)
    held = standings.of(store, device)
    certified = ""
    if held.certified_by:
        authority = standings.authorities(store).get(held.certified_by)
        certified = say("certified by {0}", held.certified_by[:8] if authority is None else authority.name)
        if held.confirms:
            certified += ", and may confirm a category"
    return {"device": device, "organisation": "" if public is None else public.organisation, "certified": certified}


def _child(store: Store, kind: str, entity: str) -> dict[str, Any]:
    """Return what was added to a record that was taken back, as one of the values of that conflict."""
    made = journal.standing(store, kind, entity)
    heads = sorted((head for found in made.values() for head in found), key=lambda head: head.body.hlc)
    first = heads[0] if heads else None
    said: dict[str, Any] = {"who": "", "at": "", "device": "", "organisation": "", "certified": "", "because": ""}
    if first is not None:
        said |= {"who": lookup.responder_name(store, first.body.author), "at": iso(int(first.body.hlc[:15])),
                 **_device(store, journal.device_of(store, first.n))}  # fmt: skip
    name = lookup.reference_of(store, kind, entity)
    words = f"{'an alert' if kind == 'link' else kind} {name}".strip()
    return {"op": deletions.child_name(kind, entity), "field": "", "value": say("added {0}", words), "seen": [], **said}


def _seen(store: Store, kind: str, entity: str, head: Head) -> list[dict[str, Any]]:
    """Return what stood in the field for whoever wrote an operation: nothing, one value, or the several it answered."""
    found: list[dict[str, Any]] = []
    for parent in history.parents_of(store, head.body, entity):
        body = history.body_by_hash(store, parent)
        if body is None:
            found.append({"op": parent, "value": None, "who": "", "at": "", "withheld": True})
            continue
        found.append(
            {
                "op": parent, "value": readable(store, kind, entity, body.field, body.value),
                "who": lookup.responder_name(store, body.author), "at": iso(int(body.hlc[:15])), "withheld": False,
            }
        )  # fmt: skip
    return found


_CATEGORIES = {
    "category_proposed": "proposed", "category_assessed": "assessed", "category_confirmed": "confirmed",
    "category_reported": "reported to us",
}  # fmt: skip


def _beside(store: Store, kind: str, entity: str, field: str) -> list[dict[str, Any]]:
    """Return the categories that others gave an incident: they stand beside one another and are no conflict."""
    if kind != "incident" or field not in _CATEGORIES:
        return []
    found = []
    standing = journal.standing(store, kind, entity)
    for name, words in _CATEGORIES.items():
        for head in standing.get(name, []) if name != field else []:
            if isinstance(head.body.value, dict):
                device = _device(store, journal.device_of(store, head.n))
                found.append({"step": words, "category": head.body.value.get("category"), **device})
    return found


def resolve(session: Session, entity: str, field: str, *, take: str = "", value: str | None = None) -> Changes:
    """Settle a conflict with one of its values or another; it answers every value that stood.

    Of a record that one took back and another changed, or kept, an operation that took it back keeps it so, and any
    other brings it back with all that was done to it. Raises ``NotFound`` when there is no such conflict, ``BadInput``
    when neither is given.
    """
    store = session.store
    with store.write():
        row = _row(store, entity, field)
        kind = row["entity_kind"]
        standing = journal.standing(store, kind, entity)
        if field == DELETED:
            return _taken_back_or_not(session, kind, entity, standing, take or value or "")
        label = label_of(session, kind, entity)
        if take:
            chosen = [head for head in standing[field] if head.hash.startswith(take)]
            if len(chosen) != 1:
                raise NotFound(say("No value of that conflict is {0}.", take), "Use the hash that the list shows.")
            changes = [Change(kind, entity, field, chosen[0].body.value, label)]
        elif value is not None:
            changes = set_fields(session, kind, entity, {field: _read(session, kind, field, value)}, label)
        else:
            raise BadInput("Say which value shall stand.", "Use --take HASH or --value TEXT.")
        ref = lookup.reference_of(store, kind, entity)
        return record(session, say("Settled {0} of {1}", field, ref), changes, entity=entity, ref=ref)


def combine(session: Session, entity: str, field: str) -> Changes:
    """Settle a conflict by keeping both values in a new one. Raises ``NotFound``, ``BadInput`` where that cannot be."""
    store = session.store
    with store.write():
        kind = _row(store, entity, field)["entity_kind"]
        changes = combining_changes(session, kind, entity, field)
        ref = lookup.reference_of(store, kind, entity)
        return record(session, say("Combined {0} of {1}", field, ref), changes, entity=entity, ref=ref)


def combining_changes(session: Session, kind: str, entity: str, field: str, because: str = "") -> list[Change]:
    """Return what keeps all values of a field in one. Raises ``BadInput`` where they contradict each other."""
    value = combined_value(session.store, kind, entity, field)
    return set_fields(session, kind, entity, {field: value}, label_of(session, kind, entity), because)


def combined_value(store: Store, kind: str, entity: str, field: str) -> Any:
    """Return one value that keeps all that stand in a field, words in the clear. Raises ``BadInput``."""
    how = combining.way(kind, field)
    if not how:
        raise BadInput("Both values cannot be kept: it is one or the other.", "Take one, or enter another.")
    heads = sorted(journal.standing(store, kind, entity).get(field, []), key=lambda head: head.body.hlc)
    values = [_in_the_clear(store, kind, entity, field, head.body.value) for head in heads]
    if any(value in (personal.ERASED, personal.NOT_SHARED) for value in values if isinstance(value, str)):
        raise BadInput("One of the values cannot be read on this laptop.", "Take one of them, or enter another.")
    try:
        value = combining.combined(how, values)
    except combining.CannotCombine as error:
        raise BadInput(say("Both values cannot be kept: {0}.", error), "Take one of them, or enter another.") from error
    if how == combining.TITLE and len(str(value)) > MOST_TITLE:
        raise BadInput(say("Together they are longer than {0} characters.", MOST_TITLE), "Enter another.")
    return value


def _in_the_clear(store: Store, kind: str, entity: str, field: str, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"sealed"}:
        return personal.opened(store, kind, entity, field, value)
    return value


def settle_deletion(session: Session, entity: str, decision: str) -> Changes:
    """Keep a record taken back though it was changed or kept elsewhere, or bring it back with what was done to it.

    Raises ``NotFound`` when there is no such conflict.
    """
    return resolve(session, entity, DELETED, value=decision)


def _taken_back_or_not(
    session: Session, kind: str, entity: str, standing: dict[str, list[Head]], decision: str
) -> Changes:
    store = session.store
    label, ref = label_of(session, kind, entity), lookup.reference_of(store, kind, entity)
    taken = [head.hash for head in standing[DELETED] if head.body.value is True]
    changed = [head.hash for head in (*standing[DELETED], *deletions.unseen(kind, standing)) if head.hash not in taken]
    changed += [deletions.child_name(*child) for child in deletions.children(store, kind, entity, standing)]
    if decision == KEEP or _names_one(decision, taken):
        known = tuple(deletions.child_name(*child) for child in deletions.belonging(store, kind, entity))
        change = Change(kind, entity, DELETED, True, label, saw=known)
        return record(session, say("Kept {0} taken back", ref or kind), [change], entity=entity, ref=ref)
    if decision == BRING_BACK or _names_one(decision, changed):
        change = Change(kind, entity, DELETED, False, label)
        return record(session, say("Brought {0} back", ref or kind), [change], entity=entity, ref=ref)
    raise BadInput(
        "One took it back, and another changed or kept it.",
        "Use “triage conflicts keep-deleted” to leave it taken back, or “bring-back” to have it with the change.",
    )


def _names_one(start: str, names: list[str]) -> bool:
    return bool(start) and any(name.startswith(start) for name in names)


def _row(store: Store, entity: str, field: str) -> dict[str, Any]:
    found = [row for row in lookup.conflicts(store) if row["entity"] == entity and row["field"] == field]
    if not found:
        raise NotFound("There is no such conflict.", "“triage conflicts list” shows those there are.")
    return found[0]


def _read(session: Session, kind: str, field: str, text: str) -> Any:
    if kind == "incident" and field in KINDS[kind].fields and not field.startswith("category_"):
        return read_field(session, field, text)
    if kind in KINDS and field in KINDS[kind].personal:
        return text  # to be sealed, whatever it looks like
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, float) else value
