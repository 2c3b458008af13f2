"""A trusted laptop of another trust, with a program of its own: what it says of our records, and what that may not do.

Whatever it writes shows. It brings no name, word or row out that stays here, has nothing of ours erased, and takes
nothing that we wrote out of its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies, table
from triage_app.domain.records import CREATED, DELETED, new_id, same_as_id
from triage_app.services import certifying, incident_log, incidents, people, triage, undo, victim_record, victims
from triage_app.services.recording import record
from triage_app.store import holds, journal, labels, lookup, personal, projections
from triage_app.store.authors import Authors
from triage_app.store.journal import Change

NAME = "Morag Sinclair"
OTHER = "Tom Reid"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Laptop]]:
    """Two laptops of one trust and one of another, which sends us whatever it likes."""
    found = copies(tmp_path, 3)
    ours, _, theirs = found
    says(theirs, "trust", f"{theirs.device}:{ours.device}", "relation", 3)  # so that it keeps nothing back from us
    yield found
    for laptop in found:
        laptop.close()


def says(laptop: Laptop, kind: str, entity: str, field: str, value: Any) -> None:
    """Write one operation past everything that the program would ask first."""
    record(laptop.session, "Said", [Change(kind, entity, field, value, "TLP:GREEN")])


def gives(sender: Laptop, receiver: Laptop) -> None:
    receiver.merge(sender.export(receiver, full=True))


def matter(ours: Laptop) -> tuple[str, str, str]:
    """Open an incident that may go to a linked trust, with a person as its victim: (incident, victim, person)."""
    incident = incidents.open_incident(ours.session, "Loader on the wards").id
    incidents.classify(ours.session, incident, label="AMBER")
    return incident, *a_person(ours, incident, NAME)


def a_person(ours: Laptop, incident: str, name: str) -> tuple[str, str]:
    victim = victims.add_victim(ours.session, incident, person=name, contact="bleep 2231").id
    return victim, next(row["person"] for row in ours.rows("victim") if row["id"] == victim)


# -- names ---------------------------------------------------------------------------------------------------------


def test_the_name_of_a_victim_that_was_taken_back_stays_where_it_is(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    added = victims.add_victim(ours.session, incident, person=OTHER)
    undo.undo(ours.session, added.act)
    gives(ours, theirs)
    assert set(names(theirs)) == {"[not shared]"}


def names(laptop: Laptop) -> list[str]:
    return [personal.name_of(laptop.store, row[0]) for row in laptop.store.rows("SELECT id FROM person")]


@pytest.mark.parametrize(
    ("field", "value"),
    [("sharing", "as agreed by telephone"), (DELETED, True), ("person", "f" * 32), ("person", "")],
)
def test_nobody_decides_for_us_that_a_name_is_shared(three: list[Laptop], field: str, value: Any) -> None:
    ours, _, theirs = three
    _, victim, person = matter(ours)
    gives(ours, theirs)
    says(theirs, "victim", victim, field, value)
    gives(theirs, ours)
    gives(ours, theirs)
    assert personal.name_of(theirs.store, person) == "[not shared]"
    if field == "sharing":
        victim_record.set_many(ours.session, victim, {"sharing": "with RYY, to ring her"})
        gives(ours, theirs)
        assert personal.name_of(theirs.store, person) == NAME


def test_nobody_turns_a_refusal_that_we_wrote_down_into_consent(three: list[Laptop]) -> None:
    ours, _, theirs = three
    _, victim, person = matter(ours)
    victim_record.set_many(ours.session, victim, {"sharing": "with RYY, to ring her", "wish": "refused"})
    gives(ours, theirs)
    says(theirs, "victim", victim, "wish", "agreed")
    gives(theirs, ours)
    gives(ours, theirs)
    assert personal.name_of(theirs.store, person) == "[not shared]"


def test_what_was_done_for_somebody_is_not_cut_loose_from_them(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, victim, _ = matter(ours)
    action = victims.add_action(ours.session, victim, "VS05", outcome="Her daughter answered").id
    organisation = victims.add_victim(ours.session, incident, organisation="RAA").id
    gives(ours, theirs)
    says(theirs, "action", action, "victim", organisation)
    gives(theirs, ours)
    gives(ours, theirs)
    assert lookup.one(theirs.store, "action", action)["outcome"] == "[not shared]"  # type: ignore[index]


# -- erasing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("erased_first", [True, False])
def test_saying_that_two_of_ours_are_one_person_erases_neither(three: list[Laptop], erased_first: bool) -> None:
    ours, _, theirs = three
    incident, _, person = matter(ours)
    _, other = a_person(ours, incident, OTHER)
    gives(ours, theirs)
    if erased_first:
        people.erase(ours.session, person)
    says(theirs, "same_as", same_as_id(person, other), "linked", True)
    gives(theirs, ours)
    if not erased_first:
        people.erase(ours.session, person)
    assert personal.name_of(ours.store, person) == personal.ERASED
    assert personal.name_of(ours.store, other) == OTHER
    people.same(ours.session, other, a_person(ours, incident, OTHER)[1])  # and nothing stands in the way of that
    ours.verified()


def test_that_two_are_one_person_still_erases_both_where_ours_said_so(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, person = matter(ours)
    _, other = a_person(ours, incident, OTHER)
    people.same(ours.session, person, other)
    gives(ours, theirs)
    people.erase(ours.session, other)
    assert set(names(ours)) == {personal.ERASED}
    gives(ours, theirs)
    assert set(names(theirs)) == {personal.ERASED}


def test_nothing_of_ours_is_hung_on_somebody_who_is_erased(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, victim, person = matter(ours)
    other, _ = a_person(ours, incident, OTHER)
    incident_log.add_line(ours.session, incident, "Rang the switchboard")
    (line,) = incident_log.lines(ours.store, incident)
    gives(ours, theirs)
    people.erase(ours.session, person)
    says(theirs, "note", line.id, "moved_to", victim)
    says(theirs, "victim", other, "person", person)
    gives(theirs, ours)
    words = ours.store.value("SELECT text FROM note WHERE id = ?", (line.id,))
    assert personal.opened(ours.store, "note", line.id, "text", words) == "Rang the switchboard"
    assert lookup.one(ours.store, "victim", other)["contact"] == "bleep 2231"  # type: ignore[index]
    ours.verified()


def test_a_hold_of_ours_is_lifted_by_ours_alone(three: list[Laptop]) -> None:
    ours, colleague, theirs = three
    _, victim, _ = matter(ours)
    people.hold(ours.session, victim, "The coroner asks")
    gives(ours, colleague)
    gives(ours, theirs)
    says(theirs, "victim", victim, "legal_hold", None)
    gives(theirs, ours)
    assert holds.on_victim(ours.store, victim)
    people.lift(colleague.session, victim, "The inquest has ended")
    gives(colleague, ours)
    assert not holds.on_victim(ours.store, victim)


# -- places --------------------------------------------------------------------------------------------------------


def test_a_line_of_our_log_stays_in_it_whatever_is_said_of_how_it_was_made(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    incident_log.add_line(ours.session, incident, "Rang the switchboard")
    (line,) = incident_log.lines(ours.store, incident)
    gives(ours, theirs)
    incidents.classify(ours.session, incident, label="AMBER+STRICT")
    incident_log.correct_line(ours.session, line.id, "Rang the switchboard; Dr Bell was away")
    theirs_own = incidents.open_incident(theirs.session, "A matter of their own").id
    incidents.classify(theirs.session, theirs_own, label="GREEN")
    says(theirs, "note", line.id, CREATED, {"kind": "incident", "about": theirs_own})
    gives(theirs, ours)
    (found,) = incident_log.lines(ours.store, incident)
    assert (found.text, found.ref) == ("Rang the switchboard; Dr Bell was away", line.ref)
    gives(ours, theirs)
    assert "Dr Bell" not in str(theirs.rows("note"))
    ours.verified()
    with ours.store.write():
        projections.rebuild(ours.store)
    assert incident_log.lines(ours.store, incident) == [found]


def test_a_reference_stays_as_it_was_first_given(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    ref = lookup.reference_of(ours.store, "incident", incident)
    gives(ours, theirs)
    says(theirs, "incident", incident, CREATED, {"ref": "RYY-XXXX-0001"})
    gives(theirs, ours)
    assert lookup.reference_of(ours.store, "incident", incident) == ref
    ours.verified()


@pytest.mark.parametrize("many", [1, 120])
def test_our_evidence_keeps_the_label_of_the_incident_that_ours_linked_it_to(three: list[Laptop], many: int) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    table(ours, [(f"R{number}", f"Beacon {number}") for number in range(many)])
    keys = [row[0] for row in ours.store.rows("SELECT lower(hex(key)) FROM alert ORDER BY key")]
    triage.link(ours.session, keys, incident)
    gives(ours, theirs)
    incidents.classify(ours.session, incident, label="RED")
    says(theirs, "link", f"{keys[0]}:{incident}", "linked", False)
    gives(theirs, ours)
    assert labels.of_evidence(ours.store, bytes.fromhex(keys[0]), "") == "TLP:RED"
    assert labels.of_alerts(ours.store, keys[:1]) == {"TLP:RED": keys[:1]}
    assert ours.exported(theirs, full=True).evidence == 0
    triage.unlink(ours.session, keys[:1], incident)
    assert labels.of_evidence(ours.store, bytes.fromhex(keys[0]), "") == "TLP:AMBER"


def test_what_a_stolen_laptop_of_ours_says_after_its_cut_off_is_not_our_word(three: list[Laptop]) -> None:
    ours, stolen, theirs = three
    table(ours, [("R1", "Beacon")])
    gives(ours, stolen)
    gives(stolen, ours)
    certifying.revoke(ours.session, stolen.device[:8], "Left on a train")
    (name,) = [row[0] for row in ours.store.rows("SELECT entity FROM import")]
    says(stolen, "import", name, DELETED, True)
    gives(stolen, theirs)
    gives(theirs, ours)
    with ours.store.write():
        projections.project_all(ours.store, {("import", name)})
    assert ours.store.value("SELECT undone FROM import WHERE entity = ?", (name,)) == 0


def test_whoever_comes_first_our_laptops_agree_on_who_is_ours_and_what_we_first_said(three: list[Laptop]) -> None:
    ours, second, theirs = three
    colleague = new_id()
    incident = incidents.open_incident(ours.session, "Loader on the wards").id
    says(ours, "responder", colleague, "name", "Amy Price")
    says(theirs, "responder", colleague, "name", "Mallory")
    says(theirs, "incident", incident, CREATED, {"ref": "INC-RYY-0000-001"})
    gives(theirs, second)
    gives(ours, second)
    gives(theirs, ours)
    said = "SELECT name, organisation FROM responder WHERE id = ?"
    for laptop in (ours, second):
        assert laptop.store.rows(said, (colleague,)) == [("Amy Price", ours.session.public.organisation)]
        assert lookup.one(laptop.store, "incident", incident)["ref"] != "INC-RYY-0000-001"  # type: ignore[index]
        assert Authors(laptop.store).of(theirs.device, colleague) == ""


def test_a_title_of_a_million_letters_is_kept_whole_in_the_journal_and_shown_in_part(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    gives(ours, theirs)
    says(theirs, "incident", incident, "title", "Loader " * 130_000)
    gives(theirs, ours)
    [row] = [one for one in ours.rows("incident") if one["id"] == incident]
    assert row["title"].startswith("Loader Loader")
    assert len(row["title"]) <= 2_000
    [head] = journal.standing(ours.store, "incident", incident)["title"]
    assert head.body.value == "Loader " * 130_000
    ours.verified()


def test_our_newest_act_stays_the_one_to_undo_whatever_says_that_it_takes_it_back(three: list[Laptop]) -> None:
    ours, _, theirs = three
    incident, _, _ = matter(ours)
    done = incidents.set_field(ours.session, incident, "title", "Loader on every ward")
    gives(ours, theirs)
    [head] = journal.standing(ours.store, "incident", incident)["title"]
    record(theirs.session, "Said", [Change("campaign", new_id(), "name", "Nothing", "TLP:GREEN", undoes=head.hash)])
    gives(theirs, ours)
    assert undo.can_undo(ours.store, ours.device) == done.act
    undo.undo(ours.session)
    assert undo.can_undo(ours.store, ours.device) != done.act
