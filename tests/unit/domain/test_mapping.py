from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.mapping import FIELDS, Mapping, header_fingerprint, offset_minutes, unique_headers
from triage_app.domain.suggestion import suggest

GOOD = Mapping("EDR export", "EDR", {"title": "Alert", "time": "When", "severity": "Sev"}, twice="first")
TEXT = st.text(max_size=30).filter(lambda text: text.isprintable())


def test_a_mapping_survives_being_written_and_read() -> None:
    assert Mapping.from_json(GOOD.as_json()) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {"no such field": "x"}},
        {"columns": {}},
        {"time_format": "guess"},
        {"timezone": "Mars"},
        {"name": " "},
        {"twice": "maybe"},
        {"constants": {"time": "now"}},
        {"columns": {"title": 7}},
        {"extra": 1},
        {"version": 2},
        {"ambiguous": "yes"},
        {"source": "x" * 501},
        {"readings": ["a", "b", "c"]},
        {"name": "\ud800"},
    ],
)
def test_a_mapping_that_cannot_work_is_refused_with_a_reason(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Mapping.from_data(GOOD.as_data() | change)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"name":"a","name":"b"}', '{"name":"a"}', "\0"]
)
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Mapping.from_json(text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_mapping_reader(text: str) -> None:
    with pytest.raises(ValueError):
        Mapping.from_json(text)


@given(st.lists(TEXT, max_size=8))
def test_headers_become_unique_and_none_is_empty(headers: list[str]) -> None:
    unique = unique_headers(headers)
    assert len(set(unique)) == len(unique) == len(headers)
    assert all(unique)


def test_a_duplicate_header_gets_a_number() -> None:
    assert unique_headers(["ip", "ip", "", "ip (2)"]) == ["ip", "ip (2)", "column 3", "ip (2) (2)"]


def test_a_table_is_known_whatever_the_order_case_and_spaces_of_its_headers() -> None:
    assert header_fingerprint(["Time", "Source  IP "]) == header_fingerprint(["source ip", "TIME"])
    assert header_fingerprint(["Time"]) != header_fingerprint(["Time", "x"])


@pytest.mark.parametrize(
    ("zone", "minutes"), [("+01:00", 60), ("-0530", -330), ("+15:00", None), ("+1", None), ("UTC", None)]
)
def test_a_fixed_offset_is_read_strictly(zone: str, minutes: int | None) -> None:
    assert offset_minutes(zone) == minutes


def test_a_table_with_usual_names_is_guessed_whole() -> None:
    headers = [
        "Alert ID",
        "Created",
        "Severity",
        "Alert name",
        "Computer",
        "User",
        "Source IP",
        "Destination IP",
        "SHA256",
    ]
    row = [
        "a-1",
        "2026-11-21T03:12:00Z",
        "High",
        "Beacon to loader",
        "WARD7B-PH-014",
        "svc",
        "10.0.0.1",
        "203.0.113.4",
        "a" * 64,
    ]
    guess = suggest(headers, [row], name="edr.csv")
    assert guess.columns == {
        "reference": "Alert ID",
        "time": "Created",
        "severity": "Severity",
        "title": "Alert name",
        "host": "Computer",
        "user": "User",
        "src": "Source IP",
        "dst": "Destination IP",
        "hash": "SHA256",
    }
    assert (guess.source, guess.time_format, guess.severity_scale, guess.ambiguous) == ("edr", "iso", "words", False)


@pytest.mark.parametrize(
    ("cells", "time_format", "ambiguous"),
    [
        (["03/04/2026 10:00", "05/06/2026"], "dmy", True),
        (["03/04/2026", "21/04/2026"], "dmy", False),
        (["03/24/2026", "03/04/2026"], "mdy", False),
        (["04/04/2026"], "dmy", False),
        (["1795000000"], "epoch_s", False),
        (["1795000000000"], "epoch_ms", False),
        (["21 November 2026 03:12"], "english", False),
        (["2026/11/21"], "ymd", False),
    ],
)
def test_dates_that_can_be_read_two_ways_are_marked_and_never_guessed(
    cells: list[str], time_format: str, ambiguous: bool
) -> None:
    guess = suggest(["time", "alert"], [[cell, "x y"] for cell in cells])
    assert (guess.time_format, guess.ambiguous) == (time_format, ambiguous)
    if ambiguous:
        assert guess.readings == ("dmy: 03/04/2026 is 3 April 2026", "mdy: 03/04/2026 is 4 March 2026")


@pytest.mark.parametrize(
    ("cells", "scale"),
    [
        (["1", "3", "4"], "backwards-4"),
        (["P1", "P5"], "backwards-5"),
        (["High", "low"], "words"),
        (["9.8", "4.0"], "cvss"),
        (["97", "12"], "percent"),
        (["9", "3"], "cef"),
        (["15", "3"], "wazuh"),
        ([""], "words"),
    ],
)
def test_a_severity_scale_is_guessed_from_its_cells(cells: list[str], scale: str) -> None:
    assert suggest(["priority", "alert"], [[cell, "x y"] for cell in cells]).severity_scale == scale


@given(
    st.lists(TEXT, min_size=1, max_size=6).flatmap(
        lambda headers: st.tuples(st.just(headers), st.lists(st.lists(TEXT, max_size=7), max_size=5))
    )
)
def test_every_guess_is_a_mapping_that_can_be_saved(table: tuple[list[str], list[list[str]]]) -> None:
    headers = unique_headers(table[0])
    guess = suggest(headers, table[1])
    assert Mapping.from_data(json.loads(json.dumps(guess.as_data()))) == guess
    assert set(guess.columns) <= set(FIELDS)
    assert set(guess.columns.values()) <= set(headers)
    assert len(set(guess.columns.values())) == len(guess.columns)


def test_an_address_column_is_not_taken_for_a_destination_by_its_looks_alone() -> None:
    guess = suggest(["time", "alert", "destination port"], [["2026-11-21", "x y", ""]])
    assert "dst" not in guess.columns
    assert dataclasses.replace(guess, name="other").problem() == ""


def test_how_sure_a_source_is_is_not_taken_for_how_bad_it_is() -> None:
    guess = suggest(["time", "alert", "confidence level"], [["2026-11-21", "x y", "51"]])
    assert "severity" not in guess.columns


PLAIN = ["Raised at", "What happened", "How bad", "Where seen", "Who", "From address"]
PLAIN_ROWS = [
    ["2026-11-21T03:12:00Z", "Beacon to loader", "High", "WARD7B-PH-016", "r.achterberg", "10.0.0.1"],
    ["2026-11-21T03:14:00Z", "Odd log-on", "Low", "WARD7B-PH-017", "TRUST\\a.byrne", "10.0.0.2"],
    ["2026-11-21T03:15:00Z", "Odd log-on", "Medium", "WARD7B-PH-017", "a.byrne@trust.example", "10.0.0.2"],
]
PLAIN_FIELDS = ("time", "title", "severity", "host", "user", "src")


def test_columns_named_in_plain_english_are_guessed() -> None:
    assert suggest(PLAIN, PLAIN_ROWS).columns == dict(zip(PLAIN_FIELDS, PLAIN, strict=True))


def test_columns_whose_names_say_nothing_are_guessed_from_their_cells() -> None:
    headers = ["A", "B", "C", "D", "E", "F"]
    assert suggest(headers, PLAIN_ROWS).columns == dict(zip(PLAIN_FIELDS, headers, strict=True))


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Certainty", ["High", "Low"]),
        ("Type", ["High", "Low"]),
        ("Outcome", ["none", "none"]),
        ("How many", ["3", "4"]),
        ("Notes here", ["High", "Low", "see below"]),
    ],
)
def test_what_is_not_surely_a_severity_is_not_guessed_to_be_one(header: str, cells: list[str]) -> None:
    assert "severity" not in suggest(["alert", header], [["x y", cell] for cell in cells]).columns


