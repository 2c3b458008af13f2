"""Tabs, 38 high, a count in each label, a 3 px accent line under the current one; what does not fit is under “More”."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from triage_app.ui import painting, theme
from triage_app.ui.text import tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import PlaceButton
from triage_app.ui.widgets.panel import Panel, row

_GAP = 20
_LEAST_GAP = 8
_CLOSEST = 4
"""Nearer than this two titles read as one."""


class Tab(PlaceButton):
    """One tab."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.keys = ""
        self._count = ""
        self._shows_count = True
        self._is_offered, self._is_folded = True, False
        self.setText(visible(title, 80, lines=False))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.text())

    def setVisible(self, visible: bool) -> None:
        """Offer the tab, in the row or under “More”, or take it away."""
        self._is_offered = visible
        super().setVisible(visible and not self._is_folded)

    def is_offered(self) -> bool:
        """Tell whether it can be gone to."""
        return self._is_offered

    def is_folded(self) -> bool:
        """Tell whether it is under “More”."""
        return self._is_folded

    def fold(self, folded: bool) -> None:
        """Put it under “More”, or back into the row."""
        if folded != self._is_folded:
            self._is_folded = folded
            super().setVisible(self._is_offered and not folded)

    def set_count(self, count: str) -> None:
        """Show a count, such as "58" or "4 of 19"."""
        self._count = count
        self.setAccessibleName(f"{self.text()} {count}".strip())
        self.updateGeometry()
        self.update()

    def set_key(self, keys: str) -> None:
        """Say by which key one gets there, in its tooltip and to a screen reader; the key itself is an act's."""
        self.keys = keys
        self.setToolTip(tooltip(f"{self.text()} ({keys})"))
        self.describe(keys)

    def show_count(self, shown: bool) -> None:
        """Show the count or, where there is no room, only say it."""
        if shown != self._shows_count:
            self._shows_count = shown
            self.updateGeometry()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Left and Right to the row of tabs; a button would take them. Enter opens it, as Space does."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not _with_ctrl(event):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Return a width that does not change when the tab becomes current."""
        return QSize(self.width_needed(self._shows_count), Size.TABS)

    def width_needed(self, with_count: bool) -> int:
        """Return how wide it is with its count, or without."""
        metrics = QFontMetrics(font("body_strong"))
        width = metrics.horizontalAdvance(self.text()) + 6
        return width + (8 + metrics.horizontalAdvance(self._count) if self._count and with_count else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, count and the line."""
        painter = QPainter(self)
        here = self.isChecked()
        face = font("body_strong" if here else "body")
        ink = theme.colour("text" if here or self.underMouse() else "text2")
        painter.setFont(face)
        painter.setPen(ink)
        align = int(Qt.AlignmentFlag.AlignVCenter.value)
        box = QRectF(3, 0, self.width(), self.height() - 2)
        painter.drawText(box, align, self.text())
        left = 3 + QFontMetrics(face).horizontalAdvance(self.text()) + 8
        if self._shows_count:
            painter.drawText(QRectF(left, 0, self.width(), self.height() - 2), align, self._count)
        if here:
            line = QRectF(0, self.height() - 3, self.width(), 3)
            painting.rounded(painter, line, 0, theme.colour("accent"))
        painter.end()


def _with_ctrl(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


class MoreTabs(Tab):
    """What stands at the end of the row for the tabs without room."""

    def __init__(self, tabs: Tabs) -> None:
        super().__init__("more", "")
        self._tabs = tabs
        self.setText(self.tr("More…"))
        self.clicked.connect(self.offer)

    def say(self, folded: list[Tab]) -> None:
        """Name the tabs under it to those who cannot see."""
        names = ", ".join(tab.accessibleName() for tab in folded)
        self.setAccessibleName(self.tr("More tabs: {0}").format(names))
        self.setVisible(bool(folded))

    def offer(self) -> None:
        """Show the tabs under it, to choose from."""
        self.menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """Make the menu of the tabs under it, which is gone when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for tab in self._tabs.folded():
            # A tab's title is ours, but for the name of a format; neither may make a key of an ampersand.
            action = menu.addAction(tab.accessibleName().replace("&", "&&") + (f"\t{tab.keys}" if tab.keys else ""))
            action.triggered.connect(lambda _=False, key=tab.key: self._tabs.go_to(key))
        return menu


class Tabs(Panel):
    """A row of tabs over a hairline. Left and Right move between them, those under “More” too."""

    changed = Signal(str)

    def __init__(self, ground: str = "canvas", inset: int = Size.PAGE, parent: QWidget | None = None) -> None:
        super().__init__(ground, "b", parent)
        self.tabs: dict[str, Tab] = {}
        self.setFixedHeight(Size.TABS + 1)
        self._inset = inset
        self._line = row(self, (inset, 0, inset, 0), _GAP)
        self._more = MoreTabs(self)
        self._more.setVisible(False)
        self._line.addWidget(self._more)
        self._line.addStretch(1)

    def add(self, key: str, title: str, count: str = "") -> None:
        """Add a tab at the end; the first is current."""
        tab = Tab(key, title)
        tab.set_count(count)
        tab.clicked.connect(lambda _=False, which=key: self.go_to(which))
        self._line.insertWidget(self._line.count() - 2, tab)
        self.tabs[key] = tab
        if len(self.tabs) == 1:
            tab.setChecked(True)

    def minimumSizeHint(self) -> QSize:
        """Never make a page wider than it is: gaps give way, then the counts, and then the last tabs."""
        return QSize(0, Size.TABS)

    def event(self, event: QEvent) -> bool:
        """Fit the tabs whenever one of them changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the tabs."""
        super().resizeEvent(event)
        self._fit()

    def width_wanted(self) -> int:
        """Return how wide the row must be to show every tab with its count."""
        shown = [tab for tab in self.tabs.values() if tab.is_offered()]
        return 2 * self._inset + self._wide(shown, True) + _LEAST_GAP * len(shown)

    def folded(self) -> list[Tab]:
        """Return the tabs that are under “More”, in their order."""
        return [tab for tab in self.tabs.values() if tab.is_offered() and tab.is_folded()]

    def _fit(self) -> None:
        room = self.width() - 2 * self._inset
        shown = [tab for tab in self.tabs.values() if tab.is_offered()]
        gap, with_counts = _GAP, True
        for with_counts in (True, False):
            gap = (room - self._wide(shown, with_counts)) // max(1, len(shown))
            if gap >= _LEAST_GAP:
                break
        kept = shown
        if gap < _CLOSEST:
            kept = self._kept(shown, room - self._more.width_needed(False) - _LEAST_GAP)
            gap = (room - self._more.width_needed(False) - self._wide(kept, False)) // (len(kept) + 1)
        for tab in shown:
            tab.fold(tab not in kept)
            tab.show_count(with_counts or tab.isChecked())
        self._more.say(self.folded())
        if self._line.spacing() != max(_CLOSEST, min(_GAP, gap)):
            self._line.setSpacing(max(_CLOSEST, min(_GAP, gap)))
        self._line.activate()

    @staticmethod
    def _wide(tabs: list[Tab], with_counts: bool) -> int:
        return sum(tab.width_needed(with_counts or tab.isChecked()) for tab in tabs)

    @staticmethod
    def _kept(tabs: list[Tab], room: int) -> list[Tab]:
        """Return those from the beginning for which there is room; the current one always."""
        room -= sum(tab.width_needed(True) + _LEAST_GAP for tab in tabs if tab.isChecked())
        kept = []
        is_full = False
        for tab in tabs:
            if not tab.isChecked():
                room -= tab.width_needed(False) + _LEAST_GAP
                is_full = is_full or room < 0
            if tab.isChecked() or not is_full:
                kept.append(tab)
        return kept

    def set_count(self, key: str, count: str) -> None:
        """Show another count on a tab."""
        self.tabs[key].set_count(count)

    def set_title(self, key: str, title: str, count: str = "") -> None:
        """Show another title on a tab, with its count."""
        tab = self.tabs[key]
        tab.setText(visible(title, 80, lines=False))
        tab.set_count(count)
        if tab.keys:
            tab.set_key(tab.keys)

    def current(self) -> str:
        """Return the key of the current tab, or an empty string."""
        return next((key for key, tab in self.tabs.items() if tab.isChecked()), "")

    def go_to(self, key: str) -> None:
        """Make a tab current; raises ``KeyError`` if there is none of that name."""
        wanted = self.tabs[key]
        before = next((tab for name, tab in self.tabs.items() if tab.isChecked() and name != key), None)
        for tab in self.tabs.values():
            tab.setChecked(tab is wanted)
        self._fit()
        if before is not None:
            self.changed.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move to the next tab."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None or not self.tabs:
            super().keyPressEvent(event)
            return
        self.step(by)
        self.tabs[self.current()].setFocus(Qt.FocusReason.TabFocusReason)

    def step(self, by: int) -> None:
        """Go to the next tab, or with -1 to the one before, round and round; those under “More” are among them."""
        keys = [key for key, tab in self.tabs.items() if tab.is_offered() or tab.isChecked()]
        self.go_to(keys[(keys.index(self.current()) + by) % len(keys)])
