"""The manual in the window: at the page of what is in view, by keyboard, by theme, and complete."""

from __future__ import annotations

import html
import importlib
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

import triage_app.ui.dialogs as dialogs
from tests.gui.fixtures_store import copied, until, window_on
from triage_app.services import manual
from triage_app.ui import theme
from triage_app.ui.dialogs.new_alert import NewAlertDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.manual import ManualWindow, open_manual
from triage_app.ui.manual_map import BY_DIALOG, BY_PLACE, BY_TAB, REPORTS, page_of
from triage_app.ui.messages import Dialog
from triage_app.ui.views.incident_menu import TAB_KEYS
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

KEYS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "manual" / "keys.md"
PAGES = {} if os.environ.get("TRIAGE_WRITE_KEYS") else manual.pages()


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot, whole=True) as opened:
        yield opened


@pytest.fixture
def work(window: MainWindow, qtbot: QtBot) -> Workplace:
    assert window.workplace is not None
    shown = window.workplace
    until(qtbot, lambda: len(shown.views) == len(PLACES))
    return shown


@pytest.fixture
def book(qtbot: QtBot) -> Iterator[ManualWindow]:
    behind = QWidget()
    qtbot.addWidget(behind)
    behind.resize(1440, 900)
    behind.show()
    made = open_manual(behind, "queue.md")
    qtbot.waitExposed(made)
    yield made
    if isValid(made):
        made.close()


def opened(over: QWidget) -> ManualWindow:
    found = over.findChild(ManualWindow)
    assert isinstance(found, ManualWindow)
    return found


# ---- which page ---------------------------------------------------------------------------------------------


def test_every_place_tab_and_dialog_has_a_page_and_none_is_left_over() -> None:
    assert set(BY_PLACE) == set(PLACES)
    assert set(BY_TAB) == set(TAB_KEYS)
    made = set()
    for path in Path(dialogs.__path__[0]).glob("*.py"):
        module = importlib.import_module(f"triage_app.ui.dialogs.{path.stem}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Dialog) and kind.__module__ == module.__name__:
                made.add(path.stem)
    assert set(BY_DIALOG) == made | {"first_run", "unlock"}


def test_every_page_that_is_gone_to_has_that_heading() -> None:
    for target in (*BY_PLACE.values(), *BY_TAB.values(), *BY_DIALOG.values(), REPORTS):
        name, _, anchor = target.partition("#")
        assert name in PAGES
        assert not anchor or anchor in PAGES[name].anchors, target


def test_f1_goes_to_the_page_of_every_place_and_one_window_serves_all(work: Workplace, qtbot: QtBot) -> None:
    for place in PLACES:
        work.go_to(place)
        work.help_requested.emit()
        assert opened(work).shown == BY_PLACE[place].partition("#")[0]
    assert len(work.findChildren(ManualWindow)) == 1
    assert not opened(work).isModal()


def test_f1_in_a_form_goes_to_its_page_and_leaves_the_form_as_it_is(work: Workplace, qtbot: QtBot) -> None:
    work.new_alert()
    form = work.findChild(NewAlertDialog)
    assert isinstance(form, NewAlertDialog)
    until(qtbot, form.isActiveWindow)
    QTest.keyClick(form.focusWidget() or form, Qt.Key.Key_F1)
    shown = opened(form)
    assert shown.shown == "telephone.md"
    assert form.isVisible()
    until(qtbot, shown.isActiveWindow)
    QTest.keyClick(shown.page, Qt.Key.Key_Escape)
    assert form.isVisible()
    form.reject()


def test_the_heading_that_is_gone_to_stands_at_the_top_once_the_window_has_its_width(
    work: Workplace, qtbot: QtBot
) -> None:
    shown = open_manual(work, "incident.md#classify-it")
    page = shown.page

    def top_words() -> str:
        return page.cursorForPosition(QPoint(30, 30)).block().text()

    until(qtbot, lambda: top_words() == "Classify it")
    shown.resize(shown.width() - 160, shown.height() - 120)
    until(qtbot, lambda: top_words() == "Classify it")
    page.verticalScrollBar().setValue(0)
    shown.resize(shown.width() + 80, shown.height())
    assert page.verticalScrollBar().value() == 0


def test_f1_works_before_anything_is_unlocked(window: MainWindow, qtbot: QtBot) -> None:
    window.lock()
    until(qtbot, lambda: window.workplace is None)
    until(qtbot, window.isActiveWindow)
    QTest.keyClick(window.unlock_page.passphrase, Qt.Key.Key_F1)
    assert opened(window).shown == "first-start.md"
    assert page_of(window.unlock_page) == "first-start.md#unlock"


def test_the_manual_goes_when_the_window_is_locked(window: MainWindow, work: Workplace, qtbot: QtBot) -> None:
    work.help_requested.emit()
    window.lock()
    until(qtbot, lambda: window.workplace is None)
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, ManualWindow) and one.isVisible()]


