"""The parts of the journal one by one: heads, what was answered before it came, clocks, vectors, whose word counts."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.stores import Laptop, body, number_of, write_raw
from triage_app.domain import certificates
from triage_app.domain.operations import Body, Link, batch_blob, body_hash
from triage_app.domain.records import CREATED, DELETED, new_id
from triage_app.domain.tlp import AMBER, GREEN
from triage_app.services.changes import milliseconds
from triage_app.store import history, journal
from triage_app.store.journal import BatchChange, Change


def put(laptop: Laptop, *changes: Change | BatchChange) -> list[str]:
    """Write one act and return the hashes of its operations."""
    with laptop.store.write():
        act = journal.append(
            laptop.store, laptop.session.author, milliseconds(laptop.clock()), journal.new_act(), changes
        )
    return [one["hash"] for one in history.act(laptop.store, act.id)]


def named(entity: str, value: object, field: str = "name", **more: Any) -> Change:
    return Change("campaign", entity, field, value, GREEN, **more)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def heads(laptop: Laptop, entity: str, field: str = "name") -> list[str]:
    return [link_hash for _, link_hash in journal.heads(laptop.store, "campaign", entity, field)]


def body_said(laptop: Laptop, link_hash: str) -> Body:
    found = history.body_by_hash(laptop.store, link_hash)
    assert found is not None
    return found


def counted(laptop: Laptop, made: Body, members: list[tuple[str, list[str]]] | None = None) -> set[tuple[str, str]]:
    """Put a body at the end of the chain and let it count; return what it touched."""
    blob = None if members is None else batch_blob(members)
    link_hash = write_raw(laptop, made, blob)
    with laptop.store.write():
        return journal.apply(laptop.store, number_of(laptop.store, link_hash), link_hash, made)


def is_applied(laptop: Laptop) -> bool:
    return bool(laptop.store.value("SELECT applied FROM operation ORDER BY n DESC LIMIT 1"))


# ---- appending ----------------------------------------------------------------------------------------------------


def test_an_act_says_what_it_wrote_and_touched(laptop: Laptop) -> None:
    one, two, three = (new_id() for _ in range(3))
    with laptop.store.write():
        act = journal.append(
            laptop.store, laptop.session.author, milliseconds(laptop.clock()), "the act",
            [named(one, 1), Change("tip", two, "text", 2, GREEN),
             BatchChange("campaign", (three, one), "mood", 3, GREEN)],
        )  # fmt: skip
    assert act.id == "the act"
    assert act.touched == {("campaign", one), ("tip", two), ("campaign", three)}
    last = laptop.store.value("SELECT max(n) FROM link")
    assert act.operations == (last - 2, last - 1, last)
    assert [one["act"] for one in history.act(laptop.store, "the act")] == ["the act"] * 3
    assert len({body_said(laptop, one["hash"]).salt for one in history.act(laptop.store, "the act")}) == 3


def test_all_of_a_change_stands_in_its_body(laptop: Laptop) -> None:
    entity, other = sorted((new_id(), new_id()))
    (first,) = put(laptop, named(entity, 0))
    change: dict[str, Any] = {"value": {"a": 1}, "tlp": AMBER, "because": "a reason", "undoes": first}
    single, many = put(
        laptop, Change("campaign", entity, "name", **change), BatchChange("campaign", (other, entity), "name", **change)
    )
    for link_hash in (single, many):
        said = body_said(laptop, link_hash)
        assert {name: getattr(said, name) for name in change} == change
        assert (said.author, said.kind, said.field) == (laptop.session.author.responder, "campaign", "name")
        assert len(said.salt) == 32
    assert (body_said(laptop, single).entity, body_said(laptop, single).parents) == (entity, (first,))
    batch = body_said(laptop, many)
    assert (batch.entity, batch.parents, batch.extra) == ("", (), {})
    assert journal.batch_members(laptop.store, batch.batch) == [(entity, [single]), (other, [])]


def test_parents_that_are_given_stand_in_place_of_the_heads(laptop: Laptop) -> None:
    entity, other = new_id(), new_id()
    (first,) = put(laptop, named(entity, 1))
    (beside,) = put(laptop, named(entity, 2, parents=()))
    assert heads(laptop, entity) == sorted([first, beside])
    (third,) = put(laptop, named(entity, 3, parents=(first,)))
    assert heads(laptop, entity) == sorted([beside, third])
    given = {entity: [third], other: []}
    (many,) = put(laptop, BatchChange("campaign", (entity, other, entity), "name", 4, GREEN, parents=given))
    assert heads(laptop, entity) == sorted([beside, many])
    assert journal.batch_members(laptop.store, body_said(laptop, many).batch) == sorted(given.items())


def test_a_deletion_notes_what_stood_in_all_other_fields(laptop: Laptop) -> None:
    entity = new_id()
    stood = put(laptop, named(entity, {}, CREATED), named(entity, "x"), named(entity, "y", "mood"))
    put(laptop, named(new_id(), "of something else"), Change("tip", entity, "text", "of another kind", GREEN))
    brought_back, gone = put(laptop, named(entity, False, DELETED), named(entity, True, DELETED, saw=("f" * 64,)))
    assert body_said(laptop, brought_back).extra == {}
    assert body_said(laptop, gone).extra == {journal.SAW: sorted([*stood, "f" * 64])}
    (other,) = put(laptop, named(entity, True, "mood"))
    assert body_said(laptop, other).extra == {}


# ---- heads ----------------------------------------------------------------------------------------------------------


def test_heads_of_many_are_those_of_each_however_many_they_are(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [new_id() for _ in range(5)]
    for entity in names[:4]:
        put(laptop, named(entity, 1), named(entity, 2, parents=()), named(entity, 3, "mood"))
    put(laptop, Change("tip", names[0], "name", 4, GREEN))
    for many in (1_000, 2):
        monkeypatch.setattr(journal, "_MANY", many)
        found = journal.heads_of_many(laptop.store, "campaign", [*names, names[0]], "name")
        assert found == {entity: heads(laptop, entity) for entity in names}
        assert [len(hashes) for hashes in found.values()] == [2, 2, 2, 2, 0]
    assert journal.heads_of_many(laptop.store, "campaign", [], "name") == {}


@pytest.mark.parametrize("many", [1_000, 1])
def test_what_was_answered_before_it_came_never_stands(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(journal, "_MANY", many)
    one, two = sorted((new_id(), new_id()))
    late = body(laptop, "campaign", one, "name", "late")
    members: list[tuple[str, list[str]]] = [(one, []), (two, [])]
    blob = batch_blob(members)
    late_batch = body(laptop, "campaign", "", "name", "late too", batch=sha256_of(blob))
    seq, prev = journal.tail(laptop.store, "journal", laptop.device)
    first = Link(laptop.device, seq + 1, prev, body_hash(late.to_bytes()))
    second = Link(laptop.device, seq + 2, first.hash, body_hash(late_batch.to_bytes()))
    with laptop.store.write():
        journal.supersede_many(
            laptop.store,
            {(first.hash, "campaign", "name"): [one], (second.hash, "campaign", "name"): [two]},
        )
    noted = laptop.store.rows("SELECT hash, kind, entity, field FROM superseded ORDER BY entity")
    assert noted == [(first.hash, "campaign", one, "name"), (second.hash, "campaign", two, "name")]
    assert counted(laptop, late) == {("campaign", one)}
    assert heads(laptop, one) == []
    assert counted(laptop, late_batch, members) == {("campaign", one), ("campaign", two)}
    assert (heads(laptop, one), heads(laptop, two)) == ([second.hash], [])
    assert laptop.store.value("SELECT count(*) FROM superseded") == 0
    assert laptop.store.value("SELECT count(*) FROM batch_member WHERE entity IN (?, ?)", (one, two)) == 2


def test_what_counts_and_is_answered_is_not_noted_as_missing(laptop: Laptop) -> None:
    entity = new_id()
    (first,) = put(laptop, named(entity, 1))
    put(laptop, named(entity, 2))
    with laptop.store.write():
        journal.supersede_many(laptop.store, {(first, "campaign", "name"): [entity]})
        journal._supersede(laptop.store, first, "campaign", entity, "name")
    assert laptop.store.value("SELECT count(*) FROM superseded") == 0
    kept = write_raw(laptop, body(laptop, "campaign", entity, "name", "of a newer version", version=2))
    for again in range(2):
        with laptop.store.write():
            journal._supersede(laptop.store, kept, "campaign", entity, "name")
        assert laptop.store.value("SELECT count(*) FROM superseded") == 1, again


def test_a_parent_is_taken_off_the_heads_of_its_own_field_alone(laptop: Laptop) -> None:
    entity, other = new_id(), new_id()
    (first,) = put(laptop, BatchChange("campaign", (entity, other), "name", 1, GREEN))
    put(laptop, named(entity, 2, "mood", parents=(first,)), Change("tip", entity, "name", 3, GREEN, parents=(first,)))
    assert heads(laptop, entity) == heads(laptop, other) == [first]
    put(laptop, named(entity, 4, parents=(first,)))
    assert first not in heads(laptop, entity)
    assert heads(laptop, other) == [first]


def test_what_stands_is_shown_newest_first_and_read_once(laptop: Laptop) -> None:
    one, two = new_id(), new_id()
    (batch,) = put(laptop, BatchChange("campaign", (one, two), "name", "shared", GREEN))
    laptop.clock.move(hours=-1)
    put(laptop, named(one, "beside", parents=()), named(one, "calm", "mood"))
    found = journal.standing_of_many(laptop.store, "campaign", (one, two, "nobody"))
    assert {name: {field: [head.body.value for head in heads_] for field, heads_ in fields.items()}
            for name, fields in found.items()} == {
        one: {"name": ["beside", "shared"], "mood": ["calm"]}, two: {"name": ["shared"]}, "nobody": {},
    }  # fmt: skip
    assert found[one]["name"][1] is found[two]["name"][0]
    assert (found[two]["name"][0].hash, found[two]["name"][0].n) == (batch, number_of(laptop.store, batch))
    assert journal.standing(laptop.store, "campaign", one) == found[one]
    assert journal.standing(laptop.store, "tip", one) == {}


# ---- clocks and vectors --------------------------------------------------------------------------------------------


def test_the_clock_that_is_followed_is_the_highest_of_those_that_can_be_right(laptop: Laptop) -> None:
    now = milliseconds(laptop.clock()) + 10_000_000
    with laptop.store.write():
        laptop.store.execute("UPDATE operation SET hlc = printf('%015d', n) || ':00000000:' || ?", ("d" * 32,))
        last = laptop.store.value("SELECT max(n) FROM operation")
        for n, at in ((last, now + journal.BELIEVED_MS), (last - 1, now + journal.BELIEVED_MS - 1)):
            laptop.store.execute(
                "UPDATE operation SET hlc = printf('%015d', ?) || substr(hlc, 16) WHERE n = ?", (at, n)
            )
    assert journal.latest_clock(laptop.store, now)[:15] == f"{now + journal.BELIEVED_MS - 1:015d}"
    assert journal.latest_clock(laptop.store, now + 1)[:15] == f"{now + journal.BELIEVED_MS:015d}"
    assert journal.latest_clock(laptop.store, -(2**50)) == journal.latest_clock(laptop.store, 0) != ""
    with laptop.store.write():
        laptop.store.execute("UPDATE operation SET hlc = '9' || hlc")
    assert journal.latest_clock(laptop.store, now) == ""
    assert journal.BELIEVED_MS == 86_400_000


def test_a_chain_is_held_as_far_as_was_noted_last(laptop: Laptop) -> None:
    with laptop.store.write():
        for seq, name in ((1, "a"), (5, "b")):
            journal.set_tail(laptop.store, "journal", "0" * 32, seq, name * 64)
        journal.set_tail(laptop.store, "access", "0" * 32, 2, "c" * 64)
    assert journal.tail(laptop.store, "journal", "0" * 32) == (5, "b" * 64)
    assert journal.tail(laptop.store, "access", "0" * 32) == (2, "c" * 64)
    assert journal.tail(laptop.store, "journal", "1" * 32) == (0, "")
    own = journal.tail(laptop.store, "journal", laptop.device)[0]
    assert list(journal.vector(laptop.store).items()) == sorted({"0" * 32: 5, laptop.device: own}.items())
    assert journal.vector(laptop.store, "access")["0" * 32] == 2


def test_a_link_is_kept_as_it_is(laptop: Laptop) -> None:
    link = Link("0" * 32, 3, "1" * 64, "2" * 64, "access", 7)
    with laptop.store.write():
        n = journal.insert_link(laptop.store, link, link.hash)
    assert laptop.store.row("SELECT hash, chain, device, seq, prev, body_hash, v FROM link WHERE n = ?", (n,)) == (
        link.hash, "access", "0" * 32, 3, "1" * 64, "2" * 64, 7,
    )  # fmt: skip
    assert journal.device_of(laptop.store, n) == "0" * 32


def test_values_are_grouped_by_what_they_say() -> None:
    key = journal.canonical_key({"b": [1, None], "a": "é"})
    assert key == '{"a":"é","b":[1,null]}'
    assert journal.from_key(key) == {"a": "é", "b": [1, None]}


# ---- whose word counts ----------------------------------------------------------------------------------------------


def stand(laptop: Laptop, cutoff: int | None, *, confirms: bool = False, own: bool = False) -> None:
    """Hold something of this laptop, as if it were another's or its own."""
    laptop.store.execute("UPDATE identity SET own = ? WHERE device = ?", (int(own), laptop.device))
    laptop.store.execute(
        "INSERT OR REPLACE INTO standing(device, relation, certified_by, cutoff, confirms) VALUES (?, NULL, '', ?, ?)",
        (laptop.device, cutoff, int(confirms)),
    )


