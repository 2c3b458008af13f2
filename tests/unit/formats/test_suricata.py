from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import read_bytes
from triage_app.domain.evidence import COLUMNS, evidence_id, restore
from triage_app.formats.suricata import FORMAT, LAYOUT, alert_row

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def alert(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "timestamp": "2026-11-21T21:12:00.250000-0600",
        "event_type": "alert",
        "src_ip": "10.20.7.14",
        "src_port": 50112,
        "dest_ip": "203.0.113.44",
        "dest_port": 80,
        "proto": "TCP",
        "alert": {
            "action": "allowed",
            "gid": 1,
            "signature_id": 9100101,
            "rev": 2,
            "signature": "Beacon to known loader",
            "category": "A Network Trojan was detected",
            "severity": 1,
        },
        "http": {"hostname": "update.evil.example", "url": "/k7"},
    }
    return event | changes


def lines(*events: object) -> bytes:
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def test_an_alert_becomes_one_row_with_its_time_in_utc_and_its_severity_turned_round() -> None:
    read = read_bytes(lines(alert()), organisation="RXX")
    (row,) = read.rows
    assert row["title"] == "Beacon to known loader"
    assert row["category"] == "A Network Trojan was detected"
    assert (row["src"], row["dst"]) == ("10.20.7.14", "203.0.113.44")
    assert row["url"] == "http://update.evil.example/k7"
    assert row["detail"] == "TCP port 80, allowed, rule 1:9100101:2"
    assert row["seen_at"] == 1795317120250
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (75, "1", "suricata/1")
    assert row["tokens"] == "evil.example"
    assert row["organisation"] == "RXX"
    assert read.raw(0) == alert()


@pytest.mark.parametrize("shape", ["array", "pretty", "lines", "together", "utf-16", "bom"])
def test_every_layout_of_the_same_events_gives_the_same_evidence(shape: str) -> None:
    events = [alert(dest_port=port) for port in range(1, 6)]
    text = {
        "array": json.dumps(events),
        "pretty": json.dumps(events, indent=4),
        "together": "".join(map(json.dumps, events)),
    }.get(shape, lines(*events).decode())
    data = text.encode("utf-16" if shape == "utf-16" else "utf-8-sig" if shape == "bom" else "utf-8")
    read = read_bytes(data)
    assert [row["evidence_id"] for row in read.rows] == [evidence_id(FORMAT, event) for event in events]


def test_other_events_are_counted_and_are_no_alerts() -> None:
    read = read_bytes(lines(alert(), {"event_type": "flow", "timestamp": "x", "src_ip": "y", "proto": "TCP"}, {"a": 1}))
    assert len(read.rows) == 1
    assert read.ignored == {"flow": 1, "without event_type": 1}
    assert read.end is not None
    assert (read.end.records, read.end.rejected, read.end.ignored) == (1, 0, 2)


def test_the_same_rule_between_the_same_addresses_is_one_matter_seen_twice() -> None:
    read = read_bytes(lines(alert(), alert(timestamp="2026-11-21T22:00:00+0000", src_port=1), alert(dest_port=81)))
    first, again, other = (row["key"] for row in read.rows)
    assert first == again != other
    assert len({row["evidence_id"] for row in read.rows}) == 3


@pytest.mark.parametrize(
    "broken",
    [
        '{"event_type":"alert"}',
        json.dumps(alert(timestamp="yesterday")),
        json.dumps(alert(alert="text")),
        json.dumps(alert(alert={})),
        json.dumps(alert(timestamp=7)),
        json.dumps(alert(timestamp="0001-01-01T00:00:00+2359")),
        '{"event_type":"alert","event_type":"alert"}',
        '{"event_type":"alert","x":NaN}',
        '{"event_type":"alert"',
        json.dumps(alert()).replace('"src_port": 50112', '"src_port": ' + "9" * 30),
        '"text"',
        "7",
    ],
)
def test_a_broken_alert_is_rejected_with_its_line_and_the_others_are_read(broken: str) -> None:
    data = lines(alert()) + broken.encode() + b"\n" + lines(alert(dest_port=9))
    read = read_bytes(data)
    assert len(read.rows) == 2
    (reject,) = read.rejects
    assert reject.line == 2
    assert reject.reason
    assert reject.text.strip() == broken


