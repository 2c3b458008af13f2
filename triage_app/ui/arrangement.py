"""How the lists and panes of the window are arranged: remembered between starts, in code words, never in content."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QSettings

from triage_app.ui.table_cells import Column

_COLUMNS: Final = "arranged/columns"
_PANES: Final = "arranged/panes"
_WIDEST: Final = 4_000


@dataclass
class Arranged:
    """What was changed of one kind of list; by the keys of its columns. Widths are logical pixels."""

    order: list[str] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def is_usual(self) -> bool:
        """Tell whether nothing was changed."""
        return not (self.order or self.widths or self.hidden)


class Arrangement:
    """Every list's columns and every pane's width. Lists with the same columns are one kind of list."""

    def __init__(self) -> None:
        self._columns: dict[str, Arranged] = {}
        self._panes: dict[str, int] = {}

    def of(self, columns: Sequence[Column]) -> Arranged:
        """Return what was changed of the lists with these columns; what is written there is remembered."""
        return self._columns.setdefault("+".join(each.key for each in columns), Arranged())

    def forget(self, columns: Sequence[Column]) -> None:
        """Let the lists with these columns be as they came."""
        self._columns.pop("+".join(each.key for each in columns), None)

    def pane(self, name: str, usual: int) -> int:
        """Return how wide a pane was last left, logical pixels."""
        return self._panes.get(name, usual)

    def set_pane(self, name: str, width: int) -> None:
        """Remember the width of a pane."""
        self._panes[name] = width

    def load(self, settings: QSettings) -> None:
        """Take what was remembered in place of all that is known; what makes no sense is left out."""
        self._columns, self._panes = {}, {}
        for name, kept in _read(settings, _COLUMNS).items():
            if isinstance(kept, dict):
                self._columns[name] = Arranged(
                    _words(kept.get("order")), _widths(kept.get("widths")), set(_words(kept.get("hidden")))
                )
        self._panes = _widths(_read(settings, _PANES))

    def keep(self, settings: QSettings) -> None:
        """Write down all that was changed."""
        columns = {
            name: {"order": one.order, "widths": one.widths, "hidden": sorted(one.hidden)}
            for name, one in self._columns.items()
            if not one.is_usual()
        }
        for name, kept in ((_COLUMNS, columns), (_PANES, self._panes)):
            if kept or settings.value(name) is not None:
                settings.setValue(name, json.dumps(kept))


def _read(settings: QSettings, name: str) -> dict[str, Any]:
    try:
        found = json.loads(str(settings.value(name, "{}")))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(found: Any) -> list[str]:
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _widths(found: Any) -> dict[str, int]:
    if not isinstance(found, dict):
        return {}
    return {str(key): one for key, one in found.items() if type(one) is int and 0 < one <= _WIDEST}


_current = Arrangement()


def current() -> Arrangement:
    """Return how the lists and panes of this program are arranged now."""
    return _current
