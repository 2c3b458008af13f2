"""The log that the system keeps of its programs: the Windows event log, or syslog and so the journal.

It is read by more people than the store is, and collected: nothing about a person goes there, no name, path or text.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any, Final

SOURCE: Final = "Triage"
EVENT: Final = 1000
"""The number of a start-up fault in the Windows event log."""

_ERROR: Final = 1
"EVENTLOG_ERROR_TYPE (winnt.h)."


def note(words: str) -> bool:
    """Write a line of ours as an error; tell whether the system took it. Raises nothing."""
    if sys.platform == "win32":
        import ctypes

        return note_on_windows(ctypes.WinDLL("advapi32", use_last_error=True), words)
    return _note_by_syslog(words)


def _note_by_syslog(words: str) -> bool:
    with contextlib.suppress(ImportError, OSError, UnicodeError):
        syslog = importlib.import_module("syslog")
        syslog.openlog("triage", syslog.LOG_PID, syslog.LOG_USER)
        syslog.syslog(syslog.LOG_ERR, words)
        syslog.closelog()
        return True
    return False


def note_on_windows(advapi: Any, words: str) -> bool:
    """Write a line through ``advapi32``. A source that no installer registered is still written under its name."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, ctypes.ArgumentError):
        advapi.RegisterEventSourceW.restype = ctypes.c_void_p
        advapi.RegisterEventSourceW.argtypes = [ctypes.c_wchar_p, ctypes.c_wchar_p]
        advapi.ReportEventW.restype = ctypes.c_int
        advapi.ReportEventW.argtypes = [
            ctypes.c_void_p, ctypes.c_ushort, ctypes.c_ushort, ctypes.c_uint, ctypes.c_void_p, ctypes.c_ushort,
            ctypes.c_uint, ctypes.POINTER(ctypes.c_wchar_p), ctypes.c_void_p,
        ]  # fmt: skip
        advapi.DeregisterEventSource.argtypes = [ctypes.c_void_p]
        handle = advapi.RegisterEventSourceW(None, SOURCE)
        if not handle:
            return False
        try:
            lines = (ctypes.c_wchar_p * 1)(words)
            return bool(advapi.ReportEventW(handle, _ERROR, 0, EVENT, None, 1, 0, lines, None))
        finally:
            advapi.DeregisterEventSource(handle)
    return False
