"""Beside an alert: what shares its host, user, rule, domain or campaign, in how many alerts, and in which incidents."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.severity import band
from triage_app.language import plural, say
from triage_app.services import relating
from triage_app.services.related import Likely, Offers, Related, Tie, tie_of
from triage_app.services.related_values import WORDS
from triage_app.store.alert_changes import keys_of
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.merge_into import MergeBar, capitalised
from triage_app.ui.text import ElidingLabel, text_label, tooltip
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Line, column, link, row
from triage_app.ui.widgets.badges import Badge

_MOST_INCIDENTS = 4
_INDENT = 60


def offer_likely(desk: Desk, numbers: Sequence[int], bar: MergeBar) -> None:
    """Fill the bar for some alerts, by their numbers; not, if it was meanwhile opened for others."""
    asked = bar.asked

    def wanted() -> bool:
        return bar.asked == asked

    def work(store: Store) -> Offers | None:
        # Of very many only the first are looked at: nobody waits for the keys of a million.
        return relating.offers(store, keys_of(store, numbers[: relating.MOST_ALERTS]), len(numbers), wanted)

    desk.query(work, lambda found: bar.set_offers(found) if found is not None and wanted() else None)


class Count(QWidget):
    """In how many alerts something is: a press opens the list of them. Under it, why that says little."""

    chosen = Signal(str)
    """The filter of the queue behind the count."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query = ""
        self._link = link("")
        self._link.clicked.connect(lambda: self.chosen.emit(self._query))
        self._plain = text_label("", "cap", "text2")
        line = row(self, gap=0)
        line.addWidget(self._link)
        line.addWidget(self._plain)
        self.say(None)

    def text(self) -> str:
        """Return what it says."""
        return self._plain.text() or self._link.text()

    def press(self) -> None:
        """Open the list."""
        self._link.click()

    def say(self, tie: Tie | None, *, alone: str = "") -> None:
        """Show the count of a value; ``alone`` is said where this alert is the only one that has it."""
        self._query = "" if tie is None else tie.value.query
        several = tie is not None and (tie.alerts > 1 or not tie.is_whole)
        self._link.setText(self.tr("in {0} alerts").format(tie.many) if several and tie is not None else "")
        self._link.setAccessibleName(
            self.tr("{0}: in {1} alerts, show them").format(tie.value.safe, tie.many) if several and tie else ""
        )
        self._link.setVisible(several)
        self._plain.setText("" if several or tie is None else alone)
        self._plain.setVisible(bool(self._plain.text()))


class _Shared(QWidget):
    """Something that is shared: what it is, its value, and in how many alerts; a campaign leads to its own place."""

    def __init__(self, tie: Tie, box: AlertRelated) -> None:
        super().__init__()
        kind = text_label(capitalised(say(WORDS[tie.value.kind])).partition(" ")[0], "cap", "text2")
        kind.setMinimumWidth(_INDENT - 8)
        prose = tie.value.kind in ("rule", "campaign")
        value = ElidingLabel(tie.value.safe, "small" if prose else "mono", keep="start" if prose else "both")
        value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        value.setToolTip(tooltip(tie.value.safe))
        self.count = Count()
        lines = column(self, gap=0)
        line = row(gap=8)
        line.addWidget(kind)
        line.addWidget(value, 1)
        if tie.value.kind == "campaign":
            many = len(tie.incidents)
            made = link(plural(many, "in 1 more incident", "in {0} more incidents").format(many))
            made.clicked.connect(lambda: box.record_wanted.emit("campaign", tie.value.text))
            line.addWidget(made)
        else:
            self.count.say(tie)
            self.count.chosen.connect(box.list_wanted)
            line.addWidget(self.count)
        lines.addLayout(line)
        if tie.muted:
            below = row(gap=0, margins=(_INDENT, 0, 0, 0))
            below.addWidget(text_label(capitalised(tie.muted), "cap", "text2", wrap=True))
            lines.addLayout(below)


