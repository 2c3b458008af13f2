"""Attachments: their bytes as sealed pieces (blobs known by hash), their records and their custody read back.

A piece is sealed with ChaCha20-Poly1305 under the attachment's own key; which piece it is, of how many and of how many
bytes in all are bound in. The journal names the pieces, so what is missing or changed shows without any key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from triage_app.domain import attachments
from triage_app.domain.attachments import Move, attachment_of, bound, content_key, piece_count
from triage_app.domain.records import CREATED, KINDS
from triage_app.store import journal, labels, personal
from triage_app.store.connection import Store

_NONCE: Final = 12
_SEAL: Final = _NONCE + 16
"Bytes that sealing adds to a piece."

GOOD, DAMAGED, MISSING, NOT_HERE = "good", "damaged", "missing", "not held here"
DESTROYED, NO_KEY, WITHHELD = "destroyed", "key not shared", "record withheld"

_COLUMNS: Final = (
    "id, incident, ref, name, size, sha256, taken_by, role, taken_at, place, source, description, tlp, hold,"
    " hold_because, destroyed, destroyed_because, created_at, created_by"
)


# -- bytes in ----------------------------------------------------------------------------------------------


class Loading:
    """The pieces of one file on their way in. Nothing of it counts before ``finish``; call each inside ``write()``."""

    def __init__(self, store: Store, attachment: str, size: int) -> None:
        self._store, self._attachment, self._size = store, attachment, size
        self._key = ChaCha20Poly1305(personal.new_key(store, content_key(attachment)))
        self.names: list[str] = []

    def add(self, pieces: Iterable[bytes]) -> None:
        """Seal and store the next pieces, in their order."""
        for piece in pieces:
            nonce = os.urandom(_NONCE)
            sealed = nonce + self._key.encrypt(nonce, piece, bound(self._attachment, len(self.names), self._size))
            name = hashlib.sha256(sealed).hexdigest()
            self._store.execute("INSERT INTO loading_piece(attachment, sha256) VALUES (?, ?)", (self._attachment, name))
            self._store.execute("INSERT INTO blob(sha256, bytes) VALUES (?, ?)", (name, sealed))
            self.names.append(name)

    def finish(self) -> list[str]:
        """Make the pieces count, in the transaction that writes the journal; return their names."""
        self._store.execute("DELETE FROM loading_piece WHERE attachment = ?", (self._attachment,))
        return self.names

    def remove(self) -> None:
        """Leave nothing behind."""
        _remove(self._store, self._attachment)


def remove_loading(store: Store) -> int:
    """Remove what was left of files that were never wholly attached; return how many there were."""
    left = [row[0] for row in store.rows("SELECT DISTINCT attachment FROM loading_piece")]
    for attachment in left:
        _remove(store, attachment)
    return len(left)


def _remove(store: Store, attachment: str) -> None:
    store.execute(
        "DELETE FROM blob WHERE sha256 IN (SELECT sha256 FROM loading_piece WHERE attachment = ?)", (attachment,)
    )
    store.execute("DELETE FROM loading_piece WHERE attachment = ?", (attachment,))
    personal.forget(store, content_key(attachment))


# -- bytes out ---------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """Bytes that cannot be given back whole; ``state`` says why."""

    def __init__(self, state: str, detail: str = "") -> None:
        super().__init__(state)
        self.state = state
        self.detail = detail


def content(store: Store, attachment: str) -> Iterator[bytes]:
    """Yield the pieces of an attachment, opened, one after another; raise ``Unreadable`` where one cannot be."""
    named = _named(store, attachment)
    if named is None:
        raise Unreadable(WITHHELD)
    names, size = named
    total = piece_count(size)
    if is_destroyed(store, attachment):
        raise Unreadable(DESTROYED)
    there = held_pieces(store, names)
    if not there:
        raise Unreadable(MISSING if taken_here(store, attachment) else NOT_HERE)
    if len(names) != total:
        raise Unreadable(DAMAGED, f"{len(names)} pieces are named, {total} are needed")
    if there != len(names):
        raise Unreadable(MISSING, f"{len(names) - there} of {len(names)} pieces are not here")
    keys = [ChaCha20Poly1305(key) for key in personal.held(store, content_key(attachment))]
    if not keys:
        raise Unreadable(NO_KEY)
    for number, name in enumerate(names):
        sealed = bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (name,)) or b"")
        if hashlib.sha256(sealed).hexdigest() != name:
            raise Unreadable(DAMAGED, f"piece {number + 1} of {total} is not what the journal names")
        yield _opened(keys, sealed, bound(attachment, number, size), f"piece {number + 1} of {total} does not open")


def content_keys(keys: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return those of some keys, by name, under which the bytes of attachments are sealed."""
    return {name: some for name, some in keys.items() if name.startswith(content_key(""))}


