"""Giving memory back to the system after something large: the C library keeps what was freed for itself.

A million alerts that were put in order left 60 to 110 MB behind in the window, once for each thread that had sorted.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final

LARGE: Final = 100_000
"Rows of a result after which it is worth some milliseconds."


def give_back() -> None:
    """Return what is free to the system, where its C library is one that can be asked to (glibc)."""
    if sys.platform != "linux":
        return
    import ctypes  # here: most starts never read that much

    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
