"""What the IT department enforces is shown in the window as set by it, and cannot be changed there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.conftest import Enforce
from tests.gui.fixtures_store import copied, now, until, window_on
from triage_app.services import settings
from triage_app.services.set_by_it import SetByIT
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.dialogs.first_run import FirstRunPage
from triage_app.ui.dialogs.settings import SettingsDialog
from triage_app.ui.dialogs.watch_folder import WatchFolder
from triage_app.ui.main_window import MainWindow
from triage_app.ui.speaking import Speaking
from triage_app.ui.widgets import TextField
from triage_app.ui.workplace import Workplace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the registry takes the place of the file")


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(samples: Path, tmp_path: Path, drop: Path, enforce: Enforce, qtbot: QtBot) -> Iterator[MainWindow]:
    enforce(
        IdleLockMinutes=7, DropFolder=str(drop), MergeUnasked=False, BackupFolder="/mnt/soc/backups", PartMegabytes=5,
        HighestLabel="GREEN", Language="en", Sound="quiet",
    )  # fmt: skip
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        until(qtbot, lambda: window._idle.interval() == 7 * 60_000)
        yield window


@pytest.fixture
def work(opened: MainWindow) -> Workplace:
    assert opened.workplace is not None
    return opened.workplace


def settings_of(work: Workplace) -> SettingsDialog:
    work.show_settings()
    found = work.findChild(SettingsDialog)
    assert isinstance(found, SettingsDialog)
    return found


def test_what_is_fixed_is_greyed_with_its_reason_and_keeps_it(work: Workplace, drop: Path, qtbot: QtBot) -> None:
    page = settings_of(work)
    for key, value in (("watch-folder", str(drop)), ("backup-folder", "/mnt/soc/backups")):
        made = page.rows[key]
        assert not made.control.isEnabled()
        assert not made.choose.isEnabled()
        assert isinstance(made.control, TextField)
        assert made.control.text() == value
        assert made.problem.text() == "Set by your IT department. It cannot be changed here."
        assert made.problem.text() in made.control.accessibleDescription()
    for key in ("watch", "watch-merge"):
        assert not page.rows[key].control.isEnabled()
        assert page.rows[key].problem.isVisibleTo(page)
    work.desk.setting_changed.emit("watch", "on")
    assert page.rows["watch"].problem.text().startswith("Set by your IT department")
    for key in ("theme", "language", "single-letter-keys"):
        assert page.rows[key].control.isEnabled()
        assert not page.rows[key].problem.text()


def test_a_limit_is_shown_and_more_is_refused_with_the_reason(
    opened: MainWindow, work: Workplace, qtbot: QtBot
) -> None:
    page = settings_of(work)
    made = page.rows["idle-lock-minutes"]
    assert made.control.isEnabled()
    assert made.problem.text() == "7 at most, as set by your IT department."
    assert isinstance(made.control, TextField)
    assert made.control.text() == "7"
    made.control.setText("60")
    made.control.editingFinished.emit()
    until(qtbot, lambda: "allows 7 at most" in made.problem.text())
    assert opened._idle.interval() == 7 * 60_000
    made.control.setText("3")
    made.control.editingFinished.emit()
    until(qtbot, lambda: opened._idle.interval() == 3 * 60_000)
    assert made.problem.text() == "7 at most, as set by your IT department."


def test_the_folder_of_the_policy_is_watched_and_its_form_shows_it(work: Workplace, drop: Path, qtbot: QtBot) -> None:
    until(qtbot, lambda: work.watching.folder == drop)
    assert not work.watching.merges
    form = WatchFolder(work.desk, str(drop), True, False, work)
    greyed: list[QWidget] = [form.folder, form.on, form.merges]
    assert not any(part.isEnabled() for part in greyed)
    saved: list[str] = []
    form.saved.connect(lambda folder, on, merges: saved.append(folder))
    form.submit()
    until(qtbot, lambda: saved == [str(drop)])
    assert settings.all_of(work.desk.store)["watch-folder"] == str(drop)


def test_the_lane_refuses_what_the_window_would_not_offer(work: Workplace, qtbot: QtBot) -> None:
    refused: list[object] = []
    work.desk.set("backup-folder", "", None, refused.append)
    until(qtbot, lambda: bool(refused))
    assert isinstance(refused[0], SetByIT)


def test_the_export_offers_nothing_above_and_says_whose_limit_it_is(work: Workplace, qtbot: QtBot) -> None:
    form = ExportDialog(work.desk, work)
    offered = [form.ceiling.itemData(number) for number in range(form.ceiling.count())]
    assert offered == ["", "TLP:GREEN", "TLP:CLEAR"]
    form.recipients.way.set_key("anybody")
    form._ready()
    assert "up to TLP:GREEN" in form.promise.text()
    assert "Your IT department lets nothing above TLP:GREEN be exported." in form.promise.text()
    form.close()


def test_what_was_refused_is_said_at_each_unlocking(work: Workplace) -> None:
    assert any("Sound" in words for words in said_at_the_foot(work))


def said_at_the_foot(work: Workplace) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in work.findChildren(QLabel)]


def test_only_real_work_is_offered_where_practising_is_switched_off(
    enforce: Enforce, tmp_path: Path, qtbot: QtBot
) -> None:
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    assert len(page.purpose.buttons()) == 3
    enforce(PractiseStores="off")
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    assert [button.property("purpose") for button in page.purpose.buttons()] == ["live"]


def test_the_language_at_first_is_the_policys_until_somebody_chooses(enforce: Enforce, tmp_path: Path) -> None:
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    enforce(Language="cy")
    speaking = Speaking(kept)
    assert speaking.wished() == "cy"
    speaking.choose("en")
    assert speaking.wished() == "en"
    assert Speaking(kept).wished() == "en"
