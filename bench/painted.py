"""When a fresh process says that its window is painted, and what it says before."""

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


def moments(command: Sequence[str], words: str = "", **more: str) -> dict[str, float]:
    """Start a command, give it some words on standard input, and return the seconds until it says each of its lines.

    The last is “painted”; ``more`` goes into its environment. Raises ``RuntimeError`` where that never comes.
    """
    started = time.perf_counter()
    found: dict[str, float] = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(**more), text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the window has no pipes")
        child.stdin.write(words + "\n")
        child.stdin.flush()
        for line in child.stdout:
            found[line.strip()] = time.perf_counter() - started
            if "painted" in found:
                break
        child.stdin.close()
        if "painted" not in found:
            raise RuntimeError(f"the window said {list(found)!r}")
        child.wait(timeout=30)
    return found


def until_painted(command: Sequence[str], words: str = "", **more: str) -> float:
    """Return the seconds until a command, started as by ``moments``, says that it has painted."""
    return moments(command, words, **more)["painted"]
