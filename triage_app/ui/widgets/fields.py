"""Fields: text with an icon, choice, and a row with its label."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QLineEdit,
    QPlainTextEdit,
    QStyledItemDelegate,
    QWidget,
)

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import set_role, text_label, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import column

_BESIDE_VALUE = 70
"""What a box of values needs beside the value: its padding, border and arrow."""

TEXT_LIMIT = 4_000
"""Characters a one-line field takes."""


class TextField(QLineEdit):
    """A line of text, 32 high, with an icon at its left if it has one."""

    def __init__(self, hint: str = "", *, icon: str = "", name: str = "", parent: QWidget | None = None) -> None:
        """``hint`` is shown while it is empty; ``name`` is what a screen reader calls it."""
        super().__init__(parent)
        self._icon = icon
        self.setFont(font("small"))
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self.setMaxLength(TEXT_LIMIT)
        self.setProperty("lead", bool(icon))

    def select_word(self, word: str) -> None:
        """Select a word that stands in it: what a refusal points at."""
        at = self.text().find(word)
        if at >= 0:
            self.setSelection(at, len(word))

    def set_invalid(self, invalid: bool) -> None:
        """Show a red border; the words that say why belong in the form row."""
        self.setProperty("invalid", invalid)
        self.style().unpolish(self)
        self.style().polish(self)

    def offer(self, names: Sequence[str]) -> QCompleter:
        """Offer names that hold what is typed, anywhere in them; return what says which was taken."""
        made = QCompleter(list(names), self)
        made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        made.setFilterMode(Qt.MatchFlag.MatchContains)
        shown = made.popup()
        shown.setItemDelegate(QStyledItemDelegate(shown))  # the only one that heeds the style sheet's row height
        shown.setFont(font("small"))
        shown.setProperty("offers", True)
        self.setCompleter(made)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then its icon."""
        super().paintEvent(event)
        if self._icon:
            painter = QPainter(self)
            box = QRectF(10, (self.height() - Size.ICON) / 2, Size.ICON, Size.ICON)
            icons.paint(painter, self._icon, box, theme.colour("text2"))
            painter.end()


class SearchField(TextField):
    """The search box, its key drawn inside at the right."""

    def __init__(self, hint: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(hint, icon="search", parent=parent)
        self._key = key

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the text clear of the key."""
        super().resizeEvent(event)
        self.setTextMargins(0, 0, round(painting.key_width(self._key)) + 4 if self.width() > 200 else 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then the key while there is room."""
        super().paintEvent(event)
        if self._key and self.width() > 200:
            painter = QPainter(self)
            width = painting.key_width(self._key)
            cap = QRectF(self.width() - width - 9, round((self.height() - Size.KEY) / 2), width, Size.KEY)
            painting.key_cap(painter, cap, self._key, theme.colour("text2"), theme.colour("edge"))
            painter.end()


def _arrow(widget: QWidget) -> None:
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = theme.colour("text2" if widget.isEnabled() else "faint")
    painter.setPen(QPen(ink, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    x, y = widget.width() - 16, widget.height() / 2
    painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])
    painter.end()


class Choice(QComboBox):
    """One of a few values; each carries its key as data."""

    def __init__(
        self, options: Sequence[tuple[str, str]] = (), *, name: str = "", parent: QWidget | None = None
    ) -> None:
        """``options`` pairs each key with the words shown for it."""
        super().__init__(parent)
        self.setFont(font("small"))
        self.setItemDelegate(QStyledItemDelegate(self))  # the only one that heeds the style sheet's row height
        self.view().setFont(font("small"))
        self.view().setProperty("ownFocus", True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer other values; the chosen one stays if it is still among them."""
        chosen = self.key()
        self.clear()
        for key, words in options:
            self.addItem(visible(words, 300, lines=False), key)
        self.set_key(chosen)

    def key(self) -> str:
        """Return the key of the chosen value, or an empty string."""
        data = self.currentData()
        return data if isinstance(data, str) else ""

    def set_key(self, key: str) -> None:
        """Choose by key; an unknown one changes nothing."""
        at = self.findData(key)
        if at >= 0:
            self.setCurrentIndex(at)

    def narrow(self) -> Choice:
        """Let the box be narrower than its longest value, and return it."""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        return self

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page: a value must not change because the page was scrolled."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box, its value shortened where it does not fit, and its arrow."""
        # Python makes QStyle's numbers when it is first named: the locked page, which has no box, need not wait.
        from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QStylePainter

        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - _BESIDE_VALUE
        option.currentText = self.fontMetrics().elidedText(  # type: ignore[attr-defined]
            self.currentText(), Qt.TextElideMode.ElideRight, room
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        _arrow(self)


class TextArea(QPlainTextEdit):
    """Several lines of plain text; Tab leaves it."""

    def __init__(self, hint: str = "", *, name: str = "", lines: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(font("body"))
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self.setTabChangesFocus(True)
        self.setFixedHeight(lines * 20 + 14)


class FormRow(QWidget):
    """A field with its label above and, under it, a hint or what is wrong."""

    def __init__(self, label: str, field: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._hint = hint
        name = text_label(label, "small_strong")
        name.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(label)
        elif isinstance(field, TextField) and field.accessibleName() == field.placeholderText():
            field.setAccessibleName(label)  # an example of what to type is no name of the field
            field.setAccessibleDescription(field.placeholderText())
        self._note = text_label(hint, "cap", "text2", wrap=True)
        self._note.setVisible(bool(hint))
        lines = column(self, gap=4)
        for part in (name, field, self._note):
            lines.addWidget(part)
        lines.addStretch(1)

    def set_hint(self, hint: str) -> None:
        """Say another hint under the field."""
        self._hint = hint
        self.set_problem("")

    def set_problem(self, problem: str) -> None:
        """Say what is wrong in words beside the red border; an empty string takes it away."""
        self._note.setText(problem or self._hint)
        self._note.setVisible(bool(problem or self._hint))
        set_role(self._note, "red" if problem else "text2")
        if isinstance(self.field, TextField):
            self.field.set_invalid(bool(problem))
