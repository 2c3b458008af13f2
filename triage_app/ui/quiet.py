"""Python itself, kept from holding the window up: who may compute when, and the search for garbage.

That search visits all that is alive, which takes 40 ms and more in a window, and it comes round with every few hundred
records that are read. What is loaded before the window is never garbage and is left out of it for good; while a file is
taken in or indexed, which makes no garbage of that kind, it rests.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_TURN_SECONDS: Final = 0.001
"""How long one thread may compute while the window waits. A repaint waits for its turn at every row that it asks
for, and Python's own five milliseconds a time add up to a window that stands still while an import runs."""

_lock = Lock()
_resting = 0


def prepare() -> None:
    """Set Python up for a window, once in a process and before the window is made."""
    sys.setswitchinterval(_TURN_SECONDS)
    gc.freeze()


@contextmanager
def resting() -> Iterator[None]:
    """Let the search rest meanwhile, from whatever thread; several at a time end it with the last of them."""
    global _resting
    with _lock:
        _resting += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if not _resting:
                gc.enable()
