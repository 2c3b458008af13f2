"""How high a dialog is whose middle scrolls: as high as its content, as far as the window behind allows."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from triage_app.ui.messages import Dialog
from triage_app.ui.widgets import ScrollPage

_MARGIN = 32
_LEAST = 96
_SLACK = 22
"""Logical pixels that wrapped labels may need beyond what they asked for."""


def fit(dialog: Dialog, page: ScrollPage, width: int) -> None:
    """Give a dialog the height that the content of its scrolling page asks for at a width."""
    behind = dialog.parentWidget()
    window = behind.window().size() if behind is not None else dialog.screen().availableSize()
    wide = max(dialog.minimumWidth(), min(width, window.width() - _MARGIN))
    page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    inner: QWidget = page.widget()
    layout = inner.layout()
    margins = dialog.body.contentsMargins()
    within = wide - margins.left() - margins.right()
    tall = inner.sizeHint().height()
    if layout is not None and layout.hasHeightForWidth():
        tall = layout.totalHeightForWidth(within) + _SLACK
    dialog.ensurePolished()
    page.setMinimumHeight(0)
    around = dialog.body.totalHeightForWidth(wide) if dialog.body.hasHeightForWidth() else dialog.sizeHint().height()
    around -= page.sizeHint().height()
    height = max(_LEAST, min(tall + 2, window.height() - _MARGIN - around))
    page.setMinimumHeight(height)
    dialog.resize(wide, around + height)
