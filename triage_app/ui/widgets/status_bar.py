"""The bar at the foot: what was last said, what is under way, which device this is, and where help is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.panel import Panel, Rule, row
from triage_app.ui.widgets.progress import ProgressStrip
from triage_app.ui.widgets.voice import announce


class Glyph(QWidget):
    """A small mark beside words: ok, late, warning, ongoing, or the name of an icon."""

    def __init__(self, glyph: str = "", side: int = Size.GLYPH, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setFixedSize(side, side)
        self._show_or_hide()

    def set_glyph(self, glyph: str) -> None:
        """Show another mark, or none."""
        self._glyph = glyph
        self._show_or_hide()
        self.update()

    def _show_or_hide(self) -> None:
        """Be in view where there is a mark; before it stands in anything it would come up as a window of its own."""
        if self._glyph and self.parentWidget() is None:
            self.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        else:
            self.setVisible(bool(self._glyph))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark."""
        painter = QPainter(self)
        paint_glyph(painter, QRectF(self.rect()), self._glyph)
        painter.end()


def paint_glyph(painter: QPainter, box: QRectF, glyph: str) -> None:
    """Paint a mark by name.

    ``ok``, ``late``, ``warning``, ``danger``, a severity, ``clock:state:used``, ``status:state``, or an icon's name.
    """
    p = theme.current().palette
    if glyph == "ok":
        painting.disc_with_tick(painter, box, theme.colour("ok"), theme.colour("surface"))
    elif glyph == "late":
        painting.disc_with_cross(painter, box, theme.colour("missed"), theme.colour("surface"))
    elif glyph in ("warning", "danger"):
        icons.paint(painter, "warning", box, theme.colour("amber" if glyph == "warning" else "red"))
    elif glyph in painting.SEVERITIES:
        painting.severity(painter, box, glyph, p)
    elif glyph.startswith("clock:"):
        _, state, used = (*glyph.split(":"), "0")[:3]
        painting.clock(painter, box, state, float(used), p)
    elif glyph.startswith("status:"):
        painting.status(painter, box, glyph.partition(":")[2], p)
    elif glyph in icons.PATHS:
        icons.paint(painter, glyph, box, theme.colour("text2"))


class KeyHelp(QAbstractButton):
    """A key cap with its word, that can also be pressed."""

    def __init__(self, key: str, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._bare = False
        self.setText(word)
        self.setAccessibleName(f"{word}, {key}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_bare(self, bare: bool) -> None:
        """Show the key alone."""
        self._bare = bare
        self.setToolTip(self.text() if bare else "")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of key and word."""
        words = 0 if self._bare else 8 + self.fontMetrics().horizontalAdvance(self.text())
        return QSize(round(painting.key_width(self._key)) + words, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint key and word."""
        painter = QPainter(self)
        width = round(painting.key_width(self._key))
        cap = QRectF(0, (self.height() - Size.KEY) / 2, width, Size.KEY)
        painting.key_cap(painter, cap, self._key, theme.colour("text2"), theme.colour("edge"))
        if not self._bare:
            painter.setFont(font("cap"))
            painter.setPen(theme.colour("text" if self.underMouse() else "text2"))
            room = self.rect().adjusted(width + 8, 0, 0, 0)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter.value), self.text())
        painter.end()


class StatusBar(Panel):
    """30 high."""

    help_requested = Signal()
    keys_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("side", "t", parent)
        self.setFixedHeight(Size.STATUS_BAR)
        self._glyph = Glyph()
        self._words = ElidingLabel("", "cap", "text2")
        self._words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._rule = Rule(14)
        self._rule.hide()
        self.progress = ProgressStrip()
        self._device = text_label("", "cap", "text2")
        self._device_rule = Rule(14)
        self._device_rule.hide()
        self.keys = KeyHelp("?", self.tr("All keys"))
        self.help = KeyHelp("F1", self.tr("Manual"))
        for part in (self.keys, self.help):
            part.setFont(font("cap"))
        self.keys.clicked.connect(self.keys_requested)
        self.help.clicked.connect(self.help_requested)
        line = row(self, (14, 1, Size.PAGE - 6, 0), 8)
        line.addWidget(self._glyph)
        line.addWidget(self._words)
        line.addSpacing(4)
        line.addWidget(self._rule)
        line.addSpacing(4)
        line.addWidget(self.progress)
        line.addStretch(1)
        line.addWidget(self._device)
        line.addWidget(self._device_rule)
        line.addWidget(self.keys)
        line.addSpacing(6)
        line.addWidget(self.help)

    def set_status(self, text: str, glyph: str = "") -> None:
        """Say something; a screen reader says it too."""
        self._glyph.set_glyph(glyph)
        self._words.setText(text)
        self._rule.setVisible(bool(text) and not self.progress.isHidden())
        announce(self, text)

    def status(self) -> str:
        """Return what was last said."""
        return self._words.text()

    def set_device(self, device: str) -> None:
        """Show which device this is."""
        self._device.setText(device)
        self._device_rule.setVisible(bool(device) and not self._device.isHidden())

    def begin_progress(self, label: str) -> None:
        """Show that something is under way."""
        self.progress.begin(label)
        self._rule.setVisible(bool(self._words.text()))

    def end_progress(self) -> None:
        """Take the progress away."""
        self.progress.end()
        self._rule.hide()

    def fold(self, folded: bool) -> None:
        """Take the narrow form, or the wide one."""
        self._device.setVisible(not folded)
        self._device_rule.setVisible(not folded and bool(self._device.text()))
        self.keys.set_bare(folded)
        self.help.set_bare(folded)
