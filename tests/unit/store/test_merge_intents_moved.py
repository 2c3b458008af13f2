"""What was moved or renamed on one laptop is still the same thing on the other, with what was done to it there.

Incidents move between campaigns, victims between incidents with all that was done for them. Which tests of other
programs' merging these answer is in ``merge_intents.md``.
"""

from __future__ import annotations

import pytest

from tests.stores import Laptop, table
from tests.unit.store.meeting import agree, conflicts, give, green, meet, shown
from triage_app.services import campaigns, incidents, splitting, triage, victims
from triage_app.store import lookup


def members(laptop: Laptop, campaign: str) -> list[str]:
    return campaigns.incidents_of(laptop.store, campaigns.find(laptop.store, campaign))


def test_an_incident_moved_to_another_campaign_is_there_on_the_other_laptop_and_only_there(
    pair: list[Laptop],
) -> None:
    a, b = pair
    for name in ("Paper Lantern", "Tin Kettle"):
        campaigns.new(a.session, name)
    incident = green(a)
    incidents.set_field(a.session, incident, "campaign", "Paper Lantern")
    meet(a, b)
    incidents.set_field(a.session, incident, "campaign", "Tin Kettle")
    give(a, b)
    assert (members(b, "Paper Lantern"), members(b, "Tin Kettle")) == ([], [incident])
    assert len(b.rows("incident")) == 1
    agree(a, b)


@pytest.mark.parametrize("moved_here", [True, False])
def test_what_is_moved_on_one_side_and_changed_on_the_other_is_both(pair: list[Laptop], moved_here: bool) -> None:
    a, b = pair
    incident = green(a)
    victim = victims.add_victim(a.session, incident, organisation="RYY")
    meet(a, b)
    mover, changer = (b, a) if moved_here else (a, b)
    parts = splitting.named(mover.store, incident, victims=[victim.ref])
    new = splitting.split(mover.session, incident, parts, "The neighbours").id
    incidents.set_field(mover.session, incident, "campaign", "Paper Lantern")
    changer.clock.move(hours=1)
    victims.set_victim(changer.session, victim.id, "channel", "telephone")
    incidents.set_field(changer.session, incident, "title", "Ransomware on the wards")
    meet(a, b)
    for laptop in pair:
        row = shown(laptop, "victim", victim.id)
        assert (row["incident"], row["facts"], row["ref"]) == (new, {"channel": "telephone"}, victim.ref)
        assert len(laptop.rows("victim")) == 1
        row = shown(laptop, "incident", incident)
        assert (row["campaign"], row["title"]) == ("Paper Lantern", "Ransomware on the wards")
        assert conflicts(laptop) == []
    agree(a, b)


def test_a_victim_moved_to_an_incident_that_is_new_there_brings_what_was_done_for_it_and_stays_there(
    pair: list[Laptop],
) -> None:
    a, b = pair
    incident = green(a)
    victim = victims.add_victim(a.session, incident, organisation="RYY")
    action = victims.add_action(a.session, victim.id, "VS05", outcome="Called back").id
    meet(a, b)
    later = victims.add_action(b.session, victim.id, "VS05", outcome="Called again").id
    parts = splitting.named(a.store, incident, victims=[victim.ref])
    new = splitting.split(a.session, incident, parts, "The neighbours").id
    meet(a, b)
    path = a.export(b, full=True)
    for _ in range(2):
        for laptop in pair:
            assert shown(laptop, "incident", new)["title"] == "The neighbours"
            assert shown(laptop, "victim", victim.id)["incident"] == new
            assert {row["id"]: row["incident"] for row in laptop.rows("action")} == {action: new, later: new}
        b.merge(path)
    agree(a, b)


def test_two_who_move_one_thing_to_two_places_are_asked_and_it_is_in_one_of_them_on_both(pair: list[Laptop]) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    a.clock.move(hours=1)
    incidents.set_field(a.session, incident, "campaign", "Paper Lantern")
    b.clock.move(hours=2)
    incidents.set_field(b.session, incident, "campaign", "Tin Kettle")
    meet(a, b)
    for laptop in pair:
        assert conflicts(laptop) == [("incident", "campaign")]
        assert (members(laptop, "Tin Kettle"), lookup.campaigns(laptop.store)) == (
            [incident],
            [{"name": "Tin Kettle", "incidents": 1}],
        )
    agree(a, b)


def test_a_campaign_renamed_there_is_the_same_one_here_with_the_incidents_that_joined_it(pair: list[Laptop]) -> None:
    a, b = pair
    made = campaigns.new(a.session, "Paper Lantern", "At first").id
    mine, theirs = green(a), green(a, "Another matter")
    incidents.set_field(a.session, mine, "campaign", "Paper Lantern")
    meet(a, b)
    renamed = {"name": "Tin Kettle", "description": "Known better now"}
    campaigns.change(a.session, campaigns.find(a.store, "Paper Lantern"), renamed)
    incidents.set_field(a.session, mine, "title", "Loader, renamed")
    incidents.set_field(b.session, theirs, "campaign", "Paper Lantern")
    meet(a, b)
    for laptop in pair:
        found = campaigns.find(laptop.store, "Tin Kettle")
        assert (found.id, found.description) == (made, "Known better now")
        assert sorted(members(laptop, "Tin Kettle")) == sorted([mine, theirs])
        assert campaigns.find(laptop.store, "Paper Lantern").id == made
        assert shown(laptop, "incident", mine)["title"] == "Loader, renamed"
        assert len(laptop.rows("incident")) == 2
    agree(a, b)


def test_an_alert_moved_to_another_incident_keeps_what_was_corrected_in_it_elsewhere(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, [("r1", "Loader"), ("r2", "Beacon")])
    keys = [bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert ORDER BY newest")]
    incident = triage.promote(a.session, keys, "Loader on the wards").id
    meet(a, b)
    parts = splitting.named(a.store, incident, alerts=keys[:1])
    new = splitting.split(a.session, incident, parts, "The beacon").id
    triage.correct(b.session, keys[0], "title", "Beacon, as the sensor should have said")
    meet(a, b)
    for laptop in pair:
        assert (lookup.linked_keys(laptop.store, new), lookup.linked_keys(laptop.store, incident)) == (
            keys[:1],
            keys[1:],
        )
        assert "as the sensor should" in str(laptop.store.row("SELECT * FROM alert_correction"))
        assert laptop.store.value("SELECT count(*) FROM alert") == 2
    agree(a, b)
