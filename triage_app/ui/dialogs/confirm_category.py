"""Confirming a category, on a laptop that the NCSC or law enforcement vouches for: it stands beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.services import incidents
from triage_app.services.vocabularies import categories
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify import CategoryChoice
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import Facts, FormRow, Line, TextArea


class ConfirmCategoryDialog(FormDialog):
    """One incident: what was proposed and assessed, the category that is confirmed, and why."""

    def __init__(self, desk: Desk, incident: Mapping[str, Any], bodies: Sequence[str], parent: QWidget) -> None:
        """``incident`` is the record as ``lookup.one`` gives it; ``bodies`` are those whose laptop this is."""
        text = desk.tr(
            "As {0}. It stands beside what the trust proposed and a desk assessed, and replaces neither."
        ).format(" / ".join(bodies))
        heading = desk.tr("Confirm the category of {0}").format(incident["ref"])
        super().__init__(desk, heading, desk.tr("Confirm"), parent, text=text, width=560)
        self._incident = str(incident["id"])
        facts = Facts(110)
        facts.set_rows(
            [
                (self.tr("Proposed"), self._said(incident["category_proposed"])),
                (self.tr("Assessed"), self._said(incident["category_assessed"])),
            ]
        )
        self.form.body.addWidget(facts)
        self.form.body.addWidget(Line())
        stands = incident["category_confirmed"]
        self.category = CategoryChoice(stands.get("category") if isinstance(stands, dict) else None)
        self._category_row = FormRow(self.tr("UK category that is confirmed: lower is worse"), self.category)
        self.form.body.addWidget(self._category_row)
        self.because = TextArea(name=self.tr("Because"), lines=2)
        self._because_row = FormRow(
            self.tr("Because"), self.because, self.tr("How bad it is, for whom, in a few words")
        )
        self.form.body.addWidget(self._because_row)
        self.form.body.addStretch(1)
        first = self.category.group.buttons()[0]
        (self.category.group.checkedButton() or first).setFocus(Qt.FocusReason.OtherFocusReason)

    def _said(self, value: Any) -> str:
        number = value.get("category") if isinstance(value, dict) else None
        if number not in categories():
            return self.tr("not yet")
        return self.tr("Category {0}, {1}").format(number, categories()[number][0].lower())

    def submit(self) -> None:
        """Confirm, with a reason."""
        number, because = self.category.number(), self.because.toPlainText().strip()
        self._category_row.set_problem("" if number is not None else self.tr("Choose the category."))
        self._because_row.set_problem("" if because else self.tr("A confirmed category needs a reason."))
        if number is None or not because:
            (self._category_row if number is None else self._because_row).field.setFocus()
            return
        incident, chosen = self._incident, number
        self.run(lambda session: incidents.confirm(session, incident, chosen, because))
