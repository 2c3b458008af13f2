"""Merging bundles: what each says of itself, what would change, and only then the merge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.services import exchange
from triage_app.services.exchange import Merged
from triage_app.services.import_alerts import index_wait
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.bundle_passphrase import BundlePassphrase, withheld_words
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views import moments
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Banner, EmptyState, Facts, column, primary, secondary

_ROWS_SHOWN = 6
_SURPRISES = 5


class MergeDialog(Dialog):
    """Choose files, see what would change, merge."""

    merged = Signal(object)
    """``Merged``: what the merge came to."""

    def __init__(self, desk: Desk, paths: Sequence[Path] = (), parent: QWidget | None = None) -> None:
        super().__init__(desk.tr("Merge a bundle"), parent=parent)
        self.setMinimumWidth(680)
        self._desk = desk
        self._paths: list[Path] = []
        self.preview: Merged | None = None
        self.choose = secondary(self.tr("Choose files"), icon="document")
        self.choose.clicked.connect(lambda: self._choose())
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self.words = text_label(
            self.tr("Choose the file or files that another laptop wrote for this one. Nothing is taken from them "
                    "before you have seen what would change."), "body", "text2", wrap=True, selectable=True,
        )  # fmt: skip
        self.body.addWidget(self.words)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.passphrase = BundlePassphrase()
        self.passphrase.given.connect(lambda: self.read_files(self._paths))
        self.body.addWidget(self.passphrase)
        self._found = QWidget()
        self._build_found()
        self.body.addWidget(self._found)
        self.close_button = secondary(self.tr("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.merge = primary(self.tr("Merge"))
        self.merge.setEnabled(False)
        self.merge.clicked.connect(self._merge)
        self.add_buttons(self.close_button, self.merge)
        if paths:
            self.read_files(paths)

    def _build_found(self) -> None:
        lines = column(self._found, gap=10)
        self._from = Facts(110)
        lines.addWidget(self._from)
        self._heading = text_label("", "h3")
        lines.addWidget(self._heading)
        self.incidents = RowsTable(
            [
                Column("state", self.tr("Change"), 110, sortable=False),
                Column("ref", self.tr("Incident"), 150, "mono", sortable=False),
                Column("title", self.tr("Title"), 200, "title", stretch=True, sortable=False),
            ],
            self.tr("Incidents that would change"),
            inset=Size.CARD,
        )
        self.incidents.strong_current = False
        self.incidents.set_empty(EmptyState(self.tr("No incident would change.")))
        lines.addWidget(self.incidents)
        self.surprises = text_label("", "small", wrap=True, selectable=True)
        lines.addWidget(self.surprises)
        self.counts = Facts(150)
        lines.addWidget(self.counts)
        self._found.hide()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, self.tr("Bundles"), "", self.tr("Bundles (*.bundle*);;All (*)"))
        if chosen:
            self.read_files([Path(name) for name in chosen])

    def read_files(self, paths: Sequence[Path]) -> None:
        """Verify some files and show what merging them would change; nothing is taken from them."""
        chosen = list(paths)
        self._paths = chosen
        self.preview = None
        self.merge.setEnabled(False)
        self._found.hide()
        self.trouble.hide()
        self.words.setText(self.tr("Verifying {0} …").format(", ".join(path.name for path in chosen)))
        opens = self.passphrase.text()

        def work(session: Session, _: Progress) -> tuple[list[dict[str, Any]], Merged]:
            said = [exchange.inspect_bundle(session, path, passphrase=opens) for path in chosen]
            return said, exchange.merge_bundle(session, chosen, dry_run=True, passphrase=opens)

        def answer(found: tuple[list[dict[str, Any]], Merged]) -> None:
            self._show(*found)

        shown = while_alive(self, answer)
        self._desk.long(self.tr("Verifying a bundle"), work, shown, while_alive(self, self._refuse))

    def _show(self, said: list[dict[str, Any]], preview: Merged) -> None:
        self.preview = preview
        self.passphrase.hide()
        now = self._desk.now()
        rows: list[tuple[str, str] | tuple[str, str, str]] = []
        for path, one in zip(self._paths, said, strict=True):
            sender = one["from"]
            who = f"{sender['name']}, {sender['organisation']}"
            if sender.get("nation"):
                who += f" ({sender['nation']})"
            created = one["created"]
            when = moments.short(created, now) if isinstance(created, int) else self.tr("not known")
            parts = self.tr(", part {0} of {1}").format(one["part"], one["parts"]) if one["parts"] != 1 else ""
            text = self.tr("from {0}, written {1}, {2}{3}").format(who, when, one["tlp"] or "TLP:?", parts)
            rows.append((path.name, harmless(text)))
        self._from.set_rows(rows)
        self.words.setText(self.tr("Verified: whole, sealed for this laptop, and signed by a device it trusts."))
        self._heading.setText(self.tr("What would change"))
        self._show_result(preview)
        nothing = not preview.applied and not preview.evidence_new and not preview.filled and not preview.pending
        if nothing:
            self.words.setText(self.tr("Verified. Everything in it is here already: merging it changes nothing."))
        self.merge.setEnabled(True)
        self._found.show()
        self.choose.setText(self.tr("Choose other files"))
        self.adjustSize()

    def _show_result(self, result: Merged) -> None:
        states = {
            "new": Cell(self.tr("New"), "plus", "accent", strong=True),
            "changed": Cell(self.tr("Changed"), "edit"),
            "conflict": Cell(self.tr("Conflict"), "warning", "amber", strong=True),
            "taken back": Cell(self.tr("Taken back"), "warning", "amber", strong=True),
        }
        order = {"taken back": 0, "conflict": 1, "new": 2, "changed": 3}
        found = sorted(result.incidents, key=lambda one: (order.get(one["state"], 4), one["ref"]))
        self.incidents.show_rows(
            [{**one, "state": states[one["state"]], "title": harmless(one["title"])} for one in found]
        )
        shown = max(2, min(_ROWS_SHOWN, len(found)))
        self.incidents.setFixedHeight(Size.TABLE_HEAD + shown * self.incidents.row_height + 2)
        said = result.surprises[:_SURPRISES]
        if len(result.surprises) > len(said):
            said.append(self.tr("And {0} more of the kind.").format(len(result.surprises) - len(said)))
        self.surprises.setText(harmless("\n".join(said)))
        self.surprises.setVisible(bool(result.surprises))
        pending = self.tr("{0} operations, kept until what is missing arrives")
        conflicts = self.tr("{0}, to be settled in the conflict inbox") if result.conflicts else "{0}"
        self.counts.set_rows(
            [
                (self.tr("Applied"), self.tr("{0} operations").format(result.applied)),
                (self.tr("Already here"), self.tr("{0} operations").format(result.already)),
                (self.tr("Conflicts"), conflicts.format(len(result.conflicts))),
                (self.tr("Withheld"), withheld_words(result, self.tr)),
                (
                    self.tr("Pending"),
                    pending.format(result.pending),
                ),
                (self.tr("Refused"), str(result.refused)),
                (self.tr("Evidence"), self.tr("{0} new rows").format(result.evidence_new)),
            ]
        )

    def _refuse(self, error: TriageError) -> None:
        self.words.setText(self.tr("Nothing was taken from it."))
        self.passphrase.ask_if(error)
        self.trouble.say(error.what, error.do, "amber")
        self.trouble.show()
        self.merge.setEnabled(False)

    def _merge(self) -> None:
        paths, opens = self._paths, self.passphrase.text()
        self.merge.setEnabled(False)
        self.choose.setEnabled(False)
        self.words.setText(self.tr("Merging …"))

        def work(session: Session, progress: Progress) -> Merged:
            done = exchange.merge_bundle(session, paths, passphrase=opens)
            index_wait(session, progress)
            return done

        desk, shown = self._desk, while_alive(self, self._done)

        def done(result: Merged) -> None:
            if result.changes is not None:
                desk.changed(result.changes)  # also when this dialog has been closed: the views must hear of it
            shown(result)

        desk.long(self.tr("Merging a bundle"), work, done, while_alive(self, self._refuse))

    def _done(self, result: Merged) -> None:
        self.words.setText(self.tr("Merged. Merging the same file again would change nothing."))
        self._heading.setText(self.tr("What has changed"))
        self._show_result(result)
        self.merge.hide()
        self.choose.hide()
        self.close_button.setText(self.tr("Close"))
        self.merged.emit(result)
