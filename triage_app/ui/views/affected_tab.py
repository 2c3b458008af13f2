"""The affected things of one incident: counts that filter, the tracker, and what is done to many rows at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from triage_app.domain.affected import MOST_PASTED, PRIORITIES
from triage_app.errors import TriageError
from triage_app.services import affected, affected_table
from triage_app.services.affected_return import to_be_answered_for
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.vocabularies import affected_states
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.affected import AffectedDialog, IsolateDialog, PasteAffectedDialog
from triage_app.ui.dialogs.affected_return import BackInServiceDialog
from triage_app.ui.dialogs.affected_table import ImportAffectedDialog
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.affected_reading import AffectedRead, field_words, tracker
from triage_app.ui.views.affected_rows import AffectedTable
from triage_app.ui.views.commands import command
from triage_app.ui.widgets import (
    Button,
    Card,
    Choice,
    CountChip,
    EmptyState,
    Flow,
    announce,
    column,
    quiet,
    row,
    secondary,
)

_LOW: Final = 330
"""Below this height the chips are one choice, so that the table keeps its rows."""
_ALONE: Final = 300
"""Below this height a question stands alone."""
_ACT_KEYS: Final = ("S", "O", "W", "P")
_NARROW: Final = 900
_OUT: Final = "out"
"""The filter for what is out of service."""


class _Yielding(QWidget):
    """A line that never keeps the window wide: what it holds is shortened when the tab becomes narrow."""

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())


class AffectedTab(QWidget):
    """What the incident took, and where each thing stands on its way back into service."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident, self._ref = "", ""
        self._read = AffectedRead()
        self._filter = ""
        self._picking = ""
        self._chips: dict[str, CountChip] = {}
        self._flow = Flow(gap=6)
        self._chip_area = QWidget()
        self._chip_area.setLayout(self._flow)
        self.choice = Choice(name=self.tr("Which are shown"))
        self.choice.setFixedWidth(154)
        self.choice.currentIndexChanged.connect(lambda _: self._choose(self.choice.key()))
        self.paste_button = secondary(self.tr("Paste a list"), icon="copy", key="Ctrl V")
        self.export_button = secondary(self.tr("Export"), icon="export", key="E")
        self.import_button = secondary(self.tr("Import"), icon="import", key="I")
        self._buttons: list[Button] = [self.paste_button, self.export_button, self.import_button]
        for button, run in zip(self._buttons, (self.paste, self.export, self.choose_table), strict=True):
            button.clicked.connect(run)
        self._top = _Yielding()
        bar = row(self._top, gap=8)
        bar.addWidget(self._chip_area, 20, Qt.AlignmentFlag.AlignVCenter)
        bar.addWidget(self.choice)
        bar.addStretch(1)
        for button in self._buttons:
            bar.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._bar = bar
        self.table = AffectedTable(self.tr("Affected things"))
        self.table.opened.connect(self._open)
        self.table.marked_changed.connect(lambda _: self._say_acting())
        self.table.current_changed.connect(lambda _: self._say_acting())
        self._empty = EmptyState(
            self.tr("Nothing is listed yet"),
            self.tr("Copy host or account names from a spreadsheet, a console or a mail, one a line, and paste them."),
            self.tr("Paste a list"), "Ctrl V",
        )  # fmt: skip
        self._empty.acted.connect(self.paste)
        self.table.set_empty(self._empty)
        self._card = Card(inset=1)
        self._card.body.setContentsMargins(1, 4, 1, 4)
        self._card.body.addWidget(self.table)
        self.acting = ElidingLabel("", "cap", "text2")
        self.hints = _Yielding()
        line = row(self.hints, gap=0)
        self._act_buttons: list[Button] = []
        for words, key, act in (
            (self.tr("State"), "S", self.set_state), (self.tr("Owner"), "O", self.set_owner),
            (self.tr("Ward"), "W", self.set_ward), (self.tr("Priority"), "P", self.set_priority),
        ):  # fmt: skip
            made = quiet(words, key=key)
            made.clicked.connect(act)
            line.addWidget(made)
            self._act_buttons.append(made)
        self._mark_hint = text_label(self.tr("X marks, Ctrl A all, Enter opens"), "cap", "text2")
        self._mark_hint.setContentsMargins(10, 0, 0, 0)
        line.addWidget(self._mark_hint)
        line.addStretch(1)
        line.addWidget(self.acting)
        self.pick = PickBar(())
        self.pick.picked.connect(self._picked)
        self.pick.cancelled.connect(self._close_pick)
        self.words = PickBar((), self.tr("Words"))
        self.words.picked.connect(lambda _, words: self._picked(words, words))
        self.words.cancelled.connect(self._close_pick)
        self._lines = column(None, (Size.PAGE, 12, Size.PAGE, 8), 8)
        self._lines.addWidget(self._top)
        self._lines.addWidget(self._card, 1)
        self._lines.addWidget(self.hints)
        whole = column(self, gap=0)
        whole.addLayout(self._lines, 1)
        whole.addWidget(self.pick)
        whole.addWidget(self.words)
        whole.addStretch(0)
        self.words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.commands = self._commands()
        for made_command in self.commands:
            made_command.setEnabled(False)
        desk.store_changed.connect(self._changed)
        self._show_counts()
        self._fit()

    def _commands(self) -> list[QAction]:
        tr = self.tr
        marked = tr("Of the marked affected things, or the current one")
        return [
            command(self, text, keys, tip, run)
            for text, keys, tip, run in (
                (tr("Set the &state…"), "S", marked, self.set_state),
                (tr("Set the &owner…"), "O", marked, self.set_owner),
                (tr("Set the &ward…"), "W", marked, self.set_ward),
                (tr("Set the restore &priority…"), "P", marked, self.set_priority),
                (tr("&Export the list…"), "E", tr("Write it as CSV, for a spreadsheet"), self.export),
                (tr("&Import the list…"), "I", tr("Take a CSV back in, after a look at it"), self.choose_table),
            )
        ]

    # -- what is shown ------------------------------------------------------------------------------------

    def show_incident(self, incident: str, ref: str) -> None:
        """Show the affected things of an incident."""
        if incident != self._incident:
            self._filter = ""
            self._read = AffectedRead()
            self.table.clear_marks()
            self.table.show_things({}, [])
            self._close_pick()
        self._incident, self._ref = incident, ref
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        incident = self._incident
        if incident:
            self._desk.query(lambda store: tracker(store, incident), lambda read: self._show(incident, read))

    def _show(self, incident: str, read: AffectedRead) -> None:
        if incident != self._incident:
            return
        self._read = read
        self._show_counts()
        self._fill()

    def _changed(self, changes: Changes) -> None:
        if changes.touches("affected") or (changes.touches("incident") and not self._read.rows):
            self.refresh()

    def _options(self) -> list[tuple[str, str, int, str]]:
        """Return (key, word, count, mark) of every filter: all, out of service, and each state that there is.

        What nobody has cleared stands before what is out: "0 out of service" is no all-clear.
        """
        counts = self._read.counts
        suspected = {one.state for one in counts.states if not one.out and not one.cleared}
        by_state: dict[str, tuple[str, int, str]] = {}
        for one in counts.states:
            known = affected_states(one.kind).get(one.state)
            before = by_state.get(one.state, (one.name, 0, known.mark if known else "unknown"))
            by_state[one.state] = (before[0], before[1] + one.count, before[2])
        states = [(code, name, number, mark) for code, (name, number, mark) in by_state.items()]
        first = [one for one in states if one[0] in suspected]
        rest = [one for one in states if one[0] not in suspected]
        out = (_OUT, self.tr("Out of service"), counts.out, "")
        return [("", self.tr("All"), counts.total, ""), *first, out, *rest]

    def _show_counts(self) -> None:
        options = self._options()
        if self._filter not in [key for key, *_ in options]:
            self._filter = ""
        if list(self._chips) != [key for key, *_ in options]:
            focused = next((key for key, chip in self._chips.items() if chip.hasFocus()), None)
            for chip in self._chips.values():
                self._flow.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
            self._chips = {}
            for key, word, number, mark in options:
                chip = CountChip(key, word, number, mark)
                chip.clicked.connect(lambda _=False, which=key: self._choose(which))
                self._flow.addWidget(chip)
                self._chips[key] = chip
            if focused is not None:
                self._chips.get(focused, self._chips[""]).setFocus(Qt.FocusReason.OtherFocusReason)
        for key, _, number, _ in options:
            self._chips[key].set_count(number)
            self._chips[key].setChecked(key == self._filter)
        self.choice.blockSignals(True)  # the count first: where there is no room, words are cut and not the number
        self.choice.set_options([(key, f"{number:,} {word}") for key, word, number, _ in options])
        self.choice.set_key(self._filter)
        self.choice.blockSignals(False)
        self._chip_area.updateGeometry()
        self._fit()

    def _choose(self, key: str) -> None:
        self._filter = "" if key == self._filter and key else key
        self._show_counts()
        self._fill()

    def _fill(self) -> None:
        out = {(one.kind, one.state) for one in self._read.counts.states if one.out}
        ids = [
            entity
            for entity, thing in self._read.rows.items()
            if not self._filter
            or (self._filter == _OUT and (thing["kind"], thing["state"]) in out)
            or thing["state"] == self._filter
        ]
        self.table.show_things(self._read.rows, ids)
        if self.table.current_id() is None and ids:
            self.table.go_to_row(0)
        self._empty.setVisible(not self._read.rows)
        self._say_acting()

    def _say_acting(self) -> None:
        shown, marked = len(self.table.record_model.ids), len(self.table.marked)
        self.acting.setText(
            self.tr("{0} marked of {1}").format(f"{marked:,}", f"{shown:,}") if marked
            else self.tr("{0} of {1}").format(f"{self.table.currentIndex().row() + 1:,}", f"{shown:,}") if shown
            else ""
        )  # fmt: skip

    # -- what is done to the marked rows ------------------------------------------------------------------

    def _acting(self) -> list[str]:
        return [str(entity) for entity in self.table.acting_ids()]

    def _things_words(self, count: int) -> str:
        if count == 1:
            (one,) = self.table.things(self._acting())[:1]
            return str(one["name"])
        return self.tr("{0} things").format(f"{count:,}")

    def set_state(self) -> None:
        """Ask for the state of the marked rows: a digit chooses."""
        things = self.table.things(self._acting())
        if not things:
            return
        kinds = [affected_states(kind) for kind in {thing["kind"] for thing in things}]
        shared = [state for code, state in kinds[0].items() if all(code in other for other in kinds)]
        self.pick.set_options([(state.code, state.name, "") for state in shared])
        self._ask("state", self.pick, self.tr("State of {0}"))

    def set_priority(self) -> None:
        """Ask for the restore priority of the marked rows."""
        options = [(str(number), str(number), "") for number in PRIORITIES]
        options[0] = ("1", self.tr("1, restored first"), "")
        self.pick.set_options([*options, ("", self.tr("None"), "")])
        self._ask("priority", self.pick, self.tr("Restore priority of {0}"))

    def set_owner(self) -> None:
        """Ask who brings the marked rows back."""
        self._ask("owner", self.words, self.tr("Owner of {0}"))

    def set_ward(self) -> None:
        """Ask where the marked rows stand or are used."""
        self._ask("ward", self.words, self.tr("Ward of {0}"))

    def _is_picking(self) -> bool:
        return bool(self._picking)

    def _ask(self, field: str, bar: PickBar, heading: str) -> None:
        ids = self._acting()
        if not ids:
            return
        self._close_pick(focus=False)
        self._picking = field
        self._fit()
        bar.field.setPlaceholderText(field_words(field))
        bar.field.setAccessibleName(field_words(field))
        bar.open(heading.format(self._things_words(len(ids))))

    def _close_pick(self, *, focus: bool = True) -> None:
        was_open = self._is_picking()
        self._picking = ""
        for bar in (self.pick, self.words):
            bar.hide()
        self._fit()
        if focus and was_open:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _picked(self, value: str, _: str) -> None:
        field, ids = self._picking, self._acting()
        if not field or not ids:
            self._close_pick()
            return
        if field == "state" and (asked := affected.to_be_asked(self.table.things(ids), value)):
            self._close_pick()
            names = [thing["name"] for thing in asked]
            IsolateDialog(self._desk, ids, names, value, self._done, self).open()
            return
        if field == "state" and (unverified := to_be_answered_for(self.table.things(ids), value)):
            self._close_pick()
            BackInServiceDialog(self._desk, ids, unverified, value, self._done, self).open()
            return
        values = {field: value}
        self._desk.act(lambda session: affected.set_many(session, ids, values), lambda _: self._done(), self._refused)

    def _done(self) -> None:
        self.table.clear_marks()
        self._close_pick()

    def _refused(self, trouble: TriageError) -> None:
        bar = self.words if self.words.isVisible() else self.pick
        bar.say(f"{trouble.what} {trouble.do}")

    def _open(self, entity: object) -> None:
        for thing in self.table.things([str(entity)]):
            AffectedDialog(self._desk, thing, self).open()

    # -- lists in and out ---------------------------------------------------------------------------------

    def paste(self) -> None:
        """Show what the clipboard holds as a list of names; nothing is kept before it was looked at."""
        if self._incident:
            text = QGuiApplication.clipboard().text()[: MOST_PASTED + 1]
            PasteAffectedDialog(self._desk, self._incident, self._ref, text, self).open()

    def export(self, path: Path | None = None) -> None:
        """Write the tracker as CSV, to a place that the responder chooses."""
        if not self._read.rows:
            return
        if path is None:
            chosen, _ = QFileDialog.getSaveFileName(
                self, self.tr("Export the list"), f"{self._ref}-affected.csv", self.tr("Tables (*.csv)")
            )
            if not chosen:
                return
            path = Path(chosen)
        target, incident = path, self._incident

        def work(session: Session, _: object) -> int:
            return affected_table.export_csv(session, incident, target)

        def done(count: int) -> None:
            said = self.tr("Wrote {0} to {1}. It is not encrypted.").format(f"{count:,}", target.name)
            self.acting.setText(said)
            announce(self, said)

        self._desk.long("", work, while_alive(self, done))

    def choose_table(self) -> None:
        """Choose a CSV to be taken back in."""
        if self._incident:
            chosen, _ = QFileDialog.getOpenFileName(
                self, self.tr("Import a list"), "", self.tr("Tables (*.csv *.txt *.tsv);;All files (*)")
            )
            if chosen:
                self.look_at_table(Path(chosen))

    def look_at_table(self, path: Path) -> None:
        """Show what a table would change."""
        incident, ref = self._incident, self._ref
        self._desk.aside(
            lambda *_: affected_table.read_file(path),
            while_alive(self, lambda data: ImportAffectedDialog(self._desk, incident, ref, data, self).open()),
            self._desk.refused.emit,
        )

    # -- keys and room ------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+V before the window does, which would import what was copied as a file."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_paste(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V shows what was copied as a list of names."""
        if _is_paste(event):
            self.paste()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Let its commands act."""
        super().showEvent(event)
        for action in self.commands:
            action.setEnabled(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep its commands from acting unseen."""
        super().hideEvent(event)
        for action in self.commands:
            action.setEnabled(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the rows."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        low, narrow = self.height() < _LOW, self.width() < _NARROW
        has, picking = bool(self._read.rows), self._is_picking()
        # Where there is no room for both, what is asked takes the place of the table: it says for how many it asks.
        self._top.setVisible(not (low and picking))
        self._card.setVisible(not (self.height() < _ALONE and picking))
        if low != (self._bar.indexOf(self.hints) >= 0):
            self._bar.insertWidget(2, self.hints) if low else self._lines.addWidget(self.hints)
        self.hints.setVisible(has and not picking)
        self.acting.setVisible(not low)
        self.paste_button.setVisible(has)
        self.export_button.setVisible(has)
        self._chip_area.setVisible(has and not low)
        self.choice.setVisible(has and low)
        room = self.width() - 2 * Size.PAGE
        for button in self._buttons:
            button.set_bare(narrow)
        if low and not narrow and self._wanted() > room:
            for button in self._buttons:
                button.set_bare(True)
        # Their keys stand in the menu too: the words go last.
        for button, key in zip(self._act_buttons, _ACT_KEYS, strict=True):
            button.set_key(key)
        if low and self._wanted() > room:
            for button in self._act_buttons:
                button.set_key("")
        self._mark_hint.setVisible(not narrow and not low)
        alone = self.height() < _ALONE and picking
        over, under = (0, 0) if alone else (6, 4) if low else (12, 8)
        self._lines.setContentsMargins(Size.PAGE, over, Size.PAGE, under)
        self._lines.setSpacing(4 if low else 8)

    def _wanted(self) -> int:
        """Return what the one line of a low window would need."""
        parts = [*self._act_buttons, *(button for button in self._buttons if button.isVisibleTo(self))]
        return self.choice.width() + sum(part.sizeHint().width() for part in parts) + 6 * self._bar.spacing()


def _is_paste(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Paste)
