"""Completions under the field of a filter: keys with what they mean, then the values that a key has here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QStyledItemDelegate

from triage_app.services.filter_completions import Offer
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.widgets import announce

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_WIDEST = 420


class Completions(QListWidget):
    """A list under the field, which keeps the focus: Down and Up choose, Enter or Tab takes, Escape puts it away."""

    taken = Signal(object)
    """The ``Offer`` that was chosen."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field.window())
        self._field = field
        self.setAccessibleName(self.tr("Completions of the filter"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(font("small"))
        self.setProperty("offers", True)
        self.setItemDelegate(QStyledItemDelegate(self))  # the only one that heeds the style sheet's row height
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.hide()
        self.itemClicked.connect(self._take)
        field.installEventFilter(self)

    def show_offers(self, offered: Sequence[Offer]) -> None:
        """Show what may be typed next; nothing hides the list."""
        if self.parent() is not self._field.window():
            self.setParent(self._field.window())
        self.clear()
        for one in offered:
            words = f"{one.text}   {one.means}".strip()
            item = QListWidgetItem(visible(words, 200, lines=False), self)
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
        if not offered or not self._field.isVisible():
            self.hide()
            return
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        window = self._field.window()
        width = min(max(self._field.width(), self.sizeHintForColumn(0) + 28), _WIDEST, window.width())
        height = sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth()
        corner = self._field.mapTo(window, QPoint(0, self._field.height()))
        x = max(0, min(corner.x(), window.width() - width))
        self.setGeometry(x, corner.y(), width, min(height, window.height() - corner.y()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose; every other key is the field's own."""
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.hide()
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and not self.isHidden():
            self._place()
        if self.isHidden() or event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        key = Qt.Key(cast(QKeyEvent, event).key())
        if cast(QKeyEvent, event).modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        chosen = self.currentItem()
        takes = key in _STEPS or key == Qt.Key.Key_Escape or (
            chosen is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        )  # fmt: skip
        if not takes:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return False
        if key in _STEPS:
            self._step(_STEPS[key])
        elif key == Qt.Key.Key_Escape:
            self.hide()
        elif chosen is not None:
            self._take(chosen)
        return True

    def _step(self, by: int) -> None:
        """Choose the next or the one before; before the first none is chosen."""
        self.setCurrentRow(max(-1, min(self.count() - 1, self.currentRow() + by)))
        item = self.currentItem()
        if item is not None:
            announce(self._field, item.text())

    def _take(self, item: QListWidgetItem) -> None:
        self.hide()
        self.taken.emit(item.data(Qt.ItemDataRole.UserRole))

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget what was chosen."""
        super().hideEvent(event)
        self.setCurrentRow(-1)
