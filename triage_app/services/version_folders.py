"""The versions in a folder edition: which is in use, which waits, how starts of it ended. Changed by renames alone.

``versions/state.json`` names the version in use and the one that waits. What is below ``versions`` and not named there
does not count. For ever: a program that was unpacked years ago reads what the newest one has written.

A start of the version that waits leaves a file below ``versions/starts``, locked while that process lives. One that is
neither locked nor marked as ended died: nobody has to write that down, and the system frees the lock of whatever ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from triage_app.domain.versions import is_version
from triage_app.errors import StoreBusy, TriageError
from triage_app.paths import file_errors, write_whole
from triage_app.services.editions import VERSIONS

STATE: Final = "state.json"
LISTED: Final = "staged.json"
"""In the folder of a version that an update brought: what belongs there, to be looked over before its first start."""
INCOMING: Final = ".incoming-"
OUTGOING: Final = ".outgoing-"
TRIES: Final = 3
"""So many starts that did not come to an open store, and the version before is used again."""

DIED, DAMAGED, NO_START, ASKED = "died", "damaged", "no-start", "asked"
"""Why a version was given up."""

_FORMAT: Final = 1
_MOST_BYTES: Final = 4096
_PIECE: Final = 1 << 20
_ENDED: Final = b"e"
_WAITS_S: Final = 5.0
_PAUSE_S: Final = 0.01


@dataclass(frozen=True)
class State:
    """What stands in ``state.json``; '' is none, or the version that was unpacked."""

    current: str = ""
    "In use; a store was opened with it."
    previous: str = ""
    "In use before."
    waiting: str = ""
    "Looked over and laid down, to be taken at the next start, and not yet known to open a store."
    given_up: str = ""
    "Taken out of use again, of which nobody has been told yet."
    because: str = ""


def place_of(base: Path, version: str) -> Path:
    """Return the folder of a version; ``base`` itself for ''."""
    return base / VERSIONS / version if version else base


def read(base: Path) -> State:
    """Return what stands; nothing where there is nothing, or nothing that can be read."""
    try:
        with (base / VERSIONS / STATE).open("rb") as file:
            told = json.loads(file.read(_MOST_BYTES))
        if told["format"] != _FORMAT:
            return State()
        found = State(**{name: str(told.get(name, "")) for name in asdict(State())})
    except (OSError, ValueError, KeyError, TypeError):
        return State()
    named = (found.current, found.previous, found.waiting, found.given_up)
    return found if all(not one or is_version(one) for one in named) else State()


def change(base: Path, to: Callable[[State], State]) -> State:
    """Put another state in place of the one that stands, whole or not at all; return it. Raises ``TriageError``."""
    with _alone(base):
        before = read(base)
        after = to(before)
        if after != before:
            data = json.dumps({"format": _FORMAT, **asdict(after)}, indent=1).encode()
            patiently(lambda: write_whole(base / VERSIONS / STATE, data))
            with contextlib.suppress(OSError):  # other accounts, which may only read here, follow too
                (base / VERSIONS / STATE).chmod(0o644)
        return after


def give_up(base: Path, version: str, because: str) -> State:
    """Use the version before again; nothing is changed where another waits meanwhile. Raises ``TriageError``."""
    return change(
        base,
        lambda state: (
            state if state.waiting != version else replace(state, waiting="", given_up=version, because=because)
        ),
    )


@contextlib.contextmanager
def _alone(base: Path) -> Iterator[None]:
    end = time.monotonic() + _WAITS_S
    while (held := _hold(base / VERSIONS / "state.lock")) is None:
        if time.monotonic() > end:
            raise StoreBusy("Another start of the program is busy with its versions.", "Do it again in a moment.")
        time.sleep(_PAUSE_S)
    with held:
        yield


def staging(base: Path) -> IO[bytes]:
    """Return the lock under which one process alone lays a version down. Raises ``StoreBusy``."""
    held = _hold(base / VERSIONS / "staging.lock")
    if held is None:
        raise StoreBusy("Another update of this folder is under way.", "Wait until it is done.")
    return held


def _hold(path: Path) -> IO[bytes] | None:
    from triage_app.store import lock  # most starts need none

    return lock.hold(path)


def patiently(work: Callable[[], object]) -> None:
    """Do what renames; on Windows again and again for a moment, while a scanner or a reader has the file open."""
    for _ in range(200 if sys.platform == "win32" else 0):
        with contextlib.suppress(PermissionError, TriageError):
            work()
            return
        time.sleep(_PAUSE_S)
    work()


# -- starts of the version that waits ---------------------------------------------------------------------


def begin(base: Path, version: str) -> tuple[str, IO[bytes]] | None:
    """Note that a start begins; return its name and the lock that says it lives, None where nothing can be noted."""
    folder = base / VERSIONS / "starts"
    name = f"{version}-{secrets.token_hex(8)}"
    try:
        folder.mkdir(exist_ok=True)
        held = _hold(folder / name)
    except (OSError, TriageError):
        return None
    return None if held is None else (name, held)


def end(base: Path, name: str) -> None:
    """Note that a start ended as it should, or came to an open store; a name that ``begin`` never gave is nobody's."""
    if not is_version(name.rpartition("-")[0]) or not name.isascii() or Path(name).name != name:
        return
    path = base / VERSIONS / "starts" / name
    with contextlib.suppress(OSError), path.open("r+b", buffering=0) as file:
        file.seek(1)  # Windows keeps the first byte for who holds the lock
        file.write(_ENDED)


