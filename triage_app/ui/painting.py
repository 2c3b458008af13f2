"""Severity, clock and status marks, badges and key caps: functions that paint, and keep nothing.

Every mark has its own shape, so that none is told by colour alone. All take logical pixels and are drawn as
vectors, so they are as sharp at 200 % as at 100 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette, Size

SEVERITIES = ("critical", "high", "medium", "low", "info")
CLOCK_STATES = ("provisional", "running", "amber", "red", "missed", "met", "paused")
STATUSES = ("pending", "ongoing", "successful", "failed", "cancelled", "unknown", "not-known")
_CLOCK_COLOUR = {"amber": "amber", "red": "red", "missed": "missed", "met": "ok", "paused": "text3"}
_TLP_COLOUR = {"RED": "tlp_red", "AMBER": "tlp_amber", "AMBER+STRICT": "tlp_amber", "GREEN": "tlp_green"}


@contextmanager
def _pen(painter: QPainter) -> Iterator[None]:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        yield
    finally:
        painter.restore()


def _stroke(painter: QPainter, colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
    painter.setPen(QPen(colour, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(colour))


def _square(rect: QRectF) -> QRectF:
    side = min(rect.width(), rect.height())
    return QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)


def severity(painter: QPainter, rect: QRectF, level: str, palette: Palette) -> None:
    """Paint a severity's shape; anything that is not a severity gets a ring with a question mark."""
    box = _square(rect)
    if level not in SEVERITIES:
        status(painter, rect, "unknown", palette)
        return
    ink = QColor(palette.colour(level))
    middle, half = box.center(), box.width() / 2
    with _pen(painter):
        if level == "critical":
            _fill(painter, ink)
            corners = [math.pi / 8 + k * math.pi / 4 for k in range(8)]
            reach = half / math.cos(math.pi / 8)
            painter.drawPolygon(
                QPolygonF([middle + QPointF(reach * math.cos(a), reach * math.sin(a)) for a in corners])
            )
            _exclamation(painter, box, QColor(palette.surface))
        elif level == "high":
            _fill(painter, ink)
            top, foot = box.top() + half * 0.08, box.bottom() - half * 0.12
            painter.drawPolygon(
                QPolygonF([QPointF(middle.x(), top), QPointF(box.right(), foot), QPointF(box.left(), foot)])
            )
        elif level == "medium":
            _fill(painter, ink)
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(middle.x(), box.top()),
                        QPointF(box.right(), middle.y()),
                        QPointF(middle.x(), box.bottom()),
                        QPointF(box.left(), middle.y()),
                    ]
                )
            )
        elif level == "low":
            _stroke(painter, ink, half * 0.25)
            painter.drawEllipse(middle, half * 0.76, half * 0.76)
        else:
            _fill(painter, ink)
            painter.drawRoundedRect(QRectF(box.left(), middle.y() - half * 0.17, box.width(), half * 0.34), 1, 1)


def _exclamation(painter: QPainter, box: QRectF, ink: QColor) -> None:
    _fill(painter, ink)
    width, x = box.width() * 0.15, box.center().x()
    painter.drawRoundedRect(QRectF(x - width / 2, box.top() + box.height() * 0.2, width, box.height() * 0.36), 0.6, 0.6)
    painter.drawEllipse(QPointF(x, box.top() + box.height() * 0.73), width * 0.58, width * 0.58)


def clock_colour(state: str) -> str:
    """Return the token of a clock's colour."""
    return _CLOCK_COLOUR.get(state, "text2")


def clock(painter: QPainter, rect: QRectF, state: str, used: float, palette: Palette) -> None:
    """Paint a clock: a pie that fills as time is used, ``used`` from 0 to 1."""
    ink = QColor(palette.colour(clock_colour(state)))
    if state == "met":
        tick(painter, rect, ink)
        return
    if state == "missed":
        disc_with_cross(painter, rect, ink, QColor(palette.surface))
        return
    if state == "provisional":
        dashed_ring(painter, rect, ink)
        return
    box = _square(rect)
    half = box.width() / 2
    with _pen(painter):
        _stroke(painter, ink, half * 0.2)
        painter.drawEllipse(box.center(), half * 0.86, half * 0.86)
        share = min(1.0, max(0.0, used))
        if state != "paused" and share > 0:
            _fill(painter, ink)
            inner = half * 0.60
            pie = QRectF(box.center().x() - inner, box.center().y() - inner, inner * 2, inner * 2)
            painter.drawPie(pie, 90 * 16, -max(12 * 16, round(share * 360 * 16)))


def dashed_ring(painter: QPainter, rect: QRectF, ink: QColor) -> None:
    """Paint the ring of a clock that only the first look started."""
    box = _square(rect)
    half = box.width() / 2
    width = half * 0.2
    radius = half * 0.84
    with _pen(painter):
        pen = QPen(ink, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        around = 2 * math.pi * radius / width
        pen.setDashPattern([around / 8 * 0.62, around / 8 * 0.38])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.center(), radius, radius)


def tick(painter: QPainter, rect: QRectF, ink: QColor) -> None:
    """Paint a plain tick."""
    box = _square(rect)
    side = box.width()
    with _pen(painter):
        _stroke(painter, ink, side * 0.13)
        painter.drawPolyline(
            [
                QPointF(box.left() + side * 0.14, box.top() + side * 0.54),
                QPointF(box.left() + side * 0.40, box.top() + side * 0.79),
                QPointF(box.left() + side * 0.88, box.top() + side * 0.24),
            ]
        )


