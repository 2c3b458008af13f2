"""A store whose log is damaged: the window says that acts are missing, and where what is left of the log is."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, window_on
from triage_app.paths import Profile
from triage_app.services import incidents
from triage_app.services import session as sessions


def test_a_window_over_a_damaged_log_says_that_acts_are_missing(samples: Path, tmp_path: Path, qtbot: QtBot) -> None:
    home = copied(samples, tmp_path / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    log = home / "store.db-wal"
    incidents.open_incident(session, "Before the damage")
    before = log.stat().st_size
    for number in range(3):
        incidents.open_incident(session, f"Behind the damage {number}")
    killed = tmp_path / "killed"
    shutil.copytree(home, killed, ignore=shutil.ignore_patterns("*-shm"))
    session.close()
    data = bytearray((killed / log.name).read_bytes())
    data[before + 1000] ^= 8
    (killed / log.name).write_bytes(data)
    with window_on(killed, qtbot) as window:
        words = [label.text() for label in window.findChildren(QLabel) if "log beside the store" in label.text()]
        assert words
        assert "at least 2 of the newest acts" in words[0]
        [kept] = killed.glob("damaged-log-*")
        assert kept.name in words[0]
