"""The one place that speaks to the responder: at the foot, in a banner, in a question, or of our own bug.

Plain text throughout: what is said may hold words from outside.
"""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLayout, QPlainTextEdit, QWidget

from triage_app.errors import TriageError
from triage_app.ui.arriving import Arriving
from triage_app.ui.shell import Shell
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.banner import Banner
from triage_app.ui.widgets.buttons import Button, danger, primary, secondary
from triage_app.ui.widgets.panel import ScrollPage, column, row

_MARGIN: Final = 32
"""Logical pixels by which a dialog is at least smaller than the window behind it."""
_SLACK: Final = 22
"""What wrapped labels may need beyond what they asked for."""
_LEAST: Final = 96


class Dialog(QDialog):
    """A dialog of ours: a heading, plain words, content, and buttons at the right."""

    holds_up: ClassVar[bool] = True
    """Whether the window waits for the answer: only for what destroys, or cannot be taken back (ADR 30)."""

    def __init__(self, heading: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(heading)
        self.setModal(self.holds_up)
        self.setMinimumWidth(420)
        self.body = column(self, (Size.PAGE, Size.PAGE, Size.PAGE, Size.PAGE), 10)
        self.heading = text_label(heading, "h2", wrap=True)
        self.body.addWidget(self.heading)
        if text:
            self.body.addWidget(text_label(text, "body", "text2", wrap=True, selectable=True))
        self._buttons: QHBoxLayout | None = None

    def open(self) -> None:
        """Show it. One that holds nothing up and is open already, about the same, comes forward instead."""
        if self.holds_up:
            super().open()
            return
        for other in QApplication.topLevelWidgets():
            if other is not self and other.isVisible() and self._is_twin(other):
                other.activateWindow()
                self.deleteLater()
                return
        behind = self.parentWidget()
        if behind is not None:
            Arriving(self, behind.window())
        self.show()
        self.activateWindow()

    def done(self, result: int) -> None:
        """Close; where this had the keyboard the window behind has it again, as when a modal dialog closes."""
        had = self.isActiveWindow()
        super().done(result)
        behind = self.parentWidget()
        if had and not self.holds_up and behind is not None and behind.window().isVisible():
            behind.window().activateWindow()

    def _is_twin(self, other: QWidget) -> bool:
        same = type(other) is type(self) and other.windowTitle() == self.windowTitle()
        return same and other.parentWidget() is self.parentWidget()

    def fit(self, page: ScrollPage, wanted: int) -> None:
        """Become ``wanted`` wide and as high as what ``page`` holds, as far as the window behind allows.

        The rest of the page scrolls, so that the buttons are always on the screen.
        """
        behind = self.parentWidget()
        window = behind.window().size() if behind is not None else self.sizeHint()
        width = max(self.minimumWidth(), min(wanted, window.width() - _MARGIN))
        inner = page.widget()
        layout = inner.layout()
        margins = self.body.contentsMargins()
        within = width - margins.left() - margins.right()
        tall = inner.sizeHint().height()
        if layout is not None and layout.hasHeightForWidth():
            tall = layout.totalHeightForWidth(within) + _SLACK
        self.ensurePolished()
        around = self.body.totalHeightForWidth(width) if self.body.hasHeightForWidth() else self.sizeHint().height()
        around -= page.sizeHint().height()
        room = window.height() - _MARGIN - around
        page.setMinimumHeight(max(_LEAST, min(tall + 2, room)))
        self.resize(width, around + max(_LEAST, min(tall + 2, room)))

    def make_room(self) -> None:
        """Be as high as the wrapped words need at this width; never lower than now."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            for part in self.findChildren(QLayout):  # those within keep what they reckoned before words were changed
                part.invalidate()
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def resize_within(self, width: int, height: int) -> None:
        """Become so large, as far as the window behind allows."""
        behind = self.parentWidget()
        if behind is not None:
            room = behind.window().size()
            width, height = min(width, room.width() - _MARGIN), min(height, room.height() - _MARGIN)
        self.resize(width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 opens the manual at the page of this dialog."""
        if event.key() == Qt.Key.Key_F1:
            from triage_app.ui.manual import open_manual  # it is itself a dialog

            open_manual(self)
            event.accept()
        else:
            super().keyPressEvent(event)

    def by_ctrl_enter(self, button: Button) -> None:
        """Let Ctrl+Enter press a button from anywhere in this dialog, and the button say so."""
        button.set_key("Ctrl ↵")
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(button.click)

    def hand_on(self, to: QWidget, *done_with: QWidget) -> None:
        """Give ``to`` the focus that what is done with still has; whoever went elsewhere meanwhile stays there."""
        has = self.focusWidget()
        stays = has is not None and has is not self and has.isVisibleTo(self)
        if not stays or any(one is has or one.isAncestorOf(has) for one in done_with if has is not None):
            to.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_buttons(self, *buttons: Button) -> None:
        """Add the row of buttons, in reading order; call it after the content."""
        self._buttons = row(gap=8)
        self._buttons.addStretch(1)
        for button in buttons:
            self._buttons.addWidget(button)
        self.body.addSpacing(8)
        self.body.addLayout(self._buttons)


class Messages(QObject):
    """How views speak. Tests put another object with these four methods in its place."""

    def __init__(self, shell: Shell) -> None:
        """Speak through one window."""
        super().__init__(shell)
        self._shell = shell

    def inform(self, text: str, glyph: str = "ok") -> None:
        """Say at the foot what happened."""
        self._shell.set_status(text, glyph)

    def warn(self, banner: Banner | None, trouble: TriageError | str, do: str = "") -> None:
        """Say what went wrong and what to do: in a banner in place, or at the foot where there is none."""
        what, then = (trouble.what, trouble.do) if isinstance(trouble, TriageError) else (trouble, do)
        if banner is None:
            self._shell.set_status(f"{what} {then}".strip(), "warning")
        else:
            banner.say(what, then, "amber")
            banner.show()

    def ask(self, question: str, do_label: str, detail: str = "", danger: bool = False) -> bool:
        """Ask whether to go on; ``do_label`` names the act itself, never "OK". Escape is no."""
        return ask_dialog(self._shell, question, do_label, detail, danger).exec() == QDialog.DialogCode.Accepted

    def report_bug(self, text: str) -> None:
        """Show a fault of ours, with a report that can be copied; ``text`` holds no record content."""
        bug_dialog(self._shell, text).exec()


def ask_dialog(parent: QWidget, question: str, do_label: str, detail: str = "", dangerous: bool = False) -> Dialog:
    """Return the dialog of a question; the safe answer has the focus where the other destroys."""
    made = Dialog(question, detail, parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    no = secondary(made.tr("Cancel"))
    yes = danger(do_label) if dangerous else primary(do_label)
    no.clicked.connect(made.reject)
    yes.clicked.connect(made.accept)
    made.add_buttons(no, yes)
    (no if dangerous else yes).setFocus(Qt.FocusReason.OtherFocusReason)
    return made


def bug_dialog(parent: QWidget | None, report: str) -> Dialog:
    """Return the dialog of a fault of ours."""
    made = Dialog(QCoreApplication.translate("Messages", "Something went wrong in the program"), parent=parent)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    words = made.tr(
        "This is a fault of ours, not of yours. Nothing half-done was kept. The report below holds no record content; "
        "please send it to whoever looks after this program."
    )
    made.body.addWidget(text_label(words, "body", "text2", wrap=True))
    shown = QPlainTextEdit(report)
    shown.setReadOnly(True)
    shown.setFont(font("mono"))
    shown.setAccessibleName(made.tr("Report"))
    made.body.addWidget(shown)
    copy, close = secondary(made.tr("Copy the report"), icon="copy"), primary(made.tr("Close"))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
    close.clicked.connect(made.accept)
    made.add_buttons(copy, close)
    close.setFocus(Qt.FocusReason.OtherFocusReason)
    made.resize_within(620, 420)
    return made


def refusal_dialog(error: TriageError) -> Dialog:
    """Return the dialog that says why there is no window: what happened and what to do."""
    made = Dialog(QCoreApplication.translate("Messages", "Triage cannot start"))
    made.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
    said = text_label(f"{error.what} {error.do}", "body", wrap=True, selectable=True)
    made.body.addWidget(said)
    made.setAccessibleDescription(said.text())
    close = primary(made.tr("Close"))
    close.clicked.connect(made.accept)
    made.add_buttons(close)
    close.setFocus(Qt.FocusReason.OtherFocusReason)
    made.resize_within(480, 180)
    made.make_room()
    return made
