"""Attachments over real stores: whole or nothing, sealed, in one pair of hands, let out, destroyed, shared."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, body, forged, opened, write_raw
from tests.unit.formats.test_sealed_zip import opened as unzipped
from triage_app.domain.attachments import PIECE_BYTES, content_key
from triage_app.errors import BadFile, BadInput, Cancelled, DiskFull, NotFound, StoreExists
from triage_app.formats.bundle import BundleContents
from triage_app.services import (
    attachment_export,
    attachments,
    conflicts,
    custody_form,
    histories,
    incident_log,
    incidents,
    undo,
)
from triage_app.services.attachments import Handing, Taking
from triage_app.store import attachments as stored
from triage_app.store import labels, lookup, personal, projections

TAKING = Taking("Jo Pryce", "Network engineer", "2026-11-22 11:30", "Ward 7B", "CT-1, by write blocker", "Memory")


LAPTOPS = 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Bel Okafor.dmp"
    path.write_bytes(os.urandom(5 * PIECE_BYTES + 17))
    return path


@pytest.fixture
def taken(laptop: Laptop, incident: str, file: Path) -> str:
    return attachments.attach(laptop.session, incident, file, TAKING).changes.id


def blobs(laptop: Laptop) -> int:
    """Return how many pieces are in a store."""
    return int(laptop.store.value("SELECT count(*) FROM blob"))


def state(laptop: Laptop, attachment: str) -> str:
    """Return what verifying an attachment says."""
    return stored.checked(laptop.store, attachment)[0]


def test_a_file_is_kept_sealed_hashed_and_numbered_with_who_took_it(
    laptop: Laptop, incident: str, file: Path, taken: str
) -> None:
    (shown,) = attachments.listing(laptop.store, incident)
    row = shown.row
    assert row["ref"] == f"RXX-{laptop.session.tag}-E0001"
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (row["size"], row["name"], row["taken_by"]) == (5 * PIECE_BYTES + 17, "Bel Okafor.dmp", "Jo Pryce")
    assert (row["taken_at"]["precision"], shown.holder, shown.state) == ("minute", "Jo Pryce", "good")
    assert b"".join(stored.content(laptop.store, taken)) == file.read_bytes()
    assert blobs(laptop) == 6
    kept = b"".join(bytes(data or b"") for (data,) in laptop.store.rows("SELECT bytes FROM body"))
    for word in (b"Okafor.dmp", b"Pryce", b"Ward 7B", b"write blocker"):
        assert word not in kept
    assert "Okafor" not in repr(laptop.store.rows("SELECT * FROM attachment"))
    assert laptop.verified()


def test_the_same_bytes_twice_are_kept_and_said(laptop: Laptop, incident: str, file: Path, taken: str) -> None:
    again = attachments.attach(laptop.session, incident, file)
    assert again.same == (f"RXX-{laptop.session.tag}-E0001",)
    assert again.changes.label.endswith("the same bytes as " + again.same[0])
    other = incidents.open_incident(laptop.session, "Another").id
    assert attachments.attach(laptop.session, other, file).same == ()


def test_acts_are_let_in_between_pieces_and_nothing_is_seen_before_the_last(
    laptop: Laptop, incident: str, file: Path
) -> None:
    seen = []

    def between() -> None:
        incident_log.add_line(laptop.session, incident, "Still reading")
        seen.append(len(attachments.listing(laptop.store)))

    attachments.attach(laptop.session, incident, file, between=between)
    assert seen == [0]
    assert len(attachments.listing(laptop.store)) == 1
    assert laptop.verified()


@pytest.mark.parametrize("trouble", [Cancelled, DiskFull("Full.", "Make room.")])
def test_what_is_given_up_leaves_nothing(
    laptop: Laptop, incident: str, file: Path, trouble: BaseException | type[BaseException]
) -> None:
    links = laptop.store.value("SELECT count(*) FROM link")

    def progress(done: int, total: int | None = None) -> None:
        raise trouble

    with pytest.raises((Cancelled, DiskFull)):
        attachments.attach(laptop.session, incident, file, progress=progress)
    assert (blobs(laptop), laptop.store.value("SELECT count(*) FROM loading_piece")) == (0, 0)
    assert laptop.store.value("SELECT count(*) FROM link") == links
    assert laptop.store.rows("SELECT entity FROM personal_key WHERE entity LIKE 'content:%'") == []


def test_what_a_crash_left_is_removed_at_the_next_start(
    tmp_path: Path, laptops: list[Laptop], incident: str, file: Path
) -> None:
    laptop = laptops[0]
    with laptop.store.write():
        stored.Loading(laptop.store, f"{incident}:{'d' * 32}", 3).add([b"abc"])
    assert blobs(laptop) == 1
    assert laptop.verified()
    laptop.close()
    laptops[0] = again = opened(laptop.folder)
    assert (blobs(again), again.store.value("SELECT count(*) FROM loading_piece")) == (0, 0)
    assert again.store.rows("SELECT entity FROM personal_key WHERE entity LIKE 'content:%'") == []


def test_taking_an_attachment_back_and_again_keeps_its_bytes(laptop: Laptop, incident: str, taken: str) -> None:
    undo.undo(laptop.session)
    assert attachments.listing(laptop.store, incident) == []
    undo.redo(laptop.session)
    assert state(laptop, taken) == "good"
    attachments.hand_over(laptop.session, taken, Handing("DC Amin"))
    with pytest.raises(NotFound, match="built on since"):
        undo.undo(laptop.session, laptop.store.value("SELECT act FROM operation WHERE kind = 'attachment' LIMIT 1"))
    laptop.verified()


def test_a_file_goes_from_hand_to_hand_and_one_name_has_it(laptop: Laptop, taken: str) -> None:
    session = laptop.session
    attachments.hand_over(session, taken, Handing("DC Amin", "11:45", "Reception", "B123", "criminal investigation"))
    shown = attachments.one(laptop.store, taken)
    assert (shown.holder, shown.is_confirmed) == ("DC Amin", False)
    attachments.receive(session, taken, Handing("DC Amin"))
    attachments.give_back(session, taken, Handing("Jo Pryce"))
    shown = attachments.one(laptop.store, taken)
    assert [(said["event"], said["from"], said["to"]) for said in shown.custody] == [
        ("handed-over", "Jo Pryce", "DC Amin"), ("received", "Jo Pryce", "DC Amin"),
        ("returned", "DC Amin", "Jo Pryce"),
    ]  # fmt: skip
    assert (shown.holder, shown.is_confirmed) == ("Jo Pryce", True)
    assert "Amin" not in repr(laptop.store.rows("SELECT * FROM custody"))
    for handing, words in (
        (Handing(" "), "names who has"), (Handing("X", "11:00"), "before the file was taken"),
        (Handing("X\x07"), "control"),
        (Handing("x" * 2001), "longer than"), (Handing("X", "tomorrow"), "no time"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            attachments.hand_over(session, taken, handing)
    laptop.verified()


def test_an_entry_is_corrected_or_taken_back_and_never_vanishes(laptop: Laptop, taken: str) -> None:
    attachments.hand_over(laptop.session, taken, Handing("DC Armin"))
    (said,) = attachments.one(laptop.store, taken).custody
    with pytest.raises(BadInput, match="needs a reason"):
        attachments.correct(laptop.session, said["id"], {"to": "DC Amin"}, " ")
    with pytest.raises(BadInput, match="cannot be corrected"):
        attachments.correct(laptop.session, taken, {"sha256": "0" * 64}, "because")
    with pytest.raises(BadInput, match="A name must"):
        attachments.correct(laptop.session, said["id"], {"to": ""}, "because")
    attachments.correct(laptop.session, said["id"], {"to": "DC Amin"}, "misheard")
    attachments.correct(laptop.session, taken, {"taken_at": "about 11:00", "tlp": "red", "place": ""}, "asked again")
    shown = attachments.one(laptop.store, taken)
    assert (shown.holder, shown.custody[0]["is_corrected"]) == ("DC Amin", True)
    assert [row["after"] for row in histories.of(laptop.store, said["id"], "to")] == ["DC Armin", "DC Amin"]
    assert (shown.row["taken_at"]["about"], shown.row["place"]) == (True, "")
    attachments.hand_over(laptop.session, taken, Handing("Nobody"))
    undo.undo(laptop.session)
    shown = attachments.one(laptop.store, taken)
    assert (shown.holder, [bool(said["taken_back"]) for said in shown.custody]) == ("DC Amin", [False, True])
    text = custody_form.as_text(custody_form.form_of(laptop.session, taken))
    assert "taken back since" in text
    assert "corrected since" in text
    laptop.verified()


DAMAGE: dict[str, Callable[[list[str]], list[tuple[str, tuple[Any, ...]]]]] = {
    "missing": lambda names: [("DELETE FROM blob WHERE sha256 = ?", (names[2],))],
    "damaged": lambda names: [("UPDATE blob SET bytes = zeroblob(40) WHERE sha256 = ?", (names[0],))],
}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_verifying_notices_a_piece_that_is_gone_or_changed(laptop: Laptop, taken: str, how: str) -> None:
    found, changes = attachments.verify(laptop.session)
    assert ([one.state for one in found], changes is not None) == (["good"], True)
    names = json.loads(laptop.store.value("SELECT pieces FROM attachment"))
    for sql, values in DAMAGE[how](names):
        laptop.store.execute(sql, values)
    found, _ = attachments.verify(laptop.session, keep=False)
    assert [(one.state, one.is_bad) for one in found] == [(how, True)]
    with pytest.raises(AssertionError, match=f"E0001 is {how}"):
        laptop.verified()
    with pytest.raises(BadFile, match="not exported"):
        attachment_export.export(laptop.session, taken, laptop.folder / "x.zip")
    assert not (laptop.folder / "x.zip").exists()


def test_pieces_can_be_neither_swapped_nor_cut_nor_lent_to_another(laptop: Laptop, taken: str, incident: str) -> None:
    pieces = json.loads(laptop.store.value("SELECT pieces FROM attachment"))
    for untrusted in ([pieces[1], pieces[0], *pieces[2:]], pieces[:-1]):
        laptop.store.execute("UPDATE attachment SET pieces = ?", (json.dumps(untrusted),))
        assert state(laptop, taken) == "damaged"
    laptop.store.execute("UPDATE attachment SET pieces = ?, size = size - 1", (json.dumps(pieces),))
    assert state(laptop, taken) == "damaged"


def test_an_archive_holds_the_bytes_the_form_and_a_manifest_and_says_nothing_outside(
    laptop: Laptop, taken: str, file: Path
) -> None:
    path = laptop.folder / "out.zip"
    done = attachment_export.export(laptop.session, taken, path, to="NCSC", because="analysis")
    assert b"Okafor" not in path.read_bytes()
    inside = unzipped(path.read_bytes(), done.passphrase)
    ref = f"RXX-{laptop.session.tag}-E0001"
    assert list(inside) == [f"{ref}.evidence", "custody.txt", "manifest.json"]
    assert inside[f"{ref}.evidence"] == file.read_bytes()
    manifest = json.loads(inside["manifest.json"])
    assert (manifest["name_as_it_was"], manifest["tlp"]) == ("Bel Okafor.dmp", "TLP:AMBER+STRICT")
    assert b"Chain of custody" in inside["custody.txt"]
    (said,) = attachments.one(laptop.store, taken).custody
    assert (said["event"], said["to"], said["reason"]) == ("exported", "NCSC", "analysis")
    assert [view["what"] for view in attachments.views(laptop.store, taken)] == ["export"]
    with pytest.raises(StoreExists):
        attachment_export.export(laptop.session, taken, path)
    assert done.passphrase not in repr(laptop.store.rows("SELECT bytes FROM body"))
    laptop.verified()


def test_destroying_erases_the_bytes_and_their_key_and_leaves_the_record(laptop: Laptop, taken: str) -> None:
    session = laptop.session
    attachments.set_hold(session, taken, True, "the police asked")
    with pytest.raises(BadInput, match="legal hold"):
        attachments.destroy(session, taken, "Caldicott guardian", "retention ended")
    with pytest.raises(BadInput, match="already"):
        attachments.set_hold(session, taken, True, "again")
    attachments.set_hold(session, taken, False, "case closed")
    with pytest.raises(BadInput, match="who decided"):
        attachments.destroy(session, taken, "", "retention ended")
    attachments.destroy(session, taken, "Caldicott guardian", "retention ended")
    assert blobs(laptop) == 0
    assert personal.held(laptop.store, content_key(taken)) == []
    shown = attachments.one(laptop.store, taken)
    assert (shown.state, shown.row["name"], shown.custody[-1]["event"]) == ("destroyed", "Bel Okafor.dmp", "destroyed")
    act = laptop.store.value("SELECT act FROM operation WHERE field = 'destroyed'")
    with pytest.raises(NotFound, match="cannot be brought back"):
        undo.undo(session, act)
    assert undo.can_undo(laptop.store, laptop.device) != act
    with pytest.raises(BadFile, match="destroyed"):
        attachment_export.export(session, taken, laptop.folder / "x.zip")
    before = laptop.verified()
    with laptop.store.write():
        projections.rebuild(laptop.store)
    assert laptop.verified() == before


def test_a_peer_gets_record_and_bytes_and_destroying_them_reaches_our_own_laptops_alone(
    laptops: list[Laptop], incident: str, taken: str, file: Path
) -> None:
    a, b, c = laptops
    c.merge(a.export(c))
    assert attachments.listing(c.store) == []
    b.merge(a.export(b))
    assert (state(b, taken), attachments.one(b.store, taken).row["name"]) == ("good", "Bel Okafor.dmp")
    assert b"".join(stored.content(b.store, taken)) == file.read_bytes()
    incidents.classify(a.session, incident, label="TLP:GREEN")
    c.merge(a.export(c))
    assert state(c, taken) == "good"
    assert a.verified(incident) == c.verified(incident)
    attachments.hand_over(b.session, taken, Handing("DC Amin"))
    a.merge(b.export(a))
    assert attachments.one(a.store, taken).holder == "DC Amin"
    attachments.destroy(a.session, taken, "SIRO", "retention ended")
    b.merge(a.export(b))
    c.merge(a.export(c))
    assert (state(a, taken), state(b, taken), state(c, taken)) == ("destroyed", "destroyed", "good")
    assert attachments.one(c.store, taken).row["destroyed"] is not None
    for laptop in laptops:
        laptop.verified()


def test_bytes_too_many_for_a_bundle_stay_and_the_peer_is_told(
    laptops: list[Laptop], incident: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = laptops
    monkeypatch.setattr("triage_app.domain.attachments.MOST_IN_BUNDLE", PIECE_BYTES)
    b.merge(a.export(b))
    assert blobs(b) == 0
    shown = attachments.one(b.store, taken)
    assert (shown.state, shown.row["sha256"] != "") == ("not held here", True)
    found, changes = attachments.verify(b.session)
    assert ([(one.state, one.is_bad) for one in found], changes) == ([("not held here", False)], None)
    with pytest.raises(BadFile, match="not held on this laptop"):
        attachment_export.export(b.session, taken, b.folder / "x.zip")
    b.verified()


def test_keys_that_open_nothing_keep_an_attachments_true_key_out_of_no_laptop(
    laptops: list[Laptop], incident: str, taken: str, file: Path
) -> None:
    a, b, _ = laptops
    junk = {content_key(taken): [os.urandom(32).hex() for _ in range(personal.MOST_KEYS)]}
    contents = BundleContents({"to": [b.device]}, keys=json.dumps(junk).encode())
    b.merge(forged(a, b, contents))
    incidents.classify(a.session, incident, label="GREEN")
    b.merge(a.export(b))
    assert state(b, taken) == "good"
    assert b"".join(stored.content(b.store, taken)) == file.read_bytes()


def test_a_stricter_attachment_stays_behind_its_incident(laptops: list[Laptop], incident: str, file: Path) -> None:
    a, _, c = laptops
    incidents.classify(a.session, incident, label="TLP:GREEN")
    kept = attachments.attach(a.session, incident, file, Taking(tlp="red")).changes.id
    assert labels.effective(a.store, "attachment", kept) == "TLP:RED"
    assert labels.effective(a.store, "custody", f"{kept}:{'e' * 32}") == "TLP:RED"
    c.merge(a.export(c))
    assert attachments.listing(c.store) == []
    assert blobs(c) == 0


def test_two_who_correct_one_field_apart_are_shown_as_a_conflict(laptops: list[Laptop], taken: str) -> None:
    a, b, _ = laptops
    b.merge(a.export(b))
    attachments.correct(a.session, taken, {"role": "SIRO"}, "asked")
    attachments.correct(b.session, taken, {"role": "Nurse"}, "asked")
    a.merge(b.export(a))
    assert [(one["entity_kind"], one["field"]) for one in lookup.conflicts(a.store)] == [("attachment", "role")]
    said = conflicts.described(a.store, lookup.conflicts(a.store)[0])
    assert {value["value"] for value in said["values"]} == {"SIRO", "Nurse"}
    assert said["ref"] == attachments.one(a.store, taken).row["ref"]


HOSTILE = [
    ("attachment", "pieces", "not a list"), ("attachment", "pieces", ["x"]), ("attachment", "size", -1),
    ("attachment", "size", 2**62), ("attachment", "taken_at", {"at": "noon"}), ("attachment", "taken_by", ["a"]),
    ("attachment", "sha256", None), ("attachment", "hold", "yes"), ("attachment", "destroyed", 3),
    ("custody", "_created", "x"), ("custody", "at", [1]), ("custody", "to", {"sealed": "!"}),
    ("custody", "_created", {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field", "value"), HOSTILE)
def test_whatever_a_bundle_says_of_an_attachment_is_shown_as_far_as_it_can_be(
    laptops: list[Laptop], taken: str, kind: str, field: str, value: object
) -> None:
    a, b, _ = laptops
    b.merge(a.export(b))
    entity = taken if kind == "attachment" else f"{taken}:{'f' * 32}"
    write_raw(b, body(b, kind, entity, field, value))
    write_raw(b, body(b, kind, "no such name", field, value))
    a.merge(b.export(a))
    (shown,) = attachments.listing(a.store)
    assert shown.holder
    attachments.as_data(a.store, shown)
    custody_form.as_text(custody_form.form_of(a.session, taken))
    attachments.verify(a.session, keep=False)