def disc_with_cross(painter: QPainter, rect: QRectF, ink: QColor, ground: QColor) -> None:
    """Paint a filled disc with a cross in it: late, or failed."""
    box = _square(rect)
    half = box.width() / 2
    with _pen(painter):
        _fill(painter, ink)
        painter.drawEllipse(box.center(), half, half)
        _stroke(painter, ground, half * 0.26)
        reach = half * 0.34
        for sign in (1, -1):
            painter.drawLine(box.center() + QPointF(-reach, -reach * sign), box.center() + QPointF(reach, reach * sign))


def disc_with_tick(painter: QPainter, rect: QRectF, ink: QColor, ground: QColor) -> None:
    """Paint a filled disc with a tick in it: done, or verified."""
    box = _square(rect)
    half = box.width() / 2
    with _pen(painter):
        _fill(painter, ink)
        painter.drawEllipse(box.center(), half, half)
        _stroke(painter, ground, half * 0.26)
        painter.drawPolyline(
            [
                box.center() + QPointF(-half * 0.42, half * 0.04),
                box.center() + QPointF(-half * 0.10, half * 0.36),
                box.center() + QPointF(half * 0.46, -half * 0.30),
            ]
        )


def status(painter: QPainter, rect: QRectF, state: str, palette: Palette) -> None:
    """Paint the mark of an action's status; an unheard-of one is painted as not known."""
    box = _square(rect)
    half = box.width() / 2
    middle = box.center()
    if state == "successful":
        disc_with_tick(painter, rect, QColor(palette.ok), QColor(palette.surface))
        return
    if state == "failed":
        disc_with_cross(painter, rect, QColor(palette.red), QColor(palette.surface))
        return
    ink = QColor(palette.accent if state == "ongoing" else palette.text2)
    with _pen(painter):
        _stroke(painter, ink, half * 0.2)
        painter.drawEllipse(middle, half * 0.86, half * 0.86)
        if state == "ongoing":
            _fill(painter, ink)
            painter.drawPie(QRectF(middle.x() - half * 0.62, middle.y() - half * 0.62, half * 1.24, half * 1.24),
                            -90 * 16, 180 * 16)  # fmt: skip
        elif state == "cancelled":
            painter.drawLine(middle - QPointF(half * 0.4, 0), middle + QPointF(half * 0.4, 0))
        elif state != "pending":
            hook = QPainterPath(middle + QPointF(-half * 0.28, -half * 0.2))
            hook.cubicTo(middle + QPointF(-half * 0.28, -half * 0.62), middle + QPointF(half * 0.34, -half * 0.56),
                         middle + QPointF(half * 0.27, -half * 0.12))  # fmt: skip
            hook.cubicTo(middle + QPointF(half * 0.22, half * 0.06), middle + QPointF(0, half * 0.02),
                         middle + QPointF(0, half * 0.2))  # fmt: skip
            painter.drawPath(hook)
            _fill(painter, ink)
            painter.drawEllipse(middle + QPointF(0, half * 0.47), half * 0.12, half * 0.12)


def tlp_words(label: str, prefix: bool = True) -> str:
    """Return the words of a TLP badge; no label is "not labelled", never CLEAR."""
    if not label:
        return "TLP:?" if prefix else "?"
    return f"TLP:{label}" if prefix else label


def tlp_width(label: str, prefix: bool = True) -> float:
    """Return the width a TLP badge needs."""
    return QFontMetricsF(font("cap_strong")).horizontalAdvance(tlp_words(label, prefix)) + 15


def tlp_badge(painter: QPainter, rect: QRectF, label: str, palette: Palette, prefix: bool = True) -> None:
    """Paint a TLP 2.0 badge in FIRST's colours, on black in every theme."""
    with _pen(painter):
        _fill(painter, QColor(palette.tlp_bg))
        if palette.dark:
            painter.setPen(QPen(QColor(palette.edge), 1))
            rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, Size.RADIUS_BADGE, Size.RADIUS_BADGE)
        painter.setFont(font("cap_strong"))
        painter.setPen(QColor(palette.colour(_TLP_COLOUR.get(label, "tlp_clear"))))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, tlp_words(label, prefix))


def key_width(text: str) -> float:
    """Return the width a key cap needs."""
    return max(float(Size.KEY), QFontMetricsF(font("cap")).horizontalAdvance(text) + 11)


def key_cap(painter: QPainter, rect: QRectF, text: str, ink: QColor, edge: QColor) -> None:
    """Paint a key cap, 1 px border, text in the middle."""
    with _pen(painter):
        painter.setPen(QPen(edge, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), Size.RADIUS_BADGE, Size.RADIUS_BADGE)
        painter.setPen(ink)
        painter.setFont(font("cap"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def rounded(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None = None,
    edge: QColor | None = None,
    dashed: bool = False,
    width: float = 1,
) -> None:
    """Paint a rounded box, its border wholly inside ``rect``."""
    with _pen(painter):
        painter.setBrush(QBrush(fill) if fill is not None else Qt.BrushStyle.NoBrush)
        inner = rect
        if edge is None:
            painter.setPen(Qt.PenStyle.NoPen)
        else:
            pen = QPen(edge, width)
            if dashed:
                pen.setDashPattern([3, 3])
            painter.setPen(pen)
            inner = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(inner, radius, radius)
