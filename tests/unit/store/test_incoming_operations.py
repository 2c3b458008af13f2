"""Links and bodies on their way onto the chains, and whose word counts when many come."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest

from tests.stores import Laptop, body
from triage_app.domain.operations import ACCESS, Link, batch_blob, body_hash
from triage_app.domain.records import new_id
from triage_app.store import applying, incoming_operations, journal
from triage_app.store.applying import Arrived
from triage_app.store.incoming import Received
from triage_app.store.incoming_operations import Coming

DEVICE = "1" * 32


@dataclasses.dataclass
class Some:
    """A piece of a bundle."""

    sha256: str
    lines: list[Any]
    loaded: int = 0

    def load(self) -> list[Any]:
        self.loaded += 1
        return self.lines


class Chain:
    """A device's chain, made but not sent yet."""

    def __init__(self, laptop: Laptop, count: int, kind: str = "campaign", **more: Any) -> None:
        self.links: list[Link] = []
        self.bodies: list[bytes] = []
        self.entities = [new_id() for _ in range(count)]
        for entity in self.entities:
            made = body(laptop, kind, entity, "name", entity, **more)
            self.add(made.to_bytes())

    def add(self, data: bytes) -> Link:
        prev = self.links[-1].hash if self.links else ""
        self.links.append(Link(DEVICE, len(self.links) + 1, prev, body_hash(data)))
        self.bodies.append(data)
        return self.links[-1]

    def lines(self, *places: int) -> list[bytes]:
        return [self.links[place].to_bytes() for place in places or range(len(self.links))]

    def pairs(self, *places: int) -> list[tuple[str, bytes]]:
        return [(self.links[place].hash, self.bodies[place]) for place in places or range(len(self.links))]

    def sign(self, laptop: Laptop, place: int = -1) -> None:
        link = self.links[place]
        laptop.store.execute(
            "INSERT OR IGNORE INTO checkpoint(chain, device, seq, hash, sig) VALUES ('journal', ?, ?, ?, x'')",
            (DEVICE, link.seq, link.hash),
        )


def piece(lines: list[Any], name: str = "") -> Some:
    return Some(name or hashlib.sha256(repr(lines).encode()).hexdigest(), lines)


def take(laptop: Laptop, links: list[Some], bodies: list[Some], *, growing: bool = True) -> Received:
    """Take links and bodies in as a merge does, and return what it counted."""
    outcome = Received()
    with laptop.store.write():
        coming = Coming(laptop.store, "the bundle", {DEVICE} if growing else set())
        coming.take_links(links)
        for device in [*coming.links]:
            coming.chain(device, growing=True)
        coming.take_bodies(bodies)
        coming.count_in(outcome)
    return outcome


def counts(outcome: Received) -> dict[str, int]:
    names = ("applied", "already", "filled", "withheld", "refused")
    return {name: getattr(outcome, name) for name in names if getattr(outcome, name)}


def pending(laptop: Laptop) -> list[tuple[int, str, str]]:
    return list(laptop.store.rows("SELECT seq, reason, bundle FROM pending ORDER BY seq"))


def taken(laptop: Laptop) -> dict[str, int]:
    return dict(laptop.store.rows("SELECT sha256, lines FROM taken"))


# ---- links and bodies -----------------------------------------------------------------------------------------------


def test_what_comes_whole_is_counted_once_and_passed_over_when_it_comes_again(laptop: Laptop) -> None:
    chain = Chain(laptop, 3)
    chain.sign(laptop)
    links, bodies = piece(chain.lines()), piece(chain.pairs())
    outcome = take(laptop, [links], [bodies])
    assert counts(outcome) == {"applied": 3}
    assert outcome.touched == {("campaign", entity) for entity in chain.entities}
    assert taken(laptop) == {links.sha256: 3, bodies.sha256: 3}
    assert counts(take(laptop, [links], [bodies])) == {"already": 3}
    assert (links.loaded, bodies.loaded) == (1, 1)
    assert counts(take(laptop, [piece(chain.lines(), "other")], [piece(chain.pairs(), "more")])) == {"already": 3}


