"""The exchange screen over real stores: peers, conflicts, exporting, merging, trusting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.gui.demo_store import copied, desk_on, told
from triage_app.errors import TriageError
from triage_app.services import devices, exchange
from triage_app.store import lookup
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.table import UNKNOWN, Cell, cell_text
from triage_app.ui.views.exchange import ExchangeView


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return told(tmp_path_factory.mktemp("demo") / "demo-out")


@pytest.fixture
def folder(demo: Path, tmp_path: Path) -> Path:
    return copied(demo, tmp_path / "demo-out")


@pytest.fixture
def desk(folder: Path, qtbot: QtBot) -> Iterator[Desk]:
    with desk_on(folder / "northmoor", qtbot) as opened:
        yield opened


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> ExchangeView:
    theme.current().apply(qapp)
    made = ExchangeView(desk)
    qtbot.addWidget(made)
    made.resize(1180, 820)
    with qtbot.waitSignal(made.count_changed, timeout=5_000):
        made.show()
    return made


def words(row: object, key: str, view: ExchangeView) -> str:
    column = next(column for column in view.peers.record_model.columns if column.key == key)
    return cell_text(column, row[key])  # type: ignore[index]


def test_each_peer_is_shown_by_name_nation_and_ceiling(view: ExchangeView) -> None:
    rows = {row["name"]: row for row in view.peers.rows()}
    assert "Eastvale Hospitals NHS Trust" in words(rows["Eastvale laptop 2"], "peer", view)
    assert rows["Eastvale laptop 2"]["ceiling"] == "GREEN"
    assert rows["National desk 1"]["ceiling"] == "AMBER"
    assert words(rows["National desk 1"], "received", view) == "never"
    assert rows["National desk 1"]["we_lack"] is UNKNOWN


def test_operations_of_a_device_not_trusted_are_said_in_words(view: ExchangeView) -> None:
    assert not view.gap.isHidden()
    assert "Eastvale theatres" in view.gap.accessibleName()
    assert "count as soon as you trust it" in view.gap.accessibleName()
    theatres = next(row for row in view.peers.rows() if row["name"] == "Eastvale theatres")
    assert isinstance(theatres["gaps"], Cell)
    assert "waiting" in theatres["gaps"].text


def test_neither_value_of_a_conflict_is_preselected(view: ExchangeView) -> None:
    conflict = view.pane.current()
    assert conflict is not None
    assert conflict.name == "Contained at"
    assert [side.value for side in conflict.sides] == ["02:40 GMT", "03:05 GMT"]
    assert [side.who for side in conflict.sides] == ["Sam Okafor", "Jo Whitfield"]
    assert conflict.before == "Not known"
    first, second = view.pane.take_buttons()
    assert first.size() == second.size()
    assert not first.hasFocus()
    assert not second.hasFocus()


@pytest.mark.parametrize(("key", "at"), [(Qt.Key.Key_1, "2026-11-22 02:40"), (Qt.Key.Key_2, "2026-11-22 03:05")])
def test_one_key_takes_a_value_and_the_inbox_is_empty(
    view: ExchangeView, desk: Desk, qtbot: QtBot, key: Qt.Key, at: str
) -> None:
    conflict = view.pane.current()
    assert conflict is not None
    view.activateWindow()
    view.pane.list.setFocus()
    qtbot.waitUntil(view.pane.list.hasFocus, timeout=3_000)
    QTest.keyClick(view.pane.list, key)
    qtbot.waitUntil(lambda: view.pane.current() is None, timeout=5_000)
    incident = lookup.one(desk.store, "incident", conflict.incident)
    assert incident is not None
    assert incident["times"]["contained"]["as_written"] == at
    assert "Settled contained" in view.result.words()


def test_another_value_is_read_as_a_time_and_a_wrong_one_is_refused_in_place(
    view: ExchangeView, desk: Desk, qtbot: QtBot
) -> None:
    conflict = view.pane.current()
    assert conflict is not None
    view.pane.value_entered.emit(conflict, "half past two")
    qtbot.waitUntil(lambda: view._trouble.isVisible(), timeout=5_000)
    assert "no time I can read" in view._trouble.accessibleName()
    assert view.pane.current() is not None
    view.pane.value_entered.emit(conflict, "2026-11-22 02:52")
    qtbot.waitUntil(lambda: view.pane.current() is None, timeout=5_000)
    incident = lookup.one(desk.store, "incident", conflict.incident)
    assert incident is not None
    assert incident["times"]["contained"]["at"] == 1795315920000
    assert view._trouble.isHidden()


def test_an_export_has_no_recipient_until_one_is_chosen_and_says_what_was_withheld(
    view: ExchangeView, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = view.export_bundle()
    qtbot.waitUntil(lambda: len(dialog.boxes) == 2, timeout=5_000)
    assert not any(box.isChecked() for box in dialog.boxes.values())
    assert not dialog.export.isEnabled()
    eastvale = next(box for box in dialog.boxes.values() if "Eastvale" in box.text())
    eastvale.setChecked(True)
    assert "Sealed for Eastvale laptop 2 and for nobody else, up to TLP:GREEN." in dialog.promise.text()
    dialog.path.setText(str(tmp_path / "out.bundle"))
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.export.isHidden(), timeout=10_000)
    assert (tmp_path / "out.bundle").exists()
    assert int(dialog.written.values["Operations"].text()) > 0
    assert "By their TLP label" in dialog.written.values["Stays here"].text()
    assert dialog.written.values["Sealed for"].text() == "Eastvale laptop 2, RYY"
    dialog.close_button.click()


def test_an_export_that_cannot_be_written_is_refused_in_place(view: ExchangeView, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    dialog = view.export_bundle()
    qtbot.waitUntil(lambda: len(dialog.boxes) == 2, timeout=5_000)
    next(iter(dialog.boxes.values())).setChecked(True)
    dialog.path.setText(str(tmp_path / "file" / "out.bundle"))
    dialog.export.click()
    qtbot.waitUntil(lambda: not dialog.trouble.isHidden(), timeout=10_000)
    assert dialog.export.isEnabled()
    dialog.reject()


def test_a_merge_shows_what_would_change_before_anything_does(folder: Path, qtbot: QtBot, qapp: QApplication) -> None:
    """The theatres' laptop has merged nothing yet: Eastvale writes it a bundle, and it looks first."""
    theme.current().apply(qapp)
    bundle = folder / "to-theatres.bundle"
    with desk_on(folder / "eastvale", qtbot) as sender:
        done: list[object] = []
        sender.long("", lambda s, _: exchange.export_bundle(s, [_theatres(s)], bundle), done.append)
        qtbot.waitUntil(lambda: bool(done), timeout=10_000)
    with desk_on(folder / "eastvale-theatres", qtbot) as desk:
        view = ExchangeView(desk)
        qtbot.addWidget(view)
        with qtbot.waitSignal(view.count_changed, timeout=5_000):
            view.show()
        dialog = view.merge_bundles([bundle])
        qtbot.waitUntil(dialog.merge.isEnabled, timeout=10_000)
        assert dialog.preview is not None
        assert dialog.preview.applied > 0
        assert [row["state"].text for row in dialog.incidents.rows()].count("New") == 3
        assert len(lookup.listing(desk.store, "incident")) == 1
        dialog.merge.click()
        qtbot.waitUntil(dialog.merge.isHidden, timeout=10_000)
        assert len(lookup.listing(desk.store, "incident")) == 4
        assert "applied" in view.result.words()
        dialog.close_button.click()


