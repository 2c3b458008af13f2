"""Looks up who has to do with the current alert of the queue, and takes a suggestion into the form that classifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from triage_app.domain.evidence import BY_HAND
from triage_app.services import suggesting, tips
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup, reported, responders
from triage_app.ui.alive import while_alive
from triage_app.ui.views.alert_aside import People

if TYPE_CHECKING:
    from triage_app.ui.views.queue import QueueView

_LOOK_AFTER_MS = 120


class AlertPeople(QObject):
    """Asks only about an alert that stays current for a moment, and that somebody told or has in hand."""

    def __init__(self, queue: QueueView) -> None:
        super().__init__(queue)
        self._queue = queue
        self._desk = queue.desk
        self._aside = queue.detail.suggestion
        self._aside.rules = suggesting.rules(self._desk.store).policy
        self._aside.who_wanted.connect(self._show_who)
        self._aside.report_wanted.connect(lambda report: queue.open_record.emit("tip", report))
        self._aside.take_over.connect(queue.acts.classify)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LOOK_AFTER_MS)
        self._timer.timeout.connect(self.look)
        queue.table.current_changed.connect(lambda _: self._timer.start())
        queue.loaded.connect(self._timer.start)
        self._aside.came.connect(self._timer.start)
        self._desk.store_changed.connect(self._changed)

    def _changed(self, changes: Changes) -> None:
        if changes.touches("alert", "tip"):
            self._timer.start()

    def look(self, who: dict[str, str] | None = None) -> None:
        """Look up whose the current alert is; ``who`` told it, where that was asked for."""
        alert = self._queue.current_alert()
        if alert is None or (alert["format"] != BY_HAND and alert["state"] != "in hand"):
            return
        key = str(alert["key"])

        def work(store: Any) -> People:
            holder = responders.holder_of(store, key)
            told = reported.of_alert(store, key) if alert["format"] == BY_HAND else []
            return People(lookup.responder_name(store, holder) if holder else "", told[0] if told else None)

        self._desk.query(work, while_alive(self, lambda found: self._aside.show_people(key, found, who)))

    def _show_who(self, report: str) -> None:
        def work(session: Session, _: object) -> dict[str, str]:
            return tips.reveal(session, report)

        self._desk.long("", work, while_alive(self, self.look))
