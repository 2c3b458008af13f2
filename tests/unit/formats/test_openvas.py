"""Greenbone reports in XML: on one line, wrapped, without a test, and with scores that are none."""

from __future__ import annotations

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

RESULT = (
    '<result id="r"><name>Flaw</name><host>192.0.2.1<hostname>a.example</hostname></host><port>{port}</port>'
    '<nvt oid="1.3.6.1"><name>Flaw</name><refs><ref type="cve" id="CVE-2026-10001"/></refs></nvt>'
    "<threat>High</threat><severity>{severity}</severity></result>"
)
BEFORE = '<?xml version="1.0" encoding="UTF-8"?>\n<report id="x"><report><results>'
AFTER = "</results></report></report>"


def report(*results: str) -> Read:
    return read_bytes((BEFORE + "".join(results) + AFTER).encode())


def result(port: str = "443/tcp", severity: str = "7.5") -> str:
    return RESULT.format(port=port, severity=severity)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_long_report_on_one_line_below_its_declaration_is_recognised(encoding: str) -> None:
    text = BEFORE + result() * 2_000 + AFTER
    read = read_bytes((text if encoding == "utf-8" else text.split("\n", 1)[1]).encode(encoding))
    assert read.begin is not None
    assert (read.begin.format, len(read.rows)) == ("openvas", 2_000)


def test_the_answer_of_gmp_for_results_alone_is_recognised() -> None:
    read = read_bytes(f'<get_results_response status="200">{result()}</get_results_response>'.encode())
    assert [row["value"] for row in read.rows] == ["CVE-2026-10001"]


@pytest.mark.parametrize(
    ("severity", "score", "grade"),
    [("7.5", 7.5, 75), ("0.0", 0.0, 0), ("-99.0", None, 75), ("NaN", None, 75), ("", None, 75), ("11", None, None)],
)
def test_a_score_that_is_none_leaves_the_grade_to_the_word(
    severity: str, score: float | None, grade: int | None
) -> None:
    (row,) = report(result(severity=severity)).rows
    assert row["score"] == score
    assert grade is None or abs(row["severity"] - grade) <= 2


def test_a_port_that_is_no_number_is_not_shown_as_one() -> None:
    rows = report(result("443/tcp"), result("general/tcp"), result("")).rows
    assert [row["dst"] for row in rows] == ["192.0.2.1:443", "192.0.2.1", "192.0.2.1"]
    assert {row["host"] for row in rows} == {"a.example"}


def test_a_result_without_a_test_is_counted_and_an_empty_report_holds_nothing() -> None:
    read = report("<result><name>x</name></result>")
    assert (read.rows, read.rejects, read.ignored) == ([], [], {"result without a test": 1})
    assert report().rows == []
