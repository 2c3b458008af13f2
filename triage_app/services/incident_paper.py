"""An incident as a page for paper, to be carried into a room that has no laptop.

What is masked on screen is masked here, what was withheld or erased is said to be missing, and the label is the
strictest of all that is on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.records import INCIDENT_TIMES
from triage_app.domain.severity import band
from triage_app.errors import NotFound
from triage_app.language import in_english
from triage_app.services import (
    affected,
    attachments,
    clock_words,
    clocks,
    handoffs,
    impact,
    incident_log,
    precise_times,
    printed,
    support,
    tasks,
    vocabularies,
)
from triage_app.services.changes import milliseconds
from triage_app.services.classification import value_in_words
from triage_app.services.histories import action_words
from triage_app.services.printed import Printed, Table, table
from triage_app.services.times import in_words
from triage_app.store import alerts, labels, lookup, personal
from triage_app.store.connection import Store

WHAT: Final = "printed page"
"What the access chain calls it."


@in_english
def page_of(store: Store, incident: str, now: datetime, by: str, tag: str) -> Printed:
    """Return an incident's page; raise ``NotFound`` where it has been taken back. Takes a query lane."""
    row = lookup.one(store, "incident", incident)
    if row is None:
        raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
    at = milliseconds(now)
    marks = [labels.of_incident(store, incident)]
    parts = [
        _clocks_part(store, incident, at),
        _held_part(store, incident),
        _impact_part(store, incident, marks),
        _tasks_part(store, incident, at),
        _victims_part(store, incident, at),
        _alerts_part(store, incident, marks),
        _evidence_part(store, incident),
        _log_part(store, incident),
    ]
    facts = [(name, printed.plain(words)) for name, words in _facts(store, row) if words]
    foot = (
        f"Printed {in_words(at)} by {printed.plain(by)} on {tag}. What is masked on screen is masked here;"
        " what this laptop was not sent is not on this page."
    )
    title = f"{row['ref']}  {printed.plain(row['title'])}"
    return Printed(title, tlp.strictest(marks), tuple(facts), tuple(part for part in parts if part is not None), foot)


def _facts(store: Store, row: dict[str, Any]) -> list[tuple[str, str]]:
    names = vocabularies.categories()
    found = [
        ("Status", str(row["status"]) + (f": {row['closed_because']}" if row["closed_because"] else "")),
        ("Severity", "not set" if row["severity"] is None else f"{band(row['severity'])} ({row['severity']})"),
        ("Class", ", ".join(vocabularies.rsit_types().get(code, code) for code in row["rsit"].split()) or "not set"),
    ]
    for field, words in (
        ("category_proposed", "UK category, proposed"), ("category_assessed", "UK category, assessed"),
        ("category_confirmed", "UK category, confirmed"),
    ):  # fmt: skip
        said = row[field]
        if isinstance(said, dict) and said.get("category") is not None:
            number = said["category"]
            found.append((words, f"{number} {names.get(number, ('not known here', ''))[0]}"))
    found.append(("Determination", value_in_words("determination", row["determination"]) or ""))
    found.append(("Campaign", row["campaign"]))
    found.append(("Handler", lookup.name_of_responder(store, row["handler"])))
    for name in INCIDENT_TIMES:
        words = precise_times.value_in_words(row["times"].get(name))
        if words or name == "aware":
            found.append((name.capitalize(), words or "not recorded"))
    two = [one["field"] for one in lookup.conflicts(store) if one["entity"] == row["id"]]
    if two:
        found.append(("Two values stand in", ", ".join(field.replace("_", " ") for field in two)))
    return found


def _clocks_part(store: Store, incident: str, now: int) -> Table:
    rows = []
    for clock in clocks.of_incident(store, incident, now):
        for state in clock.steps:
            if state.open or state.done_at is not None:
                name = f"{clock.policy.name}: {clock.step(state).name}"
                whose = clock.organisation_name or clock.organisation.partition(":")[2]
                due = in_words(state.due_at) if state.due_at is not None else "no date"
                rows.append((not state.open, state.due_at or now, (clock_words.left(state), due, name, whose)))
    rows.sort(key=lambda one: (one[0], one[1], one[2]))
    return table("Clocks", ("Time left", "Due", "Duty", "Organisation"), [cells for _, _, cells in rows],
                 (20, 24, 36, 20), none="No clock: nobody has looked at it yet, or none is owed.")  # fmt: skip


