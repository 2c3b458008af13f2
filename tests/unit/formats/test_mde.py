from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

PAGE = json.loads((Path(__file__).parents[2] / "data" / "formats" / "mde-alerts" / "page.json").read_text("utf-8"))
ALERT: dict[str, Any] = PAGE["value"][0]


def test_an_alert_of_the_older_api_fills_its_columns() -> None:
    read = read_bytes(json.dumps(PAGE).encode())
    (row,) = read.rows
    assert (row["title"], row["host"], row["user"]) == ("Suspicious behaviour", "pc-1.trust.example", "TRUST\\n.clerk")
    assert (row["src"], row["hash"], row["severity"]) == ("203.0.113.6", "ab" * 20, 50)
    assert row["seen_at"] == 1795291260000
    assert read.raw(0) == ALERT


@pytest.mark.parametrize(
    "changed", [{"evidence": None}, {"relatedUser": None}, {"relatedUser": "x"}, {"mitreTechniques": 7}]
)
def test_fields_of_another_shape_cost_no_alert(changed: dict[str, Any]) -> None:
    assert len(read_bytes(json.dumps([ALERT | changed]).encode()).rows) == 1


def test_lines_of_alerts_are_read_and_a_broken_one_costs_only_itself() -> None:
    lines = [json.dumps(ALERT), '{"id": "x", "alertCreationTime"', json.dumps(ALERT | {"id": "2"})]
    read = read_bytes("\n".join(lines).encode())
    assert len(read.rows) == 2
    assert len(read.rejects) == 1
