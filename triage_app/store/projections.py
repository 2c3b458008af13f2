"""Projections: the tables that screens read, made from heads and from nothing else.

``project`` brings the row of one entity up to date; ``rebuild`` drops every projection and makes it
again from the journal and the evidence, which must give the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from triage_app.domain import corrections
from triage_app.domain.records import CREATED, DELETED, KINDS, sealed_under
from triage_app.store import (
    alert_folds,
    alert_states,
    alert_unfolds,
    alerts,
    attachment_rows,
    attachments,
    authors,
    decided,
    deletions,
    erasures,
    fold_rows,
    holds,
    journal,
    labels,
    personal,
    readings,
    running_rows,
    shift_rows,
    standings,
    support_rows,
)
from triage_app.store.connection import Store
from triage_app.store.projected_rows import SHAPES, Shown, alert_key_of, alert_keys_of, told_apart, value_of
from triage_app.store.schema import (
    ALERT_INDEXES,
    EVIDENCE_INDEXES,
    PROJECTION,
    PROJECTION_TABLES,
    RECORD_INDEXES,
    statements,
)

_SHAPES = {
    **SHAPES, **attachment_rows.SHAPES, **support_rows.SHAPES, **running_rows.SHAPES, **shift_rows.SHAPES,
    **fold_rows.SHAPES,
}  # fmt: skip
"Kind → table, key column, and how its row is made."
_FEW = 500
"Entities whose heads are read at once."
_NAMED_BY_TWO = ("affected", "campaign", "task")
"Kinds whose ids say what they are: two laptops that each make one meet in it."
_SAID_ONCE = {
    "attachment": (CREATED, "pieces", "sha256", "size"),
    "responder": ("name", "organisation"),
}
"What is fixed when a record is made, beside what every kind fixes so: its bytes, who somebody is."
_TRUST = ("trust", "certificate")
"The kinds that say whose operations count: they are looked at before any other."


def project_all(store: Store, touched: Collection[tuple[str, str]]) -> None:
    """Bring the rows of all touched entities up to date."""
    keys: set[bytes] = set()
    noted: set[bytes] = set()
    of_kind = _by_kind(touched)
    also = _judged(store, of_kind)
    if of_kind["responder"]:  # whom they are called like, and what stands in their name
        also |= {
            ("responder", row[0]) for row in store.rows("SELECT DISTINCT entity FROM head WHERE kind = 'responder'")
        }
        also |= authors.in_the_name_of(store, of_kind["responder"])
    if also:
        touched = {*touched, *also}
        of_kind = _by_kind(touched)
    for entities in of_kind.values():
        entities.sort()  # neighbours in a table are met one after the other, and nobody has to sort them again
    for entity in of_kind["note"]:
        noted |= _alert_of_note(store, entity)
    corrected = _any_correction(store)
    states = {kind: project_many(store, kind, entities) for kind, entities in of_kind.items()}
    for entity in of_kind["note"]:
        noted |= _alert_of_note(store, entity)
    judged = set(_alerts_of(of_kind["alert"]))
    keys.update(_alerts_of([link.partition(":")[0] for link in of_kind["link"]]))
    for entity in of_kind["incident"]:
        keys.update(bytes(row[0]) for row in store.rows("SELECT key FROM alert_link WHERE incident = ?", (entity,)))
    erasures.follow(store, touched)
    moved = readings.choose(store, readings.under(store, judged | keys | noted))
    moved |= alert_unfolds.follow(store, of_kind["unfold"])
    if moved:
        alerts.refold(store, moved)
    alert_folds.follow(store, of_kind["fold"])
    if len(judged) < _FEW or corrected or _any_correction(store):
        keys |= judged
    else:
        linked = {key.hex() for key in keys}
        names = of_kind["alert"] if not linked else [name for name in of_kind["alert"] if name not in linked]
        alert_states.refresh_where_decided(store, names, states.get("alert"))
    if keys:
        alert_states.refresh(store, keys)
    for entity in of_kind["import"]:
        project_import(store, entity)
    deletions.look_again(store, touched)


def _by_kind(touched: Collection[tuple[str, str]]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    if len(kinds := set(map(itemgetter(0), touched))) == 1:  # as after a decision about a hundred thousand alerts
        found[kinds.pop()] = list(map(itemgetter(1), touched))
        return found
    for kind, entity in touched:
        found[kind].append(entity)
    return found


def _any_correction(store: Store) -> bool:
    return bool(store.value("SELECT 1 FROM alert_correction LIMIT 1"))


def project_many(store: Store, kind: str, entities: Sequence[str]) -> str | None:
    """Write the projected rows of some entities of a kind, whatever their number.

    Return the state that was decided for all of them, where they are alerts for which it is one and the same.
    """
    many = kind == "alert" and len(entities) > _FEW
    projected = decided.project(store, entities) if many else decided.Projected(list(entities))
    for start in range(0, len(projected.others), _FEW):
        part = projected.others[start : start + _FEW]
        for entity, standing in journal.standing_of_many(store, kind, part).items():
            _project(store, kind, entity, standing)
    return projected.state


def _alerts_of(names: Sequence[str]) -> list[bytes]:
    """Return the keys of alerts, without the names that none can have."""
    found = alert_keys_of(names)
    return [key for name in names if (key := alert_key_of(name)) is not None] if found is None else found


def _alert_of_note(store: Store, note: str) -> set[bytes]:
    """Return the key of the alert that a note is about, none for a note about something else."""
    about = store.value("SELECT about FROM note WHERE id = ? AND about_kind = 'alert'", (note,))
    key = alert_key_of(about or "")
    return set() if key is None else {key}


def _judged(store: Store, of_kind: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Let what was said of devices count, and return the entities whose operations count otherwise for it.

    Before anything else is projected: an erasure by a device that the same bundle revokes must not be carried out.
    """
    said = [(kind, entity) for kind in _TRUST for entity in of_kind.get(kind, ())]
    if not said:
        return set()
    for kind, entity in said:
        project(store, kind, entity)
    return standings.reconsider(store)


