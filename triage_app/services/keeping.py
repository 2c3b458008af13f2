"""Keeping the store: verifying, rebuilding, backing up, restoring."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from triage_app.errors import BadFile, StoreExists
from triage_app.formats import identity as identities
from triage_app.paths import Profile, write_whole
from triage_app.services import session as sessions
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.progress import no_progress
from triage_app.services.session import Session, make_home
from triage_app.store import backup, devices, journal, projections, search, state


def verify(session: Session, incident: str | None = None) -> dict[str, Any]:
    """Return {ok, operations, state}, and what is wrong in words.

    Without a scope the chain, every body, every evidence row and every projection are checked.
    """
    store = session.store
    problems: list[str] = []
    if incident is None:
        problems = state.problems(store) + state.projection_differences(store)
    return {
        "ok": not problems,
        "operations": sum(journal.vector(store).values()),
        "state": state.state(store, incident),
        "problems": problems,
    }


def rebuild(session: Session) -> dict[str, Any]:
    """Drop every projection and make it again; return the state, which is the same as before."""
    store = session.store
    with store.write():
        projections.rebuild(store)
    search.index_all(store, no_progress)
    return {"ok": True, "operations": sum(journal.vector(store).values()), "state": state.state(store)}


def back_up_to(session: Session, path: Path) -> Path:
    """Write a verified copy of the store, and beside it the key file that opens it (``path``.keys)."""
    written = backup.back_up(session.store, bytes(session.key), path)
    write_whole(path.with_name(path.name + ".keys"), sessions.sidecar_bytes(session.profile))
    return written


def restore(profile: Profile, copy: Path, passphrase: str, now: Clock) -> Session:
    """Put a backup where there is no store, and give it a device identity of its own.

    Two laptops must not write under one name: the chain of the backup goes on under a new device.
    Raises ``StoreExists``, ``BadFile``, ``WrongPassphraseOrDamaged``.
    """
    if profile.store.exists():
        raise StoreExists(
            f"A store is already at {profile.home}.", "Restore into another --home, or move it away first."
        )
    keys = copy.with_name(copy.name + ".keys")
    if not copy.exists() or not keys.exists():
        raise BadFile(f"{copy.name} or its .keys file is not there.", "A backup is two files; keep them together.")
    make_home(profile)
    try:
        write_whole(profile.keys, keys.read_bytes())
        write_whole(profile.keys_copy, keys.read_bytes())
        key = sessions.data_key(profile, passphrase)
        backup.prove(copy, key)
        backup.copy_file(copy, profile.store)
        session = sessions.unlock(profile, passphrase, now)
    except BaseException:
        for path in (profile.store, profile.keys, profile.keys_copy):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    own = identities.generate()
    public = own.public(
        name=session.public.name, organisation=session.organisation,
        organisation_name=session.public.organisation_name, nation=session.public.nation,
        exercise=session.public.exercise, slots=session.public.slots, created=milliseconds(now()),
    )  # fmt: skip
    with session.store.write():
        devices.replace_own(session.store, public.device, public.to_bytes(), own.to_private_bytes())
    responder = session.author.responder
    session.close()
    session = sessions.open_with_key(profile, key, now, responder=responder)
    sessions.publish_identity(session)
    return session
