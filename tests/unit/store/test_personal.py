"""What is kept about a person is sealed under keys that can be forgotten, here and wherever the word travels."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, contents_of, copies, forged
from triage_app.errors import BadInput, NotFound
from triage_app.formats.bundle import BundleContents
from triage_app.services import histories, incidents, keeping, people, victims
from triage_app.services.undo import undo
from triage_app.store import access, history, personal

WORDS = ("Morag Sinclair", "bleep 2231", "Called her daughter back", "Fax unplugged by Morag")


def supported(laptop: Laptop) -> tuple[str, str]:
    """Record a person as a victim with all that is personal; return (incident, person)."""
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    victim = victims.add_victim(laptop.session, incident, person=WORDS[0], contact=WORDS[1]).id
    victims.add_action(laptop.session, victim, "VS05", outcome=WORDS[2])
    incidents.add_note(laptop.session, "victim", victim, WORDS[3])
    return incident, laptop.rows("victim")[0]["person"]


def shown(laptop: Laptop) -> list[Any]:
    victim, action, note = (laptop.rows(kind)[0] for kind in ("victim", "action", "note"))
    return [victim["person_name"], victim["contact"], action["outcome"], note["text"]]


def stored(laptop: Laptop) -> str:
    """Return every cell of every table as text, keys left out."""
    names = [row[0] for row in laptop.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = [
        cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
        for name in names
        if name != "personal_key"
        for row in laptop.store.rows(f'SELECT * FROM "{name}"')
        for cell in row
    ]
    return "\n".join(cells)


def test_words_about_a_person_are_sealed_in_the_journal_and_in_what_screens_read(pair: list[Laptop]) -> None:
    a, _ = pair
    supported(a)
    assert shown(a) == list(WORDS)
    everything = stored(a)
    assert not [words for words in WORDS if words in everything]
    assert "sealed" in everything


def test_keys_travel_in_a_part_of_their_own_and_never_in_an_operation(pair: list[Laptop]) -> None:
    a, b = pair
    supported(a)
    contents = contents_of(a.export(b), b)
    keys = [key for (key,) in a.store.rows("SELECT key FROM personal_key")]
    assert len(keys) == 4
    rest = b"".join([*contents.links, *(data for _, data in contents.bodies), *contents.evidence])
    for key in keys:
        assert key.hex().encode() not in rest
        assert key not in rest
        assert contents.keys is not None
        assert key.hex().encode() in contents.keys
    b.merge(a.made[-1])
    assert shown(b) == list(WORDS)


def test_keys_go_only_where_the_words_go(pair: list[Laptop]) -> None:
    a, b = pair
    incident, _ = supported(a)
    incidents.classify(a.session, incident, label="RED")
    assert contents_of(a.export(b), b).keys is None
    incidents.classify(a.session, incident, label="GREEN")
    b.merge(a.export(b))
    assert shown(b) == list(WORDS)


def test_words_without_their_key_read_as_not_shared(pair: list[Laptop]) -> None:
    a, b = pair
    supported(a)
    b.merge(a.export(b))
    b.store.execute("DELETE FROM personal_key")
    assert shown(b) == [personal.NOT_SHARED] * 4
    b.verified()


def test_erasing_a_person_erases_all_that_was_kept_on_them_and_nothing_else(pair: list[Laptop]) -> None:
    a, _ = pair
    incident, person = supported(a)
    incidents.note(a.session, incident, "Switchboard is up")
    before = history.operations_of(a.store, "person", person)
    _, beyond = people.erase(a.session, person)
    assert beyond
    assert shown(a)[:3] == [personal.ERASED] * 3
    assert sorted(row["text"] for row in a.rows("note")) == ["Switchboard is up", personal.ERASED]
    assert history.operations_of(a.store, "person", person)[: len(before)] == before
    assert personal.ERASED in str(histories.of(a.store, person))
    a.verified()
    keeping.rebuild(a.session)
    a.verified()
    assert a.store.value("SELECT count(*) FROM personal_key WHERE key IS NOT NULL") == 1


def test_an_erasure_travels_and_a_key_that_comes_later_is_not_taken(pair: list[Laptop]) -> None:
    a, b = pair
    incident, person = supported(a)
    first = a.export(b)
    b.merge(first)
    assert shown(b) == list(WORDS)
    people.erase(a.session, person)
    b.merge(a.export(b))
    assert shown(b) == [personal.ERASED] * 4
    # The first bundle, with the keys in it, is found on a stick and merged once more.
    b.merge(first)
    a.merge(first_of(b, a))
    for laptop in pair:
        assert shown(laptop) == [personal.ERASED] * 4
        laptop.verified()
    assert a.verified(incident) == b.verified(incident)


def first_of(sender: Laptop, to: Laptop) -> Path:
    return sender.export(to, full=True)


def test_a_laptop_that_hears_of_the_erasure_first_never_reads_the_words(pair: list[Laptop]) -> None:
    a, b = pair
    _, person = supported(a)
    early = a.export(b)
    people.erase(a.session, person)
    b.merge(a.export(b))
    b.merge(early)
    assert shown(b) == [personal.ERASED] * 4
    assert b.store.value("SELECT count(*) FROM personal_key WHERE key IS NOT NULL") == 0


def test_nothing_personal_is_added_to_a_record_that_was_erased(pair: list[Laptop]) -> None:
    a, _ = pair
    _, person = supported(a)
    people.erase(a.session, person)
    victim = a.rows("victim")[0]["id"]
    before = a.verified()
    with pytest.raises(BadInput, match="erased"):
        victims.set_victim(a.session, victim, "contact", "bleep 9")
    assert a.verified() == before
    victims.set_victim(a.session, victim, "wish", "agreed")


def test_an_erasure_is_not_undone(pair: list[Laptop]) -> None:
    a, _ = pair
    _, person = supported(a)
    done, _ = people.erase(a.session, person)
    with pytest.raises(NotFound, match="erased cannot be brought back"):
        undo(a.session, done.act)
    assert shown(a) == [personal.ERASED] * 4
    a.verified()


def test_looking_at_a_name_is_noted_in_the_access_chain(pair: list[Laptop]) -> None:
    a, b = pair
    _, person = supported(a)
    assert people.reveal(a.session, person) == WORDS[0]
    entry = access.entries(a.store)[0]
    assert (entry["what"], entry["entity"], entry["device"]) == ("unmask", person, a.device)
    b.merge(a.export(b))
    assert access.entries(b.store) == []
    a.verified()


@given(text=st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable()))
def test_what_was_sealed_opens_at_its_own_place_and_at_no_other(sealing: Laptop, text: str) -> None:
    with sealing.store.write():
        value = personal.seal(sealing.store, "note", "a" * 32, "text", text)
        personal.seal(sealing.store, "note", "b" * 32, "text", text)
    assert personal.opened(sealing.store, "note", "a" * 32, "text", value) == text
    for kind, entity, field in (("person", "a" * 32, "text"), ("note", "b" * 32, "text"), ("note", "a" * 32, "name")):
        assert personal.opened(sealing.store, kind, entity, field, value) == personal.NOT_SHARED


@pytest.mark.parametrize(
    "value", [{"sealed": "not base64!"}, {"sealed": ""}, {"sealed": "AAAA"}, {"sealed": "A" * 64}, '{"sealed":"AAAA"}']
)
def test_a_damaged_seal_opens_to_nothing(sealing: Laptop, value: Any) -> None:
    with sealing.store.write():
        personal.seal(sealing.store, "note", "a" * 32, "text", "words")
    assert personal.opened(sealing.store, "note", "a" * 32, "text", value) == personal.NOT_SHARED


@pytest.mark.parametrize(
    "value", ['{"sealed":', '{"sealed":1}', '{"sealed":null}', {"sealed": 1}, {"other": 1}, 7, None, True, [1]]
)
def test_what_only_looks_sealed_is_shown_as_it_is_and_breaks_nothing(sealing: Laptop, value: Any) -> None:
    assert isinstance(personal.opened(sealing.store, "note", "a" * 32, "text", value), str)


@pytest.fixture(scope="module")
def sealing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    (laptop,) = copies(tmp_path_factory.mktemp("sealing"))
    yield laptop
    laptop.close()


def keys_sent(sender: Laptop, receiver: Laptop, keys: dict[str, list[str]]) -> Path:
    """Write a bundle that brings keys and nothing else."""
    return forged(sender, receiver, BundleContents({"to": [receiver.device]}, keys=json.dumps(keys).encode()))


def test_keys_that_open_nothing_keep_no_true_one_out(pair: list[Laptop]) -> None:
    a, b = pair
    supported(a)
    named = [row[0] for row in a.store.rows("SELECT DISTINCT entity FROM personal_key")]
    for _ in range(2):
        b.merge(keys_sent(a, b, {name: [os.urandom(32).hex() for _ in range(personal.MOST_KEYS)] for name in named}))
    b.merge(a.export(b))
    assert shown(b) == list(WORDS)
    b.verified()


def test_nothing_is_sealed_under_a_key_that_another_laptop_sent(pair: list[Laptop]) -> None:
    a, b = pair
    _, person = supported(a)
    victim = a.rows("victim")[0]["id"]
    planted = min((os.urandom(32) for _ in range(300)), key=lambda key: hashlib.sha256(b"personal1\0" + key).digest())
    a.merge(keys_sent(b, a, {name: [planted.hex()] for name in (person, victim)}))
    with a.store.write():
        sealed = personal.seal(a.store, "victim", victim, "contact", "bleep 9999")
    assert personal.opened(a.store, "victim", victim, "contact", sealed) == "bleep 9999"
    data = base64.b64decode(sealed["sealed"])
    with pytest.raises(InvalidTag):
        ChaCha20Poly1305(planted).decrypt(data[:12], data[12:], f"sealed1\0victim\0{victim}\0contact".encode())
