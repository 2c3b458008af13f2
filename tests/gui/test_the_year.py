"""The year on screen: the real window shows the published figures, by computation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import desk_over, until
from tests.scenarios.laptop import PASSPHRASE, clock
from tests.scenarios.the_year import COVID, INCIDENTS, SUPPORTED, built
from triage_app.paths import Profile
from triage_app.services import reporting_windows
from triage_app.services import session as sessions
from triage_app.ui.views.figures import FiguresView

pytestmark = pytest.mark.slow


def test_the_window_shows_exactly_the_published_figures_and_a_day_off_others(tmp_path: Path, qtbot: QtBot) -> None:
    shutil.copytree(built().home, tmp_path / "home")
    with desk_over(lambda: sessions.unlock(Profile(tmp_path / "home"), PASSPHRASE, clock), qtbot) as desk:
        view = FiguresView(desk)
        qtbot.addWidget(view)
        view.resize(1200, 700)
        view.show()

        def shown() -> tuple[str, str]:
            rows = [view.numbers.row_of(name) for name in ("incidents", "victims-supported")]
            return cast(tuple[str, str], tuple("" if row is None else row["count"].text for row in rows))

        view.show_window(reporting_windows.read(desk.store, desk.now(), "review-year-2020"))
        until(qtbot, lambda: shown()[0] == str(INCIDENTS))
        view._choose_campaign(next(one.id for one in view._campaigns if one.name == "COVID-19"))
        until(qtbot, lambda: shown() == (str(COVID), str(SUPPORTED)))
        view.numbers.go_to_id("victims-supported")
        until(qtbot, lambda: len(view.victims.rows()) == SUPPORTED)
        view.show_window(reporting_windows.read(desk.store, desk.now(), "", "2019-09-02", "2020-09-01"))
        until(qtbot, lambda: shown()[0] not in (str(COVID), ""))
        assert shown()[1] != str(SUPPORTED)
