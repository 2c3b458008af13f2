"""What an undo, the journal and an incident's result line say of an act: which alerts, how many, in whole sentences."""

from __future__ import annotations

from datetime import timedelta

from tests.stores import Laptop
from triage_app.domain.records import KINDS
from triage_app.services import act_words, histories, incidents, manual_alerts, triage
from triage_app.services.undo import next_to_undo, redo, undo
from triage_app.store import history


def told(laptop: Laptop) -> list[str]:
    """What the journal says of each act, the newest first."""
    return [histories.in_words(laptop.store, act) for act in history.acts(laptop.store)]


def test_what_is_undone_names_the_decision_and_the_alert_or_how_many(laptop: Laptop) -> None:
    session = laptop.session
    some = [manual_alerts.take_down(session, f"Odd box {one} at evil.example").id for one in range(3)]
    triage.dismiss(session, some[:1], "benign")
    assert undo(session).changes.label == "Undone: Dismissed, benign, expected (“Odd box 0 at evil[.]example”)"
    assert told(laptop)[:2] == [
        "Undo: Decided on “Odd box 0 at evil[.]example”",
        "Dismissed, benign, expected (“Odd box 0 at evil[.]example”)",
    ]
    triage.dismiss(session, some, "benign")
    assert undo(session).changes.label == "Undone: Dismissed, benign, expected (3 alerts)"
    assert redo(session).changes.label.startswith("Redone: ")
    triage.snooze(session, some, session.now() + timedelta(hours=4))
    assert told(laptop)[0].startswith("Snoozed until Sun 22 Nov 2026 ")
    triage.take_in_hand(session, some[1:])
    assert next_to_undo(laptop.store, laptop.device)[1] == "In hand of Asha Rahman (2 alerts)"


def test_alerts_that_are_linked_are_counted_with_their_incident(laptop: Laptop) -> None:
    session = laptop.session
    some = [manual_alerts.take_down(session, f"Odd box {one}").id for one in range(2)]
    incident = incidents.open_incident(session, "Ward 7")
    triage.link(session, some, incident.id)
    assert told(laptop)[0] == f"Linked 2 alerts with {incident.ref}"
    triage.unlink(session, some[:1], incident.id)
    assert told(laptop)[0] == f"Took 1 alert out of {incident.ref}"


def test_fields_are_named_as_people_name_them(laptop: Laptop) -> None:
    session = laptop.session
    incident = incidents.open_incident(session, "Ward 7")
    assert incidents.set_field(session, incident.id, "severity", "75").label == f"Set the severity of {incident.ref}"
    incidents.classify(session, incident.id, category=3, because="One ward", label="GREEN")
    assert told(laptop)[0] == f"Set the proposed category and the TLP label of {incident.ref}"
    assert undo(session).changes.label == f"Undone: Set the proposed category and the TLP label of {incident.ref}"


def test_every_field_of_an_incident_has_a_name_that_is_no_code() -> None:
    assert [one for one in KINDS["incident"].fields if not act_words.field_name(one).startswith("the ")] == []
