"""The export dialog over real stores: groups, windows, sizes, passphrases; and the merge of such a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.demo_store import copied, desk_on, told
from triage_app.services import certifying, devices, groups, sending
from triage_app.services.session import Session
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.widgets import Button, CheckBox, Choice


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


def dialog_on(desk: Desk, qtbot: QtBot) -> ExportDialog:
    made = ExportDialog(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(made.boxes), timeout=10_000)
    return made


def trusted(session: Session) -> list[str]:
    return [row["id"] for row in devices.known_devices(session.store) if row["trusted"]]


def done_on(desk: Desk, qtbot: QtBot, work: object) -> object:
    done: list[object] = []
    desk.long("", lambda session, _: work(session), done.append)  # type: ignore[operator]
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    return done[0]


def test_tab_goes_from_who_chooses_to_the_recipients_and_then_on(desk: Desk, qtbot: QtBot) -> None:
    dialog = dialog_on(desk, qtbot)
    reached: list[QWidget] = []
    at = dialog.recipients.way.nextInFocusChain()
    while at is not None and at is not dialog.recipients.way:
        if at.isVisible() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(at)
        at = at.nextInFocusChain()
    many = len(dialog.boxes)
    first = [one for one in reached if isinstance(one, (CheckBox, Button, Choice))][:many]
    assert first == list(dialog.boxes.values())


def test_the_size_is_said_before_anything_is_written_and_is_near_it(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_on(desk, qtbot)
    next(box for box in dialog.boxes.values() if "Eastvale" in box.text()).setChecked(True)
    qtbot.waitUntil(lambda: dialog.weight is not None, timeout=20_000)
    guess = dialog.weight
    assert guess is not None
    assert "in 1 part" in dialog.amount.text()
    assert "By their TLP label" in dialog.amount.text()
    assert "held" in dialog.known.text()
    assert list(tmp_path.glob("*.bundle")) == []
    dialog.path.setText(str(tmp_path / "out.bundle"))
    dialog.export.click()
    qtbot.waitUntil(dialog.export.isHidden, timeout=20_000)
    size = (tmp_path / "out.bundle").stat().st_size
    assert abs(guess.bytes - size) < 0.2 * size


def test_a_group_ticks_its_members_and_waits_until_a_revoked_one_is_left_out(desk: Desk, qtbot: QtBot) -> None:
    def prepare(session: Session) -> list[str]:
        found = trusted(session)
        groups.make(session, "Night desk", found)
        certifying.revoke(session, found[0], "Stolen", after=0)
        return found

    everyone = done_on(desk, qtbot, prepare)
    assert isinstance(everyone, list)
    dialog = dialog_on(desk, qtbot)
    assert dialog.recipients.chosen() == []
    dialog.recipients.group.set_key("Night desk")
    assert dialog.recipients.chosen() == everyone[1:]
    assert not dialog.export.isEnabled()
    assert "may be sent nothing" in dialog.amount.text()
    (box,) = dialog.recipients.absent.values()
    assert "is revoked: leave it out" in box.text()
    box.setChecked(True)
    assert dialog.export.isEnabled()
    assert "and for nobody else" in dialog.promise.text()


def test_devices_chosen_are_kept_as_a_group_and_the_group_is_dropped(desk: Desk, qtbot: QtBot) -> None:
    dialog = dialog_on(desk, qtbot)
    assert not dialog.recipients.keep.isEnabled()
    next(iter(dialog.boxes.values())).setChecked(True)
    chosen = dialog.recipients.chosen()
    dialog.recipients.keep.click()
    dialog.recipients.name.setText("Days")
    dialog.recipients.save.click()
    qtbot.waitUntil(lambda: dialog.recipients.group.key() == "Days", timeout=10_000)
    assert [one.device for one in groups.members(desk.store, "Days")] == chosen
    assert dialog.recipients.chosen() == chosen
    dialog.recipients.drop.click()
    qtbot.waitUntil(lambda: groups.names(desk.store) == [], timeout=10_000)


def test_a_window_that_ends_before_it_begins_is_said_in_place(desk: Desk, qtbot: QtBot) -> None:
    dialog = dialog_on(desk, qtbot)
    next(iter(dialog.boxes.values())).setChecked(True)
    dialog.of.window_by.set_key("written")
    assert not dialog.export.isEnabled()
    dialog.of.since.entry.setText("2026-11-22")
    dialog.of.until.entry.setText("2026-11-21")
    assert "ends before it begins" in dialog.amount.text()
    assert not dialog.export.isEnabled()
    dialog.of.until.entry.setText("2026-11-23")
    assert dialog.export.isEnabled()
    asked = dialog.asked().plan
    assert (asked.since, asked.until) == (1795305600000, 1795392000000)
    dialog.of.window_by.set_key("reported")
    assert dialog.asked().reported == (1795305600000, 1795392000000)
    assert dialog.asked().plan.since is None


def test_a_passphrase_must_be_strong_and_its_ceiling_is_said(desk: Desk, qtbot: QtBot) -> None:
    dialog = dialog_on(desk, qtbot)
    dialog.recipients.way.set_key("anybody")
    assert "up to TLP:GREEN" in dialog.promise.text()
    dialog.recipients.passphrase.entry.setText("password")
    assert "Too weak" in dialog.recipients.passphrase.words.text()
    assert not dialog.export.isEnabled()
    dialog.recipients.passphrase.make.click()
    assert "Strong" in dialog.recipients.passphrase.words.text()
    assert dialog.export.isEnabled()
    dialog.reader.setText("Gwen Pritchard")
    assert "up to TLP:AMBER, to be read by Gwen Pritchard" in dialog.promise.text()


@pytest.mark.slow
def test_a_merge_asks_for_the_passphrase_and_says_that_a_wrong_one_does_not_open_it(
    folder: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "open.bundle"
    with desk_on(folder / "eastvale", qtbot) as sender:
        done_on(sender, qtbot, lambda s: sending.export_bundle(s, [], path, passphrase="quiet otter seven lanterns"))
    with desk_on(folder / "northmoor", qtbot) as desk:
        dialog = MergeDialog(desk, [path])
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(dialog.passphrase.isVisible, timeout=10_000)
        assert "sealed with a passphrase" in dialog.trouble.accessibleName()
        dialog.passphrase.field.entry.setText("another otter entirely")
        dialog.passphrase.open.click()
        qtbot.waitUntil(lambda: "does not open" in dialog.trouble.accessibleName(), timeout=30_000)
        dialog.passphrase.field.entry.setText("quiet otter seven lanterns")
        dialog.passphrase.open.click()
        qtbot.waitUntil(dialog.merge.isEnabled, timeout=60_000)
        assert dialog.passphrase.isHidden()
        assert "opened by its passphrase" in dialog.words.text()
        assert "by their TLP label" in dialog.counts.values["Withheld"].text()
        dialog.merge.click()
        qtbot.waitUntil(dialog.merge.isHidden, timeout=60_000)
