"""Recording a victim: an organisation or a person."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from triage_app.language import say
from triage_app.services import reference, victims
from triage_app.services.changes import Changes
from triage_app.services.organisations import known_organisations, meant
from triage_app.services.session import Session
from triage_app.services.vocabularies import vocabulary
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.widgets import Choice, FormRow, TextField


class AddVictimDialog(FormDialog):
    """Who was harmed or put at risk. Patient lists are counted elsewhere, never recorded here."""

    def __init__(self, desk: Desk, incident: str, ref: str, parent: QWidget) -> None:
        super().__init__(desk, desk.tr("Add a victim to {0}").format(ref), desk.tr("Add victim"), parent)
        self._incident = incident
        self.party = Choice(
            [("organisation", self.tr("An organisation")), ("person", self.tr("A person"))], name=self.tr("Who")
        )
        here = {found["code"]: found["name"] or found["code"] for found in lookup.organisations(desk.store)}
        self._shipped = {one["code"]: one["name"] for one in known_organisations() if one["code"] not in here}
        self._names = here | self._shipped
        self.code = TextField(self.tr("Type its name or its code"), name=self.tr("Organisation code (ODS)"))
        offered = self.code.offer([f"{code}  {name}" for code, name in self._names.items()])
        offered.activated.connect(self._completed)
        self.name = TextField(name=self.tr("Organisation's name"))
        self.person = TextField(name=self.tr("Person's name"))
        self.status = Choice(
            [(word, say(word.capitalize())) for word in vocabulary("victims")["statuses"]], name=self.tr("Status")
        )
        self.contact = TextField(self.tr("Name, telephone, address"), name=self.tr("Contact"))
        self.code_row = FormRow(self.tr("Organisation code (ODS)"), self.code)
        self.name_row = FormRow(self.tr("Organisation's name"), self.name, self._name_hint())
        self.person_row = FormRow(
            self.tr("Person's name"), self.person,
            self.tr("Sealed. May stay empty: the person is then called “Person 1”. Never record a patient list."),
        )  # fmt: skip
        for part in (
            FormRow(self.tr("Who"), self.party),
            self.code_row,
            self.name_row,
            self.person_row,
            FormRow(self.tr("Status"), self.status),
            FormRow(self.tr("Contact"), self.contact, self.tr("Sealed, and shown only when somebody asks to see it.")),
        ):
            self.form.body.addWidget(part)
        self.form.body.addStretch(1)
        self.party.currentIndexChanged.connect(self._party_changed)
        self.code.textChanged.connect(self._code_changed)
        self._party_changed()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    def _completed(self, text: str) -> None:
        # The completer writes its own words after this signal, so the code is put in when it is done.
        QTimer.singleShot(0, self, lambda: self.code.setText(text.partition(" ")[0]))

    def _party_changed(self) -> None:
        is_person = self.party.key() == "person"
        self.code_row.setVisible(not is_person)
        self.name_row.setVisible(not is_person)
        self.person_row.setVisible(is_person)

    def _code_changed(self, typed: str) -> None:
        self.code_row.set_problem("")
        code = meant(typed, self._names).code
        self.name.setPlaceholderText(self._names.get(code, ""))
        hint = self._name_hint()
        if code in self._shipped:
            held = reference.held_of(self.desk.store.home, "ods", self.desk.now())
            hint = self.tr("Empty, it is recorded as it stands in this list: {0}.").format(
                reference.in_a_sentence(held)
            )
        self.name_row.set_hint(hint)

    def _name_hint(self) -> str:
        return self.tr("Only where it is not known here yet.")

    def submit(self) -> None:
        """Record the victim."""
        incident, status, contact = self._incident, self.status.key(), self.contact.text()
        if self.party.key() == "person":
            person = self.person.text()

            def record_person(session: Session) -> Changes:
                return victims.add_victim(session, incident, person=person, status=status, contact=contact)

            self.run(record_person)
            return
        found = meant(self.code.text(), self._names)
        code = found.code
        name = self.name.text() or self._shipped.get(code, "")
        if not code:
            if found.several:
                words = self.tr("Several are called so. Choose one from the list, or type its ODS code.")
            else:
                words = self.tr("Give the organisation's ODS code, for example RXX.")
            self.code_row.set_problem(words)
            self.code.setFocus(Qt.FocusReason.OtherFocusReason)
            return

        def record_body(session: Session) -> Changes:
            return victims.add_victim(
                session, incident, organisation=code, organisation_name=name, status=status, contact=contact
            )

        self.run(record_body)
