"""Sticks that are lost, late or backwards: what waits is kept and named, and the end is the same as in order.

Nothing is ever applied past a gap, no time runs out, and nobody has to force anything. Which tests of other programs'
merging these answer is in ``merge_intents.md``.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, found, opened
from tests.unit.store.meeting import (
    agree,
    conflicts,
    give,
    green,
    meet,
    next_stick,
    shown,
    told,
    values,
    waiting,
    without,
)  # fmt: skip
from triage_app.services import campaigns, histories, incidents, victims
from triage_app.services import conflicts as conflict_acts
from triage_app.store import lookup


def sticks(sender: Laptop, receiver: Laptop) -> tuple[str, list[Path]]:
    """Make an incident, give it a victim and change it twice, a stick for each; return its id and the sticks."""
    incident = green(sender, "First title")
    made = [next_stick(sender, receiver)]
    victims.add_victim(sender.session, incident, organisation="RYY")
    made.append(next_stick(sender, receiver))
    for title in ("Second title", "Third title"):
        incidents.set_field(sender.session, incident, "title", title)
        made.append(next_stick(sender, receiver))
    return incident, made


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_a_record_made_and_changed_comes_to_the_same_in_every_order_of_the_sticks(
    trio: list[Laptop], order: tuple[int, ...]
) -> None:
    a, b, _ = trio
    meet(a, b)
    incident, made = sticks(a, b)
    merged: set[int] = set()
    for which in order:
        done = b.merge(made[which])
        merged.add(which)
        here = next(number for number in range(5) if number not in merged)
        # What counts is what is there without a gap; all the rest waits, and is no fault.
        assert (done.conflicts, done.refused) == ([], 0)
        assert set(waiting(b)) <= {"gap"}
        assert (lookup.one(b.store, "incident", incident) is not None) == (here > 0)
        if here:
            titles = {1: "First title", 2: "First title", 3: "Second title", 4: "Third title"}
            assert shown(b, "incident", incident)["title"] == titles[here]
            assert len(b.rows("victim")) == (here > 1)
    assert told(b, incident, "title") == ["First title", "Second title", "Third title"]
    meet(a, b)
    agree(a, b)


def test_what_waits_is_named_once_however_often_it_comes_and_waits_as_long_as_it_must(
    trio: list[Laptop], tmp_path: Path
) -> None:
    a, b, c = trio
    meet(a, b, c)
    incident, made = sticks(a, b)
    b.merge(made[0])
    b.merge(made[2])
    before, many = b.verified(), waiting(b)
    assert many == {"gap": 1}
    (row,) = lookup.pending(b.store)
    assert (row["device"], row["reason"]) == (a.device, "gap")
    b.clock.move(days=400)
    b.merge(made[2])
    give(c, b)
    found(tmp_path / "new", "RXX", responder="Eve Lloyd")
    other = opened(tmp_path / "new")
    b.trust(other)  # whatever waits is looked at again
    other.close()
    assert waiting(b) == many
    assert shown(b, "incident", incident)["title"] == "First title"
    done = b.merge(made[1])
    assert (waiting(b), done.pending) == ({}, 0)
    assert told(b, incident, "title") == ["First title", "Second title"]
    assert len(b.rows("victim")) == 1
    assert b.verified() != before


def test_what_waited_says_who_wrote_it_and_when_as_if_it_had_come_at_once(trio: list[Laptop]) -> None:
    a, b, c = trio
    meet(a, b, c)
    incident, made = sticks(a, b)
    b.clock.move(days=3)
    for path in reversed(made):
        b.merge(path)
    assert histories.of(b.store, incident) == histories.of(a.store, incident)
    assert {row["who"] for row in histories.of(b.store, incident)} == {"Asha Rahman"}
    assert shown(b, "incident", incident)["changed_at"] == shown(a, "incident", incident)["changed_at"]


def test_what_a_lost_stick_carried_comes_from_any_laptop_that_has_it(trio: list[Laptop]) -> None:
    a, b, c = trio
    meet(a, b, c)
    incident, made = sticks(a, b)
    b.merge(made[2])
    b.merge(made[3])
    assert waiting(b) == {"gap": 2}
    give(a, c)
    merged = give(c, b)
    assert (merged.pending, merged.conflicts, waiting(b)) == (0, [], {})
    assert told(b, incident, "title") == ["First title", "Second title", "Third title"]


# ---- a change that comes before the creation of what it changes ----------------------------------------------


def changed_before_it_comes(trio: list[Laptop]) -> tuple[str, Path]:
    """Let A make an incident and B change it; return it and a bundle for C that has only B's changes."""
    a, b, c = trio
    meet(a, b, c)
    incident = green(a, "First title")
    give(a, b)
    incidents.set_field(b.session, incident, "title", "As the other knows it")
    incidents.set_field(b.session, incident, "severity", "60")
    return incident, without(b, c, a)


