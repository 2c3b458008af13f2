"""The tabs of an incident are gone to by key, from wherever the focus is, in the real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, until, window_on
from tests.gui.incident_store import Told
from triage_app.ui.messages import Dialog
from triage_app.ui.suggestions import matching, plain_words
from triage_app.ui.views.incident_page import IncidentPage
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.widgets.tabs import MoreTabs
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
TAB_KEYS = {
    "timeline": "Alt+1", "tasks": "Alt+2", "alerts": "Alt+3", "victims": "Alt+4", "affected": "Alt+5",
    "impact": "Alt+6", "log": "Alt+7", "files": "Alt+8", "reports": "Alt+9", "history": "Alt+0", "facts": "Alt+-",
}  # fmt: skip
FIGURES = (*(getattr(Qt.Key, f"Key_{figure}") for figure in (*range(1, 10), 0)), Qt.Key.Key_Minus)


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


def sized(work: Workplace, page: IncidentPage, width: int, height: int, qtbot: QtBot) -> None:
    work.window().resize(width, height)
    narrow = width < 1000
    until(qtbot, lambda: bool(page.tabs.folded()) == narrow and page.tabs.tabs["facts"].is_offered() == narrow)


def focus_is_in_the_tab(page: IncidentPage) -> bool:
    focused = QApplication.focusWidget()
    shown = page._pages[page.tabs.current()]
    return focused is not None and (shown.isAncestorOf(focused) or page.tabs.isAncestorOf(focused))


@pytest.mark.parametrize(("width", "height"), [(1366, 728), (700, 480)])
def test_every_tab_of_an_incident_has_a_key_that_goes_there_from_anywhere(
    work: Workplace, page: IncidentPage, qtbot: QtBot, width: int, height: int
) -> None:
    sized(work, page, width, height, qtbot)
    for (name, keys), figure in zip(TAB_KEYS.items(), FIGURES, strict=True):
        assert QKeySequence(keys) == QKeySequence(int(ALT.value) | int(figure))
        for start in (work._side.items["queue"], page.tabs.tabs["timeline"], page.crumb):
            start.setFocus()
            pressed(work, figure, ALT)
            if name == "facts" and width > 1000:
                assert page.tabs.current() == "timeline"
                assert page.facts.isVisible()
                assert page.facts.isAncestorOf(QApplication.focusWidget() or work)
                continue
            assert page.tabs.current() == name
            assert page._stack.currentWidget() is page._pages[name]
            assert page.tabs.tabs[name].isVisible(), "not under More while it is current"
            assert focus_is_in_the_tab(page)


@pytest.mark.parametrize(
    ("on", "back"), [((Qt.Key.Key_PageDown, CTRL), (Qt.Key.Key_PageUp, CTRL)),
                     ((Qt.Key.Key_Tab, CTRL), (Qt.Key.Key_Backtab, CTRL | SHIFT))],
)  # fmt: skip
@pytest.mark.parametrize(("width", "height"), [(1366, 728), (700, 480)])
def test_two_keys_turn_the_tabs_round_and_round_and_those_under_more_are_among_them(
    work: Workplace, page: IncidentPage, qtbot: QtBot, width: int, height: int,
    on: tuple[Qt.Key, Qt.KeyboardModifier], back: tuple[Qt.Key, Qt.KeyboardModifier],
) -> None:  # fmt: skip
    sized(work, page, width, height, qtbot)
    offered = [name for name, tab in page.tabs.tabs.items() if tab.is_offered()]
    assert ("facts" in offered) == (width < 1000)
    page.tabs.go_to("timeline")
    seen = []
    for _ in offered:
        pressed(work, *on)
        seen.append(page.tabs.current())
    assert seen == [*offered[1:], offered[0]]
    pressed(work, *back)
    assert page.tabs.current() == offered[-1]
    assert focus_is_in_the_tab(page)


def test_the_keys_of_tabs_stand_in_tooltips_under_more_in_the_menu_and_in_the_list_of_keys(
    work: Workplace, page: IncidentPage, qtbot: QtBot
) -> None:
    assert page.tabs.tabs["affected"].toolTip() == "<qt>Affected things (Alt+5)</qt>"
    assert page.tabs.tabs["affected"].accessibleDescription() == "Alt+5"
    sized(work, page, 700, 480, qtbot)
    assert page.tabs.tabs["affected"].toolTip() == "<qt>Affected (Alt+5)</qt>"
    menu = page.tabs.findChildren(MoreTabs)[0].menu()
    assert "History 47\tAlt+0" in [action.text() for action in menu.actions()]
    menu.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    (shown,) = [each for each in work._top.findChildren(QMenu) if each.title() == "Sho&w"]
    assert [action.shortcut().toString() for action in shown.actions() if not action.isSeparator()] == [
        *TAB_KEYS.values(), "Ctrl+PgDown", "Ctrl+PgUp",
    ]  # fmt: skip
    work.keys_requested.emit()
    (listed,) = [each for each in work.findChildren(Dialog) if each.isVisible()]
    words = [label.text() for label in listed.findChildren(QLabel)]
    for said in ("Show timeline", "Alt+1  ", "Show history", "Alt+0  ", "Show the next tab", "Ctrl+PgDown  "):
        assert said in words
    listed.close()


def test_the_keys_of_tabs_do_nothing_where_no_incident_is_shown(
    work: Workplace, page: IncidentPage, qtbot: QtBot
) -> None:
    for place in ("incidents", "queue"):
        page.tabs.go_to("timeline")
        page.back_requested.emit()
        work.go_to(place)
        pressed(work, Qt.Key.Key_8, ALT)
        pressed(work, Qt.Key.Key_PageDown, CTRL)
        assert page.tabs.current() == "timeline"


def test_tabs_are_found_by_their_words_in_the_search_box(work: Workplace, page: IncidentPage) -> None:
    acts = work._acts_by_place()
    assert "Show files" in [plain_words(action) for action, _ in matching(acts, "files")]
    assert "Show the next tab" in [plain_words(action) for action, _ in matching(acts, "tab")]