def test_links_that_came_without_bodies_are_withheld_until_those_come(laptop: Laptop) -> None:
    chain = Chain(laptop, 4)
    chain.sign(laptop)
    links, first, rest = piece(chain.lines()), piece(chain.pairs(0, 2)), piece(chain.pairs())
    assert counts(take(laptop, [links], [first])) == {"applied": 2, "withheld": 2}
    assert counts(take(laptop, [piece(chain.lines(), "again")], [rest])) == {"applied": 2, "filled": 2, "already": 2}
    assert laptop.store.value("SELECT count(*) FROM body WHERE state = 'withheld'") == 0
    assert taken(laptop)[rest.sha256] == 4
    assert journal.tail(laptop.store, "journal", DEVICE) == (4, chain.links[-1].hash)


def test_a_body_that_is_not_its_links_is_refused_and_its_piece_is_looked_at_again(laptop: Laptop) -> None:
    chain = Chain(laptop, 3)
    chain.sign(laptop)
    spoilt = piece([(chain.links[0].hash, chain.bodies[1]), *chain.pairs(1)])
    outcome = take(laptop, [piece(chain.lines())], [spoilt])
    assert counts(outcome) == {"applied": 1, "withheld": 2, "refused": 1}
    assert taken(laptop) == {}
    known = piece([*chain.pairs(1), ("f" * 64, b"of nobody")])
    assert counts(take(laptop, [], [known])) == {}
    assert taken(laptop) == {}


def test_lines_that_are_no_links_of_the_journal_are_refused(laptop: Laptop) -> None:
    chain = Chain(laptop, 2)
    chain.sign(laptop)
    other = Link(DEVICE, 1, "", "2" * 64, ACCESS).to_bytes()
    outcome = take(laptop, [piece([b"{}", *chain.lines(), other])], [piece(chain.pairs())])
    assert counts(outcome) == {"applied": 2, "refused": 2}
    assert taken(laptop) == {}


