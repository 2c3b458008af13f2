"""The store's key file: the data key, wrapped once for each person and paper that may open the store.

A passphrase never encrypts data; it opens a slot, and the slot holds the key. Every other field of
the file that matters is bound into the slot as associated data, so that none can be changed, the
costs of the derivation included. The file is untrusted when read: whoever holds the laptop may have
written it, and it must not hang the log-in.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from triage_app.domain.canonical import canonical, parse
from triage_app.errors import BadInput, StoreTooNew, TriageError, WrongPassphraseOrDamaged
from triage_app.language import say

VERSION: Final = 1
KDF: Final = "argon2id"

RESPONDER: Final = "responder"
RECOVERY: Final = "recovery"
BREAK_GLASS: Final = "break-glass"
AUDITOR: Final = "auditor"
"Of a copy that is only read."
KINDS: Final = (RESPONDER, RECOVERY, BREAK_GLASS, AUDITOR)
PRINTED: Final = (RECOVERY, BREAK_GLASS)
"Those whose secret is 256 random bits on paper."

MAX_BYTES: Final = 64 * 1024
MAX_SLOTS: Final = 64
"Some 25 kB of key file; a laptop has a handful."

MAX_MEMORY: Final = 1024 * 1024
"KiB: 1 GiB (trust.md, section 1.4)."
MAX_TIME: Final = 20
MAX_LANES: Final = 16
MAX_WORK: Final = 16 * 1024 * 1024
"KiB times passes over all slots of one kind: some 15 s at 1.2 GB/s; 42 slots of the recommended cost."

_ID: Final = re.compile(r"[0-9a-z][0-9a-z-]{0,63}\Z")
_SALT: Final = re.compile(r"[0-9a-f]{32}\Z")
_NONCE: Final = re.compile(r"[0-9a-f]{24}\Z")
_SEALED: Final = re.compile(r"[0-9a-f]{96}\Z")
DEK_BYTES: Final = 32


@dataclass(frozen=True)
class KdfCost:
    """What one guess at a secret costs: 128 MiB and three passes took 0.6 s when it was chosen (trust.md, 1.4)."""

    t: int = 3
    "Passes."
    m: int = 128 * 1024
    "Memory in KiB."
    p: int = 4
    "Lanes."

    def __post_init__(self) -> None:
        if not (1 <= self.t <= MAX_TIME and 1 <= self.p <= MAX_LANES and 8 * self.p <= self.m <= MAX_MEMORY):
            raise ValueError("a cost of key derivation outside its bounds")


RECOVERY_COST: Final = KdfCost(t=1, m=8 * 1024, p=1)
"""A recovery key is 256 random bits, which no cost makes harder to guess: this one keeps one algorithm
for all slots, and lets the key open the store on any machine, however little memory it has."""


@dataclass(frozen=True)
class Slot:
    """The data key as wrapped for one secret."""

    kind: str
    name: str
    "Whose it is, as shown to people."
    id: str
    kdf: str
    t: int
    m: int
    p: int
    salt: str
    "16 random bytes, hex."
    nonce: str
    "12 random bytes, hex."
    ct: str
    "The wrapped data key and its tag, 48 bytes, hex."


@dataclass(frozen=True)
class Sidecar:
    """The content of a key file."""

    store: str
    "Id of the store that it belongs to."
    slots: tuple[Slot, ...]

    def to_bytes(self) -> bytes:
        """Return the content as canonical JSON."""
        return to_bytes(self.store, self.slots)


def wrap(
    dek: bytes,
    secret: str | bytes,
    *,
    kind: str,
    name: str,
    store_id: str,
    slot_id: str | None = None,
    cost: KdfCost | None = None,
) -> Slot:
    """Return a slot in which ``secret`` opens the data key of 32 bytes.

    A passphrase given as text is normalised (NFKC), so that it does not matter on which keyboard it
    is typed. Raises ``BadInput`` for an empty secret or an unusable name, ``ValueError`` for the rest.
    """
    if len(dek) != DEK_BYTES:
        raise ValueError("a data key has 32 bytes")
    cost = cost or (RECOVERY_COST if kind in PRINTED else KdfCost())
    if not secret:
        raise BadInput("The passphrase is empty.", "Use several words that you can remember.")
    slot = Slot(
        kind=kind,
        name=name,
        id=slot_id or secrets.token_hex(8),
        kdf=KDF,
        t=cost.t,
        m=cost.m,
        p=cost.p,
        salt=secrets.token_hex(16),
        nonce=secrets.token_hex(12),
        ct="",
    )
    if problem := _problem(replace(slot, ct="0" * 96)):
        raise BadInput(say("The slot has {0}.", problem), "Use a shorter, plain name.")
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # who only reads the slots does not wait

    cipher = ChaCha20Poly1305(_derived(slot, _secret_bytes(secret)))
    return replace(slot, ct=cipher.encrypt(bytes.fromhex(slot.nonce), dek, _bound(slot, store_id)).hex())


def unwrap(sidecar: Sidecar, secret: str | bytes, *, kinds: Sequence[str] = KINDS) -> tuple[bytes, Slot]:
    """Return the data key and the slot of one of ``kinds`` that ``secret`` opens.

    Raises ``WrongPassphraseOrDamaged`` when there is none, or when trying the slots would take so
    much memory or time that somebody must have tampered with them: nothing is computed then.
    """
    slots = [slot for slot in sidecar.slots if slot.kind in kinds]
    if any(_problem(slot) for slot in slots) or sum(slot.m * slot.t for slot in slots) > MAX_WORK:
        raise WrongPassphraseOrDamaged(
            "The store's key file asks for more work than this program ever writes into it.",
            "Put store.keys back from a backup; the store is untouched.",
        )
    from cryptography.exceptions import InvalidTag  # as above
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    data = _secret_bytes(secret)
    for slot in slots:
        cipher = ChaCha20Poly1305(_derived(slot, data))
        try:
            dek = cipher.decrypt(bytes.fromhex(slot.nonce), bytes.fromhex(slot.ct), _bound(slot, sidecar.store))
        except InvalidTag:
            continue
        return dek, slot
    if kinds and all(kind in PRINTED for kind in kinds):
        name = "recovery key" if RECOVERY in kinds else "key of the sealed envelope"
        raise WrongPassphraseOrDamaged(
            say("The {0} does not open this store.", name),
            "Check that the paper is for this laptop and the newest: making another ends the one before.",
        )
    raise WrongPassphraseOrDamaged(
        "The passphrase does not open this store.",
        "Check Caps Lock and try again, or use the printed recovery key. "
        "If it was right, put store.keys back from a backup.",
    )


def to_bytes(store_id: str, slots: Iterable[Slot]) -> bytes:
    """Return the content of a key file as canonical JSON; raise ``ValueError`` for what cannot be read back."""
    data = canonical({"version": VERSION, "store": store_id, "slots": [asdict(slot) for slot in slots]})
    from_bytes(data)
    return data


def from_bytes(untrusted_bytes: bytes) -> Sidecar:
    """Read a key file.

    Raises ``ValueError`` when it is damaged (the caller has a second copy to try), ``StoreTooNew``
    when a newer version of the program wrote it.
    """
    if len(untrusted_bytes) > MAX_BYTES:
        raise ValueError("too long for a key file")
    data = parse(untrusted_bytes)
    if not isinstance(data, dict):
        raise ValueError("not a key file")
    version = data.get("version")
    if type(version) is int and version > VERSION:
        raise StoreTooNew(
            "The store's key file was written by a newer version of the program.",
            "Install that version or a later one; nothing has been changed.",
        )
    if version != VERSION or data.keys() != {"version", "store", "slots"}:
        raise ValueError("not a key file")
    store, raw = data["store"], data["slots"]
    if not isinstance(store, str) or not _ID.match(store):
        raise ValueError("a key file names its store")
    if not isinstance(raw, list) or not 0 < len(raw) <= MAX_SLOTS:
        raise ValueError(f"a key file has 1 to {MAX_SLOTS} slots")
    slots = tuple(_slot(one) for one in raw)
    if len({slot.id for slot in slots}) != len(slots):
        raise ValueError("two slots have one id")
    return Sidecar(store, slots)


def _slot(raw: Any) -> Slot:
    if not isinstance(raw, dict) or raw.keys() != Slot.__dataclass_fields__.keys():
        raise ValueError("not a slot")
    for name, value in raw.items():
        if type(value) is not (int if name in ("t", "m", "p") else str):
            raise ValueError("a slot has a value of the wrong kind")
    slot = Slot(**raw)
    if problem := _problem(slot):
        raise ValueError(f"a slot has {problem}")
    return slot


def _problem(slot: Slot) -> str:
    """Return what is wrong with a slot, in words that finish “the slot has …”; '' for nothing."""
    if slot.kind not in KINDS or slot.kdf != KDF:
        return "an unknown kind"
    if not 0 < len(slot.name) <= 200 or not slot.name.isprintable():
        return "a name that is empty, too long or not plain text"
    if not _ID.match(slot.id):
        return "an unusable id"
    if not (_SALT.match(slot.salt) and _NONCE.match(slot.nonce) and _SEALED.match(slot.ct)):
        return "a damaged key"
    try:
        KdfCost(slot.t, slot.m, slot.p)
    except ValueError:
        return "a cost outside its bounds"
    return ""


def _bound(slot: Slot, store_id: str) -> bytes:
    fields = asdict(slot)
    del fields["ct"]
    return canonical({**fields, "store": store_id, "version": VERSION})


def _secret_bytes(secret: str | bytes) -> bytes:
    if isinstance(secret, bytes):
        return secret
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "surrogatepass")


def _derived(slot: Slot, secret: bytes) -> bytes:
    from argon2.exceptions import HashingError  # as above
    from argon2.low_level import Type, hash_secret_raw

    try:
        return hash_secret_raw(
            secret, bytes.fromhex(slot.salt), slot.t, slot.m, slot.p, hash_len=DEK_BYTES, type=Type.ID
        )
    except HashingError as error:
        raise TriageError(
            "There is not enough free memory to check the passphrase.",
            "Close other programs and try again.",
            "no-memory",
        ) from error
