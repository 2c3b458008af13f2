"""The times of an incident, each as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.records import INCIDENT_TIMES
from triage_app.services import incidents
from triage_app.services.precise_times import as_typed, contradictions, impossible_orders, moment_of
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, MomentRow
from triage_app.ui.soon import soon
from triage_app.ui.widgets import Banner, row

_PAIRED_FROM = 800
"""Logical pixels of the window behind from which two times stand side by side: then all of them are in view."""

_WIDE, _NARROW = 720, 480
_MOST_DOUBTS = 3
"""Sentences that are shown; one wrong time contradicts several others, and the form needs the room."""

_ASKED = frozenset({"two-ways", "clock-change"})
"""What is no slip of the typist's: the words are finished, and mean two times."""


class SetTimesDialog(FormDialog):
    """When it occurred, was detected, and so on. An empty field is not recorded; nothing is guessed.

    What is doubtful is said above the fields, where it is in view whichever of them is.
    """

    def __init__(self, desk: Desk, incident: str, ref: str, times: Mapping[str, Any], parent: QWidget) -> None:
        """``times`` are those that stand, as the record holds them."""
        paired = parent.window().width() >= _PAIRED_FROM
        super().__init__(
            desk, desk.tr("Times of {0}").format(ref), desk.tr("Keep these times"), parent,
            text=desk.tr(
                "Write as much as is known: 2026, May 2026, 3 May 22h, about 22:30 or -10m."
                " UK time unless you write the zone. Leave empty what is not known."
            ),
            width=_WIDE if paired else _NARROW,
        )  # fmt: skip
        self._incident = incident
        self._was: dict[str, str] = {}
        self.rows: dict[str, MomentRow] = {}
        self.doubt = Banner()
        self.doubt.hide()
        self._said = ("", "")
        self._fit_soon, self._look_soon = soon(self, self._fit_around), soon(self, self._keep_in_view)
        self.body.insertWidget(self.body.indexOf(self.form), self.doubt)
        self._names = {
            "occurred": self.tr("Occurred"), "detected": self.tr("Detected"), "aware": self.tr("Aware"),
            "reported": self.tr("Reported"), "contained": self.tr("Contained"), "recovered": self.tr("Recovered"),
        }  # fmt: skip
        hints = {
            "occurred": self.tr("When it happened, as far as is known"),
            "detected": self.tr("When a tool or a person first noticed it"),
            "aware": self.tr("When a person decided that it is an incident: statutory times run from here"),
        }
        for name in INCIDENT_TIMES:
            if name == "closed":
                continue
            stands = moment_of(times.get(name))
            self._was[name] = "" if stands is None else as_typed(stands)
            hint = hints.get(name, self.tr("Not recorded"))
            self.rows[name] = MomentRow(self._names[name], desk.now, self._was[name], hint=hint)
            self.rows[name].entry.textChanged.connect(lambda _: self._doubt())
            self.rows[name].entry.editingFinished.connect(self._doubt)
        self._place(2 if paired else 1)
        self._doubt()
        self.rows["occurred"].entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self, across: int) -> None:
        """Put the fields under each other, or by twos in the order in which things happen."""
        line = row(gap=14)
        for number, one in enumerate(self.rows.values()):
            if number % across == 0:
                line = row(gap=14)
                self.form.body.addLayout(line)
            line.addWidget(one, 1, Qt.AlignmentFlag.AlignTop)
        self.form.body.addStretch(1)

    def _doubt(self, *, all_of_them: bool = False) -> None:
        """Say what cannot be read or read two ways, and which times cannot both be true; the latter can be kept.

        Words that somebody is still at are left alone, unless ``all_of_them`` is asked for.
        """
        unread = [
            f"{self._names[name]}: {one.trouble.what} {one.trouble.do}"
            for name, one in self.rows.items()
            if one.trouble is not None
            and (all_of_them or one.trouble.code in _ASKED or self.focusWidget() is not one.entry)
        ]
        typed = {name: moment.value() for name, one in self.rows.items() if (moment := one.moment()) is not None}
        doubted = {name for pair in contradictions(typed) for name in pair}
        for name, one in self.rows.items():
            one.say_doubt(name in doubted)
        orders = impossible_orders(typed, self.desk.now())
        found = [*unread, *orders]
        more = len(found) - _MOST_DOUBTS
        detail = [self.tr("And {0} more.").format(more)] if more > 0 else []
        if orders:
            may = self.tr("What comes in an order that cannot be may be kept as it is.")
            detail.append(may if unread else self.tr("They can be kept as they are."))
        said = ("\n".join(found[:_MOST_DOUBTS]), " ".join(detail))
        if said != self._said:
            self._say_doubts(*said)

    def _say_doubts(self, what: str, detail: str) -> None:
        self._said = what, detail
        if what:
            self.doubt.say(what, detail, "amber")
        self.doubt.setVisible(bool(what))
        self._fit_soon.start()  # once the words have wrapped

    def _fit_around(self) -> None:
        if self.isVisible():
            self._fit()
            self._look_soon.start()

    def _keep_in_view(self) -> None:
        """Scroll to the field that somebody is at, which what is said above may have pushed away."""
        focused = self.focusWidget()
        if focused is not None and self.form.isAncestorOf(focused):
            self.form.ensureWidgetVisible(focused.parentWidget() or focused)

    def submit(self) -> None:
        """Write the times that were changed, as one act."""
        bad = [one for one in self.rows.values() if not one.is_readable()]
        if bad:
            self._doubt(all_of_them=True)
            bad[0].entry.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.ensureWidgetVisible(bad[0])
            return
        changed = {name: one.text() for name, one in self.rows.items() if one.text() != self._was[name]}
        if not changed:
            self.reject()
            return
        incident = self._incident
        self.run(lambda session: incidents.set_times(session, incident, changed))
