"""What two laptops wrote of one thing without knowing of each other: what does not clash stands, what does is shown.

Which tests of other programs' merging these answer is in ``merge_intents.md``.
"""

from __future__ import annotations

import pytest

from tests.stores import Laptop
from tests.unit.store.meeting import agree, conflicts, give, green, meet, next_stick, shown, told, values
from triage_app.services import campaigns, incidents
from triage_app.services import conflicts as conflict_acts


def write(laptop: Laptop, kind: str, entity: str, words: str) -> None:
    """Set the words of an incident or a campaign."""
    if kind == "incident":
        incidents.set_field(laptop.session, entity, "title", words)
    else:
        campaigns.set_field(laptop.session, campaigns.find(laptop.store, entity), "description", words)


def made(laptop: Laptop, kind: str) -> tuple[str, str]:
    """Make an incident or a campaign and return its id and the field that ``write`` sets."""
    if kind == "incident":
        return green(laptop), "title"
    return campaigns.new(laptop.session, "Paper Lantern", "At first").id, "description"


@pytest.mark.parametrize("kind", ["incident", "campaign"])
@pytest.mark.parametrize("newer_here", [True, False])
def test_of_two_values_the_newer_is_displayed_and_the_older_is_not_lost_whichever_is_merged_into_which(
    pair: list[Laptop], kind: str, newer_here: bool
) -> None:
    a, b = pair
    entity, field = made(a, kind)
    meet(a, b)
    older, newer = (b, a) if newer_here else (a, b)
    older.clock.move(hours=1)
    write(older, kind, entity, "The older")
    newer.clock.move(hours=2)
    write(newer, kind, entity, "The newer")
    merged = give(b, a)
    assert [(one["kind"], one["entity"], one["field"]) for one in merged.conflicts] == [(kind, entity, field)]
    assert {value["value"] for value in merged.conflicts[0]["values"]} == {"The older", "The newer"}
    give(a, b)
    for laptop in pair:
        assert values(laptop, kind, entity, field) == ["The newer", "The older"]
        assert laptop.store.value(f"SELECT {field} FROM {kind} WHERE id = ?", (entity,)) == "The newer"
        assert values(laptop, kind, entity, "_deleted") == []
    agree(a, b)


@pytest.mark.parametrize("here_last", [True, False])
def test_the_histories_of_both_sides_become_one_in_order_with_what_they_share_told_once(
    pair: list[Laptop], here_last: bool
) -> None:
    a, b = pair
    incident = green(a, "Before")
    incidents.set_field(a.session, incident, "title", "Shared")
    meet(a, b)
    first, last = (b, a) if here_last else (a, b)
    for laptop, hours, title in ((first, 1, "Two"), (last, 2, "Three"), (first, 3, "Four"), (last, 4, "Five")):
        laptop.clock.move(hours=hours)
        incidents.set_field(laptop.session, incident, "title", title)
    alone = [green(laptop, f"Only {laptop.session.responder_name}") for laptop in pair]
    meet(a, b)
    for laptop in pair:
        assert told(laptop, incident, "title") == ["Before", "Shared", "Two", "Three", "Four", "Five"]
        assert values(laptop, "incident", incident, "title") == ["Five", "Four"]
        assert {row["id"] for row in laptop.rows("incident")} == {incident, *alone}
    agree(a, b)


@pytest.mark.parametrize("born_there", [True, False])
def test_of_a_run_of_changes_only_what_both_set_is_in_conflict_and_the_merge_names_just_that(
    pair: list[Laptop], born_there: bool
) -> None:
    a, b = pair
    incident = green(b if born_there else a)
    meet(a, b)
    incidents.set_field(a.session, incident, "severity", "24")
    incidents.set_field(b.session, incident, "campaign", "Paper Lantern")
    incidents.set_field(b.session, incident, "severity", "26")
    merged = give(b, a)
    assert [(one["entity"], one["field"]) for one in merged.conflicts] == [(incident, "severity")]
    assert sorted(value["value"] for value in merged.conflicts[0]["values"]) == [24, 26]
    assert [(one["id"], one["state"]) for one in merged.incidents] == [(incident, "conflict")]
    assert shown(a, "incident", incident)["campaign"] == "Paper Lantern"
    give(a, b)
    agree(a, b)


@pytest.mark.parametrize("born_there", [True, False])
def test_who_goes_on_writing_without_knowing_that_a_conflict_was_settled_opens_it_again(
    pair: list[Laptop], born_there: bool
) -> None:
    a, b = pair
    incident = green(b if born_there else a)
    meet(a, b)
    incidents.set_field(a.session, incident, "severity", "24")
    incidents.set_field(b.session, incident, "severity", "26")
    a.merge(next_stick(b, a))
    conflict_acts.resolve(a.session, incident, "severity", value="25")
    assert conflicts(a) == []
    incidents.set_field(b.session, incident, "severity", "30")
    merged = a.merge(next_stick(b, a))
    assert [one["field"] for one in merged.conflicts] == ["severity"]
    assert values(a, "incident", incident, "severity") == [25, 30]
    # What the settling had seen stays settled, and once both know of it, one word ends it.
    conflict_acts.resolve(a.session, incident, "severity", value="30")
    give(a, b)
    assert conflicts(a) == conflicts(b) == []
    assert values(b, "incident", incident, "severity") == [30]
    incidents.set_field(b.session, incident, "severity", "31")
    assert give(b, a).conflicts == []
    agree(a, b)


def test_a_conflict_settled_alike_on_both_laptops_is_none_and_settled_differently_is_one_again(
    pair: list[Laptop],
) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    for laptop, severity, title in ((a, "24", "One"), (b, "26", "Two")):
        incidents.set_field(laptop.session, incident, "severity", severity)
        incidents.set_field(laptop.session, incident, "title", title)
    meet(a, b)
    assert conflicts(a) == conflicts(b) == [("incident", "severity"), ("incident", "title")]
    for laptop, title in ((a, "One"), (b, "Two")):
        conflict_acts.resolve(laptop.session, incident, "severity", value="25")
        conflict_acts.resolve(laptop.session, incident, "title", value=title)
    meet(a, b)
    for laptop in pair:
        assert conflicts(laptop) == [("incident", "title")]
        assert shown(laptop, "incident", incident)["severity"] == 25
    agree(a, b)


def test_a_later_merge_that_has_nothing_to_say_of_a_conflict_leaves_it_open(pair: list[Laptop]) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    incidents.set_field(a.session, incident, "title", "One")
    incidents.set_field(b.session, incident, "title", "Two")
    give(b, a)
    incidents.set_field(b.session, incident, "severity", "80")
    give(b, a)
    assert conflicts(a) == [("incident", "title")]
    assert values(a, "incident", incident, "title") == ["One", "Two"]
    give(a, b)
    agree(a, b)
