"""Answers of the background lane for windows that may have been closed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

T = TypeVar("T")


def while_alive(owner: QObject, then: Callable[[T], None]) -> Callable[[T], None]:
    """Return ``then``, called only while Qt still has ``owner``: a closed dialog hears no answer."""

    def call(answer: T) -> None:
        if isValid(owner):
            then(answer)

    return call
