"""Our own icons: drawn here as paths on a 16 grid, 1.5 stroke, round caps, one colour.

A drawing is words: ``M x y`` move, ``L x y`` line, ``C`` cubic, ``Z`` close, ``O cx cy r`` circle,
``R x y w h r`` rounded box, ``A cx cy r start sweep`` arc in degrees anticlockwise from three o'clock,
``D cx cy r`` filled dot.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from triage_app.ui import theme

PATHS: dict[str, str] = {
    "home": "M 2.5 7.5 L 8 2.8 L 13.5 7.5 "
    "M 4 6.6 L 4 13.2 L 6.6 13.2 L 6.6 9.6 L 9.4 9.6 L 9.4 13.2 L 12 13.2 L 12 6.6",
    "inbox": "M 2.5 9 L 4.2 3.2 L 11.8 3.2 L 13.5 9 L 13.5 13 L 2.5 13 L 2.5 9 L 5.4 9 L 6.4 10.8 L 9.6 10.8 "
    "L 10.6 9 L 13.5 9",
    "flag": "M 3.5 14 L 3.5 2.8 L 12.8 2.8 L 10.8 5.9 L 12.8 9 L 3.5 9",
    "person": "O 8 5.2 2.7 M 2.8 13.6 C 3.2 8.9 12.8 8.9 13.2 13.6",
    "check-square": "R 2.6 2.6 10.8 10.8 1.5 M 5.3 8.1 L 7.3 10.2 L 10.8 5.9",
    "crosshair": "O 8 8 4.4 M 8 1.8 L 8 5 M 8 11 L 8 14.2 M 1.8 8 L 5 8 M 11 8 L 14.2 8",
    "hunt": "O 7 7 4.2 M 10.2 10.2 L 13.8 13.8 M 5.2 7 L 8.8 7",
    "megaphone": "M 2.6 6.2 L 6 6.2 L 12 3 L 12 12.4 L 6 9.6 L 2.6 9.6 Z M 4.6 9.8 L 5.4 13 L 7 13 L 6.6 10 "
    "M 13.9 6.6 L 13.9 9",
    "exchange": "M 2.5 5.4 L 13 5.4 L 10.4 2.8 M 13.5 10.6 L 3 10.6 L 5.6 13.2",
    "building": "M 3 13.5 L 3 2.8 L 9 2.8 L 9 13.5 M 9 6.4 L 13 6.4 L 13 13.5 M 2 13.5 L 14 13.5 M 5 5.6 L 7 5.6 "
    "M 5 8.2 L 7 8.2 M 5 10.8 L 7 10.8 M 11 9 L 11 11.4",
    "document": "M 3.5 2.5 L 9.5 2.5 L 12.5 5.5 L 12.5 13.5 L 3.5 13.5 Z M 9.3 2.8 L 9.3 5.7 L 12.2 5.7 "
    "M 5.8 8.4 L 10.2 8.4 M 5.8 10.9 L 10.2 10.9",
    "bookmark": "M 4 2.5 L 12 2.5 L 12 13.5 L 8 10.4 L 4 13.5 Z",
    "import": "M 8 2.5 L 8 9.8 M 4.9 6.9 L 8 10 L 11.1 6.9 M 2.5 10.4 L 2.5 13.3 L 13.5 13.3 L 13.5 10.4",
    "export": "M 8 10 L 8 2.7 M 4.9 5.6 L 8 2.5 L 11.1 5.6 M 2.5 10.4 L 2.5 13.3 L 13.5 13.3 L 13.5 10.4",
    "plus": "M 8 3 L 8 13 M 3 8 L 13 8",
    "minus": "M 3 8 L 13 8",
    "filter": "M 2.2 4 L 13.8 4 M 4.4 8 L 11.6 8 M 6.6 12 L 9.4 12",
    "columns": "R 2.4 3 11.2 10 1 M 6.1 3.2 L 6.1 12.8 M 9.9 3.2 L 9.9 12.8",
    "search": "O 7 7 4.3 M 10.3 10.3 L 13.8 13.8",
    "lock": "R 3.4 7 9.2 6.6 1.2 M 5.2 6.8 L 5.2 5 C 5.2 1.4 10.8 1.4 10.8 5 L 10.8 6.8",
    "more": "D 3.2 8 1.15 D 8 8 1.15 D 12.8 8 1.15",
    "chevron": "M 6 3.6 L 10.4 8 L 6 12.4",
    "chevron-down": "M 4 6.2 L 8 10.2 L 12 6.2",
    "chevron-up": "M 4 10 L 8 6 L 12 10",
    "undo": "M 5.6 2.6 L 2.6 5.6 L 5.6 8.6 M 2.8 5.6 L 9 5.6 C 14.8 5.6 14.8 13.2 9 13.2 L 5.2 13.2",
    "laptop": "R 3.2 3.2 9.6 7.2 1 M 1.8 13 L 14.2 13",
    "warning": "M 8 2.4 L 14 13 L 2 13 Z M 8 6.4 L 8 9.3 D 8 11.2 0.85",
    "close": "M 4 4 L 12 12 M 12 4 L 4 12",
    "print": "M 4.6 6 L 4.6 2.6 L 11.4 2.6 L 11.4 6 M 4.4 11 L 2.4 11 L 2.4 6.2 L 13.6 6.2 L 13.6 11 L 11.6 11 "
    "M 4.6 9.2 L 11.4 9.2 L 11.4 13.6 L 4.6 13.6 Z",
    "note": "M 2.8 2.8 L 13.2 2.8 L 13.2 9.4 L 9.4 13.2 L 2.8 13.2 Z M 13 9.2 L 9.2 9.2 L 9.2 13",
    "phone": "M 3 3.4 L 5.4 2.6 L 6.8 5.8 L 5.4 7 C 6.2 8.8 7.2 9.8 9 10.6 L 10.2 9.2 L 13.4 10.6 L 12.6 13 "
    "C 7 13.8 2.2 9 3 3.4 Z",
    "eye": "M 1.6 8 C 4.6 2.6 11.4 2.6 14.4 8 C 11.4 13.4 4.6 13.4 1.6 8 Z O 8 8 2.1",
    "key": "O 5.2 10.8 2.9 M 7.3 8.7 L 13.2 2.8 M 10.6 5.4 L 12.8 7.6",
    "shield": "M 8 2.2 L 13 4 L 13 7.8 C 13 10.8 11 12.8 8 13.9 C 5 12.8 3 10.8 3 7.8 L 3 4 Z "
    "M 5.8 7.9 L 7.4 9.5 L 10.3 6.3",
    "clock": "O 8 8 5.7 M 8 4.8 L 8 8.2 L 10.2 9.5",
    "save": "M 2.6 2.6 L 11 2.6 L 13.4 5 L 13.4 13.4 L 2.6 13.4 Z M 5.2 2.8 L 5.2 5.8 L 9.6 5.8 L 9.6 2.8 "
    "M 5 13.2 L 5 9 L 11 9 L 11 13.2",
    "hand-off": "M 2 8 L 10.6 8 M 7.6 4.8 L 10.8 8 L 7.6 11.2 M 13.6 3.6 L 13.6 12.4",
    "tick": "M 3 8.6 L 6.4 12 L 13 4.6",
    "copy": "R 5.6 5.6 7.8 7.8 1.2 M 10.4 3.2 L 10.4 2.6 L 2.6 2.6 L 2.6 10.4 L 3.2 10.4",
    "edit": "M 3 13 L 3.6 10.2 L 11 2.8 L 13.2 5 L 5.8 12.4 Z M 9.4 4.4 L 11.6 6.6",
    "link": "M 6.6 9.4 L 9.4 6.6 M 7.4 4.8 L 9 3.2 C 11.2 1 15 4.8 12.8 7 L 11.2 8.6 "
    "M 8.6 11.2 L 7 12.8 C 4.8 15 1 11.2 3.2 9 L 4.8 7.4",
    "notice": "O 8 8 5.7 M 8 7.6 L 8 10.8 D 8 5.2 0.85",
    "help": "O 8 8 5.7 M 6.2 6.6 C 6.2 4.3 9.9 4.4 9.8 6.7 C 9.7 8 8 7.9 8 9.2 D 8 11.2 0.8",
    "settings": "M 2.4 4.8 L 8.6 4.8 M 12.2 4.8 L 13.6 4.8 O 10.4 4.8 1.7 M 2.4 11.2 L 3.8 11.2 M 7.4 11.2 L 13.6 11.2 "
    "O 5.6 11.2 1.7",
    "trash": "M 2.8 4.4 L 13.2 4.4 M 6 4.2 L 6 2.6 L 10 2.6 L 10 4.2 M 4.2 4.6 L 4.8 13.4 L 11.2 13.4 L 11.8 4.6",
    "figures": "M 2.4 13.6 L 13.6 13.6 M 4.2 13.4 L 4.2 8.6 M 8 13.4 L 8 3 M 11.8 13.4 L 11.8 6.2",
    "pulse": "M 1.8 8.4 L 5 8.4 L 6.8 3.8 L 9.4 12.4 L 11 8.4 L 14.2 8.4",
}


@lru_cache(maxsize=128)
def _paths(name: str) -> tuple[QPainterPath, QPainterPath]:
    """Return the stroked and the filled part of a drawing; raises ``KeyError`` for a name that is not ours."""
    stroked, filled = QPainterPath(), QPainterPath()
    words = PATHS[name].split()
    takes = {"M": 2, "L": 2, "C": 6, "Z": 0, "O": 3, "R": 5, "A": 5, "D": 3}
    at = 0
    while at < len(words):
        what = words[at]
        count = takes[what]
        n = [float(word) for word in words[at + 1 : at + 1 + count]]
        at += 1 + count
        if what == "M":
            stroked.moveTo(*n)
        elif what == "L":
            stroked.lineTo(*n)
        elif what == "C":
            stroked.cubicTo(*n)
        elif what == "Z":
            stroked.closeSubpath()
        elif what == "O":
            stroked.addEllipse(QPointF(n[0], n[1]), n[2], n[2])
        elif what == "R":
            stroked.addRoundedRect(QRectF(n[0], n[1], n[2], n[3]), n[4], n[4])
        elif what == "A":
            box = QRectF(n[0] - n[2], n[1] - n[2], 2 * n[2], 2 * n[2])
            stroked.arcMoveTo(box, n[3])
            stroked.arcTo(box, n[3], n[4])
        else:
            filled.addEllipse(QPointF(n[0], n[1]), n[2], n[2])
    return stroked, filled


def paint(painter: QPainter, name: str, rect: QRectF, colour: QColor) -> None:
    """Paint an icon into a rectangle; raises ``KeyError`` for a name that is not ours."""
    stroked, filled = _paths(name)
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side / 16, side / 16)
    painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(stroked)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPath(filled)
    painter.restore()


def pixmap(name: str, colour: QColor, side: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return an icon as a picture of ``side`` logical pixels at a device pixel ratio."""
    made = QPixmap(round(side * ratio), round(side * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint(painter, name, QRectF(0, 0, side, side), colour)
    painter.end()
    return made


def icon(name: str, colour_token: str = "text2") -> QIcon:  # noqa: S107 - a colour, no secret
    """Return an icon tinted by the theme in use, sharp at 100, 150, 200 and 300 %."""
    made = QIcon()
    for ratio in (1.0, 1.5, 2.0, 3.0):
        made.addPixmap(pixmap(name, theme.colour(colour_token), 16, ratio))
    return made


def logo(painter: QPainter, rect: QRectF, ground: QColor, ink: QColor) -> None:
    """Paint the mark of the application: a pulse line on a rounded square."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    corner = rect.width() * 0.25
    painter.drawRoundedRect(rect, corner, corner)
    painter.restore()
    inset = rect.width() * 0.17
    paint(painter, "pulse", rect.adjusted(inset, inset, -inset, -inset), ink)


def app_icon() -> QIcon:
    """Return the window icon, drawn at the sizes that desktops ask for."""
    made = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        logo(painter, QRectF(0, 0, side, side), QColor(theme.LIGHT.accent), QColor(theme.LIGHT.onaccent))
        painter.end()
        made.addPixmap(picture)
    return made
