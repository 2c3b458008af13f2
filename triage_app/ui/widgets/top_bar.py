"""The bar at the top: mark, menus, the search box, the clock, who is at work, and the lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QSizePolicy, QWidget

from triage_app.ui import icons, theme
from triage_app.ui.accessible_parts import never_fewer
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import icon_button
from triage_app.ui.widgets.fields import SearchField
from triage_app.ui.widgets.panel import Panel, Rule, row


@dataclass(frozen=True)
class Submenu:
    """Some acts that are looked for together, under one entry of a menu."""

    title: str
    actions: Sequence[QAction | None]


Entry = QAction | QMenu | Submenu | None
"""None is a line between two groups."""

Menus = Mapping[str, Sequence[Entry]]


class LetterMenu(QMenu):
    """A menu in which a letter chooses an entry, also where single letters act on what lies under it.

    A menu bar that was opened by its key has the focus, and so every act in it would take its letter first.
    What two places have alike is shown once: that of the place in view.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._doubles: list[QAction] = []
        self.aboutToShow.connect(self._hide_doubles)
        self.aboutToHide.connect(self._show_doubles)

    def _hide_doubles(self) -> None:
        shown: dict[str, QAction] = {}
        for action in self.actions():
            other = shown.setdefault(action.text(), action)
            if action.isSeparator() or action is other or not action.isVisible():
                continue
            hidden = other if action.isEnabled() and not other.isEnabled() else action
            shown[action.text()] = action if hidden is other else other
            self._doubles.append(hidden)
            hidden.setVisible(False)

    def _show_doubles(self) -> None:
        """Let them be seen again: an act that is hidden would not answer its key."""
        for action in self._doubles:
            action.setVisible(True)
        self._doubles = []

    def event(self, event: QEvent) -> bool:
        """Keep the letters while the menu is open."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if event.text().isprintable() and event.text() and not held:
                event.accept()
                return True
        return super().event(event)


def _fill(menu: QMenu, entries: Sequence[Entry]) -> None:
    menu.setFont(font("small"))
    menu.setToolTipsVisible(True)
    for entry in entries:
        if entry is None:
            menu.addSeparator()
        elif isinstance(entry, QMenu):
            entry.setFont(font("small"))
            menu.addMenu(entry)
        elif isinstance(entry, Submenu):
            inner = LetterMenu(entry.title, menu)  # goes with its menu
            _fill(inner, entry.actions)
            menu.addMenu(inner)
        else:
            menu.addAction(entry)


class Mark(QWidget):
    """The mark of the application."""

    def __init__(self, side: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark in the accent."""
        painter = QPainter(self)
        icons.logo(painter, QRectF(self.rect()), theme.colour("accent"), theme.colour("onaccent"))
        painter.end()


