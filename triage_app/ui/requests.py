"""Second starts: one window a profile. A later start leaves a request and goes; the window that is open takes it up."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from triage_app.errors import StoreBusy
from triage_app.paths import Profile, write_whole
from triage_app.services.places import make_home
from triage_app.store import lock

SUFFIX = ".request"
MOST_BYTES = 64 * 1024
MOST_PATHS = 50
MOST_REQUESTS = 20
AGAIN_MS = 200
"""After which a request that could not be read is looked at again."""
MOST_AGAIN = 100


def take_window(profile: Profile) -> lock.Lock | None:
    """Take the one window of a profile, locked or not; None where another window has it.

    Raises what making the profile's folder may raise.
    """
    make_home(profile)
    profile.requests.mkdir(exist_ok=True, mode=0o700)
    try:
        return lock.take(Profile(profile.requests))
    except StoreBusy:
        return None


def leave(profile: Profile, paths: Sequence[Path]) -> None:
    """Ask the window that is open to come forward and to show some files."""
    names = [str(path.absolute()) for path in paths[:MOST_PATHS]]
    write_whole(profile.requests / f"{secrets.token_hex(8)}{SUFFIX}", json.dumps({"open": names}).encode())


class Requests(QObject):
    """Watches for requests. What they name is untrusted: it is shown to the responder and taken in by nobody else."""

    arrived = Signal(list)
    """Paths, perhaps none: the window is to come forward."""

    def __init__(self, profile: Profile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = profile.requests
        self._watcher = QFileSystemWatcher([str(self._folder)], self)
        self._watcher.directoryChanged.connect(lambda _: self.look())
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._look_again)
        self._times_again = 0

    def look(self) -> None:
        """Take up every request there is.

        One that cannot be read yet is taken up a moment later: on Windows whoever wrote it, or looks for viruses in
        it, still holds it when its name appears, and nothing announces it a second time.
        """
        self._times_again = 0
        self._take_up()

    def _look_again(self) -> None:
        self._times_again += 1
        self._take_up()

    def _take_up(self) -> None:
        try:
            found = sorted(self._folder.glob(f"*{SUFFIX}"))[:MOST_REQUESTS]
        except OSError:
            return
        is_held = False
        for path in found:
            try:
                untrusted_paths = _read(path)
            except OSError:
                is_held = True
            else:
                self.arrived.emit(untrusted_paths)
        if is_held and self._times_again < MOST_AGAIN:
            self._again.start()


def _read(path: Path) -> list[Path]:
    """Return the files that a request names, and remove it; anything odd in it counts as naming none.

    Raises ``OSError`` for one that cannot be read or removed: removed first, it is acted upon once only.
    """
    with path.open("rb") as file:
        untrusted_bytes = file.read(MOST_BYTES + 1)
    path.unlink()
    try:
        untrusted_data = json.loads(untrusted_bytes) if len(untrusted_bytes) <= MOST_BYTES else {}
    except (ValueError, RecursionError):
        return []
    names = untrusted_data.get("open") if isinstance(untrusted_data, dict) else None
    if not isinstance(names, list):
        return []
    return [Path(name) for name in names[:MOST_PATHS] if isinstance(name, str) and 0 < len(name) <= 4096]
