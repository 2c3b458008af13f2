"""Snoozing in place: the usual spans have a digit each, any other time can be typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtWidgets import QWidget

from triage_app.errors import BadInput
from triage_app.language import plural
from triage_app.services.changes import Clock
from triage_app.services.times import LONDON, read_time, typed_day
from triage_app.ui.dialogs.pick_bar import PickBar

MORNING = 9
"""Hour, UK time, at which a day shift has settled in."""


class SnoozeBar(PickBar):
    """Until when."""

    def __init__(self, now: Clock, parent: QWidget | None = None) -> None:
        """``now`` is the desk's clock."""
        super().__init__((), parent=parent)
        self._now = now

    def open_for(self, many: int) -> None:
        """Ask until when some alerts shall rest."""
        tr = self.tr
        example = f"{typed_day(self._now(), ahead=1)} {MORNING:02d}:00"
        self._hint = tr("Tab, then another time: 6h, 14:30, {0} (UK time)").format(example)
        self.field.setPlaceholderText(self._hint)
        self.field.setAccessibleName(self._hint)
        self.set_options(
            [
                ("4h", tr("4 hours"), ""),
                ("8h", tr("8 hours"), ""),
                ("morning", tr("Tomorrow {0}").format(f"{MORNING:02d}:00"), tr("UK time")),
                ("monday", tr("Monday {0}").format(f"{MORNING:02d}:00"), tr("UK time")),
                ("1w", tr("1 week"), ""),
            ]
        )
        self.open(plural(many, "Snooze it until", "Snooze {0} alerts until").format(f"{many:,}"))

    def until(self, key: str, words: str) -> datetime:
        """Return the moment chosen; raises ``BadInput`` for words that are no time."""
        now = self._now()
        if not key:
            return read_time(words, now)
        if key in ("morning", "monday"):
            local = now.astimezone(LONDON)
            days = 1 if key == "morning" else (7 - local.weekday()) or 7
            there = (local + timedelta(days=days)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
            return there.astimezone(now.tzinfo)
        return read_time(key, now)

    def refuse(self, error: BadInput) -> None:
        """Say why a typed time will not do."""
        self.field.set_invalid(True)
        self.say(f"{error.what} {error.do}")
