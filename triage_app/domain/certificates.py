"""What an authority vouches for: which devices belong to an organisation, and which of them no longer count.

An authority is a signing key of an organisation, of the national centre, of the NCSC or of law enforcement. What it
says of a device is signed by that key and means the same whoever passes it on; whether an authority is believed is each
store's own decision. A certificate and a revocation are values of a field of the entity "authority:device".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage_app.domain.canonical import INT64_MAX, canonical
from triage_app.domain.tlp import Relation
from triage_app.domain.words import device_id

KIND: Final = "certificate"
CERTIFICATE: Final = "certificate"
REVOCATION: Final = "revocation"

ORGANISATION: Final = "organisation"
CENTRE: Final = "centre"
NCSC: Final = "ncsc"
LAW_ENFORCEMENT: Final = "law-enforcement"
ROLES: Final = (ORGANISATION, CENTRE, NCSC, LAW_ENFORCEMENT)
"What an authority is."

CONFIRMING: Final = frozenset({NCSC, LAW_ENFORCEMENT})
"Those whose devices may confirm a UK category (DESIGN.md, The journal, 8)."

_DOMAINS: Final = {CERTIFICATE: b"certificate1\0", REVOCATION: b"revocation1\0"}
"What stands before the signed bytes: a signature fits one purpose only."

_HEX32: Final = re.compile(r"[0-9a-f]{32}\Z")
_HEX64: Final = re.compile(r"[0-9a-f]{64}\Z")
_HEX128: Final = re.compile(r"[0-9a-f]{128}\Z")


@dataclass(frozen=True)
class Authority:
    """An authority that a store believes."""

    id: str
    "The first 32 hex characters of the SHA-256 of its key."
    ed25519: str
    "Public signing key, hex."
    role: str
    organisation: str
    "Code of the organisation whose key it is."
    relation: Relation
    "What that organisation is to the one that believes it."
    name: str = ""


@dataclass(frozen=True)
class Standing:
    """What the believed authorities and this store itself say of one device."""

    relation: Relation | None = None
    "As what it is certified, None for a device that no believed authority vouches for."
    certified_by: str = ""
    "The authority behind the relation."
    cutoff: int | None = None
    "The last of its operations that counts, None for a device that nobody revoked."
    confirms: bool = False
    "Whether it may confirm a UK category."


def entity_of(authority: str, device: str) -> str:
    """Return the entity whose fields hold what an authority says of a device."""
    return f"{authority}:{device}"


def signed_bytes(field: str, value: Mapping[str, Any]) -> bytes:
    """Return the bytes that an authority signs of a certificate's or revocation's value."""
    return _DOMAINS[field] + canonical({name: said for name, said in value.items() if name != "sig"})


def certificate(authority: str, device: str, ed25519: str, organisation: str) -> dict[str, Any]:
    """Return what a certificate says, not yet signed: that a device belongs to an organisation."""
    return {"authority": authority, "device": device, "ed25519": ed25519, "organisation": organisation}


def revocation(authority: str, device: str, seq: int, link_hash: str) -> dict[str, Any]:
    """Return what a revocation says, not yet signed: nothing after ``seq`` counts, whose link has ``link_hash``.

    With ``seq`` 0 nothing counts, and the hash is "".
    """
    return {"authority": authority, "device": device, "seq": seq, "hash": link_hash}


def fits(authority: Authority, entity: str, field: str, untrusted_value: Any) -> bool:
    """Tell whether a field of an entity holds what this authority signed of the device that the entity names."""
    wanted = {
        CERTIFICATE: {"authority", "device", "ed25519", "organisation", "sig"},
        REVOCATION: {"authority", "device", "seq", "hash", "sig"},
    }.get(field)
    value = untrusted_value
    if wanted is None or not isinstance(value, dict) or value.keys() != wanted:
        return False
    if entity != entity_of(authority.id, str(value["device"])) or value["authority"] != authority.id:
        return False
    if not isinstance(value["sig"], str) or not _HEX128.match(value["sig"]) or not _HEX32.match(str(value["device"])):
        return False
    if field == CERTIFICATE:
        key = value["ed25519"]
        if not isinstance(key, str) or not _HEX64.match(key) or device_id(bytes.fromhex(key)) != value["device"]:
            return False
        if not isinstance(value["organisation"], str) or not 0 < len(value["organisation"]) <= 32:
            return False
    elif type(value["seq"]) is not int or not 0 <= value["seq"] < INT64_MAX or not isinstance(value["hash"], str):
        return False
    try:
        signed = signed_bytes(field, value)
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(authority.ed25519))
        public.verify(bytes.fromhex(value["sig"]), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def may_revoke(authority: Authority, device_organisation: str, *, certified: bool) -> bool:
    """Tell whether an authority's revocation of a device counts: of one that it certified, or of its own organisation.

    Another trust's key, believed for its own laptops, must not be able to silence ours.
    """
    return certified or (bool(device_organisation) and authority.organisation == device_organisation)


def relation_of(authority: Authority, organisation: str, own_organisation: str) -> Relation:
    """Return what a certified device is to this one.

    Of our own organisation only where our own organisation's key says so; a body that vouches for others' laptops
    makes peers of them, not what it is itself.
    """
    if organisation == authority.organisation == own_organisation:
        return Relation.SAME
    if organisation == authority.organisation:
        return min(authority.relation, Relation.LINKED)
    return Relation.PEER


def standings(
    authorities: Mapping[str, Authority],
    statements: Iterable[tuple[str, str, Any]],
    organisations: Mapping[str, str],
    own_organisation: str,
    own_cutoffs: Mapping[str, int],
) -> dict[str, Standing]:
    """Return what is to be held of each device.

    ``statements`` are (entity, field, value) of every certificate and revocation that is held, ``organisations`` the
    code of each device's organisation as its own identity says, ``own_cutoffs`` what this store itself decided. The
    lower of two revocations counts, and none is ever lifted: a device that is to be believed again makes a new
    identity. No order and no time of arrival matters.
    """
    certificates: dict[str, list[tuple[Authority, str]]] = {}
    revocations: dict[str, list[tuple[Authority, int]]] = {}
    for entity, field, value in statements:
        authority = authorities.get(entity.partition(":")[0])
        if authority is None or not fits(authority, entity, field, value):
            continue
        if field == CERTIFICATE:
            code = value["organisation"]
            foreign = authority.role == ORGANISATION and code != authority.organisation
            if not foreign and organisations.get(value["device"], code) == code:
                certificates.setdefault(value["device"], []).append((authority, code))
        else:
            revocations.setdefault(value["device"], []).append((authority, value["seq"]))
    found: dict[str, Standing] = {}
    for device in certificates.keys() | revocations.keys() | own_cutoffs.keys():
        vouched = certificates.get(device, [])
        vouchers = {authority.id for authority, _ in vouched}
        cutoffs = [
            seq
            for authority, seq in revocations.get(device, [])
            if may_revoke(authority, organisations.get(device, ""), certified=authority.id in vouchers)
        ]
        if device in own_cutoffs:
            cutoffs.append(own_cutoffs[device])
        best = max(
            ((relation_of(authority, code, own_organisation), authority.id) for authority, code in vouched),
            default=None,
        )
        confirms = any(authority.role in CONFIRMING and authority.organisation == code for authority, code in vouched)
        standing = Standing(
            None if best is None else best[0],
            "" if best is None else best[1],
            min(cutoffs, default=None),
            confirms,
        )
        if standing != Standing():
            found[device] = standing
    return found