def test_a_newer_version_and_a_list_that_makes_no_sense_are_kept_and_do_not_count(laptop: Laptop) -> None:
    entity = new_id()
    assert counted(laptop, body(laptop, "campaign", entity, "name", 1)) == {("campaign", entity)}
    assert is_applied(laptop)
    assert counted(laptop, body(laptop, "campaign", entity, "name", 2, version=2)) == set()
    assert not is_applied(laptop)
    blob = b'[["b",[]],["a",[]]]'
    link_hash = write_raw(laptop, made := body(laptop, "campaign", "", "name", 3, batch=sha256_of(blob)), blob)
    with laptop.store.write():
        assert journal.apply(laptop.store, number_of(laptop.store, link_hash), link_hash, made) == set()
    assert not is_applied(laptop)
    assert laptop.store.row(
        "SELECT act, author, hlc, kind, entity, field, tlp, batch, undoes FROM operation ORDER BY n DESC LIMIT 1"
    ) == (made.act, made.author, made.hlc, "campaign", "", "name", GREEN, made.batch, "")
    assert heads(laptop, entity) == [
        laptop.store.value("SELECT hash FROM link WHERE n = (SELECT max(n) FROM link) - 2")
    ]


@pytest.mark.parametrize(
    ("past", "confirms", "own", "field", "counts"),
    [
        (0, False, False, "title", True), (1, False, False, "title", False), (1, False, True, "title", True),
        (None, False, False, "title", True), (None, False, False, "category_confirmed", False),
        (0, True, False, "category_confirmed", True), (1, True, False, "category_confirmed", False),
        (None, True, False, "title", True),
    ],
)  # fmt: skip
def test_what_a_device_says_counts_up_to_its_cut_off_and_as_far_as_it_may_say_it(
    laptop: Laptop, past: int | None, confirms: bool, own: bool, field: str, counts: bool
) -> None:
    seq = journal.tail(laptop.store, "journal", laptop.device)[0] + 1
    stand(laptop, None if past is None else seq - past, confirms=confirms, own=own)
    counted(laptop, body(laptop, "incident", new_id(), field, "x"))
    assert is_applied(laptop) is counts


