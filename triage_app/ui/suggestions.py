"""What the search box of the window offers while one types: acts, settings and records of every kind, by kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from triage_app.services import palette
from triage_app.services.settings import KNOWN
from triage_app.store.connection import Store
from triage_app.store.named import Named
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.setting_words import setting_words
from triage_app.ui.tasks import Task
from triage_app.ui.text import visible
from triage_app.ui.theme import font
from triage_app.ui.views.commands import ALSO
from triage_app.ui.views.kind_words import kind_name
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets.voice import announce

MOST = 8
"""Acts that are shown: more would have to be read, and another letter is quicker."""

_LONGEST = 40
"""Characters beyond which what is typed is a query, and no word of an act."""

_SHOWN = 90
"""Characters of a title that are shown."""

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


@dataclass(frozen=True)
class Acts:
    """The acts of one place; ``here`` is whether they can be done from where one is, as those of the window can."""

    place: str
    title: str
    actions: Sequence[QAction]
    here: bool


@dataclass(frozen=True)
class Elsewhere:
    """An act that needs its place to be in view."""

    action: QAction
    place: str


def plain_words(action: QAction) -> str:
    """Return the words of an act without the mark of its access key and what stands behind a tab."""
    return action.text().partition("\t")[0].replace("&", "").strip()


def keys_of(action: QAction) -> str:
    """Return the key of an act as it is shown: its own, or the letter of the list that it stands for."""
    own = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return own or action.text().partition("\t")[2]


def matching(groups: Sequence[Acts], typed: str) -> list[tuple[QAction, Acts]]:
    """Return the acts of which a word begins with what was typed: those that can be done now, then those elsewhere.

    Among each, those that begin so come first. What its own place, in view, has switched off is left out.
    """
    wanted, seen, found = " " + typed.casefold(), set(), []
    for group in sorted(groups, key=lambda one: not one.here):
        for action in group.actions:
            words = plain_words(action)
            called = f" {words} {action.property(ALSO) or ''}".casefold()
            can = action.isEnabled() or not group.here
            if words not in seen and can and action.isVisible() and wanted in called:
                seen.add(words)
                found.append((action, group))
    starts = wanted[1:]
    return sorted(
        found,
        key=lambda one: (not one[0].isEnabled(), not plain_words(one[0]).casefold().startswith(starts)),
    )[:MOST]


class Suggestions(QListWidget):
    """A list under the search box, which keeps the focus: Down and Up choose, Enter takes, Escape puts all away."""

    record_chosen = Signal(str, str)
    """(kind, id) of a record, a setting, a saved view, a page of the manual, or an organisation's code."""
    elsewhere_chosen = Signal(object)
    """``Elsewhere``."""
    left = Signal()
    """The box was left with Escape, and what had the focus before is gone."""

    def __init__(self, field: QLineEdit, desk: Desk, actions: Callable[[], list[Acts]], window: QWidget) -> None:
        """``actions`` returns what the menus hold now, by place; ``window`` is what the list lies over."""
        super().__init__(window)
        self._field, self._desk, self._actions = field, desk, actions
        self._window = window
        self._before: QWidget | None = None
        self._asked: Task | None = None
        self.setAccessibleName(self.tr("Suggestions"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(font("small"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.hide()
        self.itemClicked.connect(self._take)
        field.textEdited.connect(self._offer)
        field.textChanged.connect(lambda text: None if text else self.hide())
        field.installEventFilter(self)
        app = cast(QApplication, QApplication.instance())
        app.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is self._field and old is not None and old is not self._field:
            self._before = old
        elif new is not self._field:
            self.hide()

    def _offer(self, typed: str) -> None:
        words = " ".join(typed.split())
        if self._asked is not None:
            self._desk.overtake(self._asked)
            self._asked = None
        self._fill(words, None)
        if words and len(words) <= palette.LONGEST:
            asked: list[Task] = []

            def look(store: Store) -> list[Named]:
                return palette.found(store, words, lambda: not (asked and asked[0].is_cancelled()))

            asked.append(self._desk.query(look, while_alive(self, lambda found: self._add_found(typed, words, found))))
            self._asked = asked[0]
        self._place()

    def _add_found(self, typed: str, words: str, found: list[Named]) -> None:
        if typed == self._field.text() and self.window().focusWidget() is self._field:
            self._asked = None
            self._fill(words, found)
            if not self.count():
                self._say_nothing_found()
            self._place()

    def _fill(self, words: str, found: list[Named] | None) -> None:
        """Show what is offered, by kind; ``found`` is None while records are still being looked for.

        What was chosen stays chosen.
        """
        chosen = self.currentItem()
        kept = chosen.data(Qt.ItemDataRole.UserRole) if chosen is not None else None
        self.clear()
        exact = [one for one in found or () if one.exact]
        self._add_records(exact)
        if words and len(words) <= _LONGEST:
            acts = matching(self._actions(), words)
            if acts:
                self._head(self.tr("Actions"))
            for action, group in acts:
                keys = keys_of(action)
                if action.isEnabled():
                    self._add(f"{plain_words(action)}   {keys}".strip(), action)
                else:
                    there = self.tr("{0}   in {1}").format(plain_words(action), group.title)
                    self._add(there, Elsewhere(action, group.place))
            self._add_settings(words)
        self._add_records([one for one in found or () if not one.exact])
        if kept is not None:
            for number in range(self.count()):
                if self.item(number).data(Qt.ItemDataRole.UserRole) == kept:
                    self.setCurrentRow(number)

    def _add_settings(self, words: str) -> None:
        wanted = f" {words}".casefold()
        found = [(key, one) for key, one in setting_words(self.tr).items() if key in KNOWN]
        named = [(key, one.title) for key, one in found if wanted in f" {one.title}".casefold()]
        for key, one in found:  # whoever types "dark" wants where that is chosen
            can_be = [value for value in one.values.values() if wanted in f" {value}".casefold()]
            named += [(key, self.tr("{0}: {1}").format(one.title, value)) for value in can_be]
        if named:
            self._head(self.tr("Settings"))
        for key, title in named:
            self._add(title, ("setting", key))

    def _add_records(self, found: Sequence[Named]) -> None:
        kinds = dict.fromkeys(one.kind for one in found)
        for kind in kinds:
            self._head(self._kind_words(kind))
            for one in found:
                if one.kind == kind:
                    named = visible(harmless(one.name), _SHOWN, lines=False)
                    detail = visible(harmless(one.detail), _SHOWN, lines=False)
                    self._add(f"{named}   {detail}".strip(), (kind, one.id))

    def _kind_words(self, kind: str) -> str:
        words = {
            "incident": self.tr("Incidents"), "victim": self.tr("Victims"), "action": self.tr("Support actions"),
            "tip": self.tr("Reports"), "campaign": self.tr("Campaigns"), "view": self.tr("Saved views"),
            "manual": self.tr("Manual"), "organisation code": self.tr("Alerts of an organisation"),
        }  # fmt: skip
        return words.get(kind) or kind_name(kind)

    def _head(self, words: str) -> None:
        item = QListWidgetItem(words, self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setFont(font("cap_strong"))

    def _add(self, words: str, what: QAction | Elsewhere | tuple[str, str]) -> None:
        item = QListWidgetItem(words, self)
        item.setData(Qt.ItemDataRole.UserRole, what)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words)

    def _say_nothing_found(self) -> None:
        """Say that there is nothing to choose: an empty place under the box reads as if it were still looking."""
        words = self.tr("Nothing that can be done, and no record, is called so. Enter searches every record.")
        item = QListWidgetItem(words, self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        announce(self._field, words)

    def _place(self) -> None:
        """Lie under the box, as wide as the words need and the window allows."""
        window = self._window
        wanted = max(self._field.width(), self.sizeHintForColumn(0) + 4 * self.frameWidth() + 12)
        width = min(wanted, window.width())
        height = sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth()
        corner = self._field.mapTo(window, QPoint(0, self._field.height()))
        x = max(0, min(corner.x(), window.width() - width))
        self.setGeometry(x, corner.y(), width, min(height, window.height() - corner.y()))
        self.setVisible(self.count() > 0)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose; every other key is the box's own."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and not self.isHidden():
            self._place()
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        key = Qt.Key(cast(QKeyEvent, event).key())
        if cast(QKeyEvent, event).modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        enters = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        chosen = self.currentItem() if not self.isHidden() else None
        takes = key == Qt.Key.Key_Escape or (key in _STEPS and not self.isHidden()) or (enters and chosen is not None)
        if takes and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif takes and key == Qt.Key.Key_Escape:
            self.leave()
        elif takes and chosen is not None and enters:
            self._take(chosen)
        elif takes:
            self._step(_STEPS[key])
        elif enters:
            self.hide()
        return takes and event.type() == QEvent.Type.KeyPress

    def _step(self, by: int) -> None:
        """Choose the next or the one before, headings passed over; before the first none is chosen."""
        at = self.currentRow() + by
        while 0 <= at < self.count() and not self.item(at).flags() & Qt.ItemFlag.ItemIsEnabled:
            at += by
        if at >= self.count():
            return
        self.setCurrentRow(max(-1, at))
        item = self.currentItem()
        if item is not None:
            self.scrollToItem(item if self._is_first(at) is False else self.item(0))
            announce(self._field, f"{self._heading_of(at)}: {item.text()}")

    def _is_first(self, at: int) -> bool:
        return not any(self.item(row).flags() & Qt.ItemFlag.ItemIsEnabled for row in range(at))

    def _heading_of(self, at: int) -> str:
        heads = (self.item(row) for row in range(at, -1, -1))
        return next((item.text() for item in heads if not item.flags() & Qt.ItemFlag.ItemIsEnabled), "")

    def _take(self, item: QListWidgetItem) -> None:
        what = item.data(Qt.ItemDataRole.UserRole)
        if what is None:
            return
        self.leave()
        if isinstance(what, Elsewhere):
            self.elsewhere_chosen.emit(what)
        elif isinstance(what, tuple | list):
            self.record_chosen.emit(*what)
        elif isValid(what) and what.isEnabled():
            what.trigger()

    def leave(self) -> None:
        """Empty the box and give the focus back to what had it."""
        before, self._before = self._before, None
        self.hide()
        self._field.clear()
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.left.emit()
