"""Two laptops say two things: both are shown with what each had seen, and settled singly, together, or by a rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group, device, scope, state
from tests.scenarios.laptop import Laptop
from triage_app.services import incidents
from triage_app.store import peers


def parted(group: Group, ref: str) -> None:
    """Asha and Ben hold the same, and each goes on alone."""
    group.pass_on(group.asha, group.ben, "parting.ctb")
    group.pass_on(group.ben, group.asha, "parted.ctb")


def meet(group: Group, name: str = "meet") -> None:
    """Each takes what the other wrote."""
    for number, (one, other) in enumerate([(group.asha, group.ben), (group.ben, group.asha), (group.asha, group.ben)]):
        group.pass_on(one, other, f"{name}-{number}.ctb")


def fields(laptop: Laptop) -> list[str]:
    return sorted(row["field"] for row in laptop.ask("conflicts", "list"))


def the_only(laptop: Laptop) -> dict[str, Any]:
    (found,) = laptop.ask("conflicts", "list")
    return dict(found)


def test_each_value_says_what_its_author_had_seen_and_where_it_was_written(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    asha.ask("incident", "set", ref, "severity", "40")
    parted(group, ref)
    asha.ask("incident", "set", ref, "severity", "60")
    ben.ask("incident", "set", ref, "severity", "80")
    meet(group)
    found = the_only(asha)
    assert {value["value"] for value in found["values"]} == {60, 80}
    for value in found["values"]:
        assert [seen["value"] for seen in value["seen"]] == [40]
        assert value["seen"][0]["who"] == "Asha Rahman"
        assert value["organisation"] == "RXX"
    lines = [line.split() for line in asha.run("conflicts", "list").out.splitlines()]
    assert lines[0] == ["ref", "field", "value", "who", "organisation", "at", "take"]
    assert sorted(line[2] for line in lines[1:]) == ["60", "80"]
    assert {line[-1] for line in lines[1:]} == {value["op"][:12] for value in found["values"]}
    assert "{" not in asha.run("conflicts", "list").out
    assert "Ben's laptop" in asha.run("devices", "list").out
    assert found["combine"] == ""
    assert asha.refused("conflicts", "combine", ref, "severity")["what"].startswith("Both values cannot be kept")


def test_lists_answers_and_words_are_combined_and_both_laptops_then_hold_both(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    parted(group, ref)
    for laptop, technique, data, title in (
        (asha, "T1486", "health=involved", "Loader on the wards"),
        (ben, "T1566", "staff=involved", "Loader in the pharmacy"),
    ):
        laptop.ask("incident", "set", ref, "techniques", technique)
        laptop.ask("incident", "set", ref, "data-types", data)
        laptop.ask("incident", "set", ref, "title", title)
    meet(group)
    assert fields(ben) == ["data_types", "techniques"] or fields(ben) == ["data_types", "techniques", "title"]
    for field in fields(ben):
        ben.ask("conflicts", "combine", ref, field)
    meet(group, "again")
    for laptop in (asha, ben):
        assert laptop.ask("conflicts", "list") == []
        shown = laptop.ask("incident", "show", ref)
        assert "T1486" in json.dumps(shown)
        assert "T1566" in json.dumps(shown)
        assert "pharmacy" in shown["title"]
    assert scope(asha, ref) == scope(ben, ref)


def test_answers_that_contradict_each_other_are_not_combined(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    parted(group, ref)
    group.asha.ask("incident", "set", ref, "data-types", "health=involved")
    group.ben.ask("incident", "set", ref, "data-types", "health=not-involved")
    meet(group)
    refused = group.asha.refused("conflicts", "combine", ref, "data_types")
    assert "both answer “health”, and differently" in refused["what"]
    assert fields(group.asha) == ["data_types"]


def test_a_sealed_text_is_combined_and_stays_sealed(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    victim = asha.ask("incident", "show", ref)["victims"][0]["ref"]
    parted(group, ref)
    asha.ask("victim", "set", victim, "contact", "bleep 1111")
    ben.ask("victim", "set", victim, "contact", "ward phone 42")
    meet(group)
    asha.ask("conflicts", "combine", victim, "contact")
    assert asha.ask("conflicts", "list") == []
    contact = asha.ask("victim", "unmask", victim)["contact"]
    assert "bleep 1111" in contact
    assert "ward phone 42" in contact
    assert "ward phone 42" not in json.dumps(asha.ask("victim", "show", victim))


def disagree(group: Group, ref: str) -> None:
    parted(group, ref)
    for laptop, severity, determination, detected in (
        (group.asha, "60", "suspected", "2026-11-21 02:40"),
        (group.ben, "80", "confirmed", "2026-11-21 02:10"),
    ):
        laptop.ask("incident", "set", ref, "severity", severity)
        laptop.ask("incident", "set", ref, "determination", determination)
        laptop.ask("incident", "set", ref, "detected", detected)
    meet(group)
    assert fields(group.asha) == ["detected", "determination", "severity"]


@pytest.mark.parametrize("by", ["device", "incident", "merge", "theirs of a merge"])
def test_all_is_taken_from_one_side_in_one_act_shown_first_and_undone_at_once(
    busy: tuple[Group, str, str], by: str
) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    disagree(group, ref)
    words = ["--from", device(ben)]
    if by == "incident":
        words += ["--incident", ref]
    elif by == "merge":
        words += ["--merge", _last_merge(asha)]
    before = state(asha)
    preview = asha.ask("conflicts", "take-all", *words, "--dry-run")
    assert state(asha) == before
    settled = {one["field"]: (one["value"], one["others"]) for one in preview["settles"]}
    assert settled["severity"] == (80, [60])
    assert settled["determination"] == ("confirmed", ["suspected"])
    act = asha.ask("conflicts", "take-all", *words)["act"]
    assert asha.ask("conflicts", "list") == []
    shown = asha.ask("incident", "show", ref)
    assert (shown["severity"], shown["determination"]) == (80, "confirmed")
    asha.ask("undo", act)
    assert fields(asha) == ["detected", "determination", "severity"]
    assert state(asha) == before


def _last_merge(laptop: Laptop) -> str:
    with laptop.session() as session:
        found = [row for row in peers.bundles(session.store) if row["direction"] == "in" and row["counts"]["conflicts"]]
        return str(found[0]["id"])


def test_what_a_side_said_nothing_of_is_left_and_named(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, carys = group.asha, group.carys
    group.pass_on(asha, carys, "start.ctb")
    disagree(group, ref)
    refused = asha.refused("conflicts", "take-all", "--from", device(carys))
    assert "nothing to take" in refused["what"]
    carys.ask("incident", "set", ref, "severity", "70")
    group.pass_on(carys, asha, "carys.ctb")
    preview = asha.ask("conflicts", "take-all", "--from", device(carys), "--dry-run")
    assert [(one["field"], one["value"]) for one in preview["settles"]] == [("severity", 70)]
    assert {one["field"]: one["why"] for one in preview["left"]} == dict.fromkeys(
        ("detected", "determination"), "none of its values is from there"
    )
    asha.ask("conflicts", "take-all", "--from", device(carys))
    assert fields(asha) == ["detected", "determination"]
    asha.ask("conflicts", "take-all", "--from", "theirs")
    assert fields(asha) == []
    assert asha.ask("incident", "show", ref)["determination"] == "confirmed"


def test_a_rule_is_only_suggested_and_applied_as_one_act_under_its_name(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    disagree(group, ref)
    before = state(asha)
    offered = {one["rule"]: one for one in asha.ask("conflicts", "suggest")}
    assert set(offered) == {"earliest-times", "higher-severity"}
    assert state(asha) == before
    (line,) = offered["earliest-times"]["settles"]
    assert line["value"]["as_written"] == "2026-11-21 02:10"
    act = asha.ask("conflicts", "apply", "earliest-times")["act"]
    assert fields(asha) == ["determination", "severity"]
    told = asha.ask("history", ref, "detected")[-1]
    assert (told["act"], told["because"]) == (act, "Rule: When it began, and when it was known, the earliest")
    meet(group, "after")
    assert fields(ben) == ["determination", "severity"]
    asha.ask("undo", act)
    assert "detected" in fields(asha)
    assert asha.refused("conflicts", "apply", "no-such-rule")["code"] == "not-found"


def test_of_a_victim_its_own_organisation_has_the_word(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, linked = group.asha, group.linked
    asha.ask("incident", "classify", ref, "--tlp", "AMBER")
    victim = asha.ask("victim", "add", ref, "--org", "RYY")["ref"]
    group.pass_on(asha, linked, "to.ctb")
    group.pass_on(linked, asha, "ack.ctb")
    asha.ask("victim", "set", victim, "channel", "telephone")
    linked.ask("victim", "set", victim, "channel", "letter")
    group.pass_on(linked, asha, "back.ctb")
    assert fields(asha) == ["channel"]
    asha.ask("conflicts", "apply", "own-word")
    assert asha.ask("conflicts", "list") == []
    assert "letter" in json.dumps(asha.ask("victim", "show", victim))


def test_rules_of_a_trusts_own_stand_in_and_a_faulty_file_is_refused_whole(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha = group.asha
    disagree(group, ref)
    folder = asha.home / "policies"
    folder.mkdir(exist_ok=True)
    rule = {"id": "newest", "name": "The newest", "kind": "incident", "fields": ["severity"], "take": "newest",
            "why": "Ours."}  # fmt: skip
    (folder / "conflicts.json").write_text(json.dumps({"rules": [rule]}), encoding="utf-8")
    assert [one["rule"] for one in asha.ask("conflicts", "suggest")] == ["newest"]
    (folder / "conflicts.json").write_text(json.dumps({"rules": [rule | {"take": "coin"}]}), encoding="utf-8")
    answer = asha.run("conflicts", "suggest")
    assert "was not taken" in answer.err
    assert "earliest-times" in answer.out


# ---- taken back here, changed elsewhere --------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["keep-deleted", "bring-back"])
@pytest.mark.parametrize("edit_first", [True, False])
def test_an_edit_after_a_deletion_is_shown_and_decided_in_either_order(
    busy: tuple[Group, str, str], decision: str, edit_first: bool
) -> None:
    group, _, _ = busy
    asha, ben, carys = group.asha, group.ben, group.carys
    made = asha.ask("incident", "new", "--title", "Perhaps nothing")
    ref = made["ref"]
    parted(group, ref)
    deletes, edits = (asha.ask, ("undo", made["act"])), (ben.ask, ("incident", "set", ref, "severity", "90"))
    for ask, words in (edits, deletes) if edit_first else (deletes, edits):
        ask(*words)
    # Carys hears of it from each, in the order in which it was done or the other.
    group.pass_on(ben if edit_first else asha, carys, "first.ctb")
    group.pass_on(asha if edit_first else ben, carys, "second.ctb")
    meet(group)
    for laptop in (asha, ben, carys):
        found = the_only(laptop)
        assert (found["field"], found["after_deletion"], found["ref"]) == ("_deleted", True, ref)
        assert [(value["field"], value["value"]) for value in found["values"]] == [("_deleted", True), ("severity", 90)]
        assert found["values"][1]["who"] == "Ben Okafor"
        assert ref not in {row["ref"] for row in laptop.ask("incidents", "list")}
        state(laptop)
    asha.ask("conflicts", decision, ref)
    assert asha.ask("conflicts", "list") == []
    meet(group, "after")
    group.pass_on(ben, carys, "last.ctb")
    for laptop in (asha, ben, carys):
        assert laptop.ask("conflicts", "list") == []
        there = {row["ref"]: row for row in laptop.ask("incidents", "list")}
        assert (ref in there) == (decision == "bring-back")
        if decision == "bring-back":
            assert there[ref]["severity"] == 90
        state(laptop)
    if decision == "bring-back":
        assert scope(asha, ref) == scope(ben, ref) == scope(carys, ref)


def test_a_victim_added_elsewhere_to_an_incident_that_was_taken_back_is_not_lost(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    made = asha.ask("incident", "new", "--title", "Perhaps nothing")
    ref = made["ref"]
    parted(group, ref)
    asha.ask("undo", made["act"])
    assert asha.ask("conflicts", "list") == []
    victim = ben.ask("victim", "add", ref, "--org", "RXX")["ref"]
    meet(group)
    for laptop in (asha, ben):
        assert the_only(laptop)["values"][1]["value"] == f"added victim {victim}"
        state(laptop)
    ben.ask("conflicts", "bring-back", ref)
    meet(group, "after")
    assert ref in {row["ref"] for row in asha.ask("incidents", "list")}
    assert asha.ask("conflicts", "list") == []


def test_what_the_one_who_took_it_back_knew_of_is_no_conflict(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    made = asha.ask("incident", "new", "--title", "Perhaps nothing")
    asha.ask("incident", "set", made["ref"], "severity", "30")
    keys = [row["act"] for row in asha.ask("journal", "list")][:2]
    for key in keys:
        asha.ask("undo", key)
    meet(group)
    for laptop in (asha, ben):
        assert laptop.ask("conflicts", "list") == []
        state(laptop)


# ---- authority ---------------------------------------------------------------------------------------------


def test_a_certified_device_is_named_as_such_and_other_steps_of_the_category_stand_beside(
    busy: tuple[Group, str, str],
) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    asha.ask("org-key", "create", "--name", "RXX Trust")
    asha.ask("device", "certify", str(ben.folder / "identity.json"))
    parted(group, ref)
    with asha.session() as session:
        incident = next(row["id"] for row in asha.ask("incidents", "list") if row["ref"] == ref)
        incidents.report_confirmed(session, incident, 2, by="NCSC")
    for laptop, category in ((asha, "4"), (ben, "3")):
        laptop.ask("incident", "classify", ref, "--category", category, "--because", "One ward")
    meet(group)
    found = the_only(asha)
    assert found["field"] == "category_proposed"
    assert sorted(value["certified"] for value in found["values"]) == ["", "certified by RXX Trust"]
    (beside,) = found["beside"]
    assert (beside["step"], beside["category"]) == ("reported to us", 2)
