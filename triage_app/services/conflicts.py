"""Conflicts: two values stand in one field until a person settles it."""

from __future__ import annotations

import json
from typing import Any

from triage_app.domain.records import KINDS
from triage_app.errors import BadInput, NotFound
from triage_app.services.changes import Changes
from triage_app.services.histories import readable
from triage_app.services.incidents import read_field
from triage_app.services.recording import label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.store import journal, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change


def described(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """Return a conflict with both values, who set them, when, on which device."""
    kind, entity, field = row["entity_kind"], row["entity"], row["field"]
    values = []
    for head in journal.standing(store, kind, entity).get(field, []):
        values.append(
            {
                "op": head.hash, "value": readable(store, kind, entity, field, head.body.value),
                "who": lookup.responder_name(store, head.body.author), "at": iso(int(head.body.hlc[:15])),
                "device": journal.device_of(store, head.n), "because": head.body.because,
            }
        )  # fmt: skip
    return {
        "id": f"{entity}/{field}", "entity": entity, "kind": kind, "field": field,
        "ref": lookup.reference_of(store, kind, entity), "values": values,
    }  # fmt: skip


def resolve(session: Session, entity: str, field: str, *, take: str = "", value: str | None = None) -> Changes:
    """Settle a conflict with one of its values or another; it answers every value that stood.

    Raises ``NotFound`` when there is no such conflict, ``BadInput`` when neither is given.
    """
    store = session.store
    with store.write():
        found = [row for row in lookup.conflicts(store) if row["entity"] == entity and row["field"] == field]
        if not found:
            raise NotFound("There is no such conflict.", "“triage conflicts list” shows those there are.")
        kind = found[0]["entity_kind"]
        label = label_of(session, kind, entity)
        if take:
            chosen = [head for head in journal.standing(store, kind, entity)[field] if head.hash.startswith(take)]
            if len(chosen) != 1:
                raise NotFound(f"No value of that conflict is {take}.", "Use the hash that the list shows.")
            changes = [Change(kind, entity, field, chosen[0].body.value, label)]
        elif value is not None:
            changes = set_fields(session, kind, entity, {field: _read(session, kind, field, value)}, label)
        else:
            raise BadInput("Say which value shall stand.", "Use --take HASH or --value TEXT.")
        ref = lookup.reference_of(store, kind, entity)
        return record(session, f"Settled {field} of {ref}", changes, entity=entity, ref=ref)


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