@pytest.mark.parametrize("chunk", [1_000, 2])
def test_they_come_in_any_number_of_pieces(laptop: Laptop, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(incoming_operations, "_CHUNK", chunk)
    monkeypatch.setattr(applying, "_CHUNK", chunk)
    monkeypatch.setattr(journal, "_MANY", chunk)
    chain = Chain(laptop, 7)
    chain.sign(laptop)
    links = [piece(chain.lines(4, 5, 6)), piece(chain.lines(0, 1, 2, 3))]
    bodies = [piece(chain.pairs(6)), piece(chain.pairs(0, 1, 2, 3, 4, 5))]
    outcome = take(laptop, links, bodies)
    assert counts(outcome) == {"applied": 7}
    assert len(outcome.touched) == 7
    assert laptop.store.value("SELECT count(*) FROM head JOIN link USING (n) WHERE device = ?", (DEVICE,)) == 7
    assert len(taken(laptop)) == 4


def test_links_of_a_stranger_wait_with_their_bodies_and_count_once_they_are_chained(laptop: Laptop) -> None:
    chain = Chain(laptop, 2)
    bodies = piece([*chain.pairs(0), (chain.links[1].hash, b"not its body")])
    outcome = take(laptop, [piece(chain.lines())], [bodies], growing=False)
    assert counts(outcome) == {"refused": 1}
    assert pending(laptop) == [(1, "unknown-device", "the bundle"), (2, "unknown-device", "the bundle")]
    assert laptop.store.rows("SELECT body FROM pending ORDER BY seq") == [(chain.bodies[0],), (None,)]
    assert taken(laptop) == {}
    outcome = take(laptop, [], [piece([(chain.links[0].hash, chain.bodies[0])])], growing=False)
    assert counts(outcome) == {}
    chain.sign(laptop)
    with laptop.store.write():
        coming = Coming(laptop.store, "", set())
        coming.chain(DEVICE, growing=True)
        coming.count_in(outcome)
    assert counts(outcome) == {"applied": 1, "withheld": 1}
    assert pending(laptop) == []


def test_what_waits_says_why(laptop: Laptop) -> None:
    chain = Chain(laptop, 5)
    chain.sign(laptop, 1)
    assert counts(take(laptop, [piece(chain.lines(0, 1, 2, 4))], [])) == {"withheld": 2}
    assert pending(laptop) == [(3, "unsigned", "the bundle"), (5, "gap", "the bundle")]
    chain.sign(laptop)
    take(laptop, [piece(chain.lines(4))], [])
    assert pending(laptop) == [(3, "unsigned", "the bundle"), (5, "gap", "the bundle")]
    fork = Link(DEVICE, 2, chain.links[0].hash, "3" * 64)
    laptop.store.execute(
        "INSERT INTO checkpoint(chain, device, seq, hash, sig) VALUES ('journal', ?, 2, ?, x'')", (DEVICE, fork.hash)
    )
    take(laptop, [piece([fork.to_bytes(), Link(DEVICE, 1, "", "4" * 64).to_bytes()])], [])
    assert pending(laptop) == [
        (1, "unsigned", "the bundle"), (2, "fork", "the bundle"), (3, "unsigned", "the bundle"),
        (5, "gap", "the bundle"),
    ]  # fmt: skip
    assert counts(take(laptop, [piece(chain.lines(3))], [])) == {"withheld": 3}
    assert [(seq, reason) for seq, reason, _ in pending(laptop)] == [(1, "unsigned"), (2, "fork")]


def test_a_reason_changes_when_what_is_missing_comes(laptop: Laptop) -> None:
    chain = Chain(laptop, 4)
    take(laptop, [piece(chain.lines(2))], [])
    assert [reason for _, reason, _ in pending(laptop)] == ["gap"]
    take(laptop, [piece(chain.lines(0, 1))], [])
    assert [reason for _, reason, _ in pending(laptop)] == ["unsigned"] * 3
    chain.sign(laptop, 0)
    take(laptop, [piece(chain.lines(3))], [])
    assert [(seq, reason) for seq, reason, _ in pending(laptop)] == [(2, "unsigned"), (3, "unsigned"), (4, "unsigned")]


def test_of_two_histories_under_one_name_the_one_of_the_lower_hash_is_chained(laptop: Laptop) -> None:
    one, two = (Link(DEVICE, 1, "", digit * 64) for digit in "56")
    for link in (one, two):
        laptop.store.execute(
            "INSERT INTO checkpoint(chain, device, seq, hash, sig) VALUES ('journal', ?, 1, ?, x'')",
            (DEVICE, link.hash),
        )
    take(laptop, [piece([one.to_bytes(), two.to_bytes()])], [])
    assert journal.tail(laptop.store, "journal", DEVICE) == (1, min(one.hash, two.hash))
    assert [reason for _, reason, _ in pending(laptop)] == ["fork"]


def test_a_batch_waits_for_its_list_and_its_piece_is_looked_at_again(laptop: Laptop) -> None:
    chain = Chain(laptop, 1)
    blob = batch_blob([(chain.entities[0], [chain.links[0].hash]), ("f" * 32, [])])
    sha256 = hashlib.sha256(blob).hexdigest()
    chain.add(body(laptop, "campaign", "", "name", "all", batch=sha256).to_bytes())
    chain.add(body(laptop, "tip", "", "text", "all", batch=sha256).to_bytes())
    chain.sign(laptop)
    assert counts(take(laptop, [piece(chain.lines())], [piece(chain.pairs())])) == {"applied": 1, "withheld": 2}
    laptop.store.execute("INSERT INTO blob(sha256, bytes) VALUES (?, ?)", (sha256, blob))
    outcome = take(laptop, [], [piece(chain.pairs())])
    assert counts(outcome) == {"applied": 2, "filled": 2}
    both = {chain.entities[0], "f" * 32}
    assert outcome.touched == {(kind, entity) for kind in ("campaign", "tip") for entity in both}
    assert [head for _, head in journal.heads(laptop.store, "campaign", chain.entities[0], "name")] == [
        chain.links[1].hash
    ]


def test_what_comes_is_added_to_what_was_counted_before(laptop: Laptop) -> None:
    chain = Chain(laptop, 2)
    chain.sign(laptop)
    outcome = Received(1, 1, 1, 1, refused=1, touched={("x", "y")})
    with laptop.store.write():
        coming = Coming(laptop.store, "the bundle", {DEVICE})
        coming.take_links([piece([*chain.lines(), b"{}"])])
        coming.chain(DEVICE, growing=True)
        coming.take_bodies([piece(chain.pairs(0))])
        coming.count_in(outcome)
        coming.count_in(outcome)
    assert counts(outcome) == {"applied": 2, "already": 1, "filled": 1, "withheld": 2, "refused": 2}
    assert outcome.touched == {("x", "y"), ("campaign", chain.entities[0])}


def test_counts_add_up_over_several_parcels() -> None:
    one = Received(1, 2, 3, 4, 5, 6, 7, 8, {("a", "b")}, {"gap": 5})
    one.add(Received(10, 20, 30, 40, 50, 60, 70, 80, {("c", "d")}, {"fork": 50}))
    assert one == Received(11, 22, 33, 44, 50, 66, 77, 88, {("a", "b"), ("c", "d")}, {"fork": 50})


# ---- whose word counts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cutoff", "confirms", "own", "kind", "field", "counted"),
    [
        (1, 0, 0, "incident", "title", True), (0, 0, 0, "incident", "title", False),
        (0, 0, 1, "incident", "title", True), (None, 0, 0, "incident", "category_confirmed", False),
        (None, 1, 0, "incident", "category_confirmed", True), (0, 0, 0, "certificate", "note", True),
        (5, 0, 0, "trust", "note", False), ("none", 0, 0, "incident", "title", True),
        ("none", 0, 0, "incident", "category_confirmed", False), (0, 0, None, "incident", "title", False),
    ],
)  # fmt: skip
def test_many_operations_count_as_one_by_one(
    laptop: Laptop, cutoff: Any, confirms: int, own: int | None, kind: str, field: str, counted: bool
) -> None:
    laptop.store.execute("UPDATE identity SET own = 0")
    if own is not None:
        laptop.store.execute("INSERT INTO identity(device, bytes, own) VALUES (?, x'', ?)", (DEVICE, own))
    if cutoff != "none":
        laptop.store.execute(
            "INSERT INTO standing(device, cutoff, confirms) VALUES (?, ?, ?)", (DEVICE, cutoff, confirms)
        )
    made = body(laptop, kind, "some:thing", field, "x")
    link = Link(DEVICE, 1, "", body_hash(made.to_bytes()))
    with laptop.store.write():
        n = journal.insert_link(laptop.store, link, link.hash)
        laptop.store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)", (n, made.to_bytes()))
        touched = applying.apply_many(laptop.store, [Arrived(n, link.hash, DEVICE, 1, made)])
    assert touched == ({(kind, "some:thing")} if counted else set())
    stood = laptop.store.rows(
        "SELECT act, author, hlc, kind, entity, field, tlp, batch, undoes, applied FROM operation WHERE n = ?", (n,)
    )
    assert stood == [
        (made.act, made.author, made.hlc, kind, "some:thing", field, made.tlp, "", "", int(counted))
    ]  # fmt: skip
    with laptop.store.write():
        assert journal._may_say(laptop.store, n, made) is counted


def test_a_piece_that_is_known_hides_none_that_follows_it(laptop: Laptop) -> None:
    chain = Chain(laptop, 4)
    chain.sign(laptop, 1)
    first, bodies = piece(chain.lines(0, 1)), piece(chain.pairs(0, 1))
    assert counts(take(laptop, [first], [bodies])) == {"applied": 2}
    chain.sign(laptop)
    second, more = piece(chain.lines(2, 3)), piece(chain.pairs(2, 3))
    assert counts(take(laptop, [first, second], [bodies, more])) == {"applied": 2, "already": 2}
    assert journal.tail(laptop.store, "journal", DEVICE) == (4, chain.links[-1].hash)
