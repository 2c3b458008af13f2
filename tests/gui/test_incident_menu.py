"""What is done to an incident stands in its menu by subject, in the real window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, until, window_on
from tests.gui.incident_store import Told, dialog
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.suggestions import matching, plain_words
from triage_app.ui.views.incident_page import IncidentPage
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES


@pytest.fixture
def work(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(told.home, tmp_path / "home"), qtbot, whole=True) as window:
        assert window.workplace is not None
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        yield window.workplace


@pytest.fixture
def page(work: Workplace, told: Told, qtbot: QtBot) -> IncidentPage:
    until(qtbot, lambda: len(work.views) == len(PLACES))
    work.open_record("incident", told.ransom)
    until(qtbot, lambda: bool(work._incident_in_view()))
    view = work.views["incidents"]
    assert isinstance(view, IncidentsView)
    return view.page


def pressed(work: Workplace, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Press a key where the focus is, as the keyboard does."""
    QTest.keyClick(QApplication.focusWidget() or work, key, modifiers)


def menus(work: Workplace, title: str) -> list[QMenu]:
    """Return a menu of the bar and those under it."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    (top,) = [menu for menu in work._top._made if menu.title() == title]
    return [top, *(menu for menu in top.findChildren(QMenu))]


def acts_of(menu: QMenu) -> list[QAction]:
    inner = [each.menuAction() for each in menu.findChildren(QMenu)]
    return [action for action in menu.actions() if not action.isSeparator() and action not in inner]


def test_the_menu_of_incidents_is_grouped_by_what_is_looked_for(work: Workplace, page: IncidentPage) -> None:
    top, *inner = menus(work, "&Incident")
    titles = [menu.title().replace("&", "") for menu in inner]
    assert titles == [
        "Show", "Record", "Times and clocks", "Tasks", "Affected things", "Clinical impact", "Files and evidence",
        "What people reported", "Hand over, merge and close", "Campaigns",
    ]  # fmt: skip
    assert len(acts_of(top)) <= 9
    assert all(len(acts_of(menu)) <= 9 for menu in inner[1:])
    for menu in (top, *inner):
        words = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
        keys = Counter(key for word in words if (key := QKeySequence.mnemonic(word).toString()))
        assert [key for key, many in keys.items() if many > 1] == [], menu.title()


def test_what_is_done_to_an_incident_kept_its_keys_when_its_menu_was_grouped(
    work: Workplace, page: IncidentPage
) -> None:
    keys = {
        plain_words(action): [each.toString() for each in action.shortcuts()]
        for menu in menus(work, "&Incident")
        for action in acts_of(menu)
    }
    kept = {
        "New incident…": ["Ctrl+N"], "New report…": ["Ctrl+R"], "Reports (tips)": ["Ctrl+Shift+R"],
        "Classify…": ["C"], "Add a line here…": ["N", "Ctrl+Shift+N"], "Put a line right…": ["R"],
        "Edit times…": ["T"], "Edit the title": ["F2"], "Take alerts out": ["Del"],
        "Enter an event…": ["Ctrl+Shift+E"], "Close incident…": ["Ctrl+Shift+X"], "Clocks…": ["Ctrl+Shift+K"],
        "Hand over…": ["Ctrl+Shift+H"], "Back to the list": ["Alt+Left"], "Undo this": ["U"],
        "Merge with another incident…": ["Ctrl+Shift+M"], "Split the incident…": ["Ctrl+Shift+S"],
        "Take merged incidents apart…": [], "Set the state…": ["S"], "Export the list…": ["E"],
        "Tick the task": ["Space", "X"], "Attach files…": ["A"], "Promote the report": ["P"],
    }  # fmt: skip
    assert {words: keys[words] for words in kept} == kept


def test_acts_that_went_under_a_submenu_are_still_found_by_their_words(work: Workplace, page: IncidentPage) -> None:
    def found(words: str) -> list[str]:
        return [plain_words(action) for action, _ in matching(work._acts_by_place(), words) if action.isEnabled()]

    assert found("put a line") == ["Put a line right…"]
    assert found("hand over") == ["Hand over…"]
    page.tabs.go_to("files")
    assert found("attach") == ["Attach files…"]
    page.tabs.go_to("tasks")
    assert found("playb") == ["Start a playbook…"]


def test_space_presses_the_button_that_has_the_focus_and_ticks_no_task(
    work: Workplace, page: IncidentPage, qtbot: QtBot
) -> None:
    page.tabs.go_to("tasks")
    tab = page.tabs.tabs["alerts"]
    tab.setFocus()
    pressed(work, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier)
    assert page.tabs.current() == "alerts"


def pressed_in(menu: QMenu, key: Qt.Key) -> None:
    """Press a letter while a menu is open: what is short for it is asked of whoever has the focus, as always."""
    QTest.keyClick(menu, key)


@pytest.mark.qt_log_ignore("This plugin does not support raise", "does not support grabbing", extend=True)
def test_letters_choose_in_an_open_menu_though_they_are_keys_of_the_page_under_it(
    work: Workplace, page: IncidentPage, qtbot: QtBot
) -> None:
    top, *inner = menus(work, "&Incident")
    pressed(work, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    until(qtbot, top.isVisible)
    pressed_in(top, Qt.Key.Key_T)  # on the page: the form of the times
    times = next(menu for menu in inner if menu.title() == "&Times and clocks")
    until(qtbot, times.isVisible)
    assert page.findChildren(SetTimesDialog) == []
    pressed_in(times, Qt.Key.Key_T)
    form = dialog(SetTimesDialog, qtbot)
    assert not top.isVisible()
    form.reject()
