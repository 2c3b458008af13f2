"""The form dialog: fields that scroll where the window is low, the reason of a refusal in place, one primary button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import shiboken6
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from triage_app.errors import TriageError
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.precise_times import Moment, lasting_moment, read_moment
from triage_app.services.precise_times import in_words as moment_in_words
from triage_app.services.session import Session
from triage_app.services.times import in_words, lasting, read_time, typed_day
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.text import set_role
from triage_app.ui.widgets import Banner, FormRow, ScrollPage, TextField, danger, primary, secondary
from triage_app.ui.widgets.secret_field import SecretField


class FormDialog(Dialog):
    """A form that does one act. It stays open, with what was typed, when the act is refused.

    It is about the record that it was opened on, whatever the window shows meanwhile: a form is given the record, and
    asks no view for it again.
    """

    holds_up = False
    destroys = False
    "Whether its act destroys something: its button is the red one then."

    def __init__(
        self, desk: Desk, heading: str, save: str, parent: QWidget, *, text: str = "", width: int = 480
    ) -> None:
        """``save`` names the act itself, never "OK"; ``text`` is said under the heading."""
        super().__init__(heading, text, parent)
        about = about_words(parent)
        if about and about not in heading:
            self.setWindowTitle(f"{heading}, {about}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desk = desk
        self._wanted = width
        self._shown = False
        self.problem = Banner()
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.form = ScrollPage((6, 6, 8, 6), 14)
        self.form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.body.addWidget(self.form, 1)
        self.cancel = secondary(self.tr("Cancel"), key="Esc")
        self.save = (danger if self.destroys else primary)(save, key="Ctrl ↵")
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.submit)
        self.add_buttons(self.cancel, self.save)
        desk.failed.connect(self._let_go)
        self._asked = ""
        self._at_first: dict[QLineEdit | QPlainTextEdit, str] = {}
        "What stands in each field without anybody having typed it."

    def typed(self) -> str:
        """Return the words that somebody typed here and that are kept nowhere yet, "" for none."""
        times = {row.entry: row for row in self.findChildren(TypedTime)}
        fields = [
            one for one in self.findChildren(QLineEdit) if self._is_changed(one) and not isinstance(one, SecretField)
        ]
        lines = [(times[one] if isinstance(one, TextField) and one in times else one).text() for one in fields]
        areas = [one.toPlainText() for one in self.findChildren(QPlainTextEdit) if self._is_changed(one)]
        return "\n".join(words for words in (*lines, *areas) if words.strip())

    def _is_changed(self, field: QLineEdit | QPlainTextEdit) -> bool:
        """Whether somebody typed there, and it says something else than stood there before."""
        return _is_typed(field) and _said(field) != self._at_first.get(field)

    def _watch(self) -> None:
        """From now on, know what stands in each field, secrets apart: what is there, or what the form puts there."""
        lines = [one for one in self.findChildren(QLineEdit) if not isinstance(one, SecretField)]
        fields: list[QLineEdit | QPlainTextEdit] = [*lines, *self.findChildren(QPlainTextEdit)]
        for field in fields:
            self._at_first[field] = _said(field)
            field.textChanged.connect(partial(self._put_there, field))
            if isinstance(field, QPlainTextEdit):  # it says so only after its text has changed
                field.document().modificationChanged.connect(partial(self._put_there, field))

    def _put_there(self, field: QLineEdit | QPlainTextEdit, *_: object) -> None:
        if not _is_typed(field):
            self._at_first[field] = _said(field)

    def reject(self) -> None:
        """Close without the act. Words that were typed are thrown away only when that is asked for twice."""
        words = self.typed()
        if words and words != self._asked and self.save.isEnabled():
            self._asked = words
            self.say(
                self.tr("What you typed is not kept yet."),
                self.tr("Esc once more throws it away; Ctrl Enter keeps it: {0}.").format(self.save.text()),
            )
            return
        super().reject()

    def submit(self) -> None:
        """Do what the form is for; each form says what, and calls ``run``."""

    def run(self, work: Callable[[Session], Changes], then: Callable[[Changes], None] | None = None) -> None:
        """Do the act; close when it is done, then go on with ``then``. Say in place why it is refused."""
        self.save.setEnabled(False)
        self.problem.hide()

        def done(changes: Changes) -> None:
            if shiboken6.isValid(self):
                self.accept()
            if then is not None:
                then(changes)

        def refused(trouble: TriageError) -> None:
            if shiboken6.isValid(self):
                self.say(trouble.what, trouble.do)
                self._let_go()

        self.desk.act(work, done, refused)

    def say(self, what: str, do: str) -> None:
        """Say in place what is wrong and what to do."""
        self.problem.say(what, do, "amber")
        self.problem.show()

    def _let_go(self) -> None:
        self.save.setEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a line, and Ctrl+Enter anywhere, does the act."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            in_area = isinstance(self.focusWidget(), QPlainTextEdit)
            if self.save.isEnabled() and (with_ctrl or not in_area):
                self.submit()
            event.accept()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the size of the form, as far as the window behind allows."""
        if not self._shown:
            self._shown = True
            self._fit()
            self._watch()
        super().showEvent(event)

    def _fit(self) -> None:
        self.fit(self.form, self._wanted)


