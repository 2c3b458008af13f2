"""The conflict inbox: where two values stand, side by side, and neither is preselected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from triage_app.language import plural
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.conflict_parts import ForkPicture, ValueCard
from triage_app.ui.views.conflict_reading import Conflict
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import (
    Button,
    EmptyState,
    Panel,
    TextField,
    column,
    icon_button,
    link,
    quiet,
    row,
    secondary,
)

_LIST: Final = 320
_STACK_BELOW: Final = 560
"Logical pixels under which the cards stand one over the other."
_LIST_FROM: Final = 840
"Logical pixels from which the list stands beside the conflict."
TAKE_KEYS: Final = ("1", "2", "3")


class ConflictPane(QWidget):
    """The list of conflicts, and the current one with its values."""

    take_requested = Signal(object, str)
    """The conflict, and the operation whose value shall stand."""
    value_entered = Signal(object, str)
    """The conflict, and another value as typed."""
    incident_requested = Signal(str)
    """The id of the incident that the conflict belongs to."""
    both_requested = Signal(object)
    """The conflict whose values shall both be kept, in one."""
    several_requested = Signal()
    """Several conflicts are to be settled together."""
    shown = Signal()
    """Other conflicts are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._conflicts: list[Conflict] = []
        self._current = ""
        self._room = _LIST_FROM
        self.list = RowsTable([Column("what", self.tr("Conflict inbox"), 240, "title", stretch=True, sortable=False)],
                              self.tr("Conflict inbox"), inset=Size.CARD, two_line=True)  # fmt: skip
        self.list.current_changed.connect(lambda record_id: self._go_to(str(record_id or "")))
        self.list.opened.connect(lambda _: self._focus_values())
        self._split = Panel("line")
        self._split.setFixedWidth(1)
        self._pane = QWidget()
        self._cards: list[ValueCard] = []
        self._empty = EmptyState(
            self.tr("No field holds two values."),
            self.tr("When two laptops set the same field apart from each other, both values are shown here until "
                    "somebody settles it. Nobody wins by being later."),
        )  # fmt: skip
        whole = row(self, gap=0)
        whole.addWidget(self._aside())
        whole.addWidget(self._split)
        whole.addWidget(self._pane, 1)
        whole.addWidget(self._empty, 1)
        whole.setAlignment(self._empty, Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(Size.PAGE, Size.PAGE, Size.PAGE, Size.PAGE)
        self._build()
        self.show_conflicts([])

    def _aside(self) -> QWidget:
        self._beside = QWidget()
        self._beside.setFixedWidth(_LIST)
        lines = column(self._beside, gap=0)
        lines.addWidget(self.list, 1)
        self._together = QWidget()
        together = column(self._together, (Size.CARD, 10, Size.CARD, 0), 4)
        self.suggested = text_label("", "cap", "text2", wrap=True)
        together.addWidget(self.suggested)
        self.several = secondary(self.tr("Settle several"), key="A")
        self.several.clicked.connect(self.several_requested)
        together.addWidget(self.several, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self._together)
        self._last = QWidget()
        last = column(self._last, (Size.CARD, 10, Size.CARD, Size.CARD), 4)
        last.addWidget(text_label(self.tr("Last merge"), "small_strong"))
        self._last_words = text_label("", "cap", "text2", wrap=True)
        last.addWidget(self._last_words)
        self._last.hide()
        lines.addWidget(self._last)
        return self._beside

    def show_last_merge(self, words: str) -> None:
        """Say under the list what the last merge came to."""
        self._last_words.setText(words)
        self._last.setVisible(bool(words))

    def last_merge(self) -> str:
        """Return what is said of the last merge."""
        return self._last_words.text()

    def _build(self) -> None:
        lines = column(self._pane, (Size.PAGE, 14, Size.PAGE, Size.CARD), 8)
        head = row(gap=10)
        self._name = text_label("", "h2")
        self._where = link("")
        self._where.clicked.connect(self._open_incident)
        self._title = ElidingLabel("", "small", "text2")
        self._place = text_label("", "small", "text2")
        up, down = (
            icon_button(self.tr("Previous conflict"), "chevron-up"),
            icon_button(self.tr("Next conflict"), "chevron-down"),
        )
        up.clicked.connect(lambda: self._step(-1))
        down.clicked.connect(lambda: self._step(1))
        head.addWidget(self._name)
        head.addWidget(self._where)
        head.addWidget(self._title, 1)
        head.addWidget(self._place)
        head.addWidget(up)
        head.addWidget(down)
        lines.addLayout(head)
        self._fork = ForkPicture()
        lines.addWidget(self._fork)
        self._sides: QBoxLayout = QHBoxLayout()
        self._sides.setSpacing(14)
        lines.addLayout(self._sides)
        self._entry = self._entry_line()
        lines.addWidget(self._entry)
        self._beside_words = text_label("", "small", "text2", wrap=True)
        lines.addWidget(self._beside_words)
        foot = row(gap=8)
        self.both = secondary(self.tr("Keep both"), key="B")
        self.both.clicked.connect(self.keep_both)
        foot.addWidget(self.both)
        self.other = secondary(self.tr("Enter another value"), key="4")
        self.other.clicked.connect(self.enter_another)
        self.later = quiet(self.tr("Decide later"), key="S")
        self.later.clicked.connect(self.decide_later)
        self._promise = text_label(
            self.tr("Nothing is lost: both values stay in the history."), "cap", "text2", wrap=True
        )
        self._promise.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.other)
        foot.addWidget(self.later)
        foot.addWidget(self._promise, 1)
        lines.addLayout(foot)
        lines.addStretch(1)

    def _entry_line(self) -> QWidget:
        made = QWidget()
        line = row(made, gap=8)
        self._field = TextField(self.tr("Another value"), name=self.tr("Another value"))
        self._field.returnPressed.connect(self._enter)
        self._set = secondary(self.tr("Set this value"))
        self._set.clicked.connect(self._enter)
        line.addWidget(self._field, 1)
        line.addWidget(self._set)
        made.hide()
        return made

    # -- what is shown ------------------------------------------------------------------------------------

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Show conflicts; the current one stays while it is among them, else the next takes its place."""
        keys = [one.key for one in self._conflicts]
        at = keys.index(self._current) if self._current in keys else 0
        self._conflicts = list(conflicts)
        any_left = bool(self._conflicts)
        self._together.setVisible(any_left)
        self._empty.setVisible(not any_left)
        self._pane.setVisible(any_left)
        self.list.show_rows([self._list_row(one) for one in self._conflicts])
        if any_left:
            now = [one.key for one in self._conflicts]
            self._go_to(self._current if self._current in now else now[min(at, len(now) - 1)])
        else:
            self._current = ""
        self._fit()
        self.shown.emit()

    def say_suggested(self, words: str) -> None:
        """Say beside the way to settle several what rules would do, '' for nothing."""
        self.suggested.setText(words)
        self.suggested.setVisible(bool(words))

    def _list_row(self, conflict: Conflict) -> dict[str, object]:
        values = self.tr(" or ").join(side.value.replace("\n", ", ") for side in conflict.sides)
        name = conflict.name[:1].lower() + conflict.name[1:] if not conflict.name[:2].isupper() else conflict.name
        many = len({side.device for side in conflict.sides})
        devices = plural(many, "1 device", "{0} devices").format(many)
        return {"id": conflict.key, "what": Cell(f"{conflict.ref}, {name}", second=f"{values}. {devices}")}

    def current(self) -> Conflict | None:
        """Return the conflict that is shown, or None."""
        return next((one for one in self._conflicts if one.key == self._current), None)

    def show_conflict(self, key: str) -> bool:
        """Make a conflict current by its key; tell whether it is there."""
        self._go_to(key)
        return self._current == key

    def _go_to(self, key: str) -> None:
        keys = [one.key for one in self._conflicts]
        if key not in keys:
            return
        if key != self._current:
            self._entry.hide()
            self._field.clear()
        self._current = key
        if self.list.current_id() != key:
            self.list.go_to_id(key)
        conflict = self._conflicts[keys.index(key)]
        self._name.setText(conflict.name)
        self._where.setText(conflict.ref)
        self._where.setVisible(bool(conflict.incident))
        self._title.setText(conflict.title)
        self._place.setText(self.tr("Conflict {0} of {1}").format(keys.index(key) + 1, len(keys)))
        ours, theirs = self.tr("{0}, ours"), self.tr("{0}, theirs")
        self._fork.set_fork(conflict.before, [(ours if s.ours else theirs).format(s.value) for s in conflict.sides])
        self._show_sides(conflict)
        self._fit()
        self.both.setVisible(bool(conflict.combine))
        self.other.setVisible(not conflict.deletion)
        self._beside_words.setText(self.tr("Beside it, and no conflict: {0}.").format(conflict.beside))
        self._beside_words.setVisible(bool(conflict.beside))
        self.other.setEnabled(conflict.enterable)
        self.other.setToolTip("" if conflict.enterable else self.tr("Take one of the values, then change the record."))

    def _is_fork(self) -> bool:
        conflict = self.current()
        return conflict is not None and len(conflict.sides) == 2 and not conflict.deletion

    def _show_sides(self, conflict: Conflict) -> None:
        while len(self._cards) < len(conflict.sides):
            number = len(self._cards)
            card = ValueCard(TAKE_KEYS[number] if number < len(TAKE_KEYS) else "")
            card.taken.connect(lambda which=number: self.take(which))
            self._cards.append(card)
            self._sides.addWidget(card, 1)
        for number, card in enumerate(self._cards):
            card.setVisible(number < len(conflict.sides))
            if number < len(conflict.sides):
                card.show_side(conflict.sides[number])

    # -- what can be done ---------------------------------------------------------------------------------

    def take(self, number: int) -> None:
        """Ask that a value, counted from 0, shall stand."""
        conflict = self.current()
        if conflict is not None and number < len(conflict.sides):
            self.take_requested.emit(conflict, conflict.sides[number].op)

    def keep_both(self) -> None:
        """Ask that both values be kept in one, where they can be."""
        conflict = self.current()
        if conflict is not None and conflict.combine:
            self.both_requested.emit(conflict)

    def enter_another(self) -> None:
        """Open the field for another value."""
        conflict = self.current()
        if conflict is not None and conflict.enterable:
            self._entry.show()
            self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def decide_later(self) -> None:
        """Leave this one and go to the next."""
        self._step(1)

    def _enter(self) -> None:
        conflict = self.current()
        if conflict is not None and self._field.text().strip():
            self.value_entered.emit(conflict, self._field.text().strip())

    def _step(self, by: int) -> None:
        keys = [one.key for one in self._conflicts]
        if keys:
            self._go_to(keys[(keys.index(self._current) + by) % len(keys)])

    def _focus_values(self) -> None:
        if self._cards and self._conflicts:
            self._cards[0].take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_incident(self) -> None:
        conflict = self.current()
        if conflict is not None and conflict.incident:
            self.incident_requested.emit(conflict.incident)

    def take_buttons(self) -> list[Button]:
        """Return the buttons that take a value, in order."""
        return [card.take for card in self._cards if not card.isHidden()]

    # -- room ---------------------------------------------------------------------------------------------

    def set_room(self, width: int) -> None:
        """Say how wide the page is: without room the list goes, then the title, and the cards are stacked.

        The pane's own width would not do: what it shows keeps it from ever becoming narrower.
        """
        self._room = width
        self._fit()

    def _fit(self) -> None:
        beside = self._room >= _LIST_FROM and bool(self._conflicts)
        self._beside.setVisible(beside)
        self._split.setVisible(beside)
        room = self._room - (_LIST if beside else 0)
        stacked = room < _STACK_BELOW
        wanted = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._sides.direction() != wanted:
            self._sides.setDirection(wanted)
        self._promise.setVisible(room >= 640)
        self._title.setVisible(room >= 480)
        self._place.setVisible(room >= 480)
        self._fork.setVisible(room >= 420 and self._is_fork())
