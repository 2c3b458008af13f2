"""A receipt tells the sender what arrived, and makes the next bundle smaller; it can take nothing away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, table
from triage_app.errors import BadInput, NotFound, UntrustedSigner
from triage_app.formats import receipt as receipts_format
from triage_app.formats.receipt import BadReceipt, Receipt
from triage_app.services import certifying, devices, incidents, receipts
from triage_app.store import journal, outgoing, peers


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


def lacking(laptop: Laptop, other: Laptop) -> int | None:
    row = next(row for row in devices.known_devices(laptop.store) if row["id"] == other.device)
    found: int | None = row["they_lack"]
    return found


def opened(path: Path, laptop: Laptop) -> Receipt:
    return receipts_format.open_receipt(path.read_bytes(), [laptop.session.identity.age_secret], laptop.device)


def test_after_a_receipt_the_sender_knows_what_arrived_and_the_next_delta_is_smaller(
    trio: list[Laptop], tmp_path: Path
) -> None:
    a, b, _ = trio
    for number in range(5):
        green(a, f"Incident {number}")
    table(a, [("ref-1", "Loader"), ("ref-2", "Beacon")])
    first = a.exported(b)
    b.merge(Path(first.paths[0]))
    assert lacking(a, b) is None
    written = receipts.write_for(b.session, [Path(first.paths[0])], tmp_path / "back.receipt")
    held, _ = journal.tail(a.store, "journal", a.device)
    assert (written.device, written.bundles, written.held) == (a.device, 1, held)
    again = a.exported(b)
    assert (again.links, again.evidence) == (first.links, first.evidence), "what was sent is not taken for received"
    taken = receipts.read_receipt(a.session, written.path)
    assert (taken.state, taken.device, taken.received, taken.of, taken.they_lack) == (
        receipts.NEW, b.device, held, held, 0,
    )  # fmt: skip
    assert lacking(a, b) == 0
    green(a, "Since then")
    delta = a.exported(b)
    assert 0 < delta.links < first.links / 2
    assert delta.evidence == 0
    assert b.merge(Path(delta.paths[0])).applied == delta.bodies
    b.verified()


def test_a_receipt_for_what_was_merged_last_names_all_parts_of_it(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, c = trio
    green(a, "One")
    green(c, "Two")
    b.merge(c.export(b))
    b.clock.move(minutes=5)
    path = a.export(b)
    b.merge(path)
    written = receipts.write_last(b.session, tmp_path / "back.receipt")
    assert written.device == a.device
    said = opened(written.path, a)
    assert [one.bundle for one in said.bundles] == [peers.bundles(b.store)[1]["id"]]
    assert said.vector == journal.vector(b.store)
    earlier = next(row["id"] for row in peers.bundles(b.store) if row["device"] == c.device)
    assert receipts.write_last(b.session, tmp_path / "c.receipt", earlier).device == c.device
    green(a, "Three")
    green(c, "Four")
    b.clock.move(minutes=5)
    b.merge(a.export(b), c.export(b))
    last = receipts.write_last(b.session, tmp_path / "together.receipt")
    other = a if last.device == a.device else c
    assert len(opened(last.path, other).bundles) == 1, "what another sender sent is not named to this one"


def test_a_receipt_says_what_waits_and_what_is_withheld(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, c = trio
    incidents.open_incident(a.session, "For ourselves alone")
    path = a.export(c)
    c.merge(path)
    said = opened(receipts.write_for(c.session, [path], tmp_path / "c.receipt").path, a)
    assert said.lacks == outgoing.lacking(c.store) != {}
    taken = receipts.read_receipt(a.session, tmp_path / "c.receipt")
    assert taken.withheld == sum(map(len, said.lacks.values()))
    assert peers.held_by(a.store, c.device).lacks == said.lacks
    assert b.session is not None


def test_reading_a_receipt_twice_or_after_a_later_one_changes_nothing(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, _ = trio
    green(a, "One")
    first = a.export(b)
    b.merge(first)
    old = receipts.write_last(b.session, tmp_path / "old.receipt").path
    green(a, "Two")
    b.merge(a.export(b))
    new = receipts.write_last(b.session, tmp_path / "new.receipt").path
    assert receipts.read_receipt(a.session, new).state == receipts.NEW
    known = peers.held_by(a.store, b.device)
    log = peers.bundles(a.store)
    assert receipts.read_receipt(a.session, new).state == receipts.KNOWN
    older = receipts.read_receipt(a.session, old)
    assert (older.state, older.they_lack) == (receipts.OLDER, lacking(a, b))
    assert peers.held_by(a.store, b.device) == known
    assert peers.bundles(a.store) == log


def test_an_older_receipt_that_says_the_same_links_with_more_withheld_takes_nothing_away(
    trio: list[Laptop], tmp_path: Path
) -> None:
    a, b, c = trio
    incident = incidents.open_incident(a.session, "First for ourselves").id
    c.merge(a.export(c))
    before = receipts.write_last(c.session, tmp_path / "before.receipt").path
    receipts.read_receipt(a.session, before)
    incidents.classify(a.session, incident, label="GREEN")
    c.merge(a.export(c))
    after = receipts.write_last(c.session, tmp_path / "after.receipt").path
    receipts.read_receipt(a.session, after)
    known = peers.held_by(a.store, c.device)
    assert receipts.read_receipt(a.session, before).state == receipts.OLDER
    said = opened(after, a)
    more = replace(said, lacks={**said.lacks, a.device: [1, *said.lacks.get(a.device, [])]})
    doctored = tmp_path / "doctored.receipt"
    doctored.write_bytes(receipts_format.seal_receipt(more, c.session.identity, a.session.public.age))
    assert receipts.read_receipt(a.session, doctored).state == receipts.KNOWN
    assert peers.held_by(a.store, c.device) == known
    assert b.session is not None


def test_a_dry_run_says_the_same_and_changes_nothing(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, _ = trio
    green(a, "One")
    b.merge(a.export(b))
    path = receipts.write_last(b.session, tmp_path / "back.receipt").path
    before = peers.held_by(a.store, b.device)
    said = receipts.read_receipt(a.session, path, dry_run=True)
    assert peers.held_by(a.store, b.device) == before
    assert receipts.read_receipt(a.session, path) == said


def test_a_receipt_is_refused_by_whom_it_was_not_for_and_of_whom_is_not_trusted(
    trio: list[Laptop], tmp_path: Path
) -> None:
    a, b, c = trio
    green(a, "One")
    b.merge(a.export(b))
    path = receipts.write_last(b.session, tmp_path / "back.receipt").path
    assert receipts.is_receipt(a.session, path)
    assert not receipts.is_receipt(c.session, path)
    with pytest.raises(BadReceipt, match="not sealed for this device"):
        receipts.read_receipt(c.session, path)
    certifying.revoke(a.session, b.device, "lost", after=0)
    with pytest.raises(UntrustedSigner, match="does not trust"):
        receipts.read_receipt(a.session, path)
    assert peers.held_by(a.store, b.device).vector == {}


def test_no_receipt_is_written_for_what_was_not_merged_or_for_two_senders_at_once(
    trio: list[Laptop], tmp_path: Path
) -> None:
    a, b, c = trio
    for laptop in (a, c):
        green(laptop, "One")
    first, second = a.export(b), c.export(b)
    with pytest.raises(NotFound, match="not merged here"):
        receipts.write_for(b.session, [first], tmp_path / "no.receipt")
    with pytest.raises(NotFound, match="No such bundle was merged"):
        receipts.write_last(b.session, tmp_path / "no.receipt")
    b.merge(first, second)
    with pytest.raises(BadInput, match="2 senders"):
        receipts.write_for(b.session, [first, second], tmp_path / "no.receipt")
    assert not (tmp_path / "no.receipt").exists()


def test_a_receipt_is_no_bundle_and_a_bundle_is_no_receipt(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, _ = trio
    green(a, "One")
    bundle = a.export(b)
    b.merge(bundle)
    path = receipts.write_last(b.session, tmp_path / "back.receipt").path
    assert not receipts.is_receipt(b.session, bundle)
    with pytest.raises(BadReceipt, match="not written as receipts are"):
        receipts.read_receipt(b.session, bundle)
    with pytest.raises(Exception, match="bundle"):
        a.merge(path)
