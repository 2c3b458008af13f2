"""Rules that accept alerts for a time: what they match, and that a wrong clock never lets one run on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import accepting
from triage_app.domain.accepting import AHEAD_MS, DAY_MS, ENDED, EXPIRED, MOST_DAYS, RUNNING, TO_COME, Said

SAID: dict[str, Any] = {
    "match": {"source": "Wazuh", "title": "Scan"}, "made": 10 * DAY_MS, "until": 24 * DAY_MS, "because": "ours",
    "high": False, "ref": "RXX-K7-U0001",
}  # fmt: skip


def said(**other: Any) -> Said:
    found = accepting.read({**SAID, **other})
    assert found is not None
    return found


def test_a_rule_compares_whole_values_and_nothing_else() -> None:
    rule = said()
    assert rule.matches({"source": "Wazuh", "title": "Scan", "host": "PC-1"})
    assert not rule.matches({"source": "Wazuh", "title": "Scan again"})
    assert not rule.matches({"source": "wazuh", "title": "Scan"})
    assert not rule.matches({"title": "Scan"})


@pytest.mark.parametrize(
    "other",
    [
        {"match": {"source": "Wazuh"}}, {"match": {"title": "Scan"}}, {"match": {"source": "W", "organisation": "RXX"}},
        {"match": {"source": "W", "title": "S", "detail": "x"}}, {"match": {"source": "W", "title": 7}},
        {"match": {"source": "W", "title": "S" * 501}}, {"match": {"source": "W", "title": "S", "host": ""}},
        {"match": None}, {"until": None}, {"until": True}, {"until": 0}, {"made": "now"}, {"high": 1},
        {"because": None}, {"only_at_night": True},
    ],
)  # fmt: skip
def test_what_is_not_understood_whole_is_no_rule(other: dict[str, Any]) -> None:
    assert accepting.read({**SAID, **other}) is None


@pytest.mark.parametrize("untrusted", [None, [], "rule", 7, {}])
def test_what_is_no_rule_is_none(untrusted: Any) -> None:
    assert accepting.read(untrusted) is None


def test_it_runs_from_when_it_was_made_to_its_last_moment() -> None:
    rule = said()
    assert rule.state(rule.made) == RUNNING
    assert rule.state(rule.until - 1) == RUNNING
    assert rule.state(rule.until) == EXPIRED
    assert rule.state(rule.made, ended=True) == ENDED


def test_one_made_by_a_clock_a_year_ahead_does_not_run_here_until_then() -> None:
    made = 400 * DAY_MS
    rule = said(made=made, until=made + 14 * DAY_MS)
    assert rule.state(35 * DAY_MS) == TO_COME
    assert rule.state(made - AHEAD_MS) == RUNNING


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 2 * 10**15))
def test_no_rule_ever_runs_longer_than_the_most(made: int, length: int, now: int) -> None:
    rule = said(made=made, until=made + length)
    if rule.state(now) == RUNNING:
        assert made - AHEAD_MS <= now < made + min(length, MOST_DAYS * DAY_MS)
