from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

EVENT = {
    "classification.type": "infected-system",
    "malware.name": "bot",
    "feed.name": "f",
    "feed.accuracy": 90,
    "source.ip": "192.0.2.1",
    "destination.ip": "203.0.113.1",
    "destination.port": 80,
    "protocol.transport": "tcp",
    "time.source": "2026-11-21T20:00:00+00:00",
}


def read(*events: Any) -> Read:
    return read_bytes("".join(json.dumps(event) + "\n" for event in events).encode(), format="proki")


def test_a_wrapped_report_and_bare_events_give_the_same() -> None:
    wrapped = read_bytes(
        json.dumps({"status": "OK", "message": "m", "data": [EVENT, EVENT | {"source.ip": "192.0.2.2"}]}).encode()
    )
    assert wrapped.begin is not None
    assert wrapped.begin.format == "proki"
    assert wrapped.rows[0] == read(EVENT).rows[0]
    (row, _) = wrapped.rows
    assert (row["title"], row["rsit"], row["score"]) == ("infected-system: bot", "malicious-code/infected-system", 90)
    assert (row["src"], row["dst"], row["detail"]) == ("192.0.2.1", "203.0.113.1", "tcp port 80, feed f")
    assert row["seen_at"] == 1795291200000


@pytest.mark.parametrize(
    ("kind", "rsit"),
    [
        ("c2-server", "malicious-code/c2-server"),
        ("c&c", "malicious-code/c2-server"),
        ("blacklist", "other/other"),
        ("new", ""),
    ],
)
def test_the_type_gives_the_class(kind: str, rsit: str) -> None:
    assert read(EVENT | {"classification.type": kind}).rows[0]["rsit"] == rsit


@pytest.mark.parametrize(
    "broken", [{"time.source": "soon"}, {"time.source": ""}, {"classification.type": 0.0, "time.source": []}]
)
def test_an_event_without_type_or_time_is_rejected(broken: dict[str, Any]) -> None:
    found = read(EVENT, EVENT | broken)
    assert (len(found.rows), len(found.rejects)) == (1, 1)


def test_a_score_beyond_all_measure_is_no_score() -> None:
    assert read(EVENT | {"feed.accuracy": 1e200}).rows[0]["score"] is None
    assert read(EVENT | {"feed.accuracy": "nan"}).rows[0]["score"] is None


def test_the_real_report_is_read_when_it_is_there() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "cznic_example_proki.json"
    if not path.is_file():
        pytest.skip("the public sample files are not beside this project")
    assert [row["title"] for row in read_bytes(path.read_bytes()).rows] == ["infected-system: conficker"]
