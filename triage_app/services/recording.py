"""Recording an act: operations, heads and projections in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from triage_app.domain.operations import BATCH_LIMIT
from triage_app.domain.records import CREATED, KINDS, new_id, reference, sealed_under
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.store import alert_folds, journal, labels, personal, projections
from triage_app.store.journal import BatchChange, Change
from triage_app.store.projected_rows import alert_key_of, are_alert_keys


def record(
    session: Session,
    label: str,
    changes: Sequence[Change | BatchChange],
    *,
    entity: str = "",
    ref: str = "",
    act: str | None = None,
) -> Changes:
    """Write one act and return what it did. Joins a transaction that is already open.

    Raises ``BadInput`` where it would seal words about somebody who was erased: a new record has a key of its own, and
    whose it is shows only once it is written.
    """
    store = session.store
    with store.write():
        written = journal.append(store, session.author, milliseconds(session.now()), act or journal.new_act(), changes)
        projections.project_all(store, written.touched)
        if any(personal.is_erased(store, name) for name in _sealed_anew(changes)):
            raise personal.has_been_erased()
    return Changes(written.id, label, entity, ref, written.touched)


def _sealed_anew(changes: Sequence[Change | BatchChange]) -> set[str]:
    """Return under whose keys some changes seal words of a record that they make themselves.

    One that was there is refused by ``personal.seal``; but lifting a hold seals why, and then lets it be erased.
    """
    single = [change for change in changes if isinstance(change, Change)]
    made = {(change.kind, change.entity) for change in single if change.field == CREATED}
    return {
        sealed_under(change.kind, change.entity)
        for change in single
        if (change.kind, change.entity) in made and isinstance(change.value, dict) and set(change.value) == {"sealed"}
    }


def creation(session: Session, kind: str, label: str, fixed: dict[str, Any] | None = None) -> tuple[str, str, Change]:
    """Return (id, reference, first change) of a new entity; call it inside ``store.write()``."""
    entity = new_id()
    letter = KINDS[kind].reference_letter
    ref = ""
    value: dict[str, Any] = dict(fixed or {})
    if letter is not None:
        counters = session.store.meta("references", {})
        number = counters.get(letter, 0) + 1
        session.store.set_meta("references", {**counters, letter: number})
        ref = reference(session.organisation, session.tag, letter, number)
        value["ref"] = ref
    return entity, ref, Change(kind, entity, CREATED, value, label)


def set_fields(
    session: Session, kind: str, entity: str, values: dict[str, Any], label: str, because: str = ""
) -> list[Change]:
    """Return one change a field, personal ones sealed; call it inside ``store.write()``."""
    known = KINDS.get(kind)
    personal_fields = known.personal if known is not None else ()
    changes = []
    for name, value in values.items():
        if name in personal_fields and isinstance(value, str) and value:
            value = personal.seal(session.store, kind, entity, name, value)
        changes.append(Change(kind, entity, name, value, label, because))
    return changes


def label_of(session: Session, kind: str, entity: str) -> str:
    """Return the TLP label under which a change to an entity is written: that of what it belongs to."""
    return labels.effective(session.store, kind, entity)


def labels_of(session: Session, kind: str, entities: Sequence[str]) -> Callable[[str], str]:
    """Return what tells the label of any of some entities, as ``label_of`` does; of many alerts at once."""
    if kind != "alert" or len(entities) <= BATCH_LIMIT:
        return lambda entity: label_of(session, kind, entity)
    keys = entities if are_alert_keys(entities) else [key for key in entities if alert_key_of(key) is not None]
    found = {key: label for label, some in labels.of_alerts(session.store, keys).items() for key in some}
    if len(keys) == len(entities):
        return found.__getitem__
    return lambda entity: found.get(entity) or label_of(session, kind, entity)


def decided(
    session: Session, keys: Sequence[str], value: dict[str, Any], because: str = ""
) -> list[Change | BatchChange]:
    """Return the changes of one triage decision about some alerts, each under the label of what it belongs to.

    Many are one batch operation for each label: one that cannot be cut must not keep the rest from travelling. What is
    folded into an alert is decided with it.
    """
    found: list[Change | BatchChange] = []
    keys = alert_folds.acted_on(session.store, keys)
    for label, some in labels.of_alerts(session.store, keys).items():
        if len(keys) > BATCH_LIMIT:
            found.append(BatchChange("alert", tuple(some), "triage", value, label, because))
        else:
            found += [Change("alert", key, "triage", value, label, because) for key in some]
    return found


def same_for_all(
    kind: str, entities: Iterable[str], field: str, value: Any, label: str, because: str = ""
) -> list[Change | BatchChange]:
    """Return the changes of a gesture over some entities: one batch operation when they are many."""
    named = tuple(dict.fromkeys(entities))
    if len(named) > BATCH_LIMIT:
        return [BatchChange(kind, named, field, value, label, because)]
    return [Change(kind, entity, field, value, label, because) for entity in named]