class IconMark(QWidget):
    """An icon that stands beside words and does nothing."""

    def __init__(self, name: str, token: str = "text2", parent: QWidget | None = None) -> None:  # noqa: S107 - a colour
        super().__init__(parent)
        self._name = name
        self._token = token
        self.setFixedSize(Size.ICON, Size.ICON)

    def set_icon(self, name: str, token: str = "text2") -> None:  # noqa: S107 - a colour
        """Show another icon."""
        self._name, self._token = name, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon."""
        painter = QPainter(self)
        icons.paint(painter, self._name, QRectF(self.rect()), theme.colour(self._token))
        painter.end()


MENU_PADDING: Final = 9
"Pixels on either side of a menu's title (``style_sheet``)."


class TopBar(Panel):
    """48 high. Below 1000 logical pixels the menus fold into one, and names give way to the clock."""

    lock_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("side", "b", parent)
        self.setFixedHeight(Size.TOP_BAR)
        self._folded = False
        self._made: list[QMenu] = []
        self._word = text_label(self.tr("Triage"), "h3")
        self.menus = QMenuBar()
        self.folded_menus = QMenuBar()
        for bar in (self.menus, self.folded_menus):
            bar.setNativeMenuBar(False)
            bar.setFont(font("small"))
            bar.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.folded_menus.hide()
        self.search = SearchField(self.tr("Find a record or an action"), "Ctrl K")
        self._time = text_label("", "small_strong")
        self._date = text_label("", "small", "text2")
        self._person = IconMark("person")
        self._name = ElidingLabel("", "small")
        self._org = text_label("", "small", "text2")
        self.lock = icon_button(self.tr("Lock the screen"), "lock")
        self.lock.clicked.connect(self.lock_requested)
        self._rule = Rule(20)
        self._left, self._right = QWidget(), QWidget()
        self._left_line = row(self._left, gap=10)
        self._left_line.addWidget(Mark())
        self._left_line.addWidget(self._word)
        self._left_line.addSpacing(8)
        self._left_line.addWidget(self.menus)
        self._left_line.addWidget(self.folded_menus)
        self._left_line.addStretch(1)
        self._right_line = row(self._right, gap=8)
        self._right_line.addStretch(1)
        for part in (self._time, self._date, self._rule, self._person, self._name, self._org, self.lock):
            self._right_line.addWidget(part)
        whole: QHBoxLayout = row(self, (12, 0, 12, 1), 12)
        whole.addWidget(self._left, 1)
        whole.addWidget(self.search, 0)
        whole.addWidget(self._right, 1)
        self.fold(False)

    def set_menus(self, menus: Menus) -> None:
        """Fill both forms of the menu; the one in view answers the shortcuts."""
        self.menus.clear()
        self.folded_menus.clear()
        for old in self._made:
            old.deleteLater()
        self._made = []
        folded = self.folded_menus.addMenu(self.tr("&Menu"))
        folded.setFont(font("small"))
        for title, entries in menus.items():
            menu = LetterMenu(title, self)
            self._made.append(menu)
            _fill(menu, entries)
            self.menus.addMenu(menu)
            folded.addMenu(menu)
        never_fewer(self.menus)
        self._make_room()

    def set_identity(self, name: str, org: str) -> None:
        """Show who is at work, and for whom."""
        self._name.setText(name)
        self._org.setText(org)
        self._person.setVisible(bool(name) and not self._folded)

    def set_clock(self, text: str, date: str) -> None:
        """Show the time with its zone, and the date."""
        self._time.setText(text)
        self._date.setText(date)

    def fold(self, folded: bool) -> None:
        """Take the narrow form, or the wide one."""
        self._folded = folded
        self._left.setMinimumWidth(0)
        self.menus.setVisible(not folded)
        self.folded_menus.setVisible(folded)
        for part in (self._word, self._date, self._rule, self._person, self._name, self._org):
            part.setVisible(not folded)
        self.search.setFixedWidth(Size.SEARCH_NARROW if folded else Size.SEARCH)
        self.search.setPlaceholderText(self.tr("Find") if folded else self.tr("Find a record or an action"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Between narrow and wide, the search box gives way before the menus do."""
        if not self._folded:
            self.menus.setMinimumWidth(0)
            menus = self._menus_width()
            left = self._left.sizeHint().width() + max(0, menus - self.menus.sizeHint().width())
            spare = self.width() - left - self._right.sizeHint().width() - 60
            self.search.setFixedWidth(max(160, min(Size.SEARCH, spare)))
            # The two sides share the room evenly, which must not push the last menus out of sight.
            self._left.setMinimumWidth(left if spare > 160 else 0)
            self.menus.setMinimumWidth(menus if spare > 160 else 0)
            self._date.setVisible(spare > 160)

    def _menus_width(self) -> int:
        """Return how wide the menus are side by side: what a menu bar itself asks for goes by the width that it has."""
        metrics = self.menus.fontMetrics()
        titles = [action.text().replace("&", "") for action in self.menus.actions() if action.isVisible()]
        return sum(metrics.horizontalAdvance(title) + 2 * MENU_PADDING for title in titles) + 2

    def focus_search(self) -> None:
        """Put the caret in the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
