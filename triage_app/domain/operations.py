"""The operation: one field of one entity set by one device, as bytes that never change.

An operation is a *link* and a *body*. The link (device, sequence, previous link, body hash) makes
the chain that a checkpoint signs; the body says what was decided. A body may be withheld from a
recipient or redacted for ever, and the chain still verifies, because it covers links only. The
random salt in the body keeps its hash from betraying a guessed content.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from triage_app.domain.canonical import INT64_MAX, canonical, digest, parse, written

LINK_VERSION: Final = 1
BODY_VERSION: Final = 1
"The schema version this program writes; bodies of a newer one are kept and relayed, not applied."

JOURNAL: Final = "journal"
ACCESS: Final = "access"
"The second chain of a device: views, unmaskings and exports, sent only when asked for."

CHECKPOINT: Final = b"checkpoint1"
"The domain word of checkpoint signatures: they fit nothing else."

BATCH_LIMIT: Final = 100
"A gesture over more entities than this is one batch operation (DESIGN.md, The journal, 4)."

_HEX32 = re.compile(r"[0-9a-f]{32}\Z")
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_HLC = re.compile(r"[0-9]{15}:[0-9a-f]{8}:[0-9a-f]{32}\Z")
_USUAL_LINK = re.compile(
    rb'\{"body":"([0-9a-f]{64})","chain":"journal","device":"([0-9a-f]{32})","prev":"([0-9a-f]{64}|)",'
    rb'"seq":([1-9][0-9]{0,17}),"v":1\}\Z'
)
MAX_HLC_MS: Final = 2**47
MAX_BODY_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Link:
    """One place in a device's chain."""

    device: str
    "Id of the device that wrote it: 32 hex characters."
    seq: int
    "1 for the first, without gaps."
    prev: str
    "Hash of the link before, '' for the first."
    body_hash: str
    chain: str = JOURNAL
    version: int = LINK_VERSION

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that are hashed, stored in bundles and covered by checkpoints."""
        return canonical(
            {
                "body": self.body_hash,
                "chain": self.chain,
                "device": self.device,
                "prev": self.prev,
                "seq": self.seq,
                "v": self.version,
            }
        )

    @property
    def hash(self) -> str:
        """Hex SHA-256 of the link: its name everywhere."""
        return digest("link1", self.to_bytes())

    @classmethod
    def from_bytes(cls, untrusted: bytes) -> Link:
        """Read a link from a bundle; raise ``ValueError`` unless it is one, in canonical form."""
        if len(untrusted) > 1024:
            raise ValueError("a link is short")
        if usual := _USUAL_LINK.match(untrusted):  # as nearly all are: read at once, and in canonical form
            body, device, prev, seq = usual.groups()
            number = int(seq)
            if (number == 1) == (not prev):
                # a device has written many
                return cls(sys.intern(device.decode()), number, prev.decode(), body.decode(), JOURNAL, 1)
        data = parse(untrusted)
        if not isinstance(data, dict) or set(data) != {"body", "chain", "device", "prev", "seq", "v"}:
            raise ValueError("not a link")
        seq, version = data["seq"], data["v"]
        if type(seq) is not int or not 0 < seq <= INT64_MAX or type(version) is not int or version < 1:
            raise ValueError("a link has a positive sequence and version")
        if data["chain"] not in (JOURNAL, ACCESS):
            raise ValueError("unknown chain")
        if not isinstance(data["device"], str) or not _HEX32.match(data["device"]):
            raise ValueError("a device id is 32 hex characters")
        if not isinstance(data["body"], str) or not _HEX64.match(data["body"]):
            raise ValueError("a body hash is 64 hex characters")
        prev = data["prev"]
        if not isinstance(prev, str) or (prev != "" if seq == 1 else not _HEX64.match(prev)):
            raise ValueError("only the first link has no link before it")
        return cls(data["device"], seq, prev, data["body"], data["chain"], version)


@dataclass(frozen=True)
class Body:
    """What an operation says."""

    act: str
    "Id of the gesture it belongs to: one undo, one line in the history."
    author: str
    "Id of the responder."
    hlc: str
    "Hybrid logical clock; decides only which of two concurrent values is displayed."
    kind: str
    "Kind of entity: 'incident', 'victim', 'alert' …"
    entity: str
    "Id of the entity; '' for a batch."
    field: str
    value: Any
    parents: tuple[str, ...]
    "Hashes of the heads of this field that the author saw; they are superseded. Empty for a batch."
    tlp: str
    salt: str
    "16 random bytes in hex."
    because: str = ""
    undoes: str = ""
    "Hash of the operation that this one takes back, '' for none."
    batch: str = ""
    "SHA-256 of the blob of sorted (entity, parents) that a batch operation sets, '' for a single one."
    version: int = BODY_VERSION
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)
    "Members that this version does not know: a newer version wrote them; kept byte for byte."

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that are hashed and stored."""
        return canonical(
            {
                **self.extra,
                "act": self.act,
                "author": self.author,
                "batch": self.batch,
                "because": self.because,
                "entity": self.entity,
                "field": self.field,
                "hlc": self.hlc,
                "kind": self.kind,
                "parents": list(self.parents),
                "salt": self.salt,
                "tlp": self.tlp,
                "undoes": self.undoes,
                "v": self.version,
                "value": self.value,
            }
        )

    @classmethod
    def from_bytes(cls, untrusted: bytes) -> Body:
        """Read a body; raise ``ValueError`` unless it has every member this version knows."""
        if len(untrusted) > MAX_BODY_BYTES:
            raise ValueError("a body is at most 1 MiB")
        data = parse(untrusted)
        if not isinstance(data, dict):
            raise ValueError("not a body")
        texts = {}
        for name in ("act", "author", "batch", "because", "entity", "field", "hlc", "kind", "salt", "tlp", "undoes"):
            text = data.pop(name, None)
            if not isinstance(text, str):
                raise ValueError(f"a body has {name}")
            texts[name] = text
        parents = data.pop("parents", None)
        version = data.pop("v", None)
        if not isinstance(parents, list) or not all(isinstance(p, str) and _HEX64.match(p) for p in parents):
            raise ValueError("a body names its parents")
        if type(version) is not int or version < 1:
            raise ValueError("a body has a version")
        if "value" not in data:
            raise ValueError("a body has a value")
        if not _HEX32.match(texts["salt"]):
            raise ValueError("a body is salted with 16 bytes")
        if not _HLC.match(texts["hlc"]) or int(texts["hlc"][:15]) >= MAX_HLC_MS:
            raise ValueError("a body has a logical clock")
        if bool(texts["batch"]) == bool(texts["entity"]) or (
            texts["batch"] and (parents or not _HEX64.match(texts["batch"]))
        ):
            raise ValueError("a body is about one entity or one batch")
        value = data.pop("value")
        return cls(value=value, parents=tuple(parents), version=version, extra=data, **texts)


