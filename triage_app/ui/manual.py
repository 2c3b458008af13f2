"""The manual in a window of its own: contents, find, back. It holds up nothing and can stay open beside the work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QStyledItemDelegate, QWidget

from triage_app import language
from triage_app.services import manual
from triage_app.ui import theme
from triage_app.ui.manual_map import page_of
from triage_app.ui.manual_page import ManualPage
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.widgets import SearchField, announce, column, quiet, row

_NARROW = 720
"""Logical pixels below which the contents have no room beside the page; they are then its first page only."""
_LIST = 250


class ManualWindow(Dialog):
    """Shows one page of the manual at a time."""

    holds_up = False

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent.tr("Manual"), parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.heading.hide()  # the page has its own
        self.body.setContentsMargins(0, 0, 0, 0)
        self.pages = manual.pages()
        self.shown = ""
        self._been: list[tuple[str, int]] = []
        self._back = quiet(self.tr("Back"), key="Alt ←")
        self._contents = quiet(self.tr("Contents"), key="Alt Home")
        self.field = SearchField(self.tr("Find in the manual"), "Ctrl F")
        self.found = text_label("", "cap", "text2")
        self.list = self._make_list()
        self.page = ManualPage()
        top = row(margins=(12, 10, 12, 0))
        top.addWidget(self._back)
        top.addWidget(self._contents)
        top.addWidget(self.field, 1)
        lines = column(gap=0)
        self.found.setContentsMargins(14, 4, 14, 4)
        self.found.hide()
        lines.addWidget(self.found)
        self.only_english = text_label(self.tr("The manual is in English."), "cap", "text2")
        self.only_english.setContentsMargins(14, 4, 14, 4)
        self.only_english.setVisible(language.code() != "en")
        lines.addWidget(self.only_english)
        middle = row(gap=0)
        middle.addWidget(self.list)
        middle.addWidget(self.page, 1)
        lines.addLayout(middle, 1)
        self.body.addLayout(top)
        self.body.addLayout(lines, 1)
        self._back.clicked.connect(self.back)
        self._contents.clicked.connect(lambda: self.go_to(manual.CONTENTS))
        self.page.link_followed.connect(self._follow)
        self.list.currentRowChanged.connect(self._listed)
        self.list.itemActivated.connect(lambda _: self.page.setFocus(Qt.FocusReason.OtherFocusReason))
        self.field.textChanged.connect(lambda _: self._say_found())
        for keys, run in (
            ("Alt+Left", self.back), ("Backspace", self.back), ("Ctrl+F", self._to_field),
            ("Alt+Home", lambda: self.go_to(manual.CONTENTS)), ("F3", self.find_next),
            ("Shift+F3", lambda: self.find_next(back=True)),
        ):  # fmt: skip
            QShortcut(QKeySequence(keys), self).activated.connect(run)
        theme.current().changed.connect(self._repaint)
        self.resize_within(1000, 760)

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName(self.tr("Contents of the manual"))
        made.setFont(font("small"))
        made.setFixedWidth(_LIST)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setProperty("offers", True)
        made.setItemDelegate(QStyledItemDelegate(made))  # the only one that heeds the style sheet's row height
        for page in self.pages.values():
            QListWidgetItem(page.title, made).setData(Qt.ItemDataRole.UserRole, page.name)
        return made

    # -- pages --------------------------------------------------------------------------------------------

    def go_to(self, target: str) -> None:
        """Show a page, given as "queue.md" or "queue.md#keys"; one there is none of is the contents."""
        if self.shown:
            self._been.append((self.shown, self.page.verticalScrollBar().value()))
        self._show(target)

    def back(self) -> None:
        """Show what was shown before, where it was."""
        if self._been:
            name, at = self._been.pop()
            self._show(name)
            self.page.verticalScrollBar().setValue(at)

    def _show(self, target: str) -> None:
        name, _, anchor = target.partition("#")
        page = self.pages.get(name) or self.pages[manual.CONTENTS]
        if page.name != self.shown:
            self.shown = page.name
            self.page.show_page(page)
            self.setWindowTitle(self.tr("Manual: {0}").format(page.title))
        self.page.go_to(anchor)
        self.list.blockSignals(True)
        self.list.setCurrentRow(list(self.pages).index(page.name))
        self.list.blockSignals(False)
        self._back.setEnabled(bool(self._been))
        self._say_found()

    def _follow(self, target: str) -> None:
        self.go_to(f"{self.shown}{target}" if target.startswith("#") else target)
        self.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _listed(self, at: int) -> None:
        if at >= 0:
            self.go_to(list(self.pages)[at])

    def _repaint(self) -> None:
        at = self.page.verticalScrollBar().value()
        self.page.show_page(self.pages[self.shown or manual.CONTENTS])
        self.page.verticalScrollBar().setValue(at)

    # -- finding ------------------------------------------------------------------------------------------

    def find_next(self, back: bool = False) -> None:
        """Select the next place, on this page or the first page after it that has one; ``back`` for the one before."""
        words = self.field.text().strip()
        if not words:
            self._to_field()
            return
        flag = QTextDocument.FindFlag.FindBackward if back else QTextDocument.FindFlag(0)
        if not self.page.find(words, flag):
            others = self._others(words)
            order = [*reversed(others)] if back else others
            if order:
                self.go_to(order[0])
            self.page.moveCursor(QTextCursor.MoveOperation.End if back else QTextCursor.MoveOperation.Start)
            self.page.find(words, flag)
        self._say_found()
        announce(self.field, self.found.text())

    def _others(self, words: str) -> list[str]:
        """Return the other pages that have the words, those after this one first."""
        names = list(self.pages)
        at = names.index(self.shown) if self.shown in names else 0
        after = names[at + 1 :] + names[:at]
        return [name for name in after if words.casefold() in self.pages[name].text.casefold()]

    def _say_found(self) -> None:
        words = self.field.text().strip()
        self.found.setVisible(bool(words))
        if not words:
            return
        here, others = self.page.count(words), len(self._others(words))
        if here or others:
            said = self.tr("On this page: {0}. On other pages: {1}. Enter goes to the next.").format(here, others)
        else:
            said = self.tr("Nowhere in the manual.")
        self.found.setText(said)

    def _to_field(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    # -- keys and room ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the field goes to the next place and presses no button; Esc in it gives the page the focus."""
        in_field = self.field.hasFocus()
        if event.key() == Qt.Key.Key_F1:
            self.go_to(manual.CONTENTS)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if in_field:
                self.find_next(back=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and in_field and self.field.text():
            self.field.clear()
            self.page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list of contents away where the page needs the room."""
        super().resizeEvent(event)
        self.list.setVisible(self.width() >= _NARROW)


def open_manual(over: QWidget, target: str = "") -> ManualWindow:
    """Show the manual at a page: that of what is in view, if none is named; one window of it serves a whole window.

    A form that waits for an answer lets no other window have the keyboard but one of its own: over it, the manual is
    that form's, and goes with it.
    """
    parent = QApplication.activeModalWidget() or over
    open_one = parent.findChild(ManualWindow, options=Qt.FindChildOption.FindDirectChildrenOnly)
    made = open_one if isinstance(open_one, ManualWindow) else ManualWindow(parent)
    made.go_to(target or page_of(parent))
    made.show()
    made.activateWindow()
    made.page.setFocus(Qt.FocusReason.OtherFocusReason)
    return made
