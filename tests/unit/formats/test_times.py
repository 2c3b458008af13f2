from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.mapping import TIME_FORMATS, Mapping
from triage_app.formats.times import NoZone, reader_for, readings, utc_milliseconds


def mapping(time_format: str = "auto", timezone: str = "UTC", twice: str = "ask") -> Mapping:
    return Mapping("t", "t", {"title": "a", "time": "b"}, time_format=time_format, timezone=timezone, twice=twice)


def read(text: str, time_format: str = "auto", timezone: str = "UTC", twice: str = "ask") -> str:
    value = reader_for(mapping(time_format, timezone, twice))(text)
    return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "")


@pytest.mark.parametrize(
    ("text", "time_format", "utc"),
    [
        ("2026-11-21T21:12:00.1234567Z", "auto", "2026-11-21T21:12:00.123"),
        ("2026-11-21 21:12:00", "auto", "2026-11-21T21:12:00.000"),
        ("2019-04-01 03:13:20Z", "iso", "2019-04-01T03:13:20.000"),
        ("2017-03-25T16:49:58.856335-0600", "auto", "2017-03-25T22:49:58.856"),
        ("2026/11/21 21:12", "auto", "2026-11-21T21:12:00.000"),
        ("21/11/2026 21:12:00", "auto", "2026-11-21T21:12:00.000"),
        ("11/21/2026 9:12 PM", "auto", "2026-11-21T21:12:00.000"),
        ("5/11/2020 1:38:47 PM", "mdy", "2020-05-11T13:38:47.000"),
        ("5/11/2020 1:38:47 PM", "dmy", "2020-11-05T13:38:47.000"),
        ("5.11.20", "dmy", "2020-11-05T00:00:00.000"),
        ("1795317120", "auto", "2026-11-22T03:12:00.000"),
        ("1795317120.25", "epoch_s", "2026-11-22T03:12:00.250"),
        ("1795317120250", "auto", "2026-11-22T03:12:00.250"),
        ("132348411284870000", "auto", "2020-05-25T00:45:28.487"),
        ("22 Nov 2026 03:12", "auto", "2026-11-22T03:12:00.000"),
        ("Sun, 22 Nov 2026 03:12:00 +0100", "auto", "2026-11-22T02:12:00.000"),
        ("Sunday November 22 2026", "auto", "2026-11-22T00:00:00.000"),
        ("Nov 22, 2026 at 3:12 AM", "english", "2026-11-22T03:12:00.000"),
        ("12:00 AM", "dmy", ""),
        ("12/01/2026 12:00 AM", "dmy", "2026-01-12T00:00:00.000"),
    ],
)
def test_a_time_is_read_as_its_source_meant_it(text: str, time_format: str, utc: str) -> None:
    if utc:
        assert read(text, time_format) == utc
    else:
        with pytest.raises(ValueError):
            read(text, time_format)


def test_a_date_that_can_be_read_two_ways_is_refused_with_both_readings() -> None:
    with pytest.raises(ValueError, match="03 April 2026 or as 04 March 2026"):
        read("03/04/2026 10:00")
    assert read("04/04/2026") == "2026-04-04T00:00:00.000"
    assert readings("21/04/2026") is None


def test_british_time_is_an_hour_ahead_in_summer_and_changes_on_the_right_sundays() -> None:
    assert read("2026-07-01 12:00", timezone="Europe/London") == "2026-07-01T11:00:00.000"
    assert read("2026-01-01 12:00", timezone="Europe/London") == "2026-01-01T12:00:00.000"
    assert read("2026-03-29 00:59", timezone="Europe/London") == "2026-03-29T00:59:00.000"
    assert read("2026-03-29 02:00", timezone="Europe/London") == "2026-03-29T01:00:00.000"
    assert read("2026-10-25 00:59", timezone="Europe/London") == "2026-10-24T23:59:00.000"
    assert read("2026-10-25 02:00", timezone="Europe/London") == "2026-10-25T02:00:00.000"
    assert read("2026-07-01T12:00+02:00", timezone="Europe/London") == "2026-07-01T10:00:00.000"


def test_the_hour_that_happens_twice_is_asked_and_never_guessed() -> None:
    with pytest.raises(ValueError, match="happened twice, at 00:30 and at 01:30 UTC"):
        read("2026-10-25 01:30", timezone="Europe/London")
    assert read("2026-10-25 01:30", timezone="Europe/London", twice="first") == "2026-10-25T00:30:00.000"
    assert read("2026-10-25 01:30", timezone="Europe/London", twice="second") == "2026-10-25T01:30:00.000"
    with pytest.raises(ValueError, match="did not exist"):
        read("2026-03-29 01:30", timezone="Europe/London")


def test_a_fixed_offset_is_applied_where_the_time_names_none() -> None:
    assert read("2026-11-21 12:00", timezone="+05:30") == "2026-11-21T06:30:00.000"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "31/02/2026", "2026-02-30", "1969-12-31", "2200-01-01", "25:00", "9" * 400]
)
@pytest.mark.parametrize("time_format", TIME_FORMATS)
def test_what_is_no_time_is_refused(text: str, time_format: str) -> None:
    with pytest.raises(ValueError):
        read(text, time_format)


@given(st.text(max_size=40), st.sampled_from(TIME_FORMATS), st.sampled_from(["UTC", "Europe/London", "-11:00"]))
def test_no_text_breaks_the_reading_of_times(text: str, time_format: str, timezone: str) -> None:
    for attempt in (reader_for(mapping(time_format, timezone)), utc_milliseconds):
        with suppress(ValueError):
            assert 0 <= attempt(text) < 2**47


@given(st.integers(1, 83_900 * 24 * 60), st.sampled_from(["UTC", "Europe/London"]))
def test_every_wall_clock_time_is_read_or_refused_with_a_reason(minutes: int, timezone: str) -> None:
    moment = datetime(1970, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    read_time = reader_for(mapping("iso", timezone, twice="first"))
    in_the_missing_hour = moment.month == 3 and moment.hour == 1 and moment.weekday() == 6 and moment.day > 24
    if timezone == "Europe/London" and in_the_missing_hour:
        with pytest.raises(ValueError, match="did not exist"):
            read_time(moment.replace(tzinfo=None).isoformat())
    else:
        value = read_time(moment.replace(tzinfo=None).isoformat())
        assert moment.timestamp() * 1000 - value in ((0, 3_600_000) if timezone == "Europe/London" else (0,))


def test_a_clock_without_a_zone_is_refused_where_nobody_said_its_zone_and_a_date_alone_is_not() -> None:
    read_time = reader_for(replace(mapping(), zone_stated=False))
    for text in ("2026-11-21 20:00", "21 November 2026 8:00 pm"):
        with pytest.raises(NoZone, match="time zone"):
            read_time(text)
    for text in ("2026-11-21T20:00:00Z", "2026-11-21 20:00+00:00", "2026-11-21"):
        assert read_time(text) == reader_for(mapping())(text)
