"""The shift handover in the window: given, shown after the next unlock, postponed, taken; and printed from anywhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import CHEAP, PASSPHRASE, empty_store, now, press, until, wait_unlocked, window_on
from triage_app.paths import Profile
from triage_app.services import handoffs, handover, incidents, slots, victims
from triage_app.services import session as sessions
from triage_app.services.printed import Printed, Table
from triage_app.store import access
from triage_app.ui import page_print
from triage_app.ui.dialogs.handover import GiveDialog, TakeDialog, WhichIncident
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.home_shift import HomeShift

W = TypeVar("W", bound=QWidget)
PRIYA = "five calm herons wade"


def in_view(kind: type[W]) -> list[W]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


def dialog(kind: type[W], qtbot: QtBot) -> W:
    until(qtbot, lambda: bool(in_view(kind)) and in_view(kind)[-1].isActiveWindow())
    return in_view(kind)[-1]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A store that Sam and Priya can unlock, with an incident, its clocks and a hand-off that nobody accepted."""
    profile = empty_store(tmp_path / "home")
    session = sessions.unlock(profile, PASSPHRASE, now)
    slots.add_responder(session, "Priya Nair", PRIYA, CHEAP)
    incident = incidents.open_incident(session, "Loader on the wards").id
    victims.add_victim(session, incident, person="Jo Pryce")
    handoffs.offer(session, "incident", incident, "CSOC", person="Dai Morgan")
    session.close()
    return profile.home


def home_card(window: MainWindow, qtbot: QtBot, words: str) -> HomeShift:
    """Go to Home and wait until its first line says something."""
    assert window.workplace is not None
    window.workplace.go_to("home")
    card = window.workplace.view("home").findChild(HomeShift)
    assert isinstance(card, HomeShift)
    until(qtbot, lambda: bool(card.lines) and words in card.lines[0].what.text())
    return card


