"""The tracker of affected things as a table."""

from __future__ import annotations

from typing import Any

from triage_app.language import say
from triage_app.services.vocabularies import affected_states
from triage_app.ui.table import Column, IdTableModel, RecordTable, StatusCell
from triage_app.ui.tokens import Size
from triage_app.ui.views.affected_reading import kind_words, state_words


class AffectedTable(RecordTable):
    """Cells are made for the rows that are looked at."""

    def __init__(self, name: str) -> None:
        columns = [
            Column("name", self.tr("Name"), 190, kind="mono", stretch=True, sortable=False),
            Column("kind", self.tr("Kind"), 84, sortable=False, drop=4),
            Column("state", self.tr("State"), 190, kind="status", sortable=False),
            Column("owner", self.tr("Owner"), 150, sortable=False, drop=3),
            Column("ward", self.tr("Ward"), 130, sortable=False, drop=2),
            Column("care", self.tr("Used in care"), 112, sortable=False, drop=1),
            Column("priority", self.tr("Priority"), 86, kind="count", sortable=False),
        ]
        super().__init__(IdTableModel(columns, self._found, []), inset=Size.PAGE)
        self.record_model.setParent(self)
        self.setAccessibleName(name)
        self._rows: dict[str, dict[str, Any]] = {}

    def show_things(self, rows: dict[str, dict[str, Any]], ids: list[str]) -> None:
        """Show some of the rows, in their order."""
        self._rows = rows
        if ids == list(self.record_model.ids):
            self.refresh()
        else:
            self.set_ids(ids)

    def things(self, ids: list[str]) -> list[dict[str, Any]]:
        """Return rows by id."""
        return [self._rows[entity] for entity in ids if entity in self._rows]

    def _found(self, ids: list[Any]) -> dict[Any, dict[str, Any]]:
        return {entity: self._cells(self._rows[entity]) for entity in ids if entity in self._rows}

    @staticmethod
    def _cells(thing: dict[str, Any]) -> dict[str, Any]:
        state = affected_states(thing["kind"]).get(thing["state"])
        return {
            "name": thing["name"],
            "kind": kind_words(thing["kind"]),
            "state": StatusCell(state.mark if state else "unknown", state_words(thing["state"])),
            "owner": thing["owner"],
            "ward": thing["ward"],
            "care": say(thing["used_in_care"].capitalize()).lower(),
            "priority": thing["priority"],
        }
