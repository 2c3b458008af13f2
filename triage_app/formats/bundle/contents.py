"""What goes into a bundle and what comes out of one, without seal or signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

FORMAT: Final = 2
"""The newest format that is read. One without blocks is written as ``FIRST_FORMAT``, which older programs read too."""

FIRST_FORMAT: Final = 1

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
KEYS: Final = "keys.json"

FIRST_KINDS_OF_LINES: Final = ("links", "bodies", "evidence")
KINDS_OF_LINES: Final = (*FIRST_KINDS_OF_LINES, "blocks", "trees")
LINES_NAME: Final = re.compile(rf"({'|'.join(KINDS_OF_LINES)})/[0-9]{{6}}\.ndjson\Z")
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
    blocks: Sequence[bytes] = ()
    "Evidence by blocks, a line each."
    trees: Sequence[bytes] = ()
    "What proves the blocks, a line for each import."


@dataclass(frozen=True)
class StreamedContents:
    """The same, never held as a whole: each kind is gone through once, in the order in which they stand here.

    What can be told only once others have been gone through is told by functions: keys after the bodies, the fields of
    the manifest at the beginning, as far as they are known then, and at the end.
    """

    links: Iterable[bytes]
    bodies: Iterable[tuple[str, bytes]]
    keys: Callable[[], bytes | None]
    blocks: Iterable[bytes]
    evidence: Iterable[bytes]
    trees: Iterable[bytes]
    blobs: Mapping[str, bytes]
    manifest_fields: Callable[[], dict[str, Any]]


Contents = BundleContents | StreamedContents
ManifestFields = dict[str, Any] | Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Piece(Generic[T]):
    """Lines of one entry of a verified part, read when they are wanted."""

    sha256: str
    "Of the entry's content, as the manifest signed it."
    reading: Callable[[], list[T]]

    def load(self) -> list[T]:
        """Return the lines."""
        return self.reading()


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
    blocks: list[bytes] = field(default_factory=list)
    trees: list[bytes] = field(default_factory=list)

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
