"""Words that take a few lines at most, whatever somebody wrote: what does not fit is cut, and said to be."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui import theme
from triage_app.ui.soon import soon
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font

_LEAST_WIDTH = 80


class FewLines(QWidget):
    """Plain words on at most so many lines, the last one cut with “…”; ``text`` is the whole."""

    cut_changed = Signal(bool)
    """Whether something is cut now."""

    def __init__(
        self,
        most: int = 3,
        token: str = "small",  # noqa: S107 - a type token, no secret
        role: str = "text2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._most, self._token, self._role = most, token, role
        self._text = ""
        self._cut = False
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._tell_soon = soon(self, self._tell)

    def text(self) -> str:
        """Return all the words."""
        return self._text

    def is_cut(self) -> bool:
        """Tell whether some of the words are not shown."""
        return self._cut

    def setText(self, text: str) -> None:
        """Show other words."""
        self._text = visible(text, lines=False)
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()
        self._tell_soon.start()

    def _lines(self, width: int) -> tuple[list[str], bool]:
        """Break the words into the lines of a width; the last is what is left, and may be too long for it."""
        layout = QTextLayout(self._text, font(self._token))
        layout.beginLayout()
        found: list[str] = []
        is_cut = False
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(_LEAST_WIDTH, width))
            if len(found) == self._most:
                is_cut = True
                break
            found.append(self._text[line.textStart() : line.textStart() + line.textLength()])
            begun = line.textStart()
        layout.endLayout()
        if is_cut:
            found[-1] = self._text[begun:]
        return found, is_cut

    def heightForWidth(self, width: int) -> int:
        """Return the height of its lines at a width."""
        return max(1, len(self._lines(width)[0])) * QFontMetrics(font(self._token)).lineSpacing()

    def sizeHint(self) -> QSize:
        """Return one line."""
        return QSize(_LEAST_WIDTH, QFontMetrics(font(self._token)).lineSpacing())

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may cut other words."""
        super().resizeEvent(event)
        self._tell_soon.start()

    def _tell(self) -> None:
        is_cut = self._lines(self.width())[1]
        self.setToolTip(tooltip(self._text) if is_cut else "")
        if is_cut is not self._cut:
            self._cut = is_cut
            self.cut_changed.emit(is_cut)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        painter = QPainter(self)
        face = font(self._token)
        painter.setFont(face)
        painter.setPen(theme.colour(self._role))
        metrics = QFontMetrics(face)
        step = metrics.lineSpacing()
        lines, is_cut = self._lines(self.width())
        for number, words in enumerate(lines):
            if is_cut and number == len(lines) - 1:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width())
            box = QRectF(0, number * step, self.width(), step)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter.value), words)
        painter.end()
