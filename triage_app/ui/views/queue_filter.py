"""The filter of the queue: every part of it is a chip, and a field takes more of them and narrows the list at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QWidget

from triage_app.domain.filter_grammar import BadFilter
from triage_app.services.alert_filter import read_filter
from triage_app.services.filter_completions import Known, Offer, applied, known, offers
from triage_app.store.alerts import AlertFilter
from triage_app.ui import theme
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.text import set_role, text_label
from triage_app.ui.views.completions import Completions
from triage_app.ui.views.filter_words import chip_words, merged, terms_of
from triage_app.ui.widgets import Chip, Flow, TextField, announce, column, quiet

DEFAULT = "is:open"
TYPING_MS = 20
"""A key that follows sooner is part of the same word: the list is asked for once."""


class _Field(TextField):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the field away."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def mark(self, span: tuple[int, int] | None) -> None:
        """Draw what cannot be read in red with a wave under it; the text, the caret and the selection stay."""
        attributes = []
        if span is not None:
            wrong = QTextCharFormat()
            wrong.setForeground(QColor(theme.colour("red")))
            wrong.setUnderlineColor(QColor(theme.colour("red")))
            wrong.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            begin, end = span
            attributes.append(
                QInputMethodEvent.Attribute(
                    QInputMethodEvent.AttributeType.TextFormat, begin - self.cursorPosition(), end - begin, wrong
                )
            )
        with QSignalBlocker(self):
            QApplication.sendEvent(self, QInputMethodEvent("", attributes))


class FilterBar(QWidget):
    """Chips for what the list is narrowed to, and a field for more; what cannot be read is said under it."""

    changed = Signal()
    """The list is narrowed to something else, also by what is being typed."""
    left = Signal()
    """The field was put away: the list may have the focus again."""
    save_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._terms = terms_of(DEFAULT)
        self._preview = ""
        """The filter with what is being typed, "" while that adds nothing that can be read."""
        self._known = Known()
        self._chips: list[Chip] = []
        self._flow = Flow()
        lines = column(self, gap=6)
        lines.addLayout(self._flow)
        self._problem = text_label("", "cap", "red", wrap=True)
        self._problem.hide()
        lines.addWidget(self._problem)
        self.add = quiet(self.tr("Add filter"), icon="filter", key="/")
        self.add.setToolTip(self.tr("Narrow the list: words, is:new, sev:>=high, org:RXX, src:Suricata, seen:<24h"))
        self.field = _Field(
            self.tr("Words, or is:new sev:high org:RXX seen:<24h"), icon="filter", name=self.tr("Add a filter")
        )
        self.field.setFixedWidth(330)
        self.field.setMaxLength(400)
        self.field.hide()
        self.completions = Completions(self.field)
        self.clear = quiet(self.tr("Clear all"))
        self.clear.setToolTip(self.tr("Show every alert that is still to be decided"))
        self.save = quiet(self.tr("Save view"), icon="bookmark")
        self.save.setToolTip(self.tr("Keep this filter under a name, at the left with its count"))
        self.naming = _Field("", icon="bookmark")
        self.naming.setFixedWidth(220)
        self.naming.setMaxLength(60)
        self.naming.hide()
        self._named: Callable[[str], None] = lambda _: None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._try)
        self.add.clicked.connect(self.open)
        self.clear.clicked.connect(lambda: self.set_query(DEFAULT))
        self.save.clicked.connect(self.save_wanted)
        self.field.returnPressed.connect(self._take)
        self.field.textEdited.connect(self._edited)
        self.field.left.connect(self.put_away)
        self.completions.taken.connect(self._complete)
        self.naming.returnPressed.connect(self._name)
        self.naming.left.connect(self._leave_naming)
        self._show()

    def query(self) -> str:
        """Return the filter of the chips as it would be typed."""
        return " ".join(self._terms)

    def shown_query(self) -> str:
        """Return what the list is narrowed to now, with what is being typed."""
        return self._preview or self.query()

    def filter(self) -> AlertFilter:
        """Return what the list is narrowed to now."""
        return read_filter(self._desk, self.shown_query())

    def set_query(self, query: str) -> None:
        """Narrow the list to something else; raises ``BadFilter`` and changes nothing if it cannot be read."""
        read_filter(self._desk, query)
        self._terms = terms_of(query)
        self._preview = ""
        self._typing.stop()
        self._complain(None)
        self._show()
        self.changed.emit()

    def open(self) -> None:
        """Show the field and put the caret into it."""
        self.add.hide()
        self.field.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._desk.query(known, while_alive(self, self._learn))

    def put_away(self) -> None:
        """Hide the field; nothing of it is applied."""
        self._typing.stop()
        self.field.clear()
        self.completions.hide()
        self.field.hide()
        self.add.show()
        self._complain(None)
        if self._preview:
            self._preview = ""
            self.changed.emit()
        self.left.emit()

    def _learn(self, found: Known) -> None:
        self._known = found

    def ask_name(self, hint: str, name: str, then: Callable[[str], None]) -> None:
        """Ask for the name of a view in the line of the chips; Escape asks no more."""
        self._named = then
        self.naming.setPlaceholderText(hint)
        self.naming.setAccessibleName(hint)
        self.naming.setText(name)
        self.naming.selectAll()
        self.save.hide()
        self.naming.show()
        self.naming.setFocus(Qt.FocusReason.OtherFocusReason)

    def _name(self) -> None:
        name, then = self.naming.text().strip(), self._named
        self._leave_naming()
        if name:
            then(name)

    def _leave_naming(self) -> None:
        self.naming.hide()
        self.save.setVisible(self._is_narrowed() and not self._desk.is_read_only)
        self.left.emit()

    def _is_narrowed(self) -> bool:
        return self._terms != terms_of(DEFAULT)

    # -- typing -------------------------------------------------------------------------------------------

    def _edited(self, _: str) -> None:
        self._complain(None)
        self.completions.show_offers(offers(self.field.text(), self.field.cursorPosition(), self._known))
        self._typing.start()

    def _complete(self, offer: Offer) -> None:
        text, at = applied(self.field.text(), offer)
        self.field.setText(text)
        self.field.setCursorPosition(at)
        self._edited(text)

    def _read(self, typed: str) -> tuple[str, BadFilter | None]:
        """Return the filter with what was typed, or why there is none; what is wrong lies in what was typed."""
        try:
            read_filter(self._desk, typed)
            whole = merged(self.query(), typed)
        except BadFilter as error:
            return "", error
        try:
            read_filter(self._desk, whole)
        except BadFilter as error:
            at = len(self.field.text()) - len(self.field.text().lstrip())
            return "", BadFilter(error.what, error.do, self.field.text(), (at, at + len(typed)), error.code)
        return whole, None

    def _try(self) -> None:
        """Narrow the list to what was typed so far, where that can be read; what may yet become right is not blamed."""
        typed = self.field.text()
        whole, error = self._read(typed) if typed.strip() else ("", None)
        if error is not None and not error.unfinished:
            self._complain(error)
        if whole != self._preview and (error is None or not error.unfinished):
            self._preview = whole
            self.changed.emit()

    def _take(self) -> None:
        typed = self.field.text()
        self._typing.stop()
        if not typed.strip():
            self.put_away()
            return
        whole, error = self._read(typed)
        if error is not None:
            self._complain(error)
            begin, end = error.span
            self.field.setSelection(begin, end - begin)
            return
        self._terms = terms_of(whole)
        self._preview = ""
        self._show()
        self.put_away()
        self.changed.emit()

    def _complain(self, error: BadFilter | None) -> None:
        """Say under the field what cannot be read, and mark it in the field; None takes both away."""
        words = f"{error.what} {error.do}" if error is not None else ""
        new = bool(words) and words != self._problem.text()
        self._problem.setText(words)
        set_role(self._problem, "red")
        self._problem.setVisible(bool(words))
        self.field.set_invalid(bool(words))
        self.field.mark(None if error is None else error.span)
        where = self.tr("Wrong: {0}. {1}").format(error.part, words) if error is not None else ""
        self.field.setAccessibleDescription(where)
        if new:
            announce(self.field, where)

    # -- chips --------------------------------------------------------------------------------------------

    def _remove(self, term: str) -> None:
        self._terms = [kept for kept in self._terms if kept != term]
        self._show()
        self.changed.emit()
        self.left.emit()

    def _show(self) -> None:
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for term in self._terms:
            chip = Chip(*chip_words(term), parent=self)
            chip.removed.connect(lambda which=term: self._remove(which))
            chip.clicked.connect(lambda _=False, which=term: self._change(which))
            self._chips.append(chip)
        for part in (self.add, self.field, self.clear, self.save, self.naming):
            self._flow.removeWidget(part)
        for widget in (*self._chips, self.add, self.field, self.clear, self.save, self.naming):
            self._flow.addWidget(widget)
        for chip in self._chips:
            chip.show()
        self.clear.setVisible(self._is_narrowed())
        self.save.setVisible(self._is_narrowed() and not self._desk.is_read_only)
        self.naming.hide()

    def _change(self, term: str) -> None:
        """Put a part of the filter back into the field, to be typed anew."""
        self.open()
        self.field.setText(term)
        self.field.selectAll()
