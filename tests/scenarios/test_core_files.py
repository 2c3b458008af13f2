"""A crash leaves no copy of memory on the disk, from whichever entry; a developer may have one."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.laptop import PASSPHRASE, ROOT, Laptop, environment
from triage_app.formats.core_files import VARIABLE

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the system where it writes core files")


def unlimited() -> None:
    """What a careless shell would say: cores of any size."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def crashed(words: list[str], folder: Path, how: signal.Signals, **variables: str) -> list[Path]:
    """Start the program in a folder, wait until it is at work, let it crash, and return the core files."""
    folder.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-m", "triage_app", *words], cwd=folder, preexec_fn=unlimited, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment() | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"} | variables,
    )  # fmt: skip
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        if "batch" in words:
            child.stdin.write(b"alerts list\n" * 400)  # more than a pipe's buffer of the program's holds back
            child.stdin.flush()
            assert child.stdout.readline()
        else:
            ended = time.monotonic() + 20
            while "libQt6Widgets" not in _maps(child.pid) and time.monotonic() < ended:
                time.sleep(0.1)
            time.sleep(1)
        os.kill(child.pid, how)
        child.stdin.close()
        assert child.wait(timeout=30) == -how
    return [path for path in folder.iterdir() if path.is_file()]


def _maps(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


@pytest.fixture
def cores_land_here() -> None:
    pattern = CORE_PATTERN.read_text().strip()
    if "/" in pattern or pattern.startswith("|") or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this system writes core files elsewhere, or none")
    return


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT], ids=lambda how: how.name)
def test_a_crash_of_the_command_line_leaves_no_core_file(
    laptop: Laptop, tmp_path: Path, how: signal.Signals, cores_land_here: None
) -> None:
    words = [*laptop.options, "batch", "-"]
    assert crashed(words, tmp_path / "off", how) == []
    [core] = crashed(words, tmp_path / "on", how, **{VARIABLE: "1"})
    assert core.stat().st_size > 1_000_000, "the search would have found one"
    core.unlink()


def test_a_crash_of_the_window_leaves_no_core_file(laptop: Laptop, tmp_path: Path, cores_land_here: None) -> None:
    words = ["--home", str(laptop.home), "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    assert crashed(words, tmp_path / "off", signal.SIGSEGV) == []


ASKS = """
import ctypes, resource, sys
sys.argv = ["triage", "--version"]
from triage_app.__main__ import main
try: main()
except SystemExit: pass
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_the_program_says_so_to_the_system_before_anything_else(tmp_path: Path) -> None:
    def asked(**variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", ASKS], cwd=ROOT, env=environment() | variables, capture_output=True, text=True,
            check=True, preexec_fn=unlimited, timeout=60,
        )  # fmt: skip
        return done.stdout.splitlines()[-1]

    assert asked() == "(0, 0) 0"
    assert asked(**{VARIABLE: "1"}).endswith(" 1")


def test_nothing_else_is_changed_by_it(laptop: Laptop) -> None:
    laptop.write("passphrase.txt", PASSPHRASE)
    assert laptop.process("alerts", "list", "--json").json == []
