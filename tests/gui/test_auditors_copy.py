"""A copy for an auditor in the window: made there, read there, and nothing is written to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    CHEAP,
    PASSPHRASE,
    copied,
    now,
    press,
    queue_of,
    until,
    wait_unlocked,
    window_on,
)
from tests.gui.test_who_can_unlock import in_view, opened, shown
from triage_app.paths import Profile
from triage_app.services import auditing, incidents, victims
from triage_app.services import session as sessions
from triage_app.ui.dialogs.slot_forms import AuditorCopy
from triage_app.ui.main_window import MainWindow
from triage_app.ui.workplace_menus import PLACES

AUDIT = "an auditor reads this one"


@pytest.fixture
def copy(samples: Path, tmp_path: Path) -> Path:
    profile = Profile(copied(samples, tmp_path / "home"))
    session = sessions.unlock(profile, PASSPHRASE, now)
    incident = incidents.open_incident(session, "Screens locked on ward 7B").id
    victims.add_victim(session, incident, person="Bel Okafor")
    auditing.auditor_copy(session, tmp_path / "copy", AUDIT, with_people=True, cost=CHEAP)
    session.close()
    return tmp_path / "copy"


@pytest.fixture
def auditor(copy: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copy, qtbot, unlocked=False) as window:
        press(window.unlock_page.passphrase, AUDIT)
        press(window.unlock_page.passphrase, Qt.Key.Key_Return)
        wait_unlocked(window, qtbot)
        yield window


def test_the_window_reads_every_place_of_it_and_says_what_it_is(auditor: MainWindow, qtbot: QtBot, copy: Path) -> None:
    before = Profile(copy).store.read_bytes()
    workplace = auditor.workplace
    assert workplace is not None
    assert workplace.desk.responder_name == "Auditor"
    assert "Copy for an auditor, made Sun 22 Nov 2026 03:12 GMT by Sam Okafor" in workplace._mode
    assert queue_of(auditor).counts.text()
    for place in PLACES:
        workplace.go_to(place)
        qtbot.wait(40)
    workplace.go_to("incidents")
    incident = workplace.desk.store.value("SELECT id FROM incident")
    workplace.open_record("incident", incident)
    until(qtbot, lambda: not workplace.desk.lane.is_busy())
    qtbot.wait(100)
    assert workplace.status_text() == "A copy for an auditor: it is only read."
    workplace.index()
    auditor.lock()
    until(qtbot, lambda: auditor.unlock_page.button.isEnabled())
    assert Profile(copy).store.read_bytes() == before


def test_an_act_is_refused_and_says_why(auditor: MainWindow, qtbot: QtBot) -> None:
    workplace = auditor.workplace
    assert workplace is not None
    press(queue_of(auditor).table, "p")
    until(qtbot, lambda: queue_of(auditor).result.words().startswith("This is a copy for an auditor"))
    dialog = opened(auditor, qtbot)
    assert not dialog.add.isEnabled()
    assert not dialog.another.isEnabled()
    assert [row["kind"] for row in dialog.table.rows()] == ["Auditor, reading"]
    dialog.reject()


def test_a_copy_is_made_from_the_window(samples: Path, tmp_path: Path, qtbot: QtBot) -> None:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        dialog = opened(window, qtbot)
        dialog.copy.click()
        form = shown(AuditorCopy)
        press(form.first, AUDIT)
        press(form.second, AUDIT)
        form.save.click()
        assert "No folder is named" in form.problem.accessibleName()
        form.folder.setText(str(tmp_path / "home" / "inside"))
        form.save.click()
        until(qtbot, lambda: "folder of the store" in form.problem.accessibleName())
        form.folder.setText(str(tmp_path / "copy"))
        form.save.click()
        until(qtbot, lambda: not in_view(AuditorCopy))
        assert window.workplace is not None
        assert window.workplace.status_text() == "Made a copy for an auditor."
        dialog.reject()
    session = sessions.unlock(Profile(tmp_path / "copy"), AUDIT, now, read_only=True)
    assert session.store.value("SELECT count(*) FROM alert") == 70
    session.close()
