"""The tracker of affected things as a table: out to a spreadsheet, and back without losing anybody's word.

Coming back, three things are compared: what went out, what stands here now, and what the table says. A cell that
nobody touched in the spreadsheet changes nothing, whatever was done here meanwhile. A row that is missing stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.domain.affected import affected_id, same_name
from triage_app.domain.records import DELETED
from triage_app.errors import BadInput, TriageError
from triage_app.formats.affected_list import COLUMNS, MOST_TABLE, TableRow, read_table, short_hash, write_table
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services.access import note_access
from triage_app.services.affected import (
    Value,
    changes_of,
    created,
    existing_incident,
    read_kind,
    read_value,
    refuse_unasked,
    things,
)
from triage_app.services.affected_return import NOT_VERIFIED, refuse_unverified, returns, skipped
from triage_app.services.changes import Changes
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.services.vocabularies import affected_states
from triage_app.store import affected as store_affected
from triage_app.store import labels
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change

_SET: Final = tuple(name for name in COLUMNS if name not in ("id", "kind", "reason"))
"""Columns that set a field. The reason goes with the state."""

_NEW: Final[dict[str, Any]] = {
    "owner": "", "ward": "", "priority": None, "state": "suspected", "because": "", "used_in_care": "not known",
    "agreed_by": "", "fallback": "", "back_by": "", "comment": "",
}  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One cell that would change, or that was changed on both sides."""

    id: str
    name: str
    column: str
    before: str
    "What stands here now."
    after: str
    "What the table says."


@dataclass(frozen=True)
class Plan:
    """What importing a table would do."""

    new: tuple[str, ...] = ()
    "Names of the rows that are not on the list yet."
    edits: tuple[Edit, ...] = ()
    crossed: tuple[Edit, ...] = ()
    "Changed in the table and, since it went out, here too: left as they are here unless the table is given the word."
    unchanged: int = 0
    absent: int = 0
    "Things on the list that the table does not have. They stay."
    rejected: tuple[tuple[int, str], ...] = ()
    "Line and reason."
    creations: tuple[tuple[str, str, str], ...] = ()
    "(id, kind, name) of the new rows; those taken back once come back."
    values: Mapping[tuple[str, str], Value] | None = None
    returning: int = 0
    "How many rows go back in service, those left out among them."
    unanswered: tuple[str, ...] = ()
    "Names of those that were not verified clean, and of which nobody says that they may: left out."


@dataclass(frozen=True)
class Back:
    """Who says that what was not verified clean may go back in service, and why: for rows that say nothing of it."""

    by: str = ""
    because: str = ""


NOBODY: Final = Back()


@dataclass(frozen=True)
class TableIn:
    """What importing a table did."""

    plan: Plan
    changes: Changes | None = None
    "None where nothing was to be changed."