def first_piece(store: Store, name: str) -> list[tuple[bytes, bytes]]:
    """Return (what it is bound to, sealed bytes) of the first piece that is here under the name of a content key."""
    attachment = attachment_of(name.removeprefix(content_key("")))
    named = _named(store, attachment) if attachment and name == content_key(attachment) else None
    for number, piece in enumerate(named[0] if named is not None else ()):
        sealed = store.value("SELECT bytes FROM blob WHERE sha256 = ?", (piece,))
        if sealed is not None and named is not None:
            return [(bound(attachment, number, named[1]), bytes(sealed))]
    return []


def _opened(keys: list[ChaCha20Poly1305], sealed: bytes, aad: bytes, detail: str) -> bytes:
    for key in keys:
        try:
            return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], aad)
        except (InvalidTag, ValueError):
            continue
    raise Unreadable(DAMAGED, detail)


def checked(
    store: Store, attachment: str, progress: Callable[[int, int | None], None] = lambda done, total: None
) -> tuple[str, str]:
    """Return (state, what of it) of an attachment: its bytes are opened and hashed against what the journal says."""
    row = store.row("SELECT size, sha256 FROM attachment WHERE id = ?", (attachment,)) or (None, "")
    found = hashlib.sha256()
    done = 0
    try:
        for piece in content(store, attachment):
            found.update(piece)
            done += len(piece)
            progress(done, row[0])
    except Unreadable as trouble:
        return trouble.state, trouble.detail
    if done != row[0]:
        return DAMAGED, f"{done:,} bytes are here, {row[0]:,} were taken"
    if found.hexdigest() != row[1]:
        return DAMAGED, "its SHA-256 is another than when it was taken"
    return GOOD, ""


def _named(store: Store, attachment: str) -> tuple[list[str], int] | None:
    found = store.row("SELECT pieces, size, sha256 FROM attachment WHERE id = ?", (attachment,))
    if found is None or type(found[1]) is not int or not 0 < found[1] <= attachments.MOST_BYTES or not found[2]:
        return None
    names = json.loads(found[0])
    return (names, found[1]) if names else None


def piece_names(store: Store, attachment: str) -> list[str]:
    """Return the names of the pieces of an attachment; none where its record does not say."""
    named = _named(store, attachment)
    return [] if named is None else named[0]


def remove_destroyed(store: Store) -> None:
    """Remove the bytes of attachments that are destroyed: they may have come again from where that was not known."""
    every = {str(row[0]): piece_names(store, row[0]) for row in store.rows("SELECT id FROM attachment")}
    kept = {name for one, names in every.items() if not is_destroyed(store, one) for name in names}
    for one, names in every.items():
        for name in names if is_destroyed(store, one) else ():
            if name not in kept:
                store.execute("DELETE FROM blob WHERE sha256 = ?", (name,))


def held_pieces(store: Store, names: list[str]) -> int:
    """Return how many of some pieces are here."""
    found = 0
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        marks = ",".join("?" * len(part))
        found += store.value(f"SELECT count(*) FROM blob WHERE sha256 IN ({marks})", part)
    return found


