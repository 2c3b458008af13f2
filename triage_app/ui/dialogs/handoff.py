"""Handing something to another body, and logging what they answered."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.handoffs import ACCEPTED, OFFERED, TELEPHONED, WAYS
from triage_app.language import say
from triage_app.services import handoffs
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog, TimeRow
from triage_app.ui.views.moments import short
from triage_app.ui.widgets import Choice, FormRow, TextField

OFFER, ACCEPT, REFUSE, RETURN = "offer", "accept", "refuse", "return"


class HandoffDialog(FormDialog):
    """Offer it, or record that an offer was accepted, refused or returned. It stays with its giver until accepted."""

    def __init__(self, desk: Desk, kind: str, about: str, ref: str, parent: QWidget) -> None:
        """``kind`` is incident, victim or action."""
        text = desk.tr("It stays with whoever holds it until the other body accepts, by name.")
        super().__init__(desk, desk.tr("Hand over {0}").format(ref), desk.tr("Record"), parent, text=text, width=560)
        self._kind, self._about = kind, about
        self._handoffs: list[dict[str, Any]] = []
        self.what = Choice([(OFFER, self.tr("Offer it to another body"))], name=self.tr("What happened"))
        self.which = Choice([], name=self.tr("Which offer"))
        self.body_field = TextField(name=self.tr("Body"))
        self.person = TextField(name=self.tr("Person there"))
        self.note = TextField(name=self.tr("What they need to know"))
        self.by = TextField(name=self.tr("Who said so"))
        self.reason = TextField(name=self.tr("Reason"))
        self.how = Choice([(way, say(way.capitalize())) for way in WAYS], name=self.tr("How it reached us"))
        self.how.set_key(TELEPHONED)
        self.at = TimeRow(self.tr("When"), desk.now, hint=self.tr("Empty is now"))
        self.rows = {
            "which": FormRow(self.tr("Which offer"), self.which),
            "body": FormRow(
                self.tr("To which body"), self.body_field, self.tr("An ODS code, CSOC, NCSC, the police, …")
            ),
            "person": FormRow(self.tr("Person there"), self.person, self.tr("May stay empty.")),
            "note": FormRow(self.tr("What they need to know"), self.note, self.tr("Sealed.")),
            "by": FormRow(self.tr("Who said so"), self.by, self.tr("An acceptance has a name.")),
            "reason": FormRow(self.tr("Reason"), self.reason, self.tr("Sealed.")),
            "how": FormRow(self.tr("How it reached us"), self.how),
            "at": self.at,
        }
        self.form.body.addWidget(FormRow(self.tr("What happened"), self.what))
        for part in self.rows.values():
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.what.currentIndexChanged.connect(self._arrange)
        self._arrange()
        self.body_field.setFocus(Qt.FocusReason.OtherFocusReason)

        def read(store: Store) -> tuple[list[dict[str, Any]], list[str]]:
            known = [f"{row['code']}  {row['name']}" for row in lookup.organisations(store)]
            return handoffs.listing(store, about), known

        desk.query(read, lambda found: self._offer(*found) if shiboken6.isValid(self) else None)

    def _offer(self, found: list[dict[str, Any]], known: list[str]) -> None:
        self._handoffs = found
        names = [f"{code}  {name}" for code, name in handoffs.bodies().items()]
        self.body_field.offer([*names, *known])
        options = [(OFFER, self.tr("Offer it to another body"))]
        if any(row["answer"] == OFFERED for row in found):
            options = [
                (ACCEPT, self.tr("They accepted")),
                (REFUSE, self.tr("They refused, or it is withdrawn")),
                *options,
            ]
        if any(row["answer"] == ACCEPTED for row in found):
            options.append((RETURN, self.tr("It came back to its giver")))
        self.what.set_options(options)
        self.what.set_key(options[0][0])
        self._arrange()
        # What was asked for at first may be gone with its focus: the answer to an offer begins with who gave it.
        first = self.body_field if self.what.key() == OFFER else self.by if self.what.key() == ACCEPT else self.what
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.verticalScrollBar().setValue(0)

    def _arrange(self) -> None:
        what = self.what.key()
        shown = {
            OFFER: ("body", "person", "note", "at"), ACCEPT: ("which", "by", "how", "at"),
            REFUSE: ("which", "reason", "by", "how", "at"), RETURN: ("which", "reason", "by", "how", "at"),
        }.get(what, ())  # fmt: skip
        wanted = ACCEPTED if what == RETURN else OFFERED
        offers = [row for row in self._handoffs if row["answer"] == wanted]
        now = self.desk.now()
        self.which.set_options(
            [
                (row["id"], self.tr("{0}, offered {1}").format(row["to_body"], short(row["offered_at"], now)))
                for row in offers
            ]
        )
        for name, part in self.rows.items():
            part.setVisible(name in shown and (name != "which" or len(offers) > 1))

    def submit(self) -> None:
        """Record what happened."""
        if not self.at.is_readable():
            self.at.entry.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        what, which, at, how = self.what.key(), self.which.key(), self.at.text(), self.how.key()
        by, reason = self.by.text(), self.reason.text()
        kind, about = self._kind, self._about
        body, person, note = self.body_field.text().partition("  ")[0], self.person.text(), self.note.text()

        def work(session: Session) -> Changes:
            if what == ACCEPT:
                return handoffs.accept(session, which, by, at=at, how=how)
            if what == REFUSE:
                return handoffs.refuse(session, which, reason, by=by, at=at, how=how)
            if what == RETURN:
                return handoffs.give_back(session, which, reason, by=by, at=at, how=how)
            return handoffs.offer(session, kind, about, body, person=person, note=note, at=at)

        self.run(work)
