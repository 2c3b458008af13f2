"""Which types of MISP attributes are indicators. Source: MISP core format, the attribute types and their meaning."""

from __future__ import annotations

from typing import Final

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
    **dict.fromkeys(("yara", "snort", "sigma", "malware-sample"), "other"),
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
