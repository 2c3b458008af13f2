"""The year: the published figures come out by computation, exactly, and no window beside it gives them.

On screen too: that test is here, and not with those of the windows, as it takes ten seconds to build the year.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.conftest import leaves_nothing_behind  # noqa: F401 - a fixture that watches over the window here
from tests.gui.fixtures_store import desk_over, until
from tests.scenarios.laptop import PASSPHRASE, Laptop, clock
from tests.scenarios.the_year import COVID, INCIDENTS, OTHERS_SUPPORTED, SUPPORTED, built
from triage_app.domain.windows import Window
from triage_app.paths import Profile
from triage_app.services import campaigns, figures, reporting_windows
from triage_app.services import session as sessions
from triage_app.store.connection import Store
from triage_app.ui.views.figures import FiguresView

pytestmark = pytest.mark.slow
HOUR = 3_600_000
YEAR = ("--window", "review-year-2020")


@pytest.fixture(scope="module")
def laptop() -> Laptop:
    return built()


def three(laptop: Laptop, *window: str) -> tuple[int, int, int]:
    """Return incidents, incidents of the campaign, victims supported in it."""
    words = " ".join(window)
    every, covid = laptop.batch(f"figures {words}", f"figures {words} --campaign COVID-19")
    return every["incidents"]["count"], covid["incidents"]["count"], covid["victims_supported"]["count"]


def test_the_review_year_gives_exactly_the_published_figures(laptop: Laptop) -> None:
    assert three(laptop, *YEAR) == (INCIDENTS, COVID, SUPPORTED)
    assert three(laptop, "--from", "2019-09-01", "--to", "2020-08-31") == (INCIDENTS, COVID, SUPPORTED)
    found = laptop.ask("figures", *YEAR)
    assert found["victims_supported"]["count"] == SUPPORTED + OTHERS_SUPPORTED
    assert not found["incidents"]["at_least"]
    assert {one["name"]: one["count"] for one in found["by_campaign"]} == {
        "campaign:COVID-19": COVID, "campaign:none": INCIDENTS - COVID,
    }  # fmt: skip
    for group in ("by_category", "by_class", "by_severity", "by_status"):
        assert sum(one["count"] for one in found[group]) == INCIDENTS, group
    assert {one["name"]: one["count"] for one in found["left_out"]} == {
        "left-out:exercise": 2, "left-out:discarded": 2, "left-out:duplicate": 2,
    }  # fmt: skip
    assert [one["name"] for one in found["notes"]] == ["across"]


def test_every_number_opens_a_list_of_as_many(laptop: Laptop) -> None:
    found = laptop.ask("figures", *YEAR, "--campaign", "covid")
    listed = [found["incidents"], found["victims_supported"]]
    listed += [one for name in figures.GROUPS for one in found[f"by_{name}"]]
    listed += found["left_out"] + found["notes"]
    assert len(listed) > 8
    asked = (f'figures {" ".join(YEAR)} --campaign covid --list "{number["name"]}"' for number in listed)
    for number, rows in zip(listed, laptop.batch(*asked), strict=True):
        assert len(rows) == number["count"] == len(number["ids"]), number["name"]
        assert [row["id"] for row in rows] == number["ids"]


def test_a_list_of_victims_says_by_which_support_and_names_no_person(laptop: Laptop) -> None:
    rows = laptop.ask("figures", *YEAR, "--list", "victims-supported")
    assert all(row["actions"] and row["first_success"] for row in rows)
    assert "Synthetic person" not in str(rows)


@pytest.mark.parametrize(
    "window",
    [
        ("--from", "2019-09-02", "--to", "2020-09-01"),
        ("--from", "2019-08-31", "--to", "2020-08-30"),
        ("--from", "2019-09-01", "--to", "2020-09-01"),
        ("--from", "2019-09-02", "--to", "2020-08-31"),
        ("--from", "2019-08-31", "--to", "2020-08-31"),
        ("--from", "2019-09-01", "--to", "2020-08-30"),
        ("--window", "calendar-year-2020"),
        ("--window", "financial-year-2019-20"),
        ("--window", "review-year-2019"),
    ],
    ids=" ".join,
)
def test_a_window_a_day_off_gives_none_of_the_three(laptop: Laptop, window: tuple[str, ...]) -> None:
    found = three(laptop, *window)
    assert found[0] != INCIDENTS
    assert found[1] != COVID
    assert found[2] != SUPPORTED


def at(store: Store, window: Window, start: int, end: int) -> tuple[int, int, int]:
    every = figures.between(store, window, start, end)
    covid = figures.between(store, window, start, end, campaigns.find(store, "COVID-19"))
    return every.incidents.count, covid.incidents.count, covid.victims.count


def test_a_window_an_hour_or_a_minute_off_gives_none_of_the_three(laptop: Laptop) -> None:
    with laptop.session() as session:
        window = reporting_windows.read(session.store, session.now(), "review-year-2020")
        start, end = window.start_at, window.end_at
        assert at(session.store, window, start, end) == (INCIDENTS, COVID, SUPPORTED)
        for first, last in (
            (HOUR, HOUR), (-HOUR, -HOUR), (HOUR, 0), (0, HOUR), (-HOUR, 0), (0, -HOUR),
            (60_000, 0), (-60_000, 0), (0, 60_000), (0, -60_000),
        ):  # fmt: skip
            found: tuple[Any, ...] = at(session.store, window, start + first, end + last)
            assert all(one != right for one, right in zip(found, (INCIDENTS, COVID, SUPPORTED), strict=True)), found


def test_the_window_shows_exactly_the_published_figures_and_a_day_off_others(
    laptop: Laptop, tmp_path: Path, qtbot: QtBot
) -> None:
    shutil.copytree(laptop.home, tmp_path / "home")
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


def test_the_store_of_the_year_is_whole(laptop: Laptop) -> None:
    assert laptop.verified()["ok"]
    before = laptop.ask("figures", *YEAR)
    laptop.ask("rebuild")
    assert laptop.ask("figures", *YEAR) == before
