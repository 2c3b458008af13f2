"""The key of an authority, the file by which others come to know it, and the sealed file in which the key moves.

An authority file is like an identity file (``identity``): signed by the key that it names, so that it can be copied but
not changed, and believed only once people have compared its words. The secret key never leaves the encrypted store
except sealed to a passphrase.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from triage_app.domain import certificates, words
from triage_app.domain.canonical import INT64_MAX, canonical, parse
from triage_app.errors import BadFile, BadInput
from triage_app.formats.bundle import sealing
from triage_app.formats.identity import fingerprint_words
from triage_app.language import say

VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024
SIGNED: Final = b"authority1\0"
KEY_FILE: Final = "triage-authority-key"
"What stands in the sealed file of a key, so that no other file is taken for one."

_MOST: Final = {"role": 16, "name": 80, "organisation": 32, "organisation_name": 200, "nation": 40}


@dataclass(frozen=True)
class PublicAuthority:
    """What an authority says of itself, signed by itself."""

    id: str
    "The first 32 hex characters of the SHA-256 of its key."
    role: str
    "organisation, centre, ncsc or law-enforcement: a claim, until somebody has compared its words."
    name: str
    organisation: str
    "Code of the organisation whose key it is."
    organisation_name: str
    nation: str
    ed25519: str
    exercise: bool
    created: int
    "Milliseconds since 1970 UTC, by the clock of the laptop that made it."
    sig: str = ""

    def to_bytes(self) -> bytes:
        """Return the authority file: canonical JSON."""
        return canonical({"version": VERSION, "what": "authority", **asdict(self)})

    @classmethod
    def from_bytes(cls, untrusted_bytes: bytes) -> PublicAuthority:
        """Read an authority file; raise ``BadFile`` unless it is whole, well formed and signed by its own key."""
        if len(untrusted_bytes) > MAX_BYTES:
            raise _bad("The file is too long for an authority file.")
        try:
            fields = parse(untrusted_bytes)
        except ValueError as error:
            raise _bad("This file is not an authority file, or it is damaged.") from error
        if not isinstance(fields, dict) or fields.pop("what", None) != "authority":
            raise _bad("This file is not an authority file.")
        version = fields.pop("version", None)
        if type(version) is int and version > VERSION:
            raise BadFile("The authority file was written by a newer version of the program.",
                          "Keep the file, update the program and try again.")  # fmt: skip
        if version != VERSION or fields.keys() != cls.__dataclass_fields__.keys() or not _right(fields):
            raise _bad("The authority file has a value that no authority has.")
        authority = cls(**fields)
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(authority.ed25519))
            key.verify(bytes.fromhex(authority.sig), _signed(authority))
        except (InvalidSignature, ValueError) as error:
            raise _bad("The authority file was changed after it was made: its signature is wrong.") from error
        if authority.id != words.device_id(bytes.fromhex(authority.ed25519)):
            raise _bad("The authority file claims an id that does not belong to its key.")
        return authority

    @property
    def fingerprint_words(self) -> list[str]:
        """The words that both sides read to each other before they believe the key."""
        return fingerprint_words(self.ed25519)


def is_authority(untrusted_bytes: bytes) -> bool:
    """Tell whether a file says of itself that it is an authority's, sound or not."""
    if len(untrusted_bytes) > MAX_BYTES:
        return False
    try:
        fields = parse(untrusted_bytes)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("what") == "authority"


