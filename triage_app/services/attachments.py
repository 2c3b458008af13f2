"""Attachments: files taken as evidence of an incident, their custody, and what is known of their bytes.

Nothing here opens, shows or runs what is in a file: bytes come in, are hashed and sealed, and go out in an encrypted
archive alone (``attachment_export``).
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from triage_app.domain import tlp as labels_of_tlp
from triage_app.domain.affected import controls
from triage_app.domain.attachments import (
    DESTROYED,
    HANDED,
    MOST_NAME,
    MOST_WORDS,
    MOVES,
    RECEIVED,
    RETURNED,
    VERIFIED,
    attachment_id,
    attachment_of,
    custody_id,
    giver,
    holder,
    incident_of,
)
from triage_app.domain.records import CREATED, KINDS, new_id
from triage_app.errors import BadInput, DiskFull, NotFound, TriageError
from triage_app.formats.evidence_file import EvidenceFile
from triage_app.language import plural, say
from triage_app.paths import or_undone
from triage_app.services import precise_times
from triage_app.services.access import note_access
from triage_app.services.changes import Changes
from triage_app.services.precise_times import Moment, moment_of, read_moment
from triage_app.services.progress import Progress, no_progress
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.store import attachments as stored
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change

PIECES_A_TRANSACTION: Final = 4
"Committing so often lets acts in every few megabytes, and keeps so much in memory."

TAKING: Final = ("taken_by", "role", "place", "source", "description")
MOST_LOG_BYTES: Final = 64 * 1024 * 1024
"What the write-ahead log may hold of a file beside the store itself (``journal_size_limit``)."
SPARE_BYTES: Final = 2 * 1024 * 1024
"Left for what else is written: whoever fills the disk with evidence must still be able to say so."

CORRECTED: Final = {"attachment": (*TAKING, "taken_at", "tlp"), "custody": ("at", "to", "place", "seal", "reason")}


@dataclass(frozen=True)
class Taking:
    """How a file was taken, in the words of who took it; "" is not recorded."""

    taken_by: str = ""
    "A name; the responder's own where nothing is said."
    role: str = ""
    taken_at: str = ""
    "A time as typed, as precise as it is known (``read_moment``); now where nothing is said."
    place: str = ""
    source: str = ""
    "From what device, and how."
    description: str = ""
    tlp: str = ""
    "A label stricter than the incident's."


@dataclass(frozen=True)
class Attached:
    """What attaching came to."""

    changes: Changes
    size: int
    sha256: str
    same: tuple[str, ...]
    "References of attachments of the incident that have the same bytes."


def attach(
    session: Session,
    incident: str,
    path: Path,
    taking: Taking = Taking(),
    *,
    progress: Progress = no_progress,
    between: Callable[[], None] = lambda: None,
) -> Attached:
    """Keep a file as evidence of an incident: whole, or nothing of it.

    ``between`` is called whenever no transaction is open: another act may be written then. Raises ``BadFile`` for what
    is no file at rest of 1 byte to ``MOST_BYTES``, ``BadInput``, ``Cancelled`` and what writing may raise.
    """
    store = session.store
    fields, at = _checked_taking(session, taking)
    entity = attachment_id(incident, new_id())
    found = hashlib.sha256()
    with EvidenceFile(path) as file:
        if not 0 < len(file.name) <= MOST_NAME:
            raise BadInput(
                say("The name of that file is longer than {0} characters.", MOST_NAME), "Give it a shorter one."
            )
        _refuse_without_room(store, file.size)
        with store.write():
            _refuse_gone(store, incident)
            loading = stored.Loading(store, entity, file.size)

        def undo() -> None:
            # What cannot be removed now (a full disk, say) is removed at the next start.
            with contextlib.suppress(TriageError), store.write():
                loading.remove()

        with or_undone(undo):
            waiting: list[bytes] = []
            done = 0
            for piece in file.pieces():
                found.update(piece)
                waiting.append(piece)
                done += len(piece)
                if len(waiting) >= PIECES_A_TRANSACTION:
                    with store.write():
                        loading.add(waiting)
                    waiting = []
                    progress(done, file.size)
                    between()
            with store.write():
                loading.add(waiting)
                _refuse_gone(store, incident)
                changes = _taken(session, entity, file, loading.finish(), found.hexdigest(), fields, at)
    progress(file.size, file.size)
    same = tuple(stored.same_bytes(store, incident, found.hexdigest(), entity))
    if same:
        changes = replace(changes, label=say("{0}; the same bytes as {1}", changes.label, ", ".join(same)))
    return Attached(changes, file.size, found.hexdigest(), same)


def _refuse_without_room(store: Store, size: int) -> None:
    """Raise ``DiskFull`` before anything is written: a store that fills its disk cannot take the next log line."""
    free = shutil.disk_usage(store.path.parent).free
    needed = size + min(size, MOST_LOG_BYTES) + SPARE_BYTES
    if free < needed:
        raise DiskFull(
            say(
                "This file needs {0:,.1f} MB of room on the disk, and {1:,.1f} MB are free.",
                needed / 1000000.0,
                free / 1000000.0,
            ),
            "Clear some space, or keep the file on a disk of its own and write its hash in the log.",
        )


def _taken(
    session: Session,
    entity: str,
    file: EvidenceFile,
    pieces: list[str],
    sha256: str,
    fields: dict[str, str],
    at: Moment,
) -> Changes:
    label = label_of(session, "attachment", entity)
    if fields["tlp"]:
        label = labels_of_tlp.strictest([label, fields["tlp"]])
    _, ref, made = creation(session, "attachment", label)
    values: dict[str, Any] = {"name": file.name, "size": file.size, "sha256": sha256, "pieces": pieces}
    values |= {"taken_at": at.value(), **{name: words for name, words in fields.items() if words}}
    changes = [replace(made, entity=entity), *set_fields(session, "attachment", entity, values, label)]
    return record(session, say("Attached {0}", ref), changes, entity=entity, ref=ref)


def _checked_taking(session: Session, taking: Taking) -> tuple[dict[str, str], Moment]:
    fields = {name: checked_words(name, getattr(taking, name)) for name in TAKING}
    fields["taken_by"] = fields["taken_by"] or session.responder_name
    fields["tlp"] = labels_of_tlp.read_label(taking.tlp) if taking.tlp.strip() else ""
    return fields, read_moment(taking.taken_at.strip() or "now", session.now())


def checked_words(name: str, words: str) -> str:
    """Return words that may be kept in a field; raise ``BadInput`` for too many, or for ones that command."""
    text = words.replace("\r\n", "\n").strip()
    shown = name.replace("_", " ")
    if controls(text, lines=name in ("description", "reason", "source")):
        raise BadInput(say("A control character stands in “{0}”.", shown), "Type it again, as plain text.")
    if len(text) > MOST_WORDS:
        raise BadInput(say("“{0}” is longer than {1:,} characters.", shown, MOST_WORDS), "Make it shorter.")
    return text


def _refuse_gone(store: Store, incident: str) -> None:
    if lookup.one(store, "incident", incident) is None:
        raise NotFound("That incident has been taken back.", "Undo that first, or open another.")


# -- custody -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Handing:
    """What is said of a move from one hand to another; "" is not recorded."""

    to: str
    "Who has it afterwards: a name."
    at: str = ""
    "A time as typed; now where nothing is said."
    place: str = ""
    seal: str = ""
    "Number on the seal or the bag."
    reason: str = ""


def hand_over(session: Session, attachment: str, handing: Handing) -> Changes:
    """Record that a file went to somebody, whose receipt is still to come. Raises ``BadInput``, ``NotFound``."""
    return _move(session, attachment, HANDED, handing, say("Handed over {0}"))


def receive(session: Session, attachment: str, handing: Handing) -> Changes:
    """Record that somebody (``to``) has received a file. Raises ``BadInput``, ``NotFound``."""
    return _move(session, attachment, RECEIVED, handing, say("Recorded the receipt of {0}"))


def give_back(session: Session, attachment: str, handing: Handing) -> Changes:
    """Record that a file was returned to whom it belongs. Raises ``BadInput``, ``NotFound``."""
    return _move(session, attachment, RETURNED, handing, say("Returned {0}"))


def _move(session: Session, attachment: str, event: str, handing: Handing, words: str) -> Changes:
    store = session.store
    to = checked_words("to", handing.to)
    if not to:
        raise BadInput("A hand-over names who has the file afterwards.", "Give the name.")
    at = read_moment(handing.at.strip() or "now", session.now())
    with store.write():
        row = existing(store, attachment)
        taken = moment_of(row["taken_at"])
        if taken is not None and at.end() <= taken.at:
            raise BadInput("That is before the file was taken.", "Check both times; either can be corrected.")
        before = [move for move in stored.moves(stored.custody(store, attachment)) if move.at <= at.at]
        said = {name: checked_words(name, getattr(handing, name)) for name in ("place", "seal", "reason")}
        values = {"from": giver(row["taken_by"], event, before), "to": to, **said}
        changes = entry(session, attachment, event, at, values)
        return record(session, words.format(row["ref"]), changes, entity=attachment, ref=row["ref"])


def entry(session: Session, attachment: str, event: str, at: Moment, values: dict[str, Any]) -> list[Change]:
    """Return the changes that write one entry in a file's custody; call it inside ``store.write()``."""
    entity = custody_id(attachment, new_id())
    label = label_of(session, "custody", entity)
    kept = {"at": at.value(), **{name: value for name, value in values.items() if value}}
    return [
        Change("custody", entity, CREATED, {"event": event}, label),
        *set_fields(session, "custody", entity, kept, label),
    ]


