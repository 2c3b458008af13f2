"""Until when each person is kept, over all incidents, and what keeps them longer; Enter opens the victim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from triage_app.services import people
from triage_app.services.changes import milliseconds
from triage_app.services.times import day_in_words
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.work_list import WorkListDialog
from triage_app.ui.table import Column
from triage_app.ui.widgets import EmptyState

DUE, ALL = "due", "all"


class RetentionDialog(WorkListDialog):
    """People with the end of their time, the earliest first. Nothing is erased by itself."""

    width_wanted: ClassVar[int] = 820

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        """``opened`` is called with the victim that was chosen, once this has closed."""
        tr = desk.tr
        columns = [
            Column("until", tr("Kept until"), 150, sortable=False),
            Column("victims", tr("Victim"), 190, "title", stretch=True, sortable=False),
            Column("state", tr("Stands"), 330, drop=1, sortable=False),
        ]
        which = [(ALL, tr("Everybody recorded")), (DUE, tr("Whose time has passed"))]
        empty = EmptyState(tr("Nobody's time has passed"), tr("Nobody recorded is kept longer than their time."))
        super().__init__(desk, tr("Retention due"), columns, empty, opened, parent, which)

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return everybody, or whose time has passed, each with the victim they are."""
        victims = {one["person"]: one["id"] for one in lookup.listing(store, "victim", "v.person <> ''")}
        found = people.due(store, now) if which == DUE else people.kept(store)
        return [{"id": one.person, "opens": victims.get(one.person), "kept": one} for one in found]

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many, and the time of how many has passed."""
        kept = [one["kept"] for one in found]
        late = sum(1 for one in kept if one.until is not None and one.until < milliseconds(now) and not one.erased)
        words = self.tr("Past their time: {1} of {0}. Nothing is erased by itself.")
        return words.format(len(kept), late)

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a person as a row."""
        kept: people.Kept = one["kept"]
        return {
            "victims": ", ".join(kept.victims), "state": self._state(kept, milliseconds(now)),
            "until": self.tr("Not set") if kept.until is None else day_in_words(kept.until),
        }  # fmt: skip

    def _state(self, one: people.Kept, now: int) -> str:
        if one.erased:
            return self.tr("Erased")
        if one.held:
            return self.tr("Legal hold: not erased until it is lifted")
        if one.until is None:
            return self.tr("An incident is open, or no period fits")
        return self.tr("Time has passed: to be erased") if one.until < now else self.tr("Kept")
