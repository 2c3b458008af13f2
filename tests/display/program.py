"""The window as users start it: a process of its own, from the source or as it was built."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.display.at_spi import Bus, Reader
from tests.display.ground import Ground
from tests.display.hand import Hand
from triage_app.paths import Profile

ROOT = Path(__file__).resolve().parents[2]
BUILT = "TRIAGE_BUILT"
"""Environment variable that names the built program; without it the source is run."""
_END_S = 20.0
_HARMLESS = (
    "qt.accessibility.atspi: Could not find accessible",  # a question about what has just gone
    # Qt asks the bus's registry before it handles a key, waits a tenth of a second whatever the machine is doing, then
    # handles the key and says so. Registry and machine are not ours; that keys arrive, each test sees for itself.
    'QSpiApplication::keyEventError  "org.freedesktop.DBus.Error.NoReply"',
    "QSpiApplication::notifyKeyboardListenerCallback with no queued key called",
)
_HURRIED = (
    "import sys; from triage_app.ui import main_window; main_window._MINUTE_MS = {0}; "
    "from triage_app.__main__ import main_window as run; sys.exit(run())"
)
"""The source with minutes that are shorter: nobody waits a quarter of an hour for a lock."""


def command(minute_ms: int = 0) -> list[str]:
    """Return what starts the window; ``minute_ms`` makes a minute of the idle lock last so many milliseconds."""
    built = os.environ.get(BUILT, "")
    if minute_ms:
        return [sys.executable, "-c", _HURRIED.format(minute_ms)]
    return [built] if built else [sys.executable, "-m", "triage_app"]


@dataclass
class Program:
    """One window that was started, and the two ways to have it."""

    process: subprocess.Popen[bytes]
    profile: Profile
    reader: Reader
    hand: Hand
    said: Path

    def window(self) -> str:
        """Wait for the window, and give it the keys."""
        return self.hand.window(self.process.pid)

    def kill(self) -> None:
        """End it as a flat battery would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_END_S)

    def quit(self) -> None:
        """Close it by its own key and wait until it is gone."""
        self.hand.key("ctrl+q")
        self.process.wait(_END_S)

    def faults(self) -> list[str]:
        """Return what it wrote that it should not have: our own mistakes, and whatever Qt warned of."""
        found = self.said.read_text(encoding="utf-8").splitlines()
        if self.profile.log.exists():
            found += self.profile.log.read_text(encoding="utf-8").splitlines()
        return [line for line in found if not line.startswith(_HARMLESS)]


@contextmanager
def started(
    ground: Ground, bus: Bus, home: Path, *files: Path, passphrase: str = "", minute_ms: int = 0
) -> Iterator[Program]:
    """Start the window over a profile; end it, and fail where it made a mistake."""
    said = home.parent / f"{home.name}.said"
    environment = {**ground.environment, "PYTHONPATH": str(ROOT)}
    if passphrase:
        environment["TRIAGE_PASSPHRASE"] = passphrase
    with said.open("ab") as output:
        process = subprocess.Popen(
            [*command(minute_ms), "--home", str(home), *map(str, files)], env=environment, cwd=ground.folder,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    program = Program(process, Profile(home), Reader(bus, process.pid), Hand(ground), said)
    try:
        yield program
    finally:
        end(process)
    found = program.faults()
    assert not found, "\n".join(found)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, if it still runs."""
    if process.poll() is None:
        process.terminate()
        end_at = time.monotonic() + _END_S
        while process.poll() is None and time.monotonic() < end_at:
            time.sleep(0.05)
        if process.poll() is None:
            process.kill()
            process.wait()
