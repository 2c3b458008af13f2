"""The watched folder, as long as the store is open: looked at every few seconds, taken from one file at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from triage_app.errors import BadFile, TriageError
from triage_app.language import plural
from triage_app.services.changes import Changes
from triage_app.services.refused_files import TOUCHED
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.importing import Importing
from triage_app.ui.tasks import Task
from triage_app.ui.widgets import Banner

if TYPE_CHECKING:
    from triage_app.services.watched_bundles import Sealed
    from triage_app.services.watching import Arrived, Watch

LOOK_MS = 3_000


class Watching(QObject):
    """Imports what arrives. Looking and reading happen on lanes; this only keeps them in order."""

    changed = Signal()
    """What waits, or how the folder stands, is another now."""
    imported = Signal(str, str, object)
    """As ``Importing.imported``."""
    said = Signal(str)
    """What became of a bundle, in a sentence for the foot of the window."""

    def __init__(self, desk: Desk, importing: Importing, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._importing = importing
        self.folder: Path | None = None
        self.waiting: dict[Path, TriageError] = {}
        self.offered: dict[Path, Sealed] = {}
        self.merges = False
        self.trouble: TriageError | None = None
        self._watch: Watch | None = None
        self._ready: list[Path] = []
        self._arrived: list[Arrived] = []
        self._busy = False
        self._task: Task | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        desk.store_changed.connect(self._store_changed)

    def sealed_waiting(self) -> list[Path]:
        """Return the bundles that wait for a passphrase: no device's key opens them."""
        return [path for path, error in self.waiting.items() if error.code == "passphrase-needed"]

    def configure(self, folder: str, on: bool, merges: bool = False) -> None:
        """Watch another folder, or none; ``merges``: bundles of trusted senders there are not asked about."""
        self._timer.stop()
        self.merges = merges
        wanted = Path(folder) if folder and on else None
        if wanted == self.folder and wanted is not None and not (merges and self.offered):
            self._timer.start()
            return
        self.folder, self._watch, self.trouble = wanted, None, None
        self.waiting.clear()
        self.offered.clear()
        self._ready = []
        self.changed.emit()
        if wanted is None:
            return

        def made(store: Any, *_: object) -> Watch:
            from triage_app.services.watching import Watch, settled_files

            return Watch(wanted, settled_files(store, wanted))

        self._desk.aside(made, while_alive(self, self._begin))

    def _begin(self, watch: Watch) -> None:
        if watch.folder == self.folder:
            self._watch = watch
            self._timer.start()
            self.look()

    # -- looking ------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look once, unless a look or an import is under way."""
        watch = self._watch
        if watch is None or self._busy or self._importing.is_at_work():
            return
        self._busy = True
        self._desk.aside(
            lambda *_: watch.look(),
            while_alive(self, lambda found: self._looked(watch, found)),
            while_alive(self, lambda error: self._cannot_look(watch, error)),
        )

    def _cannot_look(self, watch: Watch, error: TriageError) -> None:
        self._busy = False
        if watch is self._watch and (self.trouble is None or self.trouble.what != error.what):
            self.trouble = error
            self.changed.emit()

    def _looked(self, watch: Watch, ready: list[Path]) -> None:
        self._busy = False
        if watch is not self._watch:
            return
        gone = [path for path in self.waiting if not watch.is_there(path)]
        for path in gone:
            del self.waiting[path]
        left = [path for path in self.offered if not watch.is_there(path)]
        for path in left:
            del self.offered[path]
        if gone or left or self.trouble is not None:
            self.trouble = None
            self.changed.emit()
        if ready:
            self._busy = True
            self._ready, self._arrived = list(ready), []
            self._next(watch)

    # -- taking -------------------------------------------------------------------------------------------

    def _next(self, watch: Watch) -> None:
        if watch is not self._watch or not self._ready:
            self._tell(watch)
            return
        path = self._ready.pop(0)
        begun: list[Task] = []
        merges = self.merges

        def work(session: Any, progress: Any) -> Arrived:
            from triage_app.services.watching import take

            return take(
                session,
                path,
                organisation=session.organisation,
                progress=progress,
                is_cancelled=lambda: bool(begun) and begun[0].is_cancelled(),
                merge=merges,
            )

        self._task = self._desk.long(
            self.tr("From the watched folder: {0}").format(path.name), work,
            while_alive(self, lambda found: self._took(watch, found)),
            while_alive(self, lambda error: self._waits(watch, path, error)),
            lambda: self._cancelled(watch, path),
        )  # fmt: skip
        begun.append(self._task)

    def _took(self, watch: Watch, found: Arrived) -> None:
        watch.settle(found.path)
        if found.sealed is not None:
            self._took_sealed(found.path, found.sealed)
        elif found.waits is not None:
            self.waiting[found.path] = found.waits
            self._desk.changed(TOUCHED)
        else:
            self._arrived.append(found)
        if found.imported is not None and found.imported.changes is not None:
            self._desk.changed(found.imported.changes)
        self._next(watch)

    def _took_sealed(self, path: Path, sealed: Sealed) -> None:
        """Offer a bundle, or say what became of it. What is for others, or known, is passed over."""
        from triage_app.services import watched_bundles as states

        who = sealed.name or sealed.device[:8]
        if sealed.state == states.OFFERED:
            self.offered[path] = sealed
        elif sealed.state == states.MERGED:
            changes = None if sealed.merged is None else sealed.merged.changes
            self._desk.changed(changes if changes is not None else _of_peer(sealed))
            self.said.emit(self.tr("Merged {0} from the watched folder, from {1}.").format(path.name, who))
        elif sealed.state == states.ASIDE:
            self._desk.changed(_of_peer(sealed))
            words = self.tr("{0} in the watched folder is of {1}, who is not trusted here: kept aside under Exchange.")
            self.said.emit(words.format(path.name, who))

    def _waits(self, watch: Watch, path: Path, error: TriageError) -> None:
        watch.settle(path)
        self.waiting[path] = error
        self._next(watch)

    def _cancelled(self, watch: Watch, path: Path) -> None:
        words = self.tr("Its import was cancelled; nothing of it was kept.")
        self._waits(watch, path, BadFile(words, self.tr("Import it when you are ready.")))

    def _tell(self, watch: Watch) -> None:
        """Say what came of a look, and keep what need not be opened again."""
        self._busy, self._task = False, None
        done = [each.imported for each in self._arrived if each.imported is not None]
        self.changed.emit()
        if watch is self._watch:
            files = watch.settled({**self.waiting, **self.offered})

            def keep(session: Any, _: object) -> None:
                from triage_app.services.watching import keep_settled

                keep_settled(session, watch.folder, files)

            self._desk.long("", keep)
        if not done:
            return
        name = Path(done[0].path).name if len(done) == 1 else plural(len(done), "1 file", "{0} files").format(len(done))
        words = self.tr("From the watched folder: {0}, {1} new, {2} repeats, {3} rejected.").format(
            name,
            *(f"{sum(getattr(each, what) for each in done):,}" for what in ("new", "repeats", "rejected")),
        )
        self.imported.emit(words, "", None)

    def _store_changed(self, changes: Changes) -> None:
        """See whether somebody has imported or merged by hand what waited."""
        if self.offered:
            self._see_offered()
        if not self.waiting or not changes.touches("import"):
            return
        paths = list(self.waiting)

        def known(session: Any, _: object) -> list[Path]:
            from triage_app.services.watching import is_imported

            return [path for path in paths if path.is_file() and is_imported(session, path)]

        self._desk.long("", known, while_alive(self, self._no_longer_wait), lambda _: None)

    def _see_offered(self) -> None:
        offered = list(self.offered)

        def still(session: Any, _: object) -> list[Path]:
            from triage_app.services.watched_bundles import still_offered

            return still_offered(session, offered)

        def seen(left: list[Path]) -> None:
            gone = [path for path in offered if path not in left and self.offered.pop(path, None) is not None]
            if gone:
                self.changed.emit()

        self._desk.long("", still, while_alive(self, seen), lambda _: None)

    def _no_longer_wait(self, paths: list[Path]) -> None:
        for path in paths:
            self.waiting.pop(path, None)
        if paths:
            self.changed.emit()


