"""The C library that stands between a process and its disk: compiled when needed, loaded before all others."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("disk.c")

KINDS: Final = {
    "o": "open",
    "c": "create",
    "r": "read",
    "w": "write",
    "s": "sync",
    "t": "truncate",
    "n": "rename",
    "u": "unlink",
}


class NoShim(Exception):
    """Why the library cannot be had here."""


def build(folder: Path) -> Path:
    """Compile the library; raise ``NoShim`` saying why where that cannot be done."""
    if sys.platform != "linux":
        raise NoShim("LD_PRELOAD is Linux's; this is another system")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoShim("there is no C compiler on this machine")
    library = folder / "disk.so"
    done = subprocess.run(
        [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoShim(f"the C compiler did not take it: {done.stderr[:500]}")
    return library


def environment(library: Path) -> dict[str, str]:
    """Return the variables of a process that has the library."""
    return {**os.environ, "LD_PRELOAD": str(library)}


class Shim:
    """The library as this process has it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.disk_calls.restype = ctypes.c_long

    def log(self, folder: Path, descriptor: int) -> None:
        """Write every change below a folder to a file that is open."""
        self._library.disk_log(os.fsencode(folder), descriptor)

    def note(self, data: bytes) -> None:
        """Put a word of ours among the changes."""
        self._library.disk_note(data, len(data))

    def fail(self, folder: Path, at: int, error: int, *, run: int = 1) -> None:
        """Let so many calls on what is below a folder fail, from one on; 0 lets none fail, and counts them."""
        self._library.disk_fail(os.fsencode(folder), ctypes.c_long(at), error or errno.EIO, ctypes.c_long(run))

    def calls(self) -> int:
        """Return how many calls there have been."""
        return int(self._library.disk_calls())

    def failed(self) -> str:
        """Return the kind of the first call that failed; '' for none."""
        found = int(self._library.disk_last())
        return KINDS[chr(found)] if found else ""
