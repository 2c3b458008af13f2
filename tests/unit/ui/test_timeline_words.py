"""What stands at the dashed lines of a timeline."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage_app.services.changes import milliseconds
from triage_app.ui.views.timeline_reading import due_words


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 11, 28, 12, 4, tzinfo=UTC), "12:04"),
        (datetime(2026, 12, 1, 8, 4, tzinfo=UTC), "Tue 1 Dec 08:04"),
        (datetime(2027, 1, 4, 8, 4, tzinfo=UTC), "Mon 4 Jan 2027 08:04"),
    ],
)
def test_what_is_due_on_another_day_says_which(due: datetime, words: str) -> None:
    now = datetime(2026, 11, 28, 8, 5, tzinfo=UTC)
    assert due_words(milliseconds(due), now) == words
