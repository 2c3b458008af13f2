"""Laptops of a story, and the window's desk over one of them while the others go on by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import desk_over
from tests.stores import Clock, Laptop, copies, found, opened
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.views.exchange import ExchangeView


@dataclass
class Cast:
    """A and B of one trust, C and D of two others, and a laptop of the first trust that nobody knows."""

    a: Laptop
    b: Laptop
    c: Laptop
    d: Laptop
    stranger: Laptop
    folder: Path
    gone: set[str] = field(default_factory=set)
    "Devices whose stores the window has open."

    def close(self) -> None:
        """Lock every store."""
        for laptop in (self.a, self.b, self.c, self.d, self.stranger):
            if laptop.device not in self.gone:
                laptop.close()


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    """The laptops, each with a store of its own."""
    a, b, c, d = copies(tmp_path, 4)
    found(tmp_path / "stranger", "RXX", responder="Eve Lloyd", organisation_name="RXX Trust", device_name="Ward 9")
    made = Cast(a, b, c, d, opened(tmp_path / "stranger"), tmp_path)
    yield made
    made.close()


@contextmanager
def desk_at(cast: Cast, laptop: Laptop, qtbot: QtBot) -> Iterator[Desk]:
    """Close a laptop's session and yield the window's desk over its store."""
    key, responder, clock = bytes(laptop.session.key), laptop.session.author.responder, Clock(laptop.clock.at)
    cast.gone.add(laptop.device)
    laptop.close()
    profile = Profile(laptop.folder / "profile")
    with desk_over(lambda: sessions.open_with_key(profile, key, clock, responder=responder), qtbot) as desk:
        yield desk


def view_on(desk: Desk, qtbot: QtBot, qapp: QApplication) -> ExchangeView:
    """Show the exchange over a desk, and wait until it has read."""
    theme.current().apply(qapp)
    made = ExchangeView(desk)
    qtbot.addWidget(made)
    made.resize(1180, 820)
    with qtbot.waitSignal(made.count_changed, timeout=5_000):
        made.show()
    return made


def until(qtbot: QtBot, check: Callable[[], bool]) -> None:
    """Wait for something that may take a while: age is slow on purpose."""
    qtbot.waitUntil(check, timeout=60_000)
