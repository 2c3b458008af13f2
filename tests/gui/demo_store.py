"""The demonstration's stores for tests of views: told once a run, copied for each test that writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import desk_over
from triage_app.cli.commands_demo import PASSPHRASE, tell
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.ui.desk import Desk


def now() -> datetime:
    """The time at which the story ends."""
    return datetime(2026, 11, 22, 3, 52, tzinfo=UTC)


def told(folder: Path) -> Path:
    """Tell the story in a folder and return it."""
    tell(folder, lambda _: None, Path("demo-out"))
    return folder


def copied(demo: Path, to: Path) -> Path:
    """Return a copy of the demonstration that a test may write to."""
    shutil.copytree(demo, to)
    return to


@contextmanager
def desk_on(home: Path, qtbot: QtBot) -> Iterator[Desk]:
    """Yield a desk over one of its stores."""
    with desk_over(lambda: sessions.unlock(Profile(home), PASSPHRASE, now), qtbot) as desk:
        yield desk
