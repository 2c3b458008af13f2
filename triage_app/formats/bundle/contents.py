"""What goes into a bundle and what comes out of one, without seal or signature."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FORMAT: Final = 1
"""The format that is written, and the newest that is read."""

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
KEYS: Final = "keys.json"

LINES_NAME: Final = re.compile(r"(links|bodies|evidence)/[0-9]{6}\.ndjson\Z")
BLOB_NAME: Final = re.compile(r"blobs/([0-9a-f]{64})\Z")

RESERVED: Final = frozenset({"format", "bundle_id", "set_id", "part", "parts", "files", "signer", "from"})
"""Fields of the manifest that the writer fills in itself."""


@dataclass(frozen=True)
class BundleContents:
    """What is to be sent, already chosen and cut by TLP; nothing in here is filtered any more."""

    manifest_fields: dict[str, Any]
    """Further fields of the manifest, the same in every part: vector, lacks, checkpoints, tlp, counts,
    created, app, schema. ``to`` must be among them: the ids of the devices addressed, [] for a passphrase."""
    links: Sequence[bytes] = ()
    "Canonical JSON of each link, in the order in which they are to be applied."
    bodies: Sequence[tuple[str, bytes]] = ()
    "(hash of the link, exact bytes of the body)."
    evidence: Sequence[bytes] = ()
    "JSON lines, without line ends."
    keys: bytes | None = None
    "The bundle's own part for personal keys, as the service writes it."
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    "Hex SHA-256 → content. A larger attachment travels as several, each under its own hash."


@dataclass(frozen=True)
class OpenedBundle:
    """One part of a bundle, whole and unchanged as its signer made it.

    Whether the signer is trusted, and what links, bodies and evidence mean, is for others to decide.
    """

    manifest: dict[str, Any]
    signer: str
    "Ed25519 public key of the signer, hex."
    device: str
    "Id of the sending device; it follows from ``signer``."
    links: list[bytes]
    bodies: dict[str, bytes]
    evidence: list[bytes]
    keys: bytes | None
    blobs: dict[str, bytes]

    @property
    def part(self) -> int:
        """Which part of its set this is, from 1."""
        return int(self.manifest["part"])

    @property
    def parts(self) -> int:
        """How many parts the set has."""
        return int(self.manifest["parts"])

    @property
    def set_id(self) -> str:
        """The id that all parts of one export share."""
        return str(self.manifest["set_id"])