def project(store: Store, kind: str, entity: str) -> None:
    """Write the projected row of one entity and note its conflicts."""
    _project(store, kind, entity, journal.standing(store, kind, entity))


def _project(store: Store, kind: str, entity: str, standing: dict[str, list[journal.Head]]) -> None:
    store.execute("DELETE FROM conflict WHERE kind = ? AND entity = ?", (kind, entity))
    for name, found in standing.items():
        if len(found) > 1 and len({told_apart(kind, name, head.body.value) for head in found}) > 1:
            store.execute(
                "INSERT INTO conflict(kind, entity, field, heads) VALUES (?, ?, ?, ?)", (kind, entity, name, len(found))
            )
    if DELETED in standing:
        deletions.note(store, kind, entity, standing)
    known = KINDS.get(kind)
    personal_kind = known is not None and bool(known.personal)
    was_erased = personal_kind and erasures.FIELD in standing and erasures.counts(store, kind, entity)
    if was_erased and not holds.stands(store, kind, entity):
        personal.erase(store, sealed_under(kind, entity))
    if kind == "victim" and holds.FIELD in standing and not holds.on_victim(store, entity):
        erasures.follow_lifted(store, entity)
    shape = _SHAPES.get(kind)
    if shape is None:
        return
    table, key_column, build = shape
    if not standing:  # nothing that was said of it counts any more: it is as if it had never been
        store.execute(
            f"DELETE FROM {table} WHERE {key_column} = ?",
            (alert_key_of(entity) if kind in ("alert", "unfold") else entity,),
        )
        if kind == "alert":
            _project_corrections(store, entity, {})
        return
    shown = {name: found[0] for name, found in standing.items()}
    for name in _SAID_ONCE.get(kind, () if kind in _NAMED_BY_TWO else (CREATED,)):
        if _is_answered(standing.get(name, ())):
            shown[name] = journal.first_said(store, kind, entity, name) or shown[name]
    if kind == "alert":
        _project_corrections(store, entity, shown)
    elif kind in _NAMED_BY_TWO and len(standing.get(CREATED, ())) > 1:
        shown.pop(DELETED, None)  # who took his own back did not know of the other; undo leaves what two have named
    columns = build(entity, shown)
    if columns is None:
        return
    if kind == "responder":
        who = authors.introduced(store, entity, columns["name"], columns["organisation"])
        columns |= {"name": who.name, "organisation": who.organisation}
    elif kind == "organisation":
        columns |= authors.of_itself(store, entity)
    names = ", ".join(columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key_column)
    store.execute(
        f"INSERT INTO {table}({names}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT({key_column}) DO UPDATE SET {updates}",
        tuple(columns.values()),
    )
    if kind == "attachment":
        attachments.follow_destruction(store, entity)


