"""An unlocked store and who is working on it. Every service takes one as its first argument."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage_app.domain.operations import LogicalClock
from triage_app.domain.records import organisation_id
from triage_app.domain.tlp import GREEN
from triage_app.errors import (
    BadInput,
    NotFound,
    StoreExists,
    StoreReadOnly,
    TriageError,
)
from triage_app.formats import identity as identities
from triage_app.formats import key_slots, recovery_key
from triage_app.language import say
from triage_app.paths import Profile
from triage_app.services import key_files, moving_in, places, rejects, set_by_it, vocabularies, wrong_tries
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.wrong_tries import WrongTries
from triage_app.store import (
    attachments,
    audited,
    devices,
    imports,
    journal,
    key_file,
    leftovers,
    lock,
    log_damage,
    projections,
    understanding,
    unlocking,
)
from triage_app.store.connection import Store, open_store
from triage_app.store.creation import bring_up_to_date, create_store, refuse_newer
from triage_app.store.journal import Author, Change

if TYPE_CHECKING:
    from triage_app.services.backup_lane import BackupLane
    from triage_app.services.backups import Found

MIN_PASSPHRASE = 8

AUDITORS_COPY = (
    "This is a copy for an auditor: it is read, and nothing can be written to it or signed by it.",
    "Do that on the laptop it was made on.",
)

DEMONSTRATION_COST = key_slots.KdfCost(t=1, m=8 * 1024, p=1)
"A demonstration store protects invented data: unlocking it need not take half a second."


@dataclass
class Session:
    """One responder at work on one store, in one thread."""

    profile: Profile
    store: Store
    key: bytearray
    "The data key; overwritten when the session closes."
    now: Clock
    author: Author
    private: identities.Identity | None
    "The device's secret keys; gone once the session is closed."
    public: identities.PublicIdentity
    responder_name: str
    held: lock.Lock | None
    "The lock of a writing session, None for a reading one."
    removed_imports: int = 0
    "Unfinished imports that were taken back when the store was opened."
    missing_acts: int = 0
    "Acts at least that were acknowledged and could not be read, because the log beside the store is damaged."
    kept_log: str = ""
    "Name of the file in the profile that holds what is left of that log."
    copy_of: Found | None = None
    "The backup that this is, opened to be read beside the live store; None for that."
    lane: BackupLane | None = None
    "Makes the backups of this session, where whoever opened it keeps any."
    wrong_tries: WrongTries | None = None
    "Wrong passphrases that were tried since it was last opened."
    owes_check: bool = False
    "Whether the store was not closed as it should be, and its pages have not been found whole since."
    auditors_copy: dict[str, Any] | None = None
    "When and by whom this copy for an auditor was made, None for a store of work."

    @property
    def identity(self) -> identities.Identity:
        """The device's secret keys: what signs, and what opens bundles."""
        if self.private is None:
            raise NotFound(
                "The keys that sign and open bundles are not here.", "Do that on the laptop that the store belongs to."
            )
        return self.private

    @property
    def organisation(self) -> str:
        """Code of the organisation this laptop belongs to."""
        return self.public.organisation

    @property
    def tag(self) -> str:
        """The device's part of a reference."""
        return self.public.tag

    @property
    def device(self) -> str:
        """Id of this device."""
        return self.public.device

    @property
    def is_demonstration(self) -> bool:
        """Whether this store holds invented data and takes ``--now``."""
        return bool(self.store.meta("demonstration", False))

    def reader(self) -> Store:
        """Open a further, read-only connection: for another thread, which must close it."""
        opened = open_store(self.store.path, self.key, read_only=True)
        opened.home, opened.why_read_only = self.store.home, self.store.why_read_only
        return opened

    def safeguard(self, kind: str) -> None:
        """Have a backup begun before what is hard to take back, where one is due; ``kind`` is one of ``backups``."""
        if self.lane is not None:
            self.lane.before(kind)

    def close(self) -> None:
        """Close the store, give back the lock, overwrite the key and let the device's keys go."""
        self.store.close()
        held, self.held = self.held, None
        if held is not None:
            if not self.owes_check:
                held.unmark()
            held.release()
        self.key[:] = bytes(len(self.key))
        self.private = None


@dataclass(frozen=True)
class Founded:
    """What founding a store came to."""

    device: str
    tag: str
    recovery_key: str
    "The printed recovery key: shown once, kept nowhere."
    act: str
    "Id of the act that founded the store."