def correct(session: Session, entity: str, values: dict[str, str], because: str) -> Changes:
    """Put right what a record of a file, or an entry in its custody, says; what it said before stays in its history.

    Raises ``BadInput`` for no reason, for what cannot be corrected (bytes, hash, who handed over), or for no change.
    """
    why = checked_words("because", because)
    if not why:
        raise BadInput("A correction needs a reason.", "Say why it was wrong.")
    attachment = attachment_of(entity)
    kind = "attachment" if attachment == entity else "custody"
    if not values or not set(values) <= set(CORRECTED[kind]):
        raise BadInput(
            "That cannot be corrected.", say("These can: {0}.", ", ".join(CORRECTED[kind]).replace("_", " "))
        )
    store = session.store
    with store.write():
        row = existing(store, attachment)
        read: dict[str, Any] = {}
        for name, words in values.items():
            if name in ("at", "taken_at"):
                read[name] = read_moment(words.strip(), session.now()).value()
            elif name == "tlp":
                read[name] = labels_of_tlp.read_label(words) if words.strip() else None
            else:
                read[name] = checked_words(name, words) or None
        if read.get("taken_by", "-") is None or (read.get("to", "-") is None and _is_move(store, attachment, entity)):
            raise BadInput("A name must stand there.", "Give the right one.")
        label = label_of(session, kind, entity)
        changes = set_fields(session, kind, entity, read, label, why)
        return record(session, say("Corrected {0}", row["ref"]), changes, entity=attachment, ref=row["ref"])


