"""The shell, the focus ring, labels and messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QFontInfo, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui import gallery
from triage_app.errors import TriageError
from triage_app.ui import icons, theme
from triage_app.ui.messages import Dialog, Messages, ask_dialog, bug_dialog
from triage_app.ui.shell import Shell
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.widgets import (
    Banner,
    Chip,
    Choice,
    Facts,
    FocusRing,
    ProgressStrip,
    ResultLine,
    ScrollPage,
    Tabs,
    primary,
)
from triage_app.ui.widgets.buttons import link
from triage_app.ui.widgets.progress import time_left_words
from triage_app.ui.widgets.sidebar import NavItem
from triage_app.ui.widgets.tabs import MoreTabs, Tab


@pytest.fixture
def shell(qapp: QApplication, qtbot: QtBot) -> Iterator[Shell]:
    theme.current().apply(qapp)
    made = gallery.build()
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    qtbot.waitExposed(made)
    yield made
    theme.current().set_mode("system")


def every_label_is_plain(root: QWidget) -> list[str]:
    return [
        f"{type(label).__name__} {label.text()!r}"
        for label in root.findChildren(QLabel)
        if label.textFormat() != Qt.TextFormat.PlainText
    ]


def test_no_label_anywhere_interprets_its_text(shell: Shell, qtbot: QtBot) -> None:
    assert len(shell.findChildren(QLabel)) > 40
    assert every_label_is_plain(shell) == []
    for dialog in (ask_dialog(shell, "Sure?", "Erase", "detail", True), bug_dialog(shell, "report")):
        assert every_label_is_plain(dialog) == []
        dialog.deleteLater()


def test_markup_in_a_label_is_shown_as_it_is(qtbot: QtBot) -> None:
    label = text_label('<img src="//host/share/x.png"><b>hello</b>')
    qtbot.addWidget(label)
    assert label.text().startswith("<img")
    assert label.sizeHint().width() > 250


def test_every_control_has_a_name_for_a_screen_reader(shell: Shell) -> None:
    nameless = [
        f"{type(widget).__name__} {widget.objectName()!r}"
        for widget in shell.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLineEdit)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]
    assert nameless == []


def test_every_place_can_be_reached_and_tells_its_name(shell: Shell) -> None:
    told: list[str] = []
    shell.place_changed.connect(told.append)
    shell.go_to("victims")
    assert told == ["victims"]
    assert shell.place() == "victims"
    with pytest.raises(KeyError):
        shell.go_to("nowhere")
    with pytest.raises(ValueError, match="home"):
        shell.add_place("home", "Home", "home", QWidget())


def test_below_a_thousand_pixels_the_places_are_a_rail_with_names(shell: Shell) -> None:
    told: list[bool] = []
    shell.narrow_changed.connect(told.append)
    shell.resize(720, 450)
    QApplication.processEvents()
    assert told == [True]
    items = [item for item in shell.findChildren(NavItem) if item.isVisible()]
    assert items
    assert all(item.width() == 40 and item.accessibleName() and item.toolTip() for item in items)
    shell.resize(1200, 800)
    QApplication.processEvents()
    assert told == [True, False]


def test_the_place_one_is_in_is_shown_even_when_not_all_places_fit(shell: Shell) -> None:
    shell.resize(720, 400)
    shell.go_to("reports")
    QApplication.processEvents()
    current = [item for item in shell.findChildren(NavItem) if item.isChecked() and item.isVisible()]
    assert [item.key for item in current] == ["reports"]


def test_shortcuts_work_while_the_menus_are_folded(shell: Shell, qtbot: QtBot) -> None:
    pressed: list[bool] = []
    action = QAction("Import", shell)
    action.setShortcut(QKeySequence("Ctrl+I"))
    action.triggered.connect(lambda: pressed.append(True))
    shell.set_menus({"&File": [action, None]})
    shell.resize(720, 450)
    shell.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(shell, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [True]


def test_control_k_puts_the_caret_in_the_search_box(shell: Shell, qtbot: QtBot) -> None:
    shell.activateWindow()
    QTest.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is shell.search
    said: list[str] = []
    shell.search_submitted.connect(said.append)
    QTest.keyClicks(shell.search, "RXX-K7-0042")
    QTest.keyClick(shell.search, Qt.Key.Key_Return)
    assert said == ["RXX-K7-0042"]


def test_the_banner_of_an_exercise_cannot_be_closed(shell: Shell) -> None:
    shell.set_banner("Exercise")
    banner = next(w for w in shell.findChildren(QWidget) if w.accessibleName() == "Exercise")
    assert banner.isVisible()
    assert banner.findChildren(QAbstractButton) == []


def test_the_ring_follows_the_focus_and_what_holds_it(shell: Shell, qapp: QApplication) -> None:
    ring = qapp.findChild(FocusRing)
    assert isinstance(ring, FocusRing)
    shell.activateWindow()
    shell.go_to("home")
    button = next(b for b in shell.findChildren(QAbstractButton) if b.text() == "Open the queue")
    button.setFocus()

    def expected() -> tuple[int, int, int, int]:
        at = button.mapTo(shell, QPoint(0, 0))
        return at.x() - 4, at.y() - 4, button.width() + 8, button.height() + 8

    def shown() -> tuple[int, int, int, int]:
        box = ring.rect()
        assert box is not None
        return box.x(), box.y(), box.width(), box.height()

    assert shown() == expected()
    shell.resize(1300, 820)
    QApplication.processEvents()
    assert shown() == expected()
    shell.go_to("queue")
    QApplication.processEvents()
    table = shell.findChild(QWidget, "queue")
    assert table is not None
    table.setFocus()
    assert ring.rect() is None, "a table shows its own focus, inside the row"


def test_what_was_said_at_the_foot_can_be_read_back(shell: Shell) -> None:
    messages = Messages(shell)
    messages.inform("Copied to the stick.")
    assert shell.status_text() == "Copied to the stick."
    messages.warn(None, TriageError("The stick is full.", "Use another one."))
    assert shell.status_text() == "The stick is full. Use another one."
    banner = Banner()
    messages.warn(banner, TriageError("The stick is full.", "Use another one."))
    assert banner.accessibleName() == "The stick is full. Use another one."
    banner.deleteLater()


def test_a_question_names_the_act_and_escape_is_no(shell: Shell, qtbot: QtBot) -> None:
    dialog: Dialog = ask_dialog(shell, "Erase this person?", "Erase", dangerous=True)
    dialog.open()
    labels = [button.text() for button in dialog.findChildren(QAbstractButton)]
    assert labels == ["Cancel", "Erase"]
    answers: list[int] = []
    dialog.finished.connect(answers.append)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert answers == [QDialog.DialogCode.Rejected.value]


def test_the_bundled_fonts_are_used_with_even_figures_and_no_ligatures(shell: Shell) -> None:
    assert set(theme.load_fonts()) >= {"Inter", "Inter Display", "JetBrains Mono"}
    for token, family in (("h1", "Inter Display"), ("body", "Inter"), ("mono", "JetBrains Mono")):
        made = theme.font(token)
        assert QFontInfo(made).family() == family
        values = {bytes(tag.toString().data()).decode(): made.featureValue(tag) for tag in made.featureTags()}
        assert values == {"tnum": 1, "calt": 0, "liga": 0, "dlig": 0}


def test_every_icon_is_drawn_inside_its_square(qapp: QApplication) -> None:
    for name in icons.PATHS:
        stroked, filled = icons._paths(name)
        box = stroked.boundingRect().united(filled.boundingRect())
        assert box.left() >= 1, name
        assert box.top() >= 1, name
        assert box.right() <= 15, name
        assert box.bottom() <= 15, name
        assert not icons.icon(name).isNull()


def test_a_long_name_is_cut_and_whole_in_its_tooltip(qtbot: QtBot) -> None:
    label = ElidingLabel("Northmoor University Hospitals " * 5)
    qtbot.addWidget(label)
    label.resize(100, 20)
    label.show()
    assert label.toolTip().startswith("<qt>Northmoor")
    label.resize(4000, 20)
    assert label.toolTip() == ""


def test_facts_can_be_selected_and_are_kept_when_only_values_change(qtbot: QtBot) -> None:
    facts = Facts()
    qtbot.addWidget(facts)
    facts.set_rows([("Host", "WARD7B", "mono"), ("User", "svc")])
    label = facts.values["Host"]
    assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard
    facts.set_rows([("Host", "WARD8", "mono"), ("User", "svc")])
    assert facts.values["Host"] is label
    assert label.text() == "WARD8"
    facts.set_rows([("Aware", "Not recorded")])
    assert list(facts.values) == ["Aware"]


def test_a_chip_is_removed_by_its_cross_and_by_delete(qtbot: QtBot) -> None:
    chip = Chip("is", "new")
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    removed: list[bool] = []
    clicked: list[bool] = []
    chip.removed.connect(lambda: removed.append(True))
    chip.clicked.connect(lambda: clicked.append(True))
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 10, 14))
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert (len(removed), len(clicked)) == (2, 0)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(15, 14))
    assert (len(removed), len(clicked)) == (2, 1)


def test_tabs_move_by_arrow_keys(qtbot: QtBot) -> None:
    tabs = Tabs()
    qtbot.addWidget(tabs)
    for key in ("a", "b", "c"):
        tabs.add(key, key.upper())
    told: list[str] = []
    tabs.changed.connect(told.append)
    tabs.show()
    QTest.keyClick(tabs.tabs["a"], Qt.Key.Key_Right)
    QTest.keyClick(tabs.tabs["b"], Qt.Key.Key_Right)
    QTest.keyClick(tabs.tabs["c"], Qt.Key.Key_Right)
    assert told == ["b", "c", "a"]


def test_tabs_without_room_are_under_more_and_the_current_one_never_is(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    tabs = Tabs(parent=page)
    names = ("Timeline", "Tasks", "Alerts", "Victims", "Affected things", "Files", "Log", "History")
    for name in names:
        tabs.add(name, name, "12")
    tabs.resize(900, 39)
    page.show()
    assert tabs.folded() == []
    tabs.resize(300, 39)
    folded = [tab.key for tab in tabs.folded()]
    assert folded
    assert folded == list(names[-len(folded) :])
    more = tabs.findChildren(MoreTabs)[0]
    assert more.isVisible()
    assert more.accessibleName() == "More tabs: " + ", ".join(f"{name} 12" for name in folded)
    assert all(
        tab.geometry().right() <= tabs.width() and tab.width() >= tab.width_needed(False)
        for tab in tabs.findChildren(Tab)
        if tab.isVisible()
    )
    QTest.keyClick(tabs.tabs["Timeline"], Qt.Key.Key_Left)
    assert tabs.current() == "History"
    assert tabs.tabs["History"].isVisible()
    assert tabs.tabs["History"].geometry().right() <= more.x()
    menu = more.menu()
    assert [action.text() for action in menu.actions()] == [f"{tab.key} 12" for tab in tabs.folded()]
    wanted = tabs.folded()[-1].key
    menu.actions()[-1].trigger()
    menu.close()
    assert tabs.current() == wanted
    tabs.tabs["Alerts"].setVisible(False)
    tabs.resize(900, 39)
    assert tabs.folded() == []
    assert not tabs.tabs["Alerts"].isVisible()


def test_the_result_line_stays_until_something_else_is_said(qtbot: QtBot) -> None:
    line = ResultLine()
    qtbot.addWidget(line)
    undone: list[bool] = []
    line.undo_requested.connect(lambda: undone.append(True))
    line.say("Dismissed, false positive.", "Next: high; 60 left.")
    assert line.words() == line.accessibleName() == "Dismissed, false positive. Next: high; 60 left."
    QTest.mouseClick(line.undo, Qt.MouseButton.LeftButton)
    assert undone == [True]
    line.clear()
    assert line.isHidden()


def test_progress_says_per_cent_and_time_left(qtbot: QtBot) -> None:
    seconds = [0.0]
    strip = ProgressStrip(lambda: seconds[0])
    qtbot.addWidget(strip)
    cancelled: list[bool] = []
    strip.cancelled.connect(lambda: cancelled.append(True))
    strip.begin("Import")
    seconds[0] = 60.0
    strip.report(50, 100)
    words = [label.text() for label in strip.findChildren(QLabel)]
    assert "50 %, 1 min left" in words
    QTest.mouseClick(strip.cancel_button, Qt.MouseButton.LeftButton)
    assert cancelled == [True]
    assert not strip.cancel_button.isEnabled()
    assert [time_left_words(n) for n in (None, 0.2, 12, 3700)] == ["", "a moment left", "12 s left", "1 h 2 min left"]


def test_enter_presses_a_button_as_space_does(qtbot: QtBot) -> None:
    button = primary("&Promote", key="P")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Promote"
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert pressed == [True, True]


@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
@pytest.mark.parametrize("width", [1440, 720])
def test_the_whole_kit_is_painted_in_every_theme_and_width(shell: Shell, mode: str, width: int) -> None:
    theme.current().set_mode(mode)
    shell.resize(width, width * 5 // 8)
    for place in ("home", "queue", "incidents"):
        shell.go_to(place)
        QApplication.processEvents()
        picture = shell.grab().toImage()
        assert picture.pixelColor(3, picture.height() - 3).name() == theme.current().palette.side.lower()


def test_a_contrast_theme_of_the_system_wins_with_its_own_colours() -> None:
    system = theme.qt_palette(theme.DARK)
    made = theme.from_system(system)
    assert made.high_contrast
    assert made.canvas == theme.DARK.canvas
    assert made.text == made.edge == theme.DARK.text
    assert made.accent == theme.DARK.accent


def test_the_wheel_scrolls_the_page_and_changes_no_field_it_passes_over(qtbot: QtBot) -> None:
    page = ScrollPage()
    qtbot.addWidget(page)
    choice = Choice([(key, key) for key in "abcd"], name="Letter")
    choice.set_key("b")
    page.body.addWidget(choice)
    page.body.addSpacing(2_000)
    page.resize(300, 300)
    page.show()
    qtbot.waitExposed(page)
    bar = page.verticalScrollBar()
    for focused in (False, True):
        if focused:
            choice.setFocus()
        bar.setValue(0)
        turn(choice, -120)
        assert bar.value() > 0
    assert choice.key() == "b"
    assert choice.focusPolicy() == Qt.FocusPolicy.StrongFocus, "the wheel brings no focus"


def turn(widget: QWidget, by: int) -> None:
    """Turn the mouse wheel over a widget."""
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center()).toPointF()
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, by))


def test_a_button_that_has_neither_words_nor_an_icon_is_painted_without_a_fault(qtbot: QtBot) -> None:
    made = link("")
    qtbot.addWidget(made)
    made.show()
    with qtbot.captureExceptions() as caught:
        assert not made.grab().isNull()
    assert caught == []
