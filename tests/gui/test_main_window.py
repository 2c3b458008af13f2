"""The whole window: places, menus, finding, second starts, faults, and what it remembers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMargins, QRect, QSettings, Qt
from PySide6.QtGui import QAction, QImage, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QLineEdit, QMenu, QTableView
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    PASSPHRASE,
    copied,
    empty_store,
    now,
    press,
    queue_of,
    said,
    until,
    window_on,
)
from tests.unit.store.evidence import load, row
from triage_app.app import Faults, described
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.store import lookup
from triage_app.ui import requests, theme
from triage_app.ui.main_window import MainWindow
from triage_app.ui.messages import Dialog
from triage_app.ui.window_frame import within
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot, whole="whole" in request.fixturenames) as opened:
        yield opened


@pytest.fixture
def work(window: MainWindow) -> Workplace:
    assert window.workplace is not None
    return window.workplace


@pytest.fixture
def whole(work: Workplace, qtbot: QtBot) -> Workplace:
    """That of a window left idle until it has made every place."""
    until(qtbot, lambda: len(work.views) == len(PLACES))
    return work


def menu_actions(work: Workplace) -> list[QAction]:
    """Every action of the menu bar, in every menu."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    inner = [menu.menuAction() for menu in work.findChildren(QMenu)]
    return [
        action
        for menu in work._top.findChildren(QMenu)
        for action in menu.actions()
        if not action.isSeparator() and action not in inner
    ]


def test_every_place_can_be_gone_to_by_key_and_shows_itself(whole: Workplace) -> None:
    for number, key in enumerate(PLACES, 1):
        action = next(each for each in whole._go if each.shortcut().toString() == f"Ctrl+{number}")
        action.trigger()
        assert whole.place() == key
        assert whole.view(key).isVisible()


def test_every_action_of_every_place_is_in_a_menu_with_a_tooltip(whole: Workplace) -> None:
    shown = menu_actions(whole)
    for key in PLACES:
        for actions in whole.views[key].actions().values():  # type: ignore[attr-defined]
            for action in actions:
                assert action in shown, f"{key}: {action.text()}"
    assert [action.text() for action in shown if not action.toolTip()] == []


def test_every_menu_is_in_view_at_the_usual_width(whole: Workplace, qtbot: QtBot) -> None:
    window = whole.window()
    window.resize(1440, 900)
    bar = whole._top.menus

    def hidden() -> list[str]:
        return [each.text() for each in bar.actions() if not bar.rect().contains(bar.actionGeometry(each))]

    until(qtbot, lambda: not hidden())
    assert len(bar.actions()) > 7


def test_no_key_means_two_things_at_once(whole: Workplace) -> None:
    assert len(menu_actions(whole)) == len(set(menu_actions(whole)))
    keys = Counter(
        keys.toString()
        for action in menu_actions(whole)
        for keys in action.shortcuts()
        if action.shortcutContext() != Qt.ShortcutContext.WidgetWithChildrenShortcut
    )
    assert [key for key, many in keys.items() if many > 1] == []


def test_every_control_in_every_place_has_a_name_for_a_screen_reader(whole: Workplace) -> None:
    nameless = []
    for key in PLACES:
        whole.go_to(key)
        for kind in (QAbstractButton, QLineEdit, QComboBox, QTableView):
            nameless += [
                f"{key}: {type(each).__name__}"
                for each in whole.findChildren(kind)
                if each.isVisible() and each.focusPolicy() != Qt.FocusPolicy.NoFocus and not each.accessibleName()
            ]
    assert nameless == []


def test_no_label_in_any_place_interprets_its_text(whole: Workplace) -> None:
    labels = whole.findChildren(QLabel)
    assert len(labels) > 60
    assert [each.text() for each in labels if each.textFormat() != Qt.TextFormat.PlainText] == []


def test_finding_a_reference_opens_the_incident_and_words_narrow_the_queue(work: Workplace, qtbot: QtBot) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    work.search.setText(incident["ref"].lower())
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "incidents"
    work.search.setText("sev:high pharmacy")
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.place() == "queue")
    assert work.queue.filter.query() == "sev:high pharmacy"
    work.search.setText("sev:wrong")
    press(work.search, Qt.Key.Key_Return)
    assert "“sev:wrong” is no severity." in work.status_text()
    work.search.setText("ward foo:bar")
    press(work.search, Qt.Key.Key_Return)
    assert "There is no key “foo” here" in work.status_text()
    assert work.search.selectedText() == "foo:bar"


def test_the_sidebar_counts_follow_what_is_done(whole: Workplace, qtbot: QtBot) -> None:
    side = whole._side.items
    assert side["queue"].accessibleName() == "Queue, 70"
    press(whole.queue.table, "p")
    until(qtbot, lambda: side["queue"].accessibleName() == "Queue, 69")
    until(qtbot, lambda: side["incidents"].accessibleName() == "Incidents, 1")


def test_a_demonstration_says_so_where_it_cannot_be_closed(work: Workplace) -> None:
    assert work._banner.isVisible()
    assert work._banner.accessibleName().startswith("Demonstration. Every alert, name and organisation here is")


