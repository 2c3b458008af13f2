from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "defender-alerts"
ALERT: dict[str, Any] = json.loads((SAMPLES / "page.json").read_text("utf-8"))["value"][0]


def read(*records: Any) -> Read:
    return read_bytes("\n".join(json.dumps(record) for record in records).encode())


def test_an_alert_fills_its_columns_from_its_evidence() -> None:
    (row,) = read(ALERT, {}).rows
    assert (row["title"], row["severity"], row["severity_raw"]) == ("Loader seen on a ward machine", 75, "high")
    assert (row["host"], row["user"], row["src"]) == ("ward7b.trust.example", "n.clerk@trust.example", "203.0.113.5")
    assert row["hash"] == "ab" * 32
    assert "T1059.001" in row["detail"]
    assert "incident 77" in row["detail"]
    assert row["seen_at"] == 1795291500765  # seven digits of a second: the last of them cut, not rounded


def test_the_same_alert_later_is_the_same_matter_and_its_newest_row_is_shown_by_time() -> None:
    later = ALERT | {"lastUpdateDateTime": "2026-11-22T00:00:00Z", "severity": "low"}
    first, second = read(ALERT, later).rows
    assert first["key"] == second["key"]
    assert first["seen_at"] < second["seen_at"]
    assert first["evidence_id"] != second["evidence_id"]


def test_an_incident_with_its_alerts_is_one_row_that_can_be_put_together_again() -> None:
    read_ = read_bytes((SAMPLES / "incidents.json").read_bytes())
    (row,) = read_.rows
    assert (row["title"], row["category"], row["host"]) == (
        "Loader across two wards",
        "Incident",
        "ward7b.trust.example",
    )
    assert read_.layouts[0].format == "defender-incidents"
    assert read_.raw(0)["alerts"] == [ALERT]


def test_alerts_and_incidents_in_one_file_each_keep_their_own_layout() -> None:
    incident = {
        "id": "7",
        "displayName": "Two wards",
        "incidentWebUrl": "https://security.example/7",
        "severity": "low",
        "createdDateTime": "2026-11-21T20:00:00Z",
    }
    read_ = read(ALERT, incident, ALERT | {"id": "2"}, incident | {"id": "8"}, ALERT | {"id": "3"})
    assert len(read_.rows) == 5
    assert [read_.raw(number) for number in range(5)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": ""}, "without title"),
        ({"title": None}, "without title"),
        ({"title": ["x"]}, "without title"),
        ({"id": 7}, "without id"),
        ({"lastUpdateDateTime": "yesterday"}, "cannot be read"),
        ({"lastUpdateDateTime": "0000-01-01T00:00:00Z"}, "cannot be read"),
        ({"lastUpdateDateTime": "9999-12-31T23:59:59Z"}, "1970 to 2199"),
        ({"lastUpdateDateTime": None, "createdDateTime": None}, "without a time"),
    ],
)
def test_an_alert_that_lacks_what_an_alert_needs_is_rejected_with_the_reason(
    changed: dict[str, Any], reason: str
) -> None:
    read_ = read(ALERT, ALERT | changed)
    assert len(read_.rows) == 1
    assert reason in read_.rejects[0].reason


@pytest.mark.parametrize("evidence", [None, "x", {}, [], [None, 1, "x"], [{"ipAddress": {"a": 1}}], [[[]]] * 3000])
def test_evidence_of_any_shape_costs_no_alert(evidence: Any) -> None:
    assert len(read(ALERT | {"evidence": evidence}).rows) == 1


def test_every_indicator_of_the_evidence_is_findable_and_not_only_the_one_in_a_column() -> None:
    more = [{"@odata.type": "#x.urlEvidence", "url": "https://c2.evil.example/a"}, {"ipAddress": "2001:db8::9"}]
    (row,) = read(ALERT | {"evidence": [*ALERT["evidence"], *more]}, {}).rows
    tokens = row["tokens"].split()
    assert {"evil.example", "v6_2001_db8__9"} <= set(tokens)


def test_an_account_that_is_evidence_comes_before_one_that_a_process_ran_as() -> None:
    process = {
        "@odata.type": "#microsoft.graph.security.processEvidence",
        "userAccount": {"accountName": "SYSTEM", "domainName": "NT AUTHORITY"},
    }
    (row,) = read(ALERT | {"evidence": [process, *ALERT["evidence"]]}, {}).rows
    assert row["user"] == "n.clerk@trust.example"
    (row,) = read(ALERT | {"evidence": [process]}, {}).rows
    assert row["user"] == "NT AUTHORITY\\SYSTEM"


def test_a_broken_alert_in_a_page_costs_only_itself() -> None:
    text = json.dumps({"value": [ALERT | {"id": str(number)} for number in range(3)]})
    read_ = read_bytes(text.replace('"id": "1"', '"id": NaN').encode())
    assert [row["reference"] for row in read_.rows] == ["0", "2"]
    assert len(read_.rejects) == 1
