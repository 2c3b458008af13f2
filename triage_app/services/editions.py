"""Which edition of the program this is: one that was installed, or a folder that was unpacked and is run as it lies.

Only the archives to unpack carry ``edition.json``; no installer lays it down, and ``install.sh`` takes it away. So an
installed program never takes an update by itself, whoever may write where it lies.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from triage_app.domain.versions import is_version

MARK: Final = "edition.json"
VERSIONS: Final = "versions"
"""Below the folder that was unpacked: a folder for each version that an update brought."""

PLATFORMS: Final = ("linux-amd64", "windows-x64")
PROGRAMS: Final = ("triage", "triage-window")
_MOST_BYTES: Final = 4096


@dataclass(frozen=True)
class Mark:
    """What the mark in a folder says of it."""

    version: str
    platform: str


@dataclass(frozen=True)
class Edition:
    """A folder that was unpacked, and which of the programs in it is running."""

    folder: Path
    "The one that was unpacked; its programs are what people start."
    version: str
    "What was unpacked there."
    platform: str
    program: Path
    "The folder of the program that is running: that one, or one below ``versions``."
    running: str
    "The version that is running."


def mark_of(folder: Path) -> Mark | None:
    """Return what the mark in a folder says; None where there is none that can be read."""
    try:
        with (folder / MARK).open("rb") as file:
            told = json.loads(file.read(_MOST_BYTES))
        found = Mark(str(told["version"]), str(told["platform"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    fits = told.get("edition") == "folder" and is_version(found.version) and found.platform in PLATFORMS
    return found if fits else None


def of(program: Path) -> Edition | None:
    """Return the edition whose programs lie in a folder; None for one that was installed."""
    own = mark_of(program)
    if own is None:
        return None
    if program.parent.name == VERSIONS and program.name == own.version:
        above = mark_of(program.parent.parent)
        if above is not None and above.platform == own.platform:
            return Edition(program.parent.parent, above.version, own.platform, program, own.version)
    return Edition(program, own.version, own.platform, program, own.version)


def this() -> Edition | None:
    """Return the edition of the running program; None for one that was installed, or that runs from its source."""
    if not getattr(sys, "frozen", False):
        return None
    try:
        return of(Path(sys.executable).resolve().parent)
    except (OSError, RuntimeError):
        return None


def program_in(folder: Path, name: str, platform: str) -> Path:
    """Return where a folder of a platform has one of ``PROGRAMS``."""
    return folder / (f"{name}.exe" if platform == "windows-x64" else name)
