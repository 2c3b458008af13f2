"""The filter of the queue: every part of it is a chip, and a field takes more of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.errors import BadInput
from triage_app.services.filter_keys import UnknownKey, read_part
from triage_app.services.lists import KEYS, Clocked, read_filter
from triage_app.store.alerts import AlertFilter
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import Chip, Flow, TextField, announce, column, quiet

DEFAULT = "is:open"


def terms_of(query: str) -> list[str]:
    """Return the parts of a filter: one for each key, and one for all its words."""
    keyed: dict[str, str] = {}
    words = []
    for part in query.split():
        key, value = _apart(part)
        if key:
            keyed[key] = f"{key}:{value}"
        else:
            words.append(part)
    return [*keyed.values(), *([" ".join(words)] if words else [])]


def _apart(part: str) -> tuple[str, str]:
    try:
        return read_part(part, KEYS)
    except UnknownKey:  # whoever typed it was told
        return "", part


def chip_words(term: str) -> tuple[str, str]:
    """Return a part of a filter as a chip says it: key, value."""
    tr = QCoreApplication.translate
    key, value = ("", term) if " " in term else _apart(term)
    if not key:
        return tr("Queue", "text"), term
    if key == "sev":
        return key, f"≥ {value.lstrip('<>=')}"
    if key == "seen":
        return key, f"< {value.lstrip('<')}"
    return key, value.replace("-", " ")


class _Field(TextField):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the field away."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FilterBar(QWidget):
    """Chips for what the list is narrowed to, and a field for more; what cannot be read is said under it."""

    changed = Signal()
    left = Signal()
    """The field was put away: the list may have the focus again."""

    def __init__(self, clock: Clocked, parent: QWidget | None = None) -> None:
        """``clock`` is for spans such as ``seen:24h``."""
        super().__init__(parent)
        self._clock = clock
        self._terms = terms_of(DEFAULT)
        self._chips: list[Chip] = []
        self._flow = Flow()
        lines = column(self, gap=6)
        lines.addLayout(self._flow)
        self._problem = text_label("", "cap", "red", wrap=True)
        self._problem.hide()
        lines.addWidget(self._problem)
        self.add = quiet(self.tr("Add filter"), icon="filter", key="/")
        self.add.setToolTip(self.tr("Narrow the list: words, is:new, sev:high, org:RXX, src:Suricata, seen:24h"))
        self.field = _Field(
            self.tr("Words, or is:new sev:high org:RXX seen:24h"), icon="filter", name=self.tr("Add a filter")
        )
        self.field.setFixedWidth(330)
        self.field.setMaxLength(400)
        self.field.hide()
        self.clear = quiet(self.tr("Clear all"))
        self.clear.setToolTip(self.tr("Show every alert that is still to be decided"))
        self._flow.addWidget(self.add)
        self._flow.addWidget(self.field)
        self._flow.addWidget(self.clear)
        self.add.clicked.connect(self.open)
        self.clear.clicked.connect(lambda: self.set_query(DEFAULT))
        self.field.returnPressed.connect(self._take)
        self.field.textEdited.connect(lambda _: self._complain(""))
        self.field.left.connect(self.put_away)
        self._show()

    def query(self) -> str:
        """Return the whole filter as it would be typed."""
        return " ".join(self._terms)

    def filter(self) -> AlertFilter:
        """Return what the list is narrowed to."""
        return read_filter(self._clock, self.query())

    def set_query(self, query: str) -> None:
        """Narrow the list to something else; raises ``BadInput`` and changes nothing if it cannot be read."""
        read_filter(self._clock, query)
        self._terms = terms_of(query)
        self._complain("")
        self._show()
        self.changed.emit()

    def open(self) -> None:
        """Show the field and put the caret into it."""
        self.add.hide()
        self.field.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def put_away(self) -> None:
        """Hide the field; nothing of it is applied."""
        self.field.clear()
        self.field.hide()
        self.add.show()
        self._complain("")
        self.left.emit()

    def _take(self) -> None:
        typed = self.field.text().strip()
        if not typed:
            self.put_away()
            return
        try:
            read_filter(self._clock, typed)
        except BadInput as error:
            self._complain(f"{error.what} {error.do}")
            if isinstance(error, UnknownKey):
                self.field.select_word(error.part)
            return
        self.field.clear()
        self._terms = terms_of(f"{self.query()} {typed}")
        self._show()
        self.put_away()
        self.changed.emit()

    def _complain(self, words: str) -> None:
        self._problem.setText(words)
        set_role(self._problem, "red")
        self._problem.setVisible(bool(words))
        self.field.set_invalid(bool(words))
        if words:
            announce(self.field, words)

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
        for part in (self.add, self.field, self.clear):
            self._flow.removeWidget(part)
        for widget in (*self._chips, self.add, self.field, self.clear):
            self._flow.addWidget(widget)
        for chip in self._chips:
            chip.show()
        self.clear.setVisible(self._terms != terms_of(DEFAULT))

    def _change(self, term: str) -> None:
        """Put a part of the filter back into the field, to be typed anew."""
        self.open()
        self.field.setText(term)
        self.field.selectAll()
