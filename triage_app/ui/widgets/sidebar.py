"""The places of the program down the left side, or as a rail of icons where the window is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from triage_app.ui import icons, painting, theme
from triage_app.ui.text import text_label, tooltip, visible
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.buttons import PlaceButton
from triage_app.ui.widgets.panel import Panel

_LEFT = int((Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value)
_RIGHT = int((Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value)


class NavItem(PlaceButton):
    """One place: icon, title, count. In the rail only the icon, the words in tooltip and accessible name."""

    def __init__(self, key: str, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.rail = False
        self._icon = icon
        self._count: int | None = None
        self._hover = False
        self.setText(visible(title, 200, lines=False))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._name()

    def set_count(self, count: int | None) -> None:
        """Show a count, or none."""
        if count != self._count:
            self._count = count
            self._name()
            self.update()

    def set_rail(self, rail: bool) -> None:
        """Take the narrow form, or the wide one."""
        self.rail = rail
        self._name()

    def _name(self) -> None:
        counted = "" if self._count is None else f"{self._count:,}"
        name = f"{self.text()}, {counted}" if counted else self.text()
        self.setAccessibleName(name)
        wide = QFontMetrics(font("body_strong")).horizontalAdvance(self.text()) > 150
        self.setToolTip(tooltip(name) if self.rail or wide else "")

    def sizeHint(self) -> QSize:
        """Return the size of the form in use."""
        return QSize(Size.RAIL_NAV, Size.RAIL_NAV) if self.rail else QSize(Size.SIDEBAR - 17, Size.NAV)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the ground of an item under the mouse."""
        self._hover = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show the plain ground."""
        self._hover = False
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the item; the current place has its ground, a bar at the left and 600."""
        p = theme.current().palette
        painter = QPainter(self)
        box = QRectF(self.rect())
        here = self.isChecked()
        if here or self._hover:
            edge = QColor(p.accent) if p.high_contrast else None
            fill = QColor(p.sel if here else p.sunken)
            painting.rounded(painter, box, Size.RADIUS_CONTROL, fill, edge, width=2 if here else 1)
        if here:
            high = 20.0 if self.rail else 16.0
            bar = QRectF(0, (box.height() - high) / 2, Size.ACCENT_EDGE, high)
            painting.rounded(painter, bar, 1.5, QColor(p.accent))
        ink = QColor(p.accent if here else p.text if self._hover else p.text2)
        x = (box.width() - Size.ICON) / 2 if self.rail else 12.0
        icons.paint(painter, self._icon, QRectF(x, (box.height() - Size.ICON) / 2, Size.ICON, Size.ICON), ink)
        if not self.rail:
            self._words(painter, box, here)
        painter.end()

    def _words(self, painter: QPainter, box: QRectF, here: bool) -> None:
        p = theme.current().palette
        right = box.width() - 12
        if self._count is not None:
            words = f"{self._count:,}"
            face = font("small_strong" if here else "small")
            wide = QFontMetrics(face).horizontalAdvance(words)
            painter.setFont(face)
            painter.setPen(QColor(p.text if here else p.text2))
            painter.drawText(QRectF(0, 0, right, box.height()), _RIGHT, words)
            right -= wide + 8
        face = font("body_strong" if here else "body")
        painter.setFont(face)
        painter.setPen(QColor(p.text))
        room = right - 38
        shown = QFontMetrics(face).elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(38, 0, room + 2, box.height()), _LEFT, shown)


