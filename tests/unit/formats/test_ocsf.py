from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "ocsf"
BASE = {
    "class_uid": 2004,
    "category_uid": 2,
    "severity_id": 4,
    "time": 1795291200000,
    "metadata": {"product": {"name": "Guard"}},
    "finding_info": {"uid": "F", "title": "Beacon"},
}


def read(*events: Any) -> Read:
    return read_bytes("".join(json.dumps(event) + "\n" for event in events).encode(), format="ocsf")


def test_a_detection_finding_is_an_alert_with_who_and_what() -> None:
    found = read_bytes((SAMPLES / "wrapper.json").read_bytes())
    (row,) = found.of_kind("alert")
    assert (row["title"], row["reference"], row["category"]) == ("Beacon to a known server", "F-1", "C2")
    assert (row["host"], row["user"], row["src"], row["dst"]) == ("ward-pc-7", "a.jones", "192.0.2.4", "203.0.113.9")
    assert (row["url"], row["hash"]) == ("https://bad.example/c", "b" * 64)
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (75, "4", "ocsf/1")
    assert row["seen_at"] == 1795291200000


def test_vulnerability_and_compliance_are_findings_and_a_passed_check_is_counted() -> None:
    found = read_bytes((SAMPLES / "wrapper.json").read_bytes())
    flaw, check = found.of_kind("finding")
    assert (flaw["value"], flaw["score"], flaw["host"]) == ("CVE-2026-10001", 9.8, "gw-1")
    assert flaw["rsit"] == "vulnerable/vulnerable-system"
    assert flaw["detail"] == "to do: Update it, Guard"
    assert (check["value"], check["detail"]) == ("", "Fail, 4.1, Guard")
    assert found.ignored == {"compliance check that was passed": 1, "Network Activity": 1}


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"severity_id": 0}, (50, "0", "ocsf/1")),
        ({"severity_id": 1}, (10, "1", "ocsf/1")),
        ({"severity_id": 6}, (100, "6", "ocsf/1")),
        ({"severity_id": 99, "severity": "Critical"}, (95, "Critical", "ocsf/1")),
        ({"severity_id": 99, "severity": "Weird"}, (50, "Weird", "unknown/1")),
        ({"severity_id": "4"}, (75, "4", "ocsf/1")),
        ({"severity_id": [4]}, (50, "", "unknown/1")),
    ],
)
def test_severity_goes_up_to_fatal(severity: dict[str, Any], expected: tuple[int, str, str]) -> None:
    (row,) = read(BASE | severity).rows
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == expected


@pytest.mark.parametrize("shape", ["single", "array", "lines", "events", "Records", "findings"])
def test_every_way_to_put_events_together_gives_the_same(shape: str) -> None:
    texts = {
        "single": json.dumps(BASE, indent=1),
        "array": json.dumps([BASE]),
        "lines": json.dumps(BASE),
    }
    found = read_bytes(texts.get(shape, json.dumps({shape: [BASE], "count": 1})).encode())
    assert found.begin is not None
    assert found.begin.format == "ocsf"
    assert [row["evidence_id"] for row in found.rows] == [read(BASE).rows[0]["evidence_id"]]


def test_a_finding_is_known_by_its_uid_and_product_and_else_by_what_it_says() -> None:
    other = {"product": {"name": "Other"}}
    without = BASE | {"finding_info": {"title": "Beacon"}}
    found = read(
        BASE, BASE | {"time": 1795291260000}, BASE | {"metadata": other}, without, without | {"time": 1795291260000}
    )
    first, again, elsewhere, bare, bare_again = (row["key"] for row in found.rows)
    assert first == again
    assert bare == bare_again
    assert len({first, elsewhere, bare}) == 3


@pytest.mark.parametrize("time", [None, 1795291200, "yesterday", True, [], -1, 1e300])
def test_an_event_without_a_time_in_milliseconds_is_rejected(time: Any) -> None:
    found = read(BASE, BASE | {"time": time})
    assert len(found.rows) == 1
    assert len(found.rejects) == 1


def test_the_text_twin_of_a_time_is_taken_where_the_number_is_not_one() -> None:
    (row,) = read(BASE | {"time": 1795291200, "time_dt": "2026-11-21T20:00:00Z"}).rows
    assert row["seen_at"] == 1795291200000


def test_parts_of_unexpected_types_do_no_harm() -> None:
    odd: dict[str, Any] = dict.fromkeys(
        [
            "finding_info",
            "finding",
            "vulnerabilities",
            "resources",
            "evidences",
            "observables",
            "device",
            "compliance",
            "url",
        ],
        5,
    )
    found = read(
        BASE | odd,
        BASE | {"evidences": [[], {"src_endpoint": [], "process": {"file": {"hashes": [1, {"value": {}}]}}}]},
        BASE
        | {
            "class_uid": 2002,
            "vulnerabilities": [{"cve": {"uid": 7, "cvss": [{"base_score": "NaN"}, {"base_score": 1e9}]}}],
        },
        {"class_uid": 1e300, "metadata": {}, "severity_id": 1},
        [BASE],
    )
    assert len(found.rows) == 3
    assert found.rows[2]["score"] is None
    assert len(found.rejects) == 2


def test_a_finding_that_has_a_list_called_data_is_no_wrapper() -> None:
    found = read(BASE | {"data": [{"class_uid": 2004}]})
    assert found.raw(0)["data"] == [{"class_uid": 2004}]
