"""Long work reports at a pace a person can read, and stops when asked."""

from __future__ import annotations

import pytest

from triage_app.errors import Cancelled
from triage_app.services.progress import ReportingProgress, no_progress


class Seconds:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_no_more_than_ten_reports_a_second_are_passed_on() -> None:
    heard: list[tuple[int, int | None]] = []
    seconds = Seconds()
    progress = ReportingProgress(lambda done, total: heard.append((done, total)), lambda: False, seconds)
    for done in range(1, 2001):
        seconds.now = done / 1000  # two seconds of work, a thousand records a second
        progress(done, None)
    assert 18 <= len(heard) <= 21


def test_the_first_and_the_last_report_are_always_passed_on() -> None:
    heard: list[tuple[int, int | None]] = []
    progress = ReportingProgress(lambda done, total: heard.append((done, total)), lambda: False, lambda: 0.0)
    for done in range(1, 101):
        progress(done, 100)
    assert heard == [(1, 100), (100, 100)]


def test_work_that_was_cancelled_stops_at_its_next_step_and_reports_nothing() -> None:
    heard: list[int] = []
    asked = False
    progress = ReportingProgress(lambda done, total: heard.append(done), lambda: asked, lambda: 0.0)
    progress(1, 10)
    asked = True
    with pytest.raises(Cancelled):
        progress(10, 10)
    assert heard == [1]


def test_work_nobody_watches_may_report_too() -> None:
    no_progress(1, 2)
