"""The place of evidence that is no alert: a plain, searchable list of each kind."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.domain.evidence import KINDS
from triage_app.domain.filter_grammar import UnknownKey
from triage_app.domain.severity import band
from triage_app.errors import BadInput
from triage_app.services import records as services
from triage_app.services import reference_lookup
from triage_app.services.changes import Changes
from triage_app.services.reference_lookup import Found
from triage_app.services.times import day_in_words, due_in_words, in_words
from triage_app.store import records
from triage_app.store.connection import Store
from triage_app.store.records import RecordFilter
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.table import IdTableModel, RecordTable
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.elsewhere import Elsewhere
from triage_app.ui.views.evidence_detail import EvidenceDetail
from triage_app.ui.views.kind_words import columns_of, kind_name, score_words, shown_text
from triage_app.ui.widgets import (
    Choice,
    EmptyState,
    KeptSplitter,
    KeyHints,
    Landing,
    Panel,
    Tabs,
    TextField,
    announce,
    column,
    row,
)

_ORDER: Final = ("advisory", "indicator", "finding", "vulnerability", "endpoint", "organisation", "threat-model")
_NOUN_OF: Final = {kind: noun for noun, kind in services.NOUNS.items()}
_TYPING_MS: Final = 250
_Found: TypeAlias = "tuple[array[int], Mapping[str, int]]"
"""What passes in the list that is open, and how many records pass in each."""
_ROOMY: Final = 900
"""Logical pixels from which the record stands beside its list; the tabs, with their counts, may need more."""


class EvidenceView(Landing):
    """The lists, one tab each, and the record that is current at the right."""

    open_record = Signal(str, str)
    count_changed = Signal(int)
    """How many records there are in all lists."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._counts: Mapping[str, int] = {}
        self._go_on = False
        self._asked = 0
        self.tabs = Tabs()
        for kind in _ORDER:
            self.tabs.add(kind, kind_name(kind))
        self.tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # they must not widen the window
        self.choice = Choice([(kind, kind_name(kind)) for kind in _ORDER], name=self.tr("Which list"))
        self.choice.hide()
        self._narrow = False
        self.filter = TextField(self.tr("Words, an indicator, type:domain, src:MISP, sev:high"), icon="search",
                                name=self.tr("Filter this list"))  # fmt: skip
        self.filter.setMaximumWidth(460)
        self.elsewhere = Elsewhere(self.tr("In other lists:"), self.tr("{1} more in {0}"), key="N")
        self.problem = text_label("", "small", "critical", wrap=True)
        self.problem.hide()
        self._unknown = ""
        self.summary = text_label("", "small", "text2")
        model = IdTableModel(columns_of(self.kind()), self._fetch, array("q"))
        self.table = RecordTable(model)
        self.table.setAccessibleName(kind_name(self.kind()))
        self.table.setMinimumWidth(260)
        model.setParent(self.table)
        self.detail = EvidenceDetail()
        self.hints = KeyHints([("J", self.tr("Next")), ("K", self.tr("Previous")), ("/", self.tr("Filter")),
                               ("N", self.tr("Where else"))])  # fmt: skip
        self._lay_out()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._read)
        self.filter.textChanged.connect(lambda _: self._typing.start())
        self.filter.returnPressed.connect(self._entered)
        self.elsewhere.chosen.connect(self._go_elsewhere)
        self.tabs.changed.connect(self._turn)
        self.choice.currentIndexChanged.connect(lambda _: self.tabs.go_to(self.choice.key()))
        self.table.opened.connect(lambda _: self._open())
        self.detail.back.connect(self._back)
        self.detail.import_wanted.connect(lambda which: self.open_record.emit("import", which))
        self.table.current_changed.connect(self._show_current)
        self.table.key_pressed.connect(self._key)
        desk.store_changed.connect(self._changed)
        self.land_on(self.table)
        self._turn(self.kind())
        self._count()

    def _lay_out(self) -> None:
        head = Panel("canvas", "b")
        lines = column(head, (Size.PAGE, 14, Size.PAGE, 12), 10)
        first = row(gap=12)
        first.addWidget(text_label(self.tr("Evidence"), "h1"))
        first.addWidget(self.summary)
        first.addStretch(1)
        lines.addLayout(first)
        second = row(gap=8)
        second.addWidget(self.choice)
        second.addWidget(self.filter, 1)
        second.addStretch(1)
        lines.addLayout(second)
        lines.addWidget(self.elsewhere)
        lines.addWidget(self.problem)
        self._split = split = KeptSplitter("evidence", self.table, self.detail, 400)
        whole = column(self, gap=0)
        whole.addWidget(head)
        whole.addWidget(self.tabs)
        whole.addWidget(split, 1)
        whole.addWidget(self.hints)

    def kind(self) -> str:
        """Return the kind of evidence whose list is shown."""
        return self.tabs.current() or _ORDER[0]

    # -- a narrow window ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room for tabs and a pane, a choice and the record over its list take their place."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < max(_ROOMY, self.tabs.width_wanted())
        if narrow != self._narrow:
            self._narrow = narrow
            self.choice.setVisible(narrow)
            self.tabs.setVisible(not narrow)
            self._back()

    def _open(self) -> None:
        """Show the current record: over its list where the window is narrow."""
        if self._narrow:
            self.table.hide()
            self.detail.show()
        self.detail.setFocus()

    def _back(self) -> None:
        """Show the list again."""
        self.table.show()
        self.detail.set_over_list(self._narrow)
        self.detail.setVisible(not self._narrow)
        if self.isVisible():
            self.table.setFocus()

    def narrowed(self) -> dict[str, Any]:
        """Return which list is open and what it is narrowed to, for the next start."""
        return {"list": self.kind(), "filter": self.filter.text()}

    def narrow_as(self, found: Mapping[str, Any]) -> None:
        """Open and narrow the list as it was."""
        if found.get("list") in _ORDER:
            self.tabs.go_to(str(found["list"]))
        self.filter.setText(str(found.get("filter", "")))

    def actions(self) -> dict[str, list[QAction]]:  # type: ignore[override]
        """Return what the menus show of this place: nothing of its own."""
        return {}

    def show_record(self, kind: str, record_id: str) -> None:
        """Show the list of a kind, narrowed to a value or to words."""
        self.filter.setText(record_id)
        if kind in self.tabs.tabs:
            self.tabs.go_to(kind)
        self._back()
        self._read()

    def _key(self, key: str) -> None:
        if key == "/":
            self.filter.setFocus()
        elif key.lower() == "n":
            self.elsewhere.go()

    def _entered(self) -> None:
        """Enter in the filter leads to the list, or to the one that has what this one has not."""
        self._typing.stop()
        self._go_on = True
        self._read()
        if self._unknown:
            self._go_on = False
            self.filter.select_word(self._unknown)
        else:
            self.table.setFocus()

    def _go_elsewhere(self, kind: str, _: str) -> None:
        self._back()
        self.tabs.go_to(kind)
        self.table.setFocus()

    # -- reading ------------------------------------------------------------------------------------------

    def _changed(self, changes: Changes) -> None:
        if changes.touches("import", "alert"):
            self._count()
            self._read()

    def _count(self) -> None:
        self._desk.query(records.counts, self._counted)

    def _counted(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        for kind in _ORDER:
            self.tabs.set_count(kind, f"{counts[kind]:,}" if counts[kind] else "")
        self._arrange()
        self.count_changed.emit(sum(counts.values()))
        self._explain()

    def _turn(self, kind: str) -> None:
        model = self.table.record_model
        model.beginResetModel()
        model.columns = columns_of(kind)
        model.endResetModel()
        self.choice.set_key(kind)
        self.table.setAccessibleName(kind_name(kind))
        self.table.set_ids(array("q"))
        self.table.fit_columns()
        self._read()

    def _read(self) -> None:
        kind = self.kind()
        try:
            narrowed = services.read_filter(_NOUN_OF[kind], self.filter.text())
        except BadInput as error:
            self._unknown = error.part if isinstance(error, UnknownKey) else ""
            self._complain(f"{error.what} {error.do}")
            return
        self._unknown = ""
        self._complain("")
        order, descending = ("value", False) if kind in ("organisation", "vulnerability") else ("seen", True)

        self._asked += 1
        asked = self._asked

        def work(store: Store) -> _Found | None:
            if asked != self._asked:
                return None
            anything = replace(narrowed, kind="") != RecordFilter("")
            others = records.passing(store, replace(narrowed, kind="")) if anything else {}
            return records.ids(store, narrowed, order, descending), others

        self._desk.query(work, lambda found: self._show(kind, *found) if found and asked == self._asked else None)

    def _complain(self, words: str) -> None:
        """Say under the filter what cannot be read of it; the list stays as it was."""
        if words and words != self.problem.text():
            announce(self.filter, words)
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.filter.set_invalid(bool(words))

    def _show(self, kind: str, ids: array[int], everywhere: Mapping[str, int]) -> None:
        go_on, self._go_on = self._go_on, False
        others = {other: everywhere[other] for other in _ORDER if other in everywhere and other != kind}
        self.elsewhere.say(self.filter.text(), others)
        if go_on and not ids and self.elsewhere.go():
            return
        self._explain()
        self.table.set_ids(ids)
        if ids and self.table.current_id() is None:
            self.table.go_to_row(0)
        whole = self._counts.get(kind, len(ids))
        self.summary.setText(self.tr("{0} of {1}").format(f"{len(ids):,}", f"{max(whole, len(ids)):,}"))
        self._show_current(self.table.current_id())

    def _explain(self) -> None:
        kind = self.kind()
        if self._counts.get(kind):
            made = EmptyState(self.tr("Nothing passes this filter"), self.tr("Clear the words to see all of them."))
        else:
            name = kind_name(kind)
            made = EmptyState(
                self.tr("No {0} yet").format(name.lower()),
                self.tr("They come here when a file that holds some is imported: drop it on the window."),
            )
        self.table.set_empty(made)

    def _fetch(self, ids: list[Any]) -> Mapping[Any, Mapping[str, Any]]:
        return {number: _cells(found) for number, found in records.rows(self._desk.store, ids).items()}

    def _show_current(self, number: object) -> None:
        found = None
        if isinstance(number, int):
            found = records.rows(self._desk.store, [number]).get(number)
        self.detail.show_record(self._desk.store, found)
        if found is not None and str(found["value"]).upper().startswith("CVE-"):
            self._look_up(number, str(found["value"]))

    def _look_up(self, number: object, cve: str) -> None:
        """Ask the catalogue of exploited vulnerabilities: on the query lane, for the first look reads all of it."""
        now = self._desk.now()

        def show(said: Found | None) -> None:
            if said is not None and self.table.current_id() == number:
                self.detail.show_exploited(said.words)

        self._desk.query(lambda store: reference_lookup.exploited(store.home, cve, now), while_alive(self, show))


def _cells(found: Mapping[str, Any]) -> dict[str, Any]:
    graded = found["severity"] or found["severity_raw"]
    due = due_in_words(found["until_at"], by_day=found["kind"] in services.BY_DAY)
    if found["history"]:
        due = QCoreApplication.translate("EvidenceView", "{0}, history").format(due)
    row = shown_text(found, found["kind"])
    if found["kind"] == "finding":
        row["dst"] = row["dst"] or row["src"]
    return {
        **row,
        "id": found["id"],
        "severity": band(found["severity"]) if graded else "",
        "seen": in_words(found["seen_at"]),
        "day": day_in_words(found["seen_at"]),
        "until": due,
        "score": score_words(found["score"]),
        "organisation": found["organisation"],
        "source": found["source"],
    }


assert set(_ORDER) == set(KINDS[1:])  # noqa: S101 - a kind without a tab would be lost from sight
