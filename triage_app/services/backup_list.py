"""The backups that can be found, each with its age and what it holds: for somebody who must choose one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from triage_app.errors import TriageError, WrongPassphraseOrDamaged
from triage_app.formats import key_slots
from triage_app.language import say
from triage_app.paths import file_errors
from triage_app.services.backups import Found
from triage_app.services.times import in_words
from triage_app.store import backup
from triage_app.store.backup import Counts
from triage_app.store.connection import open_store

KIND_WORDS = {
    "after-session": "after a session", "before-import": "before an import", "before-merge": "before a merge",
    "before-migration": "before an update", "asked-for": "asked for", "": "by hand",
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A backup and what could be read of it."""

    found: Found
    counts: Counts | None = None
    "None where it does not open with what was given, or is damaged."
    problem: str = ""


def key_of(found: Found, secret: str | bytes) -> bytes:
    """Return the data key behind a backup's own key file. Raises ``WrongPassphraseOrDamaged``."""
    return key_and_slot_of(found, secret)[0]


def key_and_slot_of(found: Found, secret: str | bytes) -> tuple[bytes, str]:
    """Return the data key behind a backup's own key file, and the id of the responder whose passphrase it was."""
    with file_errors(found.keys):
        untrusted = found.keys.read_bytes()
    try:
        key, slot = key_slots.unwrap(key_slots.from_bytes(untrusted), secret, kinds=("responder",))
        return key, slot.id
    except ValueError as error:
        raise WrongPassphraseOrDamaged(
            say("The key file of {0} is damaged.", found.path.name), "Take another backup, or put its .keys file back."
        ) from error


def listed(copies: Iterable[Found], secret: str | bytes = "", *, key: bytes = b"") -> list[Listed]:
    """Return what each backup holds, opened with a passphrase, or with a data key at hand.

    Most have one key file's content: it is opened once, since that takes half a second by design.
    """
    known: dict[bytes, bytes | TriageError] = {}
    answer = []
    for found in copies:
        try:
            if not key:
                sealed = found.keys.read_bytes()
                if sealed not in known:
                    try:
                        known[sealed] = key_of(found, secret)
                    except TriageError as error:
                        known[sealed] = error
                opened = known[sealed]
                if isinstance(opened, TriageError):
                    raise opened
            else:
                opened = key
            store = open_store(found.path, opened, read_only=True)
            try:
                answer.append(Listed(found, backup.counts(store)))
            finally:
                store.close()
        except TriageError as error:
            answer.append(Listed(found, None, error.what))
        except OSError:
            answer.append(Listed(found, None, "It could not be read."))
    return answer


def age(at: int, now: int) -> str:
    """Return how old something is, in words: the two largest units, or the largest alone."""
    minutes = max(0, now - at) // 60_000
    hours, days = minutes // 60, minutes // 1440
    if minutes < 1:
        return "under a minute"
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{days} days"


def in_a_line(one: Listed, now: int) -> str:
    """Return a backup as a line for a terminal."""
    kind = KIND_WORDS.get(one.found.kind, "")
    held = one.problem
    if one.counts is not None:
        held = (
            f"incidents {one.counts.incidents:,}, victims {one.counts.victims:,}, operations {one.counts.operations:,},"
            f" rows of evidence {one.counts.rows:,}"
        )
    return f"{age(one.found.at, now):>12} old  {in_words(one.found.at)}  {kind:<18} {held}\n{'':14}{one.found.path}"