def test_bytes_that_are_not_utf_8_cost_only_their_record() -> None:
    broken = json.dumps(alert()).encode().replace(b"Beacon", b"Be\xffcon")
    read = read_bytes(lines(alert()) + broken + b"\n" + lines(alert(dest_port=9)))
    assert len(read.rows) == 2
    assert "UTF-8" in read.rejects[0].reason
    assert "\\udcff" in read.rejects[0].text


def test_secrets_are_masked_before_anything_is_hashed() -> None:
    event = alert(
        http={
            "hostname": "h.example",
            "url": "http://bob:hunter2@h.example/",
            "cookie": "s3cret",
            "http_user": "bob",
            "request_headers": [{"name": "Authorization", "value": "Basic s3cret"}, {"name": "Accept", "value": "*/*"}],
        },
        ftp={"command": "PASS", "command_data": "s3cret"},
        password="",
    )
    (row,) = read_bytes(lines(event)).rows
    text = json.dumps(row)
    assert "s3cret" not in text
    assert "hunter2" not in text
    assert "[masked]" in row["rest"]
    assert '"password":""' in row["rest"]
    assert '"value":"*/*"' in row["rest"]
    masked = restore(LAYOUT, row, json.loads(row["rest"]))
    assert evidence_id(FORMAT, masked) == row["evidence_id"] != evidence_id(FORMAT, event)


@given(
    st.dictionaries(
        st.sampled_from(["timestamp", "src_ip", "dest_ip", "dest_port", "http", "proto", "x", "fileinfo"]), VALUES
    ),
    st.dictionaries(st.sampled_from(["signature", "category", "severity", "gid", "rev", "x"]), VALUES),
)
def test_the_raw_event_can_always_be_put_together_again(changes: dict[str, Any], in_alert: dict[str, Any]) -> None:
    event = alert(**changes, alert={"signature_id": 7} | in_alert)
    try:
        row = dict(zip(COLUMNS, alert_row(event), strict=True))
    except ValueError:
        return
    raw = restore(LAYOUT, row, json.loads(row["rest"]))
    assert raw == event
    assert evidence_id(FORMAT, raw) == row["evidence_id"]


def test_a_value_with_a_nul_or_without_end_is_shown_safely_and_kept_whole() -> None:
    event = alert(alert={"signature": "a\0b" + "x" * 5000, "signature_id": 1, "severity": 2, "category": "c\0"})
    read = read_bytes(lines(event))
    assert read.rows[0]["title"].startswith("a␀bx")
    assert len(read.rows[0]["title"]) == 500
    assert read.rows[0]["category"] == "c␀"
    assert read.raw(0) == event


def test_a_field_of_ten_megabytes_is_kept_whole() -> None:
    event = alert(payload="x" * 10_000_000)
    read = read_bytes(lines(event, alert()))
    assert len(read.rows) == 2
    assert read.raw(0) == event


def test_indicators_deep_in_an_event_become_tokens() -> None:
    event = alert(
        dns={"query": [{"rrname": "a.b.evil.example."}]}, tls={"sni": "évil.example"}, x="see\nc2.bad.example"
    )
    (row,) = read_bytes(lines(event)).rows
    assert {"a.b.evil.example", "b.evil.example", "xn--vil-9la.example", "bad.example", "c2.bad.example"} <= set(
        row["tokens"].split()
    )


@pytest.mark.parametrize("signature", ["", "   ", None])
def test_an_alert_whose_rule_has_no_name_is_called_by_its_number(signature: str | None) -> None:
    event = {
        "event_type": "alert",
        "timestamp": "2026-11-21T21:12:00Z",
        "alert": {"signature": signature, "signature_id": 2024897},
    }
    read = read_bytes(json.dumps(event).encode(), format=FORMAT)
    assert [row["title"] for row in read.rows] == ["Rule 2024897"]
    assert read.raw(0) == event