def _of_peer(sealed: Sealed) -> Changes:
    return Changes("", "", touched=frozenset({("peer", sealed.device)}))


class WatchBanner(Banner):
    """What waits in the watched folder, or why it cannot be looked into; hidden while all goes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()

    def show_state(self, watching: Watching) -> None:
        """Show how it stands."""
        waiting = watching.waiting
        if watching.trouble is not None:
            self.say(watching.trouble.what, watching.trouble.do, "amber", self.tr("Watch another folder"))
        elif waiting:
            heading = plural(
                len(waiting),
                "1 file in the watched folder waits for you",
                "{0} files in the watched folder wait for you",
            ).format(len(waiting))
            path, error = next(iter(waiting.items()))
            words = error.what if path.name in error.what else f"{path.name}: {error.what}"
            if len(waiting) > 1:
                words += " " + self.tr("And {0} more.").format(len(waiting) - 1)
            self.say(heading, words, "amber", self.tr("Look at them"))
        elif watching.offered:
            self.offer(watching.offered)
        self.setVisible(watching.trouble is not None or bool(waiting) or bool(watching.offered))

    def offer(self, offered: dict[Path, Sealed]) -> None:
        """Say whose bundles have arrived; nothing is merged before somebody has looked."""
        path, sealed = next(iter(offered.items()))
        who = sealed.name or sealed.device[:8]
        words = self.tr("{0} is {1} of {2}, {3}. You see what it would change before it is merged.").format(
            path.name, self.tr("a receipt") if sealed.receipt is not None else self.tr("a bundle"), who,
            sealed.organisation,
        )  # fmt: skip
        if len(offered) > 1:
            words += " " + self.tr("And {0} more.").format(len(offered) - 1)
        heading = plural(
            len(offered),
            "A bundle has arrived in the watched folder",
            "{0} bundles have arrived in the watched folder",
        ).format(len(offered))
        self.say(heading, words, "tint", self.tr("Look at it"))
