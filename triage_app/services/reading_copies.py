"""Opening a backup to read it, beside the live store: nothing of it, nor beside it, is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from triage_app.domain.operations import LogicalClock
from triage_app.errors import BadFile, NotFound
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.paths import Profile
from triage_app.services import backup_list, backups, vocabularies
from triage_app.services.backups import Found
from triage_app.services.changes import Clock
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.store import creation, devices
from triage_app.store.connection import open_store
from triage_app.store.journal import Author

ONLY_READ = (
    "This is a backup, opened to be read.",
    "Do it in the live store: nothing is written here, not even that somebody looked at what is masked.",
)
"What is said to who would write in one."


def find(profile: Profile, untrusted_name: Path) -> Found:
    """Return the backup that is meant, a file or the name of one that is listed. Raises ``BadFile`` for none."""
    one = backups.found(backups.named(profile, untrusted_name))
    if one is None:
        raise BadFile(
            say("{0} or its .keys file is not there.", untrusted_name.name),
            "“triage backup list” shows the backups; one is two files, keep them together.",
        )
    return one


def open_copy(profile: Profile, found: Found, passphrase: str) -> Session:
    """Open a backup with the passphrase that held when it was made. Policies and vocabularies are the live profile's.

    Its clock stands at the time when it was made: what was due then is not late by all the days since.
    Raises ``WrongPassphraseOrDamaged``, ``StoreDamaged``, ``StoreTooNew``, and ``BadFile`` for one of another version.
    """
    key, responder = backup_list.key_and_slot_of(found, passphrase)
    vocabularies.use(profile.vocabularies)
    store = open_store(found.path, key, read_only=True)
    try:
        creation.refuse_newer(store)
        if not creation.is_up_to_date(store):
            raise BadFile(
                say(
                    "{0} was made by an earlier version of the program, and is not changed to be read.", found.path.name
                ),
                "Restore it into another folder (“triage --home FOLDER restore FILE”) and look there.",
            )
        store.home = profile.home
        store.why_read_only = ONLY_READ
        row = devices.own(store)
        if row is None:
            raise NotFound("The backup has no device identity.", "Open another one.")
        public = identities.PublicIdentity.from_own_store(row[0])
        own = None if row[1] is None else identities.Identity.from_private_bytes(row[1])
        author = Author(public.device, responder, LogicalClock(public.device))
        name = devices.responder_name(store, responder)
        return Session(profile, store, bytearray(key), clock_of(found), author, own, public, name, None, copy_of=found)
    except BaseException:
        store.close()
        raise


def clock_of(found: Found) -> Clock:
    """Return the clock of a backup, which stands still."""
    then = datetime.fromtimestamp(found.at / 1000, UTC)
    return lambda: then


def said_of(found: Found) -> str:
    """Return what stands where a backup is shown, so that nobody takes it for the live store."""
    return f"Backup of {in_words(found.at)}, opened to be read. Not the live store: nothing can be changed here."
