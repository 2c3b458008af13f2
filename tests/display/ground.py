"""A display server, a window manager and a bus that nobody else uses: what a window on a real screen stands on."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WIDE, HIGH = 1440, 900
"""Pixels of the screen."""
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""The Python that has the bindings of the accessibility bus: no wheel holds them."""
_REGISTRY = Path("/usr/libexec/at-spi2-registryd")
_BINDINGS = 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi'
_PATIENCE_S = 20.0
_END_S = 3.0
WANTED = {
    "Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "dbus-daemon": "dbus-daemon",
}  # fmt: skip
"""Command → Debian package."""


def missing() -> list[str]:
    """Return the Debian packages without which there is no display to test on."""
    found = [package for command, package in WANTED.items() if shutil.which(command) is None]
    if not _REGISTRY.exists():
        found.append("at-spi2-core")
    command = [str(SYSTEM_PYTHON), "-c", _BINDINGS]
    if not SYSTEM_PYTHON.exists() or subprocess.run(command, capture_output=True, check=False).returncode:
        found += ["python3-gi", "gir1.2-atspi-2.0"]
    return found


@dataclass(frozen=True)
class Ground:
    """What a program that shall appear there is told, and where it may write."""

    environment: dict[str, str]
    folder: Path


def _first_line(stream: int, what: str) -> str:
    """Return the first line that comes from a pipe; raises ``RuntimeError`` where none does."""
    said = b""
    end = time.monotonic() + _PATIENCE_S
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0.0, end - time.monotonic()))
        part = os.read(stream, 4096) if ready else b""
        if not part:
            raise RuntimeError(f"{what} did not start")
        said += part
    return said.decode().splitlines()[0]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[Ground]:
    """Start it all, and end it all."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ") if name in os.environ
    }  # fmt: skip
    environment |= {
        "HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime), "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"), "XDG_DATA_HOME": str(folder / "data"), "GSETTINGS_BACKEND": "memory",
        "QT_QPA_PLATFORM": "xcb", "QT_ACCESSIBILITY": "1", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
    }  # fmt: skip
    with contextlib.ExitStack() as stack, (folder / "log").open("ab") as log:

        def begin(*command: str, pipe: int = -1) -> None:
            passed = (pipe,) if pipe >= 0 else ()
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=passed,
                start_new_session=True,
            )  # fmt: skip
            stack.callback(_end, process)

        def told(*command: str) -> str:
            """Start what writes its address to the pipe that stands in for {}, and return the address."""
            ours, its = os.pipe()
            try:
                begin(*(word.format(its) for word in command), pipe=its)
                os.close(its)
                return _first_line(ours, command[0])
            finally:
                os.close(ours)

        screen = f"{WIDE}x{HIGH}x24"
        number = told("Xvfb", "-displayfd", "{}", "-screen", "0", screen, "-nolisten", "tcp", "-noreset", "-dpi", "96")
        environment["DISPLAY"] = f":{number}"
        bus = told("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address={}")
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        begin("openbox", "--config-file", str(_plain_manager(folder)))
        yield Ground(environment, folder)


def _plain_manager(folder: Path) -> Path:
    """Write a window manager's settings without a key of its own: every key is the window's."""
    path = folder / "openbox.xml"
    path.write_text(
        '<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc">'
        "<focus><focusNew>yes</focusNew></focus><placement><policy>Smart</policy></placement>"
        "<keyboard/><mouse/></openbox_config>",
        encoding="utf-8",
    )
    return path
