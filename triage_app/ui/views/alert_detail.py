"""The alert at the right of the queue: what it is, how often, what it points to, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QSizePolicy, QWidget

from triage_app.domain import tlp
from triage_app.domain.indicators import visible
from triage_app.domain.severity import band
from triage_app.language import say
from triage_app.services.related import Tie, tie_of
from triage_app.services.times import in_words
from triage_app.services.vocabularies import dispositions
from triage_app.store import assumed
from triage_app.ui.messages import Dialog
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.alert_aside import AlertAside
from triage_app.ui.views.alert_folding import AlertFolding
from triage_app.ui.views.alert_related import AlertRelated, Count
from triage_app.ui.views.elsewhere import Elsewhere
from triage_app.ui.views.queue_reading import More
from triage_app.ui.views.queue_rows import Shown, corrected_words, indicators, organisation_words, seen_words
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import (
    Activity,
    Button,
    Card,
    Facts,
    Line,
    Panel,
    ScrollPage,
    SeverityBadge,
    StateBadge,
    TlpBadge,
    column,
    icon_button,
    link,
    primary,
    row,
    secondary,
)
from triage_app.ui.widgets.badges import Badge

_STATE_MARKS = {"in hand": "ongoing", "snoozed": "pending", "linked": "successful", "dismissed": "cancelled"}
_MOST_SHOWN = 40
_MENU_ROOM = 2


class _Linked(QWidget):
    """An incident, in two lines; a press opens it."""

    def __init__(self, found: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        severity = found.get("severity")
        self.open = link(found["ref"])
        title = ElidingLabel(harmless(found["title"]), "small_strong")
        status = text_label(say(found["status"]), "small", "text2")
        lines = column(self, gap=0)
        top = row(gap=8)
        if severity is not None:
            word = band(severity)
            top.addWidget(Badge(say(word), word.lower(), f"{word.lower()}_bg", word.lower()))
        top.addWidget(title, 1)
        lines.addLayout(top)
        below = row(gap=8)
        below.addWidget(self.open)
        below.addStretch(1)
        below.addWidget(status)
        lines.addLayout(below)


class _IndicatorRow(QWidget):
    """Kind, value, in how many alerts it was seen, and which lists of evidence hold it too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = text_label("", "cap", "text2")
        self._kind.setFixedWidth(52)
        self.value = ElidingLabel("", "mono", keep="both")
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.count = Count()
        self.muted = text_label("", "cap", "text2", wrap=True)
        self.also = Elsewhere(self.tr("also in"), "{0}: {1}")
        self.whole = ""
        lines = column(self, gap=0)
        line = row(gap=8)
        line.addWidget(self._kind)
        line.addWidget(self.value, 1)
        line.addWidget(self.count)
        lines.addLayout(line)
        below = row(gap=0, margins=(60, 0, 0, 0))
        below.addWidget(self.also)
        said = row(gap=0, margins=(60, 0, 0, 0))
        said.addWidget(self.muted)
        lines.addLayout(said)
        lines.addLayout(below)

    def show_indicator(self, item: Shown) -> None:
        """Show another one."""
        self._kind.setText(item.kind)
        self.value.setText(item.safe)
        self.value.setAccessibleName(f"{item.kind} {item.safe}")
        self.say_found(None, {})
        self.whole = item.value

    def say_found(self, tie: Tie | None, lists: Mapping[str, int]) -> None:
        """Show in how many alerts it is (None: not counted yet), why that says little, and in which other lists."""
        self.count.say(tie, alone="" if lists else self.tr("only here"))
        self.muted.setText("" if tie is None else tie.muted[:1].upper() + tie.muted[1:])
        self.muted.setVisible(bool(self.muted.text()))
        self.also.say(self.whole, lists)


