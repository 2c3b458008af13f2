from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

HEADER = (
    "feed code,source ip,source time,observation time,tlp,description,type,"
    "url,domain name,confidence level,expiration date\n"
)


def read(*rows: str) -> Read:
    return read_bytes((HEADER + "\n".join(rows) + "\n").encode(), format="cert-eu")


def test_a_row_fills_the_columns() -> None:
    found = read(
        "RI,192.0.2.1,2026-11-21 20:00:00Z,2026-11-21 21:00:00Z,amber,A bad URL,Malware URL,"
        "http://b.example/,b.example,51,2026-12-01 00:00:00Z"
    )
    (row,) = found.rows
    assert (row["title"], row["rsit"], row["tlp"]) == (
        "Malware URL: A bad URL",
        "malicious-code/malware-distribution",
        "amber",
    )
    assert (row["src"], row["url"], row["host"]) == ("192.0.2.1", "http://b.example/", "b.example")
    assert (row["seen_at"], row["until_at"], row["score"]) == (1795291200000, 1796083200000, 51)
    assert found.raw(0)["feed code"] == "RI"


def test_the_time_of_observation_stands_in_and_without_any_the_row_is_rejected() -> None:
    found = read(
        "Z,192.0.2.1,,2026-11-21 20:00:00Z,green,,phishing,,,high,",
        "Z,192.0.2.1,,,green,,phishing,,,1e9,",
        "Z,192.0.2.1,soon,2026-11-21 20:00:00Z,green,,phishing,,,,",
    )
    assert [(row["seen_at"], row["score"], row["until_at"]) for row in found.rows] == [(1795291200000, None, None)]
    assert [reject.line for reject in found.rejects] == [3, 4]


def test_the_same_event_of_the_next_day_is_the_same_matter() -> None:
    found = read(
        "Z,192.0.2.1,2026-11-21 20:00:00Z,,green,,phishing,http://a.example/,,,",
        "Z,192.0.2.1,2026-11-22 20:00:00Z,,green,,phishing,http://a.example/,,,",
        "Z,192.0.2.1,2026-11-22 20:00:00Z,,green,,phishing,http://b.example/,,,",
    )
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_the_real_feed_is_read_whole_when_it_is_there() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "cert_eu_example.csv"
    if not path.is_file():
        pytest.skip("the public sample files are not beside this project")
    found = read_bytes(path.read_bytes())
    assert [row["rsit"] for row in found.rows] == ["malicious-code/malware-distribution", "fraud/phishing"]
    assert [row["tlp"] for row in found.rows] == ["amber", "green"]
