"""NVD's records: whose score counts where several are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLE = Path(__file__).parents[2] / "data" / "formats" / "nvd" / "page.json"


def page(**changes: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))
    loaded["vulnerabilities"][0]["cve"] |= changes
    return loaded


def scored(source: str, kind: str, score: Any) -> dict[str, Any]:
    return {"source": source, "type": kind, "cvssData": {"baseScore": score}}


VENDOR, OWN = "security@vendor.example", "nvd@nist.gov"


@pytest.mark.parametrize(("metrics", "score"), [
    ([scored(VENDOR, "Secondary", 5.5), scored(OWN, "Secondary", 10.0)], 10.0),
    ([scored(VENDOR, "Primary", 5.5), scored(OWN, "Secondary", 10.0)], 10.0),
    ([scored(VENDOR, "Secondary", 5.5), scored("x@other.example", "Primary", 6.5)], 6.5),
    ([scored(OWN, "Primary", 99), scored(VENDOR, "Secondary", 5.5)], 5.5),
    ([scored(OWN, "Primary", [9])], None),
    ({"a": 1}, None),
])  # fmt: skip
def test_the_database_s_own_score_counts_before_the_vendor_s(metrics: Any, score: float | None) -> None:
    (row,) = read_bytes(json.dumps(page(metrics={"cvssMetricV31": metrics})).encode()).rows
    assert row["score"] == score


def test_a_rejected_record_without_any_score_stays_a_record_and_says_so() -> None:
    (row,) = read_bytes(json.dumps(page(vulnStatus="Rejected", metrics={})).encode()).rows
    assert (row["score"], row["title"]) == (None, "Rejected: It prints for anyone.")


def test_a_record_that_lies_bare_has_the_same_key_as_in_a_page() -> None:
    bare = page()["vulnerabilities"][0]["cve"]
    assert (
        read_bytes(json.dumps(bare).encode()).rows[0]["key"] == read_bytes(json.dumps(page()).encode()).rows[0]["key"]
    )


@pytest.mark.parametrize("change", [{"id": " "}, {"published": "yesterday"}, {"published": "0001-01-01T00:00:00"}])
def test_a_record_that_cannot_be_read_is_rejected(change: dict[str, Any]) -> None:
    read = read_bytes(json.dumps(page(**change)).encode())
    assert (len(read.rows), len(read.rejects)) == (0, 1)
