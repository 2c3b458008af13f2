"""What a filter of alerts means, and what it cannot mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.stores import NOON
from triage_app.domain.filter_grammar import OPERATORS, BadFilter
from triage_app.domain.search_words import Word
from triage_app.services.alert_filter import KEYS, STATES, read_filter
from triage_app.services.changes import Clock, milliseconds
from triage_app.store.alert_term import Term
from triage_app.store.alerts import AlertFilter


@dataclass(frozen=True)
class AtNoon:
    """The time and the name that a filter needs."""

    now: Clock = lambda: NOON
    responder_name: str = "Sam Okafor"


def read(query: str) -> AlertFilter:
    return read_filter(AtNoon(), query)


def only(query: str) -> Any:
    """The values of the one term of a filter."""
    [term] = read(query).terms
    return term.values


def day(month: int, number: int, hour: int = 0) -> int:
    return milliseconds(datetime(2026, month, number, hour, tzinfo=UTC))


def test_the_example_of_the_issue_means_what_it_says() -> None:
    found = read("sev:>=high src:shadowserver org:RXX is:new seen:<24h ioc:evil[.]com rsit:fraud/phishing")
    assert found.states == (0,)
    assert found.text == ""
    assert found.terms == (
        Term("severity", ((70, 100),)), Term("source", ("shadowserver",)), Term("organisation", ("RXX",)),
        Term("seen", ((milliseconds(NOON - timedelta(hours=24)) + 1, None),)),
        Term("words", ((Word("evil.com", "whole"),),)), Term("rsit", ("fraud/phishing",)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "passes"),
    [("high", (70, 100)), (">=high", (70, 100)), (">high", (90, 100)), ("<=low", (0, 39)), ("<high", (0, 69)),
     ("=medium", (40, 69)), ("=low", (20, 39)), ("70", (70, 100)), ("=70", (70, 70)), (">70", (71, 100))],
)  # fmt: skip
def test_severities_are_compared(query: str, passes: tuple[int, int]) -> None:
    assert only(f"sev:{query}") == (passes,)


def test_severities_in_a_list_are_those_alone() -> None:
    assert only("sev:high,low") == ((70, 89), (20, 39))


@pytest.mark.parametrize(
    ("query", "begin", "end"),
    [
        ("24h", day(11, 21, 12), None), ("<24h", day(11, 21, 12) + 1, None), (">24h", None, day(11, 21, 12) - 1),
        ("2026-11-20..2026-11-22", day(11, 20), day(11, 23) - 1), ("2026-11-20..", day(11, 20), None),
        ("..2026-11-22", None, day(11, 23) - 1), ("2026-11-20", day(11, 20), day(11, 21) - 1),
        ("today", day(11, 22), day(11, 23) - 1), ("yesterday", day(11, 21), day(11, 22) - 1),
        ("<2026-11-20", None, day(11, 20) - 1), (">2026-11-20", day(11, 21), None), (">=08:00", day(11, 22, 8), None),
        ("2026-07-01", day(6, 30, 23), day(7, 1, 23) - 1), ("3d..1d", day(11, 19, 12), day(11, 21, 12)),
        ('"2026-11-20 08:00..2026-11-20 10:00"', day(11, 20, 8), day(11, 20, 10)),
    ],
)  # fmt: skip
def test_spans_of_time(query: str, begin: int | None, end: int | None) -> None:
    assert only(f"seen:{query}") == ((begin, end),)


def test_states_lists_and_negation() -> None:
    assert read("is:new,snoozed").states == (0, 2)
    assert read("-is:new").states == (1, 2, 3, 4)
    assert read("is:open -is:new").states == (1,)
    assert read("is:in-hand").states == read('is:"in hand"').states == (1,)
    assert read("ward").states == read("is:any").states == (0, 1, 2, 3, 4)
    assert read("-src:Wazuh").terms == (Term("source", ("Wazuh",), negated=True),)
    assert read("-ward clinic").terms == (Term("words", ((Word("ward"),),), negated=True),)
    assert read("-ward clinic").text == "clinic"
    assert read('"two words" one').terms == (Term("words", ((Word("two words"),),)),)
    assert read('"foo:bar"').text == "foo:bar"


def test_indicators_are_made_whole_as_they_are_typed() -> None:
    assert only("ioc:hxxps://evil[.]com/a") == only("ioc:https://evil.com/a")
    assert only("ioc:203[.]0[.]113[.]44") == ((Word("203.0.113.44", "whole"),),)
    assert only("ip:2001[:]db8::1") == only("ip:2001:db8:0::1")
    assert only("url:hxxp://evil[.]com/a") == ("http://evil.com/a",)
    assert only("hash:sha256:" + "AB" * 32) == ("ab" * 32,)


def test_classes_by_whole_name_type_or_class() -> None:
    assert only("rsit:phishing") == only("rsit:fraud/phishing")
    assert only("rsit:fraud") == only("rsit:Fraud/") == ("fraud/",)


def test_who_decided_may_be_oneself() -> None:
    assert only("by:me") == ("Sam Okafor",)


@pytest.mark.parametrize(
    ("query", "wrong", "says"),
    [
        ("ward is:nwe", "nwe", "Did you mean is:new?"),
        ("is:new,gone", "gone", "Use one of: new, in-hand"),
        ("sev:hihg", "hihg", "Did you mean high?"),
        ("sev:>=101", ">=101", "from 0 to 100"),
        ("sev:>=high,low", ">=high", "cannot stand in a list"),
        ("src:>Wazuh", ">Wazuh", "takes no “>”"),
        ("rsit:fraud/phishin", "fraud/phishin", "Did you mean fraud/phishing?"),
        ("rsit:nonsense", "nonsense", "abusive-content"),
        ("seen:soon", "soon", "no time that can be read"),
        ("seen:=24h", "=24h", "seen:<24h"),
        ("seen:2026-02-30", "2026-02-30", "There is no day"),
        ("seen:2026-11-22..2026-11-20", "2026-11-22..2026-11-20", "Turn it round"),
        ("seen:08:00", "08:00", "Say seen:>=08:00"),
        ("seen:<1d..2d", "<1d..2d", "without a comparison"),
        ("ioc:ward", "ward", "is no indicator"),
        ("ip:evil.com", "evil.com", "is no address"),
        ("hash:abc", "abc", "is no hash"),
        ("is:new is:snoozed", "is:snoozed", "write is:new,snoozed"),
        ("src:a org:RXX src:b", "src:b", "write src:a,b"),
        ("is:new -is:new", "-is:new", "No alert can pass"),
        ("ward -ward", "-ward", "asked for and left out"),
        ("-ioc:evil.com ioc:evil.com", "ioc:evil.com", "asked for and left out"),
        ("sev:>high sev:<high", "sev:<high", "nothing is left"),
        ("sev:<info", "sev:<info", "nothing is left"),
        ("seen:>24h seen:<1h", "seen:<1h", "nothing is left"),
    ],
)  # fmt: skip
def test_a_bad_value_or_a_contradiction_is_pointed_at(query: str, wrong: str, says: str) -> None:
    with pytest.raises(BadFilter) as refused:
        read(query)
    begin, end = refused.value.span
    assert query[begin:end] == wrong
    assert says in f"{refused.value.what} {refused.value.do}"


def test_what_is_said_twice_alike_counts_once() -> None:
    assert read("is:new is:new org:RXX org:RXX") == read("is:new org:RXX")
    assert read("seen:<3d seen:>1d sev:>=low sev:<high ioc:a.com ioc:b.com host:A host:B").terms[0].field == "seen"


def test_every_key_has_an_example_that_can_be_read() -> None:
    for name, key in KEYS.items():
        example_of = key.example if name != "hash" else "hash:" + "9f" * 16
        assert read(example_of)


_SAID = st.sampled_from([*STATES, "high", ">=low", "24h", "2026-11-20..", "fraud", "evil[.]com", "1.2.3.4", "me", "x*"])


@given(st.lists(st.tuples(st.sampled_from(("", "-")), st.sampled_from(sorted(KEYS)), st.sampled_from(("", *OPERATORS)),
                          _SAID | st.text(max_size=12)), max_size=4))  # fmt: skip
@example([("", "seen", "", "9999w..")])
@example([("", "seen", "", "9999-12-31")])
@example([("", "ip", "", "::")])
def test_whatever_is_typed_after_a_key_is_read_or_pointed_at(said: list[tuple[str, str, str, str]]) -> None:
    query = " ".join(f"{sign}{key}:{op}{value}" for sign, key, op, value in said)
    refused = _refusal(query)
    if refused is not None:
        begin, end = refused.span
        assert 0 <= begin < end <= len(query)


def _refusal(query: str) -> BadFilter | None:
    try:
        read(query)
    except BadFilter as refused:
        return refused
    return None
