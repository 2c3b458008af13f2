"""Closing a form asks once where words would be lost, and never where all stands as it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import settle
from tests.gui.incident_store import Told
from triage_app.services import affected
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.affected import AffectedDialog
from triage_app.ui.widgets import TextArea


@pytest.fixture
def form(desk: Desk, told: Told, qtbot: QtBot) -> Iterator[AffectedDialog]:
    """The form of one thing, opened with an owner and a comment."""

    def work(session: Any) -> Any:
        affected.paste(session, told.ransom, "CT-1")
        (entity,) = affected.named(session.store, told.ransom, ["CT-1"])
        return affected.set_many(session, [entity], {"owner": "Night team", "comment": "Two\nlines"})

    with qtbot.waitSignal(desk.acted):
        desk.act(work)
    settle(desk, qtbot)
    listed = affected.listing(desk.store, told.ransom)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1220, 820)
    parent.show()
    made = AffectedDialog(desk, listed[0], parent)
    with qtbot.waitExposed(made):
        made.open()
    yield made
    parent.close()


def line_and_area(form: AffectedDialog) -> tuple[QLineEdit, TextArea]:
    line, area = form.fields["owner"], form.fields["comment"]
    assert isinstance(line, QLineEdit)
    assert isinstance(area, TextArea)
    return line, area


def test_words_that_were_typed_and_put_back_as_they_were_are_not_asked_about(form: AffectedDialog) -> None:
    line, area = line_and_area(form)
    for field in (line, area):
        QTest.keyClick(field, Qt.Key.Key_End)
        QTest.keyClicks(field, "x")
    assert form.typed().splitlines()[0] == "Night teamx"
    for field in (line, area):
        QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert (line.text(), area.toPlainText()) == ("Night team", "Two\nlines")
    assert form.typed() == ""
    form.reject()
    assert not form.isVisible()


def test_words_that_differ_from_what_stood_there_are_asked_about_once(form: AffectedDialog) -> None:
    line, _ = line_and_area(form)
    QTest.keyClick(line, Qt.Key.Key_End)
    QTest.keyClicks(line, " 2")
    form.reject()
    assert form.isVisible()
    assert form.problem.isVisible()
    form.reject()
    assert not form.isVisible()


def test_what_the_form_itself_puts_into_a_field_is_what_stands_there(form: AffectedDialog) -> None:
    line, area = line_and_area(form)
    for field in (line, area):
        QTest.keyClicks(field, "x")
    line.setText("Day team")
    area.setPlainText("Another comment")
    assert form.typed() == ""
    for field in (line, area):
        QTest.keyClick(field, Qt.Key.Key_End)
        QTest.keyClicks(field, "y")
        QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert form.typed() == ""
    QTest.keyClicks(line, "!")
    assert form.typed() == "Day team!"
    form.reject()
    form.reject()