def _theatres(session: object) -> str:
    store = session.store  # type: ignore[attr-defined]
    return str(next(row["id"] for row in devices.known_devices(store) if row["name"] == "Eastvale theatres"))


def test_a_tampered_bundle_is_refused_with_a_sentence_and_changes_nothing(
    view: ExchangeView, desk: Desk, folder: Path, qtbot: QtBot
) -> None:
    bundle = folder / "eastvale-to-northmoor.bundle"
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(bytes(data))
    before = len(lookup.conflicts(desk.store))
    dialog = view.merge_bundles([bundle])
    qtbot.waitUntil(lambda: not dialog.trouble.isHidden(), timeout=10_000)
    assert not dialog.merge.isEnabled()
    assert dialog.words.text() == "Nothing was taken from it."
    assert len(lookup.conflicts(desk.store)) == before
    dialog.reject()


def test_a_dialog_closed_before_its_answer_came_troubles_nobody(
    view: ExchangeView, desk: Desk, folder: Path, qtbot: QtBot
) -> None:
    dialog = view.merge_bundles([folder / "eastvale-to-northmoor-2.bundle"])
    dialog.reject()
    export = view.export_bundle()
    export.reject()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not isValid(dialog)
    done: list[None] = []
    desk.long("", lambda *_: None, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=10_000)
    qtbot.wait(50)


