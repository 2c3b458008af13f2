"""The head of the incident page: title, severity, state, TLP, case handler, and the category in three steps."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QWidget

from triage_app.domain.indicators import defang
from triage_app.services.classification import reported_in_words
from triage_app.services.vocabularies import categories
from triage_app.ui import theme
from triage_app.ui.dialogs.key_card import role_words
from triage_app.ui.dialogs.whole_words import WholeWords
from triage_app.ui.soon import soon
from triage_app.ui.text import text_label, tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import TYPE, Size
from triage_app.ui.views.incident_reading import Category, IncidentRead
from triage_app.ui.views.moments import short
from triage_app.ui.widgets import (
    Button,
    Card,
    FewLines,
    Glyph,
    Rule,
    SeverityBadge,
    StateBadge,
    TextField,
    TlpBadge,
    column,
    icon_button,
    link,
    row,
)

_ONE_STEP = 220
_BESIDE_STEPS = 86
"""Margins, rules and gaps of three steps side by side."""
_THREE_STEPS = 420
"""Room from which the three steps of the category may stand side by side."""


class TitleLabel(QWidget):
    """A record's title: large on one line, or on two smaller ones where it is long. The tooltip holds it whole."""

    edit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._most = 2
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show another title."""
        self._text = visible(text, 400, lines=False)
        self.setAccessibleName(self._text)
        self.setToolTip(tooltip(self._text))
        self._fit()
        self.update()

    def natural_width(self) -> int:
        """Return the width of the title on one line."""
        return QFontMetrics(font("h1")).horizontalAdvance(self._text) + 2

    def is_long(self) -> bool:
        """Tell whether it does not fit on one large line."""
        return self.natural_width() > self.width()

    def set_low(self, low: bool) -> None:
        """Keep to one line, cut at its end, where the window is low."""
        self._most = 1 if low else 2
        self._fit()
        self.update()

    def _fit(self) -> None:
        is_long = self.is_long()
        self.setFixedHeight(self._most * TYPE["h2"].line if is_long else TYPE["h1"].line)

    def sizeHint(self) -> QSize:
        """Return one line."""
        return QSize(self.natural_width(), TYPE["h1"].line)

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(120, TYPE["h1"].line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take a second line where the width asks for it."""
        super().resizeEvent(event)
        self._fit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the title to be edited."""
        self.edit_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the title, the second line cut at its end."""
        painter = QPainter(self)
        painter.setPen(theme.colour("text"))
        token = "h2" if self.is_long() else "h1"
        face, line = font(token), TYPE[token].line
        painter.setFont(face)
        metrics = QFontMetrics(face)
        for number, words in enumerate(two_lines(self._text, metrics, self.width(), self._most)):
            box = QRectF(0, number * line, self.width(), line)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter.value), words)
        painter.end()


def two_lines(text: str, face_metrics: QFontMetrics, width: int, most: int = 2) -> list[str]:
    """Break a text into at most two lines (or one, by ``most``), the last cut with "…"."""
    if most == 1 or face_metrics.horizontalAdvance(text) <= width:
        return [face_metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)]
    layout = QTextLayout(text)
    layout.setFont(font("h2"))
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    first = layout.createLine()
    first.setLineWidth(width)
    layout.endLayout()
    cut = max(1, first.textLength())
    rest = face_metrics.elidedText(text[cut:].lstrip(), Qt.TextElideMode.ElideRight, width)
    return [text[:cut].rstrip(), rest]


