"""From verified bundles to parcels: a manifest's fields are taken only as far as they are what they should be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from triage_app.errors import BadFile
from triage_app.formats import identity as identities
from triage_app.formats.bundle import VerifiedBundle
from triage_app.store import incoming, incoming_evidence, peers
from triage_app.store.connection import Store

_LASTING = ("ed25519", "age", "scheme", "organisation", "nation", "exercise")
"What a device cannot say otherwise of itself; a person hands its new identity file in."

_KEY = re.compile(r"[0-9a-f]{64}\Z")


def sets_of(opened: Sequence[VerifiedBundle]) -> list[list[VerifiedBundle]]:
    """Return the files grouped by export, parts in order: a body may be in another part than its link."""
    found: dict[str, list[VerifiedBundle]] = {}
    for one in opened:
        found.setdefault(one.set_id + one.device, []).append(one)
    return [sorted(parts, key=lambda one: one.part) for parts in found.values()]


def parcel_of(store: Store, parts: Sequence[VerifiedBundle]) -> incoming.Parcel:
    """Return what the parts of one export hold together, and keep the identities it makes known.

    One part at a time is open: what is gone through is let go of before the next.
    """
    manifest = parts[0].manifest
    for text in manifest.get("identities", []) if isinstance(manifest.get("identities"), list) else []:
        if isinstance(text, str):
            try:
                public = identities.PublicIdentity.from_bytes(text.encode())
            except BadFile:
                continue
            peers.keep_identity(store, public.device, text.encode(), replace=_is_newer(store, public))
    checkpoints = []
    for item in manifest.get("checkpoints", []) if isinstance(manifest.get("checkpoints"), list) else []:
        if (
            isinstance(item, list) and len(item) == 5 and type(item[2]) is int
            and all(isinstance(item[place], str) for place in (0, 1, 3, 4))
        ):  # fmt: skip
            try:
                checkpoints.append((item[0], item[1], item[2], item[3], bytes.fromhex(item[4])))
            except ValueError:
                continue
    keys: dict[str, list[str]] = {}
    for one in _with(parts, ""):
        keys.update(_keys(one.keys()))
    source = incoming_evidence.Source(
        lambda: (line for one in _with(parts, "trees") for some in one.lines("trees") for line in some.load()),
        lambda: (some for one in _with(parts, "blocks") for some in one.lines("blocks")),
        lambda: _last_lines(parts),
        _expected(manifest),
    )
    return incoming.Parcel(
        str(manifest["bundle_id"]),
        lambda: (some for one in _with(parts, "links") for some in one.lines("links")),
        lambda: (some for one in _with(parts, "bodies") for some in one.bodies()),
        checkpoints,
        lambda: (blob for one in _with(parts, "blobs") for blob in one.blobs()),
        source,
        keys,
    )


def _with(parts: Sequence[VerifiedBundle], kind: str) -> Iterator[VerifiedBundle]:
    """Yield the parts that have something of a kind, each let go of where another follows."""
    for one in parts:
        if not kind or one.has(kind):
            yield one
            if len(parts) > 1:
                one.let_go()


def _last_lines(parts: Sequence[VerifiedBundle]) -> Iterator[bytes]:
    """Yield the lines that are gone through last, and hold nothing of the parts afterwards."""
    for one in _with(parts, "evidence"):
        for some in one.lines("evidence"):
            yield from some.load()
    for one in parts:
        one.let_go()


def _expected(manifest: dict[str, Any]) -> int:
    counts = manifest.get("counts")
    rows = counts.get("evidence") if isinstance(counts, dict) else None
    return rows if type(rows) is int else 0


def _is_newer(store: Store, public: identities.PublicIdentity) -> bool:
    """Whether a device says something newer of itself, such as how many can unlock it, under the keys it had.

    Not whose it is: whoever trusted it, or revokes it, did so as a device of its organisation.
    """
    data = peers.identities(store).get(public.device)
    if data is None:
        return False
    held = identities.PublicIdentity.from_own_store(data)
    return held.created < public.created and all(getattr(held, name) == getattr(public, name) for name in _LASTING)


def held_by_sender(manifest: dict[str, Any]) -> peers.Held:
    """Return what the sender says that it holds and lacks."""
    return peers.Held(_numbers(manifest.get("vector")), _lists(manifest.get("lacks")), _texts(manifest.get("imports")))


def count_said(manifest: dict[str, Any], name: str) -> int:
    """Return a count that the sender states in its manifest, 0 for none."""
    counts = manifest.get("counts")
    value = counts.get(name) if isinstance(counts, dict) else None
    return value if type(value) is int and 0 <= value < 1 << 53 else 0


def _keys(untrusted: bytes | None) -> dict[str, list[str]]:
    if not untrusted:
        return {}
    try:
        data = json.loads(untrusted)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        entity: [key for key in keys if isinstance(key, str) and _KEY.match(key)]
        for entity, keys in data.items()
        if isinstance(keys, list)
    }


def _numbers(untrusted: Any) -> dict[str, int]:
    if not isinstance(untrusted, dict):
        return {}
    return {str(name): value for name, value in untrusted.items() if type(value) is int and value >= 0}


def _texts(untrusted: Any) -> dict[str, str]:
    if not isinstance(untrusted, dict):
        return {}
    return {str(name): value for name, value in untrusted.items() if isinstance(value, str)}


def _lists(untrusted: Any) -> dict[str, list[int]]:
    if not isinstance(untrusted, dict):
        return {}
    return {
        str(name): [item for item in value if type(item) is int]
        for name, value in untrusted.items()
        if isinstance(value, list)
    }
