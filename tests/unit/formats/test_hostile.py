"""The named ways in which a file is made to do harm, each tried on every format it could reach.

Archives (bombs, slip, links), XML (entities, depth) and mail (parts, headers) have theirs in ``test_archive``,
``test_xml_stream`` and ``test_mail_message``; STIX cycles in ``test_stix``; open quotes in ``test_csv_table``.
"""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.formats.reading_support import MAPPING, read_bytes
from tests.unit.formats.test_every_format import MAPPED, SAMPLE_FILES, exercise
from triage_app.errors import BadFile
from triage_app.formats.line_output import LineOutput
from triage_app.formats.reader import Job, run
from triage_app.services.rejects import RejectsFile

JSON_FILES: Final = [path for path in SAMPLE_FILES if path.suffix in {".json", ".ndjson"}]
TEXT_FILES: Final = [path for path in SAMPLE_FILES if path.suffix not in {".zip", ".gz", ".xlsx", ".msg"}]


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", JSON_FILES, ids=named)
@pytest.mark.parametrize(
    "poison",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":1,"a":2}',
        "NaN",
        "-Infinity",
        "9" * 400,
        "1e999",
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u202e\\u200b\\u0000"',
        '"<img src=//203.0.113.9/x onerror=alert(1)>"',
        '"..\\\\..\\\\CON"',
    ],
    ids=lambda poison: poison[:12],
)
def test_a_json_file_with_poison_in_its_first_value_costs_no_more_than_what_it_lies_in(path: Path, poison: str) -> None:
    text = path.read_text("utf-8")
    begun = text.index(":") + 1
    started = time.monotonic()
    exercise(path.parent.name, (text[:begun] + poison + "," + text[begun:]).encode("utf-8", "surrogatepass"))
    exercise(path.parent.name, (text[:begun] + poison + text[begun:].lstrip()).encode("utf-8", "surrogatepass"))
    assert time.monotonic() - started < 10  # a bound on harm, not a measure of speed


@pytest.mark.parametrize("path", TEXT_FILES, ids=named)
@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing_of_what_is_read(path: Path, mark: str) -> None:
    if path.parent.name in MAPPED or path.suffix in {".xml", ".nessus", ".eml", ".mbox"}:
        return  # XML and mail say their own encoding, and have tests of their own for it
    text = path.read_text("utf-8")
    plain, marked = exercise(path.parent.name, text.encode()), exercise(path.parent.name, text.encode(mark))
    assert plain is not None
    assert marked is not None
    assert [row["evidence_id"] for row in marked.rows] == [row["evidence_id"] for row in plain.rows]


@pytest.mark.parametrize("path", TEXT_FILES, ids=named)
@pytest.mark.parametrize("time_text", ["0000-00-00T00:00:00Z", "0000-01-01", "9999-12-31T23:59:59Z", "10000-01-01"])
def test_a_time_in_the_year_0_or_9999_is_rejected_or_not_known(path: Path, time_text: str) -> None:
    data = path.read_bytes()
    for known in (b"2026-11-21T20:00:00Z", b"2026-11-21T20:00:00.000Z", b"2026-11-21T20:00:00.1234567Z", b"2026-11-20"):
        data = data.replace(known, time_text.encode())
    read = exercise(path.parent.name, data)
    if read is not None:
        times = [row[name] for row in read.rows for name in ("seen_at", "until_at")]
        assert all(moment is None or 0 <= moment < 7_258_118_400_000 for moment in times)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000, "a." * 100_000, "." * 200_000, "@" * 100_000, ":" * 100_000, "0:" * 100_000, "hxxp://" * 30_000,
        "[.]" * 60_000, "a@" * 100_000, "1.2.3." * 40_000, "-" * 200_000, "(" * 100_000, "\\" * 100_000,
        "xn--" * 40_000, "<a href=" * 30_000, "&#" + "9" * 100_000, "=?utf-8?b?" * 20_000, "CVE-" * 50_000,
    ],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_no_expression_of_ours_takes_without_end_over_a_text_made_for_it(text: str) -> None:
    record = {"SystemAlertId": "a", "AlertName": text, "TimeGenerated": "2026-11-21T20:00:00Z", "Description": text}
    files = {
        "sentinel-alerts": json.dumps([record]).encode(),
        "nhs-cyber-alerts": json.dumps(
            {"threatId": "CC-1", "publishedDate": 1, "summary": text, "title": text}
        ).encode(),
        "indicator-list": ("evil.example\n" * 9 + text[:4_000] + "\n").encode(),
        "syslog": f"Nov 21 20:00:00 pc sshd[1]: {text}\n".encode(),
        "cef": f"CEF:0|V|P|1|1|{text[:500]}|5|msg={text}\n".encode(),
        "mail": f"From: a@b.example\nTo: c@d.example\nSubject: {text}\nMessage-ID: <1@x>\n\n{text}\n".encode(),
    }
    started = time.monotonic()
    for name, data in files.items():
        exercise(name, data)
    assert time.monotonic() - started < 20  # a bound on harm, not a measure of speed


class OneLine:
    """A hundred megabytes without a line end, made as it is read."""

    def __init__(self, head: bytes, left: int = 100_000_000) -> None:
        self._head, self._left = head, left

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


@pytest.mark.parametrize(
    ("format_name", "head"),
    [
        ("csv", b'alert,time,severity,host,ref,src,url,detail\n"aa'),
        (
            "suricata-eve",
            b'{"event_type":"alert","timestamp":"2026-11-21T20:00:00Z","src_ip":"1","alert":{"signature":"',
        ),
        ("indicator-list", b"evil.example\nother.example\n"),
        (
            "kev",
            b'{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-10001","dateAdded":"2026-01-01","notes":"',
        ),
        ("mail", b"From: a@b.example\nTo: c@d.example\nMessage-ID: <1@x>\nSubject: "),
    ],
)
def test_a_hundred_megabytes_on_one_line_are_a_reject_or_a_sentence(format_name: str, head: bytes) -> None:
    said = io.BytesIO()
    mapping = MAPPING if format_name in MAPPED else None
    job = Job("long", 0, "read", format_name, mapping, "")
    try:
        run(job, OneLine(head), LineOutput(said))  # type: ignore[arg-type]
    except BadFile as refused:
        said.write(refused.what.encode())
    assert len(said.getvalue()) < 60_000_000


@pytest.mark.parametrize("name", ["../../etc/passwd", "CON", "nul.txt", "a\0b", "x" * 5_000, "C:\\x\\y", "‮gpj.exe"])
def test_a_files_name_is_shown_and_never_a_path_of_ours(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refused:
        read_bytes(b"%PDF-1.7", name=name)
    assert refused.value.what
    rejects = RejectsFile(tmp_path / "rejects")
    rejects.describe("csv", [name], ",")
    rejects.add([(1, name, name)])
    made = Path(rejects.close())
    assert made.parent == tmp_path


def test_nothing_of_a_record_is_ever_more_than_text(tmp_path: Path) -> None:
    record: dict[str, Any] = {
        "SystemAlertId": "a",
        "AlertName": '=HYPERLINK("//203.0.113.9")',
        "TimeGenerated": "2026-11-21T20:00:00Z",
    }
    (row,) = read_bytes(json.dumps([record]).encode()).rows
    assert row["title"] == record["AlertName"]
