"""The form of an incident's times: what is doubtful is said where it is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, until, window_on
from tests.gui.incident_store import Told, dialog
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.workplace import Workplace


@pytest.fixture
def work(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(told.home, tmp_path / "home"), qtbot, whole=True) as window:
        assert window.workplace is not None
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        yield window.workplace


def opened(work: Workplace, told: Told, qtbot: QtBot, width: int, height: int) -> SetTimesDialog:
    work.window().resize(width, height)
    work.open_record("incident", told.ransom)
    until(qtbot, lambda: bool(work._incident_in_view()))
    view = work.views["incidents"]
    assert isinstance(view, IncidentsView)
    view.page.edit_times()
    form = dialog(SetTimesDialog, qtbot)
    assert isinstance(form, SetTimesDialog)
    form.activateWindow()
    until(qtbot, form.isActiveWindow)
    return form


def is_in_view(part: QWidget, form: SetTimesDialog) -> bool:
    """Tell whether all of a part of a form can be seen: inside the form, and not scrolled away."""
    around = form.form.viewport() if form.form.isAncestorOf(part) else form
    return around.rect().contains(part.rect().translated(part.mapTo(around, QPoint())))


def given_up(form: SetTimesDialog) -> None:
    form.reject()
    form.reject()


def test_doubts_about_times_are_in_view_with_every_field_in_a_window_of_1366_by_768(
    work: Workplace, told: Told, qtbot: QtBot
) -> None:
    form = opened(work, told, qtbot, 1366, 728)
    form.rows["contained"].entry.setText("00:10")
    form.rows["recovered"].entry.setText("00:05")
    form.rows["recovered"].entry.setFocus()
    until(qtbot, lambda: form.doubt.isVisible() and all(is_in_view(one, form) for one in form.rows.values()))
    assert is_in_view(form.doubt, form)
    assert form.height() <= work.window().height()
    said = form.doubt.accessibleName()
    assert "Contained (00:10 GMT) lies before detected (00:43 GMT)." in said
    assert "Recovered (00:05 GMT) lies before contained (00:10 GMT)." in said
    assert form.rows["contained"].entry.accessibleDescription() == "Sun 22 Nov 2026 00:10 GMT: in doubt"
    assert form.rows["detected"].entry.accessibleDescription() == "Sun 22 Nov 2026 00:43 GMT: in doubt"
    assert "doubt" not in form.rows["aware"].entry.accessibleDescription()
    form.rows["contained"].entry.setText("01:10")
    form.rows["recovered"].entry.clear()
    assert form.doubt.isHidden()
    assert form.rows["detected"].entry.accessibleDescription() == "Sun 22 Nov 2026 00:43 GMT"
    given_up(form)


def test_doubts_stay_in_view_over_the_field_one_is_at_where_the_form_must_scroll(
    work: Workplace, told: Told, qtbot: QtBot
) -> None:
    form = opened(work, told, qtbot, 700, 500)
    form.rows["contained"].entry.setText("00:10")
    last = form.rows["recovered"]
    last.entry.setFocus()
    QTest.keyClicks(last.entry, "00:05")
    until(qtbot, lambda: is_in_view(form.doubt, form) and is_in_view(last, form))
    assert form.doubt.mapTo(form, QPoint(0, form.doubt.height())).y() <= form.form.y()
    given_up(form)


def test_a_date_that_reads_two_ways_is_said_above_the_fields_at_once(work: Workplace, told: Told, qtbot: QtBot) -> None:
    form = opened(work, told, qtbot, 1366, 728)
    entry = form.rows["occurred"].entry
    entry.setFocus()
    QTest.keyClicks(entry, "03/05/2026")
    assert form.focusWidget() is entry
    said = "Occurred: “03/05/2026” can be read two ways. Write 3 May 2026 or 5 Mar 2026."
    assert form.doubt.accessibleName() == said
    assert form.doubt.isVisible()
    given_up(form)


def test_words_that_somebody_is_still_typing_are_not_called_wrong_above_the_fields(
    work: Workplace, told: Told, qtbot: QtBot
) -> None:
    form = opened(work, told, qtbot, 1366, 728)
    entry = form.rows["occurred"].entry
    entry.setFocus()
    QTest.keyClicks(entry, "2026-1")
    assert form.doubt.isHidden()
    QTest.keyClick(entry, Qt.Key.Key_Tab)
    assert form.doubt.isVisible()
    assert "Occurred: “2026-1” is no time I can read." in form.doubt.accessibleName()
    entry.setFocus()
    QTest.keyClicks(entry, "1-21")
    assert form.doubt.isHidden()
    form.rows["reported"].entry.setFocus()
    QTest.keyClicks(form.rows["reported"].entry, "soon")
    assert form.doubt.isHidden()
    form.submit()
    assert "Reported: “soon” is no time I can read." in form.doubt.accessibleName()
    assert form.doubt.isVisible()
    given_up(form)


def test_many_doubts_leave_the_fields_their_room(work: Workplace, told: Told, qtbot: QtBot) -> None:
    form = opened(work, told, qtbot, 1366, 728)
    for name, words in (("occurred", "03:00"), ("contained", "2025"), ("reported", "2024"), ("recovered", "2023")):
        form.rows[name].entry.setText(words)
    assert "more." in form.doubt.accessibleName()
    until(qtbot, lambda: all(is_in_view(one, form) for one in (form.doubt, *form.rows.values())))
    given_up(form)
