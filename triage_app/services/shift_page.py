"""The shift handover page: what came, what was decided, what is open, which clock runs out next.

It names no person whose name is masked on screen, and no title of an incident that is TLP:RED: the page is for the
organisation's own desk, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.severity import band, lowest_of
from triage_app.language import in_english
from triage_app.services import clock_words, handoffs, handover, precise_times, printed, support, systems_down, tasks
from triage_app.services.changes import milliseconds
from triage_app.services.clocks import OpenStep
from triage_app.services.histories import action_words
from triage_app.services.printed import Printed, Table, table
from triage_app.services.times import in_words, iso
from triage_app.store import alerts, figures, lookup, outgoing
from triage_app.store import shift as stored
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store

BANDS: Final = ("Critical", "High", "Medium", "Low")
LABEL: Final = handover.LABEL
RED_TITLE: Final = "Title not on paper: TLP:RED"
_DECADE: Final = timedelta(days=3_650)


@dataclass(frozen=True)
class ShiftPage:
    """Everything on the page. Times are milliseconds UTC; rows are JSON as they stand."""

    now: int
    since: int
    handovers: tuple[dict[str, Any], ...]
    "Given and not taken yet, the oldest first, with their giver's words."
    came: dict[str, int]
    "Alerts first seen since then by severity, and reports."
    imports: tuple[dict[str, Any], ...]
    decided: dict[str, int]
    opened: int
    closed: tuple[dict[str, Any], ...]
    to_decide: int
    to_decide_high: int
    incidents: tuple[dict[str, Any], ...]
    clocks: tuple[dict[str, Any], ...]
    handoffs: tuple[dict[str, Any], ...]
    support: tuple[dict[str, Any], ...]
    systems: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...]
    conflicts: int
    pending: int
    withheld: int

    def as_data(self) -> dict[str, Any]:
        """Return the page as the command line prints it."""
        return {
            "label": LABEL, "now": iso(self.now), "since": iso(self.since), "handovers": list(self.handovers),
            "came": {"alerts": {name: self.came[name] for name in (*BANDS, "Info")}, "reports": self.came["reports"],
                     "imports": list(self.imports)},
            "decided": {**self.decided, "incidents_opened": self.opened, "incidents_closed": list(self.closed)},
            "open": {
                "alerts": self.to_decide, "alerts_high": self.to_decide_high, "incidents": list(self.incidents),
                "handoffs": list(self.handoffs), "support": list(self.support), "systems_down": list(self.systems),
                "tasks": list(self.tasks), "conflicts": self.conflicts, "pending": self.pending,
                "withheld": self.withheld,
            },
            "clocks": list(self.clocks),
        }  # fmt: skip


@in_english
def read(store: Store, now: datetime, since: int | None = None) -> ShiftPage:
    """Read the whole page; takes a query lane. ``since`` is the beginning of the shift that is on, unless said."""
    at = milliseconds(now)
    begun = handover.since_when(at, now) if since is None else since
    seen = handover.shown(store, at)
    bounds = (*(lowest_of(name) for name in BANDS), 0)
    came, imports, reports = stored.came(store, begun, bounds)
    incidents = stored.open_incidents(store)
    marks = stored.incident_marks(store, [row["id"] for row in incidents])
    counts = lookup.counts(store)
    high = lowest_of("High")
    return ShiftPage(
        at, begun,
        tuple({**handover.as_data(store, one), "not_here": handover.not_here(store, [one])}
              for one in handover.waiting(store)),
        {**dict(zip((*BANDS, "Info"), came, strict=True)), "reports": reports},
        tuple({**row, "finished_at": iso(row["finished_at"])} for row in imports),
        figures.decided_since(store, begun),
        figures.opened_since(store, begun),
        tuple(_closed(store, begun)),
        alerts.count(store, AlertFilter(now=at)),
        alerts.count(store, AlertFilter(min_severity=high, now=at)),
        tuple(_incident(store, row, marks[row["id"]], begun) for row in incidents),
        tuple(_clock(one) for one in seen.clocks),
        tuple(_handoff(row) for row in seen.handoffs),
        tuple(_support(row, at) for row in support.waiting(store, at, _DECADE)),
        tuple(_systems(store)),
        tuple(_task(row) for row in tasks.everywhere(store, at)),
        counts["conflict"], counts["pending"],
        sum(len(sequences) for sequences in outgoing.lacking(store).values()),
    )  # fmt: skip


def _closed(store: Store, since: int) -> list[dict[str, Any]]:
    found = []
    for row in stored.closed_incidents(store, since):
        moment = precise_times.moment_of(row["times"].get("closed"))
        if moment is None or moment.at >= since:
            label = stored.incident_marks(store, [row["id"]])[row["id"]]
            found.append({"ref": row["ref"], "title": _title(row, label), "because": row["closed_because"]
                          if label != tlp.RED else ""})  # fmt: skip
    return found


def _title(row: dict[str, Any], label: str) -> str:
    return RED_TITLE if label == tlp.RED else str(row["title"])


def _incident(store: Store, row: dict[str, Any], label: str, since: int) -> dict[str, Any]:
    return {
        "ref": row["ref"], "title": _title(row, label), "label": label,
        "severity": "not set" if row["severity"] is None else band(row["severity"]),
        "held_by": handoffs.holder(store, "incident", row["id"]).holder.name,
        "opened": iso(row["created_at"]), "new": (row["created_at"] or 0) >= since,
        "alerts": row["alerts"], "victims": row["victims"],
    }  # fmt: skip


def _clock(one: OpenStep) -> dict[str, Any]:
    clock, state = one.clock, one.state
    return {
        "id": handover.clock_name(one), "duty": clock.policy.name, "step": one.step.name, "ref": clock.ref,
        "organisation": clock.organisation_name or clock.organisation.partition(":")[2],
        "state": str(state.state), "due": iso(state.due_at), "due_at": state.due_at,
        "left": clock_words.left(state), "told": clock.told(state),
    }  # fmt: skip


def _handoff(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "kind": row["about_kind"], "ref": row["ref"], "offered": iso(row["offered_at"]),
        "offered_at": row["offered_at"],
        "from": ", ".join(part for part in (row["from_body"], row["from_person"]) if part),
        "to": ", ".join(part for part in (row["to_body"], row["to_person"]) if part),
    }  # fmt: skip


def _support(row: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "ref": row["ref"], "victim": row["victim_ref"], "incident": row["incident_ref"],
        "what": action_words(row["code"]), "owner": row["owner"], "due": iso(row["due"]), "due_at": row["due"],
        "late": row["due"] < now,
    }  # fmt: skip


def _systems(store: Store) -> list[dict[str, Any]]:
    rows = [systems_down.as_data(row) for row in systems_down.everywhere(store)]
    marks = stored.incident_marks(store, list({row["incident"] for row in rows}))
    return [{**row, "system": RED_TITLE, "place": ""} if marks[row["incident"]] == tlp.RED else row for row in rows]


def _task(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "ref": tasks.called(row), "incident": row["incident_ref"], "phase": row["phase"], "due": iso(row["due_at"]),
        "due_at": row["due_at"], "overdue": row["overdue"],
    }  # fmt: skip


# -- on paper --------------------------------------------------------------------------------------------------


@in_english
def printed_page(page: ShiftPage, organisation: str, by: str, tag: str, giver: str = "", words: str = "") -> Printed:
    """Return the page for paper; ``giver`` and ``words`` are of whoever is about to give it."""
    facts = [
        ("Organisation", organisation),
        ("Shift", f"{in_words(page.since)} to {in_words(page.now)}"),
        ("Classification", f"{LABEL}: for the desk of {organisation} only"),
    ]
    if giver:
        facts.append(("Given by", giver))
    parts = [Table("In the giver's own words", words=printed.plain(words))] if words else []
    parts += [_waiting_part(page)] if page.handovers else []
    parts += [
        _clocks_part(page.clocks),
        _handoffs_part(page.handoffs),
        Table("What came", words=_came_words(page)),
        Table("What was decided", words=_decided_words(page)),
        *([_closed_part(page)] if page.closed else []),
        Table("What is open", words=_open_words(page)),
        _incidents_part(page),
        *_rest(page),
    ]
    who = f"{printed.plain(by)} on {tag}"
    foot = f"Printed {in_words(page.now)} by {who}. Names of victims and of who reported are masked."
    plain_facts = tuple((name, printed.plain(said)) for name, said in facts)
    return Printed("Shift handover", LABEL, plain_facts, tuple(parts), foot)


def _waiting_part(page: ShiftPage) -> Table:
    rows = []
    for one in page.handovers:
        lacks = f"{one['not_here']} of its clocks are not on this laptop" if one["not_here"] else ""
        said = "\n".join(part for part in (one["words"], lacks) if part)
        rows.append((one["giver"], _short(one["given"]), said or "no words"))
    return table("Given, and not taken yet", ("By", "At", "In their words"), rows, (20, 24, 56))


def _clocks_part(clocks: Sequence[dict[str, Any]]) -> Table:
    rows = [
        (one["left"], in_words(one["due_at"]), f"{one['duty']}: {one['step']}", one["ref"], one["organisation"])
        for one in clocks
    ]
    heads = ("Time left", "Due", "Duty", "Belongs to", "Organisation")
    words = f"{len(clocks):,} running, the nearest first." if clocks else ""
    return table("Which clock runs out next", heads, rows, (16, 20, 27, 19, 18), words, "No clock is running.")


def _handoffs_part(rows: Sequence[dict[str, Any]]) -> Table:
    shown = [(one["ref"], one["to"], one["from"], in_words(one["offered_at"])) for one in rows]
    words = "Each stays with its giver until it is accepted." if rows else ""
    return table("Hand-offs that nobody has accepted", ("What", "Offered to", "Still with", "Offered"), shown,
                 (20, 28, 28, 24), words, "Every hand-off was answered.")  # fmt: skip


def _came_words(page: ShiftPage) -> str:
    total = sum(page.came[name] for name in (*BANDS, "Info"))
    by = ", ".join(f"{name.lower()} {page.came[name]:,}" for name in (*BANDS, "Info") if page.came[name])
    files = len(page.imports)
    records = sum(row["records"] for row in page.imports)
    return (
        f"Alerts first seen: {total:,}{f' ({by})' if by else ''}. Imports: {files:,}, with {records:,} records."
        f" Reports from people: {page.came['reports']:,}. Incidents opened: {page.opened:,}."
    )


def _decided_words(page: ShiftPage) -> str:
    names = (("dismissed", "dismissed"), ("linked", "in incidents"), ("in hand", "in hand"), ("snoozed", "snoozed"))
    by = ", ".join(f"{words} {page.decided.get(name, 0):,}" for name, words in names)
    return f"Alerts: {by}. Incidents closed: {len(page.closed):,}."


def _closed_part(page: ShiftPage) -> Table:
    rows = [(one["ref"], one["title"], one["because"]) for one in page.closed]
    return table("Closed", ("Reference", "Incident", "Why"), rows, (20, 40, 40))


def _open_words(page: ShiftPage) -> str:
    words = (
        f"Alerts to decide: {page.to_decide:,}, of them high or above {page.to_decide_high:,}. Conflicts:"
        f" {page.conflicts:,}. Pending: {page.pending:,}."
    )
    return f"{words} Withheld from this laptop, so not on this page: {page.withheld:,}." if page.withheld else words


def _incidents_part(page: ShiftPage) -> Table:
    rows = [
        (one["ref"], one["severity"], f"{one['title']}{' (new this shift)' if one['new'] else ''}", one["label"],
         one["held_by"])
        for one in page.incidents
    ]  # fmt: skip
    heads = ("Reference", "Severity", "Incident", "TLP", "Held by")
    return table("Open incidents", heads, rows, (19, 11, 36, 17, 17), f"{len(rows):,} open." if rows else "",
                 "No incident is open.")  # fmt: skip


def _rest(page: ShiftPage) -> list[Table]:
    found = []
    if page.systems:
        rows = [(one["system"], one["place"], _short(one["since"]), one["paper"], one["incident_ref"])
                for one in page.systems]  # fmt: skip
        heads = ("System", "Place", "Since", "Paper fallback", "Belongs to")
        found.append(table("Systems stated to be down", heads, rows, (26, 20, 22, 14, 18)))
    support_rows = [
        (f"{in_words(one['due_at'])}{' (late)' if one['late'] else ''}", one["what"], one["victim"], one["owner"])
        for one in page.support
    ]
    found.append(table("Support due next", ("Due", "What", "For", "Owner"), support_rows, (28, 34, 20, 18),
                       none="No support action has a due time."))  # fmt: skip
    late = sum(one["overdue"] for one in page.tasks)
    task_rows = [
        (f"{in_words(one['due_at'])}{' (late)' if one['overdue'] else ''}" if one["due_at"] is not None else "",
         one["ref"], one["incident"])
        for one in page.tasks
    ]  # fmt: skip
    counted = f"{len(task_rows):,} open, {late:,} late." if task_rows else ""
    found.append(
        table("Open tasks", ("Due", "Task", "Belongs to"), task_rows, (34, 40, 26), counted, "No task is open.")
    )
    return found


def _short(said: str | None) -> str:
    return in_words(milliseconds(datetime.fromisoformat(said))) if said else ""
