"""Accepting what an alert says for a time: what is compared, for how long, why, and how much it matches now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain import accepting, tlp
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import rules
from triage_app.services.changes import Changes
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.views.alert_folding import field_words
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import CheckBox, Choice, FormRow, TextField

_MOST_VALUE: Final = 90
"""Characters of a value that are shown; all of it counts."""
_DAYS: Final = (1, 3, 7, 14, 30, 90)


class NewRuleDialog(FormDialog):
    """A rule made from one alert. What it would put aside is counted before it is made."""

    def __init__(
        self, desk: Desk, alert: Mapping[str, Any], parent: QWidget, then: Callable[[Changes], None] | None = None
    ) -> None:
        """``alert`` is one of ``alerts.rows``; ``then`` hears of the rule once it is made."""
        super().__init__(
            desk, desk.tr("Accept this for a time"), desk.tr("Make the rule"), parent,
            text=desk.tr(
                "What matches is put aside as “risk accepted”, now and as it comes, until the time is over."
                " Nothing that somebody has touched, and nothing in an incident."
            ),
            width=600,
        )  # fmt: skip
        self._then = then
        self._whole = rules.match_of(alert, accepting.FIELDS)
        self.fields: dict[str, CheckBox] = {}
        self.form.body.addWidget(text_label(self.tr("It matches alerts in which, to the letter,"), "small_strong"))
        for name, value in self._whole.items():
            shown = harmless(value)
            shown = shown if len(shown) <= _MOST_VALUE else shown[: _MOST_VALUE - 1] + "…"
            box = CheckBox(self.tr("{0} is {1}").format(field_words(name), shown))
            box.setChecked(name in rules.USUAL_FIELDS)
            box.setEnabled(name != "source")
            box.toggled.connect(self._count)
            self.fields[name] = box
            self.form.body.addWidget(box)
        self.high = CheckBox(self.tr("Alerts of high severity too"))
        self.high.toggled.connect(self._count)
        self.form.body.addWidget(self.high)
        self.count = text_label("", "small", wrap=True)
        self.form.body.addWidget(self.count)
        self.because = TextField(name=self.tr("Because"))
        self.because_row = FormRow(
            self.tr("Because"), self.because, self.tr("Kept in the journal with your name, and said of each alert")
        )
        self.days = Choice(
            [(str(days), plural(days, "1 day", "{0} days").format(days)) for days in _DAYS],
            name=self.tr("For"),
        )
        self.days.set_key(str(accepting.USUAL_DAYS))
        self.travels = Choice(
            [
                (tlp.AMBER_STRICT, self.tr("Laptops of this organisation (AMBER+STRICT)")),
                (tlp.AMBER, self.tr("Linked organisations see it too (AMBER)")),
                (tlp.GREEN, self.tr("Any trusted laptop sees it (GREEN)")),
            ],
            name=self.tr("Who sees the rule"),
        )
        self.form.body.addWidget(self.because_row)
        self.form.body.addWidget(FormRow(self.tr("For"), self.days))
        self.form.body.addWidget(FormRow(self.tr("Who sees the rule"), self.travels))
        self.because.setFocus(Qt.FocusReason.OtherFocusReason)
        self._asked = ""
        self._asking = 0
        self._count()

    def match(self) -> dict[str, str]:
        """Return what is to be compared, as it is ticked now."""
        return {name: value for name, value in self._whole.items() if self.fields[name].isChecked()}

    def _count(self) -> None:
        self._asking += 1
        asked, match, high = self._asking, self.match(), self.high.isChecked()
        self.count.setText(self.tr("Counting…"))

        def work(store: Store) -> tuple[str, rules.Preview | None]:
            try:
                return "", rules.preview(store, match, high=high)
            except TriageError as error:
                return f"{error.what} {error.do}", None

        def show(found: tuple[str, rules.Preview | None]) -> None:
            if asked == self._asking:
                wrong, foretold = found
                self.count.setText(wrong if foretold is None else self._words(foretold))
                self.save.setEnabled(foretold is not None)

        self.desk.query(work, while_alive(self, show))

    def _words(self, foretold: rules.Preview) -> str:
        many = plural(foretold.aside, "It puts aside 1 alert now", "It puts aside {0} alerts now")
        words = many.format(f"{foretold.aside:,}")
        if foretold.kept:
            kept = self.tr("{0}; {1} more match and stay, as their severity is high.")
            return kept.format(words, f"{foretold.kept:,}")
        return self.tr("{0}.").format(words)

    def submit(self) -> None:
        """Make it."""
        because = self.because.text().strip()
        self.because_row.set_problem("" if because else self.tr("Say in a few words why this may be accepted."))
        if not because:
            return
        match, high = self.match(), self.high.isChecked()
        days, label = float(self.days.key() or accepting.USUAL_DAYS), self.travels.key() or tlp.AMBER_STRICT
        self.run(lambda session: rules.make(session, match, days, because, high=high, label=label), self._then)