class TitleEdit(TextField):
    """The title as a field: Enter keeps it, Escape leaves it as it was."""

    kept = Signal(str)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter keeps, Escape leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.kept.emit(self.text())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class TitleLine(QWidget):
    """Title, badges, case handler: on one line where they fit, the badges below where they do not."""

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low = False
        self._raw = ""
        self.title = TitleLabel()
        self.edit = TitleEdit(name=self.tr("Title of the incident"))
        self.edit.hide()
        self.severity = SeverityBadge("info")
        self.status = StateBadge("")
        self.tlp = TlpBadge("")
        self.rename = icon_button(self.tr("Edit the title (F2)"), "edit")
        self.rename.setFixedSize(24, 24)
        self.rename.clicked.connect(self.start_editing)
        self._badges = QWidget()
        badges = row(self._badges, gap=10)
        for badge in (self.severity, self.status, self.tlp, self.rename):
            badges.addWidget(badge)
        self._handler = QWidget()
        handler = row(self._handler, gap=8)
        handler.addWidget(text_label(self.tr("Case handler"), "small", "text2"))
        self.handler = text_label("", "small_strong")
        handler.addWidget(self.handler)
        for part in (self.title, self.edit, self._badges, self._handler):
            part.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.edit.kept.connect(self._keep)
        self.edit.left.connect(self.stop_editing)
        self.title.edit_requested.connect(self.start_editing)

    def show_incident(self, read: IncidentRead, severity_word: str, state: str, status_word: str) -> None:
        """Show an incident's head."""
        self._raw = str(read.row["title"])
        self.title.set_text(defang(self._raw))
        has_severity = bool(severity_word)
        self.severity.setVisible(has_severity)
        if has_severity:
            self.severity.set_level(severity_word.lower(), severity_word)
        self.status.set_state(status_word, state)
        self.tlp.set_label(str(read.row["tlp"]).removeprefix("TLP:"))
        self.tlp.setToolTip("" if read.row["tlp"] else tooltip(self.tr("Not labelled: counts as TLP:AMBER+STRICT")))
        self.handler.setText(read.handler or self.tr("nobody"))
        self._place()

    def set_low(self, low: bool) -> None:
        """Keep to one line where the window is low: the title gives way to the badges."""
        if low != self._low:
            self._low = low
            self.title.set_low(low)
            self._place()

    def start_editing(self) -> None:
        """Turn the title into a field."""
        # What is stored is edited, not what is shown: the screen defangs and spells out.
        self.edit.setText(self._raw)
        self.edit.show()
        self.title.hide()
        self._place()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()

    def stop_editing(self) -> None:
        """Show the title again."""
        self.edit.hide()
        self.title.show()
        self._place()

    def _keep(self, text: str) -> None:
        words = " ".join(text.split())
        self.edit.set_invalid(not words)
        if not words:
            return
        self.stop_editing()
        if words != self._raw:
            self.renamed.emit(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the parts anew."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        for part in (self._badges, self._handler):
            part.adjustSize()
        width, gap = self.width(), 16
        badges, handler = self._badges.sizeHint().width(), self._handler.sizeHint().width()
        editing = self.edit.isVisibleTo(self)
        line = Size.BUTTON
        natural = self.title.natural_width()
        fits = not editing and natural + gap + badges + gap + handler <= width
        squeezed = self._low and not editing and not fits
        if fits or squeezed:
            self.title.setFixedWidth(min(natural, width - gap - badges))
            self.title.move(0, (line - self.title.height()) // 2)
            self._badges.move(self.title.width() + gap, (line - self._badges.height()) // 2)
            self._handler.move(width - handler, (line - self._handler.height()) // 2)
            self._handler.setVisible(fits)
            tall = line
        else:
            self.title.setFixedWidth(width)
            self.edit.setGeometry(0, 0, width, Size.FIELD)
            self.title.move(0, 0)
            top = (Size.FIELD if editing else self.title.height()) + 6
            self._badges.move(0, top)
            self._handler.move(max(badges + gap, width - handler), top + (24 - self._handler.height()) // 2)
            self._handler.setVisible(badges + gap + handler <= width)
            tall = top + 24 + 2
        if self.height() != tall or self.minimumHeight() != tall:
            self.setFixedHeight(tall)


class Step(QWidget):
    """One of the three steps of the category."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._glyph = Glyph("status:pending", 15)
        self.value = text_label("", "h3")
        self.detail = FewLines()
        self.whole = link(self.tr("Read it all"))
        self.whole.clicked.connect(self._show_whole)
        self.whole.hide()
        self.detail.cut_changed.connect(self.whole.setVisible)
        line = row(self, gap=8)
        line.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        words = column(gap=0)
        words.addWidget(text_label(name, "cap_strong", "text2"))
        words.addWidget(self.value)
        words.addWidget(self.detail)
        words.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch(1)
        self._words = words
        line.addLayout(words, 1)

    def add(self, button: Button) -> None:
        """Put a button under the words."""
        self._words.insertWidget(4, button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_step(self, value: str, detail: str, glyph: str, whole: str = "") -> None:
        """Show what stands; ``whole`` is what the tooltip says."""
        self._glyph.set_glyph(glyph)
        self.value.setText(value)
        self.detail.setText(detail)
        self.setToolTip(tooltip(whole))
        self.setAccessibleName(f"{self._name}: {value}. {detail}")

    def wanted(self) -> int:
        """Return the width at which its name and its value are whole on one line each."""
        words = ((self._name, "cap_strong"), (self.value.text(), "h3"))
        return 23 + 2 + max(QFontMetrics(font(token)).horizontalAdvance(text) for text, token in words)

    def _show_whole(self) -> None:
        WholeWords(f"{self._name}: {self.value.text()}", self.detail.text(), self).open()

    def labels(self) -> tuple[QLabel, FewLines]:
        """Return value and detail, for tests."""
        return self.value, self.detail


def body_words(role: str, name: str) -> str:
    """Return a body that confirms, by its name and, where that does not say so, by what it is."""
    what = role_words(role)
    shown = visible(name, 80, lines=False)
    return shown if what.casefold() in shown.casefold() else f"{shown} ({what})"


class CategorySteps(Card):
    """Proposed, assessed, confirmed: they stand side by side, and none overwrites another."""

    confirm_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(inset=14, parent=parent)
        self.proposed = Step(self.tr("Proposed by the trust"))
        self.assessed = Step(self.tr("Assessed by a desk"))
        self.confirmed = Step(self.tr("Confirmed"))
        self.confirm = link(self.tr("Confirm"))
        self.confirm.clicked.connect(self.confirm_requested)
        self.confirm.hide()
        self.confirmed.add(self.confirm)
        self._line = row(gap=14)
        self._rules: list[Rule] = []
        for number, step in enumerate((self.proposed, self.assessed, self.confirmed)):
            if number:
                self._rules.append(Rule(52))
                self._line.addWidget(self._rules[-1])
            self._line.addWidget(step, 3 if number else 4)
        self.body.addLayout(self._line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._turn_soon = soon(self, self._turn)

    def minimumSizeHint(self) -> QSize:
        """Fit beside a list: where three do not stand side by side, one stands under the other."""
        return QSize(min(_ONE_STEP, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the three, but not within a layout that is giving out room."""
        super().resizeEvent(event)
        self._turn_soon.start()

    def _turn(self) -> None:
        room = self.width() - _BESIDE_STEPS
        steps = (self.proposed, self.assessed, self.confirmed)
        shares = (0.4, 0.3, 0.3)
        beside = room >= _THREE_STEPS and all(
            step.wanted() <= room * share for step, share in zip(steps, shares, strict=True)
        )
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._line.direction() == way:
            return
        self._line.setDirection(way)
        for rule in self._rules:
            rule.setVisible(beside)
        for step in steps:
            step.value.setWordWrap(not beside)
        self.updateGeometry()

    def show_steps(self, read: IncidentRead, now: datetime) -> None:
        """Show what stands of the three."""
        self._show(self.proposed, read.proposed, now, "ok", self.tr("Not proposed"), self.tr("Classify proposes one"))
        self._show(
            self.assessed, read.assessed, now, "status:ongoing", self.tr("Not assessed"),
            self.tr("A regional or national desk assesses"),
        )  # fmt: skip
        self._show(
            self.confirmed, read.confirmed, now, "ok", self.tr("Not confirmed"),
            self.tr("This laptop may confirm it") if read.confirms
            else self.tr("Only NCSC or law enforcement can confirm"),
        )  # fmt: skip
        self.confirm.setVisible(bool(read.confirms))
        self.confirm.setText(self.tr("Confirm another") if read.confirmed is not None else self.tr("Confirm"))
        reported = read.row["facts"].get("category_reported")
        if read.confirmed is None and isinstance(reported, dict):
            words = reported_in_words(reported)
            self.confirmed.show_step(
                self.tr("Not confirmed here"), self.tr("Reported to us: {0}").format(words), "status:ongoing", words
            )
        self._turn_soon.start()

    def _show(self, step: Step, stands: Category | None, now: datetime, glyph: str, none: str, hint: str) -> None:
        if stands is None:
            step.show_step(none, hint, "status:pending")
            return
        name, meaning = categories()[stands.number]
        bodies = " / ".join(body_words(role, name) for role, name in stands.bodies)
        who = ", ".join(part for part in (stands.who, bodies or stands.organisation, short(stands.at, now)) if part)
        detail = f"{who}. {stands.because}" if stands.because else who
        step.show_step(
            self.tr("Category {0}, {1}").format(stands.number, name.lower()), detail, glyph, f"{name}. {meaning}"
        )
