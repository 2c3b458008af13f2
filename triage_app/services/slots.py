"""Who and what can unlock this laptop: responders, the recovery key, the sealed envelope. All of it is journalled.

A slot holds the data key, wrapped for one secret. Taking a slot away ends that secret; somebody who copied the data key
while they had it is shut out by another key alone (``rekeying``).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from triage_app.domain.tlp import AMBER_STRICT, GREEN
from triage_app.errors import BadInput, NotFound, WrongPassphraseOrDamaged
from triage_app.formats import key_slots, recovery_key
from triage_app.formats.key_slots import BREAK_GLASS, RECOVERY, RESPONDER, KdfCost, Sidecar, Slot
from triage_app.language import dated, say
from triage_app.services import key_files
from triage_app.services import session as sessions
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.papers import Paper
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.services.times import LONDON
from triage_app.store import devices, key_file, unlocking
from triage_app.store.connection import Store
from triage_app.store.journal import Change

PAPER_NAMES = {RECOVERY: "Printed recovery key", BREAK_GLASS: "Sealed envelope"}
SHUT_OUT = (
    "Whoever may have copied the data key meanwhile still has it. “Give the data another key” under File, Who can "
    "unlock (“triage re-key” on the command line) gives the data another, and only that shuts them out."
)


def listing(session: Session) -> list[dict[str, Any]]:
    """Return who and what can unlock the store: id, kind, name, since when and last used (milliseconds UTC), no secret.

    *Used* is when it last opened the store for work; looks beside an open window are not counted.
    """
    store = session.store
    written, used = unlocking.slots(store), unlocking.used(store)
    found = []
    for slot in key_files.of_store(session.profile).slots:
        since = written.get(slot.id, {}).get("since")
        if since is None:
            kind, entity = ("responder", slot.id) if slot.kind == RESPONDER else ("device", session.device)
            since = unlocking.first_written(store, kind, entity)
        found.append({"id": slot.id, "kind": slot.kind, "name": slot.name, "since": since, "used": used.get(slot.id)})
    return found


def add_responder(session: Session, name: str, passphrase: str, cost: KdfCost | None = None) -> Changes:
    """Let another responder unlock this laptop, with a passphrase of their own; their acts carry their name."""
    named = _new_name(session, name)
    sidecar = key_files.of_store(session.profile)
    slot = _responder_slot(session, sidecar, named, passphrase, cost)
    changes = written(
        session, say("Let {0} unlock this laptop", named), [*_introduced(session, slot), _said(session, slot, "added")],
        slots=len(responders(sidecar)) + 1, entity=slot.id,
    )  # fmt: skip
    _keep(session, sidecar, [*sidecar.slots, slot])
    return changes


def remove(session: Session, untrusted_name: str) -> Changes:
    """Take away what lets a responder, or the sealed envelope, unlock this laptop. The last responder stays.

    Raises ``NotFound``, ``BadInput``.
    """
    sidecar = key_files.of_store(session.profile)
    slot = _named(sidecar, untrusted_name)
    if slot.kind == RECOVERY:
        raise BadInput("The recovery key is not taken away.", "Make a new one: the old one then opens nothing.")
    left = [one for one in sidecar.slots if one.id != slot.id]
    if not any(one.kind == RESPONDER for one in left):
        raise BadInput(say("{0} is the last who can unlock this laptop.", slot.name), "Add another responder first.")
    _keep(session, sidecar, left)  # first: what others are told must never be fewer than can unlock it
    return written(
        session, say("{0} can no longer unlock this laptop", slot.name), [_said(session, slot, "removed")],
        slots=sum(one.kind == RESPONDER for one in left), entity=slot.id,
    )  # fmt: skip


def change_passphrase(
    session: Session, passphrase: str, cost: KdfCost | None = None, *, old: str | None = None
) -> Changes:
    """Give the responder at work another passphrase; the data is not written again.

    ``old`` is the one that holds now, where somebody else may sit at the open laptop. Raises ``BadInput`` where it is
    not that of the responder at work.
    """
    sidecar = key_files.of_store(session.profile)
    if old is not None:
        _refuse_another(sidecar, old, session.author.responder)
    refuse_known(sidecar, passphrase, besides=session.author.responder)
    sessions.change_passphrase(session, passphrase, cost)
    note_access(session, "passphrase", "responder", session.author.responder)
    return Changes("", "Changed your passphrase", session.author.responder)


def _refuse_another(sidecar: Sidecar, passphrase: str, responder: str) -> None:
    try:
        _, slot = key_slots.unwrap(sidecar, passphrase, kinds=(RESPONDER,))
    except WrongPassphraseOrDamaged:
        slot = None
    if slot is None or slot.id != responder:
        raise BadInput("That is not the passphrase that you unlock with now.", "Type the old one first.")


def new_paper(session: Session, kind: str) -> tuple[Changes, Paper]:
    """Make a new recovery key or sealed envelope; the one before opens nothing from then on."""
    sidecar = key_files.of_store(session.profile)
    secret = recovery_key.generate()
    slot = key_slots.wrap(bytes(session.key), secret, kind=kind, name=PAPER_NAMES[kind], store_id=sidecar.store)
    ended = [one for one in sidecar.slots if one.kind == kind]
    kept = [one for one in sidecar.slots if one.kind != kind]
    gone = {one.id for one in ended} | {
        name for name, said in unlocking.slots(session.store).items()
        if said.get("kind") == kind and said.get("state") == "used"
    }  # fmt: skip
    _keep(session, sidecar, [*kept, slot])
    said = [_said_of(session, name, kind, PAPER_NAMES[kind], "replaced") for name in sorted(gone)]
    label = "Made a new recovery key" if kind == RECOVERY else "Made a sealed envelope"
    changes = written(session, label, [*said, _said(session, slot, "added")], entity=slot.id)
    purpose = recovery_key.RECOVERY if kind == RECOVERY else recovery_key.ENVELOPE
    laptop = f"{session.public.name} ({session.organisation}, {session.tag})"
    return changes, Paper(kind, recovery_key.to_text(secret, purpose), laptop, session.now())


def note_recovery(session: Session, slot: str) -> None:
    """Write down that the recovery key opened the store."""
    who = session.responder_name
    change = _said_of(session, slot, RECOVERY, PAPER_NAMES[RECOVERY], "used", by=who)
    record(session, "Opened with the recovery key", [change])
    note_access(session, "recovery-key", "device", session.device, {"by": who})


def note_envelope(session: Session, sidecar: Sidecar, envelope: Slot, slot: Slot, by: str, why: str) -> None:
    """Write down, before anything else of this session, who opened the sealed envelope and why."""
    opened = _said_of(session, envelope.id, BREAK_GLASS, PAPER_NAMES[BREAK_GLASS], "used", by=by, why=why)
    changes = [opened, *_introduced(session, slot), _said(session, slot, "added")]
    written(session, "Opened by the sealed envelope", changes, slots=len(responders(sidecar)) + 1, entity=slot.id)


@dataclass(frozen=True)
class Notice:
    """What everybody who unlocks is told until it is put right."""

    kind: str
    by: str
    why: str
    at: int

    @property
    def words(self) -> str:
        """The notice as one sentence."""
        when = dated(datetime.fromtimestamp(self.at / 1000, UTC).astimezone(LONDON), "%d %b %Y %H:%M %Z")
        if self.kind == BREAK_GLASS:
            return say("The envelope was opened on {0} by {1} ({2}): make a new one.", when, self.by, self.why)
        return say("The recovery key was used on {0} by {1}: make a new one.", when, self.by)


def notices(store: Store) -> list[Notice]:
    """Return the papers that were used and have not been replaced since."""
    return [
        Notice(str(said.get("kind")), str(said.get("by", "")), str(said.get("why", "")), int(said.get("at", 0)))
        for said in unlocking.slots(store).values()
        if said.get("state") == "used" and said.get("kind") in key_slots.PRINTED
    ]


def written(
    session: Session, label: str, changes: list[Change], *, slots: int | None = None, entity: str = ""
) -> Changes:
    """Write an act about unlocking, in the journal and in the access chain; ``slots`` is published where it changed."""
    store = session.store
    public = None if slots is None else sessions.said_anew(session, slots)
    if public is not None:
        changes = [*changes, Change("device", session.device, "identity", public.to_bytes().decode(), GREEN)]
    with store.write():
        if public is not None:
            devices.change_own(store, public.to_bytes())
        there = {slot.id for slot in key_files.current(session.profile).slots}
        unlocking.forget_use(store, there | {session.author.responder})
        done = record(session, label, changes, entity=entity)
        note_access(session, "unlocking", "device", session.device, label)
    if public is not None:
        session.public = public
    return done


def responders(sidecar: Sidecar) -> list[Slot]:
    """Return the slots of people."""
    return [slot for slot in sidecar.slots if slot.kind == RESPONDER]


def _keep(session: Session, sidecar: Sidecar, slots: list[Slot]) -> None:
    key_file.write(session.profile, key_slots.to_bytes(sidecar.store, slots))


def _responder_slot(session: Session, sidecar: Sidecar, name: str, passphrase: str, cost: KdfCost | None) -> Slot:
    sessions.check_passphrase(passphrase)
    refuse_known(sidecar, passphrase)
    if len(sidecar.slots) >= key_slots.MAX_SLOTS // 2:
        raise BadInput("As many as this laptop takes can unlock it already.", "Remove somebody who no longer needs to.")
    return key_slots.wrap(
        bytes(session.key), passphrase, kind=RESPONDER, name=name, store_id=sidecar.store,
        cost=cost or usual_cost(sidecar), slot_id=secrets.token_hex(8),
    )  # fmt: skip


def usual_cost(sidecar: Sidecar) -> KdfCost:
    """Return what a guess costs in the other responders' slots: a demonstration store's is cheap."""
    first = responders(sidecar)[0]
    return KdfCost(first.t, first.m, first.p)


def refuse_known(sidecar: Sidecar, passphrase: str, besides: str = "") -> None:
    """Raise ``BadInput`` for a passphrase that opens another slot: whose acts would they be?"""
    try:
        _, slot = key_slots.unwrap(sidecar, passphrase, kinds=(RESPONDER,))
    except WrongPassphraseOrDamaged:
        return
    if slot.id != besides:
        raise BadInput("That passphrase is not one to take.", "Choose another, of several words.")


def _introduced(session: Session, slot: Slot) -> list[Change]:
    return [
        Change("responder", slot.id, "name", slot.name, GREEN),
        Change("responder", slot.id, "organisation", session.organisation, GREEN),
    ]


def _said(session: Session, slot: Slot, state: str) -> Change:
    return _said_of(session, slot.id, slot.kind, slot.name, state)


def _said_of(session: Session, slot: str, kind: str, name: str, state: str, **more: Any) -> Change:
    at = milliseconds(session.now())
    value = {
        "kind": kind,
        "name": name,
        "state": state,
        "at": at,
        **({"since": at} if state == "added" else {}),
        **more,
    }
    field = unlocking.SLOT
    if state == "used":
        field = unlocking.ENVELOPE if kind == BREAK_GLASS else unlocking.RECOVERY
    return Change(unlocking.KIND, unlocking.entity_of(session.device, slot), field, value, AMBER_STRICT)


def _new_name(session: Session, name: str) -> str:
    named = " ".join(name.split())
    if not named:
        raise BadInput("A responder needs a name.", "Give the name that the journal shall show.")
    taken = {slot.name.casefold() for slot in key_files.of_store(session.profile).slots}
    if named.casefold() in taken:
        raise BadInput(
            say("{0} can unlock this laptop already.", named), "Give another name, or remove that one first."
        )
    return named


def _named(sidecar: Sidecar, untrusted_name: str) -> Slot:
    words = " ".join(untrusted_name.split()).casefold()
    found = [slot for slot in sidecar.slots if words in (slot.name.casefold(), slot.id, slot.kind)]
    if len(found) != 1:
        raise NotFound(
            say("{0} of those who can unlock this laptop answer to “{1}”.", len(found), untrusted_name)
            if found
            else say("Nobody of those who can unlock this laptop answers to “{0}”.", untrusted_name),
            "“triage slots list” shows them.",
        )
    return found[0]
