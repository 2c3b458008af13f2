from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.formats.implied_class import implied

BASE = {
    "xarf_version": "4.2.0",
    "report_id": "r-1",
    "timestamp": "2026-11-21T20:00:00Z",
    "reporter": {"org": "Example CERT"},
    "source_identifier": "192.0.2.77",
    "category": "connection",
    "type": "login_attack",
}
REAL = {
    "connection-ddos": "availability/ddos",
    "connection-login-attack": "intrusion-attempts/brute-force",
    "connection-reconnaissance": "information-gathering/scanner",
    "connection-sql-injection": "intrusion-attempts/exploit",
    "content-brand-infringement": "fraud/masquerade",
    "content-fraud": "fraud/masquerade",
    "content-phishing": "fraud/phishing",
    "content-suspicious-registration": "fraud/masquerade",
    "copyright-cyberlocker": "fraud/copyright",
    "copyright-p2p": "fraud/copyright",
    "copyright-usenet": "fraud/copyright",
    "infrastructure-compromised-server": "intrusions/system-compromise",
    "messaging-spam": "abusive-content/spam",
    "reputation-threat-intelligence": "malicious-code/c2-server",
    "vulnerability-misconfiguration": "vulnerable/vulnerable-system",
    "botnet_v3_sample": "malicious-code/infected-system",
    "phishing_v3_sample": "fraud/phishing",
}


def read(*reports: Any) -> Read:
    return read_bytes("".join(json.dumps(report) + "\n" for report in reports).encode(), format="xarf")


def test_a_report_of_version_4_fills_the_columns() -> None:
    found = read(
        BASE
        | {
            "destination_ip": "198.51.100.2",
            "destination_port": 22,
            "service": "ssh",
            "attempt_count": 30,
            "first_seen": "2026-11-21T19:00:00Z",
            "file_hash": "sha256:" + "a" * 64,
            "severity": "high",
        }
    )
    (row,) = found.rows
    assert row["title"] == "login attack (connection): 192.0.2.77"
    assert (row["src"], row["dst"], row["host"], row["reference"]) == ("192.0.2.77", "198.51.100.2", "", "r-1")
    assert (row["rsit"], row["category"], row["hash"]) == (
        "intrusion-attempts/brute-force",
        "connection/login_attack",
        "a" * 64,
    )
    assert (row["severity"], row["seen_at"]) == (75, 1795291200000)
    assert row["detail"] == "ssh, 30 attempt count, first seen 2026-11-21T19:00:00Z, port 22, reported by Example CERT"


@pytest.mark.parametrize(
    ("source", "src", "host", "url"),
    [
        ("2001:db8::1", "2001:db8::1", "", ""),
        ("bad.example", "", "bad.example", ""),
        ("https://bad.example/x", "", "", "https://bad.example/x"),
        ("", "", "", ""),
        (7, "", "7", ""),
    ],
)
def test_a_source_may_be_an_address_a_host_or_an_url(source: Any, src: str, host: str, url: str) -> None:
    (row,) = read(BASE | {"source_identifier": source}).rows
    assert (row["src"], row["host"], row["url"]) == (src, host, url)


def test_a_report_of_version_3_fills_the_columns() -> None:
    report: dict[str, Any] = {"ReportClass": "Activity", "ReportType": "Spam", "Date": "2026-11-21T20:00:00Z"}
    found = read(
        {"Version": "3.0.0", "ReporterInfo": {"ReporterOrg": "C"}, "Report": report | {"Source": {"IP": "192.0.2.1"}}},
        {"Version": "3", "ReporterInfo": {}, "Report": report | {"SourceUrl": "http://bad.example/"}},
        {"Version": "3", "ReporterInfo": {}, "Report": report | {"Source": ["x"], "AdditionalInfo": 4}},
    )
    first, second, third = found.rows
    assert (first["title"], first["src"], first["rsit"]) == (
        "Spam (Activity): 192.0.2.1",
        "192.0.2.1",
        "abusive-content/spam",
    )
    assert second["url"] == "http://bad.example/"
    assert third["title"] == "Spam (Activity): unknown source"


def test_evidence_is_kept_as_it_was_sent_and_not_decoded() -> None:
    found = read(BASE | {"evidence": [{"payload": "aHR0cDovL2hpZGRlbi5leGFtcGxlLw=="}]})
    assert found.raw(0)["evidence"] == [{"payload": "aHR0cDovL2hpZGRlbi5leGFtcGxlLw=="}]
    assert "hidden.example" not in json.dumps(found.rows)


def test_names_tried_at_a_honeypot_are_masked_with_their_passwords() -> None:
    tried = {"usernames": ["a.jones"], "password_patterns": ["hunter2"], "user_agent": "x/1"}
    found = read(
        BASE | tried | {"evidence_source": "honeypot"}, BASE | {"usernames": ["root"], "evidence_source": "honeypot"}
    )
    assert "jones" not in json.dumps(found.rows)
    assert "hunter2" not in json.dumps(found.rows)
    assert found.raw(0)["user_agent"] == "x/1"
    assert found.raw(1)["usernames"] == ["root"]


def test_reports_about_the_same_source_and_target_are_one_matter() -> None:
    found = read(BASE, BASE | {"report_id": "r-2"}, BASE | {"source_identifier": "192.0.2.78"})
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_a_type_that_nobody_knows_is_taken_without_a_class() -> None:
    (row,) = read(BASE | {"type": "brand_new"}).rows
    assert (row["title"], row["rsit"]) == ("brand new (connection): 192.0.2.77", "")


@pytest.mark.parametrize("broken", [{"timestamp": "soon"}, {"timestamp": 5}, {"type": ""}, {"type": ["x"]}])
def test_a_report_without_type_or_time_is_rejected(broken: dict[str, Any]) -> None:
    found = read(BASE, BASE | broken, {"something": "else"}, [1])
    assert len(found.rows) == 1
    assert len(found.rejects) == 3


def test_a_list_of_reports_in_a_wrapper_is_opened() -> None:
    found = read({"reports": [BASE, 5, BASE | {"type": "port_scan"}]})
    assert [row["rsit"] for row in found.rows] == ["intrusion-attempts/brute-force", "information-gathering/scanner"]
    assert len(found.rejects) == 1


def test_the_real_samples_all_get_their_class_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "xarf"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for path in sorted(folder.glob("v*/*.json")):
        found = read_bytes(path.read_bytes())
        assert found.begin is not None
        assert found.begin.format == "xarf"
        assert [row["rsit"] for row in found.rows] == [REAL[path.stem]], path.name
    assert implied("xarf", "connection/nothing") == ""
