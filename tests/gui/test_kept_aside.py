"""A stick from a hospital we have never heard of: its bundle is kept aside, and merged once its words were compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from triage_app.errors import UntrustedSigner
from triage_app.services import devices, exchange, incidents, quarantine, sending
from triage_app.store import lookup
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.trust_device import TrustDialog
from triage_app.ui.views.exchange import ExchangeView


def stick(cast: Cast) -> Path:
    """A bundle that a laptop wrote which A has never heard of."""
    cast.stranger.trust(cast.a)
    incident = incidents.open_incident(cast.stranger.session, "Loader on ward 9").id
    incidents.classify(cast.stranger.session, incident, label="GREEN")
    return cast.stranger.export(cast.a)


def titles(view: ExchangeView) -> list[str]:
    return [row["title"] for row in lookup.listing(view._desk.store, "incident")]


def opened(kind: type, qtbot: QtBot) -> object:
    def found() -> list[object]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    until(qtbot, lambda: bool(found()))
    return found()[0]


def test_a_strangers_bundle_is_kept_aside_trusted_by_its_words_and_merged_without_the_stick(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    path = stick(cast)
    expected = " ".join(cast.stranger.session.public.fingerprint_words)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([path])
        until(qtbot, lambda: not dialog.trouble.isHidden())
        assert "does not trust" in dialog.trouble.accessibleName()
        assert "is kept aside" in dialog.trouble.accessibleName()
        assert not dialog.merge.isEnabled()
        path.unlink()
        dialog.trouble.acted.emit()
        assert view.tabs.current() == "aside"
        until(qtbot, lambda: len(view.aside.table.rows()) == 1)
        row = view.aside.table.rows()[0]
        assert row["sender"].text == "Ward 9"
        assert (row["words"], row["files"], row["organisation"]) == (expected, 1, "RXX (England)")
        assert view.tabs.tabs["aside"].accessibleName() == "Kept aside 1"
        assert "1 bundle of a stranger is kept aside." in view._summary.text()
        assert view.aside.merge.isHidden()
        view.aside.trust.click()
        trust = opened(TrustDialog, qtbot)
        assert isinstance(trust, TrustDialog)
        assert trust.words.text() == expected
        trust.compared.setChecked(True)
        trust.trust.click()
        merge = opened(MergeDialog, qtbot)
        assert isinstance(merge, MergeDialog)
        until(qtbot, merge.merge.isEnabled)
        assert [label.text().split("\n")[0] for label in merge._from.values.values()] == [path.name]
        assert titles(view) == []
        merge.merge.click()
        until(qtbot, merge.merge.isHidden)
        assert titles(view) == ["Loader on ward 9"]
        until(qtbot, lambda: view.aside.table.rows() == [])
        assert quarantine.waiting(desk.store) == []
        merge.close_button.click()


def test_what_a_sender_left_who_is_trusted_meanwhile_is_merged_from_there(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    path = stick(cast)
    with pytest.raises(UntrustedSigner, match="kept aside"):
        cast.a.merge(path)
    devices.trust_device(cast.a.session, cast.stranger.identity())
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        assert view.aside.table.rows()[0]["state"].text == "trusted now"
        assert view.aside.trust.isHidden()
        view.aside.merge.click()
        merge = opened(MergeDialog, qtbot)
        assert isinstance(merge, MergeDialog)
        until(qtbot, merge.merge.isEnabled)
        merge.merge.click()
        until(qtbot, merge.merge.isHidden)
        assert titles(view) == ["Loader on ward 9"]
        merge.close_button.click()


def test_throwing_away_asks_once_and_deletes_the_sealed_file(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    path = stick(cast)
    folder = cast.a.session.profile.quarantine
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.merge_bundles([path])
        until(qtbot, lambda: len(view.aside.table.rows()) == 1)
        assert len(list(folder.iterdir())) == 1
        row = view.aside.table.rows()[0]
        view.acts.throw_away(row).reject()
        done: list[None] = []
        desk.long("", lambda *_: None, done.append)
        until(qtbot, lambda: bool(done))
        assert len(list(folder.iterdir())) == 1
        question = view.acts.throw_away(row)
        assert question.windowTitle() == "Throw away the file that Ward 9 sent?"
        question.accept()
        until(qtbot, lambda: "Threw away 1 file." in view.result.words())
        until(qtbot, lambda: view.aside.table.rows() == [])
        assert list(folder.iterdir()) == []


def test_of_files_of_which_some_are_strangers_the_rest_is_merged_and_those_are_kept(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    strange = stick(cast)
    known = incidents.open_incident(cast.b.session, "Known sender").id
    incidents.classify(cast.b.session, known, label="GREEN")
    ours = cast.b.export(cast.a)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([ours, strange])
        until(qtbot, dialog.merge.isEnabled)
        assert "Ward 9, which this laptop does not trust" in dialog.strangers.accessibleName()
        assert view.aside.table.rows() == []
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        assert "Kept aside" in dialog.strangers.accessibleName()
        assert titles(view) == ["Known sender"]
        dialog.strangers.acted.emit()
        until(qtbot, lambda: len(view.aside.table.rows()) == 1)
        assert view.tabs.current() == "aside"


def test_a_full_quarantine_is_said_in_the_dialog(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    path = stick(cast)
    with cast.a.store.write():
        for number in range(quarantine.MOST_FILES):
            cast.a.store.execute(
                "INSERT INTO quarantine(file, name, bundle, device, identity, part, parts, bytes, at)"
                " VALUES (?, 'x', 'b', ?, x'', 1, 1, 10, 1)",
                (f"{number:032x}.ctb", f"{number:032x}"),
            )
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        until(qtbot, lambda: len(view.aside.table.rows()) == quarantine.MOST_FILES)
        dialog = view.merge_bundles([path])
        until(qtbot, lambda: not dialog.trouble.isHidden())
        assert "are kept aside already" in dialog.trouble.accessibleName()
        dialog.reject()


def test_the_command_keeps_to_the_same_names(cast: Cast) -> None:
    path = stick(cast)
    with pytest.raises(UntrustedSigner):
        cast.a.merge(path)
    [(kept, called)] = quarantine.named_files_of(cast.a.session, cast.stranger.device).items()
    assert (kept.suffix, called) == (".ctb", path.name)
    cast.a.trust(cast.stranger)
    assert exchange.merge_waiting(cast.a.session, cast.stranger.device).applied > 0


def test_why_a_strangers_bundle_was_not_merged_is_shown_whole(cast: Cast, qtbot: QtBot, qapp: QApplication) -> None:
    path = stick(cast)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([path])
        until(qtbot, lambda: not dialog.trouble.isHidden())
        until(qtbot, lambda: not dialog._room_soon.isActive())
        for label in (dialog.trouble._what, dialog.trouble._detail):
            assert label.height() >= label.heightForWidth(label.width()), label.text()
        dialog.close_button.click()


def test_it_is_shown_whole_too_where_a_passphrase_opened_the_bundle(
    cast: Cast, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "anybody.bundle"
    incidents.open_incident(cast.stranger.session, "Loader on ward 9")
    sending.export_bundle(cast.stranger.session, [], path, passphrase="quiet otter seven lanterns")
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([path])
        until(qtbot, dialog.passphrase.isVisible)
        dialog.passphrase.field.entry.setText("quiet otter seven lanterns")
        dialog.passphrase.open.click()
        until(qtbot, lambda: "kept aside" in dialog.trouble.accessibleName())
        assert dialog.passphrase.isHidden()
        labels = (dialog.trouble._what, dialog.trouble._detail)
        until(qtbot, lambda: all(label.height() >= label.heightForWidth(label.width()) for label in labels))
        dialog.close_button.click()
