"""Home over a real store: counts that open their lists, what is due, what came in, how the laptop stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.demo_store import copied, desk_on, now, told
from tests.gui.fixtures_store import PASSPHRASE, desk_over, empty_store, in_view, settle
from tests.gui.incident_store import dialog
from triage_app.paths import Profile
from triage_app.services import impact, incidents, rules, tasks, triage, victims
from triage_app.services import session as sessions
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.store.journal import Change
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.rules import RulesDialog
from triage_app.ui.dialogs.work_lists import SystemsDownDialog, TaskListDialog
from triage_app.ui.views.home import HomeView
from triage_app.ui.views.home_reading import read, shift_start
from triage_app.ui.widgets import Series, ShareBar


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return told(tmp_path_factory.mktemp("demo") / "demo-out")


@pytest.fixture
def desk(demo: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    with desk_on(copied(demo, tmp_path / "demo-out") / "northmoor", qtbot) as opened:
        yield opened


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> HomeView:
    theme.current().apply(qapp)
    made = HomeView(desk)
    qtbot.addWidget(made)
    made.resize(1220, 820)
    made.show()
    qtbot.waitUntil(lambda: bool(made.due.rows()), timeout=5_000)
    return made


def incident_of(desk: Desk, title: str) -> str:
    """Return the id of the incident whose title begins so."""
    return next(str(row["id"]) for row in lookup.listing(desk.store, "incident") if row["title"].startswith(title))


def test_each_tile_opens_its_list(view: HomeView) -> None:
    opened: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, record_id: opened.append((kind, record_id)))
    for key, tile in view.tiles.items():
        if key not in ("systems", "tasks"):
            tile.click()
    places = ["queue", "incidents", "victims", "exchange", "exchange"]
    assert opened == [("place", place) for place in places]


def test_the_rules_at_work_are_counted_and_lead_to_their_list(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    assert not view.rules.isVisible(), "there is none"
    store = desk.store
    waiting = alerts.rows(store, alerts.ids(store, AlertFilter(now=milliseconds(now()))))
    match = rules.match_of(next(row for row in waiting.values() if row["severity"] < 70))
    desk.act(lambda session: rules.make(session, match, 14, "a scanner of ours"))
    qtbot.waitUntil(view.rules.isVisible, timeout=5_000)
    aside = rules.at_work(store, milliseconds(now())).today
    assert aside
    assert view.rules.text() == f"1 rule puts alerts aside: {aside} today"
    view.rules.click()
    shown = dialog(RulesDialog, qtbot)
    assert isinstance(shown, RulesDialog)
    qtbot.waitUntil(lambda: shown.current() is not None, timeout=5_000)
    assert shown.count.text().startswith("1 at work")
    shown.reject()


def test_the_key_on_the_button_opens_the_queue(view: HomeView, qtbot: QtBot) -> None:
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    with qtbot.waitSignal(view.open_record) as opened:
        QTest.keyClick(view, Qt.Key.Key_G)
        QTest.keyClick(view, Qt.Key.Key_Q)
    assert opened.args == ["place", "queue"]


def test_home_counts_the_systems_down_and_lists_all_of_all_incidents_the_worst_first(
    view: HomeView, desk: Desk, qtbot: QtBot
) -> None:
    severe, other = incident_of(desk, "Ransomware"), incident_of(desk, "Phishing")
    for incident, system, since, paper in (
        (severe, "Theatres", "-10m", "no"), (other, "EPR", "-9h", "no"), (other, "Bleeps", "-8h", "yes"),
    ):  # fmt: skip
        desk.act(partial(impact.add, incident=incident, kind="outage",
                         values={"system": system, "from": since, "paper": paper}))  # fmt: skip
        settle(desk, qtbot)
    desk.act(lambda session: incidents.set_field(session, other, "severity", "90"))
    desk.act(lambda session: incidents.set_field(session, severe, "severity", "95"))
    said = "Systems down, 5, Theatres, 10 m; 2 incidents"
    qtbot.waitUntil(lambda: view.tiles["systems"].accessibleName() == said, timeout=5_000)
    opened: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, record_id: opened.append((kind, record_id)))
    QTest.keyClick(view.tiles["systems"], Qt.Key.Key_Space)
    form = dialog(SystemsDownDialog, qtbot)
    assert isinstance(form, SystemsDownDialog)
    qtbot.waitUntil(lambda: len(form.table.rows()) == 5, timeout=5_000)
    assert [(row["system"].text.split(",")[0], row["title"].split(" ")[0]) for row in form.table.rows()] == [
        ("Theatres", "Ransomware"), ("PACS", "Ransomware"), ("RIS", "Ransomware"), ("EPR", "Phishing,"),
        ("Bleeps", "Phishing,"),
    ]  # fmt: skip
    assert form.count.text().startswith("5 down in 2 incidents.")
    form.table.go_to_row(3)
    QTest.keyClick(form.table, Qt.Key.Key_Return)
    (kind, found) = opened[0]
    assert (kind, found.partition(":")[0]) == ("impact", other)


def test_what_a_closed_incident_left_down_is_still_counted(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    other = incident_of(desk, "Phishing")
    desk.act(lambda session: impact.add(session, other, "outage", {"system": "EPR"}))
    qtbot.waitUntil(lambda: "Systems down, 3" in view.tiles["systems"].accessibleName(), timeout=5_000)
    desk.act(lambda session: record(session, "Closed", [Change("incident", other, "status", "closed", "")]))
    settle(desk, qtbot)
    view.refresh()
    settle(desk, qtbot)
    assert "Systems down, 3" in view.tiles["systems"].accessibleName()


def test_home_counts_the_open_tasks_and_lists_those_overdue_longest_first(
    view: HomeView, desk: Desk, qtbot: QtBot
) -> None:
    waiting = tasks.everywhere(desk.store, int(now().timestamp() * 1000))
    late = [row for row in waiting if row["overdue"]]
    assert late
    assert view.tiles["tasks"].accessibleName().startswith(f"Open tasks, {len(waiting)}, {len(late)} late")
    opened: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, record_id: opened.append((kind, record_id)))
    view.tiles["tasks"].click()
    form = dialog(TaskListDialog, qtbot)
    assert isinstance(form, TaskListDialog)
    qtbot.waitUntil(lambda: len(form.table.rows()) == len(waiting), timeout=5_000)
    assert [row["id"] for row in form.table.rows()[: len(late)]] == [
        row["id"] for row in sorted(late, key=lambda row: row["due_at"])
    ]
    QTest.keyClick(form.table, Qt.Key.Key_Return)
    assert opened == [("task", form.table.rows()[0]["id"])]


def test_with_no_system_down_and_no_task_the_lists_say_why_they_are_empty(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    empty_store(tmp_path / "home")
    with desk_over(lambda: sessions.unlock(Profile(tmp_path / "home"), PASSPHRASE, now), qtbot) as desk:
        view = in_view(HomeView(desk), desk, qtbot, qapp)
        assert view.tiles["systems"].accessibleName() == "Systems down, 0, None is stated"
        assert view.tiles["tasks"].accessibleName() == "Open tasks, 0, None is open"
        for key, kind, words in (
            ("systems", SystemsDownDialog, "That does not say that none is."),
            ("tasks", TaskListDialog, "A playbook makes tasks"),
        ):
            view.tiles[key].click()
            form = dialog(kind, qtbot)
            settle(desk, qtbot)
            shown = [label.text() for label in form.findChildren(QLabel) if label.isVisible()]
            assert any(words in text for text in shown), shown
            form.reject()


def test_two_of_two_hundred_and_twenty_five_do_not_fill_the_bar(qtbot: QtBot, qapp: QApplication) -> None:
    theme.current().apply(qapp)
    bar = ShareBar()
    qtbot.addWidget(bar)
    bar.resize(450, 42)
    bar.set_data([Series("Dismissed", "accent", (2,)), Series("Snoozed", "bar", (0,))], 225)
    picture = bar.grab().toImage()
    ink = QColor(theme.current().palette.accent)
    filled = sum(picture.pixelColor(x, 8) == ink for x in range(450))
    assert 2 <= filled <= 5
    assert bar.accessibleName() == "Dismissed 2, Snoozed 0, of 225 in all"


def test_the_bar_of_what_was_decided_leaves_room_for_what_was_not(view: HomeView, desk: Desk) -> None:
    found = read(desk.store, now())
    decided = sum(found.decided.get(name, 0) for name in ("dismissed", "linked", "in hand", "snoozed"))
    whole = decided + found.to_decide - found.decided.get("in hand", 0)
    assert view.decided.accessibleName().endswith(f", of {whole} in all")
    picture = view.decided.grab().toImage()
    empty = QColor(theme.current().palette.sunken)
    left = sum(picture.pixelColor(x, 8) == empty for x in range(picture.width())) / picture.width()
    assert abs(left - (whole - decided) / whole) < 0.03


def test_the_tiles_count_what_the_lists_hold(view: HomeView, desk: Desk) -> None:
    found = read(desk.store, now())
    waiting = alerts.ids(desk.store, AlertFilter(now=int(now().timestamp() * 1000)))
    assert found.to_decide == len(waiting)
    assert f"Alerts to decide, {len(waiting)}, {found.high} high or above" == view.tiles["alerts"].accessibleName()
    assert view.tiles["actions"].accessibleName() == "Support due, 5, 1 late by 12 m"
    assert view.tiles["conflicts"].accessibleName().startswith("Conflicts, 1")


def test_the_latest_support_action_comes_first_and_opens_its_victim(view: HomeView) -> None:
    first = view.due.rows()[0]
    assert first["clock"].words == "12 m late"
    opened: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, record_id: opened.append((kind, record_id)))
    view.due.opened.emit(first["id"])
    assert opened == [("victim", first["victim"])]


def test_a_decision_made_elsewhere_shows_on_home(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    before = read(desk.store, now())
    waiting = alerts.ids(desk.store, AlertFilter())
    keys = [row["key"] for row in alerts.rows(desk.store, waiting[-2:]).values()]
    desk.act(lambda session: triage.dismiss(session, keys, "benign"))
    wanted = f"Dismissed {before.decided['dismissed'] + 2}"
    qtbot.waitUntil(lambda: wanted in view.decided.accessibleName(), timeout=5_000)
    assert view.tiles["alerts"].accessibleName().startswith(f"Alerts to decide, {before.to_decide - 2}")


def test_an_action_that_is_done_is_late_no_longer(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    late = str(view.due.rows()[0]["id"])
    desk.act(lambda session: victims.set_action(session, late, status="successful"))
    qtbot.waitUntil(lambda: "None is late" in view.tiles["actions"].accessibleName(), timeout=5_000)


def test_verifying_says_when_and_that_the_chain_is_whole(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    assert "not verified" in view.journal.what.text()
    with qtbot.waitSignal(desk.told, timeout=20_000) as told:
        view.verify()
    assert told.args == ["The journal is verified: every chain is whole.", "ok"]
    qtbot.waitUntil(lambda: view.journal.what.text() == "Journal verified 03:52 GMT", timeout=20_000)
    assert "chain whole" in view.journal.detail.text()


def test_without_a_backup_that_is_said_plainly(desk: Desk, qtbot: QtBot) -> None:
    for path in (desk.store.path.parent / "backups").iterdir():
        path.unlink()
    view = HomeView(desk)
    qtbot.addWidget(view)
    qtbot.waitUntil(lambda: view.copy.newest.what.text() == "Newest backup: none on this laptop", timeout=5_000)


@pytest.mark.parametrize(
    ("moment", "began"),
    [
        (datetime(2026, 11, 22, 3, 12, tzinfo=UTC), datetime(2026, 11, 21, 20, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 18, 59, tzinfo=UTC), datetime(2026, 7, 1, 7, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 19, 0, tzinfo=UTC), datetime(2026, 7, 1, 19, 0, tzinfo=UTC)),
    ],
)
def test_a_shift_begins_at_eight_by_the_clock_on_the_wall(moment: datetime, began: datetime) -> None:
    assert shift_start(moment) == began


@pytest.mark.parametrize("width", [428, 668, 1000, 1220, 1800])
def test_nothing_is_cut_off_sideways_at_any_width(view: HomeView, qtbot: QtBot, width: int) -> None:
    view.resize(width, 450)
    inner = view.widget()
    assert inner is not None
    qtbot.waitUntil(lambda: inner.minimumSizeHint().width() <= width, timeout=2_000)


def test_every_tile_can_be_reached_by_keyboard(view: HomeView) -> None:
    assert all(tile.focusPolicy() == Qt.FocusPolicy.StrongFocus for tile in view.tiles.values())


def test_home_catches_up_when_it_is_shown_again(view: HomeView, desk: Desk, qtbot: QtBot) -> None:
    view.hide()
    late = str(view.due.rows()[0]["id"])
    done: list[object] = []
    desk.act(lambda session: victims.set_action(session, late, status="cancelled"), done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=5_000)
    assert "late" in view.tiles["actions"].accessibleName()
    view.show()
    qtbot.waitUntil(lambda: "None is late" in view.tiles["actions"].accessibleName(), timeout=5_000)
