"""A disk with little room, real where this machine lets us mount one."""

from __future__ import annotations

import ctypes
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = 4096
ROOM = 64 * 1024 * 1024


@dataclass
class SmallDisk:
    """A folder on a disk of its own; where none can be mounted, a limit on the size of files stands in for it."""

    folder: Path
    mounted: bool
    limits: dict[str, Any] = field(default_factory=dict)
    "What a child process must be started with to feel how small the disk is."

    @property
    def codes(self) -> set[str]:
        """The codes of the refusals that such a disk may bring: not every part of the system says why it failed."""
        return {"disk-full", "disk"}

    def leave(self, room: int, growing: Path | None = None) -> None:
        """Leave so many bytes; ``growing`` is the file that will grow."""
        if self.mounted:
            used = sum(-(-path.stat().st_size // PAGE) * PAGE for path in self.folder.rglob("*") if path.is_file())
            self._size(used + -(-room // PAGE) * PAGE)
        else:
            most = room + (growing.stat().st_size if growing else 0)
            self.limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))}

    def make_room(self) -> None:
        """Somebody has cleared the disk up."""
        self.limits = {}
        if self.mounted:
            self._size(ROOM)

    def _size(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={max(size, PAGE)}", str(self.folder)], check=True)


@contextmanager
def mounted_at(folder: Path) -> Iterator[SmallDisk]:
    """Mount a small disk at a folder, if root may do that here."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        (folder / "others").write_bytes(bytes(16 * PAGE))  # a disk of no size at all would have no limit
        yield SmallDisk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def dropping_privileges() -> None:
    """Give up, in a child before it starts, root's right to write where the file modes forbid it."""
    libc = ctypes.CDLL(None)
    drop_from_bounding_set, override, read_search = 24, 1, 2  # prctl(2), capabilities(7)
    for capability in (override, read_search):
        libc.prctl(drop_from_bounding_set, capability, 0, 0, 0)
