"""Campaigns, figures, reports (tips), merging and splitting, through the command line alone."""

from __future__ import annotations

import pytest

from tests.scenarios.laptop import Laptop


def test_a_report_becomes_an_incident_of_a_campaign_and_is_counted(laptop: Laptop) -> None:
    tip = laptop.ask("tip", "new", "-", "--by", "Jo Pryce", "--received", "2026-11-20 09:00", stdin=b"Screens locked\n")
    assert tip["ref"].endswith("-R0001")
    assert laptop.ask("tip", "show", tip["ref"])["reporter"] == "[masked]"
    assert laptop.ask("tip", "unmask", tip["ref"])["reporter"] == "Jo Pryce"
    done = laptop.ask("tip", "promote", tip["ref"], "--title", "Ransomware on ward 7")
    laptop.ask("campaign", "new", "Winter locks", "--alias", "wlocks", "--description", "Locks on wards")
    laptop.ask("incident", "classify", done["ref"], "--campaign", "WLOCKS")
    shown = laptop.ask("campaign", "show", "wlocks")
    assert [row["ref"] for row in shown["members"]] == [done["ref"]]
    assert laptop.ask("incident", "show", done["ref"])["tips"][0]["text"] == "Screens locked"
    found = laptop.ask("figures", "--from", "2026-11-20", "--to", "2026-11-20", "--campaign", "winter locks")
    assert (found["incidents"]["count"], found["incidents"]["ids"]) == (1, [done["id"]])
    assert laptop.ask("figures", "--from", "2026-11-21", "--to", "2026-11-21")["incidents"]["count"] == 0
    (row,) = laptop.ask("figures", "--window", "month-2026-11", "--list", "campaign:winter locks")
    assert row["ref"] == done["ref"]
    assert [one["ref"] for one in laptop.ask("tips", "list")] == [tip["ref"]]


def test_more_reports_are_linked_closed_and_reopened(laptop: Laptop) -> None:
    incident = laptop.ask("incident", "new", "--title", "Ward 7")["ref"]
    refs = [laptop.ask("tip", "new", f"Call {place}")["ref"] for place in range(3)]
    laptop.ask("tip", "link", *refs[:2], "--into", incident)
    laptop.ask("tip", "close", refs[2], "--because", "A planned test")
    assert [row["state"] for row in laptop.ask("tip", "list")] == ["linked", "linked", "no action"]
    laptop.ask("tip", "reopen", refs[0], refs[2])
    assert [row["ref"] for row in laptop.ask("tip", "list", "--state", "linked")] == [refs[1]]
    assert laptop.verified()["ok"]


def test_an_incident_is_split_and_merged_and_both_are_undone(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Two things at once")["ref"]
    victim = laptop.ask("victim", "add", ref, "--org", "RYY")["ref"]
    laptop.ask("action", "add", victim, "--kind", "VS01", "--status", "successful")
    note = laptop.ask("incident", "note", ref, "Of the other matter")["ref"]
    laptop.ask("incident", "affected", "paste", ref, stdin=b"pc-1\npc-2\n")
    words = ("--victims", victim, "--notes", note, "--affected", "pc-1,pc-2", "--title", "The other")
    done = laptop.ask("incident", "split", ref, *words)
    assert done["moved"] == "1 victim, 2 affected things, 1 log line"
    new = laptop.ask("incident", "show", done["ref"])
    assert ([row["ref"] for row in new["victims"]], new["affected"]["total"]) == ([victim], 2)
    assert [row["ref"] for row in new["victims"][0]["actions"]] != []
    laptop.ask("incident", "merge", ref, done["ref"])
    assert [row["ref"] for row in laptop.ask("incident", "show", ref)["same_as"]] == [done["ref"]]
    assert laptop.ask("figures")["incidents"]["count"] == 1
    laptop.ask("undo")
    assert laptop.ask("figures")["incidents"]["count"] == 2
    laptop.ask("undo")
    assert [row["ref"] for row in laptop.ask("incident", "show", ref)["victims"]] == [victim]
    assert laptop.ask("figures")["incidents"]["count"] == 1
    assert laptop.verified()["ok"]


def test_two_records_of_one_person_are_named_by_their_victims_references(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Phish")["ref"]
    people = [laptop.ask("victim", "add", ref, "--person", name)["ref"] for name in ("Jo", "J.")]
    for person in people:
        laptop.ask("action", "add", person, "--kind", "VS01", "--status", "successful")
    laptop.ask("person", "same", *people)
    assert laptop.ask("figures")["victims_supported"]["count"] == 1
    laptop.ask("person", "same", *people, "--not")
    assert laptop.ask("figures")["victims_supported"]["count"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("figures", "--window", "review-year-1066"), ("figures", "--window", "fortnight"),
        ("figures", "--from", "2020-01-01"), ("figures", "--from", "2020-02-30", "--to", "2020-03-01"),
        ("figures", "--from", "2020-03-02", "--to", "2020-03-01"),
        ("figures", "--from", "2019-09-01 01:00", "--to", "2020-08-31"),
        ("figures", "--window", "month-2020-08", "--from", "2020-01-01", "--to", "2020-01-02"),
        ("figures", "--list", "category:7"), ("figures", "--campaign", "No such"), ("campaign", "show", "No such"),
        ("campaign", "new", " "), ("tip", "new", " "), ("tip", "new", "x", "--received", "2031-01-01"),
        ("tip", "new", "x", "--channel", "pigeon"), ("tip", "show", "RXX-0000-R0001"),
        ("tip", "close", "x", "--because", "y"),
        ("incident", "new", "--title", "x", "--reported", "32 May 2026"), ("person", "same", "x", "y"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_is_refused_in_two_plain_sentences(laptop: Laptop, words: tuple[str, ...]) -> None:
    laptop.refused(*words)


def test_category_seven_and_an_organisation_that_is_none_are_refused(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "x")["ref"]
    laptop.refused("incident", "classify", ref, "--category", "7", "--because", "x")
    laptop.refused("victim", "add", ref, "--org", "no such body!")
    laptop.refused("incident", "split", ref, "--title", "y", "--victims", "RXX-0000-V0001")


def test_figures_are_printed_as_words_and_windows_are_listed(laptop: Laptop) -> None:
    laptop.ask("incident", "new", "--title", "x", "--reported", "2020-03-03")
    said = laptop.run("figures", "--window", "review-year-2020").out
    assert "NCSC review year 2020: 1 Sep 2019 to 31 Aug 2020. Midnight to midnight in London." in said
    assert "Incidents: 1" in said
    names = [row["name"] for row in laptop.ask("figures", "--windows")]
    assert {"review-year-2027", "financial-year-2026-27", "quarter-2026-q4", "month-2026-11", "last-7-days"} <= set(
        names
    )


def test_a_campaign_that_nobody_named_before_is_said_to_be_new(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ward 7")["ref"]

    def told(*words: str) -> str:
        answer = laptop.run(*words)
        assert answer.code == 0
        return answer.err

    new = "No campaign was called “Winter loks” here: it is a new one."
    assert new in told("incident", "classify", ref, "--campaign", "Winter  loks")
    assert "campaign was called" not in told("incident", "classify", ref, "--campaign", "winter loks", "--tlp", "GREEN")
    laptop.ask("undo")
    assert "it is a new one" in told("incident", "set", ref, "campaign", "Winter locks")
    assert "it is a new one" in told("incident", "new", "--title", "Ward 8", "--campaign", "Summer locks")
    assert "it is a new one" not in told("incident", "set", ref, "title", "Ward 7 and 8")
