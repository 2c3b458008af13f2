"""The unlocked window: the shell, its places, menus and messages over one desk. Locking throws all of it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, Qt
from PySide6.QtWidgets import QWidget

from triage_app.domain.evidence import KINDS
from triage_app.domain.filter_grammar import BadFilter
from triage_app.errors import TriageError
from triage_app.language import dated
from triage_app.services import last_lists, reading_copies
from triage_app.services.changes import Changes
from triage_app.services.times import LONDON, in_words
from triage_app.store import lookup
from triage_app.ui import arrangement
from triage_app.ui.act_elsewhere import go_and_do
from triage_app.ui.alive import while_alive
from triage_app.ui.clock_drift import ClockDrift
from triage_app.ui.clock_voice import ClockVoice
from triage_app.ui.desk import Desk
from triage_app.ui.finder import Finder
from triage_app.ui.import_outcome import ImportOffer
from triage_app.ui.importing import Importing
from triage_app.ui.indexing import Indexing
from triage_app.ui.keys_help import keys_dialog
from triage_app.ui.manual import open_manual
from triage_app.ui.messages import Messages
from triage_app.ui.page_check import PageCheck
from triage_app.ui.places import make_place
from triage_app.ui.saved_views import SavedViews
from triage_app.ui.shell import Shell
from triage_app.ui.suggestions import Suggestions
from triage_app.ui.views.queue import QueueView
from triage_app.ui.views.shown import harmless
from triage_app.ui.watch_desk import WatchDesk
from triage_app.ui.watching import Watching
from triage_app.ui.workplace_menus import PLACES, Place, WorkplaceMenus

if TYPE_CHECKING:
    from triage_app.ui.views.incidents import IncidentsView

_CLOCK_MS = 5_000
_HIDE_AFTER_MS = 600
"""Progress goes only when nothing follows it: work in slices must not make the strip flicker."""


class _Waiting(QWidget):
    """Where a place will be, until it is first needed or the window is idle."""


class Workplace(WorkplaceMenus):
    """Everything a responder sees while the store is open."""

    def __init__(self, desk: Desk, settings: QSettings, parent: QWidget | None = None) -> None:
        """``settings`` remembers how the window is arranged."""
        super().__init__(desk, parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.messages = Messages(self)
        self._settings = settings
        self._faults: Callable[[BaseException], None] = lambda error: None
        self._holders: dict[str, _Waiting] = {}
        arrangement.current().load(settings)
        self._lists = last_lists.kept(desk.store)
        self.queue = QueueView(desk, self._stack)
        self.importing = Importing(desk, self, partial(self.messages.ask, danger=True))
        self.watching = Watching(desk, self.importing, self)
        self.watched = WatchDesk(self, self.watching)
        self._add_places()
        self.saved_views = SavedViews(desk, self, self.queue, self.messages)
        self._own_actions()
        self._connect()
        self._indexing = Indexing(desk, self)
        self._indexing.ended.connect(self.queue.refresh)
        self._tick = QTimer(self)
        self._tick.setInterval(_CLOCK_MS)
        self._tick.timeout.connect(self._show_time)
        self._tick.start()
        self._mode = self._mode_short = ""
        self._drift = ClockDrift(desk, self)
        self._drift.said.connect(self._show_banner)
        self.clock_voice = ClockVoice(desk, self.queue.clocks, self)
        self._pages = PageCheck(desk, self, self._show_banner)
        self._show_identity()
        self._show_time()
        self._fill_menus()
        self.setAcceptDrops(True)
        self.queue.narrow_as(self._lists.get("queue", {}))
        self._left = False
        self._build_rest = QTimer(self)
        self._build_rest.setSingleShot(True)
        self._build_rest.setInterval(200)
        self._build_rest.timeout.connect(self._build_next)
        self.queue.loaded.connect(self._first_loaded)

    # -- places -------------------------------------------------------------------------------------------

    def _add_places(self) -> None:
        titles = {
            "home": (self.tr("Home"), "home"),
            "queue": (self.tr("Queue"), "inbox"),
            "incidents": (self.tr("Incidents"), "flag"),
            "victims": (self.tr("Victims"), "person"),
            "exchange": (self.tr("Exchange"), "exchange"),
            "evidence": (self.tr("Evidence"), "bookmark"),
            "imports": (self.tr("Imports"), "import"),
            "directory": (self.tr("Directory"), "phone"),
            "figures": (self.tr("Figures"), "figures"),
        }
        self.views["queue"] = self.queue
        for key in PLACES:
            widget: QWidget
            if key == "queue":
                widget = self.queue
            else:
                widget = self._holders[key] = _Waiting()
            self.add_place(key, titles[key][0], titles[key][1], widget)
        self._stack_index = {key: number for number, key in enumerate(PLACES)}
        Shell.go_to(self, "queue")

    def view(self, key: str) -> QWidget:
        """Return the view of a place, made if it was not needed before; raises ``KeyError`` for no place."""
        if key not in self.views:
            holder = self._holders.pop(key)
            made = make_place(key, self.desk)
            cast(Any, made).open_record.connect(self.open_record)
            cast(Any, made).count_changed.connect(lambda count: self.set_count(key, count or _none_at(key)))
            index = self._stack.indexOf(holder)
            self._stack.removeWidget(holder)
            self._stack.insertWidget(index, made)
            holder.deleteLater()
            self.views[key] = made
            if key in self._lists and hasattr(made, "narrow_as"):
                made.narrow_as(self._lists[key])
            if key == "imports":
                cast(Any, made).watch_wanted.connect(self.watch_folder)
            self.watched.joined(key)
            self._fill_menus()
        return self.views[key]

    def go_to(self, key: str) -> None:
        """Show a place and give it the focus."""
        if getattr(self, "_tick", None) is None:  # while the places are being added
            super().go_to(key)
            return
        current = self.place()
        widget = self.view(key)
        super().go_to(key)
        if self._stack.currentWidget() is not widget:
            self._stack.setCurrentWidget(widget)
        if current != key:
            self.focus_content()

    def open_record(self, kind: str, record_id: str) -> None:
        """Show a record in the place it belongs to."""
        if kind == "place" and record_id == "import":
            self.importing.choose()
            return
        if kind == "place" and record_id == "unlocking":
            self.who_can_unlock()
            return
        if kind == "place":
            kind, record_id = record_id, ""
        place = {
            "alert": "queue", "incident": "incidents", "victim": "victims", "action": "victims", "peer": "exchange",
            "conflict": "exchange", "import": "imports", "bundle": "exchange",
            "campaign": "figures", **dict.fromkeys(("tip", "task", "impact"), "incidents"),
            **dict.fromkeys(KINDS[1:], "evidence"),
        }.get(kind, kind)  # fmt: skip
        if place in PLACES:
            self.go_to(place)
            if record_id:
                cast(Place, self.view(place)).show_record(kind, record_id)

    def _first_loaded(self) -> None:
        self.queue.loaded.disconnect(self._first_loaded)
        self._build_rest.start()
        self.shift.offer_taking()

    def _build_next(self) -> None:
        """Make the places one by one while nothing else is to be done: menus and keys then know all of them."""
        waiting = [key for key in PLACES if key not in self.views]
        if self._left:
            return
        if waiting:
            if not self.importing.is_at_work():
                self.view(waiting[0])
            self._build_rest.start()
        else:
            self.index()

    def apply_settings(self, found: dict[str, Any]) -> None:
        """Take over what the store remembers of this responder's wishes."""
        self.watched.configure(found)
        self._apply("density", str(found["density"]))
        self._apply("theme", str(found["theme"]))
        self._check_choices()

    def _setting_changed(self, key: str, value: object) -> None:
        """Go by what a setting is now."""
        if key in ("theme", "density"):
            self._apply(key, str(value))
            self._check_choices()

    def ring_somebody(self) -> None:
        """Show the directory; where an incident is in view, calls logged there are about it."""
        from triage_app.ui.views.directory import DirectoryView

        shown = self._incident_in_view()
        self.go_to("directory")
        cast(DirectoryView, self.view("directory")).set_about(f"incident:{shown}" if shown else "")

    def new_incident(self) -> None:
        """Open the form for a new incident; the window goes to it when it is open."""
        self._incidents().new_incident()

    def new_report(self) -> None:
        """Open the form for what somebody tells us; one stays where one is."""
        self._incidents().tips.new_tip()

    def show_reports(self) -> None:
        """Show the reports."""
        self._incidents().show_tips()

    def _incidents(self) -> IncidentsView:
        return cast("IncidentsView", self.view("incidents"))

    def _incident_in_view(self) -> str:
        from triage_app.ui.views.incidents import IncidentsView

        incidents = self.views.get("incidents")
        if isinstance(incidents, IncidentsView) and incidents.isVisible() and incidents.page.isVisible():
            return incidents.page.incident_id()
        return ""

    def add_log_line(self) -> None:
        """Open the form for a line in an incident's log: of the one in view, or of any that is open."""
        from triage_app.services.incident_log import may_be_about

        shown = self._incident_in_view()
        self.desk.query(lambda store: may_be_about(store, shown), while_alive(self, self._log_line))

    def _log_line(self, found: list[tuple[str, str, str]]) -> None:
        if not found:
            self.messages.inform(self.tr("No incident is open: promote an alert, or open one with Ctrl N."), "notice")
            return
        from triage_app.ui.dialogs.log_line import LogLineDialog

        LogLineDialog(self.desk, found, self).open()

    def _redo(self) -> None:
        self.desk.redo(lambda done: self.messages.inform(f"{done.changes.label}."))

    # -- bars ---------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        desk, lane = self.desk, self.desk.lane
        self._hide_timer = QTimer(self)
        self._hide_timer.setSingleShot(True)
        self._hide_timer.setInterval(_HIDE_AFTER_MS)
        self._hide_timer.timeout.connect(self.hide_progress)
        lane.progress_changed.connect(self._progress)
        lane.task_ended.connect(self._hide_timer.start)
        self.cancel_requested.connect(lane.cancel_current)
        desk.refused.connect(lambda error: self.messages.warn(None, error))
        desk.failed.connect(lambda error: self._faults(error))
        desk.acted.connect(lambda changes: self.messages.inform(f"{changes.label}."))
        desk.told.connect(self.messages.inform)
        desk.setting_changed.connect(self._setting_changed)
        desk.store_changed.connect(self._recount)
        self.queue.open_record.connect(self.open_record)
        self.queue.count_changed.connect(lambda count: self.set_count("queue", count))
        self.queue.import_wanted.connect(self.importing.choose)
        self.importing.imported.connect(self._imported)
        self.importing.sealed.connect(self._look_at_sealed)
        self.importing.packs.connect(self._look_at_packs)
        self.importing.outcome.refused.connect(self.queue.refuse_import_act)
        self.importing.outcome.closed.connect(self.focus_content)
        self.importing.moved.connect(lambda: self.queue.incoming.show_reading(self.importing.reading))
        self.queue.incoming.cancelled.connect(self.importing.cancel)
        self.queue.details_wanted.connect(self.importing.outcome.show_result)
        self.watching.imported.connect(self._imported)
        self.watching.said.connect(self._bundle_came)
        self._finder = Finder(desk, self._refuse_search, self)
        self._finder.record_found.connect(self._record_found)
        self._finder.alerts_wanted.connect(self._alerts_wanted)
        self.search_submitted.connect(self._finder.find)
        self.suggestions = Suggestions(self.search, desk, self._acts_by_place, self)
        self.suggestions.record_chosen.connect(self._chosen)
        self.suggestions.elsewhere_chosen.connect(lambda act: go_and_do(self, act))
        self.suggestions.left.connect(self.focus_content)
        self.keys_requested.connect(lambda: keys_dialog(self, self._titled_actions()).show())
        self.help_requested.connect(lambda: open_manual(self))
        self._recount(None)

    def on_fault(self, report: Callable[[BaseException], None]) -> None:
        """Say who hears of a fault of ours on a lane."""
        self._faults = report

    def _progress(self, label: str, done: int, total: int) -> None:
        self._hide_timer.stop()
        if label:
            self.show_progress(label, done, total or None, self.importing.speed_words())

    def _recount(self, changes: Changes | None) -> None:
        if changes is None or changes.touches("incident", "victim", "action", "conflict", "peer", "trust"):
            self.desk.query(lookup.counts, self._counted)

    def _counted(self, counts: dict[str, int]) -> None:
        self.set_count("incidents", counts["incident"])
        self.set_count("victims", counts["victim"])
        self.set_count("exchange", counts["conflict"] or None)

    def _show_identity(self) -> None:
        desk = self.desk
        self.set_identity(desk.responder_name, desk.organisation, self.tr("{0}, device {1}").format(
            desk.organisation, desk.device_tag))  # fmt: skip
        if desk.auditors_copy is not None:
            self.set_status(self.tr("A copy for an auditor: it is only read."), "ok")
        elif desk.is_read_only:
            self.set_status(self.tr("A backup, only read. Nothing is written anywhere."), "notice")
        else:
            self.set_status(self.tr("Unlocked. Everything stays on this laptop."), "ok")

    def _show_time(self) -> None:
        local = self.desk.now().astimezone(LONDON)
        self.set_clock(local.strftime("%H:%M %Z"), dated(local, "%a ") + str(local.day) + dated(local, " %b"))

    def say_mode(self, fixed_clock: bool) -> None:
        """Show, where it cannot be closed, that this is an exercise or a demonstration."""
        local = self.desk.now().astimezone(LONDON)
        words = short = ""
        if self.desk.is_exercise:
            words = self.tr("Exercise. Nothing here is real, and live stores refuse its bundles.")
            short = self.tr("Exercise. Nothing here is real.")
        elif self.desk.store.meta("demonstration", False):
            words = self.tr("Demonstration. Every alert, name and organisation here is invented.")
            short = self.tr("Demonstration, all invented.")
            if fixed_clock:
                stands = self.tr("The clock stands at {0}.").format(dated(local, "%a %d %b %Y %H:%M %Z"))
                words, short = f"{words} {stands}", f"{short} {stands}"
        if desk_said := self.desk.copy_said:
            words, short = f"{desk_said} {words}".strip(), self.tr("A backup, only read. {0}").format(short).strip()
        if self.desk.auditors_copy is not None:
            made = in_words(self.desk.auditors_copy.get("at"))
            by = harmless(str(self.desk.auditors_copy.get("by", "")))
            kept = self.tr("Copy for an auditor, made {0} by {1}: it is read, and nothing is written or signed.")
            words = f"{kept.format(made, by)} {words}".strip()
            short = self.tr("Copy for an auditor: read only.")
        self._mode, self._mode_short = words, short
        self._drift.set_fixed(fixed_clock or self.desk.is_read_only)
        self._show_banner()

    def _show_banner(self) -> None:
        """What is wrong with the store, and with this laptop's clock, comes before what this store is."""
        wrong = f"{self._pages.words} {self._drift.words}".strip()
        said, short = (" ".join(part for part in (wrong, mode) if part) for mode in (self._mode, self._mode_short))
        self.set_banner(said, short)

    def _chosen(self, kind: str, record_id: str) -> None:
        """Show what was chosen under the search box, whatever it is."""
        if kind == "setting":
            self.show_settings(record_id)
        elif kind == "view":
            self.saved_views.open(record_id)
        elif kind == "manual":
            open_manual(self, record_id)
        elif kind == "organisation code":
            self._alerts_wanted(f"org:{record_id}")
        else:
            self._record_found(kind, record_id)

    def _record_found(self, kind: str, record_id: str) -> None:
        self.search.clear()
        self.open_record(kind, record_id)
        self.focus_content()

    def _refuse_search(self, error: TriageError) -> None:
        self.messages.warn(None, error)
        if isinstance(error, BadFilter):
            self._top.search.select_word(error.part)

    def _alerts_wanted(self, query: str) -> None:
        self.search.clear()
        self.queue.set_query(query)
        self.go_to("queue")
        self.queue.setFocus()

    # -- files --------------------------------------------------------------------------------------------

    def _imported(self, what: str, then: str, taken_back: ImportOffer | None) -> None:
        self.messages.inform(what)
        self.queue.say_imported(what, then, taken_back, self.importing.outcome.details_for(what))
        if not self.importing.is_at_work():
            self.index()

    def open_files(self, untrusted_paths: Sequence[Path]) -> None:
        """Show what some files hold, bundles as what merging them would change; nothing is taken in before a yes."""
        if self.desk.is_read_only:
            self.messages.warn(None, *reading_copies.ONLY_READ)
        else:
            self.importing.open(untrusted_paths)

    def _look_at_sealed(self, paths: list[Path]) -> None:
        self.go_to("exchange")
        cast(Any, self.view("exchange")).merge_bundles(paths)

    def _look_at_packs(self, paths: list[Path]) -> None:
        self.show_reference(paths[0])  # a desk hands out one

    def who_can_unlock(self) -> None:
        """Show who and what can unlock this laptop, and change it."""
        from triage_app.ui.dialogs.who_can_unlock import WhoCanUnlock

        dialog = WhoCanUnlock(self.desk, self)
        dialog.re_key_wanted.connect(self.re_key_wanted)
        dialog.open()

    def watch_folder(self) -> None:
        """Ask which folder is to be watched, and whether."""
        self.watched.ask()

    def show_backups(self) -> None:
        """Show the backups that are found: make one, say where they go too, open one to read it."""
        from triage_app.ui.dialogs.backups import BackupsDialog

        BackupsDialog(self.desk, self).open()

    def _bundle_came(self, words: str) -> None:
        self.messages.inform(words)
        if not self.importing.is_at_work():
            self.index()

    def index(self) -> None:
        """Bring the search index up to date, in slices; what is only read is searched as it is."""
        if not self.desk.is_read_only:
            self._indexing.start()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        data = event.mimeData()
        if data.hasText() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show what was dropped, files, folders or text; nothing is taken in before the responder says so."""
        event.acceptProposedAction()
        if self.desk.is_read_only:
            self.messages.warn(None, *reading_copies.ONLY_READ)
        else:
            self.importing.take_given(event.mimeData())

    def leave(self) -> None:
        """Write down how the window is arranged, not what it shows, and make no more places: the store closes."""
        arrangement.current().keep(self._settings)
        self._left = True
        self._build_rest.stop()

    def narrowed(self) -> dict[str, dict[str, Any]]:
        """Return how the lists are narrowed and sorted, by the place they are in: that belongs into the store."""
        return {key: view.narrowed() for key, view in self.views.items() if hasattr(view, "narrowed")}


def _none_at(key: str) -> int | None:
    """Return what a place shows when nothing waits there: the exchange shows nothing, a list shows 0."""
    return None if key in ("exchange", "home", "imports", "directory", "figures") else 0
