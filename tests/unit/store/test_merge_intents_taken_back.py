"""What one laptop took back and another changed: whichever came first, neither is lost and a person says which holds.

Which tests of other programs' merging these answer is in ``merge_intents.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stores import Laptop, table
from tests.unit.store.meeting import agree, conflicts, give, meet, next_stick, record, shown, told, values, waiting
from triage_app.errors import BadInput
from triage_app.services import campaigns, incidents, triage, victims
from triage_app.services import conflicts as conflict_acts
from triage_app.services.conflicts import BRING_BACK, KEEP
from triage_app.services.undo import redo, undo
from triage_app.store import lookup


@dataclass(frozen=True)
class Case:
    """A record that is made and taken back on the first laptop, and what is done to it on the second."""

    kind: str
    make: Callable[[Laptop], str]
    change: Callable[[Laptop, str], Any]
    is_there: Callable[[Laptop, str], bool]
    "Whether the change shows."


def alert_keys(laptop: Laptop) -> list[str]:
    return [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY key")]


def an_incident(laptop: Laptop) -> str:
    return incidents.open_incident(laptop.session, "Perhaps nothing").id


def an_incident_of_an_alert(laptop: Laptop) -> str:
    table(laptop, [("r1", "Loader"), ("r2", "Beacon")])
    return triage.promote(laptop.session, alert_keys(laptop)[:1], "Perhaps nothing").id


def a_victim(laptop: Laptop) -> str:
    return victims.add_victim(laptop.session, an_incident(laptop), organisation="RYY").id


def a_campaign(laptop: Laptop) -> str:
    return campaigns.new(laptop.session, "Paper Lantern", "At first").id


def describe(laptop: Laptop, entity: str) -> None:
    campaigns.set_field(laptop.session, campaigns.find(laptop.store, entity), "description", "Changed")


def is_described(laptop: Laptop, entity: str) -> bool:
    return bool(shown(laptop, "campaign", entity)["description"] == "Changed")


CASES = {
    "an incident is changed": Case(
        "incident", an_incident,
        lambda laptop, entity: incidents.set_field(laptop.session, entity, "severity", "90"),
        lambda laptop, entity: shown(laptop, "incident", entity)["severity"] == 90,
    ),
    "an incident gets a victim": Case(
        "incident", an_incident,
        lambda laptop, entity: victims.add_victim(laptop.session, entity, organisation="RYY"),
        lambda laptop, entity: [row["incident"] for row in laptop.rows("victim")] == [entity],
    ),
    "an incident of an alert gets another": Case(
        "incident", an_incident_of_an_alert,
        lambda laptop, entity: triage.link(laptop.session, alert_keys(laptop)[1:], entity),
        lambda laptop, entity: alert_keys(laptop)[1] in lookup.linked_keys(laptop.store, entity),
    ),
    "a victim is changed": Case(
        "victim", a_victim,
        lambda laptop, entity: victims.set_victim(laptop.session, entity, "channel", "letter"),
        lambda laptop, entity: shown(laptop, "victim", entity)["facts"] == {"channel": "letter"},
    ),
    "something is done for a victim": Case(
        "victim", a_victim,
        lambda laptop, entity: victims.add_action(laptop.session, entity, "VS05"),
        lambda laptop, entity: [row["victim"] for row in laptop.rows("action")] == [entity],
    ),
    "a campaign is described": Case("campaign", a_campaign, describe, is_described),
}  # fmt: skip


@pytest.mark.parametrize("decision", [KEEP, BRING_BACK])
@pytest.mark.parametrize("taken_back_first", [True, False])
@pytest.mark.parametrize("case", list(CASES.values()), ids=list(CASES))
def test_neither_the_taking_back_nor_the_change_is_lost_whichever_came_first(
    pair: list[Laptop], case: Case, taken_back_first: bool, decision: str
) -> None:
    a, b = pair
    entity = case.make(a)
    meet(a, b)
    (a if taken_back_first else b).clock.move(minutes=1)
    (b if taken_back_first else a).clock.move(minutes=2)
    undo(a.session)
    case.change(b, entity)
    # Who keeps it so took it back, and hears of the change; who brings it back changed it, and hears that it is gone.
    decider, other = (a, b) if decision == KEEP else (b, a)
    merged = give(other, decider)
    assert [(one["kind"], one["field"]) for one in merged.conflicts] == [(case.kind, "_deleted")]
    meet(a, b)
    for laptop in pair:
        assert conflicts(laptop) == [(case.kind, "_deleted")]
        assert record(laptop, case.kind, entity) is None
        (row,) = lookup.conflicts(laptop.store)
        said = conflict_acts.described(laptop.store, row)
        assert (said["after_deletion"], len(said["values"])) == (True, 2)
    agree(a, b)
    conflict_acts.settle_deletion(decider.session, entity, decision)
    meet(a, b)
    for laptop in pair:
        assert conflicts(laptop) == []
        assert (record(laptop, case.kind, entity) is not None) == (decision == BRING_BACK)
        if decision == BRING_BACK:
            assert case.is_there(laptop, entity)
    agree(a, b)


@pytest.mark.parametrize("by", ["the word", "its operation"])
@pytest.mark.parametrize("decision", [KEEP, BRING_BACK])
@pytest.mark.parametrize(
    "name", ["an incident is changed", "something is done for a victim", "a campaign is described"]
)
def test_where_one_keeps_it_taken_back_and_another_brings_it_back_one_more_word_decides(
    pair: list[Laptop], name: str, decision: str, by: str
) -> None:
    a, b = pair
    case = CASES[name]
    entity = case.make(a)
    meet(a, b)
    undo(a.session)
    case.change(b, entity)
    meet(a, b)
    conflict_acts.settle_deletion(a.session, entity, KEEP)
    conflict_acts.settle_deletion(b.session, entity, BRING_BACK)
    meet(a, b)
    for laptop in pair:
        assert values(laptop, case.kind, entity, "_deleted") == [False, True]
        assert conflicts(laptop) == [(case.kind, "_deleted")]
    if by == "the word":
        conflict_acts.settle_deletion(b.session, entity, decision)
    else:
        said = conflict_acts.described(b.store, lookup.conflicts(b.store)[0])["values"]
        op = next(value["op"] for value in said if value["value"] is (decision == KEEP))
        conflict_acts.resolve(b.session, entity, "_deleted", take=op)
    meet(a, b)
    for laptop in pair:
        assert values(laptop, case.kind, entity, "_deleted") == [decision == KEEP]
        assert conflicts(laptop) == []
        assert (record(laptop, case.kind, entity) is not None) == (decision == BRING_BACK)
    agree(a, b)


def test_a_word_that_is_no_decision_is_refused_and_nothing_is_written(pair: list[Laptop]) -> None:
    a, b = pair
    incident = an_incident(a)
    meet(a, b)
    undo(a.session)
    incidents.set_field(b.session, incident, "severity", "90")
    meet(a, b)
    for step in ("changed elsewhere", "kept elsewhere"):
        before = b.verified()
        with pytest.raises(BadInput, match="took it back"):
            conflict_acts.resolve(b.session, incident, "_deleted", value="perhaps")
        assert (b.verified(), conflicts(b)) == (before, [("incident", "_deleted")]), step
        if step == "changed elsewhere":
            conflict_acts.settle_deletion(a.session, incident, KEEP)
            conflict_acts.settle_deletion(b.session, incident, BRING_BACK)
            meet(a, b)


def test_what_each_took_back_is_gone_on_both_and_no_later_merge_brings_it_again(pair: list[Laptop]) -> None:
    a, b = pair
    kept = an_incident(a)
    mine, theirs = an_incident(a), an_incident(b)
    old = a.export(b)
    meet(a, b)
    undo(a.session)
    undo(b.session)
    meet(a, b)
    for path in (old, a.export(b, full=True)):
        b.merge(path)
    for laptop in pair:
        assert [row["id"] for row in laptop.rows("incident")] == [kept]
        assert [values(laptop, "incident", one, "_deleted") for one in (mine, theirs)] == [[True], [True]]
        assert conflicts(laptop) == []
        assert told(laptop, kept, "title") == ["Perhaps nothing"]
    agree(a, b)


def test_what_was_taken_back_and_put_back_there_comes_back_here_as_it_was(pair: list[Laptop]) -> None:
    a, b = pair
    incident = an_incident(a)
    meet(a, b)
    before = shown(b, "incident", incident)
    undo(a.session)
    meet(a, b)
    assert b.rows("incident") == []
    redo(a.session)
    meet(a, b)
    assert {**shown(b, "incident", incident), "changed_at": 0} == {**before, "changed_at": 0}
    assert conflicts(b) == []
    agree(a, b)


def test_a_change_that_waited_and_was_taken_back_by_its_author_meanwhile_never_shows(pair: list[Laptop]) -> None:
    a, b = pair
    incident = an_incident(a)
    meet(a, b)
    incidents.set_field(a.session, incident, "severity", "20")
    lost = next_stick(a, b)
    incidents.set_field(a.session, incident, "title", "Mistaken")
    mistaken = next_stick(a, b)
    undo(a.session)
    taken_back = next_stick(a, b)
    for path in (taken_back, mistaken):
        b.merge(path)
        assert shown(b, "incident", incident)["title"] == "Perhaps nothing"
    assert waiting(b) == {"gap": 2}
    assert b.merge(lost).conflicts == []
    row = shown(b, "incident", incident)
    assert (row["title"], row["severity"]) == ("Perhaps nothing", 20)
    assert values(b, "incident", incident, "title") == ["Perhaps nothing"]
    b.verified()


def test_a_change_that_waited_while_its_record_was_taken_back_here_is_shown_beside_that(pair: list[Laptop]) -> None:
    a, b = pair
    incident = an_incident(b)
    meet(a, b)
    incidents.set_field(a.session, incident, "severity", "20")
    lost = next_stick(a, b)
    incidents.set_field(a.session, incident, "severity", "30")
    assert b.merge(next_stick(a, b)).pending == 1
    undo(b.session)
    assert (b.rows("incident"), conflicts(b)) == ([], [])
    merged = b.merge(lost)
    assert (merged.pending, [one["field"] for one in merged.conflicts]) == (0, ["_deleted"])
    conflict_acts.settle_deletion(b.session, incident, BRING_BACK)
    assert shown(b, "incident", incident)["severity"] == 30
    meet(a, b)
    agree(a, b)
