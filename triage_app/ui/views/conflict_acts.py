"""What settles conflicts beyond taking one value: keeping both, and settling several together."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from triage_app.services import conflicts, settling
from triage_app.services.changes import Changes
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.settle_conflicts import SettleDialog
from triage_app.ui.views.commands import command
from triage_app.ui.views.conflict_pane import ConflictPane
from triage_app.ui.views.conflict_reading import Conflict


class ConflictActs(QObject):
    """The acts of the inbox that the pane only asks for."""

    settled = Signal(object)
    """``Changes`` of what was settled."""
    refused = Signal(object)
    """A ``TriageError``."""

    def __init__(self, desk: Desk, pane: ConflictPane) -> None:
        super().__init__(pane)
        self._desk = desk
        self._pane = pane
        pane.both_requested.connect(self._keep_both)
        pane.several_requested.connect(self.settle_several)
        pane.shown.connect(self._suggest)

    def commands(self, owner: QWidget) -> list[QAction]:
        """Return the acts, living on a place."""
        return [
            command(owner, self.tr("Keep both values"), "B",
                    self.tr("Settle this conflict with one value that keeps both, where it can be"),
                    self._pane.keep_both),
            command(owner, self.tr("Settle several conflicts…"), "A",
                    self.tr("All from one side, or by a rule; shown before anything changes"), self.settle_several),
        ]  # fmt: skip

    def _keep_both(self, conflict: Conflict) -> None:
        self._desk.act(
            lambda session: conflicts.combine(session, conflict.entity, conflict.field),
            while_alive(self, self._settled),
            while_alive(self, self.refused.emit),
        )

    def settle_several(self) -> SettleDialog | None:
        """Open the dialog that shows what settling together would do; None where nothing stands open."""
        current = self._pane.current()
        if current is None:
            return None
        made = SettleDialog(self._desk, current, self._pane.window())
        made.settled.connect(self._settled)
        made.finished.connect(made.deleteLater)
        made.open()
        return made

    def _settled(self, changes: Changes) -> None:
        self.settled.emit(changes)

    def _suggest(self) -> None:
        if self._pane.current() is None:
            self._pane.say_suggested("")
            return

        def read(store: Store) -> int:
            return len({(one.entity, one.field) for _, plan in settling.suggestions(store) for one in plan.lines})

        self._desk.query(read, while_alive(self, self._say))

    def _say(self, many: int) -> None:
        words = self.tr("Rules would settle {0} of them; none is applied by itself.").format(many) if many else ""
        self._pane.say_suggested(words)
