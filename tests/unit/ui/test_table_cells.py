"""What stands in a cell, and which columns fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.ui.table_cells import UNKNOWN, Cell, ClockCell, Column, StatusCell, cell_aloud, cell_text, fitted

COLUMNS = (
    Column("severity", "Severity", 100, "severity"),
    Column("title", "Alert", 220, "title", stretch=True),
    Column("source", "Source", 100, drop=1),
    Column("org", "Organisation", 120, drop=2),
    Column("clock", "Clock", 110, "clock"),
)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("text", None, "–"),
        ("text", "", "–"),
        ("count", UNKNOWN, "not known"),
        ("count", 0, "0"),
        ("count", 51204, "51,204"),
        ("times", 12, "×12"),
        ("age", 840, "14 m"),
        ("severity", "high", "High"),
        ("text", "a\u202eb\nc", "a[U+202E]b c"),
        ("text", Cell("K7", second="118 to 120"), "K7, 118 to 120"),
        ("text", Cell(""), "–"),
        ("clock", ClockCell("red", "SLA 38 m", 0.9), "SLA 38 m"),
        ("status", StatusCell("failed", "Failed"), "Failed"),
    ],
)
def test_a_cell_is_never_blank_and_never_zero_for_what_is_not_known(kind: str, value: object, words: str) -> None:
    assert cell_text(Column("k", "K", kind=kind), value) == words


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("age", 840, "14 minutes"),
        ("age", UNKNOWN, "not known"),
        ("times", 1, "once"),
        ("times", 12_000, "12,000 times"),
        ("clock", ClockCell("red", "2 h 1 m late", 0.9), "2 hours 1 minute late"),
        ("clock", ClockCell("red", "SLA 38 m", 0.9, "SLA, red, 38 minutes left"), "SLA, red, 38 minutes left"),
        ("text", "a ward PC", "a ward PC"),
    ],
)
def test_a_screen_reader_says_what_stands_in_a_cell_with_nothing_shortened(
    kind: str, value: object, words: str
) -> None:
    assert cell_aloud(Column("k", "K", kind=kind), value) == words


def test_a_wide_window_shows_every_column_and_only_one_stretches() -> None:
    assert fitted(COLUMNS, 1000) == {0: 100, 1: 570, 2: 100, 3: 120, 4: 110}


def test_columns_go_in_their_order_as_the_window_narrows() -> None:
    assert sorted(fitted(COLUMNS, 600)) == [0, 1, 3, 4]
    assert sorted(fitted(COLUMNS, 500)) == [0, 1, 4]
    assert sorted(fitted(COLUMNS, 100)) == [0, 1, 4], "what has no drop order never goes"


@given(st.integers(0, 4000))
def test_columns_fill_the_room_exactly_when_they_fit(room: int) -> None:
    widths = fitted(COLUMNS, room)
    if room >= 430:
        assert sum(widths.values()) == room
    assert all(width >= 60 for width in widths.values())


def test_no_columns_need_no_room() -> None:
    assert fitted((), 100) == {}
