"""IODEF incidents: both versions, who attacked whom, labels that are TLP's and those that are not, and broken times."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes


def document(*incidents: str, attributes: str = "") -> Read:
    return read_bytes(f"<IODEF-Document{attributes}>{''.join(incidents)}</IODEF-Document>".encode())


def incident(inside: str = "", attributes: str = "") -> dict[str, Any]:
    text = f'<Incident{attributes}><IncidentID name="csirt.example">i-1</IncidentID>{inside}</Incident>'
    (row,) = document(text).of_kind("alert")
    return row


def system(category: str, address: str, kind: str = "ipv4-addr") -> str:
    return (
        f'<EventData><Flow><System category="{category}"><Node><Address category="{kind}">{address}</Address></Node>'
        "</System></Flow></EventData>"
    )


def test_the_source_and_the_target_are_told_apart_whichever_comes_first() -> None:
    for order in (1, -1):
        row = incident("".join([system("source", "203.0.113.9"), system("target", "192.0.2.1")][::order]))
        assert (row["src"], row["dst"]) == ("203.0.113.9", "192.0.2.1")


def test_a_mail_address_or_a_mac_is_no_address_of_a_machine_but_can_be_found() -> None:
    row = incident(system("target", "a@ward.example", "e-mail") + system("target", "192.0.2.1"))
    assert row["dst"] == "192.0.2.1"
    assert "a@ward.example" in row["rest"]


@pytest.mark.parametrize(
    ("attributes", "label"),
    [
        (' restriction="amber"', "AMBER"),
        (' restriction="white"', "CLEAR"),
        (' restriction="ext-value" ext-restriction="amber+strict"', "AMBER+STRICT"),
        (' restriction="private"', ""),
        (' restriction="need-to-know"', ""),
        (' restriction="public"', ""),
        ("", ""),
    ],
)
def test_a_restriction_is_a_label_only_if_tlp_has_it(attributes: str, label: str) -> None:
    assert incident(attributes=attributes)["tlp"] == label


def test_a_time_that_cannot_be_read_leaves_the_next_and_the_first_of_them_counts() -> None:
    times = "<ReportTime>2026-11-21T20:00:00+00:00</ReportTime><DetectTime>yesterday</DetectTime>"
    assert incident(times)["seen_at"] == 1795291200000
    assert incident(times.replace("yesterday", "2026-11-21T21:00:00+02:00"))["seen_at"] == 1795287600000
    assert incident()["seen_at"] is None


def test_an_incident_whose_times_cannot_be_read_is_rejected_and_so_is_one_without_a_name() -> None:
    name = "<IncidentID>i</IncidentID>"
    read = document(f"<Incident>{name}<StartTime>soon</StartTime></Incident>", "<Incident/>")
    assert read.rows == []
    assert len(read.rejects) == 2
    assert read.rejects[1].reason == "an incident without IncidentID"


@pytest.mark.parametrize("attributes", ["", ' xmlns="urn:ietf:params:xml:ns:iodef-1.0"', ' xmlns="urn:wrong"'])
def test_a_document_of_any_version_is_read_with_its_name_as_reference(attributes: str) -> None:
    text = '<Incident><IncidentID name="csirt.example">i-1</IncidentID><Title>Scan</Title></Incident>'
    read = document(text, attributes=attributes)
    assert [(row["title"], row["reference"]) for row in read.rows] == [("Scan", "csirt.example i-1")]


def test_names_and_addresses_deep_inside_an_incident_can_be_found() -> None:
    deep = "<AdditionalData>" * 40 + "<URL>http://evil.example/x</URL>" + "</AdditionalData>" * 40
    row = incident(deep)
    assert row["url"] == "http://evil.example/x"
