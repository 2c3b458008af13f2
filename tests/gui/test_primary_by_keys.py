"""Dialogs that verify something first: when they are ready, their primary button is where the keys are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from triage_app.services import incidents
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.views.exchange import ExchangeView


@pytest.fixture
def bundle(cast: Cast) -> Path:
    incident = incidents.open_incident(cast.b.session, "Loader on ward 9").id
    incidents.classify(cast.b.session, incident, label="GREEN")
    return cast.b.export(cast.a)


@pytest.fixture
def view(cast: Cast, qtbot: QtBot, qapp: QApplication) -> Iterator[ExchangeView]:
    with desk_at(cast, cast.a, qtbot) as desk:
        yield view_on(desk, qtbot, qapp)


def with_focus_on_choose(dialog: MergeDialog | TrustDialog, qtbot: QtBot) -> None:
    """As after the file dialog of the system, which gives the focus back to what opened it."""
    until(qtbot, dialog.isActiveWindow)
    dialog.choose.setFocus()
    assert dialog.choose.hasFocus()


def test_once_a_bundle_is_verified_ctrl_enter_or_enter_merges_it(
    bundle: Path, view: ExchangeView, qtbot: QtBot
) -> None:
    dialog = view.merge_bundles()
    with_focus_on_choose(dialog, qtbot)
    dialog.read_files([bundle])
    until(qtbot, dialog.merge.isEnabled)
    assert dialog.merge.hasFocus()
    assert dialog.merge._key == "Ctrl ↵"
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(qtbot, dialog.merge.isHidden)
    assert dialog.close_button.hasFocus()
    dialog.close_button.click()


def test_whoever_went_elsewhere_while_it_was_verified_stays_there(
    bundle: Path, view: ExchangeView, qtbot: QtBot
) -> None:
    dialog = view.merge_bundles()
    with_focus_on_choose(dialog, qtbot)
    dialog.read_files([bundle])
    dialog.close_button.setFocus()
    until(qtbot, dialog.merge.isEnabled)
    assert dialog.close_button.hasFocus()
    dialog.close_button.click()


def test_after_the_file_of_a_device_the_keys_are_at_the_tick_that_trusting_waits_for(
    cast: Cast, view: ExchangeView, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "ward.identity"
    path.write_bytes(cast.stranger.identity())
    dialog = TrustDialog(view._desk, view)
    dialog.open()
    with_focus_on_choose(dialog, qtbot)
    dialog.read_file(path)
    assert dialog.compared.hasFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.isVisible()
    QTest.keyClick(dialog.compared, Qt.Key.Key_Space)
    assert dialog.trust.isEnabled()
    assert dialog.trust._key == "Ctrl ↵"
    told: list[str] = []
    dialog.trusted.connect(told.append)
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(qtbot, lambda: told == ["Ward 9"])
