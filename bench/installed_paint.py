"""First paint of an installed program beside a bare PySide6 window, both read from the disk: as after switching on.

Ours is the program of a folder that PyInstaller made, wherever it was installed, until its window is on the screen: the
locked page over a store, with which every working day begins. The rival is an empty QMainWindow under the Python that
runs this, with PySide6 copied aside so that nobody else has it open. Before each start the files of both are dropped
from the machine's memory. Python itself and the system's libraries stay there, since others use them: that favours the
rival, whose Python they are.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from bench.measure import Outcome, at_most
from bench.painted import environment, until_painted

GOAL = 2.0
ROUNDS = 9
_HERE = Path(__file__).resolve().parent
_NEVER_LOADED = shutil.ignore_patterns("*.pyi", "libexec", "qml", "translations", "include", "typesystems", "glue")


def run(scratch: Path, folder: Path) -> list[Outcome]:
    """Measure ``ROUNDS`` of each in turn, cold, and compare medians; then the same warm, against no goal.

    ``folder`` holds ``triage`` and ``triage-window``. Raises ``OSError`` where it does not.
    """
    home, bare = scratch / "installed", scratch / "bare"
    made = [str(folder / "triage"), "--home", str(home), "init", "--org", "RXX", "--responder", "Sam", "--json"]
    subprocess.run(
        made, env=environment(TRIAGE_PASSPHRASE="seven quiet herons wade"), check=True, stdout=subprocess.DEVNULL
    )
    for name in ("PySide6", "shiboken6"):
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise RuntimeError(f"{name} is missing")
        shutil.copytree(Path(found.origin).parent, bare / name, symlinks=True, ignore=_NEVER_LOADED)
    ours = [str(folder / "triage-window"), "--home", str(home), "--first-paint"]
    rival = [sys.executable, str(_HERE / "window_empty.py")]
    seconds: dict[tuple[str, bool], list[float]] = {(who, cold): [] for who in "or" for cold in (True, False)}
    for number in range(ROUNDS + 1):
        for is_cold in (True, False):
            if is_cold:
                forget(folder)
                forget(bare)
            mine, theirs = until_painted(ours), until_painted(rival, PYTHONPATH=str(bare))
            if number:
                seconds["o", is_cold].append(mine)
                seconds["r", is_cold].append(theirs)
    middle = {which: statistics.median(taken) for which, taken in seconds.items()}
    warm = f"warm {middle['o', False]:.2f} s beside {middle['r', False]:.2f} s"
    note = f"median of {ROUNDS}, cold, platform {environment()['QT_QPA_PLATFORM']}; {warm}"
    return [at_most("first paint, installed", middle["o", True], middle["r", True], "s", GOAL, note)]


def forget(folder: Path) -> None:
    """Have a folder's files read from the disk when they are next asked for; what a process has mapped stays.

    The disk, and whatever machine this one runs on, may have them in a memory of its own.
    """
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # only what is on the disk can be dropped
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
