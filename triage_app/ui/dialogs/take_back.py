"""Which imports of one gesture are to be taken back: all that stand at first, each named with what it brought."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from triage_app.language import plural
from triage_app.services.import_history import ImportSummary
from triage_app.ui.messages import Dialog
from triage_app.ui.text import text_label
from triage_app.ui.views.kind_words import records_in_words
from triage_app.ui.widgets import CheckBox, ScrollPage, danger, row, secondary

_LINE = 32
_UNDER_THE_WORDS = 24
_MOST_LINES = 8
"""Files that are in view at once; the rest is scrolled to."""


def set_aside_words(found: Sequence[ImportSummary]) -> str:
    """Return what taking imports back costs in rejected rows, "" for nothing."""
    many = sum(each.rejected for each in found if each.rejects_file)
    if not many:
        return ""
    tr = QCoreApplication.translate
    if many == 1:
        return tr("TakeBack", "The row that was set aside is deleted for good, even if the import is put back.")
    words = tr("TakeBack", "The {0} rows that were set aside are deleted for good, even if the import is put back.")
    return words.format(f"{many:,}")


class TakeBackDialog(Dialog):
    """What was taken back before is shown as such and cannot be chosen again."""

    chosen = Signal(list)
    """The ids of the imports to be taken back."""

    def __init__(self, found: Sequence[ImportSummary], parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("TakeBack", "Take back which files?"), parent=parent)
        self.setMinimumWidth(560)
        self._found = {each.id: each for each in found}
        self.boxes: dict[str, CheckBox] = {}
        words = self.tr("Their records are then no longer shown, unless another import brought them too.")
        self.body.addWidget(text_label(words, "body", "text2", wrap=True))
        page = ScrollPage((0, 0, 8, 0), 0)
        for each in found:
            box = CheckBox(self._line(each))
            box.setChecked(not each.undone)
            box.setEnabled(not each.undone)
            box.toggled.connect(lambda _: self._enable())
            page.body.addWidget(box)
            if each.decided and not each.undone:
                page.body.addWidget(self._kept(each.decided))
            self.boxes[each.id] = box
        page.body.addStretch(1)
        kept = sum(bool(each.decided) and not each.undone for each in found)
        page.setFixedHeight(_LINE * min(len(found) + kept, _MOST_LINES))
        self.body.addWidget(page)
        self.cost = text_label("", "small", "amber", wrap=True)
        self.body.addWidget(self.cost)
        self.cancel_button = secondary(self.tr("Cancel"), key="Esc")
        self.do_button = danger(self.tr("Take back {0} files").format(len(found)))
        self.cancel_button.clicked.connect(self.reject)
        self.do_button.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.chosen.emit(self.ids()))
        self.add_buttons(self.cancel_button, self.do_button)
        self._enable()
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, each: ImportSummary) -> str:
        if each.undone:
            return self.tr("{0}: taken back already").format(each.name)
        return self.tr("{0}: {1}, {2} new").format(each.name, records_in_words(each.records), f"{each.new:,}")

    def _kept(self, many: int) -> QWidget:
        """Return the line under a file on whose alerts something was decided."""
        words = plural(
            many, "What was decided on 1 of its alerts is kept.", "What was decided on {0} of its alerts is kept."
        ).format(f"{many:,}")
        holder = QWidget()
        row(holder, (_UNDER_THE_WORDS, 0, 0, 4)).addWidget(text_label(words, "cap", "text2", wrap=True))
        return holder

    def ids(self) -> list[str]:
        """Return the imports that are chosen."""
        return [which for which, box in self.boxes.items() if box.isEnabled() and box.isChecked()]

    def _enable(self) -> None:
        ids = self.ids()
        self.do_button.setText(plural(len(ids), "Take back 1 file", "Take back {0} files").format(len(ids)))
        self.do_button.setEnabled(bool(ids))
        self.cost.setText(set_aside_words([self._found[which] for which in ids]))
        self.cost.setVisible(bool(self.cost.text()))
