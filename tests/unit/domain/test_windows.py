"""Reporting windows run from midnight to midnight in London, whatever the clocks did between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import windows
from triage_app.domain.windows import LONDON, Window, WindowKind
from triage_app.services import reporting_windows

KINDS = {kind.code: kind for kind in reporting_windows.shipped().kinds}
TODAY = date(2026, 11, 27)
days = st.dates(date(1991, 1, 1), date(2190, 12, 31))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def test_the_review_year_runs_from_september_to_august_by_londons_clock() -> None:
    found = windows.named(KINDS["review-year"], "2020", TODAY)
    assert (found.start, found.end) == (date(2019, 9, 1), date(2020, 9, 1))
    assert moment(found.start_at) == datetime(2019, 8, 31, 23, tzinfo=UTC)
    assert moment(found.end_at) == datetime(2020, 8, 31, 23, tzinfo=UTC)
    assert found.in_words == "1 Sep 2019 to 31 Aug 2020"


@pytest.mark.parametrize(("day", "hours"), [(date(2020, 3, 29), 23), (date(2019, 10, 27), 25), (date(2020, 6, 1), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    found = windows.own(day, day)
    assert found.end_at - found.start_at == hours * 3_600_000


@given(day=days)
def test_midnight_is_midnight_in_london_and_of_that_day(day: date) -> None:
    local = moment(windows.midnight(day)).astimezone(LONDON)
    assert (local.date(), local.hour, local.minute) == (day, 0, 0)
    assert moment(windows.midnight(day) - 1).astimezone(LONDON).date() == day - timedelta(days=1)


@given(day=days, code=st.sampled_from(sorted(KINDS)), back=st.integers(0, 8))
def test_windows_of_a_kind_follow_one_another_without_gap_and_hold_the_day_asked_for(
    day: date, code: str, back: int
) -> None:
    found = windows.around(KINDS[code], day, back)
    assert windows.around(KINDS[code], day, back + 1).end == found.start
    assert found.start < found.end
    if back == 0:
        assert found.start <= day < found.end
    if code != "last-7-days":
        assert windows.named(KINDS[code], found.code.removeprefix(f"{code}-"), day) == found


@pytest.mark.parametrize(
    ("code", "label", "first", "last"),
    [
        ("financial-year", "2019-20", date(2019, 4, 1), date(2020, 3, 31)),
        ("financial-year", "1999-00", date(1999, 4, 1), date(2000, 3, 31)),
        ("calendar-year", "2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("quarter", "2020-q4", date(2020, 10, 1), date(2020, 12, 31)),
        ("month", "2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("review-year", "", date(2026, 9, 1), date(2027, 8, 31)),
        ("last-7-days", "", date(2026, 11, 21), TODAY),
    ],
)
def test_a_window_is_named_as_people_name_it(code: str, label: str, first: date, last: date) -> None:
    found = windows.named(KINDS[code], label, TODAY)
    assert (found.start, found.end - timedelta(days=1)) == (first, last)


@pytest.mark.parametrize(
    ("code", "label"),
    [("financial-year", "2019"), ("financial-year", "2019-21"), ("review-year", "19"), ("month", "2020-13"),
     ("quarter", "2020-q5"), ("review-year", "0001"), ("month", "9999-12"), ("last-7-days", "2020")],
)  # fmt: skip
def test_a_name_of_no_window_is_refused_with_the_current_one(code: str, label: str) -> None:
    with pytest.raises(ValueError, match="the current one is"):
        windows.named(KINDS[code], label, TODAY)


@pytest.mark.parametrize(("first", "last"), [(date(2020, 2, 2), date(2020, 2, 1)), (date(1, 1, 1), date(2020, 1, 1)),
                                             (date(2020, 1, 1), date.max)])  # fmt: skip
def test_an_impossible_span_is_refused(first: date, last: date) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        windows.own(first, last)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["year", "days", "both"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["windows", "code", "name", "span", "month", "day", "days", "label"]), inner)
    ),
    max_leaves=12,
)


@given(untrusted=_JSON)
def test_a_file_of_windows_is_read_or_refused_with_a_sentence(untrusted: Any) -> None:
    try:
        found = windows.read_kinds(untrusted)
    except ValueError as refused:
        said = str(refused)
    else:
        said = ""
        assert all(isinstance(windows.around(kind, TODAY), Window) for kind in found)
    assert said == "" or said.endswith(".")


def test_every_window_that_ships_says_where_it_comes_from() -> None:
    assert all(kind.source for kind in KINDS.values())
    assert isinstance(KINDS["month"], WindowKind)
