"""Automatic backups: made when something changed, verified, carried to a second place, and the oldest removed.

How they stand is written beside them, not in the store: it must be known when the store cannot be opened.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from triage_app.domain import backup_policy
from triage_app.domain.backup_policy import Kept, Policy
from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.paths import Profile, file_errors, or_undone, remove_if_there, write_whole
from triage_app.services import policy_files, second_place, set_by_it
from triage_app.services import session as sessions
from triage_app.services.changes import Clock, milliseconds
from triage_app.store import backup, preferences
from triage_app.store.backup import Watch, no_watch
from triage_app.store.connection import Store, open_store

AFTER_SESSION, BEFORE_IMPORT, BEFORE_MERGE = "after-session", "before-import", "before-merge"
BEFORE_MIGRATION, ASKED = "before-migration", "asked-for"
KINDS: Final = (AFTER_SESSION, BEFORE_IMPORT, BEFORE_MERGE, BEFORE_MIGRATION, ASKED)

PLACE: Final = "backup-folder"
"The setting that names the second place."

_NAME: Final = re.compile(rf"({'|'.join(KINDS)})-(\d{{8}}T\d{{6}}Z)(?:-\d+)?\.db\Z")
_STATUS: Final = "status.json"
_MOST_STATUS: Final = 1 << 16
_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Found:
    """A backup that lies in a folder."""

    path: Path
    at: int
    "Milliseconds UTC: what its name says, else when the file was written."
    size: int
    kind: str
    "One of ``KINDS``, '' for one that somebody named."

    @property
    def keys(self) -> Path:
        """The key file beside it."""
        return self.path.with_name(self.path.name + ".keys")


@dataclass(frozen=True)
class Status:
    """How the automatic backups stand. Times are milliseconds UTC."""

    last_at: int | None = None
    "The newest verified copy that the program made."
    last_name: str = ""
    mark: str = ""
    "What the store was like then (``backup.mark``)."
    outside_at: int | None = None
    "The newest verified copy that is not on the disk of the store."
    outside_in: str = ""
    what: str = ""
    "Why the newest attempt failed, '' for one that did not."
    do: str = ""
    place: str = ""
    "The second place, for when the store that has the setting cannot be opened."


def policy(home: Path) -> Policy:
    """Return the rules that hold for the profile in a folder."""
    return policy_files.load(home, "backups.json", backup_policy.read).policy


def place_of(store: Store) -> str:
    """Return the second place, '' for none: the IT department's, else the one that was chosen."""
    return str(set_by_it.effective(PLACE, preferences.all_of(store).get(PLACE), "", set_by_it.now()))


def status(profile: Profile) -> Status:
    """Return how the backups stand; nothing is known where nothing readable is written."""
    try:
        with (profile.backups / _STATUS).open("rb") as file:
            untrusted = json.loads(file.read(_MOST_STATUS))
    except (OSError, ValueError, RecursionError):
        return Status()
    known: dict[str, Any] = {}
    for name, default in asdict(Status()).items():
        value = untrusted.get(name) if isinstance(untrusted, dict) else None
        if type(value) is (str if isinstance(default, str) else int):
            known[name] = value
    return Status(**known)


def note(profile: Profile, said: Status) -> None:
    """Write down how the backups stand; where there is no room even for that, the next attempt writes it."""
    data = (json.dumps(asdict(said), ensure_ascii=False, sort_keys=True) + "\n").encode()
    with contextlib.suppress(TriageError, OSError):
        profile.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(profile.backups / _STATUS, data)


def found(path: Path) -> Found | None:
    """Return what a backup's name and file say of it; None where it, or its key file, is not there."""
    try:
        stated = path.stat()
        if not path.is_file() or not path.with_name(path.name + ".keys").is_file():
            return None
    except OSError:
        return None
    named = _NAME.match(path.name)
    at = _at(named[2]) if named else None
    written = round(stated.st_mtime * 1000)
    return Found(path, written if at is None else at, stated.st_size, named[1] if named and at is not None else "")


def found_in(folder: Path) -> list[Found]:
    """Return the backups in a folder, the newest first: files with their key file beside them."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".db")
    except OSError:
        return []
    every = [one for one in map(found, paths) if one is not None]
    return sorted(every, key=lambda one: (one.at, one.path.name), reverse=True)


def everywhere(profile: Profile, more: Iterable[Path] = ()) -> list[Found]:
    """Return the backups in the profile's folder, in the second place if it is there, and in ``more`` folders."""
    folders = [profile.backups]
    place = status(profile).place
    for one in [*([Path(place)] if place else []), *more]:
        folders.append(one)
        with contextlib.suppress(OSError):
            folders += sorted(path for path in one.glob(f"{second_place.FOLDER}*") if path.is_dir())
    every = {one.path.absolute(): one for folder in folders for one in found_in(folder)}
    return sorted(every.values(), key=lambda one: (one.at, str(one.path)), reverse=True)


