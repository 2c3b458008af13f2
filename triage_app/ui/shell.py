"""The frame of the main window: top bar, places, content, status bar. It knows no rule and no service."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLineEdit, QMainWindow, QStackedWidget, QWidget

from triage_app.ui import icons
from triage_app.ui.tokens import Size
from triage_app.ui.widgets.banner import ModeBanner
from triage_app.ui.widgets.focus_ring import focus_ring
from triage_app.ui.widgets.panel import Panel, column, row
from triage_app.ui.widgets.progress import ProgressStrip
from triage_app.ui.widgets.sidebar import Sidebar
from triage_app.ui.widgets.status_bar import StatusBar
from triage_app.ui.widgets.top_bar import Menus, TopBar


class Shell(QMainWindow):
    """The main window's frame. Below 1000 logical pixels the sidebar is a rail and the menus are one."""

    place_changed = Signal(str)
    """The key of the place one is in now."""
    saved_view_chosen = Signal(str)
    saved_view_menu_wanted = Signal(str, QPoint)
    search_submitted = Signal(str)
    lock_requested = Signal()
    help_requested = Signal()
    keys_requested = Signal()
    cancel_requested = Signal()
    narrow_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Triage"))
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(480, 320)
        self._narrow = False
        self._keys: list[str] = []
        self._banner = ModeBanner()
        self._top = TopBar()
        self._side = Sidebar()
        self._stack = QStackedWidget()
        self._status = StatusBar()
        whole = Panel("canvas")
        lines = column(whole, gap=0)
        lines.addWidget(self._banner)
        lines.addWidget(self._top)
        middle = row(gap=0)
        middle.addWidget(self._side)
        middle.addWidget(self._stack, 1)
        lines.addLayout(middle, 1)
        lines.addWidget(self._status)
        self.setCentralWidget(whole)
        self._side.chosen.connect(self.go_to)
        self._side.view_chosen.connect(self.saved_view_chosen)
        self._side.view_menu_wanted.connect(self.saved_view_menu_wanted)
        self._top.lock_requested.connect(self.lock_requested)
        self._top.search.returnPressed.connect(self._submit)
        self._status.help_requested.connect(self.help_requested)
        self._status.keys_requested.connect(self.keys_requested)
        self._status.progress.cancelled.connect(self.cancel_requested)
        find = QShortcut(QKeySequence("Ctrl+K"), self)
        find.activated.connect(self._top.focus_search)
        self._ring = focus_ring()

    # -- places -------------------------------------------------------------------------------------------

    def add_place(self, key: str, title: str, icon: str, widget: QWidget, group: str = "main") -> None:
        """Add a place; the first becomes current. ``group`` other than main is reached by ``go_to`` alone.

        Raises ``ValueError`` if the key is taken.
        """
        if key in self._keys:
            raise ValueError(key)
        self._keys.append(key)
        self._stack.addWidget(widget)
        if group == "main":
            self._side.add(key, title, icon)
        if len(self._keys) == 1:
            self.go_to(key)

    def go_to(self, key: str) -> None:
        """Show a place; raises ``KeyError`` if there is none of that name."""
        if key not in self._keys:
            raise KeyError(key)
        self._stack.setCurrentIndex(self._keys.index(key))
        self._side.set_current(key)
        self.place_changed.emit(key)

    def place(self) -> str:
        """Return the key of the place one is in, or an empty string."""
        at = self._stack.currentIndex()
        return self._keys[at] if at >= 0 else ""

    def set_count(self, key: str, count: int | None) -> None:
        """Show how many records wait in a place; None shows nothing."""
        if key in self._side.items:
            self._side.items[key].set_count(count)

    def set_saved_views(self, views: list[tuple[str, str, int | None]]) -> None:
        """Show the saved views: key, title, count."""
        self._side.set_saved_views(views)

    def set_saved_view_count(self, key: str, count: int | None) -> None:
        """Show how many records pass a saved view now; None shows nothing."""
        self._side.set_saved_view_count(key, count)

    def set_note(self, key: str, icon: str, title: str, detail: str, role: str = "text2") -> None:
        """Show at the foot of the sidebar how something stands, such as the newest copy or the exchange."""
        self._side.set_note(key, icon, title, detail, role)

    # -- bars ---------------------------------------------------------------------------------------------

    def set_menus(self, menus: Menus) -> None:
        """Fill the menu bar; None makes a separator. Shortcuts work also while the menus are folded."""
        self._top.set_menus(menus)

    def set_identity(self, name: str, org: str, device: str) -> None:
        """Show who is at work, for whom, on which device."""
        self._top.set_identity(name, org)
        self._status.set_device(device)

    def set_clock(self, text: str, date: str) -> None:
        """Show the time with its zone, and the date."""
        self._top.set_clock(text, date)

    def set_status(self, text: str, glyph: str = "") -> None:
        """Say something at the foot; see ``status_bar.paint_glyph`` for the marks."""
        self._status.set_status(text, glyph)

    def status_text(self) -> str:
        """Return what was last said at the foot."""
        return self._status.status()

    def set_banner(self, text: str, short: str = "") -> None:
        """Show the banner of an exercise or a demonstration; it cannot be closed. Empty takes it away.

        ``short`` is shown in its place where the window is too narrow for it.
        """
        self._banner.set_text(text, short)

    @property
    def progress(self) -> ProgressStrip:
        """The progress strip of the status bar."""
        return self._status.progress

    def show_progress(self, label: str, done: int, total: int | None, speed: str = "") -> None:
        """Show how far the work under way is, and how fast; the first call brings the strip up."""
        if self._status.progress.isHidden():
            self._status.begin_progress(label)
        self._status.progress.say(label)
        self._status.progress.report(done, total, speed)

    def hide_progress(self) -> None:
        """Take the progress strip away."""
        self._status.end_progress()

    @property
    def search(self) -> QLineEdit:
        """The search and command box; ``search_submitted`` tells what was entered."""
        return self._top.search

    def _submit(self) -> None:
        self.search_submitted.emit(self._top.search.text())

    # -- room ---------------------------------------------------------------------------------------------

    @property
    def narrow(self) -> bool:
        """Tell whether the window is below 1000 logical pixels wide."""
        return self._narrow

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold below 1000 logical pixels, unfold above; make the bars low below 350."""
        super().resizeEvent(event)
        low = self.height() < Size.LOW_BELOW  # everything at 300 %: each pixel is the lists'
        self._top.setFixedHeight(Size.TOP_BAR_LOW if low else Size.TOP_BAR)
        self._status.setFixedHeight(Size.STATUS_BAR_LOW if low else Size.STATUS_BAR)
        narrow = self.width() < Size.FOLD_BELOW
        if narrow != self._narrow:
            self._narrow = narrow
            self._side.set_rail(narrow)
            self._top.fold(narrow)
            self._status.fold(narrow)
            self.narrow_changed.emit(narrow)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint what shows the window's own state."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowTitleChange:
            self.setAccessibleName(self.windowTitle())

    def focus_content(self) -> None:
        """Give the focus to the place one is in."""
        widget = self._stack.currentWidget()
        if widget is not None:
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
