"""The journal is appended to and never changed; what stands follows from it alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.stores import Laptop, table
from tests.unit.domain.golden import golden
from triage_app.domain.operations import BATCH_LIMIT, Body, Link
from triage_app.domain.records import new_id
from triage_app.domain.tlp import AMBER, GREEN, RED
from triage_app.services import conflicts, incidents, keeping, triage, undo
from triage_app.services.recording import record
from triage_app.store import history, journal, lookup, projections, state
from triage_app.store.creation import create_store
from triage_app.store.driver import DriverError
from triage_app.store.journal import BatchChange, Change


def put(laptop: Laptop, entity: str, value: object, field: str = "name") -> str:
    """Set a field and return the link's hash."""
    with laptop.store.write():
        act = record(laptop.session, "x", [Change("campaign", entity, field, value, GREEN)]).act
    return str(history.act(laptop.store, act)[0]["hash"])


def standing(laptop: Laptop, entity: str, field: str = "name") -> list[object]:
    return [head.body.value for head in journal.standing(laptop.store, "campaign", entity).get(field, [])]


# ---- append only ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM link", "UPDATE link SET seq = seq + 100", "UPDATE link SET hash = hash || 'x'", "DELETE FROM body",
        "UPDATE body SET bytes = x'00'", "UPDATE body SET state = 'withheld', bytes = NULL",
        "INSERT OR REPLACE INTO body SELECT n, state, x'00' FROM body",
        "INSERT OR REPLACE INTO link SELECT n, hash, chain, device, seq, prev, 'x', v FROM link",
        "INSERT INTO link SELECT n + 1000, hash || 'x', chain, device, seq, prev, body_hash, v FROM link",
        "UPDATE body SET state = 'lost'", "UPDATE body SET state = 'redacted'",
    ],
)  # fmt: skip
def test_nothing_of_the_journal_is_changed_or_removed(laptop: Laptop, sql: str) -> None:
    before = laptop.verified()
    with pytest.raises(DriverError), laptop.store.write():
        laptop.store.execute(sql)
    assert laptop.verified() == before


def test_a_body_may_be_dropped_for_ever_and_the_chain_still_verifies(laptop: Laptop) -> None:
    entity = new_id()
    put(laptop, entity, "to be redacted")
    last = put(laptop, entity, "what stands")
    with laptop.store.write():
        laptop.store.execute(
            "UPDATE body SET state = 'redacted', bytes = NULL WHERE n ="
            " (SELECT n FROM body WHERE CAST(bytes AS TEXT) LIKE '%to be redacted%')"
        )
    assert state.problems(laptop.store) == []
    keeping.rebuild(laptop.session)
    laptop.verified()
    assert standing(laptop, entity) == ["what stands"]
    assert laptop.store.value("SELECT hash FROM link ORDER BY n DESC LIMIT 1") == last
    with pytest.raises(DriverError), laptop.store.write():
        laptop.store.execute("UPDATE body SET state = 'here', bytes = NULL WHERE state = 'redacted'")


