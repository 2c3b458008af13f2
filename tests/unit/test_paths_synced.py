"""What the program says is written outlives a power cut: the file is synced, and so is the folder that names it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from triage_app.errors import StoreReadOnly
from triage_app.paths import sync_folder, write_whole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")


def test_a_folder_is_synced_once_a_file_in_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []

    def noted(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(("folder" if folder else "file", (tmp_path / "store.keys").exists()))

    monkeypatch.setattr(os, "fsync", noted)
    write_whole(tmp_path / "store.keys", b"{}")
    assert synced == [("file", False), ("folder", True)]


def test_a_folder_on_a_stick_that_cannot_be_synced_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refused)
    sync_folder(tmp_path)


def test_a_folder_that_takes_files_and_cannot_be_read_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refused(path: Path, flags: int, *more: int) -> int:
        if Path(path) == tmp_path:
            raise OSError(errno.EACCES, "Permission denied")
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", refused)
    write_whole(tmp_path / "bundle.ctb", b"sealed")
    assert (tmp_path / "bundle.ctb").read_bytes() == b"sealed"


def test_a_folder_that_fails_to_be_synced_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failed)
    with pytest.raises(StoreReadOnly):
        write_whole(tmp_path / "store.keys", b"{}")
