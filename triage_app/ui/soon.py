"""Doing something once the layouts have given out room, not while they do.

A widget that is being given its size stands within its layout's own work: one that changes layouts then may end the
program. So it asks for it soon.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def soon(owner: QObject, run: Callable[[], None]) -> QTimer:
    """Return a timer of ``owner``'s; each ``start`` has ``run``, a method of its own, done once the event has passed.

    Several starts before that come to one.
    """
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.timeout.connect(run)
    return timer
