"""Settling several conflicts in one act: by a rule or from one side. Every field is shown before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.formats.identity import PublicIdentity
from triage_app.language import plural
from triage_app.services import settling
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.settling import Line, Plan
from triage_app.store import journal, lookup, peers
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.conflict_reading import Conflict, field_words, tr, value_words
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, Choice, EmptyState, FormRow, primary, row, secondary

_ROWS: Final = 8
_MARGIN: Final = 40
_RULE, _DEVICE = "rule:", "device:"


@dataclass(frozen=True)
class _Found:
    """What can be chosen."""

    ways: list[tuple[str, str]]
    scopes: list[tuple[str, str]]
    problem: str


class SettleDialog(Dialog):
    """Choose how and which, see each field with the value that would stand, settle them in one act."""

    holds_up = False

    settled = Signal(object)
    """``Changes``."""

    def __init__(self, desk: Desk, current: Conflict, parent: QWidget | None = None) -> None:
        super().__init__(desk.tr("Settle several conflicts"), parent=parent)
        self._desk = desk
        self._current = current
        self.plan: Plan | None = None
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self.way = Choice(name=self.tr("Which value shall stand")).narrow()
        self.scope = Choice(name=self.tr("Of which conflicts")).narrow()
        for choice in (self.way, self.scope):
            choice.currentIndexChanged.connect(lambda _: self._look())
        line = row(gap=8)
        line.addWidget(FormRow(self.tr("Which value shall stand"), self.way), 3)
        line.addWidget(FormRow(self.tr("Of which conflicts"), self.scope), 2)
        self.body.addLayout(line)
        self.table = RowsTable(
            [
                Column("ref", self.tr("Record"), 148, "mono", drop=2, sortable=False),
                Column("field", self.tr("Field"), 140, sortable=False),
                Column("value", self.tr("Would stand"), 160, "title", stretch=True, sortable=False),
                Column("others", self.tr("Instead of"), 220, drop=1, sortable=False),
            ],
            self.tr("What would be settled"),
            inset=Size.CARD,
        )
        self.table.strong_current = False
        self.table.set_empty(EmptyState(self.tr("Nothing would be settled that way.")))
        self.body.addWidget(self.table, 1)
        self.left = text_label("", "small", "text2", wrap=True)
        self.body.addWidget(self.left)
        promise = self.tr("One act, which one Undo takes back. Every value stays in the history.")
        self.body.addWidget(text_label(promise, "cap", "text2", wrap=True))
        cancel = secondary(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.settle = primary(self.tr("Settle"))
        self.settle.setEnabled(False)
        self.settle.clicked.connect(self._settle)
        self.by_ctrl_enter(self.settle)
        self.add_buttons(cancel, self.settle)
        self._size()
        now, incident = desk.now(), current.incident
        desk.query(lambda store: _ways(store, incident, now), while_alive(self, self._offer))

    def _size(self) -> None:
        behind = self.parentWidget()
        room = behind.window().size() if behind is not None else self.sizeHint()
        self.setMinimumWidth(min(640, max(420, room.width() - _MARGIN)))
        self.resize(min(860, max(420, room.width() - _MARGIN)), min(560, max(300, room.height() - _MARGIN)))

    def _offer(self, found: _Found) -> None:
        for choice, options in ((self.way, found.ways), (self.scope, found.scopes)):
            choice.blockSignals(True)
            choice.set_options(options)
            choice.blockSignals(False)
        if found.problem:
            self.trouble.say(found.problem, "", "amber")
            self.trouble.show()
        self._look()

    def _asked(self) -> tuple[str, str, str]:
        """Return how, of which incident, of which merge."""
        kind, _, name = self.scope.key().partition(":")
        return self.way.key(), name if kind == "incident" else "", name if kind == "merge" else ""

    def _look(self) -> None:
        how, incident, merge = asked = self._asked()
        self.settle.setEnabled(False)
        self.plan = None
        if not how:
            self._show(None)

        def read(store: Store) -> Plan | None:
            try:
                return _planned(store, how, incident, merge)
            except TriageError:
                return None

        def show(found: Plan | None) -> None:
            if asked == self._asked():
                self._show(found)

        if how:
            self._desk.query(read, while_alive(self, show))

    def _show(self, plan: Plan | None) -> None:
        self.plan = plan
        now = self._desk.now()
        lines = [] if plan is None else plan.lines
        self.table.show_rows([self._row(one, now) for one in lines])
        left = [] if plan is None else plan.left
        named = (f"{one['ref'] or one['kind']} {field_words(one['field']).lower()}, {one['why']}" for one in left[:4])
        words = "; ".join(named)
        more = self.tr(" and {0} more").format(len(left) - 4) if len(left) > 4 else ""
        self.left.setText(self.tr("Left as they are: {0}{1}.").format(harmless(words), more) if left else "")
        self.left.setVisible(bool(left))
        self.settle.setEnabled(bool(lines))
        self.settle.setText(plural(len(lines), "Settle 1 field", "Settle {0} fields").format(len(lines)))

    def _row(self, one: Line, now: datetime) -> dict[str, object]:
        others = [value_words(one.kind, one.field, other, now) for other in one.others]
        return {
            "id": f"{one.entity}/{one.field}", "ref": harmless(one.ref) or one.kind,
            "field": field_words(one.field, one.kind), "value": value_words(one.kind, one.field, one.value, now),
            "others": self.tr(" or ").join(others),
        }  # fmt: skip

    def _settle(self) -> None:
        how, incident, merge = self._asked()
        self.settle.setEnabled(False)

        def work(session: Session) -> Changes:
            if how.startswith(_RULE):
                return settling.apply_rule(session, how.removeprefix(_RULE), incident, merge)
            return settling.take_side(session, how.removeprefix(_DEVICE), incident=incident, merge=merge)

        def done(changes: Changes) -> None:
            self.settled.emit(changes)
            self.accept()

        def refuse(error: TriageError) -> None:
            self.trouble.say(error.what, error.do, "amber")
            self.trouble.show()
            self._look()

        self._desk.act(work, while_alive(self, done), while_alive(self, refuse))


def _planned(store: Store, how: str, incident: str, merge: str) -> Plan:
    if how.startswith(_RULE):
        return settling.by_rule(store, how.removeprefix(_RULE), incident, merge)
    return settling.from_side(store, how.removeprefix(_DEVICE), incident=incident, merge=merge)


def _ways(store: Store, incident: str, now: datetime) -> _Found:
    rules = [
        (f"{_RULE}{rule.id}", tr("Rule: {0} ({1})").format(rule.name, len(plan.lines)))
        for rule, plan in settling.suggestions(store)
    ]
    sides = [(settling.OURS, tr("All ours: what this laptop said")), (settling.THEIRS, tr("All theirs"))]
    devices = {
        journal.device_of(store, head.n)
        for line in lookup.conflicts(store)
        for head in journal.standing(store, line["entity_kind"], line["entity"]).get(line["field"], [])
    }
    known = {device: PublicIdentity.from_bytes(data) for device, data in peers.identities(store).items()}
    own = peers.own_device(store)
    named = sorted(
        (f"{known[device].name}, {known[device].organisation}", device) for device in devices if device in known
    )
    sides += [(f"{_DEVICE}{device}", tr("All of {0}").format(words)) for words, device in named if device != own]
    scopes = [("", tr("All that stand open"))]
    found = lookup.one(store, "incident", incident) if incident else None
    if found is not None:
        scopes.append((f"incident:{incident}", tr("Of {0}").format(found["ref"])))
    for bundle in peers.bundles(store):
        brought = bundle["counts"].get("conflicts")
        if bundle["direction"] == "in" and brought:
            who = known[bundle["device"]].name if bundle["device"] in known else bundle["device"][:8]
            words = tr("Of the merge from {0}, {1}").format(who, moments.short(bundle["at"], now))
            scopes.append((f"merge:{bundle['id']}", words))
    return _Found([("", tr("Choose")), *rules, *sides], scopes[:12], settling.rules(store).problem)
