"""EPSS scores: what stands where, and headers of any kind."""

from __future__ import annotations

import pytest

from tests.unit.formats.reading_support import read_bytes

ROWS = "cve,epss,percentile\nCVE-2026-10001,0.25,0.9\n"


def test_the_chance_is_the_score_and_the_rank_stands_in_the_detail() -> None:
    (row,) = read_bytes(f"#model_version:v2026.01.01,score_date:2026-11-21T00:00:00+0000\n{ROWS}".encode()).rows
    assert row["score"] == 0.25
    assert row["title"] == "CVE-2026-10001: 25.00% chance of exploitation in 30 days"
    assert row["detail"] == "percentile 0.9: higher than 90.00% of all"


@pytest.mark.parametrize("rank", ["", "2", "-1", "nan", "high"])
def test_a_rank_that_is_none_is_left_out(rank: str) -> None:
    (row,) = read_bytes(ROWS.replace("0.9", rank).encode()).rows
    assert row["detail"] == ""


@pytest.mark.parametrize("comment", ["", "# scores\n", "#model_version:v1\n", f"#model_version:{'v' * 9_000}\n",
                                     "#model_version:v1,score_date:2026-99-99T00:00:00Z\n"])  # fmt: skip
def test_a_comment_without_a_day_gives_no_day_and_costs_nothing(comment: str) -> None:
    read = read_bytes((comment + ROWS).encode())
    assert [row["seen_at"] for row in read.rows] == [None]


def test_two_days_scores_of_one_cve_are_one_record_with_two_pieces_of_evidence() -> None:
    days = [f"#model_version:v1,score_date:2026-11-2{day}T00:00:00+0000\n{ROWS}" for day in (1, 2)]
    one, two = (read_bytes(text.encode()).rows[0] for text in days)
    assert one["key"] == two["key"]
    assert one["evidence_id"] != two["evidence_id"]
