"""A copy for an auditor: all of it can be read, nothing can be written, and nothing signed can come from it.

It has a data key and a passphrase of its own. The keys by which this laptop and its authorities sign are not in it,
nor, unless that is asked for, the keys under which people's names and contacts are sealed.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from triage_app.domain.tlp import AMBER_STRICT
from triage_app.errors import StoreExists
from triage_app.formats import key_slots
from triage_app.language import say
from triage_app.paths import Profile, file_errors, or_undone, remove_if_there
from triage_app.services import devices as known_devices
from triage_app.services import places, wrong_tries
from triage_app.services import session as sessions
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.key_files import AUDITOR_NAME
from triage_app.services.progress import no_progress
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import another_key, audited, key_file, search, unlocking
from triage_app.store.journal import Change

MOST_NAME: Final = 200


@dataclass(frozen=True)
class Copied:
    """What making a copy for an auditor came to."""

    changes: Changes
    folder: Path
    with_people: bool


def auditor_copy(
    session: Session,
    folder: Path,
    passphrase: str,
    *,
    with_people: bool = False,
    cost: key_slots.KdfCost | None = None,
) -> Copied:
    """Write a profile for an auditor into a new folder, to be opened with ``--home`` or by the window.

    That it is made is written down first, so that the copy holds that too. Raises ``StoreExists``, ``BadInput``,
    ``DiskFull``.
    """
    sessions.check_passphrase(passphrase)
    session.profile.refuse_within(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreExists(say("There is already something at {0}.", folder), "Name a folder that is not there yet.")
    was_there = folder.exists()
    search.index_all(session.store, no_progress)
    at = milliseconds(session.now())
    said: dict[str, Any] = {"at": at, "by": session.responder_name, "people": with_people}
    with session.store.write():
        change = Change(unlocking.KIND, session.device, unlocking.AUDITOR_COPY, said, AMBER_STRICT)
        changes = record(session, "Made a copy for an auditor", [change], entity=session.device)
        note_access(session, "auditor-copy", "device", session.device, {"people": with_people})
        known_devices.sign_checkpoint(session)  # nobody can sign for this chain over there
    target = Profile(folder)
    with or_undone(partial(_take_away, target, was_there=was_there)):
        places.make_home(target)
        _fill(session, target, passphrase, said, cost or key_slots.KdfCost())
    return Copied(changes, folder, with_people)


def _take_away(target: Profile, *, was_there: bool) -> None:
    """Leave nothing of a copy that was not finished, nor its folder if that was made for it."""
    for path in (*target.made_with_store, target.store_next):
        remove_if_there(path)
    another_key.remove(target.store_next)
    if not was_there:
        with contextlib.suppress(OSError):
            target.home.rmdir()


def _fill(session: Session, target: Profile, passphrase: str, said: dict[str, Any], cost: key_slots.KdfCost) -> None:
    key = bytearray(os.urandom(key_slots.DEK_BYTES))
    another_key.copy(session.store, target.store_next)
    another_key.change_key(target.store_next, session.key, key)
    with another_key.writing(target.store_next, key) as copied:
        audited.strip(copied, said, with_people=bool(said["people"]))
    store_id = str(session.store.meta("store"))
    slot = key_slots.wrap(
        bytes(key), passphrase, kind=key_slots.AUDITOR, name=AUDITOR_NAME, store_id=store_id, cost=cost
    )
    key[:] = bytes(len(key))
    key_file.write(target, key_slots.to_bytes(store_id, [slot]))
    with file_errors(target.store):
        target.store_next.replace(target.store)
    another_key.sync_folder(target.home)
    wrong_tries.begin(target)
