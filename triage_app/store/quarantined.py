"""What is noted of the files of senders that are not trusted here; the sealed files lie beside the store."""

from __future__ import annotations

from collections.abc import Sequence

from triage_app.store.connection import Store


def note(
    store: Store, *, file: str, name: str, bundle: str, device: str, identity: bytes, part: int, parts: int, size: int,
    at: int,
) -> None:  # fmt: skip
    """Note a kept file; ``name`` is what it was called where it came from, ``at`` milliseconds UTC."""
    store.execute(
        "INSERT OR REPLACE INTO quarantine(file, name, bundle, device, identity, part, parts, bytes, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (file, name, bundle, device, identity, part, parts, size, at),
    )


def has(store: Store, file: str) -> bool:
    """Tell whether a file is kept already."""
    return bool(store.value("SELECT 1 FROM quarantine WHERE file = ?", (file,)))


def size(store: Store) -> tuple[int, int]:
    """Return (files, bytes) of all that is kept."""
    files = store.value("SELECT count(*) FROM quarantine")
    return int(files), int(store.value("SELECT ifnull(sum(bytes), 0) FROM quarantine"))


def by_device(store: Store) -> list[tuple[str, bytes, int, int, int]]:
    """Return (device, identity file, files, bytes, newest) of each sender, the newest first."""
    return [
        (device, bytes(identity or b""), files, total, at)
        for device, identity, files, total, at in store.rows(
            "SELECT device, max(identity), count(*), sum(bytes), max(at) FROM quarantine GROUP BY device"
            " ORDER BY max(at) DESC, device"
        )
    ]


def files(store: Store, device: str) -> list[str]:
    """Return the names of the kept files of a sender, or of all where ``device`` is ''; oldest first."""
    sql = "SELECT file FROM quarantine WHERE ?1 = '' OR device = ?1 ORDER BY at, part, file"
    return [row[0] for row in store.rows(sql, (device,))]


def names(store: Store, device: str) -> dict[str, str]:
    """Return what each kept file of a sender was called where it came from, by its name here."""
    return dict(store.rows("SELECT file, name FROM quarantine WHERE device = ?", (device,)))


def forget(store: Store, names: Sequence[str]) -> None:
    """Forget kept files."""
    store.executemany("DELETE FROM quarantine WHERE file = ?", [(name,) for name in names])