def bytes_state(store: Store, attachment: str) -> str:
    """Return what is here of the bytes, by names and keys alone: nothing is opened."""
    named = _named(store, attachment)
    if named is None:
        return WITHHELD
    if is_destroyed(store, attachment):
        return DESTROYED
    there = held_pieces(store, named[0])
    if there != len(named[0]):
        return MISSING if there or taken_here(store, attachment) else NOT_HERE
    return GOOD if personal.held(store, content_key(attachment)) else NO_KEY


def taken_here(store: Store, attachment: str) -> bool:
    """Whether this device attached it, so that its bytes must be here."""
    return bool(
        store.value(
            "SELECT 1 FROM operation AS o JOIN link AS l USING (n) JOIN identity AS i ON i.device = l.device AND"
            " i.own = 1 WHERE o.entity = ? AND o.field = ? AND o.kind = 'attachment' AND o.entity <> ''",
            (attachment, CREATED),
        )
    )


# -- destruction -------------------------------------------------------------------------------------------


def is_destroyed(store: Store, attachment: str) -> bool:
    """Whether the key of its bytes was erased here."""
    return personal.is_erased(store, content_key(attachment))


def follow_destruction(store: Store, attachment: str) -> None:
    """Erase key and bytes where our own organisation destroyed an attachment and no legal hold stands.

    The word of another organisation does not destroy evidence that we hold: it is shown, and the bytes stay.
    """
    if labels.our_word(store, "attachment", attachment, "destroyed") is None or is_destroyed(store, attachment):
        return
    if _is_held(store, attachment):
        return
    personal.erase(store, content_key(attachment))
    named = _named(store, attachment)
    others = {
        name
        for (pieces,) in store.rows("SELECT pieces FROM attachment WHERE id <> ? AND pieces <> '[]'", (attachment,))
        for name in json.loads(pieces)
    }
    for name in named[0] if named is not None else ():
        if name not in others:
            store.execute(
                "DELETE FROM blob WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM operation WHERE batch = ?1)", (name,)
            )


def _is_held(store: Store, attachment: str) -> bool:
    heads = journal.standing(store, "attachment", attachment).get("hold", [])
    said = [head.body.value for head in heads]
    return True in said or labels.our_word(store, "attachment", attachment, "hold") is True


# -- exchange ----------------------------------------------------------------------------------------------


def send(store: Store, attachment: str, blobs: dict[str, bytes], keys: set[str]) -> bool:
    """Add the bytes of an attachment, and the name of their key, to what goes into a bundle, where they fit."""
    names = _to_send(store, attachment, sum(map(len, blobs.values())))
    for name in names:
        data = bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (name,)))
        if hashlib.sha256(data).hexdigest() != name:
            return False
        blobs[name] = data
    if names:
        keys.add(content_key(attachment))
    return bool(names)


def weigh(store: Store, attachment: str, sizes: dict[str, int]) -> None:
    """Add the sizes of what ``send`` would add, none of it read."""
    for name in _to_send(store, attachment, sum(sizes.values())):
        sizes[name] = int(store.value("SELECT length(bytes) FROM blob WHERE sha256 = ?", (name,)))


def _to_send(store: Store, attachment: str, already: int) -> list[str]:
    """Return the pieces of an attachment where all of it goes into a bundle beside ``already`` bytes of others."""
    named = _named(store, attachment)
    if named is None or named[1] > attachments.MOST_IN_BUNDLE or is_destroyed(store, attachment):
        return []
    if already + named[1] > attachments.MOST_IN_BUNDLE_TOGETHER or held_pieces(store, named[0]) != len(named[0]):
        return []
    return named[0]


# -- records -----------------------------------------------------------------------------------------------


def rows(store: Store, incident: str = "") -> list[dict[str, Any]]:
    """Return the attachments of an incident, or all, in the order in which they were recorded."""
    found = store.dicts(
        f"SELECT {_COLUMNS} FROM attachment WHERE deleted = 0{' AND incident = ?' if incident else ''}"
        " ORDER BY created_at, ref, id",
        (incident,) if incident else (),
    )
    return [_readable(store, "attachment", row) for row in found]


