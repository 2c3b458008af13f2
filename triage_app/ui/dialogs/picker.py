"""Choosing from a list of codes by typing any part of a name or code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from triage_app.ui import painting, theme
from triage_app.ui.text import text_label, tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Chip, Flow, TextField, column

_CODE = int(Qt.ItemDataRole.UserRole)
_ROW = 30
MOST_SHOWN: Final = 100
"""Options in the list at once; nobody scrolls through more, and each costs a moment."""
_LEFT = int((Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value)


def matches(options: Mapping[str, str], typed: str) -> list[str]:
    """Return the codes whose code or name holds every word typed, those that begin with it first."""
    words = typed.casefold().split()
    found = []
    for code, name in options.items():
        text = f"{code} {name}".casefold()
        if all(word in text for word in words):
            begins = bool(words) and any(part.startswith(words[0]) for part in text.replace("/", " ").split())
            found.append((not begins, code))
    return [code for _, code in sorted(found, key=lambda one: one[0])]


class _PickDelegate(QStyledItemDelegate):
    """Paints an option: its name, and its code in muted mono at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of a row."""
        return QSize(120, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one option."""
        p = theme.current().palette
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        here = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(p.sel if here else p.surface))
        if here:
            painter.fillRect(rect.left(), rect.top(), Size.ACCENT_EDGE, rect.height(), QColor(p.accent))
        code = str(index.data(_CODE))
        room = rect.adjusted(11, 0, -11, 0)
        face = font("mono_muted")
        wide = QFontMetrics(face).horizontalAdvance(code)
        natural = QFontMetrics(font("small_strong")).horizontalAdvance(str(index.data()))
        show_code = natural + wide + 40 <= room.width()
        name_room = room.adjusted(0, 0, -(wide + 16) if show_code else 0, 0)
        strong = bool(index.data(int(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked.value)
        name_face = font("small_strong" if here or strong else "small")
        painter.setFont(name_face)
        painter.setPen(QColor(p.text))
        name = QFontMetrics(name_face).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, name_room.width() - (20 if strong else 0)
        )
        painter.drawText(name_room, _LEFT, name)
        if strong:
            left = name_room.left() + QFontMetrics(name_face).horizontalAdvance(name) + 8
            painting.tick(painter, QRect(left, rect.center().y() - 6, 12, 12).toRectF(), QColor(p.ok))
        if show_code:
            painter.setFont(face)
            painter.setPen(QColor(p.text2))
            painter.drawText(QRect(room.right() - wide, room.top(), wide + 1, room.height()), _LEFT, code)


class Picker(QWidget):
    """A search field over a list. Down and Up move in the list while one types; Enter picks."""

    picked = Signal(str)
    """The code that Enter, a click or Space chose."""
    moved = Signal(str)
    """The code that is current now."""

    def __init__(
        self, options: Mapping[str, str], hint: str, name: str, *, rows: int = 6, parent: QWidget | None = None
    ) -> None:
        """``options`` maps each code to its name; ``rows`` are seen at once."""
        super().__init__(parent)
        self._options = dict(options)
        self._checked: set[str] = set()
        self.search = TextField(hint, icon="search", name=name)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setItemDelegate(_PickDelegate(self.list))
        self.list.setFont(font("small"))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(rows * _ROW + 2)
        self.list.setFrameShape(QListWidget.Shape.Box)
        self.none = text_label("", "cap", "text2", wrap=True)
        self.none.hide()
        lines = column(self, gap=6)
        lines.addWidget(self.search)
        lines.addWidget(self.list)
        lines.addWidget(self.none)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self._pick(item))
        self.list.itemActivated.connect(lambda item: self._pick(item))
        self.list.currentItemChanged.connect(lambda item, _=None: self.moved.emit(self._code(item)))
        self.setFocusProxy(self.search)
        self._narrow("")

    @staticmethod
    def _code(item: QListWidgetItem | None) -> str:
        return str(item.data(_CODE)) if item is not None else ""

    def current(self) -> str:
        """Return the code of the current option, or an empty string."""
        return self._code(self.list.currentItem())

    def set_current(self, code: str) -> None:
        """Make an option current, if it is in the list."""
        for number in range(self.list.count()):
            if self._code(self.list.item(number)) == code:
                self.list.setCurrentRow(number)
                return

    def set_checked(self, codes: Sequence[str]) -> None:
        """Mark the options that are chosen already."""
        self._checked = set(codes)
        for number in range(self.list.count()):
            item = self.list.item(number)
            if item is not None:
                self._mark(item)

    def _mark(self, item: QListWidgetItem) -> None:
        chosen = self._code(item) in self._checked
        item.setData(
            int(Qt.ItemDataRole.CheckStateRole), (Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked).value
        )

    def _narrow(self, typed: str) -> None:
        before = self.current()
        codes = matches(self._options, typed)
        self.list.clear()
        for code in codes[:MOST_SHOWN]:
            item = QListWidgetItem(visible(self._options[code], 300, lines=False))
            item.setData(_CODE, code)
            item.setToolTip(tooltip(f"{self._options[code]} ({code})"))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self._mark(item)
            self.list.addItem(item)
        more = len(codes) - MOST_SHOWN
        nothing = self.tr("Nothing is called “{0}”. Clear the field to see all.").format(typed)
        self.none.setText(self.tr("{0} more: type to narrow them.").format(more) if codes else nothing)
        self.none.setVisible(not codes or more > 0)
        if before in codes and not typed:
            self.set_current(before)
        elif codes and typed:
            self.list.setCurrentRow(0)

    def _pick(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.picked.emit(self._code(item))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list, and Enter pick, while the field has the focus."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                at = max(0, min(self.list.count() - 1, self.list.currentRow() + step))
                self.list.setCurrentRow(at)
                return True
            is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_enter and not event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.current():
                self._pick(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)


class ManyPicker(QWidget):
    """Several codes as chips over a picker. Where they are ranked, the first of them is primary."""

    changed = Signal()

    def __init__(
        self, options: Mapping[str, str], hint: str, name: str, *, ranked: bool = True, rows: int = 6,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._ranked = ranked
        self._options = dict(options)
        self.codes: list[str] = []
        self._chips = QWidget()
        self._flow = Flow(self._chips)
        self.picker = Picker(options, hint, name, rows=rows)
        self.picker.picked.connect(self.toggle)
        lines = column(self, gap=6)
        lines.addWidget(self._chips)
        lines.addWidget(self.picker)
        self.setFocusProxy(self.picker)
        self._show()

    def set_codes(self, codes: Sequence[str]) -> None:
        """Show these as chosen."""
        self.codes = list(dict.fromkeys(codes))
        self._show()

    def toggle(self, code: str) -> None:
        """Choose a code, or take it away."""
        self.set_codes([one for one in self.codes if one != code] if code in self.codes else [*self.codes, code])
        self.picker.search.clear()
        self.changed.emit()

    def _first(self, code: str) -> None:
        self.set_codes([code, *self.codes])
        self.changed.emit()

    def _short(self, code: str) -> str:
        return self._options.get(code, code).rpartition(" / ")[2]

    def _show(self) -> None:
        while self._flow.count():
            widget = self._flow.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, code in enumerate(self.codes):
            if self._ranked:
                chip = Chip(self.tr("primary") if number == 0 else self.tr("also"), self._short(code))
                whole = self.tr("{0}: press to make it the primary one").format(self._options.get(code, code))
                chip.clicked.connect(lambda _=False, one=code: self._first(one))
            else:
                chip = Chip(code, self._options.get(code, self.tr("not in this list")).rpartition(": ")[2])
                whole = f"{code} {self._options.get(code, '')}".strip()
            chip.setToolTip(tooltip(whole))
            chip.removed.connect(lambda one=code: self.toggle(one))
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self.codes))
        self._chips.updateGeometry()
        self.picker.set_checked(self.codes)
