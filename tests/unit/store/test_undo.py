"""Undo appends: what was so before is so again, and what somebody has built on is left and named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies, table
from triage_app.domain.tlp import GREEN
from triage_app.errors import NotFound
from triage_app.services import conflicts, duties, incidents, triage, victims
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.services.undo import can_redo, can_undo, redo, undo
from triage_app.store import history, journal, lookup
from triage_app.store.journal import BatchChange, Change


@pytest.fixture
def laptop(pair: list[Laptop]) -> Laptop:
    return pair[0]


def standing(laptop: Laptop) -> dict[tuple[str, str, str], list[Any]]:
    """Return what every field says: no word, and a word taken back, are the same."""
    found = {}
    for kind, entity in laptop.store.rows("SELECT DISTINCT kind, entity FROM head"):
        fields = journal.standing(laptop.store, kind, entity)
        if any(head.body.value is True for head in fields.get("_deleted", [])):
            continue
        for name, heads in fields.items():
            values = sorted((head.body.value for head in heads), key=repr)
            if values not in ([None], [False]):
                found[(kind, entity, name)] = values
    return found


def shown(laptop: Laptop) -> dict[str, Any]:
    """Return what the screens show."""
    alerts = laptop.store.rows("SELECT key, state, incidents FROM alert ORDER BY key")
    kinds = ("incident", "victim", "action", "note")
    rows = {kind: [{**row, "changed_at": 0} for row in laptop.rows(kind)] for kind in kinds}
    return {"alerts": alerts, **rows}


def named(places: list[dict[str, str]]) -> list[str]:
    return [f"{place['kind']}.{place['field']}" for place in places]


def alert_keys(laptop: Laptop) -> list[str]:
    return [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]


def test_undoing_a_change_puts_back_what_stood_before_and_removes_nothing(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "First title").id
    before, operations = standing(laptop), len(history.operations_of(laptop.store, "incident", incident))
    incidents.set_field(laptop.session, incident, "title", "Second title")
    done = undo(laptop.session)
    assert standing(laptop) == before
    assert (named(done.undone), done.left) == (["incident.title"], [])
    entries = history.operations_of(laptop.store, "incident", incident)
    assert len(entries) == operations + 2
    assert entries[-1]["undoes"] == entries[-2]["hash"]
    laptop.verified()


def test_a_creation_is_undone_by_deletion_and_comes_back_by_redo(laptop: Laptop) -> None:
    empty = shown(laptop)
    incident = incidents.open_incident(laptop.session, "Taken back").id
    full = shown(laptop)
    assert named(undo(laptop.session).undone) == ["incident._created"]
    assert shown(laptop) == empty
    assert [head.body.value for head in journal.standing(laptop.store, "incident", incident)["_deleted"]] == [True]
    redo(laptop.session)
    assert shown(laptop) == full
    laptop.verified()


def test_undo_and_redo_walk_back_and_forth_over_several_acts(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Zero").id
    states = [shown(laptop)]
    for title in ("One", "Two", "Three"):
        incidents.set_field(laptop.session, incident, "title", title)
        states.append(shown(laptop))
    for expected in states[-2::-1]:
        undo(laptop.session)
        assert shown(laptop) == expected
    for expected in states[1:]:
        redo(laptop.session)
        assert shown(laptop) == expected
    with pytest.raises(NotFound):
        redo(laptop.session)
    undo(laptop.session)
    incidents.set_field(laptop.session, incident, "title", "Elsewhere")
    assert can_redo(laptop.store, laptop.device) == ""
    laptop.verified()


def test_an_undo_can_itself_be_undone_by_name(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Zero").id
    incidents.set_field(laptop.session, incident, "title", "One")
    taken_back = undo(laptop.session).changes.act
    undo(laptop.session, taken_back)
    assert laptop.rows("incident")[0]["title"] == "One"
    laptop.verified()


def test_what_was_changed_since_is_left_and_named(pair: list[Laptop]) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "Loader").id
    act = incidents.classify(a.session, incident, rsit=["fraud/phishing"], campaign="Winter", label="GREEN").act
    b.merge(a.export(b))
    incidents.classify(b.session, incident, campaign="Spring")
    a.merge(b.export(a))
    done = undo(a.session, act)
    assert sorted(named(done.undone)) == ["incident.rsit", "incident.tlp"]
    assert [(place["field"], place["why"]) for place in done.left] == [("campaign", "it was changed since")]
    found = a.rows("incident")[0]
    assert (found["campaign"], found["rsit"]) == ("Spring", "")
    a.verified()


Building = Callable[[Laptop, str], object]


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda a, i: incidents.set_field(a.session, i, "title", "Better"), "title was set since"),
        (lambda a, i: incidents.note(a.session, i, "words"), "-L0001 belongs to it"),
        (lambda a, i: victims.add_victim(a.session, i, organisation="RYY"), "belongs to it"),
        (lambda a, i: triage.link(a.session, alert_keys(a)[2:3], i), "linked"),
        (lambda a, i: incidents.merge(a.session, i, incidents.open_incident(a.session, "Other").id), "linked"),
    ],
)
def test_a_creation_that_was_built_on_is_left(laptop: Laptop, build: Building, why: str) -> None:
    table(laptop, [("r1", "one"), ("r2", "two"), ("r3", "three")])
    made = triage.promote(laptop.session, alert_keys(laptop)[:2])
    build(laptop, made.id)
    done = undo(laptop.session, made.act)
    assert [why in place["why"] for place in done.left] == [True]
    assert named(done.undone) == ["link.linked", "link.linked"]
    assert made.id in [row["id"] for row in laptop.rows("incident")]
    laptop.verified()


def test_what_was_built_and_taken_back_again_is_no_reason_to_leave_it(laptop: Laptop) -> None:
    made = incidents.open_incident(laptop.session, "Loader")
    incidents.set_field(laptop.session, made.id, "title", "Better")
    undo(laptop.session)
    assert undo(laptop.session, made.act).left == []
    assert laptop.rows("incident") == []


def test_what_was_built_taken_back_and_put_there_again_is_one(laptop: Laptop) -> None:
    made = incidents.open_incident(laptop.session, "Loader")
    incidents.set_field(laptop.session, made.id, "title", "Better")
    undo(laptop.session)
    redo(laptop.session)
    with pytest.raises(NotFound, match="built on"):
        undo(laptop.session, made.act)
    assert laptop.rows("incident")[0]["title"] == "Better"


@pytest.mark.parametrize("count", [3, 150])
def test_undoing_a_decision_over_many_puts_each_back_where_it_was(laptop: Laptop, count: int) -> None:
    table(laptop, [(f"r{number}", f"alert {number}") for number in range(count)])
    keys = alert_keys(laptop)
    triage.take_in_hand(laptop.session, keys[1:2])
    before = shown(laptop)
    triage.dismiss(laptop.session, keys, "false-positive", "test traffic")
    after = shown(laptop)
    done = undo(laptop.session)
    assert (len(done.undone), done.left) == (count, [])
    assert shown(laptop) == before
    redo(laptop.session)
    assert shown(laptop) == after
    laptop.verified()


def test_one_alert_decided_on_since_does_not_keep_the_rest_of_a_batch(laptop: Laptop) -> None:
    table(laptop, [(f"r{number}", f"alert {number}") for number in range(120)])
    keys = alert_keys(laptop)
    act = triage.dismiss(laptop.session, keys, "false-positive", "test traffic").act
    triage.take_in_hand(laptop.session, keys[7:8])
    done = undo(laptop.session, act)
    assert (len(done.undone), [place["entity"] for place in done.left]) == (119, keys[7:8])
    assert laptop.store.rows("SELECT state, count(*) FROM alert GROUP BY state") == [(0, 119), (1, 1)]
    laptop.verified()


def test_undoing_the_settling_of_a_conflict_shows_both_values_again(pair: list[Laptop]) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "Loader").id
    b.merge(a.export(b))
    incidents.set_field(a.session, incident, "determination", "suspected")
    incidents.set_field(b.session, incident, "determination", "confirmed")
    a.merge(b.export(a))
    conflicts.resolve(a.session, incident, "determination", value="confirmed")
    assert lookup.conflicts(a.store) == []
    undo(a.session)
    heads = journal.standing(a.store, "incident", incident)["determination"]
    assert sorted(head.body.value for head in heads) == ["confirmed", "suspected"]
    assert len(lookup.conflicts(a.store)) == 1
    a.verified()


def test_a_batch_that_settled_a_conflict_shows_both_values_again_as_well(laptop: Laptop) -> None:
    with laptop.store.write():
        record(
            laptop.session,
            "x",
            [Change("campaign", "a", "name", "one", GREEN), Change("campaign", "a", "name", "two", GREEN, parents=())],
        )
    with laptop.store.write():
        record(laptop.session, "x", [BatchChange("campaign", ("a", "b"), "name", "three", GREEN)])
    undo(laptop.session)
    assert sorted(head.body.value for head in journal.standing(laptop.store, "campaign", "a")["name"]) == ["one", "two"]
    laptop.verified()


def test_a_value_is_not_guessed_where_the_one_before_it_is_withheld(pair: list[Laptop]) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "Loader").id
    incidents.classify(a.session, incident, campaign="Winter", label="GREEN")
    b.merge(a.export(b))
    act = incidents.classify(b.session, incident, campaign="Spring").act
    b.store.execute("UPDATE body SET state = 'redacted', bytes = NULL WHERE CAST(bytes AS TEXT) LIKE '%\"Winter\"%'")
    with pytest.raises(NotFound):
        undo(b.session, act)
    assert b.rows("incident")[0]["campaign"] == "Spring"


def test_there_is_nothing_to_undo_in_a_store_just_founded(laptop: Laptop) -> None:
    assert can_undo(laptop.store, laptop.device) == ""
    for take_back in (undo, redo):
        with pytest.raises(NotFound, match="nothing to"):
            take_back(laptop.session)
    with pytest.raises(NotFound, match="no act"):
        undo(laptop.session, "0" * 16)


def test_a_word_that_only_claims_to_be_an_undo_counts_as_built_on(pair: list[Laptop]) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "Loader").id
    act = incidents.classify(a.session, incident, campaign="Winter", label="GREEN").act
    incidents.classify(a.session, incident, campaign="Spring")
    b.merge(a.export(b))
    (head,) = journal.standing(b.store, "incident", incident)["campaign"]
    with b.store.write():
        change = Change("incident", incident, "campaign", "Autumn", GREEN, undoes=head.hash, parents=(head.hash,))
        record(b.session, "x", [change])
    a.merge(b.export(a))
    assert "campaign" in [place["field"] for place in undo(a.session, act).left]
    assert a.rows("incident")[0]["campaign"] == "Autumn"


def test_what_others_did_is_not_undone_by_the_key(pair: list[Laptop]) -> None:
    a, b = pair
    incidents.open_incident(a.session, "By Asha")
    b.merge(a.export(b))
    with pytest.raises(NotFound):
        undo(b.session)


# ---- whatever was done --------------------------------------------------------------------------------------

acts = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=8)


def act_on(laptop: Laptop, which: int, place: int, value: int) -> bool:
    """Do something that a responder may do; whether there was anything to do it to."""
    session = laptop.session
    found = [row["id"] for row in laptop.rows("incident")]
    keys = alert_keys(laptop)
    some = keys[place : place + 1 + value]
    if which == 0:
        incidents.open_incident(session, f"Title {value}")
        return True
    if which in (1, 2) and some:
        if which == 1:
            triage.promote(session, some)
        else:
            triage.dismiss(session, some, "false-positive", "test traffic")
        return True
    if not found:
        return False
    incident = found[place % len(found)]
    match which:
        case 3:
            incidents.set_field(session, incident, "title", f"Title {value}")
        case 4:
            incidents.classify(session, incident, label=("GREEN", "AMBER", "RED")[value], campaign=f"C{value}")
        case 5:
            victims.add_victim(session, incident, person=f"Person {value}", contact="bleep")
        case 6:
            incidents.note(session, incident, f"Note {value}")
        case 7:
            triage.link(session, some or keys[:1], incident)
        case _:
            waiting = duties.open_duties(session.store, incident, milliseconds(session.now()))
            incidents.close(session, incident, "done", staying_open=[duties.duty_code(one) for one in waiting])
    return True


@settings(max_examples=15, phases=(Phase.generate,))
@given(steps=acts)
def test_undoing_everything_leads_back_through_every_state_and_redoing_forth(steps: list[tuple[int, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (laptop,) = copies(Path(folder))
        try:
            table(laptop, [(f"r{number}", f"alert {number}") for number in range(6)])
            seen = [(standing(laptop), shown(laptop))]
            seen += [(standing(laptop), shown(laptop)) for step in steps if act_on(laptop, *step)]
            for expected in seen[-2::-1]:
                assert undo(laptop.session).left == []
                assert (standing(laptop), shown(laptop)) == expected
            laptop.verified()
            for expected in seen[1:]:
                assert redo(laptop.session).left == []
                assert (standing(laptop), shown(laptop)) == expected
            laptop.verified()
        finally:
            laptop.close()
