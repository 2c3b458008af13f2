"""How words from outside are shown: addresses made harmless, names of files left as they are."""

from __future__ import annotations

import pytest

from triage_app.services.histories import correction_words
from triage_app.ui.views.kind_words import import_name, left_out_in_words, records_in_words, tally_in_words
from triage_app.ui.views.shown import harmless, harmless_value


@pytest.mark.parametrize(
    "text",
    [
        "invoice.docm", "Opened “invoice.docm”, then run.ps1", r"C:\Users\jo\invoice.pdf.exe", "/tmp/drop/loader.js",
        "(scan.PDF)", "Version 10.2.1", "report.final.xlsx.",
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_no_domain(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://evil.example/invoice.docm", "hxxps://evil[.]example/invoice[.]docm"),
        ("evil.example/invoice.docm", "evil[.]example/invoice[.]docm"),
        (r"\\evil.example\share\invoice.docm", r"\\evil[.]example\share\invoice[.]docm"),
        ("//evil.example/invoice.docm", "//evil[.]example/invoice[.]docm"),
        ("jo@evil.example", "jo[@]evil[.]example"),
        ("update.zip", "update[.]zip"),
        ("command.com", "command[.]com"),
        ("203.0.113.9", "203[.]0[.]113[.]9"),
        ("evil.example.", "evil[.]example."),
    ],
)
def test_whatever_may_be_an_address_is_made_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_a_value_that_its_source_calls_a_file_name_stays_as_it_is() -> None:
    assert harmless_value("update.zip", "filename") == "update.zip"
    assert harmless_value("update.zip", "domain") == "update[.]zip"
    assert harmless_value("https://evil.example/a", "filename") == "hxxps://evil[.]example/a"


def test_one_is_spoken_of_as_one() -> None:
    assert records_in_words(1) == "1 record"
    assert records_in_words(1_200) == "1,200 records"
    assert tally_in_words(1, 1, 0) == "1 new, 1 repeat, 0 rejected"
    assert tally_in_words(0, 2, 1) == "0 new, 2 repeats, 1 rejected"


def test_what_has_no_list_is_said_to_be_not_kept_and_what_is_kept_of_it() -> None:
    words = left_out_in_words({"dns": 5, "flow": 1}, "suricata-eve")
    assert words == "5 dns, 1 flow: not kept, there is no list for them."
    words = left_out_in_words({"threat-actor": 1}, "stix")
    assert words == (
        "1 threat-actor: not kept, there is no list for it. Its name is found with the records that refer to it."
    )


def test_an_import_of_which_a_bundle_said_nothing_is_called_what_it_is() -> None:
    assert import_name("", "bundle") == "Rows from a bundle"
    assert import_name("alerts.json", "bundle") == import_name("alerts.json", "") == "alerts.json"


def test_a_link_to_read_on_is_left_out_for_a_reason_of_its_own() -> None:
    link = "address written as a link beside others taken apart"
    words = left_out_in_words({link: 1}, "indicators")
    assert words == "1 link left out: the text takes other addresses apart, so this one is a link to read on."
    words = left_out_in_words({link: 2, "dns": 1}, "indicators")
    assert words == (
        "1 dns: not kept, there is no list for it. "
        "2 links left out: the text takes other addresses apart, so these are links to read on."
    )


def test_a_correction_names_its_field_and_both_values() -> None:
    assert correction_words("host", None, "WARD-7B", "PC-1") == "host corrected: “PC-1” became “WARD-7B”"
    assert correction_words("severity", 20, 80, 50) == "severity corrected: Low (20) became High (80)"
    assert correction_words("user", "x", None, "") == "correction of the user taken back: “x” became nothing"
