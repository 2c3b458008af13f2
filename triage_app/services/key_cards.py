"""What a key is called, in one shape for devices and authorities: for a card on screen, for paper, for a telephone."""

from __future__ import annotations

from dataclasses import dataclass

from triage_app.domain import words
from triage_app.formats.authority import PublicAuthority, is_authority
from triage_app.formats.identity import PublicIdentity


@dataclass(frozen=True)
class KeyCard:
    """A key as people compare it."""

    id: str
    name: str
    organisation: str
    organisation_name: str
    nation: str
    tag: str
    role: str
    "What the authority is, '' for a device."
    words: str
    "Its fingerprint: six words, read out over a telephone."
    scanned: str
    "What its QR code says."
    exercise: bool

    @property
    def body(self) -> str:
        """The organisation by code and name."""
        return f"{self.organisation} {self.organisation_name}".strip()


def read_public(untrusted_file: bytes) -> PublicIdentity | PublicAuthority:
    """Return whose file this is, a device's or an authority's. Raises ``BadFile`` for neither."""
    if is_authority(untrusted_file):
        return PublicAuthority.from_bytes(untrusted_file)
    return PublicIdentity.from_bytes(untrusted_file)


def of(public: PublicIdentity | PublicAuthority) -> KeyCard:
    """Return the card of either."""
    return of_authority(public) if isinstance(public, PublicAuthority) else of_device(public)


def of_device(public: PublicIdentity) -> KeyCard:
    """Return the card of a device; the first time for a key its words take some 50 ms."""
    return _card(public, public.device, "")


def of_authority(public: PublicAuthority) -> KeyCard:
    """Return the card of an authority."""
    return _card(public, public.id, public.role)


def _card(public: PublicIdentity | PublicAuthority, id_: str, role: str) -> KeyCard:
    return KeyCard(
        id_, public.name, public.organisation, public.organisation_name, public.nation, words.device_tag(id_), role,
        " ".join(public.fingerprint_words), words.scanned(bytes.fromhex(public.ed25519)), public.exercise,
    )  # fmt: skip
