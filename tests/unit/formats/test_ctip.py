from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

INTERFLOW = {
    "indicatorthreattype": "Botnet",
    "description": "Host is a member of Botnet X",
    "externalid": "X",
    "indicatorexpirationdatetime": "2026-11-23T20:00:00.1234567Z",
    "tlplevel": "Green",
    "confidence": 80,
    "firstreporteddatetime": "2026-11-21T20:00:00",
    "networksourceipv4": "192.0.2.1",
    "networkdestinationipv4": "203.0.113.1",
    "networkdestinationport": 443,
}
AZURE = {
    "DataFeed": "CTIP-Infected",
    "DateTimeReceivedUtc": 134397648000000000,
    "Malware": "Bot",
    "ThreatCode": "B1",
    "TLP": "Amber",
    "SourceIp": "192.0.2.2",
    "DestinationIp": "203.0.113.1",
    "DestinationPort": 443,
    "HttpInfo": {"HttpHost": "c2.example", "HttpRequest": "/gate"},
    "Payload": "aHR0cDovL2hpZGRlbi5leGFtcGxlLw==",
}


def read(*events: Any) -> Read:
    return read_bytes("".join(json.dumps(event) + "\n" for event in events).encode(), format="microsoft-ctip")


def test_both_forms_fill_the_columns() -> None:
    found = read(INTERFLOW, AZURE)
    first, second = found.rows
    assert (first["title"], first["tlp"], first["score"]) == ("Host is a member of Botnet X", "Green", 80)
    assert (first["src"], first["dst"], first["seen_at"]) == ("192.0.2.1", "203.0.113.1", 1795291200000)
    assert first["until_at"] == 1795464000123
    assert (second["title"], second["tlp"], second["seen_at"]) == ("CTIP-Infected: Bot B1", "Amber", 1795291200000)
    assert second["url"] == "https://c2.example/gate"
    assert {first["rsit"], second["rsit"]} == {"malicious-code/infected-system"}
    assert "hidden.example" not in json.dumps(found.rows)


@pytest.mark.parametrize(
    "broken",
    [
        INTERFLOW | {"firstreporteddatetime": "soon"},
        INTERFLOW | {"firstreporteddatetime": None},
        AZURE | {"DateTimeReceivedUtc": 5},
        AZURE | {"DateTimeReceivedUtc": "x"},
        AZURE | {"DateTimeReceivedUtc": [1]},
        AZURE | {"DateTimeReceivedUtc": 9223372036854775807},
    ],
)
def test_an_event_without_a_readable_time_is_rejected(broken: dict[str, Any]) -> None:
    found = read(INTERFLOW, broken)
    assert (len(found.rows), len(found.rejects)) == (1, 1)


def test_parts_of_unexpected_types_do_no_harm() -> None:
    found = read(
        AZURE | {"HttpInfo": 5, "SourceIpInfo": [], "TLP": {}},
        INTERFLOW | {"confidence": "1e400", "tlplevel": 5, "hostname": []},
    )
    assert len(found.rows) == 2
    assert found.rows[1]["score"] is None


def test_the_same_infection_seen_again_is_the_same_matter() -> None:
    first, again, other = (
        row["key"] for row in read(AZURE, AZURE | {"TotalEncounters": 9}, AZURE | {"SourceIp": "192.0.2.9"}).rows
    )
    assert first == again != other


def test_the_real_feeds_are_read_whole_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for name, count in (("microsoft_ctip.txt", 5), ("microsoft_ctip_azure.txt", 6)):
        found = read_bytes((folder / name).read_bytes())
        assert (len(found.rows), found.rejects) == (count, [])
