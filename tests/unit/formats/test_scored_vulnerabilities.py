"""Findings in generic columns: which CVE a finding is about, and its scores."""

from __future__ import annotations

import pytest

from tests.unit.formats.reading_support import read_bytes

HEADER = "Date,Title,CVE,CweId,epss_score, Url,Severity,Description,Mitigation,Impact,cvssv3_score\n"


def row(
    cve: str = "", cvss: str = "", epss: str = "", date: str = "2026-11-20", description: str = "As CVE-2020-1"
) -> str:
    return f"{date},Old printer,{cve},79,{epss},https://a.example/,High,{description},Fix it,Bad,{cvss}\n"


def test_a_finding_is_about_the_cve_of_its_own_column_first() -> None:
    text = (
        HEADER + row("cve-2026-10001", description="Much like CVE-2020-10009") + row(description="See CVE-2020-10009")
    )
    assert [one["value"] for one in read_bytes(text.encode()).of_kind("finding")] == [
        "CVE-2026-10001",
        "CVE-2020-10009",
    ]


@pytest.mark.parametrize(("cvss", "score"), [("9.8", 9.8), ("99", None), ("-1", None), ("nan", None), ("high", None)])
def test_a_score_is_one_from_0_to_10_or_none(cvss: str, score: float | None) -> None:
    (found,) = read_bytes((HEADER + row(cvss=cvss)).encode()).rows
    assert found["score"] == score


def test_a_score_without_its_nought_is_read_and_shown() -> None:
    (found,) = read_bytes((HEADER + row(epss=".00042")).encode()).rows
    assert "EPSS 0.00042" in found["detail"]


@pytest.mark.parametrize(("date", "known"), [("01/30/2018", True), ("01/02/2018", False), ("soon", False)])
def test_a_day_that_may_be_read_two_ways_is_not_known(date: str, known: bool) -> None:
    (found,) = read_bytes((HEADER + row(date=date)).encode()).rows
    assert (found["seen_at"] is not None) == known
