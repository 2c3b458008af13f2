"""A watched folder: what arrives in it is imported or offered once, and nothing in it is ever moved or removed.

The folder is looked at now and then rather than waited upon: a share on a network tells nobody of a
new file. A file is taken once it has stayed as it is between two looks. Links, folders and hidden
files are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.errors import BadBundle, BadFile, BadInput, TriageError
from triage_app.formats.receipt import BadReceipt
from triage_app.language import say
from triage_app.services import set_by_it
from triage_app.services.content import keyed_hash
from triage_app.services.import_alerts import Imported, import_file
from triage_app.services.incoming_files import is_hidden
from triage_app.services.previewing import size_of
from triage_app.services.progress import Progress, no_progress
from triage_app.services.quarantine import QuarantineFull
from triage_app.services.session import Session
from triage_app.services.watched_bundles import Sealed, is_sealed, take_sealed
from triage_app.store import brought, preferences
from triage_app.store.connection import Store

MOST_FILES: Final = 5_000
"""Files in a watched folder that are looked at; more are named as not looked at."""

POLL_SECONDS: Final = 3.0
_UNFINISHED: Final = (".partial", ".part", ".crdownload", ".tmp", ".download")
_KEPT: Final = "watched"

Stamp = tuple[int, int]
"""Size, and when it was last changed, in nanoseconds."""


@dataclass(frozen=True)
class Arrived:
    """What became of one file."""

    path: Path
    imported: Imported | None = None
    waits: TriageError | None = None
    "Why it was not imported, and what to do: it waits for somebody."
    sealed: Sealed | None = None
    "What became of a bundle or a receipt."

    @property
    def was_known(self) -> bool:
        """Whether the same content had been imported before, so that nothing was done."""
        return self.imported is None and self.waits is None and self.sealed is None


class Watch:
    """What a folder held at the last look. One thread at a time looks."""

    def __init__(self, folder: Path, settled: Iterable[Any] = ()) -> None:
        """``settled`` is what ``settled_files`` returned: files that need not be opened again."""
        self.folder = folder
        self.beyond = 0
        self._last: dict[str, Stamp] = {}
        self._settled: dict[str, Stamp] = {}
        for each in settled:
            if isinstance(each, list) and len(each) == 3 and isinstance(each[0], str):
                self._settled[each[0]] = (int(each[1]), int(each[2]))

    def look(self) -> list[Path]:
        """Look at the folder; return the files that have stayed as they are since the last look and are new.

        Raises ``BadInput`` for a folder that cannot be looked into.
        """
        found = self._scan()
        ready = [
            self.folder / name
            for name, stamp in sorted(found.items())
            if self._last.get(name) == stamp and self._settled.get(name) != stamp
        ]
        self._last = found
        return ready

    def settle(self, path: Path) -> None:
        """Ask no more about a file, as long as it stays as it was at the last look."""
        stamp = self._last.get(path.name)
        if stamp is not None:
            self._settled[path.name] = stamp

    def is_there(self, path: Path) -> bool:
        """Tell whether a file was there, as it had been settled, at the last look."""
        stamp = self._last.get(path.name)
        return stamp is not None and self._settled.get(path.name) == stamp

    def settled(self, waiting: Iterable[Path] = ()) -> list[list[Any]]:
        """Return what need not be opened again after a restart: all that is settled, but for what waits."""
        names = {path.name for path in waiting}
        return [
            [name, *stamp]
            for name, stamp in sorted(self._settled.items())
            if name not in names and self._last.get(name) == stamp
        ]

    def _scan(self) -> dict[str, Stamp]:
        found: dict[str, Stamp] = {}
        self.beyond = 0
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.is_symlink() or is_hidden(entry) or entry.name.casefold().endswith(_UNFINISHED):
                        continue
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    if len(found) >= MOST_FILES:
                        self.beyond += 1
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if status.st_size:
                        found[entry.name] = (status.st_size, status.st_mtime_ns)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its name is not one"
            raise BadInput(
                say("The watched folder {0} cannot be looked into ({1}).", self.folder, reason),
                "Check that the share or stick is there, or watch another folder.",
                "no-folder",
            ) from error
        return found


def refuse_other(folder: Path, *, merge: bool = False) -> None:
    """Raise ``SetByIT`` for a folder, or for merging unasked, that the IT department does not have watched."""
    force = set_by_it.now()
    one = force.held.get("DropFolder")
    if one is not None and (not one.value or folder.resolve() != Path(one.value).resolve()):
        if not one.value:
            raise set_by_it.refusal(say("Your IT department has no folder watched."))
        raise set_by_it.refusal(say("Your IT department has {0} watched, and no other folder is.", one.value))
    if merge and force.value("MergeUnasked") == "off":
        raise set_by_it.refusal(say("Your IT department lets no bundle be merged without asking."))


def take(
    session: Session,
    path: Path,
    *,
    organisation: str = "",
    progress: Progress = no_progress,
    is_cancelled: Callable[[], bool] = lambda: False,
    on_rows: Callable[[Any], None] = lambda rows: None,
    merge: bool = False,
) -> Arrived:
    """Import a file that has arrived, unless its content was imported before; say why where it cannot be.

    A bundle is offered, or merged where ``merge`` says so (``watched_bundles``). Raises ``Cancelled`` and what writing
    to the store may raise.
    """
    try:
        if is_sealed(path):
            return Arrived(path, sealed=take_sealed(session, path, merge=merge))
        if is_imported(session, path):
            return Arrived(path)
        return Arrived(
            path,
            import_file(
                session,
                path,
                organisation=organisation,
                progress=progress,
                is_cancelled=is_cancelled,
                on_rows=on_rows,
                renew_refusal=False,
            ),
        )
    except (BadFile, BadBundle, BadReceipt, QuarantineFull) as error:
        return Arrived(path, waits=error)


def is_imported(session: Session, path: Path) -> bool:
    """Tell whether a file of this content was ever imported here, whether or not that stands."""
    if not brought.of_size(session.store, size_of(path)):
        return False
    return bool(brought.standing_or_undone(session.store, keyed_hash(session, path)))


def settled_files(store: Store, folder: Path) -> list[Any]:
    """Return what ``keep_settled`` kept of this folder."""
    kept = preferences.all_of(store).get(_KEPT)
    if not isinstance(kept, dict) or kept.get("folder") != str(folder) or not isinstance(kept.get("files"), list):
        return []
    return list(kept["files"])


def keep_settled(session: Session, folder: Path, files: list[list[Any]]) -> None:
    """Keep which files of the folder need not be opened again. It stays in the store: names say much."""
    with session.store.write():
        preferences.keep(session.store, _KEPT, {"folder": str(folder), "files": files})
