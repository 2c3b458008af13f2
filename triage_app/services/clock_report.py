"""Met and missed: which duties fell due in a window, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.clocks import State
from triage_app.errors import BadInput
from triage_app.services import clocks
from triage_app.services.times import iso
from triage_app.store import lookup
from triage_app.store.connection import Store

MET, LATE, MISSED, UNDECIDED, NOT_NOTIFIABLE, OPEN = "met", "late", "missed", "undecided", "not notifiable", "open"
BEFORE = str(State.DONE_BEFORE)
"A local step that was done before its clock started: its target was neither met nor missed."
_RESULTS: Final = {
    State.MET: MET, State.MET_LATE: LATE, State.MISSED: MISSED, State.NOT_NOTIFIABLE: NOT_NOTIFIABLE,
    State.DONE_BEFORE: BEFORE, State.RUNNING: OPEN, State.AMBER: OPEN, State.RED: OPEN, State.PAUSED: OPEN,
}  # fmt: skip

COLUMNS: Final = (
    "ref", "title", "organisation", "organisation_name", "role", "policy", "step", "kind", "start", "due", "done",
    "result", "late_minutes", "reference", "because", "by", "recorded_by",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One step of one duty in a report. Times are milliseconds UTC."""

    ref: str
    title: str
    organisation: str
    organisation_name: str
    role: str
    policy: str
    step: str
    kind: str
    start: int | None
    due: int | None
    done: int | None
    result: str
    "met, late, missed, undecided (provisional, run out and nobody has said), not notifiable, open or done before."
    late_minutes: int | None
    subject: str
    detail: dict[str, str] = field(default_factory=dict)
    "reference, because, by and recorded_by."

    def flat(self) -> dict[str, Any]:
        """Return the row as the command line and a CSV file show it."""
        named = {name: getattr(self, name) for name in COLUMNS if hasattr(self, name)}
        named |= {"start": iso(self.start), "due": iso(self.due), "done": iso(self.done)}
        return {name: named.get(name, self.detail.get(name, "")) for name in COLUMNS}


def met_and_missed(store: Store, since: int, until: int, now: int | None = None) -> list[Row]:
    """Return what fell due, or was done, from ``since`` up to but not including ``until``, by due date.

    Without ``now`` it tells how things stood at the end of the window. Local targets are in it, with their kind.
    """
    if until <= since:
        raise BadInput("That window ends before it begins.", "Give --since before --until.")
    at = until if now is None else now
    rows = []
    for clock in clocks.everything(store, at):
        for state in clock.steps:
            moment = state.due_at if state.due_at is not None else state.done_at
            if moment is None or not since <= moment < until:
                continue
            if state.state is State.PROVISIONAL:
                result = UNDECIDED if state.pressure is State.MISSED else OPEN
            elif state.state in _RESULTS:
                result = _RESULTS[state.state]
            else:
                continue
            said = next((one for one in clock.outcomes if one["step"] == state.step), {})
            end = state.done_at if state.done_at is not None else at
            late = (end - state.due_at) // 60_000 if state.due_at is not None and end > state.due_at else None
            detail = {name: str(said.get(name, "")) for name in ("reference", "because", "by")}
            detail["recorded_by"] = lookup.responder_name(store, said["recorded_by"]) if said else ""
            step = clock.step(state)
            rows.append(
                Row(
                    clock.ref, clock.title, clock.organisation.partition(":")[2], clock.organisation_name, clock.role,
                    clock.policy.code, state.step, clock.policy.kind_of(step), state.start_at, state.due_at,
                    state.done_at, result, None if result in (MET, NOT_NOTIFIABLE, OPEN) else late, clock.subject,
                    detail,
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (row.due or row.done or 0, row.ref, row.policy, row.step, row.organisation))
    return rows


def totals(rows: list[Row]) -> dict[str, int]:
    """Return how many rows came to which result."""
    found = dict.fromkeys((MET, LATE, MISSED, BEFORE, UNDECIDED, NOT_NOTIFIABLE, OPEN), 0)
    for row in rows:
        found[row.result] += 1
    return found
