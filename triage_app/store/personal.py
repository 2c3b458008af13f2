"""Personal data: values sealed under a key of the entity's own, so that erasing the key erases them.

ChaCha20-Poly1305 with a random nonce; the kind, entity and field are bound in, so that a sealed
value cannot be moved to another record.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from triage_app.domain.records import sealed_under
from triage_app.errors import BadInput
from triage_app.store.connection import Store

ERASED: Final = "[erased]"
NOT_SHARED: Final = "[not shared]"
MASKED: Final = "[masked]"
"Stands for a name or a contact until somebody unmasks it, which is noted."
MOST_KEYS: Final = 64
_NONCE = 12
_OURS: Final = "!"
"Before the fingerprint of a key that was made here: it comes before all others."


def has_been_erased() -> BadInput:
    """Return the refusal to write anything personal about somebody who was erased."""
    return BadInput(
        "What was kept about this person has been erased, and nothing personal can be added to it.",
        "Record them anew if there is a reason to.",
    )


def seal(store: Store, kind: str, entity: str, field: str, text: str) -> dict[str, str]:
    """Return ``text`` sealed under this laptop's own key for the entity, which is made when there is none yet.

    Never under one that came in a bundle: whoever sent it may not be meant to read what is written here.
    """
    entity = sealed_under(kind, entity)
    if is_erased(store, entity):
        raise has_been_erased()
    key = store.value(
        "SELECT key FROM personal_key WHERE entity = ? AND key IS NOT NULL AND fingerprint LIKE ?",
        (entity, f"{_OURS}%"),
    )
    if key is None:
        key = os.urandom(32)
        _keep(store, entity, key, ours=True)
    nonce = os.urandom(_NONCE)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, text.encode("utf-8"), _bound(kind, entity, field))
    return {"sealed": base64.b64encode(nonce + sealed).decode("ascii")}


def opened(store: Store, kind: str, entity: str, field: str, value: Any) -> str:
    """Return the words behind a stored value, or what stands for them when they cannot be read.

    ``value`` is what a projection or an operation holds: plain text, or a sealed object or its JSON.
    """
    if isinstance(value, str):
        if not value.startswith('{"sealed":'):
            return value
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    if value is None:
        return ""
    if not isinstance(value, dict) or not isinstance(value.get("sealed"), str):
        return str(value)
    entity = sealed_under(kind, entity)
    for key in _keys(store, entity):
        with contextlib.suppress(InvalidTag, ValueError):
            data = base64.b64decode(value["sealed"], validate=True)
            plain = ChaCha20Poly1305(key).decrypt(data[:_NONCE], data[_NONCE:], _bound(kind, entity, field))
            return plain.decode("utf-8")
    return ERASED if is_erased(store, entity) else NOT_SHARED


LISTS: Final = frozenset({"formats", "flags"})
"Fields of which a sealed value is a list of codes, as JSON."


def opened_facts(store: Store, kind: str, entity: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's further facts with what is sealed in them opened; a list that cannot be read is one word."""
    found = dict(facts)
    for name, value in facts.items():
        if isinstance(value, dict) and set(value) == {"sealed"}:
            words = opened(store, kind, entity, name, value)
            found[name] = _listed(words) if name in LISTS else words
    return found


def _listed(words: str) -> list[str]:
    try:
        value = json.loads(words)
    except (ValueError, RecursionError):
        return [words]
    return [str(item) for item in value] if isinstance(value, list) else [words]


def masked(words: str) -> str:
    """Return what stands for a name or a contact in lists: that it is there, erased, or not shared."""
    return words if words in ("", ERASED, NOT_SHARED) else MASKED


def erase(store: Store, entity: str) -> bool:
    """Forget an entity's keys for ever; return whether there was one to forget."""
    had = bool(_keys(store, entity))
    store.execute("DELETE FROM personal_key WHERE entity = ?", (entity,))
    store.execute("INSERT INTO personal_key(entity, fingerprint, key) VALUES (?, '', NULL)", (entity,))
    return had


def is_erased(store: Store, entity: str) -> bool:
    """Whether an entity's keys were erased here; a key that arrives later is not taken."""
    return bool(store.value("SELECT 1 FROM personal_key WHERE entity = ? AND fingerprint = ''", (entity,)))


def keys_of(store: Store, entities: Sequence[str]) -> dict[str, list[str]]:
    """Return the keys (hex) of those entities that have any."""
    return {entity: [key.hex() for key in keys] for entity in entities if (keys := _keys(store, entity))}


Sealed = Callable[[Store, str], list[tuple[bytes, bytes]]]
"(what it is bound to, sealed bytes) of what else is sealed under a name, as attachments are."


def take_keys(store: Store, keys: Mapping[str, Sequence[str]], elsewhere: Sealed = lambda store, name: []) -> int:
    """Keep keys that came with a bundle, unless we have them or erased them; return how many were new.

    A record has one key, or one for each laptop that sealed something in it before it heard of the
    others; more than ``MOST_KEYS`` are not kept.
    """
    taken = 0
    for entity, offered in keys.items():
        held = _keys(store, entity)
        if len(held) + len(offered) > MOST_KEYS:
            held = _make_room(store, entity, held, elsewhere(store, entity))
        for key in offered[: MOST_KEYS - len(held)]:
            data = bytes.fromhex(key)
            if len(data) == 32 and data not in held and not is_erased(store, entity):
                taken += _keep(store, entity, data)
    return taken


