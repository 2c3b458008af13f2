"""Two people merge, unmerge, split and link apart from each other: one outcome everywhere, explained (ADR 23).

Each story is told in both orders and through a third laptop, and all three hold the same at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, table
from triage_app.domain.canonical import canonical
from triage_app.services import (
    affected,
    incident_log,
    incidents,
    matters,
    settling,
    splitting,
    triage,
    victim_record,
    victims,
)
from triage_app.services.conflicts import resolve
from triage_app.services.exchange import Merged
from triage_app.services.presenting import incident_whole
from triage_app.services.splitting import Parts
from triage_app.services.undo import undo
from triage_app.store import journal, lookup, same
from triage_app.store.state import projection_differences

_OURS = ("incident", "same_as", "link", "victim", "note", "affected", "task", "event", "call", "alert", "tip")
ORDERS = [0, 1]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Laptop]]:
    """A and B are two people of one trust; C is a desk that hears of it from either."""
    laptops = copies(tmp_path, 3)
    yield laptops
    for laptop in laptops:
        laptop.close()


def opened(laptop: Laptop, *titles: str) -> list[str]:
    made = []
    for title in titles:
        incident = incidents.open_incident(laptop.session, title).id
        incidents.classify(laptop.session, incident, label="GREEN")
        made.append(incident)
    return made


def send(one: Laptop, other: Laptop) -> Merged:
    return other.merge(one.export(other))


def level(laptops: list[Laptop]) -> None:
    """Let everybody hear of everything."""
    for _ in range(2):
        for one, other in permutations(laptops, 2):
            send(one, other)


def heads(laptop: Laptop) -> dict[tuple[str, str, str], list[bytes]]:
    """Return what stands of everything that this is about, laptops' own affairs left out."""
    found = {}
    for kind in _OURS:
        for (entity,) in laptop.store.rows("SELECT DISTINCT entity FROM head WHERE kind = ?", (kind,)):
            for field, standing in journal.standing(laptop.store, kind, entity).items():
                found[(kind, entity, field)] = sorted({canonical(head.body.value) for head in standing})
    return found


def agree(laptops: list[Laptop]) -> None:
    """See that all hold the same, shown alike, and that a rebuild would change nothing."""
    level(laptops)
    first = heads(laptops[0])
    for laptop in laptops:
        assert heads(laptop) == first
        assert projection_differences(laptop.store) == []
    for incident in (row["id"] for row in laptops[0].rows("incident")):
        assert len({tuple(same.group(laptop.store, incident)) for laptop in laptops}) == 1
        assert len({laptop.verified(incident) for laptop in laptops}) == 1


def apart(
    laptops: list[Laptop], order: int, first: Callable[[Laptop], object], second: Callable[[Laptop], object]
) -> list[Merged]:
    """Let A do one thing and B another; they and C hear of it in one order or the other."""
    a, b, c = laptops
    level(laptops)
    first(a)
    second(b)
    if order:
        heard = [send(b, c), send(a, c), send(c, a), send(c, b)]
    else:
        heard = [send(a, b), send(b, c), send(a, c), send(c, a)]
    agree(laptops)
    return heard


@pytest.mark.parametrize("order", ORDERS)
def test_two_merges_that_share_an_incident_make_one_matter_and_say_why(three: list[Laptop], order: int) -> None:
    a, b, _ = three
    one, two, three_ = opened(a, "One", "Two", "Three")
    refs = {name: lookup.reference_of(a.store, "incident", name) for name in (one, two, three_)}
    heard = apart(
        three, order, lambda _: incidents.merge(a.session, one, two), lambda _: incidents.merge(b.session, two, three_)
    )
    assert same.group(a.store, one) == sorted((one, two, three_))
    reason = next(found for found in matters.reasons(a.store, one) if found.incident == three_)
    assert reason.words.startswith(f"{refs[three_]} is part of this because Ben Okafor at RXX merged ")
    assert {refs[two], refs[three_]} == set(reason.way[-1].refs)
    assert reason.undone_by.endswith("apart undoes it")
    told = [sentence for merged in heard for sentence in merged.surprises]
    drawn = [sentence for sentence in told if refs[one] in sentence and refs[three_] in sentence]
    assert drawn
    assert "are one matter now, because" in drawn[0]
    whole = incident_whole(a.store, one)
    assert whole is not None
    shown = {row["id"]: row for row in whole["same_as"]}
    assert shown[three_]["because"] == reason.words
    # The act that is named takes it apart, and the two that were merged directly stay so.
    incidents.unmerge(a.session, two, three_)
    agree(three)
    assert same.group(b.store, one) == sorted((one, two))


@pytest.mark.parametrize("order", ORDERS)
def test_one_merges_again_while_the_other_takes_apart_and_both_are_shown_until_settled(
    three: list[Laptop], order: int
) -> None:
    a, b, _ = three
    one, two = opened(a, "One", "Two")
    incidents.merge(a.session, one, two)
    level(three)

    def again(_: Laptop) -> None:
        incidents.unmerge(a.session, one, two)
        incidents.merge(a.session, one, two)

    apart(three, order, again, lambda _: incidents.unmerge(b.session, one, two))
    for laptop in three:
        (row,) = lookup.conflicts(laptop.store)
        assert (row["entity_kind"], row["field"]) == ("same_as", "linked")
        merged = same.stands(laptop.store, row["entity"])
        assert all(found.way[-1].disputed for found in matters.reasons(laptop.store, one)) or not merged
    resolve(b.session, row["entity"], "linked", value="true")
    agree(three)
    assert [lookup.conflicts(laptop.store) for laptop in three] == [[], [], []]
    assert same.group(a.store, one) == sorted((one, two))