def _is_move(store: Store, attachment: str, entity: str) -> bool:
    found = next((one for one in stored.custody(store, attachment) if one["id"] == entity), None)
    if found is None:
        raise NotFound("That entry has been taken back.", "Undo that first, or choose another.")
    return found["event"] in MOVES


def set_hold(session: Session, attachment: str, on: bool, because: str) -> Changes:
    """Put a file under legal hold, or lift that; a file under hold is not destroyed. Raises ``BadInput``."""
    why = checked_words("because", because)
    if not why:
        raise BadInput("A legal hold is set and lifted with a reason.", "Say who asked for it, or why it ends.")
    store = session.store
    with store.write():
        row = existing(store, attachment)
        if bool(row["hold"]) == on:
            raise BadInput(
                say("{0} is under legal hold already.", row["ref"])
                if on
                else say("{0} is not under legal hold already.", row["ref"]),
                "Leave it so.",
            )
        label = label_of(session, "attachment", attachment)
        changes = [Change("attachment", attachment, "hold", on, label, why)]
        words = say("Put {0} under legal hold", row["ref"]) if on else say("Lifted the legal hold on {0}", row["ref"])
        return record(session, words, changes, entity=attachment, ref=row["ref"])


def destroy(session: Session, attachment: str, decided_by: str, because: str) -> Changes:
    """Erase the key of a file's bytes, and the bytes, for ever; its record and custody stay. No undo brings them back.

    Raises ``BadInput`` under legal hold, without a name and a reason, or where they are destroyed already.
    """
    who, why = checked_words("decided by", decided_by), checked_words("because", because)
    if not who or not why:
        raise BadInput("Destroying evidence needs who decided it, and why.", "Give both.")
    store = session.store
    with store.write():
        row = existing(store, attachment)
        if row["hold"]:
            raise BadInput(
                say("{0} is under legal hold, so it is not destroyed.", row["ref"]),
                "Whoever set the hold must lift it first.",
                "on-hold",
            )
        if row["destroyed"] is not None:
            raise BadInput(say("{0} was destroyed already.", row["ref"]), "Its record stays as it is.")
        at = read_moment("now", session.now())
        label = label_of(session, "attachment", attachment)
        changes = [
            Change("attachment", attachment, "destroyed", at.value(), label, why),
            *entry(session, attachment, DESTROYED, at, {"from": who, "reason": why}),
        ]
        return record(
            session, say("Destroyed the bytes of {0}", row["ref"]), changes, entity=attachment, ref=row["ref"]
        )