def test_an_exercise_says_so(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home", exercise=True, demonstration=False)
    with window_on(tmp_path / "home", qtbot) as window:
        assert window.workplace is not None
        assert window.workplace._banner.accessibleName().startswith("Exercise. Nothing here is real")


def test_a_store_of_real_work_has_no_banner_and_an_empty_queue_says_what_to_do(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home", demonstration=False)
    with window_on(tmp_path / "home", qtbot) as window:
        assert window.workplace is not None
        assert not window.workplace._banner.isVisible()
        words = [label.text() for label in queue_of(window).table.findChildren(QLabel) if label.isVisible()]
        assert "No alert has been imported yet." in words


def test_an_empty_queue_says_where_that_is_which_is_no_alert(tmp_path: Path, qtbot: QtBot) -> None:
    session = sessions.unlock(empty_store(tmp_path / "home", demonstration=False), PASSPHRASE, now)
    load(session, [row("v", kind="advisory", value="CC-1", title="Feed of rented servers")])
    session.close()
    with window_on(tmp_path / "home", qtbot) as window:
        shown = queue_of(window)
        words = [label.text() for label in shown.table.findChildren(QLabel) if label.isVisible()]
        assert "No alert has been imported yet." in words
        assert any(text.startswith("What was imported so far is in Evidence.") for text in words)


def test_every_colour_and_row_height_of_the_menu_has_an_access_key_of_its_own(work: Workplace) -> None:
    for menu in (work._colours, work._rows):
        keys = [QKeySequence.mnemonic(action.text()).toString() for action in menu.actions()]
        assert all(keys)
        assert len(set(keys)) == len(keys)


def test_the_keys_and_the_manual_are_shown_without_holding_up_the_window(work: Workplace) -> None:
    work.keys_requested.emit()
    work.help_requested.emit()
    dialogs = [each for each in work.findChildren(Dialog) if each.isVisible()]
    assert [each.windowTitle() for each in dialogs] == ["All keys", "Manual: The queue"]
    assert not any(each.isModal() for each in dialogs)
    words = [label.text() for label in dialogs[0].findChildren(QLabel)]
    assert "Promote to an incident" in words
    for each in dialogs:
        each.close()


def test_colours_and_rows_are_kept_in_the_store_and_known_before_it_opens(
    work: Workplace, window: MainWindow, qtbot: QtBot
) -> None:
    try:
        work._choose("theme", "dark")
        work._choose("density", "compact")
        assert theme.current().palette.dark
        assert work.queue.table.row_height == 26
        window.lock()
        until(qtbot, lambda: window.unlock_page.button.isEnabled())
        assert window.remembered_theme() == "dark"
        theme.current().set_density("normal")
        window.unlock(PASSPHRASE)
        until(qtbot, lambda: window.workplace is not None and theme.current().density == "compact")
    finally:
        theme.current().set_mode("system")
        theme.current().set_density("normal")


def test_what_is_remembered_of_the_window_holds_nothing_personal(window: MainWindow, whole: Workplace) -> None:
    window.resize(1200, 700)
    window.lock()
    window.remember_place()
    written = window.profile.settings.read_text()
    assert "geometry" in written
    for word in ("Okafor", "Northmoor", "RXX", "Ransom"):
        assert word not in written
    settings = QSettings(str(window.profile.settings), QSettings.Format.IniFormat)
    assert set(settings.allKeys()) <= {"window/geometry", "arranged/columns", "arranged/panes", "theme", "language"}


def test_open_dialogs_go_when_the_window_is_locked(window: MainWindow, work: Workplace, qtbot: QtBot) -> None:
    work.importing.open([ROOT / "resources" / "samples" / "suricata-eve.json"])
    until(qtbot, lambda: work.importing.dialog is not None)
    window.lock()
    assert not [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
    until(qtbot, lambda: window.unlock_page.button.isEnabled())


def test_an_idle_window_locks_itself(window: MainWindow, work: Workplace, qtbot: QtBot) -> None:
    until(qtbot, lambda: window._idle.isActive())
    assert window._idle.interval() == 15 * 60_000
    window._idle.start(20)
    until(qtbot, lambda: window.workplace is None)
    assert window.unlock_page.isVisible()
    until(qtbot, lambda: window.unlock_page.button.isEnabled())


def test_a_second_start_hands_its_files_to_the_first_window(tmp_path: Path, qtbot: QtBot) -> None:
    profile = Profile(tmp_path / "home")
    held = requests.take_window(profile)
    assert held is not None
    assert requests.take_window(profile) is None
    watch = requests.Requests(profile)
    arrived: list[list[Path]] = []
    watch.arrived.connect(arrived.append)
    requests.leave(profile, [tmp_path / "alerts.csv"])
    until(qtbot, lambda: arrived == [[tmp_path / "alerts.csv"]])
    assert list(profile.requests.glob("*.request")) == []
    held.release()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff\xfe",
        b"[" * 100_000,
        b'{"open": "no list"}',
        b'{"open": [1, null, {}, ""]}',
        b"x" * 100_000,
        b"[]",
        b'{"open": ["/a"]}' + b" " * 100_000,
    ],
)
def test_a_request_that_makes_no_sense_names_no_file(content: bytes, tmp_path: Path, qtbot: QtBot) -> None:
    profile = Profile(tmp_path / "home")
    held = requests.take_window(profile)
    assert held is not None
    (profile.requests / "odd.request").write_bytes(content)
    watch = requests.Requests(profile)
    arrived: list[list[Path]] = []
    watch.arrived.connect(arrived.append)
    watch.look()
    assert arrived == [[]]
    assert not (profile.requests / "odd.request").exists()
    held.release()


def start(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the window as a program."""
    return subprocess.run(
        [sys.executable, "-c", "import sys; from triage_app.__main__ import main_window; sys.exit(main_window())",
         "--home", str(home), *arguments],
        cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_the_program_started_a_second_time_leaves_a_request_and_ends(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "home")
    held = requests.take_window(profile)
    assert held is not None
    done = start(profile.home, str(tmp_path / "alerts.csv"))
    assert done.returncode == 0, done.stderr
    (left,) = profile.requests.glob("*.request")
    assert json.loads(left.read_text()) == {"open": [str(tmp_path / "alerts.csv")]}
    held.release()


def test_the_program_paints_its_first_window(samples: Path, tmp_path: Path) -> None:
    home = copied(samples, tmp_path / "home")
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    picture = tmp_path / "first.png"
    done = start(
        home, "--now", "2026-11-22T03:12Z", "--passphrase-file", str(tmp_path / "passphrase"),
        "--paint-test", str(picture),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert image.width() >= 640
    assert len({image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)}) > 8


def test_a_passphrase_file_that_is_not_there_ends_with_a_sentence(tmp_path: Path) -> None:
    done = start(tmp_path / "home", "--passphrase-file", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.strip().endswith("could not be read. Check the name of the passphrase file.")
    assert "Traceback" not in done.stderr


def test_a_fault_of_ours_is_logged_and_reported_without_record_content(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    faults = Faults(profile, now)
    try:
        int("Mrs Adeyemi, ward 7B")
    except ValueError as error:
        report = faults.note(error)
    assert "Adeyemi" not in report
    assert report.startswith("ValueError at test_main_window.py:")
    assert "Adeyemi" not in profile.log.read_text()
    assert profile.log.read_text().startswith("2026-11-22T03:12:00+00:00 ValueError at")
    chained = TriageError("what", "do")
    chained.__cause__ = KeyError("secret")
    assert described(chained).startswith("TriageError from KeyError at an unknown place")


@pytest.mark.parametrize("place", ["queue", "home"])
def test_the_question_mark_shows_every_key(whole: Workplace, window: MainWindow, qtbot: QtBot, place: str) -> None:
    window.activateWindow()
    whole.go_to(place)
    until(qtbot, lambda: QApplication.focusWidget() is not None)
    focused = QApplication.focusWidget()
    assert focused is not None
    for typed in (focused, window):
        QTest.keyClick(typed, Qt.Key.Key_Slash, Qt.KeyboardModifier.ShiftModifier)
        QApplication.sendEvent(typed, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.ShiftModifier, "?"))
        (shown,) = [each for each in whole.findChildren(Dialog) if each.isVisible()]
        assert shown.windowTitle() == "All keys"
        assert "?  " in [label.text() for label in shown.findChildren(QLabel)]
        shown.close()


def test_the_question_mark_is_a_letter_like_another_where_one_writes(work: Workplace) -> None:
    work.search.setFocus()
    press(work.search, "?")
    assert work.search.text() == "?"
    assert [each for each in work.findChildren(Dialog) if each.isVisible()] == []


def test_with_single_letters_turned_off_the_question_mark_does_nothing(work: Workplace) -> None:
    work.queue.table.single_keys = False
    press(work.queue.table, "?")
    press(work.queue.detail, "?")
    assert [each for each in work.findChildren(Dialog) if each.isVisible()] == []


def test_the_window_opens_within_the_screen_frame_and_all(tmp_path: Path, qtbot: QtBot) -> None:
    window = MainWindow(Profile(tmp_path / "home"), now)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    room = window.screen().availableGeometry()
    until(qtbot, lambda: room.contains(window.frameGeometry()))
    window.resize(1440, 900)
    QCoreApplication.processEvents()
    assert window.width() == 1440, "what the responder chose is kept"


@pytest.mark.parametrize("frame", [QMargins(0, 0, 0, 0), QMargins(1, 31, 1, 1), QMargins(8, 40, 8, 8)])
def test_a_window_and_its_frame_fit_any_screen(frame: QMargins) -> None:
    for room in (QRect(0, 0, 1366, 728), QRect(0, 27, 800, 573), QRect(-1920, 0, 1920, 1040), QRect(0, 0, 3840, 2100)):
        for wanted in (QRect(0, 0, 1440, 900), QRect(room.right() - 50, room.bottom() - 50, 600, 400)):
            placed = within(wanted, room, frame)
            assert room.contains(placed.marginsAdded(frame))
    assert within(QRect(100, 100, 600, 400), QRect(0, 0, 1366, 728), frame) == QRect(100, 100, 600, 400)
