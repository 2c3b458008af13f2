"""Whose operations count: certificates, revocations with a cut-off, in whatever order they arrive."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.stores import PASSPHRASE, Clock, Laptop, contents_of, copies, forged, found, opened
from triage_app.domain import certificates
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.formats.authority import AuthorityKey, PublicAuthority
from triage_app.paths import Profile
from triage_app.services import certifying, devices, incidents, keeping, people, restoring, undo, victims
from triage_app.services.authority import NotYours
from triage_app.store import authority_keys, journal, lookup, personal, standings


@pytest.fixture
def stranger(tmp_path: Path) -> Any:
    """A third laptop of RXX that nobody trusts yet."""
    found(tmp_path / "stranger", "RXX", responder="Eve Lloyd", organisation_name="RXX Trust", device_name="Ward 9")
    laptop = opened(tmp_path / "stranger")
    yield laptop
    laptop.close()


def titles(laptop: Laptop) -> list[str]:
    return sorted(row["title"] for row in laptop.rows("incident"))


def one(laptop: Laptop, entity: str, kind: str = "incident") -> dict[str, Any]:
    row = lookup.one(laptop.store, kind, entity)
    assert row is not None
    return row


def green(laptop: Laptop, title: str) -> str:
    incident = incidents.open_incident(laptop.session, title).id
    incidents.classify(laptop.session, incident, label="GREEN")
    return incident


def authority_of(laptop: Laptop, *believers: Laptop, role: str = "organisation", relation: str = "") -> bytes:
    """Make the key of a laptop's organisation, and let others believe it."""
    _, public = certifying.create_key(laptop.session, f"{laptop.session.organisation} {role}", role)
    for other in believers:
        same = other.session.organisation == laptop.session.organisation
        certifying.believe(other.session, public.to_bytes(), "" if same else relation or "peer")
    return public.to_bytes()


# ---- certificates ---------------------------------------------------------------------------------------------


def test_who_believes_an_authority_trusts_the_laptops_it_certifies(trio: list[Laptop], stranger: Laptop) -> None:
    a, b, c = trio
    authority_of(a, b, c)
    for other in (a, b, c):
        stranger.trust(other)
    certifying.certify(a.session, stranger.identity())
    green(stranger, "Loader on ward 9")
    b.merge(a.export(b))
    c.merge(a.export(c))
    for laptop, ceiling in ((b, "TLP:AMBER+STRICT"), (c, "TLP:GREEN")):
        shown = next(row for row in devices.known_devices(laptop.store) if row["id"] == stranger.device)
        assert (shown["trusted"], shown["ceiling"]) == (True, ceiling)
        assert laptop.merge(stranger.export(laptop)).applied > 0
        assert titles(laptop) == ["Loader on ward 9"]
        laptop.verified()


def test_who_believes_an_authority_no_longer_keeps_what_came_and_takes_no_more_of_what_it_vouched_for(
    trio: list[Laptop], stranger: Laptop
) -> None:
    a, b, c = trio
    file = authority_of(a, b, c)
    for other in (a, b, c):
        stranger.trust(other)
    certifying.certify(a.session, stranger.identity())
    green(stranger, "Loader on ward 9")
    b.merge(a.export(b))
    c.merge(a.export(c))
    b.merge(stranger.export(b))
    name = certifying.known_authorities(b.session)[0].public.id
    with pytest.raises(BadInput, match="reason"):
        certifying.disbelieve(b.session, name, " ")
    changes, public = certifying.disbelieve(b.session, name, "its key was seen by somebody else")
    assert changes.label == f"Stopped trusting the authority {public.name}"
    assert [known.believed for known in certifying.known_authorities(b.session)] == [False]
    assert stranger.device not in {row["id"] for row in devices.known_devices(b.store) if row["trusted"]}
    assert titles(b) == ["Loader on ward 9"]
    green(stranger, "Second")
    with pytest.raises(TriageError):
        b.merge(stranger.export(b))
    with pytest.raises(BadInput, match="does not trust"):
        certifying.disbelieve(b.session, name, "again")
    b.verified()
    assert [known.believed for known in certifying.known_authorities(c.session)] == [True]
    certifying.believe(b.session, file)
    b.merge(stranger.export(b))
    assert titles(b) == ["Loader on ward 9", "Second"]
    b.verified()


