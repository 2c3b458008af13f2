"""What is offered at the caret, and what taking it makes of what was typed."""

from __future__ import annotations

import pytest

from triage_app.services.filter_completions import Known, applied, names, offers

HERE = Known({"src": {"Microsoft Defender": "", "Suricata": ""}, "org": {"RXX": "Northmoor"}, "by": {"me": ""}})


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("se", "sev:"), ("ward -s", "sev:"), ("stat", "is:"), ("is:s", "snoozed"), ("is:new,s", "snoozed"),
        ("sev:", ">=critical"), ("sev:>=h", ">=high"), ("src:mic", '"Microsoft Defender"'),
        ('src:"mic', '"Microsoft Defender"'),
        ("src:Suricata,def", '"Microsoft Defender"'), ("org:north", "RXX"), ("rsit:phish", "fraud/phishing"),
        ("by:", "me"), ("seen:", "<1h"),
    ],
)  # fmt: skip
def test_keys_then_values_are_offered_by_their_beginning_or_their_meaning(typed: str, first: str) -> None:
    assert names(offers(typed, len(typed), HERE))[0] == first


@pytest.mark.parametrize("typed", ["", "ward ", "zzz", "foo:b", "src:Suricata", "seen:<", 'a "se cond', "host:W"])
def test_nothing_is_offered_for_a_word_or_what_is_whole(typed: str) -> None:
    assert offers(typed, len(typed), HERE) == []


def test_what_is_taken_replaces_what_was_begun_and_the_caret_follows() -> None:
    typed = "ward src:mic is:new"
    [offer] = offers(typed, 12, HERE)
    assert applied(typed, offer) == ('ward src:"Microsoft Defender" is:new', 29)
    [key] = [one for one in offers("-sr", 3, HERE) if one.text == "src:"]
    assert applied("-sr", key) == ("-src:", 5)
    [value] = offers("is:new,sn", 9, HERE)
    assert applied("is:new,sn", value) == ("is:new,snoozed ", 15)
