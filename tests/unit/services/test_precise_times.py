"""Times are kept as precisely as they were typed, and never shown as if more were known."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.errors import BadInput
from triage_app.services.changes import milliseconds
from triage_app.services.precise_times import (
    PRECISIONS,
    Moment,
    as_typed,
    impossible_orders,
    in_words,
    moment_of,
    read_moment,
    value_in_words,
)
from triage_app.services.times import LONDON

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "precision", "at"),
    [
        ("2026", "year", "2026-01-01T00:00+00:00"),
        ("May 2026", "month", "2026-05-01T00:00+01:00"),
        ("2026-05", "month", "2026-05-01T00:00+01:00"),
        ("3 May 2026", "day", "2026-05-03T00:00+01:00"),
        ("Sunday 3rd May 2026", "day", "2026-05-03T00:00+01:00"),
        ("2026-05-03", "day", "2026-05-03T00:00+01:00"),
        ("13/05/2026", "day", "2026-05-13T00:00+01:00"),
        ("5/5/2026", "day", "2026-05-05T00:00+01:00"),
        ("yesterday", "day", "2026-11-21T00:00+00:00"),
        ("2 d ago", "day", "2026-11-20T00:00+00:00"),
        ("2026-05-03 14h", "hour", "2026-05-03T14:00+01:00"),
        ("3 May 2pm", "hour", "2026-05-03T14:00+01:00"),
        ("2026-05-03 14h+02:00", "hour", "2026-05-03T14:00+02:00"),
        ("02:00", "minute", "2026-11-22T02:00+00:00"),
        ("yesterday 9:30pm", "minute", "2026-11-21T21:30+00:00"),
        ("12:30am", "minute", "2026-11-22T00:30+00:00"),
        ("-10m", "minute", "2026-11-22T03:02+00:00"),
        ("2 h ago", "minute", "2026-11-22T01:12+00:00"),
        ("now", "minute", "2026-11-22T03:12+00:00"),
        ("2026-11-22T00:45Z", "minute", "2026-11-22T00:45+00:00"),
        ("2026-11-22 02:31:05", "second", "2026-11-22T02:31:05+00:00"),
        ("2026-11-22T02:31:05.250+00:00", "second", "2026-11-22T02:31:05+00:00"),
        ("2026-10-25 01:30 BST", "minute", "2026-10-25T00:30+00:00"),
    ],
)
def test_what_is_typed_says_how_precisely_it_is_known(typed: str, precision: str, at: str) -> None:
    found = read_moment(typed, NOW)
    assert (found.precision, found.at) == (precision, milliseconds(datetime.fromisoformat(at)))
    assert (found.about, found.as_written) == (False, typed)


@pytest.mark.parametrize("typed", ["about 02:30", "~02:30", "today, approx. 02:30", "ca. 02:30"])
def test_about_is_kept_beside_the_time(typed: str) -> None:
    found = read_moment(typed, NOW)
    assert (found.about, found.precision, found.value()["about"]) == (True, "minute", True)


def test_a_time_that_is_exact_says_nothing_of_about() -> None:
    assert read_moment("02:30", NOW).value() == {
        "at": milliseconds(datetime(2026, 11, 22, 2, 30, tzinfo=UTC)), "as_written": "02:30", "offset": 0,
        "precision": "minute",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("a while ago", "no time I can read"),
        ("", "no time I can read"),
        ("14", "no time I can read"),
        ("May", "no time I can read"),
        ("31 Feb 2026", "no time I can read"),
        ("2026-13", "no time I can read"),
        ("25:00", "no time I can read"),
        ("13pm", "no time I can read"),
        ("2026 14:00", "no time I can read"),
        ("02:00+25:00", "no time I can read"),
        ("02:00" + "." * 90, "no time I can read"),
        ("Mon 3 May 2026", "does not fall on that day"),
        ("03/05/2026", "two ways"),
        ("2026-10-25 01:30", "twice or not at all"),
        ("2026-10-25 01h", "twice or not at all"),
        ("2026-03-29 01:30", "twice or not at all"),
        ("2027", "in the future"),
        ("23 Nov 2026", "in the future"),
        ("03:18", "in the future"),
        ("14:00", "in the future"),
        ("9999-12-31", "in the future"),
        ("1989", "before 1990"),
        ("31 Dec 1989", "before 1990"),
        ("0001-01-01", "before 1990"),
    ],
)
def test_what_cannot_be_or_reads_two_ways_is_refused_with_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as told:
        read_moment(typed, NOW)
    assert told.value.do


def test_the_hour_that_happens_twice_is_offered_both_ways_in_the_form_it_was_typed() -> None:
    with pytest.raises(BadInput) as told:
        read_moment("2026-10-25 01h", NOW)
    assert "2026-10-25 01h+01:00 (BST) or 2026-10-25 01h+00:00 (GMT)" in told.value.do
    assert read_moment("2026-10-25 01h+01:00", NOW).at + 3_600_000 == read_moment("2026-10-25 01h+00:00", NOW).at


def test_a_minute_that_the_clock_has_just_not_reached_is_taken() -> None:
    assert read_moment("03:13", NOW).precision == "minute"


ANY_ZONE = st.integers(-14 * 60, 14 * 60)
MINUTES = round((NOW - datetime(1991, 1, 2, tzinfo=UTC)).total_seconds() / 60) - 2 * 24 * 60


@st.composite
def moments(draw: st.DrawFn, zones: st.SearchStrategy[int] = ANY_ZONE) -> Moment:
    """Times that a laptop could have stored."""
    precision = draw(st.sampled_from(PRECISIONS))
    begin = datetime(1991, 1, 2, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, MINUTES * 60)))
    kept = PRECISIONS.index(precision) + 1
    parts = [begin.year, begin.month, begin.day, begin.hour, begin.minute, begin.second][:kept]
    naive = datetime(*[*parts, *[1, 1, 1][kept:]], tzinfo=UTC)  # type: ignore[misc, arg-type]
    if precision in ("year", "month", "day"):
        local = naive.replace(tzinfo=LONDON).utcoffset()
        assert local is not None
        offset = round(local.total_seconds() / 60)
    else:
        offset = draw(zones)
    return Moment(milliseconds(naive) - offset * 60_000, precision, offset, draw(st.booleans()))


def same(one: Moment, other: Moment) -> bool:
    """Whether two times are known alike."""
    return (one.at, one.precision, one.offset, one.about) == (other.at, other.precision, other.offset, other.about)


@given(moments())
def test_a_time_typed_again_from_its_field_is_the_same_time_known_as_well(moment: Moment) -> None:
    assert same(read_moment(as_typed(moment), NOW), moment)
    assert moment_of(moment.value()) == moment


@given(moments(st.sampled_from([0, 60])))
def test_what_is_shown_can_be_typed_and_is_then_known_as_precisely(moment: Moment) -> None:
    again = read_moment(in_words(moment), NOW)
    assert (again.at, again.precision, again.about) == (moment.at, moment.precision, moment.about)


@given(moments())
def test_a_period_holds_its_beginning_and_ends_after_it(moment: Moment) -> None:
    assert moment.at < moment.end() <= moment.at + 367 * 86_400_000


@given(st.text(max_size=90))
def test_any_words_are_a_time_or_a_sentence(typed: str) -> None:
    with contextlib.suppress(BadInput):
        assert read_moment(typed, NOW).at <= milliseconds(NOW + timedelta(minutes=1))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["at", "offset", "precision", "about", "x"]), inner),
    )
)
def test_whatever_another_laptop_wrote_is_shown_or_left_out_and_never_fails(value: Any) -> None:
    assert isinstance(value_in_words(value, NOW), str)


def test_a_time_is_shown_as_precisely_as_it_is_known_with_its_zone() -> None:
    shown = {
        "about 2025": "about 2025", "May 2026": "May 2026", "3 May 2026": "Sun 3 May", "3 May 2025": "Sat 3 May 2025",
        "2026-05-03 14h": "Sun 3 May 14h BST", "02:30": "02:30 GMT", "about 02:30": "about 02:30 GMT",
        "Sat 21 Nov, about 22:30": "Sat 21 Nov, about 22:30 GMT", "21 Nov 2025 22:30": "Fri 21 Nov 2025 22:30 GMT",
        "02:30:09": "02:30:09 GMT",
    }  # fmt: skip
    assert {typed: in_words(read_moment(typed, NOW), NOW) for typed in shown} == shown


def test_a_value_of_the_first_release_is_a_minute_as_it_always_was() -> None:
    old = {"at": milliseconds(datetime(2026, 11, 21, 22, 30, tzinfo=UTC)), "as_written": "2026-11-21 22:30"}
    assert value_in_words(old, NOW) == "Sat 21 Nov 22:30 GMT"


def test_an_order_that_cannot_be_is_said_and_one_that_may_be_is_not() -> None:
    def told(**typed: str) -> list[str]:
        return impossible_orders({name: read_moment(text, NOW).value() for name, text in typed.items()}, NOW)

    assert told(occurred="02:30", contained="02:00") == ["Contained (02:00 GMT) lies before occurred (02:30 GMT)."]
    assert told(recovered="01:00", contained="02:00") == ["Recovered (01:00 GMT) lies before contained (02:00 GMT)."]
    assert told(occurred="Nov 2026", detected="3 Nov 2026") == []
    assert told(occurred="yesterday", detected="2026-11-21 14h") == []
    assert told(occurred="02:30", detected="02:30") == []
    assert told(occurred="about 02:30", detected="02:00") == []
    assert told(occurred="about 02:30", detected="00:30") != []
