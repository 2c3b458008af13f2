"""What keeps the program from starting is noted for IT with nothing of anybody, and said to the person."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from triage_app.errors import StoreReadOnly, TriageError
from triage_app.formats import event_log
from triage_app.services import start_faults
from triage_app.store import where

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 28, 3, 12, tzinfo=UTC)
SECRET = "Asha Rahman, /people/asha/ward 7"


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the system's log; the log of the machine that tests is left alone."""
    lines: list[str] = []
    monkeypatch.setattr(event_log, "note", lines.append)
    return lines


def raised() -> TriageError:
    try:
        try:
            raise PermissionError(13, "Permission denied", SECRET)
        except OSError as error:
            raise StoreReadOnly(f"{SECRET} cannot be written to.", "Ask IT.") from error
    except TriageError as error:
        return error


def test_a_note_has_a_time_a_version_a_word_and_places_and_nothing_of_anybody(tmp_path: Path, noted: list[str]) -> None:
    start_faults.note(tmp_path / "home", raised(), NOW)
    (line,) = noted
    assert "read-only" in line
    assert "StoreReadOnly from PermissionError at test_start_faults.py:" in line
    text = (tmp_path / "home" / "startup.log").read_text()
    assert text == f"2026-11-28T03:12:00+00:00 {line}\n"
    for word in ("Asha", "ward", "/home"):
        assert word not in text


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder's rights are inherited")
def test_the_log_and_a_profile_made_for_it_are_the_accounts_alone(tmp_path: Path, noted: list[str]) -> None:
    start_faults.note(tmp_path / "home", raised(), NOW)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home" / "startup.log").stat().st_mode) == 0o600


def test_the_log_never_grows_beyond_its_bound_and_keeps_the_newest(tmp_path: Path, noted: list[str]) -> None:
    log = tmp_path / "startup.log"
    log.write_bytes(b"an older line of some length\n" * 4_000)
    for number in range(3):
        start_faults.note(tmp_path, TriageError("x", "y", f"word-{number}"), NOW)
        assert log.stat().st_size <= start_faults.MOST_BYTES
    lines = log.read_text().splitlines()
    assert [f"word-{number}" in lines[number - 3] for number in range(3)] == [True] * 3
    assert lines[0] == "an older line of some length"


def test_nothing_that_fails_hides_the_fault_itself(tmp_path: Path, noted: list[str]) -> None:
    taken = tmp_path / "file"
    taken.write_text("no folder")
    start_faults.note(taken, raised(), NOW)
    start_faults.note(None, raised(), NOW)
    assert len(noted) == 2
    assert taken.read_text() == "no folder"


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_a_link_in_the_logs_place_is_not_written_through(tmp_path: Path, noted: list[str]) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("kept")
    (tmp_path / "startup.log").symlink_to(target)
    start_faults.note(tmp_path, raised(), NOW)
    assert target.read_text() == "kept"


@pytest.mark.skipif(sys.platform != "linux", reason="asks what is mounted")
def test_nothing_is_written_to_a_share(tmp_path: Path, noted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:9 / {tmp_path.resolve()} rw - nfs4 there rw\n")
    monkeypatch.setattr(where, "MOUNTS", mounts)
    start_faults.note(tmp_path, raised(), NOW)
    assert not (tmp_path / "startup.log").exists()
    assert len(noted) == 1


class _Function:
    """A function of a Windows library: takes its types, and keeps what it was called with."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.calls: list[tuple[Any, ...]] = []
        self.restype: Any = None
        self.argtypes: Any = None

    def __call__(self, *arguments: Any) -> int:
        assert self.argtypes is None or len(arguments) == len(self.argtypes)
        self.calls.append(arguments)
        return self.answer


class _Advapi:
    """The three functions of advapi32 by which the event log is written."""

    def __init__(self, handle: int = 7) -> None:
        self.RegisterEventSourceW = _Function(handle)
        self.ReportEventW = _Function(1)
        self.DeregisterEventSource = _Function(1)


def test_the_windows_event_log_gets_one_error_of_our_source_and_its_handle_back() -> None:
    advapi = _Advapi()
    assert event_log.note_on_windows(advapi, "Triage 1.0 did not start.")
    assert advapi.RegisterEventSourceW.calls == [(None, "Triage")]
    assert advapi.RegisterEventSourceW.restype is ctypes.c_void_p, "a handle has 64 bits"
    (call,) = advapi.ReportEventW.calls
    assert call[:7] == (7, 1, 0, 1000, None, 1, 0)
    assert call[7][0] == "Triage 1.0 did not start."
    assert advapi.DeregisterEventSource.calls == [(7,)]


def test_a_windows_that_has_no_event_log_is_no_fault_of_its_own() -> None:
    advapi = _Advapi(handle=0)
    assert not event_log.note_on_windows(advapi, "x")
    assert not advapi.ReportEventW.calls


def window(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the window as a program, with the system's log shut: a line of a test belongs in nobody's journal."""
    script = (
        "import sys; from triage_app.formats import event_log; event_log.note = lambda words: True;"
        " from triage_app.__main__ import main_window; sys.exit(main_window())"
    )
    bare = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    bare.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-c", script, "--home", str(tmp_path / "home"), *words],
        cwd=ROOT, env=bare | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="has sessions without a screen")
def test_without_a_screen_there_is_a_sentence_a_line_in_the_log_and_exit_code_two(tmp_path: Path) -> None:
    done = window(tmp_path)
    assert done.returncode == 2, done
    assert "has no screen" in done.stderr
    assert "Traceback" not in done.stderr
    assert "no-screen" in (tmp_path / "home" / "startup.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="has displays by name")
def test_when_qt_gives_up_its_last_words_a_sentence_and_exit_code_two_remain(tmp_path: Path) -> None:
    done = window(tmp_path, DISPLAY=":987")
    assert done.returncode == 2, done
    assert "Ask IT to repair the installation." in done.stderr
    assert "no-qt" in (tmp_path / "home" / "startup.log").read_text()


def test_a_part_that_cannot_be_loaded_is_said_by_the_window_and_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "account").mkdir()
    script = (
        "import sys; sys.modules[sys.argv[1]] = None\n"
        "from triage_app.formats import event_log; event_log.note = lambda words: True\n"
        "from triage_app import __main__; sys.argv = ['triage', *sys.argv[3:]]\n"
        "sys.exit(__main__.main_window() if {window} else __main__.main())"
    )
    for is_window, part, words in ((True, "PySide6.QtWidgets", []), (False, "click", ["policy", "--json"])):
        done = subprocess.run(
            [sys.executable, "-c", script.format(window=is_window), part, "--", *words],
            cwd=ROOT, env={**os.environ, "TRIAGE_HOME": str(tmp_path / "account")}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2, done
        assert "missing or was blocked" in (done.stdout if words else done.stderr)
        assert "Traceback" not in done.stderr
    lines = (tmp_path / "account" / "startup.log").read_text().splitlines()
    assert len(lines) == 2
    assert all("incomplete" in line for line in lines)
