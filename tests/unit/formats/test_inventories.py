"""Machines, organisations, and the findings of Defender and Wazuh."""

from __future__ import annotations

from pathlib import Path

from tests.unit.formats.reading_support import Read, read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats"


def sample(name: str) -> Read:
    return read_bytes((SAMPLES / name).read_bytes())


def test_a_machine_is_an_endpoint_and_a_time_that_is_none_is_not_known() -> None:
    first, second = sample("defender-machines/page.json").of_kind("endpoint")
    assert (first["value"], first["host"], first["src"]) == ("m1", "pc-1.trust.example", "192.0.2.11")
    assert first["category"] == "Windows11 23H2"
    assert (second["title"], second["seen_at"]) == ("m2", None)


def test_an_organisation_has_its_code_its_name_and_its_days() -> None:
    first, closed, site = sample("ods-organisations/etr.csv").of_kind("organisation")
    assert (first["value"], first["title"]) == ("RXX", "NORTHMOOR UNIVERSITY HOSPITALS")
    assert (first["seen_at"], first["until_at"]) == (1270080000000, None)
    assert closed["until_at"] == 1333152000000
    assert site["value"] == "RZZ01"
    assert "AB1 2CD" in first["detail"]


def test_a_day_that_does_not_exist_costs_its_row_and_no_other() -> None:
    data = (SAMPLES / "ods-organisations" / "etr.csv").read_bytes().replace(b"19990401", b"19990431")
    read = read_bytes(data)
    assert (len(read.rows), [reject.reason for reject in read.rejects]) == (2, ["the day '19990431' does not exist"])


def test_findings_of_defender_and_of_both_wazuhs_name_cve_and_machine() -> None:
    (defender,) = sample("defender-vulnerabilities/page.json").of_kind("finding")
    assert (defender["value"], defender["host"], defender["severity"]) == ("CVE-2026-10001", "m1", 75)
    (old,) = sample("wazuh-vulnerabilities/v47.json").of_kind("finding")
    assert (old["value"], old["score"]) == ("CVE-2026-10001", 9.8)
    (new,) = sample("wazuh-vulnerabilities/v48.json").of_kind("finding")
    assert (new["value"], new["host"], new["score"]) == ("CVE-2026-10001", "ward-db", 9.8)


def test_wazuh_alerts_are_one_matter_by_rule_agent_and_address_and_graded_upwards() -> None:
    data = (SAMPLES / "wazuh-alerts" / "alerts.ndjson").read_bytes()
    twice = read_bytes(data + data.replace(b"20:00:00", b"21:00:00").replace(b'"1.1"', b'"1.2"'))
    assert len({row["key"] for row in twice.rows}) == 1
    row = twice.rows[0]
    assert (row["title"], row["host"], row["src"], row["user"]) == (
        "sshd: brute force",
        "ward-db",
        "203.0.113.9",
        "root",
    )
    quiet = sample("wazuh-alerts/hits.json").rows[0]
    assert row["severity"] > quiet["severity"]
