"""Opening a store with paper: the recovery key, or the key out of the sealed envelope. Either is written down first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from triage_app.errors import BadInput
from triage_app.formats import key_slots, recovery_key
from triage_app.formats.key_slots import BREAK_GLASS, RECOVERY, KdfCost
from triage_app.paths import Profile
from triage_app.services import key_files, slots, wrong_tries
from triage_app.services import session as sessions
from triage_app.services.access import note_access
from triage_app.services.changes import Clock
from triage_app.services.session import Session
from triage_app.store import key_file

BY_ENVELOPE = "by the sealed envelope"
MOST_WORDS = 500

Check = Callable[[Session], None]
"""Asked once the store is open and before anything is written; it raises what stands against it."""


def _anything(_: Session) -> None:
    """Let it be opened."""


def recover(
    profile: Profile,
    printed: str,
    passphrase: str,
    now: Clock,
    *,
    responder: str = "",
    cost: KdfCost | None = None,
    check: Check = _anything,
) -> Session:
    """Open the store with the recovery key and replace the passphrase that is lost.

    Where several can unlock it, ``responder`` names whose passphrase that is. Raises what ``unlock`` does.
    """
    sessions.check_passphrase(passphrase)
    session = sessions.unlock_with_recovery_key(profile, printed, now, responder)
    with _closed_on_failure(session):
        check(session)
        sidecar = key_files.current(profile)
        slots.refuse_known(sidecar, passphrase, besides=session.author.responder)
        slots.note_recovery(session, next(slot.id for slot in sidecar.slots if slot.kind == RECOVERY))
        sessions.change_passphrase(session, passphrase, cost)
    return session


def break_glass(
    profile: Profile,
    printed: str,
    *,
    by: str,
    because: str,
    passphrase: str,
    now: Clock,
    cost: KdfCost | None = None,
    check: Check = _anything,
) -> Session:
    """Open the store with the key out of the sealed envelope, for somebody who says who they are and why.

    The first act of that session says so. They work under their own name "by the sealed envelope", with a passphrase
    of their own, and the key opens nothing afterwards. Raises what ``unlock`` raises, ``BadInput``.
    """
    name, reason = " ".join(by.split()), " ".join(because.split())
    if not name or not reason or max(len(name), len(reason)) > MOST_WORDS:
        raise BadInput(
            "The envelope opens only for somebody who says who they are and why.", "Both go into the journal."
        )
    sessions.check_passphrase(passphrase)
    secret = recovery_key.from_text(printed, recovery_key.ENVELOPE)
    key_files.of_store(profile)
    found = key_files.fitting(profile, key_files.unwrapped(profile, secret, (BREAK_GLASS,)))
    slots.refuse_known(found.sidecar, passphrase)
    slot = key_slots.wrap(
        bytes(found.key), passphrase, kind=key_slots.RESPONDER, name=f"{name} ({BY_ENVELOPE})",
        store_id=found.sidecar.store, cost=cost or slots.usual_cost(found.sidecar),
    )  # fmt: skip
    session = sessions.open_unwrapped(profile, found, now, responder=slot.id)
    with _closed_on_failure(session):
        check(session)
        session.responder_name = slot.name
        slots.note_envelope(session, found.sidecar, found.slot, slot, name, reason)
        kept = [one for one in found.sidecar.slots if one.kind != BREAK_GLASS]
        key_file.write(profile, key_slots.to_bytes(found.sidecar.store, [*kept, slot]))
    note_access(session, "sealed-envelope", "device", session.device, {"by": name, "why": reason})
    wrong_tries.opened(profile)
    return session


@contextlib.contextmanager
def _closed_on_failure(session: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.close()
        raise
