"""Rejected records, kept in a file that can be mended and imported again.

A table keeps its own header behind two columns of ours, line and reason, which the reader takes off
again. Other formats keep each record as it was, under a comment line that the reader skips.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from triage_app.domain.evidence import REJECT_COMMENT, REJECT_HEADERS
from triage_app.paths import file_errors, sync_folder
from triage_app.store import imports
from triage_app.store.connection import Store


class RejectsFile:
    """The file of one import; it comes into being with its first record."""

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._path: Path | None = None
        self._file: IO[str] | None = None
        self._headers: list[str] = []
        self._delimiter = ","

    def describe(self, format_name: str, headers: list[str], delimiter: str) -> None:
        """Say what the file was: tables have headers."""
        self._headers = headers
        self._delimiter = delimiter or ","

    def add(self, rejects: Sequence[tuple[int, str, str]]) -> None:
        """Append (line number, reason, raw text)."""
        if self._file is None:
            suffix = ".csv" if self._headers else ".txt"
            self._path = self._stem.with_name(self._stem.name + suffix)
            with file_errors(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._file = open(self._path, "w", encoding="utf-8", newline="", opener=_for_the_owner)  # noqa: SIM115
            if self._headers:
                with file_errors(self._path):
                    self._file.write(self._cells([*REJECT_HEADERS, *self._headers]) + "\r\n")
        with file_errors(self._stem):
            for line, reason, text in rejects:
                if self._headers:
                    self._file.write(self._cells([str(line), reason]) + self._delimiter + text.rstrip("\r\n") + "\r\n")
                else:
                    self._file.write(f"{REJECT_COMMENT}{line}: {' '.join(reason.split())}\n{text.rstrip()}\n")

    def _cells(self, cells: list[str]) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self._delimiter, lineterminator="").writerow(cells)
        return buffer.getvalue()

    def close(self) -> str:
        """Finish the file; return its path, '' when nothing was rejected."""
        if self._file is None:
            return ""
        with file_errors(self._stem):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._stem.parent)
        return str(self._path)

    def discard(self) -> None:
        """Remove the file: the import was taken back."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk refuses the last bytes, which nobody wants now
                self._file.close()
            self._file = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def remove_of(folder: Path, entities: Iterable[str]) -> None:
    """Remove the files of imports that never finished; files of other names are somebody's own and stay."""
    for entity in entities:
        for suffix in (".csv", ".txt"):
            with contextlib.suppress(OSError):
                (folder / f"{entity}{suffix}").unlink(missing_ok=True)


def remove_of_undone(store: Store, folder: Path) -> None:
    """Remove the files of imports that were taken back: nobody is to find their rows any more.

    Called once that stands, and at every start for what an interruption left.
    """
    undone = imports.undone_with_rejects(store)
    if undone:
        remove_of(folder, undone)
        with store.write():
            imports.forget_rejects(store, undone)


def is_there(path: str) -> str:
    """Return a path of ours if a file is still there; a path that would be looked up on a network is not."""
    if not path or path.startswith(("\\\\", "//")):
        return ""
    try:
        return path if Path(path).is_file() else ""
    except (OSError, ValueError):
        return ""


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