def test_grades_under_an_odd_name_are_the_severity_and_a_named_severity_comes_first() -> None:
    rows = [["x y", "P1", "High"], ["x y", "P4", "Low"]]
    assert suggest(["alert", "Grade given", "z"], [row[:2] for row in rows]).columns["severity"] == "Grade given"
    assert suggest(["alert", "Grade given", "Severity"], rows).columns["severity"] == "Severity"


@pytest.mark.parametrize("cells", [["INC-0016", "INC-0017"], ["CVE-2026-1234"], ["Ward 7"], ["bad.example", "x.com"]])
def test_references_and_domains_are_guessed_to_be_neither_machine_nor_account(cells: list[str]) -> None:
    assert not {"host", "user"} & set(suggest(["alert", "q"], [["x y", cell] for cell in cells]).columns)


def test_addresses_are_told_apart_by_the_words_above_them() -> None:
    rows = [["x y", "10.0.0.1", "203.0.113.4"]]
    assert suggest(["alert", "Went to", "Came from"], rows).columns == {
        "title": "alert",
        "dst": "Went to",
        "src": "Came from",
    }
    assert suggest(["alert", "Address one"], [rows[0][:2]]).columns == {"title": "alert", "src": "Address one"}
    assert suggest(["alert", "Going to"], [rows[0][:2]]).columns == {"title": "alert", "dst": "Going to"}


def test_a_mapping_that_names_no_time_zone_has_not_said_one() -> None:
    silent = {key: value for key, value in GOOD.as_data().items() if key not in {"timezone", "zone_stated"}}
    assert not Mapping.from_data(silent).zone_stated
    assert Mapping.from_data(silent | {"timezone": "UTC"}).zone_stated
    assert not Mapping.from_data(silent | {"timezone": "UTC", "zone_stated": False}).zone_stated
