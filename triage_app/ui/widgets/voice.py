"""What is said to whoever listens: by a screen reader, without moving the focus, and each thing once."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_waiting: list[tuple[QWidget, str]] = []
"""What is said once the window has done what it is at."""


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say something, after what it is saying now.

    Two places may tell of one act, such as the foot of the window and the line under the list. Of what is said
    in one turn, only the fuller is said where one begins as the other does.
    """
    if not words:
        return
    if not _waiting:
        QTimer.singleShot(0, _say)
    _waiting.append((widget, words))


def _say() -> None:
    said = list(_waiting)
    _waiting.clear()
    for number, (widget, words) in enumerate(said):
        if any(_is_in(words, other) for _, other in said[number + 1 :]):
            continue
        if any(_is_in(words, other) and words != other for _, other in said[:number]):
            continue
        speaker = widget if isValid(widget) else QApplication.activeWindow()
        if speaker is not None:
            event = QAccessibleAnnouncementEvent(speaker, words)
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
            QAccessible.updateAccessibility(event)


def _is_in(words: str, fuller: str) -> bool:
    """Tell whether one says what the other begins with; the full stop may have become more."""
    return fuller.startswith(words.rstrip("."))