@dataclass(frozen=True, repr=False)
class AuthorityKey:
    """An authority's private key. Kept in the encrypted store alone."""

    ed25519_private: bytes
    "32 bytes."

    def __repr__(self) -> str:
        return "AuthorityKey(…)"  # so that no log or failing test ever shows a key

    @property
    def id(self) -> str:
        """Id of the authority."""
        return words.device_id(self._key.public_key().public_bytes_raw())

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.ed25519_private)

    def public(
        self, *, role: str, name: str, organisation: str, organisation_name: str, nation: str, exercise: bool,
        created: int,
    ) -> PublicAuthority:  # fmt: skip
        """Return the signed public file; raise ``BadInput`` for a role or a text that no authority has."""
        public_key = self._key.public_key().public_bytes_raw()
        unsigned = PublicAuthority(
            words.device_id(public_key), role, name, organisation, organisation_name, nation, public_key.hex(),
            exercise, created, "0" * 128,
        )  # fmt: skip
        if not _right(asdict(unsigned)):
            raise BadInput(
                "The authority has a name or role that none has.",
                say(
                    "Give plain text of at most {0} characters, and one of: {1}.",
                    _MOST["name"],
                    ", ".join(certificates.ROLES),
                ),
            )
        return replace(unsigned, sig=self._key.sign(_signed(unsigned)).hex())

    def certify(self, device: str, ed25519: str, organisation: str) -> dict[str, Any]:
        """Return the signed value that says that a device belongs to an organisation."""
        return self._sign(certificates.CERTIFICATE, certificates.certificate(self.id, device, ed25519, organisation))

    def revoke(self, device: str, seq: int, link_hash: str) -> dict[str, Any]:
        """Return the signed value that says that nothing of a device counts after ``seq``."""
        return self._sign(certificates.REVOCATION, certificates.revocation(self.id, device, seq, link_hash))

    def _sign(self, field: str, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "sig": self._key.sign(certificates.signed_bytes(field, value)).hex()}

    def to_sealed_file(self, public: PublicAuthority, passphrase: str) -> bytes:
        """Return the key with its public file, sealed to a passphrase (age; takes some seconds)."""
        content = canonical(
            {"what": KEY_FILE, "private": self.ed25519_private.hex(), "file": public.to_bytes().decode()}
        )
        return sealing.seal(content, [], passphrase)


def generate() -> AuthorityKey:
    """Return the key of a new authority."""
    return AuthorityKey(Ed25519PrivateKey.generate().private_bytes_raw())


def from_sealed_file(untrusted_bytes: bytes, passphrase: str) -> tuple[AuthorityKey, PublicAuthority]:
    """Return what ``to_sealed_file`` sealed; raise ``BadFile`` or ``BadBundle`` for anything else."""
    content, _ = sealing.unseal(untrusted_bytes, [], passphrase)
    try:
        fields = json.loads(content)
        private, text = bytes.fromhex(fields["private"]), fields["file"].encode()
        if fields["what"] != KEY_FILE or len(private) != 32:
            raise ValueError("not a key file")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadFile("This file holds no key of an authority.", "Choose the file that the other laptop wrote.") from (
            error
        )
    key, public = AuthorityKey(private), PublicAuthority.from_bytes(text)
    if key.id != public.id:
        raise BadFile("The key in the file is not that of its authority.", "Ask for the file to be written again.")
    return key, public


def _right(fields: dict[str, Any]) -> bool:
    if type(fields["exercise"]) is not bool or type(fields["created"]) is not int:
        return False
    if not 0 <= fields["created"] <= INT64_MAX // 1000 or fields["role"] not in certificates.ROLES:
        return False
    if any(type(fields[name]) is not str for name in (*_MOST, "id", "ed25519", "sig")):
        return False
    if any(len(fields[name]) != size for name, size in (("id", 32), ("ed25519", 64), ("sig", 128))):
        return False
    if any(len(fields[name]) > most or not fields[name].isprintable() for name, most in _MOST.items()):
        return False
    return bool(fields["name"].strip()) and bool(fields["organisation"].strip())


def _signed(authority: PublicAuthority) -> bytes:
    fields = asdict(authority)
    del fields["sig"]
    return SIGNED + canonical({"version": VERSION, "what": "authority", **fields})


def _bad(what: str) -> BadFile:
    return BadFile(
        what, "Ask for the file that “triage org-key identity” writes, unchanged; nothing was taken from it."
    )
