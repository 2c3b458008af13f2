"""The receipt: a small signed and sealed file by which a laptop says which bundles it merged and what it holds now.

age( canonical JSON, signed inside by the device that merged (Ed25519, under a domain word of its own) ), sealed to the
device that sent the bundle and to nobody else. It brings no operation and no evidence: it can only make the sender send
less, and never less than its own maker says that it holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.canonical import INT64_MAX, canonical, parse
from triage_app.domain.words import device_id
from triage_app.errors import TriageError
from triage_app.formats import identity as identities
from triage_app.formats.bundle import sealing
from triage_app.formats.identity import Identity

VERSION: Final = 1
WHAT: Final = "receipt"
SIGNED: Final = b"receipt1"
"The domain word of its signature: it fits nothing else."

MAX_BYTES: Final = 16 * 1024 * 1024
"Bytes of a receipt, sealed or not: forty devices' years in ranges take some 100 kB."
MOST_BUNDLES: Final = 200
MOST_DEVICES: Final = 10_000
MOST_IMPORTS: Final = 100_000
MOST_WITHHELD: Final = 2_000_000
"Operations withheld, all devices together, once their ranges are written out."
MOST_NUMBER: Final = 2**53 - 1

_HEX32: Final = re.compile(r"[0-9a-f]{32}\Z")
_HEX64: Final = re.compile(r"[0-9a-f]{64}\Z")
_HEX128: Final = re.compile(r"[0-9a-f]{128}\Z")
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,200}\Z")
_DEVICE: Final = _HEX32
_REASON: Final = re.compile(r"[a-z-]{1,32}\Z")
_FIELDS: Final = {
    "what", "version", "from", "ed25519", "to", "created", "exercise", "bundles", "vector", "lacks", "imports",
    "pending", "sig",
}  # fmt: skip


class BadReceipt(TriageError):
    """A receipt was refused; nothing of it was used."""

    code = "bad-receipt"


@dataclass(frozen=True)
class MergedBundle:
    """A bundle that was merged."""

    bundle: str
    set_id: str
    "The export that it is a part of; '' where that is not known any more."
    at: int
    "When it was merged, milliseconds UTC by the clock of the laptop that did."


@dataclass(frozen=True)
class Waiting:
    """Operations that are kept and do not count yet."""

    device: str
    reason: str
    operations: int
    first: int
    last: int


@dataclass(frozen=True)
class Receipt:
    """What a laptop says of itself after a merge."""

    device: str
    ed25519: str
    "Its public signing key, hex."
    to: str
    "The device that it is for."
    created: int
    exercise: bool
    bundles: tuple[MergedBundle, ...]
    vector: dict[str, int]
    "How much of each device's journal it holds."
    lacks: dict[str, list[int]]
    "Operations whose bodies were withheld from it, ascending."
    imports: dict[str, str]
    "Which rows of each import it has, as a bundle says it."
    pending: tuple[Waiting, ...]


def seal_receipt(receipt: Receipt, identity: Identity, recipient: str) -> bytes:
    """Return the file: signed by the device that it is of, sealed to an age recipient."""
    fields = _fields_of(receipt)
    signature = identity.sign(SIGNED, canonical(fields))
    return sealing.seal(canonical({**fields, "sig": signature.hex()}), [recipient])


def opens_as_receipt(untrusted_bytes: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether a file is sealed for this device and what is in it says that it is a receipt, sound or not."""
    if len(untrusted_bytes) > MAX_BYTES:
        return False
    try:
        content, _ = sealing.unseal(untrusted_bytes, secrets)
    except TriageError:
        return False
    return content.endswith(b'"what":"receipt"}')  # the last field of the canonical form


def name_of(untrusted_bytes: bytes) -> str:
    """Return by what a receipt is known in the log: by its content, and by nothing that its maker chose."""
    return hashlib.sha256(untrusted_bytes).hexdigest()[:32]


