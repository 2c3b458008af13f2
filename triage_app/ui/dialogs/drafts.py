"""What had been typed in a form when the store was locked, shown once to whoever unlocks it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from triage_app.services import drafts
from triage_app.services.drafts import Draft
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.widgets import FormRow, TextArea, primary, secondary


def drafts_dialog(parent: QWidget, desk: Desk, found: Sequence[Draft]) -> Dialog:
    """Return the dialog; closing it forgets what it shows, as it has been seen."""
    text = parent.tr("These words were in an open form and are kept nowhere else. Copy them to where they belong.")
    made = Dialog(parent.tr("You were typing when the store was locked"), text, parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setMinimumWidth(560)
    for one in found:
        area = TextArea(name=one.form, lines=4)
        area.setPlainText(one.words)
        area.setReadOnly(True)
        made.body.addWidget(FormRow(one.form, area))
    copy, close = secondary(parent.tr("Copy the words"), icon="copy"), primary(parent.tr("I have them"))
    words = "\n\n".join(one.words for one in found)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(words))
    close.clicked.connect(made.accept)
    made.accepted.connect(lambda: desk.long("", lambda session, _: drafts.forget(session)))
    made.add_buttons(copy, close)
    close.setFocus(Qt.FocusReason.OtherFocusReason)
    return made
