"""Finding a value wherever it stands: in alerts, and in the lists of every other kind of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, empty_store, now, press, until, window_on
from tests.unit.store.evidence import load, row
from triage_app.services import session as sessions
from triage_app.ui.views.alert_detail import _IndicatorRow
from triage_app.ui.views.evidence import EvidenceView
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

LISTED, ALONE, NEAR = "198.51.100.77", "203.0.113.9", "198.51.100.7"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("anywhere") / "home"
    session = sessions.unlock(empty_store(home), PASSPHRASE, now)
    load(
        session,
        [
            row("a", severity=95, title="Beacon to a rented server", src=LISTED, dst=ALONE),
            row("i", kind="indicator", value=LISTED, category="ipv4-addr", title="Feed of the week"),
            row("n", kind="indicator", value=NEAR, category="ipv4-addr", title="Another address"),
            row("d", kind="indicator", value="evil.example", category="domain", title="Feed of the week"),
            row("v", kind="advisory", value="CC-1", title="Feed of rented servers", detail=f"Seen at {LISTED}"),
        ],
    )
    session.close()
    return home


@pytest.fixture
def work(told: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    with window_on(copied(told, tmp_path / "home"), qtbot, whole=True) as window:
        window.activateWindow()
        workplace = window.workplace
        assert workplace is not None
        until(qtbot, lambda: len(workplace.views) == len(PLACES))
        yield workplace


def shown(work: Workplace, safe: str) -> _IndicatorRow:
    """The line of the pane that shows an indicator."""
    return next(each for each in work.queue.detail.indicator_rows if each.value.text() == safe)


def links(line: object) -> list[str]:
    """What the links to other lists say."""
    flow = line._flow  # type: ignore[attr-defined]
    return [flow.itemAt(place).widget().text() for place in range(1, flow.count())]


def evidence(work: Workplace) -> EvidenceView:
    view = work.view("evidence")
    assert isinstance(view, EvidenceView)
    return view


def listed(view: EvidenceView) -> list[str]:
    model = view.table.record_model
    return [str((model.record(number) or {})["value"]) for number in range(len(model.ids))]


def test_an_indicator_that_a_list_holds_is_not_said_to_be_only_here(work: Workplace, qtbot: QtBot) -> None:
    safe, alone = LISTED.replace(".", "[.]"), ALONE.replace(".", "[.]")
    until(qtbot, lambda: shown(work, alone).count.text() == "only here")
    assert links(shown(work, alone).also) == []
    assert links(shown(work, safe).also) == ["Indicators: 1", "Advisories: 1"]
    assert shown(work, safe).count.text() == ""


def test_the_list_that_holds_an_indicator_too_is_one_press_away(work: Workplace, qtbot: QtBot) -> None:
    line = shown(work, LISTED.replace(".", "[.]"))
    until(qtbot, line.also.isVisible)
    QTest.mouseClick(line.also._flow.itemAt(2).widget(), Qt.MouseButton.LeftButton)
    assert work.place() == "evidence"
    until(qtbot, lambda: listed(evidence(work)) == ["CC-1"])
    assert evidence(work).filter.text() == LISTED


def test_find_goes_to_evidence_where_only_evidence_holds_the_indicator(work: Workplace, qtbot: QtBot) -> None:
    work.search.setText("evil[.]example")
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.place() == "evidence")
    until(qtbot, lambda: listed(evidence(work)) == ["evil[.]example"])
    assert evidence(work).kind() == "indicator"
    assert work.window().focusWidget() is evidence(work).table
    assert work.search.text() == ""


def test_find_goes_to_the_queue_where_it_holds_some_and_names_the_lists_that_do(work: Workplace, qtbot: QtBot) -> None:
    work.go_to("home")
    work.search.setText("rented")
    press(work.search, Qt.Key.Key_Return)
    until(qtbot, lambda: work.place() == "queue")
    until(qtbot, work.queue.elsewhere.isVisible)
    assert links(work.queue.elsewhere) == ["Advisories: 1"]
    work.queue.elsewhere.go()
    assert work.place() == "evidence"
    until(qtbot, lambda: listed(evidence(work)) == ["CC-1"])


def test_a_filter_of_evidence_says_what_other_lists_hold_and_a_key_goes_there(work: Workplace, qtbot: QtBot) -> None:
    work.go_to("evidence")
    view = evidence(work)
    view.show_record("indicator", "feed")
    until(qtbot, lambda: len(listed(view)) == 2)
    assert links(view.elsewhere) == ["1 more in Advisories"]
    press(view.table, "n")
    until(qtbot, lambda: listed(view) == ["CC-1"])
    assert links(view.elsewhere) == ["2 more in Indicators"]
    view.filter.setText("")
    until(qtbot, lambda: not view.elsewhere.isVisible())


def test_enter_in_the_filter_goes_to_the_list_that_has_what_the_open_one_lacks(work: Workplace, qtbot: QtBot) -> None:
    work.go_to("evidence")
    view = evidence(work)
    view.show_record("finding", "")
    view.filter.setText("evil.example")
    press(view.filter, Qt.Key.Key_Return)
    until(qtbot, lambda: listed(view) == ["evil[.]example"])
    assert view.kind() == "indicator"