def open_receipt(untrusted_bytes: bytes, secrets: Sequence[str], my_device: str) -> Receipt:
    """Return a receipt, verified; raise ``BadReceipt`` saying why not.

    ``secrets`` are our age secret keys. Whether its maker is trusted is the caller's to ask.
    """
    if len(untrusted_bytes) > MAX_BYTES:
        raise _bad("The file is larger than a receipt may be (16 MB).")
    try:
        content, _ = sealing.unseal(untrusted_bytes, secrets)
    except TriageError as error:
        if error.code == "not-for-this-device":
            raise BadReceipt(
                "The receipt is not sealed for this device.", "It belongs to the laptop that sent the bundle.",
                "not-for-this-device",
            ) from error  # fmt: skip
        raise BadReceipt(
            "The file is no receipt, or it was damaged on its way.", "Ask for a fresh copy; nothing of it was used."
        ) from error
    receipt = parse_receipt(content)
    if receipt.to != my_device:
        raise BadReceipt(
            "The receipt opens here, but it was written for another device.",
            "Tell its maker: somebody may have passed it on. Nothing of it was used.",
            "not-for-this-device",
        )
    return receipt


def parse_receipt(untrusted_bytes: bytes) -> Receipt:
    """Return what the content of a receipt says; raise ``BadReceipt`` unless it is whole and signed by its own key."""
    if len(untrusted_bytes) > MAX_BYTES:
        raise _bad("The receipt is larger than any receipt.")
    try:
        fields: Any = parse(untrusted_bytes)
    except ValueError as error:
        raise _bad("The receipt is not written as receipts are.") from error
    if not isinstance(fields, dict) or fields.get("what") != WHAT:
        raise _bad("The file is no receipt.")
    version = fields.get("version")
    if type(version) is int and version > VERSION:
        raise BadReceipt(
            "The receipt was written by a newer version of the program.",
            "Keep the file, update the program and try again.",
            "newer-format",
        )
    if type(version) is not int or version != VERSION or fields.keys() != _FIELDS:
        raise _bad("The receipt does not have the fields that receipts have.")
    _check_maker(fields)
    receipt = Receipt(
        fields["from"], fields["ed25519"], fields["to"], fields["created"], fields["exercise"],
        _bundles(fields["bundles"]), _vector(fields["vector"]), _lacks(fields["lacks"]), _imports(fields["imports"]),
        _pending(fields["pending"]),
    )  # fmt: skip
    unsigned = {name: value for name, value in fields.items() if name != "sig"}
    if not identities.verify(receipt.ed25519, SIGNED, canonical(unsigned), bytes.fromhex(fields["sig"])):
        raise _bad("The signature of the receipt is wrong: it was changed, or signed by somebody else.")
    return receipt


# ---- strictly -----------------------------------------------------------------------------------------------


