"""Files as somebody drops them: single ones and whole folders, walked within bounds, and what was passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from triage_app.errors import Cancelled

MOST_FILES: Final = 200
"""Files of one gesture: more belong on the command line."""
MOST_ENTRIES: Final = 20_000
"""Names that are looked at in folders before looking ends."""
MOST_DEPTH: Final = 16


@dataclass
class Gathered:
    """The files found, and what was passed over."""

    files: list[Path] = field(default_factory=list)
    folders: int = 0
    "Folders that were looked through."
    hidden: int = 0
    links: int = 0
    "Links and other things that are no files: none is followed."
    unread: int = 0
    "Folders that may not be looked into, or lie too deep."
    beyond: int = 0
    "Files there was no room for."
    cut: bool = False
    "Whether looking ended before everything was seen."


def gather(
    paths: Sequence[Path], *, most: int = MOST_FILES, is_cancelled: Callable[[], bool] = lambda: False
) -> Gathered:
    """Return the files that were named and those in the folders named, each once.

    A file that was named itself is taken whatever it is called. Raises ``Cancelled``.
    """
    found, seen = Gathered(), 0
    waiting: list[tuple[Path, int]] = []
    for path in dict.fromkeys(paths):
        if _is_folder(path):
            waiting.append((path, 0))
        else:
            _add(found, path, most)
    while waiting:
        folder, depth = waiting.pop(0)
        if is_cancelled():
            raise Cancelled
        try:
            with os.scandir(folder) as listing:
                entries = []
                for entry in listing:
                    seen += 1
                    if seen > MOST_ENTRIES:
                        found.cut = True
                        break
                    entries.append(entry)
        except (OSError, ValueError):
            found.unread += 1
            continue
        found.folders += 1
        inner: list[tuple[Path, int]] = []
        for entry in sorted(entries, key=lambda one: one.name.casefold()):
            if is_hidden(entry):
                found.hidden += 1
            elif entry.is_symlink():
                found.links += 1
            elif entry.is_dir(follow_symlinks=False):
                if depth + 1 >= MOST_DEPTH:
                    found.unread += 1
                else:
                    inner.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                _add(found, Path(entry.path), most)
            else:
                found.links += 1
        waiting = inner + waiting
        if found.cut:
            break
    return found


def is_hidden(entry: os.DirEntry[str]) -> bool:
    """Tell whether a name is one that its system hides, or that a program is still writing."""
    name = entry.name
    if name.startswith((".", "~$")) or name.casefold() in ("thumbs.db", "desktop.ini"):
        return True
    try:
        attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    except OSError:
        return False
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 2))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _add(found: Gathered, path: Path, most: int) -> None:
    if len(found.files) >= most:
        found.beyond += 1
    elif path not in found.files:
        found.files.append(path)
