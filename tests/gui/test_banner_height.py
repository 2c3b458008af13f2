"""A banner is as high as its words need at the width it is given."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from triage_app.ui import theme
from triage_app.ui.widgets import Banner, column


def test_long_words_beside_a_link_are_not_laid_over_each_other(qtbot: QtBot, qapp: QApplication) -> None:
    theme.current().apply(qapp)
    page = QWidget()
    qtbot.addWidget(page)
    lines = column(page)
    banner = Banner(
        "What happened, said at some length. " * 4, "What to do about it, said at length. " * 4, "amber", "Show it"
    )
    lines.addWidget(banner)
    lines.addStretch(1)
    page.resize(420, 700)
    page.show()
    labels = (banner._what, banner._detail)
    qtbot.waitUntil(lambda: all(one.height() >= one.heightForWidth(one.width()) for one in labels), timeout=3_000)
