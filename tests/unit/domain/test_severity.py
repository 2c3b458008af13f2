from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app import paths
from triage_app.domain.severity import band, load, lowest_of, normalise, vocabulary

SCALES = sorted(vocabulary().scales)


@given(st.sampled_from(SCALES), st.text(max_size=20))
def test_every_raw_severity_becomes_a_number_between_0_and_100_with_a_rule(scale: str, raw: str) -> None:
    value, rule = normalise(scale, raw)
    assert 0 <= value <= 100
    assert rule in {known.rule for known in vocabulary().scales.values()}


def test_scales_that_run_backwards_are_turned_round() -> None:
    assert normalise("suricata", "1")[0] > normalise("suricata", "2")[0] > normalise("suricata", "3")[0]
    assert normalise("backwards-5", "P1")[0] > normalise("backwards-5", "p5")[0]
    assert normalise("nessus", "4")[0] > normalise("nessus", "0")[0]


@pytest.mark.parametrize(
    ("score", "word"),
    [
        ("0.1", "Low"),
        ("3.9", "Low"),
        ("4.0", "Medium"),
        ("6.9", "Medium"),
        ("7.0", "High"),
        ("8.9", "High"),
        ("9.0", "Critical"),
        ("10.0", "Critical"),
        ("0.0", "Info"),
    ],
)
def test_a_cvss_score_falls_into_the_band_that_first_names(score: str, word: str) -> None:
    assert band(normalise("cvss", score)[0]) == word


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_worse_cvss_score_is_never_less_severe(one: float, other: float) -> None:
    low, high = sorted((f"{one:.1f}", f"{other:.1f}"), key=float)
    assert normalise("cvss", low)[0] <= normalise("cvss", high)[0]


@pytest.mark.parametrize("raw", ["", "?", "11", "-1", "1e3", "٣", "high!", "9" * 400])
def test_a_severity_nobody_can_read_waits_in_the_middle_and_says_so(raw: str) -> None:
    assert normalise("cvss", raw) == (vocabulary().unknown, "unknown/1")
    assert band(vocabulary().unknown) == "Medium"


def test_a_scale_nobody_knows_counts_as_unknown() -> None:
    assert normalise("no such scale", "high")[1] == "unknown/1"


def test_words_are_read_whatever_their_case_and_spaces() -> None:
    assert normalise("words", "  HIGH ") == normalise("words", "high") == (75, "words/1")
    assert normalise("words", "Very_High")[0] >= 90


@pytest.mark.parametrize("word", ["Critical", "High", "Medium", "Low", "Info"])
def test_a_band_begins_where_it_says(word: str) -> None:
    assert band(lowest_of(word)) == word
    assert lowest_of(word) == 0 or band(lowest_of(word) - 1) != word


def test_the_vocabulary_names_its_source_and_date_and_that_of_every_scale() -> None:
    data = json.loads((paths.resources() / "vocabularies" / "severity.json").read_text("utf-8"))
    assert data["version"]
    assert data["date"]
    assert data["source"]
    assert all(scale["source"] for scale in data["scales"].values())


@pytest.mark.parametrize("broken", ["bands", "range", "unknown"])
def test_a_vocabulary_that_breaks_its_own_rules_is_refused(broken: str) -> None:
    data = json.loads((paths.resources() / "vocabularies" / "severity.json").read_text("utf-8"))
    if broken == "bands":
        data["bands"].reverse()
    elif broken == "range":
        data["scales"]["words"]["words"]["high"] = 101
    else:
        del data["scales"]["unknown"]
    with pytest.raises(ValueError):
        load(json.dumps(data))