def test_a_certified_laptop_is_believed_at_its_first_bundle(trio: list[Laptop], stranger: Laptop) -> None:
    a, b, _ = trio
    authority_of(a, b)
    stranger.trust(a)
    stranger.trust(b)
    certifying.certify(a.session, stranger.identity())
    certifying.believe(stranger.session, certifying.known_authorities(a.session)[0].public.to_bytes())
    stranger.merge(a.export(stranger))
    green(stranger, "Heard of for the first time")
    b.merge(stranger.export(b))
    assert titles(b) == ["Heard of for the first time"]
    b.verified()


def test_certificates_count_in_whatever_order_belief_certificate_and_work_arrive(
    tmp_path: Path, trio: list[Laptop], stranger: Laptop
) -> None:
    a, b, c = trio
    stranger.trust(a)
    green(stranger, "Relayed")
    file = authority_of(a)
    devices.trust_device(a.session, stranger.identity())
    a.merge(stranger.export(a))
    work = a.export(b), a.export(c)
    certifying.certify(a.session, stranger.identity())
    said = a.export(b), a.export(c)
    b.merge(work[0])
    assert titles(b) == []
    certifying.believe(b.session, file)
    b.merge(said[0])
    certifying.believe(c.session, file, "parent")
    c.merge(said[1])
    c.merge(work[1])
    assert titles(b) == titles(c) == ["Relayed"]
    for laptop in (b, c):
        laptop.verified()


def test_a_key_certifies_laptops_of_its_own_organisation_only(trio: list[Laptop], stranger: Laptop) -> None:
    _, _, c = trio
    authority_of(c)
    with pytest.raises(BadInput, match="signs for RYY"):
        certifying.certify(c.session, stranger.identity())


def test_another_trusts_key_cannot_make_its_laptops_ours(trio: list[Laptop], stranger: Laptop) -> None:
    a, _, c = trio
    authority_of(c, a, relation="parent")
    known = standings.authorities(a.store)
    [authority] = known.values()
    key = authority_keys.private(c.store, authority.id)
    forged = AuthorityKey(key).certify(stranger.device, stranger.session.public.ed25519, "RXX")
    entity = certificates.entity_of(authority.id, stranger.device)
    assert certificates.fits(authority, entity, "certificate", forged)
    assert certificates.standings(known, [(entity, "certificate", forged)], {}, "RXX", {}) == {}


@pytest.mark.parametrize("change", ["device", "organisation", "ed25519", "authority", "sig", "more", "less"])
def test_a_certificate_that_was_changed_is_worth_nothing(trio: list[Laptop], stranger: Laptop, change: str) -> None:
    a, _, _ = trio
    authority_of(a)
    [authority] = standings.authorities(a.store).values()
    key = AuthorityKey(authority_keys.private(a.store, authority.id))
    value = key.certify(stranger.device, stranger.session.public.ed25519, "RXX")
    entity = certificates.entity_of(authority.id, stranger.device)
    assert certificates.fits(authority, entity, "certificate", value)
    if change == "more":
        value["and"] = "more"
    elif change == "less":
        del value["organisation"]
    else:
        last = "1" if value[change][-1] == "0" else "0"
        value[change] = value[change][:-1] + last
    assert not certificates.fits(authority, entity, "certificate", value)


def test_a_certificate_fits_no_revocation_nor_another_device(trio: list[Laptop], stranger: Laptop) -> None:
    a, b, _ = trio
    authority_of(a)
    [authority] = standings.authorities(a.store).values()
    key = AuthorityKey(authority_keys.private(a.store, authority.id))
    revoked = key.revoke(stranger.device, 3, "0" * 64)
    assert certificates.fits(authority, certificates.entity_of(authority.id, stranger.device), "revocation", revoked)
    assert not certificates.fits(authority, certificates.entity_of(authority.id, b.device), "revocation", revoked)
    swapped = {
        **certificates.certificate(authority.id, b.device, b.session.public.ed25519, "RXX"),
        "sig": revoked["sig"],
    }
    assert not certificates.fits(authority, certificates.entity_of(authority.id, b.device), "certificate", swapped)


# ---- revocations ----------------------------------------------------------------------------------------------


