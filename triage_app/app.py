"""The composition root: reads the arguments and the wall clock, and puts the window together."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from triage_app import __version__
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import languages, places, start_faults, this_start
from triage_app.services.changes import Clock
from triage_app.services.times import read_time
from triage_app.ui import quiet, requests, theme
from triage_app.ui.main_window import MainWindow

if TYPE_CHECKING:
    from triage_app.services.backups import Found

PASSPHRASE_VARIABLE = "TRIAGE_PASSPHRASE"  # noqa: S105 - the name of a variable, no secret
DONE, REFUSED = 0, 2
_LOG_BYTES = 1_000_000
_PAINT_MS = 15_000
_MOST_FRAMES = 12


def system_clock() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


def build(
    profile: Profile,
    clock: Clock,
    *,
    passphrase: str = "",
    key: bytes | None = None,
    fixed_clock: bool = False,
    wall: Clock | None = None,
    files: Sequence[Path] = (),
    backs_up: bool = False,
    copy: Found | None = None,
    language: str = "",
) -> MainWindow:
    """Return the window over a profile. The caller shows it.

    With a passphrase, or the data key itself, the store is opened at once; otherwise the window asks.
    ``fixed_clock`` says that ``clock`` was set by ``--now``, ``wall`` is then this machine's. ``files`` are shown once
    the store is open. ``backs_up`` has backups made by themselves, for which the window stays until the last one is
    done. ``copy`` is a backup that is shown in place of the store, and only read. ``language`` is what
    the window speaks, whatever is remembered.
    """
    theme.current().apply(_application())
    window = MainWindow(
        profile, clock, fixed_clock=fixed_clock, wall=wall, backs_up=backs_up, copy=copy, language=language
    )
    mode = window.remembered_theme()
    if mode in theme.MODES:
        theme.current().set_mode(mode)
    if key is not None:
        window.unlock_with_key(key)
    elif passphrase and (copy is not None or profile.store.exists()):
        window.unlock(passphrase)
    window.open_files(files)
    return window


def run_window(argv: Sequence[str]) -> int:
    """Open the window with some arguments; return the exit code when it is closed."""
    options = _arguments(argv)
    profile = Profile(places.home_of(options.home))
    if _has_no_screen():
        return _refuse(start_faults.no_screen(), profile.home, shown=False)
    with _last_words_of_qt(profile.home):
        app = _application()
    app.setApplicationName("Triage")
    app.setApplicationVersion(__version__)
    theme.current().apply(app)
    faults = Faults(profile)
    faults.install()
    try:
        clock = system_clock if not options.now else _fixed(options.now)
        passphrase = _passphrase(options.passphrase_file)
        held = None
        copy = _copy(profile, options.as_of)
        if not options.paint_test and copy is None:
            held = requests.take_window(profile)
            if held is None:
                requests.leave(profile, options.files)
                return DONE
        quiet.prepare()
        window = build(
            profile, clock, passphrase=passphrase, fixed_clock=bool(options.now), wall=system_clock,
            files=options.files, backs_up=not options.paint_test and copy is None, copy=copy,
            language=options.language,
        )  # fmt: skip
    except TriageError as error:
        return _refuse(error, profile.home, shown=not options.paint_test)
    except Exception as error:  # noqa: BLE001 - no window will ever show it: say it here, or nobody hears of it
        return _refuse(_bug_at_start(faults.note(error), error), profile.home, shown=not options.paint_test)
    waits, passphrase = bool(passphrase) and profile.store.exists(), ""  # the window must not keep it while it runs
    window.faulted.connect(faults.show)
    if held is not None:
        watch = requests.Requests(profile, window)
        watch.arrived.connect(window.come_forward)
        watch.arrived.connect(window.open_files)
        watch.look()
    window.show()
    if options.paint_test:
        _paint_when_ready(app, window, options.paint_test, waits=waits)
    if options.first_paint:
        _FirstPaint(window)
    code = app.exec()
    window.end()
    if held is not None:
        held.release()
    return code


def _copy(profile: Profile, wanted: Path | None) -> Found | None:
    if wanted is None:
        return None
    from triage_app.services import reading_copies  # a start that opens no copy need not wait for it

    return reading_copies.find(profile, wanted)


def _application() -> QApplication:
    """Return the one application of this process; made on first use."""
    app = QApplication.instance()
    return app if isinstance(app, QApplication) else QApplication(sys.argv[:1])


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="triage-window", description="Cyber-incident triage: the window.")
    parser.add_argument("--home", type=Path, help="folder of the profile; everything lives under it")
    parser.add_argument("--now", default="", help="a fixed clock, for demonstration stores only")
    parser.add_argument("--passphrase-file", type=Path, help="file whose first line is the passphrase")
    parser.add_argument("--as-of", type=Path, help="a backup to be read, beside the live store")
    parser.add_argument("--language", default="", choices=("", *languages.NAMES), help="what the window speaks")
    parser.add_argument("--paint-test", type=Path, help="write a picture of the first window and end")
    parser.add_argument("--first-paint", action="store_true", help="say “painted” once the window is, and end")
    parser.add_argument("files", nargs="*", type=Path, help="alert files or bundles to show")
    return parser.parse_args(list(argv))


def _fixed(text: str) -> Clock:
    moment = read_time(text, system_clock())
    return lambda: moment


def _passphrase(path: Path | None) -> str:
    if path is None:
        return os.environ.pop(PASSPHRASE_VARIABLE, "")  # nor may the processes that it starts have it
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(4096).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TriageError(f"{path} could not be read.", "Check the name of the passphrase file.") from error


def _refuse(error: TriageError, home: Path, *, shown: bool) -> int:
    """Say why there is no window: in the logs, on the console if there is one, and in a small window if ``shown``."""
    start_faults.note(home, error, system_clock())
    if not shown or not _has_somebody():
        start_faults.say(error)
        return REFUSED
    if sys.stderr is not None:
        start_faults.say(error)
    from triage_app.ui.messages import refusal_dialog  # not before it is needed: every start would wait for it

    refusal_dialog(error).exec()
    return REFUSED


def _bug_at_start(report: str, error: BaseException) -> TriageError:
    this_start.doubt()
    said = TriageError(
        f"The program made a mistake while it was starting ({report.splitlines()[0]}).",
        "Nothing was changed. Start it again; if that fails too, send this to whoever looks after the program.",
        "bug",
    )
    said.__cause__ = error
    return said


def _has_no_screen() -> bool:
    """Tell whether a window could be put nowhere: Qt would end the process, without a word to anybody."""
    if sys.platform != "linux" or QApplication.instance() is not None:
        return False
    return not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _has_somebody() -> bool:
    """Tell whether there is a screen on which somebody could read, and close, a window."""
    return QApplication.platformName() not in ("offscreen", "minimal")


@contextlib.contextmanager
def _last_words_of_qt(home: Path) -> Iterator[None]:
    """Hear why Qt ends the process while it starts, and say so first: it would end it with nothing but a signal."""

    def hear(kind: QtMsgType, _: QMessageLogContext, words: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write(f"{words}\n")
        if kind == QtMsgType.QtFatalMsg:
            error = start_faults.no_qt()
            start_faults.note(home, error, system_clock())
            start_faults.say(error)
            os._exit(REFUSED)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _paint_when_ready(app: QApplication, window: MainWindow, path: Path, *, waits: bool) -> None:
    def paint() -> None:
        app.exit(DONE if window.grab().save(str(path)) else REFUSED)

    if waits:
        window.unlocked.connect(lambda: QTimer.singleShot(600, paint))
        QTimer.singleShot(_PAINT_MS, paint)
    else:
        QTimer.singleShot(200, paint)


class _FirstPaint(QObject):
    """Says “painted” on standard output once a window is on the screen, and closes it: a start, timed from outside."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        handle = window.windowHandle()
        handle.installEventFilter(self)
        if handle.isExposed():
            QTimer.singleShot(0, self._said)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt names it
        """Qt paints all of a window while it handles its exposure, so a turn later it is there."""
        if event.type() == QEvent.Type.Expose and self._window.windowHandle().isExposed():
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._said)
        return False

    def _said(self) -> None:
        if sys.stdout is not None:
            sys.stdout.write("painted\n")
            sys.stdout.flush()
        self._window.close()


