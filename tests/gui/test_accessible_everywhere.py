"""Every place, tab and dialog of the menus, in one window: names, roles, no keyboard trap, targets of 24 pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget

from tests.gui.demo_store import copied, now, told
from tests.gui.reaching import nameless, strange_roles, too_small, trapped, unheard
from triage_app.app import build
from triage_app.cli.commands_demo import PASSPHRASE
from triage_app.paths import Profile
from triage_app.store import lookup
from triage_app.ui.dialogs.pick_bar import PickBar
from triage_app.ui.main_window import MainWindow
from triage_app.ui.screenshots import pause
from triage_app.ui.workplace import Workplace
from triage_app.ui.workplace_menus import PLACES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.qt_log_ignore(
        "This plugin does not support raise", "does not support grabbing", extend=True
    ),  # the offscreen platform
]

CHECKS: dict[str, Callable[[QWidget], list[str]]] = {
    "names": nameless, "roles": strange_roles, "words": unheard, "sizes": too_small, "ways": trapped,
}  # fmt: skip
STEP_MS = 15
PATIENCE = 400
LEAST_DIALOGS = 45


class Judge:
    """Goes through the window once, and keeps what is wrong by check."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace
        self.dialogs: Counter[str] = Counter()
        self.places: list[str] = []
        self.faults: dict[str, list[str]] = {check: [] for check in CHECKS}
        self._tried: set[QAction] = set()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        quiet = 0
        for _ in range(PATIENCE):
            pause(STEP_MS)
            quiet = quiet + 1 if self.workplace.desk.is_at_rest() else 0
            if quiet > 1:
                break

    def look(self, shown: QWidget, name: str) -> None:
        """Judge one window."""
        for check, finds in CHECKS.items():
            for fault in finds(shown):
                if not any(fault in known for known in self.faults[check]):
                    self.faults[check].append(f"{name}: {fault}")

    def place(self, name: str, stay: Callable[[], object]) -> None:
        """Judge a place, then each dialog and each question that its menus open; ``stay`` comes back to it."""
        stay()
        self.settle()
        self.workplace.window().activateWindow()  # no window manager does it here when the last dialog has gone
        pause(STEP_MS)
        self.places.append(name)
        self.look(self.workplace.window(), name)
        for _, actions in self.workplace._titled_actions():
            for action in actions:
                if "…" in action.text() and action.isEnabled() and action not in self._tried:
                    self._tried.add(action)
                    self._open(action, name)
                    stay()

    def _open(self, action: QAction, place: str) -> None:
        name = action.text().partition("\t")[0].replace("&", "")
        action.trigger()
        self.settle()
        opened = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]
        bars = [one for one in self.workplace.findChildren(PickBar) if one.isVisible()]
        for dialog in opened:
            self.dialogs[name] += 1
            self.look(dialog, f"{place}, {name}")
        if bars and not opened:
            self.dialogs[name] += 1
            self.look(self.workplace.window(), f"{place}, {name}")
        for bar in bars:
            bar.cancelled.emit()
        for dialog in opened:
            dialog.reject()
            dialog.reject()  # a form with words in it asks once
        pause(STEP_MS)


def walk(workplace: Workplace) -> Judge:
    """Go through every place, and every tab of the incident with most alerts."""
    judge = Judge(workplace)
    store = workplace.desk.store
    for key in PLACES:
        workplace.view(key)
    incident = max(lookup.listing(store, "incident"), key=lambda row: (row["alerts"], row["ref"]))
    victim = max(lookup.listing(store, "victim"), key=lambda row: row["actions"])
    records = {"incidents": ("incident", incident["id"]), "victims": ("victim", victim["id"])}
    for key in PLACES:
        if key == "incidents":
            continue
        kind, record = records.get(key, ("place", key))
        judge.place(key, lambda kind=kind, record=record: workplace.open_record(kind, record))  # type: ignore[misc]
    incidents: Any = workplace.view("incidents")
    for tab in list(incidents.page.tabs.tabs):

        def stay(tab: str = tab) -> None:
            workplace.open_record(*records["incidents"])
            incidents.page.tabs.go_to(tab)

        judge.place(f"incident, {tab}", stay)
    for name, show in (("incidents", incidents.show_list), ("reports", incidents.show_tips)):

        def come(show: Callable[[], None] = show) -> None:
            workplace.go_to("incidents")
            show()

        judge.place(name, come)
    for name, signal in (("keys", workplace.keys_requested), ("help", workplace.help_requested)):
        signal.emit()
        judge.settle()
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible())
        judge.look(dialog, name)
        judge.dialogs[name] += 1
        dialog.reject()
    return judge


def opened(window: MainWindow) -> Workplace:
    """Wait for the window to be unlocked."""
    for _ in range(PATIENCE * 3):
        pause(STEP_MS)
        if window.workplace is not None:
            return window.workplace
    raise AssertionError("the store did not open")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[Judge]:
    """Walk through one window over the demonstration; no file is chosen and no question answered with yes."""
    demo = told(tmp_path_factory.mktemp("demo") / "demo-out")
    home = copied(demo, tmp_path_factory.mktemp("walk") / "demo-out") / "northmoor"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("getOpenFileName", "getSaveFileName"):
            patch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
        patch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([], ""))
        patch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
        patch.setattr(QDialog, "exec", lambda _: QDialog.DialogCode.Rejected)
        window = build(Profile(home), now, passphrase=PASSPHRASE, fixed_clock=True)
        faults: list[BaseException] = []
        window.faulted.connect(faults.append)
        window.resize(1440, 900)
        window.show()
        window.activateWindow()
        workplace = opened(window)
        found = Judge(workplace)
        found.settle()
        try:
            found = walk(workplace)
        finally:
            window.close()
            window.deleteLater()
            pause()
        assert faults == []
        yield found


def test_every_place_and_every_dialog_of_the_menus_was_looked_at(judge: Judge) -> None:
    assert len(judge.places) >= len(PLACES) + 8
    assert len(judge.dialogs) >= LEAST_DIALOGS, sorted(judge.dialogs)


@pytest.mark.parametrize(
    "check",
    [
        pytest.param("names", id="whatever can have the focus has a name"),
        pytest.param("roles", id="nothing is said to be what it is not"),
        pytest.param("words", id="a name hides no words"),
        pytest.param("sizes", id="what is clicked is 24 pixels high and wide"),
        pytest.param("ways", id="Tab goes round and comes to everything, and Shift Tab goes back"),
    ],
)
def test_everywhere(judge: Judge, check: str) -> None:
    assert judge.faults[check] == [], "\n".join(judge.faults[check])
