"""This store's own device and its responders."""

from __future__ import annotations

from triage_app.store.connection import Store


def keep_own(store: Store, device: str, identity: bytes, private: bytes) -> None:
    """Keep this device's identity and its secret keys."""
    store.execute("INSERT INTO identity(device, bytes, own, private) VALUES (?, ?, 1, ?)", (device, identity, private))


def own(store: Store) -> tuple[bytes, bytes | None] | None:
    """Return (identity, secret keys) of this device; a copy for an auditor has no secret keys."""
    row = store.row("SELECT bytes, private FROM identity WHERE own = 1")
    return None if row is None else (bytes(row[0]), None if row[1] is None else bytes(row[1]))


def change_own(store: Store, identity: bytes) -> None:
    """Keep what this device says of itself now; its keys stay."""
    store.execute("UPDATE identity SET bytes = ? WHERE own = 1", (identity,))


def become(store: Store, device: str, identity: bytes, private: bytes) -> None:
    """Be a device that is known here as another one: its secret keys were found."""
    store.execute(
        "INSERT OR REPLACE INTO identity(device, bytes, own, private) VALUES (?, ?, 1, ?)", (device, identity, private)
    )


def replace_own(store: Store, device: str, identity: bytes, private: bytes) -> None:
    """Go on under another device: the earlier one becomes a device like any other."""
    store.execute("UPDATE identity SET own = 0, private = NULL WHERE own = 1")
    keep_own(store, device, identity, private)


def responder_name(store: Store, responder: str) -> str:
    """Return a responder's name, '' for one not known here."""
    return store.value("SELECT name FROM responder WHERE id = ?", (responder,)) or ""
