"""A choice made in place, under the list it is about: one key for each answer, Escape for none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Button, Flow, Panel, TextField, announce, column, quiet, row, secondary

Options = Sequence[tuple[str, str, str]]
"""Key of the answer, its words, what it means (for the tooltip)."""

_LOW = 420
"""Logical pixels of a window, below which every line counts."""


class PickBar(Panel):
    """A heading, the answers with the digit that chooses each, and a field for words where they are wanted."""

    picked = Signal(str, str)
    """The answer's key ("" when only words were given) and the words."""
    cancelled = Signal()

    def __init__(self, options: Options, hint: str = "", parent: QWidget | None = None) -> None:
        """``hint`` names the field for words; without one there is no field until ``ask_words``."""
        super().__init__("surface", "t", parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self._hint = hint
        self._waiting = ""
        self._needs_words = False
        self._asked = ""
        self.heading = text_label("", "small_strong", wrap=True)
        self.problem = text_label("", "small", "amber", wrap=True)
        self.field = TextField(hint, name=hint or self.tr("Reason"))
        self.field.returnPressed.connect(self._words_given)
        self.field.installEventFilter(self)
        self.enter = secondary(self.tr("Enter it"), key="Enter")
        self.enter.clicked.connect(self._words_given)
        typed = row(gap=8)
        typed.addWidget(self.field, 1)
        typed.addWidget(self.enter)
        self.buttons: dict[str, Button] = {}
        self.close_button = quiet(self.tr("Cancel"), key="Esc")
        self.close_button.clicked.connect(self.cancelled)
        head = row(gap=8)
        head.addWidget(self.heading, 1)
        head.addWidget(self.close_button)
        self._flow = Flow()
        self._flow_holder = QWidget()
        self._flow_holder.setLayout(self._flow)
        self.lines = column(self, (Size.PAGE, 8, Size.PAGE - 8, 12), 8)
        self.lines.addLayout(head)
        self.lines.addWidget(self.problem)
        self.lines.addLayout(typed)
        self.lines.addWidget(self._flow_holder)
        self.lines.addStretch(0)
        self.set_options(options)
        self.hide()

    def set_options(self, options: Options) -> None:
        """Offer other answers."""
        for button in self.buttons.values():
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for number, (key, words, meaning) in enumerate(options, 1):
            button = secondary(words, key=str(number) if number < 10 else "")
            button.setToolTip(meaning)
            button.setAccessibleDescription(meaning)
            button.clicked.connect(lambda _=False, which=key: self._choose(which))
            self._flow.addWidget(button)
            self.buttons[key] = button
        self._flow_holder.setVisible(bool(options))
        # Tab comes first to where words are typed: a digit typed before that chooses an answer. To cancel there is Esc.
        way: list[QWidget] = [self, self.field, self.enter, *self.buttons.values(), self.close_button]
        for one, then in pairwise(way):
            self.setTabOrder(one, then)

    def open(self, heading: str) -> None:
        """Show the bar and take the keys."""
        self._waiting, self._needs_words, self._asked = "", False, heading
        self.heading.setText(heading)
        self.setAccessibleName(heading)
        self.problem.hide()
        self.field.clear()
        self.field.set_invalid(False)
        self._ask_for_words(bool(self._hint))
        low = self.window().height() < _LOW
        edge = 4 if low else 8
        self.lines.setContentsMargins(Size.PAGE, edge, Size.PAGE - 8, edge if low else 12)
        self.lines.setSpacing(edge)
        self.show()
        self.take_keys()
        announce(self, heading)

    def take_keys(self) -> None:
        """Have the focus where the answer is given: the words that are asked for, else the digits."""
        by_words = self._needs_words or not self.buttons
        (self.field if by_words else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_words(self, why: str, hint: str, waiting: str = "") -> None:
        """Ask for words too: ``why`` says what for; ``waiting`` is the answer that was already chosen."""
        self._needs_words = True
        self._wait_with(waiting)
        self.say(why)
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self._ask_for_words(True)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_for_words(self, wanted: bool) -> None:
        self.field.setVisible(wanted)
        self.enter.setVisible(wanted)  # whoever has no Enter key presses it

    def say(self, what: str) -> None:
        """Say what is wrong, or wanted, in place."""
        self.problem.setText(what)
        set_role(self.problem, "amber")
        self.problem.setVisible(bool(what))
        announce(self, what)

    def _choose(self, key: str) -> None:
        words = self.field.text().strip()
        if self._needs_words and not words:
            self._wait_with(key)
            self.field.set_invalid(True)
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.picked.emit(key, words)

    def _wait_with(self, key: str) -> None:
        """Keep an answer until its words are there, and show which it is; "" for none."""
        self._waiting = key
        chosen = self.buttons.get(key)
        self.heading.setText(self.tr("{0}: {1}").format(self._asked, chosen.text()) if chosen else self._asked)
        if chosen is not None:
            announce(self, chosen.text())

    def _digit(self, typed: str) -> str:
        """Return the answer that a digit chooses, "" for none."""
        keys = list(self.buttons)
        return keys[int(typed) - 1] if typed.isdigit() and typed.isascii() and 0 < int(typed) <= len(keys) else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a digit choose the answer also where words are asked for: the first key, before any word."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.field:
            awaited = self._needs_words and not self._waiting and not self.field.text()
            if awaited and (key := self._digit(event.text())):
                self._wait_with(key)
                return True
        return super().eventFilter(watched, event)

    def _words_given(self) -> None:
        words = self.field.text().strip()
        if not words:
            self.field.set_invalid(True)
        elif self._waiting or not self.buttons:
            self.picked.emit(self._waiting, words)
        elif self._hint:
            self.picked.emit("", words)
        else:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar, and with the focus the ring of those whose keys act within it."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            box = QRectF(self.rect())
            painting.rounded(painter, box, Size.RADIUS_FOCUS, None, theme.colour("focus"), width=Size.FOCUS_LINE)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit chooses, Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return
        if key := self._digit(event.text()):
            self._choose(key)
            return
        super().keyPressEvent(event)
