"""The queue: what came in and is still to be decided, the worst first, one key for each decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from triage_app.errors import TriageError
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.undo import Undone
from triage_app.store import alerts, lookup
from triage_app.store.source_records import source_record
from triage_app.ui.desk import Desk
from triage_app.ui.import_outcome import ImportOffer
from triage_app.ui.tasks import Task
from triage_app.ui.text import tooltip
from triage_app.ui.views.alert_detail import record_dialog
from triage_app.ui.views.alert_folding import FoldingLook
from triage_app.ui.views.alert_people import AlertPeople
from triage_app.ui.views.nearest_clocks import NearestClocks
from triage_app.ui.views.queue_acts import LETTERS, QueueActs
from triage_app.ui.views.queue_columns import QueueColumns
from triage_app.ui.views.queue_compact import QueueCompact
from triage_app.ui.views.queue_empty import empty_state
from triage_app.ui.views.queue_filter import DEFAULT
from triage_app.ui.views.queue_layout import QueueLayout
from triage_app.ui.views.queue_reading import (
    FOLLOWED,
    Counts,
    Followed,
    Listed,
    More,
    everything,
    first_page,
    follow,
    more_of,
    stands_as,
)
from triage_app.ui.views.queue_rows import indicators, next_words, row_of, rules_words


class QueueView(QueueLayout):
    """The list, its filter, the alert at the right, and what the keys do."""

    open_record = Signal(str, str)
    """Kind and id of a record that another place shows."""
    count_changed = Signal(int)
    """How many alerts are to be decided."""
    import_wanted = Signal()
    details_wanted = Signal()
    """What an import came to is to be shown whole."""
    loaded = Signal()
    """Every alert of the list has been found."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._organisations: Mapping[str, str] = {}
        self._looked_at: set[str] = set()
        self._asked = 0
        self._touched: set[tuple[str, str]] | None = None
        """What acts touched since the list was last brought in line; None while the whole of it is awaited."""
        self._read_at = 0
        self._counts = Counts()
        self._to_first = False
        self._query: Task | None = None
        self._closer: Task | None = None
        self.clocks = NearestClocks(desk, self)
        self.acts = QueueActs(desk, self._chosen, self._current_key, self)
        self._record_action = self._plain("record", self.tr("Open the &source record\tO"), self.open_source)
        self._copy_action = self._plain("copy", self.tr("&Copy the indicators\tC"), self._copy)
        self._rules_action = self._plain("rules", self.tr("&Rules that accept alerts…"), self.acts.show_rules)
        self._rules_action.setShortcut("Ctrl+Shift+B")
        self._rules_action.setToolTip(tooltip(self.tr("What is accepted, until when, and what that put aside")))
        self._undo_action = self._plain("undo", self.tr("&Undo\tU"), self.undo)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build(self.acts, self._fetch)
        self.compact, self.columns = QueueCompact(desk, self.table, self.totals), QueueColumns(self.table)
        self._connect()
        self.people = AlertPeople(self)
        self.folding = FoldingLook(self)
        self._show_first()
        self.refresh()

    def _plain(self, name: str, words: str, run: Any) -> QAction:
        made = QAction(words, self)
        made.setToolTip(tooltip(words.replace("&", "").replace("\t", " (") + ")"))
        made.triggered.connect(lambda _=False: run())
        self.acts.actions[name] = made
        return made

    def _connect(self) -> None:
        table = self.table
        table.current_changed.connect(lambda _: self._current_moved())
        table.opened.connect(lambda _: self._open_current())
        table.key_pressed.connect(self._key)
        table.marked_changed.connect(lambda _: self._say_marked())
        table.sort_requested.connect(self.sort)
        self._model.fetch_failed.connect(self.desk.refused)
        self.detail.key_pressed.connect(self._key)
        self.detail.back.connect(self._back_to_list)
        self.detail.incident_wanted.connect(lambda which: self.open_record.emit("incident", which))
        self.detail.evidence_wanted.connect(self.open_record)
        self.detail.related.record_wanted.connect(self.open_record)
        self.detail.related.list_wanted.connect(self.set_query)
        self.elsewhere.chosen.connect(self.open_record)
        self.filter.changed.connect(self._filter_changed)
        self.filter.left.connect(self._focus_list)
        self.import_button.clicked.connect(self.import_wanted)
        self._columns_button.clicked.connect(self._show_columns)
        self.result.undo_requested.connect(self.undo)
        self.result.details_requested.connect(self.details_wanted)
        self._look_timer.timeout.connect(self._look_closer)
        self._whole_timer.timeout.connect(self.refresh)
        self._seen_timer.timeout.connect(self._note_seen)
        self.acts.decided.connect(self._leave)
        self.acts.arranged.connect(self._go_to)
        self.ruled.clicked.connect(self._rules_action.trigger)
        self.acts.done.connect(self._act_done)
        self.acts.undone.connect(self._act_undone)
        self.acts.refused.connect(self._act_refused)
        self.acts.waiting.connect(self._say_waiting)
        self.acts.opened.connect(self._bar_opened)
        self.acts.closed.connect(self._bar_closed)
        self.desk.store_changed.connect(self._store_changed)
        self.loaded.connect(lambda: self.compact.count(self.filter.filter()))
        self.clocks.changed.connect(self.table.refresh)
        self.desk.acted.connect(self.offer.acted)
        self.desk.failed.connect(lambda _: self.refresh())

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what the menus of the window show of this place."""
        return {"Alert": list(self.acts.actions.values())}

    # -- which alerts -------------------------------------------------------------------------------------

    def _fetch(self, wanted: list[Any]) -> dict[Any, dict[str, Any]]:
        now = self.desk.now()
        found = alerts.rows(self.desk.store, wanted)
        incidents = alerts.incidents_of(
            self.desk.store, [number for number, item in found.items() if item["incidents"]]
        )
        names = self.columns.names(self._organisations)
        rows = {
            number: row_of(item, now, names, self._looked_at, self.clocks.of(incidents.get(number, [])))
            for number, item in found.items()
        }
        self.compact.fill(rows.values(), now, names)
        return rows

    def _show_first(self) -> None:
        """Show the first alerts at once: the window must not open empty."""
        order, descending = self.table.store_order
        narrowed = self.filter.filter()
        self._model.set_ids(first_page(self.desk.store, narrowed, order, descending))
        self.columns.decide(narrowed)
        self.table.go_to_row(0)

    def _look_first(self) -> None:
        """Show the first alerts of another filter before all of them have been found."""
        self._asked += 1
        self._touched = None
        self._whole_timer.stop()
        asked = self._asked
        narrowed, (order, descending) = self.filter.filter(), self.table.store_order

        def show(found: Any) -> None:
            if asked != self._asked:
                return
            if found:  # else the list stays until it can say why it is empty
                self.table.set_ids(found, keep_current=False)
                self.columns.decide(narrowed)
                self.table.go_to_row(0)
                self.counts.setText(self.tr("Counting…"))
                self._whole_timer.start()
            else:
                self.refresh()

        self._overtake(self.desk.query(lambda store: first_page(store, narrowed, order, descending), show))

    def _overtake(self, task: Task) -> None:
        """Stop what is no longer wanted, now that something else was asked."""
        for asked in (self._query, self._closer):  # the current alert is looked at again once the list stands
            if asked is not None and not asked.is_finished():
                self.desk.overtake(asked)
        self._query, self._closer = task, None

    def refresh(self) -> None:
        """Ask for the list again; what is current and where it stands on the screen stay."""
        self._asked += 1
        asked = self._asked
        narrowed, (order, descending) = self.filter.filter(), self.table.store_order
        keys = [key for key in (self._wanted_key, self._current_key()) if key]

        self._touched = None
        begun, counts = milliseconds(self.desk.now()), self._counts

        def show(found: Listed | None) -> None:
            if found is not None and asked == self._asked:
                self._touched, self._read_at = set(), begun
                self._show(found)

        def work(store: Any) -> Listed | None:
            wanted = lambda: asked == self._asked  # noqa: E731
            return everything(store, narrowed, order, descending, keys, self.desk, counts, wanted)

        self._overtake(self.desk.query(work, show))

    def _show(self, found: Listed) -> None:
        self._organisations = found.organisations
        current = self._current_key()
        number = found.numbers.get(current)
        anew = self._to_first or not self._model.ids
        self.table.set_ids(found.ids, keep_current=number is not None or not current, renumbered=number)
        if anew:
            self.columns.decide(self.filter.filter())
        wanted = found.numbers.get(self._wanted_key)
        if wanted is not None and self.table.go_to_id(wanted):
            self._wanted_key = ""
        elif self._to_first:
            self.table.go_to_row(0)
        self._to_first = False
        if self.table.current_id() is None:
            self.table.go_to_row(0)
        self._count(found.undecided, found.high)
        self.elsewhere.say(found.words, found.in_lists)
        self.ruled.setText(rules_words(found.ruled))
        self.ruled.setVisible(bool(self.ruled.text()))
        self._set_empty(found)
        self._current_moved()
        self.loaded.emit()

    def _follow(self, changes: Changes) -> None:
        """Bring the list in line with an act: what it is about is looked at again, or everything where that is much.

        Acts that come while an answer is awaited are asked for together; a whole look that was overtaken is still owed.
        """
        touched = self._touched
        if touched is None or self._wanted_key or len(changes.touched) > FOLLOWED:
            self.refresh()
            return
        touched |= changes.touched
        self._asked += 1
        asked, narrowed, since, told = self._asked, self.filter.filter(), self._read_at, frozenset(touched)
        counts = self._counts

        def show(found: Followed | None) -> None:
            if asked == self._asked and not self._show_followed(found):
                self.refresh()

        self._overtake(self.desk.query(lambda store: follow(store, narrowed, told, since, self.desk, counts), show))

    def _show_followed(self, found: Followed | None) -> bool:
        """Show what an act came to; False where the whole list has to be asked for."""
        if found is None:
            return False
        place = self.table.currentIndex().row()
        for number, alert in found.rows.items():
            row = self._model.row_of(number, place)
            held = self._model.held(number)
            if row < 0 or held is None or not stands_as(held["alert"], alert):
                return False
        if found.gone:
            self.table.take_away(found.gone)
        if not self._model.ids:
            return False
        self._touched = set()
        self._model.refresh()
        self._count(found.undecided, found.high)
        self._current_moved()
        self.loaded.emit()
        return True

    def _count(self, undecided: int, high: int) -> None:
        words = self.tr("{0} to decide, {1} high or above").format(f"{undecided:,}", f"{high:,}")
        if self.filter.shown_query() != DEFAULT:
            words = self.tr("{0} shown; {1}").format(f"{len(self._model.ids):,}", words)
        self.counts.setText(words)
        self.count_changed.emit(undecided)

    def _set_empty(self, found: Listed) -> None:
        self.incoming.arrange(self.height())
        if found.ids:
            self.table.set_empty(None)
            return
        empty, does = empty_state(found, self.filter.shown_query())
        if does:
            empty.acted.connect(self.import_wanted if does == "import" else lambda: self.filter.set_query(DEFAULT))
        self.table.set_empty(empty)

    def sort(self, key: str, descending: bool) -> None:
        """Show the list in another order."""
        if self.table.sort_by(key, descending):
            self.refresh()

    def set_query(self, query: str) -> None:
        """Narrow the list; raises ``BadInput`` for a filter that cannot be read."""
        self.filter.set_query(query)

    def _filter_changed(self) -> None:
        self.table.clear_marks()
        self._look_first()

    def show_record(self, kind: str, record_id: str) -> None:
        """Go to an alert by its key; the filter gives way if it hides it."""
        if kind != "alert":
            return
        numbers = alerts.numbers_of(self.desk.store, [record_id])
        number = numbers.get(record_id)
        if number is not None and self.table.go_to_id(number):
            return
        self._wanted_key = record_id
        state = alerts.rows(self.desk.store, [number])[number]["state"] if number is not None else "open"
        where = {"new": DEFAULT, "snoozed": "is:open,snoozed"}.get(state, f"is:{state.replace(' ', '-')}")
        self.filter.set_query(where)

    # -- the current alert --------------------------------------------------------------------------------

    def _current_row(self) -> Mapping[str, Any] | None:
        return self._model.record(self.table.currentIndex().row())

    def current_alert(self) -> Mapping[str, Any] | None:
        """Return the alert that is current, as the store gives it."""
        found = self._current_row()
        return None if found is None else found["alert"]

    def _current_key(self) -> str:
        alert = self.current_alert()
        return "" if alert is None else str(alert["key"])

    def _chosen(self) -> Sequence[int]:
        chosen: Sequence[int] = self.table.acting_ids()
        return chosen

    def _current_moved(self) -> None:
        alert = self.current_alert()
        self._enable()
        self.detail.show_alert(alert, self._organisations)
        place = self.table.currentIndex().row() + 1
        whole = len(self._model.ids)
        self.hints.position.setText(self.tr("{0} of {1}").format(f"{place:,}", f"{whole:,}") if whole else "")
        if alert is not None:
            if alert["incidents"]:
                self.detail.show_incidents(lookup.incidents_of_alert(self.desk.store, alert["key"]))
            self._look_timer.start()
            if alert["key"] not in self._looked_at:
                self._seen_timer.start()

    def _enable(self) -> None:
        """Let acts on an alert act only on one that is in view."""
        in_view = self.isVisible()
        for name, action in self.acts.actions.items():
            action.setEnabled(in_view and (name in ("undo", "rules") or self.table.current_id() is not None))

    def showEvent(self, event: QShowEvent) -> None:
        """Let its acts act."""
        super().showEvent(event)
        self._enable()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its acts from acting unseen."""
        super().hideEvent(event)
        self._enable()

    def _look_closer(self) -> None:
        alert = self.current_alert()
        if alert is None:
            return
        key, values = alert["key"], [item.value for item in indicators(alert)]

        def wanted() -> bool:
            shown = self.detail.alert
            return shown is not None and shown["key"] == key

        def shown(found: More | None) -> None:
            if found is not None and wanted():
                self.detail.show_more_of(found)

        self._closer = self.desk.query(lambda store: more_of(store, key, values, wanted), shown)

    def _note_seen(self) -> None:
        key = self._current_key()
        if key and key not in self._looked_at and self.isVisible():
            self._looked_at.add(key)
            self.table.refresh()

    # -- keys ---------------------------------------------------------------------------------------------

    def _key(self, letter: str) -> None:
        if letter == "/":
            self._back_to_list()
            self.filter.open()
        elif letter in LETTERS and self.table.single_keys:
            self.acts.actions[LETTERS[letter]].trigger()
        elif self.table.single_keys:
            self.table.step(letter)

    def _take_keys(self) -> None:
        for bar in self.acts.bars:
            if not bar.isHidden():
                bar.take_keys()

    def open_source(self) -> None:
        """Show the record as its source wrote it."""
        alert = self.current_alert()
        if alert is not None:
            record = source_record(self.desk.store, alert["newest"])
            if record is not None:
                record_dialog(self, alert["title"], record).show()

    def _copy(self) -> None:
        self.detail.copy_indicators(whole=False)
        self.result.say(self.tr("Copied, defanged."), undoable=False)

    # -- what came of it ----------------------------------------------------------------------------------

    def _leave(self, numbers: Sequence[int]) -> None:
        """Take alerts out of the list before the store has answered, so that the next one is current at once."""
        self._asked += 1
        self.table.take_away(numbers)
        self.table.clear_marks()
        self._current_moved()
        if not self._model.ids and self._pane_is_over():
            self._back_to_list()

    def _act_done(self, changes: Changes, left: bool) -> None:
        self.offer.import_act = None
        then = next_words(self.current_alert(), len(self._model.ids), self.desk.now()) if left else ""
        self.result.say(f"{changes.label}.", then)
        if not left:
            self.table.clear_marks()

    def _act_undone(self, undone: Undone, keys: list[str], label: str) -> None:
        self.offer.say_undone(undone, label)
        if keys:
            self._wanted_key = keys[0]
        self.refresh()

    def _act_refused(self, error: TriageError) -> None:
        self.result.say(error.what, error.do, undoable=False, glyph="warning")
        self.refresh()

    def _say_waiting(self) -> None:
        self.result.say(
            self.tr("It will be done when the work under way has ended."),
            next_words(self.current_alert(), len(self._model.ids), self.desk.now()),
            undoable=False,
            glyph="clock",
        )

    def refuse_import_act(self, error: TriageError) -> None:
        """Say why an import was not taken back or put back; the next Undo is of something else."""
        self.offer.import_act = None
        self._act_refused(error)

    def say_imported(self, what: str, then: str, undo: ImportOffer | None, details: str = "") -> None:
        """Say what an import came to; ``undo`` is done when that is to be taken back, None where it cannot be.

        The worst comes first, so the list goes there, unless something is being asked about the current alert.
        """
        self.offer.import_act = undo
        if undo is not None and not any(bar.isVisible() for bar in self.acts.bars):
            self._to_first = True
            self.refresh()
        self.result.say(what, then, undoable=undo is not None, details=details)

    def undo(self) -> None:
        """Take back what the result line speaks of: an import, or else the newest act."""
        if self.offer.import_act is not None:
            self.offer.import_act()  # it may ask first, so the line goes on speaking of the import
        else:
            self.acts.undo()

    def _go_to(self, key: str) -> None:
        """Go to an alert that was folded or taken apart, once the list shows it."""
        self._wanted_key = key
        self.refresh()

    def _store_changed(self, changes: Changes) -> None:
        self._counts.forget()
        if changes.touches("import"):
            self.offer.settle(changes)
            # Rows may have been counted anew, so what was marked by number is no longer known to be the same.
            self.table.clear_marks()
        if changes.touches("fold", "unfold", "rule"):  # what the list shows as one alert is another: look at it all
            self.refresh()
        elif changes.touches("alert", "link", "import", "incident", "organisation", "note"):
            self._follow(changes)
