"""A reason of a page's length leaves the timeline of its incident in view, and is read whole one step away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import press, until
from tests.gui.incident_store import Told, dialog
from triage_app.services import incidents
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.whole_words import WholeWords
from triage_app.ui.views.incidents import IncidentsView

REASON = " ".join(f"{number} servers are affected and the ward is on paper." for number in range(60))


@pytest.fixture
def view(desk: Desk, told: Told, qtbot: QtBot) -> IncidentsView:
    made = IncidentsView(desk)
    qtbot.addWidget(made)
    made.resize(1220, 830)
    made.show()
    made.show_record("incident", told.ransom)
    until(qtbot, lambda: made.page.incident_id() == told.ransom)
    return made


def test_a_long_reason_takes_three_lines_and_is_read_whole_in_a_window_of_its_own(
    view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot
) -> None:
    step = view.page.steps.proposed
    before = view.page.steps.height()
    desk.act(lambda session: incidents.classify(session, told.ransom, category=2, because=REASON))
    until(qtbot, lambda: REASON in step.detail.text())
    until(qtbot, step.whole.isVisible)
    until(qtbot, lambda: view.page.steps.height() <= before + 80)
    assert REASON in step.detail.accessibleName()
    step.whole.setFocus()
    press(step.whole, Qt.Key.Key_Return)
    shown = dialog(WholeWords, qtbot)
    assert isinstance(shown, WholeWords)
    assert REASON in shown.words.toPlainText()
    assert not shown.isModal()
    press(shown.close_button, Qt.Key.Key_Return)
    desk.act(lambda session: incidents.classify(session, told.ransom, category=2, because="One ward"))
    until(qtbot, lambda: step.detail.text().endswith("One ward"))
    until(qtbot, lambda: not step.whole.isVisible())
