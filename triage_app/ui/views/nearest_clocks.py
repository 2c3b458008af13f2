"""The nearest open clock of each incident, for lists that show one beside an incident or an alert of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from triage_app.services import clocks, duties
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.clocks import OpenStep
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.views.clock_faces import CLOCK_KINDS, PRESSING, ClockFace, face

_MINUTE_MS: Final = 60_000


class NearestClocks(QObject):
    """Knows them as of the last minute, or of the last act that may change one; worked out on the query lane."""

    changed = Signal()
    pressing = Signal(list)
    """Every open step that is amber, red or missed now, as ``OpenStep``s, nearest first; at each look."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        """It goes on as long as ``parent`` lives."""
        super().__init__(parent)
        self._desk = desk
        self._of: dict[str, OpenStep] = {}
        self._asked, self._again = False, False
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self.refresh)
        self._tick.start()
        desk.store_changed.connect(self._store_changed)
        self.refresh()

    def of(self, incidents: list[str]) -> ClockFace | None:
        """Return the nearest open clock of some incidents, None where they have none."""
        found = [self._of[incident] for incident in incidents if incident in self._of]
        if not found:
            return None
        nearest = min(found, key=clocks.nearness)
        return face(nearest.clock, nearest.state, self._desk.now())

    def refresh(self) -> None:
        """Work them out again; once more for all who ask while that goes on, as it may have read before their act."""
        if self._asked:
            self._again = True
            return
        self._asked = True
        now = milliseconds(self._desk.now())

        def work(store: Store) -> tuple[dict[str, OpenStep], list[OpenStep]]:
            nearest: dict[str, OpenStep] = {}
            every = duties.all_open(store, now)  # nearest first
            for step in every:
                if step.clock.subject_kind == clocks.INCIDENT:
                    nearest.setdefault(step.clock.subject, step)
            return nearest, [step for step in every if step.state.pressure in PRESSING]

        self._desk.query(work, while_alive(self, self._found))

    def _found(self, found: tuple[dict[str, OpenStep], list[OpenStep]]) -> None:
        again, self._asked, self._again = self._again, False, False
        self._of, pressing = found
        self.changed.emit()
        self.pressing.emit(pressing)
        if again:
            self.refresh()

    def _store_changed(self, changes: Changes) -> None:
        if changes.touches("incident", *CLOCK_KINDS):
            self.refresh()
