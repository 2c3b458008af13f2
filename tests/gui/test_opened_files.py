"""A file that somebody double-clicks: the window shows what it holds, at once or as soon as it is unlocked."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, until
from tests.gui.fixtures_store import window_on
from tests.stores import PASSPHRASE
from triage_app.paths import Profile
from triage_app.services import incidents
from triage_app.store import lookup
from triage_app.ui import requests
from triage_app.ui.dialogs.import_file import ImportDialog
from triage_app.ui.dialogs.merge_bundle import MergeDialog

T = TypeVar("T", bound=QWidget)


def shown(kind: type[T]) -> list[T]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


def sent(cast: Cast, title: str) -> Path:
    """A bundle from B to A, on a stick; A's store is closed."""
    incident = incidents.open_incident(cast.b.session, title).id
    incidents.classify(cast.b.session, incident, label="GREEN")
    path = cast.b.export(cast.a)
    cast.gone.add(cast.a.device)
    cast.a.close()
    return path.rename(cast.folder / f"{title}.bundle")


def test_a_bundle_opened_on_a_locked_window_waits_and_is_previewed_once_unlocked(cast: Cast, qtbot: QtBot) -> None:
    bundle = sent(cast, "Wards down")
    with window_on(cast.a.folder / "profile", qtbot, files=[bundle], unlocked=False) as window:
        assert window.unlock_page.isVisible()
        assert shown(MergeDialog) == []
        window.unlock(PASSPHRASE)
        until(qtbot, lambda: bool(shown(MergeDialog)))
        (dialog,) = shown(MergeDialog)
        until(qtbot, dialog.merge.isEnabled)
        assert window.workplace is not None
        assert window.workplace.place() == "exchange"
        assert lookup.listing(window.workplace.desk.store, "incident") == []
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        assert [row["title"] for row in lookup.listing(window.workplace.desk.store, "incident")] == ["Wards down"]
        dialog.close_button.click()


def test_a_second_start_hands_a_bundle_and_a_table_over_and_each_is_shown_where_it_belongs(
    cast: Cast, qtbot: QtBot
) -> None:
    bundle = sent(cast, "Wards down")
    table = cast.folder / "indicators.txt"
    table.write_text("evil.example\n")
    profile = Profile(cast.a.folder / "profile")
    held = requests.take_window(profile)
    assert held is not None
    with window_on(profile.home, qtbot, passphrase=PASSPHRASE) as window:
        watch = requests.Requests(profile, window)
        watch.arrived.connect(window.open_files)
        requests.leave(profile, [bundle, table])
        until(qtbot, lambda: bool(shown(MergeDialog) and shown(ImportDialog)))
        (importing,) = shown(ImportDialog)
        (merging,) = shown(MergeDialog)
        until(qtbot, merging.merge.isEnabled)
        merging.reject()
        importing.reject()
    held.release()


def test_a_request_that_something_still_holds_is_taken_up_once_it_lets_go(tmp_path: Path, qtbot: QtBot) -> None:
    """On Windows a name appears while its writer, or a virus scanner, keeps the file; it is announced only once."""
    profile = Profile(tmp_path / "profile")
    held = requests.take_window(profile)
    assert held is not None
    watch = requests.Requests(profile)
    watch._watcher.removePath(str(profile.requests))  # nothing is announced a second time
    taken: list[list[Path]] = []
    watch.arrived.connect(taken.append)
    unreadable = profile.requests / f"0{requests.SUFFIX}"
    unreadable.mkdir()  # opened like a file, it fails as a file does that somebody holds
    watch.look()
    assert taken == []
    unreadable.rmdir()
    requests.leave(profile, [tmp_path / "night.bundle"])
    until(qtbot, lambda: bool(taken))
    assert taken == [[tmp_path / "night.bundle"]]
    assert list(profile.requests.glob("*.request")) == []
    held.release()