def about_words(parent: QWidget) -> str:
    """Return the reference of the record whose page a form is opened from, or "": its title names it."""
    step: QWidget | None = parent
    while step is not None:
        said = getattr(step, "about_words", None)
        if callable(said):
            return str(said())
        step = step.parentWidget()
    return ""


def _is_typed(field: QLineEdit | QPlainTextEdit) -> bool:
    return field.isModified() if isinstance(field, QLineEdit) else field.document().isModified()


def _said(field: QLineEdit | QPlainTextEdit) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


class TypedTime(FormRow):
    """A field for a time, with what it is read as under it: what was shown is what is kept.

    Words such as "-10m" are read once, when they are typed, and not again while they stay as they are.
    """

    def __init__(self, label: str, now: Callable[[], datetime], text: str, hint: str) -> None:
        self.entry = TextField(name=label)
        super().__init__(label, self.entry, hint)
        self._now = now
        self._seen = now()
        self.trouble: TriageError | None = None
        self.entry.textChanged.connect(self._typed)
        self.entry.setText(text)

    def seen_at(self) -> datetime:
        """Return when what stands there was typed: from then on "-10m" is ten minutes before that."""
        return self._seen

    def text(self) -> str:
        """Return the time as it was typed, or, where those words would soon mean another, the time they were read as.

        So it may be read at any later moment.
        """
        words = self.entry.text().strip()
        return self._lasting(words) if words else ""

    def _typed(self) -> None:
        self._seen = self._now()
        self.trouble = None
        self.set_problem("")
        if self.entry.text().strip():
            self._read()
        self.entry.setAccessibleDescription(self._note.text())

    def _read(self) -> None:
        try:
            self._note.setText(self._in_words(self.entry.text().strip()))
        except TriageError as trouble:
            self.trouble = trouble
            self.set_problem(f"{trouble.what} {trouble.do}")
            return
        except (OverflowError, ValueError):
            self.set_problem(self.tr("That time is out of reach."))
            return
        self._note.setVisible(True)
        set_role(self._note, "text2")

    def say_doubt(self, doubted: bool) -> None:
        """Say beside the time that another contradicts it, or no longer; one that cannot be read says its own."""
        words = self.entry.text().strip()
        if not words or self.trouble is not None:
            return
        shown = self._in_words(words)
        self._note.setText(self.tr("{0}: in doubt").format(shown) if doubted else shown)
        set_role(self._note, "amber" if doubted else "text2")
        self.entry.setAccessibleDescription(self._note.text())

    def _lasting(self, words: str) -> str:
        raise NotImplementedError

    def _in_words(self, words: str) -> str:
        """Return what some words are read as. Raises ``BadInput``."""
        raise NotImplementedError


class TimeRow(TypedTime):
    """A time as responders type it, with what it is read as under it, day and zone written out."""

    def __init__(self, label: str, now: Callable[[], datetime], text: str = "", *, hint: str = "") -> None:
        """``text`` is what stands there at first; ``hint`` is said while it is empty."""
        usual = QCoreApplication.translate("TimeRow", "For example 4h, 09:30, or {0} 09:30").format(typed_day(now()))
        super().__init__(label, now, text, hint or usual)

    def is_readable(self) -> bool:
        """Tell whether it is empty or a time."""
        try:
            return not self.text() or read_time(self.text(), self.seen_at()) is not None
        except TriageError:
            return False

    def _lasting(self, words: str) -> str:
        return lasting(words, self.seen_at())

    def _in_words(self, words: str) -> str:
        return in_words(milliseconds(read_time(words, self.seen_at())))


class MomentRow(TypedTime):
    """A time as it is known, with what it is read as under it: no more precise than it was typed."""

    def __init__(self, label: str, now: Callable[[], datetime], text: str = "", *, hint: str = "") -> None:
        """``text`` is what stands there at first; ``hint`` is said while it is empty."""
        super().__init__(label, now, text, hint or QCoreApplication.translate("MomentRow", "Not recorded"))

    def moment(self) -> Moment | None:
        """Return the time that was typed; None for none, or for one that cannot be read."""
        try:
            return read_moment(self.text(), self.seen_at()) if self.text() else None
        except TriageError:
            return None

    def is_readable(self) -> bool:
        """Tell whether it is empty or a time."""
        return not self.text() or self.moment() is not None

    def _lasting(self, words: str) -> str:
        return lasting_moment(words, self.seen_at())

    def _in_words(self, words: str) -> str:
        return moment_in_words(read_moment(words, self.seen_at()))
