"""Placing an incident on the grid of harm: how likely, how severe, whom it concerns, and what the grid proposes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from triage_app.domain import clock_grid
from triage_app.services.clocks import Clock
from triage_app.ui.text import set_role, text_label
from triage_app.ui.widgets import CheckBox, Radio, column


class GridPicker(QWidget):
    """Five by five places, with the words of the one chosen, and the proposal as a sentence."""

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = clock.policy.grid
        lines = column(self, gap=6)
        self.likelihood, self.severity = QButtonGroup(self), QButtonGroup(self)
        self.vulnerable = CheckBox(self.tr("Vulnerable people are concerned"))
        self.proposal = text_label("", "small_strong", wrap=True)
        if self._grid is None:
            return
        for name, group, words in (
            (self.tr("How likely is harm?"), self.likelihood, self._grid.likelihood),
            (self.tr("How severe is it?"), self.severity, self._grid.severity),
        ):
            lines.addWidget(text_label(name, "small_strong"))
            places = QGridLayout()
            places.setHorizontalSpacing(8)
            places.setVerticalSpacing(0)
            places.setColumnStretch(1, 1)
            for number, text in enumerate(words, start=1):
                button = _Place(str(number))
                button.setAccessibleName(f"{name} {number}: {text}")
                group.addButton(button, number)
                places.addWidget(button, number, 0, Qt.AlignmentFlag.AlignTop)
                label = text_label(text, "small", wrap=True)
                label.setBuddy(button)
                places.addWidget(label, number, 1)
            lines.addLayout(places)
            group.idToggled.connect(self._say)
        lines.addWidget(self.vulnerable)
        lines.addWidget(self.proposal)
        self.vulnerable.toggled.connect(self._say)
        stands = clock.grid or {}
        self.vulnerable.setChecked(stands.get("vulnerable") is True)
        for group, key in ((self.likelihood, "likelihood"), (self.severity, "severity")):
            chosen = group.button(stands[key]) if type(stands.get(key)) is int else None
            if chosen is not None:
                chosen.setChecked(True)
        self._say()

    def is_placed(self) -> bool:
        """Tell whether both were chosen."""
        return self.likelihood.checkedId() > 0 and self.severity.checkedId() > 0

    def placed(self) -> tuple[int, int, bool]:
        """Return likelihood, severity and whether vulnerable people are concerned."""
        return self.likelihood.checkedId(), self.severity.checkedId(), self.vulnerable.isChecked()

    def proposes(self) -> bool:
        """Tell whether the grid proposes a report."""
        found = self._proposed()
        return found is not None and bool(found.to)

    def ask(self) -> None:
        """Say that both are needed."""
        self.proposal.setText(self.tr("Choose how likely and how severe the harm is."))
        set_role(self.proposal, "red")

    def _proposed(self) -> clock_grid.Proposal | None:
        if self._grid is None or not self.is_placed():
            return None
        likelihood, severity, vulnerable = self.placed()
        return clock_grid.propose(self._grid, likelihood, severity, vulnerable=vulnerable)

    def _say(self) -> None:
        found = self._proposed()
        set_role(self.proposal, "text")
        self.proposal.setText(
            self.tr("Not placed yet.") if found is None
            else self.tr("{0} × {1} = {2}. {3}").format(found.likelihood, found.severity, found.score, found.words)
        )  # fmt: skip


class _Place(Radio):
    """A place on the grid; Enter is left to the form."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit moves within its own five."""
        group = self.group()
        digit = event.key() - Qt.Key.Key_0.value
        wanted = group.button(digit) if group is not None and 1 <= digit <= 5 else None
        if wanted is None:
            super().keyPressEvent(event)
        else:
            wanted.setChecked(True)
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)
