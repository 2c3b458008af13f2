"""What a screen reader asks for by number and has gone is answered with nothing; Qt's own look-up ended the program."""

from __future__ import annotations

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar
from pytestqt.qtbot import QtBot

from triage_app.ui.accessible_parts import never_fewer
from triage_app.ui.widgets import ScrollPage


def test_a_page_whose_bar_has_gone_has_nothing_under_the_bars_number(qtbot: QtBot) -> None:
    page = ScrollPage()
    qtbot.addWidget(page)
    page.setAccessibleName("Conflicts")
    words = QLabel("\n".join(["a line"] * 60))
    page.body.addWidget(words)
    page.resize(200, 200)
    page.show()
    seen = QAccessible.queryAccessibleInterface(page)
    qtbot.waitUntil(lambda: seen.childCount() == 2)
    bar = seen.child(1)
    assert seen.indexOfChild(bar) == 1
    words.setText("a line")
    qtbot.waitUntil(lambda: seen.childCount() == 1)
    assert seen.child(1) is None
    assert seen.child(-1) is None
    assert seen.text(QAccessible.Text.Name) == "Conflicts"
    assert seen.role() == QAccessible.Role.Client
    assert seen.child(0).parent().object() is page


def test_a_menu_that_is_filled_anew_never_has_fewer_entries_and_shows_only_its_own(qtbot: QtBot) -> None:
    for menu in (QMenuBar(), QMenu()):
        qtbot.addWidget(menu)
        for entries in ("abcd", "ab", "abc"):
            menu.clear()
            for entry in entries:
                menu.addAction(entry)
            never_fewer(menu)
            assert len(menu.actions()) == 4
            assert [one.text() for one in menu.actions() if one.isVisible()] == list(entries)