@pytest.mark.parametrize("worked_on", [False, True])
def test_a_change_whose_record_has_not_come_is_kept_and_the_record_joins_it_without_a_conflict(
    trio: list[Laptop], worked_on: bool
) -> None:
    a, b, c = trio
    incident, path = changed_before_it_comes(trio)
    merged = c.merge(path)
    assert (merged.applied, merged.pending, merged.refused, merged.conflicts) == (2, 0, 0, [])
    row = shown(c, "incident", incident)
    assert (row["title"], row["severity"], row["ref"]) == ("As the other knows it", 60, "")
    c.verified()
    if worked_on:
        incidents.set_field(c.session, incident, "severity", "70")
        victims.add_victim(c.session, incident, organisation="RYY")
    late = give(a, c)
    assert (late.conflicts, late.refused, conflicts(c)) == ([], 0, [])
    row, theirs = shown(c, "incident", incident), shown(b, "incident", incident)
    assert (row["ref"], row["tlp"], row["created_by"]) == (theirs["ref"], theirs["tlp"], theirs["created_by"])
    assert (row["title"], row["severity"]) == ("As the other knows it", 70 if worked_on else 60)
    meet(a, b, c)
    for laptop in trio:
        assert values(laptop, "incident", incident, "title") == ["As the other knows it"]
        assert values(laptop, "incident", incident, "severity") == [70 if worked_on else 60]
        assert len(laptop.rows("victim")) == worked_on
    assert c.verified(incident) == b.verified(incident) == a.verified(incident)


def test_who_changes_a_record_before_it_came_is_in_conflict_only_where_its_maker_said_otherwise(
    trio: list[Laptop],
) -> None:
    a, b, c = trio
    meet(a, b, c)
    made = campaigns.new(a.session, "Paper Lantern", "As its maker describes it").id
    # C, who has not heard of it, names it too: a campaign's id comes from its name.
    campaigns.new(c.session, "Paper Lantern", "As it looks from here")
    merged = give(a, c)
    assert [(one["kind"], one["entity"], one["field"]) for one in merged.conflicts] == [
        ("campaign", made, "description")
    ]
    assert values(c, "campaign", made, "description") == ["As it looks from here", "As its maker describes it"]
    conflict_acts.resolve(c.session, made, "description", value="As both do")
    meet(a, b, c)
    for laptop in trio:
        assert (conflicts(laptop), shown(laptop, "campaign", made)["description"]) == ([], "As both do")


def test_two_who_make_one_record_alike_without_knowing_are_in_no_conflict(trio: list[Laptop]) -> None:
    a, b, _ = trio
    for laptop in (a, b):
        made = campaigns.new(laptop.session, "Paper Lantern", "Invoices").id
    meet(a, b)
    for laptop in (a, b):
        assert conflicts(laptop) == []
        assert shown(laptop, "campaign", made)["description"] == "Invoices"
    agree(a, b)


@pytest.fixture
def stranger(tmp_path: Path) -> Any:
    """A laptop of RXX that nobody trusts yet."""
    found(tmp_path / "stranger", "RXX", responder="Eve Lloyd", organisation_name="RXX Trust")
    laptop = opened(tmp_path / "stranger")
    yield laptop
    laptop.close()


def test_what_a_trusted_laptop_changed_in_a_strangers_record_shows_once_the_stranger_is_trusted(
    trio: list[Laptop], stranger: Laptop
) -> None:
    a, b, _ = trio
    meet(a, b)
    stranger.trust(a)
    a.trust(stranger)
    incident = incidents.open_incident(stranger.session, "Seen by a stranger").id
    give(stranger, a)
    incidents.set_field(a.session, incident, "severity", "60")
    merged = give(a, b)
    assert set(waiting(b)) == {"unknown-device"}
    assert (merged.refused, merged.conflicts) == (0, [])
    assert "Seen by a stranger" not in {row["title"] for row in b.rows("incident")}
    for _ in range(2):
        give(a, b)
    b.trust(stranger)
    assert waiting(b) == {}
    assert shown(b, "incident", incident)["title"] == "Seen by a stranger"
    assert shown(b, "incident", incident)["severity"] == 60
    assert (conflicts(b), values(b, "incident", incident, "severity")) == ([], [60])
    b.verified()