def _at(stamp: str) -> int | None:
    try:
        return milliseconds(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def named(profile: Profile, path: Path, more: Iterable[Path] = ()) -> Path:
    """Return the backup that is meant: a file, or the name of one that is listed."""
    if path.exists() or path.name != str(path):
        return path
    return next((one.path for one in everywhere(profile, more) if one.path.name == str(path)), path)


def due(profile: Profile, store: Store) -> bool:
    """Tell whether anything was done since the newest verified copy, or that is no longer there."""
    said = status(profile)
    return not said.mark or said.mark != backup.mark(store) or not (profile.backups / said.last_name).is_file()


def make(
    profile: Profile, key: bytes, now: Clock, kind: str, watch: Watch = no_watch, *, always: bool = False
) -> Status:
    """Make one copy where it is due, carry it to the second place, remove what is too many; return how things stand.

    It opens the store with a connection of its own, to be called on any thread. What stands against it is in the
    answer and on Home until an attempt succeeds; ``Cancelled`` alone is raised, and leaves nothing.
    """
    said = status(profile)
    store = None
    try:
        store = open_store(profile.store, key, read_only=True)
        place = place_of(store)
        said = replace(said, place=place)
        if always or due(profile, store):
            mark = backup.mark(store)
            written = _write(profile, store, key, now(), kind, watch)
            said = replace(said, last_at=written.at, last_name=written.path.name, mark=mark, what="", do="")
        said = _carry(profile, store, said, place, watch)
    except TriageError as error:
        said = replace(said, what=error.what, do=error.do)
    finally:
        if store is not None:
            store.close()
    note(profile, said)
    return said


def _write(profile: Profile, store: Store, key: bytes, at: datetime, kind: str, watch: Watch) -> Found:
    folder = profile.backups
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear(folder)
    rules = policy(profile.home)
    here = [one for one in found_in(folder) if one.kind]
    room = _room(folder, here, rules.percent_here)
    needed = backup.size(store)
    if needed > room:
        raise TriageError(
            say(
                "No backup was made: it needs {0}, and {1} % of what is free on this disk is {2}.",
                in_bytes(needed),
                rules.percent_here,
                in_bytes(room),
            ),
            "Free some space on this disk; until then “triage backup FILE” writes one to a stick.",
            "no-room",
        )
    target = _free_name(folder, kind, at)
    keys = target.with_name(target.name + ".keys")
    write_whole(keys, sessions.sidecar_bytes(profile))  # first: what has the name of a copy can be opened
    with or_undone(partial(remove_if_there, keys)):
        backup.back_up(store, key, target, watch)
    rotate(folder, rules, rules.percent_here, target)
    return next(one for one in found_in(folder) if one.path == target)


def _clear(folder: Path) -> None:
    """Remove what a program left that was ended half-way: only who holds the store's lock makes copies here."""
    for left in folder.glob("*.partial*"):
        left.unlink(missing_ok=True)
    for keys in folder.glob("*.db.keys"):
        copy = keys.with_suffix("")
        if _NAME.match(copy.name) and not copy.exists():
            keys.unlink(missing_ok=True)


def _free_name(folder: Path, kind: str, at: datetime) -> Path:
    stamp = at.astimezone(UTC).strftime(_STAMP)
    target, number = folder / f"{kind}-{stamp}.db", 1
    while target.exists():
        number += 1
        target = folder / f"{kind}-{stamp}-{number}.db"
    return target


def _room(folder: Path, here: Iterable[Found], percent: int) -> int:
    with file_errors(folder):
        free = shutil.disk_usage(folder).free
    return (free + sum(one.size for one in here)) * percent // 100


def rotate(folder: Path, rules: Policy, percent: int, newest: Path) -> list[Path]:
    """Remove the copies that the program made and the rules no longer want; ``newest`` was just verified, and stays."""
    own = [one for one in found_in(folder) if one.kind]
    room = _room(folder, own, percent)
    kept = backup_policy.wanted([Kept(one.path.name, one.at, one.size) for one in own], rules, room)
    gone = [one for one in own if one.path.name not in kept and one.path != newest]
    for one in gone:
        with contextlib.suppress(OSError):
            one.path.unlink(missing_ok=True)
            one.keys.unlink(missing_ok=True)
    return [one.path for one in gone]


def _carry(profile: Profile, store: Store, said: Status, place: str, watch: Watch) -> Status:
    """Bring the newest copy to the second place, if that is there."""
    if not place or not said.last_name or not second_place.is_elsewhere(Path(place), profile.home):
        return said
    copy = profile.backups / said.last_name
    folder = second_place.folder_of(Path(place), str(store.meta("store")))
    if not copy.is_file() or (said.outside_at == said.last_at and (folder / copy.name).is_file()):
        return said
    rules = policy(profile.home)
    needed = copy.stat().st_size
    with file_errors(Path(place)):
        free = shutil.disk_usage(place).free
    if needed > free:
        raise TriageError(
            say(
                "The second place has no room for the newest backup: it needs {0}, {1} are free.",
                in_bytes(needed),
                in_bytes(free),
            ),
            say("Free some space at {0}, or choose another folder; the copy on this disk was made.", place),
            "no-room",
        )
    there = second_place.carry(
        copy, copy.with_name(copy.name + ".keys").read_bytes(), folder, lambda done: watch(done, needed)
    )
    rotate(folder, rules, rules.percent_elsewhere, there)
    return replace(said, outside_at=said.last_at, outside_in=place, what="", do="")


def note_written_elsewhere(profile: Profile, path: Path, now: Clock) -> None:
    """Note a copy that somebody had written to a file, if that is on another disk."""
    if second_place.is_elsewhere(path.absolute().parent, profile.home):
        note(profile, replace(status(profile), outside_at=milliseconds(now()), outside_in=str(path.absolute().parent)))


def in_bytes(count: int) -> str:
    """Return a size in words."""
    if count < 1_000_000:
        return f"{max(count, 0) / 1_000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.1f} GB"