def pressed(window: MainWindow, qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Press a key where the focus is, as the keyboard does."""
    window.activateWindow()
    until(qtbot, window.isActiveWindow)
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)


CTRL = Qt.KeyboardModifier.ControlModifier
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def unlock(window: MainWindow, qtbot: QtBot, passphrase: str) -> None:
    until(qtbot, lambda: window.unlock_page.button.isEnabled())
    press(window.unlock_page.passphrase, passphrase)
    press(window.unlock_page.passphrase, Qt.Key.Key_Return)
    wait_unlocked(window, qtbot)


def test_a_shift_is_given_and_stays_its_givers_on_home_until_another_slot_takes_it(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        card = home_card(window, qtbot, "No shift has been given")
        pressed(window, qtbot, Qt.Key.Key_G, CTRL)
        form = dialog(GiveDialog, qtbot)
        press(form.words, "The fax still works")
        QTest.keyClick(form.words, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        home_card(window, qtbot, "Sam Okafor gave the shift")
        assert card.lines[0].link.text() == "Take it back"
        window.lock()
        unlock(window, qtbot, PASSPHRASE)  # its giver is not asked to take it
        home_card(window, qtbot, "Sam Okafor gave the shift")
        assert in_view(TakeDialog) == []
        window.lock()

        unlock(window, qtbot, PRIYA)
        taking = dialog(TakeDialog, qtbot)
        assert "Sam Okafor" in taking.heading.text()
        assert len(taking.clocks.rows()) >= 2
        assert [row["to"] for row in taking.handoffs.rows()] == ["CSOC, Dai Morgan"]
        QTest.keyClick(QApplication.focusWidget() or taking, Qt.Key.Key_Return)
        assert taking.isVisible()  # a passphrase's second Enter takes nothing
        QTest.keyClick(QApplication.focusWidget() or taking, Qt.Key.Key_Escape)  # no trap: it can wait
        until(qtbot, lambda: in_view(TakeDialog) == [])
        card = home_card(window, qtbot, "Sam Okafor gave the shift")
        assert card.lines[0].link.text() == "Take the shift"
        card.lines[0].link.click()
        taking = dialog(TakeDialog, qtbot)
        taking.save.click()
        home_card(window, qtbot, "Priya Nair took the shift from Sam Okafor")
        until(qtbot, lambda: in_view(TakeDialog) == [])
        assert "1 hand-off shown and taken" in card.lines[0].detail.text()
        window.lock()
        unlock(window, qtbot, PRIYA)
        home_card(window, qtbot, "Priya Nair took")
        assert in_view(TakeDialog) == []


def test_a_clock_that_began_while_one_looked_is_shown_before_the_shift_is_taken(home: Path, qtbot: QtBot) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    handover.give(session, "")
    session.close()
    with window_on(home, qtbot, passphrase=PRIYA) as window:
        taking = dialog(TakeDialog, qtbot)
        before = len(taking.clocks.rows())
        assert window.desk is not None
        window.desk.act(lambda held: incidents.open_incident(held, "Another"))
        taking.save.click()
        until(qtbot, lambda: taking.problem.isVisible() and len(taking.clocks.rows()) > before)
        until(qtbot, taking.save.isEnabled)
        taking.save.click()
        until(qtbot, lambda: in_view(TakeDialog) == [])
        assert handover.waiting(window.desk.store) == []


def test_home_says_in_amber_what_waits_long_and_its_giver_takes_it_back(home: Path, qtbot: QtBot) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, lambda: now() - timedelta(hours=2))
    handover.give(session, "")
    session.close()
    with window_on(home, qtbot) as window:
        card = home_card(window, qtbot, "Sam Okafor gave the shift")
        assert card.lines[0].glyph() == "warning"
        card.lines[0].link.click()
        home_card(window, qtbot, "Sam Okafor took the handover back")
        assert not card.lines[0].link.isVisible()


def test_an_incident_is_printed_with_one_key_from_anywhere(
    home: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tmp_path / "page.pdf"
    names: list[str] = []

    def where(_parent: object, _heading: str, name: str, _kinds: str) -> tuple[str, str]:
        names.append(name)
        return str(wanted), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", where)
    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        assert window.desk is not None
        pressed(window, qtbot, Qt.Key.Key_P, CTRL)
        form = dialog(WhichIncident, qtbot)
        QTest.keyClick(form.which, Qt.Key.Key_Return)
        until(qtbot, wanted.exists)
        assert wanted.read_bytes().startswith(b"%PDF")
        wanted.unlink()
        row = window.desk.store.row("SELECT id, ref FROM incident")
        assert row is not None
        window.workplace.open_record("incident", row[0])
        view = window.workplace.view("incidents")
        until(qtbot, lambda: view.page.isVisible() and view.page.incident_id() == row[0])  # type: ignore[attr-defined]
        pressed(window, qtbot, Qt.Key.Key_P, CTRL)
        until(qtbot, wanted.exists)
        assert names == [f"{row[1]}.pdf"] * 2
        wanted.unlink()
        pressed(window, qtbot, Qt.Key.Key_P, CTRL_SHIFT)
        until(qtbot, wanted.exists)
        assert names[2].startswith("handover-RXX-")
        store = window.desk.store
        until(qtbot, lambda: len([one for one in access.entries(store) if one["what"] == "export"]) == 3)


def test_a_page_longer_than_paper_goes_on_and_no_word_of_it_is_lost(qapp: QApplication) -> None:
    long = "word " * 4_000 + "x" * 500
    page = Printed("T", "TLP:RED", (("Fact", long),), (Table("P", ("a", "b"), ((long, "b"),) * 3, (20, 80), long),))
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QPdfWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(150)
    layout = page_print._Layout(writer)
    layout.table((), page.facts, (21, 79))
    for part in page.parts:
        layout.part(part)
    assert len(layout.pages) > 10
    for one in layout.pages:
        assert all(box.bottom() <= layout.height + 1 for box in one.boxes)
    said = "".join(words for one in layout.pages for _, words, _, _ in one.words)
    assert said.count("word") == 5 * 4_000
    assert said.count("x") == 5 * 500
