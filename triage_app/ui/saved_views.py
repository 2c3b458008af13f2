"""Saved views in the window: at the left with how many alerts pass, in the View menu, and named over the list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from triage_app.errors import TriageError
from triage_app.services import views
from triage_app.services.changes import Changes
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.services.views import View
from triage_app.store.connection import Store
from triage_app.ui.accessible_parts import never_fewer
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Messages
from triage_app.ui.shell import Shell
from triage_app.ui.tasks import Task
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.views.queue import QueueView

SETTLED_MS = 800
"""Acts that follow sooner are counted together."""
AGED_MS = 300_000
"""After so long an alert may have left “the last hour” although nothing was done."""


class SavedViews(QObject):
    """Lists the views of the store, counts them aside, and opens, saves, renames and deletes them."""

    def __init__(self, desk: Desk, shell: Shell, queue: QueueView, messages: Messages) -> None:
        super().__init__(shell)
        self._desk, self._shell, self._queue, self._messages = desk, shell, queue, messages
        self._views: list[View] = []
        self._counts: dict[str, int | None] = {}
        self._counting: Task | None = None
        self.menu = QMenu(self.tr("Saved &views"), shell)
        self.save_action = QAction(self.tr("&Save this filter as a view"), shell)
        self.save_action.setToolTip(self.tr("Keep the queue's filter under a name, at the left with its count"))
        self.save_action.triggered.connect(lambda _=False: self.save())
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._count)
        self._aged = QTimer(self)
        self._aged.setInterval(AGED_MS)
        self._aged.timeout.connect(self._count)
        queue.filter.save_wanted.connect(self.save)
        queue.loaded.connect(self._settled_soon)
        shell.saved_view_chosen.connect(self.open)
        shell.saved_view_menu_wanted.connect(self._show_menu)
        desk.store_changed.connect(self._changed)
        self._fill_menu()
        self.reload()

    def reload(self) -> None:
        """Read the views again."""
        self._desk.query(views.listing, while_alive(self, self._show))

    def _show(self, found: list[View]) -> None:
        self._views = found
        self._counts = {one.name: self._counts.get(one.name) for one in found}
        self._show_counts()
        self._fill_menu()
        if found:
            self._aged.start()
            self._count()
        else:
            self._aged.stop()

    def _show_counts(self) -> None:
        self._shell.set_saved_views([(one.name, one.name, self._counts.get(one.name)) for one in self._views])

    # -- counts -------------------------------------------------------------------------------------------

    def _changed(self, changes: Changes) -> None:
        if changes.touches("alert", "link", "import", "incident", "organisation"):
            self._settled_soon()

    def _settled_soon(self) -> None:
        if self._views:
            self._settled.start()

    def _count(self) -> None:
        """Count aside, where neither acts nor the list wait for it; a count that was overtaken is given up."""
        if self._counting is not None and not self._counting.is_finished():
            self._counting.cancel()
        wanted, clock = list(self._views), self._desk

        def work(store: Store, _: Progress, is_cancelled: Callable[[], bool]) -> dict[str, int | None]:
            found: dict[str, int | None] = {}
            for one in wanted:
                if not is_cancelled():
                    found[one.name] = views.count(store, clock, one)
            return found

        if wanted:
            self._counting = self._desk.aside(work, while_alive(self, self._counted))

    def _counted(self, found: dict[str, int | None]) -> None:
        self._counts.update({name: count for name, count in found.items() if name in self._counts})
        for one in self._views:
            self._shell.set_saved_view_count(one.name, self._counts.get(one.name))

    # -- acts ---------------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Show the queue narrowed to a view."""
        query = next((one.query for one in self._views if one.name == name), "")
        try:
            self._queue.set_query(query)
        except TriageError as error:
            self._desk.refused.emit(error)
            return
        self._shell.go_to("queue")
        self._queue.setFocus()

    def save(self) -> None:
        """Ask for a name in the filter's line, and keep the filter under it."""
        self._shell.go_to("queue")
        query = self._queue.filter.query()
        known = next((one.name for one in self._views if one.query == query), "")
        self._queue.filter.ask_name(self.tr("Name of the view"), known, lambda name: self._do(
            partial(views.save, name=name, query=query), self.tr("Saved the view “{0}”.")))  # fmt: skip

    def rename(self, name: str) -> None:
        """Ask for another name in the filter's line."""
        self._shell.go_to("queue")
        self._queue.filter.ask_name(self.tr("New name of the view"), name, lambda new: self._do(
            partial(views.rename, name=name, to=new), self.tr("The view is called “{0}” now.")))  # fmt: skip

    def drop(self, name: str) -> None:
        """Delete a view; what it was is said, so that it can be made again."""
        self._do(partial(views.drop, name=name), self.tr("Deleted the view “{0}”, which was: {1}"))

    def _do(self, act: Callable[[Session], View], words: str) -> None:
        def done(made: View) -> None:
            self._messages.inform(words.format(made.name, made.query))
            self.reload()

        self._desk.long("", lambda session, _: act(session), while_alive(self, done))

    # -- menus --------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        menu = self.menu
        menu.clear()
        for one in self._views:
            added = menu.addAction(visible(one.name, 80, lines=False).replace("&", "&&"))
            added.setToolTip(visible(one.query, 200, lines=False))
            added.triggered.connect(lambda _=False, name=one.name: self.open(name))
        menu.addSeparator()
        self.save_action.setEnabled(not self._desk.is_read_only)
        menu.addAction(self.save_action)
        for title, act in ((self.tr("&Rename"), self.rename), (self.tr("&Delete"), self.drop)):
            part = menu.addMenu(title)
            part.setEnabled(bool(self._views) and not self._desk.is_read_only)
            for one in self._views:
                added = part.addAction(visible(one.name, 80, lines=False).replace("&", "&&"))
                added.triggered.connect(lambda _=False, name=one.name, act=act: act(name))
        never_fewer(menu)

    def _show_menu(self, name: str, at: QPoint) -> None:
        self.menu_of(name).popup(at)

    def menu_of(self, name: str) -> QMenu:
        """Return what can be done with one view; it goes when it is closed."""
        menu = QMenu(self._shell)
        menu.setFont(font("small"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, act in (
            (self.tr("&Open"), self.open), (self.tr("&Rename"), self.rename), (self.tr("&Delete"), self.drop),
        ):  # fmt: skip
            added = menu.addAction(words)
            added.setEnabled(act == self.open or not self._desk.is_read_only)
            added.triggered.connect(lambda _=False, act=act: act(name))
        return menu
