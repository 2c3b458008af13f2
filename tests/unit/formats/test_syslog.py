from __future__ import annotations

import time

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.formats import syslog
from triage_app.formats.head import Head


def read(*lines: str) -> Read:
    return read_bytes("\n".join([*lines, ""]).encode(), format="syslog")


def test_a_line_of_rfc_5424_is_taken_apart() -> None:
    found = read('<34>1 2026-11-21T20:00:00.003Z gw.example su 81 ID47 [a@1 k="x \\"y\\" \\]"][b] \ufeffroot failed')
    (row,) = found.rows
    assert (row["host"], row["category"], row["detail"]) == ("gw.example", "su", "root failed")
    assert (row["title"], row["seen_at"]) == ("su: root failed", 1795291200003)
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (90, "2", "syslog/1")
    assert found.raw(0) == {
        "priority": "34",
        "version": "1",
        "time": "2026-11-21T20:00:00.003Z",
        "host": "gw.example",
        "program": "su",
        "pid": "81",
        "messageId": "ID47",
        "data": '[a@1 k="x \\"y\\" \\]"][b]',
        "message": "root failed",
    }


def test_nil_values_of_rfc_5424_are_nothing() -> None:
    found = read("<191>1 - - - - - -")
    assert found.raw(0) == {"priority": "191", "version": "1"}
    assert (found.rows[0]["seen_at"], found.rows[0]["severity"]) == (None, 5)
    assert found.rows[0]["title"]


def test_a_line_without_priority_as_linux_writes_its_files_is_recognised() -> None:
    found = read_bytes(b"Nov  1 20:00:00 ward-7 sshd[34]: Invalid user test from 192.0.2.1\n")
    assert found.begin is not None
    assert found.begin.format == "syslog"
    (row,) = found.rows
    assert (row["host"], row["category"], row["title"]) == ("ward-7", "sshd", "sshd: Invalid user test from 192.0.2.1")
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (50, "", "unknown/1")
    assert found.raw(0)["pid"] == "34"


def test_a_time_without_a_year_is_kept_but_not_guessed() -> None:
    found = read(
        "<13>Nov 21 20:00:00 h p: m",
        "<13>Nov 21 2026 20:00:00 h p: m",
        "2026-11-21T21:00:00.5+01:00 h p[1]: m",
        "2026-11-21 20:00:00 h p[1]: m",
        "Nov 21 2026 20:00:00 UTC: %ASA-6-302013: m",
        "Foo 99 20:00:00 h p: m",
    )
    assert [row["seen_at"] for row in found.rows] == [
        None,
        1795291200000,
        1795291200500,
        1795291200000,
        1795291200000,
        None,
    ]
    assert found.raw(0)["time"] == "Nov 21 20:00:00"


@pytest.mark.parametrize(("priority", "severity"), [("0", 100), ("34", 90), ("13", 15), ("11", 70), ("191", 5)])
def test_priority_runs_backwards(priority: str, severity: int) -> None:
    assert read(f"<{priority}>Nov 21 20:00:00 h p: m").rows[0]["severity"] == severity


def test_lines_that_differ_in_numbers_only_are_one_matter() -> None:
    found = read(
        "Nov 21 20:00:00 h sshd[1]: Failed for root from 192.0.2.1 port 4",
        "Nov 21 20:00:09 h sshd[22]: Failed for root from 198.51.100.77 port 1234",
        "Nov 21 20:00:09 h2 sshd[22]: Failed for root from 198.51.100.77 port 1234",
    )
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_a_message_without_a_program_is_kept_whole() -> None:
    found = read("Nov 21 20:00:00 h last message repeated 3 times", "Nov 21 20:00:00 h sudo:      tsg : USER=root ; x")
    assert found.rows[0]["title"] == "last message repeated 3 times"
    assert found.raw(1)["message"] == "     tsg : USER=root ; x"


@pytest.mark.parametrize("line", ["  continued from above", "<999>Nov 21 20:00:00 h p: m", "<34>1 yesterday h p - - -"])
def test_a_line_of_another_kind_is_rejected(line: str) -> None:
    found = read("Nov 21 20:00:00 h p: m", line)
    assert len(found.rows) == 1
    assert [(reject.line, reject.text) for reject in found.rejects] == [(2, line)]


def test_tables_and_letters_are_not_taken_for_syslog() -> None:
    for text in (
        "2026-11-21 20:00:00,host,alert\n2026-11-21 20:00:00,host,alert\n",
        "time host alert: x\nNov 21, 20:00\n",
        "Date: Sat, 21 Nov 2026 20:00:00 +0000\nFrom: a@b.example\n\nhello\n",
    ):
        head = Head(text.encode(), text, "file", complete=True, encoding="utf-8")
        assert syslog.recognise(head) is None


def test_hostile_lines_cost_little_time() -> None:
    began = time.monotonic()
    found = read(
        "<34>1 2026-11-21T20:00:00Z h p - - " + '[a k="' + "\\" * 900_000,
        "<34>1 2026-11-21T20:00:00Z h p - - " + '[a b="c"' * 100_000,
        "<34>1 2026-11-21T20:00:00Z h p - - " + "[a]" * 300_000,
        "Nov 21 20:00:00 " + "h" * 900_000,
        "Nov 21 20:00:00 h " + "[" * 900_000,
        "Nov 21 20:00:00 h p: " + "1a" * 400_000,
    )
    assert time.monotonic() - began < 8
    assert len(found.rows) + len(found.rejects) == 6