class SideNote(QWidget):
    """Two lines at the foot of the sidebar: how a thing stands, and since when."""

    def __init__(self, icon: str, title: str, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._title, self._detail = icon, title, detail
        self._role = "text2"
        self.rail = False
        self._name()

    def set_words(self, icon: str, title: str, detail: str, role: str = "text2") -> None:
        """Show how it stands now; ``role`` colours the icon alone."""
        self._icon, self._role = icon, role
        self._title, self._detail = visible(title, 200, lines=False), visible(detail, 200, lines=False)
        self._name()
        self.update()

    def set_rail(self, rail: bool) -> None:
        """Take the narrow form, or the wide one."""
        self.rail = rail
        self._name()

    def _name(self) -> None:
        words = ", ".join(part for part in (self._title, self._detail) if part)
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint icon and lines, or the icon alone in the rail."""
        p = theme.current().palette
        painter = QPainter(self)
        x = (self.width() - Size.ICON) / 2 if self.rail else 12
        icons.paint(painter, self._icon, QRectF(x, 2, Size.ICON, Size.ICON), QColor(p.colour(self._role)))
        if not self.rail:
            room = self.width() - 40
            for token, ink, text, top in (("small", p.text, self._title, 0), ("cap", p.text2, self._detail, 19)):
                face = font(token)
                painter.setFont(face)
                painter.setPen(QColor(ink))
                shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QRectF(36, top, room + 2, 20), _LEFT, shown)
        painter.end()


class Sidebar(Panel):
    """Places, saved views, and how the copy and the exchange stand. What does not fit is under More."""

    chosen = Signal(str)
    view_chosen = Signal(str)
    view_menu_wanted = Signal(str, QPoint)
    """What can be done with a saved view is asked for, at a place of the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("side", "r", parent)
        self.setFixedWidth(Size.SIDEBAR)
        self._rail = False
        self.items: dict[str, NavItem] = {}
        self._views: list[NavItem] = []
        self._notes: dict[str, SideNote] = {}
        self._heading = text_label(self.tr("Saved views"), "cap_strong", "text2", parent=self)
        self._heading.hide()
        self._more = NavItem("", self.tr("More"), "more", self)
        self._more.clicked.connect(self._show_more)
        self._more.hide()
        self.setAccessibleName(self.tr("Places"))

    def add(self, key: str, title: str, icon: str) -> NavItem:
        """Add a place at the end."""
        item = NavItem(key, title, icon, self)
        item.clicked.connect(lambda _=False, which=key: self.chosen.emit(which))
        self.items[key] = item
        item.set_rail(self._rail)
        self._arrange()
        return item

    def set_current(self, key: str) -> None:
        """Mark the place one is in."""
        for name, item in self.items.items():
            item.setChecked(name == key)
        self._arrange()

    def set_saved_views(self, views: Sequence[tuple[str, str, int | None]]) -> None:
        """Show the saved views: key, title, count."""
        for item in self._views:
            item.hide()
            item.deleteLater()
        self._views = []
        for key, title, count in views:
            item = NavItem(key, title, "bookmark", self)
            item.set_count(count)
            item.clicked.connect(lambda _=False, which=key: self.view_chosen.emit(which))
            item.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            item.customContextMenuRequested.connect(
                lambda at, which=key, item=item: self.view_menu_wanted.emit(which, item.mapToGlobal(at))
            )
            self._views.append(item)
        self._arrange()

    def set_saved_view_count(self, key: str, count: int | None) -> None:
        """Show how many alerts pass a saved view, or none."""
        for item in self._views:
            if item.key == key:
                item.set_count(count)

    def set_note(self, key: str, icon: str, title: str, detail: str, role: str = "text2") -> None:
        """Show a note at the foot, such as how old the newest copy is."""
        if key not in self._notes:
            self._notes[key] = SideNote(icon, title, detail, self)
            self._notes[key].set_rail(self._rail)
        self._notes[key].set_words(icon, title, detail, role)
        self._arrange()

    def set_rail(self, rail: bool) -> None:
        """Take the form of a rail, or the wide one."""
        if rail != self._rail:
            self._rail = rail
            self.setFixedWidth(Size.RAIL if rail else Size.SIDEBAR)
            for item in [*self.items.values(), self._more]:
                item.set_rail(rail)
            for note in self._notes.values():
                note.set_rail(rail)
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange for the height there is."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        pitch = Size.RAIL_NAV + 1 if self._rail else Size.NAV_PITCH
        left = (Size.RAIL - 1 - Size.RAIL_NAV) // 2 if self._rail else 8
        width = Size.RAIL_NAV if self._rail else Size.SIDEBAR - 17
        bottom = self._arrange_notes(left, width, pitch)
        top = 10
        fits = max(1, (bottom - top) // pitch)
        shown = self._shown_places(fits)
        for item in self.items.values():
            item.setVisible(item in shown)
        for item in shown:
            item.setGeometry(left, top, width, pitch - 1)
            top += pitch
        self._more.setVisible(len(shown) < len(self.items))
        if self._more.isVisibleTo(self):
            self._more.setGeometry(left, top, width, pitch - 1)
            top += pitch
        self._arrange_views(top, bottom, left, width, pitch)

    def _shown_places(self, fits: int) -> list[NavItem]:
        every = list(self.items.values())
        if len(every) <= fits:
            return every
        shown = every[: max(1, fits - 1)]
        current = next((item for item in every if item.isChecked()), None)
        if current is not None and current not in shown:
            shown[-1] = current  # where one is must always be seen
        return shown

    def _arrange_notes(self, left: int, width: int, pitch: int) -> int:
        """Set the notes at the foot, if there is room for them; return where they start."""
        bottom = self.height() - 6
        needed = 10 + len(self.items) * pitch
        each = 30 if self._rail else 39
        show = self._notes and bottom - len(self._notes) * each >= needed
        for note in reversed(self._notes.values()):
            note.setVisible(bool(show))
            if show:
                bottom -= each
                note.setGeometry(left, bottom, width, each)
        return bottom

    def _arrange_views(self, top: int, bottom: int, left: int, width: int, pitch: int) -> None:
        room = 0 if self._rail else max(0, (bottom - top - 44) // pitch)
        self._heading.setVisible(bool(self._views) and room > 0)
        if self._heading.isVisibleTo(self):
            self._heading.setGeometry(20, top + 16, width - 12, 20)
            top += 40
        for number, item in enumerate(self._views):
            item.setVisible(number < room)
            if number < room:
                item.setGeometry(left, top, width, pitch - 1)
                top += pitch

    def _show_more(self) -> None:
        menu = QMenu(self)
        menu.setFont(font("small"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key, item in self.items.items():
            if not item.isVisibleTo(self):
                action = menu.addAction(item.text())
                action.triggered.connect(lambda _=False, which=key: self.chosen.emit(which))
        menu.popup(self._more.mapToGlobal(self._more.rect().topRight()))
