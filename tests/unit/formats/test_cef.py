from __future__ import annotations

import json
import time

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.formats import cef
from triage_app.formats.head import Head

START = "CEF:0|Example Net|Gate|1.0|100|Blocked|5|"


def read(*lines: str) -> Read:
    return read_bytes("\n".join([*lines, ""]).encode(), format="cef")


def test_an_event_fills_the_columns_and_can_be_put_together_again() -> None:
    found = read(
        START + "src=192.0.2.1 dst=198.51.100.2 dpt=443 proto=TCP duser=a.jones dhost=ward-1 act=blocked "
        "msg=to a bad host request=http://bad.example/?a\\=1 fileHash=" + "a" * 32 + " cat=Web externalId=E9"
    )
    (row,) = found.rows
    assert (row["title"], row["severity"], row["severity_raw"], row["severity_rule"]) == ("Blocked", 52, "5", "cef/1")
    assert (row["src"], row["dst"], row["host"], row["user"]) == ("192.0.2.1", "198.51.100.2", "ward-1", "a.jones")
    assert (row["url"], row["hash"], row["category"]) == ("http://bad.example/?a=1", "a" * 32, "Web")
    assert row["reference"] == "E9"
    assert row["detail"] == "to a bad host, blocked, TCP port 443, Example Net Gate"
    assert found.raw(0)["extension"]["request"] == "http://bad.example/?a\\=1"


def test_escapes_in_header_and_extension_are_resolved_and_kept_as_written() -> None:
    found = read(r"CEF:0|A\|B|C\\D|1|9|Pipe \| name|3|msg=one\=1\nline two and C:\temp cs1=x")
    (row,) = found.rows
    assert row["title"] == "Pipe | name"
    assert row["detail"] == "one=1\nline two and C:\temp".replace("\temp", "\\temp") + ", A|B C\\D"
    assert found.raw(0)["name"] == r"Pipe \| name"
    assert found.raw(0)["extension"]["cs1"] == "x"


def test_values_keep_their_spaces_and_an_equals_sign_that_nobody_escaped() -> None:
    found = read(
        START + "cs2Label=Rule Name layer=Net work request=http://a.example/?x=1&y=2 SrcName=172 - 0 empty= z=1"
    )
    assert found.raw(0)["extension"] == {
        "cs2Label": "Rule Name",
        "layer": "Net work",
        "request": "http://a.example/?x=1&y=2",
        "SrcName": "172 - 0",
        "empty": "",
        "z": "1",
    }


def test_a_key_that_comes_twice_keeps_both_values() -> None:
    found = read(START + "dst=192.0.2.1 dst=192.0.2.2 cat=a cat=b")
    assert found.rows[0]["dst"] == "192.0.2.1"
    assert found.raw(0)["extension"] == {"dst": ["192.0.2.1", "192.0.2.2"], "cat": ["a", "b"]}


@pytest.mark.parametrize(
    ("extension", "seen_at"),
    [
        ("rt=1795291200000", 1795291200000),
        ("rt=Nov 21 2026 20:00:00", 1795291200000),
        ("rt=Nov 21 2026 20:00:00.250 GMT", 1795291200250),
        ("rt=Jul 21 2026 20:00:00 BST", 1784660400000),
        ("rt=Nov 21 2026 20:00:00 GMT+01:00", 1795287600000),
        ("rt=Jul 21 2026 20:00:00 dtz=Europe/London", 1784660400000),
        ("rt=Nov 21 2026 20:00:00 dtz=+02:00", 1795284000000),
        ("rt=Nov 21 2026 20:00:00 Z dtz=+02:00", 1795291200000),
        ("end=1795291200000", 1795291200000),
        ("rt=nonsense start=1795291200000", 1795291200000),
        ("rt=Nov 21 20:00:00", None),
        ("rt=Nov 21 2026 20:00:00 CST", None),
        ("rt=" + "9" * 400, None),
        ("msg=none", None),
    ],
)
def test_a_time_is_read_or_left_out_but_never_guessed(extension: str, seen_at: int | None) -> None:
    found = read(START + extension)
    assert found.rows[0]["seen_at"] == seen_at
    assert found.raw(0)["extension"]


