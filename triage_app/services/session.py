"""An unlocked store and who is working on it. Every service takes one as its first argument."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from triage_app.domain.operations import LogicalClock
from triage_app.domain.records import organisation_id
from triage_app.domain.tlp import GREEN
from triage_app.errors import BadInput, NoStore, NotFound, StoreBusy, StoreExists, WrongPassphraseOrDamaged
from triage_app.formats import identity as identities
from triage_app.formats import key_slots, recovery_key
from triage_app.paths import Profile, file_errors
from triage_app.services import rejects, vocabularies
from triage_app.services.changes import Clock, milliseconds
from triage_app.store import attachments, devices, imports, journal, key_file, lock, projections, understanding
from triage_app.store.connection import Store, open_store
from triage_app.store.creation import bring_up_to_date, create_store, refuse_newer
from triage_app.store.journal import Author, Change

MIN_PASSPHRASE = 8

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
    identity: identities.Identity
    public: identities.PublicIdentity
    responder_name: str
    held: lock.Lock | None
    "The lock of a writing session, None for a reading one."
    removed_imports: int = 0
    "Unfinished imports that were taken back when the store was opened."

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
        return open_store(self.profile.store, bytes(self.key), read_only=True)

    def close(self) -> None:
        """Close the store, give back the lock and overwrite the key."""
        self.store.close()
        if self.held is not None:
            self.held.release()
        self.key[:] = bytes(len(self.key))


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

    ``demonstration`` marks a store of invented data, the only kind that takes ``--now``.

    Raises ``StoreExists`` when there is one, ``BadInput`` for an unusable passphrase or code.
    """
    refuse_where_a_store_is(profile)
    check_passphrase(passphrase)
    code = organisation.strip().upper()
    if not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
        raise BadInput(f"“{organisation}” is no organisation code.", "Use the ODS code, for example RXX.")
    if not responder.strip():
        raise BadInput("A responder needs a name.", "Give the name that the journal shall show.")
    make_home(profile)
    held = lock.take(profile)
    try:
        refuse_where_a_store_is(profile)  # once more: another process may have made one meanwhile
    except BaseException:
        held.release()
        raise
    try:
        return _found(profile, code, responder.strip(), passphrase, now, organisation_name, nation, device_name,
                      exercise, demonstration, cost)  # fmt: skip
    except BaseException:
        for path in profile.made_with_store:
            path.unlink(missing_ok=True)
        raise
    finally:
        held.release()


def refuse_where_a_store_is(profile: Profile) -> None:
    """Raise ``StoreExists`` where there is a store or any part of one: nothing of it is ever replaced."""
    if profile.store.exists():
        raise StoreExists(
            f"A store is already at {profile.home}.", "Open it, or name another --home; a store is never replaced."
        )
    beside = [profile.store.with_name(profile.store.name + end) for end in ("-wal", "-shm", "-journal")]
    for path in (profile.keys, profile.keys_copy, *beside):
        if path.exists():
            raise StoreExists(
                f"A part of a store is at {profile.home}: {path.name}.",
                "Put the rest of it back, name another --home, or move that file to a safe place first.",
            )


def make_home(profile: Profile) -> None:
    """Make the profile's folder, readable by its owner only; refuse one on a network share."""
    lock.refuse_network_share(profile.home)
    with file_errors(profile.home):
        profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)


def check_passphrase(passphrase: str) -> None:
    """Raise ``BadInput`` for a passphrase that would protect nothing."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadInput(
            f"The passphrase is shorter than {MIN_PASSPHRASE} characters.", "Use several words that you can remember."
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


def unlock(profile: Profile, passphrase: str, now: Clock, *, read_only: bool = False) -> Session:
    """Open the store with a responder's passphrase.

    Raises ``NoStore``, ``WrongPassphraseOrDamaged``, ``StoreBusy``, ``StoreTooNew`` and what opening
    a file may raise.
    """
    _slots(profile)
    key, slot, _ = _unwrapped(profile, passphrase, "responder")
    return open_with_key(profile, key, now, read_only=read_only, responder=slot.id)


def data_key(profile: Profile, passphrase: str) -> bytes:
    """Return the data key behind a passphrase; the store itself need not be there yet."""
    return _unwrapped(profile, passphrase, "responder")[0]


def sidecar_bytes(profile: Profile) -> bytes:
    """Return the key file as it is, for a backup: it is sealed by the passphrases themselves."""
    return _sidecar(profile).to_bytes()


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


def unlock_with_recovery_key(profile: Profile, printed: str, now: Clock) -> Session:
    """Open the store with the printed recovery key, as its first responder."""
    secret = recovery_key.from_text(printed)
    _slots(profile)
    key, _, sidecar = _unwrapped(profile, secret, "recovery")
    responder = next((slot.id for slot in sidecar.slots if slot.kind == "responder"), "")
    return open_with_key(profile, key, now, responder=responder)


def change_passphrase(session: Session, passphrase: str, cost: key_slots.KdfCost | None = None) -> None:
    """Replace the responder's slot: the data is not written again."""
    check_passphrase(passphrase)
    sidecar = _slots(session.profile)
    fresh = key_slots.wrap(
        bytes(session.key), passphrase, kind="responder", name=session.responder_name,
        slot_id=session.author.responder, store_id=sidecar.store, cost=cost or key_slots.KdfCost(),
    )  # fmt: skip
    kept = [slot for slot in sidecar.slots if slot.id != session.author.responder]
    key_file.write(session.profile, key_slots.to_bytes(sidecar.store, [fresh, *kept]))


