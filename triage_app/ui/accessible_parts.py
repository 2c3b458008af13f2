"""What assistive programs ask for by number: parts of pages that scroll, entries of menus.

Qt (6.9) looks those numbers up unchecked. A screen reader that counts and then asks for the last, when that has gone
between the two, ended the program: seen after three of five unlockings, as the bar of a page went that now fitted.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleObject, QWindow
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QScrollArea, QWidget

_MOST = "most"


class AccessiblePage(QAccessibleObject):
    """What is scrolled and the bars in view; under a number that is past them there is nothing."""

    def _page(self) -> QScrollArea:
        return cast("QScrollArea", self.object())

    def _parts(self) -> list[QWidget]:
        page = self._page()
        bars = (page.horizontalScrollBar(), page.verticalScrollBar())
        return [page.viewport(), *(cast("QWidget", bar.parentWidget()) for bar in bars if bar.isVisible())]

    def parent(self) -> QAccessibleInterface:
        """Return what the page is part of: the application, for a window."""
        above = self._page().parentWidget()
        return QAccessible.queryAccessibleInterface(above or cast("QApplication", QApplication.instance()))

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return the part of that number, None where it has gone."""
        parts = self._parts()
        return QAccessible.queryAccessibleInterface(parts[index]) if 0 <= index < len(parts) else None

    def childCount(self) -> int:
        """Return how many parts there are."""
        return len(self._parts())

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return the number of a part, -1 for what is none."""
        shown = child.object()
        return next((n for n, one in enumerate(self._parts()) if one is shown), -1)

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return the part at a place of the screen."""
        for part in self._parts():
            found = QAccessible.queryAccessibleInterface(part)
            if found is not None and found.rect().contains(x, y):
                return found
        return None

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return what on the page has the keyboard."""
        focused = QApplication.focusWidget()
        if focused is None or not self._page().isAncestorOf(focused):
            return None
        return QAccessible.queryAccessibleInterface(focused)

    def text(self, which: QAccessible.Text) -> str:
        """Return the page's name or its description."""
        page = self._page()
        if which == QAccessible.Text.Name:
            return page.accessibleName()
        return (page.accessibleDescription() or page.toolTip()) if which == QAccessible.Text.Description else ""

    def rect(self) -> QRect:
        """Return where the page stands on the screen."""
        page = self._page()
        return QRect(page.mapToGlobal(page.rect().topLeft()), page.size())

    def role(self) -> QAccessible.Role:
        """Return the role that Qt gives to pages that scroll."""
        return QAccessible.Role.Client

    def state(self) -> QAccessible.State:
        """Return whether it is in view, can be used, and has the keyboard."""
        page, found = self._page(), QAccessible.State()
        found.invisible = int(not page.isVisible())  # type: ignore[attr-defined]
        found.disabled = int(not page.isEnabled())  # type: ignore[attr-defined]
        found.focusable = int(page.focusPolicy() != Qt.FocusPolicy.NoFocus)  # type: ignore[attr-defined]
        found.focused = int(page.hasFocus())  # type: ignore[attr-defined]
        return found

    def window(self) -> QWindow | None:  # type: ignore[override]
        """Return the window that the page is in."""
        return self._page().window().windowHandle()


def never_fewer(menu: QMenu | QMenuBar) -> None:
    """Fill a menu up with entries that are not in view, to as many as it ever had; call it when it was filled anew."""
    most = max(menu.property(_MOST) or 0, len(menu.actions()))
    menu.setProperty(_MOST, most)
    for _ in range(most - len(menu.actions())):
        menu.addSeparator().setVisible(False)


_held: dict[int, AccessiblePage] = {}
"Qt deletes what answers for a page with the page; until then nobody here may."


def attend(page: QScrollArea) -> None:
    """Let a page that was just made be answered for here.

    Not by a factory: PySide (6.9) would then wrap every object that is asked about, those being taken down too.
    """
    made = AccessiblePage(page)
    QAccessible.registerAccessibleInterface(made)
    _held[id(made)] = made
    page.destroyed.connect(partial(_let_go, id(made)))


def _let_go(which: int, _: object = None) -> None:
    _held.pop(which, None)
