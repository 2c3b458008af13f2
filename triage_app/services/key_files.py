"""The key file of a store: its copies, and what a secret opens in them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from triage_app.errors import NoStore, TriageError, WrongPassphraseOrDamaged
from triage_app.formats import key_slots
from triage_app.paths import Profile
from triage_app.store import key_file


@dataclass(frozen=True)
class Opened:
    """What a secret opened."""

    key: bytearray
    "The data key; whoever is given it overwrites it."
    slot: key_slots.Slot
    sidecar: key_slots.Sidecar


def of_store(profile: Profile) -> key_slots.Sidecar:
    """Return the key file of a store that is there. Raises ``NoStore``, ``WrongPassphraseOrDamaged``."""
    if not profile.store.exists():
        raise NoStore(
            f"There is no store at {profile.home}.", "Run “triage init” to make one, or name another with --home."
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


def unwrapped(profile: Profile, secret: str | bytes, kinds: Sequence[str]) -> Opened:
    """Return what a secret opens: the second copy is tried where the first has a damaged slot."""
    first, *others = _readable(profile)
    try:
        return _opened(first, secret, kinds)
    except WrongPassphraseOrDamaged:
        for other in others:
            with contextlib.suppress(WrongPassphraseOrDamaged):
                return _opened(other, secret, kinds)
        raise


def _opened(sidecar: key_slots.Sidecar, secret: str | bytes, kinds: Sequence[str]) -> Opened:
    key, slot = key_slots.unwrap(sidecar, secret, kinds=kinds)
    return Opened(bytearray(key), slot, sidecar)


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
