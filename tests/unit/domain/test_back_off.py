"""Waiting after wrong passphrases: longer each time, never for good, whatever becomes of the clock or the file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import back_off
from triage_app.domain.back_off import FREE, LONGEST_WAIT, UNKNOWN, Tries

times = st.integers(0, 2**50)
tries = st.builds(Tries, st.integers(0, 2**40), st.integers(0, 2**40), times, times)


def after(count: int, at: int = 1_000_000) -> Tries:
    found = Tries()
    for _ in range(count):
        found = back_off.failed(found, at)
    return found


def test_five_tries_are_free_and_then_the_wait_doubles_up_to_five_minutes() -> None:
    waits = [back_off.wait_after(count) for count in range(FREE + 9)]
    assert waits == [0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_the_wait_is_over_when_its_seconds_are() -> None:
    known = after(5)
    assert back_off.seconds_left(known, known.last) == 5
    assert back_off.seconds_left(known, known.last + 4_001) == 1
    assert back_off.seconds_left(known, known.last + 5_000) == 0


def test_a_clock_set_back_gives_one_more_try_and_it_counts() -> None:
    known = after(6)
    assert back_off.seconds_left(known, known.last - 1) == 0
    again = back_off.failed(known, known.last - 1)
    assert back_off.seconds_left(again, again.last) == 20


def test_a_file_that_is_gone_gives_one_more_try() -> None:
    assert back_off.seconds_left(UNKNOWN, 5_000) == 0
    again = back_off.failed(UNKNOWN, 5_000)
    assert (again.untold, again.first) == (1, 5_000)
    assert back_off.seconds_left(again, 5_000) == 5


def test_a_right_secret_ends_the_wait_and_keeps_what_is_to_be_told() -> None:
    known = back_off.succeeded(after(7))
    assert (known.wrong, known.untold, known.first) == (0, 7, 1_000_000)
    assert back_off.seconds_left(known, known.last) == 0
    assert back_off.told(known).untold == 0


@given(tries, times)
def test_nobody_is_ever_locked_out_for_longer_than_the_longest_wait(known: Tries, now: int) -> None:
    assert 0 <= back_off.seconds_left(known, now) <= LONGEST_WAIT
    assert back_off.seconds_left(known, max(now, known.last) + LONGEST_WAIT * 1000) == 0