def slots(profile: Profile) -> list[dict[str, str]]:
    """Return who can open the store: kind, name and id of each slot, no secret."""
    return [{"id": slot.id, "kind": slot.kind, "name": slot.name} for slot in _slots(profile).slots]


def open_with_key(profile: Profile, key: bytes, now: Clock, *, read_only: bool = False, responder: str = "") -> Session:
    """Open the store with its data key already in hand (the benchmark and the second thread do)."""
    held = None if read_only else lock.take(profile)
    vocabularies.use(profile.vocabularies)
    store: Store | None = None
    try:
        store = open_store(profile.store, key, read_only=read_only)
        removed = 0
        if read_only:
            refuse_newer(store)
            if understanding.is_behind(store):  # a first look with a newer program shows what had waited for it
                store.close()
                with contextlib.suppress(StoreBusy):
                    open_with_key(profile, key, now, responder=responder).close()
                store = open_store(profile.store, key, read_only=True)
        else:
            stamp = now().strftime("%Y%m%dT%H%M%SZ")
            bring_up_to_date(store, key, profile.backups, stamp, lambda: sidecar_bytes(profile))
            understanding.catch_up(store)
            rejects.remove_of(profile.rejects, imports.unfinished(store))
            rejects.remove_of_undone(store, profile.rejects)
            with store.write():
                removed = imports.remove_loading(store)
                attachments.remove_loading(store)
        row = devices.own(store)
        if row is None:
            raise NotFound("The store has no device identity.", "Restore the newest backup.")
        public = identities.PublicIdentity.from_own_store(row[0])
        own = identities.Identity.from_private_bytes(row[1])
        name = devices.responder_name(store, responder)
        clock = LogicalClock(public.device, journal.latest_clock(store, milliseconds(now())))
        author = Author(public.device, responder, clock)
        return Session(profile, store, bytearray(key), now, author, own, public, name, held, removed)
    except BaseException:
        if store is not None:
            store.close()
        if held is not None:
            held.release()
        raise


def _slots(profile: Profile) -> key_slots.Sidecar:
    if not profile.store.exists():
        raise NoStore(
            f"There is no store at {profile.home}.", "Run “triage init” to make one, or name another with --home."
        )
    return _sidecar(profile)


def _unwrapped(profile: Profile, secret: str | bytes, kind: str) -> tuple[bytes, key_slots.Slot, key_slots.Sidecar]:
    """Return data key, slot and key file: the second copy is tried where the first has a damaged slot."""
    first, *others = _sidecars(profile)
    try:
        return *key_slots.unwrap(first, secret, kinds=(kind,)), first
    except WrongPassphraseOrDamaged:
        for other in others:
            with contextlib.suppress(WrongPassphraseOrDamaged):
                return *key_slots.unwrap(other, secret, kinds=(kind,)), other
        raise


def _sidecar(profile: Profile) -> key_slots.Sidecar:
    return _sidecars(profile)[0]


def _sidecars(profile: Profile) -> list[key_slots.Sidecar]:
    """Return the key file's readable copies that differ, the first one first."""
    copies = key_file.copies(profile)
    if not copies:
        raise WrongPassphraseOrDamaged(
            "The store is here but its key file is not.",
            "Put store.keys back beside it from a backup. A new store is not made in its place.",
        )
    found: list[key_slots.Sidecar] = []
    for untrusted_bytes in dict.fromkeys(copies):
        with contextlib.suppress(ValueError):
            found.append(key_slots.from_bytes(untrusted_bytes))
    if found:
        return found
    raise WrongPassphraseOrDamaged(
        "Both copies of the store's key file are damaged.", "Put store.keys back from a backup; the store is untouched."
    )
