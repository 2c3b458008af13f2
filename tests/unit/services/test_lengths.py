"""Lengths of time in words, as they are shown and as they are said."""

from __future__ import annotations

import pytest

from triage_app.services.lengths import age, age_aloud, span, span_aloud


@pytest.mark.parametrize(
    ("seconds", "shown", "said"),
    [
        (-5, "0 m", "0 minutes"),
        (60, "1 m", "1 minute"),
        (3599, "59 m", "59 minutes"),
        (3600, "1 h", "1 hour"),
        (7200, "2 h", "2 hours"),
        (172799, "47 h", "47 hours"),
        (172800, "2 d", "2 days"),
    ],
)
def test_an_age_is_in_its_largest_whole_unit(seconds: int, shown: str, said: str) -> None:
    assert (age(seconds), age_aloud(seconds)) == (shown, said)


@pytest.mark.parametrize(
    ("minutes", "shown", "said"),
    [
        (0, "0 m", "0 minutes"),
        (-31, "31 m", "31 minutes"),
        (61, "1 h 1 m", "1 hour 1 minute"),
        (120, "2 h", "2 hours"),
        (71 * 60 + 12, "71 h 12 m", "71 hours 12 minutes"),
        (100 * 60 + 59, "4 d 4 h", "4 days 4 hours"),
        (24 * 60 * 5, "5 d", "5 days"),
    ],
)
def test_a_span_is_in_two_units_at_most(minutes: int, shown: str, said: str) -> None:
    assert (span(minutes * 60_000), span_aloud(minutes * 60_000)) == (shown, said)