def _held_part(store: Store, incident: str) -> Table:
    held = handoffs.holder(store, "incident", incident)
    words = f"Held by {printed.plain(held.holder.name)}."
    rows = [
        (", ".join(part for part in (row["to_body"], row["to_person"]) if part), in_words(row["offered_at"]),
         row["answer"] or "not accepted", row["answered_by"])
        for row in handoffs.listing(store, incident)
    ]  # fmt: skip
    heads = ("Offered to", "When", "Answer", "By")
    return table("Who holds it", heads, rows, (34, 28, 18, 20), words, words)


def _impact_part(store: Store, incident: str, marks: list[str]) -> Table | None:
    found = impact.summary(store, incident)
    stated: Sequence[tuple[str, Sequence[dict[str, Any]]]] = (
        ("Down", found.down), ("Was down", found.were_down), ("Divert", found.diverts),
        ("Cancelled", found.cancelled), ("Capacity", found.capacity), ("Harm", found.harm), ("Risk", found.risk),
        ("Declared", found.eprr),
    )  # fmt: skip
    rows = [(name, impact.in_words(row)) for name, some in stated for row in some]
    if found.harm:
        marks.append(tlp.AMBER_STRICT)
    counted = affected.counts(store, incident)
    things = f"Affected things: {affected.open_words(counted)}." if counted.total else ""
    if not rows and not things:
        return None
    return table("Clinical impact, as stated", ("What", "Statement"), rows, (16, 84), things)


def _tasks_part(store: Store, incident: str, now: int) -> Table:
    rows = [
        ("late" if tasks.is_overdue(row, now) else row["status"],
         in_words(row["due_at"]) if row["due_at"] is not None else "", row["title"], row["owner"])
        for row in tasks.listing(store, incident)
    ]  # fmt: skip
    return table("Tasks", ("Status", "Due", "Task", "Owner"), rows, (13, 24, 45, 18), none="No task.")


def _victims_part(store: Store, incident: str, now: int) -> Table:
    rows = []
    for victim in lookup.listing(store, "victim", "v.incident = ?", (incident,), "v.ref"):
        name = victim["organisation_name"] or str(victim["organisation"]).partition(":")[2]
        if not name:
            name = f"a person, {personal.masked(victim['person_name'] or '') or 'not named'}"
        rows.append((victim["ref"], name, f"wish: {victim['wish']}", ""))
        for action in support.listing(store, "a.victim = ?", (victim["id"],), now):
            due = in_words(action["due"]) if action["due"] is not None else ""
            rows.append(("", f"{action['ref']} {action_words(action['code'])}", action["status"], due))
    return table("Victims and their support", ("Reference", "Who, and what is done", "How it stands", "Due"), rows,
                 (18, 40, 20, 22), none="No victim is recorded.")  # fmt: skip


def _alerts_part(store: Store, incident: str, marks: list[str]) -> Table:
    numbers = lookup.linked_alerts(store, incident)
    shown = alerts.rows(store, numbers[: printed.MOST_ROWS])
    rows = []
    for number in numbers[: printed.MOST_ROWS]:
        if number not in shown:
            continue
        row = shown[number]
        marks.append(labels.of_evidence(store, bytes.fromhex(row["key"]), row["tlp"]))
        rows.append((band(row["severity"]), in_words(row["last_seen"]), row["title"], row["source"]))
    missing = len(lookup.linked_keys(store, incident)) - len(numbers)
    words = f"{len(numbers):,} linked." if numbers else "No alert is linked."
    if len(numbers) > printed.MOST_ROWS:
        words += f" The newest {printed.MOST_ROWS:,} are here."
    if missing > 0:
        words += f" {missing:,} more are linked that this laptop was not sent."
    heads = ("Severity", "Last seen", "Alert", "Source")
    return table("Alerts", heads, rows, (12, 26, 42, 20), words, words)


def _evidence_part(store: Store, incident: str) -> Table | None:
    rows = [(one.row["ref"], one.holder, one.state) for one in attachments.listing(store, incident)]
    return table("Files", ("Reference", "Held by", "Bytes"), rows, (24, 44, 32)) if rows else None


def _log_part(store: Store, incident: str) -> Table:
    rows = []
    for line in incident_log.lines(store, incident):
        decided = f" Decided by {line.decision.decided_by}." if line.decision is not None else ""
        rows.append((in_words(line.happened_at), line.ref, f"{line.text}{decided}", line.written_by))
    return table("Log", ("When", "Line", "What", "Written by"), rows, (21, 16, 47, 16), none="The log is empty.")
