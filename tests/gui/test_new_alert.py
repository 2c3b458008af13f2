"""Taking down a call, giving alerts to a colleague, and suggestions, in the real window over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import (
    CHEAP,
    PASSPHRASE,
    copied,
    now,
    press,
    queue_of,
    said,
    until,
    window_on,
)
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services import slots, tips
from triage_app.store import access, alerts, lookup, reported, responders
from triage_app.store.alerts import AlertFilter
from triage_app.ui.dialogs.classify import ClassifyDialog
from triage_app.ui.dialogs.new_alert import NewAlertDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.queue import QueueView

D = TypeVar("D", bound=QDialog)
NO_KEY, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as opened:
        opened.activateWindow()
        yield opened


@pytest.fixture
def queue(window: MainWindow) -> QueueView:
    found = queue_of(window)
    found.table.setFocus()
    return found


def opened(kind: type[D], qtbot: QtBot) -> D:
    def found() -> list[D]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    until(qtbot, lambda: bool(found()))
    return found()[0]


def taken_down(queue: QueueView, qtbot: QtBot) -> str:
    """Wait until the call is an alert, and return its key."""
    found: list[int] = []

    def there() -> bool:
        found[:] = alerts.ids(queue.desk.store, AlertFilter(text="asks for money"))
        return bool(found)

    until(qtbot, there)
    return str(alerts.rows(queue.desk.store, found)[found[0]]["key"])


class Keys:
    """Presses keys on whatever has the focus, and counts those that are no typed text."""

    def __init__(self) -> None:
        self.presses = 0

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEY) -> None:
        self.presses += 1
        QTest.keyClick(self.focus(), key, modifiers)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focus(), text)

    def focus(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None
        return found


def test_a_call_is_taken_down_by_keyboard_alone_with_eight_keys_beside_the_words(
    queue: QueueView, qtbot: QtBot
) -> None:
    keys = Keys()
    keys.key(Qt.Key.Key_A, CTRL | Qt.KeyboardModifier.ShiftModifier)
    form = opened(NewAlertDialog, qtbot)
    until(qtbot, form.what.hasFocus)
    for words in ("Note on a screen asks for money", "WARD7-PC-03", "Jo Pryce", "bleep 1432", "10 min ago"):
        keys.type(words)
        keys.key(Qt.Key.Key_Tab)
    assert form.severity.hasFocus()
    keys.type("h")
    keys.key(Qt.Key.Key_Tab)
    keys.type("Sister Pryce, bay 4")
    keys.key(Qt.Key.Key_Return, CTRL)
    key = taken_down(queue, qtbot)
    assert keys.presses == 8
    numbers = alerts.numbers_of(queue.desk.store, [key])
    row = alerts.rows(queue.desk.store, list(numbers.values()))[numbers[key]]
    assert (row["title"], row["host"], row["organisation"]) == ("Note on a screen asks for money", "WARD7-PC-03", "RXX")
    assert (row["severity"], row["state"], row["source"]) == (75, "new", "Reported")
    assert row["last_seen"] == (int(now().timestamp()) - 600) * 1000
    (report,) = reported.of_alert(queue.desk.store, key)
    assert (report["reporter"], report["contact"], report["text"]) == ("Jo Pryce", "bleep 1432", "Sister Pryce, bay 4")
    until(qtbot, lambda: queue.counts.text().startswith("71 "))


def test_the_words_alone_are_enough_and_undo_takes_the_call_back(queue: QueueView, qtbot: QtBot) -> None:
    before = queue.current_alert()
    QTest.mouseClick(queue.new_alert_button, Qt.MouseButton.LeftButton)
    form = opened(NewAlertDialog, qtbot)
    press(form.what, Qt.Key.Key_Return)
    assert form.isVisible()
    press(form.what, "asks for money")
    press(form.what, Qt.Key.Key_Return)
    key = taken_down(queue, qtbot)
    until(qtbot, lambda: queue.counts.text().startswith("71 "))
    assert queue.current_alert() is not None
    assert queue.current_alert()["key"] == before["key"]  # type: ignore[index]
    assert lookup.listing(queue.desk.store, "tip") == []
    press(queue.table, "u")
    said(queue, qtbot, "Undone: Took down an alert.")
    until(qtbot, lambda: queue.counts.text().startswith("70 "))
    assert alerts.numbers_of(queue.desk.store, [key]) == {}


def test_a_refused_form_stays_open_with_what_was_typed_and_says_why(queue: QueueView, qtbot: QtBot) -> None:
    queue.window().workplace.new_alert()  # type: ignore[attr-defined]
    form = opened(NewAlertDialog, qtbot)
    press(form.what, "asks for money")
    press(form.noticed.entry, "the other day")
    form.submit()
    assert form.focusWidget() is form.noticed.entry
    form.noticed.entry.clear()
    form.organisation.setText("R X X")
    form.submit()
    until(qtbot, form.save.isEnabled)
    assert form.problem.isVisible()
    assert form.what.text() == "asks for money"
    press(form.what, Qt.Key.Key_Escape)
    press(form.what, Qt.Key.Key_Escape)
    until(qtbot, lambda: not form.isVisible() if _alive(form) else True)
    assert len(alerts.ids(queue.desk.store, AlertFilter())) == 70


def _alive(widget: QWidget) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(widget))


def test_the_form_says_what_the_words_suggest_and_one_key_takes_the_severity_over(
    queue: QueueView, qtbot: QtBot
) -> None:
    queue.window().workplace.new_alert()  # type: ignore[attr-defined]
    form = opened(NewAlertDialog, qtbot)
    until(qtbot, form.what.hasFocus)
    assert not form.suggestion.isVisible()
    press(form.what, "Screen asks for money")
    assert form.suggestion.isVisible()
    assert form.suggestion._what.text() == "Malicious code / Infected system, critical (95), UK category 3"
    assert form.severity.key() == "medium"
    press(form.what, Qt.Key.Key_F8)
    assert form.severity.key() == "critical"
    form.what.clear()
    form.reject()


def test_who_told_it_is_masked_beside_the_alert_until_asked_for_and_masked_again_after(
    queue: QueueView, qtbot: QtBot
) -> None:
    queue.window().workplace.new_alert()  # type: ignore[attr-defined]
    form = opened(NewAlertDialog, qtbot)
    form.what.setText("Screen asks for money")
    form.caller.setText("Jo Pryce")
    form.submit()
    key = taken_down(queue, qtbot)
    queue.show_record("alert", key)
    until(qtbot, lambda: queue.current_alert() is not None and queue.current_alert()["key"] == key)  # type: ignore[index]
    aside = queue.detail.suggestion
    until(qtbot, aside.who.isVisible)
    assert aside.facts.values["Told by"].text() == "[masked]"
    before = len(access.entries(queue.desk.store))
    QTest.mouseClick(aside.who, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: aside.facts.values["Told by"].text() == "Jo Pryce")
    assert len(access.entries(queue.desk.store)) == before + 1
    workplace = queue.window().workplace  # type: ignore[attr-defined]
    workplace.go_to("incidents")
    workplace.go_to("queue")
    until(qtbot, aside.who.isVisible)
    assert aside.facts.values["Told by"].text() == "[masked]"
    press(queue.table, "j")
    assert not aside.facts.isVisible()
    press(queue.table, "k")
    until(qtbot, aside.who.isVisible)
    assert aside.facts.values["Told by"].text() == "[masked]"


def test_a_report_is_put_into_the_queue_and_leads_to_its_alert(
    queue: QueueView, window: MainWindow, qtbot: QtBot
) -> None:
    made: list[str] = []
    queue.desk.act(
        lambda session: tips.receive(session, "A long story", reporter="Jo Pryce"), lambda done: made.append(done.id)
    )
    until(qtbot, lambda: bool(made))
    assert window.workplace is not None
    window.workplace.open_record("tip", made[0])
    pane = window.workplace.view("incidents").tips  # type: ignore[attr-defined]
    until(qtbot, lambda: pane.table.current_id() == made[0])
    press(pane.table, "q")
    form = opened(NewAlertDialog, qtbot)
    assert not form.caller.isVisible()
    form.what.setText("Screen asks for money")
    form.submit()
    key = taken_down(queue, qtbot)
    until(qtbot, pane.detail.to_alert.isVisible)
    assert lookup.one(queue.desk.store, "tip", made[0])["state"] == "alert"  # type: ignore[index]
    QTest.mouseClick(pane.detail.to_alert, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: queue.current_alert() is not None and queue.current_alert()["key"] == key)  # type: ignore[index]


# -- assigning -----------------------------------------------------------------------------------------------


@pytest.fixture
def two_of_us(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[QueueView]:
    home = copied(samples, tmp_path / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    slots.add_responder(session, "Jo Pryce", "seven calm herons wade", CHEAP)
    session.close()
    with window_on(home, qtbot) as window:
        window.activateWindow()
        found = queue_of(window)
        found.table.setFocus()
        yield found


def holder(queue: QueueView, key: str) -> str:
    who = responders.holder_of(queue.desk.store, key)
    return lookup.responder_name(queue.desk.store, who) if who else ""


def current(queue: QueueView) -> str:
    found = queue.current_alert()
    assert found is not None
    return str(found["key"])


@pytest.mark.parametrize("again", ["a", "1", Qt.Key.Key_Return])
def test_one_key_more_takes_an_alert_for_oneself(two_of_us: QueueView, qtbot: QtBot, again: str | Qt.Key) -> None:
    key = current(two_of_us)
    press(two_of_us.table, "a")
    bar = two_of_us.acts.assign_bar
    assert [button.text() for button in bar.buttons.values()] == ["Sam Okafor (you)", "Jo Pryce"]
    press(bar, again)
    said(two_of_us, qtbot, "Taken in hand.")
    assert holder(two_of_us, key) == "Sam Okafor"
    assert not bar.isVisible()


def test_an_alert_is_given_to_a_colleague_and_says_whose_it_is(two_of_us: QueueView, qtbot: QtBot) -> None:
    key = current(two_of_us)
    press(two_of_us.table, "a")
    press(two_of_us.acts.assign_bar, "2")
    said(two_of_us, qtbot, "Given to Jo Pryce.")
    assert holder(two_of_us, key) == "Jo Pryce"
    aside = two_of_us.detail.suggestion
    until(qtbot, aside.facts.isVisible)
    assert aside.facts.values["In hand of"].text() == "Jo Pryce"
    press(two_of_us.table, "u")
    said(two_of_us, qtbot, "Undone: Given to Jo Pryce.")
    assert holder(two_of_us, key) == ""


def test_escape_gives_to_nobody_and_marked_alerts_are_given_in_one_act(two_of_us: QueueView, qtbot: QtBot) -> None:
    press(two_of_us.table, "a")
    press(two_of_us.acts.assign_bar, Qt.Key.Key_Escape)
    assert not two_of_us.acts.assign_bar.isVisible()
    press(two_of_us.table, "xjxa")
    assert two_of_us.acts.assign_bar.heading.text() == "Who looks at 2 alerts?"
    press(two_of_us.acts.assign_bar, "2")
    said(two_of_us, qtbot, "Given to Jo Pryce.")
    until(qtbot, lambda: len(alerts.ids(two_of_us.desk.store, AlertFilter(states=(1,)))) == 2)


# -- suggestions ---------------------------------------------------------------------------------------------


def test_the_pane_says_what_is_suggested_and_why(queue: QueueView) -> None:
    aside = queue.detail.suggestion
    assert current(queue)
    assert aside.card._what.text() == "Malicious code / Infected system, UK category 3"
    assert aside.card._because.text().startswith("“ransom note” in the detail: such words come with ransomware.")
    assert aside.act.text() == "Promote, classify with it"


def test_looking_at_every_alert_writes_nothing(queue: QueueView, qtbot: QtBot) -> None:
    journal = queue.desk.store.value("SELECT count(*) FROM link")
    for _ in range(len(queue.table.record_model.ids)):
        press(queue.table, "j")
    qtbot.wait(300)
    assert queue.desk.store.value("SELECT count(*) FROM link") == journal


def test_one_key_fills_the_form_and_nothing_is_kept_until_it_is_sent(queue: QueueView, qtbot: QtBot) -> None:
    key = current(queue)
    press(queue.table, "y")
    form = opened(ClassifyDialog, qtbot)
    until(qtbot, form.suggested.filled.isVisible)
    assert (form.rsit.codes, form.severity.severity(), form.category.number()) == (
        ["malicious-code/infected-system"],
        95,
        3,
    )
    assert "“ransom note” in the detail" in form.because.toPlainText()
    (incident,) = lookup.incidents_of_alert(queue.desk.store, key)
    stands = lookup.one(queue.desk.store, "incident", incident["id"])
    assert stands is not None
    assert (stands["rsit"], stands["category_proposed"]) == ("", None)
    press(form.because, Qt.Key.Key_Escape)
    until(qtbot, lambda: not _alive(form) or not form.isVisible())
    stands = lookup.one(queue.desk.store, "incident", incident["id"])
    assert stands is not None
    assert (stands["rsit"], stands["category_proposed"]) == ("", None)


def test_the_form_offers_what_the_alerts_suggest_and_f8_takes_it_over(queue: QueueView, qtbot: QtBot) -> None:
    key = current(queue)
    press(queue.table, "p")
    said(queue, qtbot, "Promoted")
    (incident,) = lookup.incidents_of_alert(queue.desk.store, key)
    row = lookup.one(queue.desk.store, "incident", incident["id"])
    assert row is not None
    form = ClassifyDialog(queue.desk, row, queue)
    form.open()
    until(qtbot, form.suggested.isVisible)
    assert (form.rsit.codes, form.category.number(), form.because.toPlainText()) == ([], None, "")
    QTest.keyClick(form, Qt.Key.Key_F8)
    assert form.rsit.codes == ["malicious-code/infected-system"]
    QTest.keyClick(form, Qt.Key.Key_Return, CTRL)
    until(qtbot, lambda: lookup.one(queue.desk.store, "incident", incident["id"])["rsit"] != "")  # type: ignore[index]
    row = lookup.one(queue.desk.store, "incident", incident["id"])
    assert row is not None
    assert (row["rsit"], row["category_proposed"]["category"]) == ("malicious-code/infected-system", 3)
