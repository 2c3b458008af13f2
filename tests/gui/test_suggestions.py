"""The search box of the window offers acts and references while one types, and is left by Escape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, empty_store, press, said, until, window_on
from triage_app.services import views
from triage_app.store import lookup
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES


@pytest.fixture
def work(samples: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(samples, tmp_path / "home"), qtbot, whole=True) as window:
        workplace = window.workplace
        assert workplace is not None
        until(qtbot, lambda: len(workplace.views) == len(PLACES))
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        workplace.queue.table.setFocus()
        yield workplace


def offered(work: Workplace) -> list[str]:
    """Return what can be chosen now."""
    shown = work.suggestions
    items = [shown.item(row) for row in range(shown.count())] if shown.isVisible() else []
    return [item.text() for item in items if item.flags() & Qt.ItemFlag.ItemIsEnabled]


def first(work: Workplace) -> str:
    item = work.suggestions.item(0)
    return item.text() if item is not None else ""


def typed(work: Workplace, words: str) -> list[str]:
    """Type into the search box; return what is offered before any record has been looked for."""
    work._top.focus_search()
    QTest.keyClicks(work.search, words)
    return offered(work)


def test_an_act_is_offered_by_the_start_of_its_words_with_its_key(work: Workplace) -> None:
    acts = typed(work, "impo")
    assert acts[0] == "Import…   Ctrl+I"
    assert work.suggestions.currentItem() is None
    assert work.suggestions.item(0).text() == "Actions"  # each kind is said in words
    names = [work.suggestions.item(row + 1).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(len(acts))]
    assert names == acts


def test_down_and_enter_do_what_is_offered(work: Workplace) -> None:
    assert typed(work, "evid")[0].startswith("Evidence")
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "evidence"
    assert work.search.text() == ""
    assert not work.suggestions.isVisible()


def test_what_cannot_be_done_where_one_is_is_offered_with_its_place(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "take back this") == ["Take back this import…   in Imports"]
    press(work.search, Qt.Key.Key_Escape)
    assert typed(work, "promote")[0] == "Promote to an incident   P"
    press(work.search, Qt.Key.Key_Escape)
    work.go_to("imports")
    view = work.view("imports")
    until(qtbot, lambda: view.table.current_id() is not None)  # type: ignore[attr-defined]
    assert typed(work, "take back this") == ["Take back this import…   T"]
    press(work.search, Qt.Key.Key_Escape)
    assert typed(work, "snooze") == ["Snooze…   in Queue"]
    press(work.search, Qt.Key.Key_Escape)
    work.go_to("home")
    assert " in " not in typed(work, "export")[0]  # a dialog that needs nothing of its place


def test_an_act_of_another_place_goes_there_and_opens_its_form(work: Workplace, qtbot: QtBot) -> None:
    work.go_to("home")
    assert typed(work, "snooze") == ["Snooze…   in Queue"]
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "queue"
    until(qtbot, lambda: any(not bar.isHidden() for bar in work.queue.acts.bars))


def test_what_would_act_at_once_in_another_place_waits_until_one_has_seen_on_what(
    work: Workplace, qtbot: QtBot
) -> None:
    work.go_to("home")
    assert typed(work, "promote")[0] == "Promote to an incident   in Queue"
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: "“Promote to an incident” is P here" in work.status_text())
    assert lookup.listing(work.desk.store, "incident") == []


def test_settings_pages_of_the_manual_and_saved_views_are_found(work: Workplace, qtbot: QtBot) -> None:
    def found(words: str, what: tuple[str, str]) -> None:
        typed(work, words)
        chosen: list[tuple[str, str]] = []

        def is_there() -> bool:
            rows = [work.suggestions.item(row) for row in range(work.suggestions.count())]
            kinds = [item.data(Qt.ItemDataRole.UserRole) for item in rows]
            chosen[:] = [tuple(one) for one in kinds if isinstance(one, tuple | list)]
            return what in chosen

        until(qtbot, is_there)
        press(work.search, Qt.Key.Key_Escape)

    work.desk.long("", lambda session, _: views.save(session, "Night desk", "sev:>=high"))
    found("parts of", ("setting", "part-megabytes"))
    assert typed(work, "dark") == ["Colours: Dark"]
    found("dark", ("setting", "theme"))
    found("cymraeg", ("setting", "language"))
    found("handover", ("manual", "handover.md"))
    found("night", ("view", "Night desk"))


def test_an_incident_is_found_by_words_of_its_title_and_an_alert_by_the_reference_of_its_source(
    work: Workplace, qtbot: QtBot
) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    typed(work, incident["title"].split()[0])
    until(qtbot, lambda: any(incident["ref"] in words for words in offered(work)))
    press(work.search, Qt.Key.Key_Escape)
    alert = work.queue.current_alert()
    assert alert is not None
    typed(work, alert["reference"])
    until(qtbot, lambda: first(work) == "Alerts")  # the whole reference comes before any act
    press(work.search, Qt.Key.Key_Down)
    assert alert["reference"] in work.suggestions.currentItem().text()
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: (work.queue.current_alert() or {}).get("key") == alert["key"])


def test_in_a_queue_without_alerts_no_act_on_one_is_offered(tmp_path: Path, qtbot: QtBot) -> None:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot, whole=True) as window:
        work = window.workplace
        assert work is not None
        until(qtbot, lambda: len(work.views) == len(PLACES))
        window.activateWindow()
        until(qtbot, window.isActiveWindow)
        assert "Promote to an incident   P" not in typed(work, "promote")
        press(work.search, Qt.Key.Key_Escape)
        assert typed(work, "undo")


def test_enter_without_choosing_searches(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "impo")
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.queue.filter.query() == "impo")
    assert not work.suggestions.isVisible()


def test_escape_empties_the_box_and_gives_the_focus_back(work: Workplace) -> None:
    before = QApplication.focusWidget()
    assert before is not None
    assert typed(work, "impo")
    press(work.search, Qt.Key.Key_Escape)
    assert work.search.text() == ""
    assert not work.suggestions.isVisible()
    assert QApplication.focusWidget() is before


def test_a_reference_is_offered_by_its_start_and_opens_its_record(work: Workplace, qtbot: QtBot) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    typed(work, incident["ref"][:-1].lower())
    until(qtbot, lambda: any(words.startswith(incident["ref"]) for words in offered(work)))
    press(work.search, Qt.Key.Key_Down)
    press(work.search, Qt.Key.Key_Return)
    assert work.place() == "incidents"


def test_where_nothing_begins_so_it_is_said(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "zebra") == []
    until(qtbot, work.suggestions.isVisible)
    assert "Nothing that can be done" in work.suggestions.item(0).text()
    press(work.search, Qt.Key.Key_Down)
    assert work.suggestions.currentRow() == -1  # there is nothing to choose
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.queue.filter.query() == "zebra")


def test_severity_finds_the_form_that_sets_it(work: Workplace, qtbot: QtBot) -> None:
    press(work.queue.table, "p")
    said(work.queue, qtbot, "Promoted")
    (incident,) = lookup.listing(work.desk.store, "incident")
    work.open_record("incident", incident["id"])
    until(qtbot, lambda: bool(work._incident_in_view()))
    assert typed(work, "severity")[0] == "Classify…   C"


def test_the_list_stays_within_a_small_window(work: Workplace) -> None:
    work.window().resize(640, 400)
    assert typed(work, "i")
    assert work.rect().contains(work.suggestions.geometry())


def test_the_list_follows_the_box_where_that_moves(work: Workplace, qtbot: QtBot) -> None:
    assert typed(work, "impo")
    answered: list[object] = []
    work.desk.query(lambda store: "asked after the references", answered.append)
    until(qtbot, lambda: bool(answered))  # from here on no answer puts the list in its place
    before = work.search.mapTo(work, QPoint(0, 0)).x()
    work.window().resize(900, work.window().height())
    until(qtbot, lambda: work.search.mapTo(work, QPoint(0, 0)).x() != before)
    until(qtbot, lambda: work.suggestions.x() == work.search.mapTo(work, QPoint(0, 0)).x())
