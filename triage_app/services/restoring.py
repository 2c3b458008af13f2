"""Restoring: a backup becomes the store, under a device identity of its own, and is told what it cannot know.

The store that is there, whatever is left of it, is set aside and never deleted. The new one is made ready in a folder
beside it and moves in at the end, by renaming.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from triage_app.domain.tlp import AMBER_STRICT, Relation
from triage_app.errors import BadFile, TriageError
from triage_app.formats import identity as identities
from triage_app.formats.bundle import VerifiedBundle
from triage_app.language import say
from triage_app.paths import Profile, file_errors, write_whole
from triage_app.services import backup_list, backups, exchange, moving_in, places
from triage_app.services import devices as known_devices
from triage_app.services import session as sessions
from triage_app.services.backups import Found
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.store import (
    backup,
    devices,
    erasures_known,
    journal,
    lock,
    peers,
    personal,
    preferences,
    reading_proofs,
    standings,
)
from triage_app.store.connection import Store, open_store
from triage_app.store.erasures_known import Known
from triage_app.store.journal import Change

ASK_ANEW = "ask-anew"
"The setting with the devices that were trusted before a restore and have not been heard of since."


@dataclass(frozen=True)
class Restored:
    """What a restore came to."""

    session: Session
    former: str
    "Id of the device that wrote the backup."
    at: int
    "When the backup was made."
    act: str
    "The act by which the journal says so."
    aside: Path | None = None
    "Where the store lies that was here before."
    erased: int = 0
    "How many erasures were made again that the backup did not know of."
    later: int = 0
    "How many operations the store that was here has and the backup does not."
    merged: int = 0
    "Operations that came from bundles."
    not_known: tuple[str, ...] = ()
    "What could not be known, a sentence each."
    revoked: tuple[str, ...] = ()
    "Devices that the backup trusted still, and that were revoked again."
    to_ask: tuple[str, ...] = ()
    "Who is to be asked to trust this laptop anew."


def restore(profile: Profile, copy: Path, passphrase: str, now: Clock) -> Session:
    """Put a backup where there is no store; see ``restore_from``."""
    return restore_from(profile, copy, passphrase, now).session


def restore_from(
    profile: Profile,
    copy: Path,
    passphrase: str,
    now: Clock,
    *,
    set_aside: bool = False,
    bundles: Sequence[Path] = (),
) -> Restored:
    """Make a backup the store, under a device identity of its own, and open it.

    Two laptops must not write under one name: the chain of the backup goes on under a new device. ``set_aside`` where a
    store, or a part of one, is there. Erasures that it or ``bundles`` know of and the backup does not are made again.
    Raises ``StoreExists``, ``StoreBusy``, ``BadFile``, ``WrongPassphraseOrDamaged``, ``BadBundle``; then nothing has
    changed.
    """
    moving_in.finish(profile)
    if not set_aside:
        sessions.refuse_where_a_store_is(profile)
    found = _found(copy)
    places.refuse_new(profile.home)
    places.make_home(profile)
    held = lock.take(profile)
    try:
        moving_in.clear(profile)
        ready = moving_in.place_of(profile)
        key = backup_list.key_of(found, passphrase)
        present, why_not = _present(profile, passphrase, key) if set_aside else (None, "there is no store here to ask")
        try:
            restored = _make_ready(ready, found, key, passphrase, now, present, why_not, bundles)
            aside = moving_in.move_in(profile, now().strftime("%Y%m%dT%H%M%SZ"))
            held.unmark()  # however the one that is set aside was closed: every page of this one was just read
        except BaseException:
            if not moving_in.is_waiting(profile):
                shutil.rmtree(ready.home, ignore_errors=True)
            raise
    finally:
        held.release()
    session = sessions.open_with_key(profile, key, now, responder=restored.session.author.responder)
    return replace(restored, session=session, aside=aside)


def _found(copy: Path) -> Found:
    found = backups.found(copy)
    if found is None:
        raise BadFile(
            say("{0} or its .keys file is not there.", copy.name), "A backup is two files; keep them together."
        )
    return found


def _present(profile: Profile, passphrase: str, key: bytes) -> tuple[Known | None, str]:
    """Return what the store that is here knows of erasures; None and why where it does not say."""
    if not profile.store.exists():
        return None, "there is no store here to ask"
    keys = [key]
    with contextlib.suppress(TriageError):
        keys.insert(0, sessions.data_key(profile, passphrase))
    with _leaving_no_trace(profile.store):
        for one in keys:
            try:
                store = open_store(profile.store, one, read_only=True)
            except TriageError:
                continue
            try:
                return erasures_known.known(store), ""
            except (TriageError, ValueError, TypeError, LookupError):
                break
            finally:
                store.close()
    return None, "the store that was here could not be read"


@contextlib.contextmanager
def _leaving_no_trace(store: Path) -> Iterator[None]:
    """Remove what merely reading a store puts beside it: the one that is set aside stays as it was."""
    beside = [store.with_name(store.name + end) for end in ("-wal", "-shm")]
    fresh = [path for path in beside if not path.exists()]
    try:
        yield
    finally:
        for path in fresh:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _make_ready(
    ready: Profile, found: Found, key: bytes, passphrase: str, now: Clock, present: Known | None, why_not: str,
    bundles: Sequence[Path],
) -> Restored:  # fmt: skip
    """Make the new store in its own folder, and close it."""
    places.make_home(ready)
    with file_errors(found.keys):
        sidecar = found.keys.read_bytes()
    for path in (ready.keys, ready.keys_copy):
        write_whole(path, sidecar)
    backup.prove(found.path, key)
    backup.copy_file(found.path, ready.store)
    session = sessions.unlock(ready, passphrase, now)
    try:
        opened = [exchange.open_bundle(session, path) for path in bundles]  # sealed to the device that it was
        before = journal.vector(session.store)
        session, former, asked = renew_identity(session, ready, key, now)
        came = merged(session, opened)
        erased = again(session, present) if present is not None else 0
        out = revoked_again(session, present) if present is not None else []
        asked = [device for device in asked if device not in out]
        later = sum(max(0, seq - before.get(device, 0)) for device, seq in (present.vector if present else {}).items())
        not_known = [] if present is not None else [_not_known(found, why_not, bool(bundles))]
        said = {"from": former, "at": found.at, "operations": sum(before.values()), "erased": erased, "later": later}
        restoring = Change("device", session.device, "restored", said, AMBER_STRICT)
        act = record(session, "Restored a backup", [restoring]).act
        names = tuple(_name(session.store, device) for device in asked)
        revoked = tuple(_name(session.store, device) for device in out)
    finally:
        session.close()
    return Restored(session, former, found.at, act, None, erased, later, came, tuple(not_known), revoked, names)


def _not_known(found: Found, why: str, has_bundles: bool) -> str:
    beside = "beside what the bundles say, " if has_bundles else ""
    return (
        f"Whether anybody was erased, a file destroyed or a laptop revoked after {in_words(found.at)} is not known: "
        f"{beside}{why}. "
        "Merge the newest bundles of those you exchange with before you use what is kept on people."
    )


def merged(session: Session, opened: Sequence[VerifiedBundle]) -> int:
    """Merge bundles that were opened as the former device; return how many operations they brought."""
    if not opened:
        return 0
    with session.store.write():
        return exchange.merge_opened(session, opened).applied


def again(session: Session, known: Known) -> int:
    """Make the erasures again that another store knows of; return how many were not known here."""
    store = session.store
    with store.write():
        changes = erasures_known.lacking(store, known)
        fresh = [name for name in sorted(known.gone) if not personal.is_erased(store, name)]
        if changes:
            record(session, "Made erasures again that the backup did not know of", changes)
        for name in fresh:
            if not personal.is_erased(store, name):
                personal.erase(store, name)
    return len(fresh)


def revoked_again(session: Session, known: Known) -> list[str]:
    """Revoke for this laptop the devices that another store knows to be revoked and this one trusts; return them.

    Otherwise a laptop that was stolen after the backup would be trusted again, and be named among those to ask.
    """
    store = session.store
    out = sorted(known.revoked.keys() & peers.trusted(store).keys())
    said = [
        Change(
            "trust", f"{session.device}:{device}", "revoked", {"seq": seq, "hash": link_hash}, AMBER_STRICT,
            "Revoked before the restore",
        )
        for device in out
        for seq, link_hash in [known.revoked[device]]
    ]  # fmt: skip
    if said:
        record(session, "Revoked again what the backup still trusted", said)
    asked = [device for device in preferences.all_of(store).get(ASK_ANEW, []) if device not in out]
    with store.write():
        preferences.keep(store, ASK_ANEW, asked)
    return out


def renew_identity(session: Session, profile: Profile, key: bytes, now: Clock) -> tuple[Session, str, list[str]]:
    """Go on under a new device: return the session reopened, the former device, and the devices it trusted."""
    own = identities.generate()
    public = own.public(
        name=session.public.name, organisation=session.organisation,
        organisation_name=session.public.organisation_name, nation=session.public.nation,
        exercise=session.public.exercise, slots=session.public.slots, created=milliseconds(now()),
    )  # fmt: skip
    former = session.device
    asked = list(peers.trusted(session.store))
    decided = standings.own_decisions(session.store)
    decided[former] = {"relation": int(Relation.SAME), "trusted": True}
    with session.store.write():
        known_devices.sign_checkpoint(session)  # for the last time: nobody can vouch for that chain afterwards
        reading_proofs.sign_all(session.store, known_devices.sign_readings(session))
        devices.replace_own(session.store, public.device, public.to_bytes(), own.to_private_bytes())
        preferences.keep(session.store, ASK_ANEW, asked)
    responder = session.author.responder
    session.close()
    session = sessions.open_with_key(profile, key, now, responder=responder)
    sessions.publish_identity(session)
    # What the earlier device wrote after this backup comes back from those it was sent to.
    changes = [
        Change("trust", f"{public.device}:{about}", name, value, AMBER_STRICT)
        for about, said in decided.items()
        for name, value in said.items()
    ]
    record(session, "Trusted those the restored store trusted", changes)
    return session, former, asked


def to_ask(store: Store) -> list[str]:
    """Return who trusted this laptop before a restore and has not been heard of since, by name."""
    own = peers.own_device(store)
    asked = preferences.all_of(store).get(ASK_ANEW, [])
    return [_name(store, str(device)) for device in asked if not peers.held_by(store, str(device)).vector.get(own, 0)]


def _name(store: Store, device: str) -> str:
    data = peers.identities(store).get(device)
    try:
        public = identities.PublicIdentity.from_bytes(data) if data is not None else None
    except BadFile:
        public = None
    return device[:8] if public is None else f"{public.name} ({public.organisation})"


def told(done: Restored) -> list[str]:
    """Return what a restore came to, a sentence or two a line."""
    lines = [f"Restored the backup of {in_words(done.at)}; this laptop is now {done.session.tag}."]
    if done.aside is not None:
        lines.append(f"The store that was here is kept, untouched, in {done.aside}.")
    if done.later:
        lines.append(
            f"{done.later:,} operations were made after this backup. Those that were sent to others come back from "
            "them; “triage salvage” can bring them from the store that was set aside."
        )
    if done.merged:
        lines.append(f"{done.merged:,} operations came from bundles.")
    if done.erased:
        lines.append(f"{done.erased:,} erasures that the backup did not know of were made again.")
    if done.revoked:
        lines.append(f"The backup still trusted {', '.join(done.revoked)}; revoked again, for this laptop alone.")
    lines += done.not_known
    if done.to_ask:
        lines.append(
            f"Ask these to trust this laptop anew: {', '.join(done.to_ask)}. “triage device identity FILE” writes what "
            "they need; compare the words by telephone."
        )
    return lines
