"""How long a fresh process takes until it says that its window is painted."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence


def environment(**more: str) -> dict[str, str]:
    """Return what a measured process gets: offscreen unless a platform was chosen, and free to use its bytecode."""
    found = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found.setdefault("QT_QPA_PLATFORM", "offscreen")
    return found | more


def until_painted(command: Sequence[str], words: str = "", **more: str) -> float:
    """Start a command, give it some words on standard input, and return the seconds until it says “painted”.

    ``more`` goes into its environment. Raises ``RuntimeError`` where it says anything else.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(**more), text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the window has no pipes")
        child.stdin.write(words + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        seconds = time.perf_counter() - started
        child.stdin.close()
        if line.strip() != "painted":
            raise RuntimeError(f"the window said {line!r}")
        child.wait(timeout=30)
    return seconds
