"""What a revocation would change is known before it is made, and a laptop hears that it was revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, contents_of, copies, forged
from triage_app.errors import BadInput
from triage_app.services import certifying, incidents, revoking, undo
from triage_app.store import journal, lookup, standings


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 3)
    yield laptops
    for laptop in laptops:
        laptop.close()


def green(laptop: Laptop, title: str) -> str:
    incident = incidents.open_incident(laptop.session, title).id
    incidents.classify(laptop.session, incident, label="GREEN")
    return incident


def stolen(a: Laptop, b: Laptop) -> tuple[str, str, int]:
    """B opens an incident, is stolen, and the thief changes it and opens another; A holds it all."""
    incident = green(b, "Before the theft")
    after, _ = journal.tail(b.store, "journal", b.device)
    incidents.set_field(b.session, incident, "title", "By the thief")
    other = green(b, "Another by the thief")
    a.merge(b.export(a))
    return incident, other, after


def test_a_preview_says_what_the_revocation_then_does_and_writes_nothing(trio: list[Laptop]) -> None:
    a, b, _ = trio
    certifying.create_key(a.session, "RXX Trust")
    incident, other, after = stolen(a, b)
    before, state = journal.vector(a.store), a.verified()
    found = revoking.preview(a.session, b.device, after=after, authority="")
    assert journal.vector(a.store) == before
    assert a.verified() == state
    assert standings.of(a.store, b.device).cutoff is None
    assert {(one["id"], one["state"]) for one in found.incidents} == {(incident, "changed"), (other, "gone")}
    done = certifying.revoke(a.session, b.device, "stolen", after=after, authority="")
    assert (found.cutoff, found.uncounted) == (done.cutoff, done.uncounted)
    assert lookup.one(a.store, "incident", other) is None
    a.verified()


def test_an_incident_that_the_thief_took_back_comes_back(trio: list[Laptop]) -> None:
    a, b, _ = trio
    made = incidents.open_incident(b.session, "Wards down")
    after, _ = journal.tail(b.store, "journal", b.device)
    undo.undo(b.session, made.act)
    a.merge(b.export(a))
    assert lookup.one(a.store, "incident", made.id) is None
    found = revoking.preview(a.session, b.device, after=after)
    assert [(one["id"], one["state"]) for one in found.incidents] == [(made.id, "back")]


def test_what_somebody_built_on_the_thiefs_word_will_be_a_conflict(trio: list[Laptop]) -> None:
    a, b, _ = trio
    incident, other, after = stolen(a, b)
    incidents.set_field(a.session, incident, "title", "Put right by us")
    found = revoking.preview(a.session, b.device, after=after)
    assert {(one["id"], one["state"]) for one in found.incidents} == {(incident, "conflict"), (other, "gone")}
    assert lookup.conflicts(a.store) == []
    certifying.revoke(a.session, b.device, "stolen", after=after)
    assert [row["entity"] for row in lookup.conflicts(a.store)] == [incident]


def test_all_that_is_held_cuts_nothing_off(trio: list[Laptop]) -> None:
    a, b, _ = trio
    stolen(a, b)
    found = revoking.preview(a.session, b.device)
    assert (found.uncounted, found.incidents) == (0, [])
    assert found.cutoff == revoking.reach(a.store, b.device).held


def test_a_preview_is_refused_as_the_revocation_would_be(trio: list[Laptop]) -> None:
    a, b, c = trio
    certifying.create_key(c.session, "RYY Trust")
    with pytest.raises(BadInput, match="its word would not count"):
        revoking.preview(c.session, b.device, after=0, authority="")
    assert revoking.reach(c.store, b.device).keys == []
    certifying.create_key(a.session, "RXX Trust")
    assert [name for _, name in revoking.reach(a.store, b.device).keys] == ["RXX Trust"]


def test_a_revoked_laptop_hears_of_it_although_it_does_not_believe_the_authority(trio: list[Laptop]) -> None:
    a, b, c = trio  # A sends nothing to B any more: C carries the word
    certifying.create_key(a.session, "RXX Trust")
    _, _, after = stolen(a, b)
    certifying.revoke(a.session, b.device, "stolen", after=after, authority="")
    assert revoking.own(b.store, b.device) is None
    c.merge(a.export(c))
    b.merge(c.export(b))
    found = revoking.own(b.store, b.device)
    assert found is not None
    assert (found.cutoff, found.by) == (after, ["RXX Trust"])
    written, _ = journal.tail(b.store, "journal", b.device)
    assert found.uncounted == written - after > 0


def test_a_revoked_laptop_does_not_come_back_by_naming_another_organisation(trio: list[Laptop]) -> None:
    a, b, c = trio
    key = certifying.create_key(a.session, "RXX Trust")[1].to_bytes()
    certifying.believe(c.session, key, "peer")
    _, other, after = stolen(a, b)
    certifying.revoke(a.session, b.device, "stolen", after=after, authority="")
    c.merge(a.export(c))
    assert standings.of(c.store, b.device).cutoff == after
    said = b.session.public
    moved = b.session.identity.public(
        name=said.name, scheme=said.scheme, organisation="RZZ", organisation_name=said.organisation_name,
        nation=said.nation, exercise=said.exercise, slots=said.slots, created=said.created + 1,
    )  # fmt: skip
    for laptop in (a, c):
        contents = contents_of(
            a.export(c) if laptop is c else c.export(a), laptop, identities=[moved.to_bytes().decode()]
        )
        laptop.merge(forged(a if laptop is c else c, laptop, contents))
        assert standings.of(laptop.store, b.device).cutoff == after
        assert lookup.one(laptop.store, "incident", other) is None
