"""A campaign: making one, or changing its name, other names, description and status."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.domain.campaigns import STATUSES, Campaign
from triage_app.language import say
from triage_app.services import campaigns
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import Choice, FormRow, TextArea, TextField


class CampaignDialog(FormDialog):
    """Make a campaign, or change one."""

    kept = Signal(str)
    """The id of the campaign."""

    def __init__(self, desk: Desk, campaign: Campaign | None, parent: QWidget) -> None:
        """Without a campaign it makes one."""
        heading = desk.tr("New campaign") if campaign is None else desk.tr("Edit campaign")
        super().__init__(desk, heading, desk.tr("Make campaign") if campaign is None else desk.tr("Keep"), parent)
        self._campaign = campaign
        stands = campaign or Campaign("", "")
        self.name = TextField(name=self.tr("Name"))
        self.name.setText(stands.name)
        self.row = FormRow(self.tr("Name"), self.name, self.tr("Incidents join it by this name."))
        self.aliases = TextField(name=self.tr("Other names"))
        self.aliases.setText("; ".join(stands.aliases))
        self.description = TextArea(name=self.tr("Description"), lines=4)
        self.description.setPlainText(stands.description)
        self.status = Choice(
            [
                (word, words)
                for word, words in zip(STATUSES, (say("open").capitalize(), self.tr("Closed")), strict=True)
            ],
            name=self.tr("Status"),
        )
        self.status.set_key(stands.status)
        self.form.body.addWidget(self.row)
        hint = self.tr("Names that mean the same, with “;” between them. Incidents that give one belong to it too.")
        self.form.body.addWidget(FormRow(self.tr("Other names"), self.aliases, hint))
        self.form.body.addWidget(FormRow(self.tr("Description"), self.description, self.tr("No names of people.")))
        if campaign is not None:
            self.form.body.addWidget(FormRow(self.tr("Status"), self.status))
        self.form.body.addStretch(1)
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Make or change it, unless nothing was changed."""
        name, others = self.name.text(), self.aliases.text()
        words = self.description.toPlainText()
        if not name.strip():
            self.row.set_problem(self.tr("A campaign needs a name."))
            return
        was = self._campaign
        if was is None:
            self.run(
                lambda session: campaigns.new(session, name, words, others.split(";")),
                lambda changes: self.kept.emit(changes.id),
            )
            return
        typed = {"name": name, "aliases": others, "description": words, "status": self.status.key()}
        stands = {"name": was.name, "aliases": "; ".join(was.aliases), "description": was.description,
                  "status": was.status}  # fmt: skip
        changed = {field: text for field, text in typed.items() if text.strip() != stands[field]}
        if not changed:
            self.reject()
            return
        self.run(lambda session: campaigns.change(session, was, changed), lambda changes: self.kept.emit(changes.id))