def found(
    profile: Profile,
    *,
    organisation: str,
    responder: str,
    passphrase: str,
    now: Clock,
    organisation_name: str = "",
    nation: str = "England",
    device_name: str = "",
    exercise: bool = False,
    demonstration: bool = False,
    cost: key_slots.KdfCost | None = None,
) -> Founded:
    """Make a store: data key, slots, device identity, and the first entries of its journal.

    It is made aside and moves in whole, so that a kill leaves no part of one. ``demonstration`` marks a store of
    invented data, the only kind that takes ``--now``.

    Raises ``StoreExists`` when there is one, ``BadInput`` for an unusable passphrase or code.
    """
    places.refuse_new(profile.home)
    if exercise or demonstration:
        set_by_it.refuse_practising()
    moving_in.finish(profile)
    refuse_where_a_store_is(profile)
    check_passphrase(passphrase)
    code = organisation.strip().upper()
    if not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
        raise BadInput(say("“{0}” is no organisation code.", organisation), "Use the ODS code, for example RXX.")
    if not responder.strip():
        raise BadInput("A responder needs a name.", "Give the name that the journal shall show.")
    places.make_home(profile)
    held = lock.take(profile)
    try:
        refuse_where_a_store_is(profile)  # once more: another process may have made one meanwhile
        moving_in.clear(profile)
        ready = moving_in.place_of(profile)
        try:
            places.make_home(ready)
            founded = _found(ready, code, responder.strip(), passphrase, now, organisation_name, nation, device_name,
                             exercise, demonstration, cost)  # fmt: skip
            moving_in.move_in(profile, now().strftime("%Y%m%dT%H%M%SZ"))
        except BaseException:
            if not moving_in.is_waiting(profile):
                shutil.rmtree(ready.home, ignore_errors=True)
            raise
        with contextlib.suppress(TriageError):  # the store is there; tries are counted from the first one, too
            wrong_tries.begin(profile)
        return founded
    finally:
        held.release()


def _note_opening(session: Session, wall: Clock) -> None:
    """Write down what came before this opening, and who opened it; a full disk is no reason not to open.

    By this machine's clock: whether the store takes the time that it is told is not known yet.
    """
    store, profile, responder = session.store, session.profile, session.author.responder
    with contextlib.suppress(TriageError):
        session.wrong_tries = wrong_tries.write_down(profile, store, session.author, wall())
        if responder:
            with store.write():
                unlocking.note_use(store, responder, milliseconds(wall()))
        # Where a change of who can unlock was cut short, others are told how many there are now.
        count = sum(slot.kind == key_slots.RESPONDER for slot in key_files.current(profile).slots)
        if count and (public := said_anew(session, count)) is not None:
            with store.write():
                devices.change_own(store, public.to_bytes())
            session.public = public
            publish_identity(session)


def refuse_where_a_store_is(profile: Profile) -> None:
    """Raise ``StoreExists`` where there is a store or any part of one: nothing of it is ever replaced."""
    if profile.store.exists():
        raise StoreExists(
            say("A store is already at {0}.", profile.home),
            "Open it, or name another --home; a store is never replaced.",
        )
    beside = [profile.store.with_name(profile.store.name + end) for end in ("-wal", "-shm", "-journal")]
    for path in (profile.keys, profile.keys_copy, *beside):
        if path.exists():
            raise StoreExists(
                say("A part of a store is at {0}: {1}.", profile.home, path.name),
                "Put the rest of it back, name another --home, or move that file to a safe place first.",
            )


