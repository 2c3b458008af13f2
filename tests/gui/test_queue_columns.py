"""The queue's title has the room of columns that would say the same in every row; none jumps while one reads."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, queue_of, said, until, window_on
from triage_app.store.alerts import ids
from triage_app.ui.table import RecordTable
from triage_app.ui.views.queue import QueueView


def shown(table: RecordTable) -> list[str]:
    """The keys of the columns in view."""
    return [each.key for number, each in enumerate(table.record_model.columns) if not table.isColumnHidden(number)]


def width(table: RecordTable, key: str) -> int:
    return table.columnWidth([each.key for each in table.record_model.columns].index(key))


def bodies(queue: QueueView) -> set[str]:
    """What the column of organisations says in the rows that are looked at."""
    model = queue.table.record_model
    found = [model.record(row) for row in range(len(model.ids))]
    return {str(row["organisation"]) for row in found if row is not None}


def narrowed(queue: QueueView, query: str, qtbot: QtBot) -> None:
    with qtbot.waitSignal(queue.loaded):
        queue.set_query(query)


def test_a_list_without_linked_alerts_has_no_column_for_clocks_and_says_why(
    samples: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        queue = queue_of(window)
        table = queue.table
        assert "clock" not in shown(table)
        menu = table.columns.menu()
        (part,) = [one for one in menu.findChildren(QMenu) if one.title() == "Clock"]
        assert part.actions()[0].text() == "Comes with alerts that are linked to an incident"
        assert not part.actions()[0].isEnabled()
        menu.deleteLater()
        press(table, "p")
        said(queue, qtbot, "Promoted")
        before = width(table, "title")
        narrowed(queue, "is:linked", qtbot)
        assert "clock" in shown(table)
        assert width(table, "title") < before
        narrowed(queue, "is:open", qtbot)
        assert width(table, "title") == before


def test_where_all_are_of_one_organisation_its_code_is_enough_until_another_list_comes(
    samples: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        queue = queue_of(window)
        table = queue.table
        assert bodies(queue) == {"RXX"}
        assert width(table, "organisation") == 100
        table.columns.set_width("organisation", 150)
        assert width(table, "organisation") == 150
        table.columns.set_width("organisation", None)
        press(table, "p")
        said(queue, qtbot, "Promoted")
        press(table, "u")
        said(queue, qtbot, "Undone")
        until(qtbot, lambda: len(table.record_model.ids) == len(ids(queue.desk.store, queue.filter.filter())))
        assert width(table, "organisation") == 100
