"""Receipts in the window: written after a merge, taken by dropping them on Merge, shown in the peer's row."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from triage_app.services import incidents, receipts
from triage_app.store import journal
from triage_app.ui.dialogs.merge_bundle import MergeDialog


def sent(cast: Cast) -> Path:
    """A bundle from A to B."""
    incident = incidents.open_incident(cast.a.session, "Wards down").id
    incidents.classify(cast.a.session, incident, label="GREEN")
    return cast.a.export(cast.b)


def dropped(dialog: MergeDialog, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dialog.dropEvent(event)


def test_a_receipt_is_written_after_a_merge_and_taken_where_it_is_dropped(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    bundle, back = sent(cast), tmp_path / "back.receipt"
    ours, _ = journal.tail(cast.a.store, "journal", cast.a.device)
    with desk_at(cast, cast.b, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([bundle])
        until(qtbot, dialog.merge.isEnabled)
        assert dialog.receipt.isHidden()
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        assert dialog.receipt.isVisible()
        dialog.close_button.click()
        until(qtbot, lambda: len(view.log.table.rows()) == 1)
        assert view.log.receipt.isEnabled()
        view.acts.write_receipt(view.log.table.rows()[0]["id"], back)
        until(qtbot, lambda: "Wrote back.receipt." in view.result.words())
        assert f"arrived up to {ours}" in view.result.words()
        until(qtbot, lambda: len(view.log.table.rows()) == 2)
        assert {row["way"].text for row in view.log.table.rows()} == {"Merged", "Receipt sent"}
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        row = view.peers.row_of(cast.b.device)
        assert row is not None
        assert row["has_of_ours"] is None
        dialog = view.merge_bundles()
        dropped(dialog, back)
        until(qtbot, dialog.merge.isEnabled)
        assert dialog.merge.text() == "Take the receipt"
        assert f"up to {ours} of {ours}" in dialog._from.values["back.receipt"].text()
        dialog.merge.click()
        until(qtbot, lambda: "Took a receipt." in view.result.words())
        dialog.close_button.click()

        def has_received() -> bool:
            found = view.peers.row_of(cast.b.device)
            return found is not None and found["has_of_ours"] == ours

        until(qtbot, has_received)
        view.show_record("peer", cast.b.device)
        assert view.peer.facts.values["Has received"].text().startswith(f"Our operations up to {ours} of ")
        row = view.peers.row_of(cast.b.device)
        assert row is not None
        assert row["they_lack"] == 0
        dialog = view.merge_bundles([back])
        until(qtbot, lambda: "known already" in dialog.words.text())
        assert not dialog.merge.isEnabled()
        dialog.reject()


def test_a_receipt_and_a_bundle_chosen_together_are_both_taken(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    cast.b.merge(sent(cast))
    back = receipts.write_last(cast.b.session, tmp_path / "back.receipt").path
    incident = incidents.open_incident(cast.b.session, "Theirs").id
    incidents.classify(cast.b.session, incident, label="GREEN")
    bundle = cast.b.export(cast.a)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([back, bundle])
        until(qtbot, dialog.merge.isEnabled)
        assert dialog.merge.text() == "Merge"
        assert dialog._from.values.keys() == {back.name, "File"}
        assert dialog._from.values["File"].text().startswith(bundle.name)
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        dialog.close_button.click()
        until(qtbot, lambda: {row["way"].text for row in view.log.table.rows()} >= {"Merged", "Receipt read"})


def test_a_receipt_for_another_laptop_is_refused_in_the_dialog(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    cast.b.merge(sent(cast))
    back = receipts.write_last(cast.b.session, tmp_path / "back.receipt").path
    with desk_at(cast, cast.c, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([back])
        until(qtbot, lambda: not dialog.trouble.isHidden())
        assert "not sealed for this device" in dialog.trouble.accessibleName()
        assert not dialog.merge.isEnabled()
        dialog.reject()
