"""Merging in place: the open incidents, the likely ones first, narrowed as one types; Enter takes the current one.

None is current that nobody chose, unless the alerts share something with it that counts by itself: a merge into an
incident that happened to stand first would be the worst of mistakes, made with two keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain.severity import band
from triage_app.language import plural
from triage_app.services.related import Likely, Offers
from triage_app.ui.table import Cell, Column, IdTableModel, RecordTable
from triage_app.ui.text import set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState, Panel, TextField, announce, column, quiet, row, secondary

_ROWS = 5
_LOW = 560
"""Logical pixels of a window, below which every line counts."""
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class _Offers(RecordTable):
    """What is offered: as high as it has rows, and lower where the window is, so that no row lies under its edge."""

    def set_rows(self, many: int) -> None:
        """Be as high as some rows."""
        self.setMaximumHeight(Size.TABLE_HEAD + many * self.row_height)
        self.setMinimumHeight(Size.TABLE_HEAD + self.row_height)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Ask for every row that there may be."""
        return QSize(super().sizeHint().width(), self.maximumHeight())


class MergeBar(Panel):
    """The open incidents of this store."""

    picked = Signal(str)
    """Id of the incident."""
    cancelled = Signal()
    shown = Signal(bool)
    """It came, or went: what stands above may need to make room."""

    def __init__(self, parent: QWidget | None = None, *, with_reasons: bool = False) -> None:
        """``with_reasons`` makes rows of two lines, for ``set_offers``."""
        super().__init__("surface", "t", parent)
        self._incidents: dict[str, Mapping[str, Any]] = {}
        self._likely: dict[str, Likely] = {}
        self._safe = ""
        self.asked = 0
        """How often the bar was opened: an answer to an earlier question is not this one's."""
        self.heading = text_label("", "small_strong")
        self.field = TextField(self.tr("Type a reference or a few words"), icon="search")
        self.field.textChanged.connect(lambda _: self._narrow())
        self.field.returnPressed.connect(self._take)
        self.field.installEventFilter(self)
        self.take = secondary(self.tr("This one"), key="Enter")
        self.take.clicked.connect(self._take)
        close = quiet(self.tr("Cancel"), key="Esc")
        close.clicked.connect(self.cancelled)
        columns = (
            Column("severity", self.tr("Severity"), 104, "severity", drop=1),
            Column("ref", self.tr("Reference"), 132, "mono"),
            Column("title", self.tr("Incident"), 160, "title", stretch=True),
            Column("alerts", self.tr("Alerts"), 64, "count", drop=2),
        )
        self._model = IdTableModel(columns, self._fetch, [], self)
        self.table = _Offers(self._model, two_line=with_reasons)
        self.why = text_label("", "small", "text2", wrap=True)
        self.table.setAccessibleName(self.tr("Open incidents"))
        self.table.single_keys = False
        self.table.opened.connect(lambda found: self.picked.emit(str(found)))
        self.table.set_empty(
            EmptyState(
                self.tr("No open incident has these words."), self.tr("Type less, or promote the alert instead.")
            )
        )
        head = row(gap=8, margins=(Size.PAGE, 0, Size.PAGE - 8, 0))
        head.addWidget(self.heading)
        head.addWidget(self.field, 1)
        head.addWidget(self.take)
        head.addWidget(close)
        lines = column(self, (0, 8, 0, 0), 8)
        lines.addLayout(head)
        lines.addWidget(self.table)
        self._said = row(gap=0, margins=(Size.PAGE, 0, Size.PAGE, 0))
        self._said.addWidget(self.why, 1)
        lines.addLayout(self._said)
        self.table.current_changed.connect(self._moved)
        self.hide()

    def open_for(self, many: int) -> None:
        """Show the bar; ``set_incidents`` fills it."""
        self.heading.setText(plural(many, "Merge it into", "Merge {0} alerts into").format(f"{many:,}"))
        self.take.setAccessibleDescription(self.heading.text())
        self.asked += 1
        self._likely, self._safe = {}, ""
        self.field.clear()
        self._say("")
        self.show()
        self.take_keys()
        announce(self, self.heading.text())

    def take_keys(self) -> None:
        """Have the focus where the incident is named."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for room."""
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the room back."""
        super().hideEvent(event)
        self.shown.emit(False)

    def set_incidents(self, incidents: Sequence[Mapping[str, Any]]) -> None:
        """Offer these, in this order; none is current until somebody chooses it."""
        self._incidents = {str(found["id"]): found for found in incidents}
        self._narrow()

    def set_offers(self, offers: Offers) -> None:
        """Offer the incidents, each with why; the first is current where it is safe to take it at once."""
        self._likely = {str(one.incident["id"]): one for one in offers.incidents}
        self._safe = str(offers.incidents[0].incident["id"]) if offers.first_is_safe else ""
        self.set_incidents([one.incident for one in offers.incidents])
        if not self._safe and offers.incidents:
            self._say(self._none_words(offers))
        if self._safe and self.isVisible():
            announce(self, capitalised(offers.incidents[0].words))

    def _none_words(self, offers: Offers) -> str:
        if offers.looked_at < offers.of:
            words = self.tr("Too many alerts to say what all of them share: {0} of {1} were looked at. Choose one.")
            return words.format(f"{offers.looked_at:,}", f"{offers.of:,}")
        if not offers.is_indexed:
            return self.tr("What has just come in is not indexed yet, so there may be likely ones. Choose one.")
        if any(one.sharing for one in offers.incidents):
            return self.tr("Only some of the alerts share anything with the first. Choose one.")
        return self.tr("Nothing that tells much is shared with any. Choose one, or promote it instead.")

    def _fetch(self, wanted: list[Any]) -> dict[Any, dict[str, Any]]:
        return {name: self._row(self._incidents[name]) for name in wanted if name in self._incidents}

    def _row(self, found: Mapping[str, Any]) -> dict[str, Any]:
        severity = found.get("severity")
        likely = self._likely.get(str(found["id"]))
        title: Any = harmless(found["title"])
        if likely is not None:
            title = Cell(
                title, second=capitalised(likely.words) or self.tr("Nothing shared"), strong=likely.sharing > 0
            )
        return {
            "severity": None if severity is None else band(severity).lower(),
            "ref": found["ref"],
            "title": title,
            "alerts": found.get("alerts"),
        }

    def _narrow(self) -> None:
        words = self.field.text().lower().split()
        kept = [
            name
            for name, found in self._incidents.items()
            if all(word in f"{found['ref']} {found['title']}".lower() for word in words)
        ]
        self.table.set_ids(kept, keep_current=False)
        self.table.set_rows(max(2, min(_ROWS, len(self._incidents))))
        if words and len(kept) == 1:
            self.table.go_to_row(0)
        elif not words and self._safe:
            self.table.go_to_id(self._safe)
        else:
            self._say("")

    def _moved(self, current: object) -> None:
        """Say the current one's reasons whole; a low window has but the room for what its row says."""
        likely = self._likely.get(str(current))
        self._say("" if likely is None or self._is_low() else capitalised(likely.words))

    def _is_low(self) -> bool:
        return self.window().height() < _LOW

    def _say(self, words: str, role: str = "text2") -> None:
        set_role(self.why, role)
        self.why.setText(words)
        self.why.setVisible(bool(words))
        self._said.setContentsMargins(Size.PAGE, 0, Size.PAGE, 8 if words and not self._is_low() else 0)

    def _take(self) -> None:
        current = self.table.current_id()
        if current is not None:
            self.picked.emit(str(current))
        else:
            self._say(self.tr("Nothing was merged: choose one, by Down or its reference."), "amber")
            announce(self, self.why.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down move in the list while one types."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row_now = self.table.currentIndex().row()
            steps = dict(zip(_MOVES, (-1, 1, -_ROWS, _ROWS), strict=True))
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                self.table.go_to_row(max(0, min(row_now + step, len(self._model.ids) - 1)))
                return True
        return False


def capitalised(words: str) -> str:
    """Return some words as a line of their own."""
    return words[:1].upper() + words[1:]
