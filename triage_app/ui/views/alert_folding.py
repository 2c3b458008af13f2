"""Why the alert in the pane is one: what its key folds, what somebody folded into it, and how to take it apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.folds import BY_DAY
from triage_app.domain.severity import band
from triage_app.services import folding_why
from triage_app.services.changes import Changes
from triage_app.services.folding_why import Said, Why
from triage_app.services.times import in_words
from triage_app.ui.alive import while_alive
from triage_app.ui.text import text_label
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import column, link, row

if TYPE_CHECKING:
    from triage_app.ui.views.queue import QueueView

MOST_PARTS: Final = 12
"""Parts that are named; the others are counted."""
_MOST_TITLE: Final = 100
_LOOK_AFTER_MS: Final = 120


def tr(text: str) -> str:
    """Return words in the responder's language."""
    return QCoreApplication.translate("AlertFolding", text)


class AlertFolding(QWidget):
    """It shows, and asks; it sets nothing."""

    unfold_wanted = Signal()
    together_wanted = Signal()
    whole_wanted = Signal(str)
    """The alert (hex key) under which this one is shown is to be gone to."""
    parts_wanted = Signal()
    """The list is to show what is folded into others."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._under = ""
        self.why = text_label("", "small", "text2", wrap=True, selectable=True)
        self.folded = text_label("", "small", wrap=True, selectable=True)
        self.parts = text_label("", "small", "text2", wrap=True, selectable=True)
        self.unfold = link(tr("Unfold"), key="T")
        self.unfold.setToolTip(tr("Take apart what is shown as one alert; undo folds it again"))
        self.unfold.clicked.connect(self.unfold_wanted)
        self.together = link(tr("Put together again"))
        self.together.setToolTip(tr("Let what was taken apart be one alert again"))
        self.together.clicked.connect(self.together_wanted)
        self.whole = link(tr("Show what it is folded into"))
        self.whole.clicked.connect(lambda: self.whole_wanted.emit(self._under))
        self.list = link(tr("List the parts"))
        self.list.setToolTip(tr("Every alert that is folded into another"))
        self.list.clicked.connect(self.parts_wanted)
        lines = column(self, gap=4)
        for part in (self.why, self.folded, self.parts):
            lines.addWidget(part)
        acts = row(gap=12)
        for button in (self.unfold, self.together, self.whole, self.list):
            acts.addWidget(button)
        acts.addStretch(1)
        lines.addLayout(acts)
        self.hide()

    def show_why(self, found: Why | None) -> None:
        """Show why an alert is one; None, or an alert of one row that nobody touched, shows nothing."""
        self._under = "" if found is None else found.shown_under
        said = [] if found is None else [why_words(found), *apart_words(found)]
        words = " ".join(part for part in said if part)
        self.why.setText(words)
        self.why.setVisible(bool(words))
        folded = [] if found is None else [folded_words(one) for one in found.folded]
        self.folded.setText("\n".join(folded))
        self.folded.setVisible(bool(folded))
        parts = [] if found is None else part_words(found)
        self.parts.setText("\n".join(parts))
        self.parts.setVisible(bool(parts))
        self.unfold.setVisible(found is not None and bool(found.parts or found.shown_under or found.rows > 1))
        self.together.setVisible(found is not None and found.apart is not None)
        self.whole.setVisible(bool(self._under))
        self.list.setVisible(bool(parts))
        self.setVisible(bool(words or folded or parts))


def why_words(found: Why) -> str:
    """Return why the rows of an alert are one alert, in words; "" for one row."""
    if found.rows < 2:
        return ""
    if found.by_reference:
        return tr("Folded from {0} rows because source and reference are the same.").format(f"{found.rows:,}")
    same = ", ".join([tr("source"), *(field_words(name) for name in found.same)])
    words = tr("Folded from {0} rows because what names the matter is the same ({1}; rule {2}).")
    return words.format(f"{found.rows:,}", same, found.format)


def field_words(name: str) -> str:
    """Return what a field of an alert is called."""
    names = {
        "title": tr("title"), "category": tr("category"), "host": tr("host"), "user": tr("user"),
        "src": tr("from"), "dst": tr("to"), "url": tr("web address"), "organisation": tr("organisation"),
        "source": tr("source"),
    }  # fmt: skip
    return names.get(name, name)


def folded_words(said: Said) -> str:
    """Return who folded what is shown, when and why."""
    because = f": {harmless(said.because)}" if said.because else ""
    return tr("Folded by {0}, {1}{2}").format(harmless(said.by), in_words(said.at), because)


def apart_words(found: Why) -> list[str]:
    """Return where an alert is shown instead, and who took apart what it was a part of."""
    words = []
    if found.shown_under:
        words.append(tr("It is folded into another alert, which is shown in its place."))
    if found.apart is not None:
        how = tr("by day") if found.apart_how == BY_DAY else tr("row by row")
        said = tr("Taken apart from one alert, {0}, by {1}, {2}.")
        words.append(said.format(how, harmless(found.apart.by), in_words(found.apart.at)))
    return words


def part_words(found: Why) -> list[str]:
    """Return a line for each part that is folded into an alert, and one for those that are not named."""
    lines = []
    for part in found.parts[:MOST_PARTS]:
        title = harmless(part.title)
        title = title if len(title) <= _MOST_TITLE else title[: _MOST_TITLE - 1] + "…"
        organisation = harmless(part.organisation)
        said = ", ".join(
            word for word in (band(part.severity).lower(), part.source, organisation, part.decided) if word
        )
        lines.append(f"• {title} ({said})")
    more = len(found.parts) - MOST_PARTS
    if more > 0:
        lines.append(tr("and {0} more").format(f"{more:,}"))
    return lines


class FoldingLook(QObject):
    """Asks why the current alert is one, once it stays current for a moment."""

    def __init__(self, queue: QueueView) -> None:
        super().__init__(queue)
        self._queue = queue
        self._desk = queue.desk
        self._pane = queue.detail.folding
        self._key = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LOOK_AFTER_MS)
        self._timer.timeout.connect(self.look)
        queue.table.current_changed.connect(lambda _: self._moved())
        queue.loaded.connect(self._timer.start)
        self._desk.store_changed.connect(self._changed)
        self._pane.unfold_wanted.connect(queue.acts.unfold)
        self._pane.together_wanted.connect(queue.acts.put_together)
        self._pane.whole_wanted.connect(lambda key: queue.show_record("alert", key))
        self._pane.parts_wanted.connect(lambda: queue.set_query("is:folded"))

    def _moved(self) -> None:
        alert = self._queue.current_alert()
        if alert is None or alert["key"] != self._key:
            self._pane.show_why(None)
        self._timer.start()

    def _changed(self, changes: Changes) -> None:
        if changes.touches("alert", "fold", "unfold", "import", "link"):
            self._timer.start()

    def look(self) -> None:
        """Look up why the current alert is one."""
        alert = self._queue.current_alert()
        if alert is None:
            self._pane.show_why(None)
            return
        key = str(alert["key"])

        def show(found: Why | None) -> None:
            current: Any = self._queue.current_alert()
            if current is not None and current["key"] == key:
                self._key = key
                self._pane.show_why(found)

        self._desk.query(lambda store: folding_why.why(store, key), while_alive(self, show))
