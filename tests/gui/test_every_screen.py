"""Every screen and dialog in a small window: it fits, no word and no button is cut, and the focus is in sight."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractScrollArea, QComboBox, QDialog, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.demo_store import copied, now, told
from tests.gui.fixtures_store import until
from triage_app.app import build
from triage_app.cli.commands_demo import PASSPHRASE
from triage_app.paths import Profile
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.keys_help import keys_dialog
from triage_app.ui.manual import open_manual
from triage_app.ui.messages import ask_dialog, bug_dialog
from triage_app.ui.screenshots import pause, settle, walk_through
from triage_app.ui.table import RecordTable
from triage_app.ui.text import ElidingLabel
from triage_app.ui.widgets import Button

pytestmark = pytest.mark.slow

SCALED = {"1920 by 1080 at 300": QSize(634, 332), "1920 by 1080 at 200": QSize(952, 512)}
"""What a screen at so many per cent and the border of the window leave, in logical pixels. The first is also less than
a screen of 1366 by 768 leaves at 200 %: 675 by 356."""

SURE_MS = 250
"""Milliseconds after which what looks wrong is looked at again."""


def wider_than_its_room(label: QLabel) -> bool:
    """Tell whether a label has a word, or a line, that its width cuts."""
    metrics = QFontMetrics(label.font())
    room = label.contentsRect().width() + 1
    if not label.wordWrap():
        return any(metrics.horizontalAdvance(line) > room for line in label.text().split("\n"))
    flags = int(Qt.TextFlag.TextWordWrap.value)
    return metrics.boundingRect(QRect(0, 0, room, 1 << 16), flags, label.text()).width() > room


def cut_labels(shown: QWidget) -> list[str]:
    """Return the words of labels that their own size cuts."""
    found = []
    for label in shown.findChildren(QLabel):
        if not label.isVisible() or not label.text() or isinstance(label, ElidingLabel):
            continue
        tall = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        if tall > label.height() + 1 or wider_than_its_room(label):
            found.append(f"{label.text()[:60]} ({label.width()} x {label.height()}, wants {tall})")
    return found


def cut_buttons(shown: QWidget) -> list[str]:
    """Return the words of buttons that are narrower than these, or stand beyond a side of what is shown."""
    found = []
    for button in shown.findChildren(Button):
        if not button.isVisible() or button.minimumWidth() == button.maximumWidth():
            continue
        left = button.mapTo(shown, QPoint(0, 0)).x()
        if button.width() < button.sizeHint().width() or left < 0 or left + button.width() > shown.width():
            found.append(button.text())
    return found


def cut_controls(shown: QWidget) -> list[str]:
    """Return what can be pressed or typed into and is partly covered, or beyond the edge of what holds it."""
    found = []
    kinds = (Button, QLineEdit, QComboBox, QLabel)
    for control in [one for kind in kinds for one in shown.findChildren(kind)]:
        if control.isVisible() and not scrolls(control) and control.visibleRegion().boundingRect() != control.rect():
            words = control.text() if isinstance(control, QLabel) else control.accessibleName()
            if words:
                found.append(f"{words} ({control.visibleRegion().boundingRect().height()} high)")
    return found


def is_put_away(table: RecordTable) -> bool:
    """Tell whether the page that a table stands on has given its room to a question."""
    step = table.parentWidget()
    while step is not None and step.height():
        step = step.parentWidget()
    return step is not None


def without_rows(shown: QWidget) -> list[str]:
    """Return the tables that have rows and show none of them whole, and the pages that scroll sideways."""
    found = []
    for table in shown.findChildren(RecordTable):
        seen = table.viewport().visibleRegion().boundingRect().height()
        if not table.isVisible() or not table.record_model.ids or scrolls(table) or is_put_away(table):
            continue
        if seen < table.row_height:
            found.append(f"no row of {table.accessibleName()} ({seen} high)")
    for page in shown.findChildren(QScrollArea):
        if page.isVisible() and page.horizontalScrollBar().maximum() > 0:
            found.append(f"sideways by {page.horizontalScrollBar().maximum()}: {page.accessibleName()}")
    return found


def scrolls(control: QWidget) -> bool:
    """Tell whether a control can be scrolled into view."""
    step = control.parentWidget()
    while step is not None and not isinstance(step, QAbstractScrollArea):
        step = step.parentWidget()
    return step is not None


def hidden_focus(shown: QWidget) -> list[str]:
    """Return what is wrong with where a form begins: nowhere, at a way out, or scrolled out of sight."""
    if not isinstance(shown, FormDialog):
        return []
    has = shown.focusWidget()
    if has is None or has is shown.cancel:
        return ["it begins at Cancel" if has is not None else "nothing has the focus"]
    if has.visibleRegion().isEmpty():
        return [f"{has.accessibleName()} has the focus out of sight"]
    return []


class Judge:
    """Looks at every screen it is shown, and remembers what is wrong with it."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.faults: dict[str, list[str]] = {}

    def take(self, shown: QWidget, name: str) -> None:
        """Look at a screen; what is wrong is looked at again when it has had time to come to rest."""
        self.seen.add(name)
        found = self._wrong(shown)
        if found:
            pause(SURE_MS)
            found = self._wrong(shown)
        if found:
            self.faults[name] = found

    @staticmethod
    def _wrong(shown: QWidget) -> list[str]:
        found = [f"cut: {words}" for words in cut_labels(shown)]
        found += [f"cut button: {words}" for words in cut_buttons(shown)]
        found += without_rows(shown)
        found += [f"covered: {words}" for words in cut_controls(shown)]
        if isinstance(shown, QDialog):
            parent = shown.parentWidget()
            behind = shown.size() if parent is None else parent.window().size()
            if shown.width() > behind.width() or shown.height() > behind.height():
                size = f"{shown.width()} x {shown.height()}"
                found.append(f"{size} over a window of {behind.width()} x {behind.height()}")
            found += hidden_focus(shown)
        return found


