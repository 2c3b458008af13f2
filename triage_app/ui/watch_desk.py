"""The watched folder as the window has it: which one, what of it waits, and where that is shown and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from PySide6.QtCore import QObject

from triage_app.ui.watching import Watching

if TYPE_CHECKING:
    from triage_app.ui.workplace import Workplace

PLACES: Final = ("home", "imports", "exchange")
"""Places that say what waits in the watched folder, beside the queue."""


class WatchDesk(QObject):
    """Keeps what is watched as the settings say, and every place that shows it up to date."""

    def __init__(self, work: Workplace, watching: Watching) -> None:
        super().__init__(work)
        self._work = work
        self._watching = watching
        self._setting = ("", False, False)
        work.desk.setting_changed.connect(self._setting_changed)
        work.queue.watched.acted.connect(self.look)
        watching.changed.connect(self._changed)

    def configure(self, found: dict[str, Any]) -> None:
        """Go by what the settings are; a copy that is only read watches nothing."""
        on = found["watch"] == "on" and not self._work.desk.is_read_only
        self._setting = str(found["watch-folder"]), on, found["watch-merge"] == "on"
        self._watching.configure(*self._setting)

    def _setting_changed(self, key: str, value: object) -> None:
        folder, on, merges = self._setting
        if key == "watch-folder":
            folder = str(value)
        elif key == "watch":
            on = value == "on"
        elif key == "watch-merge":
            merges = value == "on"
        if (folder, on, merges) != self._setting:
            self._setting = folder, on, merges
            self._watching.configure(*self._setting)

    def ask(self) -> None:
        """Ask which folder is to be watched, and whether."""
        from triage_app.ui.dialogs.watch_folder import WatchFolder

        dialog = WatchFolder(self._work.desk, *self._setting, self._work)
        dialog.saved.connect(self._saved)
        dialog.open()

    def _saved(self, folder: str, on: bool, merges: bool) -> None:
        self._setting = folder, on, merges
        self._watching.configure(*self._setting)
        kept = {"watch-folder": folder, "watch": "on" if on else "off", "watch-merge": "on" if merges else "off"}
        for key, value in kept.items():
            self._work.desk.setting_changed.emit(key, value)
        inform, tr = self._work.messages.inform, self.tr
        if on:
            inform(tr("Watching {0}.").format(folder))
        elif folder:
            not_watched = tr("{0} is not watched, as “Import what arrives in this folder” is not ticked.")
            inform(not_watched.format(folder), "notice")
        else:
            inform(tr("No folder is watched."), "notice")

    def _changed(self) -> None:
        self._work.queue.watched.show_state(self._watching)
        for key in PLACES:
            if key in self._work.views:
                self.show_in(key)

    def joined(self, key: str) -> None:
        """A place was made: let it show what waits, where it has room for that."""
        if key in PLACES:
            view = cast(Any, self._work.views[key])
            view.watched.acted.connect(self.look_at_bundles if key == "exchange" else self.look)
            self.show_in(key)

    def show_in(self, key: str) -> None:
        """Show in a place what waits."""
        cast(Any, self._work.views[key]).watched.show_state(self._watching)

    def look(self) -> None:
        """Show the files that wait, or ask for another folder where this one cannot be looked into."""
        if self._watching.trouble is not None:
            self.ask()
        elif len(self._watching.waiting) == len(self._watching.sealed_waiting()):
            self.look_at_bundles()
        else:
            self._work.importing.open(list(self._watching.waiting))

    def look_at_bundles(self) -> None:
        """Show what merging the bundles would change that have arrived in the watched folder."""
        self._work.go_to("exchange")
        paths = list(self._watching.offered) or self._watching.sealed_waiting()
        cast(Any, self._work.view("exchange")).merge_bundles(paths)