# ---- reading ------------------------------------------------------------------------------------------------


def test_every_page_is_shown_with_every_word_of_it(book: ManualWindow) -> None:
    for page in PAGES.values():
        book.go_to(page.name)
        shown = re.sub(r"\s+", "", book.page.toPlainText())
        for block in page.blocks:
            for line in manual._lines(block):
                assert re.sub(r"\s+", "", "".join(run.text for run in line)) in shown
        assert book.windowTitle() == f"Manual: {page.title}"
        assert page.title in book.page.accessibleName()


def test_headings_are_headings_for_a_screen_reader(book: ManualWindow) -> None:
    document = book.page.document()
    blocks = [document.findBlockByNumber(at) for at in range(document.blockCount())]
    levels = [block.blockFormat().headingLevel() for block in blocks if block.blockFormat().headingLevel()]
    assert levels[0] == 1
    assert set(levels) == {1, 2}


def test_back_leads_to_where_one_was(book: ManualWindow) -> None:
    book.go_to("clocks.md")
    book.go_to("victims.md#letters")
    at = book.page.verticalScrollBar().value()
    assert at > 0
    book.go_to("trust.md")
    QTest.keyClick(book.page, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert (book.shown, book.page.verticalScrollBar().value()) == ("victims.md", at)
    book.back()
    assert book.shown == "clocks.md"


def test_links_are_followed_by_keyboard(book: ManualWindow) -> None:
    book.go_to("README.md")
    book.page.setFocus()
    QTest.keyClick(book.page, Qt.Key.Key_Tab)
    QTest.keyClick(book.page, Qt.Key.Key_Return)
    assert book.shown == "files-in.md"


def test_tab_leaves_the_page_once_its_links_are_through(book: ManualWindow, qtbot: QtBot) -> None:
    until(qtbot, book.isActiveWindow)
    book.page.setFocus()
    for _ in range(len(PAGES["queue.md"].links) + 1):
        QTest.keyClick(book.page, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not book.page


def test_finding_goes_on_over_the_pages(book: ManualWindow) -> None:
    book._to_field()
    QTest.keyClicks(book.field, "sealed envelope")
    assert "On this page: 0" in book.found.text()
    QTest.keyClick(book.field, Qt.Key.Key_Return)
    assert "sealed envelope" in PAGES[book.shown].text.casefold()
    assert book.shown != "queue.md"
    assert book.page.textCursor().selectedText().casefold() == "sealed envelope"
    assert book.isVisible()
    book.field.setText("no such words anywhere")
    assert book.found.text() == "Nowhere in the manual."


def test_escape_in_the_field_empties_it_and_then_closes_the_window(book: ManualWindow) -> None:
    book._to_field()
    book.field.setText("clock")
    QTest.keyClick(book.field, Qt.Key.Key_Escape)
    assert (book.isVisible(), book.field.text()) == (True, "")
    QTest.keyClick(book.page, Qt.Key.Key_Escape)
    assert not isValid(book) or not book.isVisible()


def test_nothing_is_fetched_whatever_a_page_names(book: ManualWindow) -> None:
    before = book.shown
    for address in ("file:///etc/hostname", "https://example.org/", "queue.md"):
        assert book.page.loadResource(2, QUrl(address)) is None
    book.page.link_followed.emit("https://example.org/")
    assert book.shown == manual.CONTENTS != before


@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
def test_the_colours_are_those_of_the_theme(book: ManualWindow, mode: str) -> None:
    was = theme.current().mode
    theme.current().set_mode(mode)
    try:
        document = book.page.document()
        cursor = QTextCursor(document)
        signs = set()
        while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
            if str(document.characterAt(cursor.position() - 1)) not in "\u2029\ufdd0\ufdd1":  # no ends of blocks
                signs.add(cursor.charFormat().foreground().color().name())
        assert QColor(theme.colour("text")).name() in signs
        assert signs <= {QColor(theme.colour(token)).name() for token in ("text", "accent")}
    finally:
        theme.current().set_mode(was)


def test_in_a_narrow_window_the_page_has_all_the_room(qtbot: QtBot) -> None:
    behind = QWidget()
    qtbot.addWidget(behind)
    behind.resize(675, 356)
    behind.show()
    made = open_manual(behind, "filters.md")
    qtbot.waitExposed(made)
    assert made.list.isHidden()
    for page in PAGES:
        made.go_to(page)
        assert made.page.horizontalScrollBar().maximum() == 0, page
    made.close()


def test_everything_that_takes_the_focus_has_a_name(book: ManualWindow) -> None:
    for one in book.findChildren(QWidget):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible():
            assert one.accessibleName(), one


def test_every_title_in_the_contents_is_shown_whole(book: ManualWindow) -> None:
    for at in range(book.list.count()):
        item = book.list.item(at)
        wanted = book.list.fontMetrics().horizontalAdvance(item.text()) + 24
        assert wanted <= book.list.viewport().width(), item.text()


# ---- what it says of menus and keys -------------------------------------------------------------------------


def words_of(action: QAction) -> str:
    return action.text().partition("\t")[0].replace("&", "").rstrip("…")


def keys_of(action: QAction) -> list[str]:
    typed = action.text().partition("\t")[2]
    return [typed] if typed else [keys.toString() for keys in action.shortcuts()]


def entries(menu: QMenu, level: int, title: str) -> Iterator[str]:
    """The page's lines about one menu, and then about those in it."""
    inner, rows = [], []
    for action in menu.actions():
        if isinstance(action.menu(), QMenu):
            inner.append(action)
        elif not action.isSeparator():
            tip = re.sub(r"\s*\([A-Z]\)$", "", html.unescape(re.sub(r"<[^>]*>", "", action.toolTip())))
            tip = "" if tip == words_of(action) else tip
            keys = ", ".join(f"`{keys}`" for keys in keys_of(action))
            rows.append(f"| {words_of(action)} | {keys or '–'} | {tip} |")
    if rows:
        yield from [f"{'#' * level} {title}", "", "| Entry | Key | What it does |", "|---|---|---|", *rows, ""]
    for action in inner:
        held = action.menu()
        assert isinstance(held, QMenu)
        yield from entries(held, 3, f"{title}, {words_of(action)}")


def keys_page(work: Workplace) -> str:
    bar = work._top.findChild(QMenuBar)
    assert isinstance(bar, QMenuBar)
    lines = [
        "# Every menu entry and its key",
        "",
        "Letters act while a list of their place has the focus. `?` shows those that work where you are. This page is",
        "made from the menus themselves.",
        "",
    ]
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            lines += entries(menu, 2, words_of(action))
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_of_keys_is_that_of_the_menus(work: Workplace) -> None:
    """Run with TRIAGE_WRITE_KEYS=1 to write the page anew after a change of menus."""
    made = keys_page(work)
    if os.environ.get("TRIAGE_WRITE_KEYS"):
        KEYS_PAGE.write_text(made, encoding="utf-8")
    assert KEYS_PAGE.read_text(encoding="utf-8") == made


_NAMED_WITH_KEY = re.compile(r"\*([^*]+)\* \(`([^`]+)`\)")


def test_every_key_that_is_named_for_an_entry_is_that_entrys(work: Workplace) -> None:
    known: dict[str, set[str]] = {}
    for action in work.findChildren(QAction):
        known.setdefault(words_of(action), set()).update(keys_of(action))
    named = 0
    for path in KEYS_PAGE.parent.glob("*.md"):
        for words, keys in _NAMED_WITH_KEY.findall(path.read_text(encoding="utf-8").replace("\n", " ")):
            assert keys in known.get(words, set()), f"{path.name}: {words} ({keys}), has {known.get(words)}"
            named += 1
    assert named > 60


def test_every_place_is_named_with_its_key(work: Workplace) -> None:
    for number, key in enumerate(PLACES, 1):
        assert f"| {work._side.items[key].text()} | `Ctrl+{number}` |" in (KEYS_PAGE.parent / "window.md").read_text(
            encoding="utf-8"
        )
