"""Putting a store that was made ready beside it in the place of the one that is there, which is set aside.

Every step is one rename, and the steps can be taken up again where the program was ended: until the last of them the
new store lies whole in its folder, with a file that says that it is ready.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Final

from triage_app.errors import StoreBusy, TriageError
from triage_app.paths import Profile, file_errors, sync_folder, write_whole
from triage_app.store import lock

FOLDER: Final = "restoring"
_READY: Final = "ready"
ASIDE: Final = "set-aside-"


def place_of(profile: Profile) -> Profile:
    """Return where a store is made ready: on the same disk, so that it moves in by renaming."""
    return Profile(profile.home / FOLDER)


def clear(profile: Profile) -> None:
    """Remove what an attempt left that never became ready."""
    folder = place_of(profile).home
    if folder.exists() and not (folder / _READY).exists():
        with file_errors(folder):
            shutil.rmtree(folder)


def is_waiting(profile: Profile) -> bool:
    """Tell whether a store is ready to move in."""
    return (place_of(profile).home / _READY).exists()


def move_in(profile: Profile, stamp: str) -> Path | None:
    """Say that the store made ready shall be the store, and make it so; return where the other one lies, if any.

    Raises ``TriageError`` for one that the disk did not let be closed: without its log it would not be whole.
    """
    log = _beside(place_of(profile))[0]
    if log.exists() and log.stat().st_size:
        raise TriageError(
            "The store that was made could not be closed: the disk did not take all of it.",
            "Check that the disk is still there and has room, then do it again; nothing has been changed.",
            "disk",
        )
    write_whole(place_of(profile).home / _READY, json.dumps({"aside": f"{ASIDE}{stamp}"}).encode())
    return _move(profile)


def finish(profile: Profile) -> None:
    """Take up what was begun when the program was ended half-way. Nothing is done while somebody writes."""
    if not is_waiting(profile):
        return
    try:
        held = lock.take(profile)
    except StoreBusy:
        return
    try:
        if is_waiting(profile):
            _move(profile)
    finally:
        held.release()


def _move(profile: Profile) -> Path | None:
    ready = place_of(profile)
    aside = profile.home / _aside_of(ready.home / _READY)
    with file_errors(profile.home):
        if ready.store.exists():
            for path in _beside(profile):
                _put_aside(path, aside)
            for source, target in ((ready.keys_copy, profile.keys_copy), (ready.keys, profile.keys)):
                if source.exists():
                    _put_aside(target, aside)
                    source.replace(target)
            sync_folder(profile.home)
            ready.store.replace(profile.store)
            sync_folder(profile.home)
        shutil.rmtree(ready.home)
        sync_folder(profile.home)
    return aside if aside.exists() else None


def _aside_of(path: Path) -> str:
    try:
        name = str(json.loads(path.read_text(encoding="utf-8"))["aside"])
    except (OSError, ValueError, KeyError, TypeError):
        name = ""
    return name if name.startswith(ASIDE) and Path(name).name == name else f"{ASIDE}unknown"


def _beside(profile: Profile) -> list[Path]:
    """Return the parts of the store that is there, its log first: played into another it would damage that."""
    ends = ("-wal", "-shm", "-journal", "")
    return [profile.store.with_name(profile.store.name + end) for end in ends]


def _put_aside(path: Path, folder: Path) -> None:
    if not path.exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    path.replace(target)
    with contextlib.suppress(OSError):
        sync_folder(folder)
