"""An alert is found by any indicator in it, however it is spelled, and never by a part of another one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.scenarios.laptop import Laptop, copied
from tests.unit.formats.reading_support import MAPPING, read_bytes
from tests.unit.store.evidence import load
from triage_app.domain.evidence import COLUMNS
from triage_app.domain.indicators import canonical_values, defang
from triage_app.domain.search_words import holds_token, read_words
from triage_app.services.progress import no_progress
from triage_app.services.session import Session
from triage_app.store import alerts, search
from triage_app.store.alerts import AlertFilter

SSDEEP = "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"


def stored(session: Session, *texts: str, first: int = 0) -> None:
    """Import one alert a text, as the reader makes it."""
    lines = [
        f"2026-11-21T20:00:{number % 60:02}Z,high,T-{number},{json.dumps(text, ensure_ascii=False)}"
        for number, text in enumerate(texts, first)
    ]
    table = "\n".join(["time,severity,ref,alert,host,src,url,detail,other", *(f"{line},,,,,x" for line in lines), ""])
    rows = read_bytes(table.encode(), MAPPING).rows
    assert len(rows) == len(texts)
    load(session, [[row[name] for name in COLUMNS] for row in rows])


def found(session: Session, text: str) -> list[int]:
    """Return which of the texts answer, the same before the index is made and after."""
    answers = []
    for _ in range(2):
        numbers = alerts.ids(session.store, AlertFilter(text=text))
        answers.append(sorted(int(row["reference"][2:]) for row in alerts.rows(session.store, numbers).values()))
        search.index_all(session.store, no_progress)
    assert answers[0] == answers[1]
    return answers[1]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("from 203.0.113.4 again", "203.0.113.4"),
        ("from 203[.]0[.]113[.]4", "203.0.113.4"),
        ("from 203.0.113.4.", "203.0.113[.]4"),
        ("to 2001:db8:0:0::1", "2001:DB8::1"),
        ("to c2.evil.example:443", "evil.example"),
        ("to hxxps://c2[.]evil[.]example/a/b?q=1", "https://c2.evil.example/a/b?q=1"),
        ("to https://C2.evil.example/a/b?q=1", "hxxps://c2[.]evil[.]example/a/b?q=1"),
        ("to http://evil.example:8080", "hxxp://evil[.]example/"),
        ("to hxxp[://]evil[.]example/ again", "http://evil.example"),
        ("to bücher.example", "xn--bcher-kva.example"),
        ("to xn--bcher-kva.example", "bücher.example"),
        ("by ward.clerk[@]evil[.]example", "ward.clerk@evil.example"),
        ("by ward.clerk@evil.example", "evil.example"),
        ("hash 44D88612FEA8A8F36DE82E1278ABB02F", "44d88612fea8a8f36de82e1278abb02f"),
        ("flaw CVE-2020-1472,", "cve-2020-1472"),
        (f"file {SSDEEP}", SSDEEP),
        ("mapped ::ffff:1.2.3.4", "1.2.3.4"),
        ("port src:1.2.3.4:443", "1.2.3.4"),
        ("proxy [::1]:1.2.3.4", "1.2.3.4"),
        ("both 2001:db8::1.2.3.4 and 1.2.3.4", "1.2.3.4"),
        ("to 2001:db8::1.2.3.4", "2001:db8::102:304"),
        ("spf ip6:2001:db8::1", "2001:db8::1"),
        ("ends 1.2.3.4\u0338 there", "1.2.3.4"),
        ("robot 1.2.3.4\U0001f916", "1.2.3.4"),
        ("robot \U0001f9161.2.3.4", "1.2.3.4"),
        ("robot 44d88612fea8a8f36de82e1278abb02f\U0001f916", "44d88612fea8a8f36de82e1278abb02f"),
        ("robot evil.com\U0001f916", "evil.com"),
        ("mapped ::ffff:102:304", "1.2.3.4"),
    ],
)
def test_an_alert_is_found_by_any_indicator_in_it(session: Session, text: str, asked: str) -> None:
    stored(session, text, "nothing of the kind")
    assert found(session, asked) == [0]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("from 11.2.3.45", "1.2.3.4"),
        ("from 1.2.3.45", "1.2.3.4"),
        ("from 11.2.3.4", "1.2.3.4"),
        ("version 1.2.3.4.5", "1.2.3.4"),
        ("to 2001:db8::12", "2001:db8::1"),
        ("to notevil.example", "evil.example"),
        ("to https://evil.example.net/a/b", "https://evil.example/a/b"),
        ("to https://notevil.example/a/b", "https://evil.example/a/b"),
        ("to https://evil.example/a/b", "https://evil.example/"),
        ("to mail.evil.example", "https://evil.example"),
        ("flaw CVE-2020-14720", "CVE-2020-1472"),
        ("hash 44d88612fea8a8f36de82e1278abb02f00000000", "44d88612fea8a8f36de82e1278abb02f"),
        ("by a.ward.clerk@evil.example", "ward.clerk@evil.example"),
        (f"file {SSDEEP.swapcase()}", SSDEEP),
        ("to 2001:db8::1.2.3.4", "1.2.3.4"),
        ("to [2001:db8::1.2.3.4]:443, and more.", "1.2.3.4"),
        ("to 2001[:]db8[:][:]1.2.3.4", "1.2.3.4"),
        ("to 2001:db8::1.2.3[.]4", "1.2.3.4"),
        ("to 2001:db8:1:2:3:4:1.2.3.4", "1.2.3.4"),
        ("to 1.2.3.4\u0301", "1.2.3.4"),
        ("to a\u03011.2.3.4", "1.2.3.4"),
        ("hash 44d88612fea8a8f36de82e1278abb02f\u0301", "44d88612fea8a8f36de82e1278abb02f"),
        ("to evil.com\u0301", "evil.com"),
        ("to 2001:db8::1g", "2001:db8::1"),
        ("spf ip6:2001:db8::1", "6:2001:db8::1"),
    ],
)
def test_a_part_of_another_indicator_accuses_nobody(session: Session, text: str, asked: str) -> None:
    stored(session, text, f"the one itself: {asked}")
    assert found(session, asked) == [1]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("by 5[.]1.2.3.4 it came", "1.2.3.4"),
        ("by 1.2.3.4[.]5 it came", "1.2.3.4"),
        ("by 1.2.3.4(.)5 it came", "1.2.3.4"),
        ("to evil.community today", "evil.com"),
        ("to evil.com.au today", "evil.com"),
        ("to evil.com-x.org today", "evil.com"),
    ],
)
def test_what_another_indicator_begins_or_ends_with_is_no_match_however_its_dots_are_written(
    session: Session, text: str, asked: str
) -> None:
    stored(session, text, f"to {asked} itself")
    assert found(session, asked) == [1]


def test_a_domain_whose_ending_may_go_on_is_still_found_while_it_is_typed(session: Session) -> None:
    stored(session, "to evil.community", "to evil.co.uk")
    assert found(session, "evil.co") == [0, 1]
    assert found(session, "evil.co.uk") == [1]


ADDRESS = st.ip_addresses(v=4).map(str)
INDICATOR = (
    ADDRESS
    | st.ip_addresses(v=6).map(str)
    | st.tuples(st.sampled_from(["2001:db8::", "::ffff:", "64:ff9b::"]), ADDRESS).map("".join)
    | st.sampled_from(["evil.com", "c2.evil.example", "bad@evil.org", "44d88612fea8a8f36de82e1278abb02f"])
)
GLUE = st.text(" .,:;-_()[]{}/=<>|a1\u0301\u0308\u0338\u20e3\U0001f916\ue000é", max_size=3)
SPELLED: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str, str.upper, defang])


TEXT = st.lists(st.tuples(GLUE, INDICATOR, SPELLED, GLUE), min_size=1, max_size=3).map(
    lambda parts: "said " + " ".join(before + spell(value) + after for before, value, spell, after in parts)
)


@pytest.fixture(scope="module")
def growing(empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A store that every example adds to."""
    with copied(empty_laptop, tmp_path_factory.mktemp("law")).session() as session:
        yield session


