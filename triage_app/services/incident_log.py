"""The log of an incident: numbered lines that say when a thing happened apart from when it was written, and decisions.

A line is a note (``records.KINDS``): sealed, signed, and never replaced by another's. It can be put right, which keeps
what it said before in the journal, and not be erased.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.errors import BadInput, NotFound
from triage_app.language import in_english, say
from triage_app.paths import write_whole
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import in_words, iso, read_time, refuse_long_ago
from triage_app.store import history, lookup, personal
from triage_app.store.connection import Store
from triage_app.store.journal import Change

MOST_CHARACTERS: Final = 100_000
"""Of one line: some forty printed pages. More is a document, and belongs in a file."""

AHEAD_MS: Final = 5 * 60_000
"""How far ahead of this laptop's clock a thing may have happened: another clock, read aloud, may be a little fast."""


@dataclass(frozen=True)
class Decision:
    """What an inquiry asks of a decision, in the responder's words; "" is not recorded."""

    decided_by: str
    "Who decided: a name, which may be another than that of who writes it down."
    role: str = ""
    known: str = ""
    "What was known at the time."
    options: tuple[str, ...] = ()
    "What could have been done, what was chosen among them."
    reason: str = ""

    def as_text(self) -> str:
        """Return it as it is sealed: one JSON object."""
        return json.dumps(
            {
                "decided_by": self.decided_by, "role": self.role, "known": self.known, "options": list(self.options),
                "reason": self.reason,
            },
            ensure_ascii=False, sort_keys=True,
        )  # fmt: skip

    @classmethod
    def from_text(cls, untrusted_text: str) -> Decision | None:
        """Read what a line holds; None where it holds none, or none that can be read here."""
        try:
            found = json.loads(untrusted_text) if untrusted_text else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        options = found.get("options")
        words = {name: found[name] for name in ("decided_by", "role", "known", "reason") if name in found}
        return cls(
            **{
                "decided_by": "",
                **{name: word if isinstance(word, str) else str(word) for name, word in words.items()},
            },
            options=tuple(str(one) for one in options) if isinstance(options, list) else (),
        )


@dataclass(frozen=True)
class Line:
    """One line of a log as it is shown."""

    id: str
    ref: str
    text: str
    happened_at: int
    "UTC milliseconds; when it was written where nobody said otherwise."
    written_at: int
    written_by: str
    decision: Decision | None
    is_corrected: bool
    "Whether its words were put right; what they were before is in its history."
    corrected_by: tuple[str, ...] = ()
    "Who put them right: it need not be who wrote them."


def add_line(
    session: Session,
    incident: str,
    text: str,
    *,
    happened: str = "",
    decision: Decision | None = None,
) -> Changes:
    """Write one numbered line in an incident's log.

    ``happened`` is a time as typed (``read_time``), "" for now. Raises ``BadInput`` for an empty or too long line, a
    time ahead of this laptop's clock, or a decision that names nobody; ``NotFound`` for an incident taken back.
    """
    words = checked_words(text)
    now = milliseconds(session.now())
    fixed: dict[str, Any] = {"kind": "incident", "about": incident}
    if happened.strip():
        moment = read_time(happened, session.now())
        refuse_long_ago(moment)
        at = milliseconds(moment)
        if at > now + AHEAD_MS:
            raise BadInput(
                say("{0} is still to come.", in_words(at)), "Say when it happened: 02:55, -10m, or 2026-11-22 02:55."
            )
        fixed |= {"happened": at, "as_written": happened.strip()}
    if decision is not None:
        if not decision.decided_by.strip():
            raise BadInput("A decision needs the name of who decided.", "Say who it was, and in what role.")
        checked_words(decision.as_text())
    store = session.store
    with store.write():
        if lookup.one(store, "incident", incident) is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or open another.")
        label = label_of(session, "incident", incident)
        entity, ref, made = creation(session, "note", label, fixed)
        fields = {"text": words} | ({} if decision is None else {"decision": decision.as_text()})
        changes: list[Change] = [made, *set_fields(session, "note", entity, fields, label)]
        what = "Logged" if decision is None else "Logged the decision"
        return record(session, f"{what} {ref}", changes, entity=entity, ref=ref)


def correct_line(session: Session, line: str, text: str, because: str = "") -> Changes:
    """Put the words of a line right; what it said before stays in its history. Raises ``BadInput``, ``NotFound``."""
    words = checked_words(text)
    store = session.store
    with store.write():
        found = lookup.one(store, "note", line)
        if found is None:
            raise NotFound("That line has been taken back.", "Undo that first, or choose another.")
        if found["text"] == words:
            raise BadInput("These are the words that stand there already.", "Change them, or leave them.")
        label = label_of(session, "note", line)
        changes = set_fields(session, "note", line, {"text": words}, label, because.strip())
        return record(session, say("Corrected {0}", found["ref"] or "a note"), changes, entity=line, ref=found["ref"])