def test_an_act_is_one_transaction(laptop: Laptop) -> None:
    before = laptop.verified()

    def stopped_half_way() -> None:
        with laptop.store.write():
            record(laptop.session, "x", [Change("campaign", new_id(), "name", "half", GREEN)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped_half_way()
    assert laptop.verified() == before
    put(laptop, new_id(), "whole")
    laptop.verified()


def test_every_link_names_the_one_before_it(laptop: Laptop) -> None:
    entity = new_id()
    for number in range(5):
        put(laptop, entity, number)
    rows = laptop.store.rows(
        "SELECT hash, chain, device, seq, prev, body_hash, v FROM link WHERE chain = 'journal' ORDER BY seq"
    )
    last = ""
    for place, (name, chain, device, seq, prev, body_hash, v) in enumerate(rows, start=1):
        assert (seq, prev) == (place, last)
        assert Link(device, seq, prev, body_hash, chain, v).hash == name
        last = name
    assert journal.tail(laptop.store, "journal", laptop.device) == (len(rows), last)


def test_two_bodies_that_say_the_same_do_not_look_the_same(laptop: Laptop) -> None:
    entity = new_id()
    assert put(laptop, entity, "guess me") != put(laptop, entity, "guess me")
    hashes = [row[0] for row in laptop.store.rows("SELECT body_hash FROM link")]
    assert len(set(hashes)) == len(hashes)


# ---- heads and conflicts -------------------------------------------------------------------------------------


def test_a_later_value_replaces_the_one_its_author_saw(laptop: Laptop) -> None:
    entity = new_id()
    first, second = put(laptop, entity, "one"), put(laptop, entity, "two")
    assert standing(laptop, entity) == ["two"]
    assert [name for _, name in journal.heads(laptop.store, "campaign", entity, "name")] == [second]
    assert history.body_by_hash(laptop.store, second).parents == (first,)  # type: ignore[union-attr]


def test_a_clock_set_back_hides_no_edit(laptop: Laptop) -> None:
    entity = new_id()
    laptop.clock.move(days=400)
    put(laptop, entity, "from the future")
    laptop.clock.move(days=-800)
    put(laptop, entity, "written last")
    assert standing(laptop, entity) == ["written last"]


def test_what_two_wrote_without_knowing_of_each_other_is_a_conflict_until_one_settles_it(pair: list[Laptop]) -> None:
    a, b = pair
    entity = new_id()
    put(a, entity, "before")
    b.merge(a.export(b))
    put(a, entity, "by the one")
    b.clock.move(hours=1)
    put(b, entity, "by the other")
    merged = a.merge(b.export(a))
    assert [item["field"] for item in merged.conflicts] == ["name"]
    # Both stand; the newest by the clock is the one displayed.
    assert standing(a, entity) == ["by the other", "by the one"]
    assert a.store.value("SELECT name FROM campaign WHERE id = ?", (entity,)) == "by the other"
    shown = conflicts.described(a.store, lookup.conflicts(a.store)[0])
    assert {value["device"] for value in shown["values"]} == {a.device, b.device}
    taken = next(value["op"] for value in shown["values"] if value["value"] == "by the one")
    conflicts.resolve(a.session, entity, "name", take=taken)
    assert lookup.conflicts(a.store) == []
    b.merge(a.export(b))
    for laptop in pair:
        assert standing(laptop, entity) == ["by the one"]
        laptop.verified()


def test_a_settling_that_is_taken_back_leaves_both_values_in_the_mouths_of_those_who_said_them(
    pair: list[Laptop],
) -> None:
    a, b = pair
    entity = new_id()
    put(a, entity, "by the one")
    put(b, entity, "by the other")
    a.merge(b.export(a))

    def who() -> dict[str, str]:
        (row,) = lookup.conflicts(a.store)
        return {each["value"]: each["device"] for each in conflicts.described(a.store, row)["values"]}

    assert who() == {"by the one": a.device, "by the other": b.device}
    taken = next(head.hash for head in journal.standing(a.store, "campaign", entity)["name"])
    for _ in range(2):  # and after it was settled, taken back, settled and taken back again
        settled = conflicts.resolve(a.session, entity, "name", take=taken)
        assert lookup.conflicts(a.store) == []
        undo.undo(a.session, settled.act)
        assert who() == {"by the one": a.device, "by the other": b.device}
        taken = journal.standing(a.store, "campaign", entity)["name"][0].hash


def test_a_laptop_an_hour_ahead_is_followed_and_one_a_year_ahead_is_not(pair: list[Laptop]) -> None:
    a, b = pair
    a.clock.move(hours=1)
    put(a, new_id(), "from the hour to come")
    b.merge(a.export(b))
    put(b, new_id(), "written today")
    newest = b.store.value("SELECT n FROM operation ORDER BY hlc DESC")
    assert journal.device_of(b.store, newest) == b.device
    a.clock.move(days=365)
    put(a, new_id(), "from next year")
    b.merge(a.export(b))
    put(b, new_id(), "written today too")
    mine = b.store.value("SELECT max(hlc) FROM operation JOIN link USING (n) WHERE device = ?", (b.device,))
    assert int(mine[:15]) < int(b.session.now().timestamp() * 1000) + journal.BELIEVED_MS


@pytest.mark.parametrize("many", [False, True])
def test_a_value_that_arrives_after_the_one_that_replaced_it_never_stands(pair: list[Laptop], many: bool) -> None:
    a, b = pair
    entities = (new_id(), new_id())

    def set_all(value: str, label: str) -> None:
        changes: list[Change | BatchChange] = [Change("campaign", name, "name", value, label) for name in entities]
        if many:
            changes = [BatchChange("campaign", entities, "name", value, label)]
        with a.store.write():
            record(a.session, "x", changes)

    set_all("named by a source", RED)
    set_all("for everybody", GREEN)
    b.merge(a.export(b))
    b.verified()
    assert standing(b, entities[0]) == ["for everybody"]
    b.merge(a.export(b, reader="Ben Okafor", full=True))
    assert [standing(b, entity) for entity in entities] == [["for everybody"]] * 2
    assert lookup.conflicts(b.store) == []
    b.verified()
    assert b.store.value("SELECT count(*) FROM superseded") == 0


def test_the_same_value_twice_is_no_conflict(pair: list[Laptop]) -> None:
    a, b = pair
    entity = new_id()
    put(a, entity, {"z": 1, "a": [None]})
    put(b, entity, {"a": [None], "z": 1})
    assert a.merge(b.export(a)).conflicts == []
    assert lookup.conflicts(a.store) == []
    put(a, entity, "after both")
    b.merge(a.export(b))
    assert standing(b, entity) == ["after both"]


def test_two_fields_of_one_record_never_conflict(pair: list[Laptop]) -> None:
    a, b = pair
    entity = new_id()
    put(a, entity, "x", "mood")
    put(b, entity, "y", "colour")
    assert a.merge(b.export(a)).conflicts == []
    assert (standing(a, entity, "mood"), standing(a, entity, "colour")) == (["x"], ["y"])


# ---- batches -----------------------------------------------------------------------------------------------


def names(count: int) -> list[tuple[str, str]]:
    return [(f"r{number}", f"alert {number:04d}") for number in range(count)]


def alert_keys(laptop: Laptop) -> list[str]:
    return [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]


@pytest.mark.parametrize(("count", "operations"), [(BATCH_LIMIT, BATCH_LIMIT), (BATCH_LIMIT + 1, 1)])
def test_a_gesture_over_more_than_a_hundred_is_one_operation(laptop: Laptop, count: int, operations: int) -> None:
    table(laptop, names(count))
    done = triage.dismiss(laptop.session, alert_keys(laptop), "false-positive", "test traffic")
    assert len(history.act(laptop.store, done.act)) == operations
    assert laptop.store.value("SELECT count(*) FROM alert WHERE state = 4") == count
    assert laptop.store.value("SELECT count(*) FROM head WHERE kind = 'alert'") == count
    laptop.verified()


def test_a_batch_names_what_each_of_its_entities_was_before(laptop: Laptop) -> None:
    table(laptop, names(150))
    keys = alert_keys(laptop)
    one = triage.take_in_hand(laptop.session, keys[:1])
    first = history.act(laptop.store, one.act)[0]["hash"]
    done = triage.dismiss(laptop.session, keys, "false-positive", "test traffic")
    (operation,) = history.act(laptop.store, done.act)
    members = dict(journal.batch_members(laptop.store, operation["batch"]))
    assert sorted(members) == sorted(keys)
    assert {key: parents for key, parents in members.items() if parents} == {keys[0]: [first]}
    blob = laptop.store.value("SELECT bytes FROM blob WHERE sha256 = ?", (operation["batch"],))
    assert hashlib.sha256(blob).hexdigest() == operation["batch"]
    triage.take_in_hand(laptop.session, keys[3:4])
    assert laptop.store.value("SELECT count(*) FROM alert WHERE state = 4") == 149
    laptop.verified()


def test_a_batch_is_cut_by_label_so_that_one_alert_does_not_keep_the_rest_back(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, names(150))
    keys = alert_keys(a)
    red = triage.promote(a.session, keys[:1]).id
    incidents.classify(a.session, red, label="RED")
    done = triage.dismiss(a.session, keys, "false-positive", "test traffic")
    operations = history.act(a.store, done.act)
    assert sorted(item["tlp"] for item in operations) == [AMBER, RED]
    b.merge(a.export(b))
    assert b.store.value("SELECT count(*) FROM alert_decision WHERE state = 'dismissed'") == 149
    assert b.store.value("SELECT count(*) FROM alert WHERE state = 4") == 149
    b.verified()
    a.verified()


def test_a_batch_conflicts_with_a_single_edit_entity_by_entity(pair: list[Laptop]) -> None:
    a, b = pair
    entities = tuple(sorted(new_id() for _ in range(3)))
    with a.store.write():
        record(a.session, "x", [BatchChange("campaign", entities, "name", "all alike", GREEN)])
    b.merge(a.export(b))
    with a.store.write():
        record(a.session, "x", [BatchChange("campaign", entities, "name", "all anew", GREEN)])
    put(b, entities[1], "but this one")
    a.merge(b.export(a))
    assert [standing(a, entity) for entity in entities[::2]] == [["all anew"]] * 2
    assert sorted(map(str, standing(a, entities[1]))) == ["all anew", "but this one"]
    assert [row["entity"] for row in lookup.conflicts(a.store)] == [entities[1]]
    a.verified()


# ---- the state of the first release ----------------------------------------------------------------------------


def test_the_state_of_a_store_is_that_of_the_first_release(tmp_path: Path) -> None:
    store = create_store(tmp_path / "golden.db", bytes(32))
    vectors = golden("operations")
    with store.write():
        store.execute(
            "INSERT INTO blob(sha256, bytes) VALUES (?, ?)", (vectors["batch_sha256"], vectors["batch_blob"].encode())
        )
        for name in ("single", "settling", "batch"):
            link, body = (
                Link.from_bytes(vectors[name]["link"].encode()), Body.from_bytes(vectors[name]["body"].encode()),
            )  # fmt: skip
            n = journal.insert_link(store, link, link.hash)
            store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)", (n, body.to_bytes()))
            journal.set_tail(store, link.chain, link.device, link.seq, link.hash)
            projections.project_all(store, journal.apply(store, n, link.hash, body))
    found = golden("state")
    assert state.state(store) == found["whole"]
    assert state.state(store, "e" * 32) == found["incident"]
    assert state.state(store, "f" * 32) == found["nothing"]
    assert state.problems(store) == []
    assert state.projection_differences(store) == []
    store.close()