def deaths(base: Path, version: str) -> int:
    """Return how many starts of a version ended otherwise."""
    return sum(not ended for path, ended in _over(base) if path.name.rpartition("-")[0] == version)


def forget(base: Path, version: str = "") -> None:
    """Remove the notes of starts that are over, of one version or of all."""
    for path, _ in _over(base):
        if not version or path.name.rpartition("-")[0] == version:
            with contextlib.suppress(OSError):
                path.unlink()


def _over(base: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the notes of starts that are over, and whether each ended as it should."""
    try:
        found = sorted((base / VERSIONS / "starts").iterdir())
    except OSError:
        return
    for path in found:
        with contextlib.suppress(OSError, TriageError):
            held = _hold(path)
            if held is not None:
                with held:
                    data = held.read(2)
                yield path, data[1:] == _ENDED


# -- what belongs to a version -----------------------------------------------------------------------------


def note_content(folder: Path, files: dict[str, tuple[int, str]], links: dict[str, str]) -> None:
    """Write down what was laid down: size and SHA-256 of each file, and what each link leads to."""
    data: dict[str, Any] = {"files": files, "links": links}
    with file_errors(folder):
        (folder / LISTED).write_text(json.dumps(data, sort_keys=True), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Tell whether everything that was laid down is still there as it was."""
    try:
        told = json.loads((folder / LISTED).read_text(encoding="utf-8"))
        for name, (size, digest) in told["files"].items():
            path = folder / name
            if path.is_symlink() or path.stat().st_size != size:
                return False
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    return False
        return all(os.readlink(folder / name) == target for name, target in told["links"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def put_away(path: Path) -> None:
    """Move a folder out of the way, then remove it: whatever interrupts that, no half of it stands under its name."""
    with file_errors(path):
        aside = path.with_name(f"{OUTGOING}{secrets.token_hex(8)}")
        patiently(lambda: path.rename(aside))
    shutil.rmtree(aside, ignore_errors=True)


def clear(base: Path, running: str) -> None:
    """Remove what no state names and is not running: old versions, and what an update that was cut short has left."""
    state = read(base)
    kept = {state.current, state.previous, state.waiting, running}
    with contextlib.suppress(OSError, TriageError), staging(base):
        for path in sorted((base / VERSIONS).iterdir()):
            if path.name.startswith((INCOMING, OUTGOING)):
                shutil.rmtree(path, ignore_errors=True)
            elif is_version(path.name) and path.is_dir() and path.name not in kept:
                with contextlib.suppress(OSError, TriageError):
                    put_away(path)