def test_the_header_of_syslog_gives_the_time_only_if_it_names_the_year() -> None:
    found = read(
        "Nov 21 20:00:00 sensor sensor[1] " + START,
        "2026-11-21T20:00:00Z sensor " + START,
        "<13>Nov 21 2026 20:00:00 sensor: " + START,
    )
    assert [row["seen_at"] for row in found.rows] == [None, 1795291200000, 1795291200000]
    assert found.raw(0)["syslog"] == "Nov 21 20:00:00 sensor sensor[1]"


@pytest.mark.parametrize(
    ("raw", "severity", "rule"),
    [
        ("0", 5, "cef/1"),
        ("10", 100, "cef/1"),
        ("Very-High", 95, "cef/1"),
        ("Unknown", 50, "cef/1"),
        ("Critical", 95, "words/1"),
        ("11", 50, "unknown/1"),
        ("", 50, "unknown/1"),
    ],
)
def test_severity_is_a_number_or_a_word(raw: str, severity: int, rule: str) -> None:
    (row,) = read(f"CEF:0|a|b|c|d|e|{raw}|x=1").rows
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (severity, raw, rule)


def test_ipv6_addresses_are_found_by_the_label_of_their_custom_field() -> None:
    (row,) = read(START + "c6a2=2001:db8::5 c6a2Label=Source IPv6 Address c6a3=2001:db8::6 c6a3Label=Other").rows
    assert (row["src"], row["dst"]) == ("2001:db8::5", "")


def test_repeats_of_an_event_are_one_matter_whatever_its_number() -> None:
    found = read(START + "src=192.0.2.1 externalId=1", START + "src=192.0.2.1 externalId=2", START + "src=192.0.2.2")
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_events_that_name_only_the_device_are_told_apart_by_it() -> None:
    found = read(START + "dvc=192.0.2.1", START + "dvc=192.0.2.2", START + "dvc=192.0.2.1 src=192.0.2.3")
    assert [row["src"] for row in found.rows] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert len({row["key"] for row in found.rows}) == 3
    found = read(START + "msg=disk 1 of a", START + "msg=disk 22 of a", START + "msg=disk 1 of b", START + "smac=00:01")
    first, again, other, device = (row["key"] for row in found.rows)
    assert first == again
    assert len({first, other, device}) == 3


def test_secrets_are_masked_by_key_and_by_label() -> None:
    found = read(START + "password=hunter2 cs1Label=Password cs1=hunter3 requestCookies=sid\\=hunter4 cs2Label=Rule")
    assert "hunter" not in json.dumps(found.rows)
    assert found.raw(0)["extension"]["cs1"] == "[masked]"


@pytest.mark.parametrize(
    "line",
    [
        "CEF:0|too|few|fields",
        "nothing at all",
        "CEF:0|a|b|c|d|e\\",
        "x" * 500 + " " + START,
        '{"msg": "' + START + '"}',
    ],
)
def test_a_line_without_a_whole_event_is_rejected_with_its_number(line: str) -> None:
    found = read(START, line)
    assert len(found.rows) == 1
    assert [(reject.line, reject.text) for reject in found.rejects] == [(2, line)]


def test_an_event_without_extension_and_a_file_of_rejects_are_read() -> None:
    found = read_bytes(f"# line 7: because\n{START.rstrip('|')}\r\n\r\n{START}only words\n".encode())
    assert found.begin is not None
    assert found.begin.format == "cef"
    assert len(found.rows) == 2
    assert found.rejects == []
    assert found.raw(1)["textBeforeExtension"] == "only words"


def test_hostile_lines_cost_little_time() -> None:
    began = time.monotonic()
    found = read(
        START + "a " * 400_000,
        START + "=" * 900_000,
        START + "a\\" * 450_000,
        "CEF:0" + "|\\" * 450_000,
        START + "k=1 " * 200_000,
        START + "x" * 1_100_000,
        START + "fine=1",
    )
    assert time.monotonic() - began < 8
    assert [reject.line for reject in found.rejects] == [4, 5, 6]
    assert len(found.rows) == 4


def test_other_texts_that_mention_cef_are_not_taken_for_it() -> None:
    for text in (
        '{"message": "CEF:0|a|b|c|d|e|f|"}',
        '{"message": "sent: CEF:0|a|b|c|d|e|f|"}',
        'time,message\n1,"CEF:0|a|b|c|d|e|5|"\n',
        "Dear all\nCEF:0 is fun\n",
    ):
        head = Head(text.encode(), text, "file", complete=True, encoding="utf-8")
        assert cef.recognise(head) is None
