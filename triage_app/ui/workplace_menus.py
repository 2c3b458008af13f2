"""The acts of the window and of its places, and the menus that hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence, Qt
from PySide6.QtWidgets import QMenu, QWidget

from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.importing import Importing
from triage_app.ui.messages import Messages
from triage_app.ui.saved_views import SavedViews
from triage_app.ui.shell import Shell
from triage_app.ui.shift_desk import ShiftDesk
from triage_app.ui.suggestions import Acts
from triage_app.ui.table import RecordTable
from triage_app.ui.text import tooltip
from triage_app.ui.views.queue import QueueView

PLACES = ("home", "queue", "incidents", "victims", "exchange", "evidence", "imports", "directory", "figures")


class Place(Protocol):
    """What every view of a place is, beside a widget."""

    open_record: Any

    def show_record(self, kind: str, record_id: str) -> None:
        """Show one record."""

    def actions(self) -> dict[str, list[QAction]]:
        """Return what the menus show of it; a view with ``menus`` says besides how they group that."""


class WorkplaceMenus(Shell):
    """What can be done, everywhere and in each place. What the window is made of is ``Workplace``."""

    quit_wanted = Signal()
    theme_chosen = Signal(str)
    re_key_wanted = Signal(str)
    """The passphrase of whoever is at work: the data is to be given another key."""
    queue: QueueView
    importing: Importing
    messages: Messages
    saved_views: SavedViews

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.views: dict[str, QWidget] = {}

    def who_can_unlock(self) -> None:
        """Show who and what can unlock this laptop."""
        raise NotImplementedError

    def watch_folder(self) -> None:
        """Ask which folder is to be watched."""
        raise NotImplementedError

    def show_settings(self, key: str = "") -> None:
        """Show the settings, at one of them if it is named."""
        from triage_app.ui.dialogs.settings import open_settings

        open_settings(self.desk, self, key)

    def show_backups(self) -> None:
        """Show the backups that are found."""
        raise NotImplementedError

    def add_log_line(self) -> None:
        """Open the form for a line in an incident's log."""
        raise NotImplementedError

    def new_incident(self) -> None:
        """Open the form for a new incident, from wherever one is."""
        raise NotImplementedError

    def new_report(self) -> None:
        """Open the form for what somebody tells us, from wherever one is."""
        raise NotImplementedError

    def show_reports(self) -> None:
        """Show the reports."""
        raise NotImplementedError

    def new_alert(self) -> None:
        """Open the form for an alert that no file holds, from wherever one is; one stays where one is."""
        from triage_app.ui.dialogs.new_alert import NewAlertDialog

        NewAlertDialog(self.desk, self).open()

    def ring_somebody(self) -> None:
        """Show the directory; from an incident, calls logged there are about it."""
        raise NotImplementedError

    def _incident_in_view(self) -> str:
        raise NotImplementedError

    def _redo(self) -> None:
        raise NotImplementedError

    def _action(self, words: str, keys: str, tip: str, run: Callable[[], object]) -> QAction:
        made = QAction(words, self)
        if keys:
            made.setShortcut(QKeySequence(keys))
        made.setToolTip(tooltip(tip))
        made.setStatusTip(tip)
        made.triggered.connect(lambda _=False: run())
        return made

    def _own_actions(self) -> None:
        tr, act = self.tr, self._action
        take = self.importing
        self._file = [
            act(tr("&Import…"), "Ctrl+I", tr("Take in files"), take.choose),
            act(tr("Import a &folder…"), "Ctrl+Shift+I", tr("Take in every file of a folder"), take.choose_folder),
            act(tr("Import &pasted text"), "Ctrl+V", tr("Take in what was copied: files, or a text"), take.paste),
            act(tr("&Watch a folder…"), "", tr("Import what arrives in a folder by itself"), self.watch_folder),
            act(tr("What the last import &came to"), "Ctrl+Shift+D", tr("Counts, kinds and what was set aside"),
                take.outcome.show_result),
            act(tr("&Backups…"), "", tr("Make one, say where they go too, open yesterday's to read it"),
                self.show_backups),
            act(tr("&Who can unlock…"), "", tr("Responders, the recovery key, the sealed envelope"),
                self.who_can_unlock),
            act(tr("&Lock"), "Ctrl+Shift+L", tr("Hide everything and close the store"), self.lock_requested.emit),
            act(tr("&Quit"), "Ctrl+Q", tr("Close the store and the window"), self.quit_wanted.emit),
        ]  # fmt: skip
        self._edit = [
            act(tr("&Undo"), "Ctrl+Z", tr("Take back the newest act"), self.queue.undo),
            act(tr("&Redo"), "Ctrl+Shift+Z", tr("Take back the newest undo"), self._redo),
            act(tr("Add a &log line…"), "Ctrl+L", tr("Write what happened into an incident's log"), self.add_log_line),
            act(tr("Ring some&body…"), "Ctrl+D", tr("Show the directory; calls are about the incident in view"),
                self.ring_somebody),
            act(tr("&Settings…"), "Ctrl+,", tr("Keys, colours, rows, the lock, the watched folder and the rest"),
                self.show_settings),
            act(tr("&Find"), "Ctrl+F", tr("Find a record, or narrow the queue"), self._top.focus_search),
        ]  # fmt: skip
        # These are the window's and not their place's: somebody on the telephone does not wait for a place to be found,
        # nor for one that is not made yet because files are being read.
        self._telephone = [
            act(tr("&New incident…"), "Ctrl+N", tr("Open an incident that did not start from an alert"),
                self.new_incident),
            act(tr("New &report…"), "Ctrl+R", tr("Record what somebody told us"), self.new_report),
            act(tr("Reports (ti&ps)"), "Ctrl+Shift+R", tr("What people told us, and what became of it"),
                self.show_reports),
        ]  # fmt: skip
        self._new_alert = act(
            tr("Ne&w alert…"), "Ctrl+Shift+A", tr("Take down what somebody rang about: it goes into the queue"),
            self.new_alert,
        )  # fmt: skip
        self.queue.new_alert_button.clicked.connect(self._new_alert.trigger)
        self.shift = ShiftDesk(self.desk, self, self._incident_in_view)
        self.shift.said.connect(self.messages.inform)
        self._telephone.append(
            act(tr("Pr&int this incident now…"), "Ctrl+P", tr("Write its page as PDF, or that of another"),
                self.shift.print_incident)
        )  # fmt: skip
        self._shift_acts = [
            act(tr("&Give the shift…"), "Ctrl+G", tr("Hand over to whoever comes, with words of your own"),
                self.shift.give),
            act(tr("&Take the shift…"), "Ctrl+Shift+G", tr("See what you take over, and take it"), self.shift.take),
            act(tr("Print the &handover page…"), "Ctrl+Shift+P",
                tr("What came, what was decided, what is open, what runs out next"), self.shift.print_page),
        ]  # fmt: skip
        names = {
            "home": tr("&Home"), "queue": tr("&Queue"), "incidents": tr("&Incidents"), "victims": tr("&Victims"),
            "exchange": tr("&Exchange"), "evidence": tr("E&vidence"), "imports": tr("I&mports"),
            "directory": tr("&Directory"),
            "figures": tr("Fi&gures"),
        }  # fmt: skip
        self._go = [
            act(names[key], f"Ctrl+{number}", tr("Go there"), lambda key=key: self.go_to(key))  # type: ignore[misc]
            for number, key in enumerate(PLACES, 1)
        ]
        self._colours, self._rows = self._choices(tr("&Colours"), "theme"), self._choices(tr("&Rows"), "density")
        self._columns = act(
            tr("Columns of the &list…"), "Ctrl+Shift+C", tr("Width, order, and which are shown"), self._arrange_columns
        )
        self._full = act(tr("&Full screen"), "F11", tr("Use the whole screen"), self._toggle_full)
        self._help = [
            act(tr("All &keys\t?"), "", tr("Every key there is"), self.keys_requested.emit),
            act(tr("&Manual"), "F1", tr("Open it at the page of what is in view"), self.help_requested.emit),
            act(tr("&Update from a file…"), "", tr("Take a new version from a stick: signed, and without a network"),
                self.update_from_file),
            act(tr("&Reference data…"), "", tr("Lists and catalogues from elsewhere, how old each is, and newer ones"),
                self.show_reference),
            act(tr("&Licences…"), "", tr("Whose work is in this program, and under which licence"), self.show_licences),
        ]  # fmt: skip

    def show_reference(self, offered: Path | None = None) -> None:
        """Show what reference data is held and how old it is, and what a pack would bring."""
        from triage_app.ui.dialogs.reference import ReferenceDialog

        ReferenceDialog(self.desk, self, offered).open()

    def show_licences(self) -> None:
        """Show whose work the program carries."""
        from triage_app.ui.dialogs.licences import LicencesDialog

        LicencesDialog(self.window()).open()

    def update_from_file(self) -> None:
        """Offer to take a new version of the program."""
        from triage_app.ui.dialogs.update import UpdateDialog

        dialog = UpdateDialog(self.desk, self.window())
        dialog.quit_wanted.connect(self.quit_wanted)
        dialog.open()

    def _fill_menus(self) -> None:
        tr = self.tr
        if self.desk.is_read_only:  # the place's own acts say so when they are tried; some of them only read
            writing = [*self._file[:5], *self._edit[:3], *self._telephone[:2], self._new_alert, *self._shift_acts[:2]]
            for action in writing:
                action.setEnabled(False)
        menus: dict[str, list[Any]] = {
            "File": [*self._file[:4], None, self._file[4], None, *self._shift_acts, None, *self._file[5:-2]],
            "Edit": list(self._edit),
            "View": [*self._go, None, self.saved_views.menu, None, self._colours, self._rows, self._columns, None,
                     self._full],
            "Alert": [self._new_alert, None], "Incident": list(self._telephone), "Victim": [], "Exchange": [],
            "Import": [],
        }  # fmt: skip
        for key in PLACES:
            if key in self.views:
                view = self.views[key]
                grouped = getattr(view, "menus", cast(Place, view).actions)
                for menu, entries in grouped().items():
                    menus.setdefault(menu, []).extend(entries)
        menus["File"] += [None, *self._file[-2:]]  # where everybody looks for them
        menus["Help"] = list(self._help)
        self._settle_shortcuts()
        titles = {
            "File": tr("&File"), "Edit": tr("&Edit"), "View": tr("&View"), "Alert": tr("&Alert"),
            "Incident": tr("&Incident"), "Victim": tr("Vi&ctim"), "Exchange": tr("E&xchange"),
            "Import": tr("I&mport"), "Help": tr("&Help"),
        }  # fmt: skip
        self.set_menus({titles.get(name, name): entries for name, entries in menus.items() if entries})

    def _settle_shortcuts(self) -> None:
        """Where two places want one key, each has it only while the focus is in it."""
        by_view = {
            key: [action for actions in cast(Place, view).actions().values() for action in actions]
            for key, view in self.views.items()
        }
        every = [*self._file, *self._edit, self._new_alert, *self._telephone, *self._shift_acts, *self._go, *self._help]
        every += [action for actions in by_view.values() for action in actions]
        claims = Counter(keys.toString() for action in every for keys in action.shortcuts())
        for key, actions in by_view.items():
            for action in actions:
                if QKeySequence(Qt.Key.Key_Space) in action.shortcuts():
                    continue  # it presses the button that has the focus, anywhere but in the list it is for
                if any(claims[keys.toString()] > 1 for keys in action.shortcuts()):
                    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                    self.views[key].addAction(action)

    def _choices(self, title: str, key: str) -> QMenu:
        words = {
            "system": self.tr("As the &system"), "light": self.tr("&Light"), "dark": self.tr("&Dark"),
            "high-contrast": self.tr("&High contrast"), "compact": self.tr("&Compact"), "normal": self.tr("&Normal"),
            "roomy": self.tr("&Roomy"),
        }  # fmt: skip
        menu = QMenu(title, self)
        for option in theme.DENSITIES if key == "density" else theme.MODES:
            action = menu.addAction(words[option])
            action.setCheckable(True)
            action.setData(option)
            action.triggered.connect(lambda _=False, value=option: self._choose(key, value))
        return menu

    def _check_choices(self) -> None:
        for menu, chosen in ((self._colours, theme.current().mode), (self._rows, theme.current().density)):
            for action in menu.actions():
                action.setChecked(action.data() == chosen)

    def _choose(self, key: str, value: str) -> None:
        self._apply(key, value)
        self._check_choices()
        self.desk.set(key, value)

    def _apply(self, key: str, value: str) -> None:
        if key == "density":
            theme.current().set_density(value)
        else:
            theme.current().set_mode(value)
            self.theme_chosen.emit(value)

    def _arrange_columns(self) -> None:
        """Offer the columns of the list that has the focus, or of the first one in view."""
        focused, shown = self.focusWidget(), self._stack.currentWidget()
        tables = [one for one in shown.findChildren(RecordTable) if one.isVisible()] if shown is not None else []
        if isinstance(focused, RecordTable) and focused in tables:
            focused.show_columns_menu()
        elif tables:
            tables[0].show_columns_menu()

    def _toggle_full(self) -> None:
        window = self.window()
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    def _acts_by_place(self) -> list[Acts]:
        """Return every act of every place, for whoever looks for one by its words."""
        (_, everywhere), *_ = self._titled_actions()
        found = [Acts("", "", everywhere, True)]
        for key in PLACES:
            if key in self.views:
                actions = [a for part in cast(Place, self.views[key]).actions().values() for a in part]
                found.append(Acts(key, self._side.items[key].text(), actions, key == self.place()))
        return found

    def _titled_actions(self) -> list[tuple[str, list[QAction]]]:
        everywhere = [
            *self._file, *self._edit, self._new_alert, *self._telephone, *self._shift_acts, *self._go,
            self.saved_views.save_action, self._columns, self._full, *self._help,
        ]  # fmt: skip
        groups = [(self.tr("Everywhere"), everywhere)]
        for key in PLACES:
            if key in self.views:
                title = {name: entry.text() for name, entry in self._side.items.items()}[key]
                found = [a for part in cast(Place, self.views[key]).actions().values() for a in part]
                groups.append((title, found))
        return groups
