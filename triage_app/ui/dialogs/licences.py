"""Help, Licences: whose work the program carries, and the words under which it does."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from triage_app.services import licences
from triage_app.ui.messages import Dialog
from triage_app.ui.table import Column
from triage_app.ui.theme import font
from triage_app.ui.tokens import Size
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.widgets import TextArea, secondary

_LIST, _NARROW, _HEIGHT = 400, 300, 620
"Widths of the list, where there is room and where there is little, and the height that is wanted."


class LicencesDialog(Dialog):
    """The works of others at the left, the licence of the current one at the right; nothing is rendered."""

    holds_up: ClassVar[bool] = False

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", "", parent)
        tr = self.tr
        self.setWindowTitle(tr("Licences"))
        self.heading.setText(tr("Work of others in this program, and its licences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._parts = {part.name: part for part in licences.parts()}
        self.table = RowsTable(
            [
                Column("name", tr("Name"), 150, "title", stretch=True, sortable=False),
                Column("version", tr("Version"), 76, "mono", sortable=False),
                Column("licence", tr("Licence"), 150, drop=1, sortable=False),
            ],
            tr("Work of others"),
        )
        self.words = TextArea(name=tr("Licence"))
        self.words.setReadOnly(True)
        self.words.setMinimumHeight(200)
        self.words.setMaximumHeight(16_777_215)
        fixed = font("mono")
        fixed.setStyleHint(QFont.StyleHint.Monospace)
        self.words.setFont(fixed)
        line = QHBoxLayout()
        line.setSpacing(Size.GAP)
        behind = parent.window().size()
        self.table.setFixedWidth(_LIST if behind.width() > 2 * _LIST + 200 else _NARROW)
        line.addWidget(self.table)
        line.addWidget(self.words, 1)
        self.body.addLayout(line, 1)
        close = secondary(tr("Close"), key="Esc")
        close.clicked.connect(self.reject)
        self.add_buttons(close)
        self.table.current_changed.connect(lambda _: self._show())
        self.table.show_rows(
            [
                {"id": part.name, "name": part.name, "version": part.version or "–", "licence": part.licence}
                for part in self._parts.values()
            ]
        )
        self.table.go_to_row(0)
        self.resize(min(1040, behind.width() - 32), min(_HEIGHT, behind.height() - 32))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        part = self._parts.get(str(self.table.current_id()))
        if part is None:
            return
        within = self.tr("Part of {0}.").format(part.within) if part.within else ""
        self.words.setPlainText("\n\n".join(one for one in (part.what + ".", within, part.text) if one))
        self.words.setAccessibleName(self.tr("Licence of {0}").format(part.name))
        self.words.moveCursor(QTextCursor.MoveOperation.Start)
