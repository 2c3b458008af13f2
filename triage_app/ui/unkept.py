"""Settings of a window that may write nothing: what is set is known until it closes, and then forgotten."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings


class Unkept(QSettings):
    """Reads what is kept, and keeps nothing."""

    def __init__(self, path: str, form: QSettings.Format) -> None:
        super().__init__(path, form)
        self._set: dict[str, Any] = {}

    def value(self, key: str, *more: Any, **named: Any) -> Any:
        """Return what was set here, else what is kept."""
        return self._set[key] if key in self._set else super().value(key, *more, **named)

    def setValue(self, key: str, value: Any) -> None:
        """Remember a value as long as the window is there."""
        self._set[key] = value

    def remove(self, key: str) -> None:
        """Forget what was set here."""
        self._set.pop(key, None)

    def sync(self) -> None:
        """Write nothing."""
