"""Which columns the queue needs: the room of those that would say the same in every row goes to the title.

It is decided when a list comes in place of another, and never for one that somebody reads: columns that jump while one
scrolls or decides cost more than they give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from triage_app.store.alerts import LINKED, AlertFilter
from triage_app.ui.table import RecordTable

_LOOKED_AT: Final = 64
"""Alerts at the top of a list that are looked at: a page, which is about to be painted anyway."""
_CODE_WIDTH: Final = 100
"""Logical pixels of a column that holds codes of organisations alone: its heading needs them."""


class QueueColumns:
    """Leaves out the clocks where no alert can have one, and the organisation's name where all are of one."""

    def __init__(self, table: RecordTable) -> None:
        self._table = table
        self._of_one = False

    def decide(self, narrowed: AlertFilter) -> None:
        """Choose the columns for a list that has just come in place of another, by its filter and its first alerts.

        Clocks are those of incidents, so without linked alerts there is none. An alert of another organisation may
        stand further down: its code is shown as well, so nothing is lost.
        """
        model, columns = self._table.record_model, self._table.columns
        found = [model.record(row) for row in range(min(_LOOKED_AT, len(model.ids)))]
        of_one = len({row["alert"]["organisation"] for row in found if row is not None}) == 1
        why = QCoreApplication.translate("Queue", "Comes with alerts that are linked to an incident")
        columns.needless = {} if LINKED in narrowed.states else {"clock": why}
        columns.short = {"organisation": _CODE_WIDTH} if of_one else {}
        if of_one is not self._of_one:
            self._of_one = of_one
            model.refresh()
        self._table.fit_columns()

    def names(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """Return the names of organisations (by code) that rows show beside the code: none where all are of one."""
        return {} if self._of_one else known
