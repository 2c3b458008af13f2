"""Help, Licences: the list and the words, reached and read by keyboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, window_on
from tests.gui.incident_store import dialog
from tests.gui.reaching import nameless, trapped
from triage_app.ui.dialogs.licences import LicencesDialog


def test_the_licence_of_each_work_is_read_by_going_down_the_list(samples: Path, tmp_path: Path, qtbot: QtBot) -> None:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        assert window.workplace is not None
        window.workplace.show_licences()
        shown = dialog(LicencesDialog, qtbot)
        assert isinstance(shown, LicencesDialog)
        assert "argon2-cffi" in shown.words.accessibleName()
        first = shown.words.toPlainText()
        QTest.keyClick(shown.table, Qt.Key.Key_Down)
        assert shown.words.toPlainText() != first
        QTest.keyClick(shown.table, Qt.Key.Key_End)
        assert "typing-extensions" not in first
        assert shown.words.isReadOnly()
        assert nameless(shown) == []
        assert trapped(shown) == []
        shown.reject()
