"""In whose name another trust's laptop writes, and what of its words about our records is said before it is merged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies, table
from triage_app.domain.records import DELETED
from triage_app.services import clocks, histories, incident_log, incidents, undo
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.store import history, labels, lookup, others, projections, responders
from triage_app.store.journal import BatchChange, Change

NOBODY = "not known here"


@pytest.fixture
def four(tmp_path: Path) -> Iterator[list[Laptop]]:
    """Two laptops of one trust, one of another, which sends us whatever it likes, and one of a third."""
    found = copies(tmp_path, 4)
    ours, _, theirs, _ = found
    says(theirs, "trust", f"{theirs.device}:{ours.device}", "relation", 3)  # so that it keeps nothing back from us
    yield found
    for laptop in found:
        laptop.close()


def says(laptop: Laptop, kind: str, entity: str, field: str, value: Any, **more: Any) -> None:
    """Write one operation past everything that the program would ask first."""
    record(laptop.session, "Said", [Change(kind, entity, field, value, "TLP:GREEN", **more)])


def gives(sender: Laptop, receiver: Laptop) -> list[str]:
    """Bring everything; return what the merge says of it, which its preview had said too."""
    path = sender.export(receiver, full=True)
    told = receiver.merge(path, dry_run=True).surprises
    assert receiver.merge(path).surprises == told
    return told


def matter(ours: Laptop) -> str:
    incident = incidents.open_incident(ours.session, "Loader on the wards").id
    incidents.classify(ours.session, incident, label="AMBER")
    return incident


# -- in whose name -------------------------------------------------------------------------------------------------


def test_what_another_trusts_laptop_writes_is_never_in_the_name_of_somebody_of_ours(four: list[Laptop]) -> None:
    ours, colleague, theirs, _ = four
    incident = matter(ours)
    gives(ours, theirs)
    table(ours, [("R1", "Beacon")])
    (key,) = [row[0] for row in ours.store.rows("SELECT lower(hex(key)) FROM alert")]
    theirs.session.author.responder = ours.session.author.responder
    incident_log.add_line(theirs.session, incident, "We decided not to tell the ICO")
    dismissed = {"state": "dismissed", "disposition": "false-positive"}
    record(theirs.session, "x", [BatchChange("alert", (key,), "triage", dismissed, "TLP:GREEN", "nothing in it")])
    incidents.classify(theirs.session, incident, severity=10)
    told = gives(theirs, ours)
    assert told[0] == (
        "RYY laptop (RYY) wrote in the name of Asha Rahman. It is shown as by nobody known here: ask its people before"
        " you trust it."
    )
    (line,) = incident_log.lines(ours.store, incident)
    assert (line.text, line.written_by) == ("We decided not to tell the ICO", "")
    told_of = [(row["field"], row["who"]) for row in histories.of(ours.store, incident)]
    assert {("severity", NOBODY), ("_created", "Asha Rahman")} <= set(told_of)
    assert {row["author_name"] for row in history.acts(ours.store, theirs.device)} == {None, "Carys Vaughan"}
    assert ours.store.value("SELECT decided_by FROM alert_decision WHERE key = unhex(?)", (key,)) == ""
    ours.verified()
    gives(ours, colleague)  # who hears of both at once, of the writer before the name or after
    (line,) = incident_log.lines(colleague.store, incident)
    assert line.written_by == ""
    colleague.verified()


def test_a_colleague_who_works_at_two_laptops_of_ours_keeps_the_name(four: list[Laptop]) -> None:
    ours, colleague, _, _ = four
    incident = matter(ours)
    gives(ours, colleague)
    colleague.session.author.responder = ours.session.author.responder
    incident_log.add_line(colleague.session, incident, "Rang the switchboard")
    assert gives(colleague, ours) == []
    (line,) = incident_log.lines(ours.store, incident)
    assert line.written_by == "Asha Rahman"


def test_the_writer_may_come_before_the_name_that_was_borrowed(four: list[Laptop]) -> None:
    ours, _, theirs, late = four
    incident = matter(theirs)
    theirs.session.author.responder = ours.session.author.responder
    incident_log.add_line(theirs.session, incident, "We decided not to tell the ICO")
    gives(theirs, late)
    gives(ours, late)
    (line,) = incident_log.lines(late.store, incident)
    assert line.written_by == ""
    late.verified()


def test_nobody_renames_a_responder_of_ours_or_brings_one_into_our_organisation(four: list[Laptop]) -> None:
    ours, _, theirs, _ = four
    me = ours.session.author.responder
    gives(ours, theirs)
    says(theirs, "responder", me, "name", "Somebody Else")
    for name, value in (("name", "\uff41sha  RAHMAN"), ("organisation", "RXX")):
        says(theirs, "responder", "f" * 16, name, value)
    gives(theirs, ours)
    assert lookup.responder_name(ours.store, me) == "Asha Rahman"
    assert lookup.responder_name(ours.store, "f" * 16) == "\uff41sha  RAHMAN (RYY)"
    assert "f" * 16 not in [one["id"] for one in responders.of_organisation(ours.store, "RXX")]
    ours.verified()
    with ours.store.write():
        projections.rebuild(ours.store)
    assert lookup.responder_name(ours.store, "f" * 16) == "\uff41sha  RAHMAN (RYY)"


def test_what_an_organisation_is_it_says_itself(four: list[Laptop]) -> None:
    ours, _, theirs, _ = four
    says(theirs, "organisation", "ods:RXX", "nation", "Scotland")
    says(theirs, "organisation", "ods:RXX", "name", "Another Trust")
    says(theirs, "organisation", "ods:RZZ", "name", "A third trust, as they call it")
    gives(theirs, ours)
    found = {row["code"]: (row["name"], row["nation"]) for row in lookup.organisations(ours.store)}
    assert found["RXX"] == ("RXX Trust", "England")
    assert found["RYY"] == ("RYY Trust", "England")
    ours.verified()


# -- acts ----------------------------------------------------------------------------------------------------------


def test_taking_our_act_back_takes_back_nothing_that_another_put_into_it(four: list[Laptop]) -> None:
    ours, _, theirs, _ = four
    incident = matter(ours)
    (earlier,) = [one["hash"] for one in history.operations_of(ours.store, "incident", incident, "tlp")]
    incidents.classify(ours.session, incident, label="RED")
    line = incident_log.add_line(ours.session, incident, "Rang the switchboard")
    red = [one["hash"] for one in history.operations_of(ours.store, "incident", incident, "tlp")][-1]
    says(theirs, "incident", incident, "tlp", "TLP:GREEN", parents=(earlier, red))
    record(theirs.session, "x", [Change("incident", incident, "tlp", "TLP:CLEAR", "TLP:GREEN")], act=line.act)
    gives(theirs, ours)
    done = undo.undo(ours.session, line.act)
    assert {one["kind"] for one in done.undone} == {"note"}
    assert labels.of_incident(ours.store, incident) == "TLP:RED"
    mine = [row for row in history.acts(ours.store) if row["id"] == line.act]
    assert [(row["device"], row["author_name"]) for row in mine if row["device"] == ours.device] == [
        (ours.device, "Asha Rahman")
    ]


# -- what is said of it --------------------------------------------------------------------------------------------


def test_a_merge_says_what_another_trust_decided_about_what_is_ours(four: list[Laptop]) -> None:
    ours, colleague, theirs, _ = four
    incident = matter(ours)
    incident_log.add_line(ours.session, incident, "Rang the switchboard")
    (line,) = incident_log.lines(ours.store, incident)
    table(ours, [(f"R{number}", f"Beacon {number}") for number in range(130)])
    keys = sorted(row[0] for row in ours.store.rows("SELECT lower(hex(key)) FROM alert"))
    gives(ours, theirs)
    gives(ours, colleague)
    clock = next(one for one in clocks.of_incident(ours.store, incident, milliseconds(ours.clock())) if one.own)
    step = {"outcome": "notified", "at": milliseconds(ours.clock()), "reference": "", "because": "", "by": "them"}
    says(theirs, "clock_step", f"{clock.id}/{clock.first.step}", "outcome", step)
    says(theirs, "clock_switch", f"ods:RXX/{clock.policy.code}", "on", False)
    says(theirs, "note", line.id, DELETED, True)
    says(theirs, "incident", incident, "status", "closed")
    dismissed = {"state": "dismissed", "disposition": "false-positive"}
    record(theirs.session, "x", [BatchChange("alert", tuple(keys[:120]), "triage", dismissed, "TLP:GREEN")])
    says(theirs, "alert", keys[121], "triage", dismissed)
    ref = lookup.reference_of(ours.store, "incident", incident)
    who = "RYY laptop (RYY)"
    assert gives(theirs, ours) == [
        f"{who} took back a record that this organisation made: {line.ref}.",
        f"{who} closed an incident that this organisation opened: {ref}.",
        f"{who} changed clocks of this organisation’s own duties ({clock.policy.code}). Look at them before you rely on"
        " them.",
        f"{who} decided 121 alerts that waited here: they wait no longer.",
    ]
    assert gives(theirs, ours) == []
    assert gives(ours, colleague)[-1] == f"{who} decided 121 alerts that waited here: they wait no longer."
    assert others.alerts_decided(ours.store, 0) == {theirs.device: 121}


def test_what_our_own_laptops_and_those_of_others_on_their_own_do_is_no_surprise(four: list[Laptop]) -> None:
    ours, colleague, theirs, _ = four
    incident = matter(ours)
    table(ours, [("R1", "Beacon")])
    gives(ours, colleague)
    (key,) = [row[0] for row in ours.store.rows("SELECT lower(hex(key)) FROM alert")]
    says(colleague, "alert", key, "triage", {"state": "dismissed", "disposition": "false-positive"})
    says(colleague, "incident", incident, "status", "closed")
    assert gives(colleague, ours) == []
    incidents.open_incident(theirs.session, "A matter of their own")
    assert gives(theirs, ours) == []
