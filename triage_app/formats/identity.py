"""Who a device is: its two private keys, and the file by which others come to know it.

The signing key (Ed25519) makes the device: id, tag and fingerprint words follow from it. The age key
opens what is sealed for it. The identity file is signed by the key that it names, so it can be
copied but not changed; whether to trust the device is a decision that people take by reading the
fingerprint words to each other.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import asdict, dataclass, replace
from types import ModuleType
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from triage_app.domain import words
from triage_app.domain.canonical import INT64_MAX, canonical, parse
from triage_app.errors import BadFile, BadInput
from triage_app.language import say
from triage_app.paths import resources

VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024
"An identity file is under 2 kB."

SIGNED: Final = b"identity1\0"
"What stands before the signed bytes, so that the signature fits nothing else."

_MOST: Final = {"name": 80, "scheme": 16, "organisation": 32, "organisation_name": 200, "nation": 40}
_MAY_BE_EMPTY: Final = frozenset({"organisation_name", "nation"})
_HEX32: Final = re.compile(r"[0-9a-f]{32}\Z")
_AGE_SECRET = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}\Z")
_HEX64: Final = re.compile(r"[0-9a-f]{64}\Z")
_HEX128: Final = re.compile(r"[0-9a-f]{128}\Z")


@dataclass(frozen=True)
class PublicIdentity:
    """What a device says of itself, signed by itself."""

    device: str
    "Id: the first 32 hex characters of the SHA-256 of the signing key."
    tag: str
    "Its part of a reference, like ``K7M4``; follows from the id."
    name: str
    "What people call the device."
    scheme: str
    "Scheme of the organisation's code, ``ods`` first."
    organisation: str
    "Code of the organisation."
    organisation_name: str
    nation: str
    ed25519: str
    "Public signing key, hex."
    age: str
    "age recipient: the key that bundles for it are sealed to."
    exercise: bool
    "Whether it belongs to an exercise; live stores refuse such devices."
    slots: int
    "How many unlock slots its store had when it made the file: RED goes only where there is one."
    created: int
    "Milliseconds since 1970 UTC, by the device's own clock."
    sig: str = ""
    "Ed25519 signature over all of the above, hex."

    def to_bytes(self) -> bytes:
        """Return the identity file: canonical JSON."""
        return canonical({"version": VERSION, **asdict(self)})

    @classmethod
    def from_bytes(cls, untrusted_bytes: bytes) -> PublicIdentity:
        """Read an identity file; raise ``BadFile`` unless it is whole, well formed and signed by its own key."""
        return _checked(bytes(untrusted_bytes))

    @classmethod
    def from_own_store(cls, data: bytes) -> PublicIdentity:
        """Return this device's own identity as this store wrote it: what was checked then need not be again.

        Checking loads the sealing library, which a start should not wait for.
        """
        fields = _fields(data)
        fields.pop("version", None)
        return cls(**fields)

    @property
    def fingerprint_words(self) -> list[str]:
        """The words that both sides read to each other before they trust the key."""
        return fingerprint_words(self.ed25519)


@functools.lru_cache(maxsize=64)  # the same few are read again for every bundle; checking costs half a millisecond
def _checked(untrusted_bytes: bytes) -> PublicIdentity:
    """Return the identity that a file holds; raise ``BadFile`` as ``PublicIdentity.from_bytes`` does."""
    fields = _fields(untrusted_bytes)
    version = fields.pop("version", None)
    if type(version) is int and version > VERSION:
        raise BadFile(
            "The identity file was written by a newer version of the program.",
            "Keep the file, update the program and try again.",
        )
    if version != VERSION or fields.keys() != PublicIdentity.__dataclass_fields__.keys():
        raise _bad("This file is not an identity file.")
    _check_types(fields)
    identity = PublicIdentity(**fields)
    if not _signature_fits(identity):
        raise _bad("The identity file was changed after it was made: its signature is wrong.")
    device = words.device_id(bytes.fromhex(identity.ed25519))
    if (identity.device, identity.tag) != (device, words.device_tag(device)):
        raise _bad("The identity file claims an id that does not belong to its key.")
    for name, most in _MOST.items():
        if problem := _text_problem(fields[name], most, may_be_empty=name in _MAY_BE_EMPTY):
            raise _bad(f"The identity file has {problem}.")
    if not _sealing().is_recipient(identity.age):
        raise _bad("The identity file has no usable key to seal bundles to.")
    return identity


@dataclass(frozen=True, repr=False)
class Identity:
    """A device's private keys. Kept in the encrypted store alone."""

    ed25519_private: bytes
    "32 bytes."
    age_secret: str
    "age X25519 secret key, as text."

    def __repr__(self) -> str:
        return "Identity(…)"  # so that no log or failing test ever shows a key

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs checkpoints, bundles and the identity file."""
        return Ed25519PrivateKey.from_private_bytes(self.ed25519_private)

    @property
    def device(self) -> str:
        """Id of the device."""
        return words.device_id(self.signing_key.public_key().public_bytes_raw())

    def sign(self, domain: bytes, data: bytes) -> bytes:
        """Return the signature over ``data`` under a domain word, so that it fits no other purpose."""
        return self.signing_key.sign(domain + b"\0" + data)

    def public(
        self,
        *,
        name: str,
        organisation: str,
        organisation_name: str = "",
        nation: str = "",
        scheme: str = "ods",
        exercise: bool = False,
        slots: int = 1,
        created: int,
    ) -> PublicIdentity:
        """Return the signed public identity; raise ``BadInput`` for text that no identity file takes."""
        given = {
            "name": name,
            "scheme": scheme,
            "organisation": organisation,
            "organisation_name": organisation_name,
            "nation": nation,
        }
        for key, text in given.items():
            if problem := _text_problem(text, _MOST[key], may_be_empty=key in _MAY_BE_EMPTY):
                raise BadInput(
                    say("The device's identity has {0}.", problem), "Give plain text of a reasonable length."
                )
        public_key = self.signing_key.public_key().public_bytes_raw()
        device = words.device_id(public_key)
        unsigned = PublicIdentity(
            device=device,
            tag=words.device_tag(device),
            **given,
            ed25519=public_key.hex(),
            age=_sealing().recipient_of(self.age_secret),
            exercise=exercise,
            slots=slots,
            created=created,
        )
        return replace(unsigned, sig=self.signing_key.sign(_signed_bytes(unsigned)).hex())

    def to_private_bytes(self) -> bytes:
        """Return both keys as bytes, for the encrypted store alone."""
        return canonical({"version": VERSION, "ed25519": self.ed25519_private.hex(), "age": self.age_secret})

    @classmethod
    def from_private_bytes(cls, data: bytes) -> Identity:
        """Return the keys that ``to_private_bytes`` wrote; raise ``ValueError`` for anything else."""
        fields = parse(data)
        if not isinstance(fields, dict) or fields.keys() != {"version", "ed25519", "age"} or fields["version"] != 1:
            raise ValueError("not the private keys of a device")
        if not isinstance(fields["ed25519"], str) or not _HEX64.match(fields["ed25519"]):
            raise ValueError("a signing key has 32 bytes")
        if not isinstance(fields["age"], str) or not _AGE_SECRET.match(fields["age"]):
            raise ValueError("not an age secret key")
        return cls(bytes.fromhex(fields["ed25519"]), fields["age"])


def _sealing() -> ModuleType:
    """Return the sealing module, loaded when a key is first made or looked at."""
    from triage_app.formats.bundle import sealing

    return sealing


def generate() -> Identity:
    """Return the keys of a new device."""
    return Identity(Ed25519PrivateKey.generate().private_bytes_raw(), _sealing().new_key())


def verify(ed25519: str, domain: bytes, data: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` is what ``Identity.sign`` made of ``data`` with the key of this public one (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(ed25519)).verify(signature, domain + b"\0" + data)
    except (InvalidSignature, ValueError):
        return False
    return True


def device_tag(device: str) -> str:
    """Return the four characters that stand for a device in references, like ``K7M4``."""
    return words.device_tag(device)


def fingerprint_words(ed25519: str) -> list[str]:
    """Return the six words of a public signing key (hex); the first time for a key takes some 50 ms."""
    return words.spoken(words.fingerprint(bytes.fromhex(ed25519)), _word_list())


@functools.cache
def _word_list() -> tuple[str, ...]:
    text = (resources() / "vocabularies" / "words.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["words"])


def _bad(what: str) -> BadFile:
    return BadFile(what, "Ask for the file that “triage device identity” writes, unchanged; nothing was taken from it.")


def _fields(untrusted_bytes: bytes) -> dict[str, Any]:
    if len(untrusted_bytes) > MAX_BYTES:
        raise _bad("The file is too long for an identity file.")
    try:
        fields = parse(untrusted_bytes)
    except ValueError as error:
        raise _bad("This file is not an identity file, or it is damaged.") from error
    if not isinstance(fields, dict):
        raise _bad("This file is not an identity file.")
    return fields


def _check_types(fields: dict[str, Any]) -> None:
    flags, numbers = {"exercise"}, {"slots", "created"}
    right = all(
        type(value) is (bool if name in flags else int if name in numbers else str) for name, value in fields.items()
    )
    if (
        not right
        or not _HEX32.match(fields["device"])
        or not _HEX64.match(fields["ed25519"])
        or not _HEX128.match(fields["sig"])
        or not 1 <= fields["slots"] <= 1000
        or not 0 <= fields["created"] <= INT64_MAX // 1000
    ):
        raise _bad("The identity file has a value that no identity has.")


def _text_problem(text: str, most: int, *, may_be_empty: bool) -> str:
    """Return what is wrong with a text, in words that finish “the identity has …”; '' for nothing."""
    if not text.strip():
        return "" if may_be_empty and not text else "a name or code that is empty"
    if len(text) > most:
        return f"a text longer than {most} characters"
    if not text.isprintable():
        return "characters that cannot be seen"
    return ""


def _signed_bytes(identity: PublicIdentity) -> bytes:
    fields = asdict(identity)
    del fields["sig"]
    return SIGNED + canonical({"version": VERSION, **fields})


def _signature_fits(identity: PublicIdentity) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(identity.ed25519))
        key.verify(bytes.fromhex(identity.sig), _signed_bytes(identity))
    except (InvalidSignature, ValueError):
        return False
    return True
