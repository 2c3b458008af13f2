"""A start that is refused says so in a window, on the console and in the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from triage_app import app
from triage_app.errors import StoreReadOnly
from triage_app.formats import event_log
from triage_app.ui.messages import Dialog


def test_why_there_is_no_window_is_said_in_one_that_can_be_closed(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(event_log, "note", lambda words: True)
    monkeypatch.setattr(app, "_has_somebody", lambda: True)
    shown: list[str] = []

    def close() -> None:
        (dialog,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, Dialog) and each.isVisible()]
        shown.extend(label.text() for label in dialog.findChildren(QLabel))
        closing = [each for each in dialog.findChildren(QPushButton) if each.text() == "Close"]
        (closing[0].click if closing else dialog.reject)()

    QTimer.singleShot(50, close)
    assert app._refuse(StoreReadOnly("The folder cannot be written to.", "Ask IT."), tmp_path, shown=True) == 2
    assert shown == ["Triage cannot start", "The folder cannot be written to. Ask IT."]
    assert "The folder cannot be written to. Ask IT." in capsys.readouterr().err
    assert "read-only" in (tmp_path / "startup.log").read_text()
