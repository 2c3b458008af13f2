from __future__ import annotations

import json
import time

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

START = "LEEF:1.0|Example Net|Gate|5.0|portScan|"


def read(*lines: str) -> Read:
    return read_bytes("\n".join([*lines, ""]).encode(), format="leef")


def test_an_event_fills_the_columns() -> None:
    found = read(
        START + "src=192.0.2.9\tdst=198.51.100.4\tdstPort=22\tproto=TCP\tsev=8\tcat=Recon\tusrName=svc"
        "\tdevTime=1795291200000\tmsg=a = b\tidentHostName=ward-1\turl=http://bad.example/"
    )
    (row,) = found.rows
    assert (row["title"], row["category"], row["severity"], row["severity_rule"]) == ("portScan", "Recon", 85, "leef/1")
    assert (row["src"], row["dst"], row["host"], row["user"]) == ("192.0.2.9", "198.51.100.4", "ward-1", "svc")
    assert (row["seen_at"], row["url"]) == (1795291200000, "http://bad.example/")
    assert row["detail"] == "a = b, TCP port 22, Example Net Gate"
    assert found.raw(0)["attributes"]["msg"] == "a = b"


@pytest.mark.parametrize(
    "attributes",
    [
        "^|src=192.0.2.9^sev=9",
        "x5E|src=192.0.2.9^sev=9",
        "0x5e|src=192.0.2.9^sev=9",
        "\\t|src=192.0.2.9\\tsev=9",
        "|src=192.0.2.9\tsev=9",
        "src=192.0.2.9\tsev=9",
        "src=192.0.2.9\\tsev=9",
        "src=192.0.2.9#011sev=9",
        "src=192.0.2.9 sev=9",
    ],
)
def test_leef_2_may_name_the_sign_between_attributes_and_a_tab_may_have_been_rewritten(attributes: str) -> None:
    found = read("LEEF:2.0|Example Net|Gate|5.0|badUrl|" + attributes)
    assert found.raw(0)["attributes"] == {"src": "192.0.2.9", "sev": "9"}
    assert (found.rows[0]["src"], found.rows[0]["severity"]) == ("192.0.2.9", 90)


@pytest.mark.parametrize(
    ("attributes", "seen_at"),
    [
        ("devTime=Nov 21 2026 20:00:00", 1795291200000),
        ("devTime=Nov 21 2026 20:00:00.5 GMT", 1795291200500),
        ("devTime=2026-11-21 08:00:00 PM\tdevTimeFormat=yyyy-MM-dd hh:mm:ss a", 1795291200000),
        ("devTime=21/11/2026 20:00\tdevTimeFormat=dd/MM/yyyy HH:mm", 1795291200000),
        ("devTime=11/12/2026 20:00\tdevTimeFormat=MM/dd/yyyy HH:mm", 1794427200000 + 86400000),
        (
            "devTime=Sat, November 21 2026 at 21:00:00 +0100\tdevTimeFormat=EEE, MMMM dd yyyy 'at' HH:mm:ss Z",
            1795291200000,
        ),
        ("devTime=Nov 21 20:00:00\tdevTimeFormat=MMM dd HH:mm:ss", None),
        ("devTime=2026-11-21T20:00:00Z\tdevTimeFormat=(((", 1795291200000),
        ("devTime=Nov 31 2026 20:00:00\tdevTimeFormat=MMM dd yyyy HH:mm:ss", None),
        ("devTime=11/12/2026 20:00", None),
        ("devTime=$time", None),
        ("cat=x", None),
    ],
)
def test_a_time_is_read_by_the_pattern_beside_it_or_left_out(attributes: str, seen_at: int | None) -> None:
    assert read(START + attributes).rows[0]["seen_at"] == seen_at


def test_the_header_of_syslog_gives_the_time_only_if_it_names_the_year() -> None:
    found = read("<13>Nov 21 20:00:00 fw " + START, "<13>1 2026-11-21T20:00:00Z fw - - - - " + START)
    assert [row["seen_at"] for row in found.rows] == [None, 1795291200000]


def test_an_event_with_a_number_for_a_name_is_called_by_what_it_says() -> None:
    found = read("LEEF:1.0|Example Net|Gate|5.0|4711|cat=Login failed\tsev=3")
    assert found.rows[0]["title"] == "Gate event 4711: Login failed"
    assert read("LEEF:1.0|Example Net|Gate|5.0|4711|").rows[0]["title"] == "Gate event 4711"


def test_a_template_with_placeholders_is_rejected_with_the_reason() -> None:
    line = r"LEEF:2.0|Example Net|Gate|$version|$result|cat=$type\tusrName=$admin\tmsg=$cmd"
    found = read(line, START + "msg=price is $5\tcat=$type")
    assert len(found.rows) == 0 or found.rows[0]["title"] == "portScan"
    assert found.rejects[0].reason == "a template, not an event: $result stands where its value belongs"
    assert found.rejects[0].text == line


def test_secrets_are_masked_and_doubled_keys_keep_both_values() -> None:
    found = read(START + "password=hunter2\tdst=192.0.2.1\tdst=192.0.2.2")
    assert "hunter2" not in json.dumps(found.rows)
    assert found.raw(0)["attributes"]["dst"] == ["192.0.2.1", "192.0.2.2"]


def test_repeats_are_one_matter() -> None:
    found = read(START + "src=192.0.2.1\tdevTime=1", START + "src=192.0.2.1\tdevTime=2", START + "src=192.0.2.2")
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other
    found = read(START + "msg=disk 1 of a", START + "msg=disk 22 of a", START + "msg=disk 1 of b")
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


@pytest.mark.parametrize("line", ["LEEF:3.0|a|b|c|d|x=1", "LEEF:1.0|a|b", "no event"])
def test_a_line_without_a_whole_event_is_rejected(line: str) -> None:
    found = read(START + "sev=1", line)
    assert len(found.rows) == 1
    assert [(reject.line, reject.text) for reject in found.rejects] == [(2, line)]


def test_hostile_lines_cost_little_time() -> None:
    began = time.monotonic()
    found = read(
        START + "a=1\t" * 200_000,
        START + "a " * 400_000,
        START + "\\t" * 400_000,
        "LEEF:2.0|a|b|c|d|x0|" + "a=\0" * 1000,
        "LEEF:2.0" + "|" * 900_000,
        START + "sev=1\tdevTime=" + "1" * 1000 + "\tdevTimeFormat=" + "y" * 100_000,
    )
    assert time.monotonic() - began < 8
    assert len(found.rows) + len(found.rejects) == 6