def _is_answered(made: Sequence[journal.Head]) -> bool:
    """Tell whether somebody has said again what is fixed when a record is made: its reference, what it is about."""
    return len(made) > 1 or any(head.body.parents or head.body.batch for head in made)


def project_import(store: Store, entity: str) -> None:
    """Bring an import in line with its journal entries: what it was, and whether it was taken back."""
    shown = {name: found[0] for name, found in journal.standing(store, "import", entity).items()}
    described = value_of(shown, "record", {})
    if isinstance(described, dict) and described:
        store.execute(
            "UPDATE import SET name = ?, format = ?, size = ?, organisation = ?, started_at = ?, finished_at = ?,"
            " records = ?, rejected = ? WHERE entity = ? AND state = 'received'",
            (
                str(described.get("name", "")), str(described.get("format", "")), _number(described, "size"),
                str(described.get("organisation", "")), int(shown["record"].body.hlc[:15]),
                int(shown["record"].body.hlc[:15]), _number(described, "records"), _number(described, "rejected"),
                entity,
            ),
        )  # fmt: skip
    _follow_import(store, entity, undone=labels.import_values(store, entity, DELETED)[:1] == [True])


def _follow_import(store: Store, entity: str, undone: bool) -> None:
    """Show or hide an import's rows when it has been taken back or restored; let them show the reading that counts."""
    found = store.row("SELECT id, undone FROM import WHERE entity = ?", (entity,))
    if found is None:
        return
    number, was_undone = found
    if undone != was_undone:
        store.execute("UPDATE import SET undone = ? WHERE id = ?", (int(undone), number))
        alerts.refold_import(store, number, readings.choose(store, readings.of_import(store, number)))
    elif not readings.is_newest(store, number):  # its entry, just written or come, may say that it is an older one
        alerts.refold(store, readings.choose(store, readings.of_import(store, number)))


def _number(described: dict[str, Any], name: str) -> int:
    value = described.get(name, 0)
    return value if type(value) is int else 0


def rebuild(store: Store) -> None:
    """Drop every projection and make it again; call it inside ``store.write()``.

    The search index is left empty, its rows noted as not yet indexed.
    """
    for table in PROJECTION_TABLES:
        store.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in statements(PROJECTION):
        store.execute(statement)
    for statement in (*EVIDENCE_INDEXES, *ALERT_INDEXES, *RECORD_INDEXES):
        store.execute(statement)
    store.execute("INSERT INTO unindexed SELECT min(id), max(id) FROM evidence_row HAVING count(*) > 0")
    touched: set[tuple[str, str]] = set()
    for n, link_hash, data in store.rows(
        "SELECT n, link.hash, body.bytes FROM link JOIN body USING (n)"
        " WHERE body.state = 'here' AND chain = 'journal' ORDER BY n"
    ):
        body = journal.readable(bytes(data))
        if body is not None:
            touched |= journal.apply(store, n, link_hash, body)
    touched |= _judged(store, _by_kind(touched))
    of_kind = _by_kind(touched)
    for kind, entities in of_kind.items():
        project_many(store, kind, entities)
    deletions.look_everywhere(store)
    erasures.follow(store)
    readings.choose(store, readings.everywhere(store))
    alerts.rebuild(store)


def _project_corrections(store: Store, entity: str, shown: Shown) -> None:
    """Write what people put right about an alert; a correction that was taken back is gone."""
    key = alert_key_of(entity)
    if key is None:
        return
    store.execute("DELETE FROM alert_correction WHERE key = ?", (key,))
    for field in corrections.FIELDS:
        head = shown.get(corrections.journalled(field))
        if head is None or head.body.value is None:
            continue
        try:  # a bundle may bring a value that no correction of ours would set
            value = corrections.read(field, str(head.body.value))
        except ValueError:
            continue
        store.execute(
            "INSERT INTO alert_correction(key, field, value, because, by, at) VALUES (?, ?, ?, ?, ?, ?)",
            (key, field, str(value), head.body.because, head.body.author, int(head.body.hlc[:15])),
        )