def test_after_the_cut_off_nothing_of_a_revoked_laptop_counts_and_nothing_is_lost(trio: list[Laptop]) -> None:
    a, b, c = trio
    authority_of(a, b, c)
    incident = green(b, "Before the theft")
    a.merge(b.export(a))
    after, _ = journal.tail(b.store, "journal", b.device)
    incidents.set_field(b.session, incident, "title", "By the thief")
    green(b, "Another by the thief")
    a.merge(b.export(a))
    c.merge(b.export(c))
    assert titles(c) == ["Another by the thief", "By the thief"]
    done = certifying.revoke(a.session, b.session.tag, "stolen", after=after, authority="")
    assert (done.cutoff, done.uncounted) == (after, standings.uncounted(a.store, b.device))
    assert done.uncounted > 0
    assert titles(a) == ["Before the theft"]
    c.merge(a.export(c))
    assert titles(c) == ["Before the theft"]
    assert journal.vector(c.store)[b.device] > after
    assert b.device not in [row["id"] for row in devices.known_devices(c.store) if row["trusted"]]
    for laptop in (a, c):
        laptop.verified()
    assert a.verified(incident) == c.verified(incident)


def test_a_revocation_and_the_thiefs_work_come_in_any_order_to_the_same(tmp_path: Path) -> None:
    states = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        a, b, c, d = copies(tmp_path / str(number), 4)
        authority_of(a, b, d)
        incident = green(b, "Kept")
        first = b.export(d)
        a.merge(b.export(a))
        after, _ = journal.tail(b.store, "journal", b.device)
        incidents.set_field(b.session, incident, "title", "Stolen")
        second = b.export(d, full=True)
        certifying.revoke(a.session, b.session.tag, "stolen", after=after, authority="")
        third = a.export(d)
        for place in order:
            if place == 1 and standings.of(d.store, b.device).cutoff is not None:
                with pytest.raises(TriageError):
                    d.merge(second)
            elif place == 0 and standings.of(d.store, b.device).cutoff is not None:
                with pytest.raises(TriageError):
                    d.merge(first)
            else:
                d.merge((first, second, third)[place])
        assert titles(d) == ["Kept"]
        d.verified()
        states.add(titles(d)[0])
        for laptop in (a, b, c, d):
            laptop.close()
    assert states == {"Kept"}


def test_what_was_built_on_the_thiefs_word_stands_and_says_what_it_replaced(trio: list[Laptop]) -> None:
    a, b, _ = trio
    authority_of(a, b)
    incident = green(a, "First")
    b.merge(a.export(b))
    after, _ = journal.tail(b.store, "journal", b.device)
    incidents.set_field(b.session, incident, "title", "By the thief")
    a.merge(b.export(a))
    incidents.set_field(a.session, incident, "title", "Put right by us")
    certifying.revoke(a.session, b.session.tag, "stolen", after=after, authority="")
    assert titles(a) == ["Put right by us"]
    a.verified()


def test_an_erasure_by_a_laptop_that_the_same_bundle_revokes_is_not_carried_out(tmp_path: Path) -> None:
    a, b, c, d = copies(tmp_path, 4)
    authority_of(a, b, c, d)
    a.merge(b.export(a))
    incident = green(a, "Ward 4")
    victim = victims.add_victim(a.session, incident, person="Dilys Fanning").id
    person = one(a, victim, "victim")["person"]
    for other in (b, c, d):
        other.merge(a.export(other))
    after, _ = journal.tail(b.store, "journal", b.device)
    people.erase(b.session, person)
    c.merge(b.export(c))
    certifying.revoke(a.session, b.session.tag, "stolen", after=after, authority="")
    c.merge(a.export(c))
    d.merge(c.export(d))
    assert journal.vector(d.store)[b.device] > after
    assert not personal.is_erased(d.store, person)
    d.verified()
    for laptop in (a, b, c, d):
        laptop.close()