# -- verifying ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What verifying one attachment came to."""

    id: str
    ref: str
    state: str
    "good, damaged, missing, not held here, destroyed, key not shared, record withheld."
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong that should not be."""
        return self.state in (stored.DAMAGED, stored.MISSING)


def verify(
    session: Session,
    chosen: Sequence[str] = (),
    *,
    keep: bool = True,
    progress: Progress = no_progress,
    between: Callable[[], None] = lambda: None,
) -> tuple[list[Checked], Changes | None]:
    """Open and hash every piece of some attachments (all, where none is named) against what the journal says.

    ``keep`` writes the outcome into the custody of each whose bytes were looked at, as one act.
    """
    store = session.store
    listed = {row["id"]: row["ref"] for row in stored.rows(store)}
    found = []
    for attachment in chosen or listed:

        def report(done: int, total: int | None) -> None:
            progress(done, total)
            between()

        state, detail = stored.checked(store, attachment, report)
        found.append(Checked(attachment, listed.get(attachment, ""), state, detail))
    told = [one for one in found if one.state in (stored.GOOD, stored.DAMAGED, stored.MISSING)]
    if not keep or not told:
        return found, None
    at = read_moment("now", session.now())
    with store.write():
        changes = [
            change
            for one in told
            for change in entry(
                session, one.id, VERIFIED, at,
                {"from": session.responder_name, "outcome": one.state + (f": {one.detail}" if one.detail else "")},
            )
        ]  # fmt: skip
        label = plural(len(told), "Verified {1}", "Verified {0} attachments").format(len(told), told[0].ref)
        one = told[0]
        return found, record(session, label, changes, entity=one.id, ref=one.ref if len(told) == 1 else "")


# -- reading -----------------------------------------------------------------------------------------------


def existing(store: Store, attachment: str) -> dict[str, Any]:
    """Return an attachment's record; raise ``NotFound`` where it has been taken back."""
    row = stored.one(store, attachment)
    if row is None:
        raise NotFound("That attachment has been taken back.", "Undo that first, or choose another.")
    return row


@dataclass(frozen=True)
class Attachment:
    """One attachment as it is shown."""

    row: dict[str, Any]
    custody: list[dict[str, Any]]
    holder: str
    is_confirmed: bool
    "Whether whoever holds it said that they have it."
    state: str
    "What is here of its bytes, by names and keys alone; ``verify`` opens them."


def listing(store: Store, incident: str = "") -> list[Attachment]:
    """Return the attachments of an incident, or all."""
    return [_shown(store, row) for row in stored.rows(store, incident)]


def one(store: Store, attachment: str) -> Attachment:
    """Return one attachment; raise ``NotFound`` where it has been taken back."""
    return _shown(store, existing(store, attachment))


def _shown(store: Store, row: dict[str, Any]) -> Attachment:
    entries = stored.custody(store, row["id"])
    for said in entries:
        said["who"] = lookup.responder_name(store, said["created_by"])
    name, confirmed = holder(row["taken_by"] or "not recorded", stored.moves(entries))
    return Attachment(row, entries, name, confirmed, stored.bytes_state(store, row["id"]))


def note_view(session: Session, attachment: str) -> None:
    """Note in the access chain that somebody looked at a file's record."""
    note_access(session, "view", "attachment", attachment)


def views(store: Store, attachment: str) -> list[dict[str, Any]]:
    """Return who looked at a file's record or exported it on this laptop, oldest first: {what, at, who}."""
    return [
        {"what": said["what"], "at": said["at"], "who": lookup.responder_name(store, said["author"])}
        for said in stored.views(store, attachment)
    ]


def as_data(store: Store, shown: Attachment) -> dict[str, Any]:
    """Return an attachment as the command line prints it."""
    row = shown.row
    incident = lookup.reference_of(store, "incident", incident_of(row["id"]))
    return {
        "id": row["id"], "ref": row["ref"], "incident": incident, "name": row["name"], "size": row["size"],
        "sha256": row["sha256"], **{name: row[name] for name in TAKING}, "taken_at": moment_words(row["taken_at"]),
        "tlp": row["tlp"], "hold": bool(row["hold"]), "hold_because": row["hold_because"] if row["hold"] else "",
        "destroyed": row["destroyed"] is not None, "state": shown.state, "holder": shown.holder,
        "receipt": shown.is_confirmed,
        "custody": [
            {
                "id": said["id"], "event": said["event"], "at": moment_words(said["at"]),
                **{name: said[name] for name in KINDS["custody"].fields if name != "at"}, "recorded_by": said["who"],
                "corrected": said["is_corrected"], "taken_back": bool(said["taken_back"]),
            }
            for said in shown.custody
        ],
    }  # fmt: skip


def moment_words(untrusted_value: Any) -> str:
    """Return a stored time in words, "not recorded" for none."""
    moment = moment_of(untrusted_value)
    return "not recorded" if moment is None else precise_times.in_words(moment)
