"""The files of an incident over a real store: attached, dropped, handed over, verified, let out, printed, destroyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from tests.unit.formats.test_sealed_zip import opened as unzipped
from triage_app.services import attachments
from triage_app.services.attachments import Attachment, Handing
from triage_app.store import access
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.attachment import DestroyDialog, ExportDialog, HoldDialog, TakeDialog
from triage_app.ui.dialogs.custody import CorrectCustodyDialog, HandingDialog
from triage_app.ui.messages import Dialog
from triage_app.ui.views.files_tab import FilesTab, size_words
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    return in_view(IncidentsView(desk), desk, qtbot, qapp)


@pytest.fixture
def tab(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> FilesTab:
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    view.page.tabs.go_to("files")
    settle(desk, qtbot)
    return view.page.files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "memory<b>.dmp"
    path.write_bytes(os.urandom(1_500_000))
    return path


def dropped(tab: FilesTab, *paths: Path) -> TakeDialog:
    """Drop files on the tab and return the form that asks how they were taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    move = Qt.DropAction.CopyAction
    tab.dropEvent(QDropEvent(QPointF(5, 5), move, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    found = tab.findChild(TakeDialog)
    assert isinstance(found, TakeDialog)
    return found


@pytest.fixture
def taken(tab: FilesTab, file: Path, desk: Desk, qtbot: QtBot) -> FilesTab:
    """The tab with one file, taken by Jo Pryce."""
    form = dropped(tab, file)
    form.mine.click()
    form.taken_by.setText("Jo Pryce")
    form.role.setText("Network engineer")
    form.submit()
    for _ in range(3):
        settle(desk, qtbot)
    tab.window().activateWindow()
    tab.table.setFocus()
    qtbot.waitUntil(tab.table.hasFocus)
    return tab


def one(desk: Desk, told: Told) -> Attachment:
    """Return the only file of the incident."""
    (found,) = attachments.listing(desk.store, told.ransom)
    return found


def test_an_empty_tab_says_what_to_do_and_counts_none(tab: FilesTab, view: IncidentsView) -> None:
    words = "\n".join(label.text() for label in tab.table.findChildren(QLabel) if label.isVisible())
    assert "never opened" in words
    assert view.page.tabs.tabs["files"].accessibleName() == "Files 0"
    assert not tab.verify_button.isEnabled()


def test_a_dropped_file_is_asked_about_kept_and_shown_with_who_has_it(
    taken: FilesTab, view: IncidentsView, desk: Desk, told: Told
) -> None:
    shown = one(desk, told)
    row = taken.table.current_row()
    assert row is not None
    assert (row["name"], row["size"], row["holder"], row["state"]) == ("memory<b>.dmp", "1.4 MiB", "Jo Pryce", "here")
    assert view.page.tabs.tabs["files"].accessibleName() == "Files 1"
    assert shown.row["sha256"] in view.page.left.accessibleName()
    assert [entry["what"] for entry in access.entries(desk.store)] == ["view"]


def test_custody_invents_nobody_and_no_time_and_one_key_says_me_now(
    tab: FilesTab, file: Path, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = dropped(tab, file)
    assert (form.taken_by.text(), form.when.text()) == ("", "")
    form.submit()
    assert form.isVisible()
    assert form.focusWidget() is form.taken_by
    said = "\n".join(label.text() for label in form.findChildren(QLabel) if label.isVisible())
    assert "Say who took it" in said
    assert "Say when it was taken" in said
    QTest.keyClicks(form.taken_by, "Sgt Reed")
    form.submit()
    assert form.isVisible()
    assert form.focusWidget() is form.when.entry
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    QTest.keyClick(form.when.entry, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: (form.taken_by.text(), form.when.entry.text()) == (desk.responder_name, "now"))
    form.submit()
    for _ in range(3):
        settle(desk, qtbot)
    shown = one(desk, told)
    assert shown.row["taken_by"] == desk.responder_name
    assert shown.row["taken_at"]["precision"] == "minute"


def test_what_cannot_be_attached_is_said_and_the_others_still_come(
    tab: FilesTab, view: IncidentsView, file: Path, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    (file.parent / "empty").touch()
    form = dropped(tab, file.parent / "empty", file)
    assert form.heading.text().startswith("Attach 2 files")
    form.mine.click()
    form.when.entry.setText("nonsense")
    form.submit()
    assert form.isVisible()
    form.when.entry.setText("about 00:30")
    form.submit()
    for _ in range(4):
        settle(desk, qtbot)
    assert one(desk, told).row["taken_at"]["about"]


def test_custody_is_recorded_from_the_keyboard_and_always_names_one_holder(
    taken: FilesTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    taken.table.setFocus()
    QTest.keyClick(taken.table, Qt.Key.Key_H)
    form = dialog(HandingDialog, qtbot)
    assert isinstance(form, HandingDialog)
    form.submit()
    assert form.isVisible()
    form.to.setText("DC Amin")
    form.seal.setText("B123")
    QTest.keyClick(form.to, Qt.Key.Key_Return)
    for _ in range(3):
        settle(desk, qtbot)
    row = taken.table.current_row()
    assert row is not None
    assert row["holder"] == "DC Amin (no receipt yet)"
    taken.window().activateWindow()
    qtbot.waitUntil(taken.window().isActiveWindow)
    QTest.keyClick(taken.table, Qt.Key.Key_H)
    receipt = dialog(HandingDialog, qtbot)
    assert isinstance(receipt, HandingDialog)
    assert (receipt.event_choice.key(), receipt.to.text()) == ("received", "DC Amin")
    receipt.submit()
    for _ in range(3):
        settle(desk, qtbot)
    assert (one(desk, told).holder, one(desk, told).is_confirmed) == ("DC Amin", True)
    assert [label.text().partition("\n")[0] for label in taken._chain.values.values()] == [
        "Taken: Jo Pryce", "Handed over: Jo Pryce to DC Amin", "Received: DC Amin from Jo Pryce",
    ]  # fmt: skip


def test_what_was_written_of_a_file_is_put_right_with_a_reason_and_stands_on_the_timeline(
    taken: FilesTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    handing = Handing("DC Amin", "now", "", "B123", "For the lab")
    attachment = one(desk, told).row["id"]
    desk.act(lambda session: attachments.hand_over(session, attachment, handing))
    for _ in range(3):
        settle(desk, qtbot)
    taken.table.setFocus()
    QTest.keyClick(taken.table, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    form = dialog(CorrectCustodyDialog, qtbot)
    assert isinstance(form, CorrectCustodyDialog)
    assert (form.fields["taken_by"].isVisible(), form.fields["to"].isVisible()) == (True, False)
    form.which.setCurrentIndex(1)
    assert (form.fields["taken_by"].isVisible(), form.fields["to"].isVisible()) == (False, True)
    form.because.setText("He is a sergeant")
    form.submit()
    assert form.isVisible()  # nothing is changed yet
    form.fields["to"].setText("DS Amin")  # type: ignore[union-attr]
    form.because.setText("")
    form.submit()
    assert form.isVisible()  # no reason yet
    form.because.setText("He is a sergeant")
    form.submit()
    for _ in range(4):
        settle(desk, qtbot)
    shown = one(desk, told)
    assert (shown.holder, shown.custody[-1]["seal"], shown.custody[-1]["is_corrected"]) == ("DS Amin", "B123", True)
    read = view.page._read
    assert read is not None
    listed = [(event.what, event.who) for event in read.events if event.kind == "file"]
    assert listed[0] == (f"Handed over: {shown.row['ref']}", "Jo Pryce to DS Amin")
    assert listed[1][0].startswith("File taken as evidence: ")


def test_verifying_says_that_what_was_taken_is_here(
    taken: FilesTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    QTest.keyClick(taken.table, Qt.Key.Key_V)
    for _ in range(3):
        settle(desk, qtbot)
    assert "What was taken is what is here" in view.page.left.accessibleName()
    assert one(desk, told).custody[-1]["outcome"] == "good"


def test_an_archive_is_written_and_its_passphrase_shown_once(
    taken: FilesTab, file: Path, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    shown = one(desk, told)
    taken.export_button.click()
    form = dialog(ExportDialog, qtbot)
    form.reject()
    path = file.parent / "out.zip"
    taken.write_archive(str(shown.row["id"]), path, "NCSC", "analysis")
    for _ in range(3):
        settle(desk, qtbot)
    said = dialog(Dialog, qtbot)
    (words,) = [label.text() for label in said.findChildren(QLabel) if label.accessibleName().startswith("Passphrase")]
    assert unzipped(path.read_bytes(), words)[f"{shown.row['ref']}.evidence"] == file.read_bytes()
    said.accept()


def test_the_form_is_a_pdf_in_which_a_name_is_a_name(
    taken: FilesTab, file: Path, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    path = file.parent / "custody.pdf"
    taken.write_form(str(one(desk, told).row["id"]), path)
    for _ in range(4):
        settle(desk, qtbot)
    assert path.read_bytes().startswith(b"%PDF")
    assert len(path.read_bytes()) > 5_000


def test_a_hold_bars_destruction_and_destruction_asks_for_the_reference(
    taken: FilesTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    for because in ("the police asked", "case closed"):
        taken.hold.click()
        form = dialog(HoldDialog, qtbot)
        assert isinstance(form, HoldDialog)
        form.submit()
        assert form.isVisible()
        form.because.setText(because)
        form.submit()
        for _ in range(3):
            settle(desk, qtbot)
        assert taken.destroy_button.isEnabled() == (because == "case closed")
    taken.destroy_button.click()
    end = dialog(DestroyDialog, qtbot)
    assert isinstance(end, DestroyDialog)
    end.decided_by.setText("SIRO")
    end.because.setText("retention ended")
    end.submit()
    assert end.isVisible()
    end.again.setText(str(one(desk, told).row["ref"]).lower())
    end.submit()
    for _ in range(3):
        settle(desk, qtbot)
    assert one(desk, told).state == "destroyed"
    assert not taken.export_button.isEnabled()
    assert not taken.destroy_button.isEnabled()


@pytest.mark.parametrize(
    ("size", "words"), [(None, "–"), (1, "1 B"), (2048, "2.0 KiB"), (5_300_000, "5.1 MiB"), (2**31, "2.00 GiB")]
)
def test_a_size_is_short_in_the_list(size: int | None, words: str) -> None:
    assert size_words(size) == words


def test_nothing_opens_before_the_form_is_answered(tab: FilesTab, file: Path, desk: Desk, told: Told) -> None:
    form = dropped(tab, file)
    assert isinstance(form, QDialog)
    assert attachments.listing(desk.store, told.ransom) == []
    form.reject()
