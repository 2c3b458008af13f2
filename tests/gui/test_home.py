"""Home over a real store: five counts that open their lists, what is due, what came in, how the laptop stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.demo_store import copied, desk_on, now, told
from triage_app.services import triage, victims
from triage_app.store import alerts
from triage_app.store.alerts import AlertFilter
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.views.home import HomeView
from triage_app.ui.views.home_reading import read, shift_start


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


def test_each_tile_opens_its_list(view: HomeView) -> None:
    opened: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, record_id: opened.append((kind, record_id)))
    for tile in view.tiles.values():
        tile.click()
    places = ["queue", "incidents", "victims", "exchange", "exchange"]
    assert opened == [("place", place) for place in places]


def test_the_tiles_count_what_the_lists_hold(view: HomeView, desk: Desk) -> None:
    found = read(desk.store, now())
    waiting = alerts.ids(desk.store, AlertFilter(now=int(now().timestamp() * 1000)))
    assert found.to_decide == len(waiting)
    assert f"Alerts to decide, {len(waiting)}, {found.high} high or above" == view.tiles["alerts"].accessibleName()
    assert view.tiles["actions"].accessibleName() == "Support actions due, 5, 1 late by 12 m"
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


def test_verifying_says_when_and_that_the_chain_is_whole(view: HomeView, qtbot: QtBot) -> None:
    assert "not verified" in view.journal.what.text()
    view.verify()
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
