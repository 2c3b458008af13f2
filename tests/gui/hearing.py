"""Hears what the window says to a screen reader: Qt's own handler of accessibility events, in this process."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PySide6
import pytest
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from shiboken6 import wrapInstance

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_INSTALL = "_ZN11QAccessible20installUpdateHandlerEPFvP16QAccessibleEventE"
"""``QAccessible::installUpdateHandler``, which PySide6 leaves out."""


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield a list that every announcement is added to as Qt would hand it to the platform; skip where Qt hides it."""
    library = Path(PySide6.__file__).parent / "Qt" / "lib" / "libQt6Gui.so.6"
    if not sys.platform.startswith("linux") or not library.is_file():
        pytest.skip("Qt's library has another name here")
    install = getattr(ctypes.CDLL(str(library)), _INSTALL)
    install.restype, install.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    said: list[str] = []

    def event_came(address: int) -> None:
        event: object = wrapInstance(address, QAccessibleEvent)
        if isinstance(event, QAccessibleAnnouncementEvent):  # ours are made in Python, which knows them again
            assert event.politeness() == QAccessible.AnnouncementPoliteness.Polite
            said.append(event.message())

    handler = _HANDLER(event_came)
    before = install(ctypes.cast(handler, ctypes.c_void_p))
    try:
        yield said
    finally:
        install(before)
