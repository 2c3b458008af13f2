"""Handovers as a fold: the same on every laptop, whatever order they come in; nobody's shift is lost between two."""

from __future__ import annotations

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.shift import Given, State, Taking, fold, shift_start

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ((2026, 11, 22, 3, 12), (2026, 11, 21, 20)),
        ((2026, 11, 22, 8, 0), (2026, 11, 22, 8)),
        ((2026, 11, 22, 19, 59), (2026, 11, 22, 8)),
        ((2026, 10, 25, 1, 30), (2026, 10, 24, 20)),  # the night the clocks go back
    ],
)
def test_a_shift_begins_at_eight_and_at_eight(now: tuple[int, ...], began: tuple[int, ...]) -> None:
    assert shift_start(datetime(*now, tzinfo=LONDON)) == datetime(*began, tzinfo=LONDON)  # type: ignore[misc,arg-type]


def states(found: list[Given], takings: list[Taking]) -> dict[str, State]:
    return {one.given.id: one.state for one in fold(found, takings)}


def test_one_that_nobody_takes_stays_open_for_ever() -> None:
    assert states([Given("a", "sam", 1)], []) == {"a": State.OPEN}


def test_what_two_gave_apart_stands_side_by_side_until_each_is_taken() -> None:
    both = [Given("a", "sam", 1), Given("b", "priya", 2)]
    assert states(both, []) == {"a": State.OPEN, "b": State.OPEN}
    assert states(both, [Taking("t", "b", "joe", 3)]) == {"a": State.OPEN, "b": State.TAKEN}


def test_a_later_one_of_the_same_giver_stands_for_the_one_before() -> None:
    both = [Given("a", "sam", 1), Given("b", "sam", 2)]
    assert states(both, []) == {"a": State.REPLACED, "b": State.OPEN}
    assert states([both[0], Given("b", "sam", 2, taken_back_at=3)], []) == {"a": State.REPLACED, "b": State.TAKEN_BACK}


def test_nobody_takes_what_they_gave() -> None:
    assert states([Given("a", "sam", 1)], [Taking("t", "a", "sam", 2)]) == {"a": State.OPEN}


def test_one_that_was_taken_counts_as_taken_though_its_giver_took_it_back_and_both_are_told() -> None:
    (found,) = fold([Given("a", "sam", 1, taken_back_at=2)], [Taking("t", "a", "joe", 3)])
    assert (found.state, found.is_crossed) == (State.TAKEN, True)
    (found,) = fold([Given("a", "sam", 1, removed=True)], [Taking("t", "a", "joe", 3)])
    assert found.state is State.TAKEN
    assert fold([Given("a", "sam", 1, removed=True)], []) == []


def test_two_who_took_it_apart_are_both_named() -> None:
    (found,) = fold([Given("a", "sam", 1)], [Taking("u", "a", "priya", 4), Taking("t", "a", "joe", 3)])
    assert [taking.taker for taking in found.takings] == ["joe", "priya"]
    assert found.is_crossed


people = st.sampled_from(["sam", "priya", "joe"])
many = st.lists(
    st.builds(Given, st.sampled_from("abcd"), people, st.integers(0, 5), st.none() | st.integers(0, 9), st.booleans()),
    unique_by=lambda one: one.id,
)
taken = st.lists(
    st.builds(Taking, st.sampled_from("tuvw"), st.sampled_from("abcd"), people, st.integers(0, 9)),
    unique_by=lambda one: one.id,
)


@given(many, taken, st.randoms())
def test_the_order_in_which_they_come_changes_nothing(
    found: list[Given], takings: list[Taking], random: Random
) -> None:
    first = fold(found, takings)
    random.shuffle(found)
    random.shuffle(takings)
    assert fold(found, takings) == first


@given(many, taken)
def test_a_giver_has_at_most_one_open_and_it_is_their_newest(found: list[Given], takings: list[Taking]) -> None:
    standing = fold(found, takings)
    for giver in {one.giver for one in found}:
        own = [one for one in standing if one.given.giver == giver]
        still_open = [one for one in own if one.state is State.OPEN]
        assert still_open in ([], own[:1])
