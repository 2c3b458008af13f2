"""Operations of every release are replayed: they count as they did, and show what they showed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import golden_operations
from tests.stores import Laptop, copies
from triage_app.domain.operations import Body, Link, body_hash
from triage_app.formats.identity import PublicIdentity
from triage_app.services import devices
from triage_app.store import incoming, understanding
from triage_app.store.state import projection_differences

RELEASES = sorted((Path(__file__).resolve().parents[2] / "data" / "golden").glob("operations-*.json"))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Laptop]:
    (laptop,) = copies(tmp_path)
    yield laptop
    laptop.close()


def release(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_there_are_operations_of_this_release() -> None:
    assert "operations-0.1.0.json" in {path.name for path in RELEASES}


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_every_byte_of_a_release_is_still_what_its_hash_says(path: Path) -> None:
    data = release(path)
    links = {Link.from_bytes(line.encode()).hash: Link.from_bytes(line.encode()) for line in data["links"]}
    for name, text in data["bodies"].items():
        assert body_hash(text.encode()) == links[name].body_hash
        assert Body.from_bytes(text.encode()).to_bytes() == text.encode()


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_a_release_is_replayed_and_shows_what_it_showed(path: Path, reader: Laptop) -> None:
    data = release(path)
    store = reader.store
    identities = [text.encode() for text in data["identities"]]
    for identity in identities:
        devices.trust_device(reader.session, identity)
    with store.write():
        outcome = incoming.receive(store, golden_operations.parcel(data), devices.verifier(reader.session))
    assert (outcome.pending, outcome.refused) == (0, 0)
    assert outcome.applied == len(data["bodies"])
    assert understanding.waiting(store) == 0
    ids = [PublicIdentity.from_bytes(identity).device for identity in identities]
    assert golden_operations.heads(store, ids) == data["heads"]
    now = golden_operations.shown(store)
    for kind, rows in data["shown"].items():
        known = {row["id"]: row for row in now[kind]}
        for row in rows:
            assert {name: known[row["id"]].get(name) for name in row} == row, kind
    assert projection_differences(store) == []