def _check_maker(fields: dict[str, Any]) -> None:
    texts = (("from", _DEVICE), ("to", _DEVICE), ("ed25519", _HEX64), ("sig", _HEX128))
    if not all(isinstance(fields[name], str) and shape.match(fields[name]) for name, shape in texts):
        raise _bad("The receipt does not say properly who made it and for whom.")
    if device_id(bytes.fromhex(fields["ed25519"])) != fields["from"]:
        raise _bad("The receipt names another device than the key that it is signed with.")
    if type(fields["exercise"]) is not bool or not _is_number(fields["created"], INT64_MAX // 1000):
        raise _bad("The receipt has a value that no receipt has.")


def _bundles(untrusted: Any) -> tuple[MergedBundle, ...]:
    if not isinstance(untrusted, list) or len(untrusted) > MOST_BUNDLES:
        raise _bad("The receipt does not list bundles as receipts do.")
    found = []
    for item in untrusted:
        if (
            not isinstance(item, list) or len(item) != 3 or not isinstance(item[0], str) or not _HEX32.match(item[0])
            or not isinstance(item[1], str) or not (item[1] == "" or _HEX32.match(item[1]))
            or not _is_number(item[2], INT64_MAX // 1000)
        ):  # fmt: skip
            raise _bad("The receipt does not list bundles as receipts do.")
        found.append(MergedBundle(*item))
    return tuple(found)


def _vector(untrusted: Any) -> dict[str, int]:
    if (
        not isinstance(untrusted, dict) or len(untrusted) > MOST_DEVICES
        or not all(_DEVICE.match(name) and _is_number(seq) for name, seq in untrusted.items())
    ):  # fmt: skip
        raise _bad("The receipt does not say properly what its maker holds.")
    return dict(untrusted)


def _lacks(untrusted: Any) -> dict[str, list[int]]:
    if not isinstance(untrusted, dict) or len(untrusted) > MOST_DEVICES:
        raise _bad("The receipt does not say properly what was withheld.")
    found: dict[str, list[int]] = {}
    budget = MOST_WITHHELD
    for device, ranges in untrusted.items():
        if not _DEVICE.match(device) or not isinstance(ranges, list):
            raise _bad("The receipt does not say properly what was withheld.")
        sequences: list[int] = []
        for one in ranges:
            if not isinstance(one, list) or len(one) != 2 or not all(_is_number(end) for end in one):
                raise _bad("The receipt does not say properly what was withheld.")
            first, last = one
            budget -= last - first + 1
            if not (sequences[-1] + 1 if sequences else 0) < first <= last or budget < 0:
                raise _bad("The receipt does not say properly what was withheld.")
            sequences.extend(range(first, last + 1))
        found[device] = sequences
    return found


def _imports(untrusted: Any) -> dict[str, str]:
    if (
        not isinstance(untrusted, dict) or len(untrusted) > MOST_IMPORTS
        or not all(_PLAIN.match(name) and isinstance(rows, str) and _PLAIN.match(rows)
                   for name, rows in untrusted.items())
    ):  # fmt: skip
        raise _bad("The receipt does not say properly which evidence its maker has.")
    return dict(untrusted)


def _pending(untrusted: Any) -> tuple[Waiting, ...]:
    if not isinstance(untrusted, list) or len(untrusted) > MOST_DEVICES:
        raise _bad("The receipt does not say properly what waits.")
    found = []
    for item in untrusted:
        if (
            not isinstance(item, list) or len(item) != 5 or not isinstance(item[0], str) or not _DEVICE.match(item[0])
            or not isinstance(item[1], str) or not _REASON.match(item[1]) or not all(map(_is_number, item[2:]))
        ):  # fmt: skip
            raise _bad("The receipt does not say properly what waits.")
        found.append(Waiting(*item))
    return tuple(found)


def _is_number(value: Any, most: int = MOST_NUMBER) -> bool:
    return type(value) is int and 0 <= value <= most


def _bad(what: str) -> BadReceipt:
    return BadReceipt(what, "Do not use it, and ask its maker by telephone for another; nothing of it was used.")


# ---- writing --------------------------------------------------------------------------------------------------


def _fields_of(receipt: Receipt) -> dict[str, Any]:
    return {
        "what": WHAT, "version": VERSION, "from": receipt.device, "ed25519": receipt.ed25519, "to": receipt.to,
        "created": receipt.created, "exercise": receipt.exercise,
        "bundles": [[one.bundle, one.set_id, one.at] for one in receipt.bundles],
        "vector": receipt.vector, "lacks": {name: ranges_of(seqs) for name, seqs in receipt.lacks.items()},
        "imports": receipt.imports,
        "pending": [[one.device, one.reason, one.operations, one.first, one.last] for one in receipt.pending],
    }  # fmt: skip


def ranges_of(sequences: Iterable[int]) -> list[list[int]]:
    """Return ascending numbers as [first, last] of each run."""
    found: list[list[int]] = []
    for seq in sorted(set(sequences)):
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found
