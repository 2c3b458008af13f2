"""Wazuh's vulnerability detector: scores that mean none, and answers of any length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "wazuh-vulnerabilities"


def old(**changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((SAMPLES / "v47.json").read_text("utf-8"))
    answer["data"]["affected_items"][0] |= changes
    return answer


@pytest.mark.parametrize(("cvss3", "cvss2", "score"), [
    (7.5, 5, 7.5), (0, 5, 5.0), (0, 0, None), (None, "6.1", 6.1), (99, -1, None), ([9], {"a": 9}, None),
])  # fmt: skip
def test_a_score_of_nought_is_no_score(cvss3: Any, cvss2: Any, score: float | None) -> None:
    (row,) = read_bytes(json.dumps(old(cvss3_score=cvss3, cvss2_score=cvss2)).encode()).rows
    assert row["score"] == score


def test_an_answer_of_the_api_longer_than_a_record_may_be_is_read_item_by_item() -> None:
    answer = old()
    item = answer["data"]["affected_items"][0]
    answer["data"]["affected_items"] = [item | {"name": f"p{n}", "condition": "x" * 3_000} for n in range(6_000)]
    read = read_bytes(json.dumps(answer).encode())
    assert (len(read.rows), read.rejects) == (6_000, [])


def test_hits_of_the_indexer_are_read_with_what_lies_around_them() -> None:
    answer = json.loads((SAMPLES / "v48.json").read_text("utf-8"))
    read = read_bytes(json.dumps({"_shards": {"hits": [1]}, **answer}).encode())
    assert (len(read.rows), read.rejects) == (1, [])


@pytest.mark.parametrize("change", [{"cve": None}, {"cve": ["CVE-2026-10001"]}, {"detection_time": "never"}])
def test_a_finding_that_cannot_be_read_is_rejected(change: dict[str, Any]) -> None:
    read = read_bytes(json.dumps(old(**change)).encode(), format="wazuh-vulnerabilities")
    assert (len(read.rows), len(read.rejects)) == (0, 1)
