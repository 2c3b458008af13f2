"""Wazuh alerts: pages of any length, levels at both ends, and what an attacker may write into them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "wazuh-alerts"


def alert(**rule: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((SAMPLES / "alerts.ndjson").read_text("utf-8").splitlines()[0])
    record["rule"] |= rule
    return record


def hits(count: int, filler: str = "") -> dict[str, Any]:
    return {"took": 1, "hits": {"total": {"value": count}, "hits": [
        {"_id": str(number), "_source": alert() | {"id": str(number), "full_log": filler}} for number in range(count)
    ]}, "aggregations": {"x": [1, "]}"]}}  # fmt: skip


def test_an_answer_longer_than_a_record_may_be_is_read_hit_by_hit() -> None:
    data = json.dumps(hits(6_000, "x" * 3_000)).encode()
    assert len(data) > 17_000_000
    read = read_bytes(data)
    assert (len(read.rows), read.rejects) == (6_000, [])


def test_pages_written_one_after_another_are_all_read() -> None:
    page = json.dumps(hits(2), indent=1)
    assert len(read_bytes(f"{page}\n{page}\n".encode()).rows) == 4


def test_a_broken_hit_far_into_an_answer_costs_itself_and_names_its_line() -> None:
    text = json.dumps(hits(800, "x" * 1_000), indent=1).replace('"_id": "790"', '"_id": 1e999')
    read = read_bytes(text.encode())
    assert (len(read.rows), [reject.reason for reject in read.rejects]) == (799, ["a number is too large"])
    assert '"_id": 1e999' in text.splitlines()[read.rejects[0].line]


@pytest.mark.parametrize(("level", "severity"), [(0, 0), (12, 70), (15, 95), ("15", 95), (16, 100)])
def test_the_level_is_graded_upwards_to_its_last_step(level: Any, severity: int) -> None:
    (row,) = read_bytes(json.dumps(alert(level=level)).encode()).rows
    assert (row["severity"], row["severity_rule"]) == (severity, "wazuh/1")


@pytest.mark.parametrize("level", [17, -1, "high", "NaN", None, True, [1], {"a": 1}, 1e308])
def test_a_level_off_the_scale_is_unknown_and_costs_no_alert(level: Any) -> None:
    (row,) = read_bytes(json.dumps(alert(level=level)).encode()).rows
    assert row["severity_rule"] == "unknown/1"


@pytest.mark.parametrize("change", [
    {"timestamp": None}, {"timestamp": "soon"}, {"timestamp": ["2026"]}, {"timestamp": 7}, {"rule": None},
])  # fmt: skip
def test_an_alert_without_its_time_or_rule_is_rejected_alone(change: dict[str, Any]) -> None:
    lines = json.dumps(alert() | change) + "\n" + json.dumps(alert())
    read = read_bytes(lines.encode(), format="wazuh-alerts")
    assert (len(read.rows), len(read.rejects)) == (1, 1)


def test_what_is_no_text_where_text_belongs_stays_in_the_record() -> None:
    strange = alert(groups={"a": 1}, mitre=["T1"], description=[1], id=5.5) | {"data": [1], "agent": "x", "syscheck": 1}
    read = read_bytes(json.dumps(strange).encode())
    assert (read.rows[0]["title"], read.raw(0)) == ("Wazuh rule 5.5", strange)
