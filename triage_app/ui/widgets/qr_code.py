"""A QR code: dark on white in every theme, with the quiet zone that cameras need, its text for screen readers.

Scanners expect dark modules on a light ground; many read no inverted ones. So the theme has no say here.
"""

from __future__ import annotations

import functools

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui.tokens import QR_DARK, QR_LIGHT

QUIET = 4
"""Modules of white around the code; ISO 18004 asks for four."""
_MODULE = 4
"""Logical pixels of a module."""


@functools.lru_cache(maxsize=32)
def modules(text: str) -> tuple[bytes, ...]:
    """Return the rows of a text's QR code, 1 for dark; it bears a seventh of it being dirty or covered."""
    import segno  # loaded when the first code is wanted: a start need not wait for it

    return tuple(bytes(line) for line in segno.make_qr(text, error="m", boost_error=False).matrix)


def paint_code(painter: QPainter, box: QRectF, text: str) -> None:
    """Paint a code with its quiet zone into a square. Modules meet without a seam: neighbours in a row are one bar."""
    rows = modules(text)
    size = box.width() / (len(rows) + 2 * QUIET)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(box, QColor(QR_LIGHT))
    ink = QColor(QR_DARK)
    for number, line in enumerate(rows):
        start = -1
        for place, dark in enumerate((*line, 0)):
            if dark and start < 0:
                start = place
            elif not dark and start >= 0:
                left, top = box.left() + (QUIET + start) * size, box.top() + (QUIET + number) * size
                painter.fillRect(QRectF(left, top, (place - start) * size, size), ink)
                start = -1
    painter.restore()


class QrCode(QWidget):
    """A code of fixed size; nothing is shown while there is no text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` is what a screen reader calls it, before it reads the text."""
        super().__init__(parent)
        self._name = name
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.set_text("")

    def set_text(self, text: str) -> None:
        """Show the code of another text."""
        self._text = text
        self.setVisible(bool(text))
        self.setAccessibleName(f"{self._name}: {text}" if text else self._name)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return what the code says."""
        return self._text

    def sizeHint(self) -> QSize:
        """Return a size in whole pixels for every module."""
        side = (len(modules(self._text)) + 2 * QUIET) * _MODULE if self._text else 0
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the code."""
        painter = QPainter(self)
        if self._text:
            paint_code(painter, QRectF(self.rect()), self._text)
        painter.end()
