"""Nessus and Tenable tables: columns that a person chose, repeats for each CVE, and times that mean something else."""

from __future__ import annotations

from tests.unit.formats.reading_support import read_bytes

CHOSEN = "Plugin ID,CVE,Risk,Host,Protocol,Port,Name\n"


def test_an_export_with_only_the_chosen_columns_is_recognised() -> None:
    read = read_bytes((CHOSEN + "1,,High,192.0.2.1,tcp,443,Flaw\n").encode())
    assert read.begin is not None
    assert read.begin.format == "nessus-csv"
    assert (read.rows[0]["title"], read.rows[0]["dst"]) == ("Flaw", "192.0.2.1:443")


def test_a_row_for_each_cve_is_a_matter_of_its_own_and_a_repeat_folds() -> None:
    rows = "".join(f"1,CVE-2026-{cve},High,192.0.2.1,tcp,443,Flaw\n" for cve in (10001, 10002, 10001))
    keys = [row["key"] for row in read_bytes((CHOSEN + rows).encode()).rows]
    assert keys[0] == keys[2]
    assert keys[0] != keys[1]


def test_two_cves_in_a_cell_are_both_found() -> None:
    (row,) = read_bytes((CHOSEN + '1,"CVE-2026-10001,CVE-2026-10002",High,192.0.2.1,tcp,443,Flaw\n').encode()).rows
    assert row["value"] == "CVE-2026-10001"
    assert "CVE-2026-10002" in row["detail"]


def test_the_columns_of_tenable_vulnerability_management_are_read() -> None:
    header = (
        "asset.name,asset.display_ipv4_address,asset.port,protocol,definition.id,definition.name,"
        "definition.cve,definition.cvss3.base_score,severity,last_seen\n"
    )
    row = read_bytes(
        (header + "ward7b,192.0.2.1,443,TCP,1,Flaw,CVE-2026-10001,9.8,High,2026-11-21T20:00:00Z\n").encode()
    )
    (found,) = row.of_kind("finding")
    assert (found["title"], found["value"], found["score"]) == ("Flaw", "CVE-2026-10001", 9.8)
    assert (found["host"], found["dst"], found["severity"]) == ("ward7b", "192.0.2.1:443", 75)
    assert found["seen_at"] == 1795291200000


def test_when_a_plugin_was_changed_is_not_when_the_finding_was_seen() -> None:
    header = "Plugin,Plugin Name,Family,Severity,IP Address,Plugin Modification Date\n"
    (row,) = read_bytes((header + "1,Flaw,General,High,192.0.2.1,2026-11-21T20:00:00Z\n").encode()).rows
    assert row["seen_at"] is None
