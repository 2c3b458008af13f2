"""Tasks of an incident: starting a playbook, adding, assigning, ticking, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.affected import controls, incident_of
from triage_app.domain.records import CREATED, DELETED
from triage_app.domain.tasks import DOING, DONE, MOST_WORDS, NOT_NEEDED, OPEN, STATUSES, UNSETTLED, step_id
from triage_app.errors import Ambiguous, BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services import playbooks
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.open_work import refuse_closed
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import iso, read_time, refuse_long_ago, refuse_to_come
from triage_app.store import labels, lookup
from triage_app.store import tasks as store_tasks
from triage_app.store.connection import Store
from triage_app.store.journal import Change

FIELDS: Final = ("title", "phase", "owner", "due", "comment", "agreed_by", "fallback")
"What a responder may edit; the status has verbs of its own."


@dataclass(frozen=True)
class Counts:
    """The tasks of an incident in numbers."""

    total: int = 0
    open: int = 0
    "Open or being done."
    done: int = 0
    not_needed: int = 0
    overdue: int = 0


def start_playbook(session: Session, incident: str, name: str) -> Changes:
    """Make the tasks of a playbook on an incident, in one act; targets count from now.

    Where it was started before, only steps that are missing are added (a newer version's, or those taken back). Raises
    ``BadInput`` where none is missing or the incident is closed, ``NotFound``.
    """
    store = session.store
    playbook = playbooks.named(store, name)
    with store.write():
        head = _incident(store, incident)
        refuse_closed(head, "start a playbook")
        label = labels.of_incident(store, incident)
        now = milliseconds(session.now())
        known = store_tasks.states(store, incident)
        changes: list[Change] = []
        for place, step in enumerate(playbook.steps, 1):
            entity = step_id(incident, playbook.code, step.code)
            if entity not in known:
                value = {
                    "playbook": playbook.code, "version": playbook.version, "step": step.code, "phase": step.phase,
                    "title": step.text, "role": step.role, "why": step.why, "clinical": step.clinical,
                    "touches": list(step.touches), "place": place,
                    "due": None if step.minutes is None else now + step.minutes * 60_000,
                }  # fmt: skip
                changes.append(Change("task", entity, CREATED, value, label))
            elif known[entity]:
                changes.append(Change("task", entity, DELETED, False, label))
        if not changes:
            raise BadInput(
                say("“{0}” is started on {1} already, and no step of it is missing.", playbook.name, head["ref"]),
                "Work on its tasks, or add one of your own.",
                "started",
            )
        again = len(changes) < len(playbook.steps)
        what = (
            say("Added {0} of “{1}”", tasks_words(len(changes)), playbook.name)
            if again
            else say("Started “{0}”", playbook.name)
        )
        return record(session, say("{0} on {1}", what, head["ref"]), changes, entity=incident, ref=head["ref"])


def add_task(
    session: Session, incident: str, title: str, *, phase: str = "", owner: str = "", due: str = ""
) -> Changes:
    """Add a task of one's own. Raises ``BadInput``, ``NotFound``."""
    values = _read(session, {"title": title, "phase": phase, "owner": owner, "due": due})
    store = session.store
    with store.write():
        head = _incident(store, incident)
        refuse_closed(head, "add a task")
        label = labels.of_incident(store, incident)
        plain, ref, made = creation(session, "task", label)
        entity = f"{incident}:{plain}"
        made = Change("task", entity, CREATED, made.value, label)
        fields = {name: value for name, value in values.items() if value not in ("", None)}
        changes = [made, *set_fields(session, "task", entity, fields, label)]
        return record(session, say("Added task {0}", ref), changes, entity=entity, ref=ref)


def set_task(session: Session, task: str, values: Mapping[str, str]) -> Changes:
    """Set fields of a task, as typed; "" clears one. Raises ``BadInput``, ``NotFound``."""
    if unknown := [name for name in values if name not in FIELDS]:
        raise BadInput(say("A task has no field “{0}” to set.", unknown[0]), say("Use one of: {0}.", ", ".join(FIELDS)))
    read = _read(session, values)
    store = session.store
    with store.write():
        found = existing(store, task)
        held = {"due": found["due_at"], **{name: found[name] for name in FIELDS if name != "due"}}
        changed = {name: value for name, value in read.items() if (value or None) != (held[name] or None)}
        if not changed:
            raise BadInput("The task has that already.", "Nothing was changed.")
        label = labels.effective(store, "task", task)
        cleared = {name: value if value != "" else None for name, value in changed.items()}
        changes = set_fields(session, "task", task, cleared, label)
        return record(session, say("Changed {0}", called(found)), changes, entity=task, ref=called(found))


def settle(
    session: Session,
    tasks: Sequence[str],
    status: str,
    *,
    because: str = "",
    at: str = "",
    by: str = "",
    agreed_by: str = "",
    fallback: str = "",
) -> Changes:
    """Bring tasks of one incident into a status, in one act: open, doing, done, or not needed with a reason.

    ``at`` and ``by`` say when and by whom it was done, where that is another time or person than this entry's.
    Beginning or finishing a step that needs the clinic's agreement asks who agreed and what the fallback is, or
    ``because``: why nobody was asked. Raises ``BadInput``, ``NotFound``.
    """
    word = status.strip().lower()
    if word not in STATUSES:
        raise BadInput(say("“{0}” is no status of a task.", status), say("Use one of: {0}.", ", ".join(STATUSES)))
    if word == NOT_NEEDED and not because.strip():
        raise BadInput("A task that is not needed needs a reason.", "Say in a few words why.", "reason")
    for name, words in (("reason", because), ("name", by), ("name", agreed_by), ("fallback", fallback)):
        _refuse_text(name, words)
    done_at = None
    if at.strip():
        moment = read_time(at, session.now())
        refuse_long_ago(moment)
        refuse_to_come(moment, session.now())
        done_at = milliseconds(moment)
    wanted = list(dict.fromkeys(tasks))
    store = session.store
    with store.write():
        if not wanted:
            raise BadInput("No task was named.", "Name one.")
        rows = [existing(store, task) for task in wanted]
        changes: list[Change] = []
        for row in rows:
            label = labels.effective(store, "task", row["id"])
            values: dict[str, Any] = {} if row["status"] == word else {"status": word}
            if word == DONE:
                values |= {} if done_at is None else {"done_at": done_at}
                values |= {"done_by": by.strip()} if by.strip() else {}
            else:
                values |= {name: None for name in ("done_at", "done_by") if row[name] not in (None, "")}
            if word in (DOING, DONE):
                values |= {
                    name: words.strip()
                    for name, words in (("agreed_by", agreed_by), ("fallback", fallback))
                    if words.strip() and words.strip() != row[name]
                }
                if must_ask({**row, **values}) and not because.strip():
                    raise BadInput(
                        say(
                            "“{0}” may touch care: it needs who in the clinic agreed and what the fallback is.",
                            short_title(row),
                        ),
                        "Say both, or why nobody could be asked.",
                        "not-agreed",
                    )
            changes += set_fields(session, "task", row["id"], values, label, because.strip())
        if not changes:
            raise BadInput(say("That is {0} already.", word), "Nothing was changed.")
        only = called(rows[0]) if len(rows) == 1 else tasks_words(len(rows))
        said = {OPEN: say("Opened again"), DOING: say("Began"), DONE: say("Done"), NOT_NEEDED: say("Not needed")}[word]
        entity, ref = (rows[0]["id"], called(rows[0])) if len(rows) == 1 else (incident_of(rows[0]["id"]), "")
        return record(session, f"{said}: {only}", changes, entity=entity, ref=ref)


def remove(session: Session, task: str) -> Changes:
    """Take a task back. Raises ``NotFound``."""
    store = session.store
    with store.write():
        found = existing(store, task)
        change = Change("task", task, DELETED, True, labels.effective(store, "task", task))
        return record(session, say("Took back {0}", called(found)), [change], entity=task, ref=called(found))


def must_ask(row: Mapping[str, Any]) -> bool:
    """Tell whether the clinic must still be asked about a task."""
    return bool(row["clinical"]) and not (row["agreed_by"] and row["fallback"])


# -- reading -----------------------------------------------------------------------------------------------


def listing(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the tasks of an incident in the order of the work: by playbook and its steps, one's own last."""
    return lookup.listing(store, "task", "t.incident = ?", (incident,), "t.playbook = '', t.playbook, t.place, t.id")


def everywhere(store: Store, now: int) -> list[dict[str, Any]]:
    """Return the unsettled tasks of every open incident: overdue first, then by due time, then the rest."""
    marks = ", ".join("?" * len(UNSETTLED))
    where = f"t.status IN ({marks}) AND i.deleted = 0 AND i.status <> 'closed'"
    found = lookup.listing(
        store, "task", where, UNSETTLED, "t.due_at IS NULL, t.due_at, i.ref, t.playbook, t.place, t.id"
    )
    return [{**row, "overdue": is_overdue(row, now)} for row in found]


def is_overdue(row: Mapping[str, Any], now: int) -> bool:
    """Tell whether a task is past its due time and not settled."""
    return row["status"] in UNSETTLED and row["due_at"] is not None and row["due_at"] < now


def counts(rows: Sequence[Mapping[str, Any]], now: int) -> Counts:
    """Return some tasks in numbers. What a newer version calls a status counts as open."""
    done = sum(row["status"] == DONE for row in rows)
    skipped = sum(row["status"] == NOT_NEEDED for row in rows)
    overdue = sum(is_overdue(row, now) for row in rows)
    return Counts(len(rows), len(rows) - done - skipped, done, skipped, overdue)


def called(row: Mapping[str, Any]) -> str:
    """Return what a task goes by: its reference, or its playbook and step."""
    return str(row["ref"] or f"{row['playbook']}/{row['step']}")


def short_title(row: Mapping[str, Any]) -> str:
    """Return a task's title, cut where it is long."""
    title = str(row["title"])
    return title if len(title) <= 80 else f"{title[:79]}…"


def settled_at(row: Mapping[str, Any]) -> int | None:
    """Return when a settled task was settled: as somebody said, or when it was entered."""
    if row["status"] in UNSETTLED:
        return None
    found = row["done_at"] if row["done_at"] is not None else row["status_at"]
    return None if found is None else int(found)


def settled_by(row: Mapping[str, Any]) -> str:
    """Return who settled a task, '' while it is open."""
    return "" if row["status"] in UNSETTLED else str(row["done_by"] or row["status_by_name"] or "not known here")


def find_task(store: Store, incident: str, untrusted_name: str) -> str:
    """Return the id of a task of an incident by reference, playbook/step, step, or the start of its id's own part.

    Raises ``NotFound``, ``Ambiguous``.
    """
    word = untrusted_name.strip()
    rows = listing(store, incident)
    for answers in (
        lambda row: word in (row["id"], called(row)) or (row["ref"] and word.upper() == row["ref"]),
        lambda row: word.lower() == row["step"],
        lambda row: len(word) >= 4 and row["id"].partition(":")[2].startswith(word.lower()),
    ):
        found = [row["id"] for row in rows if answers(row)]
        if len(found) == 1:
            return str(found[0])
        if found:
            raise Ambiguous(
                say("{0} names {1} tasks.", untrusted_name, len(found)), "Say which: playbook/step, or its id."
            )
    raise NotFound(
        say("No task of that incident is called {0}.", untrusted_name), "“triage incident task list REF” shows them."
    )


def as_data(row: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Return a task as the command line prints it."""
    kept = ("id", "incident", "incident_ref", "playbook", "step", "version", "phase", "title", "role", "why", "owner",
            "status", "because", "comment", "agreed_by", "fallback", "touches")  # fmt: skip
    return {
        **{name: row[name] for name in kept}, "ref": called(row), "clinical": bool(row["clinical"]),
        "due_at": iso(row["due_at"]), "overdue": is_overdue(row, now), "done_at": iso(settled_at(row)),
        "done_by": settled_by(row),
    }  # fmt: skip


def tasks_words(count: int) -> str:
    """Return how many tasks, in words."""
    return plural(count, "1 task", "{0} tasks").format(f"{count:,}")


def existing(store: Store, task: str) -> dict[str, Any]:
    """Return a task; raise ``NotFound`` once it, or its incident, was taken back."""
    found = lookup.one(store, "task", task)
    if found is None or lookup.one(store, "incident", found["incident"]) is None:
        raise NotFound("That task has been taken back.", "Undo that first, or choose another.")
    return found


def _incident(store: Store, incident: str) -> dict[str, Any]:
    found = lookup.one(store, "incident", incident)
    if found is None:
        raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
    return found


def _read(session: Session, values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in values.items():
        if name == "due":
            moment = read_time(text, session.now()) if text.strip() else None
            if moment is not None:
                refuse_long_ago(moment)
            found[name] = None if moment is None else milliseconds(moment)
            continue
        words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if name != "comment":
            words = " ".join(words.split())
        _refuse_text(name.replace("_", " "), words)
        if name == "title" and not words:
            raise BadInput("A task needs a title.", "Say in a few words what is to be done.")
        found[name] = words
    return found


def _refuse_text(name: str, words: str) -> None:
    if len(words) > MOST_WORDS:
        raise BadInput(say("The {0} is longer than {1:,} characters.", name, MOST_WORDS), "Make it shorter.")
    if controls(words, lines=True):
        raise BadInput(say("A control character stands in the {0}.", name), "Type it again, as plain text.")
