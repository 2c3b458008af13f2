"""A clock speaks when it turns amber, red or missed, once each, and never because a minute has passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services.clocks import OpenStep
from triage_app.ui.desk import Desk
from triage_app.ui.text import visible
from triage_app.ui.views.clock_faces import PRESSING, face
from triage_app.ui.views.nearest_clocks import NearestClocks
from triage_app.ui.widgets.voice import announce

MOST_AT_ONCE: Final = 3
"""Clocks that are said one by one; of more only how many they are."""


class ClockVoice(QObject):
    """Hears how the clocks stand, and has a screen reader say which of them got worse.

    How they stood at first is not said: whoever unlocks finds it on Home, and is shown it with a handover.
    """

    spoke = Signal(str)
    """What was said."""

    def __init__(self, desk: Desk, clocks: NearestClocks, speaker: QWidget) -> None:
        """``clocks`` looks each minute, and after an act that may change one; it goes on as long as ``speaker``."""
        super().__init__(speaker)
        self._desk = desk
        self._speaker = speaker
        self._stood: dict[str, int] | None = None
        "Clock and step → its place in ``PRESSING`` when last looked at; None before the first look."
        clocks.pressing.connect(self._look)

    def _look(self, pressing: Sequence[OpenStep]) -> None:
        before = self._stood
        self._stood = {_which(one): _level(one) for one in pressing}
        if before is None:
            return
        worse = [one for one in pressing if _level(one) > before.get(_which(one), -1)]
        if worse:
            words = self._words(worse)
            announce(self._speaker, words)
            self.spoke.emit(words)

    def _words(self, worse: Sequence[OpenStep]) -> str:
        """Return such as “Clock red: UK GDPR Art. 33, RXX-7-0003, 6 hours left.”"""
        said = []
        now = self._desk.now()
        for one in worse[:MOST_AT_ONCE]:
            shown = face(one.clock, one.state, now)
            about = "" if one.clock.ref in shown.name else f", {one.clock.ref}"
            level, _, left = shown.aloud.partition(", ")
            said.append(self.tr("Clock {0}: {1}{2}, {3}.").format(level, shown.name, about, left))
        rest = len(worse) - len(said)
        if rest:
            said.append(plural(rest, "And one more clock.", "And {0} more clocks.").format(rest))
        return visible(" ".join(said), lines=False)


def _which(one: OpenStep) -> str:
    return f"{one.clock.id}#{one.state.step}"


def _level(one: OpenStep) -> int:
    return PRESSING.index(one.state.pressure)
