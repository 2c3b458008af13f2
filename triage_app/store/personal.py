"""Personal data: values sealed under a key of the entity's own, so that erasing the key erases them.

ChaCha20-Poly1305 with a random nonce; the kind, entity and field are bound in, so that a sealed
value cannot be moved to another record.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from triage_app.store.connection import Store

ERASED: Final = "[erased]"
NOT_SHARED: Final = "[not shared]"
_NONCE = 12


def seal(store: Store, kind: str, entity: str, field: str, text: str) -> dict[str, str]:
    """Return ``text`` sealed under the entity's key, which is made when there is none yet."""
    key = _key(store, entity)
    if key is None:
        key = os.urandom(32)
        store.execute("INSERT INTO personal_key(entity, key) VALUES (?, ?)", (entity, key))
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
        value = json.loads(value)
    if value is None:
        return ""
    if not isinstance(value, dict) or not isinstance(value.get("sealed"), str):
        return str(value)
    key = _key(store, entity)
    if key is None:
        return ERASED if is_erased(store, entity) else NOT_SHARED
    try:
        data = base64.b64decode(value["sealed"], validate=True)
        return ChaCha20Poly1305(key).decrypt(data[:_NONCE], data[_NONCE:], _bound(kind, entity, field)).decode("utf-8")
    except (InvalidTag, ValueError, binascii.Error):
        return NOT_SHARED


def erase(store: Store, entity: str) -> bool:
    """Forget an entity's key for ever; return whether there was one to forget."""
    had = _key(store, entity) is not None
    store.execute(
        "INSERT INTO personal_key(entity, key, erased) VALUES (?, NULL, 1)"
        " ON CONFLICT(entity) DO UPDATE SET key = NULL, erased = 1",
        (entity,),
    )
    return had


def is_erased(store: Store, entity: str) -> bool:
    """Whether an entity's key was erased here; a key that arrives later is not taken."""
    return bool(store.value("SELECT erased FROM personal_key WHERE entity = ?", (entity,)))


def keys_of(store: Store, entities: list[str]) -> dict[str, str]:
    """Return the keys (hex) of those entities that have one."""
    return {entity: key.hex() for entity in entities if (key := _key(store, entity)) is not None}


def take_keys(store: Store, keys: dict[str, str]) -> int:
    """Keep keys that came with a bundle, unless we have them or erased them; return how many were new."""
    taken = 0
    for entity, key in keys.items():
        data = bytes.fromhex(key)
        if (
            len(data) == 32
            and store.execute("INSERT OR IGNORE INTO personal_key(entity, key) VALUES (?, ?)", (entity, data)).rowcount
            > 0
        ):
            taken += 1
    return taken


def _key(store: Store, entity: str) -> bytes | None:
    found = store.value("SELECT key FROM personal_key WHERE entity = ?", (entity,))
    return None if found is None else bytes(found)


def _bound(kind: str, entity: str, field: str) -> bytes:
    return f"sealed1\0{kind}\0{entity}\0{field}".encode()


def name_of(store: Store, person: str) -> str:
    """Return a person's name, opened."""
    stored = store.value("SELECT name FROM person WHERE id = ?", (person,))
    return opened(store, "person", person, "name", stored or "")


def belonging_to(store: Store, person: str) -> list[tuple[str, str]]:
    """Return (kind, id) of everything that is about a person: themselves, as victims, actions and notes."""
    found = [("person", person)]
    for (victim,) in store.rows("SELECT id FROM victim WHERE person = ?", (person,)):
        found.append(("victim", victim))
        found += [("action", row[0]) for row in store.rows("SELECT id FROM action WHERE victim = ?", (victim,))]
        found += [("note", row[0]) for row in store.rows("SELECT id FROM note WHERE about = ?", (victim,))]
    return found