@settings(max_examples=10, phases=[Phase.generate])
@given(texts=st.lists(TEXT, min_size=20, max_size=30), values=st.lists(INDICATOR, min_size=5, max_size=10))
def test_what_is_found_in_a_text_finds_the_text_and_what_is_not_in_it_does_not(
    growing: Session, texts: list[str], values: list[str]
) -> None:
    first = int(growing.store.value("SELECT count(*) FROM evidence_row"))
    stored(growing, *texts, first=first)
    numbers = range(first, first + len(texts))
    inside = {number: set(canonical_values(text)) for number, text in zip(numbers, texts, strict=True)}
    asked = {value for found_in in inside.values() for value in found_in} | {value.lower() for value in values}
    for value in sorted(asked):
        typed = value.removeprefix("v6_").replace("_", ":") if value.startswith("v6_") else value
        for word in read_words(typed):
            answers = set(found(growing, typed)) & set(numbers)
            if word.kind == "whole":
                allowed = {
                    number for number in numbers
                    if word.text in inside[number] or holds_token(f"{texts[number - first]}", word.text)
                }  # fmt: skip
                assert answers <= allowed, (value, [texts[number - first] for number in answers - allowed])
            missed = {number for number in numbers if value in inside[number]} - answers
            assert not missed, (value, [texts[number - first] for number in missed])
