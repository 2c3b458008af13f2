"""Keeping the store: verifying, rebuilding, backing up to a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from triage_app.domain.operations import JOURNAL
from triage_app.errors import BadInput, StoreExists
from triage_app.language import say
from triage_app.paths import file_errors, or_undone, remove_if_there, write_whole
from triage_app.services import backups
from triage_app.services import devices as known_devices
from triage_app.services import session as sessions
from triage_app.services.progress import Progress, no_progress
from triage_app.services.session import Session
from triage_app.store import backup, journal, outgoing, projections, search, state


def verify(session: Session, incident: str | None = None, progress: Progress = no_progress) -> dict[str, Any]:
    """Return {ok, operations, state}, and what is wrong in words.

    Without a scope the chain, every body, every evidence row and every projection are checked. That can be stopped
    also within one statement: then ``Cancelled`` comes, and the store is as it was.
    """
    watch = _Watch(progress)
    with backup.watched(session.store, watch.tell):
        return _verified(session, incident, watch)


class _Watch:
    """Counts what was looked at, passes it on, and learns whether to go on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self.total: int | None = None

    def look(self, rows: int) -> None:
        """So many rows more were looked at. Raises ``Cancelled``."""
        self._done += rows
        self.tell()

    def tell(self) -> None:
        """Say how far it is. Raises ``Cancelled``."""
        self._progress(self._done if self.total is None else min(self._done, self.total), self.total)


def _verified(session: Session, incident: str | None, watch: _Watch) -> dict[str, Any]:
    store = session.store
    problems: list[str] = []
    found = ""
    try:
        if incident is None:
            # For an auditor, who makes nothing anew, the tables are as they were copied.
            watch.total = state.rows_to_look_at(store, projections=not store.read_only)
            problems = state.problems(store, watch.look) + _signature_problems(session)
            if not store.read_only:
                problems += state.projection_differences(store, watch.look)
        found = state.state(store, incident)
    except (ValueError, TypeError, KeyError):  # so damaged that it cannot even be read: that is an answer, no fault
        problems.append("A part of the journal or the evidence cannot be read at all.")
    return {
        "ok": not problems,
        "operations": sum(journal.vector(store).values()),
        "state": found,
        "problems": problems,
    }


def _signature_problems(session: Session) -> list[str]:
    """Return the chains whose signatures do not fit, or do not reach as far as what others are held to have written."""
    found = []
    fits = known_devices.verifier(session)
    signed: set[tuple[str, str, int]] = set()
    for chain, device, seq, link_hash, signature in outgoing.all_checkpoints(session.store):
        signed.add((chain, device, seq))
        if not fits(chain, device, seq, link_hash, signature):
            found.append(f"The signature over {chain} {device[:8]} {seq} does not fit.")
    for device, seq in journal.vector(session.store).items():
        if device != session.device and (JOURNAL, device, seq) not in signed:
            found.append(f"No signature covers what {device[:8]} wrote up to {seq}.")
    return found


def rebuild(session: Session) -> dict[str, Any]:
    """Drop every projection and make it again; return the state, which is the same as before."""
    store = session.store
    with store.write():
        projections.rebuild(store)
    search.index_all(store, no_progress)
    return {"ok": True, "operations": sum(journal.vector(store).values()), "state": state.state(store)}


def back_up_to(session: Session, path: Path) -> Path:
    """Write a verified copy of the store, and beside it the key file that opens it (``path``.keys).

    The keys come first: whatever ends the program, what has the name of the copy can be opened. Raises ``StoreExists``
    for a file that is there, unless it is what such an end left, which is the key file as it is.
    """
    if not path.name or path.is_dir():
        raise BadInput(say("{0} is a folder.", path), "Name the file that the backup shall be.")
    keys = path.with_name(path.name + ".keys")
    sidecar = sessions.sidecar_bytes(session.profile)
    if keys.exists() and not _is_left(keys, sidecar):
        raise StoreExists(say("There is already a file at {0}.", keys), "Choose another name for the backup.")
    if path.exists():
        raise StoreExists(say("There is already a file at {0}.", path), "Choose another name for the backup.")
    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(keys, sidecar)
    with or_undone(partial(remove_if_there, keys)):
        written = backup.back_up(session.store, bytes(session.key), path)
    backups.note_written_elsewhere(session.profile, written, session.now)
    return written


def _is_left(keys: Path, sidecar: bytes) -> bool:
    try:
        return keys.is_file() and keys.read_bytes() == sidecar
    except OSError:
        return False