def _make_room(
    store: Store, entity: str, held: Sequence[bytes], elsewhere: Sequence[tuple[bytes, bytes]]
) -> list[bytes]:
    """Forget those keys that came in bundles and open nothing that is here, so that they keep no true one out."""
    sealed = list(elsewhere)
    about = entity.removeprefix("affected:")
    parts = (f"{about}:", f"{about};")  # the sign after the colon
    for kind, name, field, data in store.rows(
        "SELECT o.kind, o.entity, o.field, body.bytes FROM operation AS o JOIN body USING (n)"
        " WHERE (o.entity = ?1 OR o.entity >= ?2 AND o.entity < ?3) AND o.entity <> '' AND body.state = 'here'"
        " UNION SELECT o.kind, m.entity, o.field, body.bytes FROM batch_member AS m JOIN operation AS o USING (n)"
        " JOIN body USING (n) WHERE (m.entity = ?1 OR m.entity >= ?2 AND m.entity < ?3) AND body.state = 'here'",
        (about, *parts),
    ):
        value = json.loads(bytes(data)).get("value")
        if sealed_under(kind, name) == entity and isinstance(value, dict) and isinstance(value.get("sealed"), str):
            with contextlib.suppress(ValueError):
                sealed.append((_bound(kind, entity, field), base64.b64decode(value["sealed"], validate=True)))
    if not sealed:
        return list(held)
    for key in held:
        if not any(_opens(key, words, bound) for bound, words in sealed):
            store.execute(
                "DELETE FROM personal_key WHERE entity = ? AND key = ? AND fingerprint NOT LIKE ?",
                (entity, key, f"{_OURS}%"),
            )
    return _keys(store, entity)


def _opens(key: bytes, sealed: bytes, bound: bytes) -> bool:
    with contextlib.suppress(InvalidTag, ValueError):
        ChaCha20Poly1305(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
        return True
    return False


def new_key(store: Store, name: str) -> bytes:
    """Make and keep a key under a name that has none yet: of what is sealed elsewhere, as attachments are."""
    key = os.urandom(32)
    _keep(store, name, key, ours=True)
    return key


def held(store: Store, name: str) -> list[bytes]:
    """Return the keys kept under a name."""
    return _keys(store, name)


def forget(store: Store, name: str) -> None:
    """Forget the keys under a name as if there had been none: of what was never finished."""
    store.execute("DELETE FROM personal_key WHERE entity = ? AND fingerprint <> ''", (name,))


def is_fingerprint(text: str, key: bytes) -> bool:
    """Tell whether a key is kept under its own fingerprint."""
    return text.removeprefix(_OURS) == hashlib.sha256(b"personal1\0" + key).hexdigest()[:16]


def _keep(store: Store, entity: str, key: bytes, *, ours: bool = False) -> int:
    fingerprint = (_OURS if ours else "") + hashlib.sha256(b"personal1\0" + key).hexdigest()[:16]
    return int(
        store.execute(
            "INSERT OR IGNORE INTO personal_key(entity, fingerprint, key) VALUES (?, ?, ?)", (entity, fingerprint, key)
        ).rowcount
    )


def _keys(store: Store, entity: str) -> list[bytes]:
    return [
        bytes(row[0])
        for row in store.rows(
            "SELECT key FROM personal_key WHERE entity = ? AND key IS NOT NULL ORDER BY fingerprint", (entity,)
        )
    ]


def _bound(kind: str, entity: str, field: str) -> bytes:
    return f"sealed1\0{kind}\0{entity}\0{field}".encode()


def name_of(store: Store, person: str) -> str:
    """Return a person's name, opened."""
    stored = store.value("SELECT name FROM person WHERE id = ?", (person,))
    return opened(store, "person", person, "name", stored or "")


def names_of_others(store: Store, person: str) -> list[str]:
    """Return the names of every other person recorded, opened, those taken back too."""
    return [name_of(store, other) for (other,) in store.rows("SELECT id FROM person WHERE id <> ?", (person,))]


Beside = Mapping[str, Sequence[tuple[str, str]]]
"Id → (kind, id) of what is about it too, whatever stands."


def belonging_to(
    store: Store, person: str, beside: Beside = MappingProxyType({}), only_beside: Collection[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """Return (kind, id) of everything that is about a person: themselves, as victims, actions and notes.

    Of the records ``only_beside`` nothing but ``beside`` says what they are about.
    """

    def about(kind: str, column: str, whom: str) -> list[str]:
        shown = [row[0] for row in store.rows(f"SELECT id FROM {kind} WHERE {column} = ?", (whom,))]
        shown = [entity for entity in shown if (kind, entity) not in only_beside]
        return [*shown, *(entity for found, entity in beside.get(whom, ()) if found == kind and entity not in shown)]

    found = [("person", person)]
    for victim in about("victim", "person", person):
        actions = about("action", "victim", victim)
        found += [("victim", victim), *(("action", action) for action in actions)]
        for kind in ("disclosure", "letter"):
            found += [(kind, entity) for entity in about(kind, "victim", victim)]
        for whom in (victim, *actions):
            for kind, column in (("note", "about"), ("attempt", "action"), ("handoff", "about"), ("call", "about")):
                found += [(kind, entity) for entity in about(kind, column, whom)]
    return found


def with_all_that_is_theirs(store: Store, entities: set[str]) -> set[str]:
    """Return some records with everything that is about the same victims: a decision to share opens all of it."""
    found = set(entities)
    for victim, person in store.rows("SELECT id, person FROM victim WHERE person <> ''"):
        if victim in entities:
            found.update(entity for _, entity in belonging_to(store, person))
    return found
