"""What comes by bundle is believed no further than its author's signature goes, and never lost."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, body, contents_of, forged, write_raw
from triage_app.domain.canonical import canonical
from triage_app.domain.operations import MAX_HLC_MS, Link, batch_blob, body_hash
from triage_app.domain.tlp import AMBER_STRICT, GREEN
from triage_app.errors import BadInput
from triage_app.paths import Profile
from triage_app.services import devices, incidents, people, victims
from triage_app.services import session as sessions
from triage_app.store import journal, lookup, outgoing, peers, personal, projections


def opened_incident(laptop: Laptop, title: str = "Loader on the wards", label: str = "GREEN") -> str:
    incident = incidents.open_incident(laptop.session, title).id
    incidents.classify(laptop.session, incident, label=label)
    return incident


def titles(laptop: Laptop) -> list[str]:
    return sorted(row["title"] for row in laptop.rows("incident"))


def reasons(laptop: Laptop) -> dict[str, int]:
    return {row["reason"]: row["operations"] for row in lookup.pending(laptop.store)}


# ---- bodies that make no sense here, or not yet ------------------------------------------------------------


def test_a_newer_schema_version_is_kept_and_relayed_byte_for_byte_but_not_applied(trio: list[Laptop]) -> None:
    a, b, c = trio
    incident = opened_incident(a)
    newer = body(a, "incident", incident, "title", {"new": "shape"}, version=2, extra={"mood": [1, 2]})
    name = write_raw(a, newer)
    b.merge(a.export(b))
    c.merge(b.export(c))
    for laptop in (b, c):
        assert laptop.store.value("SELECT bytes FROM body JOIN link USING (n) WHERE hash = ?", (name,)) == (
            newer.to_bytes()
        )
        assert titles(laptop) == ["Loader on the wards"]
        laptop.verified()


@pytest.mark.parametrize("label", ["TLP:PURPLE", "TLP:RED", "", None])
def test_what_a_newer_version_labelled_in_a_way_unknown_here_counts_as_red(trio: list[Laptop], label: Any) -> None:
    a, b, _ = trio
    write_raw(a, canonical({"tlp": label, "v": 9, "what": "from the year after next"}))
    assert b.merge(a.export(b)).withheld > 0
    assert b.store.value("SELECT count(*) FROM body WHERE bytes LIKE '%year after next%'") == 0


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"", b"[]", b"17", b"[" * 5000, canonical({"tlp": GREEN, "v": 1}), b'{"tlp":"TLP:GREEN"']
)
def test_bytes_that_nobody_can_read_stop_neither_merging_nor_passing_on(trio: list[Laptop], data: bytes) -> None:
    a, b, c = trio
    write_raw(a, data)
    incident = opened_incident(a)
    path = a.export(b)
    # As the sender's program would not send what has no label, it is put in by hand.
    link = a.store.value("SELECT hash FROM link JOIN body USING (n) WHERE bytes = ?", (data,))
    contents = contents_of(path, b)
    bodies = dict(contents.bodies) | {link: data}
    b.merge(forged(a, b, dataclasses.replace(contents, bodies=list(bodies.items()))))
    assert lookup.one(b.store, "incident", incident) is not None
    assert b.store.value("SELECT state FROM body JOIN link USING (n) WHERE hash = ?", (link,)) == "here"
    b.verified()
    c.merge(b.export(c))
    assert titles(c) == ["Loader on the wards"]
    c.verified()


@pytest.mark.parametrize("blob", [b"", b"[[", b'[["b",[]],["a",[]]]', b'[["a",["x"]]]', b"[" * 100_000, b"{}", b"\xff"])
def test_a_batch_whose_list_makes_no_sense_is_kept_and_not_applied(trio: list[Laptop], blob: bytes) -> None:
    a, b, c = trio
    incident = opened_incident(a)
    b.merge(a.export(b))
    before = b.verified(incident)
    name = hashlib.sha256(blob).hexdigest()
    write_raw(a, body(a, "incident", "", "title", "Taken over", batch=name), blob)
    done = b.merge(forged(a, b, _with_blob(a.export(b, full=True), b, a, name, blob)))
    assert done.pending == 0
    assert b.verified(incident) == before
    b.verified()
    c.merge(b.export(c))
    assert titles(c) == ["Loader on the wards"]


def _with_blob(path: Path, b: Laptop, a: Laptop, name: str, blob: bytes) -> Any:
    contents = contents_of(path, b)
    link, data = a.store.row("SELECT hash, bytes FROM body JOIN link USING (n) ORDER BY n DESC LIMIT 1")
    bodies = dict(contents.bodies) | {link: bytes(data)}
    return dataclasses.replace(contents, bodies=list(bodies.items()), blobs={**contents.blobs, name: blob})


def test_a_batch_waits_for_its_list(trio: list[Laptop]) -> None:
    a, b, _ = trio
    keys = [f"{number:032x}" for number in range(150)]
    with a.store.write():
        change = journal.BatchChange("alert", tuple(keys), "triage", {"state": "in hand"}, GREEN)
        journal.append(a.store, a.session.author, 0, journal.new_act(), [change])
    contents = contents_of(a.export(b), b)
    done = b.merge(forged(a, b, dataclasses.replace(contents, blobs={})))
    assert done.pending == 0
    withheld = done.withheld
    assert b.store.value("SELECT count(*) FROM batch_member") == 0
    healed = b.merge(forged(a, b, contents))
    assert healed.filled == 1
    assert b.store.value("SELECT count(*) FROM batch_member") == 150
    assert len(outgoing.lacking(b.store)[a.device]) == withheld - 1
    b.verified()


# ---- what a device may not say -----------------------------------------------------------------------------


def test_no_device_can_make_another_trust_somebody(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, c = trio
    with a.store.write():  # A does not trust C any more; B would like it to
        entity = f"{a.device}:{c.device}"
        journal.append(
            a.store, a.session.author, 0, journal.new_act(),
            [journal.Change("trust", entity, "trusted", False, AMBER_STRICT)],
        )  # fmt: skip
        projections.project_all(a.store, {("trust", entity)})
    assert c.device not in peers.trusted(a.store)
    heads = [name for _, name in journal.heads(a.store, "trust", entity, "trusted")]
    write_raw(b, body(b, "trust", entity, "trusted", True, parents=tuple(heads)))
    write_raw(b, body(b, "trust", f"{a.device}:{b.device}", "relation", 3))
    blob = batch_blob([(entity, heads)])
    write_raw(b, body(b, "trust", "", "trusted", True, batch=hashlib.sha256(blob).hexdigest()), blob)
    contents = contents_of(b.export(a), a)
    bodies = {
        link: bytes(data)
        for link, data in b.store.rows("SELECT hash, bytes FROM link JOIN body USING (n) WHERE state = 'here'")
    }
    done = a.merge(
        forged(
            b, a, dataclasses.replace(contents, bodies=list(bodies.items()),
                                      blobs={hashlib.sha256(blob).hexdigest(): blob}),
        )
    )  # fmt: skip
    assert done.pending == 0
    assert c.device not in peers.trusted(a.store)
    a.verified()


def test_confirmed_by_a_device_that_nobody_certified_is_never_shown(trio: list[Laptop]) -> None:
    a, b, _ = trio
    incident = opened_incident(a)
    write_raw(a, body(a, "incident", incident, "category_confirmed", {"category": 1}))
    b.merge(a.export(b))
    found = lookup.one(b.store, "incident", incident)
    assert found is not None
    assert found["category_confirmed"] is None
    assert "category" not in str(found["facts"])
    assert lookup.conflicts(b.store) == []
    b.verified()


def test_a_clock_at_the_end_of_time_stops_nobody(trio: list[Laptop]) -> None:
    a, b, _ = trio
    incident = opened_incident(a)
    last = f"{MAX_HLC_MS - 1:015d}:ffffffff:{a.device}"
    write_raw(a, body(a, "note", "0" * 32, "_created", {"kind": "incident", "about": incident}, hlc=last))
    b.merge(a.export(b))
    incidents.note(b.session, incident, "after the end of time")
    incidents.set_field(b.session, incident, "severity", "70")
    incidents.set_field(b.session, incident, "severity", "71")
    b.verified()
    a.merge(b.export(a))
    assert a.rows("incident")[0]["severity"] == 71


def test_trusting_a_device_again_goes_by_what_it_says_of_itself_now(trio: list[Laptop]) -> None:
    a, b, _ = trio
    later = b.session.public.created + 1
    now = b.session.identity.public(name="Ward desk", organisation="RXX", slots=2, created=later)
    devices.trust_device(a.session, now.to_bytes())
    with pytest.raises(BadInput, match="2 people"):
        a.export(b, reader="Ben Okafor")
    # What it said before, and what others say of it or of us, changes nothing.
    theirs = b.session.public.to_bytes().decode()
    a.merge(forged(b, a, dataclasses.replace(contents_of(b.export(a), a, identities=[theirs]))))
    with pytest.raises(BadInput, match="2 people"):
        a.export(b, reader="Ben Okafor")


# ---- signatures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", ["none", "garbage", "another's", "a lower place"])
def test_links_that_their_own_device_has_not_signed_wait(trio: list[Laptop], spoil: str) -> None:
    a, b, c = trio
    b.merge(a.export(b))
    incident = opened_incident(a)
    contents = contents_of(a.export(b), b)
    seq, name = journal.tail(a.store, "journal", a.device)
    signed = [item for item in contents.manifest_fields["checkpoints"] if item[1] == a.device]
    assert signed[0][2:4] == [seq, name]
    good = signed[0][4]
    other = c.session.identity.sign(b"checkpoint1", canonical(["journal", a.device, seq, name])).hex()
    low = a.session.identity.sign(b"checkpoint1", canonical(["journal", a.device, seq - 1, name])).hex()
    checkpoints = {
        "none": [],
        "garbage": [["journal", a.device, seq, name, "00" * 64]],
        "another's": [["journal", a.device, seq, name, other]],
        "a lower place": [["journal", a.device, seq - 1, name, low]],
    }[spoil]
    before = b.verified()
    fields = {**contents.manifest_fields, "checkpoints": checkpoints}
    done = b.merge(forged(a, b, dataclasses.replace(contents, manifest_fields=fields)))
    assert (done.applied, reasons(b)) == (0, {"unsigned": done.pending})
    assert b.verified() == before
    fields["checkpoints"] = [["journal", a.device, seq, name, good]]
    healed = b.merge(forged(a, b, dataclasses.replace(contents, manifest_fields=fields, links=[], bodies=[])))
    assert healed.applied > 0
    assert healed.pending == 0
    assert lookup.one(b.store, "incident", incident) is not None


def test_a_relay_can_neither_add_to_anothers_chain_nor_block_it(trio: list[Laptop]) -> None:
    a, b, c = trio
    c.merge(a.export(c))
    seq, prev = journal.tail(a.store, "journal", a.device)
    false = body(b, "incident", "f" * 32, "title", "Invented by a relay")
    link = Link(a.device, seq + 1, prev, body_hash(false.to_bytes()))
    contents = contents_of(b.export(c), c)
    contents = dataclasses.replace(
        contents, links=[*contents.links, link.to_bytes()], bodies=[*contents.bodies, (link.hash, false.to_bytes())]
    )
    c.merge(forged(b, c, contents))
    assert reasons(c) == {"unsigned": 1}
    assert titles(c) == []
    opened_incident(a)
    done = c.merge(a.export(c))
    assert titles(c) == ["Loader on the wards"]
    assert (done.pending, reasons(c)) == (1, {"unsigned": 1})
    c.verified()


def test_a_checkpoint_beyond_a_gap_does_not_keep_a_relay_from_proving_what_it_has(trio: list[Laptop]) -> None:
    a, b, c = trio
    opened_incident(a, "First")
    b.merge(a.export(b))
    for number in range(3):
        opened_incident(a, f"Lost {number}")
    a.export(b)  # lost
    contents = contents_of(a.export(b, full=True), b)
    newest = dataclasses.replace(contents, links=contents.links[-1:], bodies=[])
    assert b.merge(forged(a, b, newest)).pending == 1
    done = c.merge(b.export(c))
    assert done.pending == 0
    assert titles(c) == ["First"]


def test_a_body_that_is_not_the_one_its_author_linked_is_refused_and_the_true_one_taken(trio: list[Laptop]) -> None:
    a, b, c = trio
    opened_incident(a)
    b.merge(a.export(b))
    contents = contents_of(b.export(c), c)
    spoilt = [(name, data.replace(b"Loader on the wards", b"Nothing at all here")) for name, data in contents.bodies]
    done = c.merge(forged(b, c, dataclasses.replace(contents, bodies=spoilt)))
    assert (done.refused, done.pending) == (1, 0)
    assert titles(c) == [""]
    c.verified()
    assert c.merge(forged(b, c, contents)).filled == 1
    assert titles(c) == ["Loader on the wards"]
    # Nor is a late body taken for another link than its own.
    links = [name for name, _ in contents.bodies]
    crossed = list(zip(links, [data for _, data in contents.bodies][::-1], strict=True))
    before = c.verified()
    c.merge(forged(b, c, dataclasses.replace(contents, links=[], bodies=crossed)))
    assert c.verified() == before


def test_a_red_word_in_a_matter_whose_label_is_not_here_stays_red(trio: list[Laptop]) -> None:
    a, b, _ = trio
    write_raw(a, body(a, "incident", "e" * 32, "title", "Named by a source", tlp="TLP:RED"))
    write_raw(a, body(a, "incident", "f" * 32, "title", "For the trust", tlp=AMBER_STRICT))
    with a.store.write():
        projections.rebuild(a.store)
    b.merge(a.export(b))
    assert titles(b) == ["For the trust"]


def test_an_old_word_of_what_a_peer_holds_takes_nothing_away(trio: list[Laptop]) -> None:
    a, b, _ = trio
    old = b.export(a)
    opened_incident(a)
    b.merge(a.export(b))
    new = b.export(a)
    for path in (new, old):
        a.merge(path)
    assert peers.held_by(a.store, b.device).vector[a.device] == journal.tail(a.store, "journal", a.device)[0]
    lacked = outgoing.lacking(b.store)
    assert lacked
    assert peers.held_by(a.store, b.device).lacks == lacked
    assert a.exported(b).links == len(lacked[a.device])
    # One that knows more of some and less of others adds what it knows.
    held = peers.held_by(a.store, b.device)
    mixed = {**held.vector, a.device: 1, b.device: held.vector[b.device] + 5}
    with a.store.write():
        peers.note_received(a.store, b.device, peers.Held(mixed, {}, {}), 0)
    found = peers.held_by(a.store, b.device)
    assert found.vector == {**held.vector, b.device: held.vector[b.device] + 5}
    assert found.lacks == lacked


# ---- forks ----------------------------------------------------------------------------------------------------


def cloned(laptop: Laptop, folder: Path) -> Laptop:
    """Return the laptop's disk copied whole, and running."""
    shutil.copytree(laptop.folder, folder)
    session = sessions.open_with_key(
        Profile(folder / "profile"), bytes(laptop.session.key), laptop.clock,
        responder=laptop.session.author.responder,
    )  # fmt: skip
    return Laptop(session, laptop.clock, folder)


