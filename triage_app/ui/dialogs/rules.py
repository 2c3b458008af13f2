"""The rules there are: at work, about to end, ended; each can be ended, its alerts put back, another's adopted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from triage_app.domain.accepting import EXPIRED, RUNNING, TO_COME, USUAL_DAYS, Said
from triage_app.errors import TriageError
from triage_app.services import rules
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.session import Session
from triage_app.services.times import due_in_words, in_words
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.work_list import WorkListDialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import EmptyState, row, secondary

_ROWS = 6
ALL, AT_WORK, SOON, PAST = "all", "work", "soon", "past"


class RulesDialog(WorkListDialog):
    """Every rule, those at work first. What one put aside is brought back in one act."""

    width_wanted: ClassVar[int] = 1080

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        tr = desk.tr
        columns = [
            Column("ref", tr("Rule"), 136, "mono", sortable=False),
            Column("state", tr("Stands"), 212, sortable=False),
            Column("what", tr("Accepts"), 260, "title", stretch=True, sortable=False),
            Column("because", tr("Because"), 170, drop=2, sortable=False),
            Column("aside", tr("Put aside"), 120, sortable=False),
            Column("by", tr("Made by"), 130, drop=1, sortable=False),
        ]
        empty = EmptyState(
            tr("No rule is here"),
            tr("R in the queue makes one from an alert: accepted for some days, with a reason. It ends by itself."),
        )
        which = [
            (ALL, tr("All rules")), (AT_WORK, tr("At work")), (SOON, tr("End within a day")),
            (PAST, tr("Expired or ended")),
        ]  # fmt: skip
        self._rules: dict[str, rules.Rule] = {}
        super().__init__(desk, tr("Rules that accept alerts"), columns, empty, lambda _: None, parent, which)
        self.said = text_label("", "small", wrap=True)
        self.said.hide()
        self.end = secondary(self.tr("End it"))
        self.end.setToolTip(self.tr("What comes later comes to the queue; what it put aside stays so"))
        self.back = secondary(self.tr("Put back what it put aside"))
        self.back.setToolTip(self.tr("Bring its alerts back to the queue, in one act that undo takes back"))
        self.adopt = secondary(self.tr("Adopt it"))
        self.adopt.setToolTip(self.tr("Make another organisation's rule one of ours, for {0} days").format(USUAL_DAYS))
        self.end.clicked.connect(lambda: self._act(rules.end))
        self.back.clicked.connect(lambda: self._act(rules.put_back))
        self.adopt.clicked.connect(lambda: self._act(lambda session, rule: rules.adopt(session, rule, USUAL_DAYS)))
        acts = row(gap=8)
        for button in (self.end, self.back, self.adopt):
            acts.addWidget(button)
        acts.addStretch(1)
        self.whole = text_label("", "small", wrap=True, selectable=True)
        self.table.setMinimumHeight(min(self.table.minimumHeight(), Size.TABLE_HEAD + _ROWS * self.table.row_height))
        at = self.body.indexOf(self.table) + 1
        self.body.insertWidget(at, self.whole)
        self.body.insertWidget(at + 1, self.said)
        self.body.insertLayout(at + 2, acts)
        self.table.current_changed.connect(lambda _: self._enable())
        self._enable()

    def read(self, store: Store, which: str, now: int) -> list[dict[str, Any]]:
        """Return the rules that are chosen."""
        found = rules.listing(store, now)
        if which == AT_WORK:
            found = [one for one in found if one.applies]
        elif which == SOON:
            found = [one for one in found if one.applies and one.soon]
        elif which == PAST:
            found = [one for one in found if one.state not in (RUNNING, TO_COME)]
        return [{"id": one.id, "opens": "", "rule": one} for one in found]

    def words(self, found: Sequence[dict[str, Any]], now: datetime) -> str:
        """Return how many are at work, and what they put aside today."""
        self._rules = {str(one["id"]): one["rule"] for one in found}
        self._enable()
        if not found:
            return ""
        every = list(self._rules.values())
        words = self.tr("{0} at work, {1} of them end within a day; {2} alerts put aside today.")
        at_work = [one for one in every if one.applies]
        return words.format(len(at_work), sum(one.soon for one in at_work), f"{sum(one.today for one in every):,}")

    def cells(self, one: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return a rule as a row."""
        rule: rules.Rule = one["rule"]
        what = self.tr("What a newer version knows: update to read it")
        if rule.said is not None:
            what = rules.in_words(rule.said.match)
        return {
            "ref": rule.ref, "state": self._state(rule, milliseconds(now)), "what": harmless(what),
            "because": harmless(rule.said.because) if rule.said is not None else "",
            "aside": self.tr("{0}, {1} today").format(f"{rule.aside:,}", f"{rule.today:,}"),
            "by": harmless(", ".join(part for part in (rule.made_by, "" if rule.ours else rule.organisation) if part)),
        }  # fmt: skip

    def _state(self, rule: rules.Rule, now: int) -> Any:
        until = due_in_words(rule.said.ends if rule.said is not None else None, by_day=False)
        if rule.state == RUNNING and not rule.ours:
            return Cell(self.tr("Another's: does nothing here"), role="text2")
        if rule.state == RUNNING:
            words = self.tr("Until {0}").format(until)
            return Cell(words, "clock", "amber") if rule.soon else words
        if rule.state == TO_COME:
            return Cell(self.tr("Not begun: its laptop's clock is ahead"), "warning", "amber")
        if rule.state == EXPIRED:
            return Cell(self.tr("Expired {0}").format(until), role="text2")
        return Cell(self.tr("Ended by {0}").format(harmless(rule.ended_by) or "–"), role="text2")

    def current(self) -> rules.Rule | None:
        """Return the rule that is current in the list."""
        return self._rules.get(str(self.table.current_id()))

    def _enable(self) -> None:
        if not hasattr(self, "end"):
            return
        rule = None if self.desk.is_read_only else self.current()
        self.end.setEnabled(rule is not None and rule.ours and rule.state in (RUNNING, TO_COME))
        self.back.setEnabled(rule is not None and rule.aside > 0)
        self.adopt.setEnabled(rule is not None and not rule.ours and rule.said is not None)
        shown = self.current()
        self.whole.setText("" if shown is None or shown.said is None else self._whole(shown, shown.said))
        self.whole.setVisible(bool(self.whole.text()))

    def _whole(self, rule: rules.Rule, said: Said) -> str:
        """Return all that a rule says: the list has no room for it."""
        high = self.tr(" High severity too.") if said.high else ""
        words = self.tr("{0} accepts alerts where {1}, because: {2}. Made {3}, until {4}.{5}")
        return words.format(
            rule.ref, harmless(rules.in_words(said.match)), harmless(said.because), in_words(said.made),
            in_words(said.ends), high,
        )  # fmt: skip

    def _act(self, work: Callable[[Session, str], Changes]) -> None:
        rule = self.current()
        if rule is None:
            return
        which = rule.id

        def said(words: str) -> None:
            self.said.setText(words)
            self.said.show()
            self.refresh()

        def refused(error: TriageError) -> None:
            said(f"{error.what} {error.do}")

        self.desk.act(
            lambda session: work(session, which),
            while_alive(self, lambda changes: said(self.tr("{0}. Undo takes it back.").format(changes.label))),
            while_alive(self, refused),
        )