def lines(store: Store, incident: str) -> list[Line]:
    """Return the log of an incident, in the order in which things happened; what happened at once, as written."""
    corrected = history.notes_put_right(store, incident)
    found = [
        Line(
            note["id"],
            note["ref"],
            note["text"],
            note["happened_at"] if note["happened_at"] is not None else note["created_at"] or 0,
            note["created_at"] or 0,
            note["created_by_name"] or "",
            Decision.from_text(note["decision"]),
            note["id"] in corrected,
            tuple(lookup.responder_name(store, one) for one in corrected.get(note["id"], ())),
        )
        for note in lookup.listing(store, "note", "n.about = ? AND n.about_kind = 'incident'", (incident,))
    ]
    return sorted(found, key=lambda line: (line.happened_at, line.written_at, line.ref, line.id))


def may_be_about(store: Store, shown: str = "") -> list[tuple[str, str, str]]:
    """Return (id, reference, title) of the incidents that a line may be about: the one shown alone, or all open ones.

    The incident that was worked on last comes first.
    """
    if shown:
        one = lookup.one(store, "incident", shown)
        return [] if one is None else [(one["id"], one["ref"], one["title"])]
    found = lookup.listing(store, "incident", "i.status <> 'closed'", order="i.changed_at DESC, i.id")
    return [(one["id"], one["ref"], one["title"]) for one in found]


def earlier_words(store: Store, line: str) -> list[dict[str, Any]]:
    """Return what a line said before it was put right, oldest first: {text, at, who, because}."""
    said = history.operations_of(store, "note", line, "text")
    return [
        {
            "text": personal.opened(store, "note", line, "text", one["after"]),
            "at": iso(one["at"]), "who": lookup.responder_name(store, one["author"]), "because": one["because"],
        }
        for one in said[:-1]
    ]  # fmt: skip


def as_data(line: Line) -> dict[str, Any]:
    """Return a line as the command line prints it."""
    found: dict[str, Any] = {
        "id": line.id, "ref": line.ref, "text": line.text, "happened_at": iso(line.happened_at),
        "written_at": iso(line.written_at), "written_by": line.written_by, "corrected": line.is_corrected,
        "corrected_by": list(line.corrected_by), "decision": None,
    }  # fmt: skip
    if line.decision is not None:
        found["decision"] = json.loads(line.decision.as_text())
    return found


@in_english
def decisions_log(store: Store, incident: str) -> str:
    """Return the decisions of an incident as plain text, in the form in which an inquiry asks for them.

    Each says who decided and in what role, who wrote it down and when, what was known, what else could have been done,
    and why. What nobody recorded is named as not recorded.
    """
    head = lookup.one(store, "incident", incident)
    if head is None:
        raise NotFound("That incident has been taken back.", "Undo that first, or open another.")
    decided = [line for line in lines(store, incident) if line.decision is not None]
    parts = [f"Decisions log of {head['ref']}: {head['title']}", _counted(len(decided))]
    parts += [_decision_in_words(line, line.decision) for line in decided if line.decision is not None]
    return "\n\n".join(parts) + "\n"


def write_decisions(session: Session, incident: str, path: Path) -> int:
    """Write the decisions of an incident to a text file, and note that they left the store; return how many bytes."""
    data = decisions_log(session.store, incident).encode()
    write_whole(session.profile.refuse_own(path), data)
    note_access(session, "export", "incident", incident, {"kind": "decisions"})
    return len(data)


def _decision_in_words(line: Line, decision: Decision) -> str:
    who = f"{decision.decided_by} ({decision.role})" if decision.role else f"{decision.decided_by} (role not recorded)"
    written = f"{line.written_by or 'not known here'}, {in_words(line.written_at)}"
    if line.is_corrected:
        by = " and ".join(line.corrected_by) or "not known here"
        written += f"; its words were corrected since by {by}, the earlier ones are kept"
    facts: Sequence[tuple[str, str]] = (
        ("Decision", line.text),
        ("Decided by", who),
        ("Recorded by", written),
        ("What was known", decision.known or "not recorded"),
        ("Options", "; ".join(decision.options) or "not recorded"),
        ("Reason", decision.reason or "not recorded"),
    )
    return "\n".join(
        [f"{line.ref or 'Without a number'}, {in_words(line.happened_at)}", *(f"  {a}: {b}" for a, b in facts)]
    )


def _counted(number: int) -> str:
    if number == 0:
        return "No decision was recorded as one."
    return "1 decision." if number == 1 else f"{number} decisions, in the order in which they were taken."


def checked_words(text: str) -> str:
    """Return the words of a note or a line; raise ``BadInput`` for none, and for more than a line takes."""
    words = text.strip()
    if not words:
        raise BadInput("A note needs words.", "Type what is to be kept.")
    if len(words) > MOST_CHARACTERS:
        raise BadInput(
            say("That is {0:,} characters, and a note takes {1:,}.", len(words), MOST_CHARACTERS),
            "Write what matters, and keep the whole as a file.",
        )
    return words