def test_a_cloned_disk_is_shown_as_a_fork_and_neither_history_is_lost(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, c = trio
    twin = cloned(a, tmp_path / "twin")
    opened_incident(a, "By the one")
    opened_incident(twin, "By the other")
    b.merge(a.export(b))
    before = b.verified()
    done = b.merge(twin.export(b))
    assert done.applied == 0
    assert reasons(b) == {"fork": done.pending}
    assert titles(b) == ["By the one"]
    assert b.verified() == before
    # The other way round somewhere else, and at the laptop itself.
    c.merge(twin.export(c))
    assert titles(c) == ["By the other"]
    a.merge(b.export(a))
    assert a.merge(c.export(a, full=True)).pending > 0
    assert set(reasons(a)) == {"fork"}
    twin.close()


def test_both_branches_of_a_fork_behind_a_gap_are_kept_and_one_is_shown(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, _ = trio
    first = a.export(b)
    opened_incident(a, "Common")
    second = a.export(b)
    b_has = contents_of(second, b)
    twin = cloned(a, tmp_path / "twin")
    opened_incident(a, "By the one")
    opened_incident(twin, "By the other")
    late = [contents_of(laptop.export(b), b) for laptop in (a, twin)]
    start = len(b_has.links)
    for contents in late:
        b.merge(forged(a, b, dataclasses.replace(contents, links=contents.links[start:])))
    assert set(reasons(b)) == {"gap"}
    b.merge(first)
    done = b.merge(second)
    assert set(reasons(b)) == {"fork"}
    assert done.pending > 0
    assert len(titles(b)) == 2
    b.verified()
    twin.close()


def test_a_disk_set_back_hears_of_its_own_later_work_as_a_fork(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, _ = trio
    earlier = cloned(a, tmp_path / "set back")
    opened_incident(a, "After the picture was taken")
    b.merge(a.export(b))
    before = earlier.verified()
    done = earlier.merge(b.export(earlier, full=True))
    assert done.pending > 0
    assert reasons(earlier) == {"fork": done.pending}
    assert titles(earlier) == []
    assert earlier.verified() != before  # what Ben wrote himself did come
    earlier.close()


# ---- personal keys ----------------------------------------------------------------------------------------------


def test_two_laptops_that_seal_in_one_record_before_they_meet_read_each_other(trio: list[Laptop]) -> None:
    a, b, _ = trio
    incident = opened_incident(a, label="AMBER+STRICT")
    victim = victims.add_victim(a.session, incident, person="Morag Sinclair").id
    b.merge(a.export(b))
    victims.set_victim(a.session, victim, "contact", "bleep 2231")
    victims.set_victim(b.session, victim, "contact", "ring her son")
    a.merge(b.export(a))
    b.merge(a.export(b))
    expected = {"bleep 2231", "ring her son"}
    for laptop in (a, b):
        heads = journal.standing(laptop.store, "victim", victim)["contact"]
        read = {personal.opened(laptop.store, "victim", victim, "contact", head.body.value) for head in heads}
        assert read == expected
        laptop.verified()
    person = a.rows("victim")[0]["person"]
    people.erase(b.session, person)
    a.merge(b.export(a))
    assert {row["contact"] for row in a.rows("victim")} == {personal.ERASED}
    assert a.verified(incident) == b.verified(incident)


def test_a_false_key_sent_first_does_not_keep_the_true_one_out(trio: list[Laptop]) -> None:
    a, b, c = trio
    incident = opened_incident(a, label="GREEN")
    victim = victims.add_victim(a.session, incident, person="Morag Sinclair", contact="bleep 2231").id
    victims.set_victim(a.session, victim, "sharing", "its neighbours")
    path = a.export(c)
    false = canonical({victim: ["11" * 32]})
    c.merge(forged(b, c, dataclasses.replace(contents_of(b.export(c), c), keys=false)))
    c.merge(path)
    assert c.rows("victim")[0]["contact"] == "bleep 2231"