def test_of_two_revocations_the_lower_counts_and_none_can_be_taken_back(trio: list[Laptop]) -> None:
    a, b, _ = trio
    authority_of(a, b)
    green(b, "One")
    a.merge(b.export(a))
    held, _ = journal.tail(a.store, "journal", b.device)
    certifying.revoke(a.session, b.session.tag, "lost", authority="")
    done = certifying.revoke(a.session, b.session.tag, "stolen before that", after=held - 2, authority="")
    assert standings.of(a.store, b.device).cutoff == held - 2
    again = certifying.revoke(a.session, b.session.tag, "as it was", after=held - 1, authority="")
    assert standings.of(a.store, b.device).cutoff == held - 2
    for act in (done, again):
        with pytest.raises(NotFound, match="cannot be taken back"):
            undo.undo(a.session, act.changes.act)
    with pytest.raises(BadInput, match="never lifted"):
        devices.trust_device(a.session, b.identity())
    with pytest.raises(BadInput, match="never lifted"):
        certifying.certify(a.session, b.identity())
    a.verified()


def test_another_trusts_key_cannot_silence_our_laptops(trio: list[Laptop]) -> None:
    a, b, c = trio
    authority_of(c, a)
    with pytest.raises(BadInput, match="its word would not count"):
        certifying.revoke(c.session, b.session.tag, "out of spite", after=0, authority="")
    [authority] = standings.authorities(a.store).values()
    key = AuthorityKey(authority_keys.private(c.store, authority.id))
    value = key.revoke(b.device, 0, "")
    entity = certificates.entity_of(authority.id, b.device)
    assert certificates.fits(authority, entity, "revocation", value)
    codes = standings.organisations(a.store)
    assert certificates.standings({authority.id: authority}, [(entity, "revocation", value)], codes, "RXX", {}) == {}


def test_a_laptop_may_leave_another_out_for_itself_alone_and_believe_it_again(trio: list[Laptop]) -> None:
    a, b, c = trio
    incident = green(b, "Kept")
    for other in (a, c):
        other.merge(b.export(other))
    after, _ = journal.tail(b.store, "journal", b.device)
    incidents.set_field(b.session, incident, "title", "Doubted")
    a.merge(b.export(a))
    done = certifying.revoke(a.session, b.session.tag, "not heard from", after=after)
    assert (done.by, titles(a), titles(c)) == ("", ["Kept"], ["Kept"])
    a.verified()
    c.merge(a.export(c))
    assert standings.of(c.store, b.device).cutoff is None
    devices.trust_device(a.session, b.identity())
    assert titles(a) == ["Doubted"]
    a.merge(b.export(a))
    a.verified()


def test_no_laptop_stops_believing_itself(trio: list[Laptop]) -> None:
    a, b, c = trio
    authority_of(a, b)
    green(b, "Mine")
    a.merge(b.export(a))
    certifying.revoke(a.session, b.session.tag, "lost", after=1, authority="")
    c.merge(a.export(c))
    b.merge(c.export(b, full=True))
    assert standings.of(b.store, b.device).cutoff == 1
    assert titles(b) == ["Mine"]
    with pytest.raises(BadInput, match="cannot leave itself out"):
        certifying.revoke(a.session, a.session.tag, "why")


# ---- confirming a category --------------------------------------------------------------------------------------


def test_only_a_laptop_certified_for_the_ncsc_or_law_enforcement_confirms(trio: list[Laptop], tmp_path: Path) -> None:
    a, b, c = trio
    incident = green(a, "Wards down")
    incidents.classify(a.session, incident, category=4, because="two wards")
    c.merge(a.export(c))
    with pytest.raises(NotYours):
        incidents.confirm(c.session, incident, 2, "national")
    file = authority_of(c, a, role="ncsc")
    certifying.certify(c.session, c.identity())
    incidents.confirm(c.session, incident, 2, "national")
    a.merge(c.export(a))
    assert one(a, incident)["category_confirmed"]["category"] == 2
    assert one(a, incident)["category_proposed"]["category"] == 4
    b.merge(a.export(b))
    assert one(b, incident)["category_confirmed"] is None
    certifying.believe(b.session, file, "peer")
    assert one(b, incident)["category_confirmed"]["category"] == 2
    assert lookup.conflicts(a.store) == lookup.conflicts(b.store) == []
    for laptop in (a, b, c):
        laptop.verified()


@pytest.mark.parametrize("role", ["organisation", "centre"])
def test_no_other_authority_makes_a_laptop_confirm(trio: list[Laptop], role: str) -> None:
    a, _, _ = trio
    incident = green(a, "Wards down")
    authority_of(a, role=role)
    certifying.certify(a.session, a.identity())
    with pytest.raises(NotYours):
        incidents.confirm(a.session, incident, 2, "national")


