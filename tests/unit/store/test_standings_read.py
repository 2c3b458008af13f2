"""What is held of devices, read back: authorities believed, what was signed, what counts and what does not."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.stores import Laptop, body, number_of, write_raw
from triage_app.domain import certificates
from triage_app.domain.certificates import CERTIFICATE, KIND, REVOCATION, Authority, Standing
from triage_app.domain.operations import Body, batch_blob
from triage_app.domain.records import new_id
from triage_app.domain.tlp import Relation
from triage_app.services import certifying, devices
from triage_app.store import journal, standings

DEVICE, OTHER = "1" * 32, "2" * 32
TEXTS = {"ed25519": "f" * 64, "role": "organisation", "organisation": "RXX", "name": "RXX key"}


def trusts(laptop: Laptop, about: str, by: str = "", **columns: Any) -> None:
    """Hold a word of this laptop, or of another, on a device or an authority."""
    row = {"relation": 1, "trusted": 1, "revoked": None, "authority": None, **columns}
    by = by or laptop.device
    laptop.store.execute(
        "INSERT OR REPLACE INTO trust(id, by_device, device, relation, trusted, revoked, authority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (f"{by}:{about}", by, about, *(row[name] for name in ("relation", "trusted", "revoked", "authority"))),
    )


def said(laptop: Laptop, made: Body, blob: bytes | None = None) -> int:
    """Let a body count and return the number of its link."""
    link_hash = write_raw(laptop, made, blob)
    n = number_of(laptop.store, link_hash)
    with laptop.store.write():
        journal.apply(laptop.store, n, link_hash, made)
    return int(laptop.store.value("SELECT seq FROM link WHERE n = ?", (n,)))


# ---- authorities ----------------------------------------------------------------------------------------------------


def test_an_authority_is_believed_that_this_store_trusts_and_knows_in_full(laptop: Laptop) -> None:
    before = standings.authorities(laptop.store)
    trusts(laptop, "believed", authority=json.dumps(TEXTS), relation=int(Relation.LINKED))
    trusts(laptop, "odd", authority=json.dumps({**TEXTS, "more": 1}), relation=99)
    trusts(laptop, "distrusted", authority=json.dumps(TEXTS), trusted=0)
    trusts(laptop, "a device")
    trusts(laptop, "of another", by=DEVICE, authority=json.dumps(TEXTS))
    trusts(laptop, "a list", authority="[]")
    for name in TEXTS:
        trusts(laptop, f"no {name}", authority=json.dumps({**TEXTS, name: 1}))
    assert standings.authorities(laptop.store) == {
        **before, "believed": Authority("believed", **TEXTS, relation=Relation.LINKED),
        "odd": Authority("odd", **TEXTS, relation=Relation.PEER),
    }  # fmt: skip


def test_the_files_of_authorities_come_as_they_were_but_for_those_taken_back(laptop: Laptop) -> None:
    for name, deleted in (("b", 0), ("a", 0), ("c", 1)):
        laptop.store.execute("INSERT INTO authority(id, file, deleted) VALUES (?, ?, ?)", (name, f"é {name}", deleted))
    assert standings.authority_files(laptop.store) == ["é a".encode(), "é b".encode()]


def test_what_this_store_decided_is_what_it_said_itself(laptop: Laptop) -> None:
    laptop.store.execute("DELETE FROM trust")
    trusts(laptop, OTHER, relation=3, trusted=0, revoked='{"seq":5}')
    trusts(laptop, DEVICE, relation=2, authority=json.dumps(TEXTS))
    trusts(laptop, "elsewhere", by=DEVICE)
    assert list(standings.own_decisions(laptop.store).items()) == [
        (DEVICE, {"relation": 2, "trusted": True, "authority": TEXTS}),
        (OTHER, {"relation": 3, "trusted": False, "revoked": {"seq": 5}}),
    ]  # fmt: skip


def test_a_cut_off_of_our_own_is_a_number(laptop: Laptop) -> None:
    for about, revoked in ((DEVICE, '{"seq":5}'), (OTHER, '{"seq":"5"}'), ("x", "[]"), ("y", None)):
        trusts(laptop, about, revoked=revoked)
    trusts(laptop, "z", by=DEVICE, revoked='{"seq":6}')
    assert standings._own_cutoffs(laptop.store, laptop.device) == {DEVICE: 5}
    with laptop.store.write():
        standings.reconsider(laptop.store)
    assert standings.of(laptop.store, DEVICE).cutoff == 5
    assert standings.of(laptop.store, OTHER) == standings.of(laptop.store, "nobody") == Standing()
    assert not standings.is_revoked_by_authority(laptop.store, DEVICE)


def test_what_is_held_comes_back_as_it_was_kept(laptop: Laptop) -> None:
    laptop.store.execute("DELETE FROM standing")
    laptop.store.execute(
        "INSERT INTO standing(device, relation, certified_by, cutoff, confirms) VALUES"
        " (?, 2, 'x', 7, 1), (?, NULL, '', NULL, 0)",
        (DEVICE, OTHER),
    )  # fmt: skip
    assert standings.standings(laptop.store) == {DEVICE: Standing(Relation(2), "x", 7, True), OTHER: Standing()}


# ---- statements -----------------------------------------------------------------------------------------------------


def test_every_certificate_and_revocation_that_is_held_is_a_statement_replaced_or_not(laptop: Laptop) -> None:
    entity, other = f"a:{DEVICE}", f"a:{OTHER}"
    for about, field, value in (
        (entity, CERTIFICATE, {"n": 1}), (entity, CERTIFICATE, {"n": 2}), (entity, REVOCATION, {"n": 3}),
        (other, CERTIFICATE, {"n": 4}), (entity, "note", {"n": 5}), (entity, CERTIFICATE, None),
    ):  # fmt: skip
        said(laptop, body(laptop, KIND, about, field, value))
    said(laptop, body(laptop, "trust", f"{laptop.device}:{DEVICE}", CERTIFICATE, {"n": 6}))
    blob = batch_blob([(entity, [])])
    said(laptop, body(laptop, KIND, "", CERTIFICATE, {"n": 7}, batch=hashlib.sha256(blob).hexdigest()), blob)
    gone = said(laptop, body(laptop, KIND, entity, CERTIFICATE, {"n": 8}))
    laptop.store.execute(
        "UPDATE body SET state = 'redacted', bytes = NULL WHERE n = (SELECT n FROM link WHERE seq = ? AND device = ?)",
        (gone, laptop.device),
    )
    ours = [(entity, CERTIFICATE, {"n": 1}), (entity, CERTIFICATE, {"n": 2}), (entity, REVOCATION, {"n": 3})]
    assert standings.statements(laptop.store, DEVICE) == ours
    assert standings.statements(laptop.store) == [*ours, (other, CERTIFICATE, {"n": 4})]
    assert standings.statements(laptop.store, "a") == []


# ---- what counts ----------------------------------------------------------------------------------------------------


def test_how_many_operations_do_not_count_is_told_of_a_device_that_was_cut_off(laptop: Laptop) -> None:
    first = said(laptop, body(laptop, "incident", new_id(), "title", 1))
    laptop.store.execute("UPDATE identity SET own = 0")
    laptop.store.execute("DELETE FROM standing")
    assert standings.uncounted(laptop.store, laptop.device) == 0
    laptop.store.execute("INSERT INTO standing(device, cutoff) VALUES (?, ?)", (laptop.device, first))
    assert standings.uncounted(laptop.store, laptop.device) == 0
    for _ in range(2):
        said(laptop, body(laptop, "incident", new_id(), "title", 1))
    said(laptop, body(laptop, KIND, f"a:{DEVICE}", CERTIFICATE, {}))
    assert standings.uncounted(laptop.store, laptop.device) == 2
    laptop.store.execute("UPDATE operation SET applied = 0")
    assert standings.uncounted(laptop.store, laptop.device) == 3
    assert standings.uncounted(laptop.store, OTHER) == 0


def test_a_cut_off_is_found_by_what_a_device_says_of_the_time(laptop: Laptop) -> None:
    seqs = []
    for at in (5_000, 6_000, 7_000):
        hlc = f"{10**14 + at:015d}:00000000:{laptop.device}"
        seqs.append(said(laptop, body(laptop, "incident", new_id(), "title", 1, hlc=hlc)))
    for at, seq in ((5_999, seqs[0]), (6_000, seqs[1]), (9_000, seqs[2])):
        assert standings.written_until(laptop.store, laptop.device, 10**14 + at) == seq
    assert standings.written_until(laptop.store, laptop.device, 0) == 0
    assert standings.written_until(laptop.store, OTHER, 10**14 + 9_000) == 0
    assert standings.last_written(laptop.store, laptop.device) == 10**14 + 7_000
    assert standings.last_written(laptop.store, OTHER) == 0
    name = laptop.store.value("SELECT hash FROM link WHERE device = ? AND seq = ?", (laptop.device, seqs[1]))
    assert standings.link_at(laptop.store, laptop.device, seqs[1]) == name
    assert (
        standings.link_at(laptop.store, laptop.device, 10**6) == standings.link_at(laptop.store, OTHER, seqs[1]) == ""
    )


def test_what_a_device_said_after_a_number_is_named_batches_and_all(laptop: Laptop) -> None:
    one, two, three = (new_id() for _ in range(3))
    seq = said(laptop, body(laptop, "incident", one, "title", 1))
    said(laptop, body(laptop, "incident", two, "title", 1))
    blob = batch_blob([(name, []) for name in sorted((two, three))])
    said(laptop, body(laptop, "campaign", "", "name", 1, batch=hashlib.sha256(blob).hexdigest()), blob)
    senseless = b'[["b",[]],["a",[]]]'
    said(laptop, body(laptop, "tip", "", "text", 1, batch=hashlib.sha256(senseless).hexdigest()), senseless)
    last = said(laptop, body(laptop, "note", three, "text", 1))
    after = {("incident", two), ("campaign", two), ("campaign", three), ("note", three)}
    assert standings.entities_after(laptop.store, laptop.device, seq) == after
    assert standings.entities_after(laptop.store, laptop.device, seq - 1) == {("incident", one), *after}
    assert standings.entities_after(laptop.store, laptop.device, last) == set()
    assert standings.entities_after(laptop.store, OTHER, 0) == set()


def test_a_device_is_of_the_organisation_that_its_identity_says(laptop: Laptop) -> None:
    laptop.store.execute("DELETE FROM identity WHERE own = 0")
    for device, data in ((DEVICE, {"organisation": "RYY"}), (OTHER, {})):
        laptop.store.execute("INSERT INTO identity(device, bytes) VALUES (?, ?)", (device, json.dumps(data).encode()))
    assert standings.organisations(laptop.store) == {laptop.device: "RXX", DEVICE: "RYY", OTHER: ""}


@pytest.mark.parametrize(
    ("was", "now", "otherwise"),
    [
        (Standing(), Standing(), False),
        (Standing(), Standing(relation=Relation.LINKED), False),
        (Standing(), Standing(cutoff=-1), True),
        (Standing(), Standing(cutoff=0), True),
        (Standing(cutoff=0), Standing(cutoff=10**6), True),
        (Standing(cutoff=10**6), Standing(), False),
        (Standing(), Standing(confirms=True), True),
    ],
)
def test_operations_count_otherwise_where_a_cut_off_or_the_right_to_confirm_changed_for_them(
    laptop: Laptop, was: Standing, now: Standing, otherwise: bool
) -> None:
    said(laptop, body(laptop, "incident", new_id(), "category_confirmed", 1))
    quiet = {OTHER: Standing(cutoff=3), "3" * 32: Standing(confirms=True)}
    for names in ((DEVICE, laptop.device), (laptop.device, DEVICE)):
        before = {names[0]: was if names[0] == laptop.device else Standing(), **quiet}
        before[laptop.device] = was
        after = {name: Standing() for name in quiet} | {DEVICE: Standing(cutoff=1), laptop.device: now}
        assert standings._counts_otherwise(laptop.store, before, after) is otherwise
        assert standings._counts_otherwise(laptop.store, after, before) is otherwise


def test_a_certificate_of_another_organisations_role_confirms_nothing(laptop: Laptop) -> None:
    certifying.create_key(laptop.session, "RXX key", "organisation")
    certifying.certify(laptop.session, devices.own_identity(laptop.session))
    assert certificates.CONFIRMING
    assert standings.confirmers(laptop.store, laptop.device) == []


def test_the_authorities_by_whose_word_a_device_confirms_are_told_in_order_of_their_names(laptop: Laptop) -> None:
    for name, role in zip(("Second", "First"), sorted(certificates.CONFIRMING), strict=True):
        _, public = certifying.create_key(laptop.session, name, role)
        certifying.certify(laptop.session, devices.own_identity(laptop.session), public.id)
    found = standings.confirmers(laptop.store, laptop.device)
    assert [one.name for one in found] == sorted(one.name for one in found)
    assert {one.role for one in found} == certificates.CONFIRMING
    assert standings.confirmers(laptop.store, OTHER) == []
    (certified, *_) = found
    laptop.store.execute("UPDATE trust SET trusted = 0 WHERE device = ?", (certified.id,))
    assert certified not in standings.confirmers(laptop.store, laptop.device)
