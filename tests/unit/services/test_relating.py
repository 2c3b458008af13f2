"""Over real encrypted stores: what alerts share is found to the letter, and nobody else is accused."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies
from triage_app.services import import_alerts, incidents, relating, taking_back, triage
from triage_app.services.related import Related
from triage_app.services.related_values import Value, wanted
from triage_app.store import alerts, related
from triage_app.store.alerts import AlertFilter

HEADERS = ("id", "time", "severity", "title", "host", "user", "src_ip", "dst_ip", "url", "sha256", "description")
BASE = {
    "time": "2026-11-21T20:00:00Z", "severity": "High", "title": "Beacon to a loader", "description": "Seen by the EDR",
}  # fmt: skip


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = copies(tmp_path)[0]
    yield made
    made.close()


def bring(laptop: Laptop, *rows: Mapping[str, str], organisation: str = "RXX", indexed: bool = True) -> list[str]:
    """Import alerts and return their keys in the order given; each has a reference of its own."""
    path = laptop.folder / f"alerts-{len(list(laptop.folder.glob('*.csv')))}.csv"
    names = [f"{path.stem}-{number:05d}" for number in range(len(rows))]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADERS, restval="")
        writer.writeheader()
        writer.writerows({**BASE, "id": name, **row} for name, row in zip(names, rows, strict=True))
    needs = import_alerts.preview(path).needs
    mapping = None if needs is None else needs.suggestion
    import_alerts.import_file(laptop.session, path, mapping=mapping, organisation=organisation)
    if indexed:
        import_alerts.index_wait(laptop.session)
    every = alerts.ids(laptop.store, AlertFilter(states=tuple(range(5))))
    by_reference = {row["reference"]: row["key"] for row in alerts.rows(laptop.store, every).values()}
    return [by_reference[name] for name in names]


def beside(laptop: Laptop, key: str) -> Related:
    found = relating.of_alert(laptop.store, key)
    assert found is not None
    return found


def counts(laptop: Laptop, key: str) -> dict[str, int]:
    """In how many alerts each value of an alert stands, by its kind."""
    return {tie.value.kind: tie.alerts for tie in beside(laptop, key).ties}


@pytest.mark.parametrize("indexed", [True, False])
def test_only_the_same_value_counts_and_none_that_merely_begins_so(laptop: Laptop, indexed: bool) -> None:
    mine, *_ = bring(
        laptop,
        {"host": "WARD7-PC-12", "user": "svc", "dst_ip": "203.0.113.5", "url": "http://evil.example/a", "title": "One"},
        {"host": "ward7-pc-12", "user": "svc-backup", "dst_ip": "203.0.113.55", "title": "Two"},
        {"host": "WARD7-PC-123", "user": "SVC", "dst_ip": "1.203.0.113", "title": "One more"},
        {"host": "WARD7-PC-1", "description": "hxxp://evil[.]example/a from 203[.]0[.]113[.]5", "title": "Three"},
        {"host": "WARD7", "url": "http://evil.example/ab", "description": "notevil.example", "title": "Four"},
        indexed=indexed,
    )  # fmt: skip
    assert counts(laptop, mine) == {"url": 2, "address": 2, "host": 2, "user": 2, "domain": 3, "rule": 1}


def test_a_host_of_another_organisation_is_another_machine(laptop: Laptop) -> None:
    (mine,) = bring(laptop, {"host": "PC-1", "src_ip": "10.0.0.5", "dst_ip": "203.0.113.5"})
    bring(laptop, {"host": "PC-1", "src_ip": "10.0.0.5", "dst_ip": "203.0.113.5"}, organisation="RYY")
    found = {(tie.value.text, tie.alerts) for tie in beside(laptop, mine).ties}
    assert {("PC-1", 1), ("10.0.0.5", 1), ("203.0.113.5", 2)} <= found


def test_rows_of_an_import_that_was_taken_back_count_no_more(laptop: Laptop) -> None:
    (mine,) = bring(laptop, {"host": "PC-1"})
    bring(laptop, {"host": "PC-1"})
    assert counts(laptop, mine)["host"] == 2
    last = str(laptop.store.value("SELECT entity FROM import ORDER BY id DESC LIMIT 1"))
    taking_back.take_back(laptop.session, [last])
    assert counts(laptop, mine)["host"] == 1


def test_an_incident_is_related_by_the_alerts_in_it_and_says_why(laptop: Laptop) -> None:
    mine, other, stranger = bring(
        laptop,
        {"host": "PC-1", "dst_ip": "203.0.113.5", "title": "Beacon"},
        {"host": "PC-1", "dst_ip": "203.0.113.5", "title": "Loader", "time": "2026-11-21T23:00:00Z"},
        {"host": "PC-9", "title": "Remote desktop open"},
    )
    likely = triage.promote(laptop.session, [other])
    unlikely = triage.promote(laptop.session, [stranger])
    found = beside(laptop, mine)
    assert [one.incident["ref"] for one in found.incidents] == [likely.ref]
    assert found.incidents[0].words == "same address 203[.]0[.]113[.]5, same host PC-1, seen 3 hours apart"
    offered = relating.offers(laptop.store, [mine])
    assert offered is not None
    assert [one.incident["ref"] for one in offered.incidents] == [likely.ref, unlikely.ref]
    assert offered.first_is_safe


def test_with_nothing_shared_every_open_incident_is_offered_and_none_is_safe(laptop: Laptop) -> None:
    mine, stranger = bring(laptop, {"host": "PC-1", "title": "One"}, {"host": "PC-9", "title": "Two"})
    made = triage.promote(laptop.session, [stranger])
    offered = relating.offers(laptop.store, [mine])
    assert offered is not None
    assert [(one.incident["ref"], one.reasons) for one in offered.incidents] == [(made.ref, ())]
    assert not offered.first_is_safe


def test_the_same_rule_alone_comes_first_but_is_not_safe(laptop: Laptop) -> None:
    mine, same, stranger = bring(laptop, {"host": "PC-1"}, {"host": "PC-2"}, {"host": "PC-9", "title": "Other"})
    first = triage.promote(laptop.session, [same])
    triage.promote(laptop.session, [stranger])
    offered = relating.offers(laptop.store, [mine])
    assert offered is not None
    assert offered.incidents[0].incident["ref"] == first.ref
    assert offered.incidents[0].reasons[0] == "same rule “Beacon to a loader”"
    assert not offered.first_is_safe


def test_several_alerts_are_safe_in_an_incident_only_if_each_shares_something_with_it(laptop: Laptop) -> None:
    one, two, three, linked = bring(
        laptop, {"host": "PC-1"}, {"host": "PC-1"}, {"host": "PC-7", "title": "Other"}, {"host": "PC-1"}
    )
    triage.promote(laptop.session, [linked])
    both = relating.offers(laptop.store, [one, two])
    assert both is not None
    assert both.first_is_safe
    three_of_them = relating.offers(laptop.store, [one, two, three])
    assert three_of_them is not None
    assert "same host PC-1 (2 of 3)" in three_of_them.incidents[0].reasons
    assert not three_of_them.first_is_safe
    many = relating.offers(laptop.store, [one, two], of=60)
    assert many is not None
    assert not many.first_is_safe


def test_an_alert_is_not_related_to_an_incident_by_itself(laptop: Laptop) -> None:
    mine, stranger = bring(laptop, {"host": "PC-1"}, {"host": "PC-9", "title": "Other"})
    own = triage.promote(laptop.session, [mine])
    triage.promote(laptop.session, [stranger])
    assert beside(laptop, mine).incidents == ()
    offered = relating.offers(laptop.store, [mine])
    assert offered is not None
    assert offered.incidents[-1].incident["ref"] == own.ref
    assert offered.incidents[-1].reasons == ("they are part of it already",)
    assert not offered.first_is_safe


def test_a_known_good_value_is_counted_said_to_say_little_and_relates_nothing(laptop: Laptop) -> None:
    mine, other = bring(
        laptop,
        {"dst_ip": "8.8.8.8", "host": "PC-1", "user": "SYSTEM", "title": "One"},
        {"dst_ip": "8.8.8.8", "host": "PC-2", "user": "SYSTEM", "title": "Two"},
    )
    triage.promote(laptop.session, [other])
    found = beside(laptop, mine)
    muted = {tie.value.text: (tie.alerts, tie.muted) for tie in found.ties if tie.muted}
    assert muted["8.8.8.8"] == (2, "a public DNS resolver: says little")
    assert muted["SYSTEM"] == (2, "an account that every computer has: says little")
    assert found.incidents == ()


def test_a_value_of_a_thousand_alerts_says_little_and_is_counted_no_further(laptop: Laptop) -> None:
    keys = bring(laptop, *({"host": "PROXY-1", "user": f"u{number}"} for number in range(1_100)))
    triage.promote(laptop.session, keys[1:2])
    found = beside(laptop, keys[0])
    host = next(tie for tie in found.ties if tie.value.kind == "host")
    assert (host.many, host.muted) == ("1,000+", "seen in 1,000 alerts or more: says little")
    assert found.incidents == ()


def test_an_incident_is_found_beyond_the_rows_that_a_look_reads(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(related, "_AT_A_TIME", 2)
    monkeypatch.setattr(related, "MOST_ROWS", 4)
    keys = bring(laptop, *({"host": "PC-1", "user": f"u{number}"} for number in range(12)))
    made = triage.promote(laptop.session, keys[:1])
    found = related.look(laptop.store, wanted(Value("host", "PC-1", "RXX")))
    assert found is not None
    assert (len(found.keys), found.is_whole) == (4, False)
    assert {name: len(held) for name, held in found.incidents.items()} == {made.id: 1}


def test_where_too_much_waits_for_the_index_that_is_said(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    (mine,) = bring(laptop, {"host": "PC-1"})
    monkeypatch.setattr(related, "MOST_WAITING", 1)
    bring(laptop, {"host": "PC-1"}, {"host": "PC-1"}, indexed=False)
    found = beside(laptop, mine)
    assert not found.is_indexed
    assert not next(tie for tie in found.ties if tie.value.kind == "host").is_whole


def test_a_campaign_that_the_alerts_own_words_name_is_a_weak_reason(laptop: Laptop) -> None:
    (mine,) = bring(laptop, {"title": "Phishing: Rota lures again"})
    made = incidents.open_incident(laptop.session, "Wave of lures")
    incidents.classify(laptop.session, made.id, campaign="Rota lures")
    offered = relating.offers(laptop.store, [mine])
    assert offered is not None
    assert offered.incidents[0].reasons == ("names the campaign “Rota lures”",)
    assert not offered.first_is_safe


def test_nobody_who_has_moved_on_waits_for_an_answer(laptop: Laptop) -> None:
    (mine,) = bring(laptop, {"host": "PC-1"})
    assert relating.of_alert(laptop.store, mine, lambda: False) is None
    assert relating.offers(laptop.store, [mine], is_wanted=lambda: False) is None


def test_the_filter_behind_a_count_lists_what_was_counted(laptop: Laptop) -> None:
    from triage_app.services import lists

    mine, *_ = bring(
        laptop,
        {"host": "PC-1", "dst_ip": "203.0.113.5", "title": "Beacon: “C2”, -x", "url": "http://evil.example/a"},
        {"host": "PC-2", "dst_ip": "203.0.113.5", "title": "Beacon: “C2”, -x", "url": "http://evil.example/a"},
        {"host": "PC-3", "title": "Another"},
    )
    for tie in beside(laptop, mine).ties:
        listed: list[dict[str, Any]] = lists.listing(laptop.session, "alerts", query=tie.value.query)
        assert len(listed) == tie.alerts, tie.value
