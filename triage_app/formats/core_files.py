"""No copy of the program's memory on the disk when it dies: the data key and what was shown would lie in it, in clear.

It is switched off by the program for itself, before anything is read. A developer who wants to look into a crash sets
``TRIAGE_CORE_FILES``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Final

VARIABLE: Final = "TRIAGE_CORE_FILES"

_PR_SET_DUMPABLE: Final = 4
"Linux, prctl(2): also keeps other processes of the same user from reading our memory."
_SEM_FAILCRITICALERRORS, _SEM_NOGPFAULTERRORBOX = 0x0001, 0x0002
_WER_FAULT_REPORTING_FLAG_NOHEAP: Final = 0x0001
_WER_FAULT_REPORTING_FLAG_DISABLE_SNAPSHOT: Final = 0x0080


def switch_off() -> None:
    """Keep the system from writing this process's memory to a file, however it ends; children inherit the limit.

    Linux: the limit of core files, and no dump at all, since the limit does not hold where a crash is piped to a
    program. macOS: the limit; its crash reports hold no memory. Windows: no error reports with the heap in them, and no
    dialog that would write one. What the system refuses is left as it was: it is no reason not to start.
    """
    if os.environ.get(VARIABLE):
        return
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetErrorMode(_SEM_FAILCRITICALERRORS | _SEM_NOGPFAULTERRORBOX)
        kernel.WerSetFlags(_WER_FAULT_REPORTING_FLAG_NOHEAP | _WER_FAULT_REPORTING_FLAG_DISABLE_SNAPSHOT)
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
