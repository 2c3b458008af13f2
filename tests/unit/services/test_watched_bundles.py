"""Bundles that appear on a stick or a share are offered, never merged unasked, each once; strangers' are kept aside."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, found, opened
from triage_app.errors import BadFile
from triage_app.services import certifying, incidents, quarantine, receipts, watched_bundles, watching
from triage_app.services.recording import record
from triage_app.services.watched_bundles import ASIDE, KNOWN, MERGED, NOT_OURS, OFFERED
from triage_app.store import lookup, peers
from triage_app.store.journal import Change


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 3)
    yield laptops
    for laptop in laptops:
        laptop.close()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Laptop]:
    found(tmp_path / "stranger", "RXX", responder="Eve Lloyd", device_name="Ward 9")
    laptop = opened(tmp_path / "stranger")
    yield laptop
    laptop.close()


def green(laptop: Laptop, title: str) -> None:
    incident = incidents.open_incident(laptop.session, title).id
    incidents.classify(laptop.session, incident, label="GREEN")


def titles(laptop: Laptop) -> list[str]:
    return sorted(row["title"] for row in laptop.rows("incident"))


def state(laptop: Laptop, path: Path, *, merge: bool = False) -> str:
    taken = watching.take(laptop.session, path, merge=merge)
    assert taken.waits is None
    assert taken.sealed is not None
    return taken.sealed.state


def test_a_bundle_of_a_trusted_sender_is_offered_with_what_it_would_change_and_not_merged(trio: list[Laptop]) -> None:
    a, b, _ = trio
    green(a, "Wards down")
    path = a.export(b)
    taken = watching.take(b.session, path)
    assert taken.sealed is not None
    assert (taken.sealed.state, taken.sealed.device, taken.sealed.organisation) == (OFFERED, a.device, "RXX")
    assert taken.sealed.merged is not None
    assert taken.sealed.merged.applied > 0
    assert titles(b) == []
    assert watched_bundles.still_offered(b.session, [path]) == [path]
    b.merge(path)
    assert watched_bundles.still_offered(b.session, [path]) == []


def test_where_somebody_ticked_so_it_is_merged_once_whatever_its_file_is_called(trio: list[Laptop]) -> None:
    a, b, _ = trio
    green(a, "Wards down")
    path = a.export(b)
    assert state(b, path, merge=True) == MERGED
    assert titles(b) == ["Wards down"]
    again = path.with_name("the same under another name.ctb")
    shutil.copy(path, again)
    assert state(b, again, merge=True) == KNOWN
    assert len([row for row in lookup.listing(b.store, "incident")]) == 1


def test_what_decides_about_what_is_ours_is_looked_at_by_a_person_first(trio: list[Laptop]) -> None:
    a, b, c = trio
    green(a, "Wards down")
    assert state(c, a.export(c), merge=True) == MERGED
    (incident,) = [row["id"] for row in c.rows("incident")]
    record(c.session, "Closed", [Change("incident", incident, "status", "closed", "TLP:GREEN")])
    path = c.export(a)
    taken = watching.take(a.session, path, merge=True)
    assert taken.sealed is not None
    assert taken.sealed.state == OFFERED
    assert taken.sealed.merged is not None
    assert "closed an incident that this organisation opened" in taken.sealed.merged.surprises[0]
    assert {row["status"] for row in a.rows("incident")} == {"open"}
    a.merge(path)
    assert {row["status"] for row in a.rows("incident")} == {"closed"}
    green(a, "Wards up again")
    assert state(a, c.export(a), merge=True) == MERGED  # it was said once
    assert state(b, a.export(b), merge=True) == OFFERED  # a colleague is told of it too


@pytest.mark.parametrize("merge", [False, True])
def test_what_a_stranger_put_there_is_kept_aside_once_and_never_merged(
    trio: list[Laptop], stranger: Laptop, merge: bool
) -> None:
    a, _, _ = trio
    stranger.trust(a)
    green(stranger, "Loader")
    path = stranger.export(a)
    assert state(a, path, merge=merge) == ASIDE
    assert [one.files for one in quarantine.waiting(a.store)] == [1]
    assert state(a, path, merge=merge) == KNOWN
    assert [one.files for one in quarantine.waiting(a.store)] == [1]
    assert titles(a) == []
    a.trust(stranger)
    assert state(a, path) == OFFERED


def test_a_sender_vouched_for_in_its_first_bundle_is_offered_and_not_merged_unasked(
    trio: list[Laptop], stranger: Laptop
) -> None:
    a, b, _ = trio
    _, public = certifying.create_key(a.session, "RXX Trust")
    for laptop in (b, stranger):
        certifying.believe(laptop.session, public.to_bytes())
    stranger.trust(a)
    stranger.trust(b)
    certifying.certify(a.session, stranger.identity())
    stranger.merge(a.export(stranger))
    green(stranger, "Heard of for the first time")
    path = stranger.export(b)
    assert state(b, path) == OFFERED
    assert titles(b) == []
    assert quarantine.waiting(b.store) == []
    assert state(b, path, merge=True) == MERGED


def test_what_is_sealed_for_others_is_passed_over_without_a_word(trio: list[Laptop]) -> None:
    a, b, c = trio
    green(a, "Wards down")
    path = a.export(c)
    assert state(b, path) == NOT_OURS
    assert state(a, path) == NOT_OURS, "our own, put there for somebody"


def test_a_damaged_bundle_waits_with_its_reason(trio: list[Laptop]) -> None:
    a, b, _ = trio
    green(a, "Wards down")
    path = a.export(b)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(bytes(data))
    taken = watching.take(b.session, path, merge=True)
    assert taken.waits is not None
    assert "seal is broken" in taken.waits.what
    assert titles(b) == []


@pytest.mark.parametrize("merge", [False, True])
def test_a_receipt_is_offered_or_taken_like_a_bundle(trio: list[Laptop], merge: bool) -> None:
    a, b, _ = trio
    green(a, "Wards down")
    b.merge(a.export(b))
    path = receipts.write_last(b.session, a.folder / "back.receipt").path
    assert state(a, path, merge=merge) == (MERGED if merge else OFFERED)
    assert state(a, path, merge=merge) == (KNOWN if merge else OFFERED)


def test_the_files_of_alerts_beside_them_are_imported_as_ever(trio: list[Laptop]) -> None:
    a, _, _ = trio
    path = a.folder / "picture.json"
    path.write_bytes(bytes(range(256)) * 40)
    taken = watching.take(a.session, path, merge=True)
    assert taken.sealed is None
    assert isinstance(taken.waits, BadFile)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name of a file is text")
def test_a_strangers_bundle_whose_name_is_no_text_is_kept_aside_as_any(trio: list[Laptop], stranger: Laptop) -> None:
    stranger.trust(trio[0])
    green(stranger, "From outside")
    sent = stranger.export(trio[0])
    path = sent.with_name(os.fsdecode(b"ward\xff\n9.ctb"))
    sent.rename(path)
    assert state(trio[0], path) == ASIDE
    assert state(trio[0], path) == KNOWN
    kept = quarantine.named_files_of(trio[0].session, stranger.session.device)
    assert list(kept.values()) == ["ward⟦U+DCFF⟧\n9.ctb"]
    watching.keep_settled(trio[0].session, path.parent, [[path.name, 1, 2]])
    assert watching.settled_files(trio[0].store, path.parent) == [[path.name, 1, 2]]


def test_a_bundle_that_names_the_number_of_anothers_takes_no_line_out_of_the_log(
    trio: list[Laptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = trio
    green(c, "Loader")
    a.merge(c.export(a, b))
    [merged] = peers.bundles(a.store)
    green(b, "Wards down")
    with monkeypatch.context() as patch:
        patch.setattr(secrets, "token_hex", lambda size: merged["id"])
        path = b.export(a)
    assert state(a, path, merge=True) == MERGED
    assert merged in peers.bundles(a.store)
    assert state(a, path, merge=True) == KNOWN
