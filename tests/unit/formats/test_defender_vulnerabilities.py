"""Defender's vulnerabilities: one matter by machine, CVE and software."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLE = Path(__file__).parents[2] / "data" / "formats" / "defender-vulnerabilities" / "page.json"


def finding(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))["value"][0]
    return first | changes


def read(*records: Any) -> Any:
    return read_bytes(json.dumps({"value": list(records)}).encode(), format="defender-vulnerabilities")


def test_the_same_flaw_on_two_machines_is_two_matters_and_told_twice_is_one() -> None:
    rows = read(finding(), finding(id="other"), finding(machineId="m2")).of_kind("finding")
    assert len(rows) == 3
    assert len({row["key"] for row in rows}) == 2


@pytest.mark.parametrize(("given", "score"), [(9.8, 9.8), ("7.5", 7.5), (99, None), (-1, None), ([9], None)])
def test_a_score_is_one_from_0_to_10_or_none(given: Any, score: float | None) -> None:
    assert read(finding(cvssScore=given)).rows[0]["score"] == score


@pytest.mark.parametrize("change", [{"cveId": None}, {"cveId": ["x"]}, {"machineId": None}, {"machineId": {}}])
def test_a_finding_without_its_flaw_or_machine_is_rejected_alone(change: dict[str, Any]) -> None:
    found = read(finding(**change), finding())
    assert (len(found.rows), len(found.rejects)) == (1, 1)
