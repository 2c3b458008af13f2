"""What is overdue and due next for any victim, over all incidents; Enter opens the victim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services import support
from triage_app.services.changes import milliseconds
from triage_app.services.vocabularies import action_codes
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.work_list import WorkListDialog
from triage_app.ui.table import Column
from triage_app.ui.views.moments import attempts_words, due_cell
from triage_app.ui.views.victim_reading import victims
from triage_app.ui.widgets import EmptyState

_WITHIN = {"overdue": None, "48h": timedelta(hours=48), "7d": timedelta(days=7), "all": timedelta(days=3_650)}


class DueListDialog(WorkListDialog):
    """Open support actions, the earliest due first."""

    def __init__(self, desk: Desk, opened: Callable[[str], None], parent: QWidget) -> None:
        """``opened`` is called with the victim that was chosen, once this has closed."""
        tr = desk.tr
        columns = [
            Column("due", tr("Due"), 176, "clock", sortable=False),
            Column("name", tr("Action"), 190, "title", stretch=True, sortable=False),
            Column("victim", tr("Victim"), 150, drop=4, sortable=False),
            Column("belongs", tr("Incident"), 136, "mono", drop=2, sortable=False),
            Column("owner", tr("Owner"), 112, drop=1, sortable=False),
            Column("attempts", tr("Tried"), 176, drop=3, sortable=False),
        ]
        which = [
            ("48h", tr("Overdue, or due within 48 h")), ("overdue", tr("Overdue")),
            ("7d", tr("Overdue, or due within 7 days")), ("all", tr("All that has a due time")),
        ]  # fmt: skip
        empty = EmptyState(tr("Nothing is due"), tr("No open support action has a time that passes by then."))
        super().__init__(desk, tr("Support overdue and due next"), columns, empty, opened, parent, which)

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return what waits, with the name of its victim."""
        names = {one.id: one.name for one in victims(store).victims}
        return [
            {**one, "opens": one["victim"], "name": names.get(one["victim"], "")}
            for one in support.waiting(store, now, _WITHIN[which])
        ]

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many, and how many are overdue."""
        late = sum(1 for one in found if one["due"] < milliseconds(now))
        return plural(len(found), "1 action, {1} overdue", "{0} actions, {1} overdue").format(len(found), late)

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return an action as a row."""
        return {
            "due": due_cell(one, now, self.tr("{0}, late"), self.tr("{0}, prop.")),
            "name": f"{action_codes().get(one['code'], one['code'])} ({one['code']})",
            "victim": one["name"], "belongs": one["incident_ref"] or "", "owner": one["owner"],
            "attempts": attempts_words(one, now, self.tr("{0}×, last {1}")),
        }  # fmt: skip
