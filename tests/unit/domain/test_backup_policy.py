"""Which backups stay: the last, one a day, one a week, within their room, and never none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.backup_policy import HOUR_MS, BadPolicy, Kept, Policy, read, wanted
from triage_app.paths import resources

DAY_MS = 24 * HOUR_MS
NOON = 1_795_348_800_000
"""Sunday 22 November 2026, 12:00 UTC."""


def shipped() -> dict[str, Any]:
    path: Path = resources() / "policies" / "backups.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def policy() -> Policy:
    return read(shipped())


def copies(*hours: float, size: int = 1) -> list[Kept]:
    return [Kept(f"{place}", round(NOON - ago * HOUR_MS), size) for place, ago in enumerate(hours)]


def test_the_three_last_stay_and_the_newest_of_each_day_and_week(policy: Policy) -> None:
    every = copies(*range(0, 24 * 60, 6))
    kept = wanted(every, policy, 10**9)
    hours = sorted(int(name) * 6 for name in kept)
    assert hours[:3] == [0, 6, 12]
    days = {(NOON - hour * HOUR_MS) // DAY_MS for hour in hours}
    assert len(days) >= 7
    assert hours[3:9] == [18 + 24 * n for n in range(6)]
    assert len(kept) == 3 + 6 + 3  # the newest day is among the last, and the newest week among the days
    assert max(hours) == 21 * 24 - 6  # the Sunday evening that ended the fourth week back


def test_the_oldest_go_first_where_there_is_no_room(policy: Policy) -> None:
    every = copies(0, 1, 2, 30, 60, size=10)
    assert wanted(every, policy, 50) == {"0", "1", "2", "3", "4"}
    assert wanted(every, policy, 35) == {"0", "1", "2"}
    assert wanted(every, policy, 10) == {"0"}


def test_the_newest_stays_however_little_room_there_is(policy: Policy) -> None:
    assert wanted(copies(0, 1, size=10), policy, 0) == {"0"}
    assert wanted([], policy, 0) == set()


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 100)), max_size=40, unique_by=lambda one: one[0]),
       st.integers(0, 2_000))  # fmt: skip
def test_what_stays_has_room_and_holds_the_newest(made: list[tuple[int, int]], room: int) -> None:
    policy = read(shipped())
    every = [Kept(str(ago), NOON - ago * HOUR_MS, size) for ago, size in made]
    kept = wanted(every, policy, room)
    if every:
        assert str(min(ago for ago, _ in made)) in kept
    assert len(kept) <= 1 or sum(one.size for one in every if one.name in kept) <= room
    assert len(kept) <= policy.last + policy.daily + policy.weekly
    again = wanted([one for one in every if one.name in kept], policy, room)
    assert again == kept  # to sort out twice takes nothing more


@pytest.mark.parametrize(
    ("hours", "colour"), [(0, "ok"), (23.9, "ok"), (24, "amber"), (167, "amber"), (168, "red"), (None, "red")]
)
def test_a_copy_elsewhere_is_amber_after_a_day_and_red_after_a_week_or_never(
    policy: Policy, hours: float | None, colour: str
) -> None:
    assert policy.colour(None if hours is None else round(NOON - hours * HOUR_MS), NOON) == colour


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"last": 0}, "“last” is no whole number from 1 to 100"),
        ({"daily": True}, "“daily”"),
        ({"name": ""}, "“name”"),
        ({"date": "soon"}, "its date"),
        ({"forever": 1}, "“forever”, which is not known"),
        ({"red_hours": 3}, "“red_hours” is less"),
    ],
)
def test_a_file_of_rules_with_one_fault_is_refused_whole(change: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPolicy, match=why):
        read({**shipped(), **change})
    with pytest.raises(BadPolicy):
        read([])
