"""A hand on a keyboard and a mouse: xdotool, at the display's own level."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass

from tests.display.ground import Ground

WAIT_S = 20.0
_STEP_S = 0.05
_BETWEEN_MS = "8"
"""Milliseconds between two keys of what is typed: a quick typist's are eighty."""


@dataclass(frozen=True)
class Box:
    """Where a window stands, in pixels of the screen, without its frame."""

    left: int
    top: int
    wide: int
    high: int


@dataclass(frozen=True)
class Hand:
    """Presses, types, points and clicks."""

    ground: Ground

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self.ground.environment, capture_output=True, text=True, check=False,
            timeout=WAIT_S * 2,
        )  # fmt: skip
        return done.stdout

    def windows(self, process: int) -> list[str]:
        """Return the windows of a process that are shown."""
        return self._run("search", "--onlyvisible", "--all", "--pid", str(process), "--name", "").split()

    def window(self, process: int) -> str:
        """Wait for the window of a process, and give it the keys."""
        end = time.monotonic() + WAIT_S
        while not (found := self.windows(process)):
            assert time.monotonic() < end, "no window came"
            time.sleep(_STEP_S)
        self._run("windowactivate", "--sync", found[0])
        return found[0]

    def wait_for(self, name: str) -> None:
        """Wait until a window of some name is shown."""
        end = time.monotonic() + WAIT_S
        while not self._run("search", "--onlyvisible", "--name", name):
            assert time.monotonic() < end, f"no window {name} came"
            time.sleep(_STEP_S)

    def key(self, *keys: str) -> None:
        """Press keys, one after another, by their X names: ctrl+k, Return, question."""
        self._run("key", "--delay", _BETWEEN_MS, *keys)

    def type(self, words: str) -> None:
        """Type words."""
        self._run("type", "--delay", _BETWEEN_MS, words)

    def box(self, window: str) -> Box:
        """Return where a window stands."""
        found = dict(line.split("=", 1) for line in self._run("getwindowgeometry", "--shell", window).split())
        return Box(int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"]))

    def move_window(self, window: str, left: int, top: int) -> None:
        """Move a window."""
        self._run("windowmove", "--sync", window, str(left), str(top))

    def resize_window(self, window: str, wide: int, high: int) -> None:
        """Give a window another size."""
        self._run("windowsize", "--sync", window, str(wide), str(high))

    def point(self, x: int, y: int) -> None:
        """Move the mouse."""
        self._run("mousemove", str(x), str(y))

    def click(self, x: int, y: int) -> None:
        """Click at a place of the screen."""
        self._run("mousemove", str(x), str(y), "click", "1")

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 8) -> None:
        """Press at one place, move to another as a hand does, and let go there."""
        words = ["mousemove", str(start[0]), str(start[1]), "mousedown", "1"]
        for step in range(1, steps + 1):
            x, y = (round(a + (b - a) * step / steps) for a, b in zip(start, end, strict=True))
            words += ["sleep", "0.03", "mousemove", str(x), str(y)]
        self._run(*words, "sleep", "0.2", "mouseup", "1")
