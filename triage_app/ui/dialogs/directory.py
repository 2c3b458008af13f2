"""Bringing a directory: what the table would bring is shown, and its columns can be chosen, before anything is kept."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from triage_app.domain.directory import FIELDS
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import directory
from triage_app.services.changes import Changes
from triage_app.services.directory import Preview
from triage_app.services.session import Session
from triage_app.services.times import typed_day
from triage_app.services.vocabularies import vocabulary
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.text import text_label
from triage_app.ui.tokens import TYPE
from triage_app.ui.widgets import Choice, FormRow, TextField, announce, row

_WAIT_MS = 120
_NAMED = 6


class BringDirectoryDialog(FormDialog):
    """One table, as it would be read."""

    def __init__(self, desk: Desk, name: str, data: bytes, parent: QWidget) -> None:
        """``data`` is the file's content, ``name`` what it is called."""
        super().__init__(
            desk, desk.tr("Bring a directory"), desk.tr("Bring it"), parent, width=640,
            text=desk.tr("It takes the place of the one that is here. Undo brings that one back."),
        )  # fmt: skip
        self._name, self._data = name, data
        self._headings: tuple[str, ...] = ()
        self.preview: Preview | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._look)
        self.says = text_label("", "small_strong", wrap=True)
        self.says.setMinimumHeight(TYPE["small"].line)
        self.left_out = text_label("", "small", "text2", wrap=True)
        self.as_of = TextField(name=self.tr("As of"))
        self.order = Choice(
            [("", self.tr("As the table shows")), ("day-first", self.tr("Day first: 03/04 is 3 April")),
             ("month-first", self.tr("Month first: 03/04 is 4 March"))],
            name=self.tr("Dates"),
        )  # fmt: skip
        self.order.currentIndexChanged.connect(lambda _: self._look())
        self.columns: dict[str, Choice] = {}
        self.form.body.addWidget(self.says)
        line = row(gap=14)
        hint = self.tr("The day it is of, as {0}; today if empty").format(typed_day(self.desk.now()))
        line.addWidget(FormRow(self.tr("As of"), self.as_of, hint), 1)
        line.addWidget(FormRow(self.tr("Dates"), self.order), 1, Qt.AlignmentFlag.AlignTop)
        self.form.body.addLayout(line)
        titles = {item["code"]: item["name"] for item in vocabulary("directory")["columns"]}
        for start in range(0, len(FIELDS), 3):
            line = row(gap=14)
            for field in FIELDS[start : start + 3]:
                chosen = Choice(name=titles[field]).narrow()
                chosen.currentIndexChanged.connect(lambda _: self._soon.start())
                self.columns[field] = chosen
                line.addWidget(FormRow(titles[field], chosen), 1)
            self.form.body.addLayout(line)
        self.form.body.addWidget(self.left_out)
        self.form.body.addStretch(1)
        self.save.setEnabled(False)
        self._look()

    def _chosen(self) -> dict[str, str]:
        return {field: choice.key() for field, choice in self.columns.items()} if self._headings else {}

    def _look(self) -> None:
        """Read it again as it is described now."""
        self._soon.stop()
        data, columns, order = self._data, self._chosen(), self.order.key()

        def look(*_: Any) -> Preview | TriageError:
            try:
                return directory.look(data, columns, order)
            except TriageError as trouble:
                return trouble

        def show(found: Preview | TriageError) -> None:
            if (columns, order) == (self._chosen(), self.order.key()):
                self._show(found)

        self.desk.aside(look, while_alive(self, show))

    def _show(self, found: Preview | TriageError) -> None:
        if isinstance(found, TriageError):
            self.preview = None
            self.save.setEnabled(False)
            self.says.setText(f"{found.what} {found.do}")
            announce(self, self.says.text())
            return
        self.preview = found
        if not self._headings:
            self._offer(found)
        count = len(found.entries)
        words = plural(count, "1 entry", "{0} entries").format(f"{count:,}")
        if found.two_ways is not None:
            doubt = self.tr(". “{0}” can be read two ways: {1}, or {2}. Say which under Dates")
            words += doubt.format(*found.two_ways)
        self.says.setText(words + ".")
        named = [self.tr("line {0}: {1}").format(line, why) for line, why in found.rejected[:_NAMED]]
        if len(found.rejected) > _NAMED:
            named.append(self.tr("{0} more").format(len(found.rejected) - _NAMED))
        parts = [self.tr("Left out: {0}.").format("; ".join(named))] if named else []
        if found.unused:
            parts.append(self.tr("Columns not taken: {0}.").format(", ".join(found.unused[:20])))
        self.left_out.setText(" ".join(parts))
        self.save.setEnabled(bool(found.entries) and found.two_ways is None)
        announce(self, self.says.text())

    def _offer(self, found: Preview) -> None:
        self._headings = tuple(dict.fromkeys((*found.columns.values(), *found.unused)))
        options = [("", self.tr("None")), *((heading, heading) for heading in self._headings)]
        for field, choice in self.columns.items():
            choice.blockSignals(True)
            choice.set_options(options)
            choice.set_key(found.columns.get(field, ""))
            choice.blockSignals(False)

    def submit(self) -> None:
        """Bring it."""
        data, name, day = self._data, self._name, self.as_of.text()
        columns, order = self._chosen(), self.order.key()

        def work(session: Session) -> Changes:
            return directory.bring(session, data, name=name, as_of=day, columns=columns, order=order)[0]

        self.run(work)
