"""What kept the program from starting: noted for IT, in the system's log and beside the store, with nothing of anybody.

A note is a time, a version, a stable word and the kinds and places of the fault. No path, name or text goes into it:
the sentence with those is for the person at the screen alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Final

from triage_app import __version__
from triage_app.errors import TriageError
from triage_app.formats import event_log
from triage_app.paths import Profile
from triage_app.store import where

MOST_BYTES: Final = 64 * 1024
"""What the log of starts may hold; then its older half goes."""

NO_SCREEN: Final = "no-screen"
NO_QT: Final = "no-qt"
INCOMPLETE: Final = "incomplete"


class CannotStart(TriageError):
    """The window, or the program itself, cannot start on this computer as it is."""

    code = INCOMPLETE


def no_screen() -> CannotStart:
    """Return what is said where there is no screen to put a window on."""
    return CannotStart(
        "The window cannot open: this session has no screen (neither DISPLAY nor WAYLAND_DISPLAY is set).",
        "Start it from the desktop, or use “triage” with a command here; “triage --help” lists them.",
        NO_SCREEN,
    )


def no_qt() -> CannotStart:
    """Return what is said where Qt gave up on the screen that there is."""
    return CannotStart(
        "The window cannot open: its graphical part could not be started on this screen.",
        "Ask IT to repair the installation. Until then “triage” with a command works: “triage --help” lists them.",
        NO_QT,
    )


def incomplete() -> CannotStart:
    """Return what is said where a part of the program cannot be loaded."""
    return CannotStart(
        "A part of the program is missing or was blocked, so it cannot start.",
        "Ask IT to look whether antivirus or an application policy stopped it, and to repair the installation.",
        INCOMPLETE,
    )


def described(error: BaseException) -> str:
    """Return the kinds and the place of a fault, without any value."""
    kinds: list[str] = []
    step: BaseException | None = error
    while step is not None and len(kinds) < 6:
        kinds.append(type(step).__name__)
        step = step.__cause__ or step.__context__
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "start"
    return f"{' from '.join(kinds)} at {place}"


def line(error: BaseException) -> str:
    """Return what is noted of a fault: the program, its version, the stable word, kinds and place."""
    code = error.code if isinstance(error, TriageError) else "bug"
    return f"Triage {__version__} did not start: {code} ({described(error)})."


def note(home: Path | None, error: BaseException, now: datetime) -> None:
    """Note a fault of the start where IT looks for it. Raises nothing: whatever fails here hides no fault."""
    words = line(error)
    event_log.note(words)
    if home is not None:
        with contextlib.suppress(OSError, ValueError):
            _write(home, f"{now.isoformat(timespec='seconds')} {words}\n".encode("ascii", "replace"))


def _write(home: Path, data: bytes) -> None:
    if where.is_network(home):
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = Profile(home).start_log
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
        held = file.read(2 * MOST_BYTES)
        if len(held) + len(data) > MOST_BYTES:
            held = held[-MOST_BYTES // 2 :].partition(b"\n")[2]
            file.seek(0)
            file.truncate()
            file.write(held)
        file.seek(0, os.SEEK_END)
        file.write(data)


def say(error: TriageError) -> None:
    """Tell the person without a window: on the console where there is one, else in the system's own message box."""
    text = f"{error.what} {error.do}"
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text + "\n")
            sys.stderr.flush()
    elif sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "Triage", 0x10)
