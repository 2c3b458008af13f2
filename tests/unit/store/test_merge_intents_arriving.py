"""What was written on one laptop alone comes to the other whole, once, and changes nothing a second time.

Which tests of other programs' merging these answer is in ``merge_intents.md``.
"""

from __future__ import annotations

import pytest

from tests.stores import Laptop, body, table, write_raw
from tests.unit.store.meeting import agree, conflicts, give, green, meet, next_stick, shown, told, values, waiting
from triage_app.services import campaigns, histories, incidents, settings, triage, victims
from triage_app.services.undo import undo
from triage_app.store import history


def counted(laptop: Laptop) -> dict[str, int]:
    """How much there is of everything that a merge writes."""
    tables = ("operation", "head", "conflict", "incident", "note", "alert", "evidence_row")
    found = {name: laptop.store.value(f"SELECT count(*) FROM {name}") for name in tables}
    return found | {"link": laptop.store.value("SELECT count(*) FROM link WHERE chain = 'journal'")}


def test_an_empty_laptop_gets_every_record_with_the_whole_history_of_its_fields(pair: list[Laptop]) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "First title").id
    for title in ("Second title", "Third title"):
        incidents.set_field(a.session, incident, "title", title)
    victim = victims.add_victim(a.session, incident, organisation="RYY").id
    action = victims.add_action(a.session, victim, "VS05", outcome="Called back").id
    incidents.note(a.session, incident, "The fax still works")
    give(a, b)
    for kind, entity in (("incident", incident), ("victim", victim), ("action", action)):
        theirs, ours = shown(a, kind, entity), shown(b, kind, entity)
        assert theirs == ours
    assert [row["text"] for row in b.rows("note")] == ["The fax still works"]
    assert told(b, incident, "title") == ["First title", "Second title", "Third title"]
    assert histories.of(b.store, incident) == histories.of(a.store, incident)
    assert {row["who"] for row in histories.of(b.store, incident)} == {"Asha Rahman"}


def test_merging_what_is_known_changes_nothing_however_often_and_from_whomever(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, [("r1", "Loader"), ("r2", "Beacon")])
    incident = green(a)
    incidents.note(a.session, incident, "The fax still works")
    meet(a, b)
    before, states = [counted(laptop) for laptop in pair], [laptop.verified() for laptop in pair]
    for _ in range(2):
        for sender, receiver in ((a, b), (b, a)):
            for full in (False, True):
                again = receiver.merge(sender.export(receiver, full=full))
                assert (again.applied, again.filled, again.evidence_new, again.pending, again.refused) == (0,) * 5
                assert (again.conflicts, again.incidents, again.surprises) == ([], [], [])
                assert again.changes is not None
                assert not again.changes.touches("incident", "note", "victim")
    assert [counted(laptop) for laptop in pair] == before
    assert [laptop.verified() for laptop in pair] == states


def test_a_merge_names_what_it_changed_and_a_dry_run_names_the_same_and_changes_nothing(pair: list[Laptop]) -> None:
    a, b = pair
    incident, other = green(a), green(a, "Another matter")
    meet(a, b)
    incidents.set_field(a.session, incident, "title", "Ransomware on the wards")
    path = a.export(b)
    before = b.verified()
    would = b.merge(path, dry_run=True)
    assert (b.verified(), shown(b, "incident", incident)["title"]) == (before, "Loader on the wards")
    did = b.merge(path)
    for merged in (would, did):
        assert [(one["id"], one["title"], one["state"]) for one in merged.incidents] == [
            (incident, "Ransomware on the wards", "changed")
        ]
    assert did.changes is not None
    assert would.changes is not None
    assert ("incident", incident) in did.changes.touched
    assert ("incident", other) not in did.changes.touched
    assert would.changes.touched == frozenset(), "nothing was set, so that no view reads itself again for it"
    assert did.applied == would.applied == 1
    assert b.verified() != before


def test_a_change_made_elsewhere_comes_and_leaves_everything_beside_it_as_it_was(pair: list[Laptop]) -> None:
    a, b = pair
    incident, other = green(a), green(a, "Another matter")
    meet(a, b)
    before, beside = shown(b, "incident", incident), shown(b, "incident", other)
    a.clock.move(hours=1)
    incidents.set_field(a.session, incident, "severity", "80")
    give(a, b)
    after = shown(b, "incident", incident)
    assert {name for name in after if after[name] != before[name]} == {"severity", "changed_at"}
    assert after == shown(a, "incident", incident)
    assert shown(b, "incident", other) == beside
    assert values(b, "incident", incident, "_deleted") == []
    agree(a, b)


def test_a_new_campaign_to_which_nothing_belongs_yet_comes_with_its_words(pair: list[Laptop]) -> None:
    a, b = pair
    campaigns.new(a.session, "Paper Lantern", "Invoices with a macro", ["PL-7"])
    give(a, b)
    found = campaigns.find(b.store, "PL-7")
    assert (found.name, found.description, found.aliases) == ("Paper Lantern", "Invoices with a macro", ("PL-7",))
    assert campaigns.incidents_of(b.store, found) == []


