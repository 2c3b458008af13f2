"""Nessus reports: hosts that say too much or nothing, scores that are none, and reports of other versions."""

from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

ITEM = '<ReportItem port="{port}" protocol="tcp" severity="3" pluginID="{plugin}" pluginName="Flaw">{more}</ReportItem>'


def item(port: int = 443, plugin: int = 1, more: str = "") -> str:
    return ITEM.format(port=port, plugin=plugin, more=more)


def host(name: str, properties: dict[str, str], *items: str) -> str:
    tags = "".join(f'<tag name="{key}">{value}</tag>' for key, value in properties.items())
    return f'<ReportHost name="{name}"><HostProperties>{tags}</HostProperties>{"".join(items)}</ReportHost>'


def report(*hosts: str) -> Read:
    return read_bytes(f"<NessusClientData_v2><Report>{''.join(hosts)}</Report></NessusClientData_v2>".encode())


def test_properties_of_one_host_do_not_reach_the_next() -> None:
    read = report(
        host("a.example", {"host-ip": "192.0.2.1", "operating-system": "Windows"}, item()),
        '<ReportHost name="192.0.2.2">' + item() + "</ReportHost>",
    )
    assert [row["dst"] for row in read.rows] == ["192.0.2.1:443", "192.0.2.2:443"]
    assert read.raw(1)["host"] == {"name": "192.0.2.2"}


def test_a_host_that_says_too_much_is_not_repeated_in_each_finding() -> None:
    much = {"patches": "x" * 70_000, "host-ip": "192.0.2.1"}
    read = report(host("a.example", much, *(item(port) for port in range(1, 40))))
    assert (len(read.rows), read.rejects) == (39, [])
    assert read.raw(0)["host"]["patches"] == "x" * 70_000
    assert all(len(row["rest"]) < 1_000 for row in read.rows[1:])
    assert {row["dst"].partition(":")[0] for row in read.rows} == {"192.0.2.1"}


def test_the_cves_of_a_host_s_patch_summary_are_said_by_one_of_its_findings_only() -> None:
    summary = {"host-ip": "192.0.2.1", "patch-summary-cves-1": "CVE-2026-10009"}
    without_plugin = '<ReportItem port="1"/>'
    read = report(host("a", summary, without_plugin, item(1), item(2)), host("b", {"host-ip": "192.0.2.2"}, item(3)))
    assert ["CVE-2026-10009" in row["rest"] for row in read.rows] == [True, False, False]


def test_a_host_without_a_finding_is_counted() -> None:
    empty = host("a", {"host-ip": "192.0.2.1"})
    assert report(empty, host("b", {}, item()), empty).ignored == {"host without a finding": 2}
    assert report(host("b", {}, item())).ignored == {}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ("<cvss3_base_score>9.1</cvss3_base_score><cvss_base_score>7.5</cvss_base_score>", 9.1),
        ("<cvss_base_score>7.5</cvss_base_score>", 7.5),
        ("<cvss3_base_score>0.0</cvss3_base_score><cvss_base_score>7.5</cvss_base_score>", 0.0),
        ("<cvss3_base_score>NaN</cvss3_base_score><cvss_base_score>1e999</cvss_base_score>", None),
        ("<cvss3_base_score>99</cvss3_base_score>", None),
        ("<cvss3_base_score><a/></cvss3_base_score>", None),
        ("", None),
    ],
)
def test_the_score_is_cvss_3_or_else_2_and_nothing_that_is_no_score(scores: str, expected: float | None) -> None:
    assert report(host("a", {"host-ip": "192.0.2.1"}, item(more=scores))).rows[0]["score"] == expected


def test_every_cve_stays_in_the_record_and_the_first_is_the_value() -> None:
    cves = "".join(f"<cve>CVE-2026-{number}</cve>" for number in range(20_000, 20_050))
    (row,) = report(host("a", {"host-ip": "192.0.2.1"}, item(more=cves))).rows
    assert row["value"] == "CVE-2026-20000"
    assert all(f"CVE-2026-{number}" in row["rest"] for number in range(20_000, 20_050))


def test_the_same_plugin_on_the_same_port_is_one_matter_and_on_another_is_not() -> None:
    properties = {"host-ip": "192.0.2.1"}
    keys = [row["key"] for row in report(host("a", properties, item(1), item(1), item(2), item(1, 2))).rows]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_finding_without_a_plugin_is_rejected_whole_and_with_its_line() -> None:
    read = report(host("a", {}, "\n\n", '<ReportItem port="1"><synopsis>' + "s" * 5_000 + "</synopsis></ReportItem>"))
    (reject,) = read.rejects
    assert (reject.line, reject.reason) == (3, "a finding without pluginID")
    assert json.loads(reject.text)["synopsis"] == "s" * 5_000


@pytest.mark.parametrize("root", ["NessusClientData", "x:NessusClientData_v2", "NessusClientData_v2x"])
def test_another_root_is_no_report_of_version_2(root: str) -> None:
    with pytest.raises(BadFile):
        read_bytes(f'<{root} xmlns:x="urn:other"/>'.encode())
