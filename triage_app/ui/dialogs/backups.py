"""The backups that are found: what each holds, where the newest goes too, and yesterday's opened to be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import backup_list, backups, settings
from triage_app.services.backup_list import KIND_WORDS, Listed
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, EmptyState, primary, row, secondary


def columns(tr: Any) -> list[Column]:
    """Return the columns of a table of backups."""
    return [
        Column("age", tr("Age, made"), 240, sortable=False),
        Column("holds", tr("Holds"), 260, "title", stretch=True, sortable=False),
        Column("kind", tr("Why"), 120, drop=2, sortable=False),
        Column("where", tr("Where"), 140, drop=1, sortable=False),
    ]


def row_of(tr: Any, one: Listed, now: datetime, home: Path) -> dict[str, object]:
    """Return the row of a backup; ``home`` is the profile's folder."""
    counts = one.counts
    if counts is not None:
        holds = tr("Incidents {0}, victims {1}, operations {2}, rows {3}").format(
            f"{counts.incidents:,}", f"{counts.victims:,}", f"{counts.operations:,}", f"{counts.rows:,}"
        )
    else:
        holds = one.problem or tr("{0}, locked").format(backups.in_bytes(one.found.size))
    folder = one.found.path.parent
    where = str(folder) if folder != Profile(home).backups else tr("On this laptop")
    age = moments.span(now.timestamp() - one.found.at / 1000)
    return {
        "id": str(one.found.path), "age": tr("{0}, {1}").format(age, moments.short(one.found.at, now)),
        "holds": holds, "kind": KIND_WORDS.get(one.found.kind, ""), "where": where,
    }  # fmt: skip


def window_command(home: Path, copy: Path) -> list[str]:
    """Return the command that opens a backup in a window of its own, a process beside this one."""
    words = ["--home", str(home), "--as-of", str(copy)]
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        return [str(program.with_name("triage-window" + program.suffix)), *words]
    return [sys.executable, "-m", "triage_app", *words]


def start(command: Sequence[str]) -> None:
    """Start a program that goes on by itself, with nothing of ours in its hands."""
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=True,
        start_new_session=sys.platform != "win32",
    )  # fmt: skip


class BackupsDialog(Dialog):
    """A table of backups, the newest first; Enter opens one to be read, in a window of its own."""

    holds_up = False

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        words = desk.tr(
            "A copy is made by itself after each session that changed something, and before large imports, merges and "
            "updates. Opening one shows it as it was then, beside the live store; nothing in it can be changed."
        )
        super().__init__(desk.tr("Backups"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body.addWidget(text_label(words, "small", "text2", wrap=True))
        self._desk = desk
        self.problem = Banner()
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.table = RowsTable(columns(self.tr), self.tr("Backups"), inset=Size.CARD)
        self.table.set_empty(
            EmptyState(self.tr("No backup was found."), self.tr("One is made when this session ends, or now."))
        )
        self.table.opened.connect(lambda _: self.open_copy())
        self.body.addWidget(self.table, 1)
        self.body.addSpacing(4)
        self.place = text_label("", "small", "text2", wrap=True)
        line = row(gap=8)
        line.addWidget(self.place, 1)
        self.choose_place = secondary(self.tr("Second place…"))
        self.choose_place.clicked.connect(self._choose)
        line.addWidget(self.choose_place)
        self.body.addLayout(line)
        self.make = secondary(self.tr("Make one now"))
        self.make.clicked.connect(self.make_now)
        self.read = primary(self.tr("Open it to read"), key="↵")
        self.read.clicked.connect(self.open_copy)
        close = secondary(self.tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        for button in (self.make, self.choose_place):
            button.setVisible(desk.backing_up is not None)
        self.add_buttons(self.make, self.read, close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + 9 * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - 330)))
        self.resize(min(1000, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def refresh(self) -> None:
        """Look for backups, and at what each holds."""

        def work(session: Session, _: Any) -> tuple[list[Listed], str]:
            found = backups.everywhere(Profile(session.store.home))
            place = settings.get(session, backups.PLACE)[backups.PLACE]
            return backup_list.listed(found, key=bytes(session.key)), str(place)

        self._desk.long("", work, while_alive(self, lambda found: self._show(*found)))

    def _show(self, found: list[Listed], place: str) -> None:
        now = self._desk.now()
        self.table.show_rows([row_of(self.tr, one, now, self._desk.store.home) for one in found])
        if found and self.table.current_id() is None:
            self.table.go_to_row(0)
        self.read.setEnabled(bool(found))
        self.place.setText(
            self.tr("The newest goes to {0} too, whenever that is there.").format(place)
            if place
            else self.tr("No second place: if this disk breaks, it takes every copy along.")
        )

    def open_copy(self) -> None:
        """Open the chosen backup to be read, in a process of its own: it asks for the passphrase."""
        chosen = self.table.current_id()
        if chosen is None:
            return
        try:
            start(window_command(self._desk.store.home, Path(str(chosen))))
        except OSError:
            self.problem.say(self.tr("The window could not be started."), self.tr("Try “triage --as-of FILE”."))
            self.problem.show()
            return
        self.accept()

    def make_now(self) -> None:
        """Make a copy now."""
        backing_up = self._desk.backing_up
        if backing_up is None or backing_up.is_at_work():
            return
        self.make.setEnabled(False)
        backing_up.make_now(lambda: while_alive(self, lambda _: self._made())(None))

    def _made(self) -> None:
        self.make.setEnabled(True)
        said = self._desk.backing_up.status if self._desk.backing_up is not None else None
        if said is not None and said.what:
            self.problem.say(said.what, said.do)
            self.problem.show()
        else:
            self.problem.hide()
        self.refresh()

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Where the newest backup shall go too"))
        if name:
            self.set_place(name)

    def set_place(self, folder: str) -> None:
        """Have a folder be the second place, and write the newest copy there."""
        then = while_alive(self, lambda _: self.make_now())
        self._desk.set(backups.PLACE, str(Path(folder)), then, while_alive(self, self._refused))

    def _refused(self, error: TriageError) -> None:
        self.problem.say(error.what, error.do)
        self.problem.show()
