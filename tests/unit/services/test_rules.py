"""Rules that accept alerts for a time: what they put aside and never touch, how they end, and on two laptops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies
from tests.unit.store.meeting import agree, conflicts, give, meet
from triage_app.domain.accepting import DAY_MS, ENDED, EXPIRED, RUNNING, TO_COME
from triage_app.errors import BadInput, NotFound
from triage_app.services import folding, import_alerts, incidents, keeping, rules, triage
from triage_app.services.alert_filter import read_filter
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.services.undo import undo
from triage_app.store import alerts, history
from triage_app.store import rules as store_rules
from triage_app.store.journal import Change
from triage_app.store.state import projection_differences

SCAN = {"source": "Suricata", "title": "LOCAL Scan"}


@pytest.fixture
def four(tmp_path: Path) -> Iterator[list[Laptop]]:
    """A and B of one trust, C and D of others."""
    laptops = copies(tmp_path, 4)
    yield laptops
    for one in laptops:
        one.close()


def came(laptop: Laptop, *titles: str, severity: int = 3, first: int = 0) -> import_alerts.Imported:
    """Import an alert for each title; ``first`` tells apart what would fold."""
    events = [
        {
            "timestamp": f"2026-11-21T20:00:{place:02d}.000000+0000", "flow_id": 7_000 + first + place,
            "event_type": "alert", "src_ip": f"10.30.{first}.{place}", "src_port": 40000, "dest_ip": "203.0.113.45",
            "dest_port": 443, "proto": "TCP",
            "alert": {"action": "allowed", "gid": 1, "signature_id": 9100110, "rev": 1, "signature": f"LOCAL {title}",
                      "category": "Misc activity", "severity": severity},
        }
        for place, title in enumerate(titles)
    ]  # fmt: skip
    path = laptop.folder / f"came-{first}-{severity}-{len(titles)}.json"
    path.write_text("\n".join(json.dumps(event) for event in events) + "\n", encoding="utf-8")
    return import_alerts.import_file(laptop.session, path)


def again(laptop: Laptop, name: str) -> import_alerts.Imported:
    """Import what came before once more, seen an hour and a half later."""
    path = laptop.folder / f"again-{name}"
    later = (laptop.folder / name).read_text("utf-8").replace("T20:00:", "T21:30:")
    path.write_text(later, encoding="utf-8")
    return import_alerts.import_file(laptop.session, path)


def colleagues(laptop: Laptop) -> dict[str, Any]:
    """Return what fixes a rule that a colleague made on another laptop: nothing here was put aside by it."""
    now = milliseconds(laptop.clock())
    return {"match": SCAN, "made": now, "until": now + DAY_MS, "because": "known", "high": False}


def listed(laptop: Laptop, query: str = "is:open") -> list[dict[str, Any]]:
    found = alerts.ids(laptop.store, read_filter(laptop.session, query))
    return list(alerts.rows(laptop.store, list(found)).values())


def standing(laptop: Laptop) -> dict[str, rules.Rule]:
    now = milliseconds(laptop.clock())
    return {one.id: one for one in rules.listing(laptop.store, now)}


def made(laptop: Laptop, **more: Any) -> str:
    return rules.make(laptop.session, SCAN, more.pop("days", 14), "our own scanner", **more).id


def test_a_rule_puts_aside_what_is_here_and_what_comes_and_says_so(laptop: Laptop) -> None:
    came(laptop, "Scan", "Scan", "Beacon")
    assert rules.preview(laptop.store, SCAN) == rules.Preview(2, 0)
    done = rules.make(laptop.session, SCAN, 14, "our own scanner")
    assert done.label == f"Made rule {done.ref}: 2 alerts put aside"
    later = came(laptop, "Scan", "Login", first=1)
    assert later.applied.words == f"1 put aside by rule {done.ref}."
    assert sorted(row["title"] for row in listed(laptop)) == ["LOCAL Beacon", "LOCAL Login"]
    aside = listed(laptop, "is:dismissed")
    assert len(aside) == 3
    assert {(row["disposition"], row["because"], row["rule"]) for row in aside} == {
        ("accepted", f"rule {done.ref}: our own scanner", done.id)
    }
    now = milliseconds(laptop.clock())
    assert rules.at_work(laptop.store, now) == rules.AtWork(1, 0, 3)
    assert projection_differences(laptop.store) == []
    assert keeping.verify(laptop.session)["ok"]


def test_high_severity_stays_unless_the_person_said_so(laptop: Laptop) -> None:
    came(laptop, "Scan", severity=1)
    assert rules.preview(laptop.store, SCAN) == rules.Preview(0, 1)
    made(laptop)
    came(laptop, "Scan", severity=1, first=1)
    assert len(listed(laptop)) == 2
    rules.make(laptop.session, SCAN, 1, "even these", high=True)
    came(laptop, "Scan", severity=1, first=2)
    assert listed(laptop) == []


def test_a_rule_touches_nothing_that_a_person_has_touched(laptop: Laptop) -> None:
    came(laptop, "Scan", "Scan", "Scan", "Scan", "Scan")
    keys = [row["key"] for row in listed(laptop)]
    linked = triage.promote(laptop.session, keys[:1])
    triage.take_in_hand(laptop.session, keys[1:2])
    made(laptop)
    states = {row["key"]: row["state"] for row in listed(laptop, "is:any")}
    assert (states[keys[0]], states[keys[1]]) == ("linked", "in hand")
    undo(laptop.session, linked.act)
    triage.dismiss(laptop.session, keys[2:3], "test")
    folding.fold(laptop.session, keys[:2])
    came(laptop, "Scan", "Scan", "Scan", "Scan", "Scan")  # the same again: nothing new, nothing accepted
    assert {row["state"] for row in listed(laptop) if row["key"] == min(keys[:2])} <= {"new", "in hand"}


def test_what_comes_after_the_end_comes_to_the_queue_and_so_does_what_was_aside_and_is_seen_again(
    laptop: Laptop,
) -> None:
    rule = made(laptop, days=2)
    came(laptop, "Scan", first=3)
    assert listed(laptop) == []
    assert standing(laptop)[rule].state == RUNNING
    laptop.clock.move(hours=30)
    assert standing(laptop)[rule].soon
    laptop.clock.move(hours=30)
    assert standing(laptop)[rule].state == EXPIRED
    assert len(listed(laptop, "is:dismissed")) == 1  # what it put aside stays so
    done = again(laptop, "came-3-3-1.json")
    assert done.applied.back == 1
    assert "new again" in done.applied.words
    [shown] = listed(laptop)
    assert shown["count"] == 2
    assert "runs no more" in shown["because"]


def test_a_row_of_high_severity_brings_back_what_a_rule_had_put_aside(laptop: Laptop) -> None:
    made(laptop)
    came(laptop, "Scan", first=4)
    assert listed(laptop) == []
    worse = (laptop.folder / "came-4-3-1.json").read_text("utf-8")
    path = laptop.folder / "worse.json"
    path.write_text(worse.replace("T20:00:00", "T22:00:00").replace('"severity": 3', '"severity": 1'), "utf-8")
    import_alerts.import_file(laptop.session, path)
    [shown] = listed(laptop)
    assert (shown["severity"] >= 70, shown["state"]) == (True, "new")


def test_making_ending_and_putting_back_are_one_undo_each(laptop: Laptop) -> None:
    came(laptop, "Scan", "Scan")
    first = made(laptop)
    undo(laptop.session)
    assert len(listed(laptop)) == 2
    assert first not in standing(laptop)
    rule = made(laptop)
    rules.end(laptop.session, rule, "the scan is over")
    assert standing(laptop)[rule].state == ENDED
    assert standing(laptop)[rule].ended_because == "the scan is over"
    with pytest.raises(BadInput, match="does not run"):
        rules.end(laptop.session, rule)
    undo(laptop.session)
    assert standing(laptop)[rule].state == RUNNING
    done = rules.put_back(laptop.session, rule)
    assert len(listed(laptop)) == 2
    with pytest.raises(BadInput, match="Nothing stands put aside"):
        rules.put_back(laptop.session, rule)
    undo(laptop.session, done.act)
    assert listed(laptop) == []
    assert len(history.act(laptop.store, done.act)) == 2


def test_what_was_put_back_is_not_taken_again_by_the_rule_that_goes_on(laptop: Laptop) -> None:
    came(laptop, "Scan")
    rules.put_back(laptop.session, made(laptop))
    came(laptop, "Scan", first=5)
    assert len(listed(laptop)) == 1
    again(laptop, "came-0-3-1.json")
    [shown] = listed(laptop)
    assert (shown["count"], shown["state"]) == (2, "new")


def test_what_somebody_has_noted_something_about_is_left_alone(laptop: Laptop) -> None:
    came(laptop, "Scan")
    [shown] = listed(laptop)
    incidents.add_note(laptop.session, "alert", shown["key"], "Ask the ward")
    rules.make(laptop.session, {**SCAN, "title": "LOCAL Something else"}, 14, "other")
    record(laptop.session, "A colleague's", [Change("rule", "a" * 32, "_created", colleagues(laptop), "TLP:GREEN")])
    again(laptop, "came-0-3-1.json")
    assert [one["state"] for one in listed(laptop)] == ["new"]


@pytest.mark.parametrize(
    ("match", "days", "because", "said"),
    [
        ({"source": "Suricata"}, 14, "why", "everything that the source says"),
        ({"title": "LOCAL Scan"}, 14, "why", "whose alerts"),
        ({**SCAN, "detail": "x"}, 14, "why", "nothing else"),
        (SCAN, 0, "why", "at most 90 days"),
        (SCAN, 91, "why", "at most 90 days"),
        (SCAN, float("nan"), "why", "at most 90 days"),
        (SCAN, 14, "  ", "reason is empty"),
        (SCAN, 14, "ring \x07 the bell", "control character"),
    ],
)
def test_what_makes_no_rule_is_said(laptop: Laptop, match: Any, days: float, because: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rules.make(laptop.session, match, days, because)
    assert standing(laptop) == {}


def test_hostile_titles_match_to_the_letter_and_are_shown_harmless(laptop: Laptop) -> None:
    odd = "Scan \u202egpj.exe%_'\"; DROP TABLE rule --"
    came(laptop, odd, "Scan gpj.exe%_'\"; DROP TABLE rule --", "Scan")
    row = next(one for one in listed(laptop) if "\u202e" in one["title"])
    match = rules.match_of(row, ("source", "title"))
    assert "\u202e" not in rules.in_words(match)
    rules.make(laptop.session, match, 14, "known")
    assert len(listed(laptop)) == 2
    with pytest.raises(BadInput, match="longer than 500"):
        rules.preview(laptop.store, {**SCAN, "title": "A" * 501})


def test_a_rule_of_a_colleagues_laptop_works_on_ours_once_it_is_here(four: list[Laptop]) -> None:
    asha, ben = four[:2]
    rule = made(asha)
    give(asha, ben)
    assert standing(ben)[rule].applies
    came(ben, "Scan")
    assert listed(ben) == []
    meet(asha, ben)
    assert listed(asha) == []
    agree(asha, ben)


def test_two_laptops_that_apply_one_rule_apart_do_not_disagree(four: list[Laptop]) -> None:
    asha, ben = four[:2]
    made(asha)
    meet(asha, ben)
    came(asha, "Scan", "Beacon")
    came(ben, "Scan", "Beacon")  # the same file on both
    meet(asha, ben)
    assert [row["title"] for row in listed(ben)] == ["LOCAL Beacon"]
    assert conflicts(asha) == conflicts(ben) == []
    agree(asha, ben)


def test_evidence_that_a_bundle_brings_is_put_aside_too_and_the_merge_says_so(four: list[Laptop]) -> None:
    asha, ben = four[:2]
    came(ben, "Scan", "Beacon")
    made(asha)
    merged = give(ben, asha)
    assert any("put aside by rule" in words for words in merged.surprises)
    assert [row["title"] for row in listed(asha)] == ["LOCAL Beacon"]
    looked = ben.merge(asha.export(ben), dry_run=True)
    assert not any("put aside by rule" in words for words in looked.surprises)


def test_another_organisations_rule_is_shown_and_does_nothing_until_it_is_adopted(four: list[Laptop]) -> None:
    asha, _, carys, _ = four
    rule = made(asha, label="TLP:AMBER")
    hidden = made(asha)
    give(asha, carys)
    theirs = standing(carys)[rule]
    assert hidden not in standing(carys)  # AMBER+STRICT stays within the trust
    assert (theirs.applies, theirs.ours, theirs.organisation) == (False, False, "RXX")
    came(carys, "Scan")
    assert len(listed(carys)) == 1
    with pytest.raises(BadInput, match="another organisation's"):
        rules.end(carys.session, rule)
    mine = rules.adopt(carys.session, rule, 7)
    assert standing(carys)[mine.id].applies
    assert "of RXX: our own scanner" in str(standing(carys)[mine.id].said)
    assert listed(carys) == []
    with pytest.raises(BadInput, match="a rule of ours already"):
        rules.adopt(carys.session, mine.id, 7)


def test_another_organisation_can_neither_widen_nor_revive_our_rule(four: list[Laptop]) -> None:
    asha, _, carys, _ = four
    rule = made(asha, label="TLP:AMBER")
    ended = made(asha, label="TLP:AMBER", days=3)
    rules.end(asha.session, ended)
    meet(asha, carys)
    said = carys.store.value("SELECT said FROM rule WHERE id = ?", (rule,))
    wider = {**json.loads(said), "match": {"source": "Suricata", "title": "LOCAL Beacon"}, "high": True}
    with carys.store.write():
        record(
            carys.session, "Forged",
            [
                Change("rule", rule, "_created", wider, "TLP:GREEN"),
                Change("rule", ended, "ended", False, "TLP:GREEN"),
            ],
        )  # fmt: skip
    give(carys, asha)
    now = standing(asha)
    assert rules.as_data(now[rule])["match"] == SCAN
    assert rules.as_data(now[rule])["high"] is False
    assert now[ended].state == ENDED
    came(asha, "Beacon", "Scan")
    assert [row["title"] for row in listed(asha)] == ["LOCAL Beacon"]


def test_a_laptop_a_year_ahead_makes_a_rule_that_does_not_run_on_ours(four: list[Laptop]) -> None:
    asha, ben = four[:2]
    ben.clock.move(days=365)
    rule = made(ben)
    came(ben, "Scan")
    assert listed(ben) == []
    give(ben, asha)
    assert standing(asha)[rule].state == TO_COME
    came(asha, "Scan", first=8)
    assert len(listed(asha)) == 1
    asha.clock.move(days=365)
    assert standing(asha)[rule].state == RUNNING
    asha.clock.move(milliseconds=15 * DAY_MS)
    assert standing(asha)[rule].state == EXPIRED


def test_a_rule_is_found_by_its_reference(laptop: Laptop) -> None:
    rule = made(laptop)
    ref = standing(laptop)[rule].ref
    assert rules.find(laptop.store, ref.lower()) == rules.find(laptop.store, rule[:8]) == rule
    with pytest.raises(NotFound):
        rules.find(laptop.store, "RXX-U9999")
    assert store_rules.ids_named(laptop.store, "%") == []
    assert rules.as_data(standing(laptop)[rule])["match"] == SCAN
