"""Qualys tables: preambles of any length, headers that come first or late, and scores with their vectors."""

from __future__ import annotations

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.formats.qualys import MOST_PREAMBLE

HEADER = '"IP","DNS","QID","Title","Severity","Port","Protocol","CVE ID","CVSS3 Base","Last Detected"\n'
ROW = '"192.0.2.1","ward7b.trust.example","100","Flaw","4","443","tcp","CVE-2026-10001,CVE-2026-10002","{score}",""\n'


@pytest.mark.parametrize("lines", [0, 1, 7, MOST_PREAMBLE - 1])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_preamble_of_any_length_is_skipped_and_lines_keep_their_numbers(lines: int, end: str) -> None:
    text = '"Report of wards","a","b"\n' * lines + HEADER + ROW.format(score="8.1") + '"short"\n'
    read = read_bytes(text.replace("\n", end).encode())
    assert read.begin is not None
    assert read.begin.format == "qualys"
    assert [row["title"] for row in read.rows] == ["Flaw"]
    assert [reject.line for reject in read.rejects] == [lines + 3]


def test_a_report_of_a_scan_that_found_nothing_is_sound_and_empty() -> None:
    read = read_bytes(('"Report","x"\n' + HEADER).encode())
    assert (read.rows, read.rejects) == ([], [])
    assert read.end is not None


@pytest.mark.parametrize(
    ("score", "expected"), [("8.1 (AV:N/AC:L)", 8.1), ("10.0", 10.0), ("'-", None), ("99", None), ("", None)]
)
def test_a_score_is_read_off_the_vector_behind_it(score: str, expected: float | None) -> None:
    (row,) = read_bytes((HEADER + ROW.format(score=score)).encode()).rows
    assert row["score"] == expected
    assert "CVE-2026-10002" in row["detail"]
