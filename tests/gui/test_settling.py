"""The conflict inbox: keeping both, settling several, and what was taken back and changed elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.demo_store import copied, desk_on, told
from triage_app.services import devices, exchange, incidents, sending, undo
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.views.exchange import ExchangeView


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return told(tmp_path_factory.mktemp("demo") / "demo-out")


@pytest.fixture
def folder(demo: Path, tmp_path: Path) -> Path:
    return copied(demo, tmp_path / "demo-out")


def done_on(desk: Desk, qtbot: QtBot, work: Callable[[Session], Any]) -> Any:
    done: list[Any] = []
    desk.long("", lambda session, _: work(session), done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    return done[0]


def ransom(session: Session) -> str:
    rows = lookup.listing(session.store, "incident")
    return str(next(row["id"] for row in rows if row["title"].startswith("Ransomware")))


def export_to(session: Session, organisation: str, path: Path) -> None:
    to = [row["id"] for row in devices.known_devices(session.store) if row["organisation"] == organisation]
    trusted = [row["id"] for row in devices.known_devices(session.store) if row["trusted"]]
    sending.export_bundle(session, [device for device in to if device in trusted], path)


def said(severity: str, technique: str) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        incidents.set_field(session, ransom(session), "severity", severity)
        incidents.set_field(session, ransom(session), "techniques", technique)

    return work


@pytest.fixture
def desk(folder: Path, qtbot: QtBot) -> Iterator[Desk]:
    """Northmoor and Eastvale have each said something of one incident, apart from each other."""
    with desk_on(folder / "eastvale", qtbot) as other:
        done_on(other, qtbot, said("60", "T1566"))
        done_on(other, qtbot, lambda session: export_to(session, "RXX", folder / "said.bundle"))
    with desk_on(folder / "northmoor", qtbot) as opened:
        done_on(opened, qtbot, said("70", "T1486"))
        done_on(opened, qtbot, lambda session: exchange.merge_bundle(session, [folder / "said.bundle"]))
        yield opened


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> ExchangeView:
    theme.current().apply(qapp)
    made = ExchangeView(desk)
    qtbot.addWidget(made)
    made.resize(1180, 820)
    with qtbot.waitSignal(made.count_changed, timeout=10_000):
        made.show()
    return made


def go_to(view: ExchangeView, field: str) -> None:
    key = next(one.key for one in view.pane._conflicts if one.field == field)
    assert view.pane.show_conflict(key)


def test_both_techniques_are_kept_by_one_key_and_one_undo_brings_the_conflict_back(
    view: ExchangeView, desk: Desk, qtbot: QtBot
) -> None:
    go_to(view, "techniques")
    assert not view.pane.both.isHidden()
    view.activateWindow()
    view.pane.list.setFocus()
    qtbot.waitUntil(view.pane.list.hasFocus, timeout=3_000)
    QTest.keyClick(view.pane.list, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: not any(one.field == "techniques" for one in view.pane._conflicts), timeout=10_000)
    rows = lookup.listing(desk.store, "incident")
    both = next(row for row in rows if row["title"].startswith("Ransom"))["facts"]["techniques"]
    assert sorted(both) == ["T1486", "T1566"]
    assert "Combined techniques" in view.result.words()
    QTest.keyClick(view.pane.list, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: any(one.field == "techniques" for one in view.pane._conflicts), timeout=10_000)


def test_a_severity_is_one_or_the_other(view: ExchangeView) -> None:
    go_to(view, "severity")
    assert view.pane.both.isHidden()
    conflict = view.pane.current()
    assert conflict is not None
    assert [side.seen.split(" (")[0] for side in conflict.sides] == ["95", "95"]


def test_settling_several_shows_every_field_first_and_is_one_act(view: ExchangeView, desk: Desk, qtbot: QtBot) -> None:
    before = len(lookup.conflicts(desk.store))
    dialog = view.settling.settle_several()
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.way.count() > 1, timeout=10_000)
    assert dialog.way.key() == ""
    assert not dialog.settle.isEnabled()
    dialog.way.set_key("theirs")
    qtbot.waitUntil(dialog.settle.isEnabled, timeout=10_000)
    shown = {row["field"]: (row["value"], row["others"]) for row in dialog.table.rows()}
    assert shown["Severity"] == ("60", "70")
    assert len(lookup.conflicts(desk.store)) == before
    assert dialog.settle.text() == f"Settle {before} fields"
    dialog.settle.click()
    qtbot.waitUntil(lambda: view.pane.current() is None, timeout=10_000)
    assert "Took their values" in view.result.words()
    view.result.undo_requested.emit()
    qtbot.waitUntil(lambda: len(lookup.conflicts(desk.store)) == before, timeout=10_000)


def test_a_rule_is_offered_with_what_it_would_do_and_named_in_the_history(
    view: ExchangeView, desk: Desk, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "Rules would settle" in view.pane.suggested.text(), timeout=10_000)
    dialog = view.settling.settle_several()
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.way.count() > 1, timeout=10_000)
    dialog.way.set_key("rule:higher-severity")
    qtbot.waitUntil(dialog.settle.isEnabled, timeout=10_000)
    assert [row["value"] for row in dialog.table.rows()] == ["70"]
    dialog.settle.click()
    qtbot.waitUntil(lambda: not any(one.field == "severity" for one in view.pane._conflicts), timeout=10_000)
    assert "rule “Of two severities, the higher”" in view.result.words()


@pytest.mark.parametrize(("key", "there"), [(Qt.Key.Key_1, False), (Qt.Key.Key_2, True)])
def test_what_was_taken_back_here_and_changed_elsewhere_is_decided_by_one_key(
    folder: Path, qtbot: QtBot, qapp: QApplication, key: Qt.Key, there: bool
) -> None:
    theme.current().apply(qapp)

    def opened(session: Session) -> tuple[str, str]:
        made = incidents.open_incident(session, "Perhaps nothing")
        incidents.classify(session, made.id, label="GREEN")
        export_to(session, "RYY", folder / "out.bundle")
        return made.id, made.act

    def edited(session: Session) -> None:
        exchange.merge_bundle(session, [folder / "out.bundle"])
        one = next(row["id"] for row in lookup.listing(session.store, "incident") if row["title"] == "Perhaps nothing")
        incidents.set_field(session, one, "severity", "90")
        export_to(session, "RXX", folder / "back.bundle")

    with desk_on(folder / "northmoor", qtbot) as first:
        incident, _ = done_on(first, qtbot, opened)
        done_on(first, qtbot, undo.undo)  # the label
        done_on(first, qtbot, undo.undo)  # the incident
    with desk_on(folder / "eastvale", qtbot) as other:
        done_on(other, qtbot, edited)
    with desk_on(folder / "northmoor", qtbot) as desk:
        done_on(desk, qtbot, lambda session: exchange.merge_bundle(session, [folder / "back.bundle"]))
        view = ExchangeView(desk)
        qtbot.addWidget(view)
        view.resize(1180, 820)
        with qtbot.waitSignal(view.count_changed, timeout=10_000):
            view.show()
        go_to(view, "_deleted")
        assert [button.text() for button in view.pane.take_buttons()] == [
            "Keep it taken back", "Bring it back with their change",
        ]  # fmt: skip
        conflict = view.pane.current()
        assert conflict is not None
        assert "Severity: 90" in conflict.sides[1].value
        assert view.pane.other.isHidden()
        view.activateWindow()
        view.pane.list.setFocus()
        qtbot.waitUntil(view.pane.list.hasFocus, timeout=3_000)
        QTest.keyClick(view.pane.list, key)
        qtbot.waitUntil(lambda: not any(one.field == "_deleted" for one in view.pane._conflicts), timeout=10_000)
        assert (lookup.one(desk.store, "incident", incident) is not None) == there
