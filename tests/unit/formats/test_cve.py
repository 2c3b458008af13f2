"""CVE records: whose score counts, and versions and scores as an attacker writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "cve"


def record(name: str = "cve5") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    return loaded


def metric(**scores: Any) -> list[dict[str, Any]]:
    return [{name: {"baseScore": score}} for name, score in scores.items()]


@pytest.mark.parametrize(("cna", "adp", "score"), [
    (metric(cvssV2_0=4, cvssV3_1=5, cvssV4_0=6), [], 6.0),
    (metric(cvssV3_1=5), metric(cvssV4_0=9.9), 5.0),
    ([], metric(cvssV3_0=7, cvssV3_1=8), 8.0),
    (metric(cvssV4_0="worst", cvssV3_1=5), [], 5.0),
])  # fmt: skip
def test_the_newest_score_counts_and_that_of_the_cna_before_others(
    cna: list[Any], adp: list[Any], score: float
) -> None:
    one = record()
    one["containers"] |= {"cna": one["containers"]["cna"] | {"metrics": cna}, "adp": [{"metrics": adp}]}
    (row,) = read_bytes(json.dumps(one).encode()).rows
    assert row["score"] == score


@pytest.mark.parametrize(("given", "score"), [
    ({"baseScore": 7.5}, 7.5), ([{"baseScore": "7.5"}], 7.5), ({"baseScore": 99}, None), ({"baseScore": -3}, None),
    ([[{"baseScore": 7.5}]], None), ("7.5", None), (None, None),
])  # fmt: skip
def test_a_score_of_the_older_form_is_one_from_0_to_10_or_none(given: Any, score: float | None) -> None:
    (row,) = read_bytes(json.dumps(record("cve4") | {"impact": {"cvss": given}}).encode()).rows
    assert row["score"] == score


@pytest.mark.parametrize("version", ["9" * 50_000, "\0" * 50, ["5"], {"a": 1}, 5.1, None])
def test_a_version_of_any_length_is_not_repeated_whole(version: Any) -> None:
    read = read_bytes(json.dumps(record() | {"dataVersion": version}).encode())
    assert read.begin is not None
    assert (len(read.rows), len(read.begin.why) < 120) == (1, True)


def test_records_of_both_forms_may_stand_in_one_array_and_a_broken_one_costs_itself() -> None:
    mixed = [record(), record("cve4"), {"cveMetadata": {}, "containers": {}}, 7, record("rejected")]
    read = read_bytes(json.dumps(mixed).encode())
    assert (len(read.rows), len(read.rejects)) == (3, 2)
