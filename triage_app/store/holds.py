"""Legal holds: while one stands, what is kept on that victim is not erased, not even by an erasure that arrives.

Read from the journal's heads, not from projections: a rebuild asks before those are made again.
"""

from __future__ import annotations

from typing import Any

from triage_app.domain.records import CREATED
from triage_app.store import journal, labels
from triage_app.store.connection import Store

FIELD = "legal_hold"


def on_victim(store: Store, victim: str) -> bool:
    """Tell whether a victim is under legal hold: where two laptops differ, it is.

    A hold of our own organisation is lifted by our own organisation alone.
    """
    heads = journal.standing(store, "victim", victim).get(FIELD, ())
    if any(bool(head.body.value) for head in heads):
        return True
    return bool(heads) and bool(labels.our_word(store, "victim", victim, FIELD))


def of_person(store: Store, person: str) -> list[str]:
    """Return the references of the victims under hold that are a person, those taken back too."""
    found = store.rows("SELECT id, ref FROM victim WHERE person = ? ORDER BY ref", (person,))
    return [str(ref) for victim, ref in found if on_victim(store, victim)]


def stands(store: Store, kind: str, entity: str) -> bool:
    """Tell whether a hold keeps a record from being erased."""
    held = [
        str(row[0])
        for row in store.rows("SELECT DISTINCT entity FROM head WHERE kind = 'victim' AND field = ?", (FIELD,))
        if on_victim(store, str(row[0]))
    ]
    if not held:
        return False
    if kind == "person":
        return any(entity in _values(store, "victim", victim, "person") for victim in held)
    return bool(set(_victims(store, kind, entity)) & set(held))


def _victims(store: Store, kind: str, entity: str) -> list[str]:
    """Return the victims that a record is about."""
    if kind == "victim":
        return [entity]
    if kind == "action":
        return [str(value) for value in _values(store, "action", entity, "victim")]
    found: list[str] = []
    first = journal.first_said(store, kind, entity, CREATED)
    for fixed in [*_values(store, kind, entity, CREATED), None if first is None else first.body.value]:
        if not isinstance(fixed, dict):
            continue
        about = str(fixed.get("action") or fixed.get("victim") or fixed.get("about") or "")
        is_action = kind == "attempt" or fixed.get("kind") == "action"
        found += _victims(store, "action", about) if is_action else [about]
    return found


def _values(store: Store, kind: str, entity: str, field: str) -> list[Any]:
    return [head.body.value for head in journal.standing(store, kind, entity).get(field, ())]
