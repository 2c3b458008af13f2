"""The columns of a record table: which are shown, how wide and in which order: by mouse, by menu, from last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from triage_app.ui import arrangement
from triage_app.ui.table_cells import Column, fitted
from triage_app.ui.theme import font

if TYPE_CHECKING:
    from triage_app.ui.table import RecordTable

NARROWEST: Final = 60
"""Logical pixels of a column that somebody makes narrow."""

STEP: Final = 24
"""Logical pixels by which the menu makes a column wider or narrower."""


class TableColumns(QObject):
    """Fits the columns of one table into its width, as the responder arranged them."""

    def __init__(self, table: RecordTable) -> None:
        super().__init__(table)
        self._table = table
        self._fitting = False
        self.needless: Mapping[str, str] = {}
        """Columns (by key) in which this list has nothing to show, and why, in words: they are left out."""
        self.short: Mapping[str, int] = {}
        """Widths (logical pixels) of columns whose cells say less in this list, unless somebody gave them one."""
        header = table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.sectionMoved.connect(lambda *_: self._moved())
        header.sectionResized.connect(self._resized)
        header.sectionHandleDoubleClicked.connect(lambda section: self.set_width(self.columns[section].key, None))
        header.customContextMenuRequested.connect(lambda at: self.show_menu(header.mapToGlobal(at)))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the list that is shown, in the order in which they came."""
        return self._table.record_model.columns

    @property
    def arranged(self) -> arrangement.Arranged:
        """What was changed of this kind of list."""
        return arrangement.current().of(self.columns)

    def order(self) -> list[str]:
        """Return the keys of all columns in the order they have now."""
        came, wanted = [each.key for each in self.columns], self.arranged.order
        return [key for key in wanted if key in came] + [key for key in came if key not in wanted]

    def fit(self) -> tuple[int, int]:
        """Show, size and order the columns for the width there is; return the first and the last that is shown."""
        if self._fitting:
            return self._table.first_column, self._table.last_column
        table, arranged = self._table, self.arranged
        usual = {each.key: self.short.get(each.key, each.width) for each in self.columns}
        wished = [replace(each, width=arranged.widths.get(each.key, usual[each.key])) for each in self.columns]
        widths = fitted(wished, table.viewport().width(), arranged.hidden | set(self.needless))
        self._fitting = True
        try:
            for number in range(len(wished)):
                table.setColumnHidden(number, number not in widths)
                if number in widths and table.columnWidth(number) != widths[number]:
                    table.setColumnWidth(number, widths[number])
            came = {each.key: number for number, each in enumerate(self.columns)}
            header, order = table.horizontalHeader(), [came[key] for key in self.order()]
            for place, number in enumerate(order):
                if header.visualIndex(number) != place:
                    header.moveSection(header.visualIndex(number), place)
        finally:
            self._fitting = False
        shown = [number for number in order if number in widths]
        return (shown[0], shown[-1]) if shown else (0, 0)

    # -- what somebody changes ----------------------------------------------------------------------------

    def show(self, key: str, shown: bool) -> None:
        """Show or hide a column that may be hidden."""
        if any(each.key == key and each.drop for each in self.columns):
            self.arranged.hidden.discard(key) if shown else self.arranged.hidden.add(key)
            self._table.fit_columns()

    def move(self, key: str, by: int) -> None:
        """Move a column past so many that are in view, to the left where ``by`` is less than 0."""
        order = self.order()
        numbers = {each.key: number for number, each in enumerate(self.columns)}
        seen = [each for each in order if not self._table.isColumnHidden(numbers[each])]
        if key not in seen or not 0 <= seen.index(key) + by < len(seen):
            return
        beside = seen[seen.index(key) + by]
        order.remove(key)
        order.insert(order.index(beside) + (by > 0), key)
        self.arranged.order = order
        self._table.fit_columns()

    def widen(self, key: str, by: int) -> None:
        """Make a column so many pixels wider, as far as the others leave room."""
        number = next(number for number, each in enumerate(self.columns) if each.key == key)
        width = self._table.columnWidth(number)
        self._set_width(number, width, width + by)

    def set_width(self, key: str, width: int | None) -> None:
        """Give a column a width, or with None the one it came with."""
        if width is None:
            self.arranged.widths.pop(key, None)
        else:
            self.arranged.widths[key] = max(NARROWEST, width)
        self._table.fit_columns()

    def reset(self) -> None:
        """Let the columns be as they came."""
        arrangement.current().forget(self.columns)
        self._table.fit_columns()

    def _moved(self) -> None:
        if not self._fitting:
            header = self._table.horizontalHeader()
            self.arranged.order = [self.columns[header.logicalIndex(place)].key for place in range(header.count())]
            self._table.fit_columns()

    def _resized(self, section: int, old: int, new: int) -> None:
        if not self._fitting and old and new and section < len(self.columns):
            self._set_width(section, old, new)

    def _set_width(self, section: int, old: int, new: int) -> None:
        """Take the room from the column that stretches; where that is the one, give it to the next one."""
        numbers = {each.key: number for number, each in enumerate(self.columns)}
        seen = [numbers[key] for key in self.order() if not self._table.isColumnHidden(numbers[key])]
        stretch = next((number for number in seen if self.columns[number].stretch), max(seen, default=-1))
        spare = self._table.columnWidth(stretch) if section != stretch else old
        if section == stretch:
            if len(seen) < 2:
                return
            place = seen.index(section)
            section = seen[place + 1] if place + 1 < len(seen) else seen[place - 1]
            width = self._table.columnWidth(section)
            old, new = width, width + old - new
        room = max(0, spare - self.columns[stretch].width)
        self.set_width(self.columns[section].key, min(new, old + room))

    # -- the menu -----------------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """Return what can be done with each column; it goes when it is closed."""
        tr, menu = self.tr, QMenu(self._table)
        menu.setFont(font("small"))
        menu.aboutToHide.connect(menu.deleteLater)
        by_key = {each.key: each for each in self.columns}
        for key in self.order():
            column = by_key[key]
            part = menu.addMenu(column.heading)
            part.setFont(menu.font())
            if column.drop:
                shown = part.addAction(self.needless.get(key, "") or tr("&Shown"))
                shown.setCheckable(True)
                shown.setChecked(key not in self.arranged.hidden and key not in self.needless)
                shown.setEnabled(key not in self.needless)
                shown.triggered.connect(lambda on=False, key=key: self.show(key, on))  # a partial is given no state
            for words, run in (
                (tr("&Wider"), partial(self.widen, key, STEP)),
                (tr("&Narrower"), partial(self.widen, key, -STEP)),
                (tr("To the &left"), partial(self.move, key, -1)),
                (tr("To the &right"), partial(self.move, key, 1)),
            ):
                part.addAction(words).triggered.connect(lambda _=False, run=run: run())
        menu.addSeparator()
        menu.addAction(tr("&As they came")).triggered.connect(lambda _=False: self.reset())
        return menu

    def show_menu(self, at: QPoint) -> None:
        """Offer all that with its corner at a place of the screen."""
        self.menu().popup(at)
