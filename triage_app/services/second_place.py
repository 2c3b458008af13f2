"""The second place: a folder that is not on the disk of the store, where the newest copy goes too.

What tells one disk from another is the number the system gives a mounted file system (``st_dev``; on Windows that of
the volume). Two partitions of one disk are therefore two places, which nobody should rely on; a stick that is not
plugged in leaves an empty folder on the store's own disk, which is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from triage_app.errors import BadInput, StoreDamaged, TriageError
from triage_app.language import say
from triage_app.paths import file_errors, write_whole
from triage_app.store import backup

FOLDER: Final = "triage-backups-"
"What the folder of one store's copies is called there, before the beginning of the store's random id."

_PIECE: Final = 1 << 20


def is_elsewhere(folder: Path, home: Path) -> bool:
    """Tell whether a folder is there and is not on the disk that holds the store."""
    try:
        return folder.is_dir() and folder.stat().st_dev != home.stat().st_dev
    except OSError:
        return False


def check(folder: Path, home: Path) -> Path:
    """Return a folder that may be the second place. Raises ``BadInput`` for one that is not there or not elsewhere."""
    if not folder.is_absolute():
        raise BadInput(say("“{0}” does not fit.", str(folder)[:100]), "Give the whole path of a folder, from the top.")
    try:
        there = folder.is_dir()
    except OSError:
        there = False
    if not there:
        raise BadInput(
            say("{0} is no folder that is there now.", folder),
            "Plug the stick in, or connect the share, and choose it again.",
        )
    if not is_elsewhere(folder, home):
        raise BadInput(
            say("{0} is on the same disk as the store.", folder),
            "Choose a folder on a stick or a share: what breaks this disk must not take the copy too.",
        )
    return folder


def folder_of(place: Path, store_id: str) -> Path:
    """Return where one store's copies lie in the second place: other laptops' lie beside it."""
    return place / f"{FOLDER}{store_id[:8]}"


def carry(copy: Path, keys: bytes, folder: Path, look: Callable[[int], None] = lambda done: None) -> Path:
    """Put a verified copy and its key file into a folder, and read them back from there.

    Raises ``StoreDamaged`` when what is read back is not what was written, and what writing a file may raise.
    """
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / copy.name
    key_target = target.with_name(target.name + ".keys")
    if target.exists():
        if _hash(target) == _hash(copy):
            return target
        raise StoreDamaged(
            say("{0} is there already and is another one.", target.name), "Move it to a safe place, and look."
        )
    write_whole(key_target, keys)
    try:
        said = backup.copy_file(copy, target, look)
        if _hash(target) != said or key_target.read_bytes() != keys:
            raise StoreDamaged(
                "The copy in the second place does not read back as it was written.",
                "The stick or share may be failing: use another, and make a backup now.",
            )
    except BaseException:
        for path in (target, key_target):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    return target


def _hash(path: Path) -> str:
    """Return the SHA-256 of a file as the disk has it, where the system can be told to forget what it remembers."""
    hashed = hashlib.sha256()
    with file_errors(path), path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def not_there(place: Path) -> TriageError:
    """Return what is said when the second place cannot be reached."""
    return TriageError(
        say("The second place, {0}, is not there.", place),
        "Plug the stick in, or connect the share, and make a backup now.",
    )