def cells(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a thing as the table says it."""
    state = affected_states(row["kind"]).get(row["state"])
    return {
        **{name: str(row[name] or "") for name in COLUMNS if name not in ("state", "reason")},
        "state": state.name if state else row["state"],
        "reason": row["because"],
    }


def table_of(store: Store, incident: str) -> bytes:
    """Return the tracker of an incident as CSV."""
    return write_table(cells(row) for row in store_affected.rows(store, incident))


def export_csv(session: Session, incident: str, path: Path) -> int:
    """Write the tracker of an incident as CSV, and note that it left; return how many rows."""
    found = existing_incident(session.store, incident)
    data = table_of(session.store, incident)
    count = store_affected.count(session.store, incident)
    write_whole(session.profile.refuse_own(path), data)
    note_access(session, "export", "affected", incident, {"ref": found["ref"], "rows": count})
    return count


def read_file(path: Path) -> bytes:
    """Return a table's bytes. Raises ``BadInput`` where it cannot be read, or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_TABLE + 1)
    except OSError as error:
        raise BadInput(say("{0} could not be read.", path), "Check its name, and that it is a file.") from error
    return data


def look_at_csv(
    store: Store, incident: str, untrusted_bytes: bytes, *, over: bool = False, because: str = "", back: Back = NOBODY
) -> Plan:
    """Return what importing a table would do. ``over`` gives the table the word where both sides changed a cell;
    ``because`` is why nobody in the clinic was asked, for rows that isolate and say nothing of it."""
    return _Reading(store, incident, over, because, back).plan(untrusted_bytes)


def import_csv(
    session: Session, incident: str, untrusted_bytes: bytes, *, over: bool = False, because: str = "",
    back: Back = NOBODY,
) -> TableIn:  # fmt: skip
    """Take a table back in, in one act. Rows with a mistake are left out and named; the others count."""
    store = session.store
    with store.write():
        found = existing_incident(store, incident)
        plan = look_at_csv(store, incident, untrusted_bytes, over=over, because=because, back=back)
        if not plan.values and not plan.creations:
            return TableIn(plan)
        label = labels.of_incident(store, incident)
        known = {entity for entity, _, _, _ in store_affected.names(store, incident)}
        changes: list[Change | BatchChange] = []
        for entity, kind, name in plan.creations:
            if entity in known:
                changes.append(Change("affected", entity, DELETED, False, label))
            else:
                changes.append(created(incident, kind, name, label))
        changes += changes_of(session, incident, plan.values or {}, label)
        touched = {entity for entity, _ in plan.values or {}} | {entity for entity, _, _ in plan.creations}
        words = f"Took in a table: {things(len(touched))} of {found['ref']}"
        return TableIn(plan, record(session, words, changes, entity=incident, ref=found["ref"]))


def in_words(plan: Plan) -> str:
    """Return what a table would do, or did, in a few lines."""
    lines = [
        f"{len(plan.new):,} new, {len(plan.edits):,} cells changed, {plan.unchanged:,} rows unchanged,"
        f" {plan.absent:,} not in the table (they stay), {len(plan.crossed):,} changed on both sides,"
        f" {len(plan.rejected):,} left out."
    ]
    lines += [f"{edit.name}, {edit.column}: {edit.before or '–'} → {edit.after or '–'}" for edit in plan.edits]
    lines += [f"Changed here too: {edit.name}, {edit.column}: {edit.before or '–'} here, {edit.after or '–'} there"
              for edit in plan.crossed]  # fmt: skip
    lines += [f"Line {line}: {why}" for line, why in plan.rejected]
    return "\n".join(lines)


class _Reading:
    """One table beside the tracker."""

    def __init__(self, store: Store, incident: str, over: bool, because: str, back: Back) -> None:
        existing_incident(store, incident)
        self._incident = incident
        self._over = over
        self._because = because.strip()
        self._back = Back(read_value("back_by", back.by, "host"), back.because.strip())
        self._returning = 0
        self._unanswered: list[str] = []
        self._rows = {row["id"]: row for row in store_affected.rows(store, incident)}
        self._names = {(row["kind"], same_name(row["name"])): row["id"] for row in self._rows.values()}
        self._gone = {name[0]: name[1:3] for name in store_affected.names(store, incident) if name[3]}
        self._new: list[tuple[str, str, str]] = []
        self._edits: list[Edit] = []
        self._crossed: list[Edit] = []
        self._values: dict[tuple[str, str], Value] = {}
        self._lines: dict[str, int] = {}
        self._unchanged = 0

    def plan(self, untrusted_bytes: bytes) -> Plan:
        """Read the whole table."""
        table = read_table(untrusted_bytes)
        rejected = list(table.rejected)
        for row in table.rows:
            try:
                self._read(row)
            except TriageError as trouble:
                if trouble.code == NOT_VERIFIED:
                    self._unanswered.append(self._called(row))
                rejected.append((row.line, f"{trouble.what} {trouble.do}"))
        absent = sum(1 for entity in self._rows if entity not in self._lines)
        return Plan(
            tuple(name for _, _, name in self._new), tuple(self._edits), tuple(self._crossed), self._unchanged, absent,
            tuple(sorted(rejected)), tuple(self._new), self._values, self._returning, tuple(self._unanswered),
        )  # fmt: skip

    def _called(self, row: TableRow) -> str:
        here = self._rows.get(row.cells.get("id", "").strip())
        return str(here["name"]) if here is not None else row.cells.get("name", "").strip()

    def _answered(self, row: TableRow, here: Mapping[str, Any], changed: dict[str, Any], reason: str) -> str:
        """Return why a state is set. Whoever says that what was not verified clean may go back is set with it."""
        if not returns(str(changed.get("state", ""))):
            return reason or self._because
        self._returning += 1
        if not skipped(here, changed["state"]):
            return reason or self._because
        cell = row.cells.get("back_by", "").strip()
        by = self._back.by if not cell or self._is_silent(row, "back_by") else read_value("back_by", cell, here["kind"])
        why = reason or self._back.because
        refuse_unverified([(here, {**changed, "back_by": by})], why)
        changed["back_by"] = by
        return why

    def _read(self, row: TableRow) -> None:
        said = row.cells
        entity = said.get("id", "").strip()
        is_known = entity in self._rows
        kind = self._rows[entity]["kind"] if is_known else ""
        if not is_known or said.get("kind", kind).strip().lower() != kind.lower():
            kind_said = read_kind(said.get("kind", "").strip() or "host")
            if is_known:
                raise BadInput(say("“{0}” is of another kind here.", said.get("name", "")), "A kind never changes.")
            if entity in self._gone and row.exported:
                raise BadInput(
                    say("“{0}” was taken back here.", said.get("name", "")), "Undo that first, or paste its name."
                )
            kind = kind_said
            name = read_value("name", said.get("name", ""), kind)
            entity = self._names.get((kind, same_name(name))) or affected_id(self._incident, kind, name)
        if entity in self._lines:
            raise BadInput(say("It names what line {0} names.", self._lines[entity]), "Keep one of them.")
        self._lines[entity] = row.line
        if entity in self._rows:
            self._compare(row, self._rows[entity])
        else:
            self._add(row, entity, kind)

    def _add(self, row: TableRow, entity: str, kind: str) -> None:
        name = read_value("name", row.cells.get("name", ""), kind)
        fresh = {"kind": kind, "name": name, **_NEW}
        read = {column: read_value(column, row.cells[column], kind) for column in _SET
                if column != "name" and row.cells.get(column, "").strip()}  # fmt: skip
        changed = {column: value for column, value in read.items() if value != fresh[column]}
        reason = row.cells.get("reason", "").strip()
        refuse_unasked(fresh, changed, reason or self._because)
        why = self._answered(row, fresh, changed, reason)
        if reason and "state" not in changed:
            changed["state"] = fresh["state"]
        self._new.append((entity, kind, name))
        for column, value in changed.items():
            self._values[(entity, column)] = (value, why if column == "state" else "")

    def _compare(self, row: TableRow, here: Mapping[str, Any]) -> None:
        now = cells(here)
        edits: list[Edit] = []
        crossed: list[Edit] = []
        changed: dict[str, Any] = {}
        reason, has_reason = "", False
        for column in (*_SET, "reason"):
            said = row.cells.get(column)
            if said is None or said == now[column] or self._is_silent(row, column):
                continue
            if column == "reason":
                value: Any = said.strip()
                if value == here["because"]:
                    continue
            else:
                value = read_value(column, said, here["kind"])
                if value == here[column]:
                    continue
            edit = Edit(here["id"], here["name"], column, now[column], said.strip())
            if not self._over and row.exported.get(column) not in (None, short_hash(now[column])):
                crossed.append(edit)
                continue
            edits.append(edit)
            if column == "reason":
                reason, has_reason = value, True
            else:
                changed[column] = value
        refuse_unasked(here, changed, reason or self._because)
        why = self._answered(row, here, changed, reason)
        if has_reason and "state" not in changed:
            changed["state"] = here["state"]
        self._unchanged += not edits and not crossed
        self._edits += edits
        self._crossed += crossed
        for column, value in changed.items():
            because = (reason if has_reason and not reason else why) if column == "state" else ""
            self._values[(here["id"], column)] = (value, because)

    @staticmethod
    def _is_silent(row: TableRow, column: str) -> bool:
        """Tell whether a cell says nothing: untouched since it went out, or empty where it never went out."""
        if column in row.exported:
            return row.is_untouched(column)
        return not row.cells[column].strip()