# ---- keys -------------------------------------------------------------------------------------------------------


def test_a_key_moves_sealed_to_another_laptop_of_its_organisation_and_to_no_other(
    trio: list[Laptop], tmp_path: Path, stranger: Laptop
) -> None:
    a, b, c = trio
    authority_of(a)
    path = certifying.export_key(a.session, "", tmp_path / "key.age", "four wet mice run")
    data = path.read_bytes()
    with pytest.raises(BadInput, match="signs for RXX"):
        certifying.import_key(c.session, data, "four wet mice run")
    certifying.import_key(b.session, data, "four wet mice run")
    certifying.certify(b.session, stranger.identity())
    a.merge(b.export(a))
    assert standings.of(a.store, stranger.device).relation is not None
    with pytest.raises(certifying.NoKey):
        certifying.certify(c.session, c.identity())


def test_who_holds_less_of_a_laptop_than_others_do_has_to_say_what_counts(trio: list[Laptop]) -> None:
    a, b, c = trio
    authority_of(a, b, c)
    c.merge(a.export(c))
    green(b, "Heard by C alone")
    c.merge(b.export(c))
    a.merge(c.export(a, maximum="TLP:CLEAR"))
    green(b, "And more")
    c.merge(b.export(c))
    held = journal.tail(a.store, "journal", b.device)[0]
    green(c, "Gone on")
    said = c.export(a)
    with a.store.write():  # A hears from C how far it has come, and B's part of that bundle is lost on the way
        a.store.execute("UPDATE peer SET vector = json_set(vector, ?, ?) WHERE device = ?",
                        (f"$.{b.device}", held + 40, c.device))  # fmt: skip
    assert said.exists()
    with pytest.raises(BadInput, match=f"Others hold {held + 40} operations"):
        certifying.revoke(a.session, b.session.tag, "stolen", authority="")
    certifying.revoke(a.session, b.session.tag, "stolen", after=held + 20, authority="")
    assert standings.of(a.store, b.device).cutoff == held + 20
    a.verified()


def test_a_restored_laptop_believes_whom_it_believed_and_leaves_out_whom_it_left_out(
    trio: list[Laptop], tmp_path: Path, stranger: Laptop
) -> None:
    a, b, c = trio
    file = authority_of(a, b)
    certifying.certify(a.session, stranger.identity())
    b.merge(a.export(b))
    certifying.revoke(b.session, c.session.tag, "not heard from", after=0)
    copy = keeping.back_up_to(b.session, tmp_path / "copy.db")
    session = restoring.restore(Profile(tmp_path / "back"), copy, PASSPHRASE, Clock())
    back = Laptop(session, Clock(), tmp_path)
    assert back.device != b.device
    [authority] = standings.authorities(back.store).values()
    assert authority.id == PublicAuthority.from_bytes(file).id
    assert standings.of(back.store, stranger.device).relation is not None
    assert standings.of(back.store, c.device).cutoff == 0
    assert {row["id"] for row in devices.known_devices(back.store) if row["trusted"]} >= {a.device, stranger.device}
    back.verified()
    back.close()


def test_signatures_passed_on_before_their_device_was_trusted_count_once_it_is(
    trio: list[Laptop], stranger: Laptop
) -> None:
    a, b, _ = trio
    b.trust(stranger)
    stranger.trust(b)
    green(stranger, "Loader on ward 9")
    b.merge(stranger.export(b))
    contents = contents_of(b.export(a), a)
    kept = [one for one in contents.manifest_fields["identities"] if json.loads(one)["device"] != stranger.device]
    a.merge(forged(b, a, replace(contents, manifest_fields={**contents.manifest_fields, "identities": kept})))
    waiting = "SELECT count(*) FROM pending_checkpoint WHERE device = ?"
    assert a.store.value(waiting, (stranger.device,)) > 0
    assert titles(a) == []
    a.trust(stranger)
    assert titles(a) == ["Loader on ward 9"]
    assert a.store.value(waiting, (stranger.device,)) == 0
    assert a.store.value("SELECT count(*) FROM checkpoint WHERE device = ?", (stranger.device,)) > 0
    assert lookup.pending(a.store) == []
    a.verified()
