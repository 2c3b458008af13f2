"""What one import came to: counts, kinds, what was left out or set aside and why; one press takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from triage_app.respoken import respoken
from triage_app.services import import_history, taking_back
from triage_app.services.changes import Changes
from triage_app.services.import_history import ImportSummary
from triage_app.services.times import in_words
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.take_back import set_aside_words
from triage_app.ui.messages import Dialog, ask_dialog
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.kind_words import import_name, kinds_in_words, left_out_in_words, recognised_by
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import (
    Banner,
    Card,
    Facts,
    Flow,
    Landing,
    ScrollPage,
    TextField,
    column,
    danger,
    secondary,
)

_MOST_SHOWN = 30
"""Reasons, and files inside, that are written out."""


class ImportSummaryPane(Landing):
    """One import at a time."""

    acted = Signal(str)
    """What was done with it, in words."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.shown: ImportSummary | None = None
        self.asked: Dialog | None = None
        self.page = ScrollPage((Size.CARD, 14, Size.CARD, 14), 12)
        self.page.setAccessibleName(self.tr("What the import came to"))
        self.heading = text_label("", "h2", wrap=True, selectable=True)
        self.state = Banner(kind="tint")
        self.when = text_label("", "small", "text2", wrap=True)
        self.counts = Facts(120)
        self.about = Facts(120)
        self.rejects = Card(self.tr("Set aside"), self.tr("with line and reason"))
        self.reasons = Facts(90)
        self.left = Facts(90)
        self.file = TextField(name=self.tr("File with the records that could not be read"))
        self.file.setReadOnly(True)
        self.file.setFont(font("mono"))
        self.gone = text_label("", "small", "text2", wrap=True)
        self.folder, self.copy = secondary(self.tr("Open the folder")), secondary(self.tr("Copy the path"), icon="copy")
        self.delete = danger(self.tr("Delete these rows"))
        self.inside = Card(self.tr("Files inside"))
        self.parts = Facts(160)
        self.take_back = danger(self.tr("Take back this import"))
        self.put_back = secondary(self.tr("Put it back"))
        self.put_all_back = secondary("")
        self._build()
        self.show_summary(None)

    def _build(self) -> None:
        mend = self.tr(
            "Mend them in the file and import it again. It is not encrypted: delete it when you are done."
            " It goes when the import is taken back."
        )
        self.rejects.body.addWidget(self.reasons)
        self.rejects.body.addWidget(self.left)
        self.mend = text_label(mend, "small", "text2", wrap=True)
        self.rejects.body.addWidget(self.mend)
        self.rejects.body.addWidget(self.file)
        self.rejects.body.addWidget(self.gone)
        holder = QWidget()
        buttons = Flow(holder)
        for button in (self.folder, self.copy, self.delete):
            buttons.addWidget(button)
        self.rejects.body.addWidget(holder)
        self.inside.body.addWidget(self.parts)
        for part in (self.heading, self.when, self.state, self.counts, self.about, self.rejects, self.inside):
            self.page.body.addWidget(part)
        last = QWidget()
        acts = Flow(last)
        for button in (self.take_back, self.put_back, self.put_all_back):
            acts.addWidget(button)
        self.page.body.addWidget(last)
        self.page.body.addStretch(1)
        self.nothing = text_label(self.tr("No import is chosen."), "small", "text2", wrap=True)
        self.nothing.setContentsMargins(Size.CARD, 14, Size.CARD, 14)
        lines = column(self, gap=0)
        lines.addWidget(self.nothing, 0, Qt.AlignmentFlag.AlignTop)
        lines.addWidget(self.page)
        self.page.hide()
        self.land_on(self.page)
        self.folder.clicked.connect(self._open_folder)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.file.text()))
        self.take_back.clicked.connect(self.ask_to_take_back)
        self.put_back.clicked.connect(lambda: self._put_back(all_of_them=False))
        self.put_all_back.clicked.connect(lambda: self._put_back(all_of_them=True))
        self.delete.clicked.connect(self.ask_to_delete_rejects)

    # -- showing ------------------------------------------------------------------------------------------

    def show_import(self, import_id: str) -> None:
        """Read an import and show it; nothing for one that is not there."""
        if not import_id:
            self.show_summary(None)
            return
        self._desk.query(lambda store: import_history.summary(store, import_id), while_alive(self, self.show_summary))

    def show_summary(self, found: ImportSummary | None) -> None:
        """Show an import, or nothing."""
        self.shown = found
        self.page.setVisible(found is not None)
        self.nothing.setVisible(found is None)
        if found is None:
            return
        self.heading.setText(import_name(found.name, found.origin))
        self.when.setText(self._when(found))
        words = [self.tr("Taken back: its records are kept, but no longer shown.")] if found.undone else []
        if found.decided:
            words.append(self._kept(found.decided))
        self.state.say(" ".join(words), kind="amber" if found.undone else "tint")
        self.state.setVisible(bool(words))
        rows = [
            (self.tr("Records"), f"{found.records:,}"),
            (self.tr("New"), f"{found.new:,}"),
            (self.tr("Repeats"), f"{found.repeats:,}"),
            (self.tr("Rejected"), f"{found.rejected:,}"),
        ]
        if found.left_out:
            by = self.tr("{0}, by {1}").format(f"{found.left_out:,}", found.left_out_by)
            rows.append((self.tr("Left out by hand"), by))
        self.counts.set_rows(rows)
        self.about.set_rows(self._facts(found))
        self._show_rejects(found)
        self.inside.setVisible(bool(found.parts))
        parts = [(part["name"], harmless(respoken(part["why"]) or part["format"])) for part in found.parts]
        self._say_rows(self.parts, parts)
        self.take_back.setVisible(not found.undone and not found.origin)
        self.put_back.setVisible(found.undone and not found.origin)
        self.put_all_back.setText(self.tr("Put back all {0} taken back with it").format(len(found.together)))
        self.put_all_back.setVisible(found.undone and not found.origin and len(found.together) > 1)

    def _when(self, found: ImportSummary) -> str:
        if found.origin and not found.started_at:
            return self.tr("Another laptop took the file in; these of its rows came in a bundle.")
        words = in_words(found.started_at)
        if found.milliseconds is not None and found.milliseconds >= 1000:
            words += self.tr(", in {0} s").format(f"{found.milliseconds / 1000:,.1f}")
        if found.rows_a_second and found.records >= 5_000:
            words += self.tr(", {0} rows/s").format(f"{found.rows_a_second:,}")
        if found.origin:
            words += " · " + self.tr("came in a bundle")
        return words

    def _kept(self, many: int) -> str:
        if many == 1:
            return self.tr("Somebody decided on 1 of its alerts: that is kept when it is taken back.")
        return self.tr("Somebody decided on {0} of its alerts: that is kept when it is taken back.").format(f"{many:,}")

    def _facts(self, found: ImportSummary) -> list[tuple[str, str] | tuple[str, str, str]]:
        what = found.title if found.source in ("", found.title) else f"{found.title} · {found.source}"
        rows: list[tuple[str, str] | tuple[str, str, str]] = [(self.tr("What it is"), what)]
        rows.append((self.tr("Recognised by"), recognised_by(found.why, found.title) or "–"))
        rows.append((self.tr("Brought"), kinds_in_words(found.kinds) or "–"))
        if found.ignored:
            rows.append((self.tr("Left out"), left_out_in_words(found.ignored, found.format)))
        rows.append((self.tr("Organisation"), found.organisation or "–"))
        return rows

    def _show_rejects(self, found: ImportSummary) -> None:
        self.rejects.setVisible(found.rejected > 0 or found.left_out > 0)
        at_record = self.tr("Record {0}")
        named = found.left_out_rows[: _MOST_SHOWN - 1]
        left = [(at_record.format(f"{each.number:,}"), harmless(each.words)) for each in named]
        if found.left_out > len(left):
            left.append(("…", self.tr("{0} more").format(f"{found.left_out - len(left):,}")))
        self._say_rows(self.left, left)
        at_line = self.tr("{0}; first at line {1}")
        rows = []
        for each in found.reasons:
            words = harmless(respoken(each.words))
            if each.line:
                words = at_line.format(words.rstrip("."), f"{each.line:,}")
            rows.append((f"{each.count:,} ×", words))
        self._say_rows(self.reasons, rows)
        is_kept = bool(found.rejects_file)
        self.file.setText(found.rejects_file)
        for part in (self.mend, self.file, self.folder, self.copy, self.delete):
            part.setVisible(is_kept)
        gone = self.tr("They were deleted with the import that was taken back.")
        self.gone.setText(gone if found.undone else self.tr("They are no longer kept: their file was deleted."))
        self.gone.setVisible(not is_kept and found.rejected > 0)

    @staticmethod
    def _say_rows(facts: Facts, rows: list[tuple[str, str]]) -> None:
        """Show rows of which several may begin alike."""
        shown = [(f"{label}{' ' * number}", words) for number, (label, words) in enumerate(rows[:_MOST_SHOWN])]
        if len(rows) > _MOST_SHOWN:
            shown.append(("…", f"{len(rows) - _MOST_SHOWN:,}"))
        facts.set_rows(shown)
        facts.setVisible(bool(shown))

    def _open_folder(self) -> None:
        if self.file.text():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self.file.text()).parent)))

    # -- taking back --------------------------------------------------------------------------------------

    def ask_to_take_back(self) -> None:
        """Ask whether the import shown is to be taken back, and say what stays."""
        found = self.shown
        if found is None or found.undone or found.origin or self.asked is not None:
            return
        kept = self._kept(found.decided) if found.decided else self.tr("Nobody has decided anything on its alerts.")
        kept_records = found.records - found.rejected - found.left_out
        words = self.tr("Its {0} records are then no longer shown, unless another import brought them too.")
        if kept_records == 1:
            words = self.tr("Its record is then no longer shown, unless another import brought it too.")
        question = self.tr("Take back the import of {0}?").format(found.name)
        detail = f"{words.format(f'{kept_records:,}')} {kept} {set_aside_words([found])}".strip()
        self.asked = asked = ask_dialog(self, question, self.tr("Take it back"), detail, dangerous=True)
        asked.accepted.connect(lambda: self._take_back(found.id))
        asked.finished.connect(lambda _: setattr(self, "asked", None))
        asked.open()

    def _take_back(self, import_id: str) -> None:
        done = self._then(import_id)
        self._desk.act(lambda session: taking_back.take_back(session, [import_id]), while_alive(self, done))

    def _put_back(self, *, all_of_them: bool) -> None:
        found = self.shown
        if found is not None and found.undone:
            self.put_back_these(found.id, found.together if all_of_them else (found.id,))

    def put_back_these(self, import_id: str, ids: Sequence[str]) -> None:
        """Show the records of some imports again, and then one of these imports as it is now."""
        done = self._then(import_id)
        self._desk.act(lambda session: taking_back.put_back(session, ids), while_alive(self, done))

    def _then(self, import_id: str) -> Callable[[Changes], None]:
        """Return what says that something was done with an import, and shows it as it is now."""

        def done(changes: Changes) -> None:
            self.acted.emit(f"{changes.label}.")
            self.show_import(import_id)

        return done

    # -- rejected rows ------------------------------------------------------------------------------------

    def ask_to_delete_rejects(self) -> None:
        """Ask whether the rejected rows are to be deleted for good."""
        found = self.shown
        if found is None or not found.rejects_file or self.asked is not None:
            return
        question = self.tr("Delete the rows of {0} that were set aside?").format(found.name)
        detail = self.tr(
            "What was imported stays. The rows themselves are then to be found in the original file alone."
        )
        self.asked = asked = ask_dialog(self, question, self.tr("Delete them"), detail, dangerous=True)
        asked.accepted.connect(lambda: self._delete_rejects(found.id))
        asked.finished.connect(lambda _: setattr(self, "asked", None))
        asked.open()

    def _delete_rejects(self, import_id: str) -> None:
        def told(words: str) -> None:
            self.acted.emit(f"{words}.")
            self.show_import(import_id)

        self._desk.long("", lambda session, _: taking_back.delete_rejects(session, import_id), while_alive(self, told))
