"""Limits that a reader process sets for itself before it looks at a byte of the file."""

from __future__ import annotations

import os
import stat
import sys
from typing import Final

MEMORY_GROWTH: Final = 512 * 1024 * 1024
"""Bytes of address space the reader may take beyond what it started with."""

EXPANSION: Final = 20
"""Times its size that an archive may take: what is in it is read as any file is."""

CPU_SECONDS: Final = 10
BYTES_A_CPU_SECOND: Final = 2_000_000
CPU_SECONDS_UNKNOWN: Final = 600
"""For a pipe, whose size nobody knows beforehand."""


def cpu_seconds(size: int) -> int:
    """Return the processor time for a file of ``size`` bytes; 0 for a size that is not known."""
    return CPU_SECONDS + size // BYTES_A_CPU_SECOND if size > 0 else CPU_SECONDS_UNKNOWN


def apply(size: int) -> None:
    """Limit this process: memory, processor time, no core dump, no file written.

    Memory is limited as address space (RLIMIT_AS), to what is mapped now plus ``MEMORY_GROWTH``.
    macOS does not enforce RLIMIT_AS; Windows has no such calls, there the parent's watchdog and the
    output cap remain.
    """
    if sys.platform == "win32":
        return
    import resource

    limits = [(resource.RLIMIT_CPU, cpu_seconds(size)), (resource.RLIMIT_CORE, 0)]
    if not stat.S_ISREG(os.fstat(1).st_mode):  # by hand, with its output sent to a file, it must still work
        limits.append((resource.RLIMIT_FSIZE, 0))
    mapped = _mapped_bytes()
    if mapped:
        limits.append((resource.RLIMIT_AS, mapped + MEMORY_GROWTH))
    for which, wanted in limits:
        _, hard = resource.getrlimit(which)
        # At the soft limit of time the system says why it ends the process; at the hard one it only kills.
        last = wanted + 5 if which == resource.RLIMIT_CPU else wanted
        last = last if hard == resource.RLIM_INFINITY else min(last, hard)
        try:
            resource.setrlimit(which, (min(wanted, last), last))
        except (OSError, ValueError):  # a system that does not know this limit keeps the others
            continue


def _mapped_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
