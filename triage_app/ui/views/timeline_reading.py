"""What the timeline merges beside the incident's own record: entered events, settled tasks, files, and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from triage_app.domain.indicators import defang
from triage_app.domain.tasks import NOT_NEEDED, UNSETTLED
from triage_app.language import say
from triage_app.services import clock_words, custody_form, events, precise_times, tasks
from triage_app.services.clocks import Clock
from triage_app.store import attachments, lookup
from triage_app.store.connection import Store
from triage_app.ui.views.incident_reading import Event
from triage_app.ui.views.moments import short

translate = QCoreApplication.translate


def lane_words(lane: str) -> str:
    """Return what a lane is called; one of a newer version by its own name."""
    known = {
        "alert": translate("Timeline", "Alerts"),
        "attacker": translate("Timeline", "Attacker"),
        "systems": translate("Timeline", "Systems"),
        "clinical": translate("Timeline", "Clinical"),
        "decision": translate("Timeline", "Decisions"),
        "support": translate("Timeline", "Support"),
        "response": translate("Timeline", "Response"),
        "communication": translate("Timeline", "Messages"),
        "clock": translate("Timeline", "Clocks"),
    }
    return known.get(lane, lane)


def entered(store: Store, incident: str) -> list[Event]:
    """Return the events that people entered; one whose time cannot be read has none."""
    found = []
    for row in events.listing(store, incident):
        moment = precise_times.moment_of(row["when"])
        when = "" if moment is None or (moment.precision in ("minute", "second") and not moment.about) else (
            precise_times.in_words(moment)
        )  # fmt: skip
        note = "; ".join(part for part in (when, defang(row["source"])) if part)
        what = defang(row["what"])
        found.append(
            Event(
                f"event:{row['id']}", row["at"] or 0, "event", what, row["created_by_name"] or "", note,
                short=what if len(what) <= 18 else f"{what[:17]}…", lane=row["lane"] or "systems",
            )
        )  # fmt: skip
    return found


def settled_tasks(store: Store, incident: str) -> tuple[list[Event], int]:
    """Return the tasks that were settled, when they were, and how many are open."""
    rows = tasks.listing(store, incident)
    found = []
    for row in rows:
        at = tasks.settled_at(row)
        if row["status"] in UNSETTLED or at is None:
            continue
        said = (
            translate("Timeline", "Not needed: {0}")
            if row["status"] == NOT_NEEDED
            else translate("Timeline", "Done: {0}")
        )
        found.append(
            Event(
                f"task:{row['id']}", at, "task", said.format(defang(row["title"])), tasks.settled_by(row),
                row["because"] or row["phase"], lane="response",
            )
        )  # fmt: skip
    return found, sum(row["status"] in UNSETTLED for row in rows)


def of_files(store: Store, incident: str) -> list[Event]:
    """Return when files were taken as evidence, and through whose hands each went since."""
    found = []
    for row in attachments.rows(store, incident):
        moment = precise_times.moment_of(row["taken_at"])
        ref, at = row["ref"], moment.at if moment is not None else row["created_at"] or 0
        said = translate("Timeline", "File taken as evidence: {0}").format(defang(row["name"]))
        found.append(Event(f"attachment:{row['id']}", at, "file", said, row["taken_by"], ref, short=ref[-5:],
                           lane="response"))  # fmt: skip
        for entry in attachments.custody(store, row["id"]):
            if entry["taken_back"]:
                continue
            _, what, who, _ = custody_form.line({**entry, "who": lookup.responder_name(store, entry["created_by"])})
            found.append(Event(f"attachment:{row['id']}/{entry['id']}", attachments.at_of(entry), "file",
                               f"{what}: {ref}", who, entry["reason"] or entry["outcome"] or "",
                               lane="response"))  # fmt: skip
    return found[::-1]  # the newest stands first, also of two in one minute


def of_clocks(clocks: Sequence[Clock]) -> list[Event]:
    """Return when clocks began and ended, and the deadlines that passed or are still to come."""
    found = []
    for clock in clocks:
        name = say(clock.policy.name)
        start = clock.start_at
        if start is not None:
            said = translate("Timeline", "Clock began: {0}").format(name)
            found.append(Event(f"clock:{clock.id}/start", start, "clock", said, short=name, lane="clock"))
        for one in clock.outcomes:
            if type(one["at"]) is int:
                said = translate("Timeline", "{0}: {1}").format(name, str(one["outcome"]).replace("-", " "))
                note = str(one["reference"] or one["because"])
                key = f"clock:{clock.id}/end/{one['step']}"
                found.append(Event(key, one["at"], "clock", said, str(one["by"]), note, lane="clock"))
        for state in clock.steps:
            if state.open and state.due_at is not None:
                said = translate("Timeline", "Due: {0} ({1})").format(name, clock_words.left(state))
                found.append(Event(f"clock:{clock.id}/due/{state.step}", state.due_at, "clock", said, lane="clock"))
    return found


def deadlines(clocks: Sequence[Clock]) -> list[tuple[int, str, int]]:
    """Return what clocks are still to be met: when, the name of the duty, when it began."""
    return [
        (state.due_at, say(clock.policy.name), state.start_at if state.start_at is not None else state.due_at)
        for clock in clocks
        for state in clock.steps
        if state.open and state.due_at is not None
    ]


def due_words(at: int, now: datetime) -> str:
    """Return when something is due as its line on the timeline says it: with its day, unless that is today."""
    return short(at, now).rpartition(" ")[0]
