"""The bar at the top: every menu stays in view when places bring menus of their own."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from triage_app.ui.widgets.top_bar import Entry, TopBar

FEW = ("&File", "&Edit", "&View", "&Alert", "&Incident", "&Help")


def test_a_menu_that_comes_later_has_its_room(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar = TopBar(holder)
    holder.resize(1440, 100)
    bar.resize(1440, 48)
    holder.show()

    def fill(titles: tuple[str, ...]) -> None:
        menus: dict[str, list[Entry]] = {title: [QAction("One", bar)] for title in titles}
        bar.set_menus(menus)

    for titles in (FEW, (*FEW[:-1], "Vi&ctim", "E&xchange", "I&mport", "&Help"), FEW):
        fill(titles)
        qtbot.wait(30)
        last = [action for action in bar.menus.actions() if action.isVisible()][-1]
        assert last.text() == "&Help"
        place = bar.menus.actionGeometry(last)
        assert not place.isEmpty(), titles
        assert place.right() < bar.menus.width()