@pytest.mark.parametrize(
    "make",
    [
        lambda behind: keys_dialog(behind, []),
        open_manual,
        lambda behind: bug_dialog(behind, "Traceback"),
        lambda behind: ask_dialog(behind, "Destroy it?", "Destroy it", "It cannot be brought back. " * 8, True),
    ],
    ids=["keys", "manual", "a bug", "a question"],
)
@pytest.mark.parametrize("size", SCALED.values(), ids=list(SCALED))
def test_what_is_shown_over_every_place_fits(qtbot: QtBot, make: Callable[[QWidget], QDialog], size: QSize) -> None:
    behind = QWidget()
    qtbot.addWidget(behind)
    behind.resize(size)
    behind.show()
    judge = Judge()
    shown = make(behind)
    shown.show()
    qtbot.waitExposed(shown)
    judge.take(shown, "it")
    shown.close()
    assert judge.faults == {}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return told(tmp_path_factory.mktemp("demo") / "demo-out")


@pytest.mark.parametrize("size", SCALED.values(), ids=list(SCALED))
def test_every_screen_and_dialog_is_whole_where_everything_is_scaled(
    demo: Path, tmp_path: Path, qtbot: QtBot, size: QSize
) -> None:
    judge = Judge()
    home = copied(demo, tmp_path / "demo-out") / "northmoor"
    window = build(Profile(home), now, passphrase=PASSPHRASE, fixed_clock=True)
    qtbot.addWidget(window)
    window.resize(size)
    window.show()
    until(qtbot, lambda: window.workplace is not None)
    assert window.workplace is not None
    settle(window.workplace)
    walk_through(window.workplace, judge)
    window.close()
    assert not judge.faults, "\n".join(f"{name}: {found}" for name, found in judge.faults.items())
    assert len(judge.seen) > 60
