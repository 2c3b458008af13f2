"""The settings: all of them in one window, each with what it does, and every change counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, press, until, window_on
from triage_app.services import settings
from triage_app.services.settings import KNOWN, Setting
from triage_app.ui import theme
from triage_app.ui.dialogs.settings import SettingRow, SettingsDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.setting_words import SettingWords, setting_words
from triage_app.ui.widgets import CheckBox, Choice, TextField
from triage_app.ui.workplace import Workplace


@pytest.fixture
def opened(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        yield window
    theme.current().set_mode("system")
    theme.current().set_density("normal")


@pytest.fixture
def work(opened: MainWindow) -> Workplace:
    assert opened.workplace is not None
    return opened.workplace


def shown(work: Workplace) -> SettingsDialog:
    found = work.findChild(SettingsDialog)
    assert isinstance(found, SettingsDialog)
    return found


def kept(work: Workplace, key: str) -> Any:
    return settings.all_of(work.desk.store)[key]


def test_ctrl_comma_shows_every_setting_there_is_with_a_sentence_and_holds_up_nothing(
    work: Workplace, qtbot: QtBot
) -> None:
    QTest.keyClick(work.queue.table, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    page = shown(work)
    assert set(page.rows) == set(KNOWN)
    assert not page.isModal()
    for key, row in page.rows.items():
        assert row.does.text().endswith("."), key
        assert row.control.accessibleName() or isinstance(row.control, CheckBox)
    work.show_settings("part-megabytes")
    assert len(work.findChildren(SettingsDialog)) == 1
    assert page.focusWidget() is page.rows["part-megabytes"].control


def test_every_setting_and_every_value_has_words() -> None:
    words = setting_words(lambda text: text)
    assert set(words) == set(KNOWN)
    for key, setting in KNOWN.items():
        if setting.kind == "one-of":
            assert set(words[key].values) == set(setting.options), key


def test_a_setting_that_is_new_shows_by_itself(work: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "sound", Setting("quiet", "one-of", "noise", ("quiet", "loud")))
    work.show_settings()
    row = shown(work).rows["sound"]
    assert isinstance(row.control, Choice)
    assert row.control.key() == "quiet"


def test_single_letters_stop_and_act_again_at_once_in_lists_menus_and_words(work: Workplace, qtbot: QtBot) -> None:
    figures: Any = work.view("figures")
    edit = figures.commands[1]
    assert [keys.toString() for keys in edit.shortcuts()] == ["E"]
    work.show_settings()
    box = shown(work).rows["single-letter-keys"].control
    assert isinstance(box, CheckBox)
    box.click()
    until(qtbot, lambda: not work.queue.table.single_keys)
    assert edit.shortcuts() == []
    assert work.queue.result.undo_key == "Control Z"
    before = work.queue.table.currentIndex().row()
    press(work.queue.table, "j")
    assert work.queue.table.currentIndex().row() == before
    box.click()
    until(qtbot, lambda: work.queue.table.single_keys)
    assert [keys.toString() for keys in edit.shortcuts()] == ["E"]
    press(work.queue.table, "j")
    assert work.queue.table.currentIndex().row() == before + 1
    assert kept(work, "single-letter-keys") == "on"


def test_colours_rows_and_the_lock_follow_at_once_and_the_menu_says_the_same(
    opened: MainWindow, work: Workplace, qtbot: QtBot
) -> None:
    work.show_settings()
    page = shown(work)
    for key, value in (("theme", "dark"), ("density", "compact")):
        choice = page.rows[key].control
        assert isinstance(choice, Choice)
        choice.set_key(value)
        choice.activated.emit(choice.currentIndex())
    until(qtbot, lambda: kept(work, "density") == "compact")
    until(qtbot, lambda: (theme.current().mode, theme.current().density) == ("dark", "compact"))
    assert [each.data() for each in work._rows.actions() if each.isChecked()] == ["compact"]
    work._choose("density", "roomy")
    choice = page.rows["density"].control
    assert isinstance(choice, Choice)
    until(qtbot, lambda: choice.key() == "roomy")
    minutes = page.rows["idle-lock-minutes"].control
    assert isinstance(minutes, TextField)
    minutes.setText("7")
    press(minutes, Qt.Key.Key_Return)
    until(qtbot, lambda: opened._idle.interval() == 7 * 60_000)
    assert page.isVisible()


def test_what_does_not_fit_is_said_beside_its_field_and_is_not_kept(work: Workplace, qtbot: QtBot) -> None:
    work.show_settings()
    row = shown(work).rows["part-megabytes"]
    assert isinstance(row.control, TextField)
    row.control.setText("900")
    press(row.control, Qt.Key.Key_Return)
    until(qtbot, lambda: not row.problem.isHidden())
    assert "from 2 to 64" in row.problem.text()
    assert row.control.text() == "900"
    assert kept(work, "part-megabytes") == 20
    row.control.setText("30")
    shown(work).rows["part-megabytes"].control.setFocus()
    shown(work).reject()
    until(qtbot, lambda: kept(work, "part-megabytes") == 30)


def test_a_folder_is_watched_at_once_and_another_has_to_be_allowed_to_merge_anew(
    work: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    work.show_settings()
    rows = shown(work).rows
    rows["watch-folder"].wanted.emit(str(one))
    until(qtbot, lambda: kept(work, "watch-folder") == str(one))
    for key in ("watch", "watch-merge"):
        box = rows[key].control
        assert isinstance(box, CheckBox)
        box.click()
        until(qtbot, lambda key=key: kept(work, key) == "on")  # type: ignore[misc]
    until(qtbot, lambda: work.watching.folder == one and work.watching.merges)
    rows["watch-folder"].wanted.emit(str(two))
    until(qtbot, lambda: work.watching.folder == two)
    assert not work.watching.merges
    merges = rows["watch-merge"].control
    assert isinstance(merges, CheckBox)
    until(qtbot, lambda: not merges.isChecked())


def test_a_row_can_say_that_somebody_else_has_set_it(qtbot: QtBot) -> None:
    row = SettingRow(Setting(15, "number", "lock", low=1, high=240), SettingWords("Lock", "It locks."))
    qtbot.addWidget(row)
    row.show()
    row.show_value(5)
    row.set_by("your IT department")
    assert not row.control.isEnabled()
    assert row.problem.text() == "Set by your IT department. It cannot be changed here."
    row.set_by("")
    assert row.control.isEnabled()
    assert row.problem.isHidden()


def test_nothing_in_it_can_be_pressed_that_is_less_than_24_high_and_enter_presses_no_button(
    work: Workplace, qtbot: QtBot
) -> None:
    work.show_settings()
    page = shown(work)
    small = [one for one in page.findChildren(QWidget) if isinstance(one, QPushButton) and one.height() < 24]
    assert small == []
    press(page.rows["theme"].control, Qt.Key.Key_Return)
    assert page.isVisible()
