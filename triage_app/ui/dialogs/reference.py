"""Help, Reference data: what is held, of which day and how old, and a pack that brings newer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from triage_app.domain.reference import written
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import reference, reference_shelf, releases
from triage_app.services.reference import Held, Taken
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Cell, Column
from triage_app.ui.text import text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import Banner, Facts, ScrollPage, primary, secondary

CHANGED: Final = "reference"
"""What ``Desk.setting_changed`` names when other reference data is held."""
_ROWS: Final = 8
_ABOUT: Final = 112
"Logical pixels of what is said about the current set; more of it scrolls."


@dataclass(frozen=True)
class _Read:
    sets: list[Held]
    problems: list[str]
    trusts_a_key: bool


def _read(store: Store, now: datetime) -> _Read:
    home = store.home
    return _Read(reference.held(home, now), reference_shelf.problems(home), bool(releases.trusted_keys()))


def standing_cell(tr: Any, one: Held) -> Cell:
    """Return how old a set is: too old is said by a mark, by words and by colour."""
    if one.where == reference.NOTHING:
        return Cell(tr("Not held"))
    words = one.standing[:1].upper() + one.standing[1:]
    return Cell(words, glyph="warning", role="amber", strong=True) if one.past else Cell(words)


class ReferenceDialog(Dialog):
    """A table of the sets, and under it what is to be known of the current one."""

    holds_up = False

    def __init__(self, desk: Desk, parent: QWidget, offered: Path | None = None) -> None:
        """``offered`` is a pack that was dropped on the window."""
        words = desk.tr(
            "Lists and catalogues that come from elsewhere and grow old. A pack that a desk hands you brings newer"
            " ones, without a network. Nothing of it changes what anybody recorded."
        )
        super().__init__(desk.tr("Reference data"), "", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._sets: dict[str, Held] = {}
        self.body.addWidget(text_label(words, "small", "text2", wrap=True))
        self.no_key, self.outcome = Banner(), Banner()
        for banner in (self.no_key, self.outcome):
            banner.hide()
            self.body.addWidget(banner)
        tr = self.tr
        self.table = RowsTable(
            [
                Column("name", tr("Set"), 250, "title", stretch=True, sortable=False),
                Column("age", tr("Age"), 232, sortable=False),
                Column("as_of", tr("As of"), 108, drop=1, sortable=False),
                Column("where", tr("From"), 168, drop=2, sortable=False),
            ],
            tr("Reference data"),
            inset=Size.CARD,
        )
        self.table.current_changed.connect(lambda _: self._show_current())
        self.body.addWidget(self.table, 1)
        self.facts = Facts(84)
        about = ScrollPage((Size.CARD, 8, Size.CARD, 0), 0)  # a source may need many words, and the rows must not move
        about.body.addWidget(self.facts)
        about.body.addStretch(1)
        about.setFixedHeight(_ABOUT)
        about.setAccessibleName(tr("About this set"))
        self.body.addWidget(about)
        self.add_button = primary(tr("Add a pack…"))
        self.add_button.clicked.connect(self._choose)
        self.remove_button = secondary(tr("Remove its pack"))
        self.remove_button.clicked.connect(self.remove)
        close = secondary(tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_button.setEnabled(False)
        self.remove_button.setEnabled(False)
        for button in (self.add_button, self.remove_button):
            button.setVisible(not desk.is_read_only)
        self._offered = offered
        self.outcome.acted.connect(self._take_offered)
        self.add_buttons(self.remove_button, self.add_button, close)
        behind = parent.window().size()
        rows = Size.TABLE_HEAD + _ROWS * self.table.row_height + 4
        self.table.setMinimumHeight(min(rows, max(96, behind.height() - 450)))
        self.resize(min(880, behind.width() - 32), 200)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()
        if offered is not None:
            self.look_at(offered)

    def open(self) -> None:
        """Show it; where the list is shown already, that one is given the pack."""
        for other in QApplication.topLevelWidgets():
            is_another = isinstance(other, ReferenceDialog) and other is not self and other.isVisible()
            if self._offered is not None and is_another:
                cast(ReferenceDialog, other).look_at(self._offered)
        super().open()

    def look_at(self, offered: Path) -> None:
        """Show what a pack would bring; nothing is taken before a yes."""
        self._offered = offered
        self._desk.aside(
            lambda store, *_: reference.look(store.home, offered), while_alive(self, self._offer),
            while_alive(self, self._refused),
        )  # fmt: skip

    def refresh(self) -> None:
        """Look again at what is held."""
        now = self._desk.now()
        self._desk.query(lambda store: _read(store, now), while_alive(self, self._show))

    def _show(self, found: _Read) -> None:
        tr = self.tr
        self._sets = {one.code: one for one in found.sets}
        froms = {
            reference.PROGRAM: tr("This program"), reference.PACK: tr("A pack"), reference.IT: tr("Your IT department"),
            reference.OWN: tr("Your own list"), reference.NOTHING: "",
        }  # fmt: skip
        self.table.show_rows(
            [
                {
                    "id": one.code, "name": one.name, "age": standing_cell(tr, one), "where": froms[one.where],
                    "as_of": written(one.as_of) if one.as_of is not None else "",
                }
                for one in found.sets
            ]
        )  # fmt: skip
        if self.table.current_id() is None:
            self.table.go_to_row(0)
        self.no_key.setVisible(not found.trusts_a_key)
        if not found.trusts_a_key:
            self.no_key.say(
                tr("This version can take no pack yet: it trusts no release key."),
                tr("There is none until a release is signed. A newer version of the program brings newer data too."),
                "tint",
            )
        self.add_button.setEnabled(found.trusts_a_key)
        if found.problems:
            more = plural(len(found.problems) - 1, "And 1 more: see “triage reference list”.",
                          "And {0} more: see “triage reference list”.")  # fmt: skip
            self._say(found.problems[0], more.format(len(found.problems) - 1) if len(found.problems) > 1 else "")
        self._show_current()
        self.make_room()

    def _show_current(self) -> None:
        one = self._sets.get(str(self.table.current_id()))
        if one is None:
            return
        tr = self.tr
        self.facts.set_rows(
            [
                (tr("Source"), one.source or "–"), (tr("Licence"), one.licence or "–"), (tr("Shelf life"), one.shelf),
                (tr("Pack"), one.pack or "–"),
            ]
        )  # fmt: skip
        self.remove_button.setEnabled(one.where == reference.PACK)

    def _say(self, what: str, detail: str = "", kind: str = "amber", act: str = "") -> None:
        self.outcome.say(what, detail, kind, act)
        self.outcome.show()
        self.make_room()

    # -- doing --------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        tr = self.tr
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Add a pack of reference data"), "", tr("Packs of reference data (*.pack);;All files (*)")
        )
        if name:
            self.add(Path(name))

    def add(self, path: Path) -> None:
        """Verify a pack and put what is newer in it in place."""
        self.add_button.setEnabled(False)
        self._desk.long(
            "", lambda session, _: reference.add(session, path), while_alive(self, self._added),
            while_alive(self, self._refused),
        )  # fmt: skip

    def _offer(self, found: Taken) -> None:
        kind, act = ("tint", self.tr("Take it")) if found.taken else ("amber", "")
        self._say(found.offer_words, found.left_words, kind, act)

    def _take_offered(self) -> None:
        if self._offered is not None:
            self.add(self._offered)

    def _added(self, found: Taken) -> None:
        self._say(found.words, found.left_words, "ok")
        self._changed(found.words)

    def remove(self) -> None:
        """Let the pack of the current set go: what ships stands in."""
        code = str(self.table.current_id())
        self.remove_button.setEnabled(False)
        self._desk.long(
            "", lambda session, _: reference.remove(session, code), while_alive(self, self._removed),
            while_alive(self, self._refused),
        )  # fmt: skip

    def _removed(self, left: Held) -> None:
        words = self.tr("{0}: its pack was removed.").format(left.name)
        stands = self.tr("What stands in: {0}, {1}.").format(written(left.as_of), left.standing) if left.as_of else ""
        self._say(words, stands, "ok")
        self._changed(words)

    def _changed(self, words: str) -> None:
        self._desk.told.emit(words, "ok")
        self._desk.setting_changed.emit(CHANGED, None)
        self.refresh()

    def _refused(self, error: TriageError) -> None:
        self._say(error.what, error.do, "red")
        self.refresh()
