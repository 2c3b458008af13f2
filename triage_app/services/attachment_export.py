"""Letting an attachment out: inside an encrypted archive, with its custody form and a manifest, and never otherwise."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from triage_app.domain.attachments import EXPORTED, safe_name
from triage_app.errors import BadFile, StoreExists
from triage_app.formats.sealed_zip import SealedZip, new_passphrase
from triage_app.language import say
from triage_app.paths import file_errors, or_undone, remove_if_there, write_whole
from triage_app.services import custody_form
from triage_app.services.access import note_access
from triage_app.services.attachments import checked_words, entry, existing, moment_words
from triage_app.services.changes import Changes
from triage_app.services.precise_times import read_moment
from triage_app.services.progress import Progress, no_progress
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import attachments as stored
from triage_app.store import labels

WHY_NOT = {
    stored.NOT_HERE: (
        "Its bytes are not held on this laptop.",
        "Ask the laptop that took it for an encrypted archive.",
    ),
    stored.NO_KEY: ("The key of its bytes was not shared with this laptop.", "Ask the laptop that took it."),
    stored.DESTROYED: ("Its bytes were destroyed.", "Its record and custody stay; nothing brings the bytes back."),
    stored.WITHHELD: ("Its record was not shared in full.", "Ask the laptop that took it."),
    stored.MISSING: ("Pieces of it are missing, so it was not exported.", "Verify it, and restore it from a backup."),
    stored.DAMAGED: ("It is damaged, so it was not exported.", "Verify it, and restore it from a backup."),
}


@dataclass(frozen=True)
class Archive:
    """An archive that was written."""

    path: Path
    passphrase: str
    "Shown once, kept nowhere: it goes another way than the archive."
    changes: Changes


def export(
    session: Session,
    attachment: str,
    path: Path,
    *,
    to: str = "",
    because: str = "",
    progress: Progress = no_progress,
    between: Callable[[], None] = lambda: None,
) -> Archive:
    """Write an attachment into a new encrypted archive, note that it left, and return the passphrase made for it.

    The bytes are hashed on their way out: what is not what was taken does not leave. Raises ``StoreExists``
    where a file is there already, ``BadFile`` for bytes that are not here or not whole, and what writing may raise.
    """
    session.profile.refuse_own(path)
    row = existing(session.store, attachment)
    receiver, why = checked_words("to", to), checked_words("reason", because)
    passphrase = new_passphrase()
    with _new_file(path) as descriptor, os.fdopen(descriptor, "wb") as file:
        archive = SealedZip(file, passphrase)
        name = safe_name(row["ref"])
        if type(row["size"]) is not int:
            raise BadFile(*WHY_NOT[stored.WITHHELD])
        with file_errors(path):
            archive.add(name, row["size"], _checked(session, row, attachment, progress, between))
            for beside, text in (
                ("custody.txt", custody_form.as_text(custody_form.form_of(session, attachment))),
                ("manifest.json", _manifest(session, row, name)),
            ):
                data = text.encode("utf-8", "replace")
                archive.add(beside, len(data), [data])
            archive.close()
            file.flush()
            os.fsync(file.fileno())
        store = session.store
        with store.write():
            changes = entry(
                session, attachment, EXPORTED, read_moment("now", session.now()),
                {"from": session.responder_name, "to": receiver, "reason": why, "outcome": "encrypted archive"},
            )  # fmt: skip
            done = record(session, say("Exported {0}", row["ref"]), changes, entity=attachment, ref=row["ref"])
            note_access(session, "export", "attachment", attachment, {"kind": "archive"})
    return Archive(path, passphrase, done)


def _checked(
    session: Session, row: dict[str, object], attachment: str, progress: Progress, between: Callable[[], None]
) -> Iterator[bytes]:
    found = hashlib.sha256()
    done = 0
    try:
        for piece in stored.content(session.store, attachment):
            found.update(piece)
            done += len(piece)
            yield piece
            progress(done, row["size"] if isinstance(row["size"], int) else None)
            between()
    except stored.Unreadable as trouble:
        raise BadFile(*WHY_NOT[trouble.state]) from None
    if found.hexdigest() != row["sha256"] or done != row["size"]:
        raise BadFile(*WHY_NOT[stored.DAMAGED])


def _manifest(session: Session, row: dict[str, object], name: str) -> str:
    told = {
        "reference": row["ref"], "file": name, "name_as_it_was": row["name"], "size": row["size"],
        "sha256": row["sha256"], "tlp": labels.effective(session.store, "attachment", str(row["id"])),
        "taken_by": row["taken_by"], "taken_at": moment_words(row["taken_at"]), "exported_by": session.responder_name,
        "warning": "The file may be harmful. It was never opened by the program that kept it.",
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[int]:
    """Give a new file that only its owner may read; where anything goes wrong, nothing is left of it."""
    with file_errors(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            raise StoreExists(
                say("There is already a file at {0}.", path), "Choose another name; none is replaced."
            ) from None
    with or_undone(partial(remove_if_there, path)):
        yield descriptor


def write_form(session: Session, attachment: str, path: Path) -> int:
    """Write the custody form as plain text, and note that it left; return how many bytes."""
    text = custody_form.as_text(custody_form.form_of(session, attachment))
    return write_printed(session, attachment, path, text.encode("utf-8", "replace"))


def write_printed(session: Session, attachment: str, path: Path, data: bytes) -> int:
    """Write a custody form that was laid out for print, and note that it left; return how many bytes."""
    write_whole(session.profile.refuse_own(path), data)
    note_access(session, "export", "attachment", attachment, {"kind": "custody form"})
    return len(data)
