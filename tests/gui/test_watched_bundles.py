"""A share on which bundles appear: they are offered in the window, previewed, and merged when somebody says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast as as_type

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from tests.gui.fixtures_store import window_on
from tests.gui.test_imports_place import look_twice
from tests.stores import PASSPHRASE, Laptop
from triage_app.services import incidents, quarantine, sending, settings
from triage_app.store import journal, lookup
from triage_app.ui.dialogs.merge_bundle import MergeDialog
from triage_app.ui.dialogs.watch_folder import WatchFolder
from triage_app.ui.views.exchange import ExchangeView
from triage_app.ui.workplace import Workplace


@contextmanager
def window_of(cast: Cast, laptop: Laptop, qtbot: QtBot) -> Iterator[Workplace]:
    """Close a laptop's session and yield the real window over its store."""
    cast.gone.add(laptop.device)
    laptop.close()
    with window_on(laptop.folder / "profile", qtbot, passphrase=PASSPHRASE) as window:
        assert window.workplace is not None
        yield window.workplace


def watch(work: Workplace, folder: Path, qtbot: QtBot, *, merges: bool = False) -> None:
    """Have a folder watched, from the menu on."""
    work.watch_folder()
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, WatchFolder) and one.isVisible())
    dialog.folder.setText(str(folder))
    dialog.on.setChecked(True)
    dialog.merges.setChecked(merges)
    dialog.save.click()
    until(qtbot, lambda: work.watching._watch is not None)
    until(qtbot, lambda: not work.watching._busy)  # it looks by itself at first: what comes now is not there yet
    work.watching._timer.stop()


def share(cast: Cast, name: str = "share") -> Path:
    made = cast.folder / name
    made.mkdir(exist_ok=True)
    return made


def bundle(sender: Laptop, to: Laptop, folder: Path, title: str) -> Path:
    incident = incidents.open_incident(sender.session, title).id
    incidents.classify(sender.session, incident, label="GREEN")
    path = sender.export(to)
    return Path(shutil.copy(path, folder / f"{title}.ctb"))


def titles(work: Workplace) -> list[str]:
    return sorted(row["title"] for row in lookup.listing(work.desk.store, "incident"))


def test_a_bundle_that_appears_is_offered_in_the_queue_and_merged_after_a_look(cast: Cast, qtbot: QtBot) -> None:
    folder = share(cast)
    bundle(cast.b, cast.a, folder, "Wards down")
    bundle(cast.b, cast.c, folder, "For somebody else")
    with window_of(cast, cast.a, qtbot) as work:
        watch(work, folder, qtbot)
        look_twice(work, qtbot)
        until(qtbot, lambda: work.queue.watched.isVisible())
        assert "A bundle has arrived in the watched folder" in work.queue.watched.accessibleName()
        assert "Wards down.ctb is a bundle of RXX laptop, RXX." in work.queue.watched.accessibleName()
        assert titles(work) == []
        look_twice(work, qtbot)
        assert len(work.watching.offered) == 1
        work.queue.watched.acted.emit()
        assert work.place() == "exchange"
        view = as_type(ExchangeView, work.view("exchange"))
        assert view.watched.isVisible()
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, MergeDialog) and one.isVisible())
        until(qtbot, dialog.merge.isEnabled)
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        assert titles(work) == ["Wards down"]
        dialog.close_button.click()
        until(qtbot, lambda: not work.watching.offered)
        until(qtbot, lambda: not view.watched.isVisible())
        assert not work.queue.watched.isVisibleTo(work.queue)


def test_a_bundle_sealed_with_a_passphrase_is_marked_on_home_and_exchange_and_asked_for(
    cast: Cast, qtbot: QtBot
) -> None:
    folder = share(cast)
    incident = incidents.open_incident(cast.b.session, "Wards down").id
    incidents.classify(cast.b.session, incident, label="GREEN")
    sending.export_bundle(cast.b.session, [], folder / "by-word.ctb", passphrase="quiet otter seven lanterns")
    with window_of(cast, cast.a, qtbot) as work:
        home, exchange = work.view("home"), as_type(ExchangeView, work.view("exchange"))
        watch(work, folder, qtbot)
        look_twice(work, qtbot)
        until(qtbot, lambda: bool(work.watching.sealed_waiting()))
        for shown in (home.watched, exchange.watched):  # type: ignore[attr-defined]
            assert not shown.isHidden()
            assert "sealed with a passphrase" in shown.accessibleName()
        work.go_to("home")
        home.watched.acted.emit()  # type: ignore[attr-defined]
        assert work.place() == "exchange"
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, MergeDialog) and one.isVisible())
        until(qtbot, dialog.passphrase.isVisible)
        dialog.reject()


