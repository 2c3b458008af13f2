"""What the search box of the window offers while one types: acts of the menus by their words, then references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from triage_app.store import lookup
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.theme import font
from triage_app.ui.views.commands import ALSO
from triage_app.ui.widgets.voice import announce

MOST = 8
"""Suggestions that are shown: more would have to be read, and another letter is quicker."""

_LONGEST = 40
"""Characters beyond which what is typed is a query, and no word of an act or a reference."""

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


def plain_words(action: QAction) -> str:
    """Return the words of an act without the mark of its access key and what stands behind a tab."""
    return action.text().partition("\t")[0].replace("&", "").strip()


def matching(actions: Sequence[QAction], typed: str) -> list[QAction]:
    """Return the acts that can be done now of which a word begins with what was typed, those that begin so first."""
    wanted, seen, found = " " + typed.casefold(), set(), []
    for action in actions:
        words = plain_words(action)
        called = f" {words} {action.property(ALSO) or ''}".casefold()
        if words not in seen and action.isEnabled() and action.isVisible() and wanted in called:
            seen.add(words)
            found.append(action)
    return sorted(found, key=lambda action: not plain_words(action).casefold().startswith(wanted[1:]))[:MOST]


class Suggestions(QListWidget):
    """A list under the search box, which keeps the focus: Down and Up choose, Enter takes, Escape puts all away."""

    reference_chosen = Signal(str)
    left = Signal()
    """The box was left with Escape, and what had the focus before is gone."""

    def __init__(self, field: QLineEdit, desk: Desk, actions: Callable[[], list[QAction]], window: QWidget) -> None:
        """``actions`` returns what the menus hold now; ``window`` is what the list lies over."""
        super().__init__(window)
        self._field, self._desk, self._actions = field, desk, actions
        self._window = window
        self._before: QWidget | None = None
        self.setAccessibleName(self.tr("Suggestions"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(font("small"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.hide()
        self.itemClicked.connect(self._take)
        field.textEdited.connect(self._offer)
        field.textChanged.connect(lambda text: None if text else self.hide())
        field.installEventFilter(self)
        app = cast(QApplication, QApplication.instance())
        app.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is self._field and old is not None and old is not self._field:
            self._before = old
        elif new is not self._field:
            self.hide()

    def _offer(self, typed: str) -> None:
        words = " ".join(typed.split())
        self.clear()
        if words and len(words) <= _LONGEST:
            for action in matching(self._actions(), words):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                self._add(f"{plain_words(action)}   {keys}".strip(), action)
            self._desk.query(
                lambda store: lookup.references_starting(store, words, MOST),
                while_alive(self, lambda found: self._add_references(typed, found)),
            )
        self._place()

    def _add_references(self, typed: str, found: list[str]) -> None:
        if typed == self._field.text() and self.window().focusWidget() is self._field:
            for reference in found[: MOST - self.count()]:
                self._add(reference, reference)
            if not self.count():
                self._say_nothing_found()
            self._place()

    def _add(self, words: str, what: QAction | str) -> None:
        item = QListWidgetItem(words, self)
        item.setData(Qt.ItemDataRole.UserRole, what)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words)

    def _say_nothing_found(self) -> None:
        """Say that there is nothing to choose: an empty place under the box reads as if it were still looking."""
        words = self.tr("Nothing that can be done here, and no reference, begins so. Enter searches every record.")
        item = QListWidgetItem(words, self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        announce(self._field, words)

    def _place(self) -> None:
        """Lie under the box, as wide as the words need and the window allows."""
        window = self._window
        wanted = max(self._field.width(), self.sizeHintForColumn(0) + 4 * self.frameWidth() + 12)
        width = min(wanted, window.width())
        height = sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth()
        corner = self._field.mapTo(window, QPoint(0, self._field.height()))
        x = max(0, min(corner.x(), window.width() - width))
        self.setGeometry(x, corner.y(), width, min(height, window.height() - corner.y()))
        self.setVisible(self.count() > 0)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose; every other key is the box's own."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and not self.isHidden():
            self._place()
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        key = Qt.Key(cast(QKeyEvent, event).key())
        if cast(QKeyEvent, event).modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        enters = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        chosen = self.currentItem() if not self.isHidden() else None
        takes = key == Qt.Key.Key_Escape or (key in _STEPS and not self.isHidden()) or (enters and chosen is not None)
        if takes and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif takes and key == Qt.Key.Key_Escape:
            self.leave()
        elif takes and chosen is not None and enters:
            self._take(chosen)
        elif takes:
            self._step(_STEPS[key])
        elif enters:
            self.hide()
        return takes and event.type() == QEvent.Type.KeyPress

    def _step(self, by: int) -> None:
        """Choose the next or the one before; before the first none is chosen."""
        if self.count() and not self.item(0).flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.setCurrentRow(max(-1, min(self.count() - 1, self.currentRow() + by)))
        item = self.currentItem()
        if item is not None:
            announce(self._field, item.text())

    def _take(self, item: QListWidgetItem) -> None:
        what = item.data(Qt.ItemDataRole.UserRole)
        if what is None:
            return
        self.leave()
        if isinstance(what, str):
            self.reference_chosen.emit(what)
        elif isValid(what) and what.isEnabled():
            what.trigger()

    def leave(self) -> None:
        """Empty the box and give the focus back to what had it."""
        before, self._before = self._before, None
        self.hide()
        self._field.clear()
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.left.emit()