def test_a_cut_off_counts_for_a_device_whose_identity_is_not_here_too(laptop: Laptop) -> None:
    stand(laptop, 0)
    laptop.store.execute("DELETE FROM identity")
    counted(laptop, body(laptop, "incident", new_id(), "title", "x"))
    assert not is_applied(laptop)


def test_of_whom_nothing_is_held_everything_counts_but_what_only_some_may_say(laptop: Laptop) -> None:
    laptop.store.execute("DELETE FROM standing")
    counted(laptop, body(laptop, "incident", new_id(), "title", "x"))
    assert is_applied(laptop)
    counted(laptop, body(laptop, "incident", new_id(), "category_confirmed", "x"))
    assert not is_applied(laptop)


def test_a_word_about_trust_is_its_own_devices_and_what_an_authority_signed_is_anybodys(laptop: Laptop) -> None:
    stand(laptop, 0)
    for entity, counts in ((f"{laptop.device}:{'0' * 32}", True), (f"{'0' * 32}:{laptop.device}", False)):
        counted(laptop, body(laptop, "trust", entity, "note", "x"))
        assert is_applied(laptop) is counts
    counted(laptop, body(laptop, certificates.KIND, "a:b", "note", "x"))
    assert is_applied(laptop)


def test_counting_anew_names_what_counts_otherwise_and_makes_the_heads_again(laptop: Laptop) -> None:
    one, two, three, four = (new_id() for _ in range(4))
    before = put(laptop, named(one, "kept"))
    seq = journal.tail(laptop.store, "journal", laptop.device)[0]
    put(laptop, named(one, "past the cut-off"), BatchChange("campaign", (two, three), "name", "too", GREEN))
    put(laptop, BatchChange("campaign", (three, four), "mood", "too", GREEN), named(four, "last"))
    table = sorted(laptop.store.rows("SELECT * FROM head"))
    with laptop.store.write():
        assert journal.reapply(laptop.store) == set()
        assert sorted(laptop.store.rows("SELECT * FROM head")) == table
        stand(laptop, seq)
        changed = journal.reapply(laptop.store)
        assert changed == {("campaign", entity) for entity in (one, two, three, four)}
        assert (heads(laptop, one), heads(laptop, two)) == (before, [])
        laptop.store.execute("DELETE FROM standing")
        assert journal.reapply(laptop.store) == changed
        assert sorted(laptop.store.rows("SELECT * FROM head")) == table
        assert laptop.store.value("SELECT count(*) FROM superseded") == 0


def test_what_is_not_readable_is_passed_over(laptop: Laptop) -> None:
    write_raw(laptop, b"{}")
    with laptop.store.write():
        assert journal.reapply(laptop.store) == set()
    assert journal.readable(b"{}") is None
    assert journal.body_of(laptop.store, -1) is None
    n = laptop.store.value("SELECT min(n) FROM body WHERE state = 'here'")
    assert journal.body_of(laptop.store, n) == Body.from_bytes(
        bytes(laptop.store.value("SELECT bytes FROM body WHERE n = ?", (n,)))
    )
