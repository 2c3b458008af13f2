"""Vulnerability scans: Nessus, Greenbone, Qualys and nmap, as XML and as tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats"


def sample(name: str) -> Read:
    return read_bytes((SAMPLES / name).read_bytes())


def test_a_finding_of_nessus_carries_its_host_and_all_its_cves() -> None:
    read = sample("nessus/report.nessus")
    first, second = read.of_kind("finding")
    assert (first["title"], first["reference"], first["value"]) == ("Printer flaw", "10001", "CVE-2026-10001")
    assert (first["host"], first["dst"], first["score"]) == ("ward7b.trust.example", "192.0.2.20:443", 9.8)
    assert (first["severity"], second["severity"]) == (75, 10)
    assert "CVE-2026-10002" in first["detail"]
    assert first["seen_at"] == 1795291200000
    assert read.raw(0)["host"]["operating-system"] == "Windows 11"
    assert second["dst"] == "192.0.2.20"


@pytest.mark.parametrize(
    ("name", "title", "cve", "severity"),
    [
        ("nessus-csv/nessus.csv", "Printer flaw", "CVE-2026-10001", 75),
        ("nessus-csv/tenable.csv", "Printer flaw", "CVE-2026-10001", 75),
        ("openvas-csv/report.csv", "Printer flaw", "CVE-2026-10001", 97),
        ("openvas/report.xml", "Printer flaw", "CVE-2026-10001", 97),
        ("qualys/vmdr.csv", "Printer flaw", "CVE-2026-10001", 75),
        ("qualys/report.csv", "Old software", "", 95),
    ],
)
def test_a_finding_of_a_scan_has_title_cve_host_and_severity(name: str, title: str, cve: str, severity: int) -> None:
    read = sample(name)
    row = read.of_kind("finding")[0]
    assert (row["title"], row["value"]) == (title, cve)
    assert abs(row["severity"] - severity) <= 2
    assert row["host"]
    assert row["dst"].startswith("192.0.2.20")
    assert read.raw(0)


def test_rows_without_a_cell_are_counted_and_not_rejected() -> None:
    read = sample("nessus-csv/tenable.csv")
    assert (len(read.rows), read.rejects, read.ignored) == (1, [], {"empty row": 1})


def test_the_preamble_of_qualys_is_skipped_and_lines_keep_their_numbers() -> None:
    data = (SAMPLES / "qualys" / "vmdr.csv").read_bytes()
    read = read_bytes(data + b'"CVE-1","2"\n')
    assert [(reject.line, reject.reason) for reject in read.rejects] == [(5, "2 cells where the header has 12")]
    assert read.begin is not None
    assert "after 2 lines" in read.begin.why


def test_a_date_that_could_be_read_two_ways_is_not_known_and_one_that_cannot_is() -> None:
    data = (SAMPLES / "qualys" / "report.csv").read_text("utf-8")
    assert read_bytes(data.encode()).rows[0]["seen_at"] == 1779694618000
    doubtful = read_bytes(data.replace("05/25/2026", "03/04/2026").encode())
    assert doubtful.rows[0]["seen_at"] is None
    assert doubtful.raw(0)["Last Detected"] == "03/04/2026 07:36:58"


def test_nmap_gives_an_endpoint_for_each_host_that_is_up_and_a_finding_for_each_cve() -> None:
    read = sample("nmap/scan.xml")
    (host,) = read.of_kind("endpoint")
    (finding,) = read.of_kind("finding")
    assert (host["value"], host["host"]) == ("192.0.2.20", "ward7b.trust.example")
    assert "22/tcp ssh OpenSSH 7.4" in host["detail"]
    assert (finding["value"], finding["score"], finding["dst"]) == ("CVE-2026-10004", 5.0, "192.0.2.20:22")
    assert read.ignored == {"host that is down": 1}


def test_a_scan_that_found_nothing_is_read_and_holds_nothing() -> None:
    header = (SAMPLES / "openvas-csv" / "report.csv").read_bytes().split(b"\n")[0] + b"\n"
    read = read_bytes(header)
    assert (read.rows, read.rejects) == ([], [])
    assert read.end is not None


def test_an_incident_of_iodef_is_an_alert_with_its_addresses_and_its_label() -> None:
    (row,) = sample("iodef/incident.xml").of_kind("alert")
    assert (row["title"], row["reference"], row["tlp"]) == ("Scanning of ward networks", "csirt.example i-1", "AMBER")
    assert (row["dst"], row["host"], row["severity"]) == ("203.0.113.30", "scan.example", 75)
