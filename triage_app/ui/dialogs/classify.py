"""Classifying an incident: class and type, category with its reason, TLP, campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QCompleter, QGridLayout, QRadioButton, QWidget

from triage_app.domain import tlp
from triage_app.services import incidents
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.vocabularies import categories, rsit_types
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.picker import ManyPicker
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField, TlpBadge, column, row

_TWO_COLUMNS = 880


class CategoryChoice(QWidget):
    """The six UK categories, the meaning beside each."""

    def __init__(self, chosen: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("UK category"))
        self.group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, (name, meaning) in categories().items():
            button = QRadioButton(str(number))
            button.setFont(font("small_strong"))
            button.setAccessibleName(self.tr("Category {0}, {1}").format(number, name))
            button.setAccessibleDescription(meaning)
            words = column(gap=0)
            words.addWidget(text_label(name, "small_strong"))
            words.addWidget(text_label(meaning, "cap", "text2", wrap=True))
            self.group.addButton(button, number)
            grid.addWidget(button, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(words, number, 1)
            button.setChecked(number == chosen)

    def number(self) -> int | None:
        """Return the category chosen, or None."""
        chosen = self.group.checkedId()
        return None if chosen < 0 else chosen


class TlpChoice(QWidget):
    """The labels of TLP 2.0 with the badge and what the label lets one do."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        meanings = self.meanings()
        options = [("", self.tr("Not set: counts as AMBER+STRICT"))] if not label else []
        options += [(name, name) for name in reversed(tlp.LABELS)]
        self.choice = Choice(options, name=self.tr("TLP"))
        self.choice.set_key(label)
        self._badge = TlpBadge("")
        self._meaning = text_label("", "cap", "text2", wrap=True)
        line = row(gap=8)
        line.addWidget(self.choice, 1)
        line.addWidget(self._badge)
        lines = column(self, gap=4)
        lines.addLayout(line)
        lines.addWidget(self._meaning)
        self.setFocusProxy(self.choice)

        def show() -> None:
            chosen = self.choice.key()
            self._badge.set_label(chosen.removeprefix("TLP:"))
            self._meaning.setText(meanings[chosen])

        self.choice.currentIndexChanged.connect(show)
        show()

    def meanings(self) -> Mapping[str, str]:
        """Return what each label means, after FIRST's TLP 2.0 in our words."""
        return {
            "": self.tr("Until somebody labels it, it reaches devices of your own organisation only."),
            tlp.RED: self.tr("For named readers only. It leaves this laptop only for one reader's own device."),
            tlp.AMBER_STRICT: self.tr("Within your organisation only, by need to know."),
            tlp.AMBER: self.tr("Within your organisation and the clients and parents it names, by need to know."),
            tlp.GREEN: self.tr("Within the community: any trusted device."),
            tlp.CLEAR: self.tr("No limit on sharing."),
        }


class ClassifyDialog(FormDialog):
    """Classify one incident; what is not touched stays."""

    def __init__(self, desk: Desk, incident: Mapping[str, Any], parent: QWidget) -> None:
        """``incident`` is the record as ``lookup.one`` gives it."""
        wide = parent.window().width() >= _TWO_COLUMNS + 60
        super().__init__(
            desk, desk.tr("Classify {0}").format(incident["ref"]), desk.tr("Classify"), parent,
            width=_TWO_COLUMNS if wide else 560,
        )  # fmt: skip
        self._incident = str(incident["id"])
        self._was_rsit = str(incident["rsit"]).split()
        self._was_tlp = str(incident["tlp"])
        self._was_campaign = str(incident["campaign"])
        proposed = incident["category_proposed"] or {}
        self._was_category = proposed.get("category") if isinstance(proposed, dict) else None
        self._was_because = str(proposed.get("because", "")) if isinstance(proposed, dict) else ""

        self.rsit = ManyPicker(rsit_types(), self.tr("Type a class, a type or a code"), self.tr("Class and type"))
        self.rsit.set_codes(self._was_rsit)
        self.category = CategoryChoice(self._was_category)
        self.because = TextArea(name=self.tr("Because"), lines=2)
        self.because.setPlainText(self._was_because)
        self._because_row = FormRow(
            self.tr("Because"), self.because,
            self.tr("Needed with a category. The trust proposes; only the NCSC or law enforcement confirms."),
        )  # fmt: skip
        self.tlp = TlpChoice(self._was_tlp)
        self.campaign = TextField(name=self.tr("Campaign"))
        self.campaign.setText(self._was_campaign)
        known = QCompleter([found["name"] for found in lookup.campaigns(desk.store)], self.campaign)
        known.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        known.setFilterMode(Qt.MatchFlag.MatchContains)
        self.campaign.setCompleter(known)

        left = column(gap=14)
        left.addWidget(
            FormRow(self.tr("Class and type"), self.rsit, self.tr("RSIT. Several may be chosen; the first is primary."))
        )
        left.addWidget(FormRow(self.tr("TLP"), self.tlp))
        left.addWidget(
            FormRow(self.tr("Campaign"), self.campaign, self.tr("A theme across incidents; those there are complete."))
        )
        left.addStretch(1)
        right = column(gap=14)
        right.addWidget(FormRow(self.tr("UK category that the trust proposes: lower is worse"), self.category))
        right.addWidget(self._because_row)
        right.addStretch(1)
        if wide:
            both = row(gap=24)
            both.addLayout(left, 1)
            both.addLayout(right, 1)
            self.form.body.addLayout(both)
        else:
            self.form.body.addLayout(left)
            self.form.body.addLayout(right)
        self.rsit.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Write what was changed; a category, new or newly reasoned, needs its reason."""
        number, because = self.category.number(), self.because.toPlainText().strip()
        new_category = number is not None and (number != self._was_category or because != self._was_because)
        if new_category and not because:
            self._because_row.set_problem(self.tr("A proposed category needs a reason: say why in a few words."))
            self.because.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.ensureWidgetVisible(self._because_row)
            return
        campaign = " ".join(self.campaign.text().split())
        label = self.tlp.choice.key()
        rsit = tuple(self.rsit.codes) if self.rsit.codes != self._was_rsit else ()
        values: dict[str, Any] = {
            "rsit": rsit,
            "category": number if new_category else None,
            "because": because if new_category else "",
            "label": label if label and label != self._was_tlp else None,
            "campaign": campaign if campaign != self._was_campaign else None,
        }
        incident = self._incident

        def work(session: Session) -> Changes:
            return incidents.classify(session, incident, **values)

        self.run(work)
