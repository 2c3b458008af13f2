"""The window in Welsh: chosen on the locked page or in the settings, in every view, and in what Qt itself says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, until, wait_unlocked, window_on
from triage_app import language
from triage_app.app import build
from triage_app.language import Catalogue
from triage_app.paths import Profile
from triage_app.services import languages, settings
from triage_app.services import session as sessions
from triage_app.ui.dialogs.first_run import FirstRunPage
from triage_app.ui.main_window import MainWindow
from triage_app.ui.manual import open_manual
from triage_app.ui.messages import Dialog
from triage_app.ui.translation import speak
from triage_app.ui.workplace_menus import PLACES


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    yield
    speak(None)


@pytest.fixture
def home(samples: Path, tmp_path: Path) -> Path:
    return copied(samples, tmp_path / "home")


SAME_IN_BOTH: set[str] = set()
"""Entries that are written alike in English and in Welsh."""


def menus(window: MainWindow) -> list[str]:
    assert window.workplace is not None
    titled = window.workplace._titled_actions()
    return [action.text() for _, actions in titled for action in actions]


def test_a_text_is_found_whatever_its_context_and_as_often_as_asked(qapp: QApplication) -> None:
    texts = {f"Number {number}": f"Rhif {number}" for number in range(500)} | {"Tŷ {0}": "House {0} ✓", "OK": "Iawn"}
    speak(Catalogue("cy", "Cymraeg", texts))
    for source, text in texts.items():
        assert QCoreApplication.translate("Anything", source) == text
    assert QCoreApplication.translate("Anything", "Nowhere") == "Nowhere"
    speak(None)
    assert QCoreApplication.translate("Anything", "OK") == "OK"


def test_what_qt_says_itself_is_welsh_too(qtbot: QtBot) -> None:
    speak(languages.catalogue("cy"))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    assert {button.text().replace("&", "") for button in buttons.buttons()} == {"Iawn", "Canslo"}
    field = QLineEdit()
    qtbot.addWidget(field)
    menu = field.createStandardContextMenu()
    shown = {action.text().split("\t")[0] for action in menu.actions() if action.text()}
    menu.deleteLater()
    assert "&Gludo" in shown
    assert not shown & {"&Paste", "&Copy", "Select All"}


def test_the_locked_page_changes_its_language_at_once_and_the_next_start_remembers(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        before = window.unlock_page
        assert before.language.text() == "Cymraeg"
        before.language.click()
        page = window.unlock_page
        assert page is not before
        assert page.isVisible()
        assert page.language.text() == "English"
        assert language.code() == "cy"
        assert page.button.text() == languages.told("cy")["texts"]["Unlock"]
    with window_on(home, qtbot, unlocked=False) as window:
        assert language.code() == "cy"
        window.unlock_page.language.click()
        assert language.code() == "en"


def test_what_was_chosen_while_locked_is_kept_in_the_store(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot, unlocked=False) as window:
        window.unlock_page.language.click()
        window.unlock(PASSPHRASE)
        wait_unlocked(window, qtbot)
        assert window.desk is not None
        store = window.desk.store
        until(qtbot, lambda: settings.all_of(store)["language"] == "cy")
        assert menus(window)[0] == languages.told("cy")["texts"]["&Import…"]


def test_a_choice_in_the_settings_counts_from_the_next_unlocking_on(
    home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with window_on(home, qtbot) as window:
        assert window.desk is not None
        assert window.workplace is not None
        english = menus(window)
        asked: list[str] = []

        def ask(text: str, *_: object, **__: object) -> bool:
            asked.append(text)
            return True

        monkeypatch.setattr(window.workplace.messages, "ask", ask)
        window.desk.set("language", "cy")
        until(qtbot, lambda: window.desk is None)
        assert asked
        assert "Cymraeg" in asked[0]
        assert window.unlock_page.language.text() == "English"
        until(qtbot, lambda: window._closing is None)
        window.unlock(PASSPHRASE)
        wait_unlocked(window, qtbot)
        assert set(menus(window)) & set(english) == SAME_IN_BOTH


def test_a_choice_made_on_the_command_line_counts_at_the_next_unlocking(home: Path, qtbot: QtBot) -> None:
    with window_on(home, qtbot) as window:
        english = menus(window)
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    settings.put(session, "language", "cy")
    session.close()
    with window_on(home, qtbot) as window:
        assert set(menus(window)) & set(english) == SAME_IN_BOTH
        assert window.unlock_page.language.text() == "English"


def test_the_first_start_can_be_made_in_welsh(tmp_path: Path, qtbot: QtBot) -> None:
    window = build(Profile(tmp_path / "new"), now)
    qtbot.addWidget(window)
    window.show()
    assert isinstance(window.first_run, FirstRunPage)
    window.first_run.language.click()
    assert isinstance(window.first_run, FirstRunPage)
    assert window.first_run.isVisible()
    assert window.first_run.next.text() == languages.told("cy")["texts"]["Next"]
    window.close()


def test_the_nations_are_offered_in_welsh_and_kept_as_records_name_them(tmp_path: Path, qtbot: QtBot) -> None:
    speak(languages.catalogue("cy"))
    page = FirstRunPage(tmp_path, now)
    qtbot.addWidget(page)
    shown = [page.nation.itemText(row) for row in range(page.nation.count())]
    assert shown == ["Lloegr", "Cymru", "Yr Alban", "Gogledd Iwerddon"]
    page.nation.set_key("Wales")
    assert (page.nation.currentText(), page.nation.key()) == ("Cymru", "Wales")


def test_another_language_keeps_what_the_first_start_was_told_and_never_hides_the_recovery_key(
    tmp_path: Path, qtbot: QtBot
) -> None:
    window = build(Profile(tmp_path / "new"), now)
    qtbot.addWidget(window)
    window.show()
    page = window.first_run
    assert isinstance(page, FirstRunPage)
    page.organisation.setText("7A6")
    page.organisation_name.setText("A name of our own")
    page.nation.set_key("Wales")
    page.responder.setText("Siân Rees")
    page.purpose.buttons()[1].click()
    page.go_on()
    page.first.setText(PASSPHRASE)
    told = page.wanted()
    page.language.click()
    page = window.first_run
    assert isinstance(page, FirstRunPage)
    assert (page.wanted(), page.at) == (told, 1)
    page.show_key("-".join(["ABCDEFGH"] * 8))
    assert not page.language.isVisible(), "the key is shown this once, and this link made the page anew"
    window.close()


def test_a_window_that_was_asked_for_in_welsh_remembers_nothing_of_it(home: Path, qtbot: QtBot) -> None:
    window = build(Profile(home), now, language="cy")
    qtbot.addWidget(window)
    assert language.code() == "cy"
    window.close()
    again = build(Profile(home), now)
    qtbot.addWidget(again)
    assert language.code() == "en"
    again.close()


def test_the_manual_says_that_it_is_english_where_the_window_is_not(qtbot: QtBot) -> None:
    for code, said in (("en", False), ("cy", True)):
        speak(languages.catalogue(code))
        behind = Dialog("Behind")
        qtbot.addWidget(behind)
        behind.show()
        shown = open_manual(behind)
        assert shown.only_english.isVisibleTo(shown) is said
        assert shown.only_english.text() == ("Mae'r llawlyfr yn Saesneg." if said else "The manual is in English.")
        shown.close()


def test_no_menu_in_welsh_gives_a_letter_twice(home: Path, qtbot: QtBot) -> None:
    window = build(Profile(home), now, passphrase=PASSPHRASE, language="cy")
    qtbot.addWidget(window)
    window.show()
    wait_unlocked(window, qtbot)
    workplace = window.workplace
    assert workplace is not None
    for key in PLACES:
        workplace.view(key)
    twice = []
    for menu in workplace.findChildren(QMenu):
        texts = {action.text().split("\t")[0] for action in menu.actions() if "&" in action.text()}
        letters = Counter(text[text.index("&") + 1].lower() for text in texts)
        twice += [
            (menu.title(), sorted(text for text in texts if text[text.index("&") + 1].lower() == letter))
            for letter, many in letters.items()
            if many > 1
        ]
    window.close()
    assert twice == []