@pytest.mark.parametrize("order", ORDERS)
def test_links_in_a_circle_hold_when_one_is_taken_away_and_that_is_said(three: list[Laptop], order: int) -> None:
    a, b, _ = three
    one, two, three_ = opened(a, "One", "Two", "Three")
    incidents.merge(a.session, one, two)
    incidents.merge(a.session, two, three_)
    level(three)
    heard = apart(
        three,
        order,
        lambda _: incidents.merge(a.session, one, three_),
        lambda _: incidents.unmerge(b.session, two, one),
    )
    middle = lookup.reference_of(a.store, "incident", three_)
    assert same.group(a.store, one) == sorted((one, two, three_))
    assert matters.through(a.store, one, two) == middle
    told = [sentence for merged in heard for sentence in merged.surprises]
    assert any("apart; they still are one matter through" in sentence or "merged them" in sentence for sentence in told)
    done = incidents.unmerge(a.session, one, three_)
    assert "still" not in done.label
    agree(three)
    assert same.group(a.store, one) == [one]


@pytest.mark.parametrize("order", ORDERS)
def test_both_split_the_same_incident_and_nothing_is_in_neither(three: list[Laptop], order: int) -> None:
    a, b, _ = three
    (whole,) = opened(a, "Everything at once")
    table(a, [("R0", "Beacon"), ("R1", "Beacon again")])
    keys = sorted(bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert"))
    triage.link(a.session, keys, whole)
    victim = victims.add_victim(a.session, whole, organisation="RXX").id
    affected.paste(a.session, whole, "pc-1\npc-2")
    line = incident_log.add_line(a.session, whole, "Heard from the ward").id
    level(three)
    thing = affected.named(a.store, whole, ["pc-1"])
    note = next(row["id"] for row in a.rows("note") if row["text"] == "Heard from the ward")
    parts = Parts(alerts=(keys[0],), victims=(victim,), affected=tuple(thing), notes=(note,))
    made: dict[str, str] = {}

    def by_a(_: Laptop) -> None:
        made["a"] = splitting.split(a.session, whole, parts, "The first half").id

    def by_b(_: Laptop) -> None:
        made["b"] = splitting.split(b.session, whole, parts, "The other half").id

    heard = apart(three, order, by_a, by_b)
    assert line
    for laptop in three:
        store = laptop.store
        # The alert is in both halves, and so is the thing; what can be in one place only is a conflict.
        assert all(keys[0] in lookup.linked_keys(store, made[half]) for half in "ab")
        assert keys[0] not in lookup.linked_keys(store, whole)
        assert {(row["entity_kind"], row["field"]) for row in lookup.conflicts(store)} == {
            ("victim", "incident"), ("note", "moved_to"),
        }  # fmt: skip
        for half in "ab":
            names = [row["name"] for row in lookup.listing(store, "affected", "a.incident = ?", (made[half],))]
            assert names == ["pc-1"]
    told = [sentence for merged in heard for sentence in merged.surprises]
    assert any("1 alert is linked with" in sentence for sentence in told)
    plan = settling.from_side(a.store, "ours")
    assert {line.field for line in plan.lines} == {"incident", "moved_to"}
    settling.take_side(a.session, "ours")
    agree(three)
    assert lookup.conflicts(three[2].store) == []
    assert lookup.one(b.store, "victim", victim)["incident"] == made["a"]  # type: ignore[index]


@pytest.mark.parametrize("order", ORDERS)
def test_one_alert_linked_to_two_incidents_is_in_both_and_each_says_so(three: list[Laptop], order: int) -> None:
    a, b, _ = three
    one, two = opened(a, "One", "Two")
    table(a, [("R0", "Beacon"), ("R1", "Beacon again")])
    keys = sorted(bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert"))
    level(three)
    heard = apart(
        three, order, lambda _: triage.link(a.session, keys, one), lambda _: triage.link(b.session, keys[:1], two)
    )
    for laptop in three:
        (shared,) = matters.shared_alerts(laptop.store, one)
        assert (shared["id"], shared["alerts"], shared["by"]) == (two, 1, "Ben Okafor at RXX")
        assert lookup.conflicts(laptop.store) == []
    ref = lookup.reference_of(a.store, "incident", two)
    told = [sentence for merged in heard for sentence in merged.surprises]
    assert any("1 alert is linked with" in sentence and ref in sentence for sentence in told)
    # Once both are one matter it is no longer worth a word.
    incidents.merge(a.session, one, two)
    agree(three)
    triage.unlink(b.session, keys[:1], two)
    agree(three)
    assert matters.shared_alerts(a.store, one) == []


@pytest.mark.parametrize("order", ORDERS)
def test_a_split_is_undone_though_the_other_worked_on_what_it_moved(three: list[Laptop], order: int) -> None:
    a, b, _ = three
    (whole,) = opened(a, "Everything at once")
    victim = victims.add_victim(a.session, whole, organisation="RXX").id
    level(three)
    acts: dict[str, str] = {}

    def by_a(_: Laptop) -> None:
        done = splitting.split(a.session, whole, Parts(victims=(victim,)), "The first half")
        acts.update(act=done.act, made=done.id)

    apart(three, order, by_a, lambda _: incidents.set_field(b.session, whole, "severity", "70"))
    victim_record.set_many(b.session, victim, {"status": "at risk"})
    undone = undo(a.session, acts["act"])
    agree(three)
    assert lookup.one(b.store, "victim", victim)["incident"] == whole  # type: ignore[index]
    assert lookup.one(b.store, "incident", acts["made"]) is None
    assert undone.left == []