def check_passphrase(passphrase: str) -> None:
    """Raise ``BadInput`` for a passphrase that would protect nothing."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadInput(
            say("The passphrase is shorter than {0} characters.", MIN_PASSPHRASE),
            "Use several words that you can remember.",
        )


def _found(
    profile: Profile,
    code: str,
    responder: str,
    passphrase: str,
    now: Clock,
    organisation_name: str,
    nation: str,
    device_name: str,
    exercise: bool,
    demonstration: bool,
    cost: key_slots.KdfCost | None,
) -> Founded:
    key = os.urandom(32)
    store = create_store(profile.store, key)
    try:
        store_id = store.meta("store")
        own = identities.generate()
        public = own.public(
            name=device_name or f"{code} laptop",
            organisation=code,
            organisation_name=organisation_name,
            nation=nation,
            exercise=exercise,
            slots=1,
            created=milliseconds(now()),
        )
        responder_id = os.urandom(8).hex()
        secret = recovery_key.generate()
        slots = [
            key_slots.wrap(key, passphrase, kind="responder", name=responder, slot_id=responder_id,
                           store_id=store_id, cost=cost or key_slots.KdfCost()),
            key_slots.wrap(key, secret, kind="recovery", name="Printed recovery key", slot_id=os.urandom(8).hex(),
                           store_id=store_id, cost=key_slots.RECOVERY_COST),
        ]  # fmt: skip
        key_file.write(profile, key_slots.to_bytes(store_id, slots))
        author = Author(public.device, responder_id, LogicalClock(public.device))
        with store.write():
            store.set_meta("exercise", exercise)
            store.set_meta("demonstration", demonstration)
            store.set_meta("organisation", code)
            devices.keep_own(store, public.device, public.to_bytes(), own.to_private_bytes())
            written = journal.append(
                store,
                author,
                milliseconds(now()),
                journal.new_act(),
                [
                    Change("responder", responder_id, "name", responder, GREEN),
                    Change("responder", responder_id, "organisation", code, GREEN),
                    Change("organisation", organisation_id("ods", code), "name", organisation_name or code, GREEN),
                    Change("organisation", organisation_id("ods", code), "nation", nation, GREEN),
                    Change("device", public.device, "identity", public.to_bytes().decode(), GREEN),
                ],
            )
            projections.project_all(store, written.touched)
    finally:
        store.close()
    return Founded(public.device, public.tag, recovery_key.to_text(secret), written.id)


def unlock(
    profile: Profile, passphrase: str, now: Clock, *, read_only: bool = False, wall: Clock | None = None
) -> Session:
    """Open the store with a responder's passphrase. ``wall`` is this machine's clock, where ``now`` is not.

    Raises ``NoStore``, ``WrongPassphraseOrDamaged``, ``TooManyTries``, ``StoreBusy``, ``StoreTooNew`` and what opening
    a file may raise.
    """
    moving_in.finish(profile)
    key_files.of_store(profile)
    with wrong_tries.counted(profile, wall or now):
        found = key_files.unwrapped(profile, passphrase, (key_slots.RESPONDER, key_slots.AUDITOR))
    fits = key_files.fitting(profile, found)
    if fits.slot.kind == key_slots.AUDITOR and not read_only:
        raise StoreReadOnly(*AUDITORS_COPY)
    return open_unwrapped(profile, fits, now, read_only=read_only, responder=fits.slot.id, wall=wall)


def data_key(profile: Profile, passphrase: str) -> bytes:
    """Return the data key behind a passphrase; the store itself need not be there yet."""
    return bytes(key_files.unwrapped(profile, passphrase, (key_slots.RESPONDER,))[-1].key)


def sidecar_bytes(profile: Profile) -> bytes:
    """Return the key file as it is, for a backup: it is sealed by the passphrases themselves."""
    return key_files.current(profile).to_bytes()


def said_anew(session: Session, slots: int) -> identities.PublicIdentity | None:
    """Return what this device says of itself where so many people can unlock it; None where it says that already.

    It is newer than what it said before by its own account, whatever became of its clock.
    """
    said = session.public
    if said.slots == slots:
        return None
    return session.identity.public(
        name=said.name, scheme=said.scheme, organisation=said.organisation, organisation_name=said.organisation_name,
        nation=said.nation, exercise=said.exercise, slots=slots,
        created=max(milliseconds(session.now()), said.created + 1),
    )  # fmt: skip


def publish_identity(session: Session) -> None:
    """Write this device's identity and its responder into the journal, for others to know it by."""
    store = session.store
    with store.write():
        written = journal.append(
            store,
            session.author,
            milliseconds(session.now()),
            journal.new_act(),
            [Change("device", session.device, "identity", session.public.to_bytes().decode(), GREEN)],
        )
        projections.project_all(store, written.touched)


def unlock_with_recovery_key(profile: Profile, printed: str, now: Clock, responder: str = "") -> Session:
    """Open the store with the printed recovery key, as one of its responders. No wrong tries make it wait.

    Raises ``BadInput`` where several can unlock it and none of them is named, beside what ``unlock`` raises.
    """
    secret = recovery_key.from_text(printed)
    moving_in.finish(profile)
    key_files.of_store(profile)
    found = key_files.fitting(profile, key_files.unwrapped(profile, secret, (key_slots.RECOVERY,)))
    people = [slot for slot in found.sidecar.slots if slot.kind == key_slots.RESPONDER]
    chosen = [slot for slot in people if responder.casefold() in ("", slot.name.casefold(), slot.id)]
    if len(chosen) != 1:
        names = ", ".join(slot.name for slot in people)
        raise BadInput(say("Several can unlock this laptop: {0}.", names), "Name the one whose passphrase is lost.")
    wrong_tries.opened(profile)
    return open_unwrapped(profile, found, now, responder=chosen[0].id)


