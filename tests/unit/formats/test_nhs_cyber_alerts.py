from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile
from triage_app.formats.html_text import text_of_html

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "nhs-cyber-alerts"
PAGE: dict[str, Any] = json.loads((SAMPLES / "page.json").read_text("utf-8"))
ALERT: dict[str, Any] = PAGE["items"][0]


def read(record: Any) -> Read:
    return read_bytes(json.dumps(record).encode())


def test_a_page_gives_an_advisory_for_each_alert_restricted_ones_included() -> None:
    read_ = read(PAGE)
    first, second = read_.of_kind("advisory")
    assert (first["value"], first["title"]) == ("CC-9001", "Flaw in a wound chart printer")
    assert (first["severity"], first["severity_raw"], first["severity_rule"]) == (75, "High", "nhs-cyber-alert/1")
    assert first["seen_at"] == 1795291200000
    assert first["until_at"] == 1795464000000
    assert (second["value"], second["title"]) == ("CC-9002", "NHS cyber alert CC-9002, restricted")
    assert second["severity"] == 0
    assert [read_.raw(number) for number in range(2)] == PAGE["items"]


def test_what_stands_in_html_is_text_and_findable_and_nothing_of_it_can_run() -> None:
    (row,) = read(ALERT).rows
    assert row["detail"].startswith("Printers answer to anyone (https://bad.example/x) on the ward.")
    assert "alert(1)" not in row["detail"]
    assert "CVE-2026-10001" in row["detail"]
    assert {"evil.example", "c2.evil.example"} <= set(row["tokens"].split())


@pytest.mark.parametrize("form", [PAGE, ALERT, [ALERT], {"items": [ALERT], "total": 1}])
def test_every_form_of_the_answer_is_recognised(form: Any) -> None:
    read_ = read(form)
    assert read_.begin is not None
    assert read_.begin.format == "nhs-cyber-alerts"
    assert read_.rows[0]["value"] == "CC-9001"


def test_the_same_alert_in_the_limited_form_is_the_same_matter() -> None:
    limited = {name: ALERT[name] for name in ("threatId", "publishedDate", "basePath", "title", "summary")}
    assert read(limited).rows[0]["key"] == read(ALERT).rows[0]["key"]


def test_an_answer_that_is_only_an_error_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadFile, match="had nothing to give"):
        read_bytes(b'{"error": "not allowed"}')


@pytest.mark.parametrize(
    "changed",
    [
        {"cyberAcknowledgements": None}, {"cyberAcknowledgements": "x"}, {"cyberAcknowledgements": [None, {}]},
        {"cveIdentifiers": [1, None]}, {"category": "Exploit"}, {"category": [None, 7, {}]}, {"title": 7},
        {"severity": []}, {"summary": ["<p>"]}, {"threatType": {"a": 1}},
    ],
)  # fmt: skip
def test_fields_of_another_shape_cost_no_alert(changed: dict[str, Any]) -> None:
    assert len(read(ALERT | changed).rows) == 1


@pytest.mark.parametrize("moment", [-1, 10**16, 1e300, "0000-00-00", "soon", True, [], None])
def test_a_time_that_cannot_be_is_not_known_and_costs_no_alert(moment: Any) -> None:
    due = {"cyberAcknowledgements": [{"responseDatetime": moment}]}
    read_ = read({"items": [ALERT, ALERT | {"publishedDate": moment} | due]})
    assert [(row["seen_at"], row["until_at"]) for row in read_.rows] == [(1795291200000, 1795464000000), (None, None)]
    assert read_.raw(1)["publishedDate"] == moment


def test_a_broken_alert_in_a_page_costs_only_itself() -> None:
    text = json.dumps({"items": [ALERT, ALERT | {"threatId": "CC-9"}, ALERT], "total": 3})
    read_ = read_bytes(text.replace('"threatId": "CC-9"', '"threatId": "CC-9", "threatId": "CC-9"').encode())
    assert len(read_.rows) == 2
    assert [reject.reason for reject in read_.rejects] == ["the key 'threatId' is there twice"]


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>t</title><body><p>evil.example",
        "<svg><text>evil.example",
        "<object data=x>evil.example</object>",
        "<noscript>evil.example</noscript>",
    ],
)
def test_what_a_mail_program_shows_is_not_left_out(html: str) -> None:
    assert text_of_html(html) == "evil.example"


PIECES = [
    "<p>",
    "</p>",
    "<a href=x>",
    "</a>",
    "<script>",
    "&#0;",
    "&#xD800;",
    "<!--",
    "x",
    "]]>",
    "<?",
    "<svg/onload=1>",
]


@given(st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_html_of_any_kind_becomes_text(html: str) -> None:
    text = text_of_html(html)
    assert "<script" not in text
    assert "\n\n" not in text


def test_a_million_open_tags_take_no_time_and_no_stack() -> None:
    assert text_of_html("<div>" * 100_000 + "x").endswith("x")
    assert text_of_html("<a href=" * 100_000) is not None
    assert text_of_html("&" * 1_000_000) is not None
