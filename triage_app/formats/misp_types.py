"""Which MISP attributes are indicators, by type and by mark. Source: MISP core format, the types of attributes."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.indicator_types import HASHES, typed
from triage_app.formats.building import text_of
from triage_app.formats.indicator_rows import of_type

TYPES: Final = {
    **dict.fromkeys(("ip-src", "ip-dst", "ip-src|port", "ip-dst|port"), "ipv4"),
    **dict.fromkeys(("domain", "hostname", "domain|ip", "hostname|port"), "domain"),
    **dict.fromkeys(("url", "uri"), "url"),
    **dict.fromkeys(("email", "email-src", "email-reply-to"), "email"),
    **{kind: kind for kind in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep", "mutex", "btc")},
    **dict.fromkeys(("filename", "email-attachment", "pdb"), "filename"),
    **{"vulnerability": "cve", "AS": "asn", "user-agent": "user-agent", "regkey": "registry-key"},
    **dict.fromkeys(("regkey|value",), "registry-key"),
    **dict.fromkeys(("imphash", "pehash", "tlsh", "impfuzzy", "authentihash", "telfhash", "named pipe"), "other"),
    **dict.fromkeys(
        ("ja3-fingerprint-md5", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "hassh-md5", "jarm-fingerprint"),
        "other",
    ),
    "chrome-extension-id": "browser-extension",
    **dict.fromkeys(("yara", "snort", "sigma"), "other"),
    "malware-sample": "md5",
    **{f"filename|{name}": name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep")},
    **dict.fromkeys(("filename|imphash", "filename|tlsh", "filename|authentihash", "filename|pehash"), "other"),
}
"""A MISP attribute type → ours; what is not here is no indicator."""

LOOKED_FOR: Final = frozenset(
    (
        *("email-subject", "email-body", "email-x-mailer", "pattern-in-file", "pattern-in-memory"),
        *("pattern-in-traffic",),
        *("windows-service-name", "windows-service-displayname", "windows-scheduled-task", "mobile-application-id"),
        *("mac-address", "phone-number", "iban", "bank-account-nr", "xmr", "jabber-id", "stix2-pattern", "zeek", "bro"),
        *("kusto-query", "favicon-mmh3", "cookie"),
    )
)
"""Further types, of free text, that are indicators where they are marked for detection."""

_PAIRS: Final = "|"
_SAMPLE: Final = "malware-sample"
"""A file's name and its MD5, although its type does not say that it is a pair."""

_KEY_AND_VALUE: Final = "regkey|value"
_ADDRESSES: Final = frozenset(("ipv4", "ipv6", "cidr"))
_HASHES: Final = frozenset((*HASHES.values(), "ssdeep"))


def is_true(value: Any) -> bool:
    """Tell whether a flag is set, as the versions of MISP write it."""
    return value is True or text_of(value).lower() in {"1", "true"}


def indicators_of(attribute: dict[str, Any], value: str) -> list[tuple[str, str]]:
    """Return the (type, canonical value) pairs that an attribute betrays, none if it is no indicator.

    Raises ``ValueError`` for a pair that is none, or whose hash is none.
    """
    kind = text_of(attribute.get("type"))
    if kind not in TYPES:
        if not is_true(attribute.get("to_ids")):
            return []
        whole = typed(value)
        return [whole] if whole is not None else [("other", value.strip())] if kind in LOOKED_FOR else []
    if _PAIRS not in kind and kind != _SAMPLE:
        return [of_type(TYPES[kind], value)]
    first, second = _two_parts(kind, value)
    if kind.startswith("filename|") or kind == _SAMPLE:
        return [_hash(kind, second)]
    if kind == "domain|ip" and second:
        address = typed(second)
        if address is None or address[0] not in _ADDRESSES:
            raise ValueError(f"the last part of its value is no address, and that of {kind} is one")
        return [of_type("domain", first), address]
    return [of_type(TYPES[kind], first)]


def _two_parts(kind: str, value: str) -> tuple[str, str]:
    """Return the parts of a pair; of one that was written alone, the other is empty."""
    if kind == _KEY_AND_VALUE:  # what lies in the registry may hold any sign, or nothing
        first, _, second = value.partition(_PAIRS)
        return first, second
    parts = [part.strip() for part in value.split(_PAIRS)]
    if len(parts) > 2:
        raise ValueError(f"its value has {len(parts):,} parts, and {kind} has two")
    if not all(parts):
        raise ValueError(f"a part of its value is missing, and {kind} has two")
    if len(parts) == 1:
        return ("", parts[0]) if kind.startswith("filename|") or kind == _SAMPLE else (parts[0], "")
    return parts[0], parts[1]


def _hash(kind: str, text: str) -> tuple[str, str]:
    """Return what the last part of a file's name and hash is."""
    found = of_type(TYPES[kind], text)
    sound = text.isalnum() if TYPES[kind] == "other" else found[0] in _HASHES
    if not sound:
        raise ValueError(f"the last part of its value is no hash, and that of {kind} is one")
    return found
