"""Work that is open on an incident: tasks, and support promised to its victims. Closing asks what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.tasks import DONE, NOT_NEEDED
from triage_app.errors import BadInput
from triage_app.language import plural, say
from triage_app.services import affected, attachments, impact
from triage_app.services.typed import read_name
from triage_app.services.vocabularies import action_codes
from triage_app.store import impact as store_impact
from triage_app.store import lookup
from triage_app.store.connection import Store

OPEN_ACTIONS: Final = ("pending", "ongoing")
EVERYTHING: Final = "all"
"Stands for every open task and action in a list of what is left; it must be said, and is written down name by name."


@dataclass(frozen=True)
class OpenWork:
    """One task or support action that nobody has settled."""

    code: str
    "What it goes by: RXX-K7M4-T0003, ransomware/tell-clinic, RXX-K7M4-A0001."
    kind: str
    "task or action."
    id: str
    title: str


def of_incident(store: Store, incident: str) -> list[OpenWork]:
    """Return the open tasks and support actions of an incident."""
    found = []
    for task in lookup.listing(
        store, "task", "t.incident = ? AND t.status NOT IN (?, ?)", (incident, DONE, NOT_NEEDED),
        "t.playbook = '', t.playbook, t.place, t.id",
    ):  # fmt: skip
        found.append(OpenWork(task["ref"] or f"{task['playbook']}/{task['step']}", "task", task["id"], task["title"]))
    for action in lookup.listing(
        store, "action", "v.incident = ? AND v.deleted = 0 AND a.status IN (?, ?)", (incident, *OPEN_ACTIONS)
    ):
        name = action_codes().get(action["code"], action["code"])
        found.append(OpenWork(action["ref"], "action", action["id"], name))
    return found


def unfinished(store: Store, incident: str) -> list[str]:
    """Return a sentence for each thing that goes on when an incident is closed: systems down, diverts, evidence
    that nobody has confirmed, machines not back in service. None of it stands against closing."""
    found = []
    for row in store_impact.rows(store, incident):
        if row["kind"] in ("outage", "divert") and impact.is_open(row):
            what = impact.subject(row)
            found.append(
                say("{0} is still down.", what)
                if row["kind"] == "outage"
                else say("The divert of {0} still runs.", what)
            )
    for one in attachments.listing(store, incident):
        if not one.is_confirmed:
            found.append(say("{0} was handed to {1}, who has not confirmed it.", one.row["ref"], one.holder))
    counted = affected.counts(store, incident)
    if total := counted.out + counted.suspected:
        things = "1 affected thing is" if total == 1 else f"{total:,} affected things are"
        found.append(say("{0} not back in service: {1}.", things, affected.open_words(counted)))
    return found


def refuse_open(store: Store, incident: str, leaving: Sequence[str] = (), left_by: str = "") -> dict[str, Any] | None:
    """Raise ``BadInput`` naming the open tasks and actions that are neither settled nor named as left by somebody.

    Return what is written down of those left: their codes and the name of who decided; None where none is.
    """
    waiting = {one.code: one for one in of_incident(store, incident)}
    named = list(waiting) if EVERYTHING in leaving else list(dict.fromkeys(leaving))
    if unknown := [code for code in named if code not in waiting]:
        raise BadInput(
            say("“{0}” is no open task or support action of this incident.", unknown[0]),
            say("Open are: {0}.", _few(list(waiting))),
            "open-work",
        )
    if left := [one for code, one in waiting.items() if code not in named]:
        tasks = sum(one.kind == "task" for one in left)
        actions = len(left) - tasks
        parts = []
        if tasks:
            parts.append(plural(tasks, "1 task", "{0} tasks").format(f"{tasks:,}"))
        if actions:
            parts.append(plural(actions, "1 support action", "{0} support actions").format(f"{actions:,}"))
        what = plural(len(left), "{0} is open: {1}.", "{0} are open: {1}.")
        raise BadInput(
            what.format(say(" and ").join(parts), _few([one.code for one in left])),
            "Settle each, or name what is left undone and who decided that.",
            "open-work",
        )
    if not named:
        return None
    by = read_name("Who decided it", left_by, needed=False)
    if not by:
        raise BadInput(
            "Leaving work undone needs the name of who decided it.",
            "Say by whom.",
            "open-work",
        )
    return {"codes": named, "by": by}


def refuse_closed(incident: Mapping[str, Any], what: str) -> None:
    """Raise ``BadInput`` where an incident is closed; ``what`` continues “To …”."""
    if incident["status"] == "closed":
        raise BadInput(say("{0} is closed.", incident["ref"]), say("To {0}, open it again first.", what), "closed")


def _few(codes: Sequence[str]) -> str:
    shown = ", ".join(codes[:8]) or "none"
    return shown if len(codes) <= 8 else say("{0} and {1:,} more", shown, len(codes) - 8)
