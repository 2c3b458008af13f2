"""The year: the published figures come out by computation, exactly, and no window beside it gives them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.laptop import Laptop
from tests.scenarios.the_year import COVID, INCIDENTS, OTHERS_SUPPORTED, SUPPORTED, built
from triage_app.domain.windows import Window
from triage_app.services import campaigns, figures, reporting_windows
from triage_app.store.connection import Store

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


def test_the_store_of_the_year_is_whole(laptop: Laptop) -> None:
    assert laptop.verified()["ok"]
    before = laptop.ask("figures", *YEAR)
    laptop.ask("rebuild")
    assert laptop.ask("figures", *YEAR) == before
