"""When support is due: targets as data, days that are worked, and files that say what no target can."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import support_policy as rules
from triage_app.paths import resources

LONDON = ZoneInfo("Europe/London")
SHIPPED = json.loads((Path(resources()) / "policies" / "support.json").read_text(encoding="utf-8"))


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def due(code: str, category: str = "not known", party: str = "organisation", **starts: int) -> rules.Proposed | None:
    policy = rules.read(SHIPPED)
    target = rules.target_for(policy, code, category, party)
    named = {name.replace("_", " "): value for name, value in starts.items()}
    return None if target is None else rules.proposed(policy, target, named, LONDON)


def test_the_worse_the_category_the_sooner_a_report_is_acknowledged() -> None:
    recorded = at("2026-11-20 16:00")
    found = {category: due("VS01", category, victim_recorded=recorded) for category in ("1", "3", "4", "5")}
    assert found["1"] == found["3"] == rules.Proposed(at("2026-11-20 17:00"), recorded, "1 h from victim recorded")
    assert found["4"] == rules.Proposed(at("2026-11-20 20:00"), recorded, "4 h from victim recorded")
    assert found["5"] == rules.Proposed(at("2026-11-23 16:00"), recorded, "1 working day from victim recorded")


def test_a_category_that_is_not_known_is_not_taken_for_a_mild_one() -> None:
    found = due("VS01", victim_recorded=at("2026-11-20 16:00"))
    assert found is not None
    assert found.words == "4 h from victim recorded"


def test_working_days_leave_out_weekends_and_bank_holidays_and_keep_the_local_hour() -> None:
    found = due("VS24", victim_recorded=at("2026-12-22 09:00"))
    assert found is not None
    assert found.at == at("2026-12-31 09:00")  # 25 and 28 December are not worked
    over_the_clock_change = due("VS24", victim_recorded=at("2026-03-27 09:00"))
    assert over_the_clock_change is not None
    assert over_the_clock_change.at == at("2026-04-07 08:00")  # nine o'clock of summer time, after Easter


def test_what_runs_from_a_time_nobody_recorded_proposes_nothing() -> None:
    assert due("VS13", action_added=at("2026-11-20 16:00")) is None
    assert due("VS25", victim_recorded=at("2026-11-20 16:00")) is None
    assert due("VS06", action_added=at("2026-11-20 16:00")) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"targets": []}, "1 to 500 targets"),
        ({"targets": [{"code": "VS01", "hours": 1, "from": "the moon"}]}, "runs from"),
        ({"targets": [{"code": "VS01", "hours": 1, "working_days": 1, "from": "action added"}]}, "not both"),
        ({"targets": [{"code": "VS01", "from": "action added"}]}, "hours or working_days"),
        ({"targets": [{"code": "VS01", "hours": True, "from": "action added"}]}, "as a number"),
        ({"targets": [{"code": "VS01", "hours": float("nan"), "from": "action added"}]}, "as a number"),
        ({"targets": [{"code": "VS01", "working_days": 2.5, "from": "action added"}]}, "whole number"),
        ({"targets": [{"code": "../x", "hours": 1, "from": "action added"}]}, "no code"),
        ({"targets": [{"code": "VS01", "hours": 1, "from": "action added", "categories": ["7"]}]}, "has “7”"),
        ({"targets": [{"code": "VS01", "hours": 0, "from": "action added"}]}, "leaves no time"),
        ({"targets": ["VS01"]}, "no object"),
        ({"days_not_worked": ["Christmas"]}, "no day"),
        ({"date": "soon"}, "no day"),
        ({"name": ""}, "“name”"),
        ({"colour": "red"}, "not known"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_reason(change: dict[str, Any], words: str) -> None:
    with pytest.raises(rules.BadPolicy, match=words):
        rules.read({**SHIPPED, **change})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(untrusted=_JSON, name=st.sampled_from(sorted(SHIPPED)))
def test_whatever_stands_in_a_file_is_read_or_refused(untrusted: Any, name: str) -> None:
    for data in (untrusted, {**SHIPPED, name: untrusted}):
        with contextlib.suppress(rules.BadPolicy):
            rules.read(data)


@given(begun=st.integers(-(2**62), 2**62) | st.integers(0, 4_000_000_000_000), code=st.sampled_from(["VS01", "VS24"]))
def test_a_due_time_is_after_its_start_or_there_is_none(begun: int, code: str) -> None:
    found = due(code, victim_recorded=begun)
    assert found is None or found.at > begun
