"""Pictures of every screen, drawn from the real window over a real store, without anybody at the keyboard."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, cast

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from triage_app.paths import Profile, resources
from triage_app.services.changes import Clock
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.ui import screenshots_rest as rest
from triage_app.ui import screenshots_walk as walk
from triage_app.ui import theme
from triage_app.ui.dialogs.export_bundle import ExportDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.workplace import Workplace

Build = Callable[..., MainWindow]
"""``app.build``: this room is below it and is handed it."""

SIZE: Final = (1440, 900)
"""Physical pixels of a window; at 200 % it has half as many logical ones."""
THEMES: Final = ("light", "dark", "high-contrast")
_QUIET_MS: Final = 20
_SOON_MS: Final = 400
"No timer that waits for typing to stop, or for a row to be looked at, waits longer."
_PATIENCE_MS: Final = 10_000


class Camera:
    """Draws windows into a folder, one file a screen and theme."""

    def __init__(self, folder: Path, mode: str, scale: float, language: str = "") -> None:
        """``scale`` is 1 for 100 %, 2 for 200 %; it and ``language`` are only written into the names."""
        self._folder = folder
        self._tag = "-".join(part for part in (mode, str(round(scale * 100)), language) if part)
        self.taken: list[Path] = []

    def take(self, widget: QWidget, name: str) -> Path:
        """Draw a widget; return the file. Raises ``OSError`` where it cannot be written."""
        pause()
        path = self._folder / f"{name}-{self._tag}.png"
        if not widget.grab().save(str(path)):
            raise OSError(f"{path} could not be written")
        self.taken.append(path)
        return path


class Photographer(Protocol):
    """What is shown every screen; a test may look at them instead of drawing them."""

    def take(self, widget: QWidget, name: str) -> object:
        """Look at a widget."""


def pause(milliseconds: int = _QUIET_MS) -> None:
    """Let the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def settle(workplace: Workplace) -> None:
    """Wait until no work is under way or about to begin, and everything has been painted."""
    quiet = 0
    for _ in range(_PATIENCE_MS // _QUIET_MS):
        pause()
        quiet = quiet + 1 if workplace.desk.is_at_rest() else 0
        if quiet > 1:  # one look may fall between a question and the next that its answer asks
            waits = _waits(workplace.window())
            if not waits:
                break
            pause(waits)
            quiet = 0
    pause()


def _waits(window: QWidget) -> int:
    """Return in how many milliseconds something in a window, or in a dialog over it, is about to begin; 0 for none."""
    timers = [one for one in window.findChildren(QTimer) if one.isSingleShot() and one.interval() <= _SOON_MS]
    return max((max(1, one.remainingTime()) for one in timers if one.isActive()), default=0)


def take_all(
    build: Build, profile: Profile, passphrase: str, folder: Path, *, clock: Clock, modes: Sequence[str] = ("light",),
    scale: float = 1.0, size: tuple[int, int] = SIZE, language: str = "",
) -> list[Path]:  # fmt: skip
    """Open the real window on a demonstration store and draw every screen; return the files.

    Nothing is written to the store: dialogs are shown and left again. Raises ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    shown = QSize(round(size[0] / scale), round(size[1] / scale))
    for mode in modes:
        camera = Camera(folder, mode, scale, language)
        theme.current().set_mode(mode)
        _locked(build, profile, camera, clock, shown, mode)
        _first_run(build, camera, clock, shown, mode)
        with tempfile.TemporaryDirectory() as folder_of_nothing:
            bare, its_passphrase = rest.empty_store(Path(folder_of_nothing) / "home", clock)
            window, workplace = _opened(build, bare, its_passphrase, clock, shown, mode, fixed_clock=False)
            rest.empty(workplace, camera.take, partial(settle, workplace))
            _close(window)
        window, workplace = _opened(build, profile, passphrase, clock, shown, mode, fixed_clock=True)
        walker = walk_through(workplace, camera)
        rest.over_everything(workplace, camera.take, partial(settle, workplace))
        rest.Remaining(workplace, walker, camera.take, partial(settle, workplace)).all()
        _close(window)
        taken += camera.taken
    return taken


def _opened(
    build: Build, profile: Profile, passphrase: str, clock: Clock, shown: QSize, mode: str, *, fixed_clock: bool
) -> tuple[MainWindow, Workplace]:
    """Open a window and wait until it is at rest. Raises ``OSError``."""
    window = build(profile, clock, passphrase=passphrase, fixed_clock=fixed_clock)
    _show(window, shown, mode)
    for _ in range(_PATIENCE_MS // _QUIET_MS):
        pause()
        if window.workplace is not None:
            break
    if window.workplace is None:
        raise OSError("the store could not be opened")
    settle(window.workplace)
    theme.current().set_mode(mode)
    return window, window.workplace


def _close(window: MainWindow) -> None:
    window.close()
    window.deleteLater()
    pause()


def _show(window: MainWindow, shown: QSize, mode: str) -> None:
    theme.current().set_mode(mode)
    window.resize(shown)
    window.show()


def _locked(build: Build, profile: Profile, camera: Camera, clock: Clock, shown: QSize, mode: str) -> None:
    window = build(profile, clock)
    _show(window, shown, mode)
    rest.locked(window, camera.take)
    _close(window)


def _first_run(build: Build, camera: Camera, clock: Clock, shown: QSize, mode: str) -> None:
    with tempfile.TemporaryDirectory() as empty:
        window = build(Profile(Path(empty) / "new"), clock)
        _show(window, shown, mode)
        rest.first_run(window, camera.take)
        _close(window)


def walk_through(workplace: Workplace, camera: Photographer) -> walk.Walker:
    """Show every screen, tab and dialog, one after the other, each to the camera; return who knows what was shown."""
    window = workplace.window()
    store = workplace.desk.store
    walker = walk.Walker(workplace, camera.take, lambda: settle(workplace))
    _place(workplace, camera, "queue")
    newest = alerts.ids(store, AlertFilter())
    if newest:
        row = alerts.rows(store, [newest[0]])[newest[0]]
        workplace.open_record("alert", row["key"])
        settle(workplace)
        camera.take(window, "queue-alert")
        _decisions(workplace, camera)
    incidents = lookup.listing(store, "incident")
    victims = lookup.listing(store, "victim")
    view: Any = workplace.view("incidents")
    if incidents:
        fullest = max(incidents, key=lambda row: (row["alerts"], row["ref"]))
        workplace.open_record("incident", fullest["id"])
        settle(workplace)
        camera.take(window, "incident")
        walker.incident(view.page, "incident")
        # The lanes need more height than a page has on which two values stand: the next incident shows them.
        calm = max((row for row in incidents if row is not fullest), key=lambda row: row["alerts"], default=None)
        if calm is not None:
            workplace.open_record("incident", calm["id"])
            settle(workplace)
            camera.take(window, "incident-lanes")
    view.show_list()
    _place(workplace, camera, "incidents")
    workplace.go_to("incidents")
    view.show_tips()
    settle(workplace)
    camera.take(window, "tips")
    walker.dialogs(view.tips, walk.OF_TIPS, "the reports")
    view.show_list()
    if victims:
        workplace.open_record("victim", max(victims, key=lambda row: row["actions"])["id"])
        settle(workplace)
        _place(workplace, camera, "victims")
        person = next((row for row in victims if row["party"] == "person"), victims[0])
        workplace.open_record("victim", person["id"])
        settle(workplace)
        camera.take(window, "victims-person")
        pane: Any = workplace.view("victims")
        walker.dialogs(pane.pane, walk.OF_VICTIM, "a victim")
    _exchange(workplace, camera)
    _place(workplace, camera, "home")
    for name, ask in (("give-shift", workplace.shift.give), ("print-incident", workplace.shift.print_incident)):
        ask()
        settle(workplace)
        camera.take(walk.front(workplace), name)
        _leave(workplace)
    workplace.show_settings()
    settle(workplace)
    camera.take(walk.front(workplace), "settings")
    _leave(workplace)
    _place(workplace, camera, "evidence")
    _place(workplace, camera, "directory")
    walker.dialogs(workplace.view("directory"), walk.OF_DIRECTORY, "the directory")
    _place(workplace, camera, "imports")
    _imports(workplace, camera)
    _place(workplace, camera, "figures")
    walker.dialogs(workplace.view("figures"), walk.OF_FIGURES, "the figures")
    return walker


def _place(workplace: Workplace, camera: Photographer, key: str) -> None:
    workplace.go_to(key)
    settle(workplace)
    camera.take(workplace.window(), key)


def _decisions(workplace: Workplace, camera: Photographer) -> None:
    """Draw what the queue asks before it dismisses, merges or puts aside."""
    acts = workplace.queue.acts
    for name, ask in (("dismiss", acts.dismiss), ("merge-into", acts.merge), ("snooze", acts.snooze)):
        workplace.go_to("queue")
        ask()
        settle(workplace)
        camera.take(walk.front(workplace), name)
        _leave(workplace)


def _exchange(workplace: Workplace, camera: Photographer) -> None:
    from triage_app.ui.views.exchange import ExchangeView

    _place(workplace, camera, "exchange")
    view = cast(ExchangeView, workplace.view("exchange"))
    peers = view.peers.rows()
    for tab in ("bundles", "aside", "peer", "authorities", "device"):
        view.show_record(tab, str(peers[0]["id"]) if tab == "peer" and peers else "")
        settle(workplace)
        camera.take(workplace.window(), f"exchange-{tab}")
    view.show_record("conflicts", "")
    for name, dialog in (("export", view.export_bundle), ("trust", view.trust_device), ("merge", view.merge_bundles)):
        opened: QDialog = dialog()
        _read_example(workplace, opened)
        settle(workplace)
        camera.take(opened, name)
        opened.reject()
        pause()


def _read_example(workplace: Workplace, dialog: QDialog) -> None:
    """Give a dialog that reads a file one of the demonstration's, where it is there."""
    folder = workplace.desk.store.path.parent.parent
    if isinstance(dialog, ExportDialog):
        settle(workplace)
        for box in list(dialog.boxes.values())[:1]:
            box.setChecked(True)
        dialog.path.setText(str(Path("E:/") / Path(dialog.path.text()).name))
    for file, method in (("eastvale-theatres.identity", "read_file"), ("eastvale-to-northmoor-2.bundle", "read_files")):
        path = folder / file
        if path.is_file() and hasattr(dialog, method):
            getattr(dialog, method)(path if method == "read_file" else [path])


def _imports(workplace: Workplace, camera: Photographer) -> None:
    samples = resources() / "samples"
    for name, file in (("import", "suricata-eve.json"), ("mapping", "siem-export-semicolon.csv")):
        workplace.importing.open([samples / file])
        settle(workplace)
        settle(workplace)
        camera.take(walk.front(workplace), name)
        _leave(workplace)
    workplace.importing.open([samples])
    settle(workplace)
    settle(workplace)
    camera.take(walk.front(workplace), "import-folder")
    _leave(workplace)


def _leave(workplace: Workplace) -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.reject()
    close = getattr(getattr(workplace.queue, "acts", None), "close_bars", None)
    if callable(close):
        close()
    pause()


def main(argv: Sequence[str], build: Build) -> int:
    """Draw every screen: ``--screens FOLDER --home DIR --now TIME [--size …] [--themes …]``; return the exit code.

    The passphrase comes from ``TRIAGE_PASSPHRASE``; the scale is ``QT_SCALE_FACTOR``'s.
    """
    parser = argparse.ArgumentParser(prog="triage --screens")
    parser.add_argument("--screens", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--now", required=True)
    parser.add_argument("--size", default=f"{SIZE[0]}x{SIZE[1]}", help="physical pixels of the window")
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=["light", "dark"])
    parser.add_argument("--language", default="", help="what the window speaks, where it is not English")
    options = parser.parse_args(list(argv))
    moment = datetime.fromisoformat(options.now).astimezone(UTC)
    app = QApplication.instance() or QApplication([])
    theme.current().apply(cast(QApplication, app))
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    wide, high = (int(part) for part in options.size.split("x"))
    if options.language:
        build = partial(build, language=options.language)
    taken = take_all(
        build, Profile(options.home), os.environ.get("TRIAGE_PASSPHRASE", ""), options.screens,
        clock=lambda: moment, modes=options.themes, scale=scale, size=(wide, high), language=options.language,
    )  # fmt: skip
    return 0 if taken else 2
