"""What Microsoft's products say beside an alert, brought to columns: devices, accounts, files, addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from triage_app.formats.building import at, text_of

MOST: Final = 2_000
"""Entities of one alert that are looked at; all of them are kept and found."""

_HOST: Final = (
    ("deviceDnsName",), ("hostName",), ("HostName",), ("computerDnsName",), ("fullyQualifiedName",), ("NetBiosName",),
)  # fmt: skip
_USER: Final = (
    ("userAccount", "userPrincipalName"), ("userAccount", "accountName"), ("userPrincipalName",), ("UPNSuffix",),
    ("accountName",), ("Name",), ("primaryAddress",), ("recipientEmailAddress",),
)  # fmt: skip
_ADDRESS: Final = (("ipAddress",), ("senderIp",), ("Address",), ("address",))
_URL: Final = (("url",), ("Url",))
_HASH: Final = (
    ("sha256",), ("fileDetails", "sha256"), ("imageFile", "sha256"), ("sha1",), ("fileDetails", "sha1"),
    ("imageFile", "sha1"), ("Value",), ("md5",),
)  # fmt: skip


def columns(evidence: Any) -> dict[str, str]:
    """Return the first host, user, source address, URL and hash in a list of evidence or entities."""
    items = [item for item in evidence[:MOST] if isinstance(item, dict)] if isinstance(evidence, list) else []
    accounts = [item for item in items if _kind(item) in ("", "user", "account", "mailbox", "process", "useraccount")]
    hashes = [item for item in items if _kind(item) in ("", "file", "process", "filehash")]
    found = {
        "host": _first(items, _HOST),
        "user": _first(accounts, _USER),
        "src": _first(items, _ADDRESS),
        "url": _first(items, _URL),
        "hash": _first(hashes, _HASH),
    }
    return {name: value for name, value in found.items() if value}


def _kind(item: dict[str, Any]) -> str:
    """Return what an item is, in lower case: Graph's type without its ending, MDE's or Sentinel's word."""
    name = text_of(item.get("@odata.type")) or text_of(item.get("entityType")) or text_of(item.get("Type"))
    return name.rpartition(".")[2].removesuffix("Evidence").lower()


def _first(items: Iterable[dict[str, Any]], paths: Iterable[tuple[str, ...]]) -> str:
    for item in items:
        for path in paths:
            value = at(item, *path)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return ""
