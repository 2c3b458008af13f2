"""Verifying the journal shows how far it is, and stops when it is asked to."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, now, until, window_on
from triage_app.errors import Cancelled
from triage_app.paths import Profile
from triage_app.services import keeping
from triage_app.services import session as sessions
from triage_app.store import state
from triage_app.ui.views.home import HomeView


def test_it_counts_up_to_what_it_said_there_is(samples: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(copied(samples, tmp_path / "home")), PASSPHRASE, now)
    told: list[tuple[int, int | None]] = []
    assert keeping.verify(session, progress=lambda done, total=None: told.append((done, total)))["ok"]
    session.close()
    totals = {total for _, total in told if total is not None}
    assert len(totals) == 1
    counts = [done for done, total in told if total is not None]
    assert counts == sorted(counts)
    assert counts[-1] == totals.pop()
    assert len(set(counts)) > 70


@pytest.mark.parametrize("after", [0.0, 0.3, 0.55, 0.8, 0.99])
def test_it_stops_anywhere_and_leaves_the_store_as_it_was(after: float, samples: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(copied(samples, tmp_path / "home")), PASSPHRASE, now)
    before = state.state(session.store)

    def stop(done: int, total: int | None = None) -> None:
        if total is not None and done >= after * total:
            raise Cancelled

    with pytest.raises(Cancelled):
        keeping.verify(session, progress=stop)
    assert state.state(session.store) == before
    assert keeping.verify(session)["ok"]
    session.close()


def test_the_window_shows_per_cent_and_cancel_ends_it_with_a_word(
    samples: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with window_on(copied(samples, tmp_path / "home"), qtbot) as window:
        work = window.workplace
        assert work is not None
        home = work.view("home")
        assert isinstance(home, HomeView)
        told: list[tuple[str, int, int]] = []
        until(qtbot, lambda: not work.desk.lane.is_busy())
        long, tasks = work.desk.long, []
        monkeypatch.setattr(
            work.desk, "long", lambda *given, **more: tasks.append(long(*given, **{
                **more, "on_progress": lambda done, total: told.append(("", done, total or 0))})),
        )  # fmt: skip
        home.verify()
        until(qtbot, lambda: "The journal is verified" in work.status_text())
        assert any(total and 0 < done <= total for _, done, total in told)
        home.verify()
        tasks[-1].cancel()
        until(qtbot, lambda: "The journal was not verified to its end." in work.status_text())