class Faults:
    """Our own mistakes: one line in the log and a report without record content, never a silent end."""

    def __init__(self, profile: Profile, clock: Clock = system_clock) -> None:
        self._profile = profile
        self._clock = clock
        self._showing = False

    def install(self) -> None:
        """Hear of every exception that nobody caught, on any thread."""
        sys.excepthook = self._uncaught
        threading.excepthook = lambda told: self.note(told.exc_value) if told.exc_value is not None else None

    def _uncaught(self, kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(DONE)
            return
        self.show(error)

    def note(self, error: BaseException) -> str:
        """Write the fault down and return its report: kinds and places, never what a record holds."""
        report = described(error)
        with contextlib.suppress(OSError):
            log = self._profile.log
            if log.exists() and log.stat().st_size > _LOG_BYTES:
                log.replace(log.with_suffix(".old.log"))
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{self._clock().isoformat(timespec='seconds')} {report.splitlines()[0]}\n")
        return report

    def show(self, error: BaseException) -> None:
        """Write the fault down and show its report, one at a time."""
        report = self.note(error)
        if self._showing or QApplication.instance() is None:
            return
        self._showing = True
        from triage_app.ui.messages import bug_dialog  # as above

        dialog = bug_dialog(QApplication.activeWindow(), report)
        dialog.finished.connect(self._shown)
        dialog.open()

    def _shown(self, _: int) -> None:
        self._showing = False


def described(error: BaseException) -> str:
    """Return a fault as its kinds and the places in our code that it passed, without any value."""
    frames = [
        f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kinds: list[str] = []
    step: BaseException | None = error
    while step is not None and len(kinds) < _MOST_FRAMES:
        kinds.append(type(step).__name__)
        step = step.__cause__ or step.__context__
    place = frames[-1].strip() if frames else "an unknown place"
    return "\n".join([f"{' from '.join(kinds)} at {place}", f"Triage {__version__}", *frames[-_MOST_FRAMES:]])