def test_one_alert_imported_on_two_laptops_is_one_alert_with_the_decisions_of_both(pair: list[Laptop]) -> None:
    a, b = pair
    for laptop in pair:
        table(laptop, [("r1", "Loader"), ("r2", "Beacon")])
    key = bytes(a.store.value("SELECT key FROM alert ORDER BY key")).hex()
    triage.take_in_hand(a.session, [key])
    in_hand = a.store.value("SELECT state FROM alert WHERE key = ?", (bytes.fromhex(key),))
    triage.correct(b.session, key, "title", "As the sensor should have said")
    meet(a, b)
    for laptop in pair:
        assert (counted(laptop)["alert"], counted(laptop)["evidence_row"]) == (2, 2)
        states = dict(laptop.store.rows("SELECT hex(key), state FROM alert"))
        assert (states.pop(key.upper()), list(states.values())) == (in_hand, [0])
        assert "As the sensor should" in laptop.store.value("SELECT value FROM alert_correction")
    agree(a, b)


def test_how_a_laptop_is_set_up_is_its_own_and_no_merge_touches_it(pair: list[Laptop]) -> None:
    a, b = pair
    settings.put(a.session, "theme", "dark")
    settings.put(a.session, "watch-merge", "on")
    settings.put(b.session, "theme", "light")
    before = settings.get(b.session)
    meet(a, b)
    assert settings.get(b.session) == before
    assert settings.get(a.session, "theme") == {"theme": "dark"}


def test_what_comes_says_of_each_change_what_its_author_had_seen_and_of_a_creation_that_it_was_the_first(
    pair: list[Laptop],
) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "First title").id
    incidents.set_field(a.session, incident, "title", "Second title")
    give(a, b)
    rows = history.operations_of(b.store, "incident", incident)
    first, second = [row for row in rows if row["field"] == "title"]
    (created,) = [row for row in rows if row["field"] == "_created"]
    assert (created["parents"], first["parents"], second["parents"]) == ([], [], [first["hash"]])
    assert {row["device"] for row in rows} == {a.device}


def test_many_changes_of_one_laptop_come_in_their_order_and_never_conflict_with_each_other(pair: list[Laptop]) -> None:
    a, b = pair
    incident = green(a)
    for number in range(5):
        a.clock.move(hours=-number)  # the order is that of the chain, not of the clock
        incidents.set_field(a.session, incident, "severity", str(10 + number))
    merged = give(a, b)
    assert merged.conflicts == []
    assert values(b, "incident", incident, "severity") == [14]
    b.verified()


@pytest.mark.parametrize("born_there", [True, False])
def test_changes_made_there_in_several_sittings_and_here_in_between_all_stand(
    pair: list[Laptop], born_there: bool
) -> None:
    a, b = pair
    incident = green(a if born_there else b)
    meet(a, b)
    b.clock.move(hours=1)
    for severity, status, campaign in (("60", "arrived", "Paper Lantern"), ("80", "complete", "Tin Kettle")):
        incidents.set_field(b.session, incident, "severity", severity)
        incidents.set_field(a.session, incident, "title", f"Loader, {status}")
        assert b.merge(next_stick(a, b)).conflicts == []
        incidents.set_field(a.session, incident, "campaign", campaign)
        assert b.merge(next_stick(a, b)).conflicts == []
    row = shown(b, "incident", incident)
    assert (row["severity"], row["title"], row["campaign"]) == (80, "Loader, complete", "Tin Kettle")
    meet(a, b)
    assert conflicts(a) == conflicts(b) == []
    agree(a, b)


def test_a_change_that_names_nothing_it_was_based_on_stands_beside_what_was_there(pair: list[Laptop]) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    write_raw(b, body(b, "incident", incident, "title", "Out of the blue", parents=()))
    write_raw(b, body(b, "incident", incident, "severity", 40, parents=()))
    merged = give(b, a)
    assert (merged.refused, merged.pending) == (0, 0)
    assert values(a, "incident", incident, "title") == ["Loader on the wards", "Out of the blue"]
    assert conflicts(a) == [("incident", "title")]
    assert shown(a, "incident", incident)["severity"] == 40  # nothing stood there: nothing is in doubt


def test_a_change_based_on_something_that_nobody_wrote_replaces_nothing(pair: list[Laptop]) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    write_raw(b, body(b, "incident", incident, "title", "Based on what is not", parents=("ab" * 32,)))
    merged = give(b, a)
    assert (merged.refused, merged.pending) == (0, 0)
    assert values(a, "incident", incident, "title") == ["Based on what is not", "Loader on the wards"]
    assert conflicts(a) == [("incident", "title")]
    a.verified()


def test_a_change_taken_back_before_it_was_sent_comes_as_taken_back_and_stays_in_the_history(
    pair: list[Laptop],
) -> None:
    a, b = pair
    incident = green(a)
    meet(a, b)
    incidents.set_field(a.session, incident, "title", "Mistaken")
    undo(a.session)
    assert b.merge(a.export(b)).conflicts == []
    assert shown(b, "incident", incident)["title"] == "Loader on the wards"
    assert told(b, incident, "title") == ["Loader on the wards", "Mistaken", "Loader on the wards"]
    assert waiting(b) == {}
    agree(a, b)
