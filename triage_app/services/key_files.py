"""The key file of a store: its copies, and what a secret opens in them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage_app.errors import NoStore, TriageError, WrongPassphraseOrDamaged
from triage_app.formats import key_slots
from triage_app.language import say
from triage_app.paths import Profile, sync_folder, write_whole
from triage_app.store import key_file

AUDITOR_NAME = "Auditor"


@dataclass(frozen=True)
class Opened:
    """What a secret opened."""

    key: bytearray
    "The data key; whoever is given it overwrites it."
    slot: key_slots.Slot
    sidecar: key_slots.Sidecar
    waits: bool = False
    "Whether the key file is one that waits to be put in use."


def of_store(profile: Profile) -> key_slots.Sidecar:
    """Return the key file of a store that is there. Raises ``NoStore``, ``WrongPassphraseOrDamaged``."""
    if not profile.store.exists():
        raise NoStore(
            say("There is no store at {0}.", profile.home),
            "Run “triage init” to make one, or name another with --home.",
        )
    return current(profile)


def current(profile: Profile) -> key_slots.Sidecar:
    """Return the key file, whether or not the store is there. Raises ``WrongPassphraseOrDamaged``."""
    return _readable(profile)[0]


def ways(profile: Profile) -> tuple[list[str], bool]:
    """Return who can unlock the store, by name, and whether there is a sealed envelope: what a locked window offers."""
    try:
        found = current(profile).slots
    except TriageError:  # what stands against opening it is said when somebody tries
        return [], False
    people = [slot.name for slot in found if slot.kind == key_slots.RESPONDER]
    return people, any(slot.kind == key_slots.BREAK_GLASS for slot in found)


def is_auditors_copy(profile: Profile) -> bool:
    """Tell from the key file whether a profile is a copy that is only read."""
    try:
        return all(slot.kind == key_slots.AUDITOR for slot in current(profile).slots)
    except TriageError:
        return False


def unwrapped(profile: Profile, secret: str | bytes, kinds: Sequence[str]) -> list[Opened]:
    """Return what a secret opens, at least one: in a key file that waits first, then in the one in use.

    Of the copies of the latter the second is tried where the first has a damaged slot.
    """
    found = []
    waiting = _waiting(profile)
    if waiting is not None:
        with contextlib.suppress(WrongPassphraseOrDamaged):
            found.append(_opened(waiting, secret, kinds, waits=True))
    try:
        found.append(_in_use(profile, secret, kinds))
    except WrongPassphraseOrDamaged:
        if not found:
            raise
    return found


def _in_use(profile: Profile, secret: str | bytes, kinds: Sequence[str]) -> Opened:
    first, *others = _readable(profile)
    try:
        return _opened(first, secret, kinds)
    except WrongPassphraseOrDamaged:
        for other in others:
            with contextlib.suppress(WrongPassphraseOrDamaged):
                return _opened(other, secret, kinds)
        raise


def _opened(sidecar: key_slots.Sidecar, secret: str | bytes, kinds: Sequence[str], *, waits: bool = False) -> Opened:
    key, slot = key_slots.unwrap(sidecar, secret, kinds=kinds)
    return Opened(bytearray(key), slot, sidecar, waits)


def fitting(profile: Profile, found: Sequence[Opened]) -> Opened:
    """Return what fits the store that is there: giving it another key may have been cut short on either side."""
    from triage_app.store.connection import open_store  # what asks only who may unlock need not wait for it

    for one in found[:-1]:
        try:
            open_store(profile.store, one.key, read_only=True).close()
        except WrongPassphraseOrDamaged:
            one.key[:] = bytes(len(one.key))
        else:
            return one
    return found[-1]


def settle(profile: Profile, fits: Opened) -> None:
    """Put a key file that waits in use where it fits the store, and throw it away where another does.

    For whoever holds the lock and has opened the store; what was left of a copy goes too.
    """
    if fits.waits:
        promote(profile)
    elif profile.keys_next.exists():
        profile.keys_next.unlink(missing_ok=True)
    if profile.store_next.exists():
        from triage_app.store import another_key  # as above

        another_key.remove(profile.store_next)


def promote(profile: Profile, told: Callable[[str], None] = lambda _: None) -> None:
    """Put the key file that waits in use: both copies first, so that it is there at every moment."""
    data = profile.keys_next.read_bytes()
    for path, word in ((profile.keys, "first-copy"), (profile.keys_copy, "second-copy")):
        write_whole(path, data)
        told(word)
    profile.keys_next.unlink()
    sync_folder(profile.home)


def _waiting(profile: Profile) -> key_slots.Sidecar | None:
    try:
        return key_slots.from_bytes(profile.keys_next.read_bytes())
    except (OSError, ValueError):
        return None


def _readable(profile: Profile) -> list[key_slots.Sidecar]:
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