def link_hash(untrusted_canonical: bytes) -> str:
    """Return the hash of a link by its canonical bytes."""
    return digest("link1", untrusted_canonical)


def body_hash(body: bytes) -> str:
    """Return the hash by which a link names its body."""
    return digest("body1", body)


def checkpoint_bytes(chain: str, device: str, seq: int, link_hash: str) -> bytes:
    """Return what a device signs, under ``CHECKPOINT``, to vouch for its chain up to and including ``seq``."""
    return canonical([chain, device, seq, link_hash])


def batch_blob(members: list[tuple[str, list[str]]]) -> bytes:
    """Return the bytes of a batch: sorted entities, each with the heads its author saw."""
    members = sorted(members, key=itemgetter(0))
    if max(map(len, map(itemgetter(1), members)), default=0) > 1:
        members = [(entity, sorted(parents)) for entity, parents in members]
    return written(members)


def read_batch(untrusted: bytes) -> list[tuple[str, list[str]]]:
    """Read a batch blob; raise ``ValueError`` unless it is sorted, unique and canonical."""
    try:
        data = json.loads(untrusted)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(data, list):
        raise ValueError("not a batch")
    last = ""
    for item in data:
        if not isinstance(item, list) or len(item) != 2:
            raise ValueError("not a batch")
        entity, parents = item
        if not isinstance(entity, str) or not isinstance(parents, list):
            raise ValueError("not a batch")
        if entity <= last:
            raise ValueError("a batch is sorted and names each entity once")
        if parents and not all(isinstance(parent, str) and _HEX64.match(parent) for parent in parents):
            raise ValueError("a batch names parents by hash")
        if len(parents) > 1 and parents != sorted(parents):
            raise ValueError("not in canonical form")
        last = entity
    if written(data) != untrusted:
        raise ValueError("not in canonical form")
    return [(entity, parents) for entity, parents in data]


class LogicalClock:
    """A hybrid logical clock: wall time that never runs backwards past anything seen.

    A wrong wall clock can misplace a value on the screen but never hide an edit: order comes from
    parents.
    """

    def __init__(self, device: str, latest: str = "") -> None:
        self._device = device
        self._ms = int(latest[:15]) if latest else 0
        self._counter = int(latest[16:24], 16) if latest else 0

    def next(self, now_ms: int) -> str:
        """Return a reading above every earlier one and every one observed.

        At the end of time the last reading is given again: a device that sent that one must not be
        able to make us write what nobody can read.
        """
        now_ms = min(now_ms, MAX_HLC_MS - 1)
        if now_ms > self._ms:
            self._ms, self._counter = now_ms, 0
        else:
            self._counter += 1
            if self._counter > 0xFFFFFFFF:
                self._ms, self._counter = self._ms + 1, 0
            if self._ms >= MAX_HLC_MS:
                self._ms, self._counter = MAX_HLC_MS - 1, 0xFFFFFFFF
        return f"{self._ms:015d}:{self._counter:08x}:{self._device}"

    def observe(self, reading: str) -> None:
        """Take note of another device's reading."""
        ms, counter = int(reading[:15]), int(reading[16:24], 16)
        if (ms, counter) > (self._ms, self._counter):
            self._ms, self._counter = ms, counter