class AlertDetail(Panel):
    """One alert, its facts, and the bar of acts pinned under them."""

    key_pressed = Signal(str)
    """A single character typed while the pane has the focus, and nothing in it wants it."""
    back = Signal()
    incident_wanted = Signal(str)
    evidence_wanted = Signal(str, str)
    """(kind, value): the list of evidence that holds an indicator too."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        """``actions`` are the queue's: promote, merge, dismiss, snooze, and those behind "more"."""
        super().__init__("surface", "l", parent)
        self.alert: Mapping[str, Any] | None = None
        self._organisations: Mapping[str, str] = {}
        self._assumed = ""
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setProperty("ownFocus", True)
        self.setMinimumWidth(320)
        self.setAccessibleName(self.tr("Alert"))
        self.back_button = link(self.tr("Back to the queue"), key="Esc")
        self.back_button.clicked.connect(self.back)
        self.back_button.hide()
        self._page = ScrollPage((Size.PAGE - 2, 14, Size.PAGE - 2, 14), 8)
        self._nothing = text_label(self.tr("No alert is chosen."), "small", "text2", wrap=True)
        self._content = QWidget()
        body = self._page.body
        body.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        body.addWidget(self._nothing)
        body.addWidget(self._content)
        body.addStretch(1)
        self._fill(column(self._content, gap=8))
        lines = column(self, (1, 0, 0, 0), 0)
        lines.addWidget(self._page, 1)
        self.bar = self._action_bar(actions)
        lines.addWidget(self.bar)
        self.show_alert(None)

    def _fill(self, lines: Any) -> None:
        self._severity, self._state, self._tlp = SeverityBadge("info"), StateBadge(""), TlpBadge(tlp.AMBER)
        badges = row(gap=6)
        for badge in (self._severity, self._state):
            badges.addWidget(badge)
        badges.addStretch(1)
        badges.addWidget(self._tlp)
        self._title = text_label("", "h2", wrap=True, selectable=True)
        self._source = text_label("", "small", "text2", wrap=True)
        self._activity = Activity(recent=2, log_scale=True)
        self._facts = Facts(96)
        lines.addLayout(badges)
        self.folding = AlertFolding()
        for widget in (self._title, self._source, self._activity, self._facts, self.folding, Line()):
            lines.addWidget(widget)
        self._indicator_head = row(gap=8)
        self._indicator_count = text_label("", "small", "text2")
        self.copy = link(self.tr("Copy"))
        self.copy.setToolTip(self.tr("Copy the indicators, defanged or whole"))
        self.copy.clicked.connect(self._copy_menu)
        self._indicator_box = QWidget()
        self.related = AlertRelated()
        box = column(self._indicator_box, gap=4)
        self._indicator_head.addWidget(text_label(self.tr("Indicators"), "h3"))
        self._indicator_head.addWidget(self._indicator_count)
        self._indicator_head.addStretch(1)
        self._indicator_head.addWidget(self.copy)
        box.addLayout(self._indicator_head)
        self.indicator_rows = [_IndicatorRow() for _ in range(4)]
        for shown in self.indicator_rows:
            shown.also.chosen.connect(self.evidence_wanted)
            shown.count.chosen.connect(self.related.list_wanted)
            box.addWidget(shown)
        box.addSpacing(4)
        box.addWidget(Line())
        lines.addWidget(self._indicator_box)
        self._linked_box = QWidget()
        self._linked = column(self._linked_box, gap=8)
        lines.addWidget(self._linked_box)
        lines.addWidget(self.related)
        self.suggestion = AlertAside()
        lines.addWidget(self.suggestion)
        self._past = Card(self.tr("History"))
        self._past_lines = text_label("", "small", "text2", wrap=True, selectable=True)
        self._past.body.addWidget(self._past_lines)
        lines.addWidget(self._past)

    def _action_bar(self, actions: Mapping[str, QAction]) -> Panel:
        bar = Panel("surface", "t")
        lines = column(bar, (Size.PAGE - 2, 12, Size.PAGE - 2, 12), 8)
        first, second = row(gap=8), row(gap=8)
        self.promote = primary(self.tr("Promote"), key="P", wide=True)
        self.merge = secondary(self.tr("Merge"), key="M", wide=True)
        self.dismiss = secondary(self.tr("Dismiss"), key="D", wide=True)
        self.snooze = secondary(self.tr("Snooze"), key="S", wide=True)
        self.more = icon_button(self.tr("More to do with it"), "more", "secondary")
        for line, buttons in ((first, (self.promote, self.merge)), (second, (self.dismiss, self.snooze, self.more))):
            for each in buttons:
                line.addWidget(each)
            lines.addLayout(line)
        for name in ("promote", "merge", "dismiss", "snooze"):
            button: Button = getattr(self, name)
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
        self._menu = QMenu(self)
        self._menu.setFont(font("small"))
        self._menu.setToolTipsVisible(True)
        for name in ("take", "note", "fold", "unfold", "accept", "record", "copy"):
            self._menu.addAction(actions[name])
        self.more.clicked.connect(self._show_more)
        return bar

    def _show_more(self) -> None:
        hint = self._menu.sizeHint()
        at = self.more.mapToGlobal(self.more.rect().topRight())
        self._menu.popup(at - hint_point(hint.width(), hint.height() + _MENU_ROOM))

    # -- what is shown ------------------------------------------------------------------------------------

    def set_narrow(self, narrow: bool) -> None:
        """In a narrow window the pane lies over the list, and has a way back."""
        self.back_button.setVisible(narrow)

    def show_alert(self, alert: Mapping[str, Any] | None, organisations: Mapping[str, str] | None = None) -> None:
        """Show one alert of ``alerts.rows``, or say that none is chosen."""
        same = alert is not None and self.alert is not None and alert["key"] == self.alert["key"]
        self.alert = alert
        self._assumed = self._assumed if same else ""
        if organisations is not None:
            self._organisations = organisations
        self._nothing.setVisible(alert is None)
        self._content.setVisible(alert is not None)
        self.bar.setEnabled(alert is not None)
        if alert is None:
            return
        word = band(alert["severity"])
        self._severity.set_level(word.lower(), say(word))
        self._severity.setToolTip(
            self.tr("{0} as the source wrote it, rule {1}").format(
                visible(alert["severity_raw"])[:60] or "–", alert["severity_rule"]
            )
        )
        self._state.setVisible(alert["state"] != "new")
        self._state.set_state(state_words(alert), _STATE_MARKS.get(alert["state"], "pending"))
        if not same:
            self._show_label(alert, alert["tlp"] or tlp.DEFAULT_FOR_EVIDENCE)
        self._title.setText(harmless(alert["title"]) or self.tr("Without a title"))
        source = " ".join(part for part in (alert["source"], harmless(alert["reference"])) if part)
        self._source.setText(f"{source}. {seen_words(alert)}")
        self._facts.set_rows(self._fact_rows(alert))
        self._show_indicators(alert)
        self.suggestion.show_alert(alert)
        if not same:
            self._activity.hide()
            self._past.hide()
            self.related.hide()
            self.show_incidents([])
            self._page.verticalScrollBar().setValue(0)

    def _show_label(self, alert: Mapping[str, Any], label: str) -> None:
        """Show the label under which it is sent, and why that one."""
        self._tlp.set_label(label.removeprefix("TLP:"))
        if label == alert["tlp"]:
            words = ""
        elif alert["tlp"]:
            words = self.tr("Its source says {0}; an incident that it is part of is stricter.").format(alert["tlp"])
        elif label == tlp.DEFAULT_FOR_EVIDENCE:
            words = self.tr("Its source gave no label; it counts as AMBER.")
        else:
            words = self.tr("Its source gave no label; it is sent under that of its incident.")
        self._tlp.setToolTip(words)

    def _fact_rows(self, alert: Mapping[str, Any]) -> list[tuple[str, str]]:
        tr = self.tr
        facts = [
            (tr("Organisation"), self._organisation_words(alert)),
            (tr("Host"), harmless(alert["host"])),
            (tr("User"), harmless(alert["user"])),
            (tr("Corrected"), corrected_words(alert)),
            (tr("Category"), harmless(alert["category"])),
            (tr("Detail"), harmless(alert["detail"])),
            (tr("Reason"), harmless(alert["because"] or "")),
            (tr("Until"), in_words(alert["until"]) if alert["state"] == "snoozed" else ""),
            (tr("First seen"), in_words(alert["first_seen"]) if alert["count"] > 1 else ""),
            (tr("Last seen"), in_words(alert["last_seen"]) if alert["last_seen"] is not None else ""),
        ]
        return [(name, value) for name, value in facts if value]

    def _organisation_words(self, alert: Mapping[str, Any]) -> str:
        """Return whose alert it is, and that this is assumed where its source named nobody."""
        words = organisation_words(alert["organisation"], self._organisations)
        if self._assumed == assumed.OWN:
            return self.tr("{0} (assumed: this laptop's own organisation)").format(words)
        return self.tr("{0} (assumed: said of the whole file)").format(words) if self._assumed else words

    def _show_indicators(self, alert: Mapping[str, Any]) -> None:
        found = indicators(alert)
        self._indicator_box.setVisible(bool(found))
        self._indicator_count.setText(str(len(found)))
        for shown, item in zip(self.indicator_rows, found, strict=False):
            shown.show_indicator(item)
        for number, shown in enumerate(self.indicator_rows):
            shown.setVisible(number < len(found))

    def show_more_of(self, found: More) -> None:
        """Show what took a query: when it was seen, where each indicator is, what was decided, what is assumed."""
        alert = self.alert
        if alert is None:
            return
        self._activity.setVisible(alert["count"] > 1 and any(found.activity))
        self._activity.set_counts(found.activity, seen_words(alert))
        for shown, item in zip(self.indicator_rows, indicators(alert), strict=False):
            tie = None if found.related is None else tie_of(found.related, item.value)
            shown.say_found(tie, found.in_lists.get(item.value, {}))
        self.related.show_related(found.related, [item.value for item in indicators(alert)])
        self._past.setVisible(bool(found.history))
        self._past_lines.setText("\n".join(found.history[-_MOST_SHOWN:]))
        self._assumed = found.assumed
        self._show_label(alert, found.label)
        self._facts.set_rows(self._fact_rows(alert))

    def show_incidents(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Show the incidents it is linked to."""
        while self._linked.count():
            widget = self._linked.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._linked_box.setVisible(bool(found))
        if not found:
            return
        self._linked.addWidget(text_label(self.tr("Part of"), "h3"))
        for incident in found:
            part = _Linked(incident)
            part.open.clicked.connect(lambda _=False, which=incident["id"]: self.incident_wanted.emit(which))
            self._linked.addWidget(part)
        self._linked.addWidget(Line())

    # -- copying and looking closer -----------------------------------------------------------------------

    def _copy_menu(self) -> None:
        menu = QMenu(self)
        menu.setFont(font("small"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy them defanged")).triggered.connect(lambda: self.copy_indicators(whole=False))
        menu.addAction(self.tr("Copy them whole, as the source wrote them")).triggered.connect(
            lambda: self.copy_indicators(whole=True)
        )
        menu.popup(self.copy.mapToGlobal(self.copy.rect().bottomLeft()))

    def copy_indicators(self, *, whole: bool) -> None:
        """Put the indicators on the clipboard, a line each; harmless unless asked for whole."""
        if self.alert is not None:
            found = indicators(self.alert)
            QGuiApplication.clipboard().setText("\n".join(item.value if whole else item.safe for item in found))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back; a single letter is an act, as in the list."""
        typed = event.text()
        if event.key() == Qt.Key.Key_Escape and self.back_button.isVisibleTo(self):
            self.back.emit()
        elif len(typed) == 1 and typed.isalpha() and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.key_pressed.emit(typed.lower())
        else:
            super().keyPressEvent(event)


def hint_point(width: int, height: int) -> Any:
    """Return the corner of a menu that opens upwards and to the left."""
    from PySide6.QtCore import QPoint

    return QPoint(width, height)


def state_words(alert: Mapping[str, Any]) -> str:
    """Return what was decided about an alert, in words."""
    if alert["state"] == "dismissed":
        name = dispositions().get(alert["disposition"] or "", "")
        return say("Dismissed, {0}", name.lower()) if name else say("Dismissed")
    return say(str(alert["state"]).capitalize())


def record_dialog(parent: QWidget, title: str, record: Mapping[str, Any]) -> Dialog:
    """Return a window with the record as its source wrote it: plain text, nothing in it is followed."""
    made = Dialog(made_title(parent, title), parent=parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setModal(False)
    made.resize(720, 560)
    words = made.tr("Word for word, with whole addresses: take care what you click on or copy.")
    made.body.addWidget(text_label(words, "small", "text2", wrap=True))
    text = visible(json.dumps(record, ensure_ascii=False, indent=2))
    shown = QPlainTextEdit(text[:1_000_000])
    shown.setReadOnly(True)
    shown.setFont(font("mono"))
    shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    shown.setAccessibleName(made.tr("Source record"))
    made.body.addWidget(shown, 1)
    close = primary(made.tr("Close"))
    close.clicked.connect(made.accept)
    made.add_buttons(close)
    return made


def made_title(parent: QWidget, title: str) -> str:
    """Return the heading of the source record's window, cut to what a heading can hold."""
    cut = title if len(title) <= 80 else title[:79] + "…"
    return parent.tr("Source record: {0}").format(cut)
