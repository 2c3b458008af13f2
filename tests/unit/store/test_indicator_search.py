"""An alert is found by any indicator in it, however it is spelled, and never by a part of another one."""

from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import MAPPING, read_bytes
from tests.unit.store.evidence import load
from triage_app.domain.evidence import COLUMNS
from triage_app.services.progress import no_progress
from triage_app.services.session import Session
from triage_app.store import alerts, search
from triage_app.store.alerts import AlertFilter

SSDEEP = "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"


def stored(session: Session, *texts: str) -> None:
    """Import one alert a text, as the reader makes it."""
    lines = [
        f"2026-11-21T20:00:{number:02}Z,high,T-{number},{json.dumps(text, ensure_ascii=False)}"
        for number, text in enumerate(texts)
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