def change_passphrase(session: Session, passphrase: str, cost: key_slots.KdfCost | None = None) -> None:
    """Replace the responder's slot: the data is not written again."""
    check_passphrase(passphrase)
    sidecar = key_files.of_store(session.profile)
    fresh = key_slots.wrap(
        bytes(session.key), passphrase, kind="responder", name=session.responder_name,
        slot_id=session.author.responder, store_id=sidecar.store, cost=cost or key_slots.KdfCost(),
    )  # fmt: skip
    kept = [slot for slot in sidecar.slots if slot.id != session.author.responder]
    key_file.write(session.profile, key_slots.to_bytes(sidecar.store, [fresh, *kept]))


def open_unwrapped(
    profile: Profile,
    found: key_files.Opened,
    now: Clock,
    *,
    read_only: bool = False,
    responder: str,
    wall: Clock | None = None,
) -> Session:
    """Open the store with what a secret opened; whoever writes puts right what was cut short."""
    return open_with_key(profile, found.key, now, read_only=read_only, responder=responder, found=found, wall=wall)


def open_with_key(
    profile: Profile,
    key: bytes | bytearray,
    now: Clock,
    *,
    read_only: bool = False,
    responder: str = "",
    found: key_files.Opened | None = None,
    wall: Clock | None = None,
) -> Session:
    """Open the store with its data key already in hand. A ``bytearray`` is taken over: it is overwritten at the end."""
    if not key_files.is_auditors_copy(profile):
        places.refuse_elsewhere(profile.home)
    held = None if read_only else lock.take(profile)
    vocabularies.use(profile.vocabularies)
    store: Store | None = None
    unclean = False
    try:
        unclean = held is not None and held.is_marked()
        store = open_store(profile.store, key, read_only=read_only)
        if held is not None:
            held.mark()
        removed = missing = 0
        kept = ""
        if read_only:
            refuse_newer(store)
            if understanding.is_behind(store):  # a first look with a newer program shows what had waited for it
                store.close()
                with contextlib.suppress(TriageError):  # busy, or a copy nobody writes into: it is read as it stands
                    open_with_key(profile, bytearray(key), now, responder=responder, wall=wall).close()
                store = open_store(profile.store, key, read_only=True)
        else:
            leftovers.remove(profile)
            with contextlib.suppress(TriageError):
                moving_in.clear(profile)
            if found is not None:
                key_files.settle(profile, found)
            stamp = now().strftime("%Y%m%dT%H%M%SZ")
            missing = log_damage.missing(store)
            if missing:
                kept = log_damage.keep(store, stamp).name
            log_damage.fold(store)
            bring_up_to_date(store, key, profile.backups, stamp, lambda: sidecar_bytes(profile))
            understanding.catch_up(store)
            rejects.remove_of(profile.rejects, imports.unfinished(store))
            rejects.remove_of_undone(store, profile.rejects)
            with store.write():
                removed = imports.remove_loading(store)
                attachments.remove_loading(store)
        copied = audited.made(store)
        if copied is not None:
            if not read_only:
                raise StoreReadOnly(*AUDITORS_COPY)
            store.why_read_only = AUDITORS_COPY
        row = devices.own(store)
        if row is None:
            raise NotFound("The store has no device identity.", "Restore the newest backup.")
        public = identities.PublicIdentity.from_own_store(row[0])
        own = None if row[1] is None else identities.Identity.from_private_bytes(row[1])
        name = devices.responder_name(store, responder) if copied is None else key_files.AUDITOR_NAME
        clock = LogicalClock(public.device, journal.latest_clock(store, milliseconds(now())))
        author = Author(public.device, responder, clock)
        held_key = key if isinstance(key, bytearray) else bytearray(key)
        session = Session(profile, store, held_key, now, author, own, public, name, held, removed, missing, kept)
        session.auditors_copy = copied
        session.owes_check = unclean
        session.wrong_tries = wrong_tries.untold(profile)
        if not read_only:
            _note_opening(session, wall or now)
        return session
    except BaseException:
        if store is not None:
            store.close()
        if held is not None:
            if not unclean:
                held.unmark()
            held.release()
        if isinstance(key, bytearray):
            key[:] = bytes(len(key))
        raise
