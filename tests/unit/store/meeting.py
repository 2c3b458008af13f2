"""Laptops that write apart and meet again: what tests of merging do again and again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tests.stores import Laptop, contents_of, forged
from triage_app.domain.operations import Link
from triage_app.services import campaigns, histories, incidents
from triage_app.services.exchange import Merged
from triage_app.store import journal, lookup, peers


def meet(*laptops: Laptop) -> None:
    """Let everybody hear everybody, twice over, so that what one had from another reaches a third."""
    for _ in range(2):
        for sender in laptops:
            for receiver in laptops:
                if receiver is not sender:
                    receiver.merge(sender.export(receiver))


def give(sender: Laptop, receiver: Laptop) -> Merged:
    """Bring what one laptop has to another and return what that came to."""
    return receiver.merge(sender.export(receiver))


def next_stick(sender: Laptop, receiver: Laptop) -> Path:
    """Write only what was done since the stick before, as if that one had arrived."""
    path = sender.export(receiver)
    store = sender.store
    with store.write():
        held = peers.held_by(store, receiver.device)
        vector = {**held.vector, sender.device: journal.vector(store)[sender.device]}
        peers.note_received(store, receiver.device, peers.Held(vector, held.lacks, held.imports), 0)
    return path


def without(sender: Laptop, receiver: Laptop, author: Laptop) -> Path:
    """Write a bundle in which everything that one device wrote is missing, links and all."""
    contents = contents_of(sender.export(receiver), receiver)
    links = [line for line in contents.links if Link.from_bytes(line).device != author.device]
    names = {Link.from_bytes(line).hash for line in links}
    bodies = [(name, data) for name, data in contents.bodies if name in names]
    return forged(sender, receiver, dataclasses.replace(contents, links=links, bodies=bodies))


def green(laptop: Laptop, title: str = "Loader on the wards") -> str:
    """Open an incident that may go to any trusted laptop and return its id."""
    incident = incidents.open_incident(laptop.session, title).id
    incidents.classify(laptop.session, incident, label="GREEN")
    return incident


def record(laptop: Laptop, kind: str, entity: str) -> dict[str, Any] | None:
    """Return a record as the screens show it, None where they show none."""
    if kind == "campaign":
        every = campaigns.listing(laptop.store)
        return next((campaigns.as_data(one) for one in every if one.id == entity and one.is_made), None)
    return lookup.one(laptop.store, kind, entity)


def shown(laptop: Laptop, kind: str, entity: str) -> dict[str, Any]:
    """Return a record that the screens show."""
    row = record(laptop, kind, entity)
    assert row is not None, f"{kind} {entity} is not shown"
    return row


def values(laptop: Laptop, kind: str, entity: str, field: str) -> list[Any]:
    """Return every value that stands in a field, in an order of their own."""
    heads = journal.standing(laptop.store, kind, entity).get(field, [])
    return sorted((head.body.value for head in heads), key=repr)


def told(laptop: Laptop, entity: str, field: str) -> list[Any]:
    """Return the history of a field: its values from the oldest to the newest."""
    return [row["after"] for row in histories.of(laptop.store, entity, field)]


def conflicts(laptop: Laptop) -> list[tuple[str, str]]:
    """Return (kind, field) of every conflict."""
    return sorted((row["entity_kind"], row["field"]) for row in lookup.conflicts(laptop.store))


def waiting(laptop: Laptop) -> dict[str, int]:
    """Return how many operations wait, by reason."""
    found: dict[str, int] = {}
    for row in lookup.pending(laptop.store):
        found[row["reason"]] = found.get(row["reason"], 0) + row["operations"]
    return found


def agree(*laptops: Laptop) -> None:
    """Hold that all say the same, that nothing waits, and that each shows what its own journal says."""
    assert len({laptop.verified() for laptop in laptops}) == 1
    for laptop in laptops:
        assert waiting(laptop) == {}
