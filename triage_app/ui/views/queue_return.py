"""Where somebody was in the queue, to be found again after a lock or at the next start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage_app.errors import BadInput
from triage_app.ui.views.queue_layout import QueueLayout


class QueueReturn(QueueLayout):
    """The queue as it is narrowed, sorted and stood in; what it lists is ``QueueView``'s matter."""

    _wanted_key: str
    "Key of the alert to go to once the list shows it."

    def refresh(self) -> None:
        """Ask for the list again."""
        raise NotImplementedError

    def _current_key(self) -> str:
        raise NotImplementedError

    def place(self) -> tuple[str, str]:
        """Return where one is: the filter and the key of the current alert."""
        return self.filter.query(), self._current_key()

    def narrowed(self) -> dict[str, Any]:
        """Return what the list is narrowed to and sorted by, for the next start."""
        key, descending = self.table.order
        return {"filter": self.filter.query(), "sort": key, "down": descending}

    def narrow_as(self, found: Mapping[str, Any]) -> None:
        """Narrow and sort the list as it was; a filter that can no longer be read is left out."""
        wanted = (str(found.get("sort", "")), found.get("down") is not False)
        sorts = wanted != self.table.order and self.table.sort_by(*wanted)
        query = str(found.get("filter", self.filter.query()))
        try:
            if query != self.filter.query():
                self.filter.set_query(query)
            elif sorts:
                self.refresh()
        except BadInput:
            self.refresh()

    def return_to(self, place: tuple[str, str]) -> None:
        """Go back to where one was, after the store was locked."""
        query, self._wanted_key = place
        try:
            self.filter.set_query(query)
        except BadInput:
            self.refresh()
