"""What Microsoft's products say beside an alert, brought to columns: devices, accounts, files, addresses.

Graph's evidence, the evidence of Defender for Endpoint and Sentinel's entities each have names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from triage_app.formats.building import at, text_of

MOST: Final = 2_000
"""Entities of one alert that are looked at; all of them are kept and found."""

_HOST: Final = (("deviceDnsName",), ("hostName",), ("computerDnsName",), ("fullyQualifiedName",), ("NetBiosName",))
_ADDRESS: Final = (("ipAddress",), ("senderIp",), ("Address",), ("address",))
_URL: Final = (("url",), ("Url",))
_HASH: Final = (
    ("sha256",), ("fileDetails", "sha256"), ("imageFile", "sha256"), ("sha1",), ("fileDetails", "sha1"),
    ("imageFile", "sha1"), ("Value",), ("md5",),
)  # fmt: skip

_WHOLE_NAME: Final = (
    ("userAccount", "userPrincipalName"), ("userPrincipalName",), ("Upn",), ("primaryAddress",),
    ("MailboxPrimaryAddress",), ("recipientEmailAddress",),
)  # fmt: skip
"""Where an account is named so that nobody else has the name."""
_SHORT_NAME: Final = (
    (("userAccount", "accountName"), ("userAccount", "domainName")),
    (("accountName",), ("domainName",)),
    (("Name",), ("NTDomain",)),
)
"""Where an account is named within a domain, and where that stands."""

_ACCOUNTS: Final = frozenset(("user", "account", "mailbox", "useraccount"))


def columns(evidence: Any) -> dict[str, str]:
    """Return the first host, user, source address, URL and hash in a list of evidence or entities.

    A user that is evidence itself comes before one that a process ran as.
    """
    items = [item for item in evidence[:MOST] if isinstance(item, dict)] if isinstance(evidence, list) else []
    kinds = [(_kind(item), item) for item in items]
    accounts = [item for kind, item in kinds if kind in _ACCOUNTS]
    others = [item for kind, item in kinds if kind in ("", "process", "analyzedmessage", "mailmessage")]
    files = [item for kind, item in kinds if kind in ("", "file", "process", "filehash")]
    found = {
        "host": _first(items, _host),
        "user": _first(accounts, _account) or _first(others, _account),
        "src": _first(items, lambda item: _at_one_of(item, _ADDRESS)),
        "url": _first(items, lambda item: _at_one_of(item, _URL)),
        "hash": _first(files, _hash),
    }
    return {name: value for name, value in found.items() if value}


def _kind(item: dict[str, Any]) -> str:
    """Return what an item is, in lower case: Graph's type without its ending, MDE's or Sentinel's word."""
    name = text_of(item.get("@odata.type")) or text_of(item.get("entityType")) or text_of(item.get("Type"))
    return name.rpartition(".")[2].removesuffix("Evidence").lower()


def _host(item: dict[str, Any]) -> str:
    name, domain = _said(item, "HostName"), _said(item, "DnsDomain")
    if name:
        return f"{name}.{domain}" if domain and "." not in name else name
    return _at_one_of(item, _HOST)


def _account(item: dict[str, Any]) -> str:
    """Return an account's name in its directory, or as domain and name, or what there is of it."""
    name, suffix = _said(item, "Name"), _said(item, "UPNSuffix")
    if name and suffix and "@" not in name:
        return f"{name}@{suffix}"
    if whole := _at_one_of(item, _WHOLE_NAME):
        return whole
    for name_path, domain_path in _SHORT_NAME:
        if name_path == ("Name",) and _kind(item) not in _ACCOUNTS:
            continue  # the name of a file, of an application
        if name := _said(item, *name_path):
            domain = _said(item, *domain_path)
            return f"{domain}\\{name}" if domain and "\\" not in name and "@" not in name else name
    return ""


def _hash(item: dict[str, Any]) -> str:
    inner = item.get("FileHashes")
    for one in inner[:20] if isinstance(inner, list) else ():
        if isinstance(one, dict) and (value := _said(one, "Value")):
            return value
    return _at_one_of(item, _HASH)


def _first(items: Iterable[dict[str, Any]], reading: Callable[[dict[str, Any]], str]) -> str:
    return next((value for value in map(reading, items) if value), "")


def _at_one_of(item: dict[str, Any], paths: Iterable[tuple[str, ...]]) -> str:
    return next((value for value in (_said(item, *path) for path in paths) if value), "")


def _said(item: dict[str, Any], *path: str) -> str:
    value = at(item, *path)
    return value.strip() if isinstance(value, str) else ""
