"""The timeline of an incident: a picture of lanes, and under it the table that says the same in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from triage_app.language import dated
from triage_app.services.changes import milliseconds
from triage_app.ui import painting, theme
from triage_app.ui.table import Cell
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Palette, Size
from triage_app.ui.views.incident_reading import Event
from triage_app.ui.views.moments import clock_state, local, short
from triage_app.ui.views.timeline_reading import due_words, lane_words

ALWAYS: Final = ("alert", "decision", "support")
"Lanes that are there even while they are empty; the others come with their first event."
ORDER: Final = (
    "attacker", "alert", "systems", "clinical", "decision", "support", "response", "communication", "clock",
)  # fmt: skip
_HEAD: Final = 30
_LANE: Final = 34
_NARROW_LANE: Final = 24
"Where more than four lanes share the picture."
_LABEL: Final = 86
_STEPS_M: Final = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 43200, 129600, 525600)
_TICK_ROOM: Final = 82
_URGENCY: Final = ("red", "amber", "running")
_RANK: Final = {name: number for number, name in enumerate(reversed(painting.SEVERITIES))}


@dataclass(frozen=True, slots=True)
class Due:
    """A time to come, dashed through the lanes."""

    at: int
    word: str
    state: str


@dataclass(frozen=True, slots=True)
class _Mark:
    left: float
    lane: int
    events: tuple[Event, ...]


def lane_of(event: Event) -> str:
    """Return the lane of an event in the picture, '' for one that has none (notes, victims)."""
    return event.lane or (event.kind if event.kind in ORDER else "")


def tick_step(span_ms: float, room: float) -> int:
    """Return the milliseconds between two ticks, so that each has room for its words."""
    most = max(2, int(room // _TICK_ROOM))
    for minutes in _STEPS_M:
        if span_ms / (minutes * 60_000) <= most:
            return minutes * 60_000
    return _STEPS_M[-1] * 60_000


def ticks(first: int, last: int, step: int) -> list[int]:
    """Return round local times between two moments; whole days start at local midnight."""
    begin = local(first)
    start = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if step < 86_400_000:
        minutes = step // 60_000
        start += timedelta(minutes=(begin.hour * 60 + begin.minute) // minutes * minutes)
    at = milliseconds(start)
    found: list[int] = []
    while at <= last and len(found) < 200:
        if at >= first:
            found.append(at)
        at += step
    return found


def window(events: Sequence[Event], dues: Sequence[Due], now: int) -> tuple[int, int]:
    """Return the first and last moment of the picture: everything that happened, now, and what is due soon."""
    times = [event.at for event in events if event.at > 0] or [now - 3_600_000]
    first = min(*times, now) if times else now
    last = max(*times, now)
    span = max(last - first, 1_800_000)
    soon = [due.at for due in dues if now < due.at <= now + span * 0.6]
    last = max([last, *soon])
    pad = max(300_000, round((last - first) * 0.04))
    return first - pad, last + pad * (2 if soon else 1)


class Lanes(QWidget):
    """Alerts, decisions and support over time; now is a solid line, what is to come is shaded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events: tuple[Event, ...] = ()
        self._dues: tuple[Due, ...] = ()
        self._now: datetime | None = None
        self._now_x = 0.0
        self._marks: list[_Mark] = []
        self._lanes: tuple[str, ...] = ALWAYS
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def set_data(self, events: Sequence[Event], due: Sequence[tuple[int, str, int]], now: datetime) -> None:
        """Show events and what is due: (when, word, when it was recorded)."""
        last = milliseconds(now) + 300_000  # what is still to come is dashed, not marked
        self._events = tuple(sorted((one for one in events if 0 < one.at <= last), key=lambda one: one.at))
        found = {lane_of(event) for event in self._events}
        lanes = tuple(lane for lane in ORDER if lane in ALWAYS or lane in found)
        if lanes != self._lanes:
            self._lanes = lanes
            self.updateGeometry()
        self._dues = tuple(Due(at, word, clock_state(since, at, now)[0]) for at, word, since in due)
        self._now = now
        counts = Counter(lane_of(event) for event in self._events)
        said = ", ".join(f"{lane_words(lane)} {counts[lane]:,}" for lane in self._lanes)
        self.setAccessibleName(self.tr("Timeline picture: {0}; {1} due. See the table.").format(said, len(self._dues)))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the head and the lanes."""
        return QSize(480, _HEAD + len(self._lanes) * self._tall() + 1)

    def _tall(self) -> int:
        return _LANE if len(self._lanes) <= 4 else _NARROW_LANE

    def minimumSizeHint(self) -> QSize:
        """Return what can still be read."""
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes, the marks and the times."""
        if self._now is None:
            return
        p = theme.current().palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        now = milliseconds(self._now)
        first, last = window(self._events, self._dues, now)
        area = QRectF(_LABEL, _HEAD, self.width() - _LABEL, len(self._lanes) * self._tall())

        def x(at: int) -> float:
            return area.left() + area.width() * (at - first) / (last - first)

        self._now_x = x(now)
        self._ground(painter, area, self._now_x, first, last, x, p)
        self._marks = []
        by_lane: dict[str, list[Event]] = {lane: [] for lane in self._lanes}
        for one in self._events:
            if (lane := lane_of(one)) in by_lane:
                by_lane[lane].append(one)
        for number, mine in enumerate(by_lane.values()):
            self._lane(painter, number, [(x(one.at), one) for one in mine], area, p)
        self._deadlines(painter, area, x, now, last, p)
        self._now_line(painter, area, x(now), p)
        painter.end()

    def _ground(self, painter: QPainter, area: QRectF, now_x: float, first: int, last: int, x: Any, p: Palette) -> None:
        painter.fillRect(QRectF(now_x, area.top(), area.right() - now_x, area.height()), QColor(p.sunken))
        painter.setFont(font("small"))
        for number, key in enumerate(self._lanes):
            top = area.top() + number * self._tall()
            painter.fillRect(QRectF(0, round(top), self.width(), 1), QColor(p.line))
            painter.setPen(QColor(p.text))
            painter.drawText(
                QRectF(0, top, _LABEL, self._tall()), int(Qt.AlignmentFlag.AlignVCenter.value), lane_words(key)
            )
        painter.fillRect(QRectF(0, area.bottom(), self.width(), 1), QColor(p.line))
        step = tick_step(last - first, area.width())
        painter.setFont(font("cap"))
        centre = int(Qt.AlignmentFlag.AlignCenter.value)
        for at in ticks(first, last, step):
            left = round(x(at))
            painter.fillRect(QRectF(left, area.top() - 4, 1, area.height() + 4), QColor(p.line))
            moment = local(at)
            day = f"{dated(moment, '%a')} {moment.day} {dated(moment, '%b')}"
            words = day if step >= 86_400_000 or (moment.hour == 0 and moment.minute == 0) else f"{moment:%H:%M}"
            if abs(left - now_x) > 66 and left + 30 < self.width():
                painter.setPen(QColor(p.text2))
                painter.drawText(QRectF(left - 44, 0, 88, _HEAD - 4), centre, words)
        zones = {f"{local(first):%Z}", f"{local(last):%Z}"}
        painter.setPen(QColor(p.text2))
        zone = zones.pop() if len(zones) == 1 else self.tr("UK time")
        painter.drawText(QRectF(0, 0, _LABEL, _HEAD - 4), int(Qt.AlignmentFlag.AlignVCenter.value), zone)

    def _lane(
        self, painter: QPainter, number: int, placed: list[tuple[float, Event]], area: QRectF, p: Palette
    ) -> None:
        """Paint a lane's marks; those that would cover each other are one mark with their number."""
        middle = area.top() + number * self._tall() + self._tall() / 2
        groups: list[list[tuple[float, Event]]] = []
        for left, one in placed:
            near = 36 if one.kind == "alert" else 20
            if groups and left - groups[-1][0][0] < near:
                groups[-1].append((left, one))
            else:
                groups.append([(left, one)])
        free = area.left()
        for place, group in enumerate(groups):
            left = min(max(group[0][0], area.left() + 8), area.right() - 8)
            box = QRectF(left - 6.5, middle - 6.5, 13, 13)
            events = tuple(one for _, one in group)
            self._glyph(painter, box, events, p)
            self._marks.append(_Mark(left, number, events))
            words = self._words(events)
            after = groups[place + 1][0][0] - 14 if place + 1 < len(groups) else area.right()
            if left <= self._now_x and not words.startswith("×"):  # what is to come has words of its own there
                after = min(after, self._now_x - 6)
            width = QFontMetricsF(font("cap")).horizontalAdvance(words)
            painter.setFont(font("cap"))
            painter.setPen(QColor(p.text2))
            if words and left + 12 + width <= after:
                box = QRectF(left + 12, middle - 9, width + 2, 18)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter.value), words)
                free = left + 14 + width
            elif words and not words.startswith("×") and left - 12 - width >= free:
                box = QRectF(left - 12 - width, middle - 9, width + 2, 18)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter.value), words)
                free = left + 12
            else:
                free = left + 12

    @staticmethod
    def _glyph(painter: QPainter, box: QRectF, events: tuple[Event, ...], p: Palette) -> None:
        if events[0].kind == "alert":
            worst = max(events, key=lambda one: _RANK.get(one.severity, -1))
            painting.severity(painter, box, worst.severity, p)
        elif events[0].kind == "support":
            states = [one.state for one in events]
            first = next((s for s in ("failed", "pending", "ongoing", "unknown") if s in states), states[-1])
            painting.status(painter, box, first, p)
        else:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(p.accent), 2))
            painter.setBrush(QColor(p.surface))
            painter.drawEllipse(box.center(), 5, 5)
            painter.restore()

    @staticmethod
    def _words(events: tuple[Event, ...]) -> str:
        if len(events) == 1:
            return events[0].short
        named = [one.short for one in events if one.short]
        if events[0].kind != "alert" and len(named) == len(events) == 2:
            return f"{named[0]}, {named[1]}"
        return f"×{len(events)}"

    def _deadlines(self, painter: QPainter, area: QRectF, x: Any, now: int, last: int, p: Palette) -> None:
        """Paint what is due as dashed lines; their words take the first lane in which they cover none."""
        by_time: dict[int, list[Due]] = {}
        for due in self._dues:
            if now <= due.at <= last:
                by_time.setdefault(due.at, []).append(due)
        free = [area.left()] * len(self._lanes)
        face = font("cap_strong")
        painter.setFont(face)
        for at, dues in sorted(by_time.items()):
            left = round(x(at))
            state = min((due.state for due in dues), key=_URGENCY.index)
            ink = QColor(p.colour(painting.clock_colour(state)))
            pen = QPen(ink, 1.5)
            pen.setDashPattern([3, 2])
            painter.setPen(pen)
            painter.drawLine(QPointF(left + 0.5, area.top()), QPointF(left + 0.5, area.bottom()))
            codes = dues[0].word if len(dues) == 1 else f"{dues[0].word} ×{len(dues)}"
            words = f"{due_words(at, self._now)} {codes}" if self._now is not None else codes
            width = QFontMetricsF(face).horizontalAdvance(words)
            start = left + 6 if left + 6 + width <= area.right() else left - 5 - width
            lane = next((n for n in range(len(self._lanes)) if free[n] <= start), None)
            if lane is not None:
                painter.setPen(ink)
                box = QRectF(start, area.top() + lane * self._tall() + (self._tall() - 18) / 2, width + 2, 18)
                painter.fillRect(box, QColor(p.sunken))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter.value), words)
                free[lane] = start + width + 6

    def _now_line(self, painter: QPainter, area: QRectF, left: float, p: Palette) -> None:
        if self._now is None:
            return
        painter.fillRect(QRectF(round(left), area.top(), 2, area.height()), QColor(p.text))
        words = f"{local(milliseconds(self._now)):%H:%M}"
        width = QFontMetricsF(font("cap_strong")).horizontalAdvance(words) + 14
        start = min(max(left - width / 2, _LABEL), self.width() - width)
        box = QRectF(round(start), 4, width, 20)
        painting.rounded(painter, box, Size.RADIUS_BADGE, QColor(p.text))
        painter.setFont(font("cap_strong"))
        painter.setPen(QColor(p.surface))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter.value), words)

    def event(self, event: QEvent) -> bool:
        """Say under the mouse what a mark stands for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = event.pos()
            lane = (at.y() - _HEAD) // self._tall()
            near = [mark for mark in self._marks if mark.lane == lane and abs(mark.left - at.x()) < 10]
            if near and self._now is not None:
                now = self._now
                lines = [f"{short(one.at, now)}  {visible(one.what, 120, lines=False)}" for one in near[0].events[:12]]
                more = len(near[0].events) - len(lines)
                if more > 0:
                    lines.append(self.tr("and {0} more").format(more))
                QToolTip.showText(event.globalPos(), tooltip("\n".join(lines)), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def day_row(at: int, count: int, word: str) -> dict[str, Any]:
    """Return the row that heads a London day."""
    day = local(at)
    words = f"{dated(day, '%a')} {day.day} {dated(day, '%b')} {day.year}"
    return {
        "id": f"day:{day:%Y-%m-%d}", "time": Cell(words, strong=True),
        "kind": " ", "what": Cell(word.format(f"{count:,}"), role="text2"), "who": " ", "note": " ",
    }  # fmt: skip


def event_row(event: Event, now: datetime, words: Mapping[str, str], in_day: bool = False) -> dict[str, Any]:
    """Return an event as a row of the table; ``words`` names its kind; under the heading of its day it says no day."""
    glyphs = {"alert": event.severity or "inbox", "note": "note", "decision": "flag", "support": "check-square",
              "victim": "person", "event": "crosshair", "task": "tick", "clock": "clock",
              "file": "document"}  # fmt: skip
    return {
        "id": event.id,
        "time": "" if event.at <= 0 else f"{local(event.at):%H:%M %Z}" if in_day else short(event.at, now),
        "kind": Cell(words.get(event.kind, event.kind), glyphs.get(event.kind, "")),
        "what": event.what,
        "who": event.who,
        "note": event.note,
    }
