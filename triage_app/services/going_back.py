"""A version was given up that had brought the store up to date: the copy made just before becomes the store again.

Only where nothing was done in between, by the same sign by which backups know that there is something to copy. Then
the store goes on as the same device and nothing is lost. The one that was brought up to date is set aside, untouched.
Anything else is for a person to decide, by restoring.
"""

from __future__ import annotations

import contextlib

from triage_app.errors import StoreTooNew, TriageError
from triage_app.language import say
from triage_app.paths import Profile
from triage_app.services import backups, key_files, moving_in, places, this_start
from triage_app.services import session as sessions
from triage_app.services.changes import Clock
from triage_app.services.session import Session
from triage_app.store import backup, lock
from triage_app.store.connection import open_store
from triage_app.store.creation import is_up_to_date


def unlock(
    profile: Profile, passphrase: str, now: Clock, *, read_only: bool = False, wall: Clock | None = None
) -> Session:
    """Open the store as ``session.unlock`` does, raising what that raises; go back to the copy where that is right."""
    try:
        return sessions.unlock(profile, passphrase, now, read_only=read_only, wall=wall)
    except StoreTooNew:
        version = this_start.given_up()
        if not version or key_files.is_auditors_copy(profile) or not _bring_back(profile, passphrase, now):
            raise
    this_start.also_say(
        say(
            "Your store is as it was before version {0}: nothing had been done in it since. The one that version had"
            " brought up to date is set aside.",
            version,
        )
    )
    return sessions.unlock(profile, passphrase, now, read_only=read_only, wall=wall)


def _bring_back(profile: Profile, passphrase: str, now: Clock) -> bool:
    """Let the copy from before the migration move in; tell whether it did. Nothing is changed where it did not."""
    copies = [one for one in backups.found_in(profile.backups) if one.kind == backups.BEFORE_MIGRATION]
    if not copies:
        return False
    try:
        key = sessions.data_key(profile, passphrase)
        held = lock.take(profile)
    except TriageError:  # somebody works with it
        return False
    try:
        if not _is_as_it_was(profile, copies[0], key):
            return False
        moving_in.clear(profile)
        ready = moving_in.place_of(profile)
        places.make_home(ready)
        backup.copy_file(copies[0].path, ready.store)
        backup.prove(ready.store, key)
        moving_in.move_in(profile, now().strftime("%Y%m%dT%H%M%SZ"))
        return True
    except TriageError:  # a damaged copy, a full disk: the store is still where it was
        with contextlib.suppress(TriageError):
            moving_in.clear(profile)
        return False
    finally:
        held.release()


def _is_as_it_was(profile: Profile, copy: backups.Found, key: bytes) -> bool:
    """Tell whether the store holds what the copy holds, and this program opens the copy as it is."""
    store = open_store(profile.store, key, read_only=True)
    try:
        now = backup.mark(store)
    finally:
        store.close()
    before = open_store(copy.path, key, read_only=True)
    try:
        return is_up_to_date(before) and backup.mark(before) == now
    finally:
        before.close()
