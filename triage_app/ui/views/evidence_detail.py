"""One record of evidence at the right of its list: its facts, and what its source wrote, as plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from triage_app.domain.severity import band
from triage_app.language import plural, say
from triage_app.services.records import BY_DAY
from triage_app.services.times import due_in_words, in_words
from triage_app.store import brought, source_records
from triage_app.store.connection import Store
from triage_app.ui.text import text_label, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.kind_words import import_name, score_words
from triage_app.ui.views.shown import harmless, harmless_value
from triage_app.ui.widgets import Facts, Line, Panel, ScrollPage, TextArea, column, link

_MOST_SHOWN: Final = 20_000
"""Characters of a source's record that are shown; a longer one says that it goes on."""


class EvidenceDetail(Panel):
    """The facts of one record."""

    back = Signal()
    """Back to the list that this pane stands over."""
    import_wanted = Signal(str)
    """The import that brought the record is to be looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent)
        self.setMinimumWidth(300)
        self.setAccessibleName(self.tr("Record"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._back = link(self.tr("Back to the list"), key="Esc")
        self._back.clicked.connect(self.back)
        self._back.hide()
        self._page = ScrollPage((Size.PAGE - 2, 14, Size.PAGE - 2, 14), 8)
        self._nothing = text_label(self.tr("No record is chosen."), "small", "text2", wrap=True)
        self._title = text_label("", "h2", wrap=True, selectable=True)
        self._source = text_label("", "small", "text2", wrap=True)
        self._facts = Facts(96)
        self._detail = text_label("", "body", wrap=True, selectable=True)
        self._import = ""
        self._shown: list[tuple[str, str] | tuple[str, str, str]] = []
        self.import_link = link(self.tr("Show the import"))
        self.import_link.clicked.connect(lambda: self.import_wanted.emit(self._import))
        self._raw_head = text_label(self.tr("As its source wrote it"), "small_strong")
        words = self.tr("Word for word, with whole addresses: take care what you copy. Above, addresses are harmless.")
        self._raw_words = text_label(words, "cap", "text2", wrap=True)
        self.raw = TextArea(name=self.tr("As its source wrote it"), lines=12)
        self.raw.setReadOnly(True)
        self.raw.setFont(font("mono"))
        self.raw.setTabChangesFocus(True)
        self._content = QWidget()
        lines = column(self._content, gap=8)
        lines.addWidget(self._title)
        lines.addWidget(self._source)
        lines.addWidget(self._facts)
        lines.addWidget(self.import_link, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self._detail, Line(), self._raw_head, self._raw_words, self.raw):
            lines.addWidget(widget)
        self._page.body.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        self._page.body.addWidget(self._nothing)
        self._page.body.addWidget(self._content)
        self._page.body.addStretch(1)
        column(self, (1, 0, 0, 0), 0).addWidget(self._page, 1)
        self._content.hide()

    def set_over_list(self, over: bool) -> None:
        """Say whether the pane stands over its list, and so needs a way back."""
        self._back.setVisible(over)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads back to the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
            return
        super().keyPressEvent(event)

    def show_record(self, store: Store, found: Mapping[str, Any] | None) -> None:
        """Show another record of ``records.rows``, or none."""
        self._nothing.setVisible(found is None)
        self._content.setVisible(found is not None)
        if found is None:
            return
        value = harmless_value(found["value"], found["category"])
        self._title.setText(value if found["title"] in ("", found["value"]) else harmless(found["title"]))
        count = found["count"]
        said = plural(count, "said once", "said {0} times").format(f"{count:,}")
        self._source.setText(f"{harmless(found['source'])}, {said}")
        came = brought.imports_of(store, found["newest"])
        self._shown = [*self._rows(found), *self._came_from(came)]
        self._facts.set_rows(self._shown)
        self._import = str(came[0]["id"]) if came else ""
        self.import_link.setVisible(bool(came))
        self._detail.setText(harmless(found["detail"]))
        self._detail.setVisible(bool(found["detail"]))
        record = source_records.source_record(store, found["newest"])
        text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
        if len(text) > _MOST_SHOWN:
            text = text[:_MOST_SHOWN] + "\n" + self.tr("… and more: the command “triage … show” prints all of it.")
        self.raw.setPlainText(visible(text, len(text)))

    def show_exploited(self, words: str) -> None:
        """Say besides whether the record's vulnerability is known to be exploited, and how old that knowledge is."""
        self._facts.set_rows([(self.tr("Known to be exploited"), words), *self._shown])

    def _came_from(self, came: Sequence[Mapping[str, Any]]) -> list[tuple[str, str] | tuple[str, str, str]]:
        """Return the file that brought it first, which of its records it was, and when that was."""
        if not came:
            return []
        first = came[0]
        where = import_name(first["name"], first["origin"])
        if first["place"] is not None and first["leaves"] > 1:
            record = self.tr("{0}, record {1} of {2}")
            where = record.format(where, f"{first['place']:,}", f"{first['leaves']:,}")
        when = in_words(first["started_at"])
        if first["origin"]:
            when = (
                self.tr("{0}, on another device").format(when) if first["started_at"] else self.tr("On another device")
            )
        if len(came) > 1:
            again = self.tr("{0}, and once more since") if len(came) == 2 else self.tr("{0}, and {1} times since")
            when = again.format(when, f"{len(came) - 1:,}")
        return [(self.tr("File"), where), (self.tr("Imported"), when)]

    def _rows(self, found: Mapping[str, Any]) -> list[tuple[str, str] | tuple[str, str, str]]:
        tr = self.tr
        graded = found["severity"] or found["severity_raw"]
        due = due_in_words(found["until_at"], by_day=found["kind"] in BY_DAY) if found["until_at"] is not None else ""
        if found["history"]:
            due = tr("{0}: history, it was past when it was first imported and starts no clock").format(due)
        facts: list[tuple[str, str] | tuple[str, str, str]] = [
            (tr("Value"), harmless_value(found["value"], found["category"]), "mono"),
            (tr("Kind"), harmless(found["category"])),
            (tr("Severity"), f"{say(band(found['severity']))} ({found['severity_raw'] or '–'})" if graded else ""),
            (tr("Score"), score_words(found["score"])),
            (tr("Host"), harmless(found["host"])),
            (tr("Address"), harmless(found["src"] or found["dst"]), "mono"),
            (tr("Link"), harmless(found["url"]), "mono"),
            (tr("Dated"), in_words(found["seen_at"]) if found["seen_at"] is not None else ""),
            (tr("Until"), due),
            (tr("TLP"), found["tlp"]),
            (tr("Reference"), harmless(found["reference"])),
            (tr("Organisation"), found["organisation"]),
            (tr("Format"), found["format"]),
        ]
        return [fact for fact in facts if fact[1]]
