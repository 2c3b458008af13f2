"""A laptop whose clock jumped says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from triage_app.domain.clock_drift import TOLERANCE_MS, Drift, Jump, Reading, jump
from triage_app.services import clock_drift, incidents
from triage_app.services.changes import milliseconds

HOUR = 3_600_000


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (found,) = copies(tmp_path)
    yield found
    found.close()


@given(st.integers(0, 2**41), st.integers(0, 2**41), st.integers(-(2**40), 2**40))
def test_a_clock_that_goes_as_the_time_does_is_believed_and_one_that_jumps_is_not(
    wall: int, passed: int, by: int
) -> None:
    before = Reading(wall, 5)
    found = jump(wall, Reading(wall + passed + by, 5 + passed), before)
    if by > TOLERANCE_MS:
        assert found == Jump(Drift.FORWARD, by)
    elif by < -TOLERANCE_MS:
        assert found == Jump(Drift.BACK, -by)
    elif passed + by >= -TOLERANCE_MS:
        assert found is None


def test_a_time_before_one_that_was_seen_is_behind() -> None:
    assert jump(10 * HOUR, Reading(9 * HOUR, 0)) == Jump(Drift.BEHIND, HOUR)
    assert jump(None, Reading(0, 0)) is None


def test_a_laptop_whose_clock_was_set_back_while_it_was_off_says_so(laptop: Laptop) -> None:
    incidents.open_incident(laptop.session, "x")
    assert clock_drift.said(laptop.store, clock_drift.reading(laptop.session)) == ""
    laptop.clock.move(hours=-5)
    said = clock_drift.said(laptop.store, clock_drift.reading(laptop.session))
    assert "shows Sun 22 Nov 2026 07:00 GMT, but it has been Sun 22 Nov 2026 12:00 GMT here already" in said
    clock_drift.note(laptop.session)
    assert clock_drift.said(laptop.store, clock_drift.reading(laptop.session)) != ""


def test_the_highest_time_is_noted_now_and_then_and_not_at_every_look(laptop: Laptop) -> None:
    clock_drift.note(laptop.session)
    first = laptop.store.meta(clock_drift.SEEN)
    laptop.clock.move(minutes=5)
    clock_drift.note(laptop.session)
    assert laptop.store.meta(clock_drift.SEEN) == first
    laptop.clock.move(minutes=6)
    clock_drift.note(laptop.session)
    assert laptop.store.meta(clock_drift.SEEN) > first
    assert clock_drift.highest_seen(laptop.store) == laptop.store.meta(clock_drift.SEEN)


def test_a_jump_within_a_run_is_told_with_its_length(laptop: Laptop) -> None:
    before = clock_drift.reading(laptop.session)
    laptop.clock.move(hours=2)
    said = clock_drift.said(laptop.store, Reading(milliseconds(laptop.clock.at), before.steady_ms + 1000), before)
    assert said.startswith("This laptop's clock jumped forward by 1 h 59 m, to Sun 22 Nov 2026 14:00 GMT.")
