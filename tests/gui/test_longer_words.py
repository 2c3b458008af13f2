"""Every screen and dialog with words 40 % longer than the English, as other languages have them: nothing is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests import languages as texts
from tests.gui.demo_store import copied, now, told
from tests.gui.fixtures_store import until
from tests.gui.test_every_screen import Judge
from triage_app.app import build
from triage_app.cli.commands_demo import PASSPHRASE
from triage_app.paths import Profile
from triage_app.services import languages
from triage_app.ui.screenshots import settle, walk_through
from triage_app.ui.translation import speak

pytestmark = pytest.mark.slow

COMMON = QSize(1366, 728)
"""A screen of 1366 by 768, without the window's border."""


def test_no_screen_and_no_dialog_cuts_words_that_are_40_per_cent_longer(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge()
    longer = texts.pseudo()
    monkeypatch.setattr(languages, "catalogue", lambda _: longer)
    demo = told(tmp_path / "told" / "demo-out")
    home = copied(demo, tmp_path / "demo-out") / "northmoor"
    window = build(Profile(home), now, passphrase=PASSPHRASE, fixed_clock=True, language=longer.code)
    qtbot.addWidget(window)
    window.resize(COMMON)
    window.show()
    until(qtbot, lambda: window.workplace is not None)
    assert window.workplace is not None
    settle(window.workplace)
    try:
        walk_through(window.workplace, judge)
    finally:
        window.close()
        speak(None)
    assert not judge.faults, "\n".join(f"{name}: {found}" for name, found in judge.faults.items())
    assert len(judge.seen) > 60