def one(store: Store, attachment: str) -> dict[str, Any] | None:
    """Return one attachment, or None."""
    found = store.dicts(f"SELECT {_COLUMNS} FROM attachment WHERE deleted = 0 AND id = ?", (attachment,))
    return _readable(store, "attachment", found[0]) if found else None


def custody(store: Store, attachment: str) -> list[dict[str, Any]]:
    """Return the entries in an attachment's custody, in the order in which they happened.

    Those that were taken back are among them, marked: nothing that was once in a custody vanishes from it.
    """
    written = "(SELECT min(o.hlc) FROM operation AS o WHERE o.entity = c.id AND o.field = ? AND o.entity <> '')"
    found = store.dicts(
        'SELECT id, attachment, event, at, giver AS "from", receiver AS "to", place, seal, reason, outcome,'
        f" deleted AS taken_back, created_at, created_by, {written} AS written"
        " FROM custody AS c WHERE attachment = ?",
        (CREATED, attachment),
    )
    corrected = {
        row[0]
        for row in store.rows(
            "SELECT entity FROM operation WHERE entity IN (SELECT id FROM custody WHERE attachment = ?) AND"
            " entity <> '' AND kind = 'custody' AND applied = 1 AND field <> ? GROUP BY entity, field"
            " HAVING count(*) > 1",
            (attachment, CREATED),
        )
    }
    for row in found:
        _readable(store, "custody", row)
        row["is_corrected"] = row["id"] in corrected
    return sorted(found, key=lambda row: (at_of(row), row["written"] or "", row["id"]))


def at_of(row: dict[str, Any]) -> int:
    """Return when an entry happened, in UTC milliseconds; when it was written where nobody said otherwise."""
    at = row["at"].get("at") if isinstance(row.get("at"), dict) else None
    return at if type(at) is int else row["created_at"] or 0


def moves(entries: Iterable[dict[str, Any]]) -> list[Move]:
    """Return what entries say about who holds the file."""
    return [Move(row["event"], at_of(row), row["from"], row["to"]) for row in entries if not row["taken_back"]]


def same_bytes(store: Store, incident: str, sha256: str, but: str) -> list[str]:
    """Return the references of other attachments of an incident that have the same bytes."""
    sql = "SELECT ref FROM attachment WHERE incident = ? AND sha256 = ? AND deleted = 0 AND id <> ? ORDER BY ref"
    return [row[0] for row in store.rows(sql, (incident, sha256, but))]


def count(store: Store, incident: str) -> int:
    """Return how many attachments an incident has."""
    return int(store.value("SELECT count(*) FROM attachment WHERE incident = ? AND deleted = 0", (incident,)))


def views(store: Store, attachment: str) -> list[dict[str, Any]]:
    """Return who looked at an attachment's record or exported it, as the access chains here say, oldest first."""
    found = []
    for (data,) in store.rows(
        "SELECT body.bytes FROM link JOIN body USING (n) WHERE chain = 'access'"
        " AND instr(CAST(body.bytes AS TEXT), ?) > 0 ORDER BY n",
        (attachment,),
    ):
        said = json.loads(bytes(data))
        if said.get("kind") == "attachment" and said.get("entity") == attachment:
            found.append({"what": said["field"], "at": int(said["hlc"][:15]), "author": said["author"]})
    return found


def problems(store: Store) -> list[str]:
    """Return which attachments are not what the journal says of them."""
    found = []
    for attachment, ref in store.rows("SELECT id, ref FROM attachment ORDER BY ref, id"):
        state, detail = checked(store, attachment)
        if state in (DAMAGED, MISSING):
            found.append(f"Attachment {ref or attachment[:8]} is {state}{': ' + detail if detail else ''}.")
    return found


def _readable(store: Store, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    owner = attachment_of(row["id"])
    for name in KINDS[kind].personal:
        if row.get(name):
            row[name] = personal.opened(store, kind, owner, name, row[name])
    for name in ("taken_at", "at", "destroyed"):
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    return row
