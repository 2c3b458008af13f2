"""nmap scans: many hosts, one host with everything, and values that a script's output repeats."""

from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

ENTRY = '<table><elem key="cvss">{score}</elem><elem key="id">{cve}</elem></table>'


def scan(*hosts: str) -> Read:
    return read_bytes(f"<!DOCTYPE nmaprun>\n<nmaprun>{''.join(hosts)}</nmaprun>".encode())


def host(address: str, ports: str = "") -> str:
    addressed = f'<address addr="{address}" addrtype="ipv4"/>' if address else ""
    return f'<host endtime="1795291200"><status state="up"/>{addressed}<ports>{ports}</ports></host>'


def port(*entries: str, number: int = 22, software: str = "cpe:/a:x:ssh:1", protocol: str = "tcp") -> str:
    script = f'<script id="vulners"><table key="{software}">{"".join(entries)}</table></script>'
    return f'<port protocol="{protocol}" portid="{number}"><state state="open"/>{script}</port>'


def entry(number: int = 10001, score: str = "5.0") -> str:
    return ENTRY.format(score=score, cve=f"CVE-2026-{number}")


def test_the_findings_of_many_hosts_follow_them_together() -> None:
    read = scan(*(host(f"192.0.2.{number}", port(entry())) for number in range(1, 101)))
    kinds = [row["kind"] for row in read.rows]
    assert kinds == sorted(kinds, reverse=True)
    assert (len(read.of_kind("endpoint")), len(read.of_kind("finding"))) == (100, 100)
    assert {row["seen_at"] for row in read.rows} == {1795291200000}


def test_a_cve_is_one_finding_for_each_port_and_protocol() -> None:
    ports = port(entry(), entry()) + port(entry(), protocol="udp") + port(entry(), number=80)
    found = scan(host("192.0.2.1", ports)).of_kind("finding")
    assert [row["dst"] for row in found] == ["192.0.2.1:22", "192.0.2.1:22", "192.0.2.1:80"]
    assert len({row["key"] for row in found}) == 3


def test_cves_beyond_the_limit_are_counted_and_stay_in_the_host_s_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_app.formats.nmap._MOST_CVES", 3)
    read = scan(host("192.0.2.1", port(*(entry(number) for number in range(10001, 10006)))))
    assert len(read.of_kind("finding")) == 3
    assert read.ignored == {"CVE beyond the first 3 of a host": 2}
    assert "CVE-2026-10005" in json.dumps(read.raw(0))


def test_a_long_name_of_software_is_not_repeated_whole_in_every_finding() -> None:
    read = scan(host("192.0.2.1", port(entry(10001), entry(10002), software="s" * 100_000)))
    assert all(len(row["rest"]) < 1_000 for row in read.of_kind("finding"))
    assert "s" * 100_000 in read.of_kind("endpoint")[0]["rest"]


@pytest.mark.parametrize("score", ["NaN", "-1", "99", "", "1e999"])
def test_a_score_that_is_none_is_left_out(score: str) -> None:
    (row,) = scan(host("192.0.2.1", port(entry(score=score)))).of_kind("finding")
    assert row["score"] is None


def test_a_host_without_an_address_is_rejected_and_the_next_is_read() -> None:
    read = scan(host(""), host("192.0.2.2"))
    assert [row["value"] for row in read.rows] == ["192.0.2.2"]
    assert [reject.reason for reject in read.rejects] == ["a host without an address"]
