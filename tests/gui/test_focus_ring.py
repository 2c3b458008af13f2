"""The ring round what has the focus, where nothing is unlocked yet and where a passphrase is shown or asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import empty_store, now
from triage_app.app import build
from triage_app.paths import Profile
from triage_app.ui import theme
from triage_app.ui.dialogs.attachment import passphrase_dialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import CheckBox, FocusRing, ScrollPage
from triage_app.ui.widgets.focus_ring import focus_ring

_OUT = Size.FOCUS_LINE + Size.FOCUS_GAP


@pytest.fixture(autouse=True)
def _no_ring_yet(qapp: QApplication) -> Iterator[None]:
    """Start as a process does: nothing has made a ring."""
    for ring in qapp.findChildren(FocusRing):
        ring.setParent(None)
        ring.deleteLater()
    mode = theme.current().mode
    yield
    theme.current().set_mode(mode)


def shown(home: Path, mode: str, size: tuple[int, int], qtbot: QtBot) -> MainWindow:
    """Return the window, locked or at its first start."""
    window = build(Profile(home), now)
    theme.current().set_mode(mode)
    qtbot.addWidget(window)
    window.resize(*size)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window


def ringed(control: QWidget, qapp: QApplication, qtbot: QtBot) -> None:
    """Give a control the focus, and look at the pixels round it: the ring is there, whole, in its colour."""
    control.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(control.hasFocus, timeout=2_000)
    ring = qapp.findChild(FocusRing)
    name = f"{type(control).__name__} {control.accessibleName()}"
    assert ring is not None, name
    window = control.window()
    box = QRect(control.mapTo(window, QPoint(0, 0)), control.size()).adjusted(-_OUT, -_OUT, _OUT, _OUT)
    assert ring.rect() == box, name
    assert window.rect().contains(box), f"{name} is cut by the window"
    picture = window.grab().toImage()
    ratio = picture.devicePixelRatio()
    middle = box.center()
    for spot in (
        QPoint(middle.x(), box.top() + 1), QPoint(middle.x(), box.bottom() - 1), QPoint(box.left() + 1, middle.y()),
        QPoint(box.right() - 1, middle.y()),
    ):  # fmt: skip
        seen = picture.pixelColor(round(spot.x() * ratio), round(spot.y() * ratio))
        assert seen == QColor(theme.current().palette.focus), (name, spot, seen.name())


def controls(page: QWidget) -> list[QWidget]:
    """Return what takes the focus by Tab on a page, and is seen."""
    return [
        each for each in page.findChildren(QWidget)
        if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1440, 900), (720, 450)])
@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
def test_the_locked_window_rings_its_passphrase_and_every_other_control(
    mode: str, size: tuple[int, int], tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    empty_store(tmp_path / "home")
    window = shown(tmp_path / "home", mode, size, qtbot)
    page = window.unlock_page
    qtbot.waitUntil(page.passphrase.hasFocus, timeout=2_000)
    for recovering, fields in ((False, 1), (True, 3)):
        page.set_recovering(recovering)
        QApplication.sendPostedEvents()
        found = controls(page)
        assert sum(isinstance(each, QLineEdit) for each in found) == fields
        for each in found:
            ringed(each, qapp, qtbot)


@pytest.mark.parametrize("size", [(1440, 900), (720, 450)])
@pytest.mark.parametrize("mode", ["light", "dark", "high-contrast"])
def test_the_first_start_rings_every_control_of_every_step(
    mode: str, size: tuple[int, int], tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    window = shown(tmp_path / "new", mode, size, qtbot)
    page = window.first_run
    assert page is not None
    page.organisation.setText("RXX")
    page.responder.setText("Sam Okafor")
    for step in range(page.steps.count()):
        page._go_to(step)
        qtbot.wait(20)
        found = [each for each in controls(page) if each.size() != page.size()]
        assert found
        for each in found:
            ringed(each, qapp, qtbot)


def test_the_dialog_that_shows_an_archives_passphrase_rings_its_controls(qapp: QApplication, qtbot: QtBot) -> None:
    theme.current().apply(qapp)
    focus_ring()  # the window that it opens over has asked for it
    behind = QWidget()
    qtbot.addWidget(behind)
    made = passphrase_dialog(behind, "evidence.zip", "correct horse battery staple")
    with qtbot.waitExposed(made):
        made.open()
    for each in controls(made):
        ringed(each, qapp, qtbot)
    made.reject()


def page_with_a_field_below(qtbot: QtBot) -> tuple[QWidget, ScrollPage, QPlainTextEdit]:
    """Return a window whose page is too low for the field at its foot, which has the focus; something stands under."""
    window, page, field, under = QWidget(), ScrollPage((6, 6, 6, 6)), QPlainTextEdit(), QLineEdit()
    qtbot.addWidget(window)
    above = QWidget()
    above.setFixedHeight(150)
    field.setFixedHeight(90)
    page.body.addWidget(above)
    page.body.addWidget(field)
    lines = QVBoxLayout(window)
    lines.addWidget(page)
    lines.addWidget(under)
    focus_ring()
    field.setFocus()
    window.resize(400, 220)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(field.hasFocus, timeout=2_000)
    return window, page, field


def test_a_page_that_gets_its_size_late_scrolls_to_what_has_the_focus(qtbot: QtBot) -> None:
    _, page, field = page_with_a_field_below(qtbot)
    view = page.viewport()
    qtbot.waitUntil(lambda: field.mapTo(view, QPoint(0, field.height())).y() <= view.height(), timeout=2_000)
    assert page.verticalScrollBar().value() > 0


def test_the_ring_of_what_is_half_scrolled_away_lies_over_nothing_else(qapp: QApplication, qtbot: QtBot) -> None:
    window, page, field = page_with_a_field_below(qtbot)
    qtbot.waitUntil(lambda: page.verticalScrollBar().value() > 0, timeout=2_000)
    ring = qapp.findChild(FocusRing)
    assert ring is not None
    qtbot.waitUntil(lambda: not ring._settled.isActive(), timeout=2_000)
    page.verticalScrollBar().setValue(0)
    low = page.mapTo(window, QPoint(0, page.height())).y()
    qtbot.waitUntil(lambda: (ring.rect() or window.rect()).bottom() < low + _OUT, timeout=2_000)
    assert field.mapTo(window, QPoint(0, field.height())).y() > low + _OUT, "the field itself goes on"


def test_a_sentence_to_be_ticked_takes_more_lines_in_less_width(qtbot: QtBot) -> None:
    box = CheckBox("I have heard these words, in this order, from a person I know there")
    qtbot.addWidget(box)
    assert box.heightForWidth(220) >= 2 * box.heightForWidth(900) - 12
    assert box.minimumSizeHint().width() <= 220
    assert CheckBox("I have heard these words").minimumSizeHint() == CheckBox("I have heard these words").sizeHint()