def test_where_it_was_ticked_for_that_folder_it_is_merged_by_itself(cast: Cast, qtbot: QtBot) -> None:
    folder = share(cast)
    bundle(cast.b, cast.a, folder, "Wards down")
    with window_of(cast, cast.a, qtbot) as work:
        watch(work, folder, qtbot, merges=True)
        look_twice(work, qtbot)
        until(qtbot, lambda: titles(work) == ["Wards down"])
        assert work.watching.offered == {}
        found: list[object] = []
        work.desk.long("", lambda session, _: settings.get(session, "watch-merge"), found.append)
        until(qtbot, lambda: found == [{"watch-merge": "on"}])


def test_the_tick_does_not_hold_for_another_folder(cast: Cast, qtbot: QtBot) -> None:
    with window_of(cast, cast.a, qtbot) as work:
        watch(work, share(cast), qtbot, merges=True)
        work.watch_folder()
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, WatchFolder) and one.isVisible())
        assert dialog.merges.isChecked()
        dialog.folder.textEdited.emit(str(share(cast, "other")))
        assert not dialog.merges.isChecked()
        dialog.folder.setModified(False)
        dialog.reject()


def test_what_was_offered_before_the_tick_is_merged_with_it(cast: Cast, qtbot: QtBot) -> None:
    folder = share(cast)
    bundle(cast.b, cast.a, folder, "Wards down")
    with window_of(cast, cast.a, qtbot) as work:
        watch(work, folder, qtbot)
        look_twice(work, qtbot)
        until(qtbot, lambda: len(work.watching.offered) == 1)
        watch(work, folder, qtbot, merges=True)
        look_twice(work, qtbot)
        until(qtbot, lambda: titles(work) == ["Wards down"])
        until(qtbot, lambda: not work.queue.watched.isVisible())


def test_what_a_stranger_left_on_the_share_is_kept_aside_and_said(cast: Cast, qtbot: QtBot) -> None:
    folder = share(cast)
    cast.stranger.trust(cast.a)
    bundle(cast.stranger, cast.a, folder, "Loader")
    with window_of(cast, cast.a, qtbot) as work:
        watch(work, folder, qtbot, merges=True)
        look_twice(work, qtbot)
        until(qtbot, lambda: [one.name for one in quarantine.waiting(work.desk.store)] == ["Ward 9"])
        assert titles(work) == []
        assert not work.queue.watched.isVisible()
        work.go_to("exchange")
        view = as_type(ExchangeView, work.view("exchange"))
        until(qtbot, lambda: len(view.aside.table.rows()) == 1)


def test_of_a_peer_is_shown_what_came_what_went_and_who_lacks_what(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    a, b, c = cast.a, cast.b, cast.c
    incidents.open_incident(a.session, "For ourselves alone")
    c.merge(a.export(c))
    green = incidents.open_incident(c.session, "Theirs").id
    incidents.classify(c.session, green, label="GREEN")
    a.merge(c.export(a))
    incidents.open_incident(a.session, "Since then")
    with a.store.write():  # C says that it holds what it heard of D, and it has not reached us
        a.store.execute(
            "UPDATE peer SET vector = json_set(vector, ?, 7) WHERE device = ?", (f"$.{cast.d.device}", c.device)
        )
    ours, _ = journal.tail(a.store, "journal", a.device)
    with desk_at(cast, a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        view.show_record("peer", c.device)
        shown = {name: label.text() for name, label in view.peer.facts.values.items()}
        row = view.peers.row_of(c.device)
        assert row is not None
        assert row["ours"] == ours
        assert f"of {ours}" in shown["Has received"]
        assert "applied" in shown["Last bundle in"]
        assert "withheld" in shown["Last bundle out"]
        assert shown["They lack"] == f"{row['they_lack']} operations: {row['they_lack']} of this laptop"
        assert shown["We lack"] == "7 operations: 7 of RZZ laptop, RZZ"
        assert shown["Withheld"].endswith(f"{row['withheld_from_it']} are withheld from it, as it last said")
        assert row["withheld_from_it"] > 0
        view.show_record("peer", b.device)
        shown = {name: label.text() for name, label in view.peer.facts.values.items()}
        assert shown["Last bundle in"] == "none"
        assert shown["They lack"].startswith("Not known")
