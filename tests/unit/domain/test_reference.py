"""How old reference data is, in words, and when it is too old."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.reference import SetKind, age, day, months_between, shelf

TODAY = date(2026, 11, 28)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("2026-11-29", "1 day ahead of this clock"), ("2026-11-28", "of today"), ("2026-11-27", "1 day old"),
        ("2026-11-01", "27 days old"), ("2026-09-30", "59 days old"), ("2026-09-29", "2 months old"),
        ("2026-07-28", "4 months old"), ("2026-07-29", "3 months old"), ("2024-11-29", "23 months old"),
        ("2024-11-28", "2 years old"), ("2021-05-26", "5 years old"),
    ],
)  # fmt: skip
def test_an_age_is_said_as_people_say_it(as_of: str, words: str) -> None:
    assert age(date.fromisoformat(as_of), TODAY) == words


@given(DAYS, st.integers(0, 4_000), st.integers(0, 400))
def test_what_is_older_is_never_said_to_be_younger(as_of: date, days: int, more: int) -> None:
    def rank(words: str) -> tuple[int, int]:
        if words == "of today":
            return 0, 0
        number, unit = re.findall(r"(\d+) (day|month|year)s? old", words)[0]
        return ["day", "month", "year"].index(unit) + 1, int(number)

    today = as_of + timedelta(days)
    assert rank(age(as_of, today)) <= rank(age(as_of, today + timedelta(more)))


@given(DAYS, st.integers(0, 60))
def test_a_month_is_over_on_the_day_of_the_same_number(as_of: date, months: int) -> None:
    year, month = divmod(as_of.year * 12 + as_of.month - 1 + months, 12)
    if as_of.day <= 28:
        assert months_between(as_of, date(year, month + 1, as_of.day)) == months
        assert months_between(as_of, date(year, month + 1, as_of.day) - timedelta(1)) == months - 1


def test_a_set_is_past_its_time_on_the_day_after_the_last_it_keeps() -> None:
    kind = SetKind("kev", "kev", "KEV", 30, "")
    as_of = date(2026, 10, 29)
    assert not kind.is_past(as_of, TODAY)
    assert kind.is_past(as_of, TODAY + timedelta(1))
    assert not kind.is_past(TODAY + timedelta(9), TODAY)
    assert shelf(kind) == "30 days"


def test_what_does_not_go_off_is_never_past_its_time() -> None:
    kind = SetKind("rsit", "list", "RSIT", None, "rsit")
    assert not kind.is_past(date(1990, 1, 1), TODAY)
    assert shelf(kind) == "does not go off"


@pytest.mark.parametrize("written", ["20261128", "2026-W48-6", "2026-11-31", "28/11/2026", "", " 2026-11-28", None, 5])
def test_a_day_is_written_in_one_way_only(written: object) -> None:
    assert day("2026-11-28") == TODAY
    with pytest.raises(ValueError, match=r"2026-11-28|day is out of range"):
        day(written)
