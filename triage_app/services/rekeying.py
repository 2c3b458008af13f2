"""Giving the data another key: what shuts out somebody who may have copied the one before.

The new file is made and proved beside the store, then its complete key file, then it takes the store's place. Ended at
any point, the store opens with the present responder's passphrase: a key file that waits is tried first, and it either
fits the store that is there or is thrown away (``key_files.settle``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from triage_app.domain.tlp import AMBER_STRICT, GREEN
from triage_app.errors import BadInput, TriageError, WrongPassphraseOrDamaged
from triage_app.formats import key_slots, recovery_key
from triage_app.formats.identity import PublicIdentity
from triage_app.formats.key_slots import RECOVERY, RESPONDER, KdfCost, Sidecar, Slot
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services import key_files, slots
from triage_app.services import session as sessions
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.papers import Paper
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import another_key, devices, unlocking
from triage_app.store.connection import Store, open_store
from triage_app.store.journal import Change

STEPS = (
    "begun", "copied", "changed", "written", "keys-waiting", "closed", "switched", "first-copy", "second-copy", "done",
)  # fmt: skip
"""What ``told`` hears, in order: after each of them the program may end."""

RECOVERY_NAME = slots.PAPER_NAMES[RECOVERY]
BACKUPS = "Backups made before still open with the secrets of their time: make a new one, and destroy the old."


@dataclass(frozen=True)
class Rekeyed:
    """What giving the data another key came to."""

    changes: Changes
    paper: Paper
    "The new recovery key: kept nowhere."
    removed: list[str]
    "Who and what can no longer unlock it."


def shut_out(session: Session) -> list[str]:
    """Return who and what could no longer unlock this laptop after another key: said before it is done."""
    own = session.author.responder
    return [one.name for one in key_files.of_store(session.profile).slots if one.id != own]


def refuse_other_passphrase(session: Session, passphrase: str) -> None:
    """Raise ``WrongPassphraseOrDamaged`` unless a passphrase is that of whoever is at work."""
    _own_slot(session, key_files.of_store(session.profile), passphrase)


def re_key(session: Session, passphrase: str, told: Callable[[str], None] = lambda _: None) -> Rekeyed:
    """Give the data another key. The session goes on with it; only this responder's passphrase and a new recovery key
    open the store from then on, the others are added anew.

    Raises ``WrongPassphraseOrDamaged`` unless ``passphrase`` is the responder's own, ``StoreBusy`` while anybody else
    has the store open, ``DiskFull``; nothing has changed then.
    """
    profile, sidecar = session.profile, key_files.of_store(session.profile)
    own = _own_slot(session, sidecar, passphrase)
    key, secret = bytearray(os.urandom(key_slots.DEK_BYTES)), recovery_key.generate()
    fresh = [
        key_slots.wrap(bytes(key), passphrase, kind=RESPONDER, name=own.name, slot_id=own.id, store_id=sidecar.store,
                       cost=KdfCost(own.t, own.m, own.p)),
        key_slots.wrap(bytes(key), secret, kind=RECOVERY, name=slots.PAPER_NAMES[RECOVERY], store_id=sidecar.store,
                       slot_id=secrets.token_hex(8)),
    ]  # fmt: skip
    gone = [one for one in sidecar.slots if one.id != own.id]
    public = sessions.said_anew(session, 1)
    another_key.refuse_readers(session.store)
    switched = False
    try:
        told("begun")
        another_key.copy(session.store, profile.store_next)
        told("copied")
        another_key.change_key(profile.store_next, session.key, key)
        told("changed")
        with another_key.writing(profile.store_next, key) as copied:
            changes = _write_down(session, copied, gone, fresh[1], public)
        told("written")
        write_whole(profile.keys_next, key_slots.to_bytes(sidecar.store, fresh))
        another_key.sync_folder(profile.home)
        told("keys-waiting")
        session.store.close()
        told("closed")
        another_key.put_in_place(profile.store_next, profile.store)
        switched = True
        told("switched")
        with contextlib.suppress(TriageError):  # where it cannot be put in use now, the next opening does
            key_files.promote(profile, told)
    except BaseException:
        if not switched:
            another_key.remove(profile.store_next)
            profile.keys_next.unlink(missing_ok=True)
            session.store.close()
            session.store = open_store(profile.store, session.key)
        raise
    session.key[:] = key
    key[:] = bytes(len(key))
    session.store = open_store(profile.store, session.key)
    session.public = public or session.public
    told("done")
    laptop = f"{session.public.name} ({session.organisation}, {session.tag})"
    paper = Paper(RECOVERY, recovery_key.to_text(secret), laptop, session.now())
    return Rekeyed(changes, paper, [one.name for one in gone if one.kind != RECOVERY])


def _own_slot(session: Session, sidecar: Sidecar, passphrase: str) -> Slot:
    found = [slot for slot in sidecar.slots if slot.id == session.author.responder]
    if not found:
        raise BadInput("You have no passphrase of your own on this laptop.", "Unlock it with yours first.")
    try:
        key_slots.unwrap(Sidecar(sidecar.store, tuple(found)), passphrase, kinds=(RESPONDER,))
    except WrongPassphraseOrDamaged:
        raise WrongPassphraseOrDamaged(
            say("That is not the passphrase of {0}.", found[0].name), "Type your own; nothing has been changed."
        ) from None
    return found[0]


def _write_down(
    session: Session, copied: Store, gone: list[Slot], paper: Slot, public: PublicIdentity | None
) -> Changes:
    """Write the act into the copy: the store that stays behind has not had it."""
    inner = dataclasses.replace(session, store=copied)
    at, device = milliseconds(session.now()), session.device

    def said(slot: Slot, state: str) -> Change:
        value = {"kind": slot.kind, "name": slot.name, "state": state, "at": at}
        value |= {"since": at} if state == "added" else {}
        entity = unlocking.entity_of(device, slot.id)
        return Change(unlocking.KIND, entity, unlocking.SLOT, value, AMBER_STRICT)

    names = [one.name for one in gone]
    written = [
        Change(unlocking.KIND, device, unlocking.DATA_KEY, {"at": at, "gone": names}, AMBER_STRICT),
        *(said(one, "replaced" if one.kind == RECOVERY else "removed") for one in gone), said(paper, "added"),
    ]  # fmt: skip
    with copied.write():
        if public is not None:
            devices.change_own(copied, public.to_bytes())
            written.append(Change("device", device, "identity", public.to_bytes().decode(), GREEN))
        unlocking.forget_use(copied, {session.author.responder})
        changes = record(inner, "Gave the data another key", written, entity=device)
        note_access(inner, "re-key", "device", device, {"gone": names})
    return changes