def test_a_merge_whose_dialog_was_closed_is_still_shown(view: ExchangeView, folder: Path, qtbot: QtBot) -> None:
    dialog = view.merge_bundles([folder / "eastvale-to-northmoor-2.bundle"])
    qtbot.waitUntil(dialog.merge.isEnabled, timeout=10_000)
    bundles = len(view.log.table.rows())
    dialog.merge.click()
    dialog.reject()
    qtbot.waitUntil(lambda: len(view.log.table.rows()) == bundles + 1, timeout=10_000)


def test_trust_needs_the_words_to_have_been_heard(view: ExchangeView, folder: Path, qtbot: QtBot) -> None:
    dialog = view.trust_device()
    assert not dialog.trust.isEnabled()
    dialog.read_file(folder / "eastvale-theatres.identity")
    assert len(dialog.words.text().split()) == 6
    assert not dialog.trust.isEnabled()
    dialog.compared.setChecked(True)
    assert dialog.trust.isEnabled()
    assert [dialog.relation.itemData(number) for number in range(dialog.relation.count())] == [
        "peer",
        "parent",
        "client",
    ]
    with qtbot.waitSignal(view.count_changed, timeout=5_000):
        dialog.trust.click()
    qtbot.waitUntil(view.gap.isHidden, timeout=5_000)


def test_a_file_that_is_no_identity_is_refused_in_place(view: ExchangeView, tmp_path: Path) -> None:
    bad = tmp_path / "bad.identity"
    bad.write_bytes(b'{"device": "\xff\xfe' + b"\0" * 4096)
    dialog = view.trust_device()
    dialog.read_file(bad)
    assert not dialog._trouble.isHidden()
    dialog.read_file(tmp_path / "missing.identity")
    assert "could not be read" in dialog._trouble.accessibleName()
    assert not dialog.trust.isEnabled()
    dialog.reject()


def test_the_identity_file_is_written_and_holds_no_secret(
    view: ExchangeView, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    target = tmp_path / "own.identity"
    with qtbot.waitSignal(view._desk.told, timeout=20_000) as told:
        view.save_identity(target)
    assert told.args[0].startswith(f"Wrote {target.name}.")
    qtbot.waitUntil(lambda: "Wrote own.identity" in view.result.words(), timeout=5_000)
    assert desk.device.encode() in target.read_bytes()
    assert b"SECRET" not in target.read_bytes()
    assert len(view.device.words.text().split()) == 6


def test_every_widget_that_takes_the_focus_has_a_name(view: ExchangeView) -> None:
    nameless = [
        type(widget).__name__
        for widget in view.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.accessibleName() and widget.isVisibleTo(view)
    ]
    assert nameless == []


def test_every_action_has_words_and_a_tooltip(view: ExchangeView) -> None:
    found = [action for actions in view.actions().values() for action in actions]
    assert len(found) == 14
    assert all(action.text() and action.toolTip() for action in found)


@pytest.mark.parametrize("width", [428, 668, 1180, 1700])
def test_nothing_is_cut_off_sideways_at_any_width(view: ExchangeView, qtbot: QtBot, width: int) -> None:
    view.resize(width, 450)
    inner = view.widget()
    assert inner is not None
    qtbot.waitUntil(lambda: inner.minimumSizeHint().width() <= width, timeout=2_000)


def test_a_refusal_shows_what_and_do(view: ExchangeView) -> None:
    view.show_trouble(TriageError("What happened.", "What to do."))
    assert view._trouble.accessibleName() == "What happened. What to do."
