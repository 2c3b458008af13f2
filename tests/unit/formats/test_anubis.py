from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

EVENT = {
    "_ts": 1795291200,
    "_origin": "dnsmalware",
    "trojanfamily": "Bot",
    "env": {"remote_addr": "192.0.2.5"},
    "_geo_x": {"asn": 1},
}


def read(*events: Any) -> Read:
    return read_bytes("".join(json.dumps(event) + "\n" for event in events).encode(), format="anubis")


def test_an_http_and_a_dns_event_fill_the_columns() -> None:
    dns: dict[str, Any] = {
        "_ts": 1795291260.5,
        "_origin": "infections",
        "malw": {"family": "Other", "severity": 2, "categories": ["Trojan", 5]},
        "src": {"ip": "192.0.2.6"},
        "dst": {"ip": "203.0.113.1", "port": 53},
        "comm": {"dns": {"name": "c2.example"}, "proto": "dns"},
        "_geo_src_ip": {"country_code": "GB"},
    }
    first, second = read(EVENT, dns).rows
    assert (first["title"], first["src"], first["seen_at"]) == ("dnsmalware: Bot", "192.0.2.5", 1795291200000)
    assert (second["title"], second["src"], second["dst"]) == ("infections: Other", "192.0.2.6", "203.0.113.1")
    assert (second["detail"], second["severity_raw"]) == ("asked for c2.example, dns, port 53, GB", "2")
    assert (second["severity"], second["seen_at"]) == (50, 1795291260500)
    assert {first["rsit"], second["rsit"]} == {"malicious-code/infected-system"}


@pytest.mark.parametrize("time", [None, "soon", "inf", "nan", -1, 1e300, True, []])
def test_an_event_without_a_readable_time_is_rejected(time: Any) -> None:
    found = read(EVENT, EVENT | {"_ts": time})
    assert (len(found.rows), len(found.rejects)) == (1, 1)


def test_parts_of_unexpected_types_do_no_harm() -> None:
    found = read(EVENT, EVENT | {"env": [], "malw": 5, "comm": {"dns": "x"}, "_geo_x": "y", "trojanfamily": {}})
    assert [row["title"] for row in found.rows] == ["dnsmalware: Bot", "dnsmalware"]


def test_the_same_infection_seen_again_is_the_same_matter() -> None:
    first, again, other = (
        row["key"] for row in read(EVENT, EVENT | {"_ts": 1795291999}, EVENT | {"trojanfamily": "x"}).rows
    )
    assert first == again != other


def test_the_real_events_are_read_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for name in ("anubisnetworks_example_report.json", "anubisnetworks_example_report_dns.json"):
        found = read_bytes((folder / name).read_bytes())
        assert [row["src"] for row in found.rows] == ["203.0.113.2"]