class _Incident(QWidget):
    """An incident that shares something, and what: in three lines; a press on its reference opens it."""

    def __init__(self, likely: Likely, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        found = likely.incident
        self.open = link(found["ref"])
        lines = column(self, gap=0)
        top = row(gap=8)
        if found["severity"] is not None:
            word = band(found["severity"])
            top.addWidget(Badge(say(word), word.lower(), f"{word.lower()}_bg", word.lower()))
        top.addWidget(ElidingLabel(harmless(found["title"]), "small_strong"), 1)
        lines.addLayout(top)
        middle = row(gap=8)
        middle.addWidget(self.open)
        middle.addStretch(1)
        middle.addWidget(text_label(say(found["status"]), "small", "text2"))
        lines.addLayout(middle)
        lines.addWidget(text_label(capitalised(likely.words), "small", "text2", wrap=True))


class AlertRelated(QWidget):
    """What an alert shares with others."""

    list_wanted = Signal(str)
    """The filter of the queue behind a count."""
    record_wanted = Signal(str, str)
    """(kind, id) of an incident, or of a campaign by its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shared: list[_Shared] = []
        self.incidents: list[_Incident] = []
        self._lines = column(self, gap=6)
        self.hide()

    def words(self) -> list[str]:
        """Return what is said of each incident."""
        return [each.findChildren(type(text_label("")))[-1].text() for each in self.incidents]

    def show_related(self, found: Related | None, shown_above: Sequence[str] = ()) -> None:
        """Show what an alert shares, without the values that stand among its indicators; None hides it."""
        while self._lines.count():
            widget = self._lines.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.shared, self.incidents = [], []
        self.setVisible(found is not None)
        if found is None:
            return
        above = {id(tie) for raw in shown_above if (tie := tie_of(found, raw)) is not None}
        for tie in found.ties:
            if id(tie) not in above and (tie.alerts > 1 or tie.incidents) and not self._is_empty(tie):
                self.shared.append(_Shared(tie, self))
        for likely in found.incidents[:_MOST_INCIDENTS]:
            made = _Incident(likely)
            made.open.clicked.connect(lambda _=False, which=likely.incident["id"]: self._open(which))
            self.incidents.append(made)
        self._fill(found, above)

    def _nothing(self, found: Related, above: Collection[int]) -> str:
        """Return the words for what is shared with nothing: of what the alert has, not of what it might have."""
        has = [tie.value.kind for tie in found.ties if id(tie) not in above and tie.value.kind != "campaign"]
        names = list(dict.fromkeys(say(WORDS[kind]) for kind in has))
        if not names:
            return self.tr("It names nothing that another alert could share.")
        named = self.tr("{0} or {1}").format(", ".join(names[:-1]), names[-1]) if len(names) > 1 else names[0]
        return self.tr("No other alert or incident here shares its {0}.").format(named)

    @staticmethod
    def _is_empty(tie: Tie) -> bool:
        return tie.value.kind == "campaign" and not tie.incidents

    def _open(self, incident: str) -> None:
        self.record_wanted.emit("incident", incident)

    def _fill(self, found: Related, above: Collection[int]) -> None:
        add = self._lines.addWidget
        head = QWidget()
        line = row(head, gap=8)
        line.addWidget(text_label(self.tr("Related"), "h3"))
        many = len(found.incidents)
        counted = plural(many, "1 incident", "{0} incidents").format(many) if many else ""
        line.addWidget(text_label(counted, "small", "text2"))
        line.addStretch(1)
        add(head)
        for shared in self.shared:
            add(shared)
        for incident in self.incidents:
            add(incident)
        if many > _MOST_INCIDENTS:
            more = self.tr("And {0} more that share something; M lists the open ones.").format(many - _MOST_INCIDENTS)
            add(text_label(more, "small", "text2", wrap=True))
        if not self.shared and not self.incidents:
            add(text_label(self._nothing(found, above), "small", "text2", wrap=True))
        if not found.is_indexed:
            waiting = self.tr("What has just come in is not indexed yet: there may be more.")
            add(text_label(waiting, "small", "text2", wrap=True))
        add(Line())
