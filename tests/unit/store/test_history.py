"""The journal read back: what was said of something, by whom, in which act, and whether that act stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stores import Laptop, table, write_raw
from tests.stores import body as body_of
from triage_app.domain.records import CREATED, DELETED, link_id, new_id
from triage_app.domain.tlp import AMBER, GREEN
from triage_app.services import incidents, triage
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.services.undo import undo
from triage_app.store import erasures, history, journal
from triage_app.store.journal import BatchChange, Change


def put(laptop: Laptop, *changes: Change | BatchChange) -> str:
    """Write one act and return its id."""
    return record(laptop.session, "x", changes).act


def named(entity: str, value: object, field: str = "name", **more: Any) -> Change:
    return Change("campaign", entity, field, value, GREEN, **more)


# ---- one operation ---------------------------------------------------------------------------------------------


def test_an_operation_is_read_back_as_it_was_written(laptop: Laptop) -> None:
    entity = new_id()
    laptop.clock.move(hours=1)
    first = put(laptop, named(entity, "One"))
    parent = history.act(laptop.store, first)[0]["hash"]
    second = put(laptop, Change("campaign", entity, "name", "Two", AMBER, because="a slip", undoes=parent))
    body = history.body_by_hash(laptop.store, history.act(laptop.store, second)[0]["hash"])
    assert body is not None
    (said,) = history.act(laptop.store, second)
    seq, link = journal.tail(laptop.store, "journal", laptop.device)
    assert said == {
        "op": link, "hash": link, "device": laptop.device, "seq": seq, "act": second,
        "at": milliseconds(laptop.clock.at), "hlc": body.hlc, "author": laptop.session.author.responder,
        "kind": "campaign", "entity": entity, "field": "name", "after": "Two", "because": "a slip", "tlp": AMBER,
        "undoes": parent, "parents": [parent], "batch": "",
    }  # fmt: skip


def test_what_a_field_held_before_is_what_was_said_of_it_last_and_of_no_other_field(laptop: Laptop) -> None:
    entity, other = new_id(), new_id()
    for value in ("One", "Two", "Three"):
        put(laptop, named(entity, value), named(entity, value.upper(), "description"), named(other, "Elsewhere"))
    said = history.operations_of(laptop.store, "campaign", entity)
    assert [(one["field"], one["before"], one["after"]) for one in said] == [
        ("name", None, "One"), ("description", None, "ONE"), ("name", "One", "Two"), ("description", "ONE", "TWO"),
        ("name", "Two", "Three"), ("description", "TWO", "THREE"),
    ]  # fmt: skip
    only = history.operations_of(laptop.store, "campaign", entity, "description")
    assert [(one["before"], one["after"]) for one in only] == [(None, "ONE"), ("ONE", "TWO"), ("TWO", "THREE")]
    assert history.operations_of(laptop.store, "incident", entity) == []


def test_the_history_of_something_has_the_batches_it_was_in_and_no_others(laptop: Laptop) -> None:
    one, two, three = sorted(new_id() for _ in range(3))
    put(laptop, named(one, "alone"))
    put(laptop, BatchChange("campaign", (two, one), "name", "together", GREEN))
    put(laptop, BatchChange("campaign", (two, three), "name", "without it", GREEN))
    put(laptop, BatchChange("tip", (one,), "text", "of another kind", GREEN))
    said = history.operations_of(laptop.store, "campaign", one)
    assert [(op["before"], op["after"], bool(op["batch"])) for op in said] == [
        (None, "alone", False), ("alone", "together", True)
    ]  # fmt: skip
    assert history.entities_of(laptop.store, said[1]["batch"], "") == [one, two]
    assert history.entities_of(laptop.store, "", three) == [three]


def test_history_is_told_by_the_clock_whatever_order_it_came_in(pair: list[Laptop]) -> None:
    a, b = pair
    entity = new_id()
    a.clock.move(hours=2)
    put(a, named(entity, "later"))
    put(b, named(entity, "earlier"))
    path = b.export(a)
    a.merge(path)
    assert [one["after"] for one in history.operations_of(a.store, "campaign", entity)] == ["earlier", "later"]


def test_of_a_body_that_is_not_here_nothing_is_read_back(pair: list[Laptop]) -> None:
    a, b = pair
    act = put(a, Change("campaign", new_id(), "name", "kept", GREEN))
    said = history.act(a.store, act)[0]["hash"]
    held = history.body_by_hash(a.store, said)
    assert held is not None
    assert held.value == "kept"
    with a.store.write():
        a.store.execute("UPDATE body SET state = 'redacted', bytes = NULL WHERE n = (SELECT max(n) FROM body)")
    assert history.body_by_hash(a.store, said) is None
    assert history.body_by_hash(a.store, "0" * 64) is None
    unreadable = write_raw(b, b"{}")
    assert history.body_by_hash(b.store, unreadable) is None


# ---- acts --------------------------------------------------------------------------------------------------------


def test_an_act_has_its_operations_in_the_order_in_which_they_were_written(laptop: Laptop) -> None:
    entity = new_id()
    act = put(laptop, named(entity, "b", "name"), named(entity, "a", "description"), named(entity, "c", "status"))
    put(laptop, named(entity, "another act"))
    assert [one["field"] for one in history.act(laptop.store, act)] == ["name", "description", "status"]
    with laptop.store.write():
        laptop.store.execute("UPDATE operation SET applied = 0 WHERE field = 'description'")
    assert [one["field"] for one in history.act(laptop.store, act)] == ["name", "status"]


def test_acts_are_listed_newest_first_with_what_puts_them_in_words(pair: list[Laptop]) -> None:
    a, b = pair
    entity, other = new_id(), new_id()
    first = put(a, named(entity, "One"), named(entity, "x", "description"), named(entity, "Two"))
    op = history.act(a.store, first)[0]
    second = put(a, named(other, "Back", undoes=op["hash"]), Change("tip", new_id(), "text", "a tip", GREEN))
    listed = history.acts(a.store, a.device, 2)
    newest, older = listed
    assert set(older["fields"].split(",")) == {"campaign.name", "campaign.description"}
    assert {**older, "fields": ""} == {
        "id": first, "author": a.session.author.responder, "device": a.device, "first": newest["first"] - 3,
        "last": newest["first"] - 1, "operations": 3, "at": op["at"], "is_undo": 0, "author_name": "Asha Rahman",
        "fields": "", "entity": entity, "kind": "campaign",
    }  # fmt: skip
    assert (newest["id"], newest["is_undo"], newest["entity"], newest["kind"]) == (second, 1, other, "campaign")
    assert set(newest["fields"].split(",")) == {"campaign.name", "tip.text"}
    for one in listed:
        said = history.summary(a.store, one["id"])
        assert said == {name: one[name] for name in ("fields", "is_undo", "entity", "kind")}
    b.merge(a.export(b))
    assert [one["id"] for one in history.acts(b.store, a.device, 2)] == [second, first]
    assert {one["device"] for one in history.acts(b.store, b.device)} == {b.device}
    assert len(history.acts(b.store)) > len(history.acts(b.store, b.device))


def test_an_undo_says_which_act_it_takes_back_and_that_act_no_longer_stands(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "First").id
    act = incidents.set_field(laptop.session, incident, "title", "Second").act
    assert (history.undone_act(laptop.store, act), history.is_undone(laptop.store, act)) == ("", False)
    back = undo(laptop.session).changes.act
    assert (history.undone_act(laptop.store, back), history.is_undone(laptop.store, act)) == (act, True)
    again = undo(laptop.session, back).changes.act
    assert history.undone_act(laptop.store, again) == back
    assert (history.is_undone(laptop.store, back), history.is_undone(laptop.store, act)) == (True, False)


def test_an_act_that_takes_back_part_of_itself_is_no_undo(laptop: Laptop) -> None:
    entity = new_id()
    with laptop.store.write():
        act = journal.new_act()
        now = milliseconds(laptop.clock())
        journal.append(laptop.store, laptop.session.author, now, act, [named(entity, "One")])
        first = history.act(laptop.store, act)[0]["hash"]
        journal.append(laptop.store, laptop.session.author, now, act, [named(entity, "Two", undoes=first)])
    assert history.undone_act(laptop.store, act) == ""
    assert not history.is_undone(laptop.store, act)


def test_acts_that_take_each_other_back_in_a_circle_come_to_an_end(laptop: Laptop) -> None:
    one, two = journal.new_act(), journal.new_act()
    entity = new_id()
    with laptop.store.write():
        now = milliseconds(laptop.clock())
        for act in (one, two):
            journal.append(laptop.store, laptop.session.author, now, act, [named(entity, act)])
        hashes = [history.act(laptop.store, act)[0]["hash"] for act in (one, two)]
        for act, undoes in ((one, hashes[1]), (two, hashes[0])):
            journal.append(laptop.store, laptop.session.author, now, act, [named(entity, "back", undoes=undoes)])
    assert [history.is_undone(laptop.store, act) for act in (one, two)] == [False, False]


def test_what_no_undo_takes_back_is_not_offered(laptop: Laptop) -> None:
    def reversible(*changes: Change | BatchChange) -> bool:
        return history.can_be_reversed(laptop.store, put(laptop, *changes))

    assert reversible(named(new_id(), "x"))
    for kind in ("device", "import", "trust", "certificate", "unlocking"):
        assert not reversible(named(new_id(), "x"), Change(kind, f"{laptop.device}:{kind}", "note", "x", GREEN)), kind
    assert not reversible(Change("attachment", new_id(), "destroyed", {"by": "x"}, GREEN))
    assert reversible(Change("attachment", new_id(), "name", "x", GREEN), named(new_id(), "x", "destroyed"))
    assert not reversible(named(new_id(), "x"), Change("person", new_id(), erasures.FIELD, None, GREEN))
    assert not history.can_be_reversed(laptop.store, "no act")


def test_the_acts_that_undo_walks_through_are_those_of_a_responder_here(pair: list[Laptop]) -> None:
    a, b = pair
    founding = history.latest_acts(a.store, a.device)
    first, second = put(a, named(new_id(), "1")), put(a, named(new_id(), "2"), named(new_id(), "3"))
    for kind in ("device", "import", "trust", "unlocking"):
        put(a, named(new_id(), "x"), Change(kind, f"{a.device}:{kind}", "note", "x", GREEN))
    put(a, Change("attachment", new_id(), "destroyed", {"by": "x"}, GREEN))
    third = put(a, Change("attachment", new_id(), "name", "x", GREEN))
    assert history.latest_acts(a.store, a.device) == [third, second, first, *founding]
    b.merge(a.export(b))
    assert third not in history.latest_acts(b.store, b.device)


# ---- about an incident ------------------------------------------------------------------------------------------


def test_a_note_was_put_right_when_its_words_or_its_decision_were_set_again(laptop: Laptop) -> None:
    incident, other = (incidents.open_incident(laptop.session, title).id for title in "AB")
    kept, mended, decided, elsewhere = (new_id() for _ in range(4))
    for note, about in ((kept, incident), (mended, incident), (decided, incident), (elsewhere, other)):
        put(laptop, Change("note", note, CREATED, {"kind": "incident", "about": about}, GREEN),
            Change("note", note, "text", "as it was", GREEN))  # fmt: skip
    for note in (mended, elsewhere):
        put(laptop, Change("note", note, "text", "put right", GREEN))
    put(laptop, Change("note", decided, "decision", "x", GREEN))
    assert set(history.notes_put_right(laptop.store, incident)) == {mended, decided}
    assert set(history.notes_put_right(laptop.store, other)) == {elsewhere}
    with laptop.store.write():
        laptop.store.execute("UPDATE operation SET applied = 0 WHERE entity = ?", (mended,))
    assert set(history.notes_put_right(laptop.store, incident)) == {decided}


def test_the_acts_that_link_are_those_by_which_links_stand(laptop: Laptop) -> None:
    table(laptop, [("one", "A beacon"), ("two", "A beacon")])
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]
    incident, other, third = (incidents.open_incident(laptop.session, title).id for title in "ABC")
    linking = triage.link(laptop.session, [keys[0]], incident).act
    taken_back = triage.link(laptop.session, [keys[1]], incident).act
    assert history.linking_acts(laptop.store, incident) == {linking, taken_back}
    triage.unlink(laptop.session, [keys[1]], incident)
    assert history.linking_acts(laptop.store, incident) == {linking}
    assert history.linking_acts(laptop.store, other) == set()
    merging = incidents.merge(laptop.session, other, third).act
    assert history.linking_acts(laptop.store, other) == history.linking_acts(laptop.store, third) == {merging}
    incidents.unmerge(laptop.session, other, third)
    assert history.linking_acts(laptop.store, other) == set()
    assert link_id(keys[0], incident) in {row[0] for row in laptop.store.rows("SELECT id FROM alert_link")}


@pytest.mark.parametrize(
    ("sql", "stands"),
    [
        ("INSERT INTO clock(id, policy, subject_kind, subject, organisation, role, {0})"
         " VALUES ('c', 'p', 'incident', ?, 'o', 'r', {1})",
         [("held", "1"), ("start", "'{}'"), ("grid", "'{}'")]),
        ("INSERT INTO clock_step(id, clock, subject, step, {0}) VALUES ('s', 'c', ?, 'x', {1})",
         [("outcome", "'told'")]),
        ("INSERT INTO pause(id, clock, subject, {0}) VALUES ('p', 'c', ?, {1})", [("deleted", "0")]),
    ],
)  # fmt: skip
def test_something_stands_on_a_clock_once_it_is_held_started_asked_done_or_paused(
    laptop: Laptop, sql: str, stands: list[tuple[str, str]]
) -> None:
    incident = new_id()
    nothing = {"held": "0", "start": "NULL", "grid": "NULL", "outcome": "''", "deleted": "1"}
    for column, value in stands:
        for said, expected in ((nothing[column], False), (value, True)):
            laptop.store.execute("SAVEPOINT trial")
            laptop.store.execute(sql.format(column, said), (incident,))
            assert history.stands_on_clocks(laptop.store, incident) is expected, (column, said)
            assert history.stands_on_clocks(laptop.store, new_id()) is False
            laptop.store.execute("ROLLBACK TO trial")
            laptop.store.execute("RELEASE trial")


def test_a_body_that_says_nothing_readable_is_in_no_history(laptop: Laptop) -> None:
    entity = new_id()
    write_raw(laptop, body_of(laptop, "campaign", entity, DELETED, True))
    assert history.operations_of(laptop.store, "campaign", entity) == []
